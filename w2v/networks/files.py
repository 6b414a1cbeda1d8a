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

from w2v.checks import whole_number
from w2v.files.storage import atomic_write
from w2v.files.tensors import opened_tensors
from w2v.networks.layers import Layer, Parameters, check_layers

Floats = NDArray[Any]

METADATA = "w2v_network"  # where the description of the layers stands


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
) -> None:
    """Write a network, with `notes` as further metadata.

    Raises
    ------
    ValueError
        If a weight is not a finite number, as after a training that diverged.
    """
    from safetensors.numpy import save as to_bytes

    tensors = tensors_of(parameters)
    for name, array in tensors.items():
        if not np.isfinite(array).all():
            raise ValueError(f"{name} holds numbers that are not finite: nothing was written")
    about = {
        "n_inputs": n_inputs,
        "loss": loss,
        "layers": [asdict(layer) | {"skip_from": list(layer.sources)} for layer in layers],
    }
    metadata = {**(notes or {}), METADATA: json.dumps(about)}
    with atomic_write(path) as file:
        file.write(to_bytes(tensors, metadata))


def load(path: str | os.PathLike[str]) -> tuple[int, list[Layer], str, dict[str, Floats]]:
    """Return number of inputs, layers, loss and arrays by name of a file that :func:`save` wrote.

    What the layers ask for is compared with the file before memory is taken for an array.

    Raises
    ------
    ValueError
        If the file is something else, or damaged.
    """
    about = read_notes(path, METADATA)
    if about is None:
        raise ValueError(f"{path} holds no network: it was not written by Network.save()")
    with damage(path, "the network's description"):
        n_inputs = whole_number("n_inputs", about["n_inputs"], 1)
        with _opened(path) as file:
            there = sum(name.startswith("weights.") for name in file.keys())  # noqa: SIM118
        if len(about["layers"]) != there:
            raise ValueError(f"{len(about['layers']):,} layers, {there:,} arrays of weights")
        layers = [
            Layer(**layer | {"skip_from": tuple(layer["skip_from"]) or None})
            for layer in about["layers"]
        ]
        check_layers(layers, about["loss"])
    with _opened(path) as file:
        parts = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
        found = {name: tuple(part.get_shape()) for name, part in parts.items()}
        if found != _shapes(n_inputs, layers):
            raise ValueError(f"{path}: its arrays do not fit the layers it describes")
        kinds = {part.get_dtype() for part in parts.values()}
        if len(kinds) > 1 or not kinds <= {"F32", "F64"}:
            raise ValueError(
                f"{path}: its arrays are {', '.join(sorted(kinds))}, not all F32 or F64"
            )
        tensors = {name: file.get_tensor(name) for name in parts}
    for name, array in tensors.items():
        if not np.isfinite(array).all():
            raise ValueError(f"{path} is damaged: {name} holds numbers that are not finite")
    return n_inputs, layers, about["loss"], tensors


def read_notes(path: str | os.PathLike[str], key: str) -> Any:
    """Return what the JSON under `key` in a file's metadata says; None if there is none."""
    with _opened(path) as file:
        text = (file.metadata() or {}).get(key)
    with damage(path, f"its metadata {key!r}"):
        about = None if text is None else json.loads(text)
        if text is not None and not isinstance(about, dict):
            raise TypeError("no JSON object")
    return about


@contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[Any]:
    if not Path(path).exists():
        raise FileNotFoundError(f"no file {path}")
    with opened_tensors(path, os.fspath(path)) as file:
        yield file


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
