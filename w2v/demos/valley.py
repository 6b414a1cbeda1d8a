"""Gradient descent on a loss of two weights, which can be drawn: one path for each rule."""

from __future__ import annotations

from typing import Any

import numpy as np

from w2v.checks import whole_number
from w2v.demos.report import Report, with_whole_numbers
from w2v.networks.layers import Layer
from w2v.networks.network import Network

START = (-2.0, 3.0)  # w and b
TOO_LARGE = 2.1  # times 1/λ; from 2 on a step lands farther from the valley's floor than it began


@with_whole_numbers
def descent(epochs: int = 30, seed: int = 1) -> Report:
    """Let several rules of updates go down the loss of one linear neuron.

    The neuron has one input and a bias, o = w x + b, and the loss is the mean of ½ (t - o)² over 20
    patterns: a valley over the plane of w and b. Its greatest curvature λ, the largest eigenvalue
    of the second derivatives, says which rates are small: a batch step at the rate η multiplies the
    distance from the floor, in that direction, by 1 - η λ.

    Parameters
    ----------
    epochs : int, default 30
        How long each rule goes.
    seed : int, default 1
        Of the patterns, and of their order.

    Returns
    -------
    Report
        A row for each rule: its rate, the loss at the end, and how far the weights are then from
        those of least loss. ``facts["paths"]`` has the weights after every epoch, for each rule.
    """
    whole_number("epochs", epochs, 1)
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, 3, 20)
    t = 1.5 * x - 1 + rng.normal(0, 0.3, 20)
    inputs = np.column_stack([x, np.ones(20)])
    curvatures = np.linalg.eigvalsh(inputs.T @ inputs / 20)
    rate = 1 / float(curvatures[-1])
    best = np.linalg.lstsq(inputs, t, rcond=None)[0]
    rules: dict[str, dict[str, Any]] = {
        "batch": {"batch_size": None, "learning_rate": rate},
        "mini-batches of 5": {"batch_size": 5, "learning_rate": rate / 2},
        "incremental": {"batch_size": 1, "learning_rate": rate / 4},
        "momentum": {
            "batch_size": None,
            "optimizer": "momentum",
            "momentum": 0.7,
            "learning_rate": rate / 2,
        },
        "adam": {"batch_size": None, "optimizer": "adam", "learning_rate": 0.3},
        "too large a rate": {"batch_size": None, "learning_rate": TOO_LARGE * rate},
    }
    rows, paths = [], {}
    for name, settings in rules.items():
        w, b = START
        net = Network(1, [Layer(1, "linear")], init=([[[w]]], [[b]]), dtype="float64")
        path = [START]

        def keep(net: Network, _: Any, path: list[Any] = path) -> None:
            path.append(tuple(net.parameters.tolist()))

        net.train(x[:, None], t, epochs=epochs, callback=keep, **settings)
        paths[name] = path
        distance = float(np.hypot(*(np.array(path[-1]) - best)))
        rows.append((name, settings["learning_rate"], net.loss(x[:, None], t), distance))
    least = float(((inputs @ best - t) ** 2).mean() / 2)
    notes = [
        f"the least loss is {least:.4f}, at w = {best[0]:.2f} and b = {best[1]:.2f}",
        f"λ = {curvatures[-1]:.2f} across the valley and {curvatures[0]:.2f} along it: a batch "
        f"step at η above 2/λ = {2 * rate:.2f} climbs out",
        "single patterns and mini-batches go on trembling at the end: each pulls its own way",
    ]
    facts = {"paths": paths, "x": x.tolist(), "t": t.tolist(), "best": best.tolist()}
    return Report(
        f"six rules go down the loss of o = w x + b, {epochs} epochs, seed {seed}",
        ("rule", "rate", "loss", "distance"),
        rows,
        notes,
        facts,
    )
