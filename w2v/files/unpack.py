"""The content of a file to be read: plain, compressed, in a zip archive or in an open file.

Whatever is not a plain file is copied to a temporary one. So sizes are known before memory is
taken, and memory stays bounded.
"""

from __future__ import annotations

import errno
import io
import mmap
import os
import stat
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import PurePath
from typing import IO, Any, BinaryIO, TypeAlias, cast

from w2v.checks import quoted
from w2v.files.storage import MAGIC_BYTES, Checked, Path, compression_of, decompress, is_open

Source: TypeAlias = Path | IO[bytes] | IO[str]

HEAD_BYTES = 1 << 20  # enough for the first row of a text file with some 80,000 numbers
_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06")
_MOST_LAYERS = 3  # a compressed file in an archive in an archive


def name_of(source: Source) -> str:
    """Name a source in errors: its path, or what an open file calls itself."""
    if not is_open(source):
        if not isinstance(source, str | bytes | os.PathLike):
            raise TypeError(f"expected a path or an open file, not {quoted(source)}")
        path = os.fsdecode(source)
        if "\0" in path:
            raise ValueError(f"{quoted(path)} is no path: it holds a NUL")
        return path
    name = getattr(source, "name", None)
    return name if isinstance(name, str) else f"the {type(source).__name__}"


def reads_text(source: Source) -> bool:
    """Tell a file that is open for text, which is decoded already."""
    return is_open(source) and isinstance(cast(IO[Any], source).read(0), str)


@contextmanager
def mapped(
    source: Source,
    most: int | None = None,
    look: Callable[[bytes, int], int | None] | None = None,
) -> Iterator[mmap.mmap]:
    """Map the content of a file read-only.

    Parameters
    ----------
    source
        A path, one in a zip archive (``"glove.zip/50d.txt"``), or an open file, which is read from
        where it stands. An archive of one file is that file; one of arrays (``.npz``) stays as it
        is.
    most
        Copy no more than so many bytes of what must be copied; None (default) copies all.
    look
        Is shown the first `HEAD_BYTES` bytes of what must be copied, and the size of its packed
        form, before the rest is unpacked: it raises what is wrong with them, or returns `most`.

    Raises
    ------
    ValueError
        If the file is empty, damaged, not a regular file, or an archive of several files.
    OSError
        If there is no such file or it cannot be read.
    """
    name = name_of(source)
    with ExitStack() as stack:

        def copy(stream: Any) -> BinaryIO:
            with room_to_unpack(name):
                file = stack.enter_context(tempfile.TemporaryFile())
                head = stream.read(HEAD_BYTES if most is None else min(most, HEAD_BYTES))
                left = sys.maxsize if most is None else most - len(head)
                plain = not compression_of(head) and not head.startswith(_ARCHIVES)
                if look is not None and plain and head:
                    bound = look(head, packed)
                    left = left if bound is None else bound
                while head:
                    file.write(head)
                    head = stream.read(min(left, 1 << 20))
                    left -= len(head)
            file.seek(0)
            return cast(BinaryIO, file)

        packed = sys.maxsize
        if is_open(source):
            file = copy(_Bytes(source))
        elif place := _in_archive(cast(Path, source)):
            archive = stack.enter_context(open_archive(place[0], name))
            file = copy(stack.enter_context(open_member(archive, place[1], name)))
        else:
            file = stack.enter_context(_regular(cast(Path, source)))
            packed = os.fstat(file.fileno()).st_size
        for _ in range(_MOST_LAYERS):
            head = file.read(MAGIC_BYTES)
            file.seek(0)
            if compression_of(head):
                file = copy(stack.enter_context(decompress(file, name)))
                if not file.read(1):
                    raise ValueError(f"{name} is empty once decompressed")
            elif head.startswith(_ARCHIVES):
                archive = stack.enter_context(open_archive(file, name))
                only = _only_member(archive, name)
                if only is None:
                    break
                file = copy(stack.enter_context(open_member(archive, only, name)))
            else:
                break
            file.seek(0)
        if not head:
            raise ValueError(f"{name} is empty")
        yield stack.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


@contextmanager
def plain_file(source: Source, data: mmap.mmap) -> Iterator[str]:
    """Yield the path of a file that holds `data`: the source that was mapped, or a copy."""
    path = None if is_open(source) else os.fsdecode(cast(Path, source))
    if path is not None and os.path.isfile(path):
        with open(path, "rb") as file:
            if file.read(MAGIC_BYTES) == data[:MAGIC_BYTES]:  # it was not unpacked
                yield path
                return
    with tempfile.TemporaryDirectory(prefix="w2v-") as folder:
        path = os.path.join(folder, "copy")
        with open(path, "wb") as copy:
            for start in range(0, len(data), 1 << 20):
                copy.write(data[start : start + (1 << 20)])
        yield path


@contextmanager
def room_to_unpack(name: str) -> Iterator[None]:
    """Name the folder of temporary files where it has no room, and what to do."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.ENOENT):
            raise
        with suppress(FileNotFoundError):
            folder = tempfile.gettempdir()
            message = f"no room to unpack it in {folder} ({error.strerror})"
            raise OSError(
                error.errno, f"{message}; set TMPDIR to a folder with more room", name
            ) from None
        raise  # there is no folder of temporary files at all; Python's message lists those it tried


class _Bytes:
    """What an open file holds, as bytes; text becomes UTF-8."""

    def __init__(self, source: Any) -> None:
        self._source = source

    def read(self, size: int) -> bytes:
        got = self._source.read(size)
        return got.encode() if isinstance(got, str) else got


@contextmanager
def _regular(path: Path) -> Iterator[BinaryIO]:
    info = os.stat(path)
    # Asked before opening, which would wait for a pipe's writer; open itself refuses a folder.
    if not stat.S_ISREG(info.st_mode) and not stat.S_ISDIR(info.st_mode):
        raise ValueError(f"{os.fspath(path)} is not a regular file; save it to one first")
    with open(path, "rb") as file:
        yield file


def _in_archive(path: Path) -> tuple[str, str] | None:
    """Split ``"glove.zip/50d.txt"`` into the archive and the name of a file in it."""
    if os.path.exists(path):
        return None
    whole = PurePath(os.fsdecode(path))
    for parent in whole.parents:
        if os.path.isfile(parent) and zipfile.is_zipfile(parent):
            return str(parent), whole.relative_to(parent).as_posix()
    return None


def open_archive(file: str | BinaryIO, name: str) -> zipfile.ZipFile:
    """Open a zip archive; `name` is what errors call it."""
    with _named(name):
        return zipfile.ZipFile(file)


def open_member(archive: zipfile.ZipFile, member: str, name: str) -> BinaryIO:
    """Open a file in an archive."""
    try:
        info = archive.getinfo(member)
    except KeyError:
        shown = ", ".join(_names(archive)[:10])
        message = f"no such file in the archive, which holds {shown}"
        raise FileNotFoundError(errno.ENOENT, message, name) from None
    if info.flag_bits & 1:
        raise ValueError(f"{name} is encrypted; unpack it and give the file inside")
    with _named(name):
        return cast(BinaryIO, io.BufferedReader(Checked(archive.open(info), "zip", name)))


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Name the file in the errors of damaged archives, which have many types."""
    try:
        yield
    except Exception as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:  # to seek before the start
            raise
        raise ValueError(f"{name}: its zip data are damaged or cut off ({error})") from error


def _names(archive: zipfile.ZipFile) -> list[str]:
    """Return the files in an archive, without those that systems add."""
    found = [info.filename for info in archive.infolist() if not info.is_dir()]
    return [n for n in found if not n.startswith("__MACOSX/") and not PurePath(n).name[0] == "."]


def _only_member(archive: zipfile.ZipFile, name: str) -> str | None:
    """Return the name of the one file in an archive; None if it is NumPy's, of arrays."""
    names = _names(archive)
    if len(names) == 1 and not names[0].endswith(".npy"):
        return names[0]
    if names and all(member.endswith(".npy") for member in names):
        return None
    if any(PurePath(member).name == "data.pkl" for member in names):
        raise ValueError(
            f"{name} is a PyTorch file, a pickle, and loading one can run any code; in PyTorch, "
            "save words and matrix by KeyedVectors(words, matrix.numpy()).save(...)"
        )
    if not names:
        raise ValueError(f"{name} is an archive without a file")
    shown = ", ".join(names[:10] + ["..."] * (len(names) > 10))
    raise ValueError(f"{name} holds several files: {shown}; name one: {name}/{names[0]}")
