"""``FeedForwardClassifier``: classes, or several labels a pattern."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.estimators.base import Floats, _check_weights, _codes, accuracy, distinct
from w2v.estimators.feedforward import _FeedForward
from w2v.networks.network import Layer


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
