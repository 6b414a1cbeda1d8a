"""What judges settings: questions, judgements of similarity, or the likelihood of a text.

There are two judges, with half of the questions or of the text each: one chooses, and the other
says how good the choice is.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from numbers import Real
from typing import Any

import numpy as np

from w2v.checks import number
from w2v.text.corpus import Corpus, Encoded
from w2v.text.vocabulary import Vocabulary
from w2v.training.bootstrap import documents, documents_of
from w2v.training.likelihood import hold_out, likelihood, normalised
from w2v.training.settings import Settings
from w2v.training.word2vec import Word2Vec
from w2v.vectors.evaluate import analogies, word_pairs
from w2v.vectors.judgements import Path, Questions, as_pairs, as_sections

RESTRICT = 30_000  # most frequent words that questions are asked about, as in the papers
MOST_TO_JUDGE = 2e10  # multiply-adds to judge a model by a text: a second of a core, about
LEAST_TO_JUDGE = 1000  # words of the text, if there are so many

_PAIRS = ""  # beside the sections of questions, which have names

Judge = Callable[[Word2Vec], float]
Halves = dict[str, list[Any]]


def by_questions(
    questions: Questions | None,
    pairs: Path | list[tuple[str, str, float]] | None,
    rng: np.random.Generator,
) -> tuple[Judge, Judge]:
    """Return two judges, each with half of the questions of every section and of the pairs."""
    sections: list[tuple[str, Any]] = [] if questions is None else [*as_sections(questions)]
    pairs = [] if pairs is None else as_pairs(pairs)
    halves: tuple[Halves, Halves] = ({}, {})
    for name, asked in [*sections, (_PAIRS, pairs)]:
        order = rng.permutation(len(asked))
        for which, half in enumerate(halves):
            half[name] = [asked[place] for place in order[which::2]]
    return _questions_judge(halves[0]), _questions_judge(halves[1])


def _questions_judge(half: Halves) -> Judge:
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


def by_text(
    validation: Any, vocabulary: Vocabulary, encoded: Encoded, settings: Settings
) -> tuple[Encoded, tuple[Judge, Judge]]:
    """Return what is left of a corpus, and two judges, each with half of a text held out.

    Parameters
    ----------
    validation : float or corpus
        A share of the corpus, its last words; or another text. Of a large one less is judged by,
        so that it does not take long.
    vocabulary : Vocabulary
        Its words.
    encoded : Encoded
        The corpus.
    settings : Settings
        Say what is foretold: architecture, window, sample and seed. All models are asked the same.
    """
    most = MOST_TO_JUDGE / (3 * len(vocabulary) * settings.vector_size)  # words of one judge
    most = 2 * max(LEAST_TO_JUDGE, int(most))
    if isinstance(validation, Real):
        share = number("validation", validation, 0, 1)
        encoded, held = hold_out(encoded, min(share, most / max(1, len(encoded.ids))))
    else:
        held = Corpus.of(validation).encode(vocabulary)
    offsets = documents(held)
    lengths = np.diff(offsets)
    kept = np.arange(min(len(lengths), max(2, int(np.searchsorted(offsets, most)))))
    if any(lengths[half::2].max(initial=0) < 2 for half in (0, 1)):
        raise ValueError(
            "the text to judge by has too few words of the vocabulary near each other: half of its "
            "sentences chooses and half judges; give a longer text, or a larger share of the corpus"
        )
    one, other = (
        _text_judge(documents_of(held, offsets, kept[half::2]), settings) for half in (0, 1)
    )
    return encoded, (one, other)


def _text_judge(held: Encoded, asked: Settings) -> Judge:
    def judge(model: Word2Vec) -> float:
        what = (model.vocabulary, held, model.W_in, model.W_out)
        if model.loss == "ns":  # no distribution over words; its scores stand for one
            prior = model.vocabulary.noise_distribution(model.ns_exponent)
            found = normalised(asked, *what, prior)
        else:
            found = likelihood(replace(asked, loss=model.loss), *what)
        if math.isnan(found.log_likelihood):
            raise FloatingPointError("the weights are no numbers")
        return found.log_likelihood

    return judge
