"""Pairs of words, an input and an output each: from columns or a file to ids."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.checks import quoted
from w2v.text.corpus import Corpus
from w2v.text.draws import alias_table
from w2v.text.links import read_links
from w2v.text.sequences import is_integer_array
from w2v.text.vocabulary import Vocabulary

_MOST = 2**31 - 1  # pairs that can be drawn from


@dataclass(frozen=True, eq=False)
class EncodedPairs:
    """Pairs in the ids of their vocabularies.

    Attributes
    ----------
    ids : ndarray of int32, shape (2 n,)
        Pair i is the input ``ids[2 * i]`` and the output ``ids[2 * i + 1]``.
    table : ndarray of uint32, shape (n, 2), or None
        Alias table of the pairs' weights; None where all weigh the same.
    inputs, outputs : Vocabulary
        The same one, unless the two were to be separate.
    pairs_read : int
        Pairs given, those with a rare word included.
    """

    ids: NDArray[np.int32]
    table: NDArray[np.uint32] | None
    inputs: Vocabulary
    outputs: Vocabulary
    pairs_read: int

    @property
    def tokens_read(self) -> int:
        """Words given, two a pair."""
        return 2 * self.pairs_read

    @property
    def tokens_kept(self) -> int:
        """Words of the pairs that are trained."""
        return len(self.ids)

    @property
    def tokens_below_min_count(self) -> int:
        """Words of the pairs left out for a rare word."""
        return self.tokens_read - self.tokens_kept

    @property
    def lines(self) -> int:
        """Pairs given."""
        return self.pairs_read


def encode_pairs(
    inputs: Any,
    outputs: Any = None,
    weights: Any = None,
    *,
    separate: bool,
    min_count: int,
    max_final_vocab: int | None,
    seed: int,
) -> EncodedPairs:
    """Read pairs, choose their words, and bring them in a random order.

    Parameters
    ----------
    inputs, outputs : columns of str or of int, shape (n,)
        Or the path of a file alone: lines ``input output`` or ``input output weight``.
    weights : array_like of float, shape (n,), optional
        At least 0. They count for `min_count`, too.
    separate : bool
        Give outputs a vocabulary of their own.
    min_count, max_final_vocab, seed
        As :class:`w2v.Word2Vec` has them.
    """
    if outputs is None:
        if not isinstance(inputs, (str, os.PathLike)):
            raise TypeError("pairs are two columns, inputs and outputs, or the path of a file")
        if weights is not None:
            raise TypeError("weights of pairs in a file stand in its third column")
        columns, weights = _from_file(inputs)
    else:
        columns = [_column("inputs", inputs), _column("outputs", outputs)]
    n = len(columns[0][1])
    if len(columns[1][1]) != n:
        raise ValueError(f"there are {n:,} inputs and {len(columns[1][1]):,} outputs")
    heavy = None if weights is None else _checked(weights, n)
    if not separate:
        columns = _joined(columns)
    found = []
    for words, ids in columns:
        counts = np.bincount(ids, None if heavy is None else np.resize(heavy, len(ids)), len(words))
        found.append(_choose(words, counts, min_count, max_final_vocab))
    vocabularies = [vocabulary for vocabulary, _ in found]
    if len(vocabularies[-1]) < 2:
        raise ValueError(
            f"the outputs are all {quoted(vocabularies[-1].words[0])}, and an input predicts one "
            "of several"
        )
    if separate:
        pairs = np.stack([new[ids] for (_, new), (_, ids) in zip(found, columns, strict=True)], 1)
    else:
        pairs = found[0][1][columns[0][1]].reshape(2, n).T
    kept = (pairs >= 0).all(axis=1)
    if heavy is not None:
        kept &= heavy > 0
    if not kept.any():
        raise ValueError("no pair has two words of the vocabulary; lower min_count")
    order = np.random.default_rng(seed).permutation(np.flatnonzero(kept))
    table = None
    if heavy is not None and len(order) <= _MOST:
        drawn = alias_table(heavy[order])
        table = np.column_stack([array.view(np.uint32) for array in drawn])
    ids = np.ascontiguousarray(pairs[order]).reshape(-1)
    return EncodedPairs(ids, table, vocabularies[0], vocabularies[-1], n)


def _choose(
    words: list[Any], counts: NDArray[Any], min_count: int, most: int | None
) -> tuple[Vocabulary, NDArray[np.int32]]:
    """Return the words that occur often enough, and the new id of each, -1 for the others."""
    (often,) = np.nonzero(counts >= max(min_count, 1e-300))
    if not len(often):
        raise ValueError(
            f"no word occurs min_count={min_count} times: the most frequent of {len(words):,} "
            f"occurs {counts.max():g} times; pass a lower min_count"
        )
    often = often[np.argsort(-counts[often], kind="stable")][:most]
    new = np.full(len(words), -1, np.int32)
    new[often] = np.arange(len(often))
    numbers = np.maximum(np.rint(counts[often]), 1).astype(np.int64)  # of weights: rounded
    return Vocabulary([words[i] for i in often], numbers), new


def _column(name: str, column: Any) -> tuple[list[Any], NDArray[np.int32]]:
    """Return the distinct words of a column, and the place of each item's among them."""
    if isinstance(column, (str, bytes)):
        raise TypeError(f"{name} must be a column of words, not {quoted(column)}")
    if is_integer_array(column):
        flat = np.asarray(column)
        if flat.ndim != 1:
            raise ValueError(f"{name} must have one dimension, not {flat.ndim}")
        corpus = Corpus(flat, offsets=np.arange(len(flat) + 1))
    else:
        words = column.to_pylist() if hasattr(column, "to_pylist") else list(column)
        if not words:
            raise ValueError("there are no pairs")
        try:
            corpus = Corpus([[word] for word in words])
        except (TypeError, ValueError) as error:
            raise type(error)(f"{name}: {error}".replace("sentence", "row")) from None
    return corpus.words(np.arange(corpus.stats.types)), corpus.arrays[0]


def _joined(columns: list[Any]) -> list[Any]:
    """Make one column of two: the words of both, and the items of the first, then the second."""
    (first, a), (second, b) = columns
    if isinstance(first[0], str) != isinstance(second[0], str):
        raise TypeError(
            "inputs and outputs have one vocabulary, and are str and int: make them alike, or pass "
            "separate=True"
        )
    place = {word: i for i, word in enumerate(first)}
    new = [place.setdefault(word, len(place)) for word in second]
    return [(list(place), np.concatenate([a, np.array(new, np.int32)[b]]))]


def _checked(weights: Any, n: int) -> NDArray[np.float64]:
    found = np.asarray(weights)
    if found.dtype.kind not in "iuf" or found.ndim != 1:
        raise TypeError("weights must be numbers in one dimension, one for each pair")
    if len(found) != n:
        raise ValueError(f"there are {len(found):,} weights for {n:,} pairs")
    if not np.isfinite(found).all() or (found < 0).any():
        raise ValueError("weights must be finite and not negative")
    if not found.any():
        raise ValueError("all weights are 0")
    return found.astype(np.float64)


def _from_file(path: str | os.PathLike[str]) -> tuple[list[Any], NDArray[np.float64] | None]:
    expected = "an input and an output on each line, or these and a weight on each"
    ends, words, weights = read_links(path, expected)
    columns = []
    for k in range(2):
        distinct, places = np.unique(ends[:, k], return_inverse=True)
        columns.append(([words[i] for i in distinct], places.astype(np.int32)))
    return columns, weights
