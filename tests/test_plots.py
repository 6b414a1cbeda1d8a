"""The demonstrations can be drawn, and the pictures show what they are about."""

from __future__ import annotations

import re
import sys

import numpy as np
import pytest

from w2v import FeedForwardClassifier, demos
from w2v.see import data, fits, planes, plots

pytestmark = pytest.mark.slow  # drawing takes its time


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """Draw, and return the figure; the file is written, too."""
    figures = []

    def keep(figure, path):
        figures.append(figure)
        save(figure, path)

    save = plots.save
    for module in (plots, planes, data, fits):
        monkeypatch.setattr(module, "save", keep)

    def draw(name, *what):
        getattr(plots, name)(tmp_path / "p.png", *what)
        assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
        return figures[-1]

    return draw


def all_axes(figure):
    return [axes for part in (figure, *figure.subfigs) for axes in part.axes]


def texts(figure):
    """Return all that is written in a figure."""
    from matplotlib.text import Text

    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def check_names(figure):
    """Every panel with a scale names its axes; something says what the figure is about."""
    for axes in all_axes(figure):
        if axes.axison and axes.get_label() != "<colorbar>" and axes.get_subplotspec() is not None:
            assert axes.get_xlabel() or not axes.xaxis.get_tick_params().get("labelbottom", True)
    assert figure.get_suptitle() or any(axes.get_title() for axes in all_axes(figure))


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("slopes", lambda: (1, 100)),
        ("approximation", lambda: demos.approximation([1, 2, 3, 4, 5, 6], 20)),
        ("approximation", lambda: demos.approximation([4], 1)),
        ("descent", lambda: demos.descent(3)),
        ("overfitting", lambda: demos.overfitting(2)),
        ("overfitting", lambda: demos.overfitting(1)),
        ("vanishing", lambda: demos.vanishing(3, 5)),
        ("cost", lambda: demos.cost([2, 3])),
        ("gates", demos.gates),
        ("gradcheck", demos.gradcheck),
        ("perceptron", lambda: demos.perceptron(1)),
        ("perceptron", lambda: demos.perceptron(2)),
        ("perceptron", lambda: demos.perceptron(3)),
        ("perceptron", lambda: demos.perceptron(inputs=3)),
        ("regression", demos.regression),
        ("xor", lambda: demos.xor("sine")),
        ("xor", lambda: demos.xor("product")),
        ("xor", lambda: demos.xor("skip")),
        ("xor", lambda: demos.xor("batch", activation="linear", epochs=20)),
    ],
)
def test_pictures_are_written(drawn, name, what):
    check_names(drawn(name, what()))


@pytest.mark.slow
def test_pictures_of_digits_and_opinions(drawn):
    report = demos.digits(1)
    figure = drawn("digits", report)
    check_names(figure)
    found = texts(figure)
    wrong = report.facts["wrong"][0]
    assert f"{wrong['digit']} read as {wrong['answer']}" in found
    confusion = np.array(report.facts["confusion"])
    assert confusion.sum() == 450 and {str(n) for n in confusion.ravel() if n} <= set(found)
    assert confusion.trace() / 450 == report.rows[0][1]
    figure = drawn("sentiment", demos.sentiment())
    check_names(figure)
    assert {"no hidden layer", "32 hidden units"} <= set(texts(figure))


def test_xor_shows_method_seed_epochs_and_the_lines_of_hidden_units(drawn):
    result = demos.xor(seed=4)
    figure = drawn("xor", result)
    title = figure.get_suptitle()
    assert "2-2-1 by backpropagation, weights change after each pattern" in title
    assert f"seed {result.attempts[-1].seed}: solved in" in title and "epochs" in title
    assert {"target 0", "target 1", "h1: w x + b = 0", "h2: w x + b = 0"} <= set(texts(figure))
    figure = drawn("xor", demos.xor(hidden=1, epochs=20))
    assert "impossible with any weights" in figure.get_suptitle()


def test_patterns_that_fall_together_share_a_label(drawn):
    planes = drawn("gates", demos.gates()).axes[3:]
    labels = [{text.get_text() for text in plane.texts} for plane in planes]
    assert labels == [{"00", "01, 10", "11"}, {"00, 11", "01", "10"}, {"00", "01, 10", "11"}]
    # one hidden unit that is dead puts three patterns in one place
    dead = ([[[-1.0, -1.0], [1.0, 1.0]], [[0.5, 0.5]]], [[-0.5, -1.0], [0.0]])
    figure = drawn("xor", demos.xor(init=dead, activation="relu", epochs=1))
    plane = figure.axes[2]
    assert plane.texts[0].get_text() == "00, 01, 10"
    assert plane.get_xlabel() == "h1 (dead: 0 for every pattern)"
    left, right = plane.get_xlim()
    assert right - left > 0.5  # an axis of its own, although all values are the same
    for axes in figure.axes[1:3]:
        check_labels_inside(figure, axes)


def check_labels_inside(figure, axes):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [text.get_window_extent(renderer) for text in axes.texts]
    frame = axes.get_window_extent(renderer)
    for i, box in enumerate(boxes):
        assert frame.x0 <= box.x0 and box.x1 <= frame.x1
        assert frame.y0 <= box.y0 and box.y1 <= frame.y1
        assert not any(box.overlaps(other) for other in boxes[:i])


@pytest.mark.parametrize("hidden", [3, 5, 12])
def test_many_hidden_units_are_a_table(drawn, hidden):
    result = demos.xor(hidden=hidden, epochs=50, restarts=0)
    figure = drawn("xor", result)
    table = figure.axes[2]
    np.testing.assert_array_equal(table.images[0].get_array(), result.hidden())
    assert [label.get_text() for label in table.get_yticklabels()][0] == "00 → 0"


def test_slopes_have_a_panel_of_derivatives(drawn):
    _, derivatives = drawn("slopes", (1, 20)).axes
    assert "da/dz" in derivatives.get_ylabel()
    highest = [line.get_ydata().max() for line in derivatives.lines]
    np.testing.assert_allclose(highest, [1 / 4, 20 / 4], rtol=1e-3)


def test_loss_curves_have_what_there_is(drawn):
    X, y = np.random.default_rng(0).random((40, 2)), [0, 1] * 20
    model = FeedForwardClassifier((2,), max_iter=3, early_stopping=True, callbacks=[lambda _: 0])
    with pytest.warns(UserWarning, match="max_iter"):
        model.fit(X, y)
    figure = drawn("loss_curves", model, [0.9, 0.5, 0.7])
    found = texts(figure)
    assert {"training", "validation", "test", "lowest test loss, epoch 2"} <= set(found)
    assert "test" not in texts(drawn("loss_curves", model))


def test_pictures_have_the_format_of_their_suffix(tmp_path):
    plots.slopes(tmp_path / "p.svg")
    assert b"<svg" in (tmp_path / "p.svg").read_bytes()
    plots.slopes(tmp_path / "p.pdf")
    assert (tmp_path / "p.pdf").read_bytes().startswith(b"%PDF")


def test_pictures_that_cannot_be_drawn(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="the suffix says the format: one of .*png"):
        plots.slopes(tmp_path / "p.txt")
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ModuleNotFoundError, match=re.escape("pip install 'w2v[plot]'")):
        plots.slopes(tmp_path / "p.png")
