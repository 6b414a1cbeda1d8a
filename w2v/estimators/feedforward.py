"""What classifier and regressor share: a network, its training, early stopping."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from numbers import Integral
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from w2v.estimators.base import (
    ConvergenceWarning,
    Estimator,
    Floats,
    check_weights,
    counting,
    moments,
    sklearn_twin,
)
from w2v.estimators.parameters import ALIASES, NetworkParameters, one_for_each
from w2v.estimators.saved import METADATA, as_notes, learnt_of, params_of, read_estimator
from w2v.interrupts import hold
from w2v.networks.checkpoint import EVERY, Saved, check_place
from w2v.networks.network import DEFAULTS, History, Layer, Network, State
from w2v.networks.patterns import is_sparse
from w2v.parallel import alone

Self = TypeVar("Self", bound="FeedForward")

FAR_APART = 100  # from this ratio of the columns' largest numbers on, there is a warning
WATCHED = 100  # patterns that tell how large the gradients are
_NOT_SPARSE = (
    "standardize=True needs a dense X, as no 0 of a sparse one would stay 0: pass "
    "standardize=False or X.toarray()"
)


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

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn what kind of estimator this is."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = not self.standardize
        return tags

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

    def _sizes(self) -> list[int]:
        sizes: Any = self.hidden_layer_sizes
        return [int(size) for size in ([sizes] if isinstance(sizes, Integral) else sizes)]

    def _hidden(self) -> list[Layer]:
        sizes, names = self._sizes(), self.activation
        names = [names] * len(sizes) if isinstance(names, str) else list(names)
        return [
            Layer(size, ALIASES.get(name, name)) for size, name in zip(sizes, names, strict=True)
        ]

    def _check_settings(self) -> None:
        super()._check_settings()
        one_for_each("activation", self.activation, len(self._sizes()))
        one_for_each("dropout", self.dropout, len(self._hidden()))
        if self.nesterovs_momentum and self.solver == "sgd" and self.momentum is None:
            raise ValueError("nesterovs_momentum=True needs a momentum, such as momentum=0.9")

    def _check_same(self, how: str) -> None:
        """Raise unless the parameters still describe the network that training goes on with."""
        net = self.network_
        changed = {
            "hidden_layer_sizes or activation": self._hidden() != list(net.layers[:-1]),
            "loss": (self.loss == "squared_error") != (net.loss_name == "squared_error"),
            "dtype": self.dtype is not None and np.dtype(self.dtype) != net.dtype,
            "standardize": self.standardize != hasattr(self, "mean_"),
        }
        if any(changed.values()):
            names = ", ".join(name for name, differs in changed.items() if differs)
            raise ValueError(
                f"{how} goes on with the network of before, and {names} changed since: set them "
                f"back, or fit a new {type(self).__name__}"
            )

    def _build(self, outputs: Layer, dtype: Any) -> None:
        """Make an untrained network."""
        seed, self._seed = _seeds(self.random_state)
        self.network_ = Network(
            self.n_features_in_,
            [*self._hidden(), outputs],
            loss=self._network_loss(outputs),
            init="glorot" if self.init is None else self.init,
            seed=seed,
            dtype=dtype,
        )
        for name in ("n_iter_", "loss_", "best_loss_"):  # not fitted yet
            vars(self).pop(name, None)
        self.loss_curve_: list[float] = []
        self.validation_loss_curve_: list[float] | None = [] if self.early_stopping else None
        self.validation_scores_: list[float] | None = [] if self.early_stopping else None
        self.best_validation_score_: float | None = None
        self.t_ = 0
        self._state: State | None = None

    def _network_loss(self, outputs: Layer) -> str:
        return self.loss

    def fit(
        self: Self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        checkpoint: str | os.PathLike[str] | None = None,
        every: float = EVERY,
    ) -> Self:
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
        checkpoint : path, optional
            Write the training to this file at its start, at the end of an epoch now and then, and
            when it ends or is interrupted; :meth:`resume` goes on with it.
        every : float, default 60
            Seconds from one checkpoint to the next, at least.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For data or parameters that do not fit.
        KeyboardInterrupt
            On Ctrl-C, after the update under way. The estimator keeps what was learnt: it predicts,
            is saved, and `partial_fit` goes on from there.
        """
        self._check_settings()
        first = not self.warm_start or "network_" not in vars(self)
        if checkpoint is not None:
            every = check_place(checkpoint, every)
        with alone(self):
            kept = {"checkpoint": checkpoint, "every": every}
            return self._fit(X, y, sample_weight, first=first, incremental=False, kept=kept)

    @classmethod
    def resume(
        cls: type[Self],
        path: str | os.PathLike[str],
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        callbacks: Sequence[Callable[[Any], Any]] = (),
        workers: int | None = None,
        every: float | None = None,
        **params: Any,
    ) -> Self:
        """Go on with a training from the checkpoint that :meth:`fit` wrote.

        The result is that of a training that was not interrupted, byte for byte, whatever the
        number of workers was and is.

        Parameters
        ----------
        path : path
            The checkpoint. Later ones take its place.
        X, y, sample_weight
            The data of then.
        callbacks : list of functions, optional
            Those of then, which no file can hold.
        workers : int, optional
            Another number of threads than then.
        every : float, optional
            Other seconds from one checkpoint to the next than then.
        **params
            Parameters, which are compared with those of the checkpoint.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the data, a parameter, the version of w2v or the instruction set is another one than
            then. The difference is named.
        """
        saved = Saved.read(path)
        estimator: Self = read_estimator(path, cls)
        estimator._go_on(saved, callbacks, workers, params)
        return estimator._fit_on(saved, every, X, y, sample_weight)

    def _go_on(
        self, saved: Saved, callbacks: Any, workers: int | None, params: dict[str, Any]
    ) -> None:
        """Take the parameters that no file holds, and compare the others."""
        saved.check_params(params, params_of(self))
        self.set_params(callbacks=callbacks)
        if workers is not None:
            self.set_params(workers=workers)
        self._check_settings()

    def _fit_on(
        self: Self, saved: Saved, every: float | None, X: Any, y: Any, sample_weight: Any
    ) -> Self:
        """Go on with a training that was saved, on an estimator that was read."""
        self._seed = saved.note["settings"]["seed"]
        kept = {"saved": saved, "every": saved.note["every"] if every is None else every}
        with alone(self):
            return self._fit(X, y, sample_weight, first=False, incremental=False, kept=kept)

    def _fit(
        self: Self,
        X: Any,
        y: Any,
        sample_weight: Any,
        *,
        first: bool,
        incremental: bool,
        classes: Any = None,
        kept: Mapping[str, Any] | None = None,
    ) -> Self:
        """Check the arrays, make the network if it is the first time, and train.

        The parameters are checked by those who call it.
        """
        if not first:
            self._check_same("partial_fit" if incremental else "warm_start=True")
        with self._all_or_nothing():
            X = self._check_X(X, first=first)
            y = self._check_target(y, X.shape[0])
            weight, X, y = counting(check_weights(sample_weight, X.shape[0]), X, y)
            if first:
                outputs = self._output_layer(y, classes)
            elif not incremental:
                self._check_same_classes(y)
            weight, X, y = counting(self._weights(weight, y), X, y)
            if first:
                self._learn_scales(X, weight)
                self._build(outputs, X.dtype if self.dtype is None else self.dtype)
            X, T = self._scaled(X), self._targets(y, weight, first=first)
            validation = None
            if self.early_stopping and not incremental:
                train, test = self._split(T)
                validation = (X[test], T[test], None if weight is None else weight[test])
                X, T = X[train], T[train]
                weight = None if weight is None else weight[train]
        self._train(X, T, weight, validation, incremental=incremental, kept=kept or {})
        return self

    def _check_target(self, y: Any, n: int) -> NDArray[Any]:
        """Return `y` as an array of n rows, or say why it cannot be learnt."""
        raise NotImplementedError

    def _check_same_classes(self, y: NDArray[Any]) -> None:
        """Raise unless `y` has the classes of the fit before."""

    def _output_layer(self, y: NDArray[Any], classes: Any) -> Layer:
        raise NotImplementedError

    def _targets(
        self, y: NDArray[Any], weight: NDArray[np.float64] | None, *, first: bool
    ) -> Floats:
        """Return a column for each output unit."""
        raise NotImplementedError

    def _weights(
        self, weight: NDArray[np.float64] | None, y: NDArray[Any]
    ) -> NDArray[np.float64] | None:
        """Return the weights of the patterns, those of their classes included."""
        return weight

    def _train(
        self,
        X: Any,
        T: Floats,
        weight: NDArray[np.float64] | None,
        validation: tuple[Any, ...] | None,
        *,
        incremental: bool,
        kept: Mapping[str, Any],
    ) -> None:
        solver, momentum = self._rule()
        batch: Any = 200 if self.batch_size == "auto" else self.batch_size
        saved: Saved | None = kept.get("saved")
        before = list(self.loss_curve_), list(self.validation_loss_curve_ or [])
        scored = len(self.validation_scores_ or [])
        if saved is not None:  # these have the epochs of the training that goes on
            done = len(saved.note["loss_curve"])
            judged = len(saved.note["validation_curve"])
            before = before[0][: len(before[0]) - done], before[1][: len(before[1]) - judged]
            scored -= judged
        earlier = self.network_.history
        test, curve = None, None
        if "_test" in vars(self):  # patterns to watch, and where their loss goes
            *patterns, curve = vars(self).pop("_test")
            test = self._known_patterns(*patterns)
        norms = vars(self).pop("_norms", None)  # where the gradients' norms go
        some = slice(None, None, -(-T.shape[0] // WATCHED))

        def after_epoch(network: Network, history: History) -> bool:
            with hold():  # curves are of the same epochs
                self._record(history, before)
                if validation is not None and self.validation_scores_ is not None:
                    self.validation_scores_.append(self._validation_score(*validation))
            if curve is not None and test is not None:
                curve.append(network.loss(*test))
            if norms is not None:
                gradients = network.backward(X[some], T[some]).weights
                norms.append([float(np.linalg.norm(g)) / len(T[some]) for g in gradients])
            if self.verbose:
                print(f"Iteration {self.n_iter_}, loss = {self.loss_:.8f}")
            # all of them are called, whatever the first one says
            return any([bool(callback(self)) for callback in self.callbacks])

        def notes(history: History) -> dict[str, str]:
            self._record(history, before)
            return self._notes(scored + len(history.loss_curve))

        wanted = (validation, test, norms)
        watched = self.verbose or self.callbacks or any(one is not None for one in wanted)
        try:
            self.network_._train(
                (X, T, weight),
                {
                    "epochs": 1 if incremental else self.max_iter,
                    "batch_size": batch,
                    "optimizer": solver,
                    "learning_rate": self.learning_rate_init,
                    "momentum": momentum,
                    **dict.fromkeys(("rho", "beta1", "beta2", "epsilon", "error_limit")),
                    "decay": self.decay,
                    "dropout": self.dropout,
                    "l2": self.l2,
                    "clip": self.clip,
                    "tol": self.tol,
                    "patience": None if incremental else self.n_iter_no_change,
                    "shuffle": self.shuffle,
                    "seed": self._seed,
                },
                validation=validation,
                workers=self.workers,
                callback=after_epoch if watched else None,
                state=self._state if incremental else None,
                notes=notes,
                asked={"estimator": type(self).__name__, **vars(self).pop("_asked", {})},
                **kept,
            )
        except FloatingPointError as error:  # these weights are of no use: nothing is fitted
            for name in ("network_", "n_iter_"):
                vars(self).pop(name, None)
            text = str(error).replace("learning_rate=", "learning_rate_init=")
            raise FloatingPointError(text) from None
        finally:  # also after Ctrl-C, which keeps what was learnt
            with hold():
                history: Any = getattr(vars(self).get("network_"), "history", None)
                if history is not None and history is not earlier:
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

    def _known_patterns(self, X: Any, y: Any) -> tuple[Any, Floats] | None:
        """Return patterns and targets as the network takes them, or None if no class is known."""
        X = self._scaled(self._check_X(X, first=False))
        y = self._check_target(y, X.shape[0])
        if self._kind == "classifier" and y.ndim == 1:
            known = np.isin(y, vars(self)["classes_"])
            X, y = X[known], y[known]
        return (X, self._targets(y, None, first=False)) if len(y) else None

    def _rule(self) -> tuple[str, float | None]:
        """Return the network's name of the solver, and its momentum if it has one."""
        solver = self.solver
        if solver == "sgd" and self.momentum:
            solver = "momentum"
        if solver == "momentum" and self.nesterovs_momentum:
            solver = "nesterov"
        return solver, self.momentum if "momentum" in DEFAULTS[solver] else None

    def _record(self, history: History, before: tuple[list[float], list[float]]) -> None:
        """Take over the curves, behind those of earlier trainings."""
        self.loss_curve_ = before[0] + history.loss_curve
        if self.validation_loss_curve_ is not None:
            self.validation_loss_curve_ = before[1] + history.validation_curve
        if self.loss_curve_:
            self.loss_ = self.loss_curve_[-1]
            self.best_loss_ = min(self.loss_curve_)
        self.n_iter_ = len(self.loss_curve_)

    def _split(self, T: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Divide the patterns into those to learn from and those to judge by."""
        order = np.random.default_rng(self._seed).permutation(len(T))
        n = max(1, round(self.validation_fraction * len(T)))
        if n >= len(T) or not self.validation_fraction:
            raise ValueError(
                "early_stopping needs patterns to learn from and to judge by, and here are "
                f"n_samples={len(T)}, validation_fraction={self.validation_fraction}"
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

    def _learn_scales(self, X: Any, weight: NDArray[np.float64] | None) -> None:
        """Remember mean and deviation of the columns, or warn if they differ and are not used."""
        for name in ("mean_", "scale_"):
            vars(self).pop(name, None)
        if self.standardize:
            if is_sparse(X):
                raise ValueError(_NOT_SPARSE)
            self.mean_, self.scale_ = moments(X, weight)
        elif not is_sparse(X):
            size = np.maximum(X.max(axis=0), -X.min(axis=0)).astype(np.float64)
            size[size == 0] = np.nan
            with np.errstate(over="ignore"):
                ratio = np.nanmax(size) / np.nanmin(size) if np.isfinite(size).any() else 1
            if ratio > FAR_APART:
                names = getattr(self, "feature_names_in_", range(X.shape[1]))
                low, high = np.nanargmin(size), np.nanargmax(size)
                warnings.warn(
                    f"the columns of X differ in scale by a factor of {ratio:,.0f} (column "
                    f"{names[low]}: up to {size[low]:g}, column {names[high]}: up to "
                    f"{size[high]:g}), and training suffers from it: pass standardize=True",
                    stacklevel=4,
                )

    def _scaled(self, X: Any) -> Any:
        if not hasattr(self, "mean_"):
            return X
        if is_sparse(X):
            raise ValueError(_NOT_SPARSE)
        return np.asarray((X - self.mean_) / self.scale_)

    def _outputs(self, X: Any) -> Floats:
        self._check_fitted()
        return self.network_.forward(self._scaled(self._check_X(X, first=False)))

    def _validation_score(self, X: Any, T: Floats, weight: NDArray[np.float64] | None) -> float:
        raise NotImplementedError

    # --- files -----------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write everything that predicting needs to a safetensors file; :meth:`load` reads it.

        The file is also one of :meth:`Network.load <w2v.nn.Network.load>`. Callbacks, and a
        `random_state` that is no number, are left out.

        Parameters
        ----------
        path : path
            Usually ``.safetensors``.
        """
        self._check_fitted()
        self.network_.save(path, self._notes())

    def _notes(self, scores: int | None = None) -> dict[str, str]:
        """Return what a file says of the estimator, with so many validation scores."""
        learnt = learnt_of(self)
        if learnt.get("validation_scores_"):
            learnt["validation_scores_"] = learnt["validation_scores_"][:scores]
        about = {"estimator": type(self).__name__, "params": params_of(self), "learnt": learnt}
        return {METADATA: as_notes(about)}

    @classmethod
    def load(cls: type[Self], path: str | os.PathLike[str]) -> Self:
        """Read an estimator that :meth:`save` wrote; it predicts the same numbers.

        Parameters
        ----------
        path : path
            The file.

        Raises
        ------
        ValueError
            If the file is something else, or damaged.
        """
        estimator: Self = read_estimator(path, cls)
        return estimator
