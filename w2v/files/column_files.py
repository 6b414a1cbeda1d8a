"""One column of a table in a file, value by value, in memory that does not grow with the file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from w2v.checks import quoted
from w2v.files.records import SUFFIXES, read_records, some
from w2v.files.remote import is_url, seekable_url
from w2v.files.storage import suffix_of

ARROW = (".arrow", ".feather")
_BATCH = 1 << 12  # rows at a time


def column_of(path: str, column: str, encoding: str = "utf-8") -> Iterator[Any]:
    """Yield the values of a column of a file.

    Parameters
    ----------
    path : str
        CSV, TSV or JSON lines, all perhaps compressed, Parquet, or Arrow's IPC format
        (``.arrow``, ``.feather``), as the suffix says. Parquet is read by row groups, Arrow by
        batches. A URL is read as a stream.
    column : str
        The name of the column, or its place from 0.
    encoding : str, default "utf-8"
        Of CSV, TSV and JSON lines.

    Yields
    ------
    str, list or None
        Texts; of Parquet and Arrow also lists of words or of whole numbers. None where one is
        missing.

    Raises
    ------
    ValueError
        If there is no such column, the file is no such table, or it is damaged.
    ImportError
        If Parquet or Arrow needs pyarrow.
    """
    suffix = suffix_of(path)[0]
    if suffix == ".parquet" or suffix in ARROW:
        yield from _of_batches(path, column, suffix)
        return
    if suffix not in SUFFIXES:
        known = ", ".join((*SUFFIXES, *ARROW))
        raise ValueError(
            f"{path} has no columns, going by its suffix; column={quoted(column)} needs one of "
            f"{known}"
        )
    header = None if column.isdigit() else True
    records = read_records(path, encoding=encoding, header=header)
    place = records.place(column)
    for _, fields in records.rows:
        if fields:
            yield fields[place] if place < len(fields) else None


def _of_batches(path: str, column: str, suffix: str) -> Iterator[Any]:
    try:
        arrow: Any = import_module("pyarrow")
        parquet: Any = import_module("pyarrow.parquet")
        ipc: Any = import_module("pyarrow.ipc")
    except ImportError:
        kind = "Parquet" if suffix == ".parquet" else "Arrow"
        raise ImportError(f"{path}: {kind} needs pyarrow: pip install 'w2v[arrow]'") from None
    try:
        with _seekable(path) as file:
            if suffix == ".parquet":
                table = parquet.ParquetFile(file)
                name = _named(path, column, table.schema_arrow.names)
                batches = table.iter_batches(_BATCH, columns=[name])
            else:
                table = ipc.open_file(file)
                name = _named(path, column, table.schema.names)
                batches = map(table.get_batch, range(table.num_record_batches))
            for batch in batches:
                yield from batch.column(name).to_pylist()
    except arrow.ArrowException as error:
        raise ValueError(f"{path}, column {quoted(column)} cannot be read: {error}") from None


@contextmanager
def _seekable(path: str) -> Iterator[Any]:
    if is_url(path):
        with seekable_url(path) as file:
            yield file
    else:
        with open(path, "rb") as file:
            yield file


def _named(path: str, column: str, names: list[str]) -> str:
    if column in names:
        return column
    if column.isdigit() and int(column) < len(names):
        return names[int(column)]
    raise ValueError(f"{os.fspath(path)} has no column {quoted(column)}; it has {some(names)}")
