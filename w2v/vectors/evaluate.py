"""How good word vectors are: analogy questions and judgements of similarity.

Both follow gensim's conventions, so that figures can be compared: words are folded to upper case
unless told otherwise, of several spellings the first (most frequent) word has the vector, and
`restrict_vocab` limits questions and answers alike to the first words of the vocabulary. What
cannot be asked is counted, never dropped in silence.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from w2v import _core
from w2v.parallel import in_parts
from w2v.vectors.keyed import COSMUL_EPSILON, Floats, Rows, check_method, cosines, divisors

if TYPE_CHECKING:
    from w2v.vectors.keyed import KeyedVectors

Path: TypeAlias = str | os.PathLike[str]
Question: TypeAlias = tuple[str, str, str, str]
Sections: TypeAlias = list[tuple[str, list[Question]]]

# Name of the section of questions that stand under no section line.
_UNNAMED = "questions"

# Cosines of the questions' words held at once, so that they stay in the cache, but of no fewer
# words of the vocabulary than make a good matrix product.
_SCORES = 1 << 20
_LEAST_COLUMNS = 256


@dataclass(frozen=True)
class Score:
    """Answers to some analogy questions.

    Attributes
    ----------
    name : str
        Of the section, or ``semantic``, ``syntactic``, ``total``.
    correct, total : int
        Right answers, questions asked.
    skipped : int
        Questions not asked because a word is unknown (or beyond `restrict_vocab`).
    """

    name: str
    correct: int
    total: int
    skipped: int

    @property
    def accuracy(self) -> float | None:
        """Share of right answers, between 0 and 1; None if nothing was asked."""
        return self.correct / self.total if self.total else None


@dataclass(frozen=True)
class AnalogyResult:
    """Scores on a set of analogy questions.

    Attributes
    ----------
    sections : list of Score
        In the order of the file. Those whose name starts with "gram" are syntactic.
    """

    sections: list[Score]

    @property
    def semantic(self) -> Score:
        """Sum of the sections that are not syntactic."""
        return _sum_scores("semantic", [s for s in self.sections if not _is_syntactic(s.name)])

    @property
    def syntactic(self) -> Score:
        """Sum of the sections whose name starts with "gram"."""
        return _sum_scores("syntactic", [s for s in self.sections if _is_syntactic(s.name)])

    @property
    def total(self) -> Score:
        """Sum of all sections."""
        return _sum_scores("total", self.sections)


@dataclass(frozen=True)
class PairsResult:
    """Correlation of cosines with people's judgements.

    Attributes
    ----------
    spearman, pearson : float or None
        Correlations; None if undefined: fewer than two pairs, or all values equal.
    spearman_p, pearson_p : float or None
        Two-sided p-values; None if undefined.
    used : int
        Pairs that entered the correlation.
    skipped : int
        Pairs left out for an unknown word; 0 under ``dummy4unknown=True``.
    unknown : int
        Pairs with an unknown word, skipped or given the similarity 0.
    """

    spearman: float | None
    spearman_p: float | None
    pearson: float | None
    pearson_p: float | None
    used: int
    skipped: int
    unknown: int


def analogies(
    kv: KeyedVectors,
    questions: Path | Mapping[str, Iterable[Sequence[str]]] | Iterable[Sequence[str]],
    restrict_vocab: int | None = None,
    method: str = "3cosadd",
    case_insensitive: bool = True,
) -> AnalogyResult:
    """Ask "a is to b as c is to ?" and count how often the nearest word is the expected one.

    Parameters
    ----------
    kv : KeyedVectors
        The vectors.
    questions : path, mapping of str to questions, or iterable of questions
        A file (see `read_questions`), questions by section name, or questions alone; a question
        is four words.
    restrict_vocab : int, optional
        Ask and answer within the first so many words; questions with other words are skipped.
    method : {"3cosadd", "3cosmul"}, default "3cosadd"
        How answers are ranked, see `KeyedVectors.analogy`. The three words of the question, in
        any capitals when folded, are never the answer.
    case_insensitive : bool, default True
        Fold words to upper case.

    Returns
    -------
    AnalogyResult

    Raises
    ------
    ValueError
        A malformed line, with file and line; an unknown method.
    """
    sections = _as_sections(questions)
    outcomes = _answers(kv, sections, restrict_vocab, method, case_insensitive)
    return AnalogyResult(
        [
            Score(
                name, answers.count(True), len(answers) - answers.count(None), answers.count(None)
            )
            for (name, _), answers in zip(sections, outcomes, strict=True)
        ]
    )


def word_pairs(
    kv: KeyedVectors,
    path: Path,
    restrict_vocab: int | None = None,
    case_insensitive: bool = True,
    dummy4unknown: bool = False,
    delimiter: str | None = None,
    encoding: str = "utf-8",
) -> PairsResult:
    """Correlate the cosines of word pairs with given scores.

    Parameters
    ----------
    kv : KeyedVectors
        The vectors.
    path : path
        The judgements, see `read_pairs`.
    restrict_vocab : int, optional
        Know only the first so many words.
    case_insensitive : bool, default True
        Fold words to upper case.
    dummy4unknown : bool, default False
        Give pairs with an unknown word the similarity 0 instead of skipping them.
    delimiter, encoding : str
        Of the file, see `read_pairs`.

    Returns
    -------
    PairsResult

    Raises
    ------
    ValueError
        A malformed line, with file and line.
    """
    first, _ = _fold_vocabulary(kv, restrict_vocab, case_insensitive)
    gold, cosine, unknown = [], [], 0
    for left, right, score in read_pairs(path, delimiter, encoding):
        if case_insensitive:
            left, right = left.upper(), right.upper()
        known = left in first and right in first
        unknown += not known
        if known:
            words = kv.index_to_key[first[left]], kv.index_to_key[first[right]]
            cosine.append(kv.similarity(*words))
        elif dummy4unknown:
            cosine.append(0.0)
        else:
            continue
        gold.append(score)
    spearman, spearman_p, pearson, pearson_p = _correlations(gold, cosine)
    skipped = 0 if dummy4unknown else unknown
    return PairsResult(spearman, spearman_p, pearson, pearson_p, len(gold), skipped, unknown)


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
        A line without exactly four words, or bytes that are not UTF-8; with file and line.
    """
    sections: Sections = []
    for number, line in _lines(path, "utf-8"):
        if line.startswith(":"):
            sections.append((line[1:].strip(), []))
            continue
        words = line.split()
        if not words:
            continue
        if len(words) != 4:
            raise ValueError(
                f"{os.fspath(path)}, line {number}: an analogy question is four words, "
                f"found {len(words)}: {line.strip()!r}"
            )
        if not sections:
            sections.append((_UNNAMED, []))
        sections[-1][1].append((words[0], words[1], words[2], words[3]))
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
    """
    pairs: list[tuple[str, str, float]] = []
    header_may_come = True
    for number, line in _lines(path, encoding):
        if not line.strip() or line.startswith("#"):
            continue
        fields = _split_pair(line, delimiter)
        is_header = header_may_come and not any(_is_number(field) for field in fields)
        header_may_come = False
        if is_header:
            continue
        if len(fields) != 3 or not all(fields) or not _is_number(fields[2]):
            raise ValueError(
                f"{os.fspath(path)}, line {number}: expected two words and a number, "
                f"found {line.strip()!r}"
            )
        pairs.append((fields[0], fields[1], float(fields[2])))
    return pairs


def gensim_analogies(
    kv: KeyedVectors,
    path: Path,
    restrict_vocab: int | None,
    case_insensitive: bool,
    dummy4unknown: bool,
    similarity_function: str,
) -> tuple[float, list[dict[str, Any]]]:
    """Do the work of `KeyedVectors.evaluate_word_analogies`."""
    methods = {"most_similar": "3cosadd", "most_similar_cosmul": "3cosmul"}
    if similarity_function not in methods:
        raise ValueError(
            f"similarity_function must be one of {', '.join(methods)}, got {similarity_function!r}"
        )
    sections = read_questions(path)
    outcomes = _answers(
        kv, sections, restrict_vocab, methods[similarity_function], case_insensitive
    )
    results: list[dict[str, Any]] = []
    for (name, questions), answers in zip(sections, outcomes, strict=True):
        result: dict[str, Any] = {"section": name, "correct": [], "incorrect": []}
        for question, right in zip(questions, answers, strict=True):
            folded = tuple(w.upper() for w in question) if case_insensitive else question
            if right is not None or dummy4unknown:
                result["correct" if right else "incorrect"].append(folded)
        results.append(result)
    total: dict[str, Any] = {"section": "Total accuracy"}
    for kind in ("correct", "incorrect"):
        total[kind] = [question for result in results for question in result[kind]]
    asked = len(total["correct"]) + len(total["incorrect"])
    return (len(total["correct"]) / asked if asked else 0.0), [*results, total]


def gensim_pairs(
    kv: KeyedVectors,
    path: Path,
    delimiter: str | None,
    encoding: str,
    restrict_vocab: int | None,
    case_insensitive: bool,
    dummy4unknown: bool,
) -> tuple[tuple[float, float], tuple[float, float], float]:
    """Do the work of `KeyedVectors.evaluate_word_pairs`."""
    result = word_pairs(
        kv, path, restrict_vocab, case_insensitive, dummy4unknown, delimiter, encoding
    )
    if result.used == 0:
        raise ValueError(f"{os.fspath(path)}: no pair of which both words are known")
    pearson, pearson_p, spearman, spearman_p = (
        math.nan if value is None else value
        for value in (result.pearson, result.pearson_p, result.spearman, result.spearman_p)
    )
    oov_ratio = 100 * result.unknown / (result.used + result.skipped)
    return (pearson, pearson_p), (spearman, spearman_p), oov_ratio


def _answers(
    kv: KeyedVectors,
    sections: Sections,
    restrict_vocab: int | None,
    method: str,
    case_insensitive: bool,
) -> list[list[bool | None]]:
    """Return for each section and question: answered right, wrong, or None if not asked."""
    check_method(method)
    first, spelling = _fold_vocabulary(kv, restrict_vocab, case_insensitive)
    fold: Callable[[str], str] = str.upper if case_insensitive else str
    rows = np.array(
        [
            [first.get(fold(word), -1) for word in question]
            for _, questions in sections
            for question in questions
        ],
        dtype=np.intp,
    ).reshape(-1, 4)
    asked = np.flatnonzero((rows >= 0).all(axis=1))
    right = _solve(kv, rows[asked], spelling, method)

    outcomes: list[bool | None] = [None] * len(rows)
    for place, answer in zip(asked.tolist(), right, strict=True):
        outcomes[place] = answer
    split, start = [], 0
    for _, questions in sections:
        split.append(outcomes[start : start + len(questions)])
        start += len(questions)
    return split


def _solve(kv: KeyedVectors, questions: Rows, spelling: Rows, method: str) -> list[bool]:
    """Answer questions given as rows (n, 4), among the first len(spelling) words.

    The questions of a set share few words. So the cosines of these words with the vocabulary are
    computed once, some columns at a time, and each question adds or multiplies three of their
    rows: the cosine with b - a + c is a sum of cosines, up to a factor.
    """
    matrix, norms = kv.vectors[: len(spelling)], kv.norms[: len(spelling)]
    ids = questions[:, :3].astype(np.int32)
    words, places = np.unique(ids, return_inverse=True)
    rows = places.reshape(ids.shape).astype(np.int32)
    units = matrix[words] / divisors(norms[words])[:, None]
    first_ids = spelling.astype(np.int32)
    best = np.full(len(ids), -np.inf, np.float32)
    answers = np.full(len(ids), -1, np.int32)
    columns = max(_LEAST_COLUMNS, _SCORES // max(1, len(words)))
    for first in range(0, len(matrix), columns):
        part = slice(first, first + columns)
        scores = cosines(units, matrix[part], norms[part])
        if method == "3cosmul":
            scores += 1
            scores /= 2

        def answer(start: int, stop: int, first: int = first, scores: Floats = scores) -> None:
            asked = slice(start, stop)
            _core.answer(
                scores, first, first_ids, rows[asked], ids[asked], method == "3cosmul",
                COSMUL_EPSILON, best[asked], answers[asked],
            )  # fmt: skip

        in_parts(answer, len(ids), 3 * scores.shape[1] * scores.itemsize)
    return ((answers >= 0) & (spelling[answers] == questions[:, 3])).tolist()


def _fold_vocabulary(
    kv: KeyedVectors, limit: int | None, case_insensitive: bool
) -> tuple[dict[str, int], Rows]:
    """Return the row of each (folded) word, and for each row that of its first spelling.

    Only the first `limit` words take part.
    """
    if limit is not None and limit < 0:
        raise ValueError(f"restrict_vocab must not be negative, got {limit}")
    words: Iterable[str] = kv.index_to_key[:limit]
    if case_insensitive:
        words = [word.upper() for word in words]
    first: dict[str, int] = {}
    spelling = [first.setdefault(word, row) for row, word in enumerate(words)]
    return first, np.array(spelling, dtype=np.intp)


def _as_sections(
    questions: Path | Mapping[str, Iterable[Sequence[str]]] | Iterable[Sequence[str]],
) -> Sections:
    """Return questions, however given, as a list of sections."""
    if isinstance(questions, str | os.PathLike):
        return read_questions(questions)
    named = questions.items() if isinstance(questions, Mapping) else [(_UNNAMED, questions)]
    return [
        (name, [_checked_question(name, question) for question in asked]) for name, asked in named
    ]


def _checked_question(name: str, question: Sequence[str]) -> Question:
    words = question.split() if isinstance(question, str) else tuple(question)
    if len(words) != 4:
        raise ValueError(f"section {name!r}: an analogy question is four words, got {question!r}")
    return words[0], words[1], words[2], words[3]


def _lines(path: Path, encoding: str) -> Iterator[tuple[int, str]]:
    """Yield number and text of each line; say where bytes cannot be decoded."""
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            try:
                text = line.decode(encoding)
            except UnicodeDecodeError as error:
                raise ValueError(
                    f"{os.fspath(path)}, line {number}: not {encoding} text ({error.reason} at "
                    f"byte {error.start} of the line)"
                ) from None
            yield number, text.removeprefix("\ufeff") if number == 1 else text


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


def _correlations(
    gold: list[float], cosine: list[float]
) -> tuple[float | None, float | None, float | None, float | None]:
    """Return Spearman's and Pearson's correlation, each with its p-value."""
    if len(set(gold)) < 2 or len(set(cosine)) < 2:
        return None, None, None, None
    from scipy import stats

    spearman, spearman_p = stats.spearmanr(gold, cosine)
    pearson, pearson_p = stats.pearsonr(gold, cosine)
    # two pairs are always in line, and scipy's p-value for their ranks is NaN
    significance = None if math.isnan(spearman_p) else float(spearman_p)
    return float(spearman), significance, float(pearson), float(pearson_p)


def _is_syntactic(name: str) -> bool:
    return name.startswith("gram")


def _sum_scores(name: str, scores: list[Score]) -> Score:
    """Add scores up under a new name."""
    return Score(
        name,
        sum(score.correct for score in scores),
        sum(score.total for score in scores),
        sum(score.skipped for score in scores),
    )
