"""What estimators refuse, in the words of those who wrote it, and what a refusal leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from sklearn import config_context
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from w2v import FeedForwardClassifier, FeedForwardRegressor, Perceptron, TextClassifier

KINDS = (FeedForwardClassifier, FeedForwardRegressor, TextClassifier, Perceptron)
QUIET = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 2))
Y = (X[:, 0] > 0).astype(int)
TEXTS = ["good film", "bad film"] * 30

# parameter -> values that are refused, with what the message says beside the name
WHOLE = ((0, "must lie between 1"), (2.0, "must be a whole number"), (True, "must be a whole"))
NUMBER = ((-1, "must lie between 0"), ("x", "must be a number"), (np.nan, "must lie"))
FLAG = (
    ("no", "must be True or False, not 'no'"),
    (1, "must be True or False, not 1"),
    (np.array([True, True]), "must be True or False"),
)
BAD = {
    "hidden_layer_sizes": (*WHOLE, ((5, 0), "must lie between 1"), (("a",), "whole number")),
    "activation": (("gelu", "must be one of"), (["relu", "x"], "must be one of"), (3, "one of")),
    "solver": (
        ("lbfgs", "must be one of 'sgd', "),
        (None, "must be one of"),
        (np.array(["adam"] * 2), "one of"),
    ),
    "learning_rate_init": (*NUMBER, ("adaptive", "must be a number"), (np.inf, "must be finite")),
    "momentum": (*NUMBER, (1.5, "must lie between 0 and 1"), (1.0, "must be below 1")),
    "nesterovs_momentum": FLAG,
    "batch_size": (*WHOLE, ("big", "must be a whole number, not 'big'")),
    "max_iter": WHOLE,
    "tol": (*NUMBER, (None, "must be a number")),
    "n_iter_no_change": (*WHOLE, (None, "must be a whole number")),
    "early_stopping": FLAG,
    "validation_fraction": (*NUMBER, (2, "must lie between 0 and 1")),
    "dropout": (*NUMBER, (1.0, "must lie"), ([0.5, "x"], "must be a number"), ([0.1] * 5, "has 5")),
    "l2": NUMBER,
    "random_state": (("x", "a Generator or a RandomState, not 'x'"), (-1, "must lie"), (1.5, "")),
    "callbacks": ((print, "must be a list of functions"), ([3], "must be a list of functions")),
    "workers": ((-2, "must lie between -1"), (1.5, "must be a whole number"), ("all", "whole")),
    "loss": (("hinge", "must be one of '"), (None, "must be one of")),
    "decay": NUMBER,
    "clip": NUMBER,
    "init": (("zeros", "must be one of 'glorot'"), (3, "must be one of")),
    "standardize": FLAG,
    "shuffle": FLAG,
    "warm_start": FLAG,
    "dtype": (("int32", "must be one of 'float32'"), ("big", "must be one of"), (3, "one of")),
    "verbose": (("yes", "must be True or False"),),
    "class_weight": (
        ("odd", "must be 'balanced', a dict or None, not 'odd'"),
        (3, "must be 'balanced'"),
        ({0: -1, 1: 1}, "of 0 must lie between 0"),
        ({0: 1, 1: np.nan}, "of 1 must lie between 0"),
        ({0: np.inf}, "of 0 must be finite"),
        ({0: "x"}, "of 0 must be a number"),
        (pd.Series({0: -1.0, 1: 2.0}), "of 0 must lie between 0"),
        ({7: 1}, "names 7, which are no classes of y"),
    ),
    "vectors": (("vectors.txt", "must be KeyedVectors"),),
    "vector_size": WHOLE,
    "train_vectors": FLAG,
    "min_count": ((-1, "must lie between 0"), (1.5, "must be a whole number")),
    "learning_rate": ((0, "must lie between"), ("x", "must be a number")),
}


def fit(model):
    if isinstance(model, TextClassifier):
        return model.fit(TEXTS, [0, 1] * 30)
    return model.fit(X, Y)


@pytest.mark.parametrize("kind", KINDS)
def test_every_parameter_is_checked_by_its_name(kind):
    params = kind().get_params()
    assert set(params) <= set(BAD)
    for name in params:
        for value, message in BAD[name]:
            needed = {"momentum": {"solver": "momentum"}}.get(name, {})
            model = kind(**needed).set_params(**{name: value})
            with pytest.raises((TypeError, ValueError), match=f"^{name} .*{message}"):
                fit(model)
            if hasattr(model, "partial_fit"):
                with pytest.raises((TypeError, ValueError), match=f"^{name} .*{message}"):
                    model.partial_fit(X, Y, *([[0, 1]] * (kind is FeedForwardClassifier)))


@QUIET
@pytest.mark.parametrize(
    "settings",
    [
        {"hidden_layer_sizes": np.array([4, 3]), "activation": ("tanh", "logistic")},
        {"hidden_layer_sizes": range(3, 5), "dropout": np.array([0.1, 0.2])},
        {"batch_size": None},
        {"batch_size": np.int64(7), "max_iter": np.int32(3)},
        {"learning_rate_init": np.float32(0.01), "l2": np.float64(0.1), "clip": 1},
        {"shuffle": np.bool_(False), "verbose": 0, "dtype": np.float32, "workers": None},
        {"random_state": np.random.default_rng(1)},
        {"random_state": np.random, "callbacks": [lambda model: None]},
        {"init": "he", "early_stopping": True},
    ],
)
def test_what_numpy_and_scikit_learn_write_is_taken(settings):
    model = FeedForwardClassifier(**{"max_iter": 3} | settings).fit(X, Y)
    assert model.network_.dtype == settings.get("dtype", "float64")


@QUIET
def test_all_patterns_are_one_batch():
    whole, told = (
        FeedForwardClassifier(4, batch_size=size, max_iter=3, random_state=1) for size in (None, 60)
    )
    np.testing.assert_array_equal(
        whole.fit(X, Y).network_.parameters, told.fit(X, Y).network_.parameters
    )


@pytest.mark.parametrize(
    ("kind", "name", "hint"),
    [
        (FeedForwardClassifier, "alpha", "here it is l2"),
        (FeedForwardRegressor, "learning_rate", "here it is learning_rate_init"),
        (TextClassifier, "n_jobs", "here it is workers"),
        (FeedForwardClassifier, "nesterov", "here it is nesterovs_momentum"),
        (FeedForwardClassifier, "max_itr", "did you mean 'max_iter'"),
        (Perceptron, "eta0", "here it is learning_rate"),
        (Perceptron, "alpha", "it has learning_rate, max_iter"),
        (FeedForwardClassifier, "beta_1", "it has activation, |did you mean"),
    ],
)
def test_an_unknown_parameter_is_said_with_the_name_it_has_here(kind, name, hint):
    message = f"Invalid parameter '{name}' for estimator {kind.__name__}.*{hint}"
    with pytest.raises(TypeError, match=message):
        kind(**{name: 1})
    with pytest.raises(ValueError, match=message):
        kind().set_params(max_iter=7, **{name: 1})
    model = kind()
    with pytest.raises(ValueError, match="Invalid"):
        model.set_params(max_iter=7, nonsense=1)
    assert model.max_iter == kind().max_iter  # all or nothing


@QUIET
def test_a_class_of_ones_own_may_have_a_field_more(tmp_path):
    @dataclass(eq=False, repr=False, kw_only=True)
    class Mine(FeedForwardClassifier):
        extra: int = 3

    model = clone(Mine(extra=4, hidden_layer_sizes=2, max_iter=2)).fit(X, Y)
    model.save(tmp_path / "mine")
    assert Mine.load(tmp_path / "mine").get_params() == model.get_params()
    with pytest.raises(TypeError, match="alpha"):
        Mine(alpha=1)


# --- data ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", [float("nan"), None, pd.NA, pd.NaT])
@pytest.mark.parametrize("make", [list, np.array, pd.Series])
def test_missing_labels_are_refused(missing, make):
    labels = ["a", missing, "b", "b"] * 15
    values = make(labels) if make is list else make(labels, dtype=object)
    for model in (FeedForwardClassifier(), Perceptron()):
        with pytest.raises(ValueError, match=r"y contains NaN.*row 1"):
            model.fit(X, values)
    with pytest.raises(ValueError, match=r"y contains NaN.*row 1"):
        TextClassifier().fit(TEXTS, values)
    with pytest.raises(ValueError, match=r"y contains NaN.*row 1"):
        FeedForwardRegressor().fit(X, make([1.5, missing, 2, 2] * 15))
    with pytest.raises(ValueError, match="y contains NaN"):
        FeedForwardClassifier().partial_fit(X, ["a", "b"] * 30, classes=["a", "b", missing])


def test_the_column_that_holds_no_numbers_is_named():
    frame = pd.DataFrame({"age": [1.0, np.nan, 3], "sex": ["m", "f", "m"]})
    model = FeedForwardClassifier()
    for patterns, message in (
        (frame, r"first in column 'sex' \(could not convert.*OneHotEncoder"),
        (frame[["age"]], "contains NaN, first in row 1, column 'age'"),
        (np.array([[1, "a"], [2, "b"], [3, "c"]], dtype=object), "first in column 1"),
        (np.array([[1, 2], [3, 4], [5, np.inf]]), r"infinity \(inf\), first in row 2, column 1"),
        (csr_matrix([[1, 0], [0, 0], [0, np.nan]]), "contains NaN, first in row 2, column 1"),
        (frame.assign(age=pd.Timestamp("2026-01-01"))[["age"]], "X holds dates or times"),
    ):
        with pytest.raises(ValueError, match=message):
            model.fit(patterns, [0, 1, 0])


@QUIET
def test_numbers_of_other_libraries_are_numbers():
    y = [Decimal("0.5"), Fraction(3, 2), 2, np.float32(1)] * 15
    model = FeedForwardRegressor(max_iter=2, random_state=1)
    a, b = (clone(model).fit(X, given).predict(X) for given in (y, np.array(y, dtype=float)))
    np.testing.assert_array_equal(a, b)
    with pytest.raises(ValueError, match="y must lie between 0 and 1 for loss="):
        FeedForwardRegressor(loss="binary_cross_entropy").fit(X, y)
    for weight in (["a"] * 60, [None] * 60, np.ones((60, 1)), -1, [1, np.nan] * 30, "balanced"):
        with pytest.raises((TypeError, ValueError), match="^sample_weight (must|has)"):
            FeedForwardRegressor().fit(X, y, weight)


@QUIET
def test_labels_of_two_kinds_are_refused_and_text_nan_is_a_class():
    with pytest.raises(ValueError, match="mixes numbers, text"):
        FeedForwardClassifier().fit(X, ["a", 1] * 30)
    model = FeedForwardClassifier(max_iter=2).fit(X, ["nan", "None"] * 30)
    assert model.classes_.tolist() == ["None", "nan"]
    with pytest.raises(ValueError, match="none can be equal"):
        model.score(X, Y)
    with pytest.raises(ValueError, match="y must hold numbers"):
        FeedForwardRegressor().fit(X, ["1", "2"] * 30)


@QUIET
@pytest.mark.parametrize("shape", [(60, 2), (59,), (120,)])
def test_scores_of_another_shape_are_refused(shape):
    model = FeedForwardRegressor((2,), max_iter=2).fit(X, X[:, 0])
    with pytest.raises(ValueError, match="shape|patterns"):
        model.score(X, np.zeros(shape))
    assert model.score(X, X[:, :1].copy().ravel()) == model.score(X, X[:, 0])
    with pytest.raises(ValueError, match="shape"):
        FeedForwardClassifier((2,), max_iter=2).fit(X, Y).score(X, np.zeros((60, 2)))


@QUIET
@pytest.mark.parametrize("as_given", [dict, pd.Series])
def test_class_weights_of_any_mapping(as_given):
    given = {np.int64(0): np.float32(1), np.int64(1): np.float64(9)}
    a, b = (
        FeedForwardClassifier(4, class_weight=w, max_iter=5, random_state=1)
        for w in (as_given(given), {0: 1, 1: 9.0})
    )
    a, b = clone(a).fit(X, Y), b.fit(X, Y)
    np.testing.assert_array_equal(a.network_.parameters, b.network_.parameters)
    with pytest.raises(ValueError, match="leaves no pattern"):
        FeedForwardClassifier(class_weight={0: 0, 1: 0}).fit(X, Y)


# --- going on ------------------------------------------------------------------------------------


@QUIET
@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"hidden_layer_sizes": (9, 9)}, "hidden_layer_sizes or activation"),
        ({"activation": "relu"}, "hidden_layer_sizes or activation"),
        ({"loss": "squared_error"}, "loss"),
        ({"standardize": True}, "standardize"),
        ({"dtype": "float32"}, "dtype"),
    ],
)
def test_training_does_not_go_on_with_another_network(changed, named):
    model = FeedForwardClassifier((4,), "tanh", warm_start=True, max_iter=2, random_state=1)
    before = model.fit(X, Y).predict_proba(X)
    model.set_params(**changed)
    with pytest.raises(ValueError, match=f"warm_start=True goes on .*{named} changed"):
        model.fit(X, Y)
    with pytest.raises(ValueError, match=f"partial_fit goes on .*{named} changed"):
        model.partial_fit(X, Y)
    np.testing.assert_array_equal(model.predict_proba(X), before)
    net = model.set_params(warm_start=False).fit(X, Y).network_
    assert [layer.units for layer in net.layers[:-1]] == list(model.hidden_layer_sizes)


@QUIET
def test_training_does_not_go_on_with_other_data():
    model = FeedForwardClassifier((4,), warm_start=True, max_iter=2).fit(X, Y)
    for y in (Y + 1, Y * 0):
        with pytest.raises(ValueError, match=r"goes on with the classes \[0, 1\], and y has"):
            model.fit(X, y)
    with pytest.raises(ValueError, match="none of the classes"):
        model.partial_fit(X, Y + 1)
    assert model.partial_fit(X, Y * 0).n_iter_ == 3
    with pytest.raises(ValueError, match="expecting 2 features"):
        model.fit(X[:, :1], Y)
    with pytest.raises(ValueError, match="1d array"):
        model.fit(X, np.eye(2, dtype=int)[Y])


@QUIET
@pytest.mark.parametrize("kind", [FeedForwardClassifier, FeedForwardRegressor, Perceptron])
def test_a_fit_that_is_refused_leaves_what_was_learnt(kind):
    model = kind(max_iter=20)
    if kind is not Perceptron:
        model.set_params(standardize=True, hidden_layer_sizes=4)
    model.fit(X, Y)
    before = model.predict(X)
    wide = np.column_stack([X, X])
    for patterns, y, weight in (
        (wide, Y[:-1], None),
        (wide, [None] * 60, None),
        (wide, Y if kind is not Perceptron else Y * 0, -np.ones(60)),
        (wide, np.full(60, np.inf), None),
    ):
        with pytest.raises(ValueError):
            model.fit(patterns, y, *([weight] * (kind is not Perceptron)))
    np.testing.assert_array_equal(model.predict(X), before)
    if kind is Perceptron:
        return
    model.set_params(early_stopping=True, validation_fraction=0.0)
    with pytest.raises(ValueError, match="early_stopping needs patterns"):
        model.fit(X, Y)
    np.testing.assert_array_equal(model.predict(X), before)
    model.set_params(standardize=False)  # what was learnt does not depend on it
    np.testing.assert_array_equal(model.predict(X), before)


@QUIET
def test_a_training_that_diverged_leaves_nothing_to_predict_with():
    model = FeedForwardRegressor(solver="sgd", learning_rate_init=1e200, max_iter=50)
    with pytest.raises(FloatingPointError, match="learning_rate_init=1e\\+200 is too high"):
        model.fit(X, Y)
    with pytest.raises(ValueError, match="not fitted"):
        model.predict(X)
    assert model.set_params(learning_rate_init=0.1).partial_fit(X, Y).n_iter_ == 1


@QUIET
def test_ctrl_c_leaves_state_and_weights_that_belong_together():
    """What Adam remembers is of the update that the weights are of."""

    def stop(model):
        if model.n_iter_ == 3:
            raise KeyboardInterrupt

    kept = FeedForwardClassifier(4, shuffle=False, random_state=1, max_iter=3).fit(X, Y)
    model = clone(kept).set_params(max_iter=9, callbacks=[stop])
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y)
    assert model.n_iter_ == 3 and model.t_ == 180
    parts = clone(kept).set_params(callbacks=[stop])
    for _ in range(2):
        parts.partial_fit(X, Y, classes=[0, 1])
    with pytest.raises(KeyboardInterrupt):
        parts.partial_fit(X, Y)
    for interrupted in (model, parts):
        np.testing.assert_array_equal(interrupted.network_.parameters, kept.network_.parameters)
        interrupted.set_params(callbacks=()).partial_fit(X, Y)
    kept.partial_fit(X, Y)
    for interrupted in (model, parts):
        np.testing.assert_array_equal(interrupted.network_.parameters, kept.network_.parameters)
        assert interrupted.n_iter_ == 4


# --- scikit-learn's routing ----------------------------------------------------------------------


@QUIET
def test_sample_weights_reach_a_pipeline_and_a_search():
    weight = np.where(np.arange(60) < 40, 0.0, 1.0)
    with config_context(enable_metadata_routing=True):
        net = FeedForwardClassifier((4,), max_iter=5, random_state=1)
        assert make_pipeline(StandardScaler(), net).fit(X, Y).score(X, Y) > 0
        with pytest.raises(ValueError, match="sample_weight.*requested"):
            GridSearchCV(net, {"l2": [0]}, cv=3).fit(X, Y, sample_weight=weight)
        net.set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        net.set_partial_fit_request(classes=True)
        scaler = StandardScaler().set_fit_request(sample_weight=True)
        pipe = make_pipeline(scaler, net).fit(X, Y, sample_weight=weight)
        own = clone(net).fit(StandardScaler().fit(X, sample_weight=weight).transform(X), Y, weight)
        np.testing.assert_array_equal(pipe[-1].network_.parameters, own.network_.parameters)
        grid = GridSearchCV(pipe, {"feedforwardclassifier__l2": [0, 0.1]}, cv=3)
        assert np.isfinite(grid.fit(X, Y, sample_weight=weight + 1).best_score_)
        found = cross_validate(clone(net), X, Y, params={"sample_weight": weight + 1}, cv=3)
        assert np.isfinite(found["test_score"]).all()
        with pytest.raises(TypeError, match="score of FeedForwardClassifier takes no classes"):
            net.set_score_request(classes=True)
        requests = Perceptron().set_score_request(sample_weight=True).get_metadata_routing()
        assert requests.score.requests == {"sample_weight": True}
        assert requests.fit.requests == {}
