"""Pictures of words show what the vectors say, and their labels can be read."""

from __future__ import annotations

import json
import re
import sys

import numpy as np
import pytest

from w2v import KeyedVectors, Word2Vec, plots
from w2v.see import words
from w2v.see.projection import principal_axes
from w2v.vectors.lookup import UnknownWordError

pytestmark = pytest.mark.slow  # drawing takes its time

ODD = ["$a_b$", "x^2_", r"\alpha$", "<b>&", "a" * 30]


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """Draw, and return what the function returns with the figure; the file is written, too."""
    figures = []
    save = words.save
    monkeypatch.setattr(words, "save", lambda *of: (figures.append(of[0]), save(*of)))

    def draw(name, *what, **settings):
        found = getattr(plots, name)(tmp_path / "p.png", *what, **settings)
        assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
        return found, figures[-1].axes[0]

    return draw


@pytest.fixture(scope="module")
def kv():
    rng = np.random.default_rng(1)
    centres = np.repeat(rng.normal(size=(3, 8)), 10, axis=0)
    vectors = (centres + 0.3 * rng.normal(size=centres.shape)).astype(np.float32)
    names = [*ODD, *(f"w{n}" for n in range(5, 30))]
    return KeyedVectors(names, vectors, counts=np.r_[np.arange(29) + 1, 1])


def boxes(axes):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    renderer = FigureCanvasAgg(axes.figure).get_renderer()
    return {text.get_text(): text.get_window_extent(renderer) for text in axes.texts}


def check_labels(axes, places, radius):
    """Labels lie within the frame, cover neither each other nor a point."""
    found, frame = boxes(axes), axes.get_window_extent()
    assert found
    at = axes.transData.transform(places)
    for name, box in found.items():
        assert frame.x0 <= box.x0 and box.x1 <= frame.x1, name
        assert frame.y0 <= box.y0 and box.y1 <= frame.y1, name
        assert not any(box.overlaps(other) for n, other in found.items() if n != name), name
        covered = (np.abs(at - (box.min + box.max) / 2) < (box.max - box.min) / 2).all(axis=1)
        assert not covered.any(), name


def test_a_map_shows_the_principal_components(drawn, kv):
    rows, axes = drawn("word_map", kv, kv.index_to_key)
    units = kv.vectors / kv.norms[:, None]
    u, s, _ = np.linalg.svd(units - units.mean(axis=0), full_matrices=False)
    places = np.array([row[1:] for row in rows])
    assert [row[0] for row in rows] == kv.index_to_key
    np.testing.assert_allclose(np.abs(places), np.abs(u[:, :2] * s[:2]), atol=1e-5)
    np.testing.assert_allclose(axes.lines[0].get_xydata(), places)
    share = (s[:2] ** 2).sum() / (s**2).sum()
    assert f"30 words, PCA, {share:.0%} of the variance" in axes.get_title()
    assert (axes.get_xlabel(), axes.get_ylabel()) == (
        "principal component 1",
        "principal component 2",
    )
    check_labels(axes, places, 3)
    assert set(ODD) <= set(boxes(axes))  # $ makes no formula


def test_a_map_shows_the_most_frequent_words(drawn, kv):
    rows, _ = drawn("word_map", kv, most=4)
    assert [word for word, *_ in rows] == ["w28", "w27", "w26", "w25"]
    bare = KeyedVectors(kv.index_to_key, kv.vectors)
    assert [word for word, *_ in drawn("word_map", bare, most=3)[0]] == ODD[:3]


def test_a_crowded_map_leaves_labels_out_and_says_so(drawn):
    n = 200
    vectors = np.random.default_rng(2).normal(size=(n, 4)).astype(np.float32)
    crowd = KeyedVectors([f"a-long-word-{i}" for i in range(n)], vectors)
    rows, axes = drawn("word_map", crowd, most=n)
    check_labels(axes, [row[1:] for row in rows], 2)
    assert f", {n - len(axes.texts)} without a label" in axes.get_title()
    assert "a-long-word-0" in boxes(axes)  # the most frequent chooses first
    assert len(axes.lines[0].get_xydata()) == n


def test_groups_have_colours_marks_and_a_legend(drawn, kv):
    rows, axes = drawn("word_map", kv, {"first": ["w5", "w6"], "second": ["w20", "w6"]})
    assert [word for word, *_ in rows] == ["w5", "w6", "w20"]
    looks = {(line.get_marker(), line.get_color()) for line in axes.lines}
    assert len({mark for mark, _ in looks}) == len({colour for _, colour in looks}) == 2
    (legend,) = axes.figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["first", "second"]


def test_the_title_names_the_settings_of_a_model(drawn):
    corpus = [["heavy", "rain", "light", "shower"]] * 5
    model = Word2Vec(vector_size=4, min_count=1, seed=7, epochs=2).fit(corpus, verbose=False)
    _, axes = drawn("word_map", model)
    assert axes.get_title().startswith(
        "skipgram ns, vector_size 4, window 5, epochs 2, seed 7\n4 words"
    )


def test_a_heat_map_shows_the_cosines(drawn, kv):
    shown = ["w5", "w6", "w20", "$a_b$"]
    rows, axes = drawn("heatmap", kv, shown)
    want = kv.similarity_matrix(shown)
    assert [row[:2] for row in rows[:3]] == [("w5", "w6"), ("w5", "w20"), ("w5", "$a_b$")]
    np.testing.assert_allclose([row[2] for row in rows], want[np.triu_indices(4, 1)], atol=1e-6)
    image = np.ma.filled(axes.images[0].get_array(), np.nan)
    np.testing.assert_allclose(image[0, 1:], want[0, 1:], atol=1e-6)
    assert np.isnan(image.diagonal()).all()
    assert {text.get_text() for text in axes.texts} >= {f"{want[0, 1]:.2f}", "1"}
    assert [tick.get_text() for tick in axes.get_xticklabels()] == shown
    low, high = axes.images[0].get_clim()
    assert low == (-high if want.min() < 0 else 0)
    _, large = drawn("heatmap", kv, kv.index_to_key)
    assert not large.texts


def test_arrows_lead_from_word_to_word(drawn):
    rng = np.random.default_rng(0)
    start, step = rng.normal(size=(4, 6)), 2 * rng.normal(size=6)
    end = start + step
    lengths = np.linalg.norm(np.vstack([start, end]), axis=1, keepdims=True)
    names = list("abcdABCD")
    kv = KeyedVectors(names, (np.vstack([start, end]) / lengths).astype(np.float32))
    pairs = list(zip("abcd", "ABCD", strict=True))
    rows, axes = drawn("arrows", kv, pairs)
    assert [row[:2] for row in rows] == pairs
    steps = kv.vectors[4:] - kv.vectors[:4]
    others = steps[1:].sum(axis=0)
    cosine = steps[0] @ others / np.linalg.norm(steps[0]) / np.linalg.norm(others)
    assert rows[0][2] == pytest.approx(cosine, abs=1e-6)
    assert f"in all dimensions: {np.mean([row[2] for row in rows]):.2f}" in axes.get_title()
    centre, plane = principal_axes(kv.vectors)
    places = (kv.vectors - centre) @ plane
    heads = np.array([text.xy for text in axes.texts if text.arrow_patch])
    np.testing.assert_allclose(heads, places[4:], atol=1e-6)


@pytest.mark.parametrize("vectors", [np.zeros((4, 3)), np.ones((4, 3)), np.arange(4.0)[:, None]])
def test_vectors_without_a_shape_can_be_drawn(drawn, vectors):
    kv = KeyedVectors(list("abcd"), vectors.astype(np.float32))
    assert len(drawn("word_map", kv)[0]) == 4
    assert len(drawn("heatmap", kv, list("abcd"))[0]) == 6
    assert len(drawn("arrows", kv, ["ab", "cd"])[0]) == 2


@pytest.mark.parametrize(
    ("name", "what", "error", "text"),
    [
        ("word_map", (["w5", "w6", "w5"],), ValueError, "three different words; there are 2"),
        ("word_map", (["w5", "w6", "yeti"],), UnknownWordError, "'yeti' is not in the vocabulary"),
        ("word_map", ("w5",), TypeError, re.escape("a single word is written [word]")),
        ("heatmap", (["w5"],), ValueError, "from 2 to 60 different words, not 1"),
        ("arrows", ([("w5", "w6")],), ValueError, "two pairs of words or more; there are 1"),
        ("arrows", ([("w5", "w6"), ("w7", "w7")],), ValueError, "not from 'w7' to itself"),
    ],
)
def test_pictures_that_cannot_be_drawn(drawn, kv, name, what, error, text):
    with pytest.raises(error, match=text):
        drawn(name, kv, *what)


def test_letters_that_no_font_has_are_named_once(drawn, kv):
    vectors = KeyedVectors(["\U0001f9ff\U00012000", "b", "c"], kv.vectors[:3])
    with pytest.warns(UserWarning, match="no font here has the letters \U0001f9ff?\U00012000") as w:
        drawn("word_map", vectors)
    assert len(w) == 1


def test_the_same_call_writes_the_same_bytes(kv, tmp_path):
    for suffix in ("svg", "png", "pdf"):
        files = [tmp_path / f"{n}.{suffix}" for n in range(2)]
        for file in files:
            plots.word_map(file, kv)
        assert files[0].read_bytes() == files[1].read_bytes()
    assert b"<dc:date>" not in (tmp_path / "0.svg").read_bytes()


def test_the_commands_write_pictures_and_print_what_they_show(run):
    status, out, err = run("plot map m.safetensors -o map.png --words 5")
    assert (status, out) == (0, "") and err.endswith("wrote map.png\n")
    status, out, err = run("plot map m.bin king queen paris -o map.svg --json")
    assert [json.loads(line)["word"] for line in out.splitlines()] == ["king", "queen", "paris"]
    status, out, err = run("plot heatmap m.safetensors king queen -o h.png --json")
    (row,) = [json.loads(line) for line in out.splitlines()]
    status, out, err = run("sim m.safetensors king queen --json")
    assert row["similarity"] == pytest.approx(json.loads(out)["similarity"], abs=1e-6)
    status, out, err = run("plot arrows m.safetensors man king woman queen -o a.svg --json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert [(row["from"], row["to"]) for row in rows] == [("man", "king"), ("woman", "queen")]


def test_commands_that_cannot_draw(fails, monkeypatch):
    assert "there are 3 words" in fails("plot arrows m.bin man king woman", 2)
    assert "close spellings: 'queen'" in fails("plot map m.bin king qeen man", 1)
    assert "the suffix says the format" in fails("plot map m.bin -o map.doc", 1)
    assert "would overwrite" in fails("plot map m.bin -o m.bin", 1)
    monkeypatch.setitem(sys.modules, "openTSNE", None)
    assert "pip install 'w2v[map]'" in fails("plot map m.bin -o map.png --map tsne", 1)


def test_the_losses_that_a_file_remembers_are_drawn(run, fails, tmp_path):
    from w2v import PPMI, world

    status, out, err = run("plot history m.safetensors -o h.png --json")
    found = [json.loads(line) for line in out.splitlines()]
    history = Word2Vec.load("m.safetensors").history
    assert [(row["epoch"], row["loss"]) for row in found] == [
        (record["epoch"], record["loss"]) for record in history
    ]
    assert err.endswith("wrote h.png\n") and len(found) == 15
    assert "holds vectors only" in fails("plot history m.bin", 1)
    PPMI(vector_size=2, min_count=1).fit(world.TOY * 3, verbose=False).save("p.safetensors")
    assert "holds a model of w2v.PPMI" in fails("plot history p.safetensors", 1)
    assert not (tmp_path / "history.png").exists()


def test_a_validation_has_a_line_of_its_own(tmp_path, monkeypatch):
    from w2v.see import plots as module

    figures = []
    monkeypatch.setattr(module, "save", lambda figure, path: figures.append(figure))
    records = [{"epoch": 1, "loss": 2.0, "val_loss": 3.0}, {"epoch": 2, "loss": 1.0}]
    plots.history(tmp_path / "h.png", records, "what")
    (axes,) = figures[0].axes
    np.testing.assert_array_equal([line.get_ydata() for line in axes.lines], [[2, 1], [3, np.nan]])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["training", "validation"]
    with pytest.raises(ValueError, match="no epochs to draw"):
        plots.history(tmp_path / "h.png", [{"seconds": 1.0}])


def test_words_are_written_so_that_a_picture_can_hold_them(drawn, kv):
    vectors = KeyedVectors(["a" * 100_000, "tab\there", "b", "c"], kv.vectors[:4])
    _, axes = drawn("word_map", vectors)
    assert {"a" * 29 + "…", r"tab\there"} <= set(boxes(axes))
    _, axes = drawn("heatmap", vectors, list(vectors))
    assert axes.get_xticklabels()[0].get_text() == "a" * 29 + "…"


def test_of_very_many_words_the_most_frequent_have_labels(drawn, monkeypatch):
    monkeypatch.setattr(words, "LABELS", 5)
    vectors = np.random.default_rng(2).normal(size=(40, 3)).astype(np.float32)
    many = KeyedVectors([f"w{i}" for i in range(40)], vectors)
    rows, axes = drawn("word_map", many)
    assert set(boxes(axes)) <= {f"w{i}" for i in range(5)} and len(rows) == 40
    assert f", {40 - len(axes.texts)} without a label" in axes.get_title()
