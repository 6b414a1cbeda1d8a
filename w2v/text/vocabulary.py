"""The vocabulary: which words have an id, and the probabilities that follow from their counts.

References
----------
.. [1] Mikolov, Sutskever, Chen, Corrado, Dean: Distributed Representations of Words and Phrases
       and their Compositionality. NIPS 2013. (Subsampling, noise distribution.)
"""

from __future__ import annotations

import operator
import re
import sys
import unicodedata
import warnings
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from w2v._core import pairs
from w2v.checks import Declared, number, quoted, whole_number
from w2v.files.words import Word, are_ids, as_words
from w2v.text.corpus import Corpus
from w2v.text.draws import Huffman, huffman, keep_tables

# Soft hyphen, no-break and zero-width spaces, marks of direction, byte-order mark. Joiners (200C,
# 200D) are not among them: they are letters' neighbours in Persian and Hindi.
_INVISIBLE = re.compile("[\u00a0\u00ad\u061c\u200b\u200e\u200f\u202a-\u202f\u2060-\u206f\ufeff]")

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


class Vocabulary(Declared):
    """Words in the order of their ids: most frequent first, ties in a stable order.

    Parameters
    ----------
    words : list of str or of int, length V
        All different; int where the tokens are ids.
    counts : array_like of int, shape (V,)
        At least 1, descending.

    Attributes
    ----------
    words : list of str, or of int
    counts : ndarray of int64, shape (V,)

    Raises
    ------
    ValueError
        When a word comes twice, there is none, or the counts do not fit.
    """

    words: list[Word]
    counts: NDArray[np.int64]

    def __init__(self, words: list[Word], counts: ArrayLike) -> None:
        self.words = words
        self.counts = np.array(counts, np.int64)
        if not words:
            raise ValueError("a vocabulary needs at least one word")
        if self.counts.shape != (len(words),):
            raise ValueError(f"{len(words)} words, but counts of shape {self.counts.shape}")
        if self.counts[-1] < 1 or np.any(np.diff(self.counts) > 0):
            raise ValueError("counts must be at least 1 and descending")
        if self.counts.sum(dtype=np.float64) >= 2**63:
            raise ValueError("the counts add up to more than 2**63 - 1")
        if len(self.key_to_index) < len(words):
            twice = next(w for i, w in enumerate(words) if self.key_to_index[w] != i)
            raise ValueError(f"the word {quoted(twice)} comes twice")

    @classmethod
    def build(
        cls,
        corpus: Any,
        *,
        min_count: int = 5,
        max_final_vocab: int | None = None,
        words: Iterable[Word] | Mapping[Word, int] | None = None,
    ) -> Vocabulary:
        """Choose the vocabulary of a corpus.

        Parameters
        ----------
        corpus : Corpus or a source of one
        min_count : int, default 5
            Words that occur less often are left out. Does not apply to ``words``.
        max_final_vocab : int, optional
            Keep exactly this many of the most frequent words (all, when there are fewer); of
            equally frequent ones those that appear first.
        words : iterable of str or of int, or mapping of these to int, optional
            The words to use. Of an iterable, those that do not occur in the corpus are left out
            with a warning, and the corpus gives the counts. A mapping is used as it is.

        Raises
        ------
        ValueError
            When no word is left.
        """
        if not isinstance(min_count, (int, np.integer)):
            raise TypeError(f"min_count={quoted(min_count)}: expected a whole number")
        if max_final_vocab is not None:
            whole_number("max_final_vocab", max_final_vocab, 1, sys.maxsize)
        corpus = Corpus.of(corpus)
        if words is None:
            return cls.from_corpus(corpus, min_count, max_final_vocab)
        if isinstance(words, Mapping) or hasattr(words, "items"):  # such as a pandas Series
            return cls.from_counts(dict(words.items()), max_final_vocab)
        return cls.from_words(words, corpus, max_final_vocab)

    @classmethod
    def from_corpus(
        cls, corpus: Corpus, min_count: int = 5, max_final_vocab: int | None = None
    ) -> Vocabulary:
        """Take the words of a corpus that occur at least ``min_count`` times (see `build`)."""
        counts = corpus.word_counts
        (ids,) = np.nonzero(counts >= min_count)
        if not len(ids):
            most = int(counts.max())
            times, or_more = (
                ("once", "") if most == 1 else (f"{most} times", f", or at most min_count={most}")
            )
            raise ValueError(
                f"no word occurs min_count={min_count} times: the corpus has {len(counts):,} "
                f"distinct words in {corpus.stats.tokens:,} tokens, and the most frequent occurs "
                f"{times}; pass min_count=1 for such a small corpus{or_more}"
            )
        ids = ids[_by_count(counts[ids])][:max_final_vocab]
        return cls(corpus.words(ids), counts[ids])

    @classmethod
    def from_words(
        cls, words: Iterable[Word], corpus: Corpus, max_final_vocab: int | None = None
    ) -> Vocabulary:
        """Take the words of a list that occur in a corpus, with their counts there.

        A word given twice counts as given once.
        """
        if isinstance(words, str):
            raise TypeError(
                "words is one str; pass a list of words, or what w2v.formats.read_counts reads"
            )
        listed = list(dict.fromkeys(_checked(words)))
        found = corpus.find(listed)
        absent = [listed[i] for i in np.flatnonzero(found < 0)]
        if len(absent) == len(listed):
            raise ValueError(f"none of the {len(listed):,} given words occurs in the corpus")
        if absent:
            some = ", ".join(map(quoted, absent[:5])) + (", ..." if len(absent) > 5 else "")
            warnings.warn(
                f"{len(absent):,} of the {len(listed):,} given words do not occur in the corpus "
                f"and are left out: {some}",
                stacklevel=3,
            )
        ids = np.sort(found[found >= 0])
        counts = corpus.word_counts[ids]
        order = _by_count(counts)[:max_final_vocab]
        return cls(corpus.words(ids[order]), counts[order])

    @classmethod
    def from_counts(
        cls, counts: Mapping[Word, int], max_final_vocab: int | None = None
    ) -> Vocabulary:
        """Take words and counts as they are, in descending order of count.

        Equally frequent words keep the order of the mapping.
        """
        words = _checked(counts)
        numbers = np.empty(len(words), np.int64)
        for i, (word, count) in enumerate(counts.items()):
            try:
                numbers[i] = operator.index(count)
            except (TypeError, OverflowError):
                raise TypeError(
                    f"the count of {quoted(word)} is {quoted(count)}, "
                    "expected a whole number below 2**63"
                ) from None
            if numbers[i] < 1:
                raise ValueError(f"the count of {quoted(word)} is {count}, expected at least 1")
        order = _by_count(numbers)[:max_final_vocab]
        return cls([words[i] for i in order], numbers[order])

    def grown(
        self, corpus: Corpus, min_count: int = 5, max_final_vocab: int | None = None
    ) -> Vocabulary:
        """Return a vocabulary with the words of another text as well, and their counts added.

        All words stay. New ones must occur at least ``min_count`` times in the text; the most
        frequent of them are taken as far as ``max_final_vocab`` has room.

        Parameters
        ----------
        corpus : Corpus
            The other text.
        min_count, max_final_vocab : int, int or None
            As :meth:`build` takes them.
        """
        found, counts = corpus.find(self.words), corpus.word_counts
        more = np.where(found < 0, 0, counts[found])
        counts[found[found >= 0]] = 0  # those left are new
        (ids,) = np.nonzero(counts >= max(min_count, 1))
        room = None if max_final_vocab is None else max(0, max_final_vocab - len(self))
        ids = ids[_by_count(counts[ids])][:room]
        totals = np.append(self.counts + more, counts[ids])
        order = _by_count(totals)  # of equally frequent words the old ones first
        words = [*self.words, *corpus.words(ids)]
        return Vocabulary([words[i] for i in order], totals[order])

    @cached_property
    def key_to_index(self) -> dict[Word, int]:
        """Id of each word."""
        return {word: i for i, word in enumerate(self.words)}

    @property
    def are_ids(self) -> bool:
        """Whether the words are whole numbers (then a word is an int), not str."""
        return are_ids(self.words)

    def __len__(self) -> int:
        """Return V, the number of words."""
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        """Tell whether the vocabulary has a word."""
        return word in self.key_to_index

    def __repr__(self) -> str:
        """Show the size."""
        return f"Vocabulary({len(self):,} words, {int(self.counts.sum()):,} tokens)"

    def keep_probability(self, sample: float = 1e-3) -> NDArray[np.float64]:
        """Probability that subsampling keeps an occurrence of each word, shape (V,).

        With f the word's share of all tokens it is min(1, sqrt(sample / f) + sample / f), as in
        word2vec.c (the paper has only the first term). ``sample=0`` keeps everything.
        """
        sample = number("sample", sample, 0, 1)
        if sample == 0:
            return np.ones(len(self))
        share = self.counts / self.counts.sum(dtype=np.float64)
        return np.minimum(1.0, np.sqrt(sample / share) + sample / share)

    def noise_distribution(self, ns_exponent: float = 0.75) -> NDArray[np.float64]:
        """Probability of each word as a negative sample: count ** ns_exponent, normalised; (V,)."""
        if not np.isfinite(ns_exponent):
            raise ValueError(f"ns_exponent must be a finite number, not {ns_exponent}")
        # relative to the largest term, so that no exponent overflows
        logs = ns_exponent * np.log(self.counts)
        p: NDArray[np.float64] = np.exp(logs - logs.max())
        return p / p.sum()

    def huffman(self) -> Huffman:
        """Return the Huffman tree of the counts, built once."""
        return self._huffman

    @cached_property
    def _huffman(self) -> Huffman:
        return huffman(self.counts)

    def one_hot(self, ids: ArrayLike) -> csr_matrix:
        """One-hot rows for some word ids, as a scipy CSR matrix of float32.

        Parameters
        ----------
        ids : array_like of int, shape (n,)

        Returns
        -------
        scipy.sparse.csr_matrix, shape (n, V)
        """
        from scipy.sparse import csr_matrix

        columns = np.asarray(ids)
        if columns.size == 0:
            columns = columns.astype(np.int64)
        if columns.ndim != 1 or columns.dtype.kind not in "iu":
            raise TypeError("ids must be a list or one-dimensional array of integers")
        outside = columns[(columns < 0) | (columns >= len(self))]
        if outside.size:
            raise IndexError(f"word id {outside[0]} is outside 0..{len(self) - 1}")
        n = len(columns)
        return csr_matrix((np.ones(n, np.float32), columns, np.arange(n + 1)), shape=(n, len(self)))

    def pairs(
        self,
        corpus: Corpus,
        window: int | str = 5,
        *,
        shrink_windows: bool = False,
        sample: float = 0,
        seed: int = 1,
        epoch: int = 0,
    ) -> NDArray[np.int32]:
        """Return the lecture's (input, output) pairs, a word and a word near it, as trained.

        Skip-gram with the exact softmax trains them as they are; with negative sampling and
        hierarchical softmax each is trained in the other order (see `w2v.Word2Vec`). With a fixed
        window that makes no difference: every pair comes in both orders.

        Parameters
        ----------
        corpus : Corpus or a source of one
        window : int or "sentence", default 5
            Context words on each side, at most; or all words of the sentence.
        shrink_windows, sample, seed : default False, 0, 1
            As :class:`w2v.Word2Vec` takes them. By default nothing is drawn at random: all pairs
            are there, as on the lecture's slides.
        epoch : int, default 0
            With `seed`, what the random choices depend on; training counts its epochs from 0.

        Returns
        -------
        ndarray of int32, shape (n, 2)
            Ids of input and output word, by the position of the input in the corpus.
        """
        if window != "sentence" and (isinstance(window, str) or window < 1):
            raise ValueError(f"window={quoted(window)}: expected at least 1, or 'sentence'")
        encoded = Corpus.of(corpus).encode(self)
        if isinstance(window, str):
            window, shrink_windows = max(1, int(np.diff(encoded.offsets).max(initial=0))), False
        none = np.empty((0, 2), np.int32)
        if not encoded.tokens_kept:
            return none
        blocks = pairs(
            encoded.ids,
            encoded.offsets,
            keep_tables(self.keep_probability(sample)),
            window=window,
            shrink_windows=shrink_windows,
            seed=seed,
            epoch=epoch,
        )
        return np.concatenate([none, *blocks])


def _by_count(counts: NDArray[np.int64]) -> NDArray[np.intp]:
    """Order of descending counts; equal ones stay in the order they have."""
    return np.argsort(-counts, kind="stable")


def look_alikes(words: list[Word]) -> Iterator[str]:
    """Say which words are different ones though they look the same."""
    if are_ids(words):
        return
    text = "\n".join(words)
    if text.isascii():
        return
    if _INVISIBLE.search(text):
        some = [word for word in words if _INVISIBLE.search(word)]
        yield (
            f"{len(some):,} words of the vocabulary hold characters that nobody sees, such as soft "
            f"hyphens or no-break spaces: {ascii(some[0])[:60]}; tokenizer='words' takes them out"
        )
    if not unicodedata.is_normalized("NFC", text):
        first: dict[str, str] = {}
        twice = [
            (first[form], word)
            for word in words
            if first.setdefault(form := unicodedata.normalize("NFC", word), word) != word
        ]
        if twice:
            yield (
                f"{len(twice):,} words of the vocabulary are there in two spellings of Unicode "
                f"that look the same: {ascii(twice[0][0])} and {ascii(twice[0][1])}; "
                "normalize='NFC' makes them one"
            )


def _checked(words: Iterable[Word]) -> list[Word]:
    listed = as_words(words)
    if "" in listed:
        raise ValueError(f"word {listed.index('')} (counted from 0) is empty")
    return listed
