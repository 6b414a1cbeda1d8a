"""Pictures of networks show their weights, what they say of a plane, and what they confuse."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest

from w2v import FeedForwardClassifier, FeedForwardRegressor, Layer, Network, plots
from w2v.see import networks

pytestmark = pytest.mark.slow  # drawing takes its time


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """Draw, and return the figure; the file is written, too."""
    figures = []
    save = networks.save
    monkeypatch.setattr(networks, "save", lambda *of: (figures.append(of[0]), save(*of)))

    def draw(name, *what):
        getattr(plots, name)(tmp_path / "p.png", *what)
        assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
        return figures[-1]

    return draw


def texts(axes):
    return [text.get_text() for text in axes.texts]


def fitted(kind, targets, **settings):
    X = np.random.default_rng(0).uniform(-1, 1, (60, 2))
    y = targets(X)
    given = {"hidden_layer_sizes": (4,), "activation": "tanh", "max_iter": 200, "random_state": 3}
    model = kind(**given | settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # so few epochs are enough to be drawn
        model.fit(X, y)
    return model, X, y


def test_weights_are_tables(drawn):
    network = Network(2, [Layer(3, "tanh"), Layer(1, "sigmoid", skip_from=0)], seed=1)
    figure = drawn("weights", network)
    tables = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title() for axes in tables] == [
        "into layer 1, tanh",
        "into layer 2, sigmoid",
        "into layer 2, sigmoid",
    ]
    want = np.column_stack([network.weights[0], network.biases[0]])
    np.testing.assert_array_equal(tables[0].images[0].get_array(), want)
    np.testing.assert_array_equal(tables[2].images[0].get_array(), network.skips[0, 2])
    assert texts(tables[0])[:2] == [f"{want[0, 0]:.2f}", f"{want[0, 1]:.2f}"]
    assert [t.get_text() for t in tables[0].get_xticklabels()] == ["x1", "x2", "bias"]
    assert [t.get_text() for t in tables[1].get_yticklabels()] == ["o1"]
    assert (tables[2].get_xlabel(), tables[2].get_ylabel()) == ("inputs", "outputs")
    assert "2-3-1 network: tanh, sigmoid; loss" in figure.get_suptitle()
    large = drawn("weights", Network(100, [Layer(50, "relu"), Layer(2, "softmax")]))
    assert not texts(large.axes[0]) and len(large.axes[0].get_xticks()) <= 20


def test_the_surface_of_two_classes(drawn):
    model, X, y = fitted(FeedForwardClassifier, lambda X: np.where(X[:, 0] > 0, "$b$", "a"))
    figure = drawn("surface", model, X, y)
    (axes,) = figure.axes
    image = axes.images[0].get_array()
    assert (image[100, 0] != image[100, -1]).any()
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["$b$", "a", "equally probable", "hidden units: w x + b = 0"]
    assert sum(len(line.get_xdata()) for line in axes.lines) == 60
    assert "random_state 3" in figure.get_suptitle() and "2-4-1" in figure.get_suptitle()


def test_the_colours_of_a_surface_are_the_probabilities(drawn):
    model, X, y = fitted(FeedForwardClassifier, lambda X: np.digitize(X[:, 0], [-0.4, 0.4]))
    figure = drawn("surface", model, X, y)
    (axes,) = figure.axes
    left, right, bottom, top = axes.images[0].get_extent()
    image = axes.images[0].get_array()
    point = [left + 0.25 * (right - left), bottom + 0.5 * (top - bottom)]
    p = model.predict_proba([point])[0]
    from matplotlib.colors import to_rgb

    colours = np.array([to_rgb(c) for c in networks.COLOURS[:3]])
    np.testing.assert_allclose(image[100, 50], 1 - 0.55 * p @ (1 - colours), atol=1e-6)


def test_the_surface_of_numbers_names_the_columns_and_leaves_the_model_alone(drawn):
    model, X, y = fitted(FeedForwardRegressor, lambda X: X[:, 0] * 3, standardize=True)
    model.feature_names_in_ = np.array(["wide", "hi$h"], dtype=object)
    figure = drawn("surface", model, X, y)
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("wide", "hi$h")
    assert list(model.feature_names_in_) == ["wide", "hi$h"]
    np.testing.assert_allclose(axes.collections[1].get_array(), y)
    with pytest.raises(ValueError, match="a plane has two features, and the model has 3"):
        drawn("surface", FeedForwardRegressor((2,), tol=9.0).fit(np.c_[X, y], y), X, y)


def test_confused_classes_are_counted(drawn):
    y, found = ["a", "a", "b", "c"], ["a", "b", "b", "b"]
    figure = drawn("confusion", y, found, ["a", "b", "c"], "title")
    (axes,) = figure.axes
    np.testing.assert_array_equal(axes.images[0].get_array(), [[0, 1, 0], [0, 0, 0], [0, 1, 0]])
    assert texts(axes) == ["1", "1", "1", "1"]
    assert axes.get_title() == "title\n2 of 4 right"
    assert [t.get_text() for t in axes.get_yticklabels()] == ["a", "b", "c"]


def test_gradients_have_a_line_for_each_layer(drawn):
    figure = drawn("gradients", [[1.0, 2.0], [0.5, 0.0], [0.25, 1.0]], "what")
    (axes,) = figure.axes
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), [1, 0.5, 0.25])
    np.testing.assert_array_equal(axes.lines[1].get_ydata(), [2, np.nan, 1])  # 0: no place
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["1", "2"]


def test_a_training_keeps_the_norms_of_its_gradients():
    X = np.random.default_rng(0).uniform(-1, 1, (250, 2))
    y = (X[:, 0] > 0).astype(int)
    given = {"hidden_layer_sizes": (3,), "max_iter": 4, "random_state": 1}
    watched, plain = (FeedForwardClassifier(**given) for _ in range(2))
    norms: list[list[float]] = []
    watched._norms = norms
    for model in (watched, plain):
        with pytest.warns(UserWarning, match="max_iter"):
            model.fit(X, y)
    np.testing.assert_array_equal(watched.network_.parameters, plain.network_.parameters)
    assert len(norms) == 4
    some = slice(None, None, 3)  # 84 of 250 patterns
    gradients = watched.network_.backward(X[some], y[some, None].astype(float))
    want = [np.linalg.norm(g) / 84 for g in gradients.weights]
    np.testing.assert_allclose(norms[-1], want, rtol=1e-5)


@pytest.fixture
def table(run, tmp_path):
    """Write a table of two columns and train a network on it."""
    rng = np.random.default_rng(2)
    X = rng.uniform(-1, 1, (80, 2))
    rows = "".join(f"{a:.3f},{b:.3f},{'up' if b > 0 else 'down'}\n" for a, b in X)
    (tmp_path / "t.csv").write_text("wide,high,kind\n" + rows)
    run("mlp train t.csv -o n.safetensors --hidden 3 --epochs 30 --plot loss.png")
    assert (tmp_path / "loss.png").exists()


@pytest.mark.filterwarnings("ignore")
def test_the_commands_draw_networks(run, table):
    status, out, err = run("plot weights n.safetensors -o w.png")
    assert (status, out) == (0, "") and err.endswith("wrote w.png\n")
    status, out, err = run("plot surface n.safetensors t.csv -o s.svg")
    assert (status, out) == (0, "") and err.endswith("wrote s.svg\n")
    status, out, err = run("mlp score n.safetensors t.csv --plot c.svg")
    assert status == 0 and err.endswith("wrote c.svg\n") and out.startswith("down\t")
    status, out, err = run("plot history n.safetensors -o h.svg --json")
    assert [json.loads(line)["epoch"] for line in out.splitlines()] == list(range(1, 31))
    status, out, err = run("plot surface n.safetensors t.csv -o s.svg --json")
    assert out == '{"output": "s.svg"}\n'


@pytest.mark.filterwarnings("ignore")
def test_commands_that_cannot_draw_networks(fails, run, table, tmp_path):
    assert "holds no network" in fails("plot weights m.safetensors", 1)
    assert "is no model of `w2v mlp train`" in fails("plot surface m.safetensors t.csv", 1)
    rows = "".join(f"{i / 7},{i * 0.37 % 1}\n" for i in range(30))
    (tmp_path / "r.csv").write_text("x,y\n" + rows)
    run("mlp train r.csv -o r.safetensors --regression --epochs 2")
    assert "two features, and the model has 1" in fails("plot surface r.safetensors r.csv", 1)
    assert "--plot is for classes" in fails("mlp score r.safetensors r.csv --plot c.png", 2)
    assert "the suffix says" in fails("mlp score n.safetensors t.csv --plot c.doc", 1)
