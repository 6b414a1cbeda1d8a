"""Files of text, opened and read line by line: whatever they are, reading them ends.

A path may name a pipe into which nobody writes, a device without an end, a file of a gigabyte
without a line's end packed into a megabyte, or text in another encoding. Each is one error that
says so, after seconds at most and in little memory.
"""

from __future__ import annotations

import codecs
import io
import os
import re
import stat
import time
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

from w2v.files.remote import is_url, opened_url
from w2v.files.storage import Path, Rejoined, decompress

LONGEST = 1 << 24
"""As many bytes has a word of a corpus, or a line of another file, at most."""

_BUFFER = 1 << 18  # bytes looked at at a time, so that looking costs little
_PATIENCE = 2.0  # seconds that a pipe may be without a writer
_PAUSE = 0.02  # seconds between two looks at such a pipe
_LOOKED_AT = 2000  # bytes that tell an encoding
_WIDE = ("utf-16", "utf-32")  # encodings in which every other byte may be NUL
_MARKS = (  # the longer first: UTF-32's begins as UTF-16's does
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# first bytes -> what a file is that people take for text, and what to do
_NO_TEXT = {
    rb"%PDF-": "it is a PDF; take its text out first, for instance by pdftotext",
    rb"\{\\rtf": "it is rich text (RTF); save it as plain text first",
    rb"PK\x03\x04": "it is a zip archive (.zip, .docx, .odt, .npz); unpack it first",
    rb"\xd0\xcf\x11\xe0": "it is an Office document; save it as plain text first",
    rb"PAR1|ARROW1": "it is a table; read it by pandas or pyarrow and pass one column",
}


def no_text_of(head: bytes) -> str | None:
    """Say what a file that begins so is, and what to do, if its first bytes tell."""
    return next((what for magic, what in _NO_TEXT.items() if re.match(magic, head)), None)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file or a URL to read; a pipe into which nobody writes is an error after seconds.

    Raises
    ------
    OSError
        If there is no such file, it cannot be read, or it is a pipe that nobody writes into.
    """
    if is_url(path):
        with opened_url(os.fspath(path)) as file:
            yield file
        return
    if not (hasattr(os, "mkfifo") and stat.S_ISFIFO(os.stat(path).st_mode)):
        with open(path, "rb") as file:
            yield file
        return
    pipe = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with open(pipe, "rb", buffering=0) as file:
        first = b""
        end = time.monotonic() + _PATIENCE
        while not first:
            try:
                first = os.read(pipe, 1)
            except BlockingIOError:  # there is a writer, who has written nothing yet
                break
            if not first and time.monotonic() > end:
                raise OSError(
                    f"{os.fspath(path)} is a pipe (FIFO), and nobody writes into it: start its "
                    "writer first, or name a file"
                )
            if not first:
                time.sleep(_PAUSE)
        os.set_blocking(pipe, True)
        yield cast(BinaryIO, io.BufferedReader(Rejoined(first, cast(BinaryIO, file))))


def wide_encoding(head: bytes) -> str | None:
    """Tell UTF-16 and UTF-32 by a byte-order mark, or by where the NULs of Latin letters stand."""
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    if marked:
        return marked
    head = head[:_LOOKED_AT]
    for name, letter, width in (
        ("utf-32-le", 0, 4),
        ("utf-32-be", 3, 4),
        ("utf-16-le", 0, 2),
        ("utf-16-be", 1, 2),
    ):
        whole = head[: len(head) // width * width]
        letters, nuls = whole[letter::width], whole.count(0)
        nuls_elsewhere = nuls - letters.count(0)
        # Most letters are of the first 256, and none of them is NUL.
        if len(letters) > 3 and nuls == nuls_elsewhere > 0.7 * (width - 1) * len(letters):
            return name
    return None


def encoding_fault(head: bytes) -> str | None:
    """Say what a text that begins so is in place of UTF-8; None if nothing speaks against it."""
    name = wide_encoding(head)
    if name is None:
        return None
    mark = "starts with a" if name in _WIDE else "looks like"
    kind = f"{name[:6].upper()} byte-order mark" if name in _WIDE else f"{name[:6].upper()} text"
    return f"{mark} {kind}; pass encoding={name!r}"


@contextmanager
def steady(file: Any, name: str) -> Iterator[None]:
    """Say with its sizes if a file became another one while it was read.

    Raises
    ------
    ValueError
        If it has become shorter. A longer one is read up to some place, with a warning.
    """
    try:
        before = os.fstat(file.fileno())
    except (AttributeError, OSError, ValueError):  # no file of the system
        yield
        return
    yield
    after = os.fstat(file.fileno())
    if not stat.S_ISREG(before.st_mode) or (before.st_size, before.st_mtime_ns) == (
        after.st_size,
        after.st_mtime_ns,
    ):
        return
    text = (
        f"{name} was changed while it was read: it had {before.st_size:,} bytes, then "
        f"{after.st_size:,}"
    )
    if after.st_size < before.st_size:
        raise ValueError(f"{text}; read it again when nothing writes to it")
    warnings.warn(f"{text}; what came later may be missing", stacklevel=2)


def read_lines(
    path: Path, encoding: str = "utf-8", errors: str = "strict"
) -> Iterator[tuple[str, str]]:
    """Yield each line of a text file, without its end, after its place for error messages.

    The place is ``"<path>, line <number>"``. The file may be compressed; a byte-order mark is left
    out.

    Raises
    ------
    ValueError
        If a line is not in that encoding or endless, compressed data are damaged, or lines end as
        on old Macs.
    """
    with opened(path) as file:
        stream = bounded_lines(decompress(file, path), path, encoding, b"\n")
        encoded: Iterable[bytes] = stream
        if encoding.lower().startswith(_WIDE):
            text = io.TextIOWrapper(stream, encoding, errors, newline="\n")
            encoded, encoding = (line.encode("utf-8", errors) for line in text), "utf-8"
        for number, line in enumerate(encoded, 1):
            where = f"{os.fspath(path)}, line {number}"
            if 0 in line:
                raise ValueError(f"{where} holds a NUL byte, so this is no text")
            try:
                decoded = line.decode(encoding, errors)
            except UnicodeDecodeError as error:
                raise ValueError(
                    f"{where}: not {encoding} text ({error.reason} at byte {error.start} of the "
                    "line)"
                ) from None
            yield where, decoded.removeprefix("\ufeff" if number == 1 else "").rstrip("\r\n")


def bounded_lines(stream: BinaryIO, path: Path, encoding: str, ends: bytes) -> io.BufferedReader:
    """Return a stream of text in which a line that does not end is an error."""
    return io.BufferedReader(BoundedLines(stream, path, encoding, ends), _BUFFER)


class BoundedLines(io.RawIOBase):
    """A stream of text in which a line that does not end is an error.

    Parameters
    ----------
    stream
        Bytes, decompressed.
    path
        Its name, for errors.
    encoding
        Of the text: in UTF-8 bytes that are UTF-16 are an error, too.
    ends
        The bytes that end a line. Where a carriage return is none of them, a file of several and
        of no newline is an error: it comes from an old Mac.
    """

    def __init__(self, stream: BinaryIO, path: Path, encoding: str, ends: bytes) -> None:
        self._stream, self._path = stream, os.fspath(path)
        self._narrow = encoding.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig")
        self._ends = [ends[i : i + 1] for i in range(len(ends))]
        self._wide = encoding.lower().startswith(_WIDE)
        self._run = 0  # bytes of the line so far
        self._lines = self._returns = 0
        self._first = True

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer, or raise a ValueError that names the file."""
        n = self._stream.readinto(buffer)  # type: ignore[attr-defined]
        data = bytes(buffer[:n])
        if self._first and self._narrow and (fault := encoding_fault(data)):
            raise ValueError(f"{self._path} {fault}")
        if self._first and (what := no_text_of(data)):
            raise ValueError(f"{self._path} is not a text file: {what}")
        self._first = False
        at = max(map(data.rfind, self._ends))
        self._run = n - at - 1 if at >= 0 else self._run + n
        self._lines += data.count(b"\n")
        self._returns += data.count(b"\r")
        if self._run > LONGEST:
            nul = " and holds NUL bytes, so this is no text" if 0 in data and not self._wide else ""
            raise ValueError(
                f"{self._path}, line {self._lines + 1} has more than {LONGEST:,} bytes{nul}; "
                "lines must end, by a newline"
            )
        old_mac = self._returns > 1 and not self._lines and b"\r" not in self._ends
        if not n and old_mac:
            raise ValueError(
                f"{self._path} has the line ends of old Macs, {self._returns:,} carriage returns "
                f"and no newline; write it anew: tr '\\r' '\\n' <{self._path} >FILE"
            )
        return n
