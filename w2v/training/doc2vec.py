"""Vectors of documents: each document, or tag of several, has a row that is one more input."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import w2v._core as _core
from w2v.files.words import Word
from w2v.parallel import alone
from w2v.text.corpus import Corpus
from w2v.text.documents import read_documents, read_untagged, with_words
from w2v.text.vocabulary import Vocabulary
from w2v.training.checkpoint import Place
from w2v.training.document_settings import DocumentSettings
from w2v.training.frozen import NOTHING
from w2v.training.inference import infer
from w2v.training.loop import Callback, Judge, NoExampleError, run_training
from w2v.training.model import Model, NotTrainedError, aligned_copy
from w2v.training.origin import origin_of, plain_reading, words_as_before
from w2v.training.schedule import Schedule, choose_sample, make_tables
from w2v.training.settings import names_of, takes
from w2v.training.weights import first_weights
from w2v.vectors.keyed import KeyedVectors

if TYPE_CHECKING:
    from w2v.files.formats import Model as Stored
    from w2v.files.storage import Target

Matrix = NDArray[np.float32]


class Doc2Vec(Model):
    """Vectors of documents, by predicting their words.

    PV-DBOW (``architecture="dbow"``) is skip-gram whose input is the document: its vector predicts
    each of its words. PV-DM (``"dm"``) is CBOW with the document among the words around a place:
    the mean of their vectors predicts the word in it. The row of a document is one more row of
    `W_in`; all else, the windows, the subsampling, the losses and the learning rate, is that of
    :class:`w2v.Word2Vec`.

    The settings, all by name, are those of
    :class:`w2v.training.document_settings.DocumentSettings`. Each is also an attribute, which
    cannot be changed: ``model.window``.

    Attributes
    ----------
    settings : DocumentSettings
        All settings, a mapping: ``Doc2Vec(**model.settings)`` makes a model like this one.
    tags : list of str or of int
        Tags of the documents, in the order in which they first came.
    dv : KeyedVectors
        The vectors of the tags, to be asked questions: ``model.dv.most_similar(tag)``. Its counts
        are those of the documents with a tag. A tag whose documents have no word of the vocabulary
        has the vector 0.
    wv : KeyedVectors
        The vectors of words, under ``"dm"`` and with `train_words`.
    vocabulary : Vocabulary
        Words and counts.
    W_in : float32 array (words + tags, d)
        Input weights: rows of words, where words are inputs, then those of tags.
    W_out : float32 array (words, d)
        Output weights; under hierarchical softmax one row less.
    history, corpus_stats, interrupted
        As :class:`w2v.Word2Vec` has them.

    Examples
    --------
    >>> import w2v
    >>> texts = [["heavy", "rain"], ["light", "rain"], ["old", "house"], ["new", "house"]] * 20
    >>> tags = ["weather", "weather", "town", "town"] * 20
    >>> model = w2v.Doc2Vec(vector_size=8, min_count=1, alpha=0.1)
    >>> model = model.fit(texts, tags=tags, verbose=False)
    >>> model.dv.most_similar(model.infer_vector(["rain"]), topn=1)[0][0]
    'weather'

    References
    ----------
    Le and Mikolov (2014), Distributed representations of sentences and documents. Lau and Baldwin
    (2016), An empirical evaluation of doc2vec with practical insights into document embedding
    generation.
    """

    settings: DocumentSettings
    settings_kind = DocumentSettings
    tags: list[Word]
    interrupted: bool
    _tag_counts: NDArray[np.int64]

    @takes(DocumentSettings)
    def __init__(self, *corpus: Any, **settings: Any) -> None:
        super().__init__(*corpus, **settings)
        self.interrupted = False
        self._dv: KeyedVectors | None = None
        self._tables: tuple[Vocabulary, _core.Tables] | None = None
        self._dv_of = -1  # records of the history when it was made

    def fit(
        self,
        documents: Any,
        *,
        tags: Any = None,
        vocabulary: Vocabulary | Sequence[str] | Mapping[str, int] | None = None,
        verbose: bool = True,
        callbacks: Callback | Iterable[Callback] = (),
        **reading: Any,
    ) -> Doc2Vec:
        """Read documents and train on them from new weights.

        Parameters
        ----------
        documents : iterable, Corpus or path
            Token lists, or strings, which are split; pairs ``(tag, tokens)`` or ``(tags, tokens)``;
            objects with the attributes ``words`` and ``tags``. Or whatever else
            :class:`w2v.Corpus` takes, each sentence of which is a document: of a file each line.
        tags : sequence, or name of a column, or True; optional
            For each document its tag, a str or an int, or a list of them; documents may share a
            tag. Of a file: True for lines ``tag<TAB>text``, or the name of a column beside
            ``column=``, that of the texts. Without tags the documents are numbered from 0.
        vocabulary, verbose, callbacks
            As :meth:`Word2Vec.fit` takes them.
        **reading
            How to read documents that are no :class:`w2v.Corpus` yet: its `tokenizer`,
            `normalize`, `encoding`, `errors`, `column`, `memory_budget` and `tmp_dir`.

        Returns
        -------
        Doc2Vec
            The model itself.

        Raises
        ------
        TypeError, ValueError
            If a document is empty or has no tag, if tags are of two kinds, or if no word occurs
            `min_count` times.
        FloatingPointError
            If training diverged, see :meth:`Word2Vec.fit`.
        """
        judge = Judge(callbacks=callbacks)
        noted = {"reading": plain_reading(reading), "vocabulary": "corpus"}
        read = read_documents(documents, tags, reading, lambda s, r: self._open(s, verbose, r))
        chosen = self._choose(read.corpus, vocabulary)
        noted["vocabulary"] = "corpus" if vocabulary is None else "given"
        encoded = read.encode(chosen, consume=not isinstance(documents, Corpus))
        if not encoded.tokens_kept:
            raise ValueError("no word of the vocabulary occurs in the documents")
        lost = int(np.count_nonzero(~encoded.kept))
        if lost:
            warnings.warn(
                f"{lost:,} of the {len(encoded.kept):,} documents have no word of the vocabulary: "
                "nothing is learnt of them; a lower min_count keeps more words",
                stacklevel=2,
            )
        settings = choose_sample(self._given, chosen, encoded.tokens_kept)
        rows = settings.rows_of_words(chosen)
        with alone(self):
            first = partial(first_weights, chosen, settings, rows=rows + len(read.tags))
            weights = first()
            learnt = np.bincount(encoded.tags, minlength=len(read.tags)) > 0
            weights[0][rows:][~learnt] = 0
            self._renew(chosen, *weights, settings)
            self.tags, self._tag_counts = read.tags, read.counts
            self.origin = origin_of(chosen, encoded) | noted
            schedule = Schedule(settings.epochs, settings.alpha, settings.min_alpha)
            try:
                run_training(self, encoded, verbose, schedule, judge, Place(), None, first, NOTHING)
            except NoExampleError:
                del self.vocabulary, self.W_in, self.W_out  # they have learnt nothing
                raise
        return self

    # --- questions -------------------------------------------------------------------------------

    @property
    def dv(self) -> KeyedVectors:
        """The vectors of the tags: rows of W_in, not copied."""
        self._check_fitted()
        if self._dv is None or self._dv_of != len(self.history):
            rows = self.W_in[self.settings.rows_of_words(self.vocabulary) :]
            self._dv = KeyedVectors(self.tags, rows, self._tag_counts)
            self._dv.settings = dict(self.settings)
            self._dv_of = len(self.history)
        return self._dv

    def __getattr__(self, name: str) -> Any:
        """Say why there are no vectors of documents, or what else is meant."""
        if name == "dv":
            self._check_fitted()
        return super().__getattr__(name)

    def _main_vectors(self) -> KeyedVectors:
        return self.dv

    def _word_rows(self) -> Matrix:
        if not self.settings.has_words:
            raise NotTrainedError(
                "this model has no vectors of words: under architecture='dbow' they are learnt "
                "with train_words=True; those of the documents are model.dv"
            )
        return self.W_in[: len(self.vocabulary)]

    def infer_vector(self, document: str | Sequence[Word], **how: Any) -> Matrix:
        """Return the vector of a new document: short for ``infer_vectors([document])[0]``.

        Parameters
        ----------
        document : list of tokens, or str
        **how
            As :meth:`infer_vectors` takes it.

        Returns
        -------
        float32 array (d,)
        """
        found: Matrix = self.infer_vectors([document], **how)[0]
        return found

    def infer_vectors(
        self,
        documents: Any,
        *,
        epochs: int | None = None,
        alpha: float | None = None,
        min_alpha: float | None = None,
        **reading: Any,
    ) -> Matrix:
        """Return the vectors of new documents.

        Each document gets a row, which is trained as in :meth:`fit`, while all weights of the model
        stay as they are. Where it begins, and all random numbers, depend on the words of the
        document and the seed, so its vector is the same in any batch and for any number of workers.

        Parameters
        ----------
        documents : list, or whatever else a Corpus takes
            Token lists or strings, which are split as in training. Of a file each line.
        epochs, alpha, min_alpha : int, float, float, optional
            Passes over each document, and the learning rates at their start and end; those of the
            settings unless given. More passes come nearer to where the vector would end.
        **reading
            How to read them, as :meth:`fit` takes it; `tokenizer` and `normalize` are those of then
            unless given.

        Returns
        -------
        float32 array (n, d)
            A document without a word of the vocabulary has the vector 0; a warning says so.

        Raises
        ------
        NotTrainedError
            Before `fit`.

        Examples
        --------
        >>> import w2v
        >>> model = w2v.Doc2Vec(vector_size=8, min_count=1)
        >>> model = model.fit([["heavy", "rain"], ["old", "house"]] * 9, verbose=False)
        >>> model.infer_vectors([["rain"], ["old", "house"]]).shape
        (2, 8)
        """
        self._check_fitted()
        of_schedule = {"epochs": epochs, "alpha": alpha, "min_alpha": min_alpha}
        given: Any = {name: value for name, value in of_schedule.items() if value is not None}
        asked = replace(self.settings, **given)  # checks them
        reading = words_as_before(self.origin, reading, "infer_vectors")
        corpus, places, n = read_untagged(documents, lambda s: self._open(s, False, reading))
        found = np.zeros((n, asked.vector_size), np.float32)
        if corpus is not None:
            known = with_words(corpus, self.vocabulary)
            places = places[known]
            if len(places):
                encoded = corpus.encode(self.vocabulary, consume=corpus is not documents)
                weights = self.W_in, self.W_out
                found[places] = infer(asked, self.vocabulary, encoded, *weights, self._drawn_from())
        if len(places) < n:
            warnings.warn(
                f"{n - len(places):,} of the {n:,} documents have no word of the vocabulary: their "
                "vectors are 0",
                stacklevel=3,
            )
        return found

    def _drawn_from(self) -> _core.Tables:
        """Return what words are drawn from, made once: it takes as long as a short document."""
        if self._tables is None or self._tables[0] is not self.vocabulary:
            self._tables = self.vocabulary, make_tables(self.settings.of_words(), self.vocabulary)
        return self._tables[1]

    # --- files -----------------------------------------------------------------------------------

    def _write(self, path: Target, *_: Any) -> None:
        """Write the model: the vectors of tags as W_in, those of words beside them."""
        from w2v.files import formats

        rows = self.settings.rows_of_words(self.vocabulary)
        formats.write_model(
            path,
            W_in=self.W_in[rows:],
            W_out=self.W_out,
            words=self.tags,
            counts=self._tag_counts,
            settings=dict(self.settings),
            history=self.history,
            notes={"origin": self.origin},
            outputs=(self.vocabulary.words, self.vocabulary.counts),
            W_words=self.W_in[:rows] if rows else None,
        )

    def _take_inputs(self, stored: Stored) -> None:
        if stored.outputs is None:
            raise ValueError("it has no words beside the tags")
        self.vocabulary = Vocabulary(*stored.outputs)
        parts = [stored.W_in] if stored.W_words is None else [stored.W_words, stored.W_in]
        if (stored.W_words is not None) != self.settings.has_words:
            raise ValueError("its settings and its matrices do not go together")
        self.tags, self._tag_counts = list(stored.words), stored.counts
        self.W_in = aligned_copy(np.concatenate(parts))

    def __repr__(self) -> str:
        """Show the settings, and the numbers of words and tags once there are some."""
        shown = super().__repr__()
        return f"{shown[:-1]}, {len(self.tags)} tags>" if hasattr(self, "tags") else shown


for _name in names_of(DocumentSettings):
    setattr(Doc2Vec, _name, property(attrgetter(f"settings.{_name}")))
