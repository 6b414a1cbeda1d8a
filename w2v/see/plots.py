"""Figures of the demonstrations; they need matplotlib, the extra ``plot``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from w2v.files.storage import Path, atomic_write
from w2v.networks import functions

if TYPE_CHECKING:
    from w2v.demos.boolean import Xor
    from w2v.demos.report import Report

__all__ = ["check", "cost", "loss_curves", "slopes", "vanishing", "xor"]


def _figure(width: float, height: float, columns: int = 1) -> tuple[Any, Any]:
    """Return a figure and its axes; it belongs to no window."""
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "plots need matplotlib; install it: pip install 'w2v[plot]'"
        ) from None
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(1, columns)


def check(path: Path) -> str:
    """Return the format that a picture's suffix names, as matplotlib calls it.

    Raises
    ------
    ModuleNotFoundError
        Without matplotlib.
    ValueError
        If the suffix is of no known format.
    """
    form = os.path.splitext(os.fspath(path))[1][1:].lower()
    known = sorted(_figure(1, 1)[0].canvas.get_supported_filetypes())
    if form not in known:
        raise ValueError(f"{path}: the suffix says the format: one of {', '.join(known)}")
    return form


def _save(figure: Any, path: Path) -> None:
    form = check(path)
    with atomic_write(path) as file:
        figure.savefig(file, format=form, dpi=150)


def slopes(path: Path, ks: Sequence[float] = (1, 2, 5, 20, 100)) -> None:
    """Draw 1 / (1 + e^-kz) for some k, and the step.

    Parameters
    ----------
    path : path
        File to write; the suffix says the format.
    ks : sequence of float, default (1, 2, 5, 20, 100)
        Slopes.
    """
    figure, axes = _figure(6, 4)
    z = np.linspace(-2, 2, 801)
    for k in ks:
        axes.plot(z, functions.sigmoid(k * z), label=f"sigmoid, k = {k:g}")
    axes.step([-2, 0, 2], [0, 0, 1], "k--", label="step")
    axes.set(xlabel="z", ylabel="a", title="the sigmoid becomes the step as k grows")
    axes.legend()
    _save(figure, path)


def vanishing(path: Path, report: Report) -> None:
    """Draw the norms of :func:`w2v.demos.vanishing`, a line for each kind of unit."""
    figure, axes = _figure(7, 4.5)
    layers = [row[0] for row in report.rows]
    for i, name in enumerate(report.columns[1:], 1):
        axes.semilogy(layers, [row[i] for row in report.rows], "o-", ms=3, label=name)
    axes.set(
        xlabel="layer (1 is next to the input)",
        ylabel="norm of dE/dw",
        title="gradients of deep, untrained networks",
    )
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)
    axes.legend(title="unit")
    _save(figure, path)


def cost(path: Path, report: Report) -> None:
    """Draw the times of :func:`w2v.demos.cost` over the number of weights."""
    figure, axes = _figure(6, 4.5)
    sizes, differences, backprop = (
        np.array([row[report.columns.index(name)] for row in report.rows])
        for name in ("N_w", "differences_ms", "backprop_ms")
    )
    axes.loglog(sizes, differences, "o-", label="finite differences, N_w + 1 forward passes")
    axes.loglog(sizes, backprop, "o-", label="backpropagation")
    axes.loglog(sizes, backprop * sizes, "k:", label="N_w times backpropagation")
    axes.set(xlabel="weights N_w", ylabel="ms for one gradient", title="the cost of a gradient")
    axes.grid(alpha=0.3)
    axes.legend()
    _save(figure, path)


def loss_curves(path: Path, model: Any) -> None:
    """Draw the loss of each epoch of an estimator, and of its validation part if it has one."""
    figure, axes = _figure(6, 4)
    axes.semilogy(range(1, model.n_iter_ + 1), model.loss_curve_, label="training")
    if model.validation_loss_curve_:
        curve = model.validation_loss_curve_
        axes.semilogy(range(1, len(curve) + 1), curve, label="validation")
    axes.set(xlabel="epoch", ylabel="mean loss of a pattern", title="training")
    axes.grid(alpha=0.3)
    axes.legend()
    _save(figure, path)


def xor(path: Path, result: Xor) -> None:
    """Draw the error of each epoch, the output over the input plane, and the hidden plane.

    Parameters
    ----------
    path : path
        File to write; the suffix says the format.
    result : Xor
        Of :func:`w2v.demos.xor`. The third picture, where the hidden units put the four patterns,
        is there if the hidden layer has two units.
    """
    network = result.network
    inputs = result.inputs()
    hidden = network.hidden(inputs, 1) if len(network.layers) == 2 else np.empty((4, 0))
    shown = 3 if hidden.shape[1] == 2 and not network.skips else 2
    figure, axes = _figure(4.2 * shown, 3.8, shown)
    axes[0].semilogy(range(1, len(result.loss_curve) + 1), result.loss_curve)
    axes[0].set(xlabel="epoch", ylabel="mean error", title="training")

    side = np.linspace(-0.25, 1.25, 121)
    grid = np.array(np.meshgrid(side, side)).reshape(2, -1).T
    if inputs.shape[1] == 3:
        grid = np.column_stack([grid, grid.prod(axis=1)])
    out = network.forward(grid)[:, 0]
    surface = _surface(axes[1], side, side, out)
    _patterns(axes[1], inputs)
    axes[1].set(xlabel="x1", ylabel="x2", title="output over the inputs")

    if shown == 3:
        low, high = hidden.min(axis=0), hidden.max(axis=0)
        margin = 0.25 * np.maximum(high - low, 1e-3)
        sides = [np.linspace(low[j] - margin[j], high[j] + margin[j], 121) for j in (0, 1)]
        plane = np.array(np.meshgrid(*sides)).reshape(2, -1).T
        last = network.layers[1]
        b = network.biases[1]
        z = plane @ network.weights[1].T + (0 if b is None else b)
        value = functions.ACTIVATIONS[last.activation].value(z, last.k, last.K)
        _surface(axes[2], sides[0], sides[1], value[:, 0])
        _patterns(axes[2], hidden)
        axes[2].set(xlabel="h1", ylabel="h2", title="output over the hidden units")
    figure.colorbar(surface, ax=axes[-1], label="output")
    _save(figure, path)


def _surface(axes: Any, across: Any, up: Any, out: Any) -> Any:
    out = out.reshape(len(up), len(across))
    surface = axes.pcolormesh(across, up, out, cmap="coolwarm", vmin=0, vmax=1, rasterized=True)
    if out.min() < 0.5 < out.max():
        axes.contour(across, up, out, [0.5], colors="k", linewidths=1)
    return surface


def _patterns(axes: Any, at: Any) -> None:
    """Mark the four patterns by their target: o for 0, x for 1."""
    for i, (name, mark) in enumerate(zip(("00", "01", "10", "11"), "oXXo", strict=True)):
        axes.plot(at[i, 0], at[i, 1], mark, color="k", ms=8)
        offset = (-16, -14) if name == "00" else (7, 7)  # hidden units may put 00 and 11 together
        axes.annotate(name, at[i, :2], xytext=offset, textcoords="offset points")
