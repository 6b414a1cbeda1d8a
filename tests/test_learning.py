"""Networks learn from data, beside statistics and scikit-learn; reports and examples are shown."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

from w2v import demos

ROOT = Path(__file__).parents[1]


def test_regressions_meet_those_of_statistics():
    report = demos.regression()
    assert [row[0] for row in report.rows] == ["linear", "logistic", "multinomial"]
    assert max(row[-1] for row in report.rows) < 1e-6
    np.testing.assert_allclose([r[2] for r in report.rows], [r[3] for r in report.rows])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_digits_are_read():
    ((seed, ours, theirs, *_),) = demos.digits(1).rows
    assert (seed, ours > 0.96, ours > theirs - 0.015) == (1, True, True)
    with pytest.raises(ValueError, match="must lie between 1"):
        demos.digits(0)


def test_sentiment_shows_what_hidden_units_and_vectors_are_for():
    scores = {row[:2]: row[3] for row in demos.sentiment().rows}
    assert scores["32 hidden units", 600] > scores["no hidden layer", 600] + 0.05
    assert scores["the same, on trained vectors", 120] > scores["32 hidden units", 120] + 0.05


def test_without_scikit_learn_the_comparison_says_what_it_needs(monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "sklearn"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ModuleNotFoundError, match="pip install scikit-learn"):
        demos.regression()


def test_reports_are_aligned():
    report = demos.Report("title", ("n", "x", "s"), [(1, 1e-9, "a"), (10, 2.0, "b")], ["note"])
    assert str(report) == "title\n   n        x  s\n   1  1.0e-09  a\n  10  2.0e+00  b\nnote"


@pytest.mark.parametrize("script", sorted((ROOT / "examples").glob("*.py")), ids=lambda p: p.stem)
def test_examples_run(script, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(script), run_name="__main__")
    assert capsys.readouterr().out or list(tmp_path.iterdir())  # it prints or draws


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_linear_hidden_layers_find_principal_components(seed):
    report = demos.pca(seed)
    assert [row[0] for row in report.rows] == [
        *["6-1-6", "6-2-6", "6-3-6"],
        *["words 6-1-6", "words 6-2-6", "words 6-3-6"],
    ]
    for _, _, error, its_error, angle in report.rows:
        assert error == pytest.approx(its_error, rel=1e-5) and error > 0.1
        assert angle < 1e-3
