"""A network's file: safetensors, the weights by name and the layers as metadata."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from w2v.files.storage import atomic_write
from w2v.networks.layers import Layer, Parameters

Floats = NDArray[Any]


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
    """Write a network, with `notes` as further metadata."""
    from safetensors.numpy import save as to_bytes

    about = {
        "n_inputs": n_inputs,
        "loss": loss,
        "layers": [asdict(layer) | {"skip_from": layer.sources} for layer in layers],
    }
    metadata = {"w2v_network": json.dumps(about), **(notes or {})}
    with atomic_write(path) as file:
        file.write(to_bytes(tensors_of(parameters), metadata))


def load(path: str | os.PathLike[str]) -> tuple[int, list[Layer], str, dict[str, Floats]]:
    """Return number of inputs, layers, loss and arrays by name of a file that :func:`save` wrote.

    Raises
    ------
    ValueError
        If the file is something else.
    """
    from safetensors import SafetensorError, safe_open

    if not Path(path).is_file():
        raise FileNotFoundError(f"no file {path}")
    try:
        with safe_open(path, "numpy") as file:
            about = json.loads((file.metadata() or {}).get("w2v_network", "null"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(f"{path} is no safetensors file ({error})") from error
    if about is None:
        raise ValueError(f"{path} holds no network: it was not written by Network.save()")
    layers = [
        Layer(**layer | {"skip_from": tuple(layer["skip_from"])}) for layer in about["layers"]
    ]
    return about["n_inputs"], layers, about["loss"], tensors
