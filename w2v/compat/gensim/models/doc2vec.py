"""``Doc2Vec`` with gensim's arguments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.compat.gensim.models.keyedvectors import KeyedVectors
from w2v.compat.gensim.models.sentences import LineSentence
from w2v.compat.gensim.models.word2vec import MEANINGLESS, loss_of, warn_of_meaningless
from w2v.training.doc2vec import Doc2Vec as Ours

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Doc2Vec", "TaggedDocument", "TaggedLineDocument"]


class TaggedDocument(NamedTuple):
    """A document and its tags."""

    words: list[str]
    tags: list[Any]


class TaggedLineDocument:
    """Go through a text whose lines are documents, each with its number from 0 as its tag."""

    def __init__(self, source: Any) -> None:
        self.source = source

    def __iter__(self) -> Any:
        """Yield the documents."""
        lines = LineSentence(self.source, max_sentence_length=2**31)
        return (TaggedDocument(words, [i]) for i, words in enumerate(lines))


class Doc2Vec:
    """Vectors of documents, trained by :class:`w2v.Doc2Vec`, with the arguments of gensim 4.

    Parameters
    ----------
    documents : iterable of TaggedDocument, optional
        The text. Without it, call `build_vocab` and `train`.
    corpus_file : path, optional
        The text as a file, a document a line.
    dm : {1, 0}
        PV-DM, or PV-DBOW.
    dbow_words : {0, 1}
        Train words by skip-gram, too, under PV-DBOW.
    dm_mean, dm_concat, dm_tag_count
        PV-DM takes the mean; another choice is refused.
    vector_size, window, alpha, min_alpha, min_count, sample, seed, workers, epochs, hs, negative, \
    ns_exponent
        As :class:`w2v.compat.gensim.models.Word2Vec` takes them.
    """

    def __init__(
        self,
        documents: Any = None,
        corpus_file: Any = None,
        vector_size: int = 100,
        dm_mean: int | None = None,
        dm: int = 1,
        dbow_words: int = 0,
        dm_concat: int = 0,
        dm_tag_count: int = 1,
        comment: str | None = None,
        window: int = 5,
        epochs: int = 10,
        alpha: float = 0.025,
        min_alpha: float = 0.0001,
        min_count: int = 5,
        sample: float = 1e-3,
        seed: int = 1,
        workers: int = 3,
        hs: int = 0,
        negative: int = 5,
        ns_exponent: float = 0.75,
        shrink_windows: bool = True,
        **more: Any,
    ) -> None:
        unknown = set(more) - set(MEANINGLESS)
        if unknown:
            raise TypeError(f"Doc2Vec has no argument {', '.join(sorted(unknown))} here")
        warn_of_meaningless(more)
        if dm_concat or dm_tag_count != 1 or dm_mean == 0:
            raise ValueError(
                "PV-DM takes the mean here: leave dm_concat, dm_mean, dm_tag_count away"
            )
        self.vector_size, self.epochs, self.dm, self.comment = vector_size, epochs, int(dm), comment
        self.alpha, self.min_alpha = alpha, min_alpha
        self.corpus_count: int | None = None
        words: dict[str, Any] = {} if dm else {"train_words": bool(dbow_words)}
        self._ours = Ours(
            architecture="dm" if dm else "dbow",
            **words,
            **loss_of(hs, negative),
            vector_size=vector_size,
            window=window,
            epochs=epochs,
            alpha=alpha,
            min_alpha=min_alpha,
            min_count=max(1, min_count),
            sample=sample,
            seed=seed,
            workers=max(1, workers),
            ns_exponent=ns_exponent,
            shrink_windows=bool(shrink_windows),
        )
        if documents is not None or corpus_file is not None:
            self.train(documents, corpus_file)

    def build_vocab(self, corpus_iterable: Any = None, corpus_file: Any = None, **_: Any) -> None:
        """Count the documents; their words are chosen when `train` reads them."""
        documents = _documents(corpus_iterable, corpus_file)
        self.corpus_count = sum(1 for _ in documents)

    def train(
        self,
        corpus_iterable: Any = None,
        corpus_file: Any = None,
        total_examples: int | None = None,
        total_words: int | None = None,
        epochs: int | None = None,
        **_: Any,
    ) -> None:
        """Train on documents, from new weights: one call trains a model.

        Parameters
        ----------
        corpus_iterable, corpus_file
            The text, as the constructor takes it.
        epochs : int, optional
            Passes over the documents.
        total_examples, total_words
            Without effect.
        """
        if hasattr(self._ours, "W_in"):
            raise ValueError("a model of documents is trained by one call here: make another one")
        if epochs is not None:
            self._ours.set_params(epochs=epochs)
        documents = list(_documents(corpus_iterable, corpus_file))
        self.corpus_count = len(documents)
        self._ours.fit(documents, verbose=False)

    @property
    def dv(self) -> KeyedVectors:
        """The vectors of the tags."""
        return KeyedVectors.of(self._ours.dv)

    @property
    def wv(self) -> KeyedVectors:
        """The vectors of the words."""
        return KeyedVectors.of(self._ours.wv)

    def infer_vector(
        self,
        doc_words: Sequence[str],
        alpha: float | None = None,
        min_alpha: float | None = None,
        epochs: int | None = None,
    ) -> NDArray[np.float32]:
        """Return the vector of a new document."""
        return self._ours.infer_vector(
            list(doc_words), alpha=alpha, min_alpha=min_alpha, epochs=epochs
        )

    def save(self, fname: Any, *_: Any, **__: Any) -> None:
        """Write a native model of w2v, whatever its name; settings of pickles do nothing."""
        self._ours._check_fitted()
        self._ours._write(fname)

    @classmethod
    def load(cls, fname: Any, *_: Any, **__: Any) -> Self:
        """Read a model that :meth:`save` or :class:`w2v.Doc2Vec` wrote."""
        ours = Ours.load(fname)
        model = cls(vector_size=ours.vector_size, dm=int(ours.architecture == "dm"))
        model._ours, model.epochs = ours, ours.epochs
        return model


def _documents(documents: Iterable[Any] | None, corpus_file: Any) -> Iterable[Any]:
    if (documents is None) == (corpus_file is None):
        raise TypeError("give a text: either documents, or corpus_file=")
    return TaggedLineDocument(corpus_file) if documents is None else documents
