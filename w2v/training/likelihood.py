"""How well a model foretells text it was not trained on: its loss there, in one pass at rate 0."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import w2v._core as _core
from w2v.parallel import run_team
from w2v.text.corpus import Encoded
from w2v.text.vocabulary import Vocabulary
from w2v.training.frozen import NOTHING, Frozen
from w2v.training.schedule import prepare
from w2v.training.settings import Settings


class Likelihood(NamedTuple):
    """How well a model foretells a text.

    Attributes
    ----------
    log_likelihood : float
        Mean over the examples, in nats, under the model's own objective: the negative loss.
    perplexity : float or None
        e to the power of its negative: as if so many words were equally probable. None under
        negative sampling, whose objective is no distribution over words: it tells a word from
        noise words.
    examples : int
        Number of examples.
    """

    log_likelihood: float
    perplexity: float | None
    examples: int


def likelihood(
    settings: Settings,
    vocabulary: Vocabulary,
    encoded: Encoded,
    W_in: NDArray[np.float32],
    W_out: NDArray[np.float32],
    frozen: Frozen = NOTHING,
) -> Likelihood:
    """Return the likelihood of a text.

    The examples are those that the first epoch of training would draw from it. A learning rate of 0
    leaves the weights as they are, but for rounding where changes of several blocks are merged. So
    all rows are frozen; under the exact softmax, which merges nothing, those that `frozen` names.

    Raises
    ------
    ValueError
        If the text has no example.
    """
    lengths = np.diff(encoded.offsets)
    examples, loss = 0.0, 0.0
    if len(lengths) and lengths.max() > 1:
        if settings.loss != "softmax":
            frozen = Frozen(*(np.ones(len(W), np.uint8) for W in (W_in, W_out)))
        training = prepare(settings, vocabulary, encoded, W_in, W_out, frozen)
        training.start_epoch(0, 0.0, 0.0)
        run_team(training.work, training.workers, training.stop)
        _, examples, loss = training.report()
    if not examples:
        raise ValueError(
            "the text to be scored has no example, no two words of the vocabulary near each other: "
            "give a longer text, or a larger share of the corpus"
        )
    mean = loss / examples
    perplexity = None if settings.loss == "ns" else math.exp(min(mean, 700))
    return Likelihood(-mean, perplexity, int(examples))


def normalised(
    settings: Settings,
    vocabulary: Vocabulary,
    encoded: Encoded,
    W_in: NDArray[np.float32],
    W_out: NDArray[np.float32],
    prior: NDArray[np.float64],
) -> Likelihood:
    """Return the likelihood under the softmax of scores + log prior.

    So a model whose score is log(P(c | w) / prior(c)), up to a constant, gets the distribution it
    stands for. It is the exact softmax with one more hidden unit, which always is 1.
    """
    (V, d), softmax = W_in.shape, replace(settings, loss="softmax")
    A, B = (_core.aligned_zeros(V, d + 1) for _ in range(2))
    A[:, :d], A[:, d] = W_in, 1
    B[:, :d], B[:, d] = W_out, np.log(np.maximum(prior, 1e-30))
    return likelihood(softmax, vocabulary, encoded, A, B)


def hold_out(encoded: Encoded, share: float) -> tuple[Encoded, Encoded]:
    """Cut off the last words of a corpus, this share of them; return both parts."""
    tokens = len(encoded.ids)
    cut = tokens - max(1, round(share * tokens))
    if cut < 1:
        raise ValueError(f"a share of {share:g} held out leaves none of {tokens:,} words to train")
    offsets = encoded.offsets
    before, after = offsets[offsets < cut], offsets[offsets > cut]
    held = tokens - cut
    return (
        replace(
            encoded,
            ids=encoded.ids[:cut],
            offsets=np.append(before, cut),
            tokens_read=encoded.tokens_read - held,
            tokens_kept=cut,
            lines=len(before),
        ),
        Encoded(encoded.ids[cut:], np.append(0, after - cut), held, held, 0, len(after)),
    )
