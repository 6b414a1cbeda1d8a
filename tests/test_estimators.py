"""The estimators: scikit-learn's contract, what they add, files, and life without scikit-learn."""

from __future__ import annotations

import copy
import doctest
import pickle
import pydoc
import re
import subprocess
import sys
import tracemalloc
import warnings

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import w2v
from w2v import FeedForwardClassifier, FeedForwardRegressor, Network, Perceptron, estimators
from w2v.estimators import classifier, perceptron, regressor, text
from w2v.networks.trainer import DEFAULTS

X3, Y3 = make_blobs(150, centers=3, random_state=0, cluster_std=1.5)
QUIET = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize(
    "model",
    [
        FeedForwardClassifier(),
        FeedForwardRegressor(),
        FeedForwardClassifier(standardize=True, solver="sgd", momentum=0.5),
        FeedForwardRegressor(standardize=True),
        Perceptron(max_iter=100),
    ],
    ids=repr,
)
def test_scikit_learn_finds_nothing_wrong(model):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it does not inherit, and what training warns of
        results = check_estimator(model, on_skip=None, on_fail=None)
    failed = {r["check_name"]: r["exception"] for r in results if r["status"] == "failed"}
    assert not failed
    assert sum(r["status"] == "passed" for r in results) > 50
    # one needs a variable set before Python starts, one a method that MLPClassifier has not either
    skipped = {r["check_name"] for r in results if r["status"] == "skipped"}
    assert skipped <= {
        "check_array_api_input",
        "check_classifiers_multilabel_output_format_decision_function",
    }


def test_the_parameters_are_scikit_learns_and_more():
    for ours, theirs in (
        (FeedForwardClassifier, MLPClassifier),
        (FeedForwardRegressor, MLPRegressor),
    ):
        here, there = ours().get_params(), theirs().get_params()
        shared = set(here) & set(there)
        assert {"hidden_layer_sizes", "activation", "solver", "learning_rate_init"} <= shared
        assert {"batch_size", "max_iter", "tol", "early_stopping", "warm_start"} <= shared
        others = {"learning_rate_init", "momentum", "nesterovs_momentum", "loss"}  # by solver
        for name in shared - others:
            assert here[name] == there[name], name


def test_the_table_of_parameters_needs_no_numpy_and_knows_the_solvers():
    code = "import sys, w2v.estimators.parameters; sys.exit('numpy' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert estimators.SOLVERS == tuple(DEFAULTS)


def test_it_works_without_scikit_learn():
    code = """
import sys
import tracemalloc
sys.modules["sklearn"] = None  # an import of it now fails
import w2v
X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
net = w2v.FeedForwardClassifier(8, "tanh", learning_rate_init=0.1, random_state=1).fit(X, y)
assert net.predict(X).tolist() == y and net.score(X, y) == 1
assert w2v.Perceptron().fit(X, [0, 0, 0, 1]).converged_
try:
    w2v.FeedForwardRegressor().predict(X)
except ValueError as error:
    assert "not fitted" in str(error)
else:
    raise SystemExit("predicted without having learnt")
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_errors_are_scikit_learns_if_it_is_there():
    with pytest.raises(NotFittedError, match="call fit first"):
        FeedForwardClassifier().predict(X3)
    with pytest.warns(ConvergenceWarning, match="max_iter=1 epochs are over"):
        FeedForwardClassifier(max_iter=1).fit(X3, Y3)


@QUIET
def test_it_works_in_pipelines_and_searches():
    search = GridSearchCV(
        make_pipeline(StandardScaler(), FeedForwardClassifier(max_iter=500, random_state=1)),
        {"feedforwardclassifier__hidden_layer_sizes": [(), (8,)]},
        cv=3,
    )
    assert search.fit(X3, Y3).best_score_ > 0.8


@QUIET
@pytest.mark.parametrize(("dtype", "near"), [("float32", 1e-3), ("float64", 1e-5)])
def test_without_hidden_layer_it_is_logistic_regression(dtype, near):
    """Probabilities: multinomial weights are unique only up to a shift."""
    ours = FeedForwardClassifier(
        (),
        solver="sgd",
        learning_rate_init=1.0,
        batch_size=len(X3),
        max_iter=5000,
        tol=0,
        n_iter_no_change=5000,
        standardize=True,
        random_state=1,
        dtype=dtype,
    ).fit(X3, Y3)
    theirs = LogisticRegression(C=np.inf, max_iter=10_000, tol=1e-10).fit(X3, Y3)
    np.testing.assert_allclose(ours.predict_proba(X3), theirs.predict_proba(X3), atol=near)


def test_linear_regression_meets_the_closed_form():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((50, 3))
    y = X @ [1.0, -2.0, 0.5] + 3 + 0.1 * rng.standard_normal(50)
    net = FeedForwardRegressor((), solver="sgd", tol=1e-13, max_iter=3000, random_state=1)
    net.fit(X, y)
    w, *_ = np.linalg.lstsq(np.column_stack([X, np.ones(50)]), y, rcond=None)
    np.testing.assert_allclose(np.append(net.coefs_[0], net.intercepts_[0]), w, atol=1e-4)


def test_one_seed_gives_one_network():
    a, b, c, d = (
        FeedForwardClassifier(8, max_iter=5, random_state=seed, workers=workers)
        for seed, workers in ((1, 1), (1, 2), (2, 1), (1, -1))
    )
    for model in (a, b, c, d):
        with pytest.warns(ConvergenceWarning):
            model.fit(X3, Y3)
    np.testing.assert_array_equal(a.network_.parameters, b.network_.parameters)
    np.testing.assert_array_equal(a.network_.parameters, d.network_.parameters)
    assert not np.array_equal(a.network_.parameters, c.network_.parameters)


@QUIET
@pytest.mark.parametrize(
    "random_state", [None, np.random.RandomState(3), np.random.default_rng(3), np.int64(3)]
)
def test_random_states_of_every_kind(random_state):
    model = FeedForwardClassifier(4, max_iter=3, random_state=random_state)
    assert model.fit(X3, Y3).n_iter_ == 3


@QUIET
def test_a_list_of_activations_and_scikit_learns_names_of_them():
    model = FeedForwardClassifier((5, 4), ["logistic", "identity"], max_iter=2).fit(X3, Y3)
    layers = [(layer.units, layer.activation) for layer in model.network_.layers]
    assert layers == [(5, "sigmoid"), (4, "linear"), (3, "softmax")]
    assert [w.shape for w in model.coefs_] == [(2, 5), (5, 4), (4, 3)]
    assert [b.shape for b in model.intercepts_] == [(5,), (4,), (3,)]
    assert (model.n_layers_, model.n_outputs_, model.out_activation_) == (4, 3, "softmax")
    with pytest.raises(ValueError, match="2 names for 1 hidden"):
        FeedForwardClassifier(5, ["relu", "relu"]).fit(X3, Y3)


@QUIET
@pytest.mark.parametrize("solver", estimators.SOLVERS)
def test_every_solver_learns(solver):
    model = FeedForwardClassifier(8, solver=solver, max_iter=100, random_state=1, standardize=True)
    assert model.fit(X3, Y3).loss_curve_[-1] < model.loss_curve_[0]


@QUIET
def test_sgd_is_the_plain_gradient_step_and_momentum_is_said():
    """One name has one meaning: that of the network, to the bit."""

    def parameters(**settings):
        model = FeedForwardClassifier(4, max_iter=3, batch_size=50, random_state=1, **settings)
        return model.fit(X3, Y3).network_.parameters

    def network(optimizer, **settings):
        model = FeedForwardClassifier(4, max_iter=1, random_state=1)
        model._check_X(X3, first=True)
        model._build(model._output_layer(Y3, None), "float64")
        net, T = model.network_, np.eye(3)[Y3]
        net.train(X3, T, epochs=3, batch_size=50, optimizer=optimizer, seed=model._seed, **settings)
        return net.parameters

    for settings, optimizer, momentum in (
        ({"solver": "sgd"}, "sgd", None),
        ({"solver": "sgd", "momentum": 0}, "sgd", None),
        ({"solver": "sgd", "momentum": 0.8}, "momentum", 0.8),
        ({"solver": "momentum"}, "momentum", 0.9),
        ({"solver": "sgd", "momentum": 0.8, "nesterovs_momentum": True}, "nesterov", 0.8),
        ({"solver": "momentum", "nesterovs_momentum": True}, "nesterov", 0.9),
        ({"solver": "nesterov", "momentum": 0.7}, "nesterov", 0.7),
        ({"solver": "adam", "momentum": 0.7}, "adam", None),  # as in scikit-learn
    ):
        more = {} if momentum is None else {"momentum": momentum}
        np.testing.assert_array_equal(parameters(**settings), network(optimizer, **more))
    with pytest.raises(ValueError, match="nesterovs_momentum=True needs a momentum"):
        parameters(solver="sgd", nesterovs_momentum=True)


@QUIET
def test_early_stopping_keeps_the_best_epoch():
    model = FeedForwardClassifier(
        64, early_stopping=True, max_iter=2000, learning_rate_init=0.05, random_state=1
    )
    y = np.where(np.random.default_rng(0).random(len(Y3)) < 0.3, 0, Y3)  # something to overfit
    model.fit(X3, y)
    curve = model.validation_loss_curve_
    assert len(curve) == len(model.loss_curve_) == model.n_iter_ == len(model.validation_scores_)
    assert np.argmin(curve) < len(curve) - model.n_iter_no_change
    assert model.best_validation_score_ == max(model.validation_scores_)
    assert model.set_params(early_stopping=False).fit(X3, Y3).validation_loss_curve_ is None


def test_the_part_held_out_has_its_share_of_each_class():
    model = FeedForwardClassifier(validation_fraction=0.2)
    model._seed = 1
    T = np.eye(3)[np.repeat([0, 1, 2], [60, 30, 10])]
    train, test = model._split(T)
    assert sorted([*train, *test]) == list(range(100))
    assert T[test].sum(axis=0).tolist() == [12, 6, 2]


@QUIET
def test_callbacks_see_each_epoch_and_end_the_training():
    seen = []

    def callback(model):
        seen.append((model.n_iter_, model.loss_))
        return len(seen) == 4

    model = FeedForwardClassifier(4, callbacks=[callback, lambda model: None]).fit(X3, Y3)
    assert [n for n, _ in seen] == [1, 2, 3, 4]
    assert [loss for _, loss in seen] == model.loss_curve_


@QUIET
def test_warm_start_goes_on_and_partial_fit_is_an_epoch():
    whole = FeedForwardClassifier(4, solver="sgd", shuffle=False, max_iter=4)
    whole.set_params(random_state=1).fit(X3, Y3)
    warm = clone(whole).set_params(warm_start=True, max_iter=2).fit(X3, Y3).fit(X3, Y3)
    parts = clone(whole)
    for _ in range(4):
        parts.partial_fit(X3, Y3, classes=[0, 1, 2])
    for other in (warm, parts):
        assert other.n_iter_ == 4
        np.testing.assert_allclose(other.loss_curve_, whole.loss_curve_)
        np.testing.assert_allclose(other.network_.parameters, whole.network_.parameters)
    adam = FeedForwardClassifier(4, shuffle=False, max_iter=4, random_state=1).fit(X3, Y3)
    steps = clone(adam)
    for _ in range(4):  # what Adam remembers goes from call to call
        steps.partial_fit(X3, Y3, classes=[0, 1, 2])
    np.testing.assert_allclose(steps.network_.parameters, adam.network_.parameters)
    with pytest.raises(ValueError, match="needs classes"):
        clone(whole).partial_fit(X3, Y3)
    with pytest.raises(ValueError, match="none of the classes"):
        parts.partial_fit(X3, Y3 + 1)


@QUIET
def test_weights_of_classes_and_patterns():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((400, 2))
    y = (rng.random(400) < 0.1).astype(int)
    shy, balanced, named, weighted = (
        FeedForwardClassifier((), class_weight=w, learning_rate_init=0.05, random_state=1)
        for w in (None, "balanced", {1: 9.0}, None)
    )
    assert shy.fit(X, y).predict_proba(X)[:, 1].mean() < 0.2
    assert 0.4 < balanced.fit(X, y).predict_proba(X)[:, 1].mean() < 0.6
    named.fit(X, y)
    weighted.fit(X, y, np.where(y == 1, 9.0, 1.0))
    np.testing.assert_array_equal(named.network_.parameters, weighted.network_.parameters)
    with pytest.raises(ValueError, match="no classes of y"):
        FeedForwardClassifier(class_weight={7: 1}).fit(X, y)
    with pytest.raises(ValueError, match="balanced"):
        FeedForwardClassifier(class_weight="balanced").partial_fit(X, y, [0, 1])


@QUIET
def test_dropout_and_l2_make_smaller_weights():
    plain, decayed, dropped = (
        FeedForwardClassifier(32, learning_rate_init=0.01, random_state=1, **settings).fit(X3, Y3)
        for settings in ({}, {"l2": 0.1}, {"dropout": 0.5})
    )
    assert np.linalg.norm(decayed.coefs_[0]) < 0.8 * np.linalg.norm(plain.coefs_[0])
    assert dropped.loss_ > plain.loss_


@QUIET
def test_labels_may_be_several_for_a_pattern():
    X = np.random.default_rng(0).standard_normal((200, 2))
    Y = (X > 0).astype(int)
    model = FeedForwardClassifier((), learning_rate_init=0.1, random_state=1).fit(X, Y)
    assert model.predict(X).shape == (200, 2)
    assert model.score(X, Y) > 0.95
    assert model.out_activation_ == "sigmoid"


@QUIET
def test_squared_error_learns_classes_too():
    model = FeedForwardClassifier(16, loss="squared_error", learning_rate_init=0.05, random_state=1)
    model.fit(X3, Y3)
    assert model.out_activation_ == "sigmoid"
    assert model.score(X3, Y3) > 0.8
    np.testing.assert_allclose(model.predict_proba(X3).sum(axis=1), 1)


def test_the_precision_is_that_of_the_data_or_as_asked():
    for X, dtype, found in (
        (X3, None, "float64"),
        (X3.astype("float32"), None, "float32"),
        (X3, "float32", "float32"),
    ):
        model = FeedForwardClassifier(4, max_iter=1, dtype=dtype)
        with pytest.warns(ConvergenceWarning):
            model.fit(X, Y3)
        assert model.network_.dtype == found


@QUIET
@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic"])
def test_weights_start_as_glorot_has_it(activation):
    plain, named = (
        FeedForwardClassifier((8, 4), activation, max_iter=3, random_state=1, init=init)
        for init in (None, "glorot")
    )
    np.testing.assert_array_equal(
        plain.fit(X3, Y3).network_.parameters, named.fit(X3, Y3).network_.parameters
    )


@QUIET
def test_files_keep_what_predicting_needs(tmp_path):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X3, columns=["a", "b"])
    names = np.array(["+", "-", "0"])[Y3]
    classifier = FeedForwardClassifier((5, 4), "tanh", max_iter=20, standardize=True)
    classifier.set_params(random_state=np.random.RandomState(0), callbacks=[print])
    classifier.set_params(callbacks=(lambda model: None,), class_weight={"+": 2.0})
    classifier.fit(frame, names)
    regressor = FeedForwardRegressor(5, max_iter=20, standardize=True).fit(X3, Y3)
    two = FeedForwardRegressor(5, max_iter=20).fit(X3, np.column_stack([Y3, -Y3]))
    for model, X in ((classifier, frame), (regressor, X3), (two, X3)):
        path = tmp_path / "m.safetensors"
        model.save(path)
        again = type(model).load(path)
        assert again.get_params() == estimators.load(path).get_params()
        np.testing.assert_array_equal(again.predict(X), model.predict(X))
        assert type(again) is type(model)
        assert again.loss_curve_ == model.loss_curve_
        assert again.get_params().keys() == model.get_params().keys()
        np.testing.assert_array_equal(
            Network.load(path).parameters, model.network_.parameters
        )  # the file is a network's, too
    np.testing.assert_array_equal(again.partial_fit(X3, two.predict(X3)).n_iter_, 21)
    classifier.network_.save(tmp_path / "alone.safetensors")
    with pytest.raises(ValueError, match="network alone"):
        estimators.load(tmp_path / "alone.safetensors")


@QUIET
@pytest.mark.parametrize("again", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_copy_goes_on_learning(again):
    """Its weights must still be views of its parameters."""
    model = FeedForwardClassifier(4, max_iter=5, random_state=1).fit(X3, Y3)
    twin = again(model)
    before = model.predict_proba(X3)
    twin.partial_fit(X3, Y3)
    assert not np.allclose(twin.predict_proba(X3), before)
    np.testing.assert_array_equal(model.predict_proba(X3), before)
    model.partial_fit(X3, Y3)
    np.testing.assert_array_equal(twin.predict_proba(X3), model.predict_proba(X3))


@QUIET
def test_sparse_matrices_and_names_of_columns():
    pandas = pytest.importorskip("pandas")
    model = FeedForwardClassifier(4, max_iter=5, random_state=1)
    dense = model.fit(X3, Y3).predict_proba(X3)
    thin = sparse.csr_matrix(X3)
    np.testing.assert_array_equal(model.fit(thin, Y3).predict_proba(thin), dense)
    frame = pandas.DataFrame(X3, columns=["a", "b"])
    model.fit(frame, Y3)
    assert model.feature_names_in_.tolist() == ["a", "b"]
    with pytest.raises(ValueError, match="same order"):
        model.predict(frame[["b", "a"]])
    with pytest.raises(ValueError, match="unseen at fit time:\n- c"):
        model.predict(frame.rename(columns={"b": "c"}))
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        model.predict(X3)
    model.fit(X3, Y3)
    with pytest.warns(UserWarning, match="was fitted without feature names"):
        model.predict(frame)


def test_set_params_and_repr():
    model = FeedForwardClassifier((5,), l2=0.1)
    assert repr(model) == "FeedForwardClassifier(hidden_layer_sizes=(5,), l2=0.1)"
    assert model.set_params(l2=0.2).l2 == 0.2
    with pytest.raises(ValueError, match="Invalid parameter 'alpha'"):
        model.set_params(alpha=1)


def test_help_shows_every_parameter_with_default_and_meaning():
    for kind in (FeedForwardClassifier, FeedForwardRegressor, Perceptron, w2v.TextClassifier):
        shown = pydoc.render_doc(kind, renderer=pydoc.plaintext)
        for name, default in kind().get_params().items():
            assert re.search(rf"{name}: .* = {re.escape(repr(default))}[,)]", shown), name
            assert re.search(rf"\b{name} : .*default {re.escape(repr(default))}\n +\S", shown), name
        assert "{parameters}" not in shown


@pytest.mark.parametrize("module", [classifier, regressor, perceptron, text])
def test_docstring_examples(module):
    found = doctest.testmod(module)
    assert found.attempted and not found.failed


def peak(work):
    """Return what `work` returns, and the most memory it took, in MB."""
    tracemalloc.start()
    try:
        return work(), tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


@QUIET
def test_a_sparse_matrix_stays_sparse():
    """As arrays of 2,000 x 10,000 the patterns would take 160 MB."""
    rng = np.random.default_rng(1)
    columns = rng.integers(0, 10_000, 20_000)
    X = sparse.csr_matrix((rng.random(20_000), (np.arange(20_000) % 2000, columns)), (2000, 10_000))
    y = np.arange(2000) % 2
    model = FeedForwardClassifier(2, max_iter=1, random_state=1, early_stopping=True)
    _, most = peak(lambda: model.fit(X, y, np.arange(2000) % 3))
    assert most < 40
    found, most = peak(lambda: model.predict_proba(X))
    assert most < 40
    np.testing.assert_allclose(found[:50], model.predict_proba(X[:50].toarray()), rtol=1e-12)
    _, most = peak(lambda: Perceptron(max_iter=2).fit(X[:300], y[:300]))
    assert most < 8
    thin, dense = (Perceptron().fit(part, y[:100]) for part in (X[:100], X[:100].toarray()))
    assert thin.errors_curve_ == dense.errors_curve_
    np.testing.assert_allclose(thin.coef_, dense.coef_)


@QUIET
@pytest.mark.parametrize("solver", ["sgd", "adam", "sparse_adam"])
def test_sparse_patterns_give_the_weights_of_dense_ones(solver):
    X = sparse.random(200, 30, 0.1, "csr", random_state=1)
    y, weight = np.arange(200) % 3, np.arange(200) % 4
    settings = {"solver": solver, "max_iter": 5, "batch_size": 16, "random_state": 1}
    for kind, more in (
        (FeedForwardClassifier, {"class_weight": "balanced"}),
        (FeedForwardRegressor, {}),
    ):
        for early in (False, True):
            model = kind(6, early_stopping=early, **settings, **more)
            thin, dense = (clone(model).fit(part, y, weight) for part in (X, X.toarray()))
            np.testing.assert_allclose(thin.network_.parameters, dense.network_.parameters, 1e-9)
            np.testing.assert_allclose(thin.loss_curve_, dense.loss_curve_)
            assert thin.validation_scores_ == dense.validation_scores_
        for model, part in ((thin, X), (dense, X.toarray())):
            if more:
                model.set_params(class_weight=None)  # "balanced" needs all of y
            model.partial_fit(part, y)
        np.testing.assert_allclose(thin.network_.parameters, dense.network_.parameters, 1e-9)


def test_a_sparse_number_that_is_not_finite_is_named_by_its_row():
    X = sparse.csr_matrix([[0.0, 1.0], [0.0, 0.0], [np.nan, 1.0]])
    with pytest.raises(ValueError, match="contains NaN, first in row 2"):
        FeedForwardClassifier().fit(X, [0, 1, 0])


def test_labels_come_one_for_a_pattern_from_a_list_or_an_iterator():
    X = np.arange(8.0).reshape(4, 2)
    model = FeedForwardClassifier(tol=1, random_state=1)
    assert model.fit(X, iter("abab")).score(X, iter("abab")) == model.score(X, list("abab"))
    for call in (model.fit, model.score):
        for y, message in (
            ([["a"], ["a", "b"]] * 2, "as many labels for each pattern"),
            (["a", "b", "a", None], "NaN or None, first in row 3"),
            (["a", "b", "a", float("nan")], "NaN or None, first in row 3"),
            ({"a", "b"}, r"shape.* \(\)"),
        ):
            with pytest.raises(ValueError, match=message):
                call(X, y)
