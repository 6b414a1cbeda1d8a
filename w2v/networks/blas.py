"""The matrix products of scipy's BLAS, kept to one thread while trainings use them."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

_lock = threading.Lock()
_borrowers = 0  # trainings that use BLAS now
_threads_before = 1  # that BLAS had before the first of them


@contextmanager
def blas(dtype: np.dtype[Any]) -> Iterator[object]:
    """Lend scipy's sgemm or dgemm (a capsule), kept to the thread it is called from.

    Our workers share out the products themselves; a pool of BLAS threads that spin beside them
    would take their cores. A scipy linked to another BLAS keeps its threads. Of trainings at
    the same time the last to end gives BLAS its threads back.
    """
    from scipy.linalg import cython_blas

    gemm = cython_blas.__pyx_capi__["dgemm" if dtype == np.float64 else "sgemm"]
    library = openblas()
    if library is None:
        yield gemm
        return
    global _borrowers, _threads_before
    with _lock:
        if not _borrowers:
            _threads_before = library.scipy_openblas_get_num_threads()
            library.scipy_openblas_set_num_threads(1)
        _borrowers += 1
    try:
        yield gemm
    finally:
        with _lock:
            _borrowers -= 1
            if not _borrowers:
                library.scipy_openblas_set_num_threads(_threads_before)


@cache
def openblas() -> ctypes.CDLL | None:
    """Return the OpenBLAS that comes with scipy's wheels, or None."""
    import scipy

    package = Path(scipy.__file__).parent
    for folder in (package.parent / "scipy.libs", package / ".dylibs"):
        for path in folder.glob("*openblas*"):
            with suppress(OSError):
                library = ctypes.CDLL(str(path))
                if hasattr(library, "scipy_openblas_set_num_threads"):
                    return library
    return None
