"""Enough hidden units fit a function; too many learn the noise, if nothing holds them back."""

from __future__ import annotations

import numpy as np
import pytest

from w2v import demos


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_more_units_come_nearer(seed):
    report = demos.approximation([1, 5, 20], seed=seed)
    errors = [row[2] for row in report.rows]
    assert errors[0] > 0.3 > errors[1] > 0.1 > 0.05 > errors[2]
    assert [row[:2] for row in report.rows] == [(1, 4), (5, 16), (20, 61)]
    t, fit = np.array(report.facts["t"]), np.array(report.facts["fits"]["20"][-1])
    assert errors[2] == pytest.approx(np.sqrt(np.square(fit - t).mean()))
    assert report.rows[2][3] == pytest.approx(np.abs(fit - t).max())


def test_moments_of_a_training_do_not_change_it():
    whole = demos.approximation([3], epochs=50)
    course = demos.approximation([3], epochs=50, moments=[0, 7, 20])
    assert course.rows == whole.rows
    assert course.facts["moments"] == [0, 7, 20, 50]
    fits = course.facts["fits"]["3"]
    assert len(fits) == 4 and fits[-1] == whole.facts["fits"]["3"][-1]
    assert fits[1] == demos.approximation([3], epochs=7).facts["fits"]["3"][-1]
    with pytest.raises(ValueError, match="moments must lie between 0 and 50"):
        demos.approximation([3], epochs=50, moments=[51])
    with pytest.raises(ValueError, match="one number of hidden units"):
        demos.approximation([])


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_what_holds_a_network_back_helps_with_other_patterns(seed):
    report = demos.overfitting(seed=seed)
    nothing, dropout, decay = report.rows
    for row in (dropout, decay):
        assert nothing[1] < row[1]  # better on the patterns of training
        assert nothing[2] > row[2] + 0.15  # and worse on others
        assert nothing[2] - nothing[1] > 2 * (row[2] - row[1])
    for name, training, validation, lowest, epoch, _ in report.rows:
        curves = report.facts["curves"][name]
        assert (curves["training"][-1], curves["validation"][-1]) == (training, validation)
        assert curves["validation"][epoch - 1] == lowest == min(curves["validation"])


def test_the_report_of_overfitting_says_what_was_found():
    report = demos.overfitting(epochs=3)
    found = "validation less training at the end: "
    gaps = ", ".join(f"{row[0]} {row[2] - row[1]:.2f}" for row in report.rows)
    assert report.notes[0].startswith(found + gaps)
    assert all(len(curve["training"]) == 3 for curve in report.facts["curves"].values())
