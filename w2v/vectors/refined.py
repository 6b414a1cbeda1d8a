"""Vectors made better after the training: whitened by frequency, the output rows used as well.

A training leaves two rows for each word, and everybody throws the output rows away. It also leaves
a space that the frequent words shape: most vectors point the same way, and few directions hold
most of the variance. Both cost nothing to mend.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from w2v.checks import number, one_of
from w2v.names import REFINED
from w2v.vectors.ranking import BLOCK_ROWS, Doubles, Floats, divisors, row_norms

# Variances below this share of the largest one are rounding, not directions of the words.
LEAST_VARIANCE = 1e-12


def whitened(matrices: Sequence[Floats], counts: NDArray[np.int64], power: float) -> Floats:
    r"""Return the sum of matrices, moved and scaled so that no direction dominates.

    Parameters
    ----------
    matrices : sequence of float32 array (V, d)
        Rows of the same words; they are added up.
    counts : int64 array (V,)
        How often each word occurred; the weight :math:`p_w` is its share.
    power : float
        0 only subtracts the mean; 1 makes the variance of all directions the same.

    Returns
    -------
    float32 array (V, d)
        A new matrix.

    Notes
    -----
    With the mean :math:`\mu = \sum_w p_w v_w` and the covariance
    :math:`\sum_w p_w (v_w - \mu)(v_w - \mu)^T = U \Lambda U^T`, a row becomes
    :math:`U \Lambda^{-power/2} U^T (v_w - \mu)`. Mean and covariance are those of the running text
    [1]_, not those of the list of words, in which rare words are most. Both are summed up in
    float64, a block of rows at a time.

    References
    ----------
    .. [1] Yokoi, Bao, Kurita and Shimodaira (2024), Zipfian whitening.
    """
    d = matrices[0].shape[1]
    shares = counts / counts.sum()
    mean, square = np.zeros(d), np.zeros((d, d))
    for rows, block in _blocks(matrices):
        mean += shares[rows] @ block
        square += block.T @ (shares[rows, None] * block)
    variances, directions = np.linalg.eigh(square - np.outer(mean, mean))
    if variances[-1] <= LEAST_VARIANCE * (mean @ mean):
        raise ValueError("all vectors are the same, so no direction of them can be scaled")
    variances = np.maximum(variances, variances[-1] * LEAST_VARIANCE)
    # The largest variance keeps its size, so that the numbers stay of the size they had.
    scales = (variances[-1] / variances) ** (power / 2)
    turn = (directions * scales) @ directions.T
    found = np.empty((len(counts), d), np.float32)
    for rows, block in _blocks(matrices):
        found[rows] = (block - mean) @ turn
    return found


def refine(
    W_in: Floats,
    W_out: Floats | None,
    counts: NDArray[np.int64],
    matrices: str = "input",
    power: float = 0.5,
) -> Floats:
    """Return the refined vectors of a model, (V, d) or (V, 2 d); `Model.refined` tells the rest.

    Parameters
    ----------
    W_in, W_out : float32 array (V, d)
        Input and output rows of the words; `W_out` is None where words have no output rows.
    counts : int64 array (V,)
        How often each word occurred.
    matrices : {"sum", "both", "input"}
    power : float
        Between 0 and 1.
    """
    power = number("power", power, 0, 1)
    one_of("matrices", matrices, REFINED)
    if matrices == "input":
        return whitened([W_in], counts, power)
    if W_out is None:
        raise ValueError(
            f"matrices={matrices!r} needs an output row for each word, and hierarchical softmax "
            "has rows of inner nodes; use matrices='input'"
        )
    if matrices == "sum":
        return whitened([W_in, W_out], counts, power)
    parts = [whitened([matrix], counts, power) for matrix in (W_in, W_out)]
    for part in parts:
        part /= divisors(row_norms(part))[:, None]
    return np.hstack(parts)


def _blocks(matrices: Sequence[Floats]) -> Iterator[tuple[slice, Doubles]]:
    """Yield blocks of rows of the sum, in float64, and which rows they are."""
    for first in range(0, len(matrices[0]), BLOCK_ROWS):
        rows = slice(first, first + BLOCK_ROWS)
        yield rows, np.sum([matrix[rows] for matrix in matrices], axis=0, dtype=np.float64)
