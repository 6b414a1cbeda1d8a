"""The pictures of README and docs: a script draws all of them, and each is shown somewhere."""

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DRAWN = {path.name for path in (ROOT / "docs" / "pictures").iterdir()}
PAGES = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]


@pytest.fixture(scope="module")
def script():
    pytest.importorskip("matplotlib", reason="needs matplotlib, the extra plot")
    return runpy.run_path(str(ROOT / "docs" / "pictures.py"))


def test_every_picture_is_shown_and_every_one_shown_is_there():
    shown = set()
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        shown |= set(re.findall(r"pictures/([\w-]+\.(?:svg|png))", text))
        for source in re.findall(r'<img src="([^"]*)"', text):
            assert (page.parent / source).exists(), f"{page.name} shows {source}"
    assert shown == DRAWN


@pytest.mark.slow
def test_the_script_draws_every_picture(script, tmp_path):
    script["draw"](tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == DRAWN
    for path in tmp_path.iterdir():
        assert path.stat().st_size < 200_000, path  # a clone holds every version


def test_the_picture_of_speed_has_the_figures_of_the_table(script):
    text = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    found = script["table"](text)
    assert set(found) == {
        "w2v, free-running",
        "w2v, repeatable",
        "gensim",
        "word2vec.c",
        "fastText",
    }
    assert all(set(speeds) == set(script["MODELS"]) for speeds in found.values())
    for speeds in found.values():
        for model, (words, ratio) in speeds.items():
            assert f"{words / 1000:,.0f} k" in text
            if ratio:
                assert words / found["gensim"][model][0] == pytest.approx(ratio, rel=0.05, abs=0.06)
