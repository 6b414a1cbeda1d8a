"""A network's file: safetensors, the weights by name and the layers as metadata."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.checks import quoted, whole_number
from w2v.files.blocks import TensorFile, tensor_of, write_tensors
from w2v.networks.layers import Layer, Parameters, check_layers, network_size

Floats = NDArray[Any]

METADATA = "w2v_network"  # where the description of the layers stands
CHECKPOINT = "w2v_network_training"  # where that of a training stands, of which the file is one
MOMENTS, BEST = "training.moments", "training.best"  # tensors of a checkpoint
FORMAT_VERSION = 2
OLDER = 1  # had no checksums, and did not tell its version


def tensors_of(parameters: Parameters) -> dict[str, Floats]:
    """Return the arrays by name: weights.1, biases.1, ... for layer 1, skips.0.2 for 0 to 2."""
    named = {f"weights.{i}": w for i, w in enumerate(parameters.weights, 1)}
    named |= {f"biases.{i}": b for i, b in enumerate(parameters.biases, 1) if b is not None}
    return named | {f"skips.{s}.{to}": w for (s, to), w in parameters.skips.items()}


def save(
    path: str | os.PathLike[str],
    n_inputs: int,
    layers: Sequence[Layer],
    loss: str,
    parameters: Parameters,
    notes: Mapping[str, str] | None = None,
    more: Mapping[str, Floats] | None = None,
) -> None:
    """Write a network, with `notes` as further metadata, and `more` tensors of a checkpoint.

    Raises
    ------
    ValueError
        If a weight is not a finite number, as after a training that diverged.
    """
    tensors = tensors_of(parameters) | dict(more or {})
    for name, array in tensors.items():
        if not np.isfinite(array).all():
            raise ValueError(f"{name} holds numbers that are not finite: nothing was written")
    about = {
        "format_version": FORMAT_VERSION,
        "n_inputs": n_inputs,
        "loss": loss,
        "layers": [asdict(layer) | {"skip_from": list(layer.sources)} for layer in layers],
    }
    metadata = {**(notes or {}), METADATA: json.dumps(about)}
    kind = f"F{8 * parameters.weights[0].itemsize}"
    written = {name: tensor_of(array, kind) for name, array in tensors.items()}
    write_tensors(path, metadata, written, aligned=next(iter(written)))


def load(path: str | os.PathLike[str]) -> tuple[int, list[Layer], str, dict[str, Floats]]:
    """Return number of inputs, layers, loss and arrays by name of a file that :func:`save` wrote.

    What the layers ask for is compared with the file before memory is taken for an array.

    Raises
    ------
    ValueError
        If the file is something else, or damaged.
    """
    file = _opened(path)
    about = _notes(file, path, METADATA)
    with damage(path, "the network's description"):
        n_inputs = whole_number("n_inputs", about["n_inputs"], 1)
        there = sum(name.startswith("weights.") for name in file.entries)
        if len(about["layers"]) != there:
            raise ValueError(f"{len(about['layers']):,} layers, {there:,} arrays of weights")
        layers = [
            Layer(**layer | {"skip_from": tuple(layer["skip_from"]) or None})
            for layer in about["layers"]
        ]
        check_layers(layers, about["loss"])
    found = {name: tuple(entry["shape"]) for name, entry in file.entries.items()}
    expected = _shapes(n_inputs, layers)
    if CHECKPOINT in file.metadata:
        size = network_size(n_inputs, layers)
        expected |= {MOMENTS: (2, size)} | ({BEST: (size,)} if BEST in found else {})
    if found != expected:
        raise ValueError(f"{path}: its arrays do not fit the layers it describes")
    kinds = {entry["dtype"] for entry in file.entries.values()}
    if len(kinds) > 1 or not kinds <= {"F32", "F64"}:
        raise ValueError(f"{path}: its arrays are {', '.join(sorted(kinds))}, not all F32 or F64")
    tensors = {name: np.array(file.tensor(name).array) for name in file.entries}
    for name, array in tensors.items():
        if not np.isfinite(array).all():
            raise ValueError(f"{path} is damaged: {name} holds numbers that are not finite")
    return n_inputs, layers, about["loss"], tensors


def read_notes(path: str | os.PathLike[str], key: str) -> Any:
    """Return what the JSON under `key` in a network's metadata says; None if there is none."""
    return _notes(_opened(path), path, key)


def compare(path: str | os.PathLike[str]) -> int:
    """Compare all of a file with its checksums, and return how many it has."""
    return _opened(path).check()


def _notes(file: TensorFile, path: str | os.PathLike[str], key: str) -> Any:
    text = file.metadata.get(key)
    with damage(path, f"its metadata {key!r}"):
        about = None if text is None else json.loads(text)
        if text is not None and not isinstance(about, dict):
            raise TypeError("no JSON object")
    return about


def _opened(path: str | os.PathLike[str]) -> TensorFile:
    """Open the file of a network; its header is compared with its checksum."""
    if not Path(path).exists():
        raise FileNotFoundError(f"no file {path}")
    file = TensorFile(path, os.fspath(path))
    about = _notes(file, path, METADATA)
    if about is None:
        raise ValueError(f"{path} holds no network: it was not written by Network.save()")
    version = about.get("format_version", OLDER)
    if version not in (FORMAT_VERSION, OLDER):
        raise ValueError(
            f"{path} has version {quoted(version)} of a network's file, and this w2v reads "
            f"{FORMAT_VERSION}; install a w2v that knows it"
        )
    file.compare_header(needed=version != OLDER)
    return file


@contextmanager
def damage(path: str | os.PathLike[str], what: str) -> Iterator[None]:
    """Turn every error about what a file says into one that names the file."""
    try:
        yield
    except KeyError as error:
        raise ValueError(f"{path} is damaged: {what} lacks {error}") from None
    except (AttributeError, RecursionError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is damaged: {what} is wrong ({error})") from None


def _shapes(n_inputs: int, layers: Sequence[Layer]) -> dict[str, tuple[int, ...]]:
    """Return the shape of every array that :func:`tensors_of` names."""
    units = [n_inputs, *(layer.units for layer in layers)]
    shapes: dict[str, tuple[int, ...]] = {}
    for to, layer in enumerate(layers, 1):
        shapes[f"weights.{to}"] = (layer.units, units[to - 1])
        if layer.bias:
            shapes[f"biases.{to}"] = (layer.units,)
        shapes |= {f"skips.{s}.{to}": (layer.units, units[s]) for s in layer.sources}
    return shapes
