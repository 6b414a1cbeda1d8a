"""How sure are neighbours and similarities? Models of resampled documents say it.

A corpus is a sample, and another one would give other vectors. The bootstrap draws as many
documents as there are, with replacement, and trains a model on them; twenty such models show how
far a similarity moves (Antoniak and Mimno 2018, Evaluating the stability of embedding-based word
similarities).
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from w2v.checks import number, quoted, whole_number
from w2v.files.words import is_word
from w2v.parallel import worker_count
from w2v.progress import progress_bar
from w2v.text.corpus import Encoded
from w2v.text.store import sentences_of
from w2v.text.vocabulary import Vocabulary
from w2v.training.loop import Callback, Judge
from w2v.training.word2vec import Word2Vec
from w2v.vectors.lookup import UnknownWordError

__all__ = ["Bootstrap", "Interval", "bootstrap"]

# Sentences of a corpus of fewer are cut into pieces, or a model would miss whole parts of it.
FEW_SENTENCES = 200
PIECE = 100  # tokens

Floats = NDArray[np.float32]


class Interval(NamedTuple):
    """A cosine over all models.

    Attributes
    ----------
    word : str
        The other word.
    mean, low, high : float
        Mean cosine, and the bounds between which the share `level` of the models lies.
    share : float
        Share of the models in which the word is among the `topn` nearest neighbours.
    """

    word: str
    mean: float
    low: float
    high: float
    share: float


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """What models of resampled documents say about some words.

    Attributes
    ----------
    words : list of str
        The words asked for.
    vocabulary : Vocabulary
        Of all models.
    cosines : ndarray of float32, shape (n, words, V)
        Cosine of each of these words with all others, in each model.
    topn : int
        Neighbours that count as the nearest.
    level : float
        Share of the models that lies within an interval.
    """

    words: list[str]
    vocabulary: Vocabulary
    cosines: Floats
    topn: int
    level: float

    def similarity(self, w1: str, w2: str) -> Interval:
        """Return the cosine of two words, one of which was asked for, with its interval."""
        if w1 not in self.words and w2 in self.words:
            w1, w2 = w2, w1
        return self._intervals(self._place(w1), self._rows([w2]))[0]

    def neighbours(self, word: str) -> list[Interval]:
        """Return the `topn` words of the largest mean cosine, each with its interval."""
        place = self._place(word)
        mean = self.cosines[:, place].mean(axis=0, dtype=np.float64)
        mean[self._rows([word])] = -np.inf
        return self._intervals(place, np.argsort(-mean, kind="stable")[: self.topn])

    def stability(self, word: str) -> float:
        """Return the share of nearest neighbours that two models have in common, on average."""
        nearest = self._nearest(self._place(word))
        n, topn = nearest.shape
        counts = np.unique(nearest, return_counts=True)[1]
        return float((counts * (counts - 1)).sum() / (n * (n - 1) * topn))

    def _place(self, word: str) -> int:
        if word not in self.words:
            raise KeyError(f"{quoted(word)} was not asked for; bootstrap(words=...) takes it")
        return self.words.index(word)

    def _rows(self, words: Iterable[str]) -> NDArray[np.int64]:
        return np.array([self.vocabulary.key_to_index[word] for word in words])

    def _nearest(self, place: int) -> NDArray[np.int64]:
        """Return the rows of the nearest neighbours in each model, (n, topn)."""
        cosines = self.cosines[:, place].copy()
        cosines[:, self._rows([self.words[place]])] = -np.inf
        return np.argpartition(-cosines, self.topn - 1, axis=1)[:, : self.topn]

    def _intervals(self, place: int, rows: NDArray[np.int64]) -> list[Interval]:
        cosines = self.cosines[:, place, rows].astype(np.float64)
        outside = (1 - self.level) / 2
        low, high = np.quantile(cosines, [outside, 1 - outside], axis=0)
        nearest = self._nearest(place)
        share = [(nearest == row).any(axis=1).mean() for row in rows]
        found = zip(rows, cosines.mean(axis=0), low, high, share, strict=True)
        return [Interval(self.vocabulary.words[row], *map(float, rest)) for row, *rest in found]


def bootstrap(
    corpus: Any,
    words: Sequence[str],
    *,
    n: int = 20,
    topn: int = 10,
    level: float = 0.95,
    vocabulary: Vocabulary | Sequence[str] | None = None,
    verbose: bool = True,
    **settings: Any,
) -> Bootstrap:
    """Train models on resampled documents, and keep what they say about some words.

    A document is a sentence (a line of a file). If there are fewer than 200, they are cut into
    pieces of at most 100 words. The corpus is read and encoded once; all models have its
    vocabulary.

    Parameters
    ----------
    corpus : path, Corpus or iterable
        As for :meth:`w2v.Word2Vec.fit`.
    words : sequence of str
        The words that will be asked about.
    n : int, default 20
        Models, at least two.
    topn : int, default 10
        Neighbours that count as the nearest.
    level : float, default 0.95
        Share of the models that lies within an interval.
    vocabulary : Vocabulary or list of str, optional
        As for :meth:`w2v.Word2Vec.fit`.
    verbose : bool, default True
        Show a progress bar on standard error.
    **settings
        Those of :class:`w2v.Word2Vec`. Model i has the seed ``seed + i``, for its documents, first
        weights and all else. `workers` models are trained at a time, each on one thread, so that
        the result is the same for any number of them.

    Returns
    -------
    Bootstrap

    Raises
    ------
    ValueError
        If a number is out of range, or the corpus cannot be trained on.
    KeyError
        If a word is not in the vocabulary.
    """
    whole_number("n", n, 2)
    whole_number("topn", topn, 1)
    number("level", level, 0, 1)
    words = [cast(str, words)] if is_word(words) else list(dict.fromkeys(words))
    if not words:
        raise ValueError("words must name one word or more to ask about")
    first = Word2Vec(**settings)
    vocabulary, encoded = first._read(corpus, vocabulary, verbose, {})
    for word in words:
        if word not in vocabulary:
            raise UnknownWordError(word, vocabulary.words)
    offsets = documents(encoded)
    cosines = np.empty((n, len(words), len(vocabulary)), np.float32)
    hidden = not verbose or sys.stderr is None
    given_up = threading.Event()

    def train(number: int) -> None:
        if given_up.is_set():
            return
        seed = first.settings.seed + number
        # One thread needs no rounds to be repeatable, and the other cores have other models.
        model = Word2Vec(**{**settings, "seed": seed, "workers": 1, "deterministic": False})
        drawn = resampled(encoded, offsets, np.random.default_rng(seed))
        stop: list[Callback] = [lambda model, record: given_up.is_set()]
        model._fit_encoded(vocabulary, drawn, verbose=False, judge=Judge(callbacks=stop))
        for place, word in enumerate(words):
            cosines[number, place] = model.wv.distances(word)

    workers = min(n, worker_count(first.settings.workers))
    with (
        progress_bar(total=n, unit=" models", disable=hidden) as bar,
        ThreadPoolExecutor(workers) as pool,
    ):
        try:
            for done in as_completed([pool.submit(train, number) for number in range(n)]):
                done.result()
                bar.update()
        finally:  # after an error, or Ctrl-C, no model is needed any more
            given_up.set()
    np.subtract(1, cosines, out=cosines)
    return Bootstrap(words, vocabulary, cosines, min(topn, len(vocabulary) - 1), level)


def resampled(encoded: Encoded, offsets: NDArray[np.int64], rng: np.random.Generator) -> Encoded:
    """Draw as many documents as there are, with replacement; they keep the corpus's order."""
    n = len(offsets) - 1
    times = np.bincount(rng.integers(0, n, n), minlength=n)
    return documents_of(encoded, offsets, np.repeat(np.arange(n), times))


def documents_of(
    encoded: Encoded, offsets: NDArray[np.int64], chosen: NDArray[np.int64]
) -> Encoded:
    """Make a corpus of some documents, document i being ``ids[offsets[i]:offsets[i + 1]]``."""
    ids, ends = sentences_of(encoded.ids, offsets, chosen)
    kept = len(ids)
    read = round(encoded.tokens_read * kept / encoded.tokens_kept)
    return Encoded(ids, ends, read, kept, read - kept, len(chosen))


def documents(encoded: Encoded) -> NDArray[np.int64]:
    """Return where documents begin and end: sentences, cut into pieces if there are few of them."""
    if len(encoded.offsets) - 1 >= FEW_SENTENCES:
        return encoded.offsets
    return np.union1d(encoded.offsets, np.arange(0, encoded.tokens_kept, PIECE))
