"""The lecture's demonstrations show what the lecture says, and can be drawn."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

from w2v import Layer, Network
from w2v.demos import lectures as demos
from w2v.see import plots

ROOT = Path(__file__).parents[1]


# ---- XOR ----


@pytest.mark.parametrize("method", demos.METHODS)
def test_xor_is_learnt_in_every_way(method):
    result = demos.xor(method)
    assert result.solved
    out = result.network.forward(result.inputs())
    assert ((out > 0.5) == (demos.XOR_TARGETS > 0.5)).all()
    assert result.network.loss(result.inputs(), demos.XOR_TARGETS) < 0.01
    report = result.report()
    assert [row[-1] for row in report.rows] == [0, 1, 1, 0]
    hidden = [name for name in report.columns if name[0] == "h"]
    assert len(hidden) == {"incremental": 2, "batch": 2, "skip": 1}.get(method, 0)
    assert f"solved in {result.attempts[-1].epochs:,} epochs" in str(report)


@pytest.mark.parametrize("method", demos.METHODS)
def test_a_hundred_seeds_end_solved_or_explained(method):
    kinds = {"dead", "saturated", "symmetric", "falling", "stuck", "diverged"}
    solved = 0
    for seed in range(1, 101):
        result = demos.xor(method, seed=seed, restarts=0)
        assert len(result.attempts) == 1
        reasons = result.attempts[0].reasons
        assert result.solved == (not reasons)
        assert {kind for kind, _ in reasons} <= kinds
        solved += result.solved
    assert solved >= 40  # most starts do; the others are what restarts are for


@pytest.mark.parametrize("method", demos.METHODS)
def test_restarts_solve_it_from_any_seed(method):
    for seed in range(1, 1001, 10):
        assert demos.xor(method, seed=seed).solved, seed


@pytest.mark.parametrize("activation", ["tanh", "relu", "sine"])
def test_other_hidden_units_end_well_too(activation):
    for seed in range(1, 31):
        result = demos.xor("batch", activation=activation, learning_rate=0.5, seed=seed, restarts=0)
        assert result.solved or result.attempts[-1].reasons


def kinds(result):
    return {kind for kind, _ in result.attempts[-1].reasons}


def test_why_not_names_what_is_wrong():
    same = ([[[0.3, -0.2], [0.3, -0.2]], [[0.5, 0.5]]], [[0.1, 0.1], [0.0]])
    assert kinds(demos.xor(init=same)) == {"symmetric"}
    dead = ([[[-1.0, -1.0], [1.0, 1.0]], [[0.5, 0.5]]], [[-0.5, 0.0], [0.0]])
    assert "dead" in kinds(demos.xor(init=dead, activation="relu", epochs=50))
    far = ([[[90.0, 80.0], [-70.0, 60.0]], [[0.5, 0.5]]], [[40.0, 200.0], [0.0]])
    assert "saturated" in kinds(demos.xor(init=far, epochs=50))
    short = demos.xor(epochs=400, restarts=0)
    assert kinds(short) == {"falling"}
    assert "more epochs" in str(short.report())
    stuck = next(
        result
        for result in (demos.xor(seed=seed, restarts=0) for seed in range(1, 50))
        if not result.solved
    )
    assert "stuck" in kinds(stuck)
    assert "not solved in 10,000 epochs" in str(stuck.report())
    wild = demos.xor("batch", activation="relu", learning_rate=1e300, restarts=0)
    assert kinds(wild) == {"diverged"} and not wild.solved
    assert "lower the learning rate" in str(wild.report())
    # an output layer that is saturated is one, too
    net = Network(2, [Layer(1, "sigmoid")], init=([[[0, 0]]], [[30]]), dtype="float64")
    reasons = demos.why_not(net, demos.XOR_INPUTS, demos.XOR_TARGETS, [0.5, 0.5])
    assert reasons[0][0] == "saturated" and "unit 1 of output" in reasons[0][1]


def test_restarts_are_counted_and_told():
    result = demos.xor(init="uniform", seed=5, restarts=3, epochs=300)
    assert [attempt.seed for attempt in result.attempts] == [5, 6, 7, 8]
    assert sum("not solved" in note for note in result.report().notes) == 4
    with pytest.raises(ValueError, match="method must be one of"):
        demos.xor("magic")
    with pytest.raises(ValueError, match="restarts"):
        demos.xor(restarts=-1)


def test_hidden_units_are_named_as_gates():
    notes = demos.xor(init="uniform", seed=2).report().notes
    assert notes[-1].startswith("h1 comes near to ")
    known = np.array([[1, 0], [0, 0], [0, 0], [0, 1]], float)
    assert demos._in_words(known).startswith("h1 comes near to NOR and h2 comes near to AND")


def test_gates_by_hand_compute_xor():
    rows = demos.gates().rows
    assert [row[2:] for row in rows] == [(1, 0, 0), (0, 0, 1), (0, 0, 1), (0, 1, 0)]


# ---- units and gradients ----


def test_the_sigmoid_becomes_the_step():
    report = demos.slopes()
    table = np.array(report.rows, float)
    distances = np.abs(table[:, 1:-1] - table[:, -1:]).max(axis=0)
    assert (np.diff(distances) < 0).all() and distances[-1] < 1e-4
    with pytest.raises(ValueError, match="above 0"):
        demos.slopes([0])


def test_gradients_vanish_explode_or_stay():
    report = demos.vanishing()
    first, last = np.array(report.rows[0][1:]), np.array(report.rows[-1][1:])
    ratio = dict(zip(report.columns[1:], first / last, strict=True))
    assert ratio["sigmoid"] < 1e-6
    assert ratio["32 sigmoid"] > 100 and ratio["5 tanh"] > 100
    assert 0.1 < ratio["tanh"] < 10 and 0.1 < ratio["relu"] < 10
    text = str(report)
    assert text.count("it vanishes") == 1 and text.count("it explodes") == 2
    with pytest.raises(ValueError, match="at least 2"):
        demos.vanishing(1)


def test_differences_cost_a_pass_for_each_weight(monkeypatch):
    """Passes are counted here, not seconds: N_w + 1 against one forward and one backward."""
    passes = []
    real = Network.loss
    monkeypatch.setattr(Network, "loss", lambda *args: passes.append(1) or real(*args))
    net = Network(3, [Layer(4, "tanh"), Layer(1)], dtype="float64")
    X, T = np.random.default_rng(0).random((5, 3)), np.ones((5, 1))
    near = demos._differences(net, X, T)
    assert len(passes) == len(near) + 1 == len(net.parameters) + 1 == 22
    exact = demos._backprop(net, X, T)
    assert len(passes) == 22 and np.abs(exact).min() > 0
    np.testing.assert_allclose(near, exact, atol=1e-5)
    report = demos.cost([2, 3])
    assert [row[0] for row in report.rows] == [15, 28]
    assert all(row[-1] < 1e-4 for row in report.rows)


def test_gradients_agree_for_every_activation_and_loss():
    report = demos.gradcheck()
    assert len(report.rows) == 49
    assert max(row[-1] for row in report.rows) < 1e-6
    assert "they agree" in report.notes[0]


# ---- the rest ----


def test_regressions_meet_those_of_statistics():
    report = demos.regression()
    assert [row[0] for row in report.rows] == ["linear", "logistic", "multinomial"]
    assert max(row[-1] for row in report.rows) < 1e-6
    np.testing.assert_allclose([r[2] for r in report.rows], [r[3] for r in report.rows])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_digits_are_read():
    ((seed, ours, theirs, *_),) = demos.digits(1).rows
    assert (seed, ours > 0.96, ours > theirs - 0.015) == (1, True, True)
    with pytest.raises(ValueError, match="at least 1"):
        demos.digits(0)


def test_sentiment_shows_what_hidden_units_and_vectors_are_for():
    scores = {row[:2]: row[3] for row in demos.sentiment().rows}
    assert scores["32 hidden units", 600] > scores["no hidden layer", 600] + 0.05
    assert scores["the same, on trained vectors", 60] > scores["32 hidden units", 60] + 0.05


def test_fourteen_of_sixteen_functions():
    report = demos.perceptron()
    assert "a perceptron learns 14 of the 16 functions of 2 inputs" in report.notes
    assert "R(4,3) = 14" in str(report)
    refused = [row[1] for row in report.rows if "not converged" in row[2]]
    assert refused == ["XOR", "XNOR"]


def test_without_scikit_learn_the_comparison_says_what_it_needs(monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "sklearn"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ModuleNotFoundError, match="pip install scikit-learn"):
        demos.regression()


def test_reports_are_aligned():
    report = demos.Report("title", ("n", "x", "s"), [(1, 1e-9, "a"), (10, 2.0, "b")], ["note"])
    assert str(report) == "title\n   n        x  s\n   1  1.0e-09  a\n  10  2.0e+00  b\nnote"


# ---- pictures ----


@pytest.mark.parametrize(
    "draw",
    [
        lambda path: plots.xor(path, demos.xor()),
        lambda path: plots.xor(path, demos.xor("product")),
        lambda path: plots.xor(path, demos.xor("skip")),
        lambda path: plots.slopes(path),
        lambda path: plots.vanishing(path, demos.vanishing(3, 5)),
        lambda path: plots.cost(path, demos.cost([2, 3])),
    ],
)
def test_pictures_are_written(tmp_path, draw):
    draw(tmp_path / "p.png")
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")


def test_pictures_have_the_format_of_their_suffix(tmp_path):
    plots.slopes(tmp_path / "p.svg")
    assert b"<svg" in (tmp_path / "p.svg").read_bytes()
    plots.slopes(tmp_path / "p.pdf")
    assert (tmp_path / "p.pdf").read_bytes().startswith(b"%PDF")


def test_pictures_that_cannot_be_drawn(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="the suffix says the format: one of .*png"):
        plots.slopes(tmp_path / "p.txt")
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'w2v\[plot\]'"):
        plots.slopes(tmp_path / "p.png")


@pytest.mark.parametrize("script", sorted((ROOT / "examples").glob("*.py")), ids=lambda p: p.stem)
def test_examples_run(script, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(script), run_name="__main__")
    assert capsys.readouterr().out
