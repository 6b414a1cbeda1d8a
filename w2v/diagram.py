"""Small pictures for pages and notebooks, as SVG: a network, and curves of a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import isfinite
from typing import NamedTuple

MOST = 12  # units of the largest layer that is drawn
BLUE, ORANGE = "0,114,178", "230,120,0"  # positive and negative; colour-blind people tell them
WIDE, HIGH, RADIUS = 210, 64, 21  # distances of layers and units


CURVE_WIDE, CURVE_HIGH, MOST_POINTS = 420, 130, 400  # of the plane of curves


class Unit(NamedTuple):
    """A unit: its name and its activation, if there is one."""

    name: str
    value: float | None


class Link(NamedTuple):
    """A weight between two units, each the number of its layer and its place there."""

    source: tuple[int, int]
    dest: tuple[int, int]
    weight: float
    change: float | None


def draw(layers: Sequence[Sequence[Unit]], links: Sequence[Link]) -> str:
    """Return the network as an SVG element with a caption; nothing if a layer is too large.

    A line is the wider and darker the larger its weight, a circle the darker the larger its
    activation.
    """
    tallest = max(map(len, layers))
    if tallest > MOST:
        return ""
    width, height = WIDE * (len(layers) - 1) + 320, HIGH * tallest + 20

    def at(layer: int, i: int) -> tuple[float, float]:
        return 160 + WIDE * layer, height / 2 + 8 + HIGH * (i - (len(layers[layer]) - 1) / 2)

    out = [
        f'<svg viewBox="0 0 {width} {height:g}" '
        f'width="{width}" role="img" aria-label="the network">\n'
    ]
    largest = max((abs(link.weight) for link in links), default=0) or 1
    for source, dest, weight, change in links:
        (x1, y1), (x2, y2) = at(*source), at(*dest)
        size = min(1, abs(weight) / largest)
        # a connection that skips a layer goes around its units
        bend = (abs(dest[0] - source[0]) > 1) * HIGH * 0.8
        shape = f"M{x1:g} {y1:g} Q{(x1 + x2) / 2:g} {(y1 + y2) / 2 - bend:g} {x2:g} {y2:g}"
        told = f"w = {weight:.6g}" + ("" if change is None else f", Δw = {change:+.6g}")
        out.append(
            f'<path d="{shape}" fill="none" stroke="rgba({BLUE if weight >= 0 else ORANGE},'
            f'{0.25 + 0.75 * size:.2f})" stroke-width="{1 + 4 * size:.2f}"><title>{told}</title>'
            "</path>\n"
        )
    for number, units in enumerate(layers):
        most = max((abs(unit.value or 0) for unit in units), default=0) or 1
        for i, (name, activation) in enumerate(units):
            x, y = at(number, i)
            value = activation or 0.0
            told, inside = escape(name), ""
            if activation is not None:
                told, inside = f"{told} = {value:.6g}", f"{value:.2f}"
            shade = f"rgba({BLUE if value >= 0 else ORANGE},{0.6 * min(1, abs(value) / most):.2f})"
            anchor, side = "middle", (x, y - RADIUS - 4)
            if number == 0:
                anchor, side = "end", (x - RADIUS - 8, y + 5)
            elif number == len(layers) - 1:
                anchor, side = "start", (x + RADIUS + 8, y + 5)
            circle = f'cx="{x:g}" cy="{y:g}" r="{RADIUS}"'
            out.append(
                f'<circle {circle} class="ground"/><circle {circle} fill="{shade}" '
                f'stroke="currentColor"><title>{told}</title></circle>\n'
                f'<text x="{x:g}" y="{y + 5:g}" text-anchor="middle">{inside}</text>\n'
                f'<text x="{side[0]:g}" y="{side[1]:g}" text-anchor="{anchor}" class="name">'
                f"{escape(name)}</text>\n"
            )
    circles = "" if layers[0][0].value is None else "circles: activations; "
    caption = (
        f"{circles}lines: weights, wide if they are large; blue is positive, orange negative; the "
        "pointer on a line shows its weight"
    )
    return _figure("".join(out), caption)


def curves(series: Mapping[str, Sequence[float]], along: str) -> str:
    """Return curves over 1, 2, ... as an SVG element; nothing if none has two finite numbers.

    Parameters
    ----------
    series : mapping of str to sequence of float
        Name of each curve -> its numbers. The second is dashed.
    along : str
        What is counted on the horizontal axis.
    """
    found = {
        name: [(i, value) for i, value in enumerate(values, 1) if isfinite(value)]
        for name, values in series.items()
    }
    found = {name: points for name, points in found.items() if len(points) > 1}
    if not found:
        return ""
    values = [value for points in found.values() for _, value in points]
    low, high = min(values), max(values)
    last = max(points[-1][0] for points in found.values())
    left, top, bottom = 90, 14, 14 + CURVE_HIGH

    def at(i: int, value: float) -> str:
        x = left + CURVE_WIDE * (i - 1) / (last - 1)
        y = bottom - CURVE_HIGH * ((value - low) / (high - low) if high > low else 0.5)
        return f"{x:.1f},{y:.1f}"

    width, height = left + CURVE_WIDE + 20, bottom + 42
    names = ", ".join(found)
    out = [
        f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" '
        f'aria-label="{escape(names)}, from {low:.4g} to {high:.4g}">\n'
        f'<path d="M{left} {top}V{bottom}H{left + CURVE_WIDE}" fill="none" stroke="currentColor" '
        'stroke-opacity=".4"/>\n'
        f'<text x="{left - 8}" y="{top + 4}" text-anchor="end">{high:.4g}</text>\n'
        f'<text x="{left - 8}" y="{bottom + 4}" text-anchor="end">{low:.4g}</text>\n'
        f'<text x="{left}" y="{bottom + 18}" text-anchor="middle">1</text>\n'
        f'<text x="{left + CURVE_WIDE}" y="{bottom + 18}" text-anchor="middle">{last:,}</text>\n'
        f'<text x="{left + CURVE_WIDE / 2:g}" y="{bottom + 18}" text-anchor="middle">'
        f"{escape(along)}</text>\n"
    ]
    strokes = [(f"rgb({BLUE})", ""), (f"rgb({ORANGE})", ' stroke-dasharray="6 3"')]
    for number, ((name, points), (colour, dashes)) in enumerate(
        zip(found.items(), strokes, strict=False)
    ):
        step = -(-len(points) // MOST_POINTS)
        drawn = points[:-1:step] + points[-1:]
        line = " ".join(at(*point) for point in drawn)
        x, y = left + 90 * number, bottom + 34
        out.append(
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>\n'
            f'<path d="M{x} {y}h18" stroke="{colour}" stroke-width="2"{dashes}/>\n'
            f'<text x="{x + 24}" y="{y + 4}">{escape(name)}</text>\n'
        )
    return _figure("".join(out), "")


def _figure(svg: str, caption: str) -> str:
    """Close an SVG element, and put a caption under it."""
    below = f'<figcaption class="note">{escape(caption)}</figcaption>\n' if caption else ""
    return f"<figure>\n{svg}</svg>\n{below}</figure>\n"
