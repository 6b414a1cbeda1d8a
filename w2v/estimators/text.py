"""From text to label: words to embeddings, their mean into a network, out of it a class."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from w2v.checks import whole_number
from w2v.estimators.base import (
    Estimator,
    Floats,
    accuracy,
    check_weights,
    class_codes,
)
from w2v.estimators.classifier import FeedForwardClassifier, probabilities
from w2v.estimators.parameters import TextParameters, documented, one_for_each
from w2v.estimators.saved import (
    array,
    as_notes,
    check_classes,
    made_again,
    params_of,
    read,
    read_estimator,
)
from w2v.estimators.tokens import Tokens, listed
from w2v.interrupts import hold
from w2v.networks.checkpoint import EVERY, Saved, plain
from w2v.networks.files import damage
from w2v.networks.network import Layer, Network
from w2v.parallel import alone

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from w2v.vectors.keyed import KeyedVectors

__all__ = ["TextClassifier"]

METADATA = "w2v_text"  # where the file of a network keeps its words


@documented
class TextClassifier(TextParameters, Estimator):
    """A network that tells the class of a text from its words.

    A text is the bag of its words, each with its share of the text. The first layer is linear and
    has a unit for each dimension: its weights from a word are that word's embedding, so that a
    text becomes the mean of its words' embeddings, as in word2vec's CBOW. Hidden layers and a
    softmax follow. Word order is lost.

    Texts are a list, another iterable or one column of a table. Words that the model does not know
    count for nothing: :meth:`known` tells how many of a text's words it knows. A text without a
    known word gets the probabilities `class_prior_`.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    network_ : Network
        From bags of words (n, V) to classes; layer 1 is the text's embedding.
    words_ : list of str
        The word of each input.
    classes_ : (n_classes,) array
        The classes, sorted.
    class_prior_ : (n_classes,) array
        The share of each class in the training texts, weighted as they were.
    loss_curve_, validation_loss_curve_, n_iter_
        As of :class:`w2v.FeedForwardClassifier`.

    Examples
    --------
    >>> from w2v.texts import TextClassifier
    >>> texts = ["a good film", "good food", "a bad film", "bad food"]
    >>> model = TextClassifier(random_state=1).fit(texts, ["+", "+", "-", "-"])
    >>> model.predict(["Bad!"]).tolist()
    ['-']
    """

    _kind = "classifier"
    table_: dict[str, str | int] | None  # the columns "text" and "target", if it learnt a table

    def fit(
        self,
        texts: Iterable[str],
        y: Any,
        sample_weight: Any = None,
        *,
        checkpoint: str | os.PathLike[str] | None = None,
        every: float = EVERY,
    ) -> TextClassifier:
        """Train on texts with their classes.

        Parameters
        ----------
        texts : iterable of str
            Raw text: it is lower-cased, and what belongs to no word is left out.
        y : (n,) sequence
            The class of each, one for a text.
        sample_weight : (n,) array, optional
            Importance of each text; 0 leaves it out.
        checkpoint : path, optional
            Write the training to this file at its start, at the end of an epoch now and then, and
            when it ends or is interrupted; :meth:`resume` goes on with it.
        every : float, default 60
            Seconds from one checkpoint to the next, at least.

        Returns
        -------
        self

        Raises
        ------
        TypeError
            If `texts` is one text or a table, or an item of it is something else than a text.
        ValueError
            If no word is left, a text is missing, or texts and classes are not equally many.
        KeyboardInterrupt
            On Ctrl-C, after the update under way. The classifier keeps what was learnt.
        """
        self._check_settings()
        self.table_ = None
        kept = {"checkpoint": checkpoint, "every": every}
        with alone(self):
            self._fit(listed(texts), y, sample_weight, None, kept)
        return self

    @classmethod
    def resume(
        cls,
        path: str | os.PathLike[str],
        texts: Iterable[str],
        y: Any,
        sample_weight: Any = None,
        *,
        vectors: KeyedVectors | None = None,
        callbacks: Sequence[Callable[[Any], Any]] = (),
        workers: int | None = None,
        every: float | None = None,
        **params: Any,
    ) -> TextClassifier:
        """Go on with a training from the checkpoint that :meth:`fit` wrote.

        The result is that of a training that was not interrupted, byte for byte, whatever the
        number of workers was and is.

        Parameters
        ----------
        path : path
            The checkpoint. Later ones take its place.
        texts, y, sample_weight
            The data of then.
        vectors : KeyedVectors, optional
            Those of then, if there were any.
        callbacks : list of functions, optional
            Those of then, which no file can hold.
        workers : int, optional
            Another number of threads than then.
        every : float, optional
            Other seconds from one checkpoint to the next than then.
        **params
            Parameters, which are compared with those of the checkpoint.

        Returns
        -------
        TextClassifier

        Raises
        ------
        ValueError
            If the data, a parameter, the version of w2v or the instruction set is another one than
            then. The difference is named.
        """
        saved = Saved.read(path)
        about = saved.note["asked"].get("text")
        if about is None:
            raise ValueError(f"{path} holds the training of another model than a {cls.__name__}")
        if about.get("vectors") and vectors is None:
            raise ValueError(f"{path} began with vectors: give them to resume(vectors=...)")
        with damage(path, "its checkpoint"):
            model: TextClassifier = made_again(cls, about["params"] | {"vectors": None})
        saved.check_params(params, params_of(model))
        model.set_params(vectors=vectors, callbacks=callbacks)
        if workers is not None:
            model.set_params(workers=workers)
        model._check_settings()
        model.table_ = None
        with alone(model):
            model._fit(listed(texts), y, sample_weight, saved, {"every": every})
        return model

    def _fit(
        self,
        texts: list[str],
        y: Any,
        sample_weight: Any,
        saved: Saved | None,
        kept: dict[str, Any],
    ) -> None:
        """Train on texts, from the beginning or from what was saved."""
        if not texts:
            raise ValueError("there are no texts to learn from")
        tokens = Tokens(texts)
        y = self._check_classes(y, len(texts))
        weight = check_weights(sample_weight, len(y))
        if weight is not None and not weight.all():  # such texts are as if not there
            rows = np.flatnonzero(weight).tolist()
            return self._fit([texts[row] for row in rows], y[rows], weight[rows], saved, kept)
        counts = dict(zip(tokens.words, np.bincount(tokens.ids).tolist(), strict=True))
        known = {} if self.vectors is None else self.vectors.key_to_index
        trained = sorted(w for w, n in counts.items() if n >= self.min_count or w in known)
        if not trained:
            hint = "lower min_count" if tokens.words else "the texts hold no words"
            raise ValueError(f"no word occurs {self.min_count} times; {hint}")
        if not self.train_vectors and self.vectors is None:
            raise ValueError("train_vectors=False needs vectors to start from")
        embedding = self._first_embedding(trained)
        learner: FeedForwardClassifier  # of all layers above the embedding, or of that, too
        places = {word: i for i, word in enumerate(trained)}
        bags = tokens.bags(places)
        test = vars(self).pop("_test", None)  # as of the learner, but for texts
        watched = {"_norms": vars(self).pop("_norms", None)}
        if test is not None:
            of_test = Tokens(test[0]).bags(places)
        words = trained + [word for word in known if word not in counts]
        kind = _WithEmbedding if self.train_vectors else FeedForwardClassifier
        if saved is None:
            learner = kind(**self._settings())
            asked = vars(self).pop("_asked", {})
            if kept["checkpoint"] is not None:
                learner._asked = {"text": self._start(words), **asked}
        else:
            self._check_start(saved, words)
            learner = read_estimator(saved.path, kind)
            learner._go_on(saved, self.callbacks, self.workers, {})
        X: Any = bags
        if isinstance(learner, _WithEmbedding):
            learner.embedding = embedding
        else:
            X = bags @ embedding
        if test is not None:
            learner._test = (of_test if self.train_vectors else of_test @ embedding, *test[1:])
        vars(learner).update(watched)
        try:
            if saved is None:
                learner.fit(X, y, sample_weight, **kept)
            else:
                learner._fit_on(saved, kept["every"], X, y, sample_weight)
        finally:
            if learner.__sklearn_is_fitted__():  # Ctrl-C keeps what was learnt
                with hold():
                    self._take_over(learner, words, embedding, y, weight)

    def _start(self, words: list[str]) -> dict[str, Any]:
        """Return what a checkpoint says of the classifier, and of the rows that all words had."""
        found = sha256("\n".join(words).encode("utf-8", "surrogatepass"))
        found.update(np.ascontiguousarray(self._first_embedding(words)).data)
        params = params_of(self) | {"vectors": None}
        given = self.vectors is not None
        return {"params": plain(params), "vectors": given, "words": found.hexdigest()}

    def _check_start(self, saved: Saved, words: list[str]) -> None:
        """Raise unless a training that was saved has begun with these words and rows."""
        if saved.note["asked"]["text"].get("words") != self._start(words)["words"]:
            raise ValueError(
                f"the words of the texts, or the vectors, have changed since {saved.path} was "
                "written. Give the old ones, or start a new training on these"
            )

    def _take_over(
        self,
        learner: FeedForwardClassifier,
        words: list[str],
        embedding: Floats,
        y: NDArray[Any],
        weight: NDArray[np.float64] | None,
    ) -> None:
        """Take what was learnt; of `words` the first ones have the rows of `embedding`."""
        above, first = learner.network_, 0
        if self.train_vectors:
            first, embedding = 1, above.weights[0].T
        others = self._first_embedding(words[len(embedding) :])
        network = Network(
            len(words),
            [Layer(embedding.shape[1], "linear", bias=False), *above.layers[first:]],
            loss=above.loss_name,
            init=(
                [np.vstack([embedding, others]).T, *above.weights[first:]],
                [None, *above.biases[first:]],
            ),
        )
        network.history = above.history
        codes, n = class_codes(learner.classes_, y), len(learner.classes_)
        shares = np.bincount(codes, learner._weights(weight, y), minlength=n)
        self.words_, self.network_, self.classes_ = words, network, learner.classes_
        self.class_prior_ = shares / shares.sum()
        self.loss_curve_ = learner.loss_curve_
        self.validation_loss_curve_ = learner.validation_loss_curve_
        self.n_iter_ = learner.n_iter_

    def _check_settings(self) -> None:
        super()._check_settings()
        sizes = self.hidden_layer_sizes
        for name in ("activation", "dropout"):
            one_for_each(name, getattr(self, name), len(sizes) if hasattr(sizes, "__len__") else 1)

    def _settings(self) -> dict[str, Any]:
        """Return the parameters of the classifier that learns."""
        shared = {f.name for f in fields(FeedForwardClassifier)} & {f.name for f in fields(self)}
        settings = {name: getattr(self, name) for name in shared}
        if self.train_vectors and not isinstance(self.dropout, (int, float)):
            settings["dropout"] = (0.0, *self.dropout)  # the embedding is a hidden layer, too
        return settings | {"dtype": "float32"}

    def _first_embedding(self, words: list[str]) -> NDArray[np.float32]:
        """Return the rows that the words start from."""
        rng = np.random.default_rng(0)
        d = self.vector_size if self.vectors is None else self.vectors.vector_size
        # of length about 1, as the given ones
        rows = (rng.standard_normal((len(words), d)) / np.sqrt(d)).astype(np.float32)
        if self.vectors is not None:
            for row, word in zip(rows, words, strict=True):
                if word in self.vectors:
                    vector = self.vectors.get_vector(word)
                    row[:] = vector / (np.linalg.norm(vector) or 1)
        return rows

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn what kind of estimator this is, and that it takes texts."""
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array = True, False
        tags.input_tags.sparse = False
        return tags

    def _check_classes(self, y: Any, n: int) -> NDArray[Any]:
        """Return the class of each of n texts."""
        y = self._check_labels(y, n)
        if y.ndim != 1:
            raise ValueError(
                f"a text has one class, and y has shape {y.shape}; train a classifier for each "
                "column of y"
            )
        return y

    def _bags(self, texts: Iterable[str]) -> tuple[csr_matrix[np.float32], NDArray[np.float64]]:
        """Return the bag of each text's known words, and their share of its words."""
        self._check_fitted()
        tokens = Tokens(listed(texts))
        places = {word: i for i, word in enumerate(self.words_)}
        return tokens.bags(places), tokens.known(places)

    def predict_proba(self, texts: Iterable[str]) -> Floats:
        """Return the probability of each class (n, n_classes), in the order of `classes_`.

        A text without a known word has those of `class_prior_`. A UserWarning counts such texts,
        and those most of whose words are unknown.
        """
        bags, known = self._bags(texts)
        n = len(known)
        if not n:
            return np.empty((0, len(self.classes_)), np.float32)
        none, few = int((known == 0).sum()), int(((known > 0) & (known < 0.5)).sum())
        if none:
            warnings.warn(
                f"texts without a word that the model knows: {none:,} of {n:,}; they get the "
                "classes' shares in training as probabilities",
                stacklevel=2,
            )
        if few:
            warnings.warn(
                f"texts most of whose words the model does not know: {few:,} of {n:,}; their "
                "probabilities say little",
                stacklevel=2,
            )
        net = self.network_
        above = Network(
            net.layers[0].units,
            net.layers[1:],
            loss=net.loss_name,
            init=(list(net.weights[1:]), list(net.biases[1:])),
        )
        embedded = bags @ net.weights[0].T  # the network would make the bags dense
        out = probabilities(above.forward(embedded), len(self.classes_))
        out[known == 0] = self.class_prior_
        return out

    def predict(self, texts: Iterable[str]) -> NDArray[Any]:
        """Return the class of each text, (n,): the most probable one."""
        best = self.predict_proba(texts).argmax(axis=1)
        return self.classes_[best]

    def score(self, texts: Iterable[str], y: Any, sample_weight: Any = None) -> float:
        """Return the share of texts whose class is predicted."""
        found = self.predict(texts)
        if not len(found):
            raise ValueError("there are no texts to score")
        return accuracy(found, self._check_classes(y, len(found)), sample_weight)

    def known(self, texts: Iterable[str]) -> NDArray[np.float64]:
        """Return for each text the share of its words that are known, (n,); 0 if it has no word."""
        return self._bags(texts)[1]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write words, network and classes to a safetensors file.

        It is also a file of :meth:`Network.load <w2v.nn.Network.load>`.
        """
        self._check_fitted()
        about = {
            "words": self.words_,
            "classes": self.classes_,
            "class_prior": self.class_prior_,
            "params": params_of(self) | {"vectors": None},
            "loss_curve": self.loss_curve_,
            "n_iter": self.n_iter_,
            "table": self.table_,
        }
        self.network_.save(path, {METADATA: as_notes(about)})

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> TextClassifier:
        """Read a classifier that :meth:`save` wrote.

        Raises
        ------
        ValueError
            If the file is something else.
        """
        network, about = read(path, METADATA, cls.__name__)
        with damage(path, "the description of the classifier"):
            model: TextClassifier = made_again(cls, about["params"])
            model.words_ = array("words", about["words"], network.n_inputs, "U").tolist()
            model.classes_ = array("classes", about["classes"], kinds="biufU")
            check_classes(model.classes_, network.layers[-1].units)
            shares = array("class_prior", about["class_prior"], len(model.classes_))
            model.class_prior_ = shares
            model.loss_curve_ = array("loss_curve", about["loss_curve"]).tolist()
            model.n_iter_ = whole_number("n_iter", about["n_iter"], 0)
            model.table_ = about.get("table")
            if model.table_ is not None and {*map(type, model.table_.values())} - {str, int}:
                raise TypeError("the columns of its table have names or places")
        model.network_, model.validation_loss_curve_ = network, None
        return model


class _WithEmbedding(FeedForwardClassifier):
    """A classifier whose first layer is an embedding: linear, without bias, with given rows."""

    embedding: Floats = np.empty((0, 1), np.float32)  # until the rows are given

    def _hidden(self) -> list[Layer]:
        return [Layer(self.embedding.shape[1], "linear", bias=False), *super()._hidden()]

    def _build(self, outputs: Layer, dtype: Any) -> None:
        super()._build(outputs, dtype)
        self.network_.weights[0][:] = self.embedding.T
