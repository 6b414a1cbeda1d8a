"""Which format a file of vectors has, told from its first bytes and never from its name."""

from __future__ import annotations

import codecs
import mmap
import re

from w2v.files.storage import Path
from w2v.files.unpack import HEAD_BYTES as HEAD_BYTES

HEADER = re.compile(rb"[-+]?\d+[ \t]+[-+]?\d+")  # V d
NUMBER = re.compile(r"[-+]?((\d+\.?\d*|\.\d+)(e[-+]?\d+)?|nan|inf|infinity)", re.I | re.A)

BOM = b"\xef\xbb\xbf"  # the byte-order mark with which some editors begin UTF-8
_HEAD_LINES = 20  # lines that are looked at

_BY_HAND = "read its words and numbers, and pass them to KeyedVectors(words, array)"
# first bytes -> what the file is, and what to do
_REFUSED = {
    rb"\x93NUMPY": "a NumPy array, which has no words; pair it with its words by "
    "KeyedVectors(words, array)",
    rb"\x89HDF\r\n\x1a\n": "an HDF5 file; export its vectors as word2vec text",
    rb"7z\xbc\xaf\x27\x1c|Rar!|(?s:[^\0].{256}ustar)": "an archive; unpack it and give the file "
    "inside",
    rb"PAR1|ARROW1": f"a table for pandas or pyarrow; {_BY_HAND}",
    rb"\xff\xfe|\xfe\xff": "UTF-16 text; save it as UTF-8",
    rb"version https://git-lfs": "a pointer of Git LFS in place of a file; run git lfs pull",
}
# the same for text that is no vectors
_TEXTS = {
    rb"(?i)\s*<(!doctype|html|\?xml)": "a page of HTML or XML, perhaps of a download that failed",
    rb"\s*(\{\s*[\"}]|\[\s*[\[{\"\d-])": f"JSON; {_BY_HAND}",
    rb"[^,\n]*(,[^,\n]*)+\n[^,\n]*(,\s*[-+]?[.\d][-+.\deE]*\s*)+(\n|\Z)": "a CSV table; "
    + _BY_HAND,
}


def recognise(data: mmap.mmap | bytes, path: Path) -> str:
    """Name the format of a file from its first bytes: of `SUFFIXES`, "gensim" or "fasttext"."""
    head = data[:HEAD_BYTES]
    # First of all: the lower bytes of a header length can look like any magic number. Its top
    # bytes are zero; no text has a NUL there, and no pickle or archive a brace behind them.
    if len(head) > 8 and head[6:9] == b"\0\0{":
        return "safetensors"
    if head.startswith(b"PK\x03\x04"):
        return "npz"
    if re.match(rb"\x80[\x02-\x05]", head):  # a pickle
        return "gensim"
    if head.startswith(b"\xba\x16\x4f\x2f"):  # fastText's own model, 793712314
        return "fasttext"
    for magic, what in _REFUSED.items():
        if re.match(magic, head):
            raise ValueError(f"{path} is {what}")
    head = head.removeprefix(BOM)
    first, _, rest = head.partition(b"\n")
    lines = _whole_lines(head, len(data))
    has_header = HEADER.fullmatch(first.strip()) is not None
    d = header_numbers(first)[1] if has_header else count_numbers(first)
    if not has_header or d < 1 or count_numbers(rest.partition(b"\n")[0]) != d:
        if _are_numbers(lines):
            return "tsv"
        if _are_counts(lines) and len(lines) > has_header:
            raise ValueError(
                f"{path} is a vocabulary, words and their counts, without vectors; it is read by "
                "w2v.formats.read_counts, and by `w2v train --vocabulary`"
            )
    if has_header:
        return "text" if _is_text_after_header(first, rest, len(data)) else "bin"
    if d > 0:
        return "glove"
    for start, what in _TEXTS.items():
        if re.match(start, head):
            raise ValueError(f"{path} is {what}")
    raise ValueError(
        f"{path} is no vector file that w2v knows: its first line is neither 'V d' nor a word and "
        "its numbers"
        + ("; to train on a corpus: w2v.train(path) or `w2v train`" if _is_text(head) else "")
    )


def _whole_lines(head: bytes, size: int) -> list[bytes]:
    """Return the first lines that hold anything, without one that the end of the head cuts off."""
    lines = head.split(b"\n", _HEAD_LINES)
    if len(lines) > _HEAD_LINES or len(lines) > 1 and len(head) < size:
        del lines[-1]
    return [line for line in lines if line.strip()]


def _are_numbers(lines: list[bytes]) -> bool:
    """Tell a table of numbers alone; words may be numbers too, but whole ones, each its own."""
    rows = [[field.decode("latin-1") for field in line.split()] for line in lines]
    if len({len(row) for row in rows}) != 1:
        return False
    if not all(NUMBER.fullmatch(field) for row in rows for field in row):
        return False
    firsts = {row[0] for row in rows if row[0].isdigit()}
    return len(firsts) < len(rows) or (len(rows[0]) > 1 and b"\t" in lines[0])


def _are_counts(lines: list[bytes]) -> bool:
    """Tell lines ``word count``."""
    return all(re.fullmatch(rb"\S+[ \t]+\d{1,19}\s*", line) for line in lines)


def _is_text_after_header(first: bytes, rest: bytes, size: int) -> bool:
    """Tell word2vec text from word2vec binary, which begin with the same line."""
    line = rest.partition(b"\n")[0]
    rows, d = header_numbers(first)
    if rows < 1 or d < 1 or count_numbers(line) == d:
        return True
    if len(line.split()) == d + 1 and _is_text(line):
        return True  # 1,5 is no number, and the reader says so
    # A damaged text file should be reported as one, so it is binary unless it reads as text ...
    if not _is_text(rest):
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


def _is_text(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return not re.search(rb"[\x00-\x08\x0e-\x1f]", head)


def count_numbers(line: bytes) -> int:
    """Count the numbers after the first word of a line; 0 if anything else stands there."""
    fields = line.decode("latin-1").replace("\t", " ").strip(" \r").split(" ")[1:]
    numbers = [field for field in fields if field]
    return len(numbers) if all(NUMBER.fullmatch(field) for field in numbers) else 0


def header_numbers(line: bytes) -> tuple[int, int]:
    """Take V and d from a header line; numbers too long for any file become -1."""
    rows, d = (int(field) if len(field) < 20 else -1 for field in line.split())
    return rows, d
