"""What all pictures share: a figure without a window, its style, its legend, how it is saved."""

from __future__ import annotations

import os
import re
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path as Folder
from typing import Any, ParamSpec, TypeVar

from w2v.files.storage import Path, atomic_write

P = ParamSpec("P")
R = TypeVar("R")

SHOWN_WIDTH = 900  # pixels of a picture in a notebook

# Colour-blind people tell these apart (Okabe and Ito 2008), and so does a print without colours.
# The first two are as dark as each other.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#777777")
MARKERS = "osD^vP*X"  # one for each colour
# Letters that the first font lacks are taken from the next that is installed.
FONTS = (
    "DejaVu Sans",
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "PingFang SC",
    "Hiragino Sans",
    "Microsoft YaHei",
    "Malgun Gothic",
    "Nirmala UI",
    "Arial Unicode MS",
)
MOST_LETTERS = 20  # that a warning names


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Give a function that draws the style of all pictures; the user's own settings stay.

    The same call writes the same bytes: an SVG file names its parts from its content.
    """

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> R:
        matplotlib = _matplotlib()
        from cycler import cycler
        from matplotlib.font_manager import fontManager

        installed = {font.name for font in fontManager.ttflist}
        style = {
            "axes.prop_cycle": cycler(color=COLOURS),
            "font.family": [font for font in FONTS if font in installed],
            "svg.hashsalt": "w2v",
        }
        with matplotlib.rc_context(style), _one_warning_of_letters():
            return draw(*args, **kwargs)

    return drawn


@contextmanager
def _one_warning_of_letters() -> Iterator[None]:
    """Name all letters that no font has in one warning, instead of one for each and each place."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    lacking: dict[str, None] = {}
    for warning in caught:
        if found := re.match(r"Glyph (\d+) .* missing from", str(warning.message)):
            lacking[chr(int(found[1]))] = None
        else:
            warnings.warn_explicit(
                warning.message, warning.category, warning.filename, warning.lineno
            )
    if lacking:
        letters = "".join(lacking)[:MOST_LETTERS]
        warnings.warn(
            f"no font here has the letters {letters}; install one that has, such as Noto Sans CJK",
            stacklevel=4,
        )


def _matplotlib() -> Any:
    try:
        import matplotlib
        import matplotlib.figure
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "plots need matplotlib; install it: pip install 'w2v[plot]'"
        ) from None
    return matplotlib


def new_figure(width: float, height: float) -> Any:
    """Return an empty figure of so many inches; matplotlib, the extra ``plot``, is needed."""
    return _matplotlib().figure.Figure(figsize=(width, height), layout="constrained")


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
    known = sorted(new_figure(1, 1).canvas.get_supported_filetypes())
    if form not in known:
        raise ValueError(f"{path}: the suffix says the format: one of {', '.join(known)}")
    return form


# What each format says of the time at which it was written.
_DATES = {"svg": "Date", "svgz": "Date", "pdf": "CreationDate", "ps": "CreationDate"}


def save(figure: Any, path: Path) -> None:
    """Write a figure; a file that is there is replaced when the new one is complete."""
    form = check(path)
    metadata = {_DATES[form]: None} if form in _DATES else None
    with atomic_write(path) as file:
        figure.savefig(file, format=form, dpi=150, metadata=metadata)


class Picture:
    """A picture that a notebook shows."""

    def __init__(self, png: bytes) -> None:
        self._png = png

    def __repr__(self) -> str:
        """Say what a notebook shows instead."""
        return "<a picture>"

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """Return the picture, and how wide it is shown."""
        return self._png, {"width": SHOWN_WIDTH}


def inline(draw: Callable[..., Any], *arguments: Any, **named: Any) -> Picture:
    """Draw for a notebook instead of into a file.

    Parameters
    ----------
    draw : callable
        A function of :mod:`w2v.plots`, whose first argument is the path.
    *arguments, **named
        What it draws.

    Returns
    -------
    Picture
        Shown by a notebook as the value of a cell's last line.

    Examples
    --------
    >>> from w2v import demos, plots
    >>> plots.inline(plots.slopes, [1, 5])
    <a picture>
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Folder(folder, "picture.png")
        draw(path, *arguments, **named)
        return Picture(path.read_bytes())


def legend_below(figure: Any, handles: list[Any], columns: int) -> None:
    """Put one legend under all panels, in so many columns at most."""
    rows = -(-len(handles) // columns)
    columns = -(-len(handles) // rows)
    legend = figure.legend(
        handles=handles, loc="outside lower center", ncols=columns, frameon=False
    )
    for text in legend.get_texts():
        text.set_parse_math(False)  # a class may be called $a$
