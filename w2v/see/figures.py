"""What all pictures share: a figure without a window, its legend, and how it is saved."""

from __future__ import annotations

import os
from typing import Any

from w2v.files.storage import Path, atomic_write


def new_figure(width: float, height: float) -> Any:
    """Return an empty figure of so many inches; matplotlib, the extra ``plot``, is needed."""
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "plots need matplotlib; install it: pip install 'w2v[plot]'"
        ) from None
    return Figure(figsize=(width, height), layout="constrained")


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


def save(figure: Any, path: Path) -> None:
    """Write a figure; a file that is there is replaced when the new one is complete."""
    form = check(path)
    with atomic_write(path) as file:
        figure.savefig(file, format=form, dpi=150)


def legend_below(figure: Any, handles: list[Any], columns: int) -> None:
    """Put one legend under all panels, in so many columns at most."""
    rows = -(-len(handles) // columns)
    columns = -(-len(handles) // rows)
    figure.legend(handles=handles, loc="outside lower center", ncols=columns, frameon=False)
