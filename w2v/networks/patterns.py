"""Patterns as networks take them, dense or sparse, or an error that says what is wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[Any]


def matrix(values: Any, columns: int, name: str, unit: str, dtype: np.dtype[Any]) -> Any:
    """Return an (n, columns) array of finite numbers; a sparse one as CSR, one number an entry."""
    sparse = is_sparse(values)
    array: Any = values if sparse else np.asarray(values)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must be numbers, not {array.dtype}")
    if array.ndim != 2 or array.shape[1] != columns:
        raise ValueError(
            f"{name} must have shape (patterns, {columns}), one column for each of the network's "
            f"{columns} {unit}, not {array.shape}"
        )
    if not array.shape[0]:
        raise ValueError(f"{name} has no patterns")
    with np.errstate(over="ignore"):
        if not sparse:
            array = np.ascontiguousarray(array, dtype=dtype)
        else:
            array = array.tocsr()
            array.check_format(full_check=True)
            array = array.astype(dtype, copy=False)
            if not array.has_canonical_format:
                array = array.copy()
                array.sum_duplicates()
    finite = np.isfinite(array.data if sparse else array)
    if not finite.all():
        if sparse:
            entry = np.argmin(finite)
            row, column = np.searchsorted(array.indptr, entry, "right") - 1, array.indices[entry]
        else:
            row, column = np.argwhere(~finite)[0]
        raise ValueError(
            f"{name} has a number that is not finite in {dtype}: row {row}, column {column} "
            f"is the first"
        )
    return array


def targets(T: Any, n: int, outputs: int, loss: str, prefix: str, dtype: np.dtype[Any]) -> Floats:
    """Return the targets of n patterns as an (n, outputs) array that fits the loss."""
    T = np.asarray(T)
    if T.ndim == 1 and outputs == 1:
        T = T[:, None]
    T = matrix(T, outputs, f"{prefix}T", "outputs", dtype)
    if n != len(T):
        raise ValueError(f"{prefix}X has {n} patterns, {prefix}T has {len(T)}")
    if loss != "squared_error" and (T.min() < 0 or T.max() > 1):
        raise ValueError(f"{prefix}T must lie between 0 and 1 for {loss!r}")
    if loss == "cross_entropy" and np.abs(T.sum(axis=1) - 1).max() > 1e-3:
        raise ValueError(
            f"each row of {prefix}T must add up to 1 for 'cross_entropy': a distribution, "
            f"or 1 for the right class and 0 for the others"
        )
    return np.asarray(T)


def weights_with_mean_1(
    sample_weight: ArrayLike | None, n: int, dtype: np.dtype[Any]
) -> Floats | None:
    """Return the weights of n patterns, or None."""
    if sample_weight is None:
        return None
    weight = np.asarray(sample_weight, dtype=np.float64)
    if weight.shape != (n,):
        raise ValueError(f"sample_weight must have shape ({n},), not {weight.shape}")
    if not np.isfinite(weight).all() or weight.min() < 0 or not weight.any():
        raise ValueError("sample_weight must be finite, not negative, and not all 0")
    return (weight / weight.mean()).astype(dtype)


def dense(X: Any) -> Floats:
    """Return the rows as a dense array."""
    return X.toarray() if is_sparse(X) else X


def is_sparse(X: Any) -> bool:
    """Return whether `X` is a scipy sparse matrix or array."""
    return hasattr(X, "tocsr")  # scipy is not imported for it
