"""What a column of a table holds: numbers, categories, classes or quantities to learn.

The rules are few. A column is one of numbers if all its fields are, but for missing ones; it is one
of categories if none is. Anything between is an error, as nobody can know what was meant.
"""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.checks import quoted
from w2v.files.records import MISSING, NUMBER, WITH_COMMA, Nested, refuse_nested

Where = Callable[[int], str]  # from the number of a line to a place for errors
Floats = NDArray[np.float64]

MANY = 100  # more different texts than that are no categories, unless they are asked for
LONG = 1000  # a longer label is a text
WHOLE = re.compile(r"0|-?[1-9]\d{0,17}", re.ASCII)  # as Python writes whole numbers
CODE = re.compile(r"[+-]?0\d.*", re.ASCII)  # a number that begins with 0, such as 007, is a code
NEARLY = re.compile(r"[-+$€£ ]*\d[\d.,' ]*[%$€£]?", re.ASCII)  # 1,234.5 or $1 or 20%


@dataclass(frozen=True)
class Column:
    """How one column of a table becomes numbers.

    Attributes
    ----------
    name : str or int
        Its name, or its place from 0 if the table has no names.
    fill : float or None
        What stands for missing numbers; None: they are an error.
    categories : sequence of str or None
        The texts that have a feature each, 1 where a row has that text and 0 elsewhere. None: the
        column has numbers.
    """

    name: str | int
    fill: float | None = None
    categories: Sequence[str] | None = None

    @property
    def features(self) -> list[str]:
        """The names of its features."""
        if self.categories is None:
            return [str(self.name)]
        return [f"{self.name}={category}" for category in self.categories]


def is_number(field: str) -> bool:
    """Tell whether Python takes a field for a number; infinities and NaN count."""
    try:
        float(field)
    except ValueError:
        return False
    return True


class Cells:
    """The fields of one column, piece by piece: as numbers, or as texts if no number was seen."""

    def __init__(
        self, column: str | int, where: Where, *, comma: bool, text: bool, place: int = 0
    ) -> None:
        self.column, self.where, self.place = column, where, place
        self.is_text = text  # whatever the fields are
        self.number = WITH_COMMA if comma else NUMBER
        self.numbers: list[Floats] = []
        self.texts: list[str] = []
        self.odd: tuple[int, str] | None = (
            None  # line and text of the first field that is no number
        )
        self.missing: tuple[int, str] | None = None
        self.n_missing = self.n_commas = 0
        self.has_number = False

    def add(self, fields: Sequence[str], lines: Sequence[int]) -> None:
        """Take the next fields, with the numbers of their lines."""
        if not self.is_text:
            numbers = _plain(fields)
            found = numbers is not None
            if numbers is None:
                numbers = np.array([math.nan] * len(fields))
                for i, field in enumerate(fields):
                    numbers[i] = self._one(field, lines[i])
                found = not np.isnan(numbers).all()
            self.numbers.append(numbers)
            self.has_number |= found
        if not self.has_number:
            if Nested in set(map(type, fields)):
                for field, line in zip(fields, lines, strict=True):
                    refuse_nested(field, self.where(line), self.column)
            self.texts.extend(field.strip() for field in fields)

    def _one(self, field: str, line: int) -> float:
        refuse_nested(field, self.where(line), self.column)
        field = field.strip()
        if self.number.fullmatch(field):
            self.n_commas += "," in field
            value = float(field.replace(",", "."))
            if math.isfinite(value):
                return value
        if field.lower() in MISSING:
            self.n_missing += 1
            self.missing = self.missing or (line, field)
        else:
            self.odd = self.odd or (line, field)
        return math.nan

    def error(self, place: tuple[int, str], hint: str = "") -> ValueError:
        """Say which field is no number."""
        line, field = place
        text = f"{self.where(line)}, column {quoted(self.column)}"
        if not field or (is_number(field) and not math.isfinite(float(field))):
            return ValueError(f"{text} is {field or 'empty'}{hint}")
        return ValueError(f"{text}: {quoted(field)} is no number{hint}")

    def learn(self, impute: str | None) -> tuple[Column, str]:
        """Decide how the column becomes numbers, and return it with a note if it is worth one."""
        name = self.column
        others = f"leave the column out with ignore={quoted(name)}"
        if self.is_text or (self.odd and not self.has_number):
            categories = sorted(set(self.texts))
            if not self.is_text:
                self._check(categories, f"; {others}, or pass categories={quoted(name)}")
            shown = ", ".join(text[:20] or "(empty)" for text in categories[:6])
            shown += ", ..." * (len(categories) > 6)
            note = f"column {quoted(name)}: {len(categories)} categories, a feature each: {shown}"
            return Column(name, categories=categories), note
        if self.odd:
            raise self.error(self.odd, f"; {others}, or pass categories={quoted(name)}")
        if not self.has_number:
            raise self.error(
                self.missing or (0, ""), f", as are all fields of the column; {others}"
            )
        notes = ["a comma is the decimal point"] if self.n_commas else []
        fill = None
        if impute is None:
            if self.missing:
                raise self.error(
                    self.missing, f"; fill such fields with impute=median, or {others}"
                )
        else:
            fill = float(getattr(np, f"nan{impute}")(np.concatenate(self.numbers)))
            if self.n_missing:
                notes += [f"{self.n_missing:,} missing, filled with the {impute} {fill:.6g}"]
        return Column(name, fill), f"column {quoted(name)}: {', '.join(notes)}" if notes else ""

    def _check(self, categories: Sequence[str], hint: str) -> None:
        """Refuse texts that are hardly categories."""
        assert self.odd is not None
        if any(is_number(text) or NEARLY.fullmatch(text) for text in categories if text):
            raise self.error(self.odd, hint)
        most = min(MANY, max(20, len(self.texts) // 2))
        if len(categories) > most:
            line, text = self.odd
            raise ValueError(
                f"{self.where(line)}, column {quoted(self.column)}: {quoted(text)} "
                "is no number, and "
                f"{len(categories):,} different texts in {len(self.texts):,} rows are hardly "
                f"categories{hint}; is it a text to classify, "
                f"pass text_column={quoted(self.column)}"
            )

    def encode(self, column: Column) -> tuple[Floats, list[str]]:
        """Return the features (n, k), and of each row with an unknown category that text."""
        if column.categories is None:
            if self.odd:
                raise self.error(self.odd)
            X = np.concatenate(self.numbers)[:, None]
            if self.missing and column.fill is None:
                raise self.error(self.missing)
            if self.missing:
                X[np.isnan(X)] = column.fill
            return X, []
        places = {text: i for i, text in enumerate(column.categories)}
        codes = np.array([places.get(text, -1) for text in self.texts])
        known = np.flatnonzero(codes >= 0)
        X = np.zeros((len(codes), len(places)))
        X[known, codes[known]] = 1
        return X, [self.texts[i] for i in np.flatnonzero(codes < 0)]


def _plain(fields: Sequence[str]) -> Floats | None:
    """Return finite numbers, if all fields are such: the quick way for almost all columns."""
    try:
        numbers = np.frombuffer(array("d", map(float, fields)))
    except ValueError:
        return None
    text = "".join(fields)
    if not text.isascii() or "_" in text:  # numbers for Python, and for nobody else
        return None
    return numbers if np.isfinite(numbers).all() else None


def targets(
    labels: Sequence[str],
    lines: Sequence[int],
    where: Where,
    *,
    regression: bool | None,
    comma: bool,
) -> tuple[NDArray[Any], bool, str]:
    """Return the targets, whether they are quantities, and a note if that was decided here.

    Classes are as they are written: 1, 01 and 1.0 are three. Only if all are whole numbers as
    Python writes them do they become int64.

    Parameters
    ----------
    labels, lines : sequences of n
        The fields and their lines.
    where
        From a line to a place for errors.
    regression : bool or None
        Whether the targets are quantities. None: if they are numbers and one is not whole, or if
        they are more than 20 different whole numbers with less than 10 rows each on average.
    comma : bool
        Whether numbers may have a decimal comma.
    """
    distinct = set(labels)
    for label in distinct:
        fault = ""
        if label.lower() in ("", "nan"):
            fault = f"the target is {label or 'empty'}"
        elif "\0" in label:
            fault = "the target holds a NUL byte"
        elif len(label) > LONG:
            fault = (
                f"a target has {len(label):,} letters; name the column to predict with target=NAME"
            )
        if fault:
            raise ValueError(f"{where(lines[labels.index(label)])}: {fault}")
    if all(map(is_number, distinct)):
        infinite = next((x for x in distinct if not math.isfinite(float(x))), None)
        if infinite is not None:
            raise ValueError(f"{where(lines[labels.index(infinite)])}: a target is {infinite}")
    number = WITH_COMMA if comma else NUMBER
    odd = next((x for x in distinct if not number.fullmatch(x)), None)
    if regression and odd is not None:
        place = where(lines[labels.index(odd)])
        raise ValueError(
            f"{place}: the targets must be numbers for a regression, not {quoted(odd)}"
        )
    if odd is None and (regression or (regression is None and not any(map(CODE.match, distinct)))):
        values = {x: float(x.replace(",", ".")) for x in distinct}
        note = quantities_note(values.values(), len(labels))
        if regression or note:
            return np.array([values[x] for x in labels]), True, "" if regression else note
    classes = sorted(distinct)
    places = {label: i for i, label in enumerate(classes)}
    names: NDArray[Any] = np.array(classes)
    if all(map(WHOLE.fullmatch, classes)):
        names = names.astype(np.int64)
    return names[[places[label] for label in labels]], False, ""


def quantities_note(values: Collection[float], n: int) -> str:
    """Say why numbers on n rows are quantities; "" if they name classes.

    Whole numbers that measure are many, and each is on few rows.
    """
    if any(value != round(value) for value in values):
        return "the targets are not whole: this is a regression"
    different = len(set(values))
    if different > 20 and n < 10 * different:
        return (
            f"the targets are {different:,} different numbers on {n:,} rows: this is a regression; "
            "for classes pass regression=False"
        )
    return ""
