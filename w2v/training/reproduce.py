"""A training once more: whether the same text and settings give the same bytes."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from w2v.text.phrases import Phrases
from w2v.text.vocabulary import Vocabulary
from w2v.training.checkpoint import source_of
from w2v.training.frozen import Frozen
from w2v.training.origin import corpus_differences
from w2v.training.schedule import Schedule
from w2v.training.word2vec import Word2Vec
from w2v.versions import version_differences


@dataclass(frozen=True)
class Reproduction:
    """What :func:`reproduce` found.

    Attributes
    ----------
    model : Word2Vec
        The one that was trained again.
    rows_in, rows_out : int
        Rows of W_in and of W_out in which a bit differs.
    largest : float
        The largest difference of two weights.
    """

    model: Word2Vec
    rows_in: int
    rows_out: int
    largest: float

    @property
    def agrees(self) -> bool:
        """Whether all bytes are the same."""
        return not (self.rows_in or self.rows_out)


def reproduce(
    model: Word2Vec,
    corpus: Any,
    *,
    verbose: bool = True,
    workers: int | None = None,
    validation: Any = None,
    phrases: Phrases | None = None,
    init_from: Any = None,
    **reading: Any,
) -> Reproduction:
    """Train a model again with its settings, and compare the weights.

    Parameters
    ----------
    model : Word2Vec
        As `fit` made it, in memory or loaded; it stays as it is.
    corpus : path, Corpus or iterable
        The text that it was trained on.
    verbose : bool, default True
        Show a progress bar on standard error.
    workers : int, optional
        Threads; the result must not depend on their number.
    validation, phrases, init_from, **reading
        What `fit` was given then and no file can hold: a text to judge by, phrases, vectors that
        were no file, functions.

    Returns
    -------
    Reproduction

    Raises
    ------
    ValueError
        If the text is another one than then: the difference is named before anything is trained.
        If the model does not say how it was made, or was trained in several calls, or ended by a
        callback within an epoch.

    Warns
    -----
    UserWarning
        If the versions or the instruction set are others than then, or the training was one whose
        bytes depend on luck.

    Examples
    --------
    >>> import w2v
    >>> from w2v.training.reproduce import reproduce
    >>> corpus = [["heavy", "rain"], ["light", "shower"]] * 50
    >>> model = w2v.train(corpus, vector_size=8, min_count=1, verbose=False)
    >>> reproduce(model, corpus, verbose=False).agrees
    True
    """
    model._check_fitted()
    origin = model.origin
    _check(model)
    again = Word2Vec(**dict(model.settings) | ({} if workers is None else {"workers": workers}))
    reading = _reading(origin.get("reading", {}), reading)
    passes = origin.get("phrases")
    if passes == "given" and phrases is None:
        raise ValueError("the model was trained with phrases: give them to reproduce(phrases=)")
    held, patience = origin.get("validation"), origin.get("patience")
    if validation is None:
        if held == "text" and patience:
            raise ValueError("a text decided when to stop: give it to reproduce(validation=)")
        validation = None if held == "text" else held
    vectors = origin.get("init_from")
    if vectors == "given" and init_from is None:
        raise ValueError("the model began with given vectors: give them to reproduce(init_from=)")
    as_it_was = origin["vocabulary"] != "corpus"  # given, or chosen by build_vocab
    given: Vocabulary | None = model.vocabulary if as_it_was else None
    start = again._vectors(source_of(vectors) if init_from is None else init_from)
    begun = again._begin(
        corpus,
        given,
        verbose=verbose,
        callbacks=_until(model),
        validation=validation,
        patience=patience,
        phrases=passes if phrases is None else phrases,
        checkpoint=None,
        every=0,
        reading=reading,
        words_of=origin["vocabulary"],
    )
    found = list(corpus_differences(origin["corpus"], begun.origin["corpus"]))
    if found:
        raise ValueError(
            f"this is not the text that the model was trained on: it has {'; '.join(found)} "
            f"({begun.origin['corpus']['fingerprint']}, then {origin['corpus']['fingerprint']})"
        )
    schedule = origin.get("schedule")
    again._fit_encoded(
        begun.vocabulary,
        begun.encoded,
        verbose,
        begun.judge,
        None,
        begun.origin,
        None if schedule is None else Schedule(**schedule),
        start,
        Frozen.read(origin, len(model.W_in), len(model.W_out)),
    )
    return _compared(model, again)


def _check(model: Word2Vec) -> None:
    """Refuse a model that cannot be made again; warn where it may come out otherwise."""
    origin = model.origin
    if "before" in origin or origin.get("vocabulary") == "grown":
        raise ValueError(
            "the model was made of several texts in turn, by partial_fit or build_vocab: make it "
            "again by the same calls"
        )
    if "fingerprint" not in origin.get("corpus", {}):
        raise ValueError(
            "the model does not say which text it was trained on; that of pairs, or of a version "
            "before 0.1, is not known"
        )
    for difference in version_differences(origin.get("versions", {})):
        warnings.warn(f"the bytes may differ: {difference}", stacklevel=3)
    if not model.deterministic and model.workers != 1:
        warnings.warn(
            "the bytes may differ: without deterministic=True they depend on the order in which "
            "several workers come",
            stacklevel=3,
        )


def _reading(before: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Return how the text is read: as then, but for what is given again."""
    reading = before | {name: value for name, value in given.items() if value is not None}
    for name, value in reading.items():
        if isinstance(value, dict):
            raise ValueError(
                f"the model was trained with {name}={value['given']}, which no file can hold: give "
                f"it to reproduce({name}=...)"
            )
    return reading


def _until(model: Word2Vec) -> Any:
    """Return a callback that ends the training after the epochs that the model had."""
    last = model.history[-1]["epoch"] if model.history else 0
    return lambda again, record: record["epoch"] >= last


def _compared(model: Word2Vec, again: Word2Vec) -> Reproduction:
    rows, largest = [], 0.0
    for A, B in ((model.W_in, again.W_in), (model.W_out, again.W_out)):
        differ = (A.view(np.uint32) != B.view(np.uint32)).any(axis=1)
        rows.append(int(differ.sum()))
        if differ.any():
            largest = max(largest, float(np.abs(A[differ] - B[differ]).max()))
    return Reproduction(again, rows[0], rows[1], largest)
