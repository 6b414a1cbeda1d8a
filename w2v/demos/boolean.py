"""Boolean functions: XOR in five ways, from gates set by hand, and what a perceptron learns."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.checks import one_of, quoted, whole_number
from w2v.demos.report import Report, with_whole_numbers
from w2v.estimators.perceptron import (
    Perceptron,
    count_learnable,
    learnable_functions,
    threshold_functions,
)
from w2v.networks.network import Layer, Network
from w2v.networks.trainer import History

Floats = NDArray[Any]

XOR_INPUTS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
XOR_TARGETS = np.array([[0], [1], [1], [0]], float)
SATURATED = 0.05  # share of its greatest slope below which a unit counts as saturated
FEW = 100  # epochs after which a plateau may be told
ALIKE = 0.01  # largest difference of two activations that count as equal
RISING = ("sigmoid", "tanh", "relu", "step")  # activations that never fall as z grows

# Boolean functions of two inputs that have a name and that one unit can compute, by their values
# for 00, 01, 10 and 11.
GATES: dict[tuple[int, ...], str] = {
    (0, 0, 0, 1): "AND",
    (0, 1, 1, 1): "OR",
    (1, 0, 0, 0): "NOR",
    (1, 1, 1, 0): "NAND",
}


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
        What :func:`why_not` returned; empty if XOR is solved.
    """

    seed: int
    epochs: int
    error: float
    reasons: list[tuple[str, str]]

    @property
    def reason(self) -> str:
        """The sentences of `reasons`."""
        return "; ".join(sentence for _, sentence in self.reasons)

    def summary(self) -> str:
        """Return in a line how it ended."""
        how = "not solved" if self.reasons else "solved"
        return f"seed {self.seed}: {how} in {self.epochs:,} epochs, error {self.error:.4f}"


class Xor(NamedTuple):
    """What :func:`xor` did.

    Attributes
    ----------
    method : str
        A key of `METHODS`.
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

    def hidden(self) -> Floats:
        """Return the hidden units' activations (4, units); no units without a hidden layer."""
        if len(self.network.layers) == 1:
            return np.empty((4, 0))
        return self.network.hidden(self.inputs(), 1)

    def title(self) -> str:
        """Return what was trained, with the layers as they are."""
        network = self.network
        shape = "-".join(map(str, (network.n_inputs, *(layer.units for layer in network.layers))))
        first = network.layers[0].activation
        units = "" if first == "sigmoid" else f" ({first})"
        return f"XOR: {METHODS[self.method].title.format(network=shape + units)}"

    def report(self) -> Report:
        """Return the truth table with what the hidden units compute, and how it was learnt."""
        hidden = self.hidden()
        out = self.network.forward(self.inputs())[:, 0]
        names = [f"h{j}" for j in range(1, hidden.shape[1] + 1)]
        rows = [
            (int(x1), int(x2), *map(float, (*h, o)), int(t))
            for (x1, x2), h, o, t in zip(XOR_INPUTS, hidden, out, XOR_TARGETS[:, 0], strict=True)
        ]
        notes = [f"{a.summary()}: {a.reason}" if a.reasons else a.summary() for a in self.attempts]
        if self.solved and hidden.shape[1] == 2:
            notes.append(_in_words(hidden))
        columns = ("x1", "x2", *names, "output", "target")
        attempts = [
            {
                "seed": attempt.seed,
                "epochs": attempt.epochs,
                "error": attempt.error,
                "reason": attempt.reason or None,
            }
            for attempt in self.attempts
        ]
        facts = {"solved": self.solved, **attempts[-1], **_weights(self.network)}
        return Report(self.title(), columns, rows, notes, facts | {"attempts": attempts}, ".4f")


class _Method(NamedTuple):
    title: str  # "{network}" becomes the layers
    layers: tuple[Layer, ...]
    loss: str = "squared_error"
    batch_size: int | None = 1  # None: all four patterns
    learning_rate: float = 1.0
    epochs: int = 10_000


_HIDDEN, _OUTPUT = Layer(2, "sigmoid"), Layer(1, "sigmoid")
METHODS = {
    "incremental": _Method(
        "{network} by backpropagation, weights change after each pattern", (_HIDDEN, _OUTPUT)
    ),
    "batch": _Method(
        "{network} by backpropagation, weights change once an epoch",
        (_HIDDEN, _OUTPUT),
        batch_size=None,
        learning_rate=8.0,
    ),
    "sine": _Method(
        "one neuron whose activation is the sine",
        (Layer(1, "sine"),),
        learning_rate=0.3,
        epochs=2_000,
    ),
    "skip": _Method(
        "one hidden unit, and connections that skip it",
        (_OUTPUT, Layer(1, "sigmoid", skip_from=0)),
    ),
    "product": _Method(
        "no hidden layer, the product x1 x2 as third input",
        (_OUTPUT,),
        loss="binary_cross_entropy",
    ),
}


def _weights(network: Network) -> dict[str, Any]:
    """Return all weights of a network as lists, w[dest][source]."""
    skips = [
        {"from": source, "to": to, "weights": w.tolist()}
        for (source, to), w in network.skips.items()
    ]
    return {
        "weights": [w.tolist() for w in network.weights],
        "biases": [None if b is None else b.tolist() for b in network.biases],
        **({"skips": skips} if skips else {}),
    }


def _xor_inputs(method: str) -> Floats:
    if method != "product":
        return XOR_INPUTS
    return np.column_stack([XOR_INPUTS, XOR_INPUTS.prod(axis=1)])


@with_whole_numbers
def xor(
    method: str = "incremental",
    *,
    hidden: int | None = None,
    activation: str | None = None,
    init: Any = "glorot",
    seed: int = 1,
    restarts: int = 10,
    epochs: int | None = None,
    learning_rate: float | None = None,
    error_limit: float = 0.01,
    callback: Callable[[Network, History], Any] | None = None,
) -> Xor:
    """Learn XOR.

    Parameters
    ----------
    method : {"incremental", "batch", "sine", "skip", "product"}, default "incremental"
        2-2-1 by backpropagation with weights changed after each pattern or once an epoch; one sine
        neuron; one hidden unit and connections that skip it; no hidden layer, but the feature
        x1 x2.
    hidden, activation : int, str, optional
        Units of the hidden layer and their activation, for "incremental" and "batch" only; by
        default 2 sigmoids.
    init : default "glorot"
        As of :class:`w2v.Network`; from given weights there is no restart.
    seed : int, default 1
        Of the initial weights; a restart takes the next seed.
    restarts : int, default 10
        Largest number of new starts from other weights, if an attempt ends unsolved. There is
        none where no weights solve XOR.
    epochs, learning_rate : optional
        By default, what suits the method.
    error_limit : float, default 0.01
        XOR counts as solved if the mean loss is below this limit.
    callback : function of (network, history), optional
        Called after each epoch of every attempt, as of :meth:`w2v.Network.train`.

    Returns
    -------
    Xor
        Solved, or with the reasons why it is not.
    """
    one_of("method", method, METHODS)
    whole_number("restarts", restarts, 0)
    how = METHODS[method]
    layers = how.layers
    if method in ("incremental", "batch"):
        layers = (Layer(2 if hidden is None else hidden, activation or "sigmoid"), _OUTPUT)
    elif hidden is not None or activation is not None:
        raise ValueError(
            f"hidden and activation are for 'incremental' and 'batch', not {quoted(method)}"
        )
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
                epochs=how.epochs if epochs is None else epochs,
                batch_size=how.batch_size,
                learning_rate=how.learning_rate if learning_rate is None else learning_rate,
                error_limit=error_limit,
                seed=now,
                callback=callback,
            ).loss_curve
            with np.errstate(over="raise", invalid="raise"):
                error = network.loss(X, T)
                right = ((network.forward(X) > 0.5) == (T > 0.5)).all()
            reasons = [] if error < error_limit and right else why_not(network, X, T, curve)
        except FloatingPointError:
            curve, error = [], float("inf")
            reasons = [("diverged", "the weights grew beyond all numbers: lower the learning rate")]
            network.parameters[:] = start  # there is nothing else to show
        hopeless = [reason for reason in reasons if reason[0] == "impossible"]
        attempts.append(Attempt(now, len(curve), error, hopeless or reasons))
        if not reasons or hopeless or len(attempts) > restarts or not isinstance(init, str):
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
        compute the same; "impossible", a network that divides its inputs by a line or hyperplane,
        whatever its weights, and patterns that none divides; "falling", the loss still falls, or
        the epochs are too few to tell;
        "stuck", the loss does not fall at a plateau or in a local minimum.
    """
    reasons: list[tuple[str, str]] = []

    def add(kind: str, sentence: str) -> None:
        reasons.append((kind, sentence))

    arrays = [network.hidden(X, layer) for layer in range(len(network.layers) + 1)]
    last = len(network.layers)
    for number, (layer, a) in enumerate(zip(network.layers, arrays[1:], strict=True), 1):
        where = "output" if number == last else f"layer {number}"
        for unit in range(layer.units):
            values = a[:, unit]
            if layer.activation == "relu" and not values.any():
                add("dead", f"unit {unit + 1} of {where} is dead, 0 for every pattern")
            if layer.activation in ("sigmoid", "tanh"):
                # of its greatest slope: 4 p (1 - p), 1 - t^2
                part = values / layer.K
                slope = 4 * part * (1 - part) if layer.activation == "sigmoid" else 1 - part**2
                if slope.max() < SATURATED:
                    add(
                        "saturated",
                        f"unit {unit + 1} of {where} is saturated, it has less than "
                        f"{SATURATED:.0%} of its slope at every pattern",
                    )
        if number < last:
            for i, j in combinations(range(layer.units), 2):
                if np.allclose(a[:, i], a[:, j], rtol=0, atol=ALIKE) and a[:, i].any():
                    same = f"units {i + 1} and {j + 1} of {where} compute the same"
                    add("symmetric", f"{same}: from equal weights they do not part")
    one_line = _divides_by_one_line(network)
    if one_line and not _separable(X, T):
        add("impossible", one_line)
        return reasons
    before = loss_curve[-max(2, len(loss_curve) // 10) :][0]
    if len(loss_curve) == 1 or loss_curve[-1] < 0.99 * before:
        add("falling", "the error still falls: more epochs may do")
    elif len(loss_curve) < FEW:
        add("falling", "so few epochs do not tell: more may do")
    elif not reasons:
        outputs = " ".join(f"{value:.2f}" for value in arrays[-1].ravel())
        add(
            "stuck",
            f"the error no longer falls, outputs are {outputs}: a local minimum or a plateau; "
            "start elsewhere",
        )
    return reasons


def _divides_by_one_line(network: Network) -> str:
    """Say why a network, whatever its weights, divides its inputs by one line; "" if it may not.

    A layer of one unit that never falls, or of linear units, keeps what the layers below compute:
    a function of one sum w x + b that only rises or only falls.
    """
    wide = [layer for layer in network.layers if layer.activation != "linear"]
    if network.skips or network.layers[-1].units > 1:
        return ""
    if any(layer.units > 1 or layer.activation not in RISING for layer in wide):
        return ""
    hint = "take two hidden units or more that are not linear"
    if len(network.layers) == 1:
        why = "there is no hidden layer, one unit"
    elif all(layer.activation == "linear" for layer in network.layers[:-1]):
        why = "linear layers collapse into one, W2 (W1 x) = (W2 W1) x, which"
    else:
        why = (
            "the one hidden unit sees one sum w x + b, and what follows it only rises or falls: it"
        )
        hint += ", or a connection that skips the hidden unit"
    return (
        f"impossible with any weights: {why} divides the plane by one line, and no line divides "
        f"these patterns; {hint}"
    )


def _separable(X: Floats, T: Floats) -> bool:
    """Return whether a hyperplane may divide the patterns by their targets."""
    classes = np.unique(T)
    if len(classes) != 2 or T.shape[1] > 1:
        return True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it does not converge is what is asked
        return Perceptron().fit(X, (T[:, 0] == classes[1]).astype(int)).separable_ is not False


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


Gate = tuple[str, list[float], float]  # its name, w and b: it is step(w . x + b)
# XOR(a, b) in three ways: two gates of the inputs, and one of both.
XOR_OF_GATES: tuple[tuple[Gate, Gate, Gate], ...] = (
    (("NOR(a,b)", [-1, -1], 0.5), ("AND(a,b)", [1, 1], -1.5), ("XOR(a,b)", [-1, -1], 0.5)),
    (("a'b", [-1, 1], -0.5), ("ab'", [1, -1], -0.5), ("OR(a'b,ab')", [1, 1], -0.5)),
    (("a'+b'", [-1, -1], 1.5), ("a+b", [1, 1], -0.5), ("AND(a'+b',a+b)", [1, 1], -1.5)),
)


def network_of_gates(gates: tuple[Gate, Gate, Gate] = XOR_OF_GATES[0]) -> Network:
    """Return the network of two gates of the inputs and one of both."""
    _, w, b = zip(*gates, strict=True)
    layers = [Layer(2, "step"), Layer(1, "step")]
    return Network(2, layers, init=([list(w[:2]), [w[2]]], [list(b[:2]), [b[2]]]))


def gates() -> Report:
    """Compute XOR from gates with weights set by hand, in three ways.

    They are NOR(NOR(a, b), AND(a, b)), OR(a'b, ab') and AND(a' + b', a + b), with a' for not a.

    Returns
    -------
    Report
        The truth table with what the two hidden threshold units and the output of each compute.
    """
    columns, values, networks = ["a", "b"], [XOR_INPUTS], []
    for three in XOR_OF_GATES:
        network = network_of_gates(three)
        names = [name for name, *_ in three]
        columns += names
        values += [network.hidden(XOR_INPUTS, 1), network.forward(XOR_INPUTS)]
        networks.append({"gates": names, **_weights(network)})
    rows = [tuple(map(int, row)) for row in np.hstack(values)]
    return Report(
        "XOR(a, b) = NOR(NOR(a, b), AND(a, b)) = OR(a'b, ab') = AND(a'+b', a+b) by threshold units",
        tuple(columns),
        rows,
        [
            "weights by hand: NOR is step(0.5 - a - b), AND is step(a + b - 1.5)",
            "OR is step(a + b - 0.5), a'b is step(b - a - 0.5), a'+b' is step(1.5 - a - b)",
        ],
        {"networks": networks},
    )


def perceptron(n_inputs: int = 2, inputs: int | None = None) -> Report:
    """Let a perceptron learn every Boolean function of some inputs, and count.

    Parameters
    ----------
    n_inputs : int, default 2
        1, 2 or 3.
    inputs : int, optional
        Up to 4: count alone, for 1 to so many inputs, beside the number of Cover (1965).

    Returns
    -------
    Report
        A row for each function: its values, its name if it has one, epochs, and the report. With
        `inputs` a row for each number of inputs.
    """
    if inputs is not None:
        return _perceptron_counts(whole_number("inputs", inputs, 1, 4))
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
        f"a perceptron learns {learnt} of the {len(reports)} functions of {n_inputs} "
        f"input{'s' * (n_inputs > 1)}",
        f"R({points},{n_inputs + 1}) = {bound} ways to divide {points} points in general position",
    ]
    if learnt < bound:
        notes.append("the corners of a cube are not in general position: fewer")
    return Report(
        "Boolean functions that a perceptron learns", ("values", "name", "report"), rows, notes
    )


def _perceptron_counts(inputs: int) -> Report:
    rows = []
    for n in range(1, inputs + 1):
        learnt, functions = count_learnable(n), 2 ** (2**n)
        bound = threshold_functions(2**n, n + 1)
        rows.append((n, f"{learnt}/{functions}", learnt / functions, f"R({2**n},{n + 1})", bound))
    return Report(
        "how many Boolean functions a perceptron learns",
        ("inputs", "learnt", "share", "Cover", "ways"),
        rows,
        [
            "R(n,d) counts the ways in which d weights divide n points in general position",
            "the corners of a cube are not in general position from 3 inputs on: fewer are learnt",
        ],
    )
