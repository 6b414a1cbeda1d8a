"""Checkpoints: a training on the disk, to go on from as if nothing had been.

A checkpoint is a model's file, which everything that reads models reads. It has one note more: the
place in the training, and what `fit` was asked to do. The weights, that place and the reports of
the epoch's blocks are all that the rest of the training depends on, see
:class:`w2v._core.Training`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from w2v.checks import number, quoted
from w2v.files import formats
from w2v.files.remote import as_path, is_url
from w2v.files.storage import try_to_write
from w2v.training.origin import corpus_differences
from w2v.training.schedule import Schedule
from w2v.versions import check_versions

if TYPE_CHECKING:
    from w2v.files.formats import Model as Stored
    from w2v.training.model import Model

EVERY = 60.0  # seconds
# A checkpoint is due no sooner than so many times what the latest one took: 2 % of the time.
SPARED = 50


@dataclass
class Place:
    """How far a training has come.

    Attributes
    ----------
    epoch : int
        Epochs that are done, their callbacks included.
    block : int
        Blocks that are trained of the epoch under way.
    reports : list of (words, examples, loss)
        Of that epoch.
    seconds : float
        What it took.
    best, since : float, int
        The lowest `val_loss`, and the epochs that did not lower it since.
    """

    epoch: int = 0
    block: int = 0
    reports: list[list[float]] = field(default_factory=list)
    seconds: float = 0.0
    best: float | None = None
    since: int = 0


@dataclass
class Checkpoint:
    """Where a training is written to, and when.

    Attributes
    ----------
    path : path
        The file.
    every : float
        Seconds from one to the next.
    asked : dict
        What `fit` was asked to do, for the file.
    """

    path: str | os.PathLike[str]
    every: float
    asked: dict[str, Any]
    _due: float = inf

    @property
    def is_due(self) -> bool:
        """Whether the time of the next one has come."""
        return time.monotonic() >= self._due

    def write(
        self,
        model: Model,
        schedule: Schedule,
        place: Place,
        records: int,
        best: tuple[NDArray[np.float32], NDArray[np.float32]] | None,
    ) -> None:
        """Write the model with so many records of its history, and its place."""
        started = time.monotonic()
        note = {
            "schedule": asdict(schedule),
            "place": asdict(place),
            "every": self.every,
            "asked": self.asked,
        }
        model._write(self.path, records, {"checkpoint": note}, best)
        now = time.monotonic()
        self._due = now + max(self.every, SPARED * (now - started))


def check_place(path: Any, every: Any) -> float:
    """Refuse a path that cannot be written, or that holds a training that is not at its end."""
    every = number("every", every, 0, inf)
    try_to_write(path)
    if not os.path.exists(path):
        return every
    try:
        note = formats.read_notes(path).get("checkpoint")
    except ValueError:
        note = None
    if note is None:
        raise ValueError(
            f"{path} is there already and is no checkpoint; name another file for checkpoint="
        )
    place, schedule = note.get("place", {}), note.get("schedule", {})
    if place.get("epoch", 0) < schedule.get("epochs", 0):
        raise ValueError(
            f"{path} holds a training that stopped in epoch {place.get('epoch', 0) + 1} of "
            f"{schedule.get('epochs')}: go on with it by Word2Vec.resume({str(path)!r}) or "
            f"`w2v resume {path}`, or remove the file"
        )
    return every


def source_note(corpus: Any) -> Any:
    """Return a corpus that is named by paths as absolute ones; None for any other."""

    def absolute(path: str | os.PathLike[str]) -> str:
        name = os.fspath(path)
        return name if name == "-" or is_url(name) else os.path.abspath(os.path.expanduser(name))

    if isinstance(corpus, str | os.PathLike):
        return absolute(corpus)
    if isinstance(corpus, list) and corpus and all(isinstance(p, os.PathLike) for p in corpus):
        return [absolute(item) for item in corpus]
    return None


def start_note(init_from: Any) -> dict[str, Any]:
    """Return what an origin says of given vectors: their file, if they are from one."""
    return {} if init_from is None else {"init_from": source_note(init_from) or "given"}


def source_of(note: Any) -> Any:
    """Return what :func:`source_note` noted as a source for a Corpus."""
    return [as_path(path) for path in note] if isinstance(note, list) else note


def asked_of(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return what `fit` was asked to do, without reading the weights of a checkpoint."""
    asked = _note(path, formats.read_notes(path)).get("asked")
    if not isinstance(asked, dict):
        raise ValueError(f"{path} is damaged: its checkpoint does not say what was asked")
    return asked


def _note(path: Any, notes: Mapping[str, Any]) -> dict[str, Any]:
    note = notes.get("checkpoint")
    if not isinstance(note, dict):
        raise ValueError(
            f"{path} is a model and no checkpoint: there is no training in it to go on with"
        )
    return note


@dataclass(frozen=True)
class Saved:
    """A checkpoint that was read.

    Attributes
    ----------
    path : path
        Its file.
    stored : Model
        Of formats: the matrices, words, settings and notes.
    schedule, place, every, asked
        As they were written.
    """

    path: str | os.PathLike[str]
    stored: Stored
    schedule: Schedule
    place: Place
    every: float
    asked: dict[str, Any]

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Saved:
        """Read the file."""
        stored = formats.read_model(path)
        note = _note(path, stored.notes)
        try:
            schedule, place = Schedule(**note["schedule"]), Place(**note["place"])
            return cls(path, stored, schedule, place, float(note["every"]), dict(note["asked"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path} is damaged: its checkpoint is wrong ({error!r})") from None

    def check_versions(self) -> None:
        """Raise unless this w2v trains as the one did that wrote the file."""
        check_versions(self.path, self.stored.notes.get("origin", {}).get("versions", {}))

    def check_settings(self, given: Mapping[str, Any]) -> None:
        """Raise if a setting is given another value than the training has."""
        for name, value in given.items():
            if name not in self.stored.settings:
                raise TypeError(f"resume() has no setting {quoted(name)}")
            if name != "workers" and value != self.stored.settings[name]:
                raise ValueError(
                    f"{self.path} was trained with {name}={self.stored.settings[name]!r}, not "
                    f"{value!r}: leave it away, or start a new training"
                )

    def check_corpus(self, now: Mapping[str, Any]) -> None:
        """Raise unless a corpus is the one that the training has begun with."""
        then = self.stored.notes.get("origin", {}).get("corpus", {})
        found = list(corpus_differences(then, now))
        if found:
            raise ValueError(
                f"the corpus has changed since {self.path} was written: it has "
                f"{'; '.join(found)}. Give the old text, or start a new training on this one"
            )
