"""What all verbs of the command line share: flags, output, errors."""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

Rows = Iterable[Sequence[Any]]


class UsageError(Exception):
    """A mistake in the command line."""


class Verb(NamedTuple):
    """What follows ``w2v`` on the command line: its flags, and what it does."""

    help: str
    add_flags: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
    notes: str  # what stands below the flags


def one_line(error: BaseException) -> str:
    """Return an exception's message as one line, an OSError's with the file first."""
    if isinstance(error, OSError) and error.strerror:
        file = "" if error.filename is None else f"{error.filename or repr('')}: "
        return f"{file}{error.strerror}"
    return " ".join(str(error).split()) or type(error).__name__


def whole(low: int) -> Callable[[str], int]:
    """Return a type for argparse: a whole number, at least `low`."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"[-+]?\d+", text) or int(text) < low:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least {low}")
        return int(text)

    return parse


def check_output(path: str | None, inputs: Sequence[str] = ()) -> None:
    """Refuse a file that could not be written, or that is read (perhaps as one of a folder)."""
    import tempfile

    if path is None:
        return
    target = Path(path).resolve()  # a link is written through
    if target.is_dir():
        raise ValueError(f"{path} is a folder: name a file in it")
    if target.exists() and not target.is_file():
        raise ValueError(f"{path} is not a regular file")
    if not target.parent.is_dir():
        raise ValueError(f"{path}: there is no folder {target.parent}")
    if target.exists():
        for source in inputs:
            if Path(source).expanduser().resolve() in (target, *target.parents):
                raise ValueError(f"{path} would overwrite what is read from {source}")
    try:
        with tempfile.TemporaryFile(dir=target.parent):
            pass
    except OSError as error:
        raise OSError(error.errno, f"cannot write there: {error.strerror}", path) from None


def print_header(arguments: argparse.Namespace, names: Sequence[str]) -> None:
    """Name the columns to a person; a program that reads the output does not get them."""
    if sys.stdout.isatty() and not arguments.json:
        print(*names, sep="\t", file=sys.stderr)


def print_rows(arguments: argparse.Namespace, names: Sequence[str], rows: Rows) -> None:
    """Print rows as TSV, or as one JSON object each."""
    for row in rows:
        if arguments.json:
            values = (round(x, 6) if isinstance(x, float) else x for x in row)
            print(as_json(dict(zip(names, values, strict=True))))
        else:
            print(*map(field, row), sep="\t")


def field(value: Any) -> str:
    """Return a value as a field of TSV."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.4f}"
    if isinstance(value, (list, tuple)):
        return " ".join(map(str, value))
    return str(value).replace("\t", "\\t").replace("\n", "\\n")


def as_json(value: Any) -> str:
    """Return a value as one line of JSON, which knows no NaN."""
    every_letter = sys.stdout.encoding.lower() in ("utf-8", "utf8")
    return json.dumps(finite(value), ensure_ascii=not every_letter, allow_nan=False)


def finite(value: Any) -> Any:
    """Replace NaN and infinities by None."""
    if isinstance(value, dict):
        return {name: finite(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
