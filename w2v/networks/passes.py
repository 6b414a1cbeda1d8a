"""Forward and backward of a network in numpy, for outputs and for gradients to look at.

Training runs in the compiled core. The oracle of the tests has its own, plainer version.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from w2v.networks.functions import ACTIVATIONS, pull_back
from w2v.networks.layers import Layer, Parameters

Floats = NDArray[Any]

BLOCK_BYTES = 4 << 20  # of the widest layer's activations


def forward(
    layers: Sequence[Layer], parameters: Parameters, X: Floats
) -> tuple[list[Floats], list[Floats]]:
    """Return net inputs Z and activations A of every layer; ``Z[0]`` and ``A[0]`` are X."""
    Z, A = [X], [X]
    for to, layer in enumerate(layers, 1):
        z = A[-1] @ parameters.weights[to - 1].T
        for source in layer.sources:
            z += A[source] @ parameters.skips[source, to].T
        bias = parameters.biases[to - 1]
        if bias is not None:
            z += bias
        Z.append(z)
        A.append(ACTIVATIONS[layer.activation].value(z, layer.k, layer.K))
    return Z, A


def blocks(layers: Sequence[Layer], X: Any) -> list[slice]:
    """Return slices of the rows of X, so few each that all activations of a block are small."""
    widest = max(X.shape[1], *(layer.units for layer in layers))
    step = max(1, BLOCK_BYTES // (widest * X.dtype.itemsize))
    return [slice(start, start + step) for start in range(0, X.shape[0], step)]


def deltas(
    layers: Sequence[Layer], parameters: Parameters, Z: list[Floats], A: list[Floats], delta: Floats
) -> tuple[dict[int, Floats], dict[int, Floats]]:
    """Return dE/da of the hidden layers and dE/dz of all layers after the input, by number.

    `delta` (n, outputs) is dE/dz of the output layer, as :func:`w2v.functions.loss_and_delta`
    returns it.
    """
    errors: dict[int, Floats] = {}
    found = {len(layers): delta}
    for to in range(len(layers), 0, -1):
        layer = layers[to - 1]
        if to < len(layers):
            found[to] = pull_back(layer.activation, Z[to], A[to], errors[to], layer.k, layer.K)
        feeds = {to - 1: parameters.weights[to - 1]}
        feeds |= {source: parameters.skips[source, to] for source in layer.sources}
        for source, weights in feeds.items():
            if source > 0:  # nobody asks for the gradient of the input
                back = found[to] @ weights
                errors[source] = errors[source] + back if source in errors else back
    return errors, found


def backward(
    layers: Sequence[Layer], parameters: Parameters, Z: list[Floats], A: list[Floats], delta: Floats
) -> Parameters:
    """Return dE/d of every weight and bias, summed over the patterns; `delta` as above."""
    gradients = Parameters([], [], {})
    _, found = deltas(layers, parameters, Z, A, delta)
    for to, layer in enumerate(layers, 1):
        gradients.weights.append(found[to].T @ A[to - 1])
        gradients.biases.append(found[to].sum(axis=0) if layer.bias else None)
        for source in layer.sources:
            gradients.skips[source, to] = found[to].T @ A[source]
    return gradients
