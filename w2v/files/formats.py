"""Word vectors, models and word counts <-> files.

A file's format is recognised by its content, never by its name. Sizes a file claims are checked
against the file before memory is taken for them, nothing is unpickled, and every file is written
beside its target and moved over it only when complete. ``docs/formats.md`` describes the formats.
"""

from __future__ import annotations

import codecs
import json
import mmap
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from w2v import _core
from w2v.files.storage import Path, atomic_write, mapped, read_lines, suffix_of
from w2v.files.words import PackedWords

FloatMatrix = npt.NDArray[np.float32]
Counts = npt.NDArray[np.int64]

FORMAT_VERSION = "1"
SUFFIXES = {
    ".safetensors": "safetensors",
    ".bin": "bin",
    ".txt": "text",
    ".vec": "text",
    ".glove": "glove",
}
FORMATS = sorted(set(SUFFIXES.values()))

# What would be read back as a separator. Text readers of other tools split on all of ASCII's white
# space; word2vec.c's binary reader ends a word at a space and drops newlines.
_WHITE_SPACE = re.compile("[ \t\n\r\v\f]")
_CANNOT_HOLD = {"bin": re.compile("[ \n]"), "text": _WHITE_SPACE, "glove": _WHITE_SPACE}

_HEAD_BYTES = 1 << 20  # enough for the first row of a text file with some 80,000 numbers
_BLOCK_BYTES = 4 << 20  # text parsed at a time
_BLOCK_VALUES = 1 << 18  # numbers checked or written at a time
_MAX_HEADER = 100_000_000  # bytes; the limit of the safetensors library

_HEADER = re.compile(rb"[-+]?\d+[ \t]+[-+]?\d+")
_NUMBER = re.compile(r"[-+]?((\d+\.?\d*|\.\d+)(e[-+]?\d+)?|nan|inf|infinity)", re.I | re.A)

_REFUSED = {
    rb"\x80[\x02-\x05]": "a Python pickle (such as a gensim model), and loading one can run any "
    "code; in gensim, write it with model.wv.save_word2vec_format(...)",
    rb"\x93NUMPY": "a NumPy array, which has no words; pair it with its words by "
    "write_vectors(path, words, array)",
    rb"\xba\x16\x4f\x2f": "a fastText model with subwords; use the .vec file that fastText writes "
    "beside it",
    rb"PK\x03\x04": "a zip archive (.zip, .npz, PyTorch); unpack it and give the file inside",
    rb"\x89HDF\r\n\x1a\n": "an HDF5 file; export its vectors as word2vec text",
}


class Model(NamedTuple):
    """What a native model file holds: everything needed to query or to train on."""

    W_in: FloatMatrix  # (V, d) input vectors
    W_out: FloatMatrix  # (rows, d) output vectors: V rows, or the inner nodes of the Huffman tree
    words: list[str]
    counts: Counts  # (V,)
    settings: dict[str, Any]
    history: list[dict[str, Any]]


# ---------------------------------------------------------------------------------------- reading


def format_of(path: Path) -> str:
    """Name the format of a file, found from its content.

    Parameters
    ----------
    path
        The file; bin, text and glove may be compressed.

    Returns
    -------
    str
        "model" (native, with what training goes on from), "safetensors" (native, vectors only),
        "bin", "text" or "glove", as `write_vectors` names them.

    Raises
    ------
    ValueError
        If the file has no known format or is a native one with a damaged header.
    OSError
        If there is no such file or it cannot be read.
    """
    with mapped(path) as data:
        kind = _recognise(data, path)
    return "model" if kind == "safetensors" and "W_out" in _Native(path).tensors else kind


def read_vectors(
    path: Path,
    *,
    mmap: bool = True,
    limit: int | None = None,
    encoding: str = "utf-8",
    errors: str = "strict",
) -> tuple[Sequence[str], FloatMatrix, Counts | None]:
    """Read words and their vectors from a file of any known format.

    The format is found from the content: native safetensors, word2vec binary, word2vec or fastText
    text (first line ``V d``), GloVe text (no such line). The last three may be compressed with
    gzip, bzip2, xz or zstd; they are decompressed into a temporary file first.

    Parameters
    ----------
    path
        The file.
    mmap
        Leave the words, the matrix and the counts of a native file on disk, mapped read-only, and
        look at them only when they are used. No effect on other formats, which must be converted.
    limit
        Read only the first rows; None (default) reads all.
    encoding, errors
        How the bytes of words become strings, as in `bytes.decode`. Native files are always UTF-8.

    Returns
    -------
    words : sequence of str, length V
        A list, or from a mapped file a sequence that decodes words when they are asked for.
    vectors : float32, (V, d)
    counts : int64, (V,), or None where the format or the file has none

    Raises
    ------
    ValueError
        If the file is damaged, has no known format or is of a kind that is not read.
    OSError
        If there is no such file or it cannot be read.

    Notes
    -----
    A word that stands twice in a binary or text file counts in its first row, with a warning.
    w2v writes no word twice to a native file, and whoever looks words up notices a damaged one:
    `KeyedVectors` and `Vocabulary` refuse it, so it is not searched for here.
    """
    if limit is not None and limit < 1:
        raise ValueError(f"limit must be at least 1 or None, not {limit}")
    with mapped(path) as data:
        kind = _recognise(data, path)
        if kind == "safetensors":
            native = _Native(path)
            matrix = native.matrix("W_in", mmap, limit)
            words = native.words(limit)
            return words if mmap else words.decode(), matrix, native.counts(mmap, limit)
        if kind == "bin":
            found = _read_bin(data, path, limit, encoding, errors)
        else:
            found = _read_text(data, path, kind == "text", limit, encoding, errors)
    return *_drop_duplicates(*found, path), None


def read_model(path: Path, *, mmap: bool = False) -> Model:
    """Read a model from a native file.

    Parameters
    ----------
    path
        A file written by `write_model`.
    mmap
        Map the matrices read-only instead of loading them.

    Raises
    ------
    ValueError
        If the file is damaged, is no native file, or holds vectors only.
    OSError
        If there is no such file or it cannot be read.
    """
    kind = format_of(path)
    if kind != "model":
        raise ValueError(
            f"{path} holds vectors only ({kind}), not a model; load it with KeyedVectors"
        )
    native = _Native(path)
    counts = native.counts(mmap)
    assert counts is not None
    return Model(
        native.matrix("W_in", mmap),
        native.matrix("W_out", mmap),
        native.words().decode(),
        counts,
        native.setting("settings", dict),
        native.setting("history", list),
    )


def read_counts(path: Path) -> dict[str, int]:
    """Read a vocabulary file in word2vec.c's form: ``word count`` on each line.

    Parameters
    ----------
    path
        The file, in UTF-8, may be compressed.

    Returns
    -------
    dict
        Word -> count, in the order of the file.

    Raises
    ------
    ValueError
        If a line is not a word and a count, or a word stands in the file twice.
    OSError
        If there is no such file or it cannot be read.
    """
    counts: dict[str, int] = {}
    for where, line in read_lines(path):
        word, _, count = line.rstrip(" \t").replace("\t", " ").rpartition(" ")
        word = word.rstrip(" ")
        # 19 digits hold every int64
        if not word or not re.fullmatch(r"\d{1,19}", count, re.A):
            raise ValueError(f"{where}: expected a word and a count, found {_clip(line)}")
        if word in counts:
            raise ValueError(f"{where}: the word {word!r} already has a count")
        counts[word] = int(count)
    if not counts:
        raise ValueError(f"{path} is empty")
    return counts


def _recognise(data: mmap.mmap, path: Path) -> str:
    """Name the format of a file from its first bytes: a value of `SUFFIXES`."""
    head = data[:_HEAD_BYTES]
    # First of all: the lower bytes of a header length can look like any magic number. Its top
    # bytes are zero; no text has a NUL there, and no pickle or archive a brace behind them.
    if len(head) > 8 and head[6:9] == b"\0\0{":
        return "safetensors"
    for magic, what in _REFUSED.items():
        if re.match(magic, head):
            raise ValueError(f"{path} is {what}")
    first, _, rest = head.partition(b"\n")
    if _HEADER.fullmatch(first.strip()):
        return "text" if _is_text_after_header(first, rest, len(data)) else "bin"
    if _count_numbers(first) > 0:
        return "glove"
    raise ValueError(
        f"{path} is no vector file that w2v knows: its first line is neither 'V d' nor a word and "
        "its numbers; known are safetensors written by w2v, word2vec binary and text, GloVe text"
    )


def _is_text_after_header(first: bytes, rest: bytes, size: int) -> bool:
    """Tell word2vec text from word2vec binary, which begin with the same line."""
    line = rest.partition(b"\n")[0]
    rows, d = _header_numbers(first)
    if rows < 1 or d < 1 or _count_numbers(line) == d:
        return True
    # A damaged text file should be reported as one, so it is binary unless it reads as text ...
    try:
        codecs.getincrementaldecoder("utf-8")().decode(rest)
    except UnicodeDecodeError:
        return False
    if re.search(rb"[\x00-\x08\x0e-\x1f]", rest):
        return False
    # ... and the few bytes of a tiny binary file may do so by chance: then they fit its rows.
    if len(first) + 1 + len(rest) < size:
        return True
    position = 0
    for _ in range(rows):
        space = rest.find(b" ", position)
        if space < 0 or space + 1 + 4 * d > len(rest):
            return True
        position = space + 1 + 4 * d
    return bool(rest[position:].strip())


def _count_numbers(line: bytes) -> int:
    """Count the numbers after the first word of a line; 0 if anything else stands there."""
    fields = line.decode("latin-1").replace("\t", " ").strip(" \r").split(" ")[1:]
    numbers = [field for field in fields if field]
    return len(numbers) if all(_NUMBER.fullmatch(field) for field in numbers) else 0


def _header_numbers(line: bytes) -> tuple[int, int]:
    """Take V and d from a header line; numbers too long for any file become -1."""
    rows, d = (int(field) if len(field) < 20 else -1 for field in line.split())
    return rows, d


def _read_header(data: mmap.mmap, path: Path) -> tuple[int, int, int]:
    """Read the line ``V d``; return V, d and where the rows begin."""
    start = data.find(b"\n") + 1 or len(data)
    line = data[:start].strip()
    rows, d = _header_numbers(line)
    if rows < 1 or d < 1:
        raise ValueError(
            f"{path}: the header {_clip(line)} does not give a number of words and a number of "
            "dimensions"
        )
    return rows, d, start


def _check_promise(path: Path, rows: int, d: int, needed: int, there: int) -> None:
    if needed > there:
        raise ValueError(
            f"{path}: the header promises {rows} words of {d} numbers, at least {needed} bytes, "
            f"but only {there} follow it; the file is truncated or its header is wrong"
        )


def _read_bin(
    data: mmap.mmap, path: Path, limit: int | None, encoding: str, errors: str
) -> tuple[list[str], FloatMatrix]:
    """Read word2vec's binary format: per word its bytes, a space, d little-endian floats."""
    rows, d, position = _read_header(data, path)
    size = len(data)
    _check_promise(path, rows, d, rows * (4 * d + 2), size - position)
    wanted = rows if limit is None else min(rows, limit)
    vectors = np.empty((wanted, d), np.float32)
    room = np.empty(size - position - 4 * rows * d, np.uint8)  # what the file leaves for the names
    done = used = 0
    odd: int | None = None  # the first row with NaN or infinity
    for block in _row_slices(wanted, 4 * d):
        there = position
        n, position, n_bytes = _core.read_rows(
            False, memoryview(data), there, vectors[block], room[used:]
        )
        done, used = done + n, used + n_bytes
        if done < block.stop:
            raise ValueError(
                f"{path}: row {done + 1} of {rows}, at byte {position}, is cut off; the file is "
                "truncated or damaged"
            )
        _forget(data, there, position)
        if sys.byteorder == "big":
            vectors[block].byteswap(inplace=True)
        finite = _core.first_not_finite(vectors[block])  # while they are in the cache
        if odd is None and finite < n:
            odd = block.start + finite
    if wanted == rows and data[position : position + 64].strip():
        raise ValueError(
            f"{path}: more data follow the {rows} words that the header promises, from byte "
            f"{position}; the header is wrong or the file damaged"
        )
    words = _decode_names(
        room[:used], wanted, lambda row: f"{path}, row {row + 1}", encoding, errors
    )
    if odd is not None:
        raise ValueError(
            f"{path}: row {odd + 1}, the word {words[odd]!r}, has a number that is not a finite "
            "float32"
        )
    return words, vectors


def _row_slices(rows: int, row_bytes: int) -> Iterator[slice]:
    """Cut range(rows) into blocks of some `_BLOCK_BYTES`."""
    step = max(1, _BLOCK_BYTES // row_bytes)
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))


def _forget(data: mmap.mmap, start: int, stop: int) -> None:
    """Give back the memory that the pages of a mapped file took which have been read."""
    if hasattr(mmap, "MADV_DONTNEED"):
        first, last = (place // mmap.PAGESIZE * mmap.PAGESIZE for place in (start, stop))
        if last > first:
            data.madvise(mmap.MADV_DONTNEED, first, last - first)


def _decode_names(
    packed: npt.NDArray[np.uint8],
    count: int,
    where: Callable[[int], str],
    encoding: str,
    errors: str,
) -> list[str]:
    """Decode `count` words that are each followed by a space: all at once if that can be done."""
    raw = packed.tobytes()
    try:
        words = raw.decode(encoding, errors).split(" ")[:-1]
    except UnicodeDecodeError:
        words = []
    if len(words) != count:
        words = []
        for name in raw.split(b" ")[:-1]:
            try:
                words.append(name.decode(encoding, errors))
            except UnicodeDecodeError:
                raise ValueError(
                    f"{where(len(words))}: the word {_clip(name)} is not valid {encoding}; pass "
                    "its encoding=, or errors='replace'"
                ) from None
    if "" in words:
        raise ValueError(f"{where(words.index(''))} has no word; the file is damaged")
    return words


def _read_text(
    data: mmap.mmap, path: Path, header: bool, limit: int | None, encoding: str, errors: str
) -> tuple[list[str], FloatMatrix]:
    """Read one word and its numbers a line, after a line ``V d`` (word2vec) or not (GloVe)."""
    tail = data[-4096:]
    end = len(data) - len(tail) + len(tail.rstrip(b" \t\r\n"))
    if header:
        rows, d, position = _read_header(data, path)
        # a letter, d times a space and a digit, a newline
        _check_promise(path, rows, d, rows * (2 * d + 2) - 1, max(end - position, 0))
    else:
        position = 0
        d = _count_numbers(data[:_HEAD_BYTES].partition(b"\n")[0])
        # A line that is too short for d numbers is an error below: it needs no room.
        there = 1
        for start in range(0, end, _BLOCK_BYTES):
            there += data[start : min(start + _BLOCK_BYTES, end)].count(b"\n")
            _forget(data, start, start + _BLOCK_BYTES)
        rows = min(there, (end + 1) // (2 * d + 2))
    wanted = rows if limit is None else min(rows, limit)
    words: list[str] = []
    vectors = np.empty((wanted, d), np.float32)
    room = np.empty(_BLOCK_BYTES, np.uint8)  # for names
    first_line = 2 if header else 1
    with memoryview(data)[:end] as text:
        # a GloVe file with a line too short to have been counted is read on, up to that line
        more = wanted == rows and not header
        while position < end and (len(words) < wanted or more):
            done, there = len(words), position
            block = slice(done, min(done + max(1, _BLOCK_BYTES // (4 * d)), wanted))
            n, position, used = _core.read_rows(True, text, there, vectors[block], room)

            def where(row: int, first: int = done + first_line) -> str:
                return f"{path}, line {first + row}"

            words += _decode_names(room[:used], n, where, encoding, errors)
            if n == 0:  # a line of a rarer form, or a faulty one
                stop = data.find(b"\n", position, end)
                stop = end if stop < 0 else stop
                word, vectors[done] = _parse_row(
                    bytes(text[position:stop]), d, where(0), encoding, errors
                )
                words.append(word)
                position = stop + 1
            _forget(data, there, position)
    if position < end and wanted == rows:
        raise ValueError(
            f"{path}, line {wanted + first_line}: the header promises {rows} words, but more lines "
            "follow; the header is wrong or the file damaged"
        )
    if len(words) < wanted:
        raise ValueError(
            f"{path}: the header promises {rows} words but the file ends after {len(words)}; the "
            "file is truncated or its header is wrong"
        )
    return words, vectors


def _parse_row(
    raw: bytes, d: int, where: str, encoding: str, errors: str
) -> tuple[str, FloatMatrix]:
    """Read one line whose word may hold spaces, as a few in the published GloVe files do."""
    try:
        line = raw.decode(encoding, errors).replace("\t", " ").removesuffix("\r")
    except UnicodeDecodeError:
        raise ValueError(
            f"{where}: not valid {encoding}; pass its encoding=, or errors='replace'"
        ) from None
    fields = [field for field in line.split(" ") if field]
    if not fields or line.startswith(" "):
        raise ValueError(f"{where}: the line has no word: {_clip(line)}")
    found = len(fields) - 1
    # Text before the last d numbers belongs to the word; one number more is one number too many.
    if found < d or any(_NUMBER.fullmatch(field) for field in fields[1:-d]):
        raise ValueError(f"{where}: expected a word and {d} numbers, found {found}: {_clip(line)}")
    for field in fields[-d:]:
        if not _NUMBER.fullmatch(field):
            raise ValueError(f"{where}: {_clip(field)} is not a number")
    with np.errstate(over="ignore"):
        values = np.array([float(field) for field in fields[-d:]]).astype(np.float32)
    if not np.isfinite(values).all():
        raise ValueError(
            f"{where}: the word {fields[0]!r} has a number that is not a finite float32"
        )
    return " ".join(fields[:-d]), values


def _drop_duplicates(
    words: list[str], vectors: FloatMatrix, path: Path
) -> tuple[list[str], FloatMatrix]:
    """Keep the first row of every word; published files do hold duplicates."""
    if len(set(words)) == len(words):
        return words, vectors
    first: dict[str, int] = {}
    for row, word in enumerate(words):
        first.setdefault(word, row)
    row, word = next((row, word) for row, word in enumerate(words) if first[word] != row)
    warnings.warn(
        f"{path}: {len(words) - len(first)} rows repeat a word and are left out; the first is row "
        f"{row + 1}, {word!r}, already in row {first[word] + 1}",
        stacklevel=3,
    )
    return list(first), vectors[list(first.values())]


def _check_finite(matrix: FloatMatrix, name_row: Callable[[int], str]) -> None:
    """Raise ValueError for the first row that holds a NaN or an infinity."""
    row = _core.first_not_finite(matrix)
    if row < len(matrix):
        raise ValueError(f"{name_row(row)} has a number that is not a finite float32")


def _clip(what: str | bytes) -> str:
    """Quote at most 40 characters of what a file holds."""
    return repr(what[:40]) + "..." * (len(what) > 40)


class _Native:
    """A native file: its metadata, and its tensors as views of the mapped file."""

    # name -> dtype, number of dimensions
    LAYOUT = {"W_in": ("F32", 2), "W_out": ("F32", 2), "counts": ("I64", 1), "words": ("U8", 1),
              "word_offsets": ("I64", 1)}  # fmt: skip
    DTYPES = {"F32": "<f4", "I64": "<i8", "U8": "u1"}

    def __init__(self, path: Path) -> None:
        from safetensors import SafetensorError, safe_open

        self.path = path
        data = np.memmap(path, np.uint8, "r")
        if data[6:9].tobytes() != b"\0\0{":
            raise ValueError(f"{path} is a compressed native file; decompress it first")
        # The library checks the header, and every size and position in it against the file.
        try:
            with safe_open(path, framework="np") as file:
                names = sorted(file.keys())
                self.metadata: dict[str, str] = file.metadata() or {}
        except SafetensorError as error:
            raise ValueError(f"{path} is truncated or damaged ({error})") from None
        if self.metadata.get("format") != "w2v":
            shown = ", ".join(names[:10] + ["..."] * (len(names) > 10)) or "none"
            raise ValueError(
                f"{path} is a safetensors file that was not written by w2v; its tensors are "
                f"{shown}; pair one with its words by write_vectors"
            )
        version = self.metadata.get("format_version")
        if version != FORMAT_VERSION:
            raise ValueError(
                f"{path} has version {version!r} of the native format, and this w2v reads version "
                f"{FORMAT_VERSION!r}; install a w2v that knows it"
            )
        # It does not tell where a tensor lies, which mapping needs.
        start = 8 + int.from_bytes(data[:8].tobytes(), "little")
        header = json.loads(data[8:start].tobytes())
        entries = {name: header[name] for name in self.LAYOUT if name in names}
        self._check_layout(entries)
        self.tensors: dict[str, npt.NDArray[Any]] = {}
        for name, entry in entries.items():
            first, last = entry["data_offsets"]
            tensor = data[start + first : start + last].view(self.DTYPES[entry["dtype"]])
            self.tensors[name] = tensor.reshape(entry["shape"])

    def _check_layout(self, entries: dict[str, Any]) -> None:
        """Check the types and shapes the header gives, before numpy sees them."""
        needed = ["W_in", "words", "word_offsets"] + ["counts"] * ("W_out" in entries)
        missing = [name for name in needed if name not in entries]
        if missing:
            raise ValueError(f"{self.path}: the tensors {', '.join(missing)} are missing")
        for name, entry in entries.items():
            dtype, ndim = self.LAYOUT[name]
            if entry["dtype"] != dtype or len(entry["shape"]) != ndim:
                raise ValueError(
                    f"{self.path}: {name} should be {dtype} with {ndim} dimensions, not "
                    f"{entry['dtype']} of the shape {entry['shape']}"
                )
        V, d = entries["W_in"]["shape"]
        if V < 1 or d < 1:
            raise ValueError(f"{self.path}: W_in has the shape {[V, d]}, which is empty")
        for name, axis, size in [("W_out", 1, d), ("counts", 0, V), ("word_offsets", 0, V + 1)]:
            if name in entries and entries[name]["shape"][axis] != size:
                raise ValueError(
                    f"{self.path}: {name} has the shape {entries[name]['shape']}, which does not "
                    f"go with W_in's {[V, d]}"
                )

    def matrix(self, name: str, mmap: bool, limit: int | None = None) -> FloatMatrix:
        """Map or load one matrix; a loaded one is checked for NaN and infinities."""
        mapped = self.tensors[name][:limit]
        if mmap:
            return mapped
        loaded = np.array(mapped, np.float32)
        _check_finite(loaded, lambda row: f"{self.path}: row {row + 1} of {name}")
        return loaded

    def counts(self, mmap: bool, limit: int | None = None) -> Counts | None:
        """Map or load the counts, if there are any."""
        if "counts" not in self.tensors:
            return None
        mapped = self.tensors["counts"][:limit]
        return mapped if mmap else np.array(mapped, np.int64)

    def words(self, limit: int | None = None) -> PackedWords:
        """Find the words in the bytes that hold them all; they are decoded later."""
        offsets, blob = self.tensors["word_offsets"], self.tensors["words"]
        if offsets[0] != 0 or offsets[-1] != len(blob) or not (offsets[1:] > offsets[:-1]).all():
            raise ValueError(f"{self.path}: word_offsets is damaged, it does not cut up words")
        cuts = offsets if limit is None else offsets[: limit + 1]
        return PackedWords(blob, cuts.astype(np.int64, copy=False), str(self.path))

    def setting(self, name: str, kind: type) -> Any:
        """Decode one JSON string of the metadata."""
        try:
            value = json.loads(self.metadata[name])
        except (KeyError, ValueError, RecursionError) as error:
            raise ValueError(f"{self.path}: its {name} are damaged ({error!r})") from None
        if not isinstance(value, kind):
            raise ValueError(f"{self.path}: its {name} are damaged (not a {kind.__name__})")
        return value


# ---------------------------------------------------------------------------------------- writing


def write_vectors(
    path: Path,
    words: Sequence[str],
    vectors: npt.ArrayLike,
    counts: npt.ArrayLike | None = None,
    *,
    format: str | None = None,
) -> None:
    """Write words and their vectors; an older file is replaced only when the new one is complete.

    Parameters
    ----------
    path
        The file to write; its folder must exist.
    words
        V different, non-empty strings.
    vectors
        Finite numbers, (V, d); stored as float32.
    counts
        Whole numbers, (V,). Only the native format keeps them (see `write_counts`).
    format
        "safetensors" (native), "bin" (word2vec binary), "text" (word2vec and fastText text) or
        "glove" (text without first line). None (default) goes by the suffix of `path`:
        .safetensors, .bin, .txt or .vec, .glove; the last four may be followed by .gz, .bz2, .xz
        or .zst, which compresses the file.

    Raises
    ------
    ValueError
        If the format is unknown, the sizes differ, a number is not finite, or a word is empty,
        there twice, or impossible in the format.
    TypeError
        If the words are not strings or the vectors not real numbers.
    OSError
        If the file cannot be written.
    """
    if format is None:
        suffix, compression = suffix_of(path)
        format = SUFFIXES.get(suffix)
        if format is None:
            raise ValueError(
                f"{path}: no format has this suffix; known are {', '.join(SUFFIXES)}, or pass "
                f"format= one of {', '.join(FORMATS)}"
            )
        if compression and format == "safetensors":
            raise ValueError(
                f"{path}: a native file is mapped, which needs it plain; leave {compression.suffix}"
                " out"
            )
    elif format not in FORMATS:
        raise ValueError(f"format {format!r} is unknown; known are {', '.join(FORMATS)}")
    matrix = _as_matrix("vectors", vectors)
    encoded = _encode_words(words, len(matrix), format)
    checked_counts = None if counts is None else _as_counts(counts, words)
    if format == "safetensors":
        _write_native(path, {"W_in": matrix}, encoded, checked_counts, {}, [])
    elif format == "bin":
        _write_bin(path, encoded, matrix)
    else:
        _write_text(path, encoded, matrix, header=format == "text")


def write_model(
    path: Path,
    *,
    W_in: npt.ArrayLike,
    W_out: npt.ArrayLike,
    words: Sequence[str],
    counts: npt.ArrayLike,
    settings: dict[str, Any],
    history: list[dict[str, Any]],
) -> None:
    """Write a model to one native file, readable by any safetensors reader.

    Parameters
    ----------
    path
        The file to write; its folder must exist. The name is free, .safetensors is usual.
    W_in, W_out
        Finite numbers, (V, d) and (rows, d); rows is V, or V - 1 for the nodes of a Huffman tree.
    words, counts
        V different, non-empty strings and their counts, (V,).
    settings, history
        Anything that JSON can hold; numpy's numbers are welcome.

    Raises
    ------
    ValueError
        If sizes differ, a number is not finite, or a word is empty or there twice.
    TypeError
        If words are not strings, matrices not real numbers, or JSON cannot hold the settings.
    OSError
        If the file cannot be written.
    """
    matrices = {"W_in": _as_matrix("W_in", W_in), "W_out": _as_matrix("W_out", W_out)}
    if matrices["W_in"].shape[1] != matrices["W_out"].shape[1]:
        shapes = f"{matrices['W_in'].shape} and {matrices['W_out'].shape}"
        raise ValueError(f"W_in and W_out must have the same number of columns, not {shapes}")
    encoded = _encode_words(words, len(matrices["W_in"]), "safetensors")
    _write_native(path, matrices, encoded, _as_counts(counts, words), settings, history)


def write_counts(path: Path, words: Sequence[str], counts: npt.ArrayLike) -> None:
    """Write a vocabulary file in word2vec.c's form: ``word count`` on each line.

    Parameters
    ----------
    path
        The file to write; its folder must exist.
    words
        V different strings without white space.
    counts
        Whole numbers, (V,).

    Raises
    ------
    ValueError
        If the sizes differ, a count is negative, or a word is empty, there twice or has white
        space.
    OSError
        If the file cannot be written.
    """
    numbers = _as_counts(counts, words)
    encoded = _encode_words(words, len(numbers), "text")
    with atomic_write(path, compress=True) as file:
        file.writelines(b"%b %d\n" % pair for pair in zip(encoded, numbers.tolist(), strict=True))


def _as_matrix(name: str, values: npt.ArrayLike) -> npt.NDArray[Any]:
    """Check kind and shape only; numbers are converted and checked as they are written."""
    matrix = np.asarray(values)
    if matrix.dtype.kind not in "fiu":
        raise TypeError(f"{name} must be real numbers, not {matrix.dtype}")
    if matrix.ndim != 2:
        raise ValueError(f"{name} must have two dimensions, not the shape {matrix.shape}")
    if matrix.shape[1] == 0:
        raise ValueError(f"{name} has rows without numbers: its shape is {matrix.shape}")
    return matrix


def _as_counts(values: npt.ArrayLike, words: Sequence[str]) -> Counts:
    counts = np.asarray(values)
    if counts.dtype.kind not in "iu":
        raise TypeError(f"counts must be whole numbers, not {counts.dtype}")
    if counts.shape != (len(words),):
        raise ValueError(f"counts must be one for each of {len(words)} words, not {counts.shape}")
    for row in np.flatnonzero((counts < 0) | (counts > np.iinfo(np.int64).max))[:1]:
        raise ValueError(f"the count of {words[row]!r} is {counts[row]}; counts are at least 0")
    return counts.astype(np.int64)


def _encode_words(words: Sequence[str], rows: int, format: str) -> list[bytes]:
    """Check that the words can be stored in the format and encode them as UTF-8."""
    if isinstance(words, str):
        raise TypeError(f"words must be a list of words, not one string {_clip(words)}")
    if len(words) != rows:
        raise ValueError(f"there are {len(words)} words but {rows} rows of numbers")
    if rows == 0:
        raise ValueError("there are no words to write")
    forbidden = _CANNOT_HOLD.get(format)
    seen: set[str] = set()
    encoded = []
    for row, word in enumerate(words):
        if not isinstance(word, str):
            raise TypeError(f"row {row}: a word must be a string, not {word!r}")
        if not word:
            raise ValueError(f"row {row}: the word is empty")
        if word in seen:
            raise ValueError(f"row {row}: the word {word!r} is there twice")
        if forbidden is not None and forbidden.search(word):
            raise ValueError(
                f"row {row}: the word {word!r} has white space that would end it in this format; "
                "write a .safetensors file, which keeps every word"
            )
        try:
            encoded.append(word.encode())
        except UnicodeEncodeError:
            raise ValueError(
                f"row {row}: the word {word!r} holds half of a surrogate pair and has no UTF-8 form"
            ) from None
        seen.add(word)
    return encoded


def _row_blocks(
    name: str, matrix: npt.NDArray[Any], encoded: list[bytes] | None = None
) -> Iterator[tuple[int, FloatMatrix]]:
    """Yield (first row, contiguous little-endian float32 rows), checked for finite numbers."""
    step = max(1, _BLOCK_VALUES // max(1, matrix.shape[1]))
    for start in range(0, len(matrix), step):
        with np.errstate(over="ignore"):
            block = np.ascontiguousarray(matrix[start : start + step], "<f4")

        def name_row(row: int, start: int = start) -> str:
            word = "" if encoded is None else f", the word {encoded[start + row].decode()!r},"
            return f"{name}: row {start + row}{word}"

        _check_finite(block, name_row)
        yield start, block


def _write_bin(path: Path, encoded: list[bytes], matrix: npt.NDArray[Any]) -> None:
    V, d = matrix.shape
    with atomic_write(path, compress=True) as file:
        file.write(b"%d %d\n" % (V, d))
        for start, block in _row_blocks("vectors", matrix, encoded):
            raw = block.tobytes()
            for row, name in enumerate(encoded[start : start + len(block)]):
                file.write(b"%b %b\n" % (name, raw[row * 4 * d : (row + 1) * 4 * d]))


def _write_text(path: Path, encoded: list[bytes], matrix: npt.NDArray[Any], header: bool) -> None:
    V, d = matrix.shape
    row_format = " %.9g" * d + "\n"  # 9 digits give every float32 back
    with atomic_write(path, compress=True) as file:
        if header:
            file.write(b"%d %d\n" % (V, d))
        for start, block in _row_blocks("vectors", matrix, encoded):
            names = encoded[start : start + len(block)]
            lines = [
                name + (row_format % tuple(row)).encode()
                for name, row in zip(names, block.tolist(), strict=True)
            ]
            if start == 0 and not header and _HEADER.fullmatch(lines[0].strip()):
                raise ValueError(
                    f"row 0: {names[0].decode()!r} and its one number would be read as the header "
                    "of a word2vec file; use format 'text', which has a header"
                )
            file.writelines(lines)


def _write_native(
    path: Path,
    matrices: dict[str, npt.NDArray[Any]],
    encoded: list[bytes],
    counts: Counts | None,
    settings: dict[str, Any],
    history: list[dict[str, Any]],
) -> None:
    V = len(encoded)
    offsets = np.zeros(V + 1, "<i8")
    np.cumsum([len(word) for word in encoded], out=offsets[1:])
    # By hand and not by the library, which wants each tensor's bytes in one piece: here numbers are
    # converted and checked a block at a time. The widest types first, to be aligned to their type.
    shapes: dict[str, tuple[str, tuple[int, ...], int]] = {}
    if counts is not None:
        shapes["counts"] = ("I64", (V,), 8 * V)
    shapes["word_offsets"] = ("I64", (V + 1,), 8 * (V + 1))
    for name, matrix in matrices.items():
        shapes[name] = ("F32", matrix.shape, 4 * matrix.size)
    shapes["words"] = ("U8", (int(offsets[-1]),), int(offsets[-1]))

    header: dict[str, Any] = {
        "__metadata__": {
            "format": "w2v",
            "format_version": FORMAT_VERSION,
            "settings": _to_json("settings", settings),
            "history": _to_json("history", history),
        }
    }
    position = 0
    for name, (dtype, shape, size) in shapes.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [position, position + size]}
        position += size
    text = json.dumps(header, separators=(",", ":")).encode()
    # Spaces bring W_in to the start of a cache line and all else to a multiple of 8 bytes.
    text += b" " * (-(8 + len(text) + header["W_in"]["data_offsets"][0]) % 64)
    if len(text) > _MAX_HEADER:
        raise ValueError("settings and history take more than the 100 MB a safetensors header may")

    with atomic_write(path) as file:
        file.write(len(text).to_bytes(8, "little") + text)
        if counts is not None:
            file.write(counts.astype("<i8", copy=False).data)
        file.write(offsets.data)
        for name, matrix in matrices.items():
            for _, block in _row_blocks(name, matrix, encoded if name == "W_in" else None):
                file.write(block.data)
        file.write(b"".join(encoded))


def _to_json(name: str, value: Any) -> str:
    def plain(item: Any) -> Any:
        if isinstance(item, np.generic):
            return item.item()
        raise TypeError(f"{name} can hold what JSON can, and not {item!r}")

    return json.dumps(value, default=plain)
