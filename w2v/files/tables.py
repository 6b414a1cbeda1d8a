"""Tables and labelled texts from files: what networks are trained on.

A table is CSV or TSV, one pattern a line, or ``.npz`` with arrays ``X`` and ``y``. Labelled texts
are lines ``label<TAB>text``, or lines that begin with fastText's ``__label__``. What cannot be
read is an error that names the line.
"""

from __future__ import annotations

import csv
import os
import warnings
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

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


def is_table(path: str | os.PathLike[str]) -> bool:
    """Tell by its suffix whether a file is a table; others are labelled texts."""
    return os.fspath(path).lower().endswith(SUFFIXES)


def read_table(
    path: str | os.PathLike[str],
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
        ``.npz`` is opened by numpy; in ``.tsv`` files tabs separate the fields, in all others
        commas, or semicolons if the first line has no comma.
    target : str, int or None, default -1
        Column of the target: its name, or its place from 0, negative from the end. None: there is
        none. Of an npz file the array ``y`` is the target, if it has one.
    ignore : sequence of str
        Columns to leave out, by name.
    columns : sequence of str or int, optional
        What the features must be: those names, in that order, or so many. With a number, a file
        of one column more has its target where `target` says, one of just as many has none.
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
    path = os.fspath(path)
    if path.lower().endswith(".npz"):
        return _read_npz(path, columns)
    delimiter, first = _first_line(path)
    if header is None:
        header = not any(is_number(field) for field in first)
    names = [field.strip() for field in first] if header else None
    if names is not None and len(set(names)) < len(names):
        again = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{path}: two columns are named {again!r}")
    at = _place(path, target, names, len(first))
    if isinstance(columns, int) and len(first) == columns:
        at = None  # features only
    left_out = {_place(path, name, names, len(first)) for name in ignore}
    use = [i for i in range(len(first)) if i != at and i not in left_out]
    if isinstance(columns, int):
        if len(use) != columns:
            raise ValueError(
                f"{path} has {len(use)} features in a line, the network takes {columns}"
            )
    elif columns is not None:
        if names is None:
            raise ValueError(f"{path} has no header; it must name {_some(columns)}")
        missing = [name for name in columns if name not in names]
        if missing:
            raise ValueError(f"{path} has no column {_some(missing)}; it has {_some(names)}")
        use = [names.index(name) for name in columns]
    if not use:
        raise ValueError(f"{path}: there is no column beside the target")
    X = _numbers(path, delimiter, header, use, len(first), names)
    y = None if at is None else _target(path, delimiter, header, at, len(X))
    chosen = None if names is None else [names[i] for i in use]
    return Table(X, y, chosen, None if names is None or at is None else names[at])


def _first_line(path: str) -> tuple[str, list[str]]:
    with open(path, encoding="utf-8-sig", errors="replace", newline="") as file:
        line = next((line for line in file if line.strip()), "")
    if not line:
        raise ValueError(f"{path} is empty")
    if "\0" in line:
        raise ValueError(f"{path} is no text; a table is .csv, .tsv or .npz")
    if path.lower().endswith(".tsv"):
        delimiter = "\t"
    else:
        delimiter = ";" if "," not in line and ";" in line else ","
    return delimiter, next(csv.reader([line], delimiter=delimiter))


def _place(path: str, column: Any, names: list[str] | None, number: int) -> int | None:
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


def _numbers(
    path: str,
    delimiter: str,
    header: bool,
    use: list[int],
    width: int,
    names: list[str] | None,
) -> NDArray[np.float64]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # an empty file; told below
            X = np.loadtxt(
                path,
                delimiter=delimiter,
                comments=None,
                quotechar='"',
                skiprows=int(header),
                usecols=use,
                ndmin=2,
                encoding="utf-8-sig",
            )
    except ValueError:
        X = None
    if X is not None and len(X) and np.isfinite(X).all() and _is_even(path, delimiter, width):
        return X
    # numpy is fast and does not say where; this is slow and does
    rows = []
    for line, fields in _rows(path, delimiter, header):
        if len(fields) != width:
            raise ValueError(f"{path}, line {line}: {len(fields)} fields, the first has {width}")
        for i in use:
            name = f"column {names[i]!r}" if names else f"column {i}"
            if not fields[i].strip():
                raise ValueError(f"{path}, line {line}, {name} is empty")
            if not is_number(fields[i]):
                raise ValueError(
                    f"{path}, line {line}, {name}: {fields[i][:40]!r} is no number; leave the "
                    "column out with ignore, or turn it into numbers"
                )
            if not np.isfinite(float(fields[i])):
                raise ValueError(f"{path}, line {line}, {name} is {fields[i].strip()}")
        rows.append([float(fields[i]) for i in use])
    if not rows:
        raise ValueError(f"{path} has no line of numbers")
    return np.array(rows)


def _is_even(path: str, delimiter: str, width: int) -> bool:
    """Tell whether all lines have as many fields: numpy, told which to use, does not look."""
    sought = (delimiter * (width - 1)).encode()[:1]
    with open(path, "rb") as file:
        return all(line.count(sought) == width - 1 for line in file if line.strip())


def _rows(path: str, delimiter: str, header: bool) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and fields of each line that is not blank."""
    with open(path, encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        filled = ((reader.line_num, fields) for fields in reader if any(fields))
        for i, found in enumerate(filled):
            if i or not header:
                yield found


def _target(path: str, delimiter: str, header: bool, at: int, n: int) -> NDArray[Any]:
    labels = []
    for line, fields in _rows(path, delimiter, header):
        labels.append(fields[at].strip())
        if not labels[-1]:
            raise ValueError(f"{path}, line {line}: the target is empty")
    if len(labels) != n:
        raise ValueError(f"{path} has blank lines within quotes; it cannot be read")
    if all(map(is_number, labels)):
        y = np.array(labels, dtype=float)
        if not np.isfinite(y).all():
            raise ValueError(f"{path}: a target is {labels[np.isfinite(y).argmin()]}")
        whole = y == np.round(y)
        return y.astype(np.int64) if whole.all() and np.abs(y).max() < 2**53 else y
    return np.array(labels)


def _read_npz(path: str, columns: Sequence[str] | int | None) -> Table:
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


def read_labelled(
    path: str | os.PathLike[str], *, labels: bool | None = True
) -> tuple[list[str] | None, list[str]]:
    """Read texts, one a line, with their labels.

    Parameters
    ----------
    path : path
        Lines ``label<TAB>text``, or all of them beginning with ``__label__``; UTF-8. Blank lines
        are left out.
    labels : bool or None, default True
        Whether lines must have a label. None: they have if the first one does.

    Returns
    -------
    labels : list of str or None
    texts : list of str

    Raises
    ------
    ValueError
        If a line has no label, or no text; it names the line.
    """
    path = os.fspath(path)
    found: list[str] = []
    texts: list[str] = []
    marked = False
    with open(path, "rb") as file:
        for number, raw in enumerate(file, 1):
            where = f"{path}, line {number}"
            try:
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip("\r\n")
            except UnicodeDecodeError:
                raise ValueError(f"{where} is not UTF-8") from None
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
                    f"{where} is no label and text: expected `label<TAB>text` or "
                    f"`{LABEL}label text`"
                )
            found.append(label.strip())
            texts.append(text.strip())
    if not texts:
        raise ValueError(f"{path} is empty")
    return (found if labels else None), texts
