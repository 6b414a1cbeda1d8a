"""The perceptron's rule, its report where there is nothing to converge to, and the counting."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pytest

from w2v import Perceptron
from w2v.estimators.perceptron import (
    count_learnable,
    learnable_functions,
    threshold_functions,
)

X = [[0, 0], [0, 1], [1, 0], [1, 1]]


def learn(X, y, **settings):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Perceptron(**settings).fit(X, y)


@pytest.mark.parametrize("y", [[0, 0, 0, 1], [0, 1, 1, 1], [1, 0, 0, 0]])
def test_gates_are_learnt(y):
    unit = Perceptron().fit(X, y)
    assert unit.converged_ and unit.separable_
    assert unit.predict(X).tolist() == y
    assert unit.errors_curve_[-1] == 0 < unit.errors_curve_[-2]
    assert f"converged in {unit.n_iter_} epochs" in unit.report_


def test_xor_is_refused_with_a_proof():
    with pytest.warns(UserWarning, match="never will.*goes in a circle.*no hyperplane") as caught:
        unit = Perceptron().fit(X, [0, 1, 1, 0])
    assert len(caught) == 1
    assert not unit.converged_ and unit.separable_ is False
    assert unit.n_iter_ < 10  # it is seen, not waited for


def test_where_nothing_is_proved_the_report_says_so():
    rng = np.random.default_rng(0)
    points = rng.standard_normal((40, 2))
    unit = learn(points, rng.integers(0, 2, 40), max_iter=20)
    assert unit.n_iter_ == 20 and unit.separable_ is None
    assert "larger max_iter" in unit.report_


FAR = [[1e17, 0], [1, 1], [0, 1]]  # -x1 + (0.5 - 2e17) x2 + 2e17 > 0 for the first and the last


def test_rounding_proves_nothing():
    """1 beside 1e17 is lost: the weights come back, and yet a line separates the classes."""
    unit = learn(FAR, [1, 0, 1])
    assert not unit.converged_ and unit.separable_ is None
    assert "rounding brought them back" in unit.report_ and "never" not in unit.report_
    near = learn([[-2e16, 1e17], [2e16, 1e17], [-1e16, 1e17]], [1, 0, 0])
    assert near.converged_ and near.separable_ is None
    assert "rounding decides" in near.report_
    with pytest.raises(ValueError, match="above 1e\\+150, whose squares overflow"):
        learn([[1e200], [1.0]], [0, 1])


def test_what_is_said_of_the_classes_is_true_of_the_numbers():
    """Against exact arithmetic: a line among those through two of the points, moved and turned."""
    rng = np.random.default_rng(0)
    answers = {True: 0, False: 0, None: 0}
    for _ in range(1500):
        points = rng.choice([0, 1, -1, 2, 1e17, -1e17], (int(rng.integers(2, 6)), 1))
        y = rng.integers(0, 2, len(points))
        if y.min() == y.max():
            continue
        unit = learn(points, y, max_iter=50)
        answers[unit.separable_] += 1
        low, high = (points[y == c, 0] for c in (0, 1))
        separable = low.max() < high.min() or high.max() < low.min()  # of points on a line
        assert unit.separable_ in (separable, None)
    assert min(answers.values()) > 20


@pytest.mark.parametrize("scale", [1, 0.1, 1e-300, 1e100])
def test_a_proof_needs_no_whole_numbers(scale):
    unit = learn(np.array(X) * scale, [0, 1, 1, 0])
    assert unit.separable_ is not True
    if scale == 1:
        assert unit.separable_ is False


def test_it_follows_the_rule_pattern_by_pattern():
    """More patterns than a block, against the rule written out."""
    rng = np.random.default_rng(1)
    points = rng.standard_normal((700, 3))
    y = (points @ [1, -2, 0.5] + 0.3 > 0).astype(int)
    w = np.zeros(4)
    epochs, wrong = 0, 1
    while wrong:
        epochs, wrong = epochs + 1, 0
        for x, t in zip(points, y, strict=True):
            o = int(w @ [*x, 1] > 0)
            w += (t - o) * np.array([*x, 1])
            wrong += o != t
    unit = Perceptron(learning_rate=0.3).fit(points, y)
    assert unit.n_iter_ == epochs
    np.testing.assert_allclose([*unit.coef_[0], unit.intercept_[0]], 0.3 * w, rtol=1e-12)


def test_classes_have_any_name_and_number_two():
    assert Perceptron().fit(X, list("nnny")).predict([[1, 1]]).tolist() == ["y"]
    with pytest.raises(ValueError, match="one class only"):
        Perceptron().fit(X, [1, 1, 1, 1])
    with pytest.raises(ValueError, match="Only binary"):
        Perceptron().fit(X, [0, 1, 2, 2])


@pytest.mark.parametrize(("n", "d", "count"), [(1, 7, 2), (9, 1, 2), (3, 3, 8), (4, 3, 14)])
def test_threshold_functions_are_counted(n, d, count):
    assert threshold_functions(n, d) == count


def test_the_count_follows_its_recursion():
    for n, d in itertools.product(range(2, 12), range(2, 12)):
        before = threshold_functions(n - 1, d) + threshold_functions(n - 1, d - 1)
        assert threshold_functions(n, d) == before
    with pytest.raises(ValueError, match="n must lie between 1"):
        threshold_functions(0, 3)


@pytest.mark.parametrize(("n_inputs", "learnt"), [(1, 4), (2, 14), (3, 104)])
def test_the_functions_a_perceptron_learns(n_inputs, learnt):
    reports = learnable_functions(n_inputs)
    assert len(reports) == 2 ** (2**n_inputs)
    refused = [values for values, report in reports.items() if "never will" in report]
    assert len(reports) - len(refused) == learnt == count_learnable(n_inputs)
    assert not any("perhaps" in report for report in reports.values())
    if n_inputs == 2:
        assert refused == [(0, 1, 1, 0), (1, 0, 0, 1)]
