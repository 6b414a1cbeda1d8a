"""Safetensors files, opened: the header is looked at before the library takes memory for it."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from w2v.files.storage import Path

MAX_HEADER = 1 << 24
"""Bytes of a header at most: settings, a history of 100,000 epochs, a network's layers."""

_MOST_TENSORS = 10_000  # a network has three a layer


@contextmanager
def opened_tensors(path: Path, name: str) -> Iterator[Any]:
    """Open a safetensors file; the library checks every size in the header against the file.

    Parameters
    ----------
    path
        A plain file.
    name
        What errors call it.

    Raises
    ------
    ValueError
        If it is no safetensors file, damaged, or has a header larger than any w2v writes.
    OSError
        If there is no such file or it cannot be read.
    """
    from safetensors import SafetensorError, safe_open

    if os.path.isfile(path):
        with open(path, "rb") as file:
            size = int.from_bytes(file.read(8), "little")
            tensors = file.read(size).count(b"data_offsets") if size <= MAX_HEADER else 0
        if MAX_HEADER < size < os.path.getsize(path) or tensors > _MOST_TENSORS:
            raise ValueError(
                f"{name} has a header of {size:,} bytes"
                + (f" with {tensors:,} tensors" if tensors else "")
                + f"; a file of w2v has at most {MAX_HEADER:,} bytes and {_MOST_TENSORS:,} tensors"
            )
    elif os.path.isdir(path):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), name)
    elif os.path.exists(path):  # a pipe: the library would wait
        raise ValueError(f"{name} is not a regular file; save it to one first")
    try:
        with safe_open(path, framework="np") as opened:
            yield opened
    except SafetensorError as error:
        raise ValueError(
            f"{name} is no safetensors file, or is truncated or damaged ({error})"
        ) from None
