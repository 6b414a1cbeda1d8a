"""Networks that predict numbers, in scikit-learn's manners."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.estimators.base import Floats, check_weights, moments
from w2v.estimators.feedforward import FeedForward
from w2v.estimators.parameters import RegressorParameters, documented
from w2v.networks.network import Layer
from w2v.parallel import alone


@documented
class FeedForwardRegressor(FeedForward, RegressorParameters):
    """A feed-forward network that predicts numbers, one or several for each pattern.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    network_, coefs_, intercepts_, loss_curve_, ...
        As of :class:`FeedForwardClassifier`; ``validation_scores_`` are R^2.

    Examples
    --------
    >>> from w2v import FeedForwardRegressor
    >>> line = FeedForwardRegressor((), solver="sgd", tol=1e-12, max_iter=1000)
    >>> line.fit([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]).predict([[3.0]]).round(2)
    array([7.])
    """

    _kind = "regressor"

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> FeedForwardRegressor:
        """Train for one epoch on these patterns, going on from where training stands.

        Takes and returns what :meth:`fit` does.
        """
        self._check_settings()
        first = "network_" not in vars(self)
        with alone(self):
            return self._fit(X, y, sample_weight, first=first, incremental=True)

    def _output_layer(self, y: NDArray[Any], classes: Any) -> Layer:
        self._one_output = y.ndim == 1
        activation = "linear" if self.loss == "squared_error" else "sigmoid"
        return Layer(1 if y.ndim == 1 else y.shape[1], activation)

    def _check_target(self, y: Any, n: int) -> NDArray[Any]:
        y = self._check_y(y, n)
        if y.dtype.kind not in "biuf":
            raise ValueError(
                f"y must hold numbers, not {y.dtype}; a FeedForwardClassifier learns labels"
            )
        if self.loss == "binary_cross_entropy" and (y.min() < 0 or y.max() > 1):
            raise ValueError("y must lie between 0 and 1 for loss='binary_cross_entropy'")
        return y.astype(np.float64)

    def _targets(
        self, y: NDArray[Any], weight: NDArray[np.float64] | None, *, first: bool
    ) -> Floats:
        T = y[:, None] if y.ndim == 1 else y
        if T.shape[1] != self.n_outputs_:
            raise ValueError(f"y has {T.shape[1]} columns, at first it had {self.n_outputs_}")
        if first:
            for name in ("target_mean_", "target_scale_"):
                vars(self).pop(name, None)
            if self.standardize and self.loss == "squared_error":
                self.target_mean_, self.target_scale_ = moments(T, weight)
        if hasattr(self, "target_mean_"):
            T = (T - self.target_mean_) / self.target_scale_
        return np.asarray(T)

    def predict(self, X: Any) -> Floats:
        """Return what each pattern gives, (n,) or (n, outputs)."""
        out = self._outputs(X)
        if hasattr(self, "target_mean_"):
            out = out * self.target_scale_ + self.target_mean_
        return out[:, 0] if self._one_output else out

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return R^2: 1 is perfect, 0 as good as the mean of y; of several outputs the mean."""
        found = np.asarray(self.predict(X), dtype=np.float64)
        y = self._check_target(y, len(found))
        if y.shape != found.shape and y.size != len(found):  # one column may lie or stand
            raise ValueError(f"y has shape {y.shape}, the predictions {found.shape}")
        y = y.reshape(found.shape)
        return _r2(found, y, check_weights(sample_weight, len(y)))

    def _validation_score(self, X: Any, T: Floats, weight: NDArray[np.float64] | None) -> float:
        return _r2(self.network_.forward(X).astype(np.float64), T, weight)


def _r2(found: Floats, y: Floats, weight: NDArray[np.float64] | None) -> float:
    error, deviation = y - found, y - np.average(y, axis=0, weights=weight)
    # a power of 2 changes no digit of the result, and 1e-300 and 1e200 have squares then
    power = -np.frexp(np.abs(deviation).max(axis=0))[1]
    unexplained = np.average(np.ldexp(error, power) ** 2, axis=0, weights=weight)
    total = np.average(np.ldexp(deviation, power) ** 2, axis=0, weights=weight)
    # a target that does not vary: 1 if it is hit, as scikit-learn has it
    constant = np.where(unexplained > 0, 0.0, 1.0)
    explained = 1 - unexplained / np.where(total > 0, total, 1)
    return float(np.mean(np.where(total > 0, explained, constant)))
