"""Slopes and gradients are what the lecture says."""

from __future__ import annotations

import re

import numpy as np
import pytest

from w2v import Layer, Network, demos
from w2v.demos import gradients
from w2v.demos.valley import START


def test_the_sigmoid_becomes_the_step():
    report = demos.slopes()
    table = np.array(report.rows, float)
    distances = np.abs(table[:, 1:-1] - table[:, -1:]).max(axis=0)
    assert (np.diff(distances) < 0).all() and distances[-1] < 1e-4
    assert " 0.1192  0.0000" in str(demos.slopes([1, 100]))  # four decimals, not 1.4e-87
    with pytest.raises(ValueError, match="above 0"):
        demos.slopes([0])


def test_gradients_vanish_explode_or_stay():
    report = demos.vanishing()
    first, last = np.array(report.rows[0][1:]), np.array(report.rows[-1][1:])
    ratio = dict(zip(report.columns[1:], first / last, strict=True))
    assert ratio["sigmoid"] < 1e-6
    assert ratio["32·sigmoid(z)"] > 100 and ratio["5·tanh(z)"] > 100
    assert 0.1 < ratio["tanh"] < 10 and 0.1 < ratio["relu"] < 10
    text = str(report)
    assert text.count("it vanishes") == 1 and text.count("it explodes") == 2
    with pytest.raises(ValueError, match="at least 2"):
        demos.vanishing(1)
    with pytest.raises(ValueError, match="gain"):
        demos.vanishing(gain=0)


def test_no_layer_multiplies_the_gradient_by_more_than_slope_times_weights():
    for K in (1, 4, 8, 64):
        report = demos.vanishing(gain=K)
        assert f"{K}·sigmoid(z)" in report.columns and f"{K}·tanh(z)" in report.columns
        for note in report.notes[:-1]:
            slope, weights, most, measured = (
                float(found)
                for found in re.findall(r"[ =](\d+\.?\d*)(?= times| = |;| a layer)", note)
            )
            assert most == pytest.approx(slope * weights, rel=0.02)
            assert measured < 1.3 * most  # a random direction, not the worst
    assert "K/4 times the gain of the weights is above 1" in report.notes[-1]


def test_differences_cost_a_pass_for_each_weight(monkeypatch):
    """Passes are counted here, not seconds: N_w + 1 against one forward and one backward."""
    passes = []
    real = Network.loss
    monkeypatch.setattr(Network, "loss", lambda *args: passes.append(1) or real(*args))
    net = Network(3, [Layer(4, "tanh"), Layer(1)], dtype="float64")
    X, T = np.random.default_rng(0).random((5, 3)), np.ones((5, 1))
    near = gradients._differences(net, X, T)
    assert len(passes) == len(near) + 1 == len(net.parameters) + 1 == 22
    exact = gradients._backprop(net, X, T)
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


def test_descent_goes_where_the_curvature_says():
    report = demos.descent(epochs=60)
    distance = {row[0]: row[3] for row in report.rows}
    start = np.hypot(*np.subtract(START, report.facts["best"]))
    assert distance.pop("too large a rate") > 10 * start
    assert all(found < start / 5 for found in distance.values())
    paths = report.facts["paths"]
    assert all(len(path) == 61 and path[0] == START for path in paths.values())
    # a batch step by hand
    x, t = (np.array(report.facts[name]) for name in ("x", "t"))
    w, b = START
    rate = next(row[1] for row in report.rows if row[0] == "batch")
    error = w * x + b - t
    step = (w - rate * (error * x).mean(), b - rate * error.mean())
    np.testing.assert_allclose(paths["batch"][1], step)
