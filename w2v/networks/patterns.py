"""Patterns as networks take them, dense or sparse, or an error that says what is wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[Any]


def matrix(values: ArrayLike, columns: int, name: str, unit: str, dtype: np.dtype[Any]) -> Floats:
    """Return `values` as an (n, columns) array of finite numbers."""
    array = np.asarray(values)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must be numbers, not {array.dtype}")
    if array.ndim != 2 or array.shape[1] != columns:
        raise ValueError(
            f"{name} must have shape (patterns, {columns}), one column for each of the network's "
            f"{columns} {unit}, not {array.shape}"
        )
    if not len(array):
        raise ValueError(f"{name} has no patterns")
    with np.errstate(over="ignore"):
        array = np.ascontiguousarray(array, dtype=dtype)
    finite = np.isfinite(array)
    if not finite.all():
        raise _not_finite(name, dtype, *np.argwhere(~finite)[0])
    return array


def sparse_matrix(X: Any, columns: int, name: str, dtype: np.dtype[Any]) -> Any:
    """Return a scipy sparse matrix (n, columns) as CSR of finite numbers, one an entry."""
    if X.dtype.kind not in "biuf":
        raise TypeError(f"{name} must be numbers, not {X.dtype}")
    if X.ndim != 2 or X.shape[1] != columns:
        raise ValueError(f"{name} must have shape (patterns, {columns}), not {X.shape}")
    if not X.shape[0]:
        raise ValueError(f"{name} has no patterns")
    X = X.tocsr()
    X.check_format(full_check=True)
    with np.errstate(over="ignore"):
        X = X.astype(dtype, copy=False)
    if not X.has_canonical_format:
        X = X.copy()
        X.sum_duplicates()
    finite = np.isfinite(X.data)
    if not finite.all():
        entry = int(np.argmin(finite))
        row = int(np.searchsorted(X.indptr, entry, "right")) - 1
        raise _not_finite(name, dtype, row, int(X.indices[entry]))
    return X


def dense(X: Any) -> Floats:
    """Return the rows as a dense array."""
    return X.toarray() if is_sparse(X) else X


def is_sparse(X: Any) -> bool:
    """Return whether `X` is a scipy sparse matrix or array."""
    return hasattr(X, "tocsr")  # scipy is not imported for it


def _not_finite(name: str, dtype: np.dtype[Any], row: int, column: int) -> ValueError:
    return ValueError(
        f"{name} has a number that is not finite in {dtype}: row {row}, column {column} "
        f"is the first"
    )
