"""``w2v update`` and ``reproduce``; vectors that ``train`` begins with, and what is frozen."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from commands import SMALL, rows

import w2v
from w2v.cli import train as cli_train


@pytest.fixture
def more(run):
    """Hold a text with new words."""
    Path("more.txt").write_text("the king has a brandnew crown\n" * 60, encoding="utf-8")
    return "more.txt"


def load(path):
    return w2v.Word2Vec.load(path)


def test_update_is_partial_fit(run, more):
    flags = "--grow --epochs 2 --alpha 0.01 --min-alpha 0.001 --workers 1"
    status, out, err = run(f"update m.safetensors {more} -o n.safetensors {flags}")
    assert (status, out) == (0, "")
    assert err.startswith("reading more.txt\nepoch 1/2: loss")
    assert "read 360 words in 60 lines, 0 of them outside" in err
    expected, model = load("m.safetensors"), load("n.safetensors")
    given = {"epochs": 2, "alpha": 0.01, "min_alpha": 0.001, "workers": 1}
    expected.partial_fit(more, grow=True, verbose=False, **given)
    np.testing.assert_array_equal(model.W_in, expected.W_in)
    assert "brandnew" in model.wv and len(model.history) == len(expected.history) == 17


def test_update_in_place_and_to_vectors(run, more):
    status, out, _ = run(f"update m.safetensors {more} -o m.safetensors --frozen given --json")
    found = json.loads(out)
    assert status == 0 and found["tokens_below_min_count"] == 60  # brandnew
    os.remove("m.bin")
    assert run(f"update m.safetensors {more} -o m.bin --epochs 1 --quiet") == (0, "", "")
    assert len(w2v.KeyedVectors.load("m.bin")) == found["words"]


def test_an_update_is_resumed(run, more):
    line = f"update m.safetensors {more} -o n.safetensors --grow --epochs 2"

    def interrupt(model, record):
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cli_train, "_print_epoch", interrupt)
        assert run(f"{line} --checkpoint c")[0] == 130
    assert not Path("n.safetensors").exists()
    status, _, err = run("resume c")
    assert status == 0 and "epoch 2/2" in err and not Path("c").exists()
    resumed = load("n.safetensors")
    assert run(line)[0] == 0
    np.testing.assert_array_equal(resumed.W_in, load("n.safetensors").W_in)


def test_interrupted_before_anything_is_learnt(run, more, monkeypatch):
    """What the model had before is no reason to write."""
    from w2v.training.loop import Loop

    def interrupted(self, bar):
        raise KeyboardInterrupt

    monkeypatch.setattr(Loop, "_epoch", interrupted)
    assert run(f"update m.safetensors {more} -o n.safetensors")[0] == 130
    assert not Path("n.safetensors").exists()


def test_train_begins_with_vectors_and_keeps_them(run):
    Path("words.txt").write_text("king 12\nqueen\n\n", encoding="utf-8")
    size = ["--vector-size", "24", *SMALL[2:]]
    before = w2v.KeyedVectors.load("m.bin")
    for frozen, kept in (("given", before.index_to_key[:50]), ("words.txt", ["king", "queen"])):
        line = ["train", "world.txt", "-o", "x.bin", "--init-from", "m.bin", "--frozen", frozen]
        assert run([*line, *size, "--quiet"]) == (0, "", "")
        after = w2v.KeyedVectors.load("x.bin")
        for word in kept:
            np.testing.assert_array_equal(after[word], before[word])
    assert (after["man"] != before["man"]).any()


@pytest.mark.parametrize(
    ("line", "status", "message"),
    [
        ("update", 2, "the following arguments are required: MODEL"),
        ("update m.safetensors -o n.bin", 2, "no corpus"),
        ("update m.safetensors world.txt", 2, "give --output FILE"),
        ("update m.bin world.txt -o n.bin", 1, "m.bin holds vectors only"),
        ("update m.safetensors world.txt -o n.bin --alpha -1", 2, "--alpha must lie between"),
        ("update m.safetensors world.txt -o n.bin --min-alpha 3", 2, "--min-alpha 3.0 is above"),
        ("update m.safetensors world.txt -o n.bin --patience 3", 2, "--patience needs"),
        ("update m.safetensors world.txt -o world.txt", 1, "world.txt would overwrite"),
        ("train world.txt -o n.bin --init-from no.bin", 1, "no.bin: No such file"),
        ("train world.txt -o m.bin --init-from m.bin", 1, "m.bin would overwrite"),
        ("train world.txt -o n.bin --init-from m.bin", 1, "pass --vector-size 24"),
        ("train world.txt -o n.bin --frozen nothing", 1, "nothing: No such file"),
        ("train world.txt -o n.bin --frozen given", 1, "needs vectors that are given"),
        ("train world.txt -o n.bin --frozen output", 1, "all output weights are zero"),
        ("reproduce m.bin world.txt", 1, "m.bin holds vectors only"),
        ("reproduce m.safetensors", 2, "no corpus"),
    ],
)
def test_what_is_refused(fails, line, status, message):
    assert message in fails(line, status)
    assert not Path("n.bin").exists()


def test_reproduce(run, fails, more):
    line = ["train", "world.txt", "-o", "x.safetensors", *SMALL, "--validation", "0.1", "--seed"]
    assert run([*line, "7", "--quiet"])[0] == 0
    status, out, err = run("reproduce x.safetensors world.txt --workers 2")
    assert (status, rows(out)) == (0, [["W_in", "598", "0"], ["W_out", "598", "0"]])
    assert err.startswith("reading world.txt to train x.safetensors again\n")
    assert err.endswith("the bytes agree\n")
    model = load("x.safetensors")
    model.W_in[3, 1] += 0.5
    model.save("y.safetensors")
    status, out, err = run("reproduce y.safetensors world.txt --json")
    assert status == 1 and err.endswith("the bytes differ, by 0.5 at most\n")
    assert json.loads(out.splitlines()[0]) == {"matrix": "W_in", "rows": 598, "differ": 1}
    message = fails("reproduce x.safetensors more.txt", 1)
    assert "is not the text that the model was trained on" in message and "sha256:" in message
    run(f"update x.safetensors {more} -o y.safetensors --quiet")
    assert "several texts in turn" in fails("reproduce y.safetensors world.txt", 1)


def test_info_says_where_a_model_comes_from(run, more):
    run(f"update m.safetensors {more} -o n.safetensors --grow --frozen given --quiet")
    facts = dict(rows(run("info n.safetensors")[1]))
    assert facts["settings.seed"] == "1" and facts["origin.versions.w2v"] == w2v.__version__
    assert facts["origin.corpus.fingerprint"].startswith("sha256:")
    assert facts["origin.corpus.fingerprint"] != facts["origin.before.1.corpus.fingerprint"]
    assert facts["origin.frozen"] == "some words" and facts["origin.schedule.first"] == "15"
    found = json.loads(run("info n.safetensors --json")[1])
    assert found["origin"] == load("n.safetensors").origin
