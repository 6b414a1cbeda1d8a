"""How a network is trained: settings, the loop over epochs, and what is reported."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

import w2v._core as _core
from w2v.checks import number, quoted, true_or_false, whole_number
from w2v.interrupts import hold
from w2v.names import DEFAULTS
from w2v.networks.blas import blas
from w2v.networks.layers import Layer, Training, no_improvement
from w2v.networks.shown import history_html
from w2v.parallel import run_team

Floats = NDArray[Any]

_LARGE = 100.0  # inputs above it want to be scaled first
_USUAL_RATE = 0.5
_LOOK = 0.3  # seconds between two looks at the weights
CONSTANTS = ("learning_rate", "momentum", "rho", "beta1", "beta2", "epsilon")  # of an optimiser
SHORT = 3_000_000  # patterns times parameters: below, some hundredths of a second


@dataclass
class State:
    """What an optimiser remembers between two calls of :meth:`Network.train`.

    Attributes
    ----------
    optimizer : str
        Whose memory it is.
    moments : (2, size) array
        Running means, one column a parameter.
    updates, epochs : int
        Updates that were made, and epochs that were finished.
    """

    optimizer: str
    moments: Floats
    updates: int = 0
    epochs: int = 0


@dataclass
class History:
    """What a training reports.

    Attributes
    ----------
    loss_curve : list of float
        Mean loss of each epoch, over the weights as they were during it, without the l2 term.
    validation_curve : list of float
        Mean loss of the validation part after each epoch; empty without one.
    reason : str
        Why it ended: "epochs", "error_limit", "no_improvement" or "callback"; "interrupted" if an
        exception ended it, as of Ctrl-C.
    state : State
        To go on from: ``train(..., state=history.state)``. It belongs to the weights after the
        latest update (not to those of the best epoch, if they were put back). An epoch that was
        interrupted begins anew.
    """

    loss_curve: list[float]
    validation_curve: list[float]
    reason: str
    state: State = field(repr=False)

    def _repr_html_(self) -> str:
        """Show a notebook the losses, and why the training ended."""
        return history_html(self)


def settings(
    layers: Sequence[Layer],
    loss: str,
    *,
    n: int,
    batch_size: int | None,
    optimizer: str,
    given: dict[str, float | None],
    decay: float,
    dropout: float | Sequence[float],
    l2: float,
    clip: float | None,
    error_limit: float | None,
    tol: float,
    patience: int | None,
    shuffle: bool,
    seed: int,
) -> Training:
    """Check the settings of a training and put them together."""
    for to, layer in enumerate(layers, 1):
        if layer.activation == "step":
            raise ValueError(
                f"layer {to}: 'step' has no derivative to learn from: it is for forward "
                f"passes only (use 'sigmoid', or a Perceptron)"
            )
    if optimizer not in list(DEFAULTS):
        raise ValueError(f"optimizer must be one of {', '.join(DEFAULTS)}, not {quoted(optimizer)}")
    constants = dict(DEFAULTS[optimizer])
    for name, value in given.items():
        if value is None:
            continue
        if name not in constants:
            known = ", ".join(constants)
            raise ValueError(f"optimizer {quoted(optimizer)} has no {name}; it has {known}")
        constants[name] = number(name, value, 0, np.inf)
    for name in ("momentum", "rho", "beta1", "beta2"):
        if constants.get(name, 0) >= 1:
            raise ValueError(f"{name} must be below 1, not {constants[name]}")
    hidden = len(layers) - 1
    several: Any = dropout if hasattr(dropout, "__len__") else (dropout,) * hidden
    rates = tuple(number("dropout", rate, 0, 1 - 1e-6) for rate in several)
    if len(rates) != hidden:
        raise ValueError(
            f"dropout must be one number or one for each of the {hidden} hidden layers, "
            f"not {len(rates)}"
        )
    if batch_size is not None:
        batch_size = min(whole_number("batch_size", batch_size, 1), n)
    return Training(
        loss=loss,
        optimizer=optimizer,
        learning_rate=constants["learning_rate"],
        decay=number("decay", decay, 0, np.inf),
        first=constants.get("momentum", constants.get("beta1", 0.0)),
        second=constants.get("rho", constants.get("beta2", 0.0)),
        epsilon=constants.get("epsilon", 0.0),
        l2=number("l2", l2, 0, np.inf),
        clip=np.inf if clip is None else number("clip", clip, 0, np.inf),
        dropout=rates,
        batch_size=n if batch_size is None else batch_size,
        shuffle=true_or_false("shuffle", shuffle),
        seed=whole_number("seed", seed, 0),
        error_limit=(
            -np.inf if error_limit is None else number("error_limit", error_limit, 0, np.inf)
        ),
        tol=number("tol", tol, 0, np.inf),
        patience=0 if patience is None else whole_number("patience", patience, 1),
    )


def start_state(state: State | None, optimizer: str, parameters: Floats) -> State:
    """Return what a training starts from: a copy of `state`, or a new one if it is None."""
    if state is None:
        return State(optimizer, np.zeros((2, len(parameters)), parameters.dtype))
    if state.optimizer != optimizer or state.moments.shape != (2, len(parameters)):
        raise ValueError(
            f"state comes from {state.optimizer!r} with {state.moments.shape[1]} parameters, "
            f"not {optimizer!r} with {len(parameters)}"
        )
    return replace(state, moments=state.moments.copy())


class Trainable(Protocol):
    """What the loop asks of a network."""

    layers: tuple[Layer, ...]
    parameters: Floats

    def loss(self, X: Any, T: Floats, sample_weight: Any = None) -> float:
        """Return the mean loss."""


class Kept(Protocol):
    """What the loop asks of a checkpoint."""

    @property
    def is_due(self) -> bool:
        """Whether the time of the next one has come."""

    def write(
        self, parameters: Floats, history: History, best: Floats | None, ended: bool = False
    ) -> None:
        """Write a training that stands behind the epochs of `history`."""


def train(
    network: Trainable,
    history: History,
    patterns: tuple[Any, Floats, Floats | None],
    training: Training,
    *,
    epochs: int,
    workers: int,
    validation: tuple[Any, ...] | None,
    callback: Callable[[Any, History], Any] | None,
    checkpoint: Kept | None = None,
    best: Floats | None = None,
    ended: bool = False,
) -> None:
    """Train on X, T and weights of `patterns`, and write the report to `history`.

    `checkpoint` keeps the training now and then. One that goes on from there has a history, the
    weights of its `best` epoch, and has perhaps `ended`.
    """
    # the core stops by training loss alone; by anything else, it comes back after each epoch
    at_once = callback is None and validation is None and checkpoint is None
    start = _place(network, history)
    inner = training if at_once else training._replace(error_limit=-np.inf, patience=0)
    if best is None and validation is not None and training.patience:
        best = network.parameters.copy()
    try:
        if checkpoint is not None and not ended:
            with hold():  # from here on nothing is lost, and the path is known to be good
                checkpoint.write(start.parameters, start.history_of(history), best)
        while not ended and len(history.loss_curve) < epochs:
            seen, cut_off = "", 0
            try:
                _train_epochs(network, history, patterns, inner, epochs if at_once else 1, workers)
            except _NotFinite:  # within an epoch
                seen, cut_off = "a weight is no longer finite", 1
            loss = history.loss_curve[-1] if history.loss_curve else 0.0
            if not np.isfinite(loss):
                seen, cut_off = f"loss {loss}", 0
            if seen:
                epoch, update = history.state.epochs + cut_off, history.state.updates
                _go_back(network, history, patterns, inner, workers, start, epoch - 1)
                left = history.state.epochs
                state = f"those after epoch {left}" if left else "the first"
                raise FloatingPointError(
                    f"training diverged in epoch {epoch}, by update {update:,} ({seen}): "
                    f"{_cause(patterns, training)}; the weights are {state}"
                )
            judged = history.loss_curve
            if validation is not None:
                judged = history.validation_curve
                judged.append(network.loss(*validation))
                if best is not None and judged[-1] == min(judged):
                    best[:] = network.parameters
            wants_end = callback is not None and callback(network, history)
            if loss < training.error_limit:
                history.reason = "error_limit"
            elif no_improvement(judged, training.tol, training.patience):
                history.reason = "no_improvement"
            elif wants_end:
                history.reason = "callback"
            else:
                if not at_once:
                    with hold():
                        start = _place(network, history)
                        if checkpoint is not None and checkpoint.is_due:
                            checkpoint.write(start.parameters, start.history_of(history), best)
                continue
            break
        if checkpoint is not None and not ended:
            with hold():
                start, ended = _place(network, history), True
                checkpoint.write(start.parameters, start.history_of(history), best, True)
    except BaseException as error:
        if checkpoint is not None and isinstance(error, KeyboardInterrupt):
            checkpoint.write(start.parameters, start.history_of(history), best, ended)
        history.reason = "interrupted"
        raise
    if best is not None:
        network.parameters[:] = best


class _NotFinite(Exception):
    """A weight is NaN or infinite, and will be so for ever."""


class _Watch:
    """Looks at the weights while they are trained; it takes 2 % of the time at most."""

    def __init__(self, run: _core.NetworkTraining, parameters: Floats, epochs: int) -> None:
        self.run, self.parameters, self.epochs, self.due = run, parameters, epochs, 0.0

    def look(self) -> None:
        """Raise if a weight is not finite, unless all epochs are done."""
        started = time.monotonic()
        if started < self.due or self.run.done == self.epochs:
            return
        if not np.isfinite([self.parameters.min(), self.parameters.max()]).all():
            raise _NotFinite
        now = time.monotonic()
        self.due = now + max(_LOOK, 50 * (now - started))


class _Place(NamedTuple):
    """A copy of where a training stands; of the curves, which only grow, the lengths."""

    parameters: Floats
    state: State
    losses: int
    judged: int

    def history_of(self, history: History) -> History:
        """Return the report as it was here."""
        curves = history.loss_curve[: self.losses], history.validation_curve[: self.judged]
        return History(*curves, history.reason, self.state)


def _place(network: Trainable, history: History) -> _Place:
    state = replace(history.state, moments=history.state.moments.copy())
    lengths = len(history.loss_curve), len(history.validation_curve)
    return _Place(network.parameters.copy(), state, *lengths)


def _go_back(
    network: Trainable,
    history: History,
    patterns: tuple[Any, Floats, Floats | None],
    training: Training,
    workers: int,
    start: _Place,
    last: int,
) -> None:
    """Put back the weights after the last epoch that left finite ones, by training up to it anew.

    It is the epoch `last` or an earlier one.
    A copy after each epoch would cost small networks most of their time.
    """
    epochs = last - start.state.epochs
    while True:
        network.parameters[:] = start.parameters
        history.state = replace(start.state, moments=start.state.moments.copy())
        history.loss_curve = history.loss_curve[: start.losses]
        if epochs < 1:
            return
        with suppress(_NotFinite):
            _train_epochs(network, history, patterns, training, epochs, workers)
            if np.isfinite(network.parameters).all():
                return
        epochs //= 2


def _cause(patterns: tuple[Any, Floats, Floats | None], training: Training) -> str:
    """Name what most likely made a training diverge."""
    for what, numbers in zip(("patterns", "targets"), patterns, strict=False):
        largest = float(abs(numbers).max())
        if largest > _LARGE and training.learning_rate <= _USUAL_RATE:
            return f"the {what} hold numbers up to {largest:.3g}; scale them, or pass a clip"
    return (
        f"learning_rate={training.learning_rate} is too high for these patterns, or a clip is "
        "needed"
    )


def _train_epochs(
    network: Trainable,
    history: History,
    patterns: tuple[Any, Floats, Floats | None],
    training: Training,
    epochs: int,
    workers: int,
) -> None:
    """Train up to so many epochs in the core; what was done is noted also after an exception."""
    state = history.state
    units = [patterns[0].shape[1], *(layer.units for layer in network.layers)]
    largest = training.batch_size * max(
        units[source] * layer.units
        for to, layer in enumerate(network.layers, 1)
        for source in (to - 1, *layer.sources)
    )
    # Ctrl-C can wait for the end, and starting a thread for each epoch costs more than to train it.
    short = epochs * patterns[0].shape[0] * (10 + len(network.parameters)) < SHORT
    with blas(network.parameters.dtype) if largest >= _core.BLAS_FROM else nullcontext() as gemm:
        run = _core.NetworkTraining(
            network.layers,
            network.parameters,
            state.moments,
            *patterns,
            training,
            state.epochs,
            epochs,
            state.updates,
            1 if short else workers,
            gemm,
        )
        try:
            if short:
                run.work(0)
            else:
                watch = _Watch(run, network.parameters, epochs)
                run_team(run.work, run.workers, run.stop, watch.look)
        finally:
            with hold():
                state.updates = run.updates
                state.epochs += len(run.losses)
                history.loss_curve += run.losses
