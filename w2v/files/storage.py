"""Bytes on the disk: compression, and the one writer of files.

A compressed file is recognised by its content when it is read, and chosen by its suffix when it is
written. A file is written beside its target and takes the target's place when it is complete.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import IO, Any, BinaryIO, NamedTuple, TypeAlias, cast

from w2v.files.drafts import PREFIX, Draft, Path, sync_folder, take_places
from w2v.files.sidecar import renewed

Target: TypeAlias = Path | IO[bytes] | IO[str]  # what is written: a file's path, or an open file


class Compression(NamedTuple):
    """A form of compression: how it is recognised, and what can read and write it."""

    name: str
    suffix: str
    magic: re.Pattern[bytes]  # how a file begins
    modules: tuple[str, ...]  # the first one that is there is used


COMPRESSIONS = (
    Compression("gzip", ".gz", re.compile(rb"\x1f\x8b"), ("gzip",)),
    # the mark of a block, or of the end: plain text may begin with BZh
    Compression("bzip2", ".bz2", re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"), ("bz2",)),
    Compression("xz", ".xz", re.compile(rb"\xfd7zXZ\x00"), ("lzma",)),
    Compression(
        "zstd", ".zst", re.compile(rb"\x28\xb5\x2f\xfd"), ("compression.zstd", "backports.zstd")
    ),
)
MAGIC_BYTES = 10  # of the longest one
_PAGE = 4096  # bytes; the least that a file takes on most disks


def is_open(source: Any) -> bool:
    """Tell an open file from a path."""
    return hasattr(source, "read") or hasattr(source, "write")


def is_text(file: Any) -> bool:
    """Tell a file that is open for text from one for bytes."""
    if not is_open(file):
        return False
    if isinstance(getattr(file, "mode", None), str):
        return "b" not in file.mode and not isinstance(file, io.RawIOBase | io.BufferedIOBase)
    return isinstance(file, io.TextIOBase)


def suffix_of(path: Path) -> tuple[str, Compression | None]:
    """Return a path's suffix in lower case, and the compression that a further suffix names.

    ``"a.TXT.gz"`` gives ``".txt"`` and gzip, ``"a.txt"`` gives ``".txt"`` and None.
    """
    stem, suffix = os.path.splitext(os.fspath(path))
    for compression in COMPRESSIONS:
        if suffix.lower() == compression.suffix:
            return os.path.splitext(stem)[1].lower(), compression
    return suffix.lower(), None


# ---------------------------------------------------------------------------------------- reading


def decompress(stream: BinaryIO, path: Path) -> BinaryIO:
    """Return a stream of the content of another one, decompressed if it is compressed.

    Parameters
    ----------
    stream
        An open file at its beginning; it may be a pipe.
    path
        Its name, for errors.

    Raises
    ------
    ImportError
        If zstd is needed and is not installed.
    ValueError
        If compressed data are damaged; raised by the stream when they are read.
    """
    head = stream.read(MAGIC_BYTES)
    plain = io.BufferedReader(Rejoined(head, stream))
    compression = compression_of(head)
    if compression is None:
        return cast(BinaryIO, plain)
    opened = _module(compression, path).open(plain, "rb")
    return cast(BinaryIO, io.BufferedReader(Checked(opened, compression.name, path)))


def compression_of(head: bytes) -> Compression | None:
    """Return the compression of a file that begins so, if it has one."""
    return next((item for item in COMPRESSIONS if item.magic.match(head)), None)


def _module(compression: Compression, path: Path) -> Any:
    for name in compression.modules:
        with suppress(ModuleNotFoundError):
            return import_module(name)
    raise ImportError(
        f"{path}: this Python has no {compression.name}; install it: pip install 'w2v[zst]'"
    )


class Rejoined(io.RawIOBase):
    """A stream whose first bytes were read to see what it holds."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer from the first bytes, then from the rest."""
        if not self._head:
            return self._rest.readinto(buffer)  # type: ignore[attr-defined]
        n = min(len(buffer), len(self._head))
        buffer[:n] = self._head[:n]
        self._head = self._head[n:]
        return n


class Checked(io.RawIOBase):
    """A decompressed stream whose errors name the file."""

    def __init__(self, stream: Any, name: str, path: Path) -> None:
        self._stream, self._name, self._path = stream, name, path

    def close(self) -> None:
        """Close the decompressed stream too."""
        self._stream.close()
        super().close()

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer, or raise a ValueError that names the file."""
        try:
            return self._stream.readinto(buffer)
        except Exception as error:
            # Each library has its own errors for damaged data. Errors of the system have an errno.
            if getattr(error, "errno", None):
                raise
            raise ValueError(
                f"{self._path}: its {self._name} data are damaged or cut off ({error})"
            ) from error


# ---------------------------------------------------------------------------------------- writing


def try_to_write(path: Path) -> str:
    """Begin to write a file and give up: what could not be saved should fail before the work.

    Returns the file that writing to `path` replaces.

    Raises
    ------
    ValueError
        If `path` exists and is not a regular file.
    OSError
        If the file cannot be written: no folder, no right, no room, too long a name.
    """
    with _naming(path):
        draft = Draft(path)
        try:
            draft.stream.write(bytes(_PAGE))
            draft.complete()
        finally:
            draft.discard()
    return draft.target


@contextmanager
def atomic_write(path: Target, *, compress: bool = False) -> Iterator[IO[bytes]]:
    """Open a new file that takes the place of `path` when all is written, or vanishes.

    Whatever fails, an older file is as it was. A new file's mode follows the umask, an older
    file's mode is kept. A symbolic link stays one, and its target is written. The content is on
    the disk before the new file takes its name. What a killed process has left behind of an earlier
    save to `path` is removed.

    Parameters
    ----------
    path
        The file to write; its folder must exist. Or an open file, which is written as it is.
    compress
        Compress the content if the suffix of `path` names a compression.

    Raises
    ------
    ValueError
        If `path` exists and is not a regular file.
    OSError
        If the file cannot be written; it names `path`.
    """
    if is_open(path):
        yield _Text(path) if is_text(path) else path  # type: ignore[misc]
        return
    with atomic_writes(cast(Path, path), compress=compress) as (file,):
        yield file


@contextmanager
def atomic_writes(*paths: Path, compress: bool = False) -> Iterator[list[IO[bytes]]]:
    """Open several new files that take their places when all are written: see `atomic_write`.

    They take their places one after the other. If one cannot, those before it are taken back.
    """
    drafts: list[Draft] = []
    with _naming(paths[0]):
        try:
            for path in paths:
                drafts.append(Draft(path))
                if compress and (compression := suffix_of(path)[1]):
                    drafts[-1].stream = _compressor(compression, drafts[-1].stream, path)
            yield [draft.stream for draft in drafts]
            for draft in drafts:
                draft.complete()
            with renewed(paths):
                take_places(drafts)
            for folder in {os.path.dirname(draft.target) for draft in drafts}:
                sync_folder(folder)
        finally:
            for draft in drafts:
                draft.discard()


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Let errors name the file that was asked for, and not the temporary one."""
    try:
        yield
    except OSError as error:
        temporary = os.path.basename(str(error.filename or "")).startswith(PREFIX)
        if error.errno is None or error.filename is not None and not temporary:
            raise
        raise OSError(error.errno, error.strerror, os.fspath(path)) from error


class _Text:
    """A file that is open for text, to be written whole lines of UTF-8."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def write(self, data: bytes) -> None:
        self._file.write(data.decode())

    def writelines(self, lines: Iterable[bytes]) -> None:
        self.write(b"".join(lines))


def _compressor(compression: Compression, file: IO[bytes], path: Path) -> Any:
    module = _module(compression, path)
    if compression.name == "gzip":  # without the name and the time: the same bytes every time
        return module.GzipFile("", "wb", fileobj=file, mtime=0)
    return module.open(file, "wb")
