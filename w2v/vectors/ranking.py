"""Ranking: matrices and queries in, rows and scores out.

These functions know no words. Two rules hold throughout:

- The matrix is never copied as a whole. Cosines are dot products with the rows, divided by the
  lengths of the rows, so a memory-mapped or strided matrix is ranked where it lies.
- float32 chooses, float64 ranks, ties go by index. The float32 scores pick every row that may be
  among the best. Only these rows are scored again in float64. Equal scores rank by row, so the
  same question always gets the same answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

import w2v._core as _core
from w2v.parallel import in_parts

Floats: TypeAlias = NDArray[np.float32]
Doubles: TypeAlias = NDArray[np.float64]
Rows: TypeAlias = NDArray[np.intp]

# Scores held at once by a batch of queries: 2**24 float32 are 64 MiB.
BLOCK_SCORES = 1 << 24
# Rows copied or converted to float64 at once.
BLOCK_ROWS = 1 << 14
# Keeps the denominator of 3CosMul above zero; gensim's value.
COSMUL_EPSILON = 1e-6


class Pool(NamedTuple):
    """The rows of a matrix that may be answers.

    Attributes
    ----------
    rows : slice or int array (m,)
        Rows to rank, in increasing order.
    banned : int array
        Places among these rows that are no answers.
    """

    rows: slice | Rows
    banned: Rows

    def at(self, places: Rows) -> Rows:
        """Return the rows of the matrix at some places of the pool."""
        return places + self.rows.start if isinstance(self.rows, slice) else self.rows[places]


class SearchIndex(Protocol):
    """Something that finds near neighbours without comparing all rows."""

    def nearest(self, queries: Floats, n: int) -> list[Rows]:
        """Return for each query (m, d) the rows of up to n near neighbours, in any order."""
        ...


def nearest(
    queries: Doubles,
    vectors: Floats,
    norms: Floats,
    pool: Pool,
    topn: int,
    left_out: Sequence[set[int] | None],
    index: SearchIndex | None = None,
) -> list[list[tuple[int, float]]]:
    """Rank a pool of rows by their cosine with each query, a block of queries at a time.

    Parameters
    ----------
    queries : float64 array (n, d)
        Of length 1 (or 0) each.
    vectors : float32 array (V, d)
        The matrix.
    norms : float32 array (V,)
        Lengths of its rows.
    pool : Pool
        The rows to rank.
    topn : int
        Answers to a query, at most.
    left_out : sequence of set of int, or None
        For each query the rows that are no answers to it; None makes its answer empty.
    index : SearchIndex, optional
        Chooses the rows to rank instead of the float32 scores.

    Returns
    -------
    list of list of (int, float)
        For each query its best rows and their cosines, best first.
    """
    if topn == 0:
        return [[] for _ in left_out]
    matrix, lengths = vectors[pool.rows], norms[pool.rows]
    block = max(1, BLOCK_SCORES // max(1, len(matrix)))
    margin = 2 * cosine_error(vectors.shape[1])
    results: list[list[tuple[int, float]]] = []
    for first in range(0, len(queries), block):
        part, skips = queries[first : first + block], left_out[first : first + block]
        wanted = min(topn + max(len(skip or ()) for skip in skips), max(1, len(matrix)))
        single = part.astype(np.float32)
        if index is None:
            found = _finalists(single, matrix, lengths, pool.banned, wanted, margin)
        else:
            found = index.nearest(single, wanted + len(pool.banned))
            found = [places[~np.isin(places, pool.banned)] for places in found]
        for i, skip in enumerate(skips):
            rows = pool.at(found[i])
            for row in skip or ():
                rows = rows[rows != row]
            found[i] = rows if skip is not None else rows[:0]
        results += _ranked(part, vectors, found, topn)
    return results


def closer(query: Doubles, vectors: Floats, norms: Floats, row: int) -> Rows:
    """Return the rows that are closer to a unit query (d,) than a given row is, in order."""
    scores = cosines(query.astype(np.float32)[None], vectors, norms)[0]
    mask = scores > scores[row]
    near = np.abs(scores - scores[row]) <= 2 * cosine_error(vectors.shape[1])
    doubtful = np.flatnonzero(near)
    ranked = pair_cosines(query[None], np.zeros_like(doubtful), vectors, doubtful)
    mask[doubtful] = ranked > ranked[doubtful == row]
    return np.flatnonzero(mask)


def cosmul_scores(
    positive: Floats, negative: Floats, vectors: Floats, norms: Floats, rows: slice | Rows
) -> Doubles:
    """Return the 3CosMul score of some rows, for unit positive and negative terms (n, d)."""
    matrix, lengths = vectors[rows], norms[rows]
    above, below = (
        ((1 + cosines(terms, matrix, lengths).astype(np.float64)) / 2).prod(axis=0)
        for terms in (positive, negative)
    )
    return above / (below + COSMUL_EPSILON)


def top(scores: NDArray[np.floating[Any]], n: int) -> Rows:
    """Return the places of the n largest scores (m,), best first, ties by place."""
    places = contenders(scores, n)
    return places[np.argsort(-scores[places], kind="stable")[:n]]


def contenders(
    scores: NDArray[np.floating[Any]], n: int, error: NDArray[Any] | float = 0.0
) -> Rows:
    """Return the places of the scores (m,) that may be among the n largest, in order.

    Each score may be off by `error`, a number or an array (m,).
    """
    if n >= len(scores):
        return np.arange(len(scores))
    lowest = scores - error
    least = np.partition(lowest, len(lowest) - n)[len(lowest) - n] if n else np.inf
    return np.flatnonzero(scores + error >= least)


def cosines(queries: Floats, matrix: Floats, norms: Floats) -> Floats:
    """Return the cosines of unit queries with rows that need not be unit.

    Parameters
    ----------
    queries : float32 array (n, d)
        Of length 1 (or 0) each.
    matrix : float32 array (m, d)
        The rows.
    norms : float32 array (m,)
        Their lengths; a zero row gets cosine 0.

    Returns
    -------
    float32 array (n, m)
    """
    scores = dots(queries, matrix)
    scores /= divisors(norms)
    return np.clip(scores, -1, 1, out=scores)


def cosine(one: Floats, other: Floats) -> float:
    """Return the cosine of two vectors (d,), computed in float64; 0 if either is zero."""
    a, b = one.astype(np.float64), other.astype(np.float64)
    # one root of the product, so that both orders of the vectors agree to the last bit
    length = np.sqrt((a @ a) * (b @ b))
    return float(np.clip(a @ b / length, -1, 1)) if length > 0 else 0.0


def pair_cosines(queries: Doubles, which: Rows, vectors: Floats, rows: Rows) -> Doubles:
    """Return the cosine of unit ``queries[which[i]]`` with ``vectors[rows[i]]``, in float64, (n,).

    A pair's cosine does not depend on the other pairs.
    """
    found = np.empty(len(rows))
    for first in range(0, len(rows), BLOCK_ROWS):
        part = slice(first, first + BLOCK_ROWS)
        block = vectors[rows[part]].astype(np.float64)
        lengths = np.sqrt(np.einsum("ij,ij->i", block, block))
        # einsum sums every row alike, wherever it stands; BLAS does not
        found[part] = np.einsum("ij,ij->i", block, queries[which[part]]) / divisors(lengths)
    return np.clip(found, -1, 1, out=found)


def cosine_error(d: int) -> float:
    """Return by how much a float32 cosine of d numbers may be off.

    Each of the d + 8 operations behind it rounds by at most 2^-24 of what is at most 1.
    """
    return (d + 8) * 2.0**-24


def dots(queries: Floats, matrix: Floats) -> Floats:
    """Return the dot products of queries (n, d) with rows (m, d), (n, m)."""
    if len(queries) == 1:
        scores = np.empty((1, len(matrix)), np.float32)
        _over_rows(lambda rows, out: _core.dots(queries[0], rows, out), matrix, scores[0])
        return scores
    if _is_blas_matrix(matrix):
        return queries @ matrix.T
    # numpy would copy the whole matrix
    scores = np.empty((len(queries), len(matrix)), np.float32)
    for first in range(0, len(matrix), BLOCK_ROWS):
        part = slice(first, first + BLOCK_ROWS)
        scores[:, part] = queries @ np.ascontiguousarray(matrix[part]).T
    return scores


def row_norms(matrix: Floats) -> Floats:
    """Return the length of each row of a matrix (V, d), (V,)."""
    norms = np.empty(len(matrix), np.float32)
    _over_rows(_core.row_norms, matrix, norms)
    return norms


def divisors(norms: NDArray[Any]) -> NDArray[Any]:
    """Return the norms with 1 for 0: a zero row stays zero when divided."""
    return np.where(norms > 0, norms, norms.dtype.type(1))


def unit(vector: Doubles) -> Doubles:
    """Return the vector at length 1, or zero as it is."""
    largest = np.abs(vector).max(initial=0)
    if largest == 0:
        return vector
    vector = vector / largest  # squares would overflow or vanish
    return vector / np.sqrt(vector @ vector)


def _finalists(
    queries: Floats, matrix: Floats, norms: Floats, banned: Rows, n: int, margin: float
) -> list[Rows]:
    """Return for each unit query the places of the rows that may be among its n best.

    These are all rows whose float32 cosine is at most the margin below the n-th largest, without
    those banned.
    """
    scores = dots(queries, matrix)
    scores[:, banned] = -np.inf
    found: list[Rows] = [banned[:0]] * len(queries)

    def choose(start: int, stop: int) -> None:
        found[start:stop] = _core.finalists(scores[start:stop], norms, n, margin)

    in_parts(choose, len(queries), scores.shape[1] * scores.itemsize)
    return found


def _ranked(
    queries: Doubles, vectors: Floats, finalists: list[Rows], topn: int
) -> list[list[tuple[int, float]]]:
    """Order each query's finalists by their float64 cosine, then by row."""
    sizes = [len(rows) for rows in finalists]
    which, rows = np.repeat(np.arange(len(sizes)), sizes), np.concatenate(finalists)
    scores = pair_cosines(queries, which, vectors, rows)
    order = np.lexsort((rows, -scores, which))
    ends = np.cumsum(sizes)
    ranked = []
    for start, end in zip(ends - sizes, ends, strict=True):
        best = order[start : min(end, start + topn)]
        ranked.append(list(zip(rows[best].tolist(), scores[best].tolist(), strict=True)))
    return ranked


def _over_rows(work: Callable[[Floats, Floats], None], matrix: Floats, out: Floats) -> None:
    """Call ``work(rows, out)`` on parts of a matrix and of what belongs to its rows."""
    side_by_side = matrix.strides[1] == matrix.itemsize or matrix.shape[1] == 1

    def part(start: int, stop: int) -> None:
        # rows whose numbers do not lie side by side are copied, some at a time
        step = max(1, stop - start) if side_by_side else BLOCK_ROWS
        for first in range(start, stop, step):
            rows = matrix[first : min(first + step, stop)]
            work(rows if side_by_side else rows.copy(), out[first : first + len(rows)])

    in_parts(part, len(matrix), matrix.shape[1] * matrix.itemsize)


def _is_blas_matrix(matrix: Floats) -> bool:
    """Tell whether BLAS reads the matrix where it lies: rows or columns side by side, forward."""
    across, along = matrix.strides
    (m, d), size = matrix.shape, matrix.itemsize
    return (along == size and across >= d * size) or (across == size and along >= m * size)
