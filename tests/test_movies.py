"""Animations show a training from its beginning to its end, and are the same every time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from w2v import Word2Vec, demos
from w2v.see import movies

Image = pytest.importorskip("PIL.Image", reason="needs Pillow, which comes with the extra plot")

pytestmark = pytest.mark.slow  # drawing takes its time


@pytest.fixture
def titles(monkeypatch):
    """Collect the title of each picture."""
    found = []
    write = movies.write

    def keep(path, figures):
        def each():
            for figure in figures:
                found.append(figure.get_suptitle() or figure.axes[0].get_title())
                yield figure

        write(path, each())

    monkeypatch.setattr(movies, "write", keep)
    return found


def pictures(path):
    with Image.open(path) as movie:
        assert movie.format == "GIF" and movie.info["loop"] == 0
        found = []
        for i in range(movie.n_frames):
            movie.seek(i)
            found.append(np.asarray(movie.convert("RGB")).astype(int))
    return found


def test_xor_is_learnt_in_even_steps(tmp_path, titles):
    weights = movies.Weights()
    result = demos.xor(seed=1, callback=weights)
    plain = demos.xor(seed=1)
    assert result.loss_curve == plain.loss_curve  # to be watched changes nothing
    assert weights.epochs == list(range(1, 531))
    np.testing.assert_array_equal(weights.kept[-1], result.network.parameters)
    before = result.network.parameters.copy()
    movies.xor(tmp_path / "x.gif", result, weights, frames=5)
    np.testing.assert_array_equal(result.network.parameters, before)
    found = pictures(tmp_path / "x.gif")
    assert len(found) == len(titles) == 5
    assert titles[0].endswith("seed 1, epoch 1 of 530")
    assert titles[-1].endswith("seed 1, epoch 530 of 530")
    assert all((a != b).any() for a, b in zip(found, found[1:], strict=False))
    assert (found[0][:5, :50] == 255).all()  # white stays white


def test_the_same_training_gives_the_same_bytes(tmp_path):
    for name in ("a.gif", "b.gif"):
        movies.descent(tmp_path / name, demos.descent(2))
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()
    movies.descent(tmp_path / "c.gif", demos.descent(2, seed=2))
    assert (tmp_path / "a.gif").read_bytes() != (tmp_path / "c.gif").read_bytes()


def test_every_moment_of_an_approximation_is_shown(tmp_path, titles):
    moments = movies.moments(50, frames=4)
    assert moments[0] == 0 and moments[-1] == 50 and moments == sorted(set(moments))
    movies.approximation(tmp_path / "a.gif", demos.approximation([1, 4], 50, moments=moments))
    assert len(pictures(tmp_path / "a.gif")) == len(moments)
    assert [f"epoch {m}, seed 1" in title for m, title in zip(moments, titles, strict=True)]


def test_every_moment_of_learning_noise_is_shown(tmp_path, titles):
    moments = movies.moments(12, 1, 3)
    assert moments[0] == 1 and moments[-1] == 12
    report = demos.overfitting(12, moments=moments)
    plain = demos.overfitting(12)
    assert report.rows == plain.rows  # to be watched changes nothing
    for name, course in report.facts["surfaces"].items():
        assert len(course) == len(moments) and course[-1:] == plain.facts["surfaces"][name]
    movies.overfitting(tmp_path / "o.gif", report)
    assert len(pictures(tmp_path / "o.gif")) == len(moments)
    assert [title.split(", ")[-2] for title in titles] == [f"epoch {m}" for m in moments]


def test_words_are_followed(tmp_path, titles):
    words = movies.Words({"heavy": ["heavy", "rain"], "light": ["light"]})
    corpus = [["heavy", "rain"], ["light", "shower"]] * 20
    model = Word2Vec(vector_size=3, min_count=1, sample=0, epochs=4, seed=5)
    model.fit(corpus, verbose=False, callbacks=words)
    assert len(words.kept) == 4
    last = model.wv.vectors_for(["heavy", "rain", "light"])
    np.testing.assert_allclose(
        words.kept[-1], last / np.linalg.norm(last, axis=1, keepdims=True), rtol=1e-6
    )
    movies.word_map(tmp_path / "w.gif", words, model)
    assert len(pictures(tmp_path / "w.gif")) == 4
    assert "seed 5\n3 words, PCA of the last epoch; epoch 1 of 4" in titles[0]


def test_of_a_long_training_some_weights_are_kept(monkeypatch):
    class Network:
        parameters = np.zeros(1)

    class History:
        loss_curve: list[float] = []

    monkeypatch.setattr(movies, "MOST", 10)
    weights = movies.Weights()
    for epoch in range(1, 101):
        History.loss_curve = [0.0] * epoch
        Network.parameters = np.array([float(epoch)])
        weights(Network, History)
    assert weights.epochs == [w.item() for w in weights.kept] == list(range(8, 101, 8))
    History.loss_curve = [0.0]
    weights(Network, History)
    assert weights.epochs == [1]  # of another start


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("xor --epochs 3 --restarts 1 --animate x.gif", "not solved"),
        ("xor --method product --epochs 2 --restarts 0 --animate x.gif", "not solved"),
        ("descent --epochs 2 --animate x.gif", "climbs out"),
        ("approximation --units 2 --epochs 1 --animate x.gif", "the least error"),
        ("overfitting --epochs 2 --animate x.gif", "it was best after epoch"),
    ],
)
def test_demonstrations_are_animated(run, line, text):
    _, out, err = run(line)
    assert text in out and err.endswith("wrote x.gif\n")
    assert pictures("x.gif")


def test_the_small_world_is_animated(run, monkeypatch):
    from w2v.demos import world

    monkeypatch.setitem(world.DEMO_SETTINGS, "epochs", 2)
    status, out, err = run("demo --animate w.gif")
    assert status == 0 and err.endswith("wrote w.gif\n")
    assert len(pictures("w.gif")) == 2


def test_a_training_is_animated(run, fails):
    settings = "--vector-size 4 --epochs 3 --min-count 1 --quiet"
    Path("c.txt").write_text("heavy rain\nlight shower\n" * 30, encoding="utf-8")
    line = f"train c.txt -o m.safetensors {settings} --animate"
    status, _, err = run(f"{line} a.gif")
    assert status == 0 and err == "wrote a.gif\n"
    assert len(pictures("a.gif")) == 3
    run(f"{line} b.gif")
    assert Path("a.gif").read_bytes() == Path("b.gif").read_bytes()
    assert "--checkpoint the first are missing" in fails(f"{line} c.gif --checkpoint c.ckpt", 2)
    assert "an animation is a .gif file" in fails(f"{line} c.png", 1)


def test_animations_that_cannot_be_made(fails):
    assert "an animation is a .gif file" in fails("xor --animate x.png", 1)
    assert "--animate shows one method" in fails("xor --method all --animate x.gif", 2)
    assert "leave out --toy" in fails("demo --toy --animate x.gif", 2)
    assert "there is no folder" in fails("descent --animate no/x.gif", 1)


def test_a_training_that_diverged_has_no_course(run):
    line = "xor --method batch --activation relu --learning-rate 1e300 --restarts 0 --animate x.gif"
    status, _, err = run(line)
    assert status == 1 and "there is no course of it to show" in err.splitlines()[-1]
