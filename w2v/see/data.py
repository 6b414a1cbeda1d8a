"""Networks that learn from data: regressions beside statistics, handwritten digits, opinions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from w2v.files.storage import Path
from w2v.see.figures import new_figure, save, styled
from w2v.see.networks import counted_confusion

if TYPE_CHECKING:
    from w2v.demos.report import Report


@styled
def regression(path: Path, report: Report) -> None:
    """Draw how the loss of each network comes down to the other program's, and both predictions."""
    figure = new_figure(12, 7)
    panels = figure.subplots(2, 3)
    for (upper, lower), (name, other, _, its_loss, _) in zip(panels.T, report.rows, strict=True):
        fact = report.facts[name]
        above = np.array(fact["loss_curve"]) - its_loss
        upper.loglog(np.arange(1, len(above) + 1), np.where(above > 0, above, np.nan))
        upper.set(xlabel="epoch", ylabel="loss above the other's", title=f"{name} regression")
        upper.set_ylim(bottom=1e-16)  # what follows is rounding
        upper.grid(alpha=0.3)
        theirs, ours = fact["its_predictions"], fact["predictions"]
        lower.axline((theirs[0], theirs[0]), slope=1, color="0.6", lw=1, label="equal")
        lower.plot(theirs, ours, ".", ms=5, alpha=0.6, label="a pattern")
        what = "predictions" if name == "linear" else "probabilities"
        if name == "multinomial":
            what += " of the first class"
        lower.set(xlabel=other, ylabel="network", title=what)
        lower.grid(alpha=0.3)
        lower.legend(fontsize="small")
    figure.suptitle(report.title)
    save(figure, path)


@styled
def digits(path: Path, report: Report) -> None:
    """Draw digits that were read right and wrong, and how often each was taken for which."""
    figure = new_figure(12, 5.6)
    left, right = figure.subfigures(1, 2, width_ratios=(1.15, 1))
    shown = [*report.facts["right"], *report.facts["wrong"]]
    halves = (("right", "C0"), ("wrong", "C1"))
    rows = 4
    panels = left.subplots(rows, 6)
    for axes in panels.flat:
        axes.set_axis_off()
    for (kind, colour), part in zip(halves, (panels[:2], panels[2:]), strict=True):
        for axes, one in zip(part.flat, report.facts[kind], strict=False):
            axes.imshow(one["pixels"], cmap="gray_r", vmin=0, vmax=16)
            label = str(one["digit"])
            if kind == "wrong":
                label += f" read as {one['answer']}"
            axes.set_title(label, fontsize="small", color=colour)
    left.suptitle("read right (above), read wrong (below)" if shown else "")
    axes = right.subplots()
    confusion = np.array(report.facts["confusion"])
    counted_confusion(axes, confusion)
    axes.set_xticks(range(10))
    axes.set_yticks(range(10))
    axes.set(xlabel="answer", ylabel="digit", title=f"answers of {len(report.rows)} networks")
    figure.suptitle(f"{report.title}\n{report.notes[0]}")
    save(figure, path)


@styled
def sentiment(path: Path, report: Report) -> None:
    """Draw the accuracy on other sentences, a group of bars for each kind of network."""
    network, labelled, _, others = report.columns
    names = list(dict.fromkeys(row[0] for row in report.rows))
    sizes = list(dict.fromkeys(row[1] for row in report.rows))
    figure = new_figure(8, 4.6)
    axes: Any = figure.subplots()
    width = 0.8 / len(sizes)
    for i, size in enumerate(sizes):
        accuracy = [row[3] for row in report.rows if row[1] == size]
        places = np.arange(len(names)) + width * (i - (len(sizes) - 1) / 2)
        bars = axes.bar(places, accuracy, width, label=f"{size} labelled sentences")
        axes.bar_label(bars, fmt="%.2f")
    axes.axhline(1 / 3, color="k", ls="--", lw=1, label="chance, 1/3")
    axes.set_xticks(range(len(names)), names)
    axes.set(xlabel=network, ylabel=others.replace("_", " "), ylim=(0, 1.05), title=report.title)
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    save(figure, path)
