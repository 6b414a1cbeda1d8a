"""Notebooks of the demonstrations: what they say, and that their code runs."""

import io
import json
import re
from base64 import b64decode
from contextlib import redirect_stdout

import pytest

from w2v import demos, plots
from w2v.see import notebook
from w2v.see.notebook import Cell, code

pytest.importorskip("matplotlib")

QUICK = ["slopes --ks 1,5", "demo --toy --seed 2"]
SLOW = [
    "gates",
    "vanishing --layers 3",
    "descent --epochs 4 --seed 2",
    "perceptron --inputs 2",
    "xor --method skip",
    "gradcheck",
    "cost --widths 2,3",
    "pca",
    "regression",
    "digits --seeds 1",
    "sentiment",
    "demo",
    "xor --method all",
]
MEASURES = ("cost", "digits")  # seconds, which differ from run to run


def cells_of(path, kind):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == kind]


@pytest.mark.parametrize(
    "line", [*QUICK, *(pytest.param(line, marks=pytest.mark.slow) for line in SLOW)]
)
def test_the_code_of_a_notebook_runs_and_shows_what_it_kept(run, tmp_path, line):
    for needs in ("digits", "regression"):
        if line.startswith(needs):
            pytest.importorskip("sklearn")
    path = tmp_path / "one.ipynb"
    status, out, err = run(f"{line} --notebook {path}")
    assert status == 0 and err.endswith(f"wrote {path}\n") and out
    names, printed = {}, []
    for cell in cells_of(path, "code"):
        assert set(cell) == {
            "cell_type",
            "execution_count",
            "id",
            "metadata",
            "outputs",
            "source",
        }
        with redirect_stdout(io.StringIO()) as said:
            exec("".join(cell["source"]), names)
        kept = [part for part in cell["outputs"] if part["output_type"] == "stream"]
        assert bool(kept) == bool(said.getvalue())
        if kept and not line.startswith(MEASURES):
            assert "".join(kept[0]["text"]) == said.getvalue()
        printed += kept
        for shown in (part for part in cell["outputs"] if part not in kept):
            if "image/png" in shown["data"]:
                assert b64decode(shown["data"]["image/png"]).startswith(b"\x89PNG")
    assert len(cells_of(path, "code")) > 1
    told = "".join("".join(cell["source"]) for cell in cells_of(path, "markdown"))
    assert told.startswith("# ") and "``" not in told and not re.search(r":\w+:`", told)
    if printed and not line.startswith("demo"):
        assert "".join(printed[0]["text"]).strip() in out


@pytest.mark.slow
def test_a_notebook_calls_with_what_was_given(run, tmp_path):
    run("descent --epochs 4 --seed 2 --notebook d.ipynb")
    source = "".join(cells_of(tmp_path / "d.ipynb", "code")[0]["source"])
    assert "demos.descent(epochs=4, seed=2)" in source
    run(["sentiment", 'It\'s "good".', "--notebook", "s.ipynb"])
    cells = cells_of(tmp_path / "s.ipynb", "code")
    assert repr(['It\'s "good".']) in "".join(cells[0]["source"])
    assert "image/png" in cells[1]["outputs"][0]["data"]


def test_xor_that_is_not_solved_says_so_in_both(run, tmp_path):
    status, out, _ = run("xor --epochs 3 --restarts 0 --notebook x.ipynb")
    (kept,) = cells_of(tmp_path / "x.ipynb", "code")[1]["outputs"]
    assert status == 1 and "not solved" in out and "".join(kept["text"]) == out


def test_a_notebook_that_cannot_be_written_is_refused_before_the_work(fails, tmp_path, monkeypatch):
    assert "a notebook is a .ipynb file" in fails("pca --notebook x.txt", 2)
    assert "there is no folder" in fails("pca --notebook no/x.ipynb", 1)
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.figure", None)
    assert "pip install 'w2v[plot]'" in fails("pca --notebook x.ipynb", 1)
    assert not list(tmp_path.glob("*.ipynb"))


def test_a_cell_that_fails_writes_nothing(tmp_path):
    path = tmp_path / "one.ipynb"
    path.write_text("before")
    with pytest.raises(ZeroDivisionError):
        notebook.write(path, [code("1 / 0")])
    assert path.read_text() == "before"
    names = notebook.write(path, [Cell("# é"), code("x = 1", "print('a\\nb')", "x + 1")])
    document = json.loads(path.read_text(encoding="utf-8"))
    assert names["x"] == 1 and document["nbformat"] == 4
    printed, value = document["cells"][1]["outputs"]
    assert printed["text"] == ["a\n", "b\n"] and value["data"] == {"text/plain": ["2"]}


def test_docstrings_become_markdown():
    told = notebook.story(demos.vanishing)
    assert told[""].startswith("Measure the gradient")
    assert "- `gain` (float, optional): Amplitude K" in told["Parameters"]
    assert told["Returns"].startswith("A row for each layer")
    assert set(told) == {"", "Parameters", "Returns", "Notes"}


def test_a_picture_for_a_notebook_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    png, about = plots.inline(plots.slopes, [1, 2])._repr_png_()
    assert png.startswith(b"\x89PNG") and about["width"] > 0
    assert not list(tmp_path.iterdir())
