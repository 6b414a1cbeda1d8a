"""The layers of a network, where their weights lie and begin, and what a training is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.checks import number, quoted, true_or_false, whole_number
from w2v.names import INITS
from w2v.networks import functions

Floats = NDArray[Any]


@dataclass(frozen=True)
class Layer:
    """A layer of a network: its units, what they compute, and what feeds them.

    Parameters
    ----------
    units : int
        Number of units.
    activation : str, default "sigmoid"
        A name in :data:`w2v.functions.ACTIVATIONS`.
    k : float, default 1.0
        Slope of a sigmoid; towards infinity it becomes the step.
    K : float, default 1.0
        Amplitude of a sigmoid or tanh.
    bias : bool, default True
        Whether units have a bias.
    skip_from : int or sequence of int, optional
        Layers, besides the one before, whose activations also feed this one; 0 is the input.

    Raises
    ------
    ValueError
        For an unknown activation, or a k or K that it does not have.
    """

    units: int
    activation: str = "sigmoid"
    k: float = 1.0
    K: float = 1.0
    bias: bool = True
    skip_from: int | Sequence[int] | None = None

    def __post_init__(self) -> None:
        """Check what can be checked without the other layers."""
        if isinstance(self.units, (int, np.integer)) and self.units < 1:
            raise ValueError(f"a layer needs at least one unit, not {self.units}")
        whole_number("units", self.units, 1)
        if self.activation not in list(functions.ACTIVATIONS):
            raise ValueError(
                f"activation must be one of {', '.join(functions.ACTIVATIONS)}, "
                f"not {quoted(self.activation)}"
            )
        true_or_false("bias", self.bias)
        for name, value in (("k", self.k), ("K", self.K)):
            if not number(name, value, -inf, inf) > 0:
                raise ValueError(f"{name} must be a positive number, not {quoted(value)}")
            if value != 1 and name not in functions.ACTIVATIONS[self.activation].parameters:
                raise ValueError(f"activation {quoted(self.activation)} has no {name}: leave it 1")
        _ = self.sources  # checks skip_from

    @property
    def sources(self) -> tuple[int, ...]:
        """The layers of `skip_from`, in order."""
        if self.skip_from is None:
            return ()
        given: Any = self.skip_from
        given = given if hasattr(given, "__len__") else [given]
        return tuple(sorted(whole_number("skip_from", source, 0) for source in given))


class Parameters(NamedTuple):
    """Weights and biases of a network, or dE/d of each.

    Attributes
    ----------
    weights : list of (n_l, n_l-1) arrays
        w[dest, source], one for each layer after the input.
    biases : list of (n_l,) arrays or None
        One for each layer after the input.
    skips : dict of (from, to) -> (n_to, n_from) array
        Weights of the connections that skip layers.
    """

    weights: list[Floats]
    biases: list[Floats | None]
    skips: dict[tuple[int, int], Floats]


def network_size(n_inputs: int, layers: Sequence[Layer]) -> int:
    """Return how many weights and biases the network has."""
    units = [n_inputs, *(layer.units for layer in layers)]
    return sum(
        layer.units * (units[n] + sum(units[s] for s in layer.sources) + layer.bias)
        for n, layer in enumerate(layers)
    )


def network_views(n_inputs: int, layers: Sequence[Layer], theta: Floats) -> Parameters:
    """Return views into `theta`, which holds for each layer weights, skips and biases in turn."""
    units = [n_inputs, *(layer.units for layer in layers)]
    views = Parameters([], [], {})
    at = 0

    def take(*shape: int) -> Floats:
        nonlocal at
        at += (size := int(np.prod(shape)))
        return theta[at - size : at].reshape(shape)

    for to, layer in enumerate(layers, 1):
        views.weights.append(take(layer.units, units[to - 1]))
        for source in layer.sources:
            views.skips[source, to] = take(layer.units, units[source])
        views.biases.append(take(layer.units) if layer.bias else None)
    return views


def arrays_of(parameters: Parameters) -> list[Floats]:
    """Return all arrays of `parameters`."""
    biases = [b for b in parameters.biases if b is not None]
    return [*parameters.weights, *biases, *(parameters.skips[k] for k in sorted(parameters.skips))]


def check_layers(layers: Sequence[Layer], loss: str) -> None:
    """Raise unless the layers fit together, and their last one the loss."""
    if not layers or not all(isinstance(layer, Layer) for layer in layers):
        raise TypeError("layers must be a sequence of Layer, at least one")
    if loss not in list(functions.LOSSES):
        raise ValueError(f"loss must be one of {', '.join(functions.LOSSES)}, not {quoted(loss)}")
    for to, layer in enumerate(layers, 1):
        if layer.activation == "softmax" and to < len(layers):
            raise ValueError(f"layer {to}: softmax is for the output layer only")
        wrong = [s for s in layer.sources if not 0 <= s < to - 1]
        if wrong or len(set(layer.sources)) < len(layer.sources):
            raise ValueError(
                f"layer {to}: skip_from={quoted(layer.skip_from)} must name different layers below "
                f"{to - 1}, the one that feeds it anyway (0 is the input)"
            )
    last = layers[-1]
    if last.activation != "step":
        functions.check_pair(loss, last.activation, last.K)


def draw_weights(layers: Sequence[Layer], parameters: Parameters, init: str, seed: int) -> None:
    """Set all weights to random numbers, as :class:`w2v.Network` describes `init`."""
    if init not in INITS:
        raise ValueError(f"init must be 'glorot', 'he', 'uniform' or arrays, not {quoted(init)}")
    rng = np.random.default_rng(seed)
    for to, layer in enumerate(layers, 1):
        skips = [parameters.skips[source, to] for source in layer.sources]
        arrays: list[Any] = [parameters.weights[to - 1], *skips]
        limit = 0.05
        if init != "uniform":
            fan_in = sum(w.shape[1] for w in arrays)
            limit = np.sqrt(6 / (fan_in + (layer.units if init == "glorot" else 0)))
        elif layer.bias:
            arrays.append(parameters.biases[to - 1])
        for w in arrays:
            w[:] = rng.uniform(-limit, limit, w.shape)


def set_weights(parameters: Parameters, init: Sequence[Any]) -> None:
    """Set all weights to the arrays of `init`: weights, biases and, if there are any, skips."""
    if len(init) not in (2, 3):
        raise ValueError("init as arrays is (weights, biases) or (weights, biases, skips)")
    pairs: list[tuple[str, Any, Any]] = []
    for name, own, given in (
        ("weights", parameters.weights, init[0]),
        ("biases", parameters.biases, init[1]),
    ):
        given = [None] * len(own) if given is None else list(given)
        if len(given) != len(own):
            raise ValueError(f"init has {len(given)} {name} for {len(own)} layers")
        pairs += [(f"{name}[{i}]", *pair) for i, pair in enumerate(zip(own, given, strict=True))]
    skips = init[2] if len(init) == 3 else {}
    if set(skips) != set(parameters.skips):
        raise ValueError(f"init has skips {sorted(skips)}, the layers {sorted(parameters.skips)}")
    pairs += [(f"skips[{key}]", own, skips[key]) for key, own in parameters.skips.items()]
    for name, own, given in pairs:
        shape = None if own is None else own.shape
        found = None if given is None else np.shape(given)
        if shape != found:
            raise ValueError(f"init: {name} has shape {found}, the layers ask for {shape}")
        if own is not None:
            own[:] = given
    if not all(np.isfinite(array).all() for array in arrays_of(parameters)):
        raise ValueError("init: some weights are not finite numbers")


class Training(NamedTuple):
    """How a network is trained: what the trainer, the compiled core and the oracle read.

    Attributes
    ----------
    loss : str
        A name in :data:`w2v.functions.LOSSES`.
    optimizer : str
        A name in `w2v.names.DEFAULTS`.
    learning_rate, decay : float
        The rate of update t = 0, 1, ... is learning_rate / (1 + decay t).
    first, second : float
        What is kept of the mean of gradients (momentum, beta_1) and of squares (rho, beta_2).
    epsilon : float
        Added where a root is divided by.
    l2 : float
        l2 / 2 times the sum of squared weights (not biases) is added to the mean loss.
    clip : float
        Longest gradient of the mean loss, before l2; inf: no limit.
    dropout : tuple of float
        Probability with which a unit is silenced, for each hidden layer.
    batch_size : int
        Patterns an update.
    shuffle : bool
        Whether every epoch has its own order.
    seed : int
        What the orders and the silenced units are a function of, with the epoch.
    error_limit : float
        Stop after an epoch whose mean loss is below.
    tol, patience : float, int
        Stop when `patience` epochs in a row have not lowered the best loss by more than `tol`;
        patience 0: never.
    """

    loss: str
    optimizer: str
    learning_rate: float
    decay: float
    first: float
    second: float
    epsilon: float
    l2: float
    clip: float
    dropout: tuple[float, ...]
    batch_size: int
    shuffle: bool
    seed: int
    error_limit: float
    tol: float
    patience: int


def no_improvement(losses: Sequence[float], tol: float, patience: int) -> bool:
    """Return whether the last `patience` losses failed to lower the best by more than `tol`."""
    if not 0 < patience <= len(losses):
        return False
    best, waited = np.inf, 0
    for value in losses:
        waited = 0 if value < best - tol else waited + 1
        best = min(best, value)
    return waited >= patience
