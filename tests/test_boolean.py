"""Boolean functions: XOR is learnt or explained, by gates, by a perceptron."""

from __future__ import annotations

import numpy as np
import pytest

from w2v import Layer, Network, demos
from w2v.demos import boolean


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
    assert kinds(demos.xor(epochs=1, restarts=0)) == {"falling"}  # nothing to compare with
    stuck = next(
        result
        for result in (demos.xor(seed=seed, restarts=0) for seed in range(1, 50))
        if not result.solved
    )
    assert "stuck" in kinds(stuck)
    assert "stuck" not in kinds(demos.xor(seed=11, epochs=5, restarts=0))  # a plateau lasts longer
    assert "not solved in 10,000 epochs" in str(stuck.report())
    wild = demos.xor("batch", activation="relu", learning_rate=1e300, restarts=0)
    assert kinds(wild) == {"diverged"} and not wild.solved
    assert "lower the learning rate" in str(wild.report())
    # an output layer that is saturated is one, too
    net = Network(2, [Layer(1, "sigmoid")], init=([[[0, 0]]], [[30]]), dtype="float64")
    reasons = demos.why_not(net, demos.XOR_INPUTS, demos.XOR_TARGETS, [0.5, 0.5])
    assert reasons[0][0] == "saturated" and "unit 1 of output" in reasons[0][1]


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"hidden": 1}, "one hidden unit sees one sum"),
        ({"hidden": 1, "activation": "tanh"}, "one hidden unit sees one sum"),
        ({"hidden": 1, "activation": "relu"}, "one hidden unit sees one sum"),
        ({"hidden": 1, "activation": "linear"}, "linear layers collapse into one"),
        ({"activation": "linear"}, "linear layers collapse into one"),
        ({"hidden": 7, "activation": "linear", "init": "uniform"}, "linear layers collapse"),
    ],
)
@pytest.mark.parametrize("method", ["incremental", "batch"])
def test_what_no_weights_can_do_is_said(method, settings, why):
    result = demos.xor(method, epochs=200, learning_rate=0.5, **settings)
    assert not result.solved
    assert kinds(result) == {"impossible"}
    assert len(result.attempts) == 1  # other weights would not help
    assert why in str(result.report()) and "no line divides these patterns" in str(result.report())
    assert "start elsewhere" not in str(result.report())


def test_what_some_weights_can_do_is_not_called_impossible():
    assert demos.xor(hidden=1, activation="sine", seed=1).solved
    for settings in ({"hidden": 2}, {"hidden": 2, "activation": "relu"}, {"hidden": 3}):
        assert "impossible" not in kinds(demos.xor(epochs=5, restarts=0, **settings))
    for method in ("sine", "skip", "product"):
        assert "impossible" not in kinds(demos.xor(method, epochs=5, restarts=0))
    line = Network(2, [Layer(3, "linear"), Layer(1, "sigmoid")], dtype="float64")
    AND = np.array([[0], [0], [0], [1]], float)
    assert [kind for kind, _ in demos.why_not(line, demos.XOR_INPUTS, AND, [1, 0.5])] == ["falling"]
    deep = Network(2, [Layer(3, "linear"), Layer(1, "tanh"), Layer(2, "linear"), Layer(1)])
    assert demos.why_not(deep, demos.XOR_INPUTS, demos.XOR_TARGETS, [1, 0.5])[-1][0] == "impossible"


@pytest.mark.parametrize(
    ("settings", "title"),
    [
        ({}, "XOR: 2-2-1 by backpropagation"),
        ({"hidden": 4}, "XOR: 2-4-1 by backpropagation"),
        ({"hidden": 3, "activation": "tanh"}, "XOR: 2-3-1 (tanh) by backpropagation"),
    ],
)
@pytest.mark.parametrize("method", ["incremental", "batch"])
def test_the_title_says_the_true_layers(method, settings, title):
    assert demos.xor(method, epochs=5, restarts=0, **settings).report().title.startswith(title)


def test_settings_of_other_methods_are_refused():
    with pytest.raises(ValueError, match="hidden and activation are for 'incremental' and 'batch'"):
        demos.xor("sine", hidden=3)


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
    assert boolean._in_words(known).startswith("h1 comes near to NOR and h2 comes near to AND")


def test_gates_by_hand_compute_xor():
    rows = demos.gates().rows
    assert [row[2:5] for row in rows] == [(1, 0, 0), (0, 0, 1), (0, 0, 1), (0, 1, 0)]
    assert [row[5:8] for row in rows] == [(0, 0, 0), (1, 0, 1), (0, 1, 1), (0, 0, 0)]
    assert [row[8:] for row in rows] == [(1, 0, 0), (1, 1, 1), (1, 1, 1), (0, 1, 0)]
    assert max(map(len, str(demos.gates()).splitlines())) <= 100


def test_fourteen_of_sixteen_functions():
    report = demos.perceptron()
    assert "a perceptron learns 14 of the 16 functions of 2 inputs" in report.notes
    assert "R(4,3) = 14" in str(report)
    refused = [row[1] for row in report.rows if "not converged" in row[2]]
    assert refused == ["XOR", "XNOR"]


def test_learnt_functions_are_counted_beside_covers_number():
    rows = demos.perceptron(inputs=4).rows
    assert [(row[1], row[4]) for row in rows] == [
        ("4/4", 4),
        ("14/16", 14),
        ("104/256", 128),
        ("1882/65536", 3882),
    ]
    with pytest.raises(ValueError, match="inputs must lie between 1 and 4"):
        demos.perceptron(inputs=5)


def test_what_suits_the_method_can_be_asked_for():
    assert demos.xor("product", epochs=None).loss_curve == demos.xor("product").loss_curve
    with pytest.raises(TypeError, match="seed must be a whole number, not None"):
        demos.xor(seed=None)
