"""Weights of sentences: a sentence of weight w is there w times."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.text.store import Folder, Store, sentences_of

_PART = 1 << 22  # tokens repeated at a time
_MANY, _TIMES = 10**9, 100  # tokens, and times as many as there were, that are no intention


def times_of(weights: Any, lines: int, sentences: int) -> NDArray[np.int64]:
    """Return how often each sentence is there: its weight, fractions rounded up or down at random.

    A fraction of 0.3 is rounded up for 3 sentences of 10; the choice is the same every time.

    Parameters
    ----------
    weights : array_like of float, shape (sentences,)
    lines, sentences : int
        How many were given, and how many of them hold a token.

    Raises
    ------
    TypeError, ValueError
        If they are no numbers of at least 0, not one for each sentence, or all 0.
    """
    given = np.asarray(weights)
    if given.ndim != 1 or given.dtype.kind not in "iuf":
        raise TypeError("weights must be numbers in one dimension, one for each sentence")
    if lines != sentences:
        raise ValueError(
            f"{lines - sentences:,} of the {lines:,} sentences are empty; with weights, leave them "
            "out"
        )
    if len(given) != sentences:
        raise ValueError(f"there are {len(given):,} weights for {sentences:,} sentences")
    if not np.isfinite(given).all() or (given < 0).any():
        place = int(np.argmin(np.isfinite(given) & (given >= 0)))
        raise ValueError(
            f"weight {place} (counted from 0) is {given[place]}; weights are at least 0"
        )
    whole = np.floor(given)
    drawn = np.random.default_rng(1).random(sentences) < given - whole
    times: NDArray[np.int64] = np.minimum(whole + drawn, 2.0**62).astype(np.int64)
    if not times.any():
        raise ValueError("the weights leave no sentence: nearly all are 0; multiply them")
    return times


def repeat(
    ids: NDArray[np.int32],
    offsets: NDArray[np.int64],
    times: NDArray[np.int64],
    budget: int,
    folder: Folder,
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return a corpus in which each sentence stands so many times, one after another."""
    tokens = float(np.diff(offsets) @ times.astype(np.float64))
    if tokens > max(_MANY, _TIMES * len(ids)):
        raise ValueError(
            f"the weights make {tokens:,.0f} tokens of {len(ids):,}: a sentence of weight w is "
            "there w times; divide them"
        )
    chosen = np.repeat(np.arange(len(times)), times)
    length = max(1.0, tokens / len(chosen))
    step = max(1, int(_PART / length))
    store = Store(budget, folder)
    try:
        for start in range(0, len(chosen), step):
            part, ends = sentences_of(ids, offsets, chosen[start : start + step])
            store.append(part, ends[1:] + store.tokens)
    except BaseException:
        store.close()
        raise
    return store.arrays()
