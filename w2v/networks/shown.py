"""What a notebook shows of a network and of its training."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.diagram import MOST, Link, Unit, curves, draw
from w2v.explanation import Part, fragment

Floats = NDArray[Any]

ENDS = {
    "epochs": "all epochs are done",
    "error_limit": "the loss is below the limit",
    "no_improvement": "the loss no longer falls",
    "callback": "a callback ended it",
    "interrupted": "it was interrupted",
}


def draw_network(
    sizes: Sequence[int],
    activations: Sequence[Floats] | None,
    connections: Iterable[tuple[int, int, Floats, Floats | None]],
) -> str:
    """Return a network as an SVG element; nothing if a layer is too large to be seen.

    Parameters
    ----------
    sizes : sequence of int
        Inputs, then units of each layer.
    activations : sequence of arrays, optional
        Of the inputs and of each layer.
    connections : iterable of (source, dest, w, new w or None)
        Numbers of two layers, and the weights between them, w[dest unit, source unit].
    """
    if max(sizes) > MOST:
        return ""
    n = len(sizes) - 1
    names = ["x", *(f"a{to}" if to < n else "o" for to in range(1, n + 1))]
    units = [
        [
            Unit(f"{name}_{j + 1}", None if activations is None else float(activations[number][j]))
            for j in range(sizes[number])
        ]
        for number, name in enumerate(names)
    ]
    links = []
    for source, dest, weights, new in connections:
        for (j, i), w in np.ndenumerate(weights):
            change = None if new is None else float(new[j, i] - w)
            links.append(Link((source, i), (dest, j), float(w), change))
    return draw(units, links)


def picture_of(network: Any) -> str:
    """Return a network as an SVG element, if it is small."""
    sizes = [network.n_inputs, *(layer.units for layer in network.layers)]
    links: list[tuple[int, int, Floats, None]] = [
        (to, to + 1, w, None) for to, w in enumerate(network.weights)
    ]
    links += [(source, to, w, None) for (source, to), w in network.skips.items()]
    return draw_network(sizes, None, links)


def network_html(network: Any) -> str:
    """Return the layers as HTML, a small network with its weights."""
    sizes = "-".join(str(n) for n in (network.n_inputs, *(layer.units for layer in network.layers)))
    scaled = any((layer.k, layer.K) != (1, 1) for layer in network.layers)
    rows = []
    for number, layer in enumerate(network.layers, 1):
        skips = [w.size for (_, to), w in network.skips.items() if to == number]
        biases = layer.units if layer.bias else 0
        row = [number, layer.units, layer.activation, network.weights[number - 1].size + sum(skips)]
        rows.append([*row, biases, *((f"{layer.k:g}", f"{layer.K:g}") if scaled else ())])
    columns = ["layer", "units", "activation", "weights", "biases", *(["k", "K"] if scaled else [])]
    loss = network.loss_name.replace("_", " ")
    lines = [f"{len(network.parameters):,} parameters, {network.dtype}; loss: {loss}"]
    if network.history is not None:
        lines.append(f"trained: {_summary(network.history)}")
    part = Part(f"Network {sizes}", lines, columns, rows, shaded=False)
    return fragment([part], picture_of(network))


def history_html(history: Any) -> str:
    """Return the losses of a training as HTML."""
    series = {"loss": history.loss_curve, "validation": history.validation_curve}
    return fragment([Part("Training", [_summary(history)])], curves(series, "epochs"))


def _summary(history: Any) -> str:
    n = len(history.loss_curve)
    parts = [f"{n:,} epoch{'s' if n != 1 else ''}"]
    if n:
        parts.append(f"loss {history.loss_curve[-1]:.4g}")
    if history.validation_curve:
        parts.append(f"validation loss {history.validation_curve[-1]:.4g}")
    return f"{', '.join(parts)}; {ENDS.get(history.reason, history.reason)}"
