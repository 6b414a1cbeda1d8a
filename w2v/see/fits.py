"""What networks fit: a function of one number, and noise where nothing holds them back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from w2v.files.storage import Path
from w2v.see.figures import legend_below, new_figure, save, styled

if TYPE_CHECKING:
    from w2v.demos.report import Report

PANELS = 5  # fits that are shown, beside the panel of errors


@styled
def approximation(path: Path, report: Report) -> None:
    """Draw what the networks of :func:`w2v.demos.approximation` compute, and their errors."""
    save(fit_figure(report, -1), path)


def fit_figure(report: Report, moment: int) -> Any:
    """Return the figure of one of the moments that a report has kept."""
    x, t = (np.array(report.facts[name]) for name in ("x", "t"))
    fits = {h: np.array(course) for h, course in report.facts["fits"].items()}
    epoch = report.facts["moments"][moment]
    chosen = np.unique(np.linspace(0, len(fits) - 1, PANELS).round().astype(int))
    shown = [list(fits)[i] for i in chosen]
    columns = -(-(len(shown) + 1) // 2)
    figure = new_figure(3.8 * columns, 6.6)
    panels = list(figure.subplots(2, columns).flat)
    for axes, h in zip(panels, shown, strict=False):
        (wanted,) = axes.plot(x, t, color="0.6", lw=3, label="the function")
        (fit,) = axes.plot(x, fits[h][moment], color="C1", lw=1.6, label="the network")
        axes.set(xlabel="x", ylabel="output", ylim=(t.min() - 0.4, t.max() + 0.4))
        axes.set_title(f"{h} hidden unit" + "s" * (h != "1"))
        axes.grid(alpha=0.3)
    axes = panels[len(shown)]
    error = [float(np.sqrt(np.square(course[moment] - t).mean())) for course in fits.values()]
    axes.loglog([int(h) for h in fits], error, "o-", ms=4)
    axes.set(xlabel="hidden units", ylabel="root mean squared error", title="error")
    axes.set_ylim(*error_limits(report))
    axes.set_xticks([int(h) for h in fits], list(fits))
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    for empty in panels[len(shown) + 1 :]:
        empty.remove()
    title = report.title.replace(f"{report.facts['moments'][-1]} epochs", f"epoch {epoch}")
    figure.suptitle(title)
    legend_below(figure, [wanted, fit], 2)
    return figure


def error_limits(report: Report) -> tuple[float, float]:
    """Return the ends of the axis of errors, the same at all moments."""
    t = np.array(report.facts["t"])
    errors = np.array(
        [np.square(np.array(c) - t).mean(axis=1) for c in report.facts["fits"].values()]
    )
    low, high = np.sqrt([errors.min(), errors.max()])
    return max(float(low), 1e-9) / 1.5, max(float(high), 1e-9) * 1.5


@styled
def overfitting(path: Path, report: Report) -> None:
    """Draw what each network of :func:`w2v.demos.overfitting` says of the plane, and its losses."""
    save(clouds_figure(report, -1), path)


def clouds_figure(report: Report, moment: int) -> Any:
    """Return that figure at one of the moments that a report has kept."""
    from matplotlib.lines import Line2D

    facts = report.facts
    epoch, end = facts["moments"][moment], facts["moments"][-1]
    side, X, t = (np.array(facts[name]) for name in ("side", "patterns", "targets"))
    names = list(facts["curves"])
    figure = new_figure(3.9 * len(names), 7.6)
    panels = figure.subplots(2, len(names))
    highest = max(max(curve["validation"]) for curve in facts["curves"].values())
    surface: Any = None
    for name, row, (above, below) in zip(names, report.rows, panels.T, strict=True):
        out = np.array(facts["surfaces"][name][moment])
        surface = above.pcolormesh(
            side, side, out, cmap="coolwarm", vmin=0, vmax=1, alpha=0.75, rasterized=True
        )
        if out.min() < 0.5 < out.max():
            above.contour(side, side, out, [0.5], colors="k", linewidths=1.5)
        above.plot(*X[t == 0].T, "o", mfc="none", mec="k", ms=5)
        above.plot(*X[t == 1].T, "X", mfc="k", mec="w", mew=0.5, ms=6.5)
        above.set(xlabel="x1", ylabel="x2", xlim=side[[0, -1]], ylim=side[[0, -1]])
        right = facts["right"][name][moment]
        above.set_title(f"held back by {name}\n{right:.1%} of other patterns right")
        epochs = range(1, epoch + 1)
        mark = "o" if len(epochs) == 1 else ""  # a line needs two points
        curve = facts["curves"][name]
        below.plot(epochs, curve["training"][:epoch], f"{mark}-", color="C0")
        below.plot(epochs, curve["validation"][:epoch], f"{mark}--", color="C1")
        if row[4] <= epoch:
            below.plot(row[4], row[3], "*", color="k", ms=9)
        if end > 1:
            below.set_xlim(1 - 0.04 * end, 1.04 * end)
        below.set(xlabel="epoch", ylabel="mean loss of a pattern", ylim=(0, 1.05 * highest))
        below.xaxis.get_major_locator().set_params(integer=True)
        below.grid(alpha=0.3)
    figure.colorbar(surface, ax=panels[0, -1], label="output")
    handles = [
        Line2D([], [], marker="o", mfc="none", mec="k", ls="", label="target 0"),
        Line2D([], [], marker="X", mfc="k", mec="w", ms=8, ls="", label="target 1"),
        Line2D([], [], color="k", label="output 1/2"),
        Line2D([], [], color="C0", label="loss of training"),
        Line2D([], [], color="C1", ls="--", label="loss of 1,000 other patterns"),
        Line2D([], [], marker="*", color="k", ms=9, ls="", label="lowest"),
    ]
    legend_below(figure, handles, 6)
    figure.suptitle(report.title.replace(f"{end} epochs", f"epoch {epoch}"))
    return figure
