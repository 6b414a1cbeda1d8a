"""The two files of an embedding projector: ``vectors.tsv`` of numbers, ``metadata.tsv`` of words.

A line of metadata is a word. With counts it is a word, a tab and a count, after a line of titles.
"""

from __future__ import annotations

import mmap
import os
import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

import w2v._core as _core
from w2v.checks import quoted
from w2v.files.matrices import FloatMatrix, row_blocks
from w2v.files.recognise import BOM
from w2v.files.storage import Path, atomic_writes
from w2v.files.unpack import Source, is_open, mapped, name_of
from w2v.files.word2vec_files import check_recognised, parse_row
from w2v.files.words import Counts

_BLOCK_BYTES = 4 << 20  # text parsed at a time


def metadata_path(path: Path) -> str:
    """Name the file of the words beside that of the vectors.

    ``vectors.tsv`` has ``metadata.tsv``, ``news_tensor.tsv`` has ``news_metadata.tsv``, and
    ``news.tsv`` has ``news_metadata.tsv``.
    """
    folder, name = os.path.split(os.fspath(path))
    found = re.sub(r"(vectors?|tensors?)(?=[^/]*\.tsv)", "metadata", name, count=1, flags=re.I)
    if found == name:
        found = re.sub(r"(\.tsv.*)?$", r"_metadata\g<0>", name, count=1, flags=re.I)
    return os.path.join(folder, found)


def read_projector(
    data: mmap.mmap, source: Source, limit: int | None, encoding: str, errors: str
) -> tuple[list[str], FloatMatrix, Counts | None]:
    """Read the numbers from `data`, and the words from the file beside `source`."""
    name = name_of(source)
    alone = f"{name} holds numbers without words, as an embedding projector's vectors.tsv does"
    if is_open(source):
        raise ValueError(f"{alone}; give the path of the file, with its words beside it")
    beside = metadata_path(name)
    V = sum(len(lines) for lines in _blocks(data, 1))
    try:
        words, counts = _read_metadata(beside, V, name, encoding, errors)
    except FileNotFoundError:
        raise ValueError(
            f"{alone}; its words, a line each, must be in {beside}. If the words are numbers, put "
            "a line 'V d' in front"
        ) from None
    d = len(next(_blocks(data, 1))[0].split())
    blocks, done = [], 0
    for lines in _blocks(data, d):
        blocks.append(_numbers(lines[: None if limit is None else limit - done], d, name, done + 1))
        done += len(lines)
        if limit is not None and done >= limit:
            break
    return words[:limit], np.concatenate(blocks), None if counts is None else counts[:limit]


def _blocks(data: mmap.mmap, d: int) -> Iterator[list[bytes]]:
    """Yield lists of lines, as many as have room for d numbers each in a block."""
    tail = data[-4096:]
    end = len(data) - len(tail) + len(tail.rstrip())
    position = len(BOM) if data[: len(BOM)] == BOM else 0
    while position < end:
        lines: list[bytes] = []
        room = _BLOCK_BYTES
        while position < end and room > 0:
            stop = data.find(b"\n", position, end)
            stop = end if stop < 0 else stop
            lines.append(data[position:stop])
            room -= max(stop - position, 4 * d)
            position = stop + 1
        yield lines


def _numbers(lines: list[bytes], d: int, name: str, first: int) -> FloatMatrix:
    """Parse lines of d numbers; the parser wants a word before them."""
    block = np.empty((len(lines), d), np.float32)
    room = np.empty(2 * len(lines) + 1, np.uint8)
    done = 0
    while done < len(lines):
        text = b"".join(b"x %b\n" % line for line in lines[done:])
        done += _core.read_rows(True, memoryview(text), 0, block[done:], room)[0]
        if done < len(lines):  # a line of a rarer form, or a faulty one
            line = lines[done]
            try:
                block[done] = parse_row(b"x " + line, d, "", "latin-1", "strict")[1]
            except ValueError:
                raise ValueError(
                    f"{name}, line {first + done}: expected {d} finite numbers, "
                    f"found {quoted(line)}"
                ) from None
            done += 1
    return block


def _read_metadata(
    path: str, V: int, name: str, encoding: str, errors: str
) -> tuple[list[str], Counts | None]:
    """Read V words, and the column ``count`` if there is one."""
    with mapped(path) as data:
        try:
            text = bytes(data).removeprefix(BOM).decode(encoding, errors)
        except UnicodeDecodeError as error:
            raise ValueError(
                f"{path}: not valid {encoding} ({error.reason} at byte {error.start}); pass its "
                "encoding=, or errors='replace'"
            ) from None
    lines = [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]
    # A projector takes the first line for titles if there are columns, and only then.
    titles = lines.pop(0).lower().split("\t") if "\t" in lines[0] else ["word"]
    if len(lines) != V:
        raise ValueError(f"{name} has {V} rows of numbers, but {path} has {len(lines)} words")
    fields = [line.split("\t") for line in lines]
    for row, line in enumerate(fields):
        if len(line) < len(titles):
            raise ValueError(
                f"{path}, line {row + 2}: expected {len(titles)} fields: {quoted(lines[row])}"
            )
    column = titles.index("word") if "word" in titles else 0
    words = [line[column] for line in fields]
    if "" in words:
        raise ValueError(f"{path}: row {words.index('') + 1} has no word")
    if "count" not in titles:
        return words, None
    counts = [line[titles.index("count")] for line in fields]
    if not all(re.fullmatch(r"\d{1,18}", count, re.A) for count in counts):
        return words, None
    return words, np.array(list(map(int, counts)), np.int64)


def write_projector(
    path: Path, encoded: list[bytes], matrix: NDArray[np.floating], counts: Counts | None
) -> None:
    """Write both files; neither takes its place unless both are complete."""
    row_format = "\t".join(["%.9g"] * matrix.shape[1]) + "\n"
    with atomic_writes(path, metadata_path(path), compress=True) as (numbers, words):
        if counts is None:
            words.writelines(word + b"\n" for word in encoded)
        else:
            words.write(b"word\tcount\n")
            words.writelines(
                b"%b\t%d\n" % pair for pair in zip(encoded, counts.tolist(), strict=True)
            )
        for start, block in row_blocks("vectors", matrix, encoded):
            lines = [(row_format % tuple(row)).encode() for row in block.tolist()]
            if start == 0:
                check_recognised(b"".join(lines[:100]), "tsv")
            numbers.writelines(lines)
