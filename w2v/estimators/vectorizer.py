"""Texts to vectors: the weighted mean of their words' vectors, for scikit-learn's pipelines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from w2v.checks import one_of
from w2v.estimators.base import Estimator
from w2v.estimators.parameters import VectorizerParameters, documented
from w2v.estimators.tokens import Tokens, listed

if TYPE_CHECKING:
    from w2v.vectors.keyed import KeyedVectors

__all__ = ["WordVectorizer"]

OUTPUTS = ("default", "pandas", "polars")


@documented
class WordVectorizer(VectorizerParameters, Estimator):
    r"""Vectors of texts, each the weighted mean of its words' vectors.

    The vector of a text is :math:`\frac{1}{n} \sum_i a_{w_i} v_{w_i}` over its n known words;
    unknown words count for nothing. Then the directions of `components_` are taken out. A text
    without a known word is zero. Texts are a list, another iterable or one column of a table, of
    texts or of lists of words.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    vectors_ : KeyedVectors
        The word vectors, given or trained.
    weights_ : (V,) float32 array
        How much each word counts.
    components_ : (remove_components, d) float32 array, or (d, d) if they are fewer
        Directions that are taken out, of length 1.

    References
    ----------
    Arora, Liang and Ma (2017), A simple but tough-to-beat baseline for sentence embeddings.

    Examples
    --------
    >>> import numpy as np
    >>> import w2v
    >>> kv = w2v.KeyedVectors(["good", "bad", "film"], np.float32([[1, 0], [-1, 0], [0, 1]]))
    >>> w2v.WordVectorizer(vectors=kv).fit_transform(["A good film!", "bad"]).tolist()
    [[0.5, 0.5], [-1.0, 0.0]]
    """

    vectors_: KeyedVectors
    _kind = "transformer"
    _output: str = "default"

    def fit(self, texts: Iterable[Any], y: Any = None) -> WordVectorizer:
        """Learn the words' weights, the directions to take out and, where none are given, vectors.

        Parameters
        ----------
        texts : iterable of str, or of list of str
            The texts.
        y : ignored
            So that pipelines can pass it.

        Returns
        -------
        self

        Raises
        ------
        TypeError
            If `texts` is one text or a table, or an item of it is something else than a text.
        ValueError
            If there are no texts, or a text is missing.
        """
        self._check_settings()
        texts = listed(texts, lists=True)
        if not texts:
            raise ValueError("there are no texts to learn from")
        tokens = Tokens(texts, self.tokenizer)
        with self._all_or_nothing():
            self.vectors_ = self._trained(tokens) if self.vectors is None else self.vectors
            self.weights_ = self._weights(tokens)
            self.components_ = np.empty((0, self.vectors_.vector_size), np.float32)
            if self.remove_components:
                self.components_ = _directions(self._means(tokens), self.remove_components)
        return self

    def transform(self, texts: Iterable[Any]) -> Any:
        """Return the vectors of texts, (n, d) float32, or a data frame after `set_output`."""
        self._check_fitted()
        texts = listed(texts, lists=True)
        found = self._means(Tokens(texts, self.tokenizer))
        found -= found @ self.components_.T @ self.components_
        if self._output == "default":
            return found
        names = self.get_feature_names_out().tolist()
        if self._output == "pandas":
            import pandas

            return pandas.DataFrame(found, columns=names)
        import polars

        return polars.DataFrame(found, schema=names)

    def fit_transform(self, texts: Iterable[Any], y: Any = None) -> Any:
        """Learn from texts and return their vectors: `fit` and `transform`."""
        texts = listed(texts, lists=True)
        return self.fit(texts).transform(texts)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:
        """Return the names of the columns: ``wordvectorizer0``, ``wordvectorizer1``, ..."""
        self._check_fitted()
        d = self.vectors_.vector_size
        return np.array([f"wordvectorizer{i}" for i in range(d)], dtype=object)

    def set_output(self, *, transform: str | None = None) -> WordVectorizer:
        """Choose what `transform` returns: ``"default"``, ``"pandas"`` or ``"polars"``."""
        if transform is not None:
            self._output = one_of("transform", transform, OUTPUTS)
        return self

    def _trained(self, tokens: Tokens) -> KeyedVectors:
        from w2v.training.word2vec import Word2Vec

        words = np.array(tokens.words, dtype=object)[tokens.ids]
        texts = [part.tolist() for part in np.split(words, np.cumsum(tokens.lengths)[:-1])]
        return Word2Vec(**(self.word2vec or {})).fit(texts, verbose=False).wv

    def _weights(self, tokens: Tokens) -> NDArray[np.float32]:
        """Return how much each word of the vectors counts, (V,)."""
        kv = self.vectors_
        if self.weighting == "mean":
            return np.ones(len(kv), np.float32)
        bags = tokens.bags(kv.key_to_index)
        if self.weighting == "idf":
            n, texts = bags.shape[0], np.bincount(bags.indices, minlength=len(kv))
            return (np.log((1 + n) / (1 + texts)) + 1).astype(np.float32)
        if kv.counts is not None and kv.counts.any():
            shares = kv.counts / kv.counts.sum()
        else:
            of_fit = dict(zip(tokens.words, np.bincount(tokens.ids).tolist(), strict=True))
            shares = np.array([of_fit.get(word, 0) for word in kv]) / max(1, len(tokens.ids))
        return (self.sif / (self.sif + shares)).astype(np.float32)

    def _means(self, tokens: Tokens) -> NDArray[np.float32]:
        """Return the weighted means of the texts' words, (n, d)."""
        bags = tokens.bags(self.vectors_.key_to_index)
        bags.data *= self.weights_[bags.indices]
        return np.asarray(bags @ self.vectors_.vectors, np.float32)

    def __sklearn_is_fitted__(self) -> bool:
        """Tell scikit-learn whether there are vectors."""
        return hasattr(self, "weights_")

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that this makes vectors of texts."""
        from sklearn import utils

        return utils.Tags(
            estimator_type=None,
            target_tags=utils.TargetTags(required=False),
            transformer_tags=utils.TransformerTags(preserves_dtype=[]),
            input_tags=utils.InputTags(string=True, two_d_array=False),
        )


def _directions(rows: NDArray[np.float32], most: int) -> NDArray[np.float32]:
    """Return the first right singular vectors of rows (n, d), (most, d)."""
    _, directions = np.linalg.eigh(rows.T.astype(np.float64) @ rows)
    return directions[:, ::-1].T[:most].astype(np.float32)
