"""Write what compare.py found as tables and plots.

    python benchmarks/report.py FOLDER

reads FOLDER/results.json and writes results.md, and with matplotlib one PNG for each part. It can
be run again at any time, also on a comparison that is still going on.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

Record = dict[str, Any]

# Ours in two blues, the others apart from each other and from these.
COLOURS = {
    "w2v-free": "#08519c",
    "w2v-repeatable": "#6baed6",
    "gensim": "#d95f02",
    "gensim-iter": "#fdae6b",
    "word2vec.c": "#4d4d4d",
    "fasttext": "#7a9a01",
}


# --- records to figures --------------------------------------------------------------------------


def of_part(results: Record, part: str) -> list[Record]:
    return [run for run in results["runs"] if run["part"] == part and "error" not in run]


def groups(runs: Iterable[Record], *names: str) -> dict[Any, list[Record]]:
    """Return the runs that agree in these, in the order they came; one name gives bare keys."""
    found: dict[Any, list[Record]] = {}
    for run in runs:
        key = tuple(run[name] for name in names)
        found.setdefault(key if len(names) > 1 else key[0], []).append(run)
    return found


def best(runs: Iterable[Record], measure: str) -> float:
    """Return the figure least disturbed: the fastest, or the most memory."""
    values = [run[measure] for run in runs]
    return min(values) if measure.endswith("seconds") else max(values)


def accuracy(run: Record) -> float:
    return 100 * run["quality"]["analogies"]["total"]["accuracy"]


# --- tables --------------------------------------------------------------------------------------


def markdown(results: Record) -> str:
    """Return the page of results: the circumstances, then a table for each part there is."""
    lines = ["# Comparison", ""]
    lines += [f"    {command}" for command in results["commands"]] + [""]
    for title in ("date", "machine", "versions", "corpus", "settings"):
        lines.append(f"- {title}: {plain(results[title])}")
    for name, reason in results.get("missing", {}).items():
        lines.append(f"- left out: {name}, which did not install ({reason})")
    for run in results["runs"]:
        if "error" in run:
            lines.append(f"- failed: {run['part']}, {run['peer']}, {run['model']}: {run['error']}")
    others = [run["others"] for run in results["runs"] if "others" in run]
    if others:
        lines.append(
            f"- other processes took {statistics.median(others):.2f} cores in the median run, "
            f"{max(others):.2f} in the worst"
        )
    for title, part, make in TABLES:
        if rows := make(of_part(results, part)):
            lines += ["", f"## {title}", "", *table(rows)]
    return "\n".join([*lines, ""])


def startup_table(runs: list[Record]) -> list[Record]:
    rows = []
    for name, same in groups(runs, "start").items():
        seconds = [run["process_seconds"] for run in same]
        row = {"command": f"`{name}`", "s": f"{min(seconds):.3f}"}
        rows.append(row | {"median": f"{statistics.median(seconds):.3f}", "runs": len(seconds)})
    return rows


def reading_table(runs: list[Record]) -> list[Record]:
    rows = []
    for (name, threads), same in groups(runs, "peer", "threads").items():
        row: Record = {"program": name.removesuffix("-free"), "threads": threads}
        row["s"] = f"{best(same, 'seconds'):.2f}"
        row["words/s"] = f"{best(same, 'words_per_second'):,.0f}"
        rows.append(row | whole_process(same))
    return rows


def speed_table(runs: list[Record]) -> list[Record]:
    rows = []
    for (dim, threads, model), alike in groups(runs, "dim", "threads", "model").items():
        by_peer = groups(alike, "peer")
        for name, same in by_peer.items():
            speeds = [run["words_per_second"] for run in same]
            row: Record = {"model": model, "dim": dim, "threads": threads, "program": name}
            row["words/s"] = f"{max(speeds):,.0f}"
            row["slowest"] = f"{min(speeds):,.0f}"
            for other in ("gensim", "word2vec.c"):
                times = ratio(same, by_peer.get(other), "words_per_second")
                row[f"÷ {other}'s"] = times
            rows.append(row | whole_process(same))
    return rows


def modes_table(runs: list[Record]) -> list[Record]:
    rows = []
    for (dim, threads, model), alike in groups(runs, "dim", "threads", "model").items():
        by_peer = groups(alike, "peer")
        if not {"w2v-free", "w2v-repeatable"} <= set(by_peer):
            continue
        row: Record = {"model": model, "dim": dim, "threads": threads}
        for title, measure in (("speed", "words_per_second"), ("memory", "peak_mb")):
            row[title] = ratio(by_peer["w2v-repeatable"], by_peer["w2v-free"], measure)
        rows.append(row)
    return rows


def scaling_table(runs: list[Record]) -> list[Record]:
    rows = []
    for (model, name), alike in groups(runs, "model", "peer").items():
        by_threads = groups(alike, "threads")
        row: Record = {"model": model, "program": name}
        for threads, same in by_threads.items():
            row[f"words/s, {threads}"] = f"{best(same, 'words_per_second'):,.0f}"
        fewest, most = by_threads[min(by_threads)], by_threads[max(by_threads)]
        rows.append(row | {"gain": ratio(most, fewest, "words_per_second")})
    return rows


def quality_table(runs: list[Record]) -> list[Record]:
    rows = []
    for (model, name), same in groups(runs, "model", "peer").items():
        judged = [run["quality"] for run in same if "quality" in run]
        if not judged:
            return []
        row: Record = {"model": model, "program": name}
        if "analogies" in judged[0]:
            for part in ("total", "semantic", "syntactic"):
                scores = [quality["analogies"][part] for quality in judged]
                row[f"{part} %"] = mean_and_range([s["accuracy"] for s in scores], 100, 1)
            row["asked"] = plain(judged[0]["analogies"]["total"]["total"])
        for pairs in judged[0]["pairs"]:
            scores = [quality["pairs"][pairs] for quality in judged]
            row[f"{pairs} ρ"] = mean_and_range([s["spearman"] for s in scores], 1, 3)
        row |= {"epochs": same[0]["epochs"], "seeds": len(judged)}
        rows.append(row | {"whole process s": f"{best(same, 'process_seconds'):.1f}"})
    return rows


def curve_table(runs: list[Record]) -> list[Record]:
    return [
        {
            "model": model,
            "program": name,
            "epochs": epochs,
            "whole process s": f"{seconds:.1f}",
            "analogies %": f"{percent:.1f}",
        }
        for (model, name), points in curves(runs).items()
        for epochs, seconds, percent in points
    ]


def curves(runs: list[Record]) -> dict[tuple[str, str], list[tuple[int, float, float]]]:
    """Return (epochs, seconds of the fastest run, analogies %) by model and program."""
    found: dict[tuple[str, str], list[tuple[int, float, float]]] = {}
    ordered = sorted(runs, key=lambda run: (run["model"], by_peer((run["peer"], 0)), run["epochs"]))
    for (model, name, epochs), same in groups(ordered, "model", "peer", "epochs").items():
        judged = [run for run in same if "analogies" in run.get("quality", {})]
        if judged:
            point = epochs, best(same, "process_seconds"), accuracy(judged[0])
            found.setdefault((model, name), []).append(point)
    return found


def sizes_table(runs: list[Record]) -> list[Record]:
    rows = []
    for (name, tokens, words), same in groups(runs, "peer", "tokens", "vocabulary").items():
        row: Record = {"program": name, "corpus": plain(tokens), "vocabulary": plain(words)}
        row["min_count"] = same[0]["min_count"]
        rows.append(row | whole_process(same))
    return sorted(rows, key=lambda row: by_peer((row["program"], row)))


def whole_process(same: list[Record]) -> Record:
    return {
        "whole process s": f"{best(same, 'process_seconds'):.1f}",
        "peak MB": f"{best(same, 'peak_mb'):,.0f}",
        "runs": len(same),
    }


# Title of the section, the part it is taken from, its rows.
TABLES: list[tuple[str, str, Callable[[list[Record]], list[Record]]]] = [
    ("Start", "startup", startup_table),
    ("Reading", "reading", reading_table),
    ("Speed and memory", "speed", speed_table),
    ("Repeatable ÷ free-running", "speed", modes_table),
    ("Scaling with threads", "scaling", scaling_table),
    ("Quality", "quality", quality_table),
    ("Accuracy against seconds", "curve", curve_table),
    ("Size of the corpus", "sizes", sizes_table),
    ("Size of the vocabulary", "vocabulary", sizes_table),
]


def ratio(ours: list[Record], theirs: list[Record] | None, measure: str) -> str:
    return f"{best(ours, measure) / best(theirs, measure):.2f}" if theirs else "–"


def plain(value: object) -> str:
    """Return a dictionary as a phrase, anything else as it is."""
    if not isinstance(value, dict):
        return f"{value:,}" if isinstance(value, int) else str(value)
    return ", ".join(
        f"{name} ({plain(item)})" if isinstance(item, dict) else f"{name} {plain(item)}"
        for name, item in value.items()
    )


def mean_and_range(values: Sequence[float | None], times: float, digits: int) -> str:
    """Return the mean and, of several values, (lowest to highest)."""
    known = [times * value for value in values if value is not None]
    if not known:
        return "–"
    mean = f"{statistics.fmean(known):.{digits}f}"
    spread = f" ({min(known):.{digits}f} to {max(known):.{digits}f})" if len(known) > 1 else ""
    return mean + spread


def table(rows: list[Record]) -> list[str]:
    def line(cells: Iterable[object]) -> str:
        return "| " + " | ".join(map(str, cells)) + " |"

    head = list(dict.fromkeys(name for row in rows for name in row))
    cells = ([row.get(name, "–") for name in head] for row in rows)
    return [line(head), line("---" for _ in head), *map(line, cells)]


# --- plots ---------------------------------------------------------------------------------------


def bars(plt: Any, runs: list[Record], measure: str, label: str) -> Any:
    """Draw a panel for each model, a bar for each program and number of threads."""
    models = groups(runs, "model")
    peers = [name for name in COLOURS if any(run["peer"] == name for run in runs)]
    threads = sorted({run["threads"] for run in runs})
    height = 0.8 / len(threads)
    figure, axes = plt.subplots(
        1, len(models), figsize=(1.5 + 3.2 * len(models), 1.4 + 0.35 * len(peers) * len(threads)),
        sharey=True, squeeze=False, layout="constrained",
    )  # fmt: skip
    for axis, (model, alike) in zip(axes[0], models.items(), strict=True):
        for (name, n), same in groups(alike, "peer", "threads").items():
            value, place = best(same, measure), threads.index(n)
            y = peers.index(name) + (place - (len(threads) - 1) / 2) * height
            fade = 0.5 + 0.5 * (place + 1) / len(threads)
            axis.barh(y, value, height * 0.92, color=COLOURS[name], alpha=fade)
            axis.text(value, y, f" {short(value)}", va="center", fontsize=8)
        axis.set_title(model)
        axis.set_xlabel(label)
        axis.margins(x=0.22)
        axis.xaxis.set_major_formatter(lambda x, _: short(x))
        axis.set_yticks(range(len(peers)), peers)
    axes[0][0].invert_yaxis()  # shared by all
    of = (
        ", from above: " + " and ".join(map(str, threads))
        if len(threads) > 1
        else f": {threads[0]}"
    )
    figure.suptitle(f"{label}, dimension {runs[0]['dim']}; threads{of}", fontsize=10)
    return figure


def lines(
    plt: Any, panels: dict[str, list[Record]], x: str, ys: Sequence[Callable[[list[Record]], float]]
) -> Any:
    """Draw panels with a line for each program: a figure made from the runs at each x."""
    figure, axes = plt.subplots(
        1, len(panels), figsize=(1 + 5 * len(panels), 4.2), squeeze=False, layout="constrained"
    )
    for axis, (title, alike), y in zip(axes[0], panels.items(), ys, strict=True):
        axis.set_title(title)
        for name, same in sorted(groups(alike, "peer").items(), key=by_peer):
            by_x = groups(same, x)
            pairs = [(at, y(same)) for at, same in sorted(by_x.items())]
            axis.plot(*zip(*pairs, strict=True), "o-", color=COLOURS[name], label=name, ms=4)
        axis.grid(alpha=0.3)
    axes[0][0].legend(fontsize=8)
    return figure


def scaling_plot(plt: Any, runs: list[Record]) -> Any:
    panels = groups(runs, "model")
    speed = partial(best, measure="words_per_second")
    figure = lines(plt, panels, "threads", [speed] * len(panels))
    for axis in figure.axes:
        axis.set(xlabel="threads", ylabel="words/s", yscale="log", xscale="log")
        threads = sorted({run["threads"] for run in runs})
        axis.set_xticks(threads, map(str, threads))
        axis.minorticks_off()
        plain_log(axis.yaxis)
        for line in axis.get_lines():  # what twice the threads would give at best
            x, y = line.get_data()
            axis.plot(x, y[0] * x / x[0], ":", lw=1, color=line.get_color())
    figure.suptitle("training speed; dotted: in proportion to the threads", fontsize=10)
    return figure


def curve_plot(plt: Any, runs: list[Record]) -> Any:
    found = curves(runs)
    if not found:
        return None
    models = list(dict.fromkeys(model for model, _ in found))
    figure, axes = plt.subplots(
        1, len(models), figsize=(1 + 5 * len(models), 4.2), squeeze=False, layout="constrained"
    )
    for axis, title in zip(axes[0], models, strict=True):
        axis.set(title=title, xlabel="seconds, whole process", xscale="log")
        axis.set_ylabel("analogies answered right, %")
        for (model, name), points in found.items():
            if model != title:
                continue
            colour = COLOURS[name]
            _, seconds, percent = zip(*points, strict=True)
            axis.plot(seconds, percent, "o-", color=colour, label=name, ms=4)
            for epochs, *place in points:
                axis.annotate(
                    epochs, place, (0, 5), textcoords="offset points", fontsize=7,
                    ha="center", color=colour,
                )  # fmt: skip
        axis.margins(y=0.08)  # room for the numbers above the points
        axis.grid(alpha=0.3)
        plain_log(axis.xaxis)
    axes[0][0].legend(fontsize=8)
    figure.suptitle(
        "each point is a training of its own, with the number of epochs beside it", fontsize=10
    )
    return figure


def sizes_plot(plt: Any, runs: list[Record], x: str, label: str) -> Any:
    measures = {"whole process, seconds": "process_seconds", "peak memory, MB": "peak_mb"}
    ys = [partial(best, measure=measure) for measure in measures.values()]
    figure = lines(plt, dict.fromkeys(measures, runs), x, ys)
    for axis in figure.axes:
        axis.set(xlabel=label, xscale="log", yscale="log")
        plain_log(axis.xaxis)
        plain_log(axis.yaxis)
    return figure


def plain_log(axis: Any) -> None:
    """Mark 1, 2, 5, 10, ... on a logarithmic axis, in plain numbers."""
    from matplotlib.ticker import LogLocator, NullFormatter

    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(lambda value, _: short(value))
    axis.set_minor_formatter(NullFormatter())


def by_peer(item: tuple[str, object]) -> int:
    return list(COLOURS).index(item[0])


def short(value: float) -> str:
    """Return a number in three digits or so: 1.23 M, 45.6 k, 7.89."""
    for size, unit in ((1e6, " M"), (1e3, " k")):
        if value >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"


def plots(results: Record, folder: Path) -> None:
    """Draw what there are runs for."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figures: dict[str, Any] = {}
    for dim, runs in groups(of_part(results, "speed"), "dim").items():
        figures[f"speed-{dim}"] = bars(plt, runs, "words_per_second", "words/s")
        figures[f"process-{dim}"] = bars(plt, runs, "process_seconds", "seconds, whole process")
    if runs := of_part(results, "scaling"):
        figures["scaling"] = scaling_plot(plt, runs)
    if runs := of_part(results, "curve"):
        figures["curve"] = curve_plot(plt, runs)
    if runs := of_part(results, "sizes"):
        figures["sizes"] = sizes_plot(plt, runs, "tokens", "words of the corpus")
    if runs := of_part(results, "vocabulary"):
        figures["vocabulary"] = sizes_plot(plt, runs, "vocabulary", "words of the vocabulary")
    for name, figure in figures.items():
        if figure:
            figure.savefig(folder / f"{name}.png", dpi=130)


# --- command line --------------------------------------------------------------------------------


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Write the results of compare.py.")
    parser.add_argument("folder", type=Path, help="where compare.py wrote: its --out")
    folder: Path = parser.parse_args(argv).folder
    if not (folder / "results.json").is_file():
        raise SystemExit(f"report.py: no results.json in {folder}: give compare.py's --out")
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    page = folder / "results.md"
    page.write_text(markdown(results), encoding="utf-8")
    try:
        plots(results, folder)
    except ModuleNotFoundError as error:
        print(f"report.py: no plots: {error}; pip install matplotlib", file=sys.stderr)
    print(page)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
