"""What every training begins with: arguments that are checked, a text that is read, weights."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from numbers import Real
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from w2v.checks import number, whole_number
from w2v.names import OF_SOURCE
from w2v.parallel import alone
from w2v.text.corpus import Corpus, Encoded
from w2v.text.pairs import EncodedPairs
from w2v.text.phrases import Phrases
from w2v.text.vocabulary import Vocabulary
from w2v.training.checkpoint import Checkpoint, Place, check_place, source_note
from w2v.training.frozen import Frozen
from w2v.training.likelihood import hold_out
from w2v.training.loop import Judge, NoExampleError, run_training
from w2v.training.model import Model
from w2v.training.origin import origin_of, plain_reading
from w2v.training.schedule import Schedule, choose_sample
from w2v.training.weights import first_weights, given_vectors, rows_given
from w2v.vectors.keyed import KeyedVectors
from w2v.versions import versions

if TYPE_CHECKING:
    from typing_extensions import Self


@dataclass(frozen=True)
class Begun:
    """A training that may start: its text is read, and what judges it and where it is saved."""

    vocabulary: Vocabulary
    encoded: Encoded
    judge: Judge
    checkpoint: Checkpoint | None
    origin: dict[str, Any]


class Fitting(Model):
    """A model that is trained epoch after epoch."""

    interrupted: bool
    _command: dict[str, Any] | None = None  # flags of the command line, for `w2v resume`

    def _begin(
        self,
        corpus: Any,
        vocabulary: Any,
        *,
        verbose: bool,
        callbacks: Any,
        validation: Any,
        patience: int | None,
        phrases: int | Phrases | None,
        checkpoint: str | os.PathLike[str] | None,
        every: float,
        reading: dict[str, Any],
        words_of: str,
    ) -> Begun:
        """Check what was asked of `fit` or `partial_fit`, and read the text."""
        judge = Judge(None, patience, callbacks)
        if patience is not None:
            whole_number("patience", patience, 1)
            if validation is None:
                raise ValueError("patience needs validation: a share of the corpus, or a text")
        if is_share := isinstance(validation, Real):
            number("validation", validation, 0, 1)
        phrases, passes = phrases_of(phrases)
        every = check_place(checkpoint, every) if checkpoint is not None else every
        origin = {
            "reading": plain_reading(reading),
            "vocabulary": words_of,
            "validation": validation if is_share or validation is None else "text",
            "patience": patience,
            "phrases": passes,
        }
        source = source_note(corpus)
        words, encoded = self._read(corpus, vocabulary, verbose, reading, phrases)
        encoded, judge.held = held_out(encoded, words, validation, reading, phrases)
        place = None
        if checkpoint is not None:
            asked = {"source": source, "command": self._command, **origin}
            place = Checkpoint(checkpoint, every, asked)
        return Begun(words, encoded, judge, place, origin_of(words, encoded) | origin)

    def _fit_encoded(
        self,
        vocabulary: Vocabulary,
        encoded: Encoded | EncodedPairs,
        verbose: bool,
        judge: Judge | None = None,
        checkpoint: Checkpoint | None = None,
        origin: Mapping[str, Any] = MappingProxyType({}),
        schedule: Schedule | None = None,
        vectors: KeyedVectors | None = None,
        frozen: Any = None,
    ) -> Self:
        """Train from new weights on a corpus, or on pairs, that are read already."""
        if isinstance(encoded, EncodedPairs):  # an epoch takes as many as there are
            settings, outputs = replace(self._given, sample=0.0), encoded.outputs
        else:
            settings = choose_sample(self._given, vocabulary, encoded.tokens_kept)
            outputs = vocabulary
        with alone(self):
            first = partial(first_weights, vocabulary, settings, outputs, vectors)
            weights = first()
            given = None if vectors is None else rows_given(vectors, vocabulary) >= 0
            kept = Frozen.of(frozen, vocabulary, weights[1], given)
            self._renew(vocabulary, *weights, settings, outputs)
            self.origin = {"versions": versions(), **origin, **kept.note()}
            schedule = schedule or Schedule(settings.epochs, settings.alpha, settings.min_alpha)
            try:
                judge = judge or Judge()
                run_training(
                    self, encoded, verbose, schedule, judge, Place(), checkpoint, first, kept
                )
            except NoExampleError:
                del self.vocabulary, self.W_in, self.W_out  # they have learnt nothing
                raise
        return self

    def _vectors(self, init_from: Any) -> KeyedVectors | None:
        """Return the vectors that a training shall begin with."""
        if init_from is None:
            return None
        return given_vectors(init_from, self.settings.vector_size)


def held_out(
    encoded: Encoded,
    vocabulary: Vocabulary,
    validation: Any,
    reading: Mapping[str, Any],
    phrases: Phrases | None,
) -> tuple[Encoded, Encoded | None]:
    """Return the text to train on, and that to judge by."""
    if validation is None:
        return encoded, None
    if isinstance(validation, Real):
        return hold_out(encoded, float(validation))
    of_text = {name: reading[name] for name in reading if name not in OF_SOURCE}
    text = Corpus.of(validation, **of_text)
    return encoded, (text if phrases is None else phrases.transform(text)).encode(vocabulary)


def phrases_of(given: int | Phrases | None) -> tuple[Phrases | None, Any]:
    """Return what joins phrases, and what an origin says of it."""
    if given is None or isinstance(given, Phrases):
        return given, None if given is None else "given"
    passes = whole_number("phrases", given, 1)
    return Phrases(passes=passes), passes
