"""Networks in scikit-learn's manners; scikit-learn need not be installed.

``FeedForwardClassifier`` and ``FeedForwardRegressor`` take what ``MLPClassifier`` and
``MLPRegressor`` take, by the same names, and more. They pass scikit-learn's ``check_estimator``;
nothing of scikit-learn is imported but in :meth:`__sklearn_tags__`, which only scikit-learn calls.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from w2v.networks.network import DEFAULTS, History, Layer, Network, State

__all__ = [
    "ConvergenceWarning",
    "FeedForwardClassifier",
    "FeedForwardRegressor",
    "NotFittedError",
    "load",
]

Floats = NDArray[Any]
Self = TypeVar("Self", bound="Estimator")

# scikit-learn's names of activations, and ours
ALIASES = {"logistic": "sigmoid", "identity": "linear"}
SOLVERS = tuple(DEFAULTS)

METADATA = "w2v_estimator"  # where a file of a network says what else belongs to the estimator
_ARRAYS = ("classes_", "feature_names_in_", "mean_", "scale_", "target_mean_", "target_scale_")
_LEARNT = (
    *_ARRAYS,
    "n_features_in_",
    "loss_curve_",
    "validation_loss_curve_",
    "validation_scores_",
    "best_validation_score_",
    "loss_",
    "best_loss_",
    "n_iter_",
    "t_",
    "_multilabel",
    "_one_output",
)


class NotFittedError(ValueError, AttributeError):
    """A prediction was asked of an estimator that has learnt nothing yet."""


class ConvergenceWarning(UserWarning):
    """Training ended before it was done."""


class DataConversionWarning(UserWarning):
    """Data were taken in another shape than they came in."""


def theirs(ours: type) -> Any:
    """Return scikit-learn's exception of that name if it is loaded: what its users catch."""
    return getattr(sys.modules.get("sklearn.exceptions"), ours.__name__, ours)


class Estimator:
    """What scikit-learn asks of every estimator: parameters, checks of arrays, tags."""

    n_features_in_: int
    _kind: str  # "classifier" or "regressor"

    # --- parameters ------------------------------------------------------------------------------

    @classmethod
    def _parameter_names(cls) -> list[str]:
        return sorted(list(inspect.signature(cls.__init__).parameters)[1:])

    def _keep(self, given: dict[str, Any]) -> None:
        """Set the parameters from the ``locals()`` of ``__init__``, as they are."""
        for name in self._parameter_names():
            setattr(self, name, given[name])

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name.

        Parameters
        ----------
        deep : bool, default True
            Without effect: no parameter is an estimator.
        """
        return {name: getattr(self, name) for name in self._parameter_names()}

    def set_params(self: Self, **params: Any) -> Self:
        """Set parameters by name; an unknown one is a ValueError."""
        names = self._parameter_names()
        for name, value in params.items():
            if name not in names:
                raise ValueError(
                    f"Invalid parameter {name!r} for estimator {type(self).__name__}; it has "
                    f"{', '.join(names)}"
                )
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        """Show the parameters that are not at their defaults."""
        signature = inspect.signature(type(self).__init__).parameters
        changed = (
            f"{name}={value!r}"
            for name, value in self.get_params().items()
            if repr(value) != repr(signature[name].default)
        )
        return f"{type(self).__name__}({', '.join(changed)})"

    def __sklearn_is_fitted__(self) -> bool:
        """Tell scikit-learn whether there is something to predict with."""
        return hasattr(self, "n_iter_")

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn what kind of estimator this is."""
        from sklearn.utils import (
            ClassifierTags,
            InputTags,
            RegressorTags,
            Tags,
            TargetTags,
        )

        classifies = self._kind == "classifier"
        return Tags(
            estimator_type=self._kind,
            target_tags=TargetTags(required=True, multi_output=not classifies),
            classifier_tags=ClassifierTags() if classifies else None,
            regressor_tags=None if classifies else RegressorTags(),
            input_tags=InputTags(sparse=True),
        )

    # --- checks ----------------------------------------------------------------------------------

    def _check_fitted(self) -> None:
        if not self.__sklearn_is_fitted__():
            name = type(self).__name__
            raise theirs(NotFittedError)(f"this {name} is not fitted yet; call fit first")

    def _check_X(self, X: Any, *, first: bool) -> Floats:
        """Return `X` as (n, d) floats; the first time, remember d and the columns' names."""
        columns = _column_names(X)
        array = _as_matrix(X)
        name = type(self).__name__
        if first:
            self.n_features_in_ = array.shape[1]
            vars(self).pop("feature_names_in_", None)
            if columns is not None:
                self.feature_names_in_ = columns
            return array
        known = getattr(self, "feature_names_in_", None)
        if columns is None and known is not None:
            warnings.warn(
                f"X does not have valid feature names, but {name} was fitted with feature names",
                stacklevel=3,
            )
        elif columns is not None and known is None:
            warnings.warn(
                f"X has feature names, but {name} was fitted without feature names", stacklevel=3
            )
        elif columns is not None and known is not None and list(columns) != list(known):
            text = "The feature names should match those that were passed during fit.\n"
            new, gone = sorted(set(columns) - set(known)), sorted(set(known) - set(columns))
            if new:
                text += f"Feature names unseen at fit time:\n{_listed(new)}"
            if gone:
                text += f"Feature names seen at fit time, yet now missing:\n{_listed(gone)}"
            if not new and not gone:
                text += "Feature names must be in the same order as they were in fit.\n"
            raise ValueError(text)
        if array.shape[1] != self.n_features_in_:
            raise ValueError(
                f"X has {array.shape[1]} features, but {name} is expecting {self.n_features_in_} "
                "features as input"
            )
        return array

    def _check_y(self, y: Any, n: int) -> NDArray[Any]:
        """Return `y` as an array of n rows."""
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None"
            )
        array = np.asarray(y)
        if array.ndim == 2 and array.shape[1] == 1:
            warnings.warn(
                "A column-vector y was passed when a 1d array was expected; it is taken as "
                "y.ravel()",
                theirs(DataConversionWarning),
                stacklevel=4,
            )
            array = array.ravel()
        if array.ndim not in (1, 2):
            raise ValueError(f"y should be a 1d array, its shape is {array.shape}")
        if len(array) != n:
            raise ValueError(f"X has {n} patterns, y has {len(array)}")
        if array.dtype.kind == "c":
            raise ValueError("Complex data not supported")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise ValueError("Input y contains NaN or infinity")
        return array


def _listed(names: Iterable[str]) -> str:
    return "".join(f"- {name}\n" for name in names)


def _column_names(X: Any) -> NDArray[Any] | None:
    """Return the names of a data frame's columns, if they are strings."""
    columns = getattr(X, "columns", None)
    if columns is None or callable(columns):
        return None
    names = list(columns)
    return np.array(names, dtype=object) if all(isinstance(x, str) for x in names) else None


def _as_matrix(X: Any) -> Floats:
    if hasattr(X, "toarray"):  # a sparse matrix
        X = X.toarray()
    array = np.asarray(X)
    if array.dtype.kind == "c":
        raise ValueError("Complex data not supported")
    if array.dtype not in (np.dtype("float32"), np.dtype("float64")):
        array = array.astype(np.float64)  # its own errors name the text that is no number
    if array.ndim != 2:
        raise ValueError(
            f"Expected 2D array, a row for each pattern, got {array.ndim}D array instead. Reshape "
            "your data: array.reshape(-1, 1) if it has one feature, array.reshape(1, -1) if it is "
            "one pattern"
        )
    for axis, what in enumerate(("sample", "feature")):
        if not array.shape[axis]:
            raise ValueError(
                f"Found array with 0 {what}(s) (shape={array.shape}) while a minimum of 1 is "
                "required."
            )
    if not np.isfinite(array).all():
        row = int(np.isfinite(array).all(axis=1).argmin())
        what = "NaN" if np.isnan(array[row]).any() else "infinity (inf)"
        raise ValueError(f"Input X contains {what}, first in row {row}")
    return array


def _check_weights(sample_weight: Any, n: int) -> NDArray[np.float64] | None:
    if sample_weight is None:
        return None
    weight = np.asarray(sample_weight, dtype=np.float64)
    if weight.ndim == 0:
        weight = np.full(n, float(weight))
    if weight.shape != (n,):
        raise ValueError(f"sample_weight has shape {weight.shape}, expected ({n},)")
    if not np.isfinite(weight).all() or (weight < 0).any():
        raise ValueError("sample_weight must hold finite numbers of at least 0")
    if not weight.any():
        raise ValueError("Sample weights must contain at least one non-zero number.")
    return weight


def _moments(X: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
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


class _FeedForward(Estimator):
    """What classifier and regressor share: the network, and how it is trained."""

    hidden_layer_sizes: int | Sequence[int]
    activation: str | Sequence[str]
    loss: str
    solver: str
    learning_rate_init: float | None
    decay: float
    momentum: float
    nesterovs_momentum: bool
    batch_size: int | str
    max_iter: int
    tol: float
    n_iter_no_change: int
    early_stopping: bool
    validation_fraction: float
    dropout: float | Sequence[float]
    l2: float
    clip: float | None
    init: str | None
    standardize: bool
    shuffle: bool
    random_state: Any
    warm_start: bool
    callbacks: Sequence[Callable[[Any], Any]]
    workers: int
    dtype: str | None
    verbose: bool

    _losses: tuple[str, ...]
    _multilabel = False
    network_: Network
    classes_: NDArray[Any]

    # --- what was learnt -------------------------------------------------------------------------

    def _fitted_network(self, name: str) -> Network:
        if "network_" not in vars(self):
            raise AttributeError(f"{type(self).__name__} has no {name} before fit")
        return self.network_

    @property
    def coefs_(self) -> list[Floats]:
        """Weights of each layer, (sources, destinations) as scikit-learn has them; views."""
        return [w.T for w in self._fitted_network("coefs_").weights]

    @property
    def intercepts_(self) -> list[Floats]:
        """Biases of each layer; views."""
        return [b for b in self._fitted_network("intercepts_").biases if b is not None]

    @property
    def n_layers_(self) -> int:
        """Number of layers, with the input."""
        return len(self._fitted_network("n_layers_").layers) + 1

    @property
    def n_outputs_(self) -> int:
        """Number of output units."""
        return self._fitted_network("n_outputs_").layers[-1].units

    @property
    def out_activation_(self) -> str:
        """Activation of the output layer."""
        return self._fitted_network("out_activation_").layers[-1].activation

    # --- training --------------------------------------------------------------------------------

    def _hidden(self) -> list[Layer]:
        sizes = self.hidden_layer_sizes
        sizes = [sizes] if isinstance(sizes, (int, np.integer)) else list(sizes)
        if not all(isinstance(size, (int, np.integer)) and size > 0 for size in sizes):
            raise ValueError(
                f"hidden_layer_sizes must be whole numbers above 0, not {self.hidden_layer_sizes}"
            )
        names = self.activation
        names = [names] * len(sizes) if isinstance(names, str) else list(names)
        if len(names) != len(sizes):
            raise ValueError(
                f"activation has {len(names)} names for {len(sizes)} hidden layers; give one for "
                "each, or one name for all"
            )
        return [
            Layer(int(size), ALIASES.get(name, name))
            for size, name in zip(sizes, names, strict=True)
        ]

    def _check_settings(self) -> None:
        if self.loss not in self._losses:
            raise ValueError(f"loss must be one of {', '.join(self._losses)}, not {self.loss!r}")
        if self.solver not in SOLVERS:
            raise ValueError(f"solver must be one of {', '.join(SOLVERS)}, not {self.solver!r}")
        if self.early_stopping and not 0 < self.validation_fraction < 1:
            raise ValueError(
                f"validation_fraction must lie between 0 and 1, not {self.validation_fraction}"
            )

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

    def _train(
        self, X: Floats, T: Floats, weight: NDArray[np.float64] | None, *, incremental: bool
    ) -> None:
        if weight is not None:  # patterns that do not count are not there
            X, T, weight = X[weight > 0], T[weight > 0], weight[weight > 0]
        held = None
        if self.early_stopping and not incremental:
            train, test = self._split(T)
            held = (X[test], T[test])
            X, T = X[train], T[train]
            weight = None if weight is None else weight[train]
        solver = self.solver
        if solver == "sgd" and self.momentum:
            solver = "nesterov" if self.nesterovs_momentum else "momentum"
        options: dict[str, Any] = {}
        if "momentum" in DEFAULTS[solver]:
            options["momentum"] = self.momentum
        batch = min(200, len(X)) if self.batch_size == "auto" else self.batch_size
        if isinstance(batch, str):
            raise ValueError(f"batch_size must be 'auto' or a whole number, not {batch!r}")
        before = list(self.loss_curve_), list(self.validation_loss_curve_ or [])

        def after_epoch(network: Network, history: History) -> bool:
            self._record(history, before)
            if held is not None and self.validation_scores_ is not None:
                self.validation_scores_.append(self._judge(*held))
            if self.verbose:
                print(f"Iteration {self.n_iter_}, loss = {self.loss_:.8f}")
            # all of them are called, whatever the first one says
            return any([bool(callback(self)) for callback in self.callbacks])

        watched = held is not None or self.verbose or self.callbacks
        history = self.network_.train(
            X,
            T,
            epochs=1 if incremental else self.max_iter,
            batch_size=min(batch, len(X)),
            optimizer=solver,
            learning_rate=self.learning_rate_init,
            decay=self.decay,
            dropout=self.dropout,
            l2=self.l2,
            clip=self.clip,
            tol=self.tol,
            patience=None if incremental else self.n_iter_no_change,
            validation=held,
            sample_weight=weight,
            shuffle=self.shuffle,
            seed=self._seed,
            workers=self.workers,
            callback=after_epoch if watched else None,
            state=self._state if incremental else None,
            **options,
        )
        self._record(history, before)
        self._state = history.state
        self.t_ += len(X) * len(history.loss_curve)
        if self.validation_scores_:
            self.best_validation_score_ = max(self.validation_scores_)
        if history.reason == "epochs" and not incremental:
            warnings.warn(
                f"max_iter={self.max_iter} epochs are over and the loss still falls; raise "
                "max_iter, learning_rate_init or tol",
                theirs(ConvergenceWarning),
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
        if n >= len(T):
            raise ValueError(
                f"early_stopping needs patterns to learn from and to judge by; there are {len(T)}"
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

    def _scaled(self, X: Floats, *, first: bool = False) -> Floats:
        if not self.standardize:
            return X
        if first:
            self.mean_, self.scale_ = _moments(X)
        return np.asarray((X - self.mean_) / self.scale_)

    def _outputs(self, X: Any) -> Floats:
        self._check_fitted()
        return self.network_.forward(self._scaled(self._check_X(X, first=False)))

    def _judge(self, X: Floats, T: Floats) -> float:
        raise NotImplementedError

    def _precision(self, X: Floats) -> Any:
        return X.dtype if self.dtype is None else self.dtype

    # --- files -----------------------------------------------------------------------------------

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
        learnt = {name: value for name, value in vars(self).items() if name in _LEARNT}
        about = {"estimator": type(self).__name__, "params": params, "learnt": learnt}
        self.network_.save(path, {METADATA: json.dumps(about, default=plain)})


class FeedForwardClassifier(_FeedForward):
    """A feed-forward network that tells classes apart.

    Two classes have one sigmoid output, more have a softmax; rows of several 0s and 1s (each class
    or label may hold or not) have a sigmoid output for each.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default (100,)
        Units of each hidden layer; ``()`` is a network without one.
    activation : str or sequence of str, default "relu"
        "sigmoid" ("logistic"), "tanh", "relu", "linear" ("identity") or "sine": of all hidden
        layers, or one for each.
    loss : {"cross_entropy", "squared_error"}, default "cross_entropy"
        Squared error, 1/2 sum (t - o)^2, has a sigmoid output for each class (for two: one).
    solver : str, default "adam"
        A name in :data:`w2v.nn.DEFAULTS`: "sgd" (with `momentum`), "adam", "rmsprop", ...
    learning_rate_init : float, optional
        Default: what is customary for the solver, 0.001 for "adam", 0.1 for "sgd".
    decay : float, default 0
        The rate of update t is learning_rate_init / (1 + decay t).
    momentum, nesterovs_momentum : float, bool, default 0.9, True
        For "sgd"; momentum 0 is the plain gradient step.
    batch_size : int or "auto", default "auto"
        Patterns an update, of their mean gradient; "auto" is 200, or all if they are fewer.
    max_iter : int, default 200
        Epochs, at most; if the loss still falls then, there is a ConvergenceWarning.
    tol, n_iter_no_change : float, int, default 1e-4, 10
        Training ends when so many epochs in a row have not lowered the loss by `tol`.
    early_stopping : bool, default False
        Hold out `validation_fraction` of the patterns, judge by the loss on them, and keep the
        weights of the best epoch.
    validation_fraction : float, default 0.1
        Share of the patterns held out; those of a classifier in proportion to the classes.
    dropout : float or sequence of float, default 0
        Probability of silencing a hidden unit during training, for all layers or for each.
    l2 : float, default 0
        l2 / 2 times the sum of squared weights is added to the mean loss (scikit-learn's `alpha`
        is divided by the number of patterns, this is not).
    clip : float, optional
        Longer gradients are shortened to this length.
    init : {"glorot", "he", "uniform"}, optional
        Default: "he" if a hidden layer is "relu", else "glorot".
    standardize : bool, default False
        Bring each feature to mean 0 and deviation 1, as they are in the training data, here and
        when predicting; the numbers that a regressor learns, too.
    shuffle : bool, default True
        Take the patterns in another order in each epoch.
    random_state : int, Generator, RandomState or None
        Where all random numbers come from; an int makes the training repeatable.
    warm_start : bool, default False
        `fit` goes on from the weights of the fit before.
    callbacks : sequence of function, default ()
        Called with the estimator after each epoch; what is true in an answer ends the training.
    workers : int, default 1
        Threads; the result does not depend on it.
    dtype : {"float32", "float64"}, optional
        Precision of the network. Default: that of X, as in scikit-learn, where all but float32
        counts as float64. "float32" is up to twice as fast.
    verbose : bool, default False
        Print a line for each epoch.

    class_weight : dict, "balanced" or None
        Importance of each class; "balanced" makes all classes count the same.

    Attributes
    ----------
    classes_ : (n_classes,) array
        The classes, sorted.
    network_ : Network
        To look at with ``hidden(X, layer)`` and the like.
    coefs_, intercepts_ : list of arrays
        Weights (sources, destinations) and biases of each layer.
    loss_curve_, validation_loss_curve_ : list of float
        Mean loss of each epoch; the second is None without `early_stopping`, as are
        ``validation_scores_`` and ``best_validation_score_``.
    loss_, best_loss_ : float
        The last of them and the smallest.
    n_iter_, t_ : int
        Epochs, and patterns seen.
    n_features_in_, feature_names_in_, n_layers_, n_outputs_, out_activation_
        As in scikit-learn.

    Examples
    --------
    >>> from w2v import FeedForwardClassifier
    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], ["no", "yes", "yes", "no"]
    >>> net = FeedForwardClassifier(4, "tanh", learning_rate_init=0.1, random_state=1).fit(X, y)
    >>> net.predict([[0, 1]])
    array(['yes'], dtype='<U3')
    """

    class_weight: Mapping[Any, float] | str | None
    _kind = "classifier"
    _losses = ("cross_entropy", "squared_error")

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str | Sequence[str] = "relu",
        *,
        loss: str = "cross_entropy",
        solver: str = "adam",
        learning_rate_init: float | None = None,
        decay: float = 0.0,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        batch_size: int | str = "auto",
        max_iter: int = 200,
        tol: float = 1e-4,
        n_iter_no_change: int = 10,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        dropout: float | Sequence[float] = 0.0,
        l2: float = 0.0,
        clip: float | None = None,
        init: str | None = None,
        standardize: bool = False,
        shuffle: bool = True,
        random_state: Any = None,
        warm_start: bool = False,
        callbacks: Sequence[Callable[[Any], Any]] = (),
        workers: int = 1,
        dtype: str | None = None,
        verbose: bool = False,
        class_weight: Mapping[Any, float] | str | None = None,
    ) -> None:
        self._keep(locals())

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn what kind of estimator this is."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    def _network_loss(self, outputs: Layer) -> str:
        if self.loss == "cross_entropy" and outputs.activation == "sigmoid":
            return "binary_cross_entropy"  # of the two classes, or of each label
        return self.loss

    def _start(self, X: Any, y: Any, classes: Any = None) -> tuple[Floats, NDArray[Any]]:
        """Check the arrays, find the classes and make the network."""
        X = self._check_X(X, first=True)
        y = self._check_labels(y, len(X))
        self._check_settings()
        self._multilabel = y.ndim == 2
        if self._multilabel:
            self.classes_ = np.arange(y.shape[1])
        else:
            self.classes_ = distinct(y if classes is None else classes)
        softmax = self.loss == "cross_entropy" and not self._multilabel
        n = len(self.classes_)
        if n <= 2 and not self._multilabel:
            outputs = Layer(1, "sigmoid")
        else:
            outputs = Layer(n, "softmax" if softmax else "sigmoid")
        self._build(outputs, self._precision(X))
        return X, y

    def _check_labels(self, y: Any, n: int) -> NDArray[Any]:
        if hasattr(y, "toarray"):
            y = y.toarray()
        y = self._check_y(y, n)
        if y.dtype.kind == "f" and (y != np.round(y)).any():
            raise ValueError(
                "Unknown label type: y is continuous, its numbers are not whole; a "
                "FeedForwardRegressor predicts such numbers"
            )
        if y.ndim == 2 and not np.isin(y, (0, 1)).all():
            raise ValueError("Unknown label type: y of several columns must hold 0 and 1 only")
        return y

    def _targets(self, y: NDArray[Any]) -> Floats:
        """Return a column for each output unit."""
        if self._multilabel:
            if y.ndim != 2 or y.shape[1] != len(self.classes_):
                raise ValueError(f"y needs {len(self.classes_)} columns, its shape is {y.shape}")
            return y.astype(np.float64)
        if y.ndim != 1:
            raise ValueError(f"y should be a 1d array, its shape is {y.shape}")
        codes = _codes(self.classes_, y)
        if self.n_outputs_ == 1:
            return (codes == 1).astype(np.float64)[:, None]
        return np.eye(len(self.classes_), dtype=self.network_.dtype)[codes]

    def _weights(self, sample_weight: Any, y: NDArray[Any]) -> NDArray[np.float64] | None:
        weight = _check_weights(sample_weight, len(y))
        if self.class_weight is None:
            return weight
        if self._multilabel:
            raise ValueError("class_weight is for one class a pattern; use sample_weight")
        codes = _codes(self.classes_, y)
        if isinstance(self.class_weight, str):
            if self.class_weight != "balanced":
                raise ValueError(
                    f"class_weight must be 'balanced', a dict or None, not {self.class_weight!r}"
                )
            counts = np.bincount(codes, weight, minlength=len(self.classes_))
            of_class = counts.sum() / (len(counts) * np.maximum(counts, 1e-300))
        else:
            unknown = set(self.class_weight) - set(self.classes_.tolist())
            if unknown:
                raise ValueError(f"class_weight names {unknown}, which are no classes of y")
            of_class = np.array([self.class_weight.get(c, 1.0) for c in self.classes_.tolist()])
        return np.asarray(of_class[codes] * (1.0 if weight is None else weight))

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> FeedForwardClassifier:
        """Train on patterns `X` with classes `y`.

        Parameters
        ----------
        X : (n, d) array, data frame or sparse matrix
            Patterns.
        y : (n,) array, or (n, labels) array of 0 and 1
            Their classes, numbers or strings.
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
        first = not (self.warm_start and hasattr(self, "network_"))
        if first:
            X, y = self._start(X, y)
        else:
            X = self._check_X(X, first=False)
            y = self._check_labels(y, len(X))
        weight = self._weights(sample_weight, y)
        T = self._targets(y)
        self._train(self._scaled(X, first=first), T, weight, incremental=False)
        return self

    def partial_fit(
        self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None
    ) -> FeedForwardClassifier:
        """Train for one epoch on these patterns, going on from where training stands.

        Parameters
        ----------
        X, y, sample_weight
            As :meth:`fit` takes them.
        classes : (n_classes,) array
            All classes; needed by the first call only.

        Returns
        -------
        self
        """
        if self.class_weight == "balanced":
            raise ValueError("class_weight='balanced' needs all of y: give partial_fit a dict")
        first = not hasattr(self, "network_")
        if first:
            if classes is None and np.ndim(y) != 2:
                raise ValueError("the first call of partial_fit needs classes, all there will be")
            X, y = self._start(X, y, classes)
        else:
            X = self._check_X(X, first=False)
            y = self._check_labels(y, len(X))
            if classes is not None and not np.array_equal(distinct(classes), self.classes_):
                raise ValueError(f"classes are {classes}, at the first call {self.classes_}")
        weight = self._weights(sample_weight, y)
        T = self._targets(y)
        self._train(self._scaled(X, first=first), T, weight, incremental=True)
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the most probable class of each pattern (n,), or its labels (n, labels)."""
        return self._named(self._outputs(X))

    def _named(self, out: Floats) -> NDArray[Any]:
        if self._multilabel:
            return (out > 0.5).astype(np.int64)
        codes = (out[:, 0] > 0.5).astype(np.int64) if out.shape[1] == 1 else out.argmax(axis=1)
        if len(self.classes_) == 1:
            codes[:] = 0
        return self.classes_[codes]

    def predict_proba(self, X: Any) -> Floats:
        """Return the probability of each class (n, n_classes), in the order of `classes_`."""
        out = self._outputs(X)
        if self._multilabel:
            return out
        if len(self.classes_) == 1:
            return np.ones_like(out)
        if out.shape[1] == 1:
            return np.hstack([1 - out, out])
        return np.asarray(out / out.sum(axis=1, keepdims=True))

    def predict_log_proba(self, X: Any) -> Floats:
        """Return the logarithm of :meth:`predict_proba`."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self.predict_proba(X)))

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the share of patterns whose class (all of whose labels) is predicted."""
        return accuracy(self.predict(X), y, sample_weight)

    def _judge(self, X: Floats, T: Floats) -> float:
        out = self.network_.forward(X)
        if out.shape[1] == 1 or self._multilabel:
            return float(((out > 0.5) == (T > 0.5)).all(axis=1).mean())
        return float((out.argmax(axis=1) == T.argmax(axis=1)).mean())


def distinct(y: Any) -> NDArray[Any]:
    try:
        return np.unique(np.asarray(y))
    except TypeError:
        raise ValueError("Unknown label type: y mixes numbers, text or None") from None


def _codes(classes: NDArray[Any], y: NDArray[Any]) -> NDArray[np.int64]:
    """Return the place of each label among the classes."""
    codes = np.searchsorted(classes, y).clip(max=len(classes) - 1)
    known = classes[codes] == y
    if not np.all(known):
        label = y.tolist()[int(np.argmin(known))]
        raise ValueError(f"y holds {label!r}, which is none of the classes {classes.tolist()}")
    return codes


def accuracy(found: NDArray[Any], y: Any, sample_weight: Any) -> float:
    y = np.asarray(y.toarray() if hasattr(y, "toarray") else y)
    if y.ndim == 2 and found.ndim == 1:
        y = y.ravel()
    if found.shape != y.shape:
        raise ValueError(f"X has {len(found)} patterns, y has shape {y.shape}")
    right = found == y
    right = right.all(axis=1) if right.ndim == 2 else right
    return float(np.average(right, weights=_check_weights(sample_weight, len(y))))


class FeedForwardRegressor(_FeedForward):
    """A feed-forward network that predicts numbers, one or several for each pattern.

    Parameters
    ----------
    loss : {"squared_error", "binary_cross_entropy"}, default "squared_error"
        1/2 sum (t - o)^2 of linear outputs; or the cross-entropy of sigmoid outputs, for targets
        between 0 and 1.
    hidden_layer_sizes, activation, ...
        As of :class:`FeedForwardClassifier`; `validation_scores_` are R^2.

    Examples
    --------
    >>> from w2v import FeedForwardRegressor
    >>> line = FeedForwardRegressor((), solver="sgd", momentum=0, tol=1e-12, max_iter=1000)
    >>> line.fit([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]).predict([[3.0]]).round(2)
    array([7.])
    """

    _kind = "regressor"
    _losses = ("squared_error", "binary_cross_entropy")

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str | Sequence[str] = "relu",
        *,
        loss: str = "squared_error",
        solver: str = "adam",
        learning_rate_init: float | None = None,
        decay: float = 0.0,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        batch_size: int | str = "auto",
        max_iter: int = 200,
        tol: float = 1e-4,
        n_iter_no_change: int = 10,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        dropout: float | Sequence[float] = 0.0,
        l2: float = 0.0,
        clip: float | None = None,
        init: str | None = None,
        standardize: bool = False,
        shuffle: bool = True,
        random_state: Any = None,
        warm_start: bool = False,
        callbacks: Sequence[Callable[[Any], Any]] = (),
        workers: int = 1,
        dtype: str | None = None,
        verbose: bool = False,
    ) -> None:
        self._keep(locals())

    def _start(self, X: Any, y: Any) -> tuple[Floats, NDArray[Any]]:
        X = self._check_X(X, first=True)
        y = self._check_numbers(y, len(X))
        self._check_settings()
        self._one_output = y.ndim == 1
        outputs = "linear" if self.loss == "squared_error" else "sigmoid"
        self._build(Layer(1 if y.ndim == 1 else y.shape[1], outputs), self._precision(X))
        return X, y

    def _check_numbers(self, y: Any, n: int) -> NDArray[Any]:
        y = self._check_y(y, n)
        try:
            y = y.astype(np.float64)
        except (TypeError, ValueError):
            raise ValueError("y must hold numbers; for labels take the classifier") from None
        if not np.isfinite(y).all():
            raise ValueError("Input y contains NaN or infinity")
        if self.loss == "binary_cross_entropy" and ((y < 0) | (y > 1)).any():
            raise ValueError("loss 'binary_cross_entropy' needs targets between 0 and 1")
        return y

    def _targets(self, y: NDArray[Any], *, first: bool) -> Floats:
        T = y[:, None] if y.ndim == 1 else y
        if T.shape[1] != self.n_outputs_:
            raise ValueError(f"y has {T.shape[1]} columns, at first it had {self.n_outputs_}")
        if not self._scales_targets():
            return np.asarray(T)
        if first:
            self.target_mean_, self.target_scale_ = _moments(T)
        return np.asarray((T - self.target_mean_) / self.target_scale_)

    def _scales_targets(self) -> bool:
        return self.standardize and self.loss == "squared_error"

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> FeedForwardRegressor:
        """Train on patterns `X` with numbers `y`.

        Parameters
        ----------
        X : (n, d) array, data frame or sparse matrix
            Patterns.
        y : (n,) or (n, outputs) array
            What to predict.
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
        first = not (self.warm_start and hasattr(self, "network_"))
        if first:
            X, y = self._start(X, y)
        else:
            X = self._check_X(X, first=False)
            y = self._check_numbers(y, len(X))
        weight = _check_weights(sample_weight, len(y))
        T = self._targets(y, first=first)
        self._train(self._scaled(X, first=first), T, weight, incremental=False)
        return self

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> FeedForwardRegressor:
        """Train for one epoch on these patterns, going on from where training stands.

        Takes and returns what :meth:`fit` does.
        """
        first = not hasattr(self, "network_")
        if first:
            X, y = self._start(X, y)
        else:
            X = self._check_X(X, first=False)
            y = self._check_numbers(y, len(X))
        weight = _check_weights(sample_weight, len(y))
        T = self._targets(y, first=first)
        self._train(self._scaled(X, first=first), T, weight, incremental=True)
        return self

    def predict(self, X: Any) -> Floats:
        """Return what each pattern gives, (n,) or (n, outputs)."""
        out = self._outputs(X)
        if self._scales_targets():
            out = out * self.target_scale_ + self.target_mean_
        return out[:, 0] if self._one_output else out

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return R^2: 1 is perfect, 0 as good as the mean of y; of several outputs the mean."""
        found = np.asarray(self.predict(X), dtype=np.float64)
        y = self._check_numbers(y, len(found)).reshape(found.shape)
        return _r2(found, y, _check_weights(sample_weight, len(y)))

    def _judge(self, X: Floats, T: Floats) -> float:
        return _r2(self.network_.forward(X).astype(np.float64), T, None)


def _r2(found: Floats, y: Floats, weight: NDArray[np.float64] | None) -> float:
    unexplained = np.average((y - found) ** 2, axis=0, weights=weight)
    total = np.average((y - np.average(y, axis=0, weights=weight)) ** 2, axis=0, weights=weight)
    # a target that does not vary: 1 if it is hit, as scikit-learn has it
    constant = np.where(unexplained > 0, 0.0, 1.0)
    explained = 1 - unexplained / np.where(total > 0, total, 1)
    return float(np.mean(np.where(total > 0, explained, constant)))


def plain(value: Any) -> Any:
    """Return numpy's numbers and arrays as what JSON can hold."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    raise TypeError(f"{value!r} cannot be written to a file")


def load(path: str | os.PathLike[str]) -> FeedForwardClassifier | FeedForwardRegressor:
    """Read an estimator that ``save`` wrote.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    FeedForwardClassifier or FeedForwardRegressor
        It predicts the same numbers.

    Raises
    ------
    ValueError
        If the file is something else.
    """
    network, about = read_network(path, METADATA)
    kinds = {kind.__name__: kind for kind in (FeedForwardClassifier, FeedForwardRegressor)}
    estimator: Any = kinds[about["estimator"]](**about["params"])
    estimator.network_ = network
    estimator._state, estimator._seed = None, 0
    for name, value in about["learnt"].items():
        setattr(estimator, name, np.array(value) if name in _ARRAYS else value)
    if "feature_names_in_" in about["learnt"]:
        estimator.feature_names_in_ = estimator.feature_names_in_.astype(object)
    return estimator


def read_network(path: str | os.PathLike[str], key: str) -> tuple[Network, dict[str, Any]]:
    """Read a network's file and what stands under `key` in its metadata."""
    from safetensors import safe_open

    network = Network.load(os.fspath(path))
    with safe_open(path, "numpy") as file:
        about = json.loads(file.metadata().get(key, "null"))
    if about is None:
        raise ValueError(f"{path} holds a network alone; Network.load reads it")
    return network, about
