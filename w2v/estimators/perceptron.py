"""The perceptron, its learning rule, and what it can and cannot compute."""

from __future__ import annotations

import itertools
import math
import sys
import warnings
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.checks import quoted, whole_number
from w2v.estimators.base import ConvergenceWarning, Estimator, accuracy, distinct, sklearn_twin
from w2v.estimators.parameters import documented, parameter, real, whole
from w2v.parallel import alone

LARGEST = 1e150  # its square is finite
SCALE = "bring the columns to one scale (subtract the mean, divide by the standard deviation)"

__all__ = ["Perceptron", "learnable_functions", "threshold_functions"]


@documented
@dataclass(eq=False, repr=False, kw_only=True)
class Perceptron(Estimator):
    """One threshold unit, o = 1 if w . x + b > 0 else 0, and its learning rule.

    Pattern by pattern, in their order: w changes by learning_rate (t - o) x, b by
    learning_rate (t - o). If a hyperplane separates the two classes, the rule finds one; if none
    does, it never ends, and :attr:`report_` says what is known.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    coef_, intercept_ : (1, d) and (1,) arrays
        w and b.
    classes_ : (2,) array
        The classes; the second is the one of output 1.
    n_iter_ : int
        Epochs; the last one is without error if it converged.
    errors_curve_ : list of int
        Wrong patterns in each epoch.
    converged_ : bool
        Whether every pattern is right.
    separable_ : bool or None
        Whether a hyperplane can separate the classes; None if that is not known. It is known not
        to be when the weights return to what they were after an earlier epoch: from there on the
        rule repeats itself. Both answers are checked in exact arithmetic, so that no rounding of
        numbers makes them.
    report_ : str
        The same in a sentence.

    References
    ----------
    Rosenblatt (1958), The perceptron. Novikoff (1962), On convergence proofs for perceptrons.

    Examples
    --------
    >>> from w2v import Perceptron
    >>> unit = Perceptron().fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1])
    >>> unit.report_
    'converged in 6 epochs: every pattern is right'
    """

    learning_rate: float = parameter(
        1.0,
        "Without influence on what is learnt, as the weights start at 0: it only scales them.",
        real(sys.float_info.min),
    )
    max_iter: int = parameter(1000, "Most epochs.", whole(1))

    _kind = "classifier"

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn what kind of estimator this is."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags

    def fit(self, X: Any, y: Any) -> Perceptron:
        """Learn to tell two classes apart.

        Parameters
        ----------
        X : (n, d) array, data frame or sparse matrix
            Patterns, learnt in this order.
        y : (n,) array
            Two classes, numbers or strings.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If y has one class only, or more than two, or X has numbers whose squares overflow.

        Warns
        -----
        ConvergenceWarning
            With `report_`, if the rule did not converge.
        """
        with alone(self), self._all_or_nothing():
            self._fit(X, y)
        if not self.converged_:
            warnings.warn(self.report_, sklearn_twin(ConvergenceWarning), stacklevel=2)
        return self

    def _fit(self, X: Any, y: Any) -> None:
        self._check_settings()
        X = self._check_X(X, first=True).astype(np.float64)
        if abs(X).max() > LARGEST:
            raise ValueError(f"X holds numbers above {LARGEST:g}, whose squares overflow: scale it")
        y = self._check_labels(y, X.shape[0])
        if y.ndim != 1:
            raise ValueError(f"y should be a 1d array, its shape is {y.shape}")
        self.classes_ = distinct(y)
        if len(self.classes_) == 1:
            raise ValueError(
                f"y has one class only, {quoted(self.classes_[0])}; a perceptron learns two"
            )
        if len(self.classes_) > 2:
            raise ValueError(
                f"Only binary classification is supported, y has {len(self.classes_)} classes; "
                "take a FeedForwardClassifier"
            )
        targets = (y == self.classes_[1]).astype(np.float64)
        w = np.zeros(X.shape[1] + 1)  # the last one is the bias
        seen = {w.tobytes(): 0}
        cycle = None
        self.errors_curve_: list[int] = []
        while len(self.errors_curve_) < self.max_iter and cycle is None:
            self.errors_curve_.append(len(_epoch(w, X, targets)))
            if not self.errors_curve_[-1]:
                break
            epoch = len(self.errors_curve_)
            if seen.setdefault(w.tobytes(), epoch) != epoch:
                cycle = seen[w.tobytes()]
        # From weights 0 the rate only scales them; at rate 1 whole inputs keep them exact.
        rate = float(self.learning_rate)
        self.coef_, self.intercept_ = rate * w[None, :-1], rate * w[-1:]
        self.n_iter_ = len(self.errors_curve_)
        self.converged_ = self.errors_curve_[-1] == 0
        self.separable_: bool | None = None
        if self.converged_ and _separates(w, X, targets):
            self.separable_ = True
        elif cycle is not None and _comes_back(w, X, targets, self.n_iter_ - cycle):
            self.separable_ = False
        self.report_ = self._report(int((_outputs(X, w) != targets).sum()), len(y), cycle)

    def _report(self, wrong: int, n: int, cycle: int | None) -> str:
        if self.converged_:
            right = f"converged in {self.n_iter_} epochs: every pattern is right"
            if self.separable_:
                return right
            return f"{right}, but some lie so near the hyperplane that rounding decides; {SCALE}"
        left = f"{wrong} of {n} patterns are wrong"
        if cycle is None:
            return (
                f"not converged in {self.n_iter_} epochs, {left}: perhaps no hyperplane separates "
                "the classes, perhaps a larger max_iter finds one"
            )
        if self.separable_ is None:
            return (
                f"not converged in {self.n_iter_} epochs, {left}: the weights are those after "
                f"epoch {cycle} again, but rounding brought them back, so that nothing is known "
                f"about the classes; {SCALE}"
            )
        return (
            f"not converged, and never will: after epoch {self.n_iter_} the weights are those "
            f"after epoch {cycle} again, so the rule goes in a circle; no hyperplane separates "
            f"the classes ({left})"
        )

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """Return w . x + b of each pattern, (n,)."""
        self._check_fitted()
        return np.asarray(self._check_X(X, first=False) @ self.coef_[0] + self.intercept_[0])

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the class of each pattern, (n,)."""
        side = self.decision_function(X) > 0
        return self.classes_[side.astype(np.int64)]

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the share of patterns whose class is predicted."""
        return accuracy(self.predict(X), y, sample_weight)


def _outputs(X: Any, w: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray(X @ w[:-1] + w[-1] > 0)


def _epoch(w: NDArray[np.float64], X: Any, targets: NDArray[np.float64]) -> list[int]:
    """Apply the rule to each pattern in turn, changing `w`; return which were wrong."""
    errors: list[int] = []
    i = 0
    while i < len(targets):
        # all up to the next wrong one at once, in blocks: after it the weights are others
        block = slice(i, i + 256)
        wrong = np.flatnonzero(_outputs(X[block], w) != targets[block])
        if not len(wrong):
            i += 256
            continue
        i += int(wrong[0])
        change = 2 * targets[i] - 1  # t - o of a wrong one
        if isinstance(X, np.ndarray):
            w[:-1] += change * X[i]
        else:
            row = slice(*X.indptr[i : i + 2])
            np.add.at(w, X.indices[row], change * X.data[row])
        w[-1] += change
        errors.append(i)
        i += 1
    return errors


def _comes_back(w: NDArray[np.float64], X: Any, targets: NDArray[np.float64], epochs: int) -> bool:
    """Return whether the changes of so many epochs from `w` on add up to 0, exactly.

    If they do, no hyperplane separates the classes, however the weights were computed: it would
    have to turn each change, and so their sum, to one side.
    """
    w = w.copy()
    counts = Counter(i for _ in range(epochs) for i in _epoch(w, X, targets))
    total = [Fraction(0)] * (X.shape[1] + 1)
    for i, count in counts.items():
        change = count if targets[i] else -count
        for column, value in (*_entries(X, i), (-1, 1.0)):
            total[column] += change * Fraction(value)
    return not any(total)


def _separates(w: NDArray[np.float64], X: Any, targets: NDArray[np.float64]) -> bool:
    """Return whether every pattern is on its side of the hyperplane, exactly."""
    sums = X @ w[:-1] + w[-1]
    # of an inner product's rounding; twice, as the bound is rounded itself
    bound = 2 * len(w) * np.finfo(np.float64).eps * (abs(X) @ abs(w[:-1]) + abs(w[-1]))
    for i in np.flatnonzero(abs(sums) <= bound).tolist():
        exact = Fraction(w[-1])
        for column, value in _entries(X, i):
            exact += Fraction(value) * Fraction(w[column])
        if (exact > 0) != bool(targets[i]):
            return False
    return True


def _entries(X: Any, i: int) -> list[tuple[int, float]]:
    """Return column and value of the entries of row i that are not 0."""
    row = X[i] if isinstance(X, np.ndarray) else X[[i]].toarray()[0]
    return [(int(column), float(row[column])) for column in np.flatnonzero(row)]


def threshold_functions(n: int, d: int) -> int:
    """Count the ways in which a perceptron of d weights can divide n points in general position.

    n hyperplanes through the origin of the d-dimensional weight space cut it into R(n, d) regions,
    and all weights of a region divide the points alike. With a bias, d is the inputs and one more.

    Parameters
    ----------
    n : int
        Points, at least 1.
    d : int
        Weights, at least 1, the bias among them.

    Returns
    -------
    int
        R(n, d) = R(n - 1, d) + R(n - 1, d - 1) with R(1, d) = R(n, 1) = 2, which is
        2 sum_{i < d} C(n - 1, i): 2^n as long as n <= d.

    References
    ----------
    Cover (1965), Geometrical and statistical properties of systems of linear inequalities.

    Examples
    --------
    >>> threshold_functions(4, 3)
    14
    """
    n, d = whole_number("n", n, 1), whole_number("d", d, 1)
    return 2 * sum(math.comb(n - 1, i) for i in range(d))


def learnable_functions(n_inputs: int) -> dict[tuple[int, ...], str]:
    """Let a perceptron learn every Boolean function of some inputs.

    Parameters
    ----------
    n_inputs : int
        1, 2 or 3: of n inputs there are 2^(2^n) functions.

    Returns
    -------
    dict
        The values of a function at (0, 0), (0, 1), (1, 0), (1, 1) (and so on for other numbers of
        inputs) to the perceptron's report. It converges for 14 of the 16 functions of two inputs,
        all but XOR and its negation; 14 is R(4, 3). For three inputs it is 104 of 256: fewer
        than R(8, 4) = 128, because the corners of a cube are not in general position.
    """
    X = list(itertools.product((0, 1), repeat=whole_number("n_inputs", n_inputs, 1, 3)))
    reports = {}
    for values in itertools.product((0, 1), repeat=len(X)):
        if len(set(values)) == 1:
            reports[values] = "constant: the bias alone computes it"
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", sklearn_twin(ConvergenceWarning))
            reports[values] = Perceptron().fit(X, values).report_
    return reports


def count_learnable(n_inputs: int) -> int:
    """Count the Boolean functions of some inputs that a perceptron learns.

    Whether it learns a function stays the same if inputs change places, or if an input or the
    output is negated. So one function of each class is tried, and the whole class is counted.

    Parameters
    ----------
    n_inputs : int
        1 to 4.

    Returns
    -------
    int
        4, 14, 104 or 1882.
    """
    n = whole_number("n_inputs", n_inputs, 1, 4)
    corners = np.array(list(itertools.product((0, 1), repeat=n)))
    powers = 2 ** np.arange(2**n)
    # where the value of each corner comes from, for each order of the inputs and each negation
    places = np.array(
        [
            (corners[:, order] ^ negated) @ 2 ** np.arange(n)[::-1]
            for order in itertools.permutations(range(n))
            for negated in corners
        ]
    )
    tried = np.zeros(2 ** (2**n), bool)
    learnt = 0
    for function in range(len(tried)):
        if tried[function]:
            continue
        values = function >> np.arange(2**n) & 1
        alike = values[places] @ powers
        alike = np.unique(np.concatenate([alike, len(tried) - 1 - alike]))
        tried[alike] = True
        learnt += len(alike) * _learns(corners, values)
    return learnt


def _learns(X: Any, values: Any) -> bool:
    """Tell whether a perceptron learns a function; the bias alone computes a constant."""
    if len(set(values.tolist())) == 1:
        return True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sklearn_twin(ConvergenceWarning))
        return "not converged" not in Perceptron().fit(X, values).report_
