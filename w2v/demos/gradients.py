"""Slopes of units, gradients of deep networks, what a gradient costs and whether it is right."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.checks import number
from w2v.demos.report import Report, with_whole_numbers
from w2v.networks import functions
from w2v.networks.network import Layer, Network

Floats = NDArray[Any]


def slopes(ks: Sequence[float] = (1, 2, 5, 20, 100)) -> Report:
    """Compare the sigmoid 1 / (1 + e^-kz) with the step as k grows.

    Parameters
    ----------
    ks : sequence of float, default (1, 2, 5, 20, 100)
        Slopes.

    Returns
    -------
    Report
        The value at some z for each k and for the step, and below the largest distance from the
        step for all |z| >= 0.1.
    """
    if not ks or not all(0 < k < np.inf for k in ks):
        raise ValueError(f"slopes must be above 0, not {list(ks)}")
    sigmoid = functions.ACTIVATIONS["sigmoid"].value
    step = functions.ACTIVATIONS["step"].value
    z = np.array([-2, -1, -0.5, -0.1, 0.1, 0.5, 1, 2])
    values = [sigmoid(z, k, 1.0) for k in ks]
    rows = [
        (float(at), *(float(v[i]) for v in values), int(step(z, 1, 1)[i])) for i, at in enumerate(z)
    ]
    away = [float(np.abs(sigmoid(np.array([-0.1]), k, 1.0)[0])) for k in ks]
    notes = [
        f"k = {k:g}: at |z| >= 0.1 never farther from the step than {d:.2g}; greatest slope k/4 = "
        f"{k / 4:g}"
        for k, d in zip(ks, away, strict=True)
    ]
    return Report(
        "the sigmoid becomes the step as k grows",
        ("z", *(f"k={k:g}" for k in ks), "step"),
        rows,
        [*notes, "the steeper it is, the less gradient is left anywhere but at z = 0"],
        form=".4f",
    )


@with_whole_numbers
def vanishing(
    layers: int = 20, width: int = 50, seed: int = 1, gain: float | None = None
) -> Report:
    """Measure the gradient at each layer of deep, untrained networks.

    Parameters
    ----------
    layers : int, default 20
        Hidden layers.
    width : int, default 50
        Units in each, and inputs.
    seed : int, default 1
        Of weights and patterns.
    gain : float, optional
        Amplitude K of the K sigmoid(z) and K tanh(z) units; by default 32 and 5.

    Returns
    -------
    Report
        A row for each layer, a column for each kind of unit: the Frobenius norm of dE/dw, summed
        over 20 random patterns.

    Notes
    -----
    On its way down a layer the gradient is multiplied by the slopes of the units and by the
    weights. No slope is above K/4 for K sigmoid(z), above K for K tanh(z), above 1 for ReLU. So it
    explodes only where that times the gain of the weights is above 1, and the saturated units,
    whose slope is smaller, lower it. The gain of weights (n, n) is the root of the mean squared
    length of their rows: what they multiply the length of a random vector by. It is about 1 for
    Glorot's weights and 1.4 for He's.
    """
    if layers < 2 or width < 1:
        raise ValueError(f"layers must be at least 2 and width 1, not {layers} and {width}")
    sigmoid_K, tanh_K = (32.0, 5.0) if gain is None else (number("gain", gain, 1e-6, 1e6),) * 2
    # what is computed, activation with its K, initial weights, greatest slope
    kinds = (
        ("sigmoid", Layer(width, "sigmoid"), "glorot", 1 / 4),
        ("tanh", Layer(width, "tanh"), "glorot", 1.0),
        (
            f"{sigmoid_K:g}·sigmoid(z)",
            Layer(width, "sigmoid", K=sigmoid_K),
            "glorot",
            sigmoid_K / 4,
        ),
        (f"{tanh_K:g}·tanh(z)", Layer(width, "tanh", K=tanh_K), "glorot", tanh_K),
        ("relu", Layer(width, "relu"), "he", 1.0),
    )
    rng = np.random.default_rng(seed)
    X, T = rng.standard_normal((20, width)), rng.standard_normal((20, 1))
    norms, notes = [], []
    for label, unit, init, slope in kinds:
        network = Network(
            width, [unit] * layers + [Layer(1, "linear")], init=init, seed=seed, dtype="float64"
        )
        n = [float(np.linalg.norm(g)) for g in network.backward(X, T).weights[:-1]]
        norms.append(n)
        gains = [np.linalg.norm(w) / np.sqrt(width) for w in network.weights[1:-1]]
        weights = float(np.exp(np.mean(np.log(gains))))
        ratio = n[0] / n[-1] if n[-1] else 0.0
        a_layer = ratio ** (1 / (layers - 1))
        verdict = "stays in range"
        if not 0.8 <= a_layer <= 1.25:
            verdict = "vanishes" if a_layer < 0.8 else "explodes"
        notes.append(
            f"{label}: greatest slope {slope:g} times gain of the weights {weights:.2f} = "
            f"{slope * weights:.2f}; measured a factor of {a_layer:.2f} a layer, {ratio:.1e} over "
            f"all: it {verdict}"
        )
    rows = [(i + 1, *(n[i] for n in norms)) for i in range(layers)]
    notes.append(
        "K·sigmoid(z) has slope K/4 at z = 0 and less elsewhere: its gradient explodes only if "
        "K/4 times the gain of the weights is above 1"
    )
    return Report(
        f"norm of dE/dw at each of {layers} layers of {width} units, untrained, seed {seed}",
        ("layer", *(label for label, *_ in kinds)),
        rows,
        notes,
    )


@with_whole_numbers
def cost(widths: Sequence[int] = (2, 4, 8, 16, 32, 64), seed: int = 1) -> Report:
    """Measure what a gradient costs by finite differences and by backpropagation.

    Parameters
    ----------
    widths : sequence of int, default (2, 4, 8, 16, 32, 64)
        Units in each of two hidden layers; the networks have as many inputs and one output.
    seed : int, default 1
        Of weights and patterns.

    Returns
    -------
    Report
        A row for each network: its number of weights N_w (biases included), forward passes of the
        differences (N_w + 1), milliseconds of both ways on 20 patterns, the best of three, and
        their ratio; the last column is the largest difference between the two gradients.
    """
    rows: list[tuple[Any, ...]] = []
    rng = np.random.default_rng(seed)
    for width in widths:
        X, T = rng.standard_normal((20, width)), rng.random((20, 1))
        network = Network(
            width,
            [Layer(width, "tanh"), Layer(width, "tanh"), Layer(1, "sigmoid")],
            loss="binary_cross_entropy",
            seed=seed,
            dtype="float64",
        )
        size = len(network.parameters)
        by_backprop, exact = _best(_backprop, network, X, T, times=3, repeats=10)
        times = 3 if size < 2000 else 1
        by_difference, near = _best(_differences, network, X, T, times=times, repeats=1)
        ratio, largest = by_difference / by_backprop, float(np.abs(exact - near).max())
        rows.append((size, size + 1, 1e3 * by_difference, 1e3 * by_backprop, ratio, largest))
    sizes, ratios = (np.log([row[i] for row in rows]) for i in (0, 4))
    grows = "the ratio grows as N_w"
    if len(rows) > 1:
        grows += f" to the power {np.polyfit(sizes, ratios, 1)[0]:.2f}"
    return Report(
        f"a gradient by finite differences and by backpropagation, seed {seed}",
        ("N_w", "passes", "differences_ms", "backprop_ms", "ratio", "largest_difference"),
        rows,
        [
            f"{grows}: differences need N_w + 1 forward passes, backpropagation a forward and a "
            "backward one"
        ],
    )


def _backprop(network: Network, X: Floats, T: Floats) -> Floats:
    """Return dE/d of all parameters: layer by layer, weights then biases."""
    gradients = network.backward(X, T)
    pairs = zip(gradients.weights, gradients.biases, strict=True)
    return np.concatenate([part.ravel() for pair in pairs for part in pair if part is not None])


def _differences(network: Network, X: Floats, T: Floats, eps: float = 1e-6) -> Floats:
    """Return (E(w + eps) - E(w)) / eps for each weight, in the order of :func:`_backprop`."""
    before = network.loss(X, T)
    found = np.empty_like(network.parameters)
    for i, kept in enumerate(network.parameters.tolist()):
        network.parameters[i] = kept + eps
        found[i] = (network.loss(X, T) - before) / eps * len(X)
        network.parameters[i] = kept
    return found


def _best(
    work: Callable[..., Floats], *arguments: Any, times: int, repeats: int
) -> tuple[float, Floats]:
    """Return the seconds of the fastest of some runs, and what the work returned."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        for _ in range(repeats):
            value = work(*arguments)
        seconds.append((time.perf_counter() - start) / repeats)
    return min(seconds), value


@with_whole_numbers
def gradcheck(seed: int = 1) -> Report:
    """Compare backpropagation with central differences for every activation and loss.

    Parameters
    ----------
    seed : int, default 1
        Of weights and patterns.

    Returns
    -------
    Report
        A row for each network of 3 inputs, 4 hidden units of an activation, and 2 outputs: the
        largest relative difference of the gradients, in float64.
    """
    outputs = {
        "squared_error": [Layer(2, name) for name in ("linear", "sigmoid", "tanh", "softmax")],
        "binary_cross_entropy": [Layer(2, "sigmoid"), Layer(2, "sigmoid", k=2.0)],
        "cross_entropy": [Layer(2, "softmax")],
    }
    hidden = (
        Layer(4, "sigmoid"),
        Layer(4, "sigmoid", k=2.0, K=3.0),
        Layer(4, "tanh"),
        Layer(4, "tanh", K=2.0),
        Layer(4, "relu"),
        Layer(4, "linear"),
        Layer(4, "sine"),
    )
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((5, 3))
    T = np.eye(2)[rng.integers(0, 2, 5)]
    rows = []
    for below in hidden:
        for loss, tops in outputs.items():
            for top in tops:
                network = Network(3, [below, top], loss=loss, seed=seed, dtype="float64")
                rows.append((_label(below), _label(top), loss, network.gradient_check(X, T)))
    worst = max(row[-1] for row in rows)
    verdict = "agree" if worst < 1e-6 else "do not agree"
    return Report(
        "backpropagation against central differences (E(w + eps) - E(w - eps)) / 2 eps, "
        f"seed {seed}",
        ("hidden", "output", "loss", "relative_error"),
        rows,
        [f"the largest relative error is {worst:.1e}: they {verdict}"],
    )


def _label(layer: Layer) -> str:
    """Return a layer's activation with the k and K that are not 1."""
    scale = "".join(f" {n}={v:g}" for n, v in (("k", layer.k), ("K", layer.K)) if v != 1)
    return layer.activation + scale
