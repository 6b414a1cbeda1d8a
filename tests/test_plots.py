"""The demonstrations can be drawn."""

from __future__ import annotations

import sys

import pytest

from w2v import demos
from w2v.see import plots


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
