"""The native file: a safetensors file with words, matrices, counts, settings and history.

What it holds is the table `LAYOUT`; ``docs/formats.md`` describes it for other programs.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.checks import quoted
from w2v.files.matrices import FloatMatrix, check_finite, row_blocks
from w2v.files.storage import Path, Target, atomic_write
from w2v.files.tensors import MAX_HEADER, opened_tensors
from w2v.files.words import Counts, PackedWords, Word

FORMAT_VERSION = "1"
# name -> type, sides. In the order of the file: the widest types first, which aligns all of them.
LAYOUT = {
    "counts": ("I64", ("V",)),
    "word_offsets": ("I64", ("V + 1",)),
    "W_in": ("F32", ("V", "d")),
    "W_out": ("F32", ("rows", "d")),
    "words": ("U8", ("bytes",)),
}
DTYPES = {"F32": "<f4", "I64": "<i8", "U8": "u1"}


class NativeFile:
    """A native file: its metadata, and its tensors as views of the mapped file."""

    def __init__(self, file_path: Path, path: str) -> None:
        """Open a plain file; `path` is what errors call it."""
        self.path = path
        data = np.memmap(file_path, np.uint8, "r")
        # The library checks the header, and every size and position in it against the file.
        with opened_tensors(file_path, path) as file:
            names = sorted(file.keys())
            self.metadata: dict[str, str] = file.metadata() or {}
        if "w2v_network" in self.metadata:
            raise ValueError(
                f"{path} holds a network, not word vectors: use Network.load, `w2v explain` with a "
                "row, or `w2v mlp predict`"
            )
        if self.metadata.get("format") != "w2v":
            shown = ", ".join(names[:10] + ["..."] * (len(names) > 10)) or "none"
            raise ValueError(
                f"{path} is a safetensors file that was not written by w2v; its tensors are "
                f"{shown}; pair one with its words by write_vectors"
            )
        version = self.metadata.get("format_version")
        if version != FORMAT_VERSION:
            raise ValueError(
                f"{path} has version {quoted(version)} of the native format, and this w2v "
                "reads version "
                f"{quoted(FORMAT_VERSION)}; install a w2v that knows it"
            )
        # It does not tell where a tensor lies, which mapping needs.
        start = 8 + int.from_bytes(data[:8].tobytes(), "little")
        header = json.loads(data[8:start].tobytes())
        entries = {name: header[name] for name in LAYOUT if name in names}
        self._check_layout(entries)
        self.tensors: dict[str, NDArray[Any]] = {}
        for name, entry in entries.items():
            first, last = entry["data_offsets"]
            tensor = data[start + first : start + last].view(DTYPES[entry["dtype"]])
            self.tensors[name] = tensor.reshape(entry["shape"])

    def _check_layout(self, entries: dict[str, Any]) -> None:
        """Check the types and shapes the header gives, before numpy sees them."""
        needed = ["W_in", "words", "word_offsets"] + ["counts"] * ("W_out" in entries)
        missing = [name for name in needed if name not in entries]
        if missing:
            raise ValueError(f"{self.path}: the tensors {', '.join(missing)} are missing")
        for name, entry in entries.items():
            dtype, sides = LAYOUT[name]
            if entry["dtype"] != dtype or len(entry["shape"]) != len(sides):
                raise ValueError(
                    f"{self.path}: {name} should be {dtype} with {len(sides)} dimensions, not "
                    f"{entry['dtype']} of the shape {entry['shape']}"
                )
        V, d = entries["W_in"]["shape"]
        if V < 1 or d < 1:
            raise ValueError(f"{self.path}: W_in has the shape {[V, d]}, which is empty")
        sizes = {"V": V, "V + 1": V + 1, "d": d}
        for name, entry in entries.items():
            for size, side in zip(entry["shape"], LAYOUT[name][1], strict=True):
                if size != sizes.get(side, size):
                    raise ValueError(
                        f"{self.path}: {name} has the shape {entry['shape']}, which does not go "
                        f"with W_in's {[V, d]}"
                    )

    def matrix(self, name: str, mmap: bool, limit: int | None = None) -> FloatMatrix:
        """Map or load one matrix; a loaded one is checked for NaN and infinities."""
        mapped = self.tensors[name][:limit]
        if mmap:
            return mapped
        loaded = np.array(mapped, np.float32)
        check_finite(loaded, lambda row: f"{self.path}: row {row + 1} of {name}")
        return loaded

    def counts(self, mmap: bool, limit: int | None = None) -> Counts | None:
        """Map or load the counts, if there are any."""
        if "counts" not in self.tensors:
            return None
        mapped = self.tensors["counts"][:limit]
        return mapped if mmap else np.array(mapped, np.int64)

    @property
    def are_ids(self) -> bool:
        """Whether the words are whole numbers, which the file holds in decimal."""
        return self.metadata.get("keys") == "int"

    def words(self, limit: int | None = None) -> Sequence[Word]:
        """Find the words in the bytes that hold them all; str are decoded later."""
        offsets, blob = self.tensors["word_offsets"], self.tensors["words"]
        if offsets[0] != 0 or offsets[-1] != len(blob) or not (offsets[1:] > offsets[:-1]).all():
            raise ValueError(f"{self.path}: word_offsets is damaged, it does not cut up words")
        cuts = offsets if limit is None else offsets[: limit + 1]
        packed = PackedWords(blob, cuts.astype(np.int64, copy=False), self.path)
        if not self.are_ids:
            return packed
        try:
            return list(map(int, packed))
        except ValueError:
            raise ValueError(f"{self.path}: its words are damaged, they are no ids") from None

    def setting(self, name: str, kind: type) -> Any:
        """Decode one JSON string of the metadata."""
        try:
            value = json.loads(self.metadata[name])
        except (KeyError, ValueError, RecursionError) as error:
            raise ValueError(f"{self.path}: its {name} are damaged ({error!r})") from None
        if not isinstance(value, kind):
            raise ValueError(f"{self.path}: its {name} are damaged (not a {kind.__name__})")
        return value


def write_native(
    path: Target,
    matrices: dict[str, NDArray[Any]],
    encoded: list[bytes],
    counts: Counts | None,
    settings: dict[str, Any],
    history: list[dict[str, Any]],
    are_ids: bool = False,
) -> None:
    """Write a native file by hand: safetensors' own writer wants each tensor in one piece.

    Here numbers are converted and checked a block at a time.
    """
    offsets = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum([len(word) for word in encoded], out=offsets[1:])
    tensors: dict[str, NDArray[Any]] = {
        "word_offsets": offsets,
        "words": np.frombuffer(b"".join(encoded), np.uint8),
        **matrices,
    }
    if counts is not None:
        tensors["counts"] = counts

    header: dict[str, Any] = {
        "__metadata__": {
            "format": "w2v",
            "format_version": FORMAT_VERSION,
            **({"keys": "int"} if are_ids else {}),
            "settings": _to_json("settings", settings),
            "history": _to_json("history", history),
        }
    }
    position = 0
    for name, (dtype, _) in LAYOUT.items():
        if name in tensors:
            start, shape = position, tensors[name].shape
            position += tensors[name].size * np.dtype(DTYPES[dtype]).itemsize
            header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [start, position]}
    text = json.dumps(header, separators=(",", ":")).encode()
    # Spaces bring W_in to the start of a cache line and all else to a multiple of 8 bytes.
    text += b" " * (-(8 + len(text) + header["W_in"]["data_offsets"][0]) % 64)
    if len(text) > MAX_HEADER:
        raise ValueError(f"settings and history take more than the {MAX_HEADER:,} bytes they may")

    with atomic_write(path) as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name in LAYOUT:
            if name in matrices:
                for _, block in row_blocks(
                    name, tensors[name], encoded if name == "W_in" else None
                ):
                    file.write(block.data)
            elif name in tensors:
                file.write(tensors[name].astype(DTYPES[LAYOUT[name][0]], copy=False).data)


def _to_json(name: str, value: Any) -> str:
    def plain(item: Any) -> Any:
        if isinstance(item, np.generic):
            return item.item()
        raise TypeError(f"{name} can hold what JSON can, and not {quoted(item)}")

    return json.dumps(value, default=plain)
