"""Faults of the disk: the n-th call of the system that a save makes fails."""

import errno
import io
import os
from contextlib import contextmanager
from functools import partial

import pytest

from w2v.files import drafts

CALLS = ("write", "fsync", "close", "replace", "link", "dup", "chmod")
ERRORS = (errno.EIO, errno.ENOSPC)
_PIECE = 512  # bytes that reach the system at a time: several calls even for a small file


class Faults:
    """Counts the calls of one kind; one of them fails.

    Parameters
    ----------
    call : str
        One of `CALLS`.
    at : int
        Which call fails, from 1.
    number : int
        With which errno.
    """

    def __init__(self, call, at, number):
        self.call, self.at, self.number = call, at, number
        self.calls = 0
        self.fired = False

    def count(self, call):
        """Fail if it is time to."""
        self.calls += call == self.call
        if self.calls == self.at and call == self.call and not self.fired:
            self.fired = True
            raise OSError(self.number, os.strerror(self.number))


class _Raw(io.FileIO):
    """A file that fails on demand; a close that fails has closed it, as in Linux."""

    def __init__(self, path, mode, faults):
        super().__init__(path, mode)
        self._faults = faults

    def write(self, data):
        self._faults.count("write")
        return super().write(data)

    def close(self):
        was_open = not self.closed
        super().close()
        if was_open:
            self._faults.count("close")


def _failing(faults, name, call, *arguments):
    faults.count(name)
    return None if name == "fsync" else call(*arguments)


@contextmanager
def fault(call, at, number):
    """Let one call fail while a file is saved; yield what counts them."""
    faults = Faults(call, at, number)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            drafts,
            "open",
            lambda path, mode: io.BufferedWriter(_Raw(path, "x", faults), _PIECE),
            raising=False,
        )
        for name in ("fsync", "replace", "link", "dup", "chmod"):
            patch.setattr(os, name, partial(_failing, faults, name, getattr(os, name)))
        yield faults
