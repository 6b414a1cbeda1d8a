"""How a network is trained: optimisers and their constants, settings, and what is reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.checks import number, whole_number
from w2v.names import DEFAULTS
from w2v.networks.layers import Layer, Training

Floats = NDArray[Any]


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
        How many were made.
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
        Why it ended: "epochs", "error_limit", "no_improvement" or "callback".
    state : State
        To go on from: ``train(..., state=history.state)``.
    """

    loss_curve: list[float]
    validation_curve: list[float]
    reason: str
    state: State = field(repr=False)


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
    if optimizer not in DEFAULTS:
        raise ValueError(f"optimizer must be one of {', '.join(DEFAULTS)}, not {optimizer!r}")
    constants = dict(DEFAULTS[optimizer])
    for name, value in given.items():
        if value is None:
            continue
        if name not in constants:
            known = ", ".join(constants)
            raise ValueError(f"optimizer {optimizer!r} has no {name}; it has {known}")
        constants[name] = number(name, value, 0, np.inf)
    for name in ("momentum", "rho", "beta1", "beta2"):
        if constants.get(name, 0) >= 1:
            raise ValueError(f"{name} must be below 1, not {constants[name]}")
    hidden = len(layers) - 1
    rates = (dropout,) * hidden if isinstance(dropout, (int, float)) else tuple(dropout)
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
        dropout=tuple(number("dropout", rate, 0, 1 - 1e-6) for rate in rates),
        batch_size=n if batch_size is None else batch_size,
        shuffle=bool(shuffle),
        seed=whole_number("seed", seed, 0),
        error_limit=(
            -np.inf if error_limit is None else number("error_limit", error_limit, 0, np.inf)
        ),
        tol=number("tol", tol, 0, np.inf),
        patience=0 if patience is None else whole_number("patience", patience, 1),
    )
