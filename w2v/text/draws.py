"""What training draws words from: arrays made of counts and probabilities.

References
----------
.. [1] Vose: A linear algorithm for generating random numbers with a given distribution.
       IEEE Transactions on Software Engineering 17(9), 1991. (Alias table.)
.. [2] Mikolov, Sutskever, Chen, Corrado, Dean: Distributed Representations of Words and Phrases
       and their Compositionality. NIPS 2013. (Huffman tree.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from w2v._core import Tables
from w2v._text import fill_alias, fill_huffman_paths, join_huffman


def keep_tables(keep: NDArray[np.float64]) -> Tables:
    """Return the tables of subsampling alone, from the probabilities to keep each word, (V,)."""
    (sampled,) = np.nonzero(keep < 1)
    return Tables(
        keep=np.minimum(keep * 2.0**32, 2**32 - 1).astype(np.uint32),
        sampled=int(sampled[-1]) + 1 if len(sampled) else 0,
        noise=None,
        path_starts=None,
        path_nodes=None,
        path_labels=None,
    )


def alias_table(p: ArrayLike) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
    """Prepare draws from a discrete distribution in constant time [1]_.

    To draw: take i uniformly from 0..V-1 and u uniformly from 0..2**32-1; the result is i if
    u < threshold[i], else alias[i].

    Parameters
    ----------
    p : array_like of float, shape (V,)
        Not negative; need not sum to one.

    Returns
    -------
    threshold : ndarray of uint32, shape (V,)
    alias : ndarray of int32, shape (V,)
        Together they give each index its probability to within 2**-32, and zeros exactly.
    """
    shares = np.asarray(p, np.float64)
    if shares.ndim != 1 or not len(shares):
        raise ValueError(f"expected a vector of probabilities, got shape {shares.shape}")
    if not np.all(np.isfinite(shares)) or np.any(shares < 0) or not shares.any():
        raise ValueError("probabilities must be finite, not negative and not all zero")
    n = len(shares)
    shares = shares / shares.max()  # so that the sum neither overflows nor vanishes
    weights = np.rint(shares * (n * 2.0**32 / shares.sum())).astype(np.uint64)
    # What rounding left over (at most V/2 of V * 2**32 parts) goes to the largest entry.
    left = (n << 32) - int(weights.sum())
    largest = int(np.argmax(weights))
    weights[largest] = int(weights[largest]) + left
    threshold, alias = np.empty(n, np.uint32), np.empty(n, np.int32)
    fill_alias(weights, np.empty(n, np.int32), threshold, alias)
    return threshold, alias


@dataclass(frozen=True, eq=False)
class Huffman:
    """A Huffman tree [2]_ as each word's path from the root.

    Word i has the inner nodes ``nodes[offsets[i]:offsets[i + 1]]`` on its path, and the same slice
    of ``codes`` says which child it takes there. The V - 1 inner nodes are numbered from the root,
    0, in descending order of weight: the ones most used have the smallest numbers.

    Attributes
    ----------
    offsets : ndarray of int64, shape (V + 1,)
    nodes : ndarray of int32, shape (total,)
    codes : ndarray of uint8, shape (total,)
        0 for the lighter child, 1 for the heavier.
    """

    offsets: NDArray[np.int64]
    nodes: NDArray[np.int32]
    codes: NDArray[np.uint8]


def huffman(counts: ArrayLike) -> Huffman:
    """Build the Huffman tree of descending counts; equal weights have a fixed order.

    A single word has an empty path.
    """
    counts = np.asarray(counts, np.int64)
    n = len(counts)
    if not n or np.any(np.diff(counts) > 0) or counts[-1] < 0:
        raise ValueError("counts must be descending, not negative and not empty")
    weight = np.zeros(2 * n - 1, np.int64)
    weight[:n] = counts
    up, depth = np.zeros(2 * n - 1, np.int32), np.zeros(2 * n - 1, np.int32)
    code = np.zeros(2 * n - 1, np.uint8)
    join_huffman(weight, up, code, depth)
    offsets = np.zeros(n + 1, np.int64)
    np.cumsum(depth[:n], out=offsets[1:])
    nodes, codes = np.empty(offsets[-1], np.int32), np.empty(offsets[-1], np.uint8)
    fill_huffman_paths(up, code, offsets, nodes, codes)
    return Huffman(offsets, nodes, codes)
