"""The files of word2vec.c, fastText and GloVe: binary, text, and text without a first line."""

from __future__ import annotations

import mmap
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

import w2v._core as _core
from w2v.checks import quoted
from w2v.files.matrices import FloatMatrix, row_blocks
from w2v.files.recognise import BOM, HEAD_BYTES, NUMBER, count_numbers, header_numbers, recognise
from w2v.files.storage import Target, atomic_write
from w2v.files.words import Counts, Word

_BLOCK_BYTES = 4 << 20  # text parsed at a time


def read_bin(
    data: mmap.mmap,
    path: str,
    limit: int | None,
    encoding: str,
    errors: str,
    is_part: bool = False,
) -> tuple[list[str], FloatMatrix]:
    """Read word2vec's binary format: per word its bytes, a space, d little-endian floats.

    `data` may be the first part of a file, which should hold the first `limit` rows.
    """
    rows, d, position = _read_header(data, path)
    if is_part:
        rows = min(rows, limit or rows)
    size = len(data)
    _check_promise(path, rows, d, rows * (4 * d + 2), size - position)
    wanted = rows if limit is None else min(rows, limit)
    vectors = np.empty((wanted, d), np.float32)
    room = np.empty(size - position - 4 * rows * d, np.uint8)  # what the file leaves for the names
    done = used = 0
    odd: int | None = None  # the first row with NaN or infinity
    step = max(1, _BLOCK_BYTES // (4 * d))
    for start in range(0, wanted, step):
        block = slice(start, min(start + step, wanted))
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
    if wanted == rows and not is_part and data[position : position + 64].strip():
        raise ValueError(
            f"{path}: more data follow the {rows} words that the header promises, from byte "
            f"{position}; the header is wrong or the file damaged"
        )
    words = _decode_names(
        room[:used], wanted, lambda row: f"{path}, row {row + 1}", encoding, errors
    )
    if odd is not None:
        raise ValueError(
            f"{path}: row {odd + 1}, the word {quoted(words[odd])}, has a number that is not a "
            "finite float32"
        )
    return words, vectors


def read_text(
    data: mmap.mmap,
    path: str,
    limit: int | None,
    encoding: str,
    errors: str,
    is_part: bool = False,
    *,
    header: bool,
) -> tuple[list[str], FloatMatrix]:
    """Read one word and its numbers a line, after a line ``V d`` (word2vec) or not (GloVe).

    `data` may be the first part of a file, which should hold the first `limit` rows.
    """
    tail = data[-4096:]
    end = len(data) - len(tail) + len(tail.rstrip(b" \t\r\n"))
    if is_part:
        end = max(data.rfind(b"\n"), 0)  # the last line is cut off
    if header:
        rows, d, position = _read_header(data, path)
        if is_part:
            rows = min(rows, limit or rows)
        # a letter, d times a space and a digit, a newline
        _check_promise(path, rows, d, rows * (2 * d + 2) - 1, max(end - position, 0))
    else:
        position = len(BOM) if data[: len(BOM)] == BOM else 0
        d = count_numbers(data[position:HEAD_BYTES].partition(b"\n")[0])
        # A line that is too short for d numbers is an error below: it needs no room.
        there = 1
        for start in range(0, end, _BLOCK_BYTES):
            there += data[start : min(start + _BLOCK_BYTES, end)].count(b"\n")
            _forget(data, start, start + _BLOCK_BYTES)
            if limit is not None and there > limit:
                break
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
                word, vectors[done] = parse_row(
                    bytes(text[position:stop]), d, where(0), encoding, errors
                )
                words.append(word)
                position = stop + 1
            _forget(data, there, position)
    if position < end and wanted == rows and not is_part:
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


def drop_duplicates(
    words: list[Word], vectors: FloatMatrix, counts: Counts | None, path: str
) -> tuple[list[Word], FloatMatrix, Counts | None]:
    """Keep the first row of every word; published files do hold duplicates."""
    if len(set(words)) == len(words):
        return words, vectors, counts
    first: dict[Word, int] = {}
    for row, word in enumerate(words):
        first.setdefault(word, row)
    row, word = next((row, word) for row, word in enumerate(words) if first[word] != row)
    warnings.warn(
        f"{path}: {len(words) - len(first)} rows repeat a word and are left out; the first is row "
        f"{row + 1}, {quoted(word)}, already in row {first[word] + 1}",
        stacklevel=3,
    )
    rows = list(first.values())
    return list(first), vectors[rows], None if counts is None else counts[rows]


def write_bin(path: Target, encoded: list[bytes], matrix: NDArray[Any]) -> None:
    """Write word2vec's binary format; a newline ends each row, as word2vec.c writes it."""
    V, d = matrix.shape
    with atomic_write(path, compress=True) as file:
        file.write(b"%d %d\n" % (V, d))
        for start, block in row_blocks("vectors", matrix, encoded):
            raw = block.tobytes()
            for row, name in enumerate(encoded[start : start + len(block)]):
                file.write(b"%b %b\n" % (name, raw[row * 4 * d : (row + 1) * 4 * d]))


def write_text(path: Target, encoded: list[bytes], matrix: NDArray[Any], header: bool) -> None:
    """Write one word and its numbers a line, after a line ``V d`` if `header`."""
    V, d = matrix.shape
    row_format = " %.9g" * d + "\n"  # 9 digits give every float32 back
    with atomic_write(path, compress=True) as file:
        if header:
            file.write(b"%d %d\n" % (V, d))
        for start, block in row_blocks("vectors", matrix, encoded):
            names = encoded[start : start + len(block)]
            lines = [
                name + (row_format % tuple(row)).encode()
                for name, row in zip(names, block.tolist(), strict=True)
            ]
            if start == 0 and not header:
                check_recognised(b"".join(lines[:100]), "glove")
            file.writelines(lines)


def check_recognised(text: bytes, format: str) -> None:
    """Refuse to write what would be taken for another format when it is read."""
    try:
        found = recognise(text, "the file")
    except ValueError as error:
        found = str(error)
    if found != format:
        first = quoted(text.partition(b"\n")[0])
        raise ValueError(
            f"row 0: the line {first} and those after it would be read as another format "
            f"({found}); use format 'text', which has a header"
        )


def _read_header(data: mmap.mmap, path: str) -> tuple[int, int, int]:
    """Read the line ``V d``; return V, d and where the rows begin."""
    start = data.find(b"\n") + 1 or len(data)
    line = data[:start].removeprefix(BOM).strip()
    rows, d = header_numbers(line)
    if rows < 1 or d < 1:
        raise ValueError(
            f"{path}: the header {quoted(line)} does not give a number of words and a number of "
            "dimensions"
        )
    return rows, d, start


def _check_promise(path: str, rows: int, d: int, needed: int, there: int) -> None:
    if needed > there:
        raise ValueError(
            f"{path}: the header promises {rows} words of {d} numbers, at least {needed} bytes, "
            f"but only {there} follow it; the file is truncated or its header is wrong"
        )


def _forget(data: mmap.mmap, start: int, stop: int) -> None:
    """Give back the memory that the pages of a mapped file took which have been read."""
    if hasattr(mmap, "MADV_DONTNEED"):
        first, last = (place // mmap.PAGESIZE * mmap.PAGESIZE for place in (start, stop))
        if last > first:
            data.madvise(mmap.MADV_DONTNEED, first, last - first)


def _decode_names(
    packed: NDArray[np.uint8],
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
                    f"{where(len(words))}: the word {quoted(name)} is not valid {encoding}; pass "
                    "its encoding=, or errors='replace'"
                ) from None
    if "" in words:
        raise ValueError(f"{where(words.index(''))} has no word; the file is damaged")
    return words


def parse_row(
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
        raise ValueError(f"{where}: the line has no word: {quoted(line)}")
    found = len(fields) - 1
    # Text before the last d numbers belongs to the word; one number more is one number too many.
    if found < d or any(NUMBER.fullmatch(field) for field in fields[1:-d]):
        raise ValueError(f"{where}: expected a word and {d} numbers, found {found}: {quoted(line)}")
    for field in fields[-d:]:
        if not NUMBER.fullmatch(field):
            raise ValueError(f"{where}: {quoted(field)} is not a number")
    with np.errstate(over="ignore"):
        values = np.array([float(field) for field in fields[-d:]]).astype(np.float32)
    if not np.isfinite(values).all():
        raise ValueError(
            f"{where}: the word {quoted(fields[0])} has a number that is not a finite float32"
        )
    return " ".join(fields[:-d]), values
