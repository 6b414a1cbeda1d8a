"""Tables and labelled texts from files: what networks are trained on.

A table is CSV or TSV, one pattern a line, or ``.npz`` with arrays ``X`` and ``y``. Labelled texts
are lines ``label<TAB>text``, or lines that begin with fastText's ``__label__``. An error names the
line that cannot be read.
"""

from __future__ import annotations

import csv
import math
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.files.storage import Path, read_lines, suffix_of

__all__ = ["Table", "is_table", "read_labelled", "read_table"]

SUFFIXES = (".csv", ".tsv", ".npz")
LABEL = "__label__"  # as fastText marks the labels at the beginning of a line


class Table(NamedTuple):
    """Patterns in rows.

    Attributes
    ----------
    X : (n, d) float64 array
        The features.
    y : (n,) array or None
        The target: numbers, or str if not all are numbers.
    columns : list of str or None
        The names of the features, if the file has a header.
    target : str or None
        The target column's name.
    """

    X: NDArray[np.float64]
    y: NDArray[Any] | None
    columns: list[str] | None
    target: str | None


def is_table(path: Path) -> bool:
    """Tell by its suffix whether a file is a table; others are labelled texts."""
    return suffix_of(path)[0] in SUFFIXES


def read_table(
    path: Path,
    *,
    target: str | int | None = -1,
    ignore: Sequence[str] = (),
    columns: Sequence[str] | int | None = None,
    header: bool | None = None,
) -> Table:
    """Read a CSV, TSV or npz file.

    Parameters
    ----------
    path : path
        numpy opens ``.npz``. Tabs separate the fields of ``.tsv``. Commas separate those of
        ``.csv``, or semicolons if its first line has no comma. Both may be compressed.
    target : str, int or None, default -1
        The target's column: its name, or its place from 0, negative from the end. None: there is
        no target. In an npz file the array ``y`` is the target.
    ignore : sequence of str
        Columns to leave out, by name.
    columns : sequence of str or int, optional
        The names of the features, in the order wanted; or their number. A file with exactly that
        number of columns has no target.
    header : bool, optional
        Whether the first line names the columns. Default: if no field of it is a number.

    Returns
    -------
    Table

    Raises
    ------
    ValueError
        If a feature is no finite number, a line has too few or too many fields, or a column is
        not there. The message names file, line and column.
    """
    if suffix_of(path)[0] == ".npz":
        return _read_npz(path, columns)
    rows = _rows(path)
    first = next(rows, None)
    if first is None:
        raise ValueError(f"{path} is empty")
    fields, width = first[1], len(first[1])
    if header is None:
        header = not any(map(is_number, fields))
    names = [field.strip() for field in fields] if header else None
    features, place = _chosen(path, names, width, target, ignore, columns)
    X, y = _parse(path, rows if header else chain([first], rows), names, width, features, place)
    if names is None:
        return Table(X, y, None, None)
    return Table(X, y, [names[i] for i in features], None if place is None else names[place])


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and fields of each line that is not blank."""
    lines = (line + "\n" for _, line in read_lines(path))
    head = []
    for line in lines:
        head.append(line)
        if line.strip():
            break
    if "\0" in "".join(head):
        raise ValueError(f"{path} is no text; a table is .csv, .tsv or .npz")
    if suffix_of(path)[0] == ".tsv":
        delimiter = "\t"
    else:
        delimiter = ";" if head and "," not in head[-1] and ";" in head[-1] else ","
    reader = csv.reader(chain(head, lines), delimiter=delimiter)
    try:
        for fields in reader:
            if any(fields) and not (len(fields) == 1 and fields[0].isspace()):
                yield reader.line_num, fields
    except csv.Error as error:
        raise ValueError(f"{path}, line {reader.line_num}: {error}") from None


def _chosen(
    path: Path,
    names: list[str] | None,
    width: int,
    target: str | int | None,
    ignore: Sequence[str],
    columns: Sequence[str] | int | None,
) -> tuple[list[int], int | None]:
    """Return the places of the features, and of the target if there is one."""
    if names is not None and len(set(names)) < len(names):
        again = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{path}: two columns are named {again!r}")
    place = _place(path, target, names, width)
    if isinstance(columns, int) and width == columns:
        place = None
    left_out = {place, *(_place(path, name, names, width) for name in ignore)}
    features = [i for i in range(width) if i not in left_out]
    if isinstance(columns, int):
        if len(features) != columns:
            raise ValueError(
                f"{path} has {len(features)} features in a line, the network takes {columns}"
            )
    elif columns is not None:
        if names is None:
            raise ValueError(f"{path} has no header; it must name {_some(columns)}")
        missing = [name for name in columns if name not in names]
        if missing:
            raise ValueError(f"{path} has no column {_some(missing)}; it has {_some(names)}")
        features = [names.index(name) for name in columns]
    if not features:
        raise ValueError(f"{path}: there is no column beside the target")
    return features, place


def _parse(
    path: Path,
    rows: Iterable[tuple[int, list[str]]],
    names: list[str] | None,
    width: int,
    features: list[int],
    place: int | None,
) -> tuple[NDArray[np.float64], NDArray[Any] | None]:
    """Turn fields into numbers, and the target's into numbers or labels."""
    values = array("d")
    labels = []
    for line, fields in rows:
        if len(fields) != width:
            raise ValueError(f"{path}, line {line}: {len(fields)} fields, the first has {width}")
        try:
            row = [float(fields[i]) for i in features]
        except ValueError:
            row = [math.nan]
        # A finite sum has finite terms; finite terms may have an infinite sum.
        if not math.isfinite(sum(row)) and not all(map(math.isfinite, row)):
            raise _bad_field(path, line, names, features, fields)
        values.fromlist(row)
        if place is not None:
            labels.append(fields[place].strip())
            if not labels[-1]:
                raise ValueError(f"{path}, line {line}: the target is empty")
    if not values:
        raise ValueError(f"{path} has no line of numbers")
    X = np.array(values).reshape(-1, len(features))
    return X, None if place is None else _target(path, labels)


def _bad_field(
    path: Path, line: int, names: list[str] | None, features: list[int], fields: list[str]
) -> ValueError:
    """Say which of the features is no finite number."""
    i = next(i for i in features if not is_number(fields[i]) or not math.isfinite(float(fields[i])))
    fault = f": {fields[i][:40]!r} is no number; leave the column out with ignore, or turn it into "
    fault += "numbers"
    if not fields[i].strip() or is_number(fields[i]):
        fault = f" is {fields[i].strip() or 'empty'}"
    column = i if names is None else repr(names[i])
    return ValueError(f"{path}, line {line}, column {column}{fault}")


def _place(path: Path, column: Any, names: list[str] | None, number: int) -> int | None:
    """Return the place of a column, given by name or by place."""
    if column is None:
        return None
    if names is not None and column in names:
        return names.index(column)
    try:
        place = int(column)
    except ValueError:
        there = f"it has {_some(names)}" if names else "it has no header: give the place, from 0"
        raise ValueError(f"{path} has no column {column!r}; {there}") from None
    if not -number <= place < number:
        raise ValueError(f"{path} has {number} columns, there is no column {place}")
    return place % number


def _some(names: Sequence[str]) -> str:
    listed = ", ".join(map(repr, names[:8]))
    return listed + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def is_number(field: str) -> bool:
    """Tell whether a field is a number."""
    try:
        float(field)
    except ValueError:
        return False
    return True


def _target(path: Path, labels: list[str]) -> NDArray[Any]:
    """Return whole numbers if all labels are, else numbers if all are, else strings."""
    if not all(map(is_number, labels)):
        return np.array(labels)
    y = np.array(labels, dtype=float)
    if not np.isfinite(y).all():
        raise ValueError(f"{path}: a target is {labels[np.isfinite(y).argmin()]}")
    is_whole = (y == np.round(y)).all() and np.abs(y).max() < 2**53
    return y.astype(np.int64) if is_whole else y


def _read_npz(path: Path, columns: Sequence[str] | int | None) -> Table:
    try:
        with open(path, "rb") as file, np.load(file) as arrays:
            found = {name: arrays[name] for name in arrays.files}
    except OSError:
        raise
    except Exception as error:
        raise ValueError(f"{path} cannot be read as .npz: {error}") from None
    if "X" not in found:
        raise ValueError(f"{path} has no array 'X'; it has {_some(sorted(found)) or 'none'}")
    X, y = found["X"], found.get("y")
    if X.dtype.kind not in "fiub":
        raise ValueError(f"{path}: X must hold numbers, not {X.dtype}")
    X = np.asarray(X, dtype=float).reshape(len(X), -1) if X.ndim else X
    if X.ndim != 2 or not X.size:
        raise ValueError(f"{path}: X must hold a row for each pattern, its shape is {X.shape}")
    if not np.isfinite(X).all():
        raise ValueError(f"{path}: row {np.isfinite(X).all(axis=1).argmin()} of X is not finite")
    if y is not None and y.shape != (len(X),):
        raise ValueError(f"{path}: y has shape {y.shape}, X has {len(X)} rows")
    d = len(columns) if isinstance(columns, Sequence) else columns
    if d is not None and X.shape[1] != d:
        raise ValueError(f"{path}: X has {X.shape[1]} columns, the network takes {d}")
    return Table(X, y, None, "y" if y is not None else None)


def read_labelled(path: Path, *, labels: bool | None = True) -> tuple[list[str] | None, list[str]]:
    """Read texts, one a line, with their labels.

    Parameters
    ----------
    path : path
        Lines ``label<TAB>text``, or ``__label__label text``, in UTF-8. Blank lines are left out.
    labels : bool or None, default True
        Whether each line must have a label. None: if the first line has one.

    Returns
    -------
    labels : list of str or None
    texts : list of str

    Raises
    ------
    ValueError
        If a line has no label, or no text; it names the line.
    """
    found: list[str] = []
    texts: list[str] = []
    marked = False
    for where, line in read_lines(path):
        if not line.strip():
            continue
        if not texts:
            marked = line.startswith(LABEL)
            labels = (marked or "\t" in line) if labels is None else labels
        if not labels:
            texts.append(line.strip())
            continue
        if marked and not line.startswith(LABEL):
            raise ValueError(f"{where} does not begin with {LABEL}, as the first line does")
        line = line.removeprefix(LABEL) if marked else line
        label, _, text = line.partition(" " if marked else "\t")
        if not label.strip() or not text.strip():
            raise ValueError(
                f"{where} is no label and text: expected `label<TAB>text` or `{LABEL}label text`"
            )
        found.append(label.strip())
        texts.append(text.strip())
    if not texts:
        raise ValueError(f"{path} is empty")
    return (found if labels else None), texts
