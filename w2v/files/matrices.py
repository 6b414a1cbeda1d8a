"""Matrices on their way to a file and back: checked, and cut into blocks of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

import w2v._core as _core
from w2v.checks import quoted

FloatMatrix = NDArray[np.float32]

_BLOCK_VALUES = 1 << 18  # numbers checked or written at a time


def as_matrix(name: str, values: ArrayLike) -> NDArray[Any]:
    """Check kind and shape only; numbers are converted and checked as they are written."""
    matrix = np.asarray(values)
    if matrix.dtype.kind not in "fiu":
        raise TypeError(f"{name} must be real numbers, not {matrix.dtype}")
    if matrix.ndim != 2:
        raise ValueError(f"{name} must have two dimensions, not the shape {matrix.shape}")
    if matrix.shape[1] == 0:
        raise ValueError(f"{name} has rows without numbers: its shape is {matrix.shape}")
    return matrix


def check_finite(matrix: FloatMatrix, name_row: Callable[[int], str]) -> None:
    """Raise ValueError for the first row that holds a NaN or an infinity."""
    row = _core.first_not_finite(matrix)
    if row < len(matrix):
        raise ValueError(f"{name_row(row)} has a number that is not a finite float32")


def row_blocks(
    name: str, matrix: NDArray[Any], encoded: list[bytes] | None = None, step: int | None = None
) -> Iterator[tuple[int, FloatMatrix]]:
    """Yield (first row, contiguous little-endian float32 rows), checked for finite numbers."""
    if step is None:
        step = max(1, _BLOCK_VALUES // max(1, matrix.shape[1]))
    for start in range(0, len(matrix), step):
        with np.errstate(over="ignore"):
            block = np.ascontiguousarray(matrix[start : start + step], "<f4")

        def name_row(row: int, start: int = start) -> str:
            word = "" if encoded is None else f", the word {quoted(encoded[start + row].decode())},"
            return f"{name}: row {start + row}{word}"

        check_finite(block, name_row)
        yield start, block
