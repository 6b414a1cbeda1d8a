"""What a demonstration returns: a table, and what is to be seen in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from inspect import signature
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar, cast

from w2v.checks import whole_number
from w2v.printable import printable, printable_lines

F = TypeVar("F", bound=Callable[..., Any])
_LEAST = {"seed": 0, "epochs": 1, "layers": 1, "width": 1, "seeds": 1, "restarts": 0}


def with_whole_numbers(demonstration: F) -> F:
    """Let a demonstration check its seed and its counts before it begins."""
    parameters = signature(demonstration)

    @wraps(demonstration)
    def checked(*values: Any, **named: Any) -> Any:
        given = parameters.bind(*values, **named).arguments
        for name, least in _LEAST.items():
            # None may be the default: what suits the method
            if name in given and given[name] is not parameters.parameters[name].default:
                whole_number(name, given[name], least)
        return demonstration(*values, **named)

    return cast(F, checked)


class Report(NamedTuple):
    """A table and what it shows.

    Attributes
    ----------
    title : str
        What was done.
    columns : tuple of str
        Names of the columns.
    rows : list of tuple
        Numbers and text.
    notes : list of str
        What is to be seen, a sentence each.
    facts : mapping of str
        What is too long for the table, such as weights: for programs, and for pictures.
    form : str, optional
        How numbers that are not whole are printed, as ``format`` takes it; by default what suits
        the sizes of a column.
    """

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    notes: list[str]
    facts: Mapping[str, Any] = MappingProxyType({})
    form: str | None = None

    def __str__(self) -> str:
        """Return title, aligned table and notes."""
        columns = [
            _cells(name, [row[i] for row in self.rows], self.form)
            for i, name in enumerate(self.columns)
        ]
        lines = ["  " + "  ".join(cells).rstrip() for cells in zip(*columns, strict=True)]
        return "\n".join([self.title, *lines, *map(printable_lines, self.notes)])


def _cells(name: str, values: list[Any], form: str | None) -> list[str]:
    """Return a column as text of one width: numbers to the right, in one form."""
    numbers = all(isinstance(value, (int, float)) for value in values)
    cells = [printable(str(value)) for value in values]
    if numbers and any(isinstance(value, float) for value in values):
        sizes = [abs(value) for value in values if value]
        if form is None and sizes and (min(sizes) < 1e-4 or max(sizes) >= 1e5):
            form = ".1e"
        elif form is None:
            form = ".4f" if max(sizes, default=0) < 10 else ".2f"
        cells = [format(value, form) for value in values]
        cells = [cell.lstrip("-") if set(cell) <= set("-0.") else cell for cell in cells]
    width = max(map(len, [name, *cells]))
    return [cell.rjust(width) if numbers else cell.ljust(width) for cell in [name, *cells]]
