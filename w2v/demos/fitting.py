"""Networks that fit: any function with enough hidden units, and noise where nothing holds them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.checks import whole_number
from w2v.demos.report import Report, with_whole_numbers
from w2v.networks.layers import Layer
from w2v.networks.network import Network
from w2v.networks.trainer import History

Floats = NDArray[Any]

UNITS = (1, 2, 3, 5, 10, 20, 50)
SPREAD = 0.85  # deviation of the patterns around the four corners


@with_whole_numbers
def approximation(
    units: Sequence[int] = UNITS, epochs: int = 5000, seed: int = 1, moments: Sequence[int] = ()
) -> Report:
    """Fit a function of one number by networks of one hidden layer, with more and more units.

    A network with enough hidden units comes as near as one likes to any continuous function on an
    interval (Cybenko 1989; Hornik 1991). Here it is sin(πx) + ½ sin(5πx + ½), at 101 places.

    Parameters
    ----------
    units : sequence of int, default (1, 2, 3, 5, 10, 20, 50)
        Hidden units of each network, tanh; the output is linear.
    epochs : int, default 5000
        How long each is trained: all places at once, Adam.
    seed : int, default 1
        Of the first weights. Each unit begins with its bend at a random place of the interval.
    moments : sequence of int, default ()
        Epochs after which the function that each network computes is kept, too.

    Returns
    -------
    Report
        A row for each network: hidden units, weights, and the root of the mean squared error and
        the largest error at the 101 places. ``facts`` has the places ``x``, the targets ``t``, and
        for each number of units what the network computes (``fits``), at the end and after each of
        ``moments``.

    References
    ----------
    Cybenko, Approximation by superpositions of a sigmoidal function, 1989. Hornik, Approximation
    capabilities of multilayer feedforward networks, 1991.
    """
    if not units:
        raise ValueError("units must name one number of hidden units or more")
    sizes = [whole_number("units", h, 1) for h in units]
    whole_number("epochs", epochs, 1)
    stops = sorted({whole_number("moments", m, 0, epochs) for m in moments} | {epochs})
    x = np.linspace(-1, 1, 101)
    t = np.sin(np.pi * x) + np.sin(5 * np.pi * x + 0.5) / 2
    X, T = x[:, None], t[:, None]
    rows: list[tuple[Any, ...]] = []
    fits: dict[str, list[list[float]]] = {}
    for h in sizes:
        network = _spread_out(h, seed)
        course, state, done = [], None, 0
        for stop in stops:
            if stop > done:
                state = network.train(
                    X,
                    T,
                    epochs=stop - done,
                    batch_size=None,
                    optimizer="adam",
                    learning_rate=0.02,
                    decay=1e-3,
                    state=state,
                ).state
                done = stop
            course.append(network.forward(X)[:, 0])
        errors = np.abs(course[-1] - t)
        root = float(np.sqrt(np.square(errors).mean()))
        rows.append((h, len(network.parameters), root, float(errors.max())))
        fits[str(h)] = [fit.tolist() for fit in course]
    first, last = rows[0], min(rows, key=lambda row: row[2])
    notes = [
        f"the least error is {last[2]:.2g}, with h = {last[0]}; with h = {first[0]} it is "
        f"{first[2]:.2g}",
        "each tanh unit adds one smooth step: where it bends and how steep it is are its weights",
        "the theorem says that good weights exist; that training finds them is another matter",
    ]
    return Report(
        f"1-h-1 networks (tanh) fit sin(πx) + ½ sin(5πx + ½), {epochs} epochs, seed {seed}",
        ("hidden", "weights", "error", "largest_error"),
        rows,
        notes,
        {"x": x.tolist(), "t": t.tolist(), "moments": stops, "fits": fits},
    )


def _spread_out(h: int, seed: int) -> Network:
    """Return a 1-h-1 network whose units bend at random places between -1 and 1."""
    rng = np.random.default_rng(seed)
    slope = rng.choice([-1.0, 1.0], h) * max(2.0, h / 4)
    place = rng.uniform(-1, 1, h)
    above = rng.normal(0, 1 / np.sqrt(h), (1, h))
    layers = [Layer(h, "tanh"), Layer(1, "linear")]
    init = [slope[:, None], above], [-slope * place, np.zeros(1)]
    return Network(1, layers, init=init, seed=seed, dtype="float64")


WAYS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "dropout 0.5": {"dropout": 0.5},
    "weight decay 0.01": {"l2": 0.01},
}


@with_whole_numbers
def overfitting(epochs: int = 200, seed: int = 1, moments: Sequence[int] = ()) -> Report:
    """Train a network that is too large on few, noisy patterns, and hold it back in two ways.

    The patterns are XOR with noise: four clouds around (±1, ±1), so wide that they overlap. A
    2-64-64-1 network learns 80 of them, and 1,000 others judge it after each epoch.

    Parameters
    ----------
    epochs : int, default 200
        How long each network is trained.
    seed : int, default 1
        Of the patterns, the first weights, the orders and the silenced units.
    moments : sequence of int, default ()
        Epochs after which what each network says of the plane is kept, too.

    Returns
    -------
    Report
        A row for each way: nothing, dropout, weight decay (l2). The loss at the end on the patterns
        of training and on the others, the lowest loss on the others and its epoch, and the share of
        the others that is told right at the end. ``facts`` has the curves and the patterns. It has
        the output of each network over the plane (``surfaces``) and the share that is right
        (``right``), both after each of ``moments`` and at the end.
    """
    whole_number("epochs", epochs, 1)
    stops = sorted({whole_number("moments", m, 1, epochs) for m in moments} | {epochs})
    rng = np.random.default_rng(seed)
    (X, T), (XV, TV) = _clouds(80, rng), _clouds(1000, rng)
    side = np.linspace(-4, 4, 61)
    plane = np.array(np.meshgrid(side, side)).reshape(2, -1).T
    rows: list[tuple[Any, ...]] = []
    curves: dict[str, Any] = {}
    surfaces: dict[str, list[Any]] = {}
    right: dict[str, list[float]] = {}
    for name, held_back in WAYS.items():
        layers = [Layer(64, "relu"), Layer(64, "relu"), Layer(1, "sigmoid")]
        network = Network(2, layers, loss="binary_cross_entropy", init="he", seed=seed)
        training: list[float] = []
        surfaces[name], right[name] = [], []

        def judge(
            net: Network, _: History, training: list[float] = training, name: str = name
        ) -> None:
            training.append(net.loss(X, T))  # without the penalty, and with all units
            if len(training) in stops:
                surfaces[name].append(net.forward(plane).reshape(len(side), -1).tolist())
                right[name].append(float(((net.forward(XV) > 0.5) == (TV > 0.5)).mean()))

        other = network.train(
            X,
            T,
            epochs=epochs,
            batch_size=10,
            optimizer="adam",
            learning_rate=0.003,
            validation=(XV, TV),
            callback=judge,
            seed=seed,
            **held_back,
        ).validation_curve
        best = int(np.argmin(other))
        rows.append((name, training[-1], other[-1], other[best], best + 1, right[name][-1]))
        curves[name] = {"training": training, "validation": list(other)}
    gaps = ", ".join(f"{row[0]} {row[2] - row[1]:.2f}" for row in rows)
    notes = [
        f"validation less training at the end: {gaps}; what is learnt of the noise helps with no "
        "other pattern",
        "dropout and weight decay keep the two losses together; more patterns would, too",
        f"held back by nothing, it was best after epoch {rows[0][4]}: validation= and patience= of "
        "train() stop there",
    ]
    facts = {
        "curves": curves,
        "side": side.tolist(),
        "moments": stops,
        "surfaces": surfaces,
        "right": right,
        "patterns": X.tolist(),
        "targets": T[:, 0].tolist(),
    }
    return Report(
        f"2-64-64-1 networks (relu) learn 80 noisy patterns of XOR, {epochs} epochs, seed {seed}",
        ("held_back_by", "training", "validation", "lowest", "at_epoch", "right"),
        rows,
        notes,
        facts,
    )


def _clouds(n: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return n patterns (n, 2) around the corners of XOR, and their targets (n, 1)."""
    corners = rng.integers(0, 2, (n, 2))
    X = 2.0 * corners - 1 + rng.normal(0, SPREAD, (n, 2))
    return X, (corners[:, :1] != corners[:, 1:]).astype(float)
