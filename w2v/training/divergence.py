"""A training that diverges: found while it runs, explained, its last finite weights put back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]

# Nats an example that no training that works comes near: probabilities below e^-10,000.
MOST_LOSS = 10_000
# Bytes of both matrices up to which they are copied at the start of each epoch but the first. That
# of larger ones would double the memory of a training for an accident that seldom comes so late.
_MOST_KEPT = 64 << 20
# What training is known to bear; the setting that is furthest beyond is the likely cause.
_USUAL = {"alpha": 0.1, "negative": 20, "window": 20}


class Watch:
    """Looks at the losses of a training, and keeps the weights to go back to.

    Parameters
    ----------
    settings : Settings
    W_in, W_out : float32 arrays
        The weights that are trained, in place.
    first : callable
        Makes the weights once more that this training began with.
    trained : int, default 0
        Epochs that they had.
    """

    def __init__(
        self,
        settings: Any,
        W_in: Matrix,
        W_out: Matrix,
        first: Callable[[], tuple[Matrix, Matrix]],
        trained: int = 0,
    ) -> None:
        self._settings, self._weights, self._first = settings, (W_in, W_out), first
        self._kept: tuple[Matrix, ...] = ()
        self._kept_of = trained  # epochs that had trained what is put back
        self._seen = (0.0, 0.0)  # examples and loss at the latest look
        self.diverged = False

    def begin(self, epoch: int) -> None:
        """Keep the weights, which an epoch (from 0) is about to change."""
        self._seen = (0.0, 0.0)
        if epoch and sum(W.nbytes for W in self._weights) <= _MOST_KEPT:
            self._kept = tuple(W.copy() for W in self._weights)
            self._kept_of = epoch

    def look(self, examples: float, loss: float) -> bool:
        """Return whether the training has diverged, by the examples since the latest look."""
        more, its_loss = examples - self._seen[0], loss - self._seen[1]
        self._seen = (examples, loss)
        self.diverged |= not its_loss <= MOST_LOSS * max(more, 1)  # NaN too
        return self.diverged

    def look_at_weights(self) -> bool:
        """Return whether the training has diverged, by the weights, too: a pass over them."""
        self.diverged |= not all(np.isfinite([W.min(), W.max()]).all() for W in self._weights)
        return self.diverged

    def error(self, epoch: int, words: float, tokens: int) -> FloatingPointError:
        """Put back the last finite weights; return what is to be raised."""
        for W, kept in zip(self._weights, self._kept or self._first(), strict=True):
            W[:] = kept
        state = f"those after epoch {self._kept_of}" if self._kept_of else "the first, untrained"
        return FloatingPointError(
            f"training diverged in epoch {epoch + 1}, after {words:,.0f} of {tokens:,} words: "
            f"{self._cause()}; the weights are {state}"
        )

    def _cause(self) -> str:
        s = self._settings
        undivided = s.architecture == "cbow" and s.cbow_gradient == "undivided"
        beyond = {
            "alpha": s.alpha / _USUAL["alpha"],
            "negative": s.negative / _USUAL["negative"] if s.loss == "ns" else 0,
            "window": s.window / _USUAL["window"] if undivided else 0,
        }
        name = max(beyond, key=beyond.__getitem__)
        if beyond[name] <= 1 or name == "alpha":
            return f"alpha={s.alpha} is too high for this corpus"
        if name == "negative":
            return (
                f"each example pulls at its input from negative={s.negative} noise words at once; "
                "pass negative=5 to 20, or a lower alpha"
            )
        return (
            f"window={s.window} with cbow_gradient='undivided' moves each word by the whole error "
            "of so many; pass cbow_gradient='exact', a smaller window or a lower alpha"
        )
