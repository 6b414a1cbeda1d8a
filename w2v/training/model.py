"""What the models share: words with two rows each, read from a corpus, saved."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

import w2v._core as _core
from w2v.checks import Declared, is_verbose, near, quoted
from w2v.files.storage import Target
from w2v.files.unpack import Source, name_of
from w2v.names import READING
from w2v.parallel import worker_count
from w2v.text.corpus import Corpus, Encoded
from w2v.text.phrases import Phrases
from w2v.text.vocabulary import Vocabulary, look_alikes
from w2v.training.origin import STATS
from w2v.training.settings import Checked, check_names, names_of
from w2v.training.shown import History, model_html
from w2v.vectors.keyed import KeyedVectors

if TYPE_CHECKING:
    from typing_extensions import Self

    from w2v.files.formats import Model as Stored

# gensim's names of what a model has and does, and what to write here
ELSEWHERE = {
    "build_vocab": "fit(corpus), which chooses the words, too",
    "train": "fit(corpus), or partial_fit(corpus) to go on",
    "predict_output_word": "predict_word(context)",
    "get_latest_training_loss": "history[-1]['loss'], the mean of an example",
    "total_train_time": "history[-1]['seconds'], of each epoch",
    "syn1": "W_out",
    "syn1neg": "W_out",
    "corpus_count": "corpus_stats['lines']",
    "corpus_total_words": "corpus_stats['tokens_read']",
    "layer1_size": "vector_size",
}
# With so many words in a window on average, an epoch of window="sentence" takes long.
MANY_NEIGHBOURS = 1000
# a setting that one kind of model has -> the kind; of several the first
KINDS = {"train_words": "Doc2Vec", "loss": "Word2Vec", "shift": "PPMI"}


class NotTrainedError(ValueError, AttributeError):
    """Vectors or predictions were asked of a model that has none yet; so ``hasattr`` is False."""


class Model(Declared):
    """Base of the models: settings, a vocabulary, and the rows of its words in two matrices."""

    settings: Any
    vocabulary: Vocabulary
    W_in: NDArray[np.float32]
    W_out: NDArray[np.float32]
    history: History
    corpus_stats: dict[str, int]
    origin: dict[str, Any]
    settings_kind: ClassVar[type[Checked]]

    def __init__(self, *corpus: Any, **settings: Any) -> None:
        name = self.settings_kind.model
        if corpus:
            raise TypeError(f"{name} takes settings by name; give the corpus to fit(corpus)")
        check_names(settings, name, names_of(self.settings_kind))
        self._given: Any = self.settings_kind(**settings)
        self.settings = self._given
        self.history = History()
        self.corpus_stats = {}
        self.origin = {}
        self._wv: KeyedVectors | None = None
        self._outputs: Vocabulary | None = None  # words of W_out, where they are others

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the settings as they were given; scikit-learn's ``clone`` makes a model of them.

        Parameters
        ----------
        deep : bool, default True
            Without effect: no setting is a model.
        """
        return dict(self._given)

    def set_params(self, **params: Any) -> Self:
        """Change settings by name, of a model that has not been trained."""
        if hasattr(self, "W_in"):
            raise ValueError(
                "the settings of a trained model are fixed; make another one with "
                f"{self.settings_kind.model}(**settings)"
            )
        check_names(params, self.settings_kind.model, names_of(self.settings_kind))
        self.settings = self._given = self.settings_kind(**{**self._given, **params})
        return self

    def __setattr__(self, name: str, value: object) -> None:
        """Set an attribute; a setting is fixed, and a mistyped name is an error."""
        if name in names_of(self.settings_kind):
            raise AttributeError(
                f"{name} is a setting, and those of a model are fixed; make another one: "
                f"{self.settings_kind.model}({name}=...)"
            )
        super().__setattr__(name, value)

    def __repr__(self) -> str:
        """Show the settings, and the number of words once there are some."""
        values = ", ".join(f"{name}={value!r}" for name, value in self.settings.items())
        words = f", {len(self.vocabulary)} words" if hasattr(self, "vocabulary") else ""
        return f"<{self.settings_kind.model}({values}){words}>"

    def _repr_html_(self) -> str:
        """Show a notebook the size, the settings that are changed, and the training."""
        return model_html(self)

    # --- training --------------------------------------------------------------------------------

    def _open(
        self, corpus: Any, verbose: bool, reading: dict[str, Any], phrases: Phrases | None = None
    ) -> Corpus:
        """Read the corpus of `fit`, its phrases joined."""
        is_verbose("verbose", verbose)
        for name in reading:
            if name not in READING:
                raise TypeError(
                    f"fit() has no argument {quoted(name)}; a corpus has {', '.join(READING)}"
                )
        if not isinstance(corpus, Corpus):
            reading = reading | {
                "workers": worker_count(self.settings.get("workers")),
                "verbose": verbose and sys.stderr is not None,
            }
        corpus = Corpus.of(corpus, **reading)
        if phrases is not None:
            corpus = phrases.transform(corpus) if phrases.phrases else phrases.fit_transform(corpus)
        return corpus

    def _choose(self, corpus: Corpus, vocabulary: Any) -> Vocabulary:
        """Choose the words: a function of the corpus may, else as :meth:`fit` describes."""
        if callable(vocabulary):
            vocabulary = vocabulary(corpus)
        if not isinstance(vocabulary, Vocabulary):
            vocabulary = Vocabulary.build(
                corpus,
                min_count=self.settings.min_count,
                max_final_vocab=self.settings.max_final_vocab,
                words=vocabulary,
            )
            for message in look_alikes(vocabulary.words):
                warnings.warn(message, stacklevel=4)
        if len(vocabulary) < 2:
            more = "" if corpus.stats.types == 1 else " or a lower min_count"
            if self.settings.max_final_vocab == 1:
                more = ", and a higher max_final_vocab"
            raise ValueError(
                f"the vocabulary has only the word {quoted(vocabulary.words[0])}, and a word "
                f"predicts another: give a larger corpus{more}"
            )
        return vocabulary

    def _read(
        self,
        corpus: Any,
        vocabulary: Any,
        verbose: bool,
        reading: dict[str, Any],
        phrases: Phrases | None = None,
    ) -> tuple[Vocabulary, Encoded]:
        """Read the corpus of `fit`, choose its words and return their ids."""
        own = not isinstance(corpus, Corpus)
        corpus = self._open(corpus, verbose, reading, phrases)
        vocabulary = self._choose(corpus, vocabulary)
        encoded = corpus.encode(vocabulary, consume=own)
        del corpus  # and with it the table of all words, rare ones included
        if not encoded.tokens_kept:
            raise ValueError("no word of the vocabulary occurs in the corpus")
        if np.diff(encoded.offsets).max() < 2:
            advice = "give longer sentences (a line is one) or a lower min_count"
            if " " in str(vocabulary.words[0]):
                advice = (
                    f"{quoted(vocabulary.words[0])} is one token; a str is split, a list is not"
                )
            raise ValueError(
                "no sentence has two words of the vocabulary, so there is nothing to learn: "
                f"{advice}"
            )
        if self.settings.window == "sentence":
            lengths = np.diff(encoded.offsets).astype(np.float64)
            mean = float(lengths @ (lengths - 1)) / encoded.tokens_kept
            if mean > MANY_NEIGHBOURS:
                warnings.warn(
                    f"window='sentence' pairs each word with {mean:,.0f} others on average, in an "
                    "epoch; cut long sentences, or pass a number",
                    stacklevel=3,
                )
        return vocabulary, encoded

    def _renew(
        self,
        vocabulary: Vocabulary,
        W_in: NDArray[np.float32],
        W_out: NDArray[np.float32],
        settings: Any,
        outputs: Vocabulary | None = None,
    ) -> None:
        """Put new weights in the place of old ones, all at once; warn if there were some."""
        if hasattr(self, "W_in"):
            name = self.settings_kind.model
            warnings.warn(
                f"fit() starts from new weights: what this model had learnt of "
                f"{len(self.vocabulary):,} words is lost; to keep it, train another one: "
                f"{name}(**model.settings).fit(corpus)",
                stacklevel=4,
            )
        # after all memory is there: a model trained before stays whole if there was no room
        self.vocabulary, self.W_in, self.W_out = vocabulary, W_in, W_out
        self._outputs = None if outputs is vocabulary else outputs
        self.settings = settings
        self.history = History()
        self._wv = None

    # --- questions -------------------------------------------------------------------------------

    @property
    def wv(self) -> KeyedVectors:
        """The word vectors: rows of W_in, not copied."""
        self._check_fitted()
        if self._wv is None:
            rows = self._word_rows()
            self._wv = KeyedVectors(self.vocabulary.words, rows, self.vocabulary.counts)
            self._wv.settings = dict(self.settings)
        return self._wv

    def _main_vectors(self) -> KeyedVectors:
        """Return the vectors that such a model is trained for."""
        return self.wv

    def _word_rows(self) -> NDArray[np.float32]:
        """Return the rows of W_in that belong to the words of the vocabulary."""
        return self.W_in

    @property
    def output_vocabulary(self) -> Vocabulary:
        """Words of the rows of W_out: those of `vocabulary`, unless pairs had separate ones."""
        self._check_fitted()
        return self._outputs or self.vocabulary

    def _check_one_vocabulary(self, what: str) -> None:
        self._check_fitted()
        if self._outputs is not None:
            raise ValueError(
                f"{what} needs one vocabulary, and this model has separate inputs and outputs"
            )

    def refined(self, matrices: str | None = None, power: float = 0.5) -> KeyedVectors:
        """Return better vectors from the same training: whitened, the output rows used as well.

        Every word has two rows, and the usual vectors are those of `W_in` alone. Frequent words
        shape their space: the mean is far from zero, and few directions hold most of the variance.
        Here the mean over the running text is subtracted, and each principal direction is scaled
        by its variance to the power ``-power / 2`` (Zipfian whitening).

        Parameters
        ----------
        matrices : {"sum", "both", "input"}, optional
            Of which matrices: ``"sum"`` whitens `W_in` + `W_out`; ``"both"`` whitens each of them,
            scales their rows to length 1 and puts them side by side, which doubles the size;
            ``"input"`` whitens `W_in`. By default ``"sum"``, or ``"input"`` under hierarchical
            softmax, where the rows of `W_out` belong to inner nodes and not to words.
        power : float, default 0.5
            From 0, which only subtracts the mean, to 1, which makes all directions equally long.

        Returns
        -------
        KeyedVectors
            New vectors (V, d), or (V, 2 d) of ``"both"``; `wv` stays as it is.

        Raises
        ------
        ValueError
            ``"sum"`` or ``"both"`` under hierarchical softmax; a power outside 0 to 1.
        NotTrainedError
            Before `fit`.

        References
        ----------
        Yokoi, Bao, Kurita and Shimodaira (2024), Zipfian whitening.
        """
        from w2v.vectors.refined import refine

        self._check_fitted()
        if matrices != "input":
            self._check_one_vocabulary(f"refined(matrices={matrices!r})")
        counts = self.vocabulary.counts
        of_words = None if self.settings.get("loss") == "hs" else self.W_out
        matrices = matrices or ("input" if of_words is None else "sum")
        refined = refine(self._word_rows(), of_words, counts, matrices, power)
        vectors = KeyedVectors(self.vocabulary.words, refined, counts)
        vectors.settings = {**self.settings, "refined": matrices, "power": power}
        return vectors

    def __getitem__(self, key: object) -> Any:
        """Say where the vectors are: gensim 3 had them here."""
        raise TypeError(
            "a model is not indexed; its words and vectors are model.wv: model.wv['king'], "
            "'king' in model.wv, list(model.wv)"
        )

    def __getattr__(self, name: str) -> Any:
        """Say where the questions to the vectors are: gensim 3 had them here."""
        if name == "wv":
            self._check_fitted()
            self._word_rows()
        if name in ELSEWHERE:
            hint = f"; here it is {ELSEWHERE[name]}"
        elif name in dir(KeyedVectors) and not name.startswith("_"):
            hint = f"; it belongs to the vectors: model.wv.{name}"
        else:
            hint = near(name, (known for known in dir(self) if not known.startswith("_")))
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}{hint}")

    def _check_fitted(self) -> None:
        if not hasattr(self, "W_in"):
            raise NotTrainedError("the model has not been trained: call fit(corpus) first")

    # --- files -----------------------------------------------------------------------------------

    def save(self, path: Target) -> None:
        """Write weights, vocabulary, settings and history to one safetensors file.

        Parameters
        ----------
        path : path, or file open for bytes
            Where to; written whole or not at all.

        Raises
        ------
        ValueError
            If the model is not trained, or the name is that of a format for vectors alone.
        """
        from w2v.files import formats

        self._check_fitted()
        if formats.format_of_suffix(path, "safetensors") != "safetensors":
            raise ValueError(
                f"{name_of(path)}: save() writes a whole model, as .safetensors; for the vectors "
                "alone use model.wv.save(path)"
            )
        self._write(path)

    def _write(
        self,
        path: Target,
        records: int | None = None,
        notes: Mapping[str, Any] = MappingProxyType({}),
        best: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None,
    ) -> None:
        """Write the model with so many records of its history; of a checkpoint, more notes."""
        from w2v.files import formats

        outputs = self._outputs
        formats.write_model(
            path,
            W_in=self.W_in,
            W_out=self.W_out,
            words=self.vocabulary.words,
            counts=self.vocabulary.counts,
            settings=dict(self.settings),
            history=self.history[:records],
            notes={"origin": self.origin, **notes},
            best=best,
            outputs=None if outputs is None else (outputs.words, outputs.counts),
        )

    @classmethod
    def load(cls, path: Source) -> Self:
        """Read a model that :meth:`save` wrote.

        Parameters
        ----------
        path : path, or file open for bytes
            The file.

        Returns
        -------
        a model of this class

        Raises
        ------
        ValueError
            If the file is no model, or not a whole one.
        """
        from w2v.files import formats

        return cls._of(formats.read_model(path), path)

    @classmethod
    def _of(cls, stored: Stored, path: Source) -> Self:
        """Make a model of what a file holds."""
        settings = dict(stored.settings)
        kind = kind_of(settings)
        if kind and kind != cls.settings_kind.model:
            raise ValueError(
                f"{name_of(path)} holds a model of w2v.{kind}, which loads it; "
                "w2v.KeyedVectors.load reads the vectors of any"
            )
        try:
            settings.pop("shared_negatives", None)  # of older files: there is but one way now
            model = cls(**settings)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{name_of(path)}: its settings cannot be used: {error}") from None
        rows, d = stored.W_out.shape
        output_words = stored.outputs[0] if stored.outputs else stored.words
        expected = len(output_words) - (getattr(model, "loss", None) == "hs")
        if (rows, d) != (expected, model.vector_size):
            raise ValueError(
                f"{name_of(path)} contradicts itself: its settings ask for output vectors of the "
                f"shape {(expected, model.vector_size)}, and it holds {(rows, d)}"
            )
        try:
            model._take_inputs(stored)
        except ValueError as error:
            raise ValueError(f"{name_of(path)} is damaged: {error}") from None
        model.W_out = aligned_copy(stored.W_out)
        model.history = History(stored.history)
        model.origin = stored.notes.get("origin", {})
        read = model.origin.get("corpus")
        if isinstance(read, dict):
            model.corpus_stats = {name: read[name] for name in STATS if name in read}
        return model

    def _take_inputs(self, stored: Stored) -> None:
        """Take the words and the rows of W_in from what a file holds."""
        self.vocabulary = Vocabulary(stored.words, stored.counts)
        self._outputs = stored.outputs and Vocabulary(*stored.outputs)
        self.W_in = aligned_copy(stored.W_in)


def kind_of(settings: Mapping[str, Any]) -> str | None:
    """Return what class has such settings; None if they are not those of a model."""
    return next((kind for mark, kind in KINDS.items() if mark in settings), None)


def aligned_copy(matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a copy of a matrix as training needs it."""
    copy = _core.aligned_zeros(*matrix.shape)
    copy[:] = matrix
    return copy
