"""One step of backpropagation on one pattern, with all its numbers in the lecture's notation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.explanation import Explanation, Part
from w2v.networks.functions import ACTIVATIONS, LOSSES
from w2v.networks.layers import Layer, Parameters
from w2v.networks.shown import draw_network

Floats = NDArray[Any]

WHOLE = 12  # units or weights of the largest layer that is shown whole
FEW = 4  # terms of the longest sums that are written out
NUMBERS = 8  # inputs and targets that are shown in the heading

FORMULAS = {
    "sigmoid": "1 / (1 + e^-z)",
    "tanh": "tanh z",
    "relu": "max(0, z)",
    "linear": "z",
    "sine": "sin z",
    "step": "1 if z > 0, else 0",
    "softmax": "e^z_j / Σ_k e^z_k",
}
LOSS_FORMULAS = {
    "squared_error": "E = ½ Σ (t - o)²",
    "binary_cross_entropy": "E = -Σ (t ln o + (1 - t) ln(1 - o))",
    "cross_entropy": "E = -Σ t ln o",
}


@dataclass(frozen=True, eq=False)
class Connection:
    """The weights between two layers.

    Attributes
    ----------
    source : int
        Number of the layer that feeds; 0 is the input.
    weights, gradient, new_weights : (units, source's units) arrays
        w[dest, source], dE/dw, and w after the step. Without targets only the first is there.
    """

    source: int
    weights: Floats
    gradient: Floats | None
    new_weights: Floats | None


@dataclass(frozen=True, eq=False)
class LayerStep:
    """A layer, forward and backward.

    Attributes
    ----------
    activation : str
    k, K : float
        Slope and amplitude.
    z, a : (units,) arrays
        Net inputs and activations.
    e, slope, delta : (units,) arrays or None
        e: t - o of an output, Σ_k w_kj δ_k of a hidden unit. Slope: g'(z), None where e alone makes
        δ, or the softmax's Jacobian does. δ = -dE/dz, the lecture's sign.
    connections : list of Connection
        From the layer below first, then those that skip layers.
    biases, bias_gradient, new_biases : (units,) arrays or None
    """

    activation: str
    k: float
    K: float
    z: Floats
    a: Floats
    e: Floats | None
    slope: Floats | None
    delta: Floats | None
    connections: list[Connection]
    biases: Floats | None
    bias_gradient: Floats | None
    new_biases: Floats | None


@dataclass(frozen=True, eq=False)
class NetworkStep(Explanation):
    """One step of plain gradient descent on one pattern.

    Error terms δ have the lecture's sign: t - o at the output, so that Δw_ji = η δ_j a_i, with no
    minus sign. ∂E/∂w_ji = -δ_j a_i.

    Attributes
    ----------
    x : (inputs,) array
        The pattern.
    t : (outputs,) array or None
        Its targets; without them nothing is learnt.
    loss_name : str
    learning_rate : float
        η.
    layers : list of LayerStep
        All but the input.
    loss, loss_after : float or None
        E in nats before and after the step.
    outputs_after : (outputs,) array
        The network's outputs after the step.
    """

    x: Floats
    t: Floats | None
    loss_name: str
    learning_rate: float
    layers: list[LayerStep]
    loss: float | None
    loss_after: float | None
    outputs_after: Floats

    def parts(self) -> list[Part]:
        """Return the step in the order in which it is computed."""
        sizes = "-".join(str(n) for n in (len(self.x), *(len(layer.z) for layer in self.layers)))
        lines = [f"x = {_numbers(self.x)}"]
        if self.t is not None:
            lines[0] += f", t = {_numbers(self.t)}"
            lines.append(f"learning rate η = {self.learning_rate:g}")
        lines.append("w[j,i] is the weight into unit j from unit i of the layer below")
        what = "forward pass" if self.t is None else "one step of backpropagation"
        numbers = range(1, len(self.layers) + 1)
        parts = [Part(f"{sizes} network: {what}", lines), *map(self._forward, numbers)]
        if self.t is None:
            return parts
        parts.append(Part("Loss", [self._loss()]))
        for number in reversed(numbers):
            parts += [self._backward(number), self._weights(number)]
        return [*parts, self._after()]

    def picture(self) -> str:
        """Return the network with its units and weights."""
        numbers = range(len(self.layers) + 1)
        activations = [self._activations(number) for number in numbers]
        links = [
            (link.source, to, link.weights, link.new_weights)
            for to, layer in enumerate(self.layers, 1)
            for link in layer.connections
        ]
        return draw_network(list(map(len, activations)), activations, links)

    def _forward(self, number: int) -> Part:
        layer, last = self.layers[number - 1], number == len(self.layers)
        n, formula = len(layer.z), FORMULAS[layer.activation]
        if layer.activation == "tanh" and layer.K != 1:
            formula = f"K tanh z with K = {layer.K:g}"
        elif (layer.k, layer.K) != (1, 1):
            formula = f"K / (1 + e^-kz) with k = {layer.k:g}, K = {layer.K:g}"
        below = "x" if number == 1 else "a"
        bias = "" if layer.biases is None else " + b_j"
        skips = " + Σ of the layers that skip to here" if len(layer.connections) > 1 else ""
        lines = [f"z_j = Σ_i w[j,i] {below}_i{skips}{bias}, a_j = {formula}", *self._sums(number)]
        columns, values = ["unit", "z", "a"], [layer.z, layer.a]
        if last and self.t is not None:
            columns, values = ["unit", "z", "o = a", "t"], [*values, _whole(self.t)]
        chosen, note = _choice(np.abs(layer.a), "units", "smaller activations")
        rows = [[j + 1, *(value[j].item() for value in values)] for j in chosen]
        title = f"Layer {number}{', the output' if last else ''}: {n} {layer.activation} unit"
        return Part(title + "s" * (n > 1), lines, columns, rows, note)

    def _sums(self, number: int) -> list[str]:
        """Write out the net inputs of a small layer."""
        layer = self.layers[number - 1]
        terms = []
        for connection in layer.connections:
            source = self._activations(connection.source)
            terms += [(connection.weights[:, i], float(a)) for i, a in enumerate(source)]
        if len(terms) > FEW or len(layer.z) > FEW:
            return []
        lines = []
        for j, z in enumerate(layer.z):
            products = [
                f"{w[j]:.6g}·{a:.6g}" if a >= 0 else f"{w[j]:.6g}·({a:.6g})" for w, a in terms
            ]
            if layer.biases is not None:
                products.append(f"{layer.biases[j]:.6g}")
            total = " + ".join(products).replace("+ -", "- ")
            lines.append(f"z_{j + 1} = {total} = {z:.6f}")
        return lines

    def _activations(self, number: int) -> Floats:
        return self.layers[number - 1].a if number else self.x

    def _loss(self) -> str:
        bits = ""
        assert self.loss is not None
        if self.loss_name == "squared_error":
            return f"{LOSS_FORMULAS[self.loss_name]} = {self.loss:.6f}"
        bits = f" = {self.loss / np.log(2):.6f} bits"
        return f"{LOSS_FORMULAS[self.loss_name]} = {self.loss:.6f} nats{bits}"

    def _backward(self, number: int) -> Part:
        layer, last = self.layers[number - 1], number == len(self.layers)
        if not last:
            lines = ["e_j = Σ_k w[k,j] δ_k over the units k that unit j feeds, δ_j = e_j g'(z_j)"]
        elif LOSSES[self.loss_name].fused:
            loss = self.loss_name.replace("_", " ")
            slope = "k " if layer.k != 1 else ""
            lines = [f"{layer.activation} and {loss} together give e = t - o, δ = {slope}e"]
        elif layer.slope is None:
            lines = ["e = t - o, δ_k = Σ_c e_c ∂o_c/∂z_k, with ∂o_c/∂z_k = o_c (1[c = k] - o_k)"]
        else:
            lines = ["e = t - o, δ = e g'(z)"]
        if last:
            lines.append("δ = -∂E/∂z: positive where an output should grow")
        assert layer.e is not None and layer.delta is not None
        columns, values = ["unit", "e", "δ"], [layer.e, layer.delta]
        if layer.slope is not None:
            columns, values = ["unit", "e", "g'(z)", "δ"], [layer.e, layer.slope, layer.delta]
        chosen, note = _choice(np.abs(layer.delta), "units", "smaller δ")
        rows = [[j + 1, *(float(value[j]) for value in values)] for j in chosen]
        return Part(f"Layer {number}: error terms", lines, columns, rows, note)

    def _weights(self, number: int) -> Part:
        """Show a row for each weight and bias of a layer."""
        layer, below = self.layers[number - 1], "x" if number == 1 else "a"
        groups: list[tuple[str, Any, Any, Any]] = []
        for link in layer.connections:
            skip = "" if link.source == number - 1 else f" from layer {link.source}"
            groups.append((f"w[{{}},{{}}]{skip}", link.weights, link.gradient, link.new_weights))
        if layer.biases is not None:
            groups.append(("b[{}]", layer.biases, layer.bias_gradient, layer.new_biases))
        old, gradient, new = (np.concatenate([np.ravel(g[i]) for g in groups]) for i in (1, 2, 3))
        places = [(name, group.shape, i) for name, group, *_ in groups for i in range(group.size)]
        chosen, note = _choice(np.abs(gradient), "weights", "smaller gradients")
        rows = []
        for at in chosen:
            name, shape, i = places[at]
            place = [int(index) + 1 for index in np.unravel_index(i, shape)]
            w = float(old[at]), float(gradient[at]), float(new[at] - old[at]), float(new[at])
            rows.append([name.format(*place), *w])
        columns = ["weight", "w", "∂E/∂w", "Δw", "new w"]
        bias = "" if layer.biases is None else ", Δb[j] = η δ_j"
        line = f"Δw[j,i] = η δ_j {below}_i = -η ∂E/∂w[j,i]{bias}, at the old weights"
        return Part(f"Layer {number}: change of the weights", [line], columns, rows, note)

    def _after(self) -> Part:
        before = self.layers[-1].a
        chosen, note = _choice(np.abs(self.outputs_after - before), "outputs", "smaller changes")
        name = "o" if len(before) == 1 else "o_{}"
        rows: list[list[Any]] = [
            [name.format(j + 1), float(before[j]), float(self.outputs_after[j])] for j in chosen
        ]
        rows.append(["E", self.loss, self.loss_after])
        return Part("After the step", (), ["", "before", "after"], rows, note, shaded=False)


def _numbers(values: Floats) -> str:
    shown = " ".join(f"{value:.6g}" for value in values[:NUMBERS])
    return f"{shown} … ({len(values):,} numbers)" if len(values) > NUMBERS else shown


def _whole(values: Floats) -> NDArray[Any]:
    """Return numbers as whole ones if they are."""
    return values.astype(np.int64) if (values == np.round(values)).all() else values


def _choice(sizes: Floats, what: str, smaller: str) -> tuple[list[int], str]:
    """Return which places to show, those of the largest numbers, and what is left out."""
    if len(sizes) <= WHOLE:
        return list(range(len(sizes))), ""
    chosen = np.sort(np.argsort(-sizes, kind="stable")[:WHOLE])
    return chosen.tolist(), f"{len(sizes) - WHOLE:,} {what} with {smaller} are left out"


def explain_step(
    layers: Sequence[Layer],
    loss_name: str,
    old: Parameters,
    new: Parameters,
    forward: tuple[list[Floats], list[Floats]],
    backward: tuple[dict[int, Floats], dict[int, Floats]],
    T: Floats | None,
    learning_rate: float,
    losses: tuple[float, float] | None,
    outputs_after: Floats,
) -> NetworkStep:
    """Put together what the passes of one pattern have computed; their deltas are dE/dz."""
    (Z, A), (errors, deltas) = forward, backward
    steps = []
    for to, layer in enumerate(layers, 1):
        e = slope = delta = None
        if T is not None:
            fused = to == len(layers) and LOSSES[loss_name].fused
            derivative = ACTIVATIONS[layer.activation].derivative
            delta = -deltas[to][0]
            e = T[0] - A[-1][0] if to == len(layers) else -errors[to][0]
            if derivative is not None and not fused:
                slope = derivative(Z[to], A[to], layer.k, layer.K)[0]

        def gradient(source: int, delta: Floats | None = delta) -> Floats | None:
            return None if delta is None else -np.outer(delta, A[source][0])

        links = [(to - 1, old.weights[to - 1], new.weights[to - 1])]
        links += [(s, old.skips[s, to], new.skips[s, to]) for s in layer.sources]
        steps.append(
            LayerStep(
                layer.activation,
                layer.k,
                layer.K,
                Z[to][0],
                A[to][0],
                e,
                slope,
                delta,
                [
                    Connection(s, w.copy(), gradient(s), None if T is None else w_new)
                    for s, w, w_new in links
                ],
                _copy(old.biases[to - 1]),
                None if delta is None or not layer.bias else -delta,
                None if T is None else new.biases[to - 1],
            )
        )
    before, after = losses or (None, None)
    t = None if T is None else T[0]
    return NetworkStep(A[0][0], t, loss_name, learning_rate, steps, before, after, outputs_after)


def _copy(array: Floats | None) -> Floats | None:
    return None if array is None else array.copy()
