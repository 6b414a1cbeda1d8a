"""How good word vectors are: analogy questions and judgements of similarity.

Both follow gensim's conventions, so that figures can be compared: words are folded to upper case
unless told otherwise, of several spellings the first (most frequent) word has the vector, and
`restrict_vocab` limits questions and answers alike to the first words of the vocabulary. What
cannot be asked is counted, never dropped in silence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

import numpy as np

import w2v._core as _core
from w2v.checks import one_of
from w2v.names import ANALOGY_METHODS
from w2v.parallel import in_parts
from w2v.vectors.judgements import Pair, Path, Questions, Sections, as_pairs, as_sections
from w2v.vectors.judgements import read_pairs as read_pairs
from w2v.vectors.judgements import read_questions as read_questions
from w2v.vectors.ranking import COSMUL_EPSILON, Floats, Rows, cosine, cosines, divisors

# Cosines of the questions' words held at once, so that they stay in the cache, but of no fewer
# words of the vocabulary than make a good matrix product.
_SCORES = 1 << 20
_LEAST_COLUMNS = 256


class Vectors(Protocol):
    """What is evaluated: words by row, their vectors (V, d), and the lengths of these (V,)."""

    vectors: Floats

    @property
    def index_to_key(self) -> list[str]:
        """Words by row."""
        ...

    @property
    def norms(self) -> Floats:
        """Lengths of the rows, (V,)."""
        ...


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
        return _sum_scores("semantic", [s for s in self.sections if not s.name.startswith("gram")])

    @property
    def syntactic(self) -> Score:
        """Sum of the sections whose name starts with "gram"."""
        return _sum_scores("syntactic", [s for s in self.sections if s.name.startswith("gram")])

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
    kv: Vectors,
    questions: Questions,
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
    sections = as_sections(questions)
    outcomes = question_outcomes(kv, sections, restrict_vocab, method, case_insensitive)
    scores = []
    for (name, _), answers in zip(sections, outcomes, strict=True):
        skipped = answers.count(None)
        scores.append(Score(name, answers.count(True), len(answers) - skipped, skipped))
    return AnalogyResult(scores)


def word_pairs(
    kv: Vectors,
    path: Path | Sequence[Pair],
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
    path : path or sequence of (word, word, score)
        The judgements; of a file see `read_pairs`.
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
    gold, near, unknown = [], [], 0
    for left, right, score in as_pairs(path, delimiter, encoding):
        if case_insensitive:
            left, right = left.upper(), right.upper()
        known = left in first and right in first
        unknown += not known
        if known:
            near.append(cosine(kv.vectors[first[left]], kv.vectors[first[right]]))
        elif dummy4unknown:
            near.append(0.0)
        else:
            continue
        gold.append(score)
    correlations: list[float | None] = [None] * 4
    if len(set(gold)) > 1 and len(set(near)) > 1:
        from scipy import stats

        found = (*stats.spearmanr(gold, near), *stats.pearsonr(gold, near))
        # two pairs are always in line, and scipy's p-value for their ranks is NaN
        correlations = [None if math.isnan(value) else float(value) for value in found]
    skipped = 0 if dummy4unknown else unknown
    spearman, spearman_p, pearson, pearson_p = correlations
    return PairsResult(spearman, spearman_p, pearson, pearson_p, len(gold), skipped, unknown)


def question_outcomes(
    kv: Vectors,
    sections: Sections,
    restrict_vocab: int | None,
    method: str,
    case_insensitive: bool,
) -> list[list[bool | None]]:
    """Return for each section and question: answered right, wrong, or None if not asked."""
    one_of("method", method, ANALOGY_METHODS)
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
    outcomes = np.full(len(rows), None)
    outcomes[asked] = _solve(kv, rows[asked], spelling, method)
    answers = iter(outcomes.tolist())
    return [list(islice(answers, len(questions))) for _, questions in sections]


def _solve(kv: Vectors, questions: Rows, spelling: Rows, method: str) -> list[bool]:
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
    kv: Vectors, limit: int | None, case_insensitive: bool
) -> tuple[dict[str, int], Rows]:
    """Return the row of each (folded) word, and for each row that of its first spelling.

    Only the first `limit` words take part.
    """
    if limit is not None and limit < 0:
        raise ValueError(f"restrict_vocab must not be negative, got {limit}")
    words: Iterable[str] = map(str, kv.index_to_key[:limit])  # ids as files have them
    if case_insensitive:
        words = [word.upper() for word in words]
    first: dict[str, int] = {}
    spelling = [first.setdefault(word, row) for row, word in enumerate(words)]
    return first, np.array(spelling, dtype=np.intp)


def _sum_scores(name: str, scores: list[Score]) -> Score:
    """Add scores up under a new name."""
    return Score(
        name,
        sum(score.correct for score in scores),
        sum(score.total for score in scores),
        sum(score.skipped for score in scores),
    )
