"""Pictures of any network: its weights, what it says of a plane, which classes it confuses."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from w2v.files.storage import Path
from w2v.see.figures import COLOURS, MARKERS, legend_below, new_figure, save, styled

Floats = NDArray[Any]

NUMBERS = 12  # rows and columns of the largest table whose numbers are written
SIDE = 201  # points of a plane along each axis
LINES = 12  # hidden units whose lines are drawn, at most


@styled
def weights(path: Path, model: Any, title: str | None = None) -> None:
    """Draw the weights of each layer as a table of colours: a row a unit, a column an input.

    Parameters
    ----------
    path : path
        File to write; the suffix says the format.
    model : Network, or an estimator that has learnt
        Whose weights are drawn.
    title : str, optional
        First line of the title; by default the seed of an estimator.
    """
    network = getattr(model, "network_", model)
    given = vars(model).get("feature_names_in_") if model is not network else None
    inputs = [f"x{i + 1}" for i in range(network.n_inputs)] if given is None else list(given)
    last = len(network.layers)
    tables = []
    for to, (w, b) in enumerate(zip(network.weights, network.biases, strict=True), 1):
        tables.append((to - 1, to, w, b))
        tables += [
            (source, to, v, None) for (source, dest), v in network.skips.items() if dest == to
        ]

    def names(layer: int) -> list[str]:
        if layer == 0:
            return inputs
        kind = "o" if layer == last else "h" if last == 2 else f"h{layer},"
        return [f"{kind}{j + 1}" for j in range(network.layers[layer - 1].units)]

    widths = [min(9.0, max(2.6, 0.55 * (w.shape[1] + 1))) for _, _, w, _ in tables]
    height = min(8.0, max(2.6, 0.42 * max(w.shape[0] for _, _, w, _ in tables)))
    figure = new_figure(sum(widths) + 1.2 * len(widths), height + 1.2)
    panels = figure.subplots(1, len(tables), width_ratios=widths, squeeze=False)[0]
    for axes, (source, to, w, b) in zip(panels, tables, strict=True):
        columns = names(source) + ["bias"] * (b is not None)
        table = w if b is None else np.column_stack([w, b])
        limit = float(np.abs(table).max()) or 1.0
        image = axes.imshow(table, aspect="auto", cmap="PuOr_r", vmin=-limit, vmax=limit)
        if max(table.shape) <= NUMBERS:
            for (i, j), value in np.ndenumerate(table):
                colour = "w" if abs(value) > 0.6 * limit else "k"
                axes.text(j, i, f"{value:.2f}", ha="center", va="center", size=8, color=colour)
        if b is not None:
            axes.axvline(w.shape[1] - 0.5, color="k", lw=1)
        _ticks(axes.xaxis, columns, rotation=90 if max(map(len, columns)) > 4 else 0)
        _ticks(axes.yaxis, names(to))
        axes.set(
            xlabel="inputs" if source == 0 else f"units of layer {source}",
            ylabel="outputs" if to == last else f"units of layer {to}",
            title=f"into layer {to}, {network.layers[to - 1].activation}",
        )
        figure.colorbar(image, ax=axes, label="weight")
    figure.suptitle(
        f"{title or settings_of(model)}\n{shape_of(network)}", fontsize=10, parse_math=False
    )
    save(figure, path)


def _ticks(axis: Any, names: Sequence[str], rotation: float = 0) -> None:
    """Name as many rows or columns as there is room for."""
    step = -(-len(names) // 20)
    axis.set_ticks(range(0, len(names), step), names[::step], rotation=rotation, parse_math=False)


@styled
def surface(path: Path, model: Any, X: ArrayLike, y: ArrayLike, title: str | None = None) -> None:
    """Draw what an estimator with two features says of every point of their plane.

    Two classes are told apart by the line where both are as probable; of more classes each has a
    colour, the paler the less sure; a regressor has a colour for each number. The lines of the
    first hidden layer's units, w x + b = 0, are dashed.

    Parameters
    ----------
    path : path
        File to write; the suffix says the format.
    model : FeedForwardClassifier or FeedForwardRegressor
        One that has learnt two features.
    X : (n, 2) array
        Patterns, which are marked; the plane ends a little beyond them.
    y : (n,) array
        Their classes or numbers.
    title : str, optional
        First line of the title; by default the estimator's seed.

    Raises
    ------
    ValueError
        If the model has not two features.
    """
    network = model.network_
    if network.n_inputs != 2:
        raise ValueError(f"a plane has two features, and the model has {network.n_inputs}")
    X, y = np.asarray(X, np.float64), np.asarray(y)
    across, up = (_beyond(X[:, i]) for i in range(2))
    grid = np.array(np.meshgrid(across, up)).reshape(2, -1).T
    model = copy.copy(model)
    names = list(vars(model).pop("feature_names_in_", ("x1", "x2")))  # the grid has none
    figure = new_figure(6.8, 5.8)
    axes = figure.subplots()
    if model._kind == "regressor":
        handles = _paint_numbers(axes, across, up, model.predict(grid), X, y)
    else:
        handles = _paint_classes(axes, across, up, model.predict_proba(grid), model.classes_, X, y)
    handles += _lines(axes, network, across, up, model._scaled(grid))
    axes.set_xlabel(str(names[0]), parse_math=False)
    axes.set_ylabel(str(names[1]), parse_math=False)
    axes.set(xlim=across[[0, -1]], ylim=up[[0, -1]])
    legend_below(figure, handles, 4)
    figure.suptitle(
        f"{title or settings_of(model)}\n{shape_of(network)}", fontsize=10, parse_math=False
    )
    save(figure, path)


def _beyond(values: Floats) -> Floats:
    """Return points from a little below the least to a little above the largest value."""
    low, high = float(values.min()), float(values.max())
    margin = 0.1 * (high - low) or 0.5
    return np.linspace(low - margin, high + margin, SIDE)


def _paint_numbers(
    axes: Any, across: Floats, up: Floats, found: Floats, X: Floats, y: Floats
) -> list[Any]:
    """Colour the plane by the prediction, and the patterns by their targets."""
    low, high = min(found.min(), y.min()), max(found.max(), y.max())
    scale = {"cmap": "cividis", "vmin": float(low), "vmax": float(high)}
    table = found.reshape(len(up), len(across))
    painted = axes.pcolormesh(across, up, table, rasterized=True, **scale)
    dots = axes.scatter(*X.T, c=y, edgecolors="w", s=28, linewidths=0.8, label="a target", **scale)
    axes.figure.colorbar(painted, ax=axes, label="prediction, and target")
    return [dots]


def _paint_classes(
    axes: Any, across: Floats, up: Floats, proba: Floats, classes: Floats, X: Floats, y: Floats
) -> list[Any]:
    """Mix the colours of the classes by their probabilities, and mark the patterns of each."""
    from matplotlib.colors import to_rgb
    from matplotlib.lines import Line2D

    colours = np.array([to_rgb(COLOURS[i % len(COLOURS)]) for i in range(len(classes))])
    mixed = 1 - 0.55 * proba @ (1 - colours)  # on white
    shape = len(up), len(across)
    ends = (across[0], across[-1], up[0], up[-1])
    axes.imshow(
        mixed.reshape(*shape, 3),
        extent=ends,
        origin="lower",
        aspect="auto",
        interpolation="bilinear",
    )
    for k in range(len(classes) if len(classes) > 2 else 1):
        others = np.delete(proba, k, axis=1).max(axis=1, initial=0)
        ahead = (proba[:, k] - others).reshape(shape)
        if ahead.min() < 0 < ahead.max():
            axes.contour(across, up, ahead, [0], colors="k", linewidths=1.2)
    handles: list[Any] = []
    for k, name in enumerate(classes.tolist()):
        look = {"marker": MARKERS[k % len(MARKERS)], "mfc": colours[k], "mec": "w", "mew": 0.7}
        axes.plot(*X[y == classes[k]].T, ls="", ms=6, clip_on=False, **look)
        handles.append(Line2D([], [], ls="", ms=7, label=str(name), **look))
    return [*handles, Line2D([], [], color="k", lw=1.2, label="equally probable")]


def _lines(axes: Any, network: Any, across: Floats, up: Floats, grid: Floats) -> list[Any]:
    """Draw where w x + b = 0 for the units of the first hidden layer."""
    from matplotlib.lines import Line2D

    units = network.layers[0].units if len(network.layers) > 1 else 0
    if not 0 < units <= LINES:
        return []
    z = grid @ network.weights[0].T
    z += 0 if network.biases[0] is None else network.biases[0]
    for j in range(units):
        axes.contour(
            across,
            up,
            z[:, j].reshape(len(up), -1),
            [0],
            colors="0.25",
            linewidths=1,
            linestyles="--",
        )
    return [Line2D([], [], color="0.25", lw=1, ls="--", label="hidden units: w x + b = 0")]


@styled
def gradients(path: Path, norms: Sequence[Sequence[float]], title: str = "") -> None:
    """Draw the gradient of each layer in the course of a training.

    Parameters
    ----------
    path : path
        File to write; the suffix says the format.
    norms : sequence of sequence of float
        For each epoch the norm of dE/dw of each layer, the first is next to the input. A callback
        of :meth:`w2v.Network.train` can keep them:
        ``norms.append([np.linalg.norm(g) for g in net.backward(X, T).weights])``.
    title : str, optional
        What was trained.
    """
    figure = new_figure(6.8, 4.6)
    axes = figure.subplots()
    gradient_panel(axes, norms)
    figure.suptitle(title, fontsize=10, parse_math=False)
    save(figure, path)


def gradient_panel(axes: Any, norms: Sequence[Sequence[float]]) -> None:
    """Draw a line for each layer over the epochs."""
    table = np.array(norms, float)
    table[table <= 0] = np.nan  # 0 has no place on a log scale
    epochs = np.arange(1, len(table) + 1)
    for layer, line in enumerate(table.T):
        look = {"color": COLOURS[layer % len(COLOURS)], "marker": MARKERS[layer % len(MARKERS)]}
        every = max(1, len(table) // 12)
        axes.semilogy(epochs, line, ms=4, lw=1.2, markevery=every, label=f"{layer + 1}", **look)
    axes.set(xlabel="epoch", ylabel="norm of dE/dw (log scale)", title="gradient of each layer")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)
    axes.legend(title="layer", ncols=2 if table.shape[1] > 5 else 1)


@styled
def confusion(
    path: Path, y: ArrayLike, found: ArrayLike, classes: Sequence[Any], title: str = ""
) -> None:
    """Draw how often each class was taken for which.

    Parameters
    ----------
    path : path
        File to write; the suffix says the format.
    y, found : (n,) arrays
        The classes as they are, and as they were told.
    classes : sequence
        All classes, in the order of rows and columns.
    title : str, optional
        First line of the title.
    """
    y, found, names = np.asarray(y), np.asarray(found), [str(name) for name in classes]
    counts = np.array([[((y == a) & (found == b)).sum() for b in classes] for a in classes])
    n = len(names)
    size = min(12.0, max(3.6, 0.5 * n + 1.5))
    figure = new_figure(size + 1.2, size + 0.8)
    axes = figure.subplots()
    counted_confusion(axes, counts)
    axes.set_xticks(
        range(n), names, parse_math=False, rotation=90 if max(map(len, names)) > 3 else 0
    )
    axes.set_yticks(range(n), names, parse_math=False)
    axes.set(xlabel="told by the network", ylabel="class")
    right = int(counts.trace())
    told = f"{right:,} of {len(y):,} right"
    axes.set_title(f"{title}\n{told}".strip(), fontsize=10, parse_math=False)
    save(figure, path)


def counted_confusion(axes: Any, counts: Floats) -> None:
    """Draw a table of counts, the wrong ones coloured: rows are classes, columns answers."""
    wrong = counts - np.diag(counts.diagonal())
    axes.imshow(wrong, cmap="Oranges", vmin=0, vmax=max(1, 1.5 * wrong.max()))
    for (i, j), count in np.ndenumerate(counts):
        if count:
            colour = "0.5" if i == j else "k"
            axes.text(j, i, f"{count:,}", ha="center", va="center", size=8, color=colour)


def shape_of(network: Any) -> str:
    """Return the units of all layers and what they compute."""
    units = "-".join(map(str, (network.n_inputs, *(layer.units for layer in network.layers))))
    kinds = ", ".join(layer.activation for layer in network.layers)
    return f"{units} network: {kinds}; loss {network.loss_name.replace('_', ' ')}"


def settings_of(model: Any) -> str:
    """Return the settings of an estimator that its title names."""
    names = ("solver", "learning_rate_init", "batch_size", "random_state")
    known = {name: getattr(model, name, None) for name in names}
    told = [f"{name} {value}" for name, value in known.items() if value is not None]
    if getattr(model, "n_iter_", None):
        told.insert(0, f"{model.n_iter_} epochs")
    return ", ".join(told) or "a network"
