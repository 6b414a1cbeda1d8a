"""Texts with labels: lines ``label<TAB>text`` or ``__label__x text``, or columns of a table."""

from __future__ import annotations

import os
import re
import warnings
from collections import Counter
from collections.abc import Sequence

from w2v.checks import quoted
from w2v.files.columns import LONG
from w2v.files.records import read_records, refuse_nested, text_lines
from w2v.files.storage import Path

LABEL = "__label__"  # as fastText marks the labels at the beginning of a line
LABEL_NAMES = {"label", "labels", "class", "category", "target", "sentiment", "y", "tag", "topic"}
TEXT_NAMES = {"text", "texts", "sentence", "review", "message", "comment", "document", "tweet"}


def read_labelled(
    path: Path,
    *,
    labels: bool | None = True,
    encoding: str = "utf-8",
    header: bool | None = None,
    blank: bool = False,
) -> tuple[list[str] | None, list[str]]:
    """Read texts, one a line, with their labels.

    Parameters
    ----------
    path : path
        Lines ``label<TAB>text``, or ``__label__label text`` with any white space between.
    labels : bool or None, default True
        Whether each line must have a label. None: if all have one.
    encoding : str, default "utf-8"
    header : bool, optional
        Whether the first line of ``label<TAB>text`` names the columns. Default: if its label
        stands on no other line, and it is called label or text or the like, or its text is one
        word and no other text is.
    blank : bool, default False
        Keep blank lines, as empty texts, instead of leaving them out.

    Returns
    -------
    labels : list of str or None
    texts : list of str

    Raises
    ------
    ValueError
        If a line has no label, no text or two labels; it names the line.
    """
    lines = [(i, line.strip("\r\n")) for i, line in enumerate(text_lines(path, encoding), 1)]
    filled = [(i, line) for i, line in lines if line.strip()]
    if not filled:
        raise ValueError(f"{path} is empty")
    marked = filled[0][1].startswith(LABEL)
    if labels is None:
        labels = marked or all("\t" in line for _, line in filled)
    if not labels:
        lines = lines if blank else filled
        return None, [line.strip() for _, line in lines]
    found: list[str] = []
    texts: list[str] = []
    for i, line in lines if blank else filled:
        where = f"{os.fspath(path)}, line {i}"
        label, text = _divided(line, marked, where) if line.strip() else ("", "")
        found.append(label)
        texts.append(text)
    if header is None and not marked:
        header = _is_header(found, texts)
        if header:
            warnings.warn(
                f"{path}: line {filled[0][0]}, {quoted(filled[0][1])}, is taken for the names of "
                "the columns; otherwise pass header=False",
                stacklevel=2,
            )
    if header:
        first = next(i for i, text in enumerate(texts) if text)
        found, texts = found[first + 1 :], texts[first + 1 :]
    if not any(texts):
        raise ValueError(f"{path} has no text below its header")
    return found, texts


def _divided(line: str, marked: bool, where: str) -> tuple[str, str]:
    """Return label and text of a line."""
    if marked:
        if not line.startswith(LABEL):
            raise ValueError(f"{where} does not begin with {LABEL}, as the first line does")
        label, *rest = line.split(maxsplit=1)
        label, text = label.removeprefix(LABEL), "".join(rest)
        second = re.search(rf"(?<!\S){LABEL}\S*", text)
        if second:
            raise ValueError(f"{where} has a second label, {second[0][:40]}; a text has one class")
    else:
        label, _, text = line.partition("\t")
    label, text = label.strip(), text.strip()
    if not label or not text:
        raise ValueError(
            f"{where} is no label and text: expected `label<TAB>text` or `{LABEL}label text`"
        )
    if len(label) > LONG:
        raise ValueError(f"{where}: a label of {len(label):,} letters; the label comes first")
    return label, text


def _is_header(labels: Sequence[str], texts: Sequence[str]) -> bool:
    first = next(i for i, text in enumerate(texts) if text)
    label, text = labels[first].lower(), texts[first].lower()
    if Counter(labels)[labels[first]] > 1 or not any(texts[first + 1 :]):
        return False
    if label in LABEL_NAMES or text in TEXT_NAMES:
        return True
    return len(text.split()) == 1 and all(len(t.split()) > 1 for t in texts[first + 1 :] if t)


def read_text_table(
    path: Path,
    text_column: str | int,
    *,
    target: str | int | None = None,
    labels: bool = True,
    encoding: str = "utf-8",
    header: bool | None = None,
    blank: bool = False,
) -> tuple[list[str] | None, list[str], str | int | None]:
    """Read texts and their labels from two columns of a table.

    Parameters
    ----------
    path : path
        CSV, TSV, JSON lines or Parquet.
    text_column, target : str or int
        Name or place of the texts and of the labels; by default the labels are in the last other
        column.
    labels : bool, default True
        Whether labels are read.
    encoding, header
        As :func:`w2v.files.records.read_records` takes them.
    blank : bool, default False
        Keep blank lines, as empty texts, instead of leaving them out.

    Returns
    -------
    labels : list of str or None
    texts : list of str
        A missing text is an empty one.
    target : str, int or None
        The column of the labels.

    Raises
    ------
    ValueError
        If a column is not there, or a label is empty.
    """
    named = [name for name in (text_column, target) if isinstance(name, str)]
    wanted = None if any(name.lstrip("-").isdigit() for name in named) else named or None
    records = read_records(path, encoding=encoding, header=header, wanted=wanted)
    place = records.place(text_column)
    goal = None
    if labels:
        others = [i for i in records.present if i != place]
        if not others:
            raise ValueError(f"{path} has no column of labels beside {quoted(text_column)}")
        goal = others[-1] if target is None else records.place(target)
        if goal == place:
            raise ValueError(f"{path}: column {quoted(text_column)} is both text and target")
    found: list[str] = []
    texts: list[str] = []
    for line, fields in records.rows:
        if not fields and not blank:
            continue
        for used in (place, goal) if fields else ():
            if used is not None:
                refuse_nested(fields[used], records.where(line), records.name(used))
        texts.append(fields[place].strip() if fields else "")
        if goal is not None:
            found.append(fields[goal].strip() if fields else "")
            if fields and not 0 < len(found[-1]) <= LONG:
                fault = "has a label that is a text" if found[-1] else "has no label"
                raise ValueError(
                    f"{records.where(line)}, column {quoted(records.name(goal))}: {fault}"
                )
    if not any(texts):
        raise ValueError(f"{path} has no text in column {quoted(text_column)}")
    return (found if labels else None), texts, None if goal is None else records.name(goal)
