"""Questions: what a user asks for, as a query vector and the rows that may answer it."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Real
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from w2v.files.blocks import CheckedArray
from w2v.files.words import is_word
from w2v.vectors.lookup import Lookup, check_oov
from w2v.vectors.ranking import Doubles, Floats, Pool, Rows, unit

# A part of a query: a word or a vector (d,), and its weight.
Item: TypeAlias = tuple[Any, float]


class Term(NamedTuple):
    """A part of a query as a vector.

    Attributes
    ----------
    vector : float64 array (d,)
        A word's vector, at length 1 unless `terms` was asked otherwise, or the vector given.
    weight : float
        0 for an unknown word that stands as zero.
    row : int
        Of the word; -1 for a vector or an unknown word.
    """

    vector: Doubles
    weight: float
    row: int


def items(positive: Any, negative: Any = None, are_ids: bool = False) -> list[Item]:
    """Return inputs with weight +1 and -1 as a list; a tuple (word or vector, weight) has its own.

    Parameters
    ----------
    positive, negative : word, vector (d,), (word or vector, weight), or an iterable of these
        A vector is an array or a plain list of numbers. None is none.
    are_ids : bool, default False
        Words are whole numbers: a list or an array of such numbers is one of words, and in a pair
        the second number is a weight only if it is a float.
    """
    found: list[Item] = []
    for given, weight in ((positive, 1.0), (negative, -1.0)):
        if given is None:
            continue
        single = isinstance(given, (str, bytes)) or not isinstance(given, Iterable)
        single = single or is_vector(given, are_ids) or _is_weighted(given, are_ids)
        for item in [given] if single else given:
            key, own = item if _is_weighted(item, are_ids) else (item, weight)
            found.append((key, float(own)))
    return found


def terms(
    asked: Iterable[Item],
    lookup: Lookup,
    vectors: Floats | CheckedArray,
    oov: str,
    norm: bool = True,
) -> list[Term]:
    """Return the vectors of the inputs; an unknown word raises, is left out, or is zero.

    Parameters
    ----------
    asked : iterable of Item
        The inputs.
    lookup, vectors : Lookup, float32 array (V, d)
        The words and their vectors.
    oov : {"error", "skip", "zero"}
        What an unknown word does.
    norm : bool, default True
        Scale the words' vectors to length 1.
    """
    check_oov(oov)
    d = vectors.shape[1]
    found = []
    for key, weight in asked:
        if not np.isfinite(weight):
            raise ValueError(f"the weight {weight} of an input is not finite")
        if is_vector(key, lookup.are_ids):
            found.append(Term(as_vector(key, d), weight, -1))
            continue
        if not isinstance(key, str) and not (lookup.are_ids and is_word(key)):
            raise TypeError(
                f"a query is made of words and vectors, not of {type(key).__name__}; the word of "
                "a row is kv.index_to_key[row]"
            )
        row = lookup.known_row(key) if oov == "error" else lookup.row(key)
        if row >= 0:
            vector = vectors[row].astype(np.float64)
            found.append(Term(unit(vector) if norm else vector, weight, row))
        elif oov == "zero":
            found.append(Term(np.zeros(d), 0.0, -1))
    return found


def mean(parts: list[Term], d: int) -> Doubles:
    """Return the weighted mean of terms, divided by the sum of |weight|, (d,)."""
    total = sum(abs(weight) for _, weight, _ in parts)
    summed = np.zeros(d)
    for vector, weight, _ in parts:
        summed += weight * vector
    return summed / total if total else summed


def query(
    asked: list[Item], lookup: Lookup, vectors: Floats | CheckedArray, oov: str
) -> tuple[Doubles, set[int] | None]:
    """Return a unit query (d,) and the rows of its own words; None if all were skipped."""
    if not asked:
        raise ValueError("the query is empty; pass at least one word or vector")
    parts = terms(asked, lookup, vectors, oov)
    return unit(mean(parts, vectors.shape[1])), own_rows(parts) if parts else None


def own_rows(parts: list[Term]) -> set[int]:
    """Return the rows of the words among the terms."""
    return {term.row for term in parts} - {-1}


def clip(size: int, start: int, end: int | None, restrict_vocab: int | None) -> slice:
    """Return the rows to rank as a slice within a matrix of `size` rows."""
    if restrict_vocab is not None:
        start, end = 0, restrict_vocab
    for name, value in (("clip_start", start), ("clip_end or restrict_vocab", end or 0)):
        if value < 0:
            raise ValueError(f"{name} must not be negative, got {value}")
    # 0 means "no limit", as in gensim
    stop = min(end or size, size)
    return slice(min(start, stop), stop)


def pool(
    lookup: Lookup,
    clipped: slice,
    candidates: Iterable[str] | None,
    exclude: Iterable[str],
    oov: str,
) -> Pool:
    """Return the rows to rank, and which places among them are no answers."""
    excluded = lookup.rows(exclude, "skip")
    if candidates is None:
        within = excluded[(excluded >= clipped.start) & (excluded < clipped.stop)]
        return Pool(clipped, within - clipped.start)
    rows: Rows = np.unique(lookup.rows(candidates, "error" if oov == "error" else "skip"))
    rows = rows[(rows >= clipped.start) & (rows < clipped.stop)]
    return Pool(rows, np.flatnonzero(np.isin(rows, excluded)))


def is_vector(item: Any, are_ids: bool = False) -> bool:
    """Tell a vector from words: a plain list of numbers, or an array of them.

    Where words are ids, whole numbers alone are words.
    """
    if isinstance(item, (list, tuple)):
        numbers = bool(item) and all(isinstance(part, Real) for part in item)
        return numbers and not (are_ids and (all(map(is_word, item)) or _is_weighted(item, True)))
    if isinstance(item, np.generic) or not hasattr(item, "__array__"):
        return False
    array = np.asarray(item)
    return array.ndim < 2 and array.dtype.kind in ("f" if are_ids else "fiu")


def _is_weighted(item: Any, are_ids: bool = False) -> bool:
    if not isinstance(item, tuple) or len(item) != 2 or not isinstance(item[1], Real):
        return False
    if not isinstance(item[0], Real):
        return True
    return are_ids and is_word(item[0]) and not is_word(item[1])


def as_vector(given: ArrayLike, size: int) -> Doubles:
    """Return a query vector as float64 (size,)."""
    vector = np.asarray(given)
    if vector.shape != (size,):
        hint = "" if vector.dtype.kind == "f" else "; the word of a row is kv.index_to_key[row]"
        raise ValueError(f"a query vector must have shape ({size},), got {vector.shape}{hint}")
    found = vector.astype(np.float64)
    if not np.isfinite(found).all():
        raise ValueError("the query vector holds NaN or infinity")
    return found
