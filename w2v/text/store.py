"""Arrays that grow while a corpus is read, in memory or past a budget in temporary files."""

from __future__ import annotations

import errno
import mmap
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

Folder = str | os.PathLike[str] | None

_MOST_ITEMS = 1 << 23  # in one block, so that little is allocated that is never used


class GrowingArray:
    """An array that grows at its end, in memory or, once spilled, in a temporary file."""

    def __init__(self, dtype: type[np.int32] | type[np.int64]) -> None:
        # Blocks, not one array that is enlarged: new large ones get large pages, which are faster.
        self._blocks: list[NDArray[Any]] = []
        self._free = 0  # items of the last block
        self._dtype = np.dtype(dtype)
        self._file: BinaryIO | None = None
        self._folder: Folder = None
        self.size = 0

    @property
    def nbytes(self) -> int:
        """Bytes of the items."""
        return self.size * self._dtype.itemsize

    def append(self, items: NDArray[Any]) -> None:
        """Add items at the end."""
        if self._file is not None:
            _write(self._file, items, self._folder)
            self.size += len(items)
            return
        while len(items):
            if not self._free:
                small = self.size < _MOST_ITEMS // 8
                self._free = max(1024, self.size) if small else _MOST_ITEMS
                self._blocks.append(np.empty(self._free, self._dtype))
            n = min(len(items), self._free)
            start = len(self._blocks[-1]) - self._free
            self._blocks[-1][start : start + n] = items[:n]
            items = items[n:]
            self._free -= n
            self.size += n

    def spill(self, folder: Folder) -> None:
        """Move to a temporary file, unless it is there."""
        if self._file is None:
            self._file, self._folder = _temporary_file(folder), folder
            for block in self._taken_out():
                _write(self._file, block, folder)

    def array(self) -> NDArray[Any]:
        """Return all items as one array; nothing can be appended any more."""
        if self._file is not None:
            return _mapped(self._file, self._dtype)
        items = np.empty(self.size, self._dtype)
        start = 0
        for block in self._taken_out():
            items[start : start + len(block)] = block
            start += len(block)
        return items

    def _taken_out(self) -> Iterator[NDArray[Any]]:
        """Give the blocks, and free each once the next is asked for."""
        self._blocks.reverse()
        while self._blocks:
            block = self._blocks.pop()
            yield block if self._blocks else block[: len(block) - self._free]
            del block
        self._free = 0

    def close(self) -> None:
        """Give up the temporary file."""
        if self._file is not None:
            self._file.close()


class Store:
    """Ids and sentence offsets while they are collected, within a memory budget in bytes."""

    def __init__(self, budget: int, folder: Folder) -> None:
        self._budget = budget
        self._folder = folder
        self._ids = GrowingArray(np.int32)
        self._offsets = GrowingArray(np.int64)
        self._offsets.append(np.zeros(1, np.int64))

    @property
    def tokens(self) -> int:
        """Number of tokens added."""
        return self._ids.size

    @property
    def sentences(self) -> int:
        """Number of sentences that were completed."""
        return self._offsets.size - 1

    def append(self, ids: NDArray[np.int32], ends: NDArray[np.int64]) -> None:
        """Add tokens, and the ends (counted in all tokens) of the sentences they complete."""
        self._ids.append(ids)
        self._offsets.append(ends)
        if self._ids.nbytes + self._offsets.nbytes > self._budget:
            self._ids.spill(self._folder)
            self._offsets.spill(self._folder)

    def arrays(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return ids and offsets; nothing can be appended any more."""
        return self._ids.array(), self._offsets.array()

    def close(self) -> None:
        """Give up the temporary files."""
        self._ids.close()
        self._offsets.close()


def sentences_of(
    ids: NDArray[np.int32], offsets: NDArray[np.int64], chosen: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the ids of some sentences, one after another, and where each begins; (n + 1,)."""
    lengths = offsets[chosen + 1] - offsets[chosen]
    ends = np.concatenate([[0], np.cumsum(lengths)])
    return ids[np.arange(ends[-1]) + np.repeat(offsets[chosen] - ends[:-1], lengths)], ends


def copied(array: NDArray[Any], folder: Folder) -> NDArray[Any]:
    """Copy an array of a store: from memory to memory, from a file to a file."""
    if array.flags.owndata:
        return array.copy()
    with _temporary_file(folder) as file:
        _write(file, array, folder)
        return _mapped(file, array.dtype)


def shortened(array: NDArray[Any], size: int) -> NDArray[Any]:
    """Cut an array that nobody else uses; its memory goes back to the system."""
    if array.flags.owndata:
        array.resize(size, refcheck=False)
        return array
    return array[:size]


def _temporary_file(folder: Folder) -> BinaryIO:
    """Open a file without a name where the system can, else one that goes when it is closed."""
    try:
        return cast(BinaryIO, tempfile.TemporaryFile(prefix="w2v-", dir=folder, buffering=0))
    except OSError as error:
        raise _no_room(error, folder) from None


def _write(file: BinaryIO, items: NDArray[Any], folder: Folder) -> None:
    data = items.data.cast("B") if len(items) else b""
    try:
        while data:
            data = data[file.write(data) :]
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        raise _no_room(error, folder) from None


def _no_room(error: OSError, folder: Folder) -> OSError:
    """Name the folder of temporary files in an error, and what to do."""
    if folder is None:
        with suppress(FileNotFoundError):  # none of those it would take can be written
            folder = tempfile.gettempdir()
    where = "the folders of temporary files" if folder is None else os.fspath(folder)
    return OSError(
        error.errno,
        f"no room for the encoded corpus in {where} ({error.strerror}); pass tmp_dir= with a "
        "folder elsewhere, or a larger memory_budget",
    )


def _mapped(file: BinaryIO, dtype: Any) -> NDArray[Any]:
    """Map a file as an array and close it: the map keeps what it needs of it."""
    with file:
        return np.frombuffer(mmap.mmap(file.fileno(), 0), dtype)
