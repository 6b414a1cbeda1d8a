"""Records of CSV, TSV, JSON lines and Parquet: rows of text, and the names of their columns.

Rows are text, whatever the file: what is a number is decided in one place for all of them.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import warnings
from collections.abc import Collection, Iterator, Sequence
from importlib import import_module
from itertools import chain, islice
from typing import Any, NamedTuple

from w2v.checks import encoding_name, quoted
from w2v.files.inputs import bounded_lines, opened, read_lines
from w2v.files.storage import Path, decompress, suffix_of

JSON_LINES = (".jsonl", ".ndjson", ".json")
SUFFIXES = (".csv", ".tsv", *JSON_LINES, ".parquet")
NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*", re.ASCII | re.IGNORECASE)
WITH_COMMA = re.compile(NUMBER.pattern.replace(r"\.", "[.,]"), NUMBER.flags)  # a decimal comma
MISSING = {"", "?", "na", "n/a", "nan", "null", "none"}  # in a column of numbers, in lower case
YEAR = re.compile(r"(19|20)\d\d", re.ASCII)
SAMPLE = 100  # lines that tell what separates fields and whether there is a header

Row = tuple[int, list[str]]  # the number of its line, and its fields: none of a blank line


class Nested(str):
    """A list or an object in a field of JSON lines, as text: no feature and no label."""


class Records(NamedTuple):
    """An open table.

    Attributes
    ----------
    path : path
    names : list of str or None
        The names of the columns, if the file has them; "" for a column without a name.
    width : int
        The number of columns.
    rows : iterator of (int, list of str)
        Line and fields of each record, and of each blank line without fields.
    unit : str
        What the numbers count: lines, or rows in Parquet.
    comma : bool
        Whether numbers may have a decimal comma, as no comma separates the fields.
    """

    path: Path
    names: list[str] | None
    width: int
    rows: Iterator[Row]
    unit: str = "line"
    comma: bool = False

    def where(self, line: int) -> str:
        """Return a place for errors."""
        return f"{os.fspath(self.path)}, {self.unit} {line}"

    @property
    def present(self) -> list[int]:
        """The places of the columns; one without a name in a table with names is left out."""
        return [i for i in range(self.width) if self.names is None or self.names[i]]

    def name(self, place: int) -> str | int:
        """Return the name of a column, or its place if there are no names."""
        return place if self.names is None else self.names[place]

    def place(self, column: str | int) -> int:
        """Return the place of a column, given by name or by place, negative from the end."""
        if self.names is not None and column in self.names:
            return self.names.index(str(column))
        try:
            place = int(column)
        except ValueError:
            there = f"it has {some(self.names)}" if self.names else "it has no header"
            there += "" if self.names else ": give the place, from 0"
            raise ValueError(f"{self.path} has no column {quoted(column)}; {there}") from None
        if not -self.width <= place < self.width:
            raise ValueError(f"{self.path} has {self.width} columns, there is no column {place}")
        return place % self.width


def some(names: Sequence[str]) -> str:
    """Return the first names of many, for errors."""
    listed = ", ".join(map(quoted, names[:8]))
    return listed + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def read_records(
    path: Path,
    *,
    encoding: str = "utf-8",
    header: bool | None = None,
    wanted: Collection[str] | None = None,
) -> Records:
    """Open a table whose suffix is one of ``SUFFIXES``; it may be compressed.

    Parameters
    ----------
    path : path
        Tabs separate the fields of ``.tsv``. Those of ``.csv`` are separated by what separates
        the first lines into equally many: semicolons, tabs or else commas.
    encoding : str, default "utf-8"
        Of all but Parquet.
    header : bool, optional
        Whether the first line of CSV or TSV names the columns. Default: as `is_header` finds.
    wanted : collection of str, optional
        Names that a header must have: a first line that has them all is one.

    Raises
    ------
    ValueError
        If the file is empty or cannot be read; the error may come with a later row. It names the
        line.
    ImportError
        If Parquet needs pyarrow.
    """
    suffix = suffix_of(path)[0]
    names: list[str] | None
    if suffix == ".parquet":
        names, rows = _parquet(path)
        return Records(path, names, len(names), rows, "row")
    if suffix in JSON_LINES:
        names, rows = _json_lines(path, encoding)
        return Records(path, names, len(names), rows)
    rows, delimiter = _csv(path, encoding, suffix)
    head = list(islice(rows, SAMPLE))
    first = next((i for i, (_, fields) in enumerate(head) if fields), None)
    if first is None:
        raise ValueError(f"{path} is empty")
    line, fields = head[first]
    below = [row for _, row in head[first + 1 :] if row]
    if wanted is not None and header is None and set(wanted) <= {field.strip() for field in fields}:
        header = True
    if header is None:
        header, why = is_header(fields, below, NUMBER if delimiter == "," else WITH_COMMA)
        if why:
            is_data = "header=False" if header else "header=True"
            kind = "the names of the columns" if header else "data"
            text = f"{path}: line {line} is taken for {kind}, as {why}; otherwise pass {is_data}"
            warnings.warn(text, stacklevel=3)
    width = len(fields)
    names = [field.strip() for field in fields] if header else None
    if names and len(set(names) - {""}) < len(names) - names.count(""):
        again = next(name for name in names if name and names.count(name) > 1)
        raise ValueError(f"{path}: two columns are named {quoted(again)}")
    # Commas at the ends of lines make columns that have no name and no value.
    ends = [fields] if header else [fields, *below]
    while width > 1 and not any("".join(row[width - 1 : width]).strip() for row in ends):
        width -= 1
    rest = head[first + 1 :] if header else head
    rows = _even(path, chain(rest, rows), width, len(fields))
    return Records(path, names and names[:width], width, rows, comma=delimiter != ",")


def is_header(
    first: Sequence[str], below: Sequence[Sequence[str]], number: re.Pattern[str] = NUMBER
) -> tuple[bool, str]:
    """Tell whether a first line names the columns, and why if a person might see it otherwise.

    It does if one of its fields that is no number stands above numbers only; or if its numbers
    count the columns from 0, from a year, or from 1 beside a text, and no text of it stands again
    below; or if none of its fields is a number and less than half of them stand again below.
    """
    names = [field.strip() for field in first]
    columns = [[row[i].strip() for row in below if i < len(row)] for i in range(len(names))]
    numbers = [name for name in names if number.fullmatch(name)]
    is_new = True  # no text stands again below
    for name, column in zip(names, columns, strict=True):
        filled = [field for field in column if field.lower() not in MISSING]
        if name.lower() not in MISSING and not number.fullmatch(name):
            if filled and all(map(number.fullmatch, filled)):
                return True, f"{quoted(name)} stands above numbers" if numbers else ""
            is_new = is_new and name not in column
    texts = len(names) - names.count("") - len(numbers)
    if numbers:
        start = 1 if texts and numbers[0] == "1" else 0
        if YEAR.fullmatch(numbers[0]):
            start = int(numbers[0])
        counts = numbers == [str(i) for i in range(start, start + len(numbers))]
        if counts and is_new and len(numbers) > 1 and len(numbers) + texts > 2:
            return True, "it counts the columns"
        name, column = names[-1], columns[-1]
        alone = is_new and name not in ("", *column) and len(column) > 3
        if alone and all(column.count(field) > 1 for field in set(column)):
            return False, f"it has numbers, though {quoted(name)} stands on no other line"
        return False, ""
    again = sum(name in column for name, column in zip(names, columns, strict=True) if name)
    if 2 * again >= len(names) - names.count(""):
        return False, "its fields stand again below"
    return True, "its fields do not stand again below" if below else ""


def text_lines(path: Path, encoding: str, newline: str = "\n") -> Iterator[str]:
    """Yield the lines of a text file with their ends, without a byte order mark.

    Raises
    ------
    ValueError
        If a line is not in that encoding or holds a NUL byte; it names the line.
    """
    encoding_name(encoding)
    codec = "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding
    with opened(path) as file:
        ends = b"\n" if newline else b"\n\r"
        stream = bounded_lines(decompress(file, path), path, codec, ends)
        try:
            for number, line in enumerate(io.TextIOWrapper(stream, codec, newline=newline), 1):
                if "\0" in line:
                    raise ValueError(
                        f"{os.fspath(path)}, line {number} is no text: it holds a NUL byte (as "
                        "utf-16 does: encoding=utf-16)"
                    )
                yield line
        except UnicodeDecodeError as error:
            fault = f"{os.fspath(path)}: {error}"
            try:
                if os.path.isfile(path):  # a pipe is read once
                    for _ in read_lines(path, encoding):  # it knows the line
                        pass
            except ValueError as found:
                fault = str(found)
            raise ValueError(f"{fault}; pass encoding=, such as latin-1 or utf-16") from None
        except UnicodeError as error:  # UTF-16 without the mark that it must have
            raise ValueError(
                f"{os.fspath(path)} is not {encoding}: {error}; pass another encoding="
            ) from None


def _csv(path: Path, encoding: str, suffix: str) -> tuple[Iterator[Row], str]:
    """Return the rows of CSV or TSV, and what separates their fields."""
    lines = text_lines(path, encoding, newline="")
    head = list(islice(lines, SAMPLE))
    delimiter = "\t" if suffix == ".tsv" else _delimiter(head)
    return csv_rows(path, chain(head, lines), delimiter), delimiter


def _delimiter(head: list[str]) -> str:
    first = next((line for line in head if line.strip()), "")
    for delimiter in ";\t":
        records = [row for _, row in csv_rows("", iter(head), delimiter, strict=False) if row]
        if len(head) == SAMPLE:
            records = records[:-1]  # it may go on
        widths = {len(row) for row in records}
        if delimiter in first and ("," not in first or (len(widths) == 1 and min(widths) > 1)):
            return delimiter
    return ","


def csv_rows(
    path: Path, lines: Iterator[str], delimiter: str, strict: bool = True
) -> Iterator[Row]:
    """Yield line and fields of each record, and of each blank line without fields."""
    reader = csv.reader(lines, delimiter=delimiter, strict=strict, skipinitialspace=True)
    limit = csv.field_size_limit(2**31 - 1)  # a text may be a book
    start = 1
    try:
        for fields in reader:
            if fields and not fields[0].strip() and not "".join(fields).strip():
                fields = []  # commas alone are a blank line, too
            yield start, fields  # the line where the record begins
            start = reader.line_num + 1
    except csv.Error as error:
        fault = str(error)
        if "end of data" in fault:
            fault = "a quote is opened and never closed (inside of quotes, write it twice)"
        raise ValueError(f"{os.fspath(path)}, line {start}: {fault}") from None
    finally:
        csv.field_size_limit(limit)


def _even(path: Path, rows: Iterator[Row], width: int, full: int) -> Iterator[Row]:
    """Yield rows of the same width, without the empty fields at their ends."""
    for line, fields in rows:
        if len(fields) != width and fields:
            if len(fields) < width or any(fields[width:]):
                where = f"{os.fspath(path)}, line {line}"
                raise ValueError(f"{where}: {len(fields)} fields, the first has {full}")
            fields = fields[:width]
        yield line, fields


def _json_lines(path: Path, encoding: str) -> tuple[list[str], Iterator[Row]]:
    """Return the names of all objects, in the order in which they come, and the rows."""
    found: list[tuple[int, dict[str, Any]]] = []
    names: dict[str, None] = {}
    for number, line in enumerate(text_lines(path, encoding), 1):
        item: Any = {}
        if line.strip():
            where = f"{os.fspath(path)}, line {number}"
            try:  # numbers stay as they are written
                item = json.loads(
                    line,
                    parse_int=str,
                    parse_float=str,
                    parse_constant=str,
                    object_pairs_hook=_object,
                )
            except RecursionError:
                raise ValueError(f"{where} is no JSON object: it is nested too deeply") from None
            except ValueError as error:
                raise ValueError(f"{where} is no JSON: {error}") from None
            if not isinstance(item, dict):
                raise ValueError(f"{where} is no JSON object; a line must hold one: {{...}}")
            names |= dict.fromkeys(item)
        found.append((number, item))
    if not names:
        raise ValueError(f"{path} is empty")
    return list(names), (
        (line, [_as_text(item.get(name)) for name in names] if item else []) for line, item in found
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object; of a name that stands in it twice, nobody knows which value is meant."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        again = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {quoted(again)} stands in an object twice")
    return found


def _as_text(value: Any) -> str:
    if isinstance(value, str | bool):
        return str(value)  # True and False as pandas writes them to CSV
    text = "" if value is None else json.dumps(value, ensure_ascii=False)
    return Nested(text) if isinstance(value, list | dict) else text


def refuse_nested(field: str, where: str, column: str | int) -> None:
    """Raise for a list or an object."""
    if type(field) is Nested:
        raise ValueError(
            f"{where}, column {quoted(column)}: {quoted(str(field))} is a list or an object; a "
            "field holds one number or text, so give each part a column of its own"
        )


def _parquet(path: Path) -> tuple[list[str], Iterator[Row]]:
    os.stat(path)  # its error names the file
    try:
        arrow: Any = import_module("pyarrow")
        parquet: Any = import_module("pyarrow.parquet")
        import_module("pyarrow.compute")
    except ImportError:
        raise ImportError(f"{path}: Parquet needs pyarrow: pip install 'w2v[arrow]'") from None
    place = str(path)
    try:
        table = parquet.read_table(path)
        columns = []
        for name, column in zip(table.column_names, table.columns, strict=True):
            place = f"{path}, column {quoted(name)}"
            texts = column.cast(arrow.string()).fill_null("")
            if arrow.types.is_boolean(column.type):  # True and False as pandas writes them to CSV
                texts = arrow.compute.utf8_capitalize(texts)
            columns.append(texts)
    except arrow.ArrowException as error:
        raise ValueError(f"{place} cannot be read: {error}") from None
    if not columns or not len(table):
        raise ValueError(f"{path} is empty")
    text = arrow.table(columns, names=[str(i) for i in range(len(columns))])
    batches = (zip(*(c.to_pylist() for c in b.columns), strict=True) for b in text.to_batches(4096))
    return table.column_names, ((i, list(row)) for i, row in enumerate(chain(*batches), 1))
