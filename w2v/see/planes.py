"""Boolean functions over their inputs and over the hidden units: XOR, gates, perceptrons."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from w2v.estimators.perceptron import Perceptron
from w2v.files.storage import Path
from w2v.networks import functions
from w2v.see.figures import legend_below, new_figure, save, styled

if TYPE_CHECKING:
    from w2v.demos.boolean import Xor
    from w2v.demos.report import Report
    from w2v.networks.network import Network

Floats = NDArray[Any]

PATTERNS = ("00", "01", "10", "11")
XOR = (0, 1, 1, 0)
SIDE = np.linspace(-0.25, 1.25, 201)  # of the input plane, which ends a little beyond 0 and 1
BOUNDED = {"sigmoid": 0.0, "tanh": -1.0, "sine": -1.0, "step": 0.0}  # activation -> least value
ZERO: dict[str, Any] = {
    "marker": "o",
    "mfc": "none",
    "mec": "k",
    "mew": 2,
    "ms": 12,
}  # how targets are marked
ONE: dict[str, Any] = {"marker": "X", "mfc": "k", "mec": "w", "mew": 0.5, "ms": 9}
APART = 0.06  # share of an axis; patterns that are nearer have one label


@styled
def xor(path: Path, result: Xor) -> None:
    """Draw the error of each epoch, the output over the inputs, and the hidden units.

    Two hidden units are the axes of a plane. One is drawn against the output. Of more there is a
    table: a row for each pattern.

    Parameters
    ----------
    path : path
        File to write; the suffix says the format.
    result : Xor
        Of :func:`w2v.demos.xor`.
    """
    save(xor_figure(result), path)


def xor_figure(result: Xor, epoch: int | None = None) -> Any:
    """Return the figure of :func:`xor`, or that of a network in the midst of its training.

    Parameters
    ----------
    result : Xor
        With the network as it is drawn.
    epoch : int, optional
        How far its training has come; by default to the end.
    """
    network, hidden = result.network, result.hidden()
    units = hidden.shape[1]
    panels = 3 if units else 2
    figure = new_figure(4.6 * panels, 5)
    axes = figure.subplots(1, panels)
    curve, last = result.loss_curve, result.attempts[-1]
    if curve:
        axes[0].semilogy(range(1, len(curve) + 1), curve, alpha=1 if epoch is None else 0.3)
    if curve and epoch:
        axes[0].semilogy(range(1, epoch + 1), curve[:epoch], color="C0")
        axes[0].plot(epoch, curve[epoch - 1], "o", color="C0")
    axes[0].set(xlabel="epoch", ylabel="mean error of a pattern (log scale)", title="training")
    axes[0].grid(alpha=0.3)
    surface, handles = _inputs_panel(axes[1], network, [f"h{j + 1}" for j in range(units)])
    if units == 1:
        _one_unit(axes[2], network, hidden, result.inputs())
    elif units == 2:
        _hidden_plane(axes[2], network, hidden, ("h1", "h2"))
    elif units:
        _table(axes[2], network, hidden)
    figure.colorbar(surface, ax=axes[1], label="output", extend="both", location="bottom")
    legend_below(figure, handles, 6)
    if epoch is None:
        told = f"{last.summary()}\n{fill(last.reason, 140)}".strip()
    else:
        told = f"seed {last.seed}, epoch {epoch:,} of {len(curve):,}"
    figure.suptitle(f"{result.title()}\n{told}")
    return figure


@styled
def gates(path: Path, report: Report) -> None:
    """Draw XOR of gates set by hand, a column for each way: over the inputs, over the gates."""
    from w2v.demos.boolean import XOR_INPUTS, XOR_OF_GATES, network_of_gates

    figure = new_figure(4.2 * len(XOR_OF_GATES), 8.2)
    panels = figure.subplots(2, len(XOR_OF_GATES))
    for (inputs, plane), three in zip(panels.T, XOR_OF_GATES, strict=True):
        network = network_of_gates(three)
        first, second, last = (name for name, *_ in three)
        _, handles = _inputs_panel(inputs, network, (first, second), ("a", "b"))
        inputs.set_title(last)
        names = {"labels": (first, second), "loc": "upper center", "ncols": 2}
        inputs.legend(handles=handles[3:], fontsize="small", **names)
        inputs.set_ylim(top=1.6)  # room for the legend
        _hidden_plane(plane, network, network.hidden(XOR_INPUTS, 1), (first, second))
    legend_below(figure, handles[:3], 3)
    figure.suptitle("XOR(a, b) by threshold units: over the inputs, and over the two gates below")
    save(figure, path)


def _inputs_panel(
    axes: Any, network: Network, units: Sequence[str], inputs: tuple[str, str] = ("x1", "x2")
) -> tuple[Any, list[Any]]:
    """Draw the output over the two inputs with the lines of the hidden units.

    Return the coloured surface and what the legend explains.
    """
    from matplotlib.lines import Line2D

    grid = np.array(np.meshgrid(SIDE, SIDE)).reshape(2, -1).T
    corners = np.array(list(itertools.product((0.0, 1.0), repeat=2)))
    whole = grid if network.n_inputs == 2 else np.column_stack([grid, grid.prod(axis=1)])
    surface = _surface(axes, SIDE, SIDE, network.forward(whole)[:, 0])
    handles = [
        Line2D([], [], ls="", label="target 0", **ZERO),
        Line2D([], [], ls="", label="target 1", **ONE),
        Line2D([], [], color="k", lw=1.5, label="output 1/2"),
    ]
    if units:
        z = grid @ network.weights[0].T
        z += 0 if network.biases[0] is None else network.biases[0]
        if network.layers[0].activation == "sine":
            z = np.sin(z)
        for j, name in enumerate(units):
            colour = f"C{(j + 1) % 10}"  # C0 is too near to the blue of output 0
            field = z[:, j].reshape(len(SIDE), -1)
            seen = field.min() < 0 < field.max()
            if seen:
                axes.contour(SIDE, SIDE, field, [0], colors=colour, linewidths=2, linestyles="--")
            label = f"{name}: w x + b = 0" + ("" if seen else ", outside")
            handles.append(Line2D([], [], color=colour, lw=2, ls="--", label=label))
    _mark(axes, corners)
    axes.set(xlabel=inputs[0], ylabel=inputs[1], title="output over the inputs")
    return surface, handles


def _hidden_plane(axes: Any, network: Network, hidden: Floats, names: Sequence[str]) -> None:
    """Draw the output over two hidden units, and where the four patterns lie."""
    layer = network.layers[0]
    sides = []
    for values in hidden.T:
        low, high = float(values.min()), float(values.max())
        if layer.activation in BOUNDED:
            low, high = BOUNDED[layer.activation] * layer.K, layer.K
        elif high - low < 1e-9:
            low, high = low - 0.5, high + 0.5
        margin = 0.15 * (high - low)
        sides.append(np.linspace(low - margin, high + margin, 201))
    z = np.array(np.meshgrid(*sides)).reshape(2, -1).T @ network.weights[1].T
    z += 0 if network.biases[1] is None else network.biases[1]
    last = network.layers[1]
    out = functions.ACTIVATIONS[last.activation].value(z, last.k, last.K)
    _surface(axes, sides[0], sides[1], out[:, 0])
    _mark(axes, hidden)
    labels = [name + _idle(values) for name, values in zip(names, hidden.T, strict=True)]
    axes.set(xlabel=labels[0], ylabel=labels[1], title="output over the hidden units")


def _one_unit(axes: Any, network: Network, hidden: Floats, inputs: Floats) -> None:
    """Draw the output against the only hidden unit."""
    out = network.forward(inputs)[:, 0]
    low, high = hidden.min(), hidden.max()
    margin = 0.15 * max(high - low, 0.2)
    h = np.linspace(low - margin, high + margin, 200)
    if not network.skips:
        z = h[:, None] * network.weights[1][0] + network.biases[1]
        last = network.layers[1]
        axes.plot(h, functions.ACTIVATIONS[last.activation].value(z, last.k, last.K), color="0.5")
    axes.axhline(0.5, color="k", lw=1.5)
    axes.set(xlim=(h[0], h[-1]), ylim=(-0.15, 1.15))
    _mark(axes, np.column_stack([hidden[:, 0], out]))
    title = "the output joins inputs and h1" if network.skips else "the output sees h1 only"
    axes.set(xlabel="h1" + _idle(hidden[:, 0]), ylabel="output", title=title)


def _table(axes: Any, network: Network, hidden: Floats) -> None:
    """Draw the activations of many hidden units as a table of colours, a row for each pattern."""
    units = hidden.shape[1]
    size = np.abs(hidden).max() or 1.0
    least, colours = (-size, "PuOr") if hidden.min() < 0 else (0, "Purples")
    image = axes.imshow(hidden, aspect="auto", cmap=colours, vmin=least, vmax=size)
    if units <= 8:
        for (i, j), value in np.ndenumerate(hidden):
            dark = abs(value) > 0.6 * size
            text = f"{value:.2f}".replace("-0.00", "0.00")
            axes.text(j, i, text, ha="center", va="center", color="w" if dark else "k")
    axes.set_yticks(range(4), [f"{p} → {t}" for p, t in zip(PATTERNS, XOR, strict=True)])
    step = -(-units // 8)
    axes.set_xticks(range(0, units, step), [f"h{j + 1}" for j in range(0, units, step)])
    title = "what the hidden units compute"
    idle = sum(bool(_idle(values)) for values in hidden.T)
    if idle:
        title += f" ({idle} the same for every pattern)"
    axes.set(xlabel="hidden unit", ylabel="inputs x1 x2 → target", title=title)
    axes.figure.colorbar(image, ax=axes, label="activation", location="bottom")


def _idle(values: Floats) -> str:
    """Say that a unit tells no two patterns apart."""
    if np.ptp(values) > 1e-9:
        return ""
    return " (dead: 0 for every pattern)" if not values.any() else " (the same for every pattern)"


def _surface(axes: Any, across: Floats, up: Floats, out: Floats) -> Any:
    """Colour the plane by the output, and draw the line where it is 1/2."""
    out = out.reshape(len(up), len(across))
    surface = axes.pcolormesh(
        across, up, out, cmap="coolwarm", vmin=0, vmax=1, alpha=0.75, rasterized=True
    )
    if out.min() < 0.5 < out.max():
        axes.contour(across, up, out, [0.5], colors="k", linewidths=1.5)
    return surface


def _mark(axes: Any, at: Floats) -> None:
    """Mark the four patterns, o for target 0, X for 1; those that fall together share a label."""
    left, right, bottom, top = axes.axis()
    size = np.array([right - left, top - bottom])
    groups: list[list[int]] = []
    for i in range(4):
        near = [g for g in groups if (np.abs(at[g[0]] - at[i]) < APART * size).all()]
        if near:
            near[0].append(i)
        else:
            groups.append([i])
    for place, target in zip(at, XOR, strict=True):  # an X within an o: they fall together
        axes.plot(*place, ls="", zorder=3, clip_on=False, **(ONE if target else ZERO))
    for group in groups:
        place = at[group].mean(axis=0)
        # towards the middle of the axes, so that no label leaves them
        dx, dy = np.where(place > [(left + right) / 2, (bottom + top) / 2], -1, 1)
        axes.annotate(
            ", ".join(PATTERNS[i] for i in group),
            place,
            xytext=(10 * dx, 10 * dy),
            textcoords="offset points",
            ha="left" if dx > 0 else "right",
            va="bottom" if dy > 0 else "top",
            zorder=4,
            bbox={"boxstyle": "round,pad=0.2", "fc": "w", "ec": "none", "alpha": 0.8},
        )


@styled
def perceptron(path: Path, report: Report) -> None:
    """Draw what a perceptron learns: the line of each function; of three inputs, the epochs."""
    if report.columns[0] == "inputs":  # counts alone
        figure = _counts(report)
        figure.suptitle(report.title)
        save(figure, path)
        return
    names = [row[0] for row in report.rows]
    n_inputs = (len(names[0]) - 1).bit_length()
    X = np.array(list(itertools.product((0, 1), repeat=n_inputs)))
    units: dict[str, Perceptron | None] = {}  # None: constant, the bias alone computes it
    for name in names:
        y = [int(value) for value in name]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # XOR does not converge, which is to be seen
            units[name] = Perceptron().fit(X, y) if len(set(y)) == 2 else None
    if n_inputs == 3:
        figure = _epochs(units)
    else:
        figure = _lines(X, units, [row[1] for row in report.rows])
    order = ", ".join("".join(map(str, x)) for x in X) if n_inputs < 3 else ""
    figure.suptitle(report.notes[0] + (f"\na title has the values at {order}" if order else ""))
    save(figure, path)


def _lines(X: Floats, units: dict[str, Perceptron | None], titles: Sequence[str]) -> Any:
    """Draw the corners of each function, and the line that the perceptron learnt."""
    from matplotlib.lines import Line2D

    columns = 4
    figure = new_figure(8.4, 1.2 + 2.1 * len(units) / columns)
    places = np.column_stack([X, np.zeros(len(X))])[:, :2]
    grid = np.array(np.meshgrid(SIDE, SIDE)).reshape(2, -1).T
    for axes, (name, unit), title in zip(
        figure.subplots(len(units) // columns, columns).flat, units.items(), titles, strict=True
    ):
        learnt = unit is None or unit.converged_
        if not learnt:
            axes.set_facecolor("mistyrose")
            axes.text(0.5, 0.5, "no line", color="C1", ha="center", va="center")
        elif unit is None:
            out = np.full(len(grid), float(name[0]))
            _halves(axes, out)
        else:
            _halves(axes, (grid[:, : X.shape[1]] @ unit.coef_[0] + unit.intercept_[0] > 0) * 1.0)
        for place, value in zip(places, name, strict=True):
            colour = "k" if value == "1" else "w"
            axes.plot(*place, "o", color=colour, mec="k", ms=7, clip_on=False)
        axes.set_title(f"{name} {title}", fontsize="medium", color="k" if learnt else "C1")
        axes.set_xticks([0, 1])
        axes.set_yticks([0, 1] if X.shape[1] == 2 else [])
        axes.set(xlim=(SIDE[0], SIDE[-1]), ylim=(SIDE[0], SIDE[-1]), xlabel="x1")
        if X.shape[1] == 2:
            axes.set_ylabel("x2")
        axes.label_outer()
    handles = [
        Line2D([], [], marker="o", color="w", mec="k", ms=7, ls="", label="value 0"),
        Line2D([], [], marker="o", color="k", mec="k", ms=7, ls="", label="value 1"),
        Line2D([], [], marker="s", color="peachpuff", ms=9, ls="", label="output 1; on the line 0"),
    ]
    legend_below(figure, handles, 3)
    return figure


def _halves(axes: Any, out: Floats) -> None:
    """Colour where a perceptron says 1."""
    out = out.reshape(len(SIDE), -1)
    axes.contourf(SIDE, SIDE, out, [-0.5, 0.5, 1.5], colors=["w", "peachpuff"])
    if out.min() < out.max():
        axes.contour(SIDE, SIDE, out, [0.5], colors="C0", linewidths=1.5)


def _epochs(units: dict[str, Perceptron | None]) -> Any:
    """Draw how many functions were learnt in how many epochs, and how many never are."""
    figure = new_figure(7.5, 4.6)
    axes = figure.subplots()
    trained = [unit for unit in units.values() if unit is not None]
    epochs = [unit.n_iter_ for unit in trained if unit.converged_]
    never = sum(not unit.converged_ for unit in trained)
    numbers, counts = np.unique(epochs, return_counts=True)
    constant = len(units) - len(trained)
    bars = [axes.bar([0], [constant], color="0.6"), axes.bar(numbers, counts)]
    end = int(numbers.max()) + 2
    bars.append(axes.bar([end], [never], color="C1"))
    for bar in bars:
        axes.bar_label(bar)
    axes.set_xticks([0, *numbers.tolist(), end], ["constant", *map(str, numbers.tolist()), "never"])
    axes.set(xlabel="epochs until every pattern is right", ylabel="functions")
    return figure


def _counts(report: Report) -> Any:
    """Draw how many functions there are and how many are learnt, for each number of inputs."""
    figure = new_figure(7, 4.6)
    axes = figure.subplots()
    inputs = np.array([row[0] for row in report.rows])
    learnt, there = np.array([[int(n) for n in row[1].split("/")] for row in report.rows]).T
    ways = np.array([row[4] for row in report.rows])
    kinds = {"functions": there, "learnt": learnt, "R(2$^n$, n + 1)": ways}
    for i, (name, counts) in enumerate(kinds.items()):
        axes.bar_label(axes.bar(inputs + 0.28 * (i - 1), counts, 0.28, label=name))
    axes.set(xlabel="inputs n", ylabel="Boolean functions (log scale)", yscale="log")
    axes.set_ylim(1, 4 * there.max())
    axes.set_xticks(inputs)
    axes.legend(loc="upper left")
    return figure
