"""What classifier and regressor share: a network, its training, early stopping."""

from __future__ import annotations

import json
import os
import warnings
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from w2v.checks import number, one_of, whole_number
from w2v.estimators.base import ConvergenceWarning, Estimator, Floats, check_weights, sklearn_twin
from w2v.estimators.parameters import NetworkParameters
from w2v.networks.network import DEFAULTS, History, Layer, Network, State
from w2v.networks.patterns import is_sparse

Self = TypeVar("Self", bound="FeedForward")

# scikit-learn's names of activations, and ours
ALIASES = {"logistic": "sigmoid", "identity": "linear"}
METADATA = "w2v_estimator"  # where a file of a network says what else belongs to the estimator
ARRAYS = ("classes_", "feature_names_in_", "mean_", "scale_", "target_mean_", "target_scale_")


def moments(X: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and deviation of each column, 1 for one that does not vary."""
    scale = X.std(axis=0, dtype=np.float64)
    return X.mean(axis=0, dtype=np.float64), np.where(scale > 0, scale, 1.0)


def _seeds(random_state: Any) -> tuple[int, int]:
    """Draw the seeds of the initial weights and of the training."""
    rng: Any
    if random_state is None or isinstance(random_state, (int, np.integer)):
        rng = np.random.default_rng(random_state)
    else:
        rng = random_state
    draw: Any = getattr(rng, "integers", None) or rng.randint  # a RandomState's name for it
    first, second = draw(0, 2**31 - 1, size=2)
    return int(first), int(second)


class FeedForward(NetworkParameters, Estimator):
    """What classifier and regressor share: the network, and how it is trained."""

    _multilabel = False
    network_: Network
    classes_: NDArray[Any]

    # --- what was learnt -------------------------------------------------------------------------

    @property
    def coefs_(self) -> list[Floats]:
        """Weights of each layer, (sources, destinations) as scikit-learn has them; views."""
        return [w.T for w in self.network_.weights]

    @property
    def intercepts_(self) -> list[Floats]:
        """Biases of each layer; views."""
        return [b for b in self.network_.biases if b is not None]

    @property
    def n_layers_(self) -> int:
        """Number of layers, with the input."""
        return len(self.network_.layers) + 1

    @property
    def n_outputs_(self) -> int:
        """Number of output units."""
        return self.network_.layers[-1].units

    @property
    def out_activation_(self) -> str:
        """Activation of the output layer."""
        return self.network_.layers[-1].activation

    # --- training --------------------------------------------------------------------------------

    def _hidden(self) -> list[Layer]:
        sizes = self.hidden_layer_sizes
        sizes = [sizes] if isinstance(sizes, (int, np.integer)) else list(sizes)
        names = self.activation
        names = [names] * len(sizes) if isinstance(names, str) else list(names)
        if len(names) != len(sizes):
            raise ValueError(
                f"activation has {len(names)} names for {len(sizes)} hidden layers; give one for "
                "each, or one name for all"
            )
        return [
            Layer(whole_number("hidden_layer_sizes", size, 1), ALIASES.get(name, name))
            for size, name in zip(sizes, names, strict=True)
        ]

    def _check_settings(self) -> None:
        for f in fields(self):
            if f.metadata["choices"]:
                one_of(f.name, getattr(self, f.name), f.metadata["choices"])
        number("validation_fraction", self.validation_fraction, 0, 1)

    def _build(self, outputs: Layer, dtype: Any) -> None:
        """Make an untrained network."""
        hidden = self._hidden()
        seed, self._seed = _seeds(self.random_state)
        init = self.init
        if init is None:
            init = "he" if any(layer.activation == "relu" for layer in hidden) else "glorot"
        self.network_ = Network(
            self.n_features_in_,
            [*hidden, outputs],
            loss=self._network_loss(outputs),
            init=init,
            seed=seed,
            dtype=dtype,
        )
        self.loss_curve_: list[float] = []
        self.validation_loss_curve_: list[float] | None = [] if self.early_stopping else None
        self.validation_scores_: list[float] | None = [] if self.early_stopping else None
        self.best_validation_score_: float | None = None
        self.n_iter_ = 0
        self.t_ = 0
        self._state: State | None = None

    def _network_loss(self, outputs: Layer) -> str:
        return self.loss

    def fit(self: Self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on patterns `X` with targets `y`.

        Parameters
        ----------
        X : (n, d) array, data frame or sparse matrix
            Patterns; a sparse matrix stays sparse.
        y : (n,) array, or (n, outputs) array
            Of a classifier: the classes, numbers or strings; several columns hold 0 and 1, whether
            each label holds. Of a regressor: the numbers to predict.
        sample_weight : (n,) array, optional
            Importance of each pattern; 0 leaves it out.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For data or parameters that do not fit.
        """
        first = not self.warm_start or "network_" not in vars(self)
        return self._fit(X, y, sample_weight, first=first, incremental=False)

    def _fit(
        self: Self,
        X: Any,
        y: Any,
        sample_weight: Any,
        *,
        first: bool,
        incremental: bool,
        classes: Any = None,
    ) -> Self:
        """Check the arrays, make the network if it is the first time, and train."""
        X = self._check_X(X, first=first)
        dtype = self.dtype or X.dtype
        X = self._scaled(X, first=first)
        y = self._check_target(y, X.shape[0])
        if first:
            self._check_settings()
            self._build(self._output_layer(y, classes), dtype)
        weight = self._weights(sample_weight, y)
        self._train(X, self._targets(y, first=first), weight, incremental=incremental)
        return self

    def _check_target(self, y: Any, n: int) -> NDArray[Any]:
        """Return `y` as an array of n rows, or say why it cannot be learnt."""
        raise NotImplementedError

    def _output_layer(self, y: NDArray[Any], classes: Any) -> Layer:
        raise NotImplementedError

    def _targets(self, y: NDArray[Any], *, first: bool) -> Floats:
        """Return a column for each output unit."""
        raise NotImplementedError

    def _weights(self, sample_weight: Any, y: NDArray[Any]) -> NDArray[np.float64] | None:
        return check_weights(sample_weight, len(y))

    def _train(
        self, X: Any, T: Floats, weight: NDArray[np.float64] | None, *, incremental: bool
    ) -> None:
        if weight is not None:  # patterns that do not count are not there
            X, T, weight = X[weight > 0], T[weight > 0], weight[weight > 0]
        validation = None
        if self.early_stopping and not incremental:
            train, test = self._split(T)
            validation = (X[test], T[test])
            X, T = X[train], T[train]
            weight = None if weight is None else weight[train]
        solver = self.solver
        if solver == "sgd" and self.momentum:
            solver = "nesterov" if self.nesterovs_momentum else "momentum"
        batch: Any = 200 if self.batch_size == "auto" else self.batch_size
        before = list(self.loss_curve_), list(self.validation_loss_curve_ or [])

        def after_epoch(network: Network, history: History) -> bool:
            self._record(history, before)
            if validation is not None and self.validation_scores_ is not None:
                self.validation_scores_.append(self._validation_score(*validation))
            if self.verbose:
                print(f"Iteration {self.n_iter_}, loss = {self.loss_:.8f}")
            # all of them are called, whatever the first one says
            return any([bool(callback(self)) for callback in self.callbacks])

        watched = validation is not None or self.verbose or self.callbacks
        history = self.network_.train(
            X,
            T,
            epochs=1 if incremental else self.max_iter,
            batch_size=batch,
            optimizer=solver,
            learning_rate=self.learning_rate_init,
            momentum=self.momentum if "momentum" in DEFAULTS[solver] else None,
            decay=self.decay,
            dropout=self.dropout,
            l2=self.l2,
            clip=self.clip,
            tol=self.tol,
            patience=None if incremental else self.n_iter_no_change,
            validation=validation,
            sample_weight=weight,
            shuffle=self.shuffle,
            seed=self._seed,
            workers=self.workers,
            callback=after_epoch if watched else None,
            state=self._state if incremental else None,
        )
        self._record(history, before)
        self._state = history.state
        self.t_ += len(T) * len(history.loss_curve)
        if self.validation_scores_:
            self.best_validation_score_ = max(self.validation_scores_)
        if history.reason == "epochs" and not incremental:
            warnings.warn(
                f"max_iter={self.max_iter} epochs are over and the loss still falls; raise "
                "max_iter, learning_rate_init or tol",
                sklearn_twin(ConvergenceWarning),
                stacklevel=4,
            )

    def _record(self, history: History, before: tuple[list[float], list[float]]) -> None:
        """Take over the curves, behind those of earlier trainings."""
        self.loss_curve_ = before[0] + history.loss_curve
        if self.validation_loss_curve_ is not None:
            self.validation_loss_curve_ = before[1] + history.validation_curve
        self.loss_ = self.loss_curve_[-1]
        self.best_loss_ = min(self.loss_curve_)
        self.n_iter_ = len(self.loss_curve_)

    def _split(self, T: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Divide the patterns into those to learn from and those to judge by."""
        order = np.random.default_rng(self._seed).permutation(len(T))
        n = max(1, round(self.validation_fraction * len(T)))
        if n >= len(T) or not self.validation_fraction:
            raise ValueError(
                "early_stopping needs patterns to learn from and to judge by; there are "
                f"{len(T)}, and validation_fraction is {self.validation_fraction}"
            )
        if self._kind == "classifier":
            # of each class its share, in turn: sorted by class, then every so many-th
            labels = T @ np.arange(1, T.shape[1] + 1)
            order = order[np.argsort(labels[order], kind="stable")]
            places = (np.arange(n) + 0.5) * len(T) / n
            test = order[places.astype(np.int64)]
        else:
            test = order[:n]
        return np.setdiff1d(order, test), test

    def _scaled(self, X: Any, *, first: bool = False) -> Any:
        if not self.standardize:
            return X
        if is_sparse(X):
            raise ValueError(
                "standardize=True needs a dense X, as no 0 of a sparse one would stay 0: pass "
                "standardize=False or X.toarray()"
            )
        if first:
            self.mean_, self.scale_ = moments(X)
        return np.asarray((X - self.mean_) / self.scale_)

    def _outputs(self, X: Any) -> Floats:
        self._check_fitted()
        return self.network_.forward(self._scaled(self._check_X(X, first=False)))

    def _validation_score(self, X: Any, T: Floats) -> float:
        raise NotImplementedError

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write everything that predicting needs to a safetensors file; :func:`load` reads it.

        The file is also one of :meth:`Network.load <w2v.nn.Network.load>`. Callbacks, and a
        `random_state` that is no number, are left out.

        Parameters
        ----------
        path : path
            Usually ``.safetensors``.
        """
        self._check_fitted()
        params = self.get_params() | {"callbacks": ()}
        if not isinstance(self.random_state, (int, np.integer)):
            params["random_state"] = None
        learnt = {
            name: value
            for name, value in vars(self).items()
            if (name.endswith("_") and name != "network_") or name in ("_multilabel", "_one_output")
        }
        about = {"estimator": type(self).__name__, "params": params, "learnt": learnt}
        self.network_.save(path, {METADATA: json.dumps(about, default=json_value)})


def json_value(value: Any) -> Any:
    """Return numpy's numbers and arrays as what JSON can hold."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    raise TypeError(f"{value!r} cannot be written to a file")
