"""What is shown, part by part: sentences and tables, as text, as JSON and as HTML."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from html import escape
from typing import Any, NamedTuple

from w2v.diagram import BLUE, ORANGE
from w2v.printable import printable, printable_lines

COLUMNS = 6  # numbers of a longer row that are shown


class Part(NamedTuple):
    """A part of what is shown: a title, what it says, and a table.

    Attributes
    ----------
    title : str
    lines : sequence of str
        Sentences and formulas, one a line.
    columns : sequence of str
        Names of the table's columns; none: there is no table.
    rows : sequence of sequences
        Numbers and text; None leaves a cell empty.
    note : str
        What the table leaves out.
    shaded : bool
        Whether a page shades numbers by their size.
    """

    title: str
    lines: Sequence[str] = ()
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[Any]] = ()
    note: str = ""
    shaded: bool = True


class Explanation:
    """Base of explanations: frozen dataclasses, whose fields are the facts, in full precision.

    ``str()`` gives text for a terminal. A notebook shows the HTML.
    """

    def parts(self) -> list[Part]:
        """Return what is to be read; the first title is that of the whole."""
        raise NotImplementedError

    def picture(self) -> str:
        """Return an SVG element for the page, if there is one."""
        return ""

    def __str__(self) -> str:
        """Return the parts as text."""
        return "\n\n".join(
            "\n".join(
                [
                    *map(printable_lines, [title, *lines]),
                    *_aligned(columns, rows),
                    *filter(None, [printable(note)]),
                ]
            )
            for title, lines, columns, rows, note, _ in self.parts()
        )

    def to_dict(self) -> dict[str, Any]:
        """Return all fields, with lists for arrays: what JSON can hold."""
        found = _plain(self)
        assert isinstance(found, dict)
        return found

    def to_html(self) -> str:
        """Return one page that needs no other file and no network."""
        return page([self])

    def _repr_html_(self) -> str:
        """Return the parts as HTML, with the picture under the first."""
        return fragment(self.parts(), self.picture())


def fragment(parts: Sequence[Part], picture: str = "") -> str:
    """Return parts as HTML for a notebook or a page, with an SVG element under the first.

    It follows the colours of what is around it, and has no script.
    """
    level, out = 1, [f'<div class="w2v">\n<style>{_STYLE}</style>\n']
    for title, lines, columns, rows, note, shaded in parts:
        out.append(f"<h{level}>{escape(printable(title))}</h{level}>\n")
        out += [f"<p>{escape(printable_lines(line))}</p>\n" for line in lines]
        if columns:
            out.append(_table(columns, rows, shaded))
        if note:
            out.append(f'<p class="note">{escape(note)}</p>\n')
        if level == 1:
            out.append(picture)
        level = 2
    return "".join([*out, "</div>\n"])


def page(explanations: Sequence[Explanation]) -> str:
    """Return one HTML page that needs no other file and no network."""
    title = escape(explanations[0].parts()[0].title)
    body = "".join(explanation._repr_html_() for explanation in explanations)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{title}</title>\n<style>{_PAGE}</style>\n<body>\n{body}</body>\n</html>\n"
    )


def vector_columns(d: int) -> list[str]:
    """Name the columns of rows of d numbers, of which a table shows the first and the length."""
    return [str(k) for k in range(1, min(d, COLUMNS) + 1)] + ["length"] * (d > COLUMNS)


def vector_cells(row: Any) -> list[float]:
    """Return the cells of such a row."""
    values = [float(value) for value in row]
    length = sum(value * value for value in values) ** 0.5
    return values[:COLUMNS] + [length] * (len(values) > COLUMNS)


def vector_note(d: int) -> str:
    """Say which numbers of each row a table leaves out."""
    return f"numbers {COLUMNS + 1} to {d} of each row are left out" if d > COLUMNS else ""


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {item.name: _plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value.tolist() if hasattr(value, "tolist") else value


def _cell(value: Any) -> str:
    """Return a number with six decimals, a tiny or huge one with an exponent, or a text."""
    if value is None:
        return ""
    if not isinstance(value, float):
        return printable(str(value))
    if value and not 1e-5 <= abs(value) < 1e5:
        return f"{value:.2e}"
    return f"{value + 0.0:.6f}"  # + 0.0: no -0.000000


def _is_number(values: Sequence[Any]) -> bool:
    return all(value is None or isinstance(value, (int, float)) for value in values)


def _aligned(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    """Return a table as lines of text, numbers to the right."""
    cells = []
    for i, name in enumerate(columns):
        values = [row[i] for row in rows]
        column = [name, *map(_cell, values)]
        width, number = max(map(len, column)), _is_number(values)
        cells.append([cell.rjust(width) if number else cell.ljust(width) for cell in column])
    return ["  " + "  ".join(line).rstrip() for line in zip(*cells, strict=True)]


def _table(columns: Sequence[str], rows: Sequence[Sequence[Any]], shaded: bool) -> str:
    """Return a table as HTML. The larger a number of a quantity, the darker it is.

    Columns whose names differ only in a number are one quantity.
    """
    quantities = [name.rstrip(" 0123456789") for name in columns]
    largest = dict.fromkeys(quantities, 0.0)
    for row in rows:
        for quantity, value in zip(quantities, row, strict=True):
            if isinstance(value, float) and abs(value) < float("inf"):
                largest[quantity] = max(largest[quantity], abs(value))
    numeric = [_is_number([row[i] for row in rows]) for i in range(len(columns))]
    marks = [' class="n"' if number else "" for number in numeric]
    out = ["<table>\n<tr>"]
    out += [f"<th{mark}>{escape(name)}</th>" for name, mark in zip(columns, marks, strict=True)]
    for row in rows:
        out.append("</tr>\n<tr>")
        for value, mark, quantity in zip(row, marks, quantities, strict=True):
            shade, most = "", largest[quantity]
            if shaded and isinstance(value, float) and value and abs(value) <= most:
                colour = BLUE if value > 0 else ORANGE
                shade = f' style="background:rgba({colour},{0.6 * abs(value) / most:.3f})"'
            out.append(f"<td{mark}{shade}>{escape(_cell(value))}</td>")
    return "".join([*out, "</tr>\n</table>\n"])


_PAGE = """
:root { color-scheme: light dark }
body { max-width: 60em; margin: 2em auto; padding: 0 1em }
"""
# A notebook that is dark says so in variables of its own; a page, in `color-scheme`.
_GROUND = "var(--jp-layout-color0, var(--vscode-editor-background, Canvas))"
_STYLE = f"""
.w2v {{ font: 15px/1.5 system-ui, sans-serif; overflow-x: auto }}
.w2v h1 {{ font-size: 1.5em; font-weight: 600 }}
.w2v h2 {{ font-size: 1.1em; font-weight: 600; margin: 1.6em 0 .3em }}
.w2v p {{ margin: .2em 0 }}
.w2v .note {{ opacity: .7 }}
.w2v table {{ border-collapse: collapse; margin: .6em 0; font-variant-numeric: tabular-nums }}
.w2v th, .w2v td {{ padding: .15em .7em; text-align: left; border-bottom: 1px solid #8884 }}
.w2v th {{ font-weight: 600; opacity: .8 }}
.w2v .n {{ text-align: right }}
.w2v figure {{ margin: 0 }}
.w2v svg {{ max-width: 100%; height: auto; margin-top: 1em; font-size: 13px }}
.w2v text {{ fill: currentColor }}
.w2v .name {{ paint-order: stroke; stroke: {_GROUND}; stroke-width: 4px }}
.w2v .ground {{ fill: {_GROUND} }}
"""
