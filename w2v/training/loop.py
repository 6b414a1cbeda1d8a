"""The training of a model: epoch after epoch, judged, kept on the disk, and ended in good order."""

from __future__ import annotations

import os
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from w2v.checks import quoted
from w2v.interrupts import Guard
from w2v.parallel import run_team
from w2v.progress import progress_bar
from w2v.text.corpus import Encoded
from w2v.text.pairs import EncodedPairs
from w2v.training.checkpoint import Checkpoint, Place
from w2v.training.divergence import Watch
from w2v.training.frozen import NOTHING, Frozen
from w2v.training.likelihood import likelihood
from w2v.training.origin import stats_of
from w2v.training.schedule import Schedule, prepare

if TYPE_CHECKING:
    from tqdm import tqdm

    from w2v.training.model import Model

# Seconds that workers have to end a block or a round before they are stopped in its midst.
PATIENCE = 1.0

Matrix = NDArray[np.float32]
Callback = Callable[[Any, dict[str, float]], Any]


class NoExampleError(ValueError):
    """Training found nothing to learn from in a text."""


@dataclass
class Judge:
    """What decides that a training ends before its last epoch.

    Attributes
    ----------
    held : Encoded, optional
        Text to judge by.
    patience : int, optional
        Epochs in a row that may leave its loss as it is.
    callbacks : callable or iterable of callables
        Each is called as ``callback(model, record)``; True ends the training. A list afterwards.
    best : (W_in, W_out), optional
        The weights of the best epoch so far.
    """

    held: Encoded | None = None
    patience: int | None = None
    callbacks: Any = ()
    best: tuple[Matrix, Matrix] | None = None

    def __post_init__(self) -> None:
        """Check the callbacks."""
        given = self.callbacks
        self.callbacks = list(given) if isinstance(given, Iterable) else [given]
        for callback in self.callbacks:
            if not callable(callback):
                raise TypeError(
                    f"a callback is a function of (model, record), not {quoted(callback)}"
                )


class Loop:
    """A training from some place to its end.

    Parameters
    ----------
    model : Word2Vec
        With its weights as they are at that place; they and its history change.
    encoded : Encoded or EncodedPairs
        The corpus.
    schedule : Schedule
        Epochs and learning rates.
    judge : Judge
        What may end it sooner.
    place : Place
        Where it begins.
    first : callable
        Makes the weights of before, to put them back if it diverges.
    checkpoint : Checkpoint, optional
        Where it is written to.
    verbose : bool
        Show a progress bar.
    frozen : Frozen
        Rows that do not change.

    Attributes
    ----------
    interrupted : bool
        Whether a signal ended it.
    signal : int or None
        The one that asked the process to end, and not only the training.
    """

    def __init__(
        self,
        model: Model,
        encoded: Encoded | EncodedPairs,
        schedule: Schedule,
        judge: Judge,
        place: Place,
        first: Callable[[], tuple[Matrix, Matrix]],
        checkpoint: Checkpoint | None = None,
        verbose: bool = False,
        frozen: Frozen = NOTHING,
    ) -> None:
        self.model, self.schedule, self.judge = model, schedule, judge
        self.place, self.checkpoint = place, checkpoint
        self._frozen = frozen
        self.interrupted = False
        self.signal: int | None = None
        self._resumable = True  # the weights are those of the place
        self._under_way = False  # an epoch that is not in the history yet
        self._tokens, self._kept = encoded.tokens_read, encoded.tokens_kept
        self._records = len(model.history)  # of finished epochs
        # Speed counts the words of the text, rare ones included, as other programs do.
        self._raw = encoded.tokens_read / encoded.tokens_kept
        if judge.held is not None:
            self._held_loss()  # a text without an example is refused now, not after an epoch
        weights = model.W_in, model.W_out
        self._training = prepare(model.settings, model.vocabulary, encoded, *weights, frozen)
        self._watch = Watch(model.settings, *weights, first, schedule.first)
        self._bar = progress_bar(
            total=encoded.tokens_read * schedule.epochs,
            initial=encoded.tokens_read * place.epoch,
            unit=" words",
            disable=not verbose or sys.stderr is None,
        )

    def run(self) -> None:
        """Train; Ctrl-C ends it, and so does SIGTERM where there is a checkpoint."""
        model = self.model
        asked = Guard(signal.SIGTERM) if self.checkpoint else nullcontext()
        with asked as guard, self._bar as bar:
            try:
                self._save()  # from here on nothing is lost, and the path is known to be good
                while self.place.epoch < self.schedule.epochs:
                    self._epoch(bar)
                    if self.checkpoint and self.checkpoint.is_due:
                        self._save()
                self._save()
            except KeyboardInterrupt:
                self.interrupted = True
                self._check()
                if self._resumable:
                    self._save()
                if self._under_way:
                    self._record()
        if guard is not None:
            self.signal = guard.came
        if self.judge.best is not None:
            model.W_in[:], model.W_out[:] = self.judge.best
            model._wv = None

    def _epoch(self, bar: tqdm[Any]) -> None:
        """Train an epoch, or what is left of it, and judge it."""
        model, place, training = self.model, self.place, self._training
        number = self.schedule.first + place.epoch
        bar.set_description(f"epoch {place.epoch + 1}/{self.schedule.epochs}", refresh=False)
        model._wv = None
        self._begun = time.perf_counter() - place.seconds
        reports = np.array(place.reports, np.float64).reshape(-1, 3) if place.reports else None
        self._watch.begin(number)
        training.start_epoch(number, *self.schedule.rates(place.epoch), place.block, reports)
        while True:
            self._run_team(bar)
            if training.finished:
                break
            self._check()
            self._save()
            training.resume()
        self._check()
        record = self._record()
        if self.judge.held is not None:
            record["val_loss"] = self._held_loss()
        # A list first: every callback is called, whatever an earlier one says.
        answers = [callback(model, record) for callback in self.judge.callbacks]
        wants_end = any(isinstance(a, (bool, np.bool_)) and a for a in answers)
        # From here on the epoch is done. What comes before is done again after an interruption.
        following = Place(place.epoch + 1, best=place.best, since=place.since)
        if "val_loss" in record:
            following.since += 1
            if place.best is None or record["val_loss"] < place.best:
                following.best, following.since = record["val_loss"], 0
                if self.judge.patience:
                    self.judge.best = model.W_in.copy(), model.W_out.copy()
        if wants_end or self.judge.patience and following.since >= self.judge.patience:
            following.epoch = self.schedule.epochs
        self._records = len(model.history)
        self.place = following

    def _run_team(self, bar: tqdm[Any]) -> None:
        """Let all workers train until the epoch is over or a checkpoint is due."""
        training, checkpoint = self._training, self.checkpoint
        before, told = self.place.epoch * self._tokens, inf

        def show() -> None:
            words, examples, loss = training.report()
            if examples:
                bar.set_postfix_str(f"loss {loss / examples:.4f}", refresh=False)
            bar.update(before + round(self._raw * words) - bar.n)
            if self._watch.look(examples, loss):
                training.stop()
            if checkpoint and checkpoint.is_due:
                training.pause()

        def end() -> None:
            nonlocal told
            told = min(told, time.monotonic())
            if time.monotonic() > told + PATIENCE:
                training.stop()
            else:
                training.pause()

        self._resumable, self._under_way = False, True
        try:
            run_team(training.work, training.workers, end, show)
        finally:
            self._resumable = training.position >= 0
            if self._resumable:
                self.place = replace(
                    self.place,
                    block=training.position,
                    reports=training.reports.tolist(),
                    seconds=time.perf_counter() - self._begun,
                )

    def _record(self) -> dict[str, Any]:
        """Add what was trained of the epoch to the history, if anything was."""
        words, examples, loss = self._training.report()
        seconds = time.perf_counter() - self._begun
        alpha, _ = self.schedule.rates(self.place.epoch)
        record = {
            "epoch": self.schedule.first + self.place.epoch + 1,
            "loss": loss / max(examples, 1),
            "alpha": alpha,
            "examples": int(examples),
            "words_per_second": self._raw * words / seconds,
            "seconds": seconds,
        }
        if words:
            self.model.history.append(record)
        self._under_way = False
        return record

    def _check(self) -> None:
        """Raise if the training has diverged."""
        if self._watch.look_at_weights():
            del self.model.history[self._records :]
            words = self._training.report()[0]
            raise self._watch.error(self.schedule.first + self.place.epoch, words, self._kept)

    def _held_loss(self) -> float:
        model, held = self.model, self.judge.held
        assert held is not None
        weights = model.W_in, model.W_out
        found = likelihood(model.settings, model.vocabulary, held, *weights, self._frozen)
        return -found.log_likelihood

    def _save(self) -> None:
        if self.checkpoint is not None:
            self.checkpoint.write(
                self.model, self.schedule, self.place, self._records, self.judge.best
            )


def run_training(
    model: Any,
    encoded: Encoded | EncodedPairs,
    verbose: bool,
    schedule: Schedule,
    judge: Judge,
    place: Place,
    checkpoint: Checkpoint | None,
    first: Callable[[], tuple[Matrix, Matrix]],
    frozen: Frozen,
) -> None:
    """Train from some place on, and say how it ended; `first` makes the weights of before."""
    model.interrupted = False
    model.corpus_stats = stats_of(encoded)
    loop = Loop(model, encoded, schedule, judge, place, first, checkpoint, verbose, frozen)
    loop.run()
    model.interrupted = loop.interrupted
    if model.interrupted:
        then = "the model keeps what it has learnt so far"
        if checkpoint:
            then = f"go on with it by Word2Vec.resume({os.fspath(checkpoint.path)!r})"
        epoch = min(loop.place.epoch + 1, schedule.epochs)
        message = f"training was interrupted in epoch {epoch} of {schedule.epochs}; {then}"
        try:
            warnings.warn(message, stacklevel=5)
        except UserWarning:  # made an error by a filter: no reason to lose the model
            print(message, file=sys.stderr)
        if loop.signal is not None:
            signal.raise_signal(loop.signal)
    elif not any(r["examples"] for r in model.history if r["epoch"] > schedule.first):
        raise NoExampleError(
            f"training found no example: sample={model.settings.sample:g} thinned the "
            f"{model.corpus_stats['tokens_kept']:,} words out until no sentence had two left; "
            "pass sample=0 to keep all"
        )
