"""Write the results of compare.py as a page of tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

Record = dict[str, Any]
Groups = dict[tuple[str, int, str], list[Record]]  # runs by model, threads, program


def markdown(results: Record) -> str:
    """Return the page of results: the circumstances, quality, speed."""
    groups: Groups = {}
    for record in results["runs"]:
        key = record["model"], record["threads"], record["peer"]
        groups.setdefault(key, []).append(record)
    lines = ["# Comparison", "", f"`{results['command']}`", ""]
    for title in ("date", "machine", "versions", "corpus", "settings"):
        lines.append(f"- {title}: {plain(results[title])}")
    if "quality" in results["runs"][0]:
        lines += ["", "## Quality", "", *quality_table(groups)]
    return "\n".join([*lines, "", "## Speed and memory", "", *speed_table(groups), ""])


def plain(value: object) -> str:
    """Return a dictionary as a phrase, anything else as it is."""
    if not isinstance(value, dict):
        return f"{value:,}" if isinstance(value, int) else str(value)
    return ", ".join(
        f"{name} ({plain(item)})" if isinstance(item, dict) else f"{name} {plain(item)}"
        for name, item in value.items()
    )


def quality_table(groups: Groups) -> list[str]:
    rows = []
    for (model, threads, name), runs in groups.items():
        judged = [record["quality"] for record in runs if "quality" in record]
        row: Record = {"model": model, "threads": threads, "program": name}
        row["vocabulary"] = plain(runs[0]["words"])
        if judged[0]["analogies"]:
            for part in ("total", "semantic", "syntactic"):
                scores = [quality["analogies"][part] for quality in judged]
                row[f"{part} %"] = mean_and_spread([s["accuracy"] for s in scores], 100, 1)
                row[f"{part} asked"] = plain(scores[0]["total"])
        for path in judged[0]["pairs"]:
            scores = [quality["pairs"][path] for quality in judged]
            row[f"{Path(path).stem} ρ"] = mean_and_spread([s["spearman"] for s in scores], 1, 3)
            row[f"{Path(path).stem} pairs"] = plain(scores[0]["used"])
        rows.append(row | {"seeds": len(judged)})
    return table(rows)


def speed_table(groups: Groups) -> list[str]:
    rows = []
    for (model, threads, name), runs in groups.items():
        speeds = [record["words_per_second"] for record in runs]
        other = [r["words_per_second"] for r in groups.get((model, threads, "gensim"), [])]
        row: Record = {"model": model, "threads": threads, "program": name}
        row["words/s"] = f"{max(speeds):,.0f}"
        row["slowest"] = f"{min(speeds):,.0f}"
        row["÷ gensim's"] = f"{max(speeds) / max(other):.2f}" if other else "–"
        row["reading s"] = f"{min(record['read_seconds'] for record in runs):.1f}"
        row["whole process s"] = f"{min(record['process_seconds'] for record in runs):.1f}"
        row["peak MB"] = f"{max(record['peak_mb'] for record in runs):,.0f}"
        rows.append(row | {"runs": len(runs)})
    return table(rows)


def mean_and_spread(values: Sequence[float | None], times: float, digits: int) -> str:
    """Return the mean and, of several values, (lowest to highest)."""
    known = [times * value for value in values if value is not None]
    if not known:
        return "–"
    mean = f"{sum(known) / len(known):.{digits}f}"
    spread = f" ({min(known):.{digits}f} to {max(known):.{digits}f})" if len(known) > 1 else ""
    return mean + spread


def table(rows: list[Record]) -> list[str]:
    def line(cells: Iterable[object]) -> str:
        return "| " + " | ".join(map(str, cells)) + " |"

    head = list(rows[0])
    return [line(head), line("---" for _ in head), *(line(row.values()) for row in rows)]
