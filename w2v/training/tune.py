"""Settings that suit a corpus: many are tried on a little of it, the better ones on more.

Successive halving (Jamieson and Talwalkar 2016, Non-stochastic best arm identification and
hyperparameter optimization): a third of the candidates goes on, to three times as much text.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from w2v.checks import number, whole_number
from w2v.progress import progress_bar
from w2v.text.corpus import Encoded
from w2v.training.bootstrap import FEW_SENTENCES, documents, documents_of
from w2v.training.judges import Judge, by_questions, by_text
from w2v.training.schedule import choose_sample
from w2v.training.settings import Settings
from w2v.training.word2vec import Word2Vec
from w2v.vectors.judgements import Path, Questions

__all__ = ["Trial", "Tuned", "tune"]

FEWER = 3  # of so many candidates one goes on, with so many times the text
RUNGS = 3
MOST_CANDIDATES = 81
ENOUGH_CANDIDATES = 27  # fewer only if there is no time to try them on little text
# Settings that do not change what is foretold. A model of another architecture, window or sample
# is about other examples, so that likelihoods do not compare them.
OF_LIKELIHOOD = ("loss", "alpha", "negative")


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
        Share of right analogies, or rank correlation with the judgements of pairs, the mean of both
        if there are both; or the mean log-likelihood of a word of the validation text, in nats.
        Minus infinity if the training diverged.
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
        Of the best settings and of the defaults, on the questions, pairs or text that no choice was
        made by, both trained on the largest share of the corpus that was used.
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
    validation: Any = None,
    minutes: float = 10.0,
    seed: int = 1,
    verbose: bool = True,
    **fixed: Any,
) -> Tuned:
    """Choose settings for a corpus by questions, judgements of similarity, or text held out.

    Half of the questions and pairs, drawn by chance, choose, or half of the text; the other half
    says how good the choice is. The first candidate are the defaults.

    Parameters
    ----------
    corpus : path, Corpus or iterable
        As for :meth:`w2v.Word2Vec.fit`.
    questions : path, mapping or iterable, optional
        Analogy questions, as for :func:`w2v.evaluate.analogies`.
    pairs : path or list of (word, word, score), optional
        Judgements of similarity.
    validation : float or corpus, optional
        Text to judge by instead, see Notes: a share of the corpus, its last words, which then are
        not trained on; or another text.
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
        If nothing judges, or both questions and a text do; if too few questions have known words,
        or the text has no example.

    Notes
    -----
    Chosen are architecture, loss, window, alpha, sample and negative. All candidates have the
    vocabulary of the whole corpus.

    A text chooses loss, alpha and negative only, and all models are asked for P(word | context) of
    the same examples. Window, sample and architecture say which examples there are, so no
    likelihood compares two of them: they stay as given, or at the defaults. The objective of
    negative sampling is no probability of words; its scores, which stand for one, are normalised
    over all words (:func:`w2v.training.likelihood.normalised`).
    """
    number("minutes", minutes, 0, math.inf)
    whole_number("seed", seed, 0)
    end = time.monotonic() + 60 * minutes
    rng = np.random.default_rng(seed)
    if validation is None and questions is None and pairs is None:
        raise ValueError(
            "give questions, pairs or both, or a text by validation: something must judge"
        )
    if validation is not None and not (questions is None and pairs is None):
        raise ValueError(
            "give questions and pairs or a validation text, not both: a share of right answers and "
            "a likelihood have no common scale"
        )
    vocabulary, encoded = Word2Vec(**fixed)._read(corpus, None, verbose, {})
    chosen: tuple[str, ...] = OF_LIKELIHOOD
    if validation is None:
        chosen = ("architecture", *chosen, "window", "sample")
        choosing, judging = by_questions(questions, pairs, rng)
    else:
        asked = choose_sample(Settings(**{"seed": seed, **fixed}), vocabulary, encoded.tokens_kept)
        encoded, (choosing, judging) = by_text(validation, vocabulary, encoded, asked)
    samples = _Samples(encoded, rng)

    training = [0.0]  # seconds of the latest one, without the judging

    def trial(
        settings: dict[str, Any], share: float, text: Encoded, judges: Sequence[Judge]
    ) -> tuple[Trial, list[float]]:
        began = time.monotonic()
        model = Word2Vec(**{"seed": seed, **fixed, **settings})
        try:
            model._fit_encoded(vocabulary, text, verbose=False)
            training[0] = time.monotonic() - began
            scores = [judge(model) for judge in judges]
        except FloatingPointError:  # it diverged: alpha is too large
            scores = [-math.inf] * len(judges)
        return Trial(settings, share, scores[0], time.monotonic() - began), scores

    # The defaults on a little text say how many candidates there is time for, on how much text. The
    # last rung has all of `share`, the one before a third of it with three times the candidates, so
    # all rungs train as long; to judge takes as long for every share. A tenth of the time is for
    # the defaults, which run in the last rung whatever comes before.
    little = float(FEWER) ** -RUNGS
    first, _ = trial({}, little, samples.of(little), [choosing])
    trials = [first]
    whole = training[0] / little  # seconds of a training on all the text
    # seconds for each candidate of the first rung, in all rungs; to train, if `share` is 1
    to_judge = (first.seconds - training[0]) * sum(float(FEWER) ** -rung for rung in range(RUNGS))
    to_train = RUNGS * float(FEWER) ** (1 - RUNGS) * whole
    began = time.monotonic()
    budget = 0.9 * max(end - began, 1.0)
    room = max(budget - ENOUGH_CANDIDATES * to_judge, budget / 2)
    share = min(1.0, room / (ENOUGH_CANDIDATES * to_train))
    count = int(budget / (share * to_train + to_judge))
    count = min(MOST_CANDIDATES, max(FEWER ** (RUNGS - 1), count))
    candidates = [{}, *(_candidate(rng, fixed, chosen) for _ in range(count - 1))]
    judged: list[tuple[dict[str, Any], list[float]]] = []  # in the last rung, by both judges

    total = sum(max(1, count // FEWER**rung) for rung in range(RUNGS)) + 1
    with progress_bar(total=total, disable=not verbose or sys.stderr is None) as bar:
        for rung in range(RUNGS):
            last = rung == RUNGS - 1
            at = share * float(FEWER) ** (rung + 1 - RUNGS)
            until = began + budget * (rung + 1) / RUNGS
            needed = 2 if last else FEWER  # trials that run even if there is no time left
            if last:  # the best so far, then the defaults
                rest = [settings for settings in candidates[1:] if settings]
                candidates = [candidates[0], *([{}] if candidates[0] else []), *rest]
            bar.set_description(f"{len(candidates)} settings on {at:.0%}", refresh=False)
            text = samples.of(at)
            tried: list[Trial] = []
            for settings in candidates:
                if len(tried) >= needed and time.monotonic() > until:
                    break
                done, scores = trial(settings, at, text, [choosing, judging][: 1 + last])
                tried.append(done)
                if last:
                    judged.append((settings, scores))
                bar.update()
            trials += tried
            tried.sort(key=lambda one: -one.score)
            candidates = [one.settings for one in tried[: max(1, len(candidates) // FEWER)]]
    best, (_, score) = max(judged, key=lambda one: one[1][0])
    (default_score,) = (scores[1] for settings, scores in judged if not settings)
    return Tuned({**fixed, **best}, trials, score, default_score)


def _candidate(
    rng: np.random.Generator, fixed: dict[str, Any], names: Collection[str]
) -> dict[str, Any]:
    """Draw settings of these names from the ranges in which others have found good ones."""

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
    chosen = {name: value for name, value in drawn.items() if name in names and name not in fixed}
    if (drawn | fixed)["loss"] != "ns":
        chosen.pop("negative", None)
    return chosen


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
