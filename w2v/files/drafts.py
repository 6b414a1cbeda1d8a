"""A file on its way to its name: written beside its target, and what is left if that is cut off."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import suppress
from types import ModuleType
from typing import IO
from zlib import crc32

fcntl: ModuleType | None
try:
    import fcntl
except ModuleNotFoundError:  # Windows
    fcntl = None

Path = str | os.PathLike[str]

PREFIX = ".w2v-"  # of the names of temporary files


def written_file(path: Path) -> str:
    """Return the file that writing to `path` replaces, links followed; refuse what is no file."""
    target = os.path.realpath(path)
    folder = os.path.dirname(target)
    with suppress(FileNotFoundError, NotADirectoryError):
        os.lstat(target)  # tells of a name that is too long
    if os.path.isdir(target):
        raise ValueError(f"{path} is a folder: name a file in it")
    if os.path.exists(target) and not os.path.isfile(target):
        raise ValueError(f"{path} is not a regular file")
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"{path}: there is no folder {folder}")
    return target


class Draft:
    """A file that is written beside its target, under the lock that tells that it is in use.

    The system gives the lock back when the process ends, however it ends. A draft without a lock is
    a leftover.

    Parameters
    ----------
    path
        The target.

    Attributes
    ----------
    stream : file open for bytes
        What to write to. Whoever wraps it, in a compression, assigns the wrapper.
    target : str
        The file that is replaced, links followed.
    placed : bool
        Whether it has been replaced.
    """

    def __init__(self, path: Path) -> None:
        self.target = written_file(path)
        self.placed = False
        self._older: str | None = None  # a further name of the file that is replaced
        self._lock: int | None = None
        for leftover in _leftovers(self.target):
            _remove_unlocked(leftover)
        while True:
            self._temporary = _new_name(self.target)
            self._file = open(self._temporary, "xb")  # noqa: SIM115
            # Another process may have taken it for a leftover before it was locked.
            if _lock(self._file.fileno()) is not False and os.path.exists(self._temporary):
                break
            self._file.close()
        self.stream: IO[bytes] = self._file
        try:
            if os.path.exists(self.target):  # now: nobody else shall read what he may not
                os.chmod(self._temporary, stat.S_IMODE(os.stat(self.target).st_mode))
        except BaseException:
            self.discard()
            raise

    def complete(self) -> None:
        """Bring all that was written to the disk."""
        if self.stream is not self._file:
            self.stream.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        if fcntl is not None:
            self._lock = os.dup(self._file.fileno())  # held until the file has its name
        self._file.close()

    def take_place(self, keep: bool) -> None:
        """Replace the target; keep it, too, so that this can be undone."""
        self._replaces = os.path.exists(self.target)
        if keep and self._replaces:
            older = _new_name(self.target)
            with suppress(OSError):  # a file system without hard links
                os.link(self.target, older)
                self._older = older
        os.replace(self._temporary, self.target)
        self.placed = True

    def take_back(self) -> None:
        """Undo `take_place`, if the older file was kept or there was none."""
        if self._older is not None:
            os.replace(self._older, self.target)
            self._older = None
        elif not self._replaces:
            os.unlink(self.target)

    def discard(self) -> None:
        """Let go of the file, and remove what has not taken its place."""
        with suppress(Exception):  # that of what failed before is the one to be told
            self.stream.close()
        with suppress(OSError):
            self._file.close()
        for name in [self._older] if self.placed else [self._older, self._temporary]:
            if name is not None:
                with suppress(OSError):
                    os.unlink(name)
        if self._lock is not None:
            with suppress(OSError):
                os.close(self._lock)
            self._lock = None


def take_places(drafts: list[Draft]) -> None:
    """Replace all targets, or none."""
    try:
        for draft in drafts:
            draft.take_place(keep=len(drafts) > 1)
    except OSError:
        for draft in drafts:
            if draft.placed:
                with suppress(OSError):
                    draft.take_back()
        raise


def _start_of(target: str) -> str:
    """Return how the temporary files of a target begin, whatever its name's length."""
    return f"{PREFIX}{crc32(os.fsencode(os.path.basename(target))):08x}-"


def _new_name(target: str) -> str:
    name = f"{_start_of(target)}{os.getpid()}-{secrets.token_hex(8)}.tmp"
    return os.path.join(os.path.dirname(target), name)


def _leftovers(target: str) -> list[str]:
    """Return the temporary files of a target, those in use among them."""
    folder, start = os.path.dirname(target), _start_of(target)
    with suppress(OSError), os.scandir(folder) as entries:  # a folder may hide its names
        return [
            entry.path
            for entry in entries
            if entry.name.startswith(start) and entry.name.endswith(".tmp")
        ]
    return []


def _remove_unlocked(path: str) -> None:
    """Remove a temporary file that no process has locked; Windows removes no open file."""
    with suppress(OSError):
        if fcntl is None:
            os.unlink(path)
            return
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            if _lock(number):
                os.unlink(path)
        finally:
            os.close(number)


def _lock(number: int) -> bool | None:
    """Lock an open file until it is closed; False: another has it, None: there are no locks."""
    if fcntl is None:
        return None
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def sync_folder(folder: str) -> None:
    """Write the new name to the disk, where the system can and may."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    try:
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:  # a folder that may be written and not read
        return
    try:
        os.fsync(number)
    except OSError as error:
        if error.errno in (errno.EIO, errno.ENOSPC, errno.EDQUOT):  # others: it has no such thing
            raise
    finally:
        os.close(number)
