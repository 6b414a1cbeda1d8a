"""Figures of words and of the demonstrations; they need matplotlib, the extra ``plot``.

Each function draws into a file, whose suffix says the format.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from w2v.files.storage import Path
from w2v.networks import functions
from w2v.see.data import digits, regression, sentiment
from w2v.see.figures import (
    COLOURS,
    MARKERS,
    check,
    inline,
    legend_below,
    new_figure,
    save,
    styled,
)
from w2v.see.fits import approximation, overfitting
from w2v.see.networks import (
    confusion,
    gradient_panel,
    gradients,
    settings_of,
    shape_of,
    surface,
    weights,
)
from w2v.see.planes import gates, perceptron, xor
from w2v.see.words import arrows, heatmap, word_map

if TYPE_CHECKING:
    from w2v.demos.report import Report

__all__ = [
    "approximation",
    "arrows",
    "check",
    "descent",
    "confusion",
    "cost",
    "digits",
    "gates",
    "gradcheck",
    "gradients",
    "heatmap",
    "history",
    "inline",
    "loss_curves",
    "overfitting",
    "perceptron",
    "regression",
    "sentiment",
    "slopes",
    "surface",
    "vanishing",
    "weights",
    "word_map",
    "xor",
]


@styled
def slopes(path: Path, ks: Sequence[float] = (1, 2, 5, 20, 100)) -> None:
    """Draw 1 / (1 + e^-kz) for some k with the step, and the derivatives.

    Parameters
    ----------
    path : path
        File to write; the suffix says the format.
    ks : sequence of float, default (1, 2, 5, 20, 100)
        Slopes.
    """
    figure = new_figure(10, 4.2)
    values, derivatives = figure.subplots(1, 2)
    z = np.linspace(-2, 2, 1601)
    for k in ks:
        a = functions.sigmoid(k * z)
        values.plot(z, a, label=f"sigmoid, k = {k:g}")
        derivatives.semilogy(z, k * a * (1 - a), label=f"k = {k:g}: at most k/4 = {k / 4:g}")
    values.step([-2, 0, 2], [0, 0, 1], "k--", lw=1, label="step")
    values.set(xlabel="z", ylabel="a = 1 / (1 + e$^{-kz}$)", title="the sigmoid becomes the step")
    derivatives.set(
        xlabel="z",
        ylabel="da/dz = k a (1 - a), log scale",
        title="a steep one has slope at z = 0 only",
        ylim=(1e-4, 4 * max(ks) / 4),
    )
    for axes in (values, derivatives):
        axes.grid(alpha=0.3)
        axes.legend(fontsize="small")
    save(figure, path)


@styled
def vanishing(path: Path, report: Report) -> None:
    """Draw the norms of :func:`w2v.demos.vanishing`, a line for each kind of unit."""
    figure = new_figure(7.5, 4.8)
    axes = figure.subplots()
    layers = [row[0] for row in report.rows]
    for i, name in enumerate(report.columns[1:], 1):
        norms = [row[i] or np.nan for row in report.rows]  # 0 has no place on a log scale
        axes.semilogy(layers, norms, f"{MARKERS[i - 1]}-", ms=3.5, label=name)
    axes.set(
        xlabel="layer (1 is next to the input)",
        ylabel="norm of dE/dw",
        title=report.title,
    )
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)
    axes.legend(title="unit")
    save(figure, path)


@styled
def descent(path: Path, report: Report) -> None:
    """Draw the loss of :func:`w2v.demos.descent` over its two weights, and the way of each rule."""
    save(descent_figure(report), path)


def descent_figure(report: Report, epoch: int | None = None) -> Any:
    """Return the figure of :func:`descent`, with the ways up to an epoch or whole."""
    figure = new_figure(10.5, 5.2)
    x, t = (np.array(report.facts[name]) for name in ("x", "t"))
    w, b = np.meshgrid(np.linspace(-3, 5, 161), np.linspace(-6, 5, 161))
    loss = ((w[..., None] * x + b[..., None] - t) ** 2).mean(axis=-1) / 2
    paths = list(report.facts["paths"].items())
    handles: list[Any] = []
    for axes, shown in zip(figure.subplots(1, 2), (paths[:3], paths[3:]), strict=True):
        axes.contour(w, b, loss, levels=np.geomspace(0.05, 60, 16), colors="0.8", linewidths=0.8)
        for name, whole in shown:
            way = np.array(whole if epoch is None else whole[: epoch + 1])
            color, mark = COLOURS[len(handles)], MARKERS[len(handles)]
            handles += axes.plot(*way.T, f"{mark}-", ms=3, lw=1.2, color=color, label=name)
            if epoch is not None:
                axes.plot(*way[-1], mark, ms=8, color=color)
        axes.plot(*report.facts["best"], "k*", ms=11)
        axes.set(xlim=(-3, 5), ylim=(-6, 5), xlabel="w", ylabel="b")
    told = "a point after each epoch" if epoch is None else f"epoch {epoch}"
    figure.suptitle(f"{report.title}\nlines of equal loss; {told}; ★ least loss")
    legend_below(figure, handles, 6)
    return figure


@styled
def cost(path: Path, report: Report) -> None:
    """Draw the times of :func:`w2v.demos.cost` over the number of weights."""
    figure = new_figure(6.5, 4.8)
    axes = figure.subplots()
    sizes, differences, backprop = (
        np.array([row[report.columns.index(name)] for row in report.rows])
        for name in ("N_w", "differences_ms", "backprop_ms")
    )
    axes.loglog(sizes, differences, "o-", label="finite differences, N_w + 1 forward passes")
    axes.loglog(sizes, backprop, "o-", label="backpropagation")
    axes.loglog(sizes, backprop * sizes, "k:", label="N_w times backpropagation")
    axes.set(xlabel="weights N_w", ylabel="ms for one gradient", title=report.title)
    axes.grid(alpha=0.3)
    axes.legend()
    save(figure, path)


@styled
def gradcheck(path: Path, report: Report) -> None:
    """Draw the relative errors of :func:`w2v.demos.gradcheck`, a row for each hidden unit."""
    figure = new_figure(9, 4.8)
    axes = figure.subplots()
    hidden = list(dict.fromkeys(row[0] for row in report.rows))
    tops = list(dict.fromkeys(row[1:3] for row in report.rows))
    smallest = np.finfo(float).eps  # where 0 is drawn
    for i, top in enumerate(tops):
        errors = [(hidden.index(row[0]), row[3]) for row in report.rows if row[1:3] == top]
        places = [place + 0.09 * (i - (len(tops) - 1) / 2) for place, _ in errors]
        label = f"{top[0]}, {top[1].replace('_', ' ')}"
        axes.plot([max(e, smallest) for _, e in errors], places, MARKERS[i], ms=5, label=label)
    axes.axvline(1e-6, color="k", ls="--", lw=1)
    side = {"xytext": (-5, 0), "textcoords": "offset points", "ha": "right", "va": "center"}
    axes.annotate("limit 1e-6", (1e-6, -0.65), **side)
    axes.set_yticks(range(len(hidden)), hidden)
    axes.set(
        xscale="log",
        xlabel="largest difference of the gradients, relative to the largest gradient",
        ylabel="hidden units",
        ylim=(len(hidden) - 0.4, -0.9),
    )
    axes.set_xlim(right=3e-6 if max(row[3] for row in report.rows) < 1e-6 else None)
    axes.grid(alpha=0.3, axis="x")
    figure.suptitle(report.title.replace(" (E", "\n(E"), fontsize=10)
    figure.legend(
        title="output units, loss", loc="outside right upper", frameon=False, fontsize="small"
    )
    save(figure, path)


@styled
def pca(path: Path, report: Report) -> None:
    """Draw the errors of :func:`w2v.demos.pca`, a panel for each kind of patterns."""
    figure = new_figure(9, 4)
    places = figure.subplots(1, 2)
    figure.suptitle(f"{report.title}: the same error, the same space")
    for axes, other in zip(places, dict.fromkeys(row[1] for row in report.rows), strict=True):
        rows = [row for row in report.rows if row[1] == other]
        units = range(1, len(rows) + 1)
        axes.plot(units, [row[3] for row in rows], "o", ms=13, mfc="none", label=other)
        axes.plot(units, [row[2] for row in rows], "x", ms=7, mew=2, label="network")
        labels = [f"{row[0].split()[-1]}\n{row[4]:.1g}°" for row in rows]
        axes.set_xticks(units, labels)
        axes.set(
            xlim=(0.5, len(rows) + 0.5),
            ylim=(0, 1.15 * max(max(row[2:4]) for row in rows)),
            xlabel="network; largest angle between the spaces",
            ylabel="mean squared error of a pattern",
            title="words, one-hot" if rows[0][0].startswith("words") else "500 patterns",
        )
        axes.grid(alpha=0.3)
        axes.legend()
    save(figure, path)


@styled
def history(path: Path, records: Sequence[Mapping[str, float]], title: str = "") -> None:
    """Draw the loss of each epoch of a training of word vectors.

    Parameters
    ----------
    path : path
        File to write; the suffix says the format.
    records : sequence of mapping
        ``model.history``, with ``val_loss`` where a text was held out.
    title : str, optional
        What was trained.

    Raises
    ------
    ValueError
        If there is no epoch.
    """
    records = [record for record in records if "epoch" in record]
    if not records:
        raise ValueError("there are no epochs to draw: the model was not trained, or was counted")
    figure = new_figure(6.5, 4.4)
    axes = figure.subplots()
    epochs = [record["epoch"] for record in records]
    for name, about, look in (("loss", "training", "o-"), ("val_loss", "validation", "s--")):
        curve = [record.get(name) for record in records]
        if any(loss is not None for loss in curve):
            axes.plot(epochs, [np.nan if x is None else x for x in curve], look, ms=4, label=about)
    axes.set(xlabel="epoch", ylabel="mean loss of an example, nats", title="loss of each epoch")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.suptitle(title, fontsize=10, parse_math=False)
    save(figure, path)


@styled
def loss_curves(
    path: Path,
    model: Any,
    test: Sequence[float] = (),
    gradients: Sequence[Sequence[float]] = (),
) -> None:
    """Draw the loss of each epoch of an estimator, of its validation part and of a test part.

    And, if they are given, the gradients of its layers beside it.

    Parameters
    ----------
    path : path
        File to write; the suffix says the format.
    model : estimator
        A fitted one.
    test : sequence of float, optional
        Loss of each epoch on patterns that were kept out of training.
    gradients : sequence of sequence of float, optional
        For each epoch the norm of dE/dw of each layer, as :func:`gradients` draws them.
    """
    figure = new_figure(11.5 if len(gradients) else 6.5, 4.6)
    panels = figure.subplots(1, 2 if len(gradients) else 1, squeeze=False)[0]
    axes = panels[0]
    if len(gradients):
        gradient_panel(panels[1], gradients)
    curves = {
        "training": model.loss_curve_,
        "validation": model.validation_loss_curve_ or (),
        "test": test,
    }
    for (name, curve), colour in zip(curves.items(), ("C0", "C1", "C2"), strict=True):
        if len(curve):
            mark = "o" if len(curve) == 1 else "-"  # a line needs two points
            axes.semilogy(range(1, len(curve) + 1), curve, mark, color=colour, label=name)
    best = int(np.argmin(test)) if len(test) else 0
    if len(test):
        axes.plot(
            best + 1, test[best], "o", color="C2", label=f"lowest test loss, epoch {best + 1}"
        )
    axes.set(
        xlabel="epoch", ylabel="mean loss of a pattern (log scale)", title="loss of each epoch"
    )
    figure.suptitle(f"{settings_of(model)}\n{shape_of(model.network_)}", fontsize=10)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)
    axes.legend()
    save(figure, path)
