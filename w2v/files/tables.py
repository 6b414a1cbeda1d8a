"""Tables from files as arrays of numbers: what networks are trained on.

How the columns of a table became the columns of an array is a :class:`Recipe`. A network keeps it,
so that new rows are read as those of the training were. An error names the line that cannot be
read.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.checks import one_of, quoted, whole_number
from w2v.files.columns import Cells, Column, is_number, quantities_note, targets
from w2v.files.labelled import read_labelled
from w2v.files.records import SUFFIXES, Records, read_records, some
from w2v.files.storage import Path, suffix_of

__all__ = ["Column", "Recipe", "Table", "is_number", "is_table", "read_labelled", "read_table"]

ROWS = 128  # read at a time: their texts are still in the processor's cache when they are parsed


@dataclass(frozen=True)
class Recipe:
    """How a table is read for a network.

    Attributes
    ----------
    columns : list of Column
        The columns that are features, in the network's order.
    target : str, int or None
        The column to predict.
    width : int
        The number of columns of the table of the training.
    """

    columns: list[Column]
    target: str | int | None
    width: int

    @property
    def features(self) -> list[str]:
        """The names of the features; ``column=category`` of categories."""
        return [feature for column in self.columns for feature in column.features]

    @classmethod
    def of(cls, about: Mapping[str, Any]) -> Recipe:
        """Return the recipe that ``dataclasses.asdict`` made a dictionary of; check its types."""
        columns = [Column(**column) for column in about["columns"]]
        kinds = {type(column.name) for column in columns}
        if kinds not in ({str}, {int}):
            raise TypeError("the columns of a recipe have names or places")
        for column in columns:
            if column.fill is not None and not np.isfinite(column.fill):
                raise ValueError(f"column {quoted(column.name)} is filled with {column.fill}")
            if column.categories is not None and {*map(type, column.categories)} - {str}:
                raise TypeError(f"a category of column {quoted(column.name)} is no text")
        target = about["target"]
        if target is not None and type(target) not in (str, int):
            raise TypeError("the target of a recipe has a name or a place")
        return cls(columns, target, whole_number("width", about["width"], 1))


class Table(NamedTuple):
    """Patterns in rows.

    Attributes
    ----------
    X : (n, d) float64 array
        The features.
    y : (n,) array or None
        The target: quantities as float64; classes as int64, or as str if not all are whole numbers
        as Python writes them.
    columns : list of str or None
        The names of the features, if the file names its columns; ``column=category`` of categories.
    target : str or None
        The target column's name.
    recipe : Recipe or None
        How to read another table in the same way; None for npz.
    filled : list of bool
        For each line below the header whether it has a pattern; a blank one has none.
    regression : bool
        Whether the targets are quantities.
    notes : list of str
        What was decided by the rules.
    """

    X: NDArray[np.float64]
    y: NDArray[Any] | None
    columns: list[str] | None
    target: str | None
    recipe: Recipe | None
    filled: list[bool]
    regression: bool
    notes: list[str]


def is_table(path: Path) -> bool:
    """Tell by its suffix whether a file is a table; others are labelled texts."""
    return suffix_of(path)[0] in (*SUFFIXES, ".npz")


def read_table(
    path: Path,
    *,
    target: str | int | None = -1,
    ignore: Sequence[str | int] = (),
    columns: Recipe | Sequence[str] | int | None = None,
    header: bool | None = None,
    encoding: str = "utf-8",
    impute: str | None = None,
    categories: Sequence[str | int] = (),
    regression: bool | None = None,
) -> Table:
    """Read CSV, TSV, JSON lines, Parquet or npz.

    A column whose fields are all numbers is a feature. A column without a number has categories:
    each of its texts is a feature, 1 in the rows that have it, else 0. A column with both is an
    error, and so is one of more than 100 different texts (or of more than half as many as rows, if
    these are more than 20). A column without a name in a table with names is left out.

    Parameters
    ----------
    path : path
        The suffix says the format: ``.csv``, ``.tsv``, ``.jsonl``, ``.parquet`` or ``.npz``, which
        numpy opens. The first three may be compressed.
    target : str, int or None, default -1
        The target's column: its name, or its place from 0, negative from the end. None: there is
        no target. In an npz file the array ``y`` is the target.
    ignore : sequence of str or int
        Columns to leave out, by name or place.
    columns : Recipe, sequence of str or int, optional
        How to read the features, as another table was read; or their names, in the order wanted;
        or their number: then a file with exactly that number of columns has no target.
    header : bool, optional
        Whether the first line of CSV or TSV names the columns. Default: if a field of it that is no
        number stands above numbers only, or its numbers count the columns, as 0,1,label do, or
        none of its fields is a number and less than half of them stand again below.
    encoding : str, default "utf-8"
    impute : "median", "mean" or None
        What stands for missing numbers (empty, ``NA``, ``N/A``, ``nan``, ``null``, ``None``,
        ``?``): that of their column. None: they are an error. An empty field is a category of its
        own in a column of categories.
    categories : sequence of str or int
        Columns whose fields are categories even if they are numbers or of many kinds.
    regression : bool, optional
        Whether the targets are quantities. Default: if they are numbers and one is not whole, or
        if they are more than 20 different numbers with less than 10 rows each on average.

    Returns
    -------
    Table

    Raises
    ------
    ValueError
        If a feature is no finite number, a line has too few or too many fields, or a column is
        not there. The message names file, line and column.
    ImportError
        If Parquet needs pyarrow.
    """
    if impute is not None:
        one_of("impute", impute, ("median", "mean"))
    if suffix_of(path)[0] == ".npz":
        return _read_npz(path, columns, regression)
    known = columns
    if isinstance(columns, Sequence):
        known = Recipe([Column(name) for name in columns], None, len(columns))
    wanted = None
    if isinstance(known, Recipe):
        wanted = {str(c.name) for c in known.columns if isinstance(c.name, str)} or None
    records = read_records(path, encoding=encoding, header=header, wanted=wanted)
    goal = None if target is None else records.place(target)
    if isinstance(known, Recipe):
        places = _places(records, known)
    else:
        if known == records.width:
            goal = None
        ignored = {*map(records.place, ignore)}
        if goal in ignored:
            column = records.name(goal) or goal
            raise ValueError(
                f"{path}: ignore= names the target, column {column!r}; pass target= for another"
            )
        places = [i for i in records.present if i not in {goal, *ignored}]
        if known is not None and len(places) != known:
            raise ValueError(
                f"{path} has {len(places)} features in a line, the network takes {known}"
            )
    if not places:
        raise ValueError(
            f"{path}: there is no column beside the target"
            + ("; commas, semicolons or tabs must part the fields" if records.width == 1 else "")
        )

    forced = set(map(records.place, categories))
    of_texts = [i in forced for i in places]
    if isinstance(known, Recipe):
        of_texts = [column.categories is not None for column in known.columns]
    cells = [_cells(records, i, text) for i, text in zip(places, of_texts, strict=True)]
    labels = None if goal is None else _cells(records, goal, True)
    nameless = []
    if known is None:
        left_out = {*range(records.width)} - {*records.present, goal}
        nameless = [_cells(records, i, True) for i in sorted(left_out)]
    lines, filled = _read(records, [*cells, *nameless] + ([] if labels is None else [labels]))
    for cell in nameless:
        if any(cell.texts):
            text = f"column {cell.place} has no name and is left out"
            warnings.warn(f"{path}: {text}", stacklevel=2)

    notes: list[str] = []
    if isinstance(known, Recipe):
        recipe = known
    elif known is not None:
        recipe = Recipe([Column(cell.column) for cell in cells], None, records.width)
    else:
        found, notes = _learn(cells, impute)
        recipe = Recipe(found, None if goal is None else records.name(goal), records.width)
    X = _encode(path, cells, recipe, known is None)
    y, is_regression, name = None, bool(regression), None
    if labels is not None:
        y, is_regression, note = targets(
            labels.texts, lines, records.where, regression=regression, comma=records.comma
        )
        if known is None and y.dtype.kind == "U":
            _check_classes(path, labels)
        notes += [note] if note else []
        name = labels.column if isinstance(labels.column, str) else None
    columns_found = None if records.names is None else recipe.features
    return Table(X, y, columns_found, name, recipe, filled, is_regression, notes)


def _cells(records: Records, place: int, text: bool) -> Cells:
    column = records.name(place) or place
    return Cells(column, records.where, comma=records.comma, text=text, place=place)


def _read(records: Records, cells: Sequence[Cells]) -> tuple[list[int], list[bool]]:
    """Read all rows into the cells; return their lines, and for each line whether it has a row."""
    lines: list[int] = []
    filled: list[bool] = []
    while rows := list(islice(records.rows, ROWS)):
        filled += [bool(fields) for _, fields in rows]
        if not all(filled[-len(rows) :]):
            rows = [row for row in rows if row[1]]
        if rows:
            numbers, fields = zip(*rows, strict=True)
            by_column = list(zip(*fields, strict=True))
            lines += numbers
            for cell in cells:
                cell.add(by_column[cell.place], numbers)
    if not lines:
        where = " below its header" if records.names else ""
        raise ValueError(f"{records.path} has no line of numbers{where}")
    return lines, filled


def _learn(cells: Sequence[Cells], impute: str | None) -> tuple[list[Column], list[str]]:
    """Decide how columns become numbers; return that with notes. All faulty columns are named."""
    columns: list[Column] = []
    notes: list[str] = []
    faults: list[tuple[str, ValueError]] = []
    for cell in cells:
        try:
            column, note = cell.learn(impute)
        except ValueError as error:
            faults.append((str(cell.column), error))
        else:
            columns.append(column)
            notes += [note] if note else []
    if faults:
        others = some([name for name, _ in faults[1:]])
        more = f"; other columns have faults, too: {others}" if others else ""
        raise ValueError(f"{faults[0][1]}{more}")
    return columns, notes


def _encode(
    path: Path, cells: Sequence[Cells], recipe: Recipe, is_new: bool
) -> NDArray[np.float64]:
    """Return the features (n, d); warn of unknown categories and, in training, of row numbers."""
    parts = []
    for cell, column in zip(cells, recipe.columns, strict=True):
        part, unknown = cell.encode(column)
        parts.append(part)
        if unknown:
            text = f"rows with a category of column {quoted(column.name)} that was not learnt"
            shown = some(sorted(set(unknown)))
            warnings.warn(f"{path}: {text}: {len(unknown):,} ({shown})", stacklevel=3)
        elif is_new and column.categories is None and _counts(part[:, 0]):
            name = quoted(column.name)
            text = f"column {name} counts the rows; if it is no measurement, leave it out"
            warnings.warn(f"{path}: {text} with ignore={name}", stacklevel=3)
    return np.hstack(parts)


def _places(records: Records, recipe: Recipe) -> list[int]:
    """Return the places of a recipe's columns in another table."""
    names = [column.name for column in recipe.columns]
    if isinstance(names[0], str):
        wanted = [str(name) for name in names]
        if records.names is None:
            raise ValueError(f"{records.path} has no header; it must name {some(wanted)}")
        missing = [name for name in wanted if name not in records.names]
        if missing:
            there = some(records.names)
            raise ValueError(f"{records.path} has no column {some(missing)}; it has {there}")
        return [records.names.index(name) for name in wanted]
    places = [int(name) for name in names]
    if records.width == recipe.width:
        return places
    if isinstance(recipe.target, int) and records.width == recipe.width - 1:  # without the target
        return [place - (place > recipe.target) for place in places]
    raise ValueError(
        f"{records.path} has {records.width} columns; the network was trained on {recipe.width}, "
        "and without the target there is one less"
    )


def _check_classes(path: Path, labels: Cells) -> None:
    """Refuse texts as classes, of which almost each would have its own."""
    classes, n = set(labels.texts), len(labels.texts)
    if len(classes) > max(20, n // 2) and not any(map(is_number, classes)):
        raise ValueError(
            f"{path}, column {quoted(labels.column)}: {len(classes):,} different texts on {n:,} "
            "rows are "
            "no classes; name the column to predict with target=NAME; if these are texts to "
            f"classify, pass text_column={quoted(labels.column)}"
        )


def _counts(values: NDArray[np.float64]) -> bool:
    """Tell whether a column is 0, 1, 2 or 1, 2, 3 and so on, as numbers of rows are."""
    n = len(values)
    return n > 9 and values[0] in (0, 1) and bool((values == values[0] + np.arange(n)).all())


def _read_npz(
    path: Path, columns: Recipe | Sequence[str] | int | None, regression: bool | None
) -> Table:
    from w2v.files.npz import read_arrays  # only here: few tables are arrays

    found = read_arrays(os.fspath(path), ("X", "y"))
    X, y = found.get("X"), found.get("y")
    if X is None:
        raise ValueError(f"{path} has no array 'X'; it has {some(sorted(found)) or 'none'}")
    if X.dtype.kind not in "fiub":
        raise ValueError(f"{path}: X must hold numbers, not {X.dtype}")
    X = np.asarray(X, dtype=float).reshape(len(X), -1) if X.ndim else X
    if X.ndim != 2 or not X.size:
        raise ValueError(f"{path}: X must hold a row for each pattern, its shape is {X.shape}")
    if not np.isfinite(X).all():
        raise ValueError(f"{path}: row {np.isfinite(X).all(axis=1).argmin()} of X is not finite")
    if y is not None and y.shape != (len(X),):
        raise ValueError(f"{path}: y has shape {y.shape}, X has {len(X)} rows")
    if isinstance(columns, Recipe):
        columns = columns.features
    d = len(columns) if isinstance(columns, Sequence) else columns
    if d is not None and X.shape[1] != d:
        raise ValueError(f"{path}: X has {X.shape[1]} columns, the network takes {d}")
    note = ""
    if y is not None and y.dtype.kind in "fiu":
        if not np.isfinite(y).all():
            raise ValueError(f"{path}: y of row {np.isfinite(y).argmin()} is not finite")
        if regression is None:
            note = quantities_note(np.unique(y).tolist(), len(y))
        if not (regression or note) and y.dtype.kind == "f" and (y == y.round()).all():
            y = y.astype(np.int64)
    name = None if y is None else "y"
    is_regression = bool(regression or note)
    return Table(X, y, None, name, None, [True] * len(X), is_regression, [note] if note else [])
