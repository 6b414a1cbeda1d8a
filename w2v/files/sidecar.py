"""FILE.sha256: a checksum beside a file whose format can hold none, in the form of sha256sum."""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from w2v.files.drafts import Draft, Path, sync_folder, take_places

_SUFFIX = ".sha256"
_PIECE = 1 << 20  # bytes read at a time
# A backslash in front says that the name has escapes; a star before it says "binary".
_LINE = re.compile(r"(\\?)([0-9a-fA-F]{64})(?: [ *](.+))?")


def sidecar_of(path: Path) -> str:
    """Name the file beside `path` that may hold its checksum."""
    return os.fsdecode(path) + _SUFFIX


def write_sidecar(path: Path) -> str:
    """Write the checksum of a file beside it; return where."""
    beside = sidecar_of(path)
    name = os.path.basename(os.fsdecode(path))
    escaped = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    line = f"{'' if escaped == name else chr(92)}{_sum_of(path)}  {escaped}\n"
    _write(beside, os.fsencode(line))
    return beside


def _write(path: str, content: bytes) -> None:
    draft = Draft(path)
    try:
        draft.stream.write(content)
        draft.complete()
        take_places([draft])
        sync_folder(os.path.dirname(draft.target))
    finally:
        draft.discard()


def compare_sidecar(path: Path) -> bool:
    """Compare a file with the checksum beside it; return whether there is one.

    Raises
    ------
    ValueError
        If they differ, or the file beside holds no checksum of this one.
    """
    beside = sidecar_of(path)
    content = _content(beside)
    if content is None:
        return False
    lines = os.fsdecode(content).split("\n")
    found = [line for line in map(_LINE.fullmatch, (line.rstrip("\r") for line in lines)) if line]
    if len(found) > 1:  # of several files
        name = os.path.basename(os.fsdecode(path))
        found = [line for line in found if _name_of(line) == name]
    if len(found) != 1:
        raise ValueError(f"{beside} holds no checksum of {path}: make it anew, or remove it")
    if _sum_of(path) != found[0][2].lower():
        raise ValueError(
            f"{path} is damaged: it does not match the checksum in {beside}. If the file was "
            "changed on purpose, remove that one"
        )
    return True


@contextmanager
def renewed(targets: Iterable[Path]) -> Iterator[None]:
    """Take away the sidecars of files that are about to be replaced, and write them anew after."""
    old: dict[Path, bytes] = {}
    for target in targets:
        content = _content(sidecar_of(target))
        if content is not None:
            old[target] = content
    for target in old:
        os.unlink(sidecar_of(target))  # at no moment does one stand beside another file
    try:
        yield
    except BaseException:
        for target, content in old.items():
            with suppress(OSError):
                _write(sidecar_of(target), content)
        raise
    for target in old:
        write_sidecar(target)


def _content(beside: str) -> bytes | None:
    """Read a sidecar; None if there is none, or its name would be too long for one."""
    try:
        with open(beside, "rb") as file:
            return file.read()
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG):
            return None
        raise


def _sum_of(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _name_of(line: re.Match[str]) -> str:
    escapes = {"n": "\n", "r": "\r", "\\": "\\"}
    name = line[3] or ""
    if line[1]:
        name = re.sub(r"\\(.)", lambda found: escapes.get(found[1], found[0]), name)
    return os.path.basename(name)
