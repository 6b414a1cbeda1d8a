"""Which format a file of vectors has, told from its first bytes and never from its name."""

from __future__ import annotations

import codecs
import mmap
import re

from w2v.files.storage import Path

HEAD_BYTES = 1 << 20  # enough for the first row of a text file with some 80,000 numbers
HEADER = re.compile(rb"[-+]?\d+[ \t]+[-+]?\d+")  # V d
NUMBER = re.compile(r"[-+]?((\d+\.?\d*|\.\d+)(e[-+]?\d+)?|nan|inf|infinity)", re.I | re.A)

# first bytes -> what the file is, and what to do
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


def recognise(data: mmap.mmap, path: Path) -> str:
    """Name the format of a file from its first bytes: a value of `SUFFIXES`."""
    head = data[:HEAD_BYTES]
    # First of all: the lower bytes of a header length can look like any magic number. Its top
    # bytes are zero; no text has a NUL there, and no pickle or archive a brace behind them.
    if len(head) > 8 and head[6:9] == b"\0\0{":
        return "safetensors"
    for magic, what in _REFUSED.items():
        if re.match(magic, head):
            raise ValueError(f"{path} is {what}")
    first, _, rest = head.partition(b"\n")
    if HEADER.fullmatch(first.strip()):
        return "text" if _is_text_after_header(first, rest, len(data)) else "bin"
    if count_numbers(first) > 0:
        return "glove"
    raise ValueError(
        f"{path} is no vector file that w2v knows: its first line is neither 'V d' nor a word and "
        "its numbers; known are safetensors written by w2v, word2vec binary and text, GloVe text"
    )


def _is_text_after_header(first: bytes, rest: bytes, size: int) -> bool:
    """Tell word2vec text from word2vec binary, which begin with the same line."""
    line = rest.partition(b"\n")[0]
    rows, d = header_numbers(first)
    if rows < 1 or d < 1 or count_numbers(line) == d:
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


def count_numbers(line: bytes) -> int:
    """Count the numbers after the first word of a line; 0 if anything else stands there."""
    fields = line.decode("latin-1").replace("\t", " ").strip(" \r").split(" ")[1:]
    numbers = [field for field in fields if field]
    return len(numbers) if all(NUMBER.fullmatch(field) for field in numbers) else 0


def header_numbers(line: bytes) -> tuple[int, int]:
    """Take V and d from a header line; numbers too long for any file become -1."""
    rows, d = (int(field) if len(field) < 20 else -1 for field in line.split())
    return rows, d
