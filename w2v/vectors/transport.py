"""Vectors moved: the cheapest way from one text to another, and one space turned onto another."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.vectors.ranking import Doubles

Text = tuple[Doubles, Doubles]  # vectors (n, d) and shares (n,) of its words


def movers_distance(one: Text, other: Text) -> float:
    r"""Return the earth mover's distance of two texts, by linear programming.

    It is the smallest :math:`\sum_{ij} T_{ij} \lVert a_i - b_j \rVert` over all :math:`T \ge 0`
    whose rows add up to the shares of the first text's words, its columns to the second's.
    """
    from scipy.optimize import linprog
    from scipy.sparse import eye, kron, vstack
    from scipy.spatial.distance import cdist

    (a, shares), (b, other_shares) = one, other
    n, m = len(a), len(b)
    sums: Any = vstack([kron(eye(n), np.ones((1, m))), kron(np.ones((1, n)), eye(m))])
    found: Any = linprog(
        cdist(a, b).ravel(), A_eq=sums, b_eq=np.concatenate([shares, other_shares])
    )
    return max(float(found.fun), 0.0)


def turn(rows: NDArray[np.floating], onto: NDArray[np.floating]) -> Doubles:
    """Return the rotation (d, e) that brings rows (n, d) nearest to others (n, e) (Procrustes).

    Lengths and angles stay as they are where e is not below d: words keep their neighbours.
    """
    product = rows.T.astype(np.float64) @ onto
    u, _, v = np.linalg.svd(product, full_matrices=False)
    return u @ v
