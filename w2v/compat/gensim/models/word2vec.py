"""``Word2Vec`` with gensim's arguments, attributes and steps."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from w2v.compat.gensim.models.keyedvectors import KeyedVectors
from w2v.compat.gensim.models.sentences import (
    LineSentence,
    PathLineSentences,
    Text8Corpus,
    opened,
)
from w2v.compat.gensim.utils import TrimRule, kept
from w2v.text.corpus import Corpus
from w2v.text.vocabulary import Vocabulary
from w2v.training.likelihood import likelihood
from w2v.training.loop import NoExampleError
from w2v.training.word2vec import Word2Vec as Ours

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["LineSentence", "PathLineSentences", "Text8Corpus", "Word2Vec"]

logger = logging.getLogger(__name__)
Matrix = NDArray[np.float32]

# argument of gensim that means nothing here -> its default, and why
MEANINGLESS = {
    "max_vocab_size": (None, "all words are counted"),
    "hashfxn": (None, "first weights come from the seed alone"),
    "null_word": (0, "there is no padding of contexts"),
    "sorted_vocab": (1, "words always stand in the order of their counts"),
    "batch_words": (10_000, "workers take blocks of their own size"),
    "cbow_mean": (1, "CBOW takes the mean of the context"),
}


def warn_of_meaningless(given: Mapping[str, Any], stacklevel: int = 3) -> None:
    """Warn of arguments that are not at their default and have no effect."""
    for name, (default, why) in MEANINGLESS.items():
        if given.get(name, default) not in (default, None):
            warnings.warn(f"{name}={given[name]!r} has no effect: {why}", stacklevel=stacklevel)


# settings of the same name
_SHARED = (
    *("vector_size", "window", "alpha", "min_alpha", "min_count", "sample", "seed", "workers"),
    *("ns_exponent", "epochs", "shrink_windows", "max_final_vocab"),
)


def loss_of(hs: int, negative: int) -> dict[str, Any]:
    """Return our settings for gensim's two switches of the output layer."""
    if hs:
        if negative:
            logger.warning(
                "hs=1 and negative=%d: here one loss is trained, hierarchical softmax; pass "
                "negative=0 to say so",
                negative,
            )
        return {"loss": "hs"}
    if not negative:
        raise ValueError("nothing to train: hs=0 and negative=0; give one of them another value")
    return {"loss": "ns", "negative": negative}


class NoModelError(ValueError, AttributeError):
    """A file holds no model that can be read; gensim raises an AttributeError there."""


class Word2Vec:
    """Word vectors, trained by :class:`w2v.Word2Vec`, with the arguments of gensim 4.

    Parameters
    ----------
    sentences : iterable of list of str, optional
        The text. Without a text, call `build_vocab` and `train`.
    corpus_file : path, optional
        The text as a file, a sentence a line. The fastest way.
    vector_size, alpha, window, min_count, sample, seed, min_alpha, negative, ns_exponent, epochs
        As :class:`w2v.Word2Vec` takes them; the defaults are gensim's.
    workers : int or None, default 3
        Threads; None for all cores. The result is the same for any number.
    sg : {0, 1}
        Skip-gram, or CBOW.
    hs : {0, 1}
        Hierarchical softmax. With `negative`, too, it is trained alone.
    trim_rule : callable, optional
        Called with word, count and `min_count`; returns a rule of `w2v.compat.gensim.utils`.
    max_final_vocab : int, optional
        Raises `min_count` until so many words are left at most.
    compute_loss : bool
        Without effect: the loss is always computed.
    callbacks : iterable of CallbackAny2Vec
        Called before and after training and each epoch.
    comment : str, optional
        Kept.
    shrink_windows : bool
        As :class:`w2v.Word2Vec` takes it.
    max_vocab_size, cbow_mean, hashfxn, null_word, sorted_vocab, batch_words
        Mean nothing here; another value than the default makes a warning.

    Attributes
    ----------
    wv : KeyedVectors
        The vectors; one object for the life of the model.
    corpus_count, corpus_total_words : int or None
        Sentences and words of the latest text.
    total_train_time : float
        Seconds of all training.
    """

    def __init__(
        self,
        sentences: Any = None,
        corpus_file: Any = None,
        vector_size: int = 100,
        alpha: float = 0.025,
        window: int = 5,
        min_count: int = 5,
        max_vocab_size: int | None = None,
        sample: float = 1e-3,
        seed: int = 1,
        workers: int | None = 3,
        min_alpha: float = 0.0001,
        sg: int = 0,
        hs: int = 0,
        negative: int = 5,
        ns_exponent: float = 0.75,
        cbow_mean: int = 1,
        hashfxn: Any = None,
        epochs: int = 5,
        null_word: int = 0,
        trim_rule: TrimRule | None = None,
        sorted_vocab: int = 1,
        batch_words: int = 10_000,
        compute_loss: bool = False,
        callbacks: Iterable[Any] = (),
        comment: str | None = None,
        max_final_vocab: int | None = None,
        shrink_windows: bool = True,
    ) -> None:
        given = locals()
        warn_of_meaningless({name: given[name] for name in MEANINGLESS})
        self.vector_size = self.layer1_size = int(vector_size)
        self.alpha, self.min_alpha = float(alpha), float(min_alpha)
        self.window, self.min_count, self.sample = window, min_count, sample
        self.seed, self.workers, self.epochs = seed, workers, epochs
        self.sg, self.hs, self.negative, self.ns_exponent = int(sg), int(hs), negative, ns_exponent
        self.cbow_mean, self.shrink_windows, self.comment = int(cbow_mean), shrink_windows, comment
        self.max_final_vocab, self.compute_loss = max_final_vocab, compute_loss
        self.callbacks = _listed(callbacks)
        self.corpus_count: int | None = None
        self.corpus_total_words: int | None = None
        self.effective_min_count = min_count
        self.total_train_time = self.running_training_loss = 0.0
        self._ours = Ours(**self._settings())
        self._wv = KeyedVectors(self.vector_size)
        self.load = _belongs_to_the_class  # type: ignore[method-assign]
        if sentences is None and corpus_file is None:
            return
        text = self._text(sentences, corpus_file)
        self.build_vocab(text, trim_rule=trim_rule)
        self.train(
            text,
            total_examples=self.corpus_count,
            epochs=self.epochs,
            start_alpha=self.alpha,
            end_alpha=self.min_alpha,
            callbacks=callbacks,
        )

    def _settings(self) -> dict[str, Any]:
        return {
            "architecture": "skipgram" if self.sg else "cbow",
            **loss_of(self.hs, self.negative),
            "vector_size": self.vector_size,
            "window": self.window,
            "alpha": self.alpha,
            "min_alpha": min(self.min_alpha, self.alpha),
            "min_count": max(1, self.min_count),
            "sample": self.sample,
            "seed": self.seed,
            "workers": self._threads,
            "ns_exponent": self.ns_exponent,
            "epochs": self.epochs,
            "shrink_windows": bool(self.shrink_windows),
        }

    @property
    def _threads(self) -> int | None:
        return None if self.workers is None else max(1, self.workers)

    def __str__(self) -> str:
        """Show the size of the model."""
        size = f"vocab={len(self._wv)}, vector_size={self.vector_size}, alpha={self.alpha}"
        return f"{type(self).__name__}<{size}>"

    # --- words -----------------------------------------------------------------------------------

    def build_vocab(
        self,
        corpus_iterable: Any = None,
        corpus_file: Any = None,
        update: bool = False,
        progress_per: int = 10_000,
        keep_raw_vocab: bool = False,
        trim_rule: TrimRule | None = None,
        **_: Any,
    ) -> None:
        """Count a text, choose its words, and make the weights that training begins with.

        Parameters
        ----------
        corpus_iterable, corpus_file
            The text, as the constructor takes it.
        update : bool, default False
            Keep the words and vectors of before, and add the new words.
        trim_rule : callable, optional
            As the constructor takes it.
        progress_per, keep_raw_vocab
            Without effect.

        Raises
        ------
        RuntimeError
            If no words are left.
        """
        self.corpus_total_words, self.corpus_count = self.scan_vocab(corpus_iterable, corpus_file)
        self.prepare_vocab(update, trim_rule=trim_rule)
        del self.raw_vocab

    def scan_vocab(
        self, corpus_iterable: Any = None, corpus_file: Any = None, **_: Any
    ) -> tuple[int, int]:
        """Count the words of a text for `prepare_vocab`; return its words and sentences."""
        text = self._text(corpus_iterable, corpus_file)
        words = text.words(np.arange(text.stats.types))
        self.raw_vocab = dict(zip(words, text.word_counts.tolist(), strict=True))
        return text.stats.tokens, text.stats.lines

    def prepare_vocab(
        self, update: bool = False, *, trim_rule: TrimRule | None = None, **_: Any
    ) -> dict[str, int]:
        """Choose words of those that `scan_vocab` has counted; return how many are kept."""
        counts = self.raw_vocab
        self._choose(counts, update, trim_rule)
        kept_counts = [n for word, n in counts.items() if word in self._wv]
        return {
            "drop_unique": len(counts) - len(kept_counts),
            "retain_total": sum(kept_counts),
            "num_retained_words": len(kept_counts),
        }

    def build_vocab_from_freq(
        self,
        word_freq: Mapping[Any, int],
        keep_raw_vocab: bool = False,
        corpus_count: int | None = None,
        trim_rule: TrimRule | None = None,
        update: bool = False,
    ) -> None:
        """Choose the words of counts, as `build_vocab` does of a text."""
        self._choose(dict(word_freq), update, trim_rule)
        self.corpus_count = corpus_count or 0
        self.corpus_total_words = sum(word_freq.values())

    def reset_from(self, other_model: Word2Vec) -> None:
        """Take the words of another model, with new weights."""
        words = other_model._ours.vocabulary
        self._choose(dict(zip(words.words, words.counts.tolist(), strict=True)), False, None, 1)
        self.corpus_count = other_model.corpus_count
        self.corpus_total_words = other_model.corpus_total_words

    def _choose(
        self,
        counts: dict[Any, int],
        update: bool,
        rule: TrimRule | None,
        min_count: int | None = None,
    ) -> None:
        least = max(1, self.min_count if min_count is None else min_count)
        if self.max_final_vocab is not None and len(counts) > self.max_final_vocab:
            next_count = sorted(counts.values(), reverse=True)[self.max_final_vocab]
            least = max(least, next_count + 1)
        self.effective_min_count = least
        before: dict[Any, int] = {}
        if update:
            if not self._is_trainable:
                raise RuntimeError("there are no words to add to: call build_vocab() first")
            old = self._ours.vocabulary
            before = dict(zip(old.words, old.counts.tolist(), strict=True))
        new = kept({w: n for w, n in counts.items() if w not in before}, least, rule)
        chosen = {word: n + counts.get(word, 0) for word, n in before.items()} | new
        if not chosen:
            raise RuntimeError("no words are left to train: give more text, or a lower min_count")
        vocabulary = Vocabulary.from_counts(chosen)
        if update:
            self._take_vectors()
            self._ours._grow(vocabulary)
        else:
            self._ours = Ours(**self._settings()).build_vocab(vocabulary=vocabulary)
            self._last_alpha = np.inf
        self._sync()

    def _text(self, sentences: Any, corpus_file: Any) -> Corpus:
        try:
            return opened(sentences, corpus_file)
        except ValueError as error:
            if "empty" not in str(error):
                raise
            raise RuntimeError(f"there is nothing to train on: {error}") from None

    # --- training --------------------------------------------------------------------------------

    def train(
        self,
        corpus_iterable: Any = None,
        corpus_file: Any = None,
        total_examples: int | None = None,
        total_words: int | None = None,
        epochs: int | None = None,
        start_alpha: float | None = None,
        end_alpha: float | None = None,
        word_count: int = 0,
        queue_factor: int = 2,
        report_delay: float = 1.0,
        compute_loss: bool = False,
        callbacks: Iterable[Any] = (),
        **_: Any,
    ) -> tuple[int, int]:
        """Train on a text, from the weights there are.

        Parameters
        ----------
        corpus_iterable, corpus_file
            The text, as the constructor takes it.
        total_examples, total_words : int
            One of them must be given, as in gensim; the text is counted anyway.
        epochs : int
            Passes over the text.
        start_alpha, end_alpha : float, optional
            Learning rates; by default those of the model.
        callbacks : iterable of CallbackAny2Vec
            As the constructor takes them.
        word_count, queue_factor, report_delay, compute_loss
            Without effect.

        Returns
        -------
        (int, int)
            Words of the vocabulary, and all words, in all epochs.

        Raises
        ------
        RuntimeError
            Before `build_vocab`.
        ValueError
            Without `epochs`, or without `total_examples` and `total_words`.
        """
        if total_examples is None and total_words is None:
            raise ValueError("give total_examples=model.corpus_count, or total_words")
        if epochs is None:
            raise ValueError("give epochs=model.epochs, or another number")
        if not self._is_trainable:
            raise RuntimeError("there are no words to train: call build_vocab() first")
        text = self._text(corpus_iterable, corpus_file)
        alpha = self.alpha if start_alpha is None else start_alpha
        lowest = self.min_alpha if end_alpha is None else end_alpha
        if alpha > self._last_alpha:
            logger.warning(
                "alpha %g is above %g, where the training before had ended",
                alpha,
                self._last_alpha,
            )
        self._last_alpha = lowest
        watching = self.callbacks + [c for c in _listed(callbacks) if c not in self.callbacks]
        self._take_vectors()
        self.running_training_loss = 0.0
        records = len(self._ours.history)

        def ended(_: Any, record: Mapping[str, Any]) -> None:
            self.running_training_loss += record["loss"] * record["examples"]
            self._sync()
            for callback in watching:
                _call(callback, "on_epoch_end", self)
            if len(self._ours.history) - records < epochs:
                for callback in watching:
                    _call(callback, "on_epoch_begin", self)

        for name in ("on_train_begin", "on_epoch_begin"):
            for callback in watching:
                _call(callback, name, self)
        try:
            self._ours.partial_fit(
                text,
                epochs=epochs,
                alpha=alpha,
                min_alpha=min(lowest, alpha),
                workers=self._threads,
                frozen=self._locked(),
                callbacks=ended,
                verbose=False,
            )
        except NoExampleError as error:  # the model is as it was
            logger.warning("%s", error)
        self._sync()
        self.total_train_time += sum(r["seconds"] for r in self._ours.history[records:])
        for callback in watching:
            _call(callback, "on_train_end", self)
        return self._ours.corpus_stats.get("tokens_kept", 0) * epochs, text.stats.tokens * epochs

    _last_alpha = np.inf

    @property
    def _is_trainable(self) -> bool:
        return hasattr(self._ours, "W_in")

    def _locked(self) -> list[Any] | None:
        """Return the words that training leaves as they are."""
        locks = self._wv.vectors_lockf
        if len(locks) != len(self._wv):
            return None
        if not np.isin(locks, (0, 1)).all():
            warnings.warn("vectors_lockf is 0 or 1 here; parts count as 1", stacklevel=3)
        return [self._wv.index_to_key[row] for row in np.flatnonzero(locks == 0)] or None

    def _sync(self) -> None:
        """Show the vectors of now in the one object `wv`."""
        kv = self._ours.wv
        locks = self._wv.vectors_lockf
        if self._wv.vectors is not self._ours.W_in:
            self._wv.__dict__.update(kv.__dict__)
        self._wv.vectors_lockf = locks if len(locks) == len(kv) else np.ones(1, np.float32)
        self._wv._tree = self._ours.vocabulary.huffman() if self._ours.loss == "hs" else None
        self._wv.refresh()

    def _take_vectors(self) -> None:
        """Train on with vectors that somebody has set in `wv`."""
        if self._wv.vectors is not self._ours.W_in:
            if self._wv.vectors.shape != self._ours.W_in.shape:
                raise ValueError("wv has other words than the model: call build_vocab() again")
            self._ours.W_in[:] = self._wv.vectors

    def get_latest_training_loss(self) -> float:
        """Return the sum of the losses of all examples of the latest call of `train`."""
        return self.running_training_loss

    # --- what was learnt -------------------------------------------------------------------------

    @property
    def wv(self) -> KeyedVectors:
        """The vectors."""
        return self._wv

    @wv.setter
    def wv(self, kv: KeyedVectors) -> None:
        self._wv = kv

    @property
    def syn1neg(self) -> Matrix:
        """Output weights of negative sampling (V, d)."""
        return self._output("ns", "syn1neg")

    @property
    def syn1(self) -> Matrix:
        """Output weights of hierarchical softmax (V, d), a copy; the last row is not used."""
        rows = self._output("hs", "syn1")
        return np.concatenate([rows, np.zeros((1, self.vector_size), np.float32)])

    @property
    def cum_table(self) -> NDArray[np.uint32]:
        """Cumulative distribution of the noise words (V,), scaled to 2^31 - 1."""
        shares = self._ours.vocabulary.noise_distribution(self.ns_exponent)
        return np.round(np.cumsum(shares) * (2**31 - 1)).astype(np.uint32)

    def _output(self, loss: str, name: str) -> Matrix:
        if not self._is_trainable or self._ours.loss != loss:
            raise AttributeError(f"a model has {name} after training with loss {loss!r}")
        return self._ours.W_out

    def predict_output_word(
        self, context_words_list: Iterable[Any], topn: int = 10
    ) -> list[tuple[Any, float]] | None:
        """Return the words most probable in the middle of a context; None if it is unknown.

        Parameters
        ----------
        context_words_list : list of str or int
            Words, or their rows.
        topn : int, default 10
            How many words.
        """
        if not self._is_trainable or self._ours.loss != "ns":
            raise RuntimeError("predictions need the output weights of negative sampling")
        words = [
            self._wv.index_to_key[word] if isinstance(word, (int, np.integer)) else word
            for word in context_words_list
        ]
        known = [word for word in words if word in self._wv]
        if not known:
            warnings.warn("no word of the context is known", stacklevel=2)
            return None
        return list(self._ours.predict_word(known, topn))

    def score(
        self, sentences: Iterable[list[Any]], total_sentences: int = 1_000_000, **_: Any
    ) -> NDArray[np.float32]:
        """Return the log-likelihood of each sentence, the sum over its examples, in nats.

        Parameters
        ----------
        sentences : iterable of list of str
            The sentences. One without two known words has 0.
        total_sentences : int, optional
            Without effect.
        """
        if not self._is_trainable or self._ours.loss != "hs":
            raise RuntimeError("scores need hierarchical softmax: hs=1, negative=0")
        ours = self._ours
        whole = replace(ours.settings, sample=0.0, shrink_windows=False)
        found = []
        for sentence in sentences:
            known = [word for word in sentence if word in self._wv]
            if len(known) < 2:
                found.append(0.0)
                continue
            encoded = Corpus.of([known]).encode(ours.vocabulary)
            likely = likelihood(whole, ours.vocabulary, encoded, ours.W_in, ours.W_out)
            found.append(likely.log_likelihood * likely.examples)
        return np.array(found, np.float32)

    # --- files -----------------------------------------------------------------------------------

    def save(self, fname: Any, *_: Any, **__: Any) -> None:
        """Write a native model of w2v, whatever its name; settings of pickles do nothing."""
        if not self._is_trainable:
            raise RuntimeError("there is nothing to save: call build_vocab() first")
        self._take_vectors()
        self._ours._write(fname)

    @classmethod
    def load(cls, fname: str | os.PathLike[str], *_: Any, **__: Any) -> Self:
        """Read a model that :meth:`save` or :class:`w2v.Word2Vec` wrote, or gensim itself."""
        try:
            ours = Ours.load(fname)
        except ValueError as error:
            raise NoModelError(str(error)) from error
        return cls._of(ours)

    @classmethod
    def _of(cls, ours: Ours) -> Self:
        """Make a model of ours."""
        settings: dict[str, Any] = {name: ours.settings[name] for name in _SHARED}
        if ours.loss == "softmax":
            raise ValueError("gensim has no exact softmax: load the model by w2v.Word2Vec.load")
        is_hs = ours.loss == "hs"
        settings |= {"hs": int(is_hs), "negative": 0 if is_hs else ours.negative}
        model = cls(**settings, sg=int(ours.architecture == "skipgram"))
        model._ours = ours
        model.corpus_count = ours.corpus_stats.get("lines")
        model.corpus_total_words = ours.corpus_stats.get("tokens_read")
        model.total_train_time = sum(record["seconds"] for record in ours.history)
        model._sync()
        return model


def _belongs_to_the_class(*_: Any, **__: Any) -> Any:
    raise AttributeError("load makes a model, and changes none: model = Word2Vec.load(path)")


def _listed(callbacks: Any) -> list[Any]:
    return list(callbacks) if isinstance(callbacks, Iterable) else [callbacks]


def _call(callback: Any, name: str, model: Any) -> None:
    """Call a method of a callback, if it has it."""
    method: Callable[[Any], None] | None = getattr(callback, name, None)
    if method is not None:
        method(model)
