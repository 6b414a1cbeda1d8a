"""Where text comes from: paths to files, files to chunks of bytes or text, columns to values."""

from __future__ import annotations

import codecs
import itertools
import os
import re
import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, BinaryIO

import numpy as np

from w2v.checks import quoted
from w2v.files.inputs import LONGEST, encoding_fault, no_text_of, opened, steady
from w2v.files.recognise import HEADER, count_numbers
from w2v.files.remote import files_of, is_url
from w2v.files.storage import decompress, suffix_of
from w2v.printable import printable
from w2v.progress import progress_bar

_CHUNK = 1 << 20  # bytes read, or characters gathered, at a time: enough to be one thread's part
_MARK_SIZE = 4  # bytes of the longest byte-order mark; the first chunk holds it whole
_SHOW_AFTER = 1.0  # seconds: what is read sooner needs no progress bar
_PAGE = 4096  # bytes
_HEAD = 1 << 16  # bytes that tell what a file is
_HEAD_LINES = 20
_ALL_THE_SAME = "if it is a corpus all the same, pass its lines in Python, as a list of str"
_OF_TABLES = ("columns", "column_names", "iter_rows")  # attributes of tables, not of a column

# what may be trained on, though seldom on purpose -> how a file of it begins
_MARKUP = {
    "JSON": re.compile(rb"\s*(\{|\[\s*\{)\s*\""),
    "HTML or XML": re.compile(rb"\s*<(!doctype|html|\?xml|mediawiki|doc )", re.I),
}


class TextFile:
    """An open file of text: its bytes in chunks, and the errors that name a place in it.

    Attributes
    ----------
    name, codec : str
    chunks : iterator of memoryview
        Decompressed, without a UTF-8 byte-order mark.
    bytes : int
        Bytes of the chunks given so far and of the byte-order mark.
    mark : int
        Bytes of the byte-order mark that was left out.
    doubt : str
        Why the file is perhaps not the plain text it is read as; known after the first chunk.
    """

    def __init__(self, name: str, codec: str, chunks: Iterable[memoryview]) -> None:
        self.name = name
        self.codec = codec
        self.bytes = 0
        self.mark = 0
        self.doubt = ""
        self.chunks = self._checked(chunks)

    def _checked(self, chunks: Iterable[memoryview]) -> Iterator[memoryview]:
        """Count bytes, drop a UTF-8 byte-order mark, refuse other encodings' marks."""
        for chunk in chunks:
            if not self.bytes and self.codec == "utf-8":
                head = bytes(chunk[:_MARK_SIZE])
                if head.startswith(codecs.BOM_UTF8):
                    self.mark = len(codecs.BOM_UTF8)
                elif fault := encoding_fault(bytes(chunk[:_HEAD])):
                    raise ValueError(f"{self.name} {fault}")
            first = not self.bytes
            if first:
                head = bytes(chunk[self.mark : self.mark + _HEAD])
                if what := no_text(head):
                    raise ValueError(f"{self.name} is not a text file: {what}")
                self.doubt = _doubt(self.name, head)
            self.bytes += len(chunk)
            yield chunk[self.mark :] if first else chunk

    def decoded(self, errors: str) -> Iterator[str]:
        """Give the text in pieces; a newline ends its last line."""
        decoder = codecs.getincrementaldecoder(self.codec)(errors)
        newlines = bytes_done = characters = run = 0
        last = "\n"
        for chunk, final in itertools.chain(
            ((bytes(chunk), False) for chunk in self.chunks), [(b"", True)]
        ):
            undecoded = len(decoder.getstate()[0])  # bytes of earlier chunks
            try:
                text = decoder.decode(chunk, final)
            except UnicodeDecodeError as error:
                good = error.object[: error.start].decode(error.encoding, "replace")
                raise self.not_encoded(
                    newlines + good.count("\n") + 1, bytes_done - undecoded + error.start
                ) from None
            except UnicodeError as error:  # UTF-16 without the mark that it must have
                raise ValueError(
                    f"{self.name} is not {self.codec}: {error}; pass another encoding= here"
                ) from None
            if errors == "strict":
                nul = text.find("\0")
                if nul >= 0:
                    raise self.not_text(characters + nul)
            else:
                text = text.replace("\0", "" if errors == "ignore" else "\ufffd")
            if not characters:
                text = text.removeprefix("\ufeff")  # utf-16-le and the like leave it
            bytes_done += len(chunk)
            blank = max(map(text.rfind, " \n\t\r"))
            run = len(text) - blank - 1 if blank >= 0 else run + len(text)
            if run > LONGEST:
                raise self.endless(bytes_done)
            newlines += text.count("\n")
            characters += len(text)
            last = text[-1:] or last
            yield text
        if last != "\n":
            yield "\n"

    def not_encoded(self, line: int, byte: int) -> ValueError:
        """Say which byte, counted without the byte-order mark, is not in the encoding."""
        return ValueError(
            f"{self.name}, line {line}: byte {self.mark + byte} is not {self.codec}; pass the "
            "encoding= the file was written in (often 'latin-1' or 'cp1252'), or errors='replace'"
        )

    def endless(self, bytes_done: int) -> ValueError:
        """Say that a word does not end."""
        return ValueError(
            f"{self.name}: a word of more than {LONGEST:,} bytes ends at byte {bytes_done:,} or "
            "later; blanks must part words, so this is perhaps no text"
        )

    def not_text(self, nul: int) -> ValueError:
        """Say where the file holds a NUL."""
        return ValueError(
            f"{self.name} is not a text file: NUL at position {nul}; UTF-16 or UTF-32 text "
            "needs encoding=, text with a few stray NULs errors='replace'"
        )


def _doubt(name: str, head: bytes) -> str:
    """Say why a file that begins so is perhaps no text of a sentence a line; else return ""."""
    if b"\n" not in head and head.count(b"\r") > 1:
        return (
            f"{name} has the line ends of old Macs, carriage returns without a newline, and is "
            f"read as one line; write it anew: tr '\\r' '\\n' <{name} >FILE"
        )
    kind = next((kind for kind, start in _MARKUP.items() if start.match(head)), "")
    if suffix_of(name)[0] == ".csv" and b"," in head.partition(b"\n")[0]:
        kind = "CSV"
    if not kind:
        return ""
    return (
        f"{name} seems to be {kind}; its marks are read as words: take the text out first, and "
        "pass it as an iterable of str"
    )


def no_text(head: bytes) -> str | None:
    """Say what a file that begins so is, and what to do, if it is known to be no text."""
    if what := no_text_of(head):
        return what
    first, _, rest = head.partition(b"\n")
    has_header = bool(HEADER.fullmatch(first.strip()))
    lines = [line for line in (rest if has_header else head).split(b"\n") if line.strip()]
    if len(head) >= _HEAD and len(lines) > 1:
        lines.pop()  # it may be cut
    lines = lines[:_HEAD_LINES]
    if head[6:9] == b"\0\0{" or has_header and b"\0" in rest or _are_vectors(lines, has_header):
        return f"it holds word vectors, for KeyedVectors.load or `w2v nn`; {_ALL_THE_SAME}"
    if _are_counts(lines):
        return f"it holds words with their counts, which are a vocabulary; {_ALL_THE_SAME}"
    return None


def _are_vectors(lines: list[bytes], has_header: bool) -> bool:
    """Tell rows of a word and as many numbers each from text, and from sequences of ids."""
    sizes = {count_numbers(line) for line in lines}
    fractions = sum(line.count(b".") for line in lines)
    return (
        len(sizes) == 1
        and min(sizes) > 1
        and len(lines) + has_header > 1
        and fractions > sum(map(count_numbers, lines)) / 2
    )


def _are_counts(lines: list[bytes]) -> bool:
    """Tell lines of a word and its count, the most frequent first, from lines of text."""
    fields = [line.split() for line in lines]
    if len(fields) < 3 or not all(len(pair) == 2 and pair[1].isdigit() for pair in fields):
        return False
    counts = [int(count) for _, count in fields]
    words = {word for word, _ in fields}
    return (
        counts == sorted(counts, reverse=True)
        and counts[0] > counts[-1]
        and len(words) == len(fields)
        and not all(word.isdigit() for word in words)
    )


@contextmanager
def open_text(name: str, codec: str, verbose: bool) -> Iterator[TextFile]:
    """Open a file, or standard input for "-", whatever its compression."""
    if name == "-":
        name, raw = "standard input", getattr(sys.stdin, "buffer", None)
        if raw is None:
            raise OSError("standard input is closed, or is no stream of bytes")
        opening: AbstractContextManager[BinaryIO] = nullcontext(raw)
    else:
        opening = opened(name)
    with opening as raw, steady(raw, name):
        chunks = _chunks(decompress(raw, name))
        yield TextFile(name, codec, _shown(chunks, name, raw) if verbose else chunks)


def _chunks(stream: BinaryIO) -> Iterator[memoryview]:
    size = max(_CHUNK, _MARK_SIZE)
    while True:
        chunk = _page_aligned(size)
        n = stream.readinto(chunk)  # type: ignore[attr-defined]
        if not n:
            break
        size = _CHUNK
        yield chunk[:n]


def _page_aligned(size: int) -> memoryview:
    """Memory as the system lays out files: copying one to the other is fastest so."""
    buffer = np.empty(size + _PAGE - 1, np.uint8)
    start = -buffer.__array_interface__["data"][0] % _PAGE
    return buffer[start : start + size].data


def _shown(chunks: Iterator[memoryview], name: str, file: BinaryIO) -> Iterator[memoryview]:
    """Show a bar of the bytes taken from a file once reading it takes longer than a second."""
    sized = file.seekable()
    total = os.fstat(file.fileno()).st_size if sized else None
    about = printable(f"reading {os.path.basename(name)}")
    with progress_bar(total=total, desc=about, unit="B", delay=_SHOW_AFTER) as bar:
        for chunk in chunks:
            bar.update(file.tell() - bar.n if sized else len(chunk))
            yield chunk


def _raise(error: OSError) -> None:
    """Let a folder that cannot be read be an error: its files would be missing without a word."""
    raise error


def files_at(path: str) -> list[str]:
    """Return the files that a path stands for: itself, a folder's, a pattern's."""
    if path == "-":
        return [path]
    if is_url(path):
        return files_of(path)
    path = os.path.expanduser(path)
    if os.path.isdir(path):
        files: list[str] = []
        others: list[str] = []  # pipes, devices, links to nothing
        for folder, folders, names in os.walk(path, onerror=_raise):
            folders[:] = [name for name in folders if not name.startswith(".")]
            inside = [os.path.join(folder, name) for name in names if not name.startswith(".")]
            files += filter(os.path.isfile, inside)
            others += [name for name in inside if not os.path.isfile(name)]
        if others:
            first = f"{others[0]} and {len(others) - 1:,} more" if others[1:] else others[0]
            warnings.warn(f"left out, as no regular file: {first}", stacklevel=2)
        if not files:
            raise FileNotFoundError(f"no files in the folder {path}")
        return sorted(files)
    if os.path.exists(path):
        return [path]
    import glob

    shown = path if len(path) <= 100 else path[:97] + "..."
    missing = f"no file or folder {quoted(shown)}"
    if glob.has_magic(path):
        files = [name for name in glob.glob(path, recursive=True) if os.path.isfile(name)]
        if files:
            return sorted(files)
        missing = f"no file matches {shown}"
        if " " not in path:
            raise FileNotFoundError(missing)
    raise FileNotFoundError(f"{missing}; to train on a text itself, pass it in a list: [text]")


def is_table(source: Any) -> bool:
    """Tell a table of any library: iterating over it gives columns, or their names, or rows."""
    names = {*dir(type(source)), *getattr(source, "__dict__", ())}
    return not names.isdisjoint(_OF_TABLES) or (
        is_column(source) and names.isdisjoint(("isna", "to_list", "to_pylist"))
    )


def is_column(source: Any) -> bool:
    """Tell a column, or anything else, of a library of tables."""
    return type(source).__module__.partition(".")[0] in ("pandas", "pyarrow", "polars")


def values_of(column: Any) -> Iterator[Any]:
    """Values of a pandas, pyarrow or polars column, None where one is missing."""
    if hasattr(column, "isna"):
        for value, missing in zip(column, np.asarray(column.isna()), strict=True):
            yield None if missing else value
    elif hasattr(column, "to_pylist"):
        for start in range(0, len(column), 1 << 14):  # as Python objects it is large
            yield from column.slice(start, 1 << 14).to_pylist()
    else:
        yield from column


def batches(strings: Iterable[str]) -> Iterator[list[str]]:
    """Gather strings until they hold a chunk's characters."""
    batch: list[str] = []
    size = 0
    for string in strings:
        batch.append(string)
        size += len(string) + 1
        if size >= _CHUNK:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def slices(data: bytes) -> Iterator[bytes]:
    """Cut bytes into chunks."""
    for start in range(0, len(data), _CHUNK):
        yield data[start : start + _CHUNK]
