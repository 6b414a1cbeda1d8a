"""The playground: what stands in its page, and that the core trains in it as it does here."""

import json
import os
import platform
import subprocess
import sys
import time
from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest
from pages import data_of

import w2v
from w2v import world
from w2v.cli import program as cli
from w2v.reference import step as reference_step
from w2v.see.page import read_bytes
from w2v.text.tokenizers import words_only

pytestmark = pytest.mark.slow  # a browser takes its time

REPOSITORY = Path(w2v.__file__).parents[1]
SETTINGS = {"vector_size": 20, "window": 4, "min_count": 2, "epochs": 2, "alpha": 0.05, "seed": 3}
# The page's processor has neither fused multiplications nor wide vectors, as x86-64 without AVX.
SAME_BYTES = platform.machine() in ("x86_64", "AMD64")


@pytest.fixture(scope="module")
def text():
    return "\n".join(map(" ".join, list(world.sentences())[:2500]))


def trained(page, text, **settings):
    """Train in a page without its interface; return vectors, losses, and seconds in the core."""
    page.evaluate(
        """async ([text, settings]) => {
        window.training = await WordTraining.begin(text, settings);
        while (!training.finished) training.train(1000);
        }""",
        [text, settings_of_page(**settings)],
    )
    numbers = page.evaluate(
        """() => { const bytes = new Uint8Array(training.vectors().buffer);
        let text = ""; for (const byte of bytes) text += String.fromCharCode(byte);
        return btoa(text); }"""
    )
    vectors = np.frombuffer(b64decode(numbers), np.float32).reshape(-1, settings["vector_size"])
    return vectors, page.evaluate("training.history"), page.evaluate("training.seconds")


def settings_of_page(**settings):
    """Return settings as the page has them: all of them, and flags as numbers."""
    defaults = {"sample": 1e-3, "negative": 5, "ns_exponent": 0.75, "min_alpha": 1e-4}
    flags = {"shrink_windows": 1, "exact_gradient": 0, "tokenizer": "blank"}
    return {"architecture": "skipgram", "loss": "ns", **defaults, **flags, **settings}


def assert_same(got, expected):
    assert got.shape == expected.shape
    if SAME_BYTES:
        assert got.tobytes() == np.ascontiguousarray(expected).tobytes()
    else:
        np.testing.assert_allclose(got, expected, atol=1e-3)


# --- the page ----------------------------------------------------------------------------


def test_the_page_holds_the_core_and_the_texts(tmp_path):
    path = tmp_path / "page.html"
    size = w2v.playground(path, {"<b>mine": "a </script><script>alert(1)</script> b"}, title="<i>x")
    data, page = data_of(path)
    assert size == path.stat().st_size
    assert sorted(page.scripts) == ["code", "core", "data"]  # no text began an element
    assert page.links == ["data:,"]
    assert b64decode(page.scripts["core"]) == read_bytes("core.wasm")
    names = [text["name"] for text in data["texts"]]
    assert names == ["<b>mine", "a small world", "the lecture's toy corpus"]
    assert data["texts"][0]["text"] == "a </script><script>alert(1)</script> b"
    assert "<i>x" not in path.read_text(encoding="utf-8")


def test_the_core_is_small():
    assert len(read_bytes("core.wasm")) <= 200_000


def test_building_the_core_again_gives_the_same_bytes(tmp_path):
    pytest.importorskip("ziglang", reason="needs ziglang, the extra wasm")
    if os.name != "posix":
        pytest.skip("needs bash")
    built = tmp_path / "core.wasm"
    task = [str(REPOSITORY / ".ci/task"), "wasm", str(built)]
    subprocess.run(task, env=os.environ | {"PYTHON": sys.executable}, check=True)
    assert built.read_bytes() == read_bytes("core.wasm"), "run `.ci/task wasm` and commit the file"


def test_playground_is_a_verb(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("one two\nthree\n")
    page = tmp_path / "page.html"
    assert cli.main(["playground", str(tmp_path / "mine.txt"), "-o", str(page), "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["size"] == page.stat().st_size and "MB" in err
    first = data_of(page)[0]["texts"][0]
    assert (first["name"], first["text"]) == ("mine.txt", "one two\nthree")
    assert cli.main(["playground", "-o", str(tmp_path / "page.txt")]) == 1
    assert "ends in .html" in capsys.readouterr().err
    with pytest.raises(TypeError, match="'a' must be a str, not list"):
        w2v.playground(page, {"a": ["b"]})


# --- the core in a browser ---------------------------------------------------------------


@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
@pytest.mark.parametrize("loss", ["ns", "hs", "softmax"])
def test_vectors_are_those_of_the_baseline(playground, opened, text, baseline, architecture, loss):
    chosen = SETTINGS | {"architecture": architecture, "loss": loss}
    vectors, history, _ = trained(opened(playground), text, **chosen)
    sentences = [line.split() for line in text.split("\n")]
    model = w2v.train(sentences, **chosen, workers=1, deterministic=False, verbose=False)
    assert_same(vectors, model.W_in)
    assert history == pytest.approx([record["loss"] for record in model.history], rel=1e-6)


def test_a_million_words_take_seconds(playground, opened, baseline):
    rng = np.random.default_rng(1)
    ranks = np.minimum(rng.zipf(1.3, 1_000_000), 30_000)
    lines = [" ".join(f"w{rank}" for rank in row) for row in ranks.reshape(-1, 20)]
    chosen = SETTINGS | {"vector_size": 50, "min_count": 5, "epochs": 1}
    page = opened(playground)
    began = time.perf_counter()
    vectors, _, seconds = trained(page, "\n".join(lines), **chosen)
    took = time.perf_counter() - began
    print(f"{took:.1f} s, {seconds:.1f} s of them in the core")
    assert took <= 15
    model = w2v.train(
        [line.split() for line in lines], **chosen, workers=1, deterministic=False, verbose=False
    )
    assert_same(vectors, model.W_in)


def test_words_are_found_as_python_finds_them(playground, opened):
    text = (
        "Don't stop: ROCK'N'ROLL, it’s 3.5 o'clock_now!\n\n\u0130stanbul STRASSE ß Ὀδυσσεύς\n"
        "naïve cafe\u0301 soft\u00adhyphen zero\u200bwidth می\u200cخواهم 'quoted' \u0301x\r\n"
        "a\u0301'b x'\u0301y "
        "日本語 emoji👍🏽 क्षि x²+y² \ufeffbom tab\tend"
    )
    expected = [line.split() for line in words_only(text).split("\n")]
    got = opened(playground).evaluate("text => wordsOnly(text)", text)
    assert [line.split() for line in got.split("\n")] == expected


@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
@pytest.mark.parametrize("loss", ["ns", "hs", "softmax"])
def test_a_step_is_the_lectures(playground, opened, text, architecture, loss):
    page = opened(playground)
    trained(page, text, **SETTINGS | {"architecture": architecture, "loss": loss})
    inputs = [3] if architecture == "skipgram" else [3, 8, 5]
    found = page.evaluate(
        """([inputs, keep]) => {
        const listed = (rows) => [...rows].map(([row, values]) => [row, Array.from(values)]);
        const both = ({ in: a, out: b }) => ({ in: listed(a), out: listed(b) });
        const step = training.step(inputs, 4, 0.1, 7, false);
        const now = Array.from(training.row("in", inputs[0]));
        return { ...step, before: both(step.before), after: both(step.after), now }; }""",
        [inputs, False],
    )
    before = {side: dict(map(tuple, rows)) for side, rows in found["before"].items()}
    after = {side: dict(map(tuple, rows)) for side, rows in found["after"].items()}
    assert found["now"] == before["in"][3]  # it was taken back
    W_in, W_out = (np.zeros((1000, 20)) for _ in range(2))
    for row, values in before["in"].items():
        W_in[row] = values
    for row, values in before["out"].items():
        W_out[row] = values
    assert found["t"][0] == 1 if loss == "ns" else sum(found["t"]) >= 1
    link = "softmax" if loss == "softmax" else "sigmoid"
    targets = [4] if loss == "softmax" else found["t"]
    starts = [0, len(inputs)]
    expected = reference_step(
        W_in, W_out, inputs, starts, found["outputs"], targets, 0.1, link, False
    )
    assert found["loss"] == pytest.approx(expected, rel=1e-5)
    for row, values in after["in"].items():
        np.testing.assert_allclose(values, W_in[row], atol=2e-6)
    for row, values in after["out"].items():
        np.testing.assert_allclose(values, W_out[row], atol=2e-6)


# --- the page in use ---------------------------------------------------------------------


def train_in(page, **settings):
    for name, value in settings.items():
        field = page.locator(f"#{name}")
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(str(value))
        else:
            field.fill(str(value))
            field.blur()
    page.click("#train")
    page.wait_for_selector("body[data-state=trained]", timeout=60_000)
    assert page.inner_text("#error") == ""


def test_a_person_trains_asks_and_saves(playground, opened, tmp_path, capsys):
    page = opened(playground)
    train_in(page, epochs=3, vector_size=16)
    assert page.evaluate("page.chart.points.length") > 10
    assert "598 words learnt" in page.inner_text("#status")
    page.keyboard.press("/")
    page.keyboard.type("paris")
    page.keyboard.press("Enter")
    shown = [row.split("\t") for row in page.locator("#neighbours tr").all_inner_texts()]
    for form in ("bin", "txt"):
        with page.expect_download() as download:
            page.click(f"#save-{form}")
        saved = tmp_path / download.value.suggested_filename
        download.value.save_as(saved)
        assert cli.main(["nn", str(saved), "paris"]) == 0
        lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
        near = [(line[-2], float(line[-1])) for line in lines if line[-2] != "word"]
        assert [word for word, _ in near] == [word for word, _ in shown]
        assert [score for _, score in near] == pytest.approx([float(s) for _, s in shown], abs=1e-3)
    kv = w2v.KeyedVectors.load(saved)
    for name, word in zip("abc", ["man", "woman", "king"], strict=True):
        page.fill(f"#analogy input[name={name}]", word)
    page.click("#analogy button")
    best = page.locator("#neighbours tr").all_inner_texts()[0].split("\t")[0]
    assert best == kv.analogy("man", "woman", "king", topn=1)[0][0]


def test_the_command_shown_trains_the_same(playground, opened, text, tmp_path, baseline, capsys):
    page = opened(playground)
    page.evaluate("text => page.take('mine', text)", text)
    train_in(page, epochs=2, vector_size=8, negative=3, architecture="cbow", seed=5)
    words = page.inner_text("#command code").split()
    assert words[:3] == ["w2v", "train", "text.txt"]
    (tmp_path / "text.txt").write_text(text)
    saved = tmp_path / "vectors.bin"
    assert cli.main(["train", str(tmp_path / "text.txt"), *words[3:], "-o", str(saved)]) == 0
    with page.expect_download() as download:
        page.click("#save-bin")
    if SAME_BYTES:
        assert Path(download.value.path()).read_bytes() == saved.read_bytes()


def test_the_map_shows_principal_components(playground, opened):
    page = opened(playground)
    train_in(page, epochs=3, vector_size=16)
    xy = np.array(page.evaluate("Array.from(page.space.xy)")).reshape(-1, 2)
    units = np.array(page.evaluate("Array.from(page.space.units)")).reshape(-1, 16)
    u, s, _ = np.linalg.svd(units - units.mean(axis=0), full_matrices=False)
    for axis in range(2):
        assert abs(np.corrcoef(xy[:, axis], u[:, axis])[0, 1]) > 0.999
    row = page.evaluate("page.space.rows.get('the')")
    x, y = page.evaluate(f"page.pane.pixel({row})")
    box = page.locator(".pane").bounding_box()
    page.mouse.click(box["x"] + x, box["y"] + y)
    assert page.inner_text("#neighbours caption").startswith("Neighbours of ")


def test_the_toy_corpus_teaches_rain_after_heavy(playground, opened):
    page = opened(playground)
    page.select_option("#text", "1")
    train_in(page)
    page.fill("#center", "heavy")
    page.fill("#context", "rain")
    page.click("#update button >> nth=0")
    explained = page.inner_text("#explained")
    assert "v = softmax(net)" in explained and "ΔW_V" in explained
    before, after = explained.split("P(rain | heavy)")[-1].split("\n")[0].split("\t")[1:3]
    assert 0.9 < float(before) <= float(after) <= 1
    page.click("#take")
    page.click("#update button >> nth=0")
    again = page.inner_text("#explained").split("P(rain | heavy)")[-1].split("\t")[1]
    assert float(again) == pytest.approx(float(after), abs=1e-4)


def test_text_of_ones_own_is_shown_as_text(playground, opened):
    page = opened(playground)
    page.select_option("#text", "2")  # the field is empty and can be written in
    page.fill("#own", "<script>alert(1)</script> <b>bold</b> &amp; x\n" * 30)
    train_in(page, tokenizer="blank", epochs=2, vector_size=4)
    page.evaluate("page.select('<script>alert(1)</script>')")
    assert page.inner_text("#neighbours caption") == "Neighbours of <script>alert(1)</script>"
    assert "<b>bold</b>" in page.inner_text("#neighbours")
    page.fill("#center", "<b>bold</b>")
    page.click("#update button >> nth=0")
    assert "W_U(<b>bold</b>)" in page.inner_text("#explained")
    assert page.locator("#words b").count() == 0


@pytest.mark.parametrize(
    ("text", "settings", "message"),
    [
        ("", {}, "holds no word"),
        ("a b c", {"min_count": 2}, "occur 2 times"),
        ("a\nb\nc\n", {}, "nothing to learn"),
        ("a b c d " * 500, {"alpha": 100, "epochs": 50}, "smaller learning rate"),
        (" ".join(f"w{n}" for n in range(4000)), {"loss": "softmax"}, "at most 3000 words"),
    ],
)
def test_what_cannot_be_trained_is_said(playground, opened, text, settings, message):
    page = opened(playground)
    page.evaluate("text => page.take('', text)", text)
    for name, value in settings.items():
        field = page.locator(f"#{name}")
        if name == "loss":
            field.select_option(value)
        else:
            field.fill(str(value))
    page.click("#train")
    page.wait_for_selector("#error:not(:empty)")
    assert message in page.inner_text("#error")
    page.evaluate("page.take('', 'a b a b c')")  # and then all is well
    train_in(page, alpha=0.1, loss="ns", epochs=2)
