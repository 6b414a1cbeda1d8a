"""The lecture's demonstrations of networks: each a function that returns what there is to see.

``python -m w2v xor`` and its neighbours print these reports; :mod:`w2v.plots` draws them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.demos import opinions
from w2v.estimators.base import FeedForwardClassifier
from w2v.estimators.perceptron import learnable_functions, threshold_functions
from w2v.estimators.text import TextClassifier
from w2v.networks import functions
from w2v.networks.network import Layer, Network

__all__ = [
    "Attempt",
    "Report",
    "Xor",
    "cost",
    "digits",
    "gates",
    "gradcheck",
    "perceptron",
    "regression",
    "sentiment",
    "slopes",
    "vanishing",
    "why_not",
    "xor",
]

Floats = NDArray[Any]

XOR_INPUTS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
XOR_TARGETS = np.array([[0], [1], [1], [0]], float)


class Report(NamedTuple):
    """A table and what it shows.

    Attributes
    ----------
    title : str
        What was done.
    columns : tuple of str
        Names of the columns.
    rows : list of tuple
        Numbers and text.
    notes : list of str
        What is to be seen, a sentence each.
    """

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    notes: list[str]

    def __str__(self) -> str:
        """Return title, aligned table and notes."""
        columns = [
            _cells(name, [row[i] for row in self.rows]) for i, name in enumerate(self.columns)
        ]
        lines = ["  " + "  ".join(cells).rstrip() for cells in zip(*columns, strict=True)]
        return "\n".join([self.title, *lines, *self.notes])


def _cells(name: str, values: list[Any]) -> list[str]:
    """Return a column as text of one width: numbers to the right, in one form."""
    numbers = all(isinstance(value, (int, float)) for value in values)
    cells = [str(value) for value in values]
    if numbers and any(isinstance(value, float) for value in values):
        sizes = [abs(value) for value in values if value]
        if sizes and (min(sizes) < 1e-4 or max(sizes) >= 1e5):
            form = ".1e"
        else:
            form = ".4f" if max(sizes, default=0) < 10 else ".2f"
        cells = [format(value, form) for value in values]
    width = max(map(len, [name, *cells]))
    return [cell.rjust(width) if numbers else cell.ljust(width) for cell in [name, *cells]]


# --- XOR -----------------------------------------------------------------------------------------


class Attempt(NamedTuple):
    """One training of an XOR network.

    Attributes
    ----------
    seed : int
        Of the initial weights.
    epochs : int
        How many it took.
    error : float
        Mean loss at the end.
    reasons : list of (kind, sentence)
        Empty if it is solved; else why it is not, as :func:`why_not` has it.
    """

    seed: int
    epochs: int
    error: float
    reasons: list[tuple[str, str]]


class Xor(NamedTuple):
    """What :func:`xor` did.

    Attributes
    ----------
    method : str
        How.
    solved : bool
        Whether the last attempt fell below the error limit with every output on its side of 1/2.
    attempts : list of Attempt
        The last one is that of `network`.
    network : Network
        The trained network.
    loss_curve : list of float
        Mean loss of each epoch of the last attempt.
    """

    method: str
    solved: bool
    attempts: list[Attempt]
    network: Network
    loss_curve: list[float]

    def inputs(self) -> Floats:
        """Return what the network gets for the four patterns."""
        return _xor_inputs(self.method)

    def report(self) -> Report:
        """Return the truth table with what the hidden units compute, and how it was learnt."""
        method = METHODS[self.method]
        out = self.network.forward(self.inputs())[:, 0]
        hidden = [
            self.network.hidden(self.inputs(), layer)
            for layer in range(1, len(self.network.layers))
        ]
        names = [f"h{j}" for a in hidden for j in range(1, a.shape[1] + 1)]
        if len(hidden) > 1:
            names = [f"h{i}.{j}" for i, a in enumerate(hidden, 1) for j in range(1, a.shape[1] + 1)]
        rows = [
            (int(x1), int(x2), *(round(float(v), 4) for v in (*h, o)), int(t))
            for (x1, x2), h, o, t in zip(
                XOR_INPUTS,
                np.hstack([*hidden, np.empty((4, 0))]),
                out,
                XOR_TARGETS[:, 0],
                strict=True,
            )
        ]
        notes = []
        for attempt in self.attempts:
            if attempt.reasons:
                why = "; ".join(sentence for _, sentence in attempt.reasons)
                notes.append(
                    f"seed {attempt.seed}: not solved in {attempt.epochs:,} epochs, "
                    f"error {attempt.error:.4f}: {why}"
                )
            else:
                notes.append(
                    f"seed {attempt.seed}: solved in {attempt.epochs:,} epochs, "
                    f"error {attempt.error:.4f}"
                )
        if hidden and self.solved and hidden[0].shape[1] == 2:
            notes.append(_in_words(hidden[0]))
        return Report(f"XOR: {method.title}", ("x1", "x2", *names, "output", "target"), rows, notes)


class _Method(NamedTuple):
    title: str
    layers: tuple[Layer, ...]
    loss: str
    batch_size: int | None
    learning_rate: float
    epochs: int


def _two_two_one(activation: str = "sigmoid", hidden: int = 2) -> tuple[Layer, ...]:
    return (Layer(hidden, activation), Layer(1, "sigmoid"))


METHODS = {
    "incremental": _Method(
        "2-2-1 by backpropagation, weights change after each pattern",
        _two_two_one(),
        "squared_error",
        1,
        1.0,
        10_000,
    ),
    "batch": _Method(
        "2-2-1 by backpropagation, weights change once an epoch",
        _two_two_one(),
        "squared_error",
        None,
        8.0,
        10_000,
    ),
    "sine": _Method(
        "one neuron whose activation is the sine",
        (Layer(1, "sine"),),
        "squared_error",
        1,
        0.3,
        2_000,
    ),
    "skip": _Method(
        "one hidden unit, and connections that skip it",
        (Layer(1, "sigmoid"), Layer(1, "sigmoid", skip_from=0)),
        "squared_error",
        1,
        1.0,
        10_000,
    ),
    "product": _Method(
        "no hidden layer, the product x1 x2 as third input",
        (Layer(1, "sigmoid"),),
        "binary_cross_entropy",
        1,
        1.0,
        10_000,
    ),
}


def _xor_inputs(method: str) -> Floats:
    if method != "product":
        return XOR_INPUTS
    return np.column_stack([XOR_INPUTS, XOR_INPUTS.prod(axis=1)])


def xor(
    method: str = "incremental",
    *,
    hidden: int = 2,
    activation: str = "sigmoid",
    init: Any = "glorot",
    seed: int = 1,
    restarts: int = 10,
    epochs: int | None = None,
    learning_rate: float | None = None,
    error_limit: float = 0.01,
) -> Xor:
    """Learn XOR.

    Parameters
    ----------
    method : {"incremental", "batch", "sine", "skip", "product"}, default "incremental"
        2-2-1 by backpropagation with weights changed after each pattern or once an epoch; one sine
        neuron; one hidden unit and connections that skip it; no hidden layer, but the feature
        x1 x2.
    hidden, activation : int, str, default 2, "sigmoid"
        Units of the hidden layer and their activation, for "incremental" and "batch".
    init : default "glorot"
        As of :class:`w2v.Network`; from given weights there is no restart.
    seed : int, default 1
        Of the initial weights; a restart takes the next one.
    restarts : int, default 10
        New starts, at most, from other weights, when an attempt ends unsolved.
    epochs, learning_rate : optional
        Default: what suits the method.
    error_limit : float, default 0.01
        Solved is what has a mean loss below.

    Returns
    -------
    Xor
        Solved, or with the reasons why not.
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, not {method!r}")
    if restarts < 0:
        raise ValueError(f"restarts must be at least 0, not {restarts}")
    how = METHODS[method]
    layers = how.layers
    if method in ("incremental", "batch"):
        layers = _two_two_one(activation, hidden)
    X, T = _xor_inputs(method), XOR_TARGETS
    attempts: list[Attempt] = []
    while True:
        now = seed + len(attempts)
        network = Network(X.shape[1], layers, loss=how.loss, init=init, seed=now, dtype="float64")
        start = network.parameters.copy()
        try:
            curve = network.train(
                X,
                T,
                epochs=epochs or how.epochs,
                batch_size=how.batch_size,
                learning_rate=how.learning_rate if learning_rate is None else learning_rate,
                error_limit=error_limit,
                seed=now,
            ).loss_curve
            with np.errstate(over="raise", invalid="raise"):
                error = network.loss(X, T)
                right = ((network.forward(X) > 0.5) == (T > 0.5)).all()
            reasons = [] if error < error_limit and right else why_not(network, X, T, curve)
        except FloatingPointError:
            curve, error = [], float("inf")
            reasons = [("diverged", "the weights grew beyond all numbers: lower the learning rate")]
            network.parameters[:] = start  # there is nothing else to show
        attempts.append(Attempt(now, len(curve), error, reasons))
        if not reasons or len(attempts) > restarts or not isinstance(init, str):
            return Xor(method, not reasons, attempts, network, curve)


def why_not(
    network: Network, X: Floats, T: Floats, loss_curve: Sequence[float]
) -> list[tuple[str, str]]:
    """Say why a training did not succeed.

    Parameters
    ----------
    network : Network
        As it was left.
    X, T : arrays
        All patterns, with targets.
    loss_curve : sequence of float
        Mean loss of each epoch.

    Returns
    -------
    list of (kind, sentence)
        At least one. Kinds: "dead", a ReLU that is 0 for every pattern; "saturated", a sigmoid or
        tanh unit with almost no slope at any pattern; "symmetric", two units of a layer that
        compute the same; "falling", the loss still falls; "stuck", it does not, at a plateau or a
        local minimum.
    """
    reasons = []
    arrays = [network.hidden(X, layer) for layer in range(len(network.layers) + 1)]
    last = len(network.layers)
    for number, (layer, a) in enumerate(zip(network.layers, arrays[1:], strict=True), 1):
        where = "output" if number == last else f"layer {number}"
        for unit in range(layer.units):
            values = a[:, unit]
            if layer.activation == "relu" and not values.any():
                reasons.append(("dead", f"unit {unit + 1} of {where} is dead, 0 for every pattern"))
            if layer.activation in ("sigmoid", "tanh"):
                # of its greatest slope: 4 p (1 - p), 1 - t^2
                part = values / layer.K
                slope = 4 * part * (1 - part) if layer.activation == "sigmoid" else 1 - part**2
                if slope.max() < SATURATED:
                    reasons.append(
                        (
                            "saturated",
                            f"unit {unit + 1} of {where} is saturated, it has less than "
                            f"{SATURATED:.0%} of its slope at every pattern",
                        )
                    )
        if number < last:
            for i in range(layer.units):
                for j in range(i + 1, layer.units):
                    if np.allclose(a[:, i], a[:, j], rtol=0, atol=ALIKE) and a[:, i].any():
                        reasons.append(
                            (
                                "symmetric",
                                f"units {i + 1} and {j + 1} of {where} compute the same: from "
                                "equal weights they do not part",
                            )
                        )
    before = loss_curve[-max(2, len(loss_curve) // 10)]
    if loss_curve[-1] < 0.99 * before:
        reasons.append(("falling", "the error still falls: more epochs may do"))
    elif not reasons:
        outputs = " ".join(f"{value:.2f}" for value in arrays[-1].ravel())
        reasons.append(
            (
                "stuck",
                f"the error no longer falls, outputs are {outputs}: a local minimum or a plateau; "
                "start elsewhere",
            )
        )
    return reasons


SATURATED = 0.05  # share of a unit's greatest slope
ALIKE = 0.01  # difference of activations

# Boolean functions of two inputs that have a name and one unit can compute, by their values for
# 00, 01, 10 and 11.
GATES: dict[tuple[int, ...], str] = {
    (0, 0, 0, 1): "AND",
    (0, 1, 1, 1): "OR",
    (1, 0, 0, 0): "NOR",
    (1, 1, 1, 0): "NAND",
}


def _in_words(hidden: Floats) -> str:
    """Name the Boolean functions that hidden units of an XOR network come near to."""
    known = GATES | {
        (0, 1, 0, 0): "(not x1) AND x2",
        (0, 0, 1, 0): "x1 AND (not x2)",
        (1, 0, 1, 1): "x1 OR (not x2)",
        (1, 1, 0, 1): "(not x1) OR x2",
    }
    middle = (hidden.max(axis=0) + hidden.min(axis=0)) / 2
    parts = []
    for j in range(hidden.shape[1]):
        values = tuple(int(v) for v in hidden[:, j] > middle[j])
        parts.append(f"h{j + 1} comes near to {known.get(values, values)}")
    return " and ".join(parts) + "; the output unit joins them"


def gates() -> Report:
    """Compute XOR from gates with weights set by hand: NOR(NOR(a, b), AND(a, b)).

    Returns
    -------
    Report
        The truth table with what the two hidden threshold units compute.
    """
    network = Network(
        2,
        [Layer(2, "step"), Layer(1, "step")],
        init=(
            [[[-1, -1], [1, 1]], [[-1, -1]]],  # NOR and AND of the inputs; NOR of both
            [[0.5, -1.5], [0.5]],
        ),
    )
    hidden, out = network.hidden(XOR_INPUTS, 1), network.forward(XOR_INPUTS)
    rows = [
        (int(a), int(b), int(h[0]), int(h[1]), int(o[0]))
        for (a, b), h, o in zip(XOR_INPUTS, hidden, out, strict=True)
    ]
    return Report(
        "XOR(a, b) = NOR(NOR(a, b), AND(a, b)) by threshold units",
        ("a", "b", "NOR(a,b)", "AND(a,b)", "XOR(a,b)"),
        rows,
        ["weights by hand: NOR is step(0.5 - a - b), AND is step(a + b - 1.5)"],
    )


# --- units and gradients -------------------------------------------------------------------------


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
    )


# label, activation with k and K, initial weights
DEPTHS: tuple[tuple[str, Layer, str], ...] = (
    ("sigmoid", Layer(1, "sigmoid"), "glorot"),
    ("tanh", Layer(1, "tanh"), "glorot"),
    ("32 sigmoid", Layer(1, "sigmoid", K=32.0), "glorot"),
    ("5 tanh", Layer(1, "tanh", K=5.0), "glorot"),
    ("relu", Layer(1, "relu"), "he"),
)


def vanishing(layers: int = 20, width: int = 50, seed: int = 1) -> Report:
    """Measure the gradient at each layer of deep, untrained networks.

    Parameters
    ----------
    layers : int, default 20
        Hidden layers.
    width : int, default 50
        Units in each, and inputs.
    seed : int, default 1
        Of weights and patterns.

    Returns
    -------
    Report
        A row for each layer, a column for each kind of unit: the Frobenius norm of dE/dw, summed
        over 20 random patterns. "32 sigmoid" has amplitude K = 32, "5 tanh" K = 5.
    """
    if layers < 2 or width < 1:
        raise ValueError(f"layers must be at least 2 and width 1, not {layers} and {width}")
    rng = np.random.default_rng(seed)
    X, T = rng.standard_normal((20, width)), rng.standard_normal((20, 1))
    norms = []
    for _, unit, init in DEPTHS:
        hidden = [Layer(width, unit.activation, k=unit.k, K=unit.K)] * layers
        network = Network(
            width, [*hidden, Layer(1, "linear")], init=init, seed=seed, dtype="float64"
        )
        gradients = network.backward(X, T).weights
        norms.append([float(np.linalg.norm(g)) for g in gradients[:-1]])
    rows = [(i + 1, *(n[i] for n in norms)) for i in range(layers)]
    notes = []
    for (label, _, _), n in zip(DEPTHS, norms, strict=True):
        a_layer = (n[0] / n[-1]) ** (1 / (layers - 1)) if n[0] else 0.0
        what = "vanishes" if a_layer < 0.8 else "explodes" if a_layer > 1.25 else "stays in range"
        notes.append(
            f"{label}: the gradient of layer 1 is {n[0] / n[-1]:.1e} times that of layer {layers}, "
            f"a factor of {a_layer:.2f} a layer: it {what}"
        )
    names = tuple(label for label, _, _ in DEPTHS)
    return Report(
        "norm of dE/dw at each layer, layer 1 is next to the input", ("layer", *names), rows, notes
    )


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
        rows.append(
            (
                size,
                size + 1,
                1e3 * by_difference,
                1e3 * by_backprop,
                by_difference / by_backprop,
                float(np.abs(exact - near).max()),
            )
        )
    sizes, ratios = (np.log([row[i] for row in rows]) for i in (0, 4))
    power = float(np.polyfit(sizes, ratios, 1)[0]) if len(rows) > 1 else float("nan")
    return Report(
        "a gradient by finite differences and by backpropagation",
        ("N_w", "passes", "differences_ms", "backprop_ms", "ratio", "largest_difference"),
        rows,
        [
            f"the ratio grows as N_w to the power {power:.2f}: differences need N_w + 1 forward "
            "passes, backpropagation a forward and a backward one"
        ],
    )


def _backprop(network: Network, X: Floats, T: Floats) -> Floats:
    """Return dE/d of all parameters: layer by layer, weights then biases."""
    gradients = network.backward(X, T)
    pairs = zip(gradients.weights, gradients.biases, strict=True)
    return np.concatenate([part.ravel() for pair in pairs for part in pair if part is not None])


def _differences(network: Network, X: Floats, T: Floats, eps: float = 1e-6) -> Floats:
    """Return (E(w + eps) - E(w)) / eps for each weight, in the order of :func:`_backprop`."""
    n = len(X)
    before = network.loss(X, T)
    found = []
    for w, b in zip(network.weights, network.biases, strict=True):
        for array in (w, b):
            if array is None:
                continue
            for place in np.ndindex(array.shape):
                kept = array[place]
                array[place] = kept + eps
                found.append((network.loss(X, T) - before) / eps * n)
                array[place] = kept
    return np.array(found)


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
        "squared_error": (
            Layer(2, "linear"),
            Layer(2, "sigmoid"),
            Layer(2, "tanh"),
            Layer(2, "softmax"),
        ),
        "binary_cross_entropy": (Layer(2, "sigmoid"), Layer(2, "sigmoid", k=2.0)),
        "cross_entropy": (Layer(2, "softmax"),),
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
                rows.append((_named(below), _named(top), loss, network.gradient_check(X, T)))
    worst = max(row[-1] for row in rows)
    verdict = "agree" if worst < 1e-6 else "do not agree"
    return Report(
        "backpropagation against central differences (E(w + eps) - E(w - eps)) / 2 eps",
        ("hidden", "output", "loss", "relative_error"),
        rows,
        [f"the largest relative error is {worst:.1e}: they {verdict}"],
    )


def _named(layer: Layer) -> str:
    scale = "".join(f" {n}={v:g}" for n, v in (("k", layer.k), ("K", layer.K)) if v != 1)
    return layer.activation + scale


# --- regression and classification ---------------------------------------------------------------


def regression(seed: int = 1) -> Report:
    """Fit linear, logistic and multinomial regression as networks without hidden layers.

    Needs scikit-learn, to compare.

    Parameters
    ----------
    seed : int, default 1
        Of the patterns: 200 with three features, drawn from models of each kind.

    Returns
    -------
    Report
        A row for each model: loss of the network and of the other program, and the largest
        difference between their predictions.
    """
    linear_model = _sklearn("linear_model")
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((200, 3))
    truth = rng.standard_normal((3, 3))
    rows: list[tuple[Any, ...]] = []

    def add(name: str, other: str, outputs: Layer, loss: str, T: Floats, theirs: Floats) -> None:
        network = Network(3, [outputs], loss=loss, seed=seed, dtype="float64")
        network.train(X, T, epochs=20_000, batch_size=None, learning_rate=0.5, tol=0, patience=50)
        ours = network.forward(X)
        their_loss = functions.LOSSES[loss].value(theirs, T).mean()
        difference = float(np.abs(ours - theirs).max())
        rows.append((name, other, network.loss(X, T), float(their_loss), difference))

    y = X @ truth[:, :1] + 0.5 + 0.3 * rng.standard_normal((200, 1))
    design = np.hstack([X, np.ones((200, 1))])
    closed = design @ np.linalg.solve(design.T @ design, design.T @ y)
    add("linear", "closed form (X'X)^-1 X'y", Layer(1, "linear"), "squared_error", y, closed)

    p = functions.sigmoid(X @ truth[:, :1])
    T = (rng.random((200, 1)) < p).astype(float)
    model = linear_model.LogisticRegression(C=np.inf, tol=1e-10, max_iter=10_000).fit(X, T[:, 0])
    name = "scikit-learn LogisticRegression"
    theirs = model.predict_proba(X)[:, 1:]
    add("logistic", name, Layer(1, "sigmoid"), "binary_cross_entropy", T, theirs)

    scores = X @ truth + rng.gumbel(size=(200, 3))  # the argmax of these is a draw from a softmax
    T = np.eye(3)[scores.argmax(axis=1)]
    model.fit(X, T.argmax(axis=1))
    theirs = model.predict_proba(X)
    add("multinomial", name, Layer(3, "softmax"), "cross_entropy", T, theirs)
    return Report(
        "networks without hidden layer are the regressions of statistics",
        ("model", "compared_with", "loss", "its_loss", "largest_difference"),
        rows,
        ["linear + squared error, sigmoid + binary cross-entropy, softmax + cross-entropy"],
    )


def _sklearn(module: str) -> Any:
    from importlib import import_module

    try:
        return import_module(f"sklearn.{module}")
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "this demonstration compares with scikit-learn; install it: pip install scikit-learn"
        ) from None


def digits(seeds: int = 3) -> Report:
    """Read handwritten digits, 8 x 8 pixels, with 64-32-10 networks.

    Needs scikit-learn, for the 1,797 digits (of E. Alpaydin and C. Kaynak) and to compare.

    Parameters
    ----------
    seeds : int, default 3
        Each divides the digits anew, three quarters to learn from and a quarter to be tested.

    Returns
    -------
    Report
        A row for each seed: accuracy on the test part of FeedForwardClassifier and of
        scikit-learn's MLPClassifier with the same settings, and the seconds of both.
    """
    if seeds < 1:
        raise ValueError(f"seeds must be at least 1, not {seeds}")
    data = _sklearn("datasets").load_digits()
    theirs = _sklearn("neural_network").MLPClassifier
    X, y = (data.data / 16).astype(np.float32), data.target
    rows: list[tuple[Any, ...]] = []
    confused: dict[tuple[int, int], int] = {}
    for seed in range(1, seeds + 1):
        order = np.random.default_rng(seed).permutation(len(X))
        train, test = order[: len(X) * 3 // 4], order[len(X) * 3 // 4 :]
        row: list[Any] = [seed]
        seconds = []
        for kind in (FeedForwardClassifier, theirs):
            model = kind((32,), batch_size=32, max_iter=300, random_state=seed)
            start = time.perf_counter()
            model.fit(X[train], y[train])
            seconds.append(time.perf_counter() - start)
            row.append(float(model.score(X[test], y[test])))
            if kind is FeedForwardClassifier:
                for t, o in zip(y[test], model.predict(X[test]), strict=True):
                    confused[t, o] = confused.get((t, o), 0) + (t != o)
        rows.append((*row, *seconds))
    (t, o), n = max(confused.items(), key=lambda item: item[1])
    ours, other = (float(np.mean([row[i] for row in rows])) for i in (1, 2))
    return Report(
        "1,797 handwritten digits, 64-32-10 with ReLU, softmax and Adam, batches of 32",
        ("seed", "accuracy", "scikit-learn", "seconds", "scikit-learn_s"),
        rows,
        [
            f"mean accuracy {ours:.4f}, scikit-learn's {other:.4f}",
            f"most often mistaken: {t} for {o}, {n} times",
        ],
    )


def sentiment(seed: int = 1) -> Report:
    """Tell praise, complaint and neither (+, -, 0) in the embedded opinions.

    Parameters
    ----------
    seed : int, default 1
        Of the networks.

    Returns
    -------
    Report
        A row for each kind of network and number of labelled sentences to learn from: the share of
        300 other sentences whose label is found. Vectors are trained on 20,000 opinions without
        their labels.
    """
    from w2v.training.word2vec import train

    data = opinions.labelled()
    y, X = [label for label, _ in data], [text for _, text in data]
    told = [words for _, words in opinions.sentences(20_000, seed=2)]
    vectors = train(told, vector_size=30, epochs=10, min_count=1, verbose=False).wv
    kinds: tuple[tuple[str, dict[str, Any]], ...] = (
        ("no hidden layer", {"hidden_layer_sizes": ()}),
        ("32 hidden units", {}),
        ("the same, on trained vectors", {"vectors": vectors, "train_vectors": False}),
    )
    rows = []
    for name, settings in kinds:
        for n in (60, 600):
            model = TextClassifier(max_iter=2000, random_state=seed, **settings).fit(X[:n], y[:n])
            rows.append((name, n, model.score(X[:n], y[:n]), model.score(X[600:], y[600:])))
            if name == "32 hidden units":
                shown = model
    asked = ["the film was good", "the film was not good", "the film was bad", "not bad at all"]
    found = zip(asked, shown.predict(asked), strict=True)
    return Report(
        "opinions: + praise, - complaint, 0 neither",
        ("network", "labelled", "accuracy_on_them", "accuracy_on_others"),
        rows,
        [
            "with 32 hidden units: " + ", ".join(f"{text!r} {label}" for text, label in found),
            '"not" turns both good and bad around, an XOR of words: it needs hidden units',
            "vectors from text without labels help, most where few sentences have one",
        ],
    )


def perceptron(n_inputs: int = 2) -> Report:
    """Let a perceptron learn every Boolean function of some inputs, and count.

    Parameters
    ----------
    n_inputs : int, default 2
        1, 2 or 3.

    Returns
    -------
    Report
        A row for each function: its values, its name if it has one, epochs, and the report.
    """
    names = GATES | {(0, 1, 1, 0): "XOR", (1, 0, 0, 1): "XNOR"}
    reports = learnable_functions(n_inputs)
    rows = [
        ("".join(map(str, values)), names.get(values, ""), report)
        for values, report in reports.items()
    ]
    learnt = sum("not converged" not in report for report in reports.values())
    points = 2**n_inputs
    bound = threshold_functions(points, n_inputs + 1)
    notes = [
        f"a perceptron learns {learnt} of the {len(reports)} functions of {n_inputs} inputs",
        f"R({points},{n_inputs + 1}) = {bound} ways to divide {points} points in general position",
    ]
    if learnt < bound:
        notes.append("the corners of a cube are not in general position: fewer")
    return Report(
        "Boolean functions that a perceptron learns", ("values", "name", "report"), rows, notes
    )
