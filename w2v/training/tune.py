"""Settings that suit a corpus: many are tried on a little of it, the better ones on more.

Successive halving (Jamieson and Talwalkar 2016, Non-stochastic best arm identification and
hyperparameter optimization): a third of the candidates goes on, to three times as much text.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from w2v.checks import number, whole_number
from w2v.progress import progress_bar
from w2v.text.corpus import Encoded
from w2v.training.bootstrap import FEW_SENTENCES, documents, documents_of
from w2v.training.word2vec import Word2Vec
from w2v.vectors.evaluate import analogies, word_pairs
from w2v.vectors.judgements import Path, Questions, as_pairs, as_sections

__all__ = ["Trial", "Tuned", "tune"]

FEWER = 3  # of so many candidates one goes on, with so many times the text
RUNGS = 3
MOST_CANDIDATES = 81
ENOUGH_CANDIDATES = 27  # fewer only if there is no time to try them on little text
RESTRICT = 30_000  # most frequent words that questions are asked about, as in the papers

_PAIRS = ""  # beside the sections of questions, which have names

Judge = Callable[[Word2Vec], float]
Halves = dict[str, list[Any]]


@dataclass(frozen=True)
class Trial:
    """One training.

    Attributes
    ----------
    settings : dict
        What was chosen, beside what was fixed.
    share : float
        Share of the corpus.
    score : float
        Share of right analogies, or rank correlation with the judgements of pairs; the mean of both
        if there are both.
    seconds : float
        How long it took.
    """

    settings: dict[str, Any]
    share: float
    score: float
    seconds: float


@dataclass(frozen=True)
class Tuned:
    """What :func:`tune` found.

    Attributes
    ----------
    settings : dict
        The best settings, with those that were fixed.
    trials : list of Trial
        All trainings, in order.
    score, default_score : float
        Of the best settings and of the defaults, on the questions and pairs that no choice was made
        by, both trained on the largest share of the corpus that was used.
    """

    settings: dict[str, Any]
    trials: list[Trial]
    score: float
    default_score: float


def tune(
    corpus: Any,
    *,
    questions: Questions | None = None,
    pairs: Path | list[tuple[str, str, float]] | None = None,
    minutes: float = 10.0,
    seed: int = 1,
    verbose: bool = True,
    **fixed: Any,
) -> Tuned:
    """Choose settings for a corpus by analogy questions or judgements of similarity.

    Half of the questions and pairs, drawn by chance, choose; the other half says how good the
    choice is. The first candidate are the defaults.

    Parameters
    ----------
    corpus : path, Corpus or iterable
        As for :meth:`w2v.Word2Vec.fit`.
    questions : path, mapping or iterable, optional
        Analogy questions, as for :func:`w2v.evaluate.analogies`.
    pairs : path or list of (word, word, score), optional
        Judgements of similarity.
    minutes : float, default 10
        How long to try. The trial that runs then is finished.
    seed : int, default 1
        Of candidates, samples, halves and trainings.
    verbose : bool, default True
        Show a progress bar on standard error.
    **fixed
        Settings of :class:`w2v.Word2Vec` that are not to be chosen.

    Returns
    -------
    Tuned

    Raises
    ------
    ValueError
        If there are neither questions nor pairs, or too few with known words.

    Notes
    -----
    Chosen are architecture, loss, window, alpha, sample and negative. All candidates have the
    vocabulary of the whole corpus.
    """
    number("minutes", minutes, 0, math.inf)
    whole_number("seed", seed, 0)
    end = time.monotonic() + 60 * minutes
    rng = np.random.default_rng(seed)
    vocabulary, encoded = Word2Vec(**fixed)._read(corpus, None, verbose, {})
    choosing, judging = _halves(questions, pairs, rng)
    samples = _Samples(encoded, rng)

    def trial(settings: dict[str, Any], share: float, text: Encoded, judge: Judge) -> Trial:
        began = time.monotonic()
        model = Word2Vec(**{"seed": seed, **fixed, **settings})
        try:
            model._fit_encoded(vocabulary, text, verbose=False)
            score = judge(model)
        except FloatingPointError:  # it diverged: alpha is too large
            score = -1.0
        return Trial(settings, share, score, time.monotonic() - began)

    # The defaults on a little text say how many candidates there is time for, on how much text. The
    # last rung has all of `share`, the one before a third of it with three times the candidates, so
    # all rungs take as long; a fifth of the time is for the two trainings that are judged.
    little = float(FEWER) ** -RUNGS
    trials = [trial({}, little, samples.of(little), choosing)]
    whole = trials[0].seconds / little  # seconds of a training on all the text
    budget = 0.8 * max(end - time.monotonic(), 1.0)
    share = min(1.0, budget * FEWER ** (RUNGS - 1) / (RUNGS * ENOUGH_CANDIDATES * whole))
    count = int(budget * FEWER ** (RUNGS - 1) / (RUNGS * share * whole))
    count = min(MOST_CANDIDATES, max(FEWER ** (RUNGS - 1), count))
    candidates: list[dict[str, Any]] = [{}, *(_candidate(rng, fixed) for _ in range(count - 1))]

    total = sum(max(1, count // FEWER**rung) for rung in range(RUNGS)) + 2
    with progress_bar(total=total, disable=not verbose or sys.stderr is None) as bar:
        for rung in range(RUNGS):
            at = share * float(FEWER) ** (rung + 1 - RUNGS)
            bar.set_description(f"{len(candidates)} settings on {at:.0%}", refresh=False)
            text = samples.of(at)
            tried: list[Trial] = []
            for settings in candidates:
                if tried and time.monotonic() > end:
                    break
                tried.append(trial(settings, at, text, choosing))
                bar.update()
            trials += tried
            tried.sort(key=lambda one: -one.score)
            candidates = [one.settings for one in tried[: max(1, len(candidates) // FEWER)]]
        best = candidates[0]
        score = trial(best, share, text, judging).score  # `text` is the last rung's: all of `share`
        default_score = trial({}, share, text, judging).score if best else score
    return Tuned({**fixed, **best}, trials, score, default_score)


def _candidate(rng: np.random.Generator, fixed: dict[str, Any]) -> dict[str, Any]:
    """Draw settings from the ranges in which others have found good ones."""

    def between(low: float, high: float) -> float:
        return float(f"{math.exp(rng.uniform(math.log(low), math.log(high))):.2g}")

    drawn: dict[str, Any] = {
        "architecture": str(rng.choice(["skipgram", "cbow"])),
        "loss": str(rng.choice(["ns", "hs"])),
        "window": int(rng.integers(2, 13)),
        "alpha": between(0.01, 0.1),
        "sample": between(1e-5, 1e-3),
        "negative": int(rng.integers(3, 16)),
    }
    chosen = {name: value for name, value in drawn.items() if name not in fixed}
    if (fixed | chosen)["loss"] != "ns":
        chosen.pop("negative", None)
    return chosen


def _halves(
    questions: Questions | None,
    pairs: Path | list[tuple[str, str, float]] | None,
    rng: np.random.Generator,
) -> tuple[Judge, Judge]:
    """Return two judges, each with half of the questions of every section and of the pairs."""
    sections: list[tuple[str, Any]] = [] if questions is None else [*as_sections(questions)]
    pairs = [] if pairs is None else as_pairs(pairs)
    if not sections and not pairs:
        raise ValueError("give questions, pairs or both: something must judge the vectors")
    halves: tuple[Halves, Halves] = ({}, {})
    for name, asked in [*sections, (_PAIRS, pairs)]:
        order = rng.permutation(len(asked))
        for which, half in enumerate(halves):
            half[name] = [asked[place] for place in order[which::2]]
    return _judge(halves[0]), _judge(halves[1])


def _judge(half: Halves) -> Judge:
    pairs = half.pop(_PAIRS)

    def judge(model: Word2Vec) -> float:
        scores = [
            analogies(model.wv, half, RESTRICT).total.accuracy if half else None,
            word_pairs(model.wv, pairs).spearman if pairs else None,
        ]
        known = [score for score in scores if score is not None]
        if not known:
            raise ValueError("no question and no pair has known words only, so nothing judges")
        return sum(known) / len(known)

    return judge


class _Samples:
    """Nested samples of a corpus: a larger one holds all documents of a smaller one."""

    def __init__(self, encoded: Encoded, rng: np.random.Generator) -> None:
        self._encoded, self._offsets = encoded, documents(encoded)
        self._order = rng.permutation(len(self._offsets) - 1)

    def of(self, share: float) -> Encoded:
        """Return a sample of this share, or of a few documents at least."""
        if share >= 1:
            return self._encoded
        count = max(round(share * len(self._order)), FEW_SENTENCES)
        return documents_of(self._encoded, self._offsets, np.sort(self._order[:count]))
