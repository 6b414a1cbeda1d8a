"""Labels of points that do not overlap: each takes the nearest free place around its point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from w2v.printable import printable

# Distances of a label from its point, in points of the page. From the third on a line leads there.
_NEAR = (4.0, 8.0)
_FAR = (14.0, 20.0, 28.0)
_GAP = 1.0  # between labels
# Directions in which a label is moved until it is clear of its point on one side: beside it, above
# and below, aslant.
_DIRECTIONS = np.array(
    [(1, 0), (-1, 0), (0, 1), (0, -1)]
    + [(x, y) for x in (1, -1) for y in (0.7, -0.7)]
    + [(x, y) for y in (1, -1) for x in (0.6, -0.6)]
)


LONGEST = 30  # letters of a word that are written


def written(word: str | int) -> str:
    """Return a word as a picture shows it: without control characters, and cut if it is long."""
    word = printable(str(word)[: LONGEST + 1])
    return word if len(word) <= LONGEST else word[: LONGEST - 1] + "…"


def label(
    axes: Any,
    places: ArrayLike,
    words: Sequence[str],
    *,
    radius: float = 3.0,
    away: ArrayLike | None = None,
    others: ArrayLike = (),
    size: float = 8.0,
) -> int:
    """Write words beside their points; a word that finds no free place is left out.

    The layout of the figure is fixed first: what is drawn later must not change it. Earlier words
    choose first, so the order of words is that of their importance.

    Parameters
    ----------
    axes : matplotlib axes
        Where the points are, drawn already.
    places : (n, 2) array
        The points.
    words : n str
        Their labels.
    radius : float, default 3
        Of the points, which no label covers, in points of the page.
    away : (n, 2) array, optional
        Directions in which each word would stand best, away from a line for instance.
    others : (m, 2) array, optional
        Further points that no label covers.
    size : float, default 8
        Of the letters, in points.

    Returns
    -------
    int
        How many words were left out.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = axes.figure
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    unit = figure.dpi / 72  # pixels of a point of the page
    at = axes.transData.transform(np.asarray(places, float)) / unit
    frame = axes.get_window_extent().get_points() / unit  # two corners
    renderer = FigureCanvasAgg(figure).get_renderer()
    texts = [
        axes.annotate(
            written(word), (0, 0), xycoords="figure points", fontsize=size, parse_math=False
        )
        for word in words
    ]
    sizes = [text.get_window_extent(renderer) for text in texts]
    half = np.array([(box.width, box.height) for box in sizes]).reshape(-1, 2) / unit / 2
    # Boxes that are taken, as centres and halves of their sides: all points, then labels.
    further = axes.transData.transform(np.reshape(others, (-1, 2))) / unit
    centres = np.vstack([at, further])
    halves = np.full_like(centres, radius)
    left_out = 0
    for i, text in enumerate(texts):
        for distance, aside in _tried(away, i):
            centre = at[i] + aside * (half[i] + radius + distance - _NEAR[0] + _GAP)
            if _is_free(centre, half[i] + _GAP, centres, halves, frame, i):
                break
        else:
            text.remove()
            left_out += 1
            continue
        centres, halves = np.vstack([centres, centre]), np.vstack([halves, half[i]])
        text.set(position=centre, ha="center", va="center")
        text.xyann = tuple(centre)
        if distance in _FAR:
            end = centre - aside * half[i]
            ends = axes.transData.inverted().transform(np.array([at[i], end]) * unit)
            axes.plot(*ends.T, color="0.6", lw=0.6, zorder=1, scalex=False, scaley=False)
    return left_out


def _tried(away: ArrayLike | None, i: int) -> Any:
    """Yield distances and directions, the best first."""
    directions = _DIRECTIONS
    if away is not None:
        lengths = np.linalg.norm(_DIRECTIONS, axis=1)
        along = _DIRECTIONS @ np.asarray(away, float)[i] / lengths
        directions = _DIRECTIONS[np.argsort(-along, kind="stable")]
    for distance in (*_NEAR, *_FAR):
        for direction in directions:
            yield distance, direction


def _is_free(
    centre: NDArray[Any],
    half: NDArray[Any],
    centres: NDArray[Any],
    halves: NDArray[Any],
    frame: NDArray[Any],
    own: int,
) -> bool:
    """Tell whether a label is within the frame and overlaps nothing."""
    if (centre - half < frame[0]).any() or (centre + half > frame[1]).any():
        return False
    apart = np.abs(centres - centre) - halves - half
    overlaps = (apart < 0).all(axis=1)
    overlaps[own] = False  # it was placed beside its own point
    return not overlaps.any()
