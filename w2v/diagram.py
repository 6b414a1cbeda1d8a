"""A small network as a picture for a page: SVG, with numbers that show under the pointer."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

MOST = 12  # units of the largest layer that is drawn
BLUE, ORANGE = "0,114,178", "230,120,0"  # positive and negative; colour-blind people tell them
WIDE, HIGH, RADIUS = 210, 64, 21  # distances of layers and units


class Unit(NamedTuple):
    """A unit: its name and its activation."""

    name: str
    value: float


class Link(NamedTuple):
    """A weight between two units, each the number of its layer and its place there."""

    source: tuple[int, int]
    dest: tuple[int, int]
    weight: float
    change: float | None


def draw(layers: Sequence[Sequence[Unit]], links: Sequence[Link]) -> str:
    """Return the network as an SVG element; nothing if a layer is too large to be seen.

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
        most = max((abs(unit.value) for unit in units), default=0) or 1
        for i, (name, value) in enumerate(units):
            x, y = at(number, i)
            shade = f"rgba({BLUE if value >= 0 else ORANGE},{0.6 * min(1, abs(value) / most):.2f})"
            anchor, side = "middle", (x, y - RADIUS - 4)
            if number == 0:
                anchor, side = "end", (x - RADIUS - 8, y + 5)
            elif number == len(layers) - 1:
                anchor, side = "start", (x + RADIUS + 8, y + 5)
            circle = f'cx="{x:g}" cy="{y:g}" r="{RADIUS}"'
            out.append(
                f'<circle {circle} class="ground"/><circle {circle} fill="{shade}" '
                f'stroke="currentColor"><title>{escape(name)} = {value:.6g}</title></circle>\n'
                f'<text x="{x:g}" y="{y + 5:g}" text-anchor="middle">{value:.2f}</text>\n'
                f'<text x="{side[0]:g}" y="{side[1]:g}" text-anchor="{anchor}" class="name">'
                f"{escape(name)}</text>\n"
            )
    return "".join([*out, "</svg>\n"])
