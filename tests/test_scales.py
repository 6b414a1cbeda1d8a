"""Scales of columns, weights of patterns, and what neither may decide."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_iris, make_blobs
from sklearn.model_selection import train_test_split

import w2v
from w2v import FeedForwardClassifier, FeedForwardRegressor
from w2v.estimators import base

X3, Y3 = make_blobs(150, centers=3, random_state=0, cluster_std=1.5)
QUIET = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@QUIET
def test_standardize_takes_scales_away():
    X = X3 * [1e-3, 1e4] + [5, -1e5]
    y = 1e6 + 1e5 * X3[:, 0]
    plain = FeedForwardRegressor(8, max_iter=500, random_state=1).fit(X3, y)
    scaled = FeedForwardRegressor(8, max_iter=500, random_state=1, standardize=True).fit(X, y)
    assert plain.score(X3, y) < 0.5
    assert scaled.score(X, y) > 0.95


@QUIET
@pytest.mark.parametrize("scale", [2.0**-1000, 2.0**700])
def test_r2_does_not_depend_on_the_scale(scale):
    y = X3[:, 0]
    plain = FeedForwardRegressor(2, max_iter=3, standardize=True, random_state=1).fit(X3, y)
    scaled = clone(plain).fit(X3, y * scale)
    assert plain.score(X3, y) < 0.9
    assert scaled.score(X3, y * scale) == pytest.approx(plain.score(X3, y), abs=1e-6)


@QUIET
@pytest.mark.parametrize("kind", [FeedForwardClassifier, FeedForwardRegressor])
@pytest.mark.parametrize("more", [{}, {"early_stopping": True}])
def test_a_pattern_of_weight_0_changes_nothing(kind, more):
    """Neither scales nor classes nor the part held out, to the bit."""
    model = kind(4, standardize=True, max_iter=5, random_state=1, **more).fit(X3, Y3)
    rows = [7, 0, 150, 150]  # so many patterns that do not count, in front, between and behind
    weight = np.insert(np.ones(150), rows, 0)
    far = clone(model).fit(np.insert(X3, rows, 1e6, axis=0), np.insert(Y3, rows, 9), weight)
    np.testing.assert_array_equal(far.mean_, model.mean_)
    np.testing.assert_array_equal(far.network_.parameters, model.network_.parameters)
    np.testing.assert_array_equal(far.predict(X3), model.predict(X3))
    texts = ["good film", "bad film", "old book"] * 2
    words = w2v.TextClassifier(max_iter=3, random_state=1)
    words.fit(texts, [0, 1, 2] * 2, [1, 1, 0] * 2)
    assert (words.classes_.tolist(), words.words_) == ([0, 1], ["bad", "film", "good"])


@QUIET
def test_weights_count_as_repetitions_for_scales_and_validation():
    weight = 1 + np.arange(150) % 3
    model = FeedForwardRegressor(4, standardize=True, max_iter=2).fit(X3, X3 @ [1, 2], weight)
    many = np.repeat(X3, weight, axis=0)
    np.testing.assert_allclose(model.mean_, many.mean(axis=0))
    np.testing.assert_allclose(model.scale_, many.std(axis=0))
    np.testing.assert_allclose(model.target_scale_, [(many @ [1, 2]).std()])
    classes = FeedForwardClassifier(4, standardize=True, max_iter=2, class_weight={0: 5.0})
    classes.fit(X3, Y3)
    np.testing.assert_allclose(classes.mean_, np.average(X3, axis=0, weights=1 + 4 * (Y3 == 0)))
    judged = FeedForwardClassifier(4, early_stopping=True, max_iter=2, random_state=1)
    judged.fit(X3, Y3, weight)
    _, test = judged._split(np.eye(3)[Y3])
    net, T = judged.network_, np.eye(3)[Y3]
    assert np.isclose(judged.validation_loss_curve_[-1], net.loss(X3[test], T[test], weight[test]))
    assert np.isclose(judged.validation_scores_[-1], judged.score(X3[test], Y3[test], weight[test]))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("value", [0.1, 14.62, 1e6 / 3, -1e-20, 1e38, 0.0])
def test_a_constant_column_decides_nothing(dtype, value):
    """Also one whose numbers differ by their rounding only."""
    value = np.asarray(value, dtype)
    near = value * np.where(np.arange(97) % 2, 1, 1 + np.finfo(dtype).eps)
    X = np.column_stack([np.arange(97), np.full(97, value), near]).astype(dtype)
    for weight in (None, 0.1 + np.arange(97) % 7):
        mean, scale = base.moments(X, weight)
        assert scale[0] > 20 and scale[1:].tolist() == [1, 1]
        np.testing.assert_allclose(mean[1:], value, rtol=1e-6)


def test_a_long_column_of_one_number_is_constant_under_any_weights():
    weight = np.random.default_rng(0).random(300_000)
    mean, scale = base.moments(np.full((300_000, 2), 0.1), weight)
    assert mean.tolist() == [0.1, 0.1] and scale.tolist() == [1, 1]


def test_columns_that_vary_have_their_own_scale():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 5)) * [1, 1e-250, 1e250, 1e3, 1] + [0, 0, 0, 1.7e9, 1e8]
    mean, scale = base.moments(X, None)
    np.testing.assert_allclose(scale, X.astype(np.longdouble).std(axis=0).astype(float), rtol=1e-6)
    np.testing.assert_allclose(mean, X.astype(np.longdouble).mean(axis=0).astype(float), rtol=1e-9)


@QUIET
def test_relu_learns_iris_from_columns_as_they_are():
    """From He's weights it was 93 % of the flowers held out, from Glorot's it is 98."""
    X, y = load_iris(return_X_y=True)
    found = []
    for seed in range(10):
        halves = train_test_split(X, y, test_size=0.25, stratify=y, random_state=seed)
        model = FeedForwardClassifier(random_state=seed).fit(halves[0], halves[2])
        found.append(model.score(halves[1], halves[3]))
    assert np.mean(found) > 0.97


@QUIET
def test_columns_of_far_scales_are_said():
    pandas = pytest.importorskip("pandas")
    model = FeedForwardClassifier(4, max_iter=1)
    with pytest.warns(UserWarning, match=r"factor of [\d,]+ \(column 0: .*pass standardize=True"):
        model.fit(X3 * [1, 1000], Y3)
    frame = pandas.DataFrame({"age": X3[:, 0], "income": X3[:, 1] * 1e4, "none": 0.0})
    with pytest.warns(UserWarning, match="column age: up to .*, column income: up to"):
        FeedForwardRegressor(4, max_iter=1).fit(frame, Y3)
    for X in (X3 * [1, 20], X3[:, :1] * 1e5, np.zeros((150, 2)), sparse.csr_matrix(X3 * [1, 1e4])):
        model.fit(X, Y3)  # says nothing
    clone(model).set_params(standardize=True).fit(frame, Y3)


def test_standardize_refuses_a_sparse_matrix():
    X = sparse.csr_matrix(X3)
    with pytest.raises(ValueError, match=r"standardize=False or X\.toarray"):
        FeedForwardClassifier(standardize=True).fit(X, Y3)
