"""A notebook of a demonstration: its story, the calls, and what they showed, as a file of Jupyter.

The code of a notebook runs when it is written. What it shows is kept beside it, so that the
notebook is to be read at once and to be run again.
"""

from __future__ import annotations

import ast
import inspect
import io
import json
import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from typing import Any, NamedTuple

from w2v.files.storage import Path, atomic_write

# Which Jupyter is to start, and the version of the form: nbformat 4.5, whose cells have names.
_ABOUT = {
    "metadata": {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    },
    "nbformat": 4,
    "nbformat_minor": 5,
}


class Cell(NamedTuple):
    """A cell of a notebook: Markdown, or Python that runs."""

    source: str
    runs: bool = False


def code(*lines: str) -> Cell:
    """Return a cell of Python."""
    return Cell("\n".join(lines), runs=True)


def write(path: Path, cells: Sequence[Cell]) -> dict[str, Any]:
    """Run the code of cells, one after another, and write them with what they showed.

    Parameters
    ----------
    path : path
        The file, usually ``.ipynb``. It is written when all code has run.
    cells : sequence of Cell
        The notebook.

    Returns
    -------
    dict of str
        The names that the code has defined.
    """
    names: dict[str, Any] = {}
    written: list[dict[str, Any]] = []
    for number, cell in enumerate(cells, 1):
        entry: dict[str, Any] = {
            "cell_type": "code" if cell.runs else "markdown",
            "id": f"cell-{number}",
            "metadata": {},
            "source": cell.source.splitlines(keepends=True),
        }
        if cell.runs:
            count = 1 + len([before for before in written if before["cell_type"] == "code"])
            entry |= {"execution_count": count, "outputs": _run(cell.source, names, count)}
        written.append(entry)
    with atomic_write(path) as file:
        file.write(json.dumps({"cells": written, **_ABOUT}, ensure_ascii=False, indent=1).encode())
        file.write(b"\n")
    return names


def _run(source: str, names: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """Run a cell; return what it prints, and the value of its last line, as Jupyter keeps them."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    with redirect_stdout(io.StringIO()) as printed:
        exec(compile(tree, "<notebook>", "exec"), names)
        value = None
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "<notebook>", "eval"), names)
    outputs: list[dict[str, Any]] = []
    if text := printed.getvalue():
        lines = text.splitlines(keepends=True)
        outputs.append({"output_type": "stream", "name": "stdout", "text": lines})
    if value is not None:
        data: dict[str, Any] = {"text/plain": repr(value).splitlines(keepends=True)}
        metadata: dict[str, Any] = {}
        if hasattr(value, "_repr_html_"):
            data["text/html"] = value._repr_html_().splitlines(keepends=True)
        if hasattr(value, "_repr_png_"):
            png, metadata["image/png"] = value._repr_png_()
            data["image/png"] = b64encode(png).decode()
        outputs.append(
            {
                "output_type": "execute_result",
                "execution_count": count,
                "data": data,
                "metadata": metadata,
            }
        )
    return outputs


def story(function: Callable[..., Any]) -> dict[str, str]:
    """Return the sections of a function's docstring as Markdown; "" is what stands before them."""
    text = inspect.getdoc(function) or ""
    parts = re.split(r"^(\w+)\n-{3,}\n", text, flags=re.MULTILINE)
    sections = {"": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}
    return {title: _markdown(title, body) for title, body in sections.items()}


def _markdown(title: str, body: str) -> str:
    """Bring a section of a docstring, reStructuredText as numpydoc has it, into Markdown."""
    if title in ("Parameters", "Returns"):
        # a line that is not indented names something, and those below say what it is
        items = re.findall(r"^(\S.*)\n((?:(?: .*)?\n)*)", body.rstrip() + "\n", re.MULTILINE)
        told = [(name, " ".join(about.split())) for name, about in items]
        if title == "Parameters":
            parted = ((*name.partition(" : ")[::2], about) for name, about in told)
            body = "\n".join(f"- `{name}` ({kind}): {about}" for name, kind, about in parted)
        else:
            body = "\n\n".join(about for _, about in told)
    body = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", body)
    return re.sub(r"``([^`]+)``", r"`\1`", body).strip()
