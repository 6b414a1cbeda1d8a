"""Judgements: analogy questions and similarities of pairs, as files and lists give them."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import TypeAlias

from w2v.checks import quoted
from w2v.files.inputs import read_lines
from w2v.files.storage import Path

Question: TypeAlias = tuple[str, str, str, str]
Sections: TypeAlias = list[tuple[str, list[Question]]]
# Analogy questions as a caller may give them: a file, sections by name, or questions alone.
Pair: TypeAlias = tuple[str, str, float]
Questions: TypeAlias = Path | Mapping[str, Iterable[Sequence[str]]] | Iterable[Sequence[str]]

# Name of the section of questions that stand under no section line.
_UNNAMED = "questions"


def read_questions(path: Path) -> Sections:
    """Read analogy questions.

    Parameters
    ----------
    path : path
        UTF-8 text: lines of four blank-separated words, and lines ``: name`` that begin a section.
        Empty lines are ignored.

    Returns
    -------
    list of (str, list of (str, str, str, str))
        Name and questions of each section, in order. Questions before the first section line are
        in a section ``questions``.

    Raises
    ------
    ValueError
        A line without exactly four words, or bytes that are not UTF-8; with file and line. Or a
        file without a question.
    """
    sections: Sections = []
    for where, line in read_lines(path):
        if line.startswith(":"):
            sections.append((line[1:].strip(), []))
            continue
        if not line.strip():
            continue
        if not sections:
            sections.append((_UNNAMED, []))
        sections[-1][1].append(_question(where, line.strip()))
    if not any(asked for _, asked in sections):
        raise ValueError(f"{os.fspath(path)} holds no question")
    return sections


def read_pairs(
    path: Path, delimiter: str | None = None, encoding: str = "utf-8"
) -> list[tuple[str, str, float]]:
    """Read judgements of similarity.

    Parameters
    ----------
    path : path
        Lines of two words and a number. Empty lines, lines that begin with ``#`` and a first line
        without a number (a header) are ignored.
    delimiter : str, optional
        What separates the three; by default, for each line, a tab if it has one, else a comma,
        else blanks.
    encoding : str, default "utf-8"
        Of the file.

    Returns
    -------
    list of (str, str, float)

    Raises
    ------
    ValueError
        A line that is not two words and a finite number, or cannot be decoded; with file and line.
        Or a file without a pair.
    """
    pairs: list[tuple[str, str, float]] = []
    header_may_come, header = True, ""
    for where, line in read_lines(path, encoding):
        if not line.strip() or line.startswith("#"):
            continue
        fields = _split_pair(line, delimiter)
        is_header = header_may_come and not any(_is_number(field) for field in fields)
        header_may_come = False
        if is_header:
            header = line.strip()
            continue
        if len(fields) != 3 or not all(fields) or not _is_number(fields[2]):
            raise ValueError(
                f"{where}: expected two words and a number, found {quoted(line.strip())}"
            )
        pairs.append((fields[0], fields[1], float(fields[2])))
    if not pairs:
        found = f" but {quoted(header)}, which has no number" if header else ""
        raise ValueError(
            f"{os.fspath(path)} holds no pair of words{found}: expected lines of two words and a "
            "number"
        )
    return pairs


def as_pairs(
    pairs: Path | Iterable[Pair], delimiter: str | None = None, encoding: str = "utf-8"
) -> list[Pair]:
    """Return judgements of similarity, however given, as a list; see `read_pairs` for a file."""
    if isinstance(pairs, str | os.PathLike):
        return read_pairs(pairs, delimiter, encoding)
    given = list(pairs)
    for i, pair in enumerate(given):
        if len(pair) != 3 or not isinstance(pair[2], Real) or not math.isfinite(pair[2]):
            raise ValueError(f"pair {i}: expected two words and a number, found {quoted(pair)}")
    return given


def as_sections(questions: Questions) -> Sections:
    """Return questions, however given, as a list of sections."""
    if isinstance(questions, str | os.PathLike):
        return read_questions(questions)
    if not isinstance(questions, Iterable):
        raise TypeError(
            f"questions must be a path, questions by section, or questions, not {quoted(questions)}"
        )
    named = questions.items() if isinstance(questions, Mapping) else [(_UNNAMED, questions)]
    return [
        (name, [_question(f"section {quoted(name)}", question) for question in asked])
        for name, asked in named
    ]


def _question(where: str, question: Sequence[str]) -> Question:
    words = question.split() if isinstance(question, str) else tuple(question)
    if len(words) != 4:
        raise ValueError(
            f"{where}: an analogy question is four words, found {len(words)}: {quoted(question)}"
        )
    return words[0], words[1], words[2], words[3]


def _split_pair(line: str, delimiter: str | None) -> list[str]:
    """Split a line of a pairs file into its fields."""
    if delimiter is None:
        delimiter = next((mark for mark in "\t," if mark in line), None)
    fields = re.split(r"\s+", line.strip()) if delimiter is None else line.split(delimiter)
    return [field.strip() for field in fields]


def _is_number(field: str) -> bool:
    """Tell whether a field is a finite number."""
    try:
        return math.isfinite(float(field))
    except ValueError:
        return False
