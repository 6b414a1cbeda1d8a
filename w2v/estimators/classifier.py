"""Networks that tell classes apart, in scikit-learn's manners."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.checks import quoted
from w2v.estimators.base import Floats, accuracy, class_codes, distinct
from w2v.estimators.feedforward import FeedForward
from w2v.estimators.parameters import ClassifierParameters, documented
from w2v.networks.network import Layer
from w2v.networks.patterns import dense
from w2v.parallel import alone


@documented
class FeedForwardClassifier(FeedForward, ClassifierParameters):
    """A feed-forward network that tells classes apart.

    Two classes have one sigmoid output, more have a softmax; rows of several 0s and 1s (each class
    or label may hold or not) have a sigmoid output for each.

    Parameters
    ----------
    {parameters}

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
    loss_ : float
        The last of them.
    best_loss_ : float
        The smallest of them.
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

    _kind = "classifier"

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn what kind of estimator this is."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    # --- training --------------------------------------------------------------------------------

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
        self._check_settings()
        if isinstance(self.class_weight, str):  # "balanced"
            raise ValueError("class_weight='balanced' needs all of y: give partial_fit a dict")
        first = "network_" not in vars(self)
        if first and classes is None and np.shape(y)[1:] in ((), (1,)):
            raise ValueError("the first call of partial_fit needs classes, all there will be")
        if not first and classes is not None:
            if not np.array_equal(distinct(classes), self.classes_):
                raise ValueError(f"classes are {classes}, at the first call {self.classes_}")
        with alone(self):
            return self._fit(X, y, sample_weight, first=first, incremental=True, classes=classes)

    def _network_loss(self, outputs: Layer) -> str:
        if self.loss == "cross_entropy" and outputs.activation == "sigmoid":
            return "binary_cross_entropy"  # of the two classes, or of each label
        return self.loss

    def _check_same_classes(self, y: NDArray[Any]) -> None:
        if y.ndim == 1 and not self._multilabel:
            found = distinct(y)
            if not np.array_equal(found, self.classes_):
                raise ValueError(
                    f"warm_start=True goes on with the classes {self.classes_.tolist()}, and y has "
                    f"{found.tolist()}; partial_fit takes some of the classes"
                )

    def _output_layer(self, y: NDArray[Any], classes: Any) -> Layer:
        """Remember the classes, and return the layer that predicts them."""
        self._multilabel = y.ndim == 2
        if self._multilabel:
            self.classes_ = np.arange(y.shape[1])
            return Layer(y.shape[1], "sigmoid")
        self.classes_ = distinct(y if classes is None else classes)
        if len(self.classes_) <= 2:
            return Layer(1, "sigmoid")
        return Layer(len(self.classes_), "softmax" if self.loss == "cross_entropy" else "sigmoid")

    def _check_target(self, y: Any, n: int) -> NDArray[Any]:
        y = self._check_labels(dense(y), n)
        if y.ndim == 2 and not np.isin(y, (0, 1)).all():
            raise ValueError("Unknown label type: y of several columns must hold 0 and 1 only")
        return y

    def _targets(
        self, y: NDArray[Any], weight: NDArray[np.float64] | None, *, first: bool
    ) -> Floats:
        """Return a column for each output unit."""
        if self._multilabel:
            if y.ndim != 2 or y.shape[1] != len(self.classes_):
                raise ValueError(f"y needs {len(self.classes_)} columns, its shape is {y.shape}")
            return y.astype(np.float64)
        if y.ndim != 1:
            raise ValueError(f"y should be a 1d array, its shape is {y.shape}")
        codes = class_codes(self.classes_, y)
        if self.n_outputs_ == 1:
            return (codes == 1).astype(np.float64)[:, None]
        return np.eye(len(self.classes_), dtype=self.network_.dtype)[codes]

    def _weights(
        self, weight: NDArray[np.float64] | None, y: NDArray[Any]
    ) -> NDArray[np.float64] | None:
        """Return the weights of the patterns times those of their classes."""
        given = self.class_weight
        if given is None:
            return weight
        if self._multilabel:
            raise ValueError("class_weight is for one class a pattern; use sample_weight")
        codes = class_codes(self.classes_, y)
        if isinstance(given, str):  # "balanced"
            counts = np.bincount(codes, weight, minlength=len(self.classes_))
            of_class = counts.sum() / (len(counts) * np.maximum(counts, 1e-300))
        else:
            given = dict(given.items())  # also of a pandas Series
            unknown = [label for label in given if label not in self.classes_.tolist()]
            if unknown:
                raise ValueError(
                    f"class_weight names {', '.join(map(quoted, unknown))}, "
                    "which are no classes of "
                    f"y: these are {self.classes_.tolist()}"
                )
            of_class = np.array([given.get(c, 1.0) for c in self.classes_.tolist()])
        weights = np.asarray(of_class[codes] * (1.0 if weight is None else weight))
        if not weights.any():
            raise ValueError("class_weight leaves no pattern with a weight above 0")
        return weights

    # --- predicting ------------------------------------------------------------------------------

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the most probable class of each pattern (n,), or its labels (n, labels)."""
        out = self._outputs(X)
        if self._multilabel:
            return (out > 0.5).astype(np.int64)
        codes = (out[:, 0] > 0.5).astype(np.int64) if out.shape[1] == 1 else out.argmax(axis=1)
        if len(self.classes_) == 1:
            codes[:] = 0
        return self.classes_[codes]

    def predict_proba(self, X: Any) -> Floats:
        """Return the probability of each class (n, n_classes), in the order of `classes_`."""
        out = self._outputs(X)
        return out if self._multilabel else probabilities(out, len(self.classes_))

    def predict_log_proba(self, X: Any) -> Floats:
        """Return the logarithm of :meth:`predict_proba`."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self.predict_proba(X)))

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the share of patterns whose class (all of whose labels) is predicted."""
        return accuracy(self.predict(X), y, sample_weight)

    def _validation_score(self, X: Any, T: Floats, weight: NDArray[np.float64] | None) -> float:
        out = self.network_.forward(X)
        if out.shape[1] == 1 or self._multilabel:
            right = ((out > 0.5) == (T > 0.5)).all(axis=1)
        else:
            right = out.argmax(axis=1) == T.argmax(axis=1)
        return float(np.average(right, weights=weight))


def probabilities(out: Floats, n_classes: int) -> Floats:
    """Return a column for each class; one output unit serves one class or two."""
    if n_classes == 1:
        return np.ones_like(out)
    if out.shape[1] == 1:
        return np.hstack([1 - out, out])
    return np.asarray(out / out.sum(axis=1, keepdims=True))
