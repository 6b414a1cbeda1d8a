"""Safetensors files with a checksum of every block: written, and compared as they are read.

A file is cut up along the first axis of each tensor, into blocks of `BLOCK_BYTES`. The tensor
``checksums`` holds the CRC-32C of the header's content and of every block. ``docs/formats.md``
describes it for other programs.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import w2v._core as _core
from w2v.files.storage import Path, Target, atomic_write
from w2v.files.tensors import MAX_HEADER, opened_tensors
from w2v.parallel import in_parts

BLOCK_BYTES = 1 << 20
COPIED_BYTES = 16 << 20  # a file up to so large is read, not mapped
CHECKSUMS = "checksums"
DTYPES = {"F64": "<f8", "F32": "<f4", "I64": "<i8", "I32": "<i4", "U8": "u1"}


class Tensor(NamedTuple):
    """A tensor to be written.

    Attributes
    ----------
    dtype : str
        A key of `DTYPES`.
    shape : tuple of int
        One side at least.
    blocks : iterable of array
        Its rows, `rows_in_block` at a time, in C order. They are asked for when all tensors before
        this one are written.
    """

    dtype: str
    shape: tuple[int, ...]
    blocks: Iterable[NDArray[Any]]


def tensor_of(array: NDArray[Any], dtype: str) -> Tensor:
    """Return an array as a tensor to be written."""
    step = rows_in_block(dtype, array.shape)
    starts = range(0, len(array), step)
    return Tensor(
        dtype,
        array.shape,
        (np.ascontiguousarray(array[i : i + step], DTYPES[dtype]) for i in starts),
    )


def rows_in_block(dtype: str, shape: tuple[int, ...]) -> int:
    """Return how many rows make a block: as many as fit, at least one."""
    size = np.dtype(DTYPES[dtype]).itemsize * math.prod(shape[1:])
    return max(1, BLOCK_BYTES // max(1, size))


def write_tensors(
    path: Target, metadata: dict[str, str], tensors: Mapping[str, Tensor], aligned: str
) -> None:
    """Write a file in the order of its tensors, and their checksums behind them.

    Parameters
    ----------
    path
        The file to write, or an open one.
    metadata
        Strings by name.
    tensors
        By name; the widest types first, which aligns all of them.
    aligned
        The tensor that is to begin at a multiple of 64 bytes.
    """
    blocks = {name: -(-t.shape[0] // rows_in_block(*t[:2])) for name, t in tensors.items()}
    sizes = {
        name: np.dtype(DTYPES[t.dtype]).itemsize * math.prod(t.shape) for name, t in tensors.items()
    }
    n = 1 + sum(blocks[name] for name in tensors if sizes[name])
    header: dict[str, Any] = {"__metadata__": metadata}
    position = 0
    for name, (dtype, shape, size) in {
        **{name: (t.dtype, t.shape, sizes[name]) for name, t in tensors.items()},
        CHECKSUMS: ("U8", (n, 4), 4 * n),
    }.items():
        start, position = position, position + size
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [start, position]}
    text = _compact(header)
    # Spaces bring one tensor to the start of a cache line and all else to a multiple of 8 bytes.
    text += b" " * (-(8 + len(text) + header[aligned]["data_offsets"][0]) % 64)
    if len(text) > MAX_HEADER:
        raise ValueError(f"settings and history take more than the {MAX_HEADER:,} bytes they may")
    sums: dict[str, list[int]] = {}
    with atomic_write(path) as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name, tensor in tensors.items():
            sums[name] = []
            for block in tensor.blocks if sizes[name] else ():
                file.write(block.data)
                sums[name].append(checksum(block))
        listed = [_header_sum(metadata, header)] + [s for name in sorted(sums) for s in sums[name]]
        file.write(np.array(listed, "<u4").tobytes())


def checksum(block: NDArray[Any]) -> int:
    """Return the CRC-32C of an array's bytes in C order; it must lie in one piece."""
    return _core.crc32c(block.reshape(-1).view(np.uint8))


def _compact(header: Mapping[str, Any]) -> bytes:
    """Return a header as w2v and the library write it: without blanks, but for those behind it."""
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False)
    return text.encode(errors="surrogatepass")


def _header_sum(metadata: Mapping[str, str], header: Mapping[str, Any]) -> int:
    """Return the checksum of what a header says, in whatever order it says it."""
    shapes = {
        name: [entry["dtype"], entry["shape"]]
        for name, entry in header.items()
        if name not in ("__metadata__", CHECKSUMS)
    }
    text = json.dumps([metadata, shapes], sort_keys=True, separators=(",", ":"))
    return _core.crc32c(text.encode())


class CheckedArray:
    """An array of a file, each block of which is compared with its checksum when first read.

    Parameters
    ----------
    stored : array
        All of it, perhaps mapped.
    sums : uint32 array, or None
        The checksums of its blocks; None in files without.
    rows : int
        Rows in a block.
    where : str
        Names file and tensor in errors.
    limit : int, optional
        Show only the first rows.
    """

    def __init__(
        self,
        stored: NDArray[Any],
        sums: NDArray[np.uint32] | None,
        rows: int,
        where: str,
        limit: int | None = None,
    ) -> None:
        self._stored, self._sums, self._rows, self._where = stored, sums, rows, where
        self.view = np.asarray(stored)[:limit]  # not compared
        self._unread = None if sums is None else np.ones(-(-len(self.view) // rows), np.bool_)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of what is shown."""
        return self.view.shape

    @property
    def array(self) -> NDArray[Any]:
        """All that is shown, compared."""
        self.check()
        return self.view

    def __reduce__(self) -> tuple[type[CheckedArray], tuple[Any, ...]]:
        """Pickle what was compared."""
        return type(self), (self.array, None, self._rows, self._where)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.view)

    def __getitem__(self, rows: Any) -> Any:
        """Return rows: their blocks are compared first."""
        self.check(rows)
        return self.view[rows]

    def check(self, rows: Any = None) -> int:
        """Compare the blocks of some rows, by default of all, that have not been compared.

        Returns how many blocks were compared.

        Raises
        ------
        ValueError
            If one does not match; it is named.
        """
        if self._unread is None:
            return 0
        assert self._sums is not None
        unread = self._unread
        if isinstance(rows, int | np.integer):
            places = np.array([range(len(self.view))[rows] // self._rows])
        elif isinstance(rows, np.ndarray) and rows.dtype.kind in "iu":
            places = np.unique(np.where(rows < 0, rows + len(self.view), rows) // self._rows)
        else:
            places = np.arange(len(unread))
        places = places[unread[places]]

        def compare(start: int, stop: int) -> None:
            for place in places[start:stop]:
                first = int(place) * self._rows
                block = self._stored[first : first + self._rows]
                if checksum(block) != self._sums[place]:  # type: ignore[index]
                    last = min(first + self._rows, len(self._stored)) - 1
                    raise ValueError(
                        f"{self._where}, rows {first} to {last}, does not match its checksum; "
                        "copy the file again, or make it anew"
                    )
                unread[place] = False

        in_parts(compare, len(places), BLOCK_BYTES)
        if rows is None or not unread.any():
            self._unread = None
        return len(places)


class TensorFile:
    """A safetensors file: its metadata, and its tensors as views of the mapped or copied file.

    Parameters
    ----------
    file_path
        A plain file.
    path : str
        What errors call it.

    Attributes
    ----------
    metadata : dict of str to str
        Not yet compared: see `compare_header`.
    entries : dict
        Type, shape and place of each tensor but the checksums, as the header has them.
    copied : bool
        Whether the file is so small that it was read, and is compared wholly: nobody can take away
        or change what was read.
    blocks : int
        The number of checksums, that of the header included; 0 in a file without.
    """

    def __init__(self, file_path: Path, path: str) -> None:
        self.path = path
        # The library checks the header, and every size and position in it against the file.
        with opened_tensors(file_path, path) as opened:
            self.metadata: dict[str, str] = opened.metadata() or {}
        self.copied = os.path.getsize(file_path) <= COPIED_BYTES
        if self.copied:
            with open(file_path, "rb") as file:
                self._data = np.frombuffer(file.read(), np.uint8)
        else:
            self._data = np.memmap(file_path, np.uint8, "r")
        # It does not tell where a tensor lies, which mapping needs.
        self._start = 8 + int.from_bytes(self._data[:8].tobytes(), "little")
        text = self._data[8 : self._start].tobytes()
        header = json.loads(text)
        self._is_compact = text.rstrip(b" ") == _compact(header)
        self.entries: dict[str, Any] = {n: e for n, e in header.items() if n != "__metadata__"}
        self._listed = self.entries.pop(CHECKSUMS, None)
        self._sums: dict[str, NDArray[np.uint32]] = {}  # of tensors that are to be compared
        self.blocks = 0

    def compare_header(self, needed: bool) -> None:
        """Compare the header with its checksum, and get ready to compare the tensors.

        Parameters
        ----------
        needed
            Whether the file's version always has checksums.

        Raises
        ------
        ValueError
            If they are missing, or the header does not match.
        """
        if self._listed is None:
            if needed:
                raise ValueError(f"{self.path} is damaged: the tensor {CHECKSUMS} is missing")
            return
        counts = {
            name: -(-entry["shape"][0] // self._rows(name)) if self._size(name) else 0
            for name, entry in sorted(self.entries.items())
            if entry["dtype"] in DTYPES and entry["shape"]
        }
        first, last = self._listed["data_offsets"]
        raw = self._data[self._start + first : self._start + last].tobytes()
        if len(raw) != 4 * (1 + sum(counts.values())) or len(counts) < len(self.entries):
            raise ValueError(f"{self.path} is damaged: its checksums are not those of its tensors")
        sums = np.frombuffer(raw, "<u4")
        if sums[0] != _header_sum(self.metadata, self.entries) or not self._is_compact:
            raise ValueError(f"{self.path} is damaged: its header does not match its checksum")
        place = 1
        for name, n in counts.items():
            self._sums[name] = sums[place : place + n]
            place += n
        self.blocks = place
        if self.copied:
            self._check_all()

    def tensor(self, name: str, limit: int | None = None) -> CheckedArray:
        """Return a tensor; that of a copied file has been compared."""
        entry = self.entries[name]
        first, last = entry["data_offsets"]
        data = self._data[self._start + first : self._start + last]
        stored = data.view(DTYPES[entry["dtype"]]).reshape(entry["shape"])
        where = f"{self.path} is damaged: {name}"
        return CheckedArray(stored, self._sums.get(name), self._rows(name), where, limit)

    def check(self) -> int:
        """Compare all tensors with their checksums, and return how many blocks they have."""
        self._check_all()
        return self.blocks

    def _check_all(self) -> None:
        for name in list(self._sums):
            self.tensor(name).check()
            del self._sums[name]

    def _rows(self, name: str) -> int:
        return rows_in_block(self.entries[name]["dtype"], tuple(self.entries[name]["shape"]))

    def _size(self, name: str) -> int:
        return math.prod(self.entries[name]["shape"])
