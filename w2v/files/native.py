"""The native file: a safetensors file with words, matrices, counts, settings and history.

What it holds is the table `LAYOUT`; ``docs/formats.md`` describes it for other programs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import w2v._core as _core
from w2v.checks import quoted
from w2v.files.blocks import Tensor, TensorFile, rows_in_block, tensor_of, write_tensors
from w2v.files.matrices import FloatMatrix, check_finite, row_blocks
from w2v.files.storage import Path, Target
from w2v.files.words import Counts, PackedWords, Word

FORMAT_VERSION = "2"
_OLDER = ("1",)  # had no checksums, no norms and no index
# name -> type, sides. In the order of the file: the widest types first, which aligns all of them.
LAYOUT = {
    "counts": ("I64", ("V",)),
    "word_offsets": ("I64", ("V + 1",)),
    "output_counts": ("I64", ("O",)),
    "output_word_offsets": ("I64", ("O + 1",)),
    "W_in": ("F32", ("V", "d")),
    "W_out": ("F32", ("rows", "d")),
    "W_words": ("F32", ("O", "d")),  # of documents, whose vectors are W_in: those of words
    # of a checkpoint: the weights of the best epoch so far
    "best_W_in": ("F32", ("V", "d")),
    "best_W_out": ("F32", ("rows", "d")),
    "norms": ("F32", ("V",)),
    "word_index": ("I32", ("slots",)),
    "words": ("U8", ("bytes",)),
    "output_words": ("U8", ("output bytes",)),
}


class NativeFile(TensorFile):
    """A native file: its metadata, and its tensors as views of the mapped or copied file."""

    def __init__(self, file_path: Path, path: str) -> None:
        """Open a plain file; `path` is what errors call it."""
        super().__init__(file_path, path)
        if "w2v_network" in self.metadata:
            raise ValueError(
                f"{path} holds a network, not word vectors: use Network.load, `w2v explain` with a "
                "row, or `w2v mlp predict`"
            )
        if self.metadata.get("format") != "w2v":
            names = sorted(self.entries)
            shown = ", ".join(names[:10] + ["..."] * (len(names) > 10)) or "none"
            raise ValueError(
                f"{path} is a safetensors file that was not written by w2v; its tensors are "
                f"{shown}; pair one with its words by write_vectors"
            )
        version = self.metadata.get("format_version")
        if version not in (FORMAT_VERSION, *_OLDER):
            raise ValueError(
                f"{path} has version {quoted(version)} of the native format, and this w2v "
                "reads version "
                f"{quoted(FORMAT_VERSION)}; install a w2v that knows it"
            )
        self.is_whole = version not in _OLDER
        self._check_layout({name: self.entries[name] for name in LAYOUT if name in self.entries})
        self.compare_header(needed=self.is_whole)

    def _check_layout(self, entries: dict[str, Any]) -> None:
        """Check the types and shapes the header gives, before numpy sees them."""
        needed = ["W_in", "words", "word_offsets"] + ["counts"] * ("W_out" in entries)
        needed += ["norms", "word_index"] * self.is_whole
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
        if "output_counts" in entries:
            sizes["O"] = entries["output_counts"]["shape"][0]
        for name, entry in entries.items():
            for size, side in zip(entry["shape"], LAYOUT[name][1], strict=True):
                if size != sizes.get(side, size):
                    raise ValueError(
                        f"{self.path}: {name} has the shape {entry['shape']}, which does not go "
                        f"with W_in's {[V, d]}"
                    )

        if "word_index" in entries:
            slots = entries["word_index"]["shape"][0]
            if slots <= V or slots & (slots - 1):
                raise ValueError(f"{self.path}: word_index has {slots} slots for {V} words")

    def matrix(self, name: str, limit: int | None = None) -> FloatMatrix:
        """Load one matrix, compared with its checksums and checked for NaN and infinities."""
        loaded = np.array(self.tensor(name, limit).array, np.float32)
        check_finite(loaded, lambda row: f"{self.path}: row {row + 1} of {name}")
        return loaded

    def counts(self, mmap: bool, limit: int | None = None) -> Counts | None:
        """Map or load the counts, if there are any."""
        if "counts" not in self.entries:
            return None
        found = self.tensor("counts", limit).array
        return found if mmap else np.array(found, np.int64)

    @property
    def are_ids(self) -> bool:
        """Whether the words are whole numbers, which the file holds in decimal."""
        return self.metadata.get("keys") == "int"

    def outputs(self) -> tuple[list[Word], Counts] | None:
        """Return the words of W_out and their counts, if they are others than those of W_in."""
        needed = ("output_counts", "output_word_offsets", "output_words")
        missing = [name for name in needed if name not in self.entries]
        if len(missing) == len(needed):
            return None
        if missing:
            raise ValueError(f"{self.path}: the tensors {', '.join(missing)} are missing")
        counts, cuts, text = (np.array(self.tensor(name).array) for name in needed)
        whole = len(cuts) == len(counts) + 1 and cuts[0] == 0 and cuts[-1] == len(text)
        rows = self.entries["W_out"]["shape"][0] if "W_out" in self.entries else -1
        if not whole or not (cuts[1:] > cuts[:-1]).all() or rows not in (n := len(counts), n - 1):
            raise ValueError(f"{self.path}: its outputs are damaged, they do not go with W_out")
        words: list[Word] = PackedWords(text, cuts, self.path).decode()
        if self.metadata.get("output_keys") == "int":
            try:
                words = list(map(int, words))
            except ValueError:
                raise ValueError(f"{self.path}: its outputs are damaged, no ids") from None
        return words, counts.astype(np.int64)

    def words(self, limit: int | None = None) -> Sequence[Word]:
        """Find the words in the bytes that hold them all; str are decoded later."""
        cuts, text = self.tensor("word_offsets"), self.tensor("words")
        index = self.tensor("word_index") if self.is_whole else None
        first, last = cuts.view[0], cuts.view[-1]
        shown = cuts.view if limit is None else cuts.view[: limit + 1]

        def check() -> None:
            for part in (cuts, text, index):
                if part is not None:
                    part.check()
            if not (cuts.view[1:] > cuts.view[:-1]).all():
                raise ValueError(f"{self.path}: word_offsets is damaged, it does not cut up words")

        if first != 0 or last != len(text) or not self.is_whole or self.copied:
            check()
        if first != 0 or last != len(text):
            raise ValueError(f"{self.path}: word_offsets is damaged, it does not cut up words")
        slots = None if index is None else index.view
        packed = PackedWords(text.view, shown, self.path, slots, check)
        if not self.are_ids:
            return packed
        try:
            return list(map(int, packed))
        except ValueError as error:
            if "checksum" in str(error):
                raise
            raise ValueError(f"{self.path}: its words are damaged, they are no ids") from None

    def notes(self, names: tuple[str, ...]) -> dict[str, Any]:
        """Decode what else the metadata tell of."""
        return {name: self.setting(name, dict) for name in names if name in self.metadata}

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
    notes: Mapping[str, Any],
    are_ids: bool = False,
    outputs: tuple[list[bytes], Counts, bool] | None = None,
) -> None:
    """Write a native file; numbers are converted and checked a block at a time."""
    offsets, text = _packed(encoded)
    index = np.full(2 << len(encoded).bit_length(), -1, np.int32)
    _core.index_words(text, offsets, index)
    norms = np.empty(len(encoded), np.float32)  # filled while W_in is written

    def rows(name: str) -> Iterator[FloatMatrix]:
        matrix, named = matrices[name], encoded if name.endswith("W_in") else None
        step = rows_in_block("F32", matrix.shape)
        for start, block in row_blocks(name, matrix, named, step):
            if name == "W_in":
                _core.row_norms(block, norms[start : start + len(block)])
            yield block

    parts: dict[str, NDArray[Any]] = {
        "word_offsets": offsets,
        "words": text,
        "word_index": index,
        "norms": norms,
    }
    if counts is not None:
        parts["counts"] = counts
    keys = {"keys": "int"} if are_ids else {}
    if outputs is not None:
        parts["output_word_offsets"], parts["output_words"] = _packed(outputs[0])
        parts["output_counts"] = outputs[1]
        keys |= {"output_keys": "int"} if outputs[2] else {}
    metadata = {
        "format": "w2v",
        "format_version": FORMAT_VERSION,
        **keys,
        "settings": _to_json("settings", settings),
        "history": _to_json("history", history),
        **{name: _to_json(name, note) for name, note in notes.items()},
    }
    tensors = {
        name: Tensor(dtype, matrices[name].shape, rows(name))
        if name in matrices
        else tensor_of(parts[name], dtype)
        for name, (dtype, _) in LAYOUT.items()
        if name in matrices or name in parts
    }
    write_tensors(path, metadata, tensors, aligned="W_in")


def _packed(encoded: list[bytes]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return where each word begins, and where the last one ends, and the bytes of all."""
    offsets = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum([len(word) for word in encoded], out=offsets[1:])
    return offsets, np.frombuffer(b"".join(encoded), np.uint8)


def _to_json(name: str, value: Any) -> str:
    def plain(item: Any) -> Any:
        if isinstance(item, np.generic):
            return item.item()
        raise TypeError(f"{name} can hold what JSON can, and not {quoted(item)}")

    return json.dumps(value, default=plain)
