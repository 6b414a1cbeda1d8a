"""Files elsewhere, ``https://``, ``s3://``, ``hf://`` and others, read as streams by fsspec."""

from __future__ import annotations

import io
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_PAUSES = (0.5, 2.0, 5.0)  # seconds before each new try


class Url(os.PathLike[str]):
    """A URL among paths: a `Path` would lose one of its slashes."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __fspath__(self) -> str:
        """Return the URL."""
        return self.url

    __str__ = __fspath__


def as_path(name: str | os.PathLike[str]) -> os.PathLike[str]:
    """Return what names a file in a list, where a str is a sentence."""
    return Url(str(name)) if is_url(name) else Path(name)


def is_url(path: Any) -> bool:
    """Tell a URL from the path of a file."""
    return bool(_URL.match(path)) if isinstance(path, str) else isinstance(path, Url)


def files_of(url: str) -> list[str]:
    """Return the URLs of the files that one stands for: itself, a folder's, a pattern's.

    Raises
    ------
    ImportError
        Without fsspec, the extra ``remote``, or without what fsspec needs for this kind of URL.
    FileNotFoundError
        For a folder without files and a pattern without a match.
    """
    system, path = _system(url)
    if re.search(r"[*?[]", path):
        found = [name for name in system.glob(path) if not system.isdir(name)]
    elif not url.startswith(("http://", "https://")) and system.isdir(path):
        found = [name for name in system.find(path) if "/." not in name.removeprefix(path)]
    else:
        return [url]
    if not found:
        raise FileNotFoundError(f"no file at {url}")
    return sorted(str(system.unstrip_protocol(name)) for name in found)


@contextmanager
def opened_url(url: str) -> Iterator[BinaryIO]:
    """Open a file elsewhere; where reading it fails, it goes on from there after a pause.

    Raises
    ------
    OSError
        If there is no such file, or reading fails again and again; it names the URL.
    """
    with io.BufferedReader(_Retried(url)) as file:
        yield cast(BinaryIO, file)


@contextmanager
def seekable_url(url: str) -> Iterator[Any]:
    """Open a file elsewhere of which parts are read, such as Parquet.

    Raises
    ------
    OSError
        If there is no such file, or it cannot be opened.
    """
    with _open(url, *_system(url)) as file:
        yield file


def _open(url: str, system: Any, path: str) -> Any:
    try:
        return system.open(path, "rb")
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no file {url}") from None
    except Exception as error:
        raise OSError(f"{url} cannot be opened ({error or type(error).__name__})") from error


def _system(url: str) -> tuple[Any, str]:
    try:
        import fsspec
    except ModuleNotFoundError:
        raise ImportError(f"{url} needs fsspec; install it: pip install 'w2v[remote]'") from None
    try:
        return cast(tuple[Any, str], fsspec.core.url_to_fs(url))
    except (ImportError, ValueError) as error:
        raise ImportError(f"{url}: {error}") from None


class _Retried(io.RawIOBase):
    """A file elsewhere, opened anew where it was when the connection broke."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._system, self._path = _system(url)
        self._at = 0
        self._file = self._opened()

    def readable(self) -> bool:
        """Return True."""
        return True

    def close(self) -> None:
        """Close the file elsewhere, too."""
        if not self.closed:
            self._file.close()
        super().close()

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer, with new tries if that fails."""
        for pause in (*_PAUSES, None):
            try:
                data = self._file.read(len(buffer))
                if not data and self._at < (getattr(self._file, "size", None) or 0):
                    raise EOFError(f"it ends at byte {self._at:,} of {self._file.size:,}")
                break
            except Exception as error:  # each kind of file has its own
                if pause is None:
                    raise OSError(
                        f"{self._url}: reading it failed at byte {self._at:,} in "
                        f"{len(_PAUSES) + 1} tries ({error or type(error).__name__})"
                    ) from error
                time.sleep(pause)
                self._file = self._opened()
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def _opened(self) -> Any:
        """Open the file where it was."""
        file = _open(self._url, self._system, self._path)
        left = self._at
        if left and file.seekable():
            file.seek(left)
            left = 0
        while left:  # read again what was read
            left -= len(file.read(min(left, 1 << 20))) or left
        return file
