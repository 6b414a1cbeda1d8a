"""Checkpoints of networks: a training on the disk, to go on from as if nothing had been.

A checkpoint is a network's file with more in it: the optimiser's memory, the weights of the best
epoch, and a note of settings, losses and data. It stands at the end of an epoch. Orders of patterns
and silenced units are a function of the seed and the number of the epoch: no more is needed.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.checks import number, quoted, whole_number
from w2v.files.storage import try_to_write
from w2v.networks import files
from w2v.networks.layers import Layer, network_views
from w2v.networks.trainer import History, State
from w2v.versions import check_versions, versions

Floats = NDArray[Any]

EVERY = 60.0  # seconds
SPARED = 50  # a checkpoint is due no sooner than so many times what the latest one took

# Returns what else belongs into the file at a place in the history, as metadata.
Notes = Callable[[History], Mapping[str, str]]


@dataclass
class Checkpoint:
    """Where the training of a network is written to, and when.

    Attributes
    ----------
    path : path
        The file.
    every : float
        Seconds from one to the next.
    n_inputs, layers, loss
        Of the network.
    about : dict
        What the file says of the training: settings, data, what was asked for.
    notes : callable, optional
        See `Notes`.
    """

    path: str | os.PathLike[str]
    every: float
    n_inputs: int
    layers: tuple[Layer, ...]
    loss: str
    about: dict[str, Any]
    notes: Notes | None = None
    _due: float = field(default=inf, init=False)

    @property
    def is_due(self) -> bool:
        """Whether the time of the next one has come."""
        return time.monotonic() >= self._due

    def write(
        self, parameters: Floats, history: History, best: Floats | None, ended: bool = False
    ) -> None:
        """Write a training that stands behind the epochs of `history`.

        A training whose numbers are not finite is about to diverge: the file of before stays.
        """
        started = time.monotonic()
        state = history.state
        more = {files.MOMENTS: state.moments} | ({} if best is None else {files.BEST: best})
        if all(np.isfinite(array).all() for array in (parameters, *more.values())):
            note = self.about | {
                "every": self.every,
                "versions": versions(),
                "updates": state.updates,
                "epochs": state.epochs,
                "loss_curve": history.loss_curve,
                "validation_curve": history.validation_curve,
                "ended": history.reason if ended else None,
            }
            notes = {} if self.notes is None else dict(self.notes(history))
            notes[files.CHECKPOINT] = json.dumps(note)
            views = network_views(self.n_inputs, self.layers, parameters)
            files.save(self.path, self.n_inputs, self.layers, self.loss, views, notes, more)
        now = time.monotonic()
        self._due = now + max(self.every, SPARED * (now - started))


def check_place(path: Any, every: Any) -> float:
    """Refuse a path that cannot be written, or that holds a training that is not at its end."""
    every = number("every", every, 0, inf)
    try_to_write(path)
    if not os.path.exists(path):
        return every
    try:
        note = files.read_notes(path, files.CHECKPOINT)
    except ValueError:
        note = None
    if note is None:
        raise ValueError(
            f"{path} is there already and is no checkpoint; name another file for checkpoint="
        )
    if note.get("ended") is None:
        raise ValueError(
            f"{path} holds a training that stopped behind epoch {note.get('epochs')}: go on with "
            f"it by resume({str(path)!r}, ...) or `w2v resume {path}`, or remove the file"
        )
    return every


def plain(value: Any) -> Any:
    """Return settings as JSON gives them back, so that they can be compared."""

    def of_numpy(item: Any) -> Any:
        return item.tolist() if hasattr(item, "tolist") else repr(item)

    return json.loads(json.dumps(value, default=of_numpy))


def fingerprint(
    patterns: tuple[Any, Floats, Any], validation: tuple[Any, ...] | None
) -> dict[str, list[Any] | None]:
    """Return shape and SHA-256 of all that a training sees, by what it is."""
    judged = (*(validation or ()), None, None, None)
    values = (*patterns, *judged[:3])
    names = ("patterns", "targets", "sample_weight")
    parts = zip((*names, *(f"validation {name}" for name in names)), values, strict=True)
    return {name: None if value is None else _sum(value) for name, value in parts}


def _sum(value: Any) -> list[Any]:
    found = sha256()
    arrays = [value] if not hasattr(value, "indptr") else [value.indptr, value.indices, value.data]
    for array in arrays:
        array = np.asarray(array)
        kind = "<i8" if array.dtype.kind in "iu" else array.dtype
        found.update(np.ascontiguousarray(array, kind).data)
    return [list(np.shape(value)), found.hexdigest()]


@dataclass(frozen=True)
class Saved:
    """What a checkpoint says beside its network.

    Attributes
    ----------
    path : path
        Its file.
    note : dict
        As it was written.
    moments, best : array
        Of the optimiser; the weights of the best epoch, or None.
    """

    path: str | os.PathLike[str]
    note: dict[str, Any]
    moments: Floats
    best: Floats | None

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Saved:
        """Read the file; raise unless this w2v trains as the one did that wrote it."""
        note = note_of(path)
        _, _, _, tensors = files.load(path)
        with files.damage(path, "its checkpoint"):
            for name in ("updates", "epochs"):
                whole_number(name, note[name], 0)
            for name in ("loss_curve", "validation_curve"):
                np.array(note[name], np.float64)
            for kind, name in ((dict, "settings"), (dict, "data"), (dict, "asked")):
                if not isinstance(note[name], kind):
                    raise TypeError(f"{name} is {quoted(note[name])}")
            found = note["versions"]
        check_versions(path, found)
        return cls(path, note, tensors[files.MOMENTS], tensors.get(files.BEST))

    def history(self) -> History:
        """Return the report of the epochs that are done."""
        note = self.note
        state = State(note["settings"]["optimizer"], self.moments, note["updates"], note["epochs"])
        curves = list(note["loss_curve"]), list(note["validation_curve"])
        return History(*curves, note["ended"] or "epochs", state)

    def check_settings(self, given: Mapping[str, Any]) -> None:
        """Raise if a setting is given another value than the training has."""
        self._check_settings(given, self.note["settings"])

    def _check_settings(self, given: Mapping[str, Any], then: Mapping[str, Any]) -> None:
        for name, value in plain(dict(given)).items():
            if name not in then:
                raise TypeError(f"resume() has no setting {quoted(name)}")
            if value != then[name]:
                raise ValueError(
                    f"{self.path} was trained with {name}={quoted(then[name])}, not "
                    f"{quoted(value)}: leave it away, or start a new training"
                )

    def check_params(self, given: Mapping[str, Any], then: Mapping[str, Any]) -> None:
        """Do the same for the parameters of an estimator."""
        self._check_settings(given, plain(dict(then)))

    def check_data(self, now: Mapping[str, Any]) -> None:
        """Raise unless the data are those that the training has begun with."""
        found = list(_differences(self.note["data"], plain(now)))
        if found:
            raise ValueError(
                f"the data have changed since {self.path} was written: {'; '.join(found)}. Give "
                "the old ones, or start a new training on these"
            )


def _differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for name, value in now.items():
        before = then.get(name)
        if before == value:
            continue
        if before is None or value is None:
            yield f"{name} {'were' if value is None else 'were not'} given then"
        elif before[0] != value[0]:
            yield f"the {name} have shape {tuple(value[0])}, and {tuple(before[0])} then"
        else:
            yield f"the {name} hold other numbers, or in another order"


def note_of(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return what a checkpoint says of its training, without reading the weights."""
    note: dict[str, Any] | None = files.read_notes(path, files.CHECKPOINT)
    if note is None:
        raise ValueError(
            f"{path} is a network and no checkpoint: there is no training in it to go on with"
        )
    return note
