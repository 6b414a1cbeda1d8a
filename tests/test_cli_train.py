"""``w2v train`` and word2vec.c's command lines."""

from __future__ import annotations

import errno
import gzip
import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
from commands import SMALL

import w2v
from w2v.cli import common
from w2v.cli import train as cli_train
from w2v.files import formats
from w2v.text.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("x.safetensors", "model"),
        ("x.bin", "bin"),
        ("x.txt", "text"),
        ("x.VEC", "text"),
        ("x.glove", "glove"),
    ],
)
def test_train_writes_by_suffix(run, name, form):
    status, out, err = run(["train", "world.txt", "--output", name, *SMALL])
    assert (status, out) == (0, "")
    assert err.startswith("reading world.txt\nepoch 1/2: loss ")
    assert err.endswith(f"\nwrote {name}\n")
    assert formats.format_of(name) == form


def test_train_is_train(run):
    settings = dict(vector_size=8, epochs=2, min_count=2, loss="hs", window=3, shrink_windows=False)
    expected = w2v.train("world.txt", verbose=False, workers=1, **settings)
    line = "train --loss hs -o x.safetensors --window 3 world.txt --no-shrink-windows --quiet"
    assert run([*line.split(), *SMALL, "--min-count", "2"]) == (0, "", "")
    model = w2v.Word2Vec.load("x.safetensors")
    assert model.settings == expected.settings
    np.testing.assert_array_equal(model.W_in, expected.W_in)


def test_short_forms_set_the_architecture(run):
    for verb in ("skipgram", "cbow"):
        assert run([verb, "world.txt", "-o", "x.safetensors", "--quiet", *SMALL])[0] == 0
        assert w2v.Word2Vec.load("x.safetensors").architecture == verb


def test_a_log_of_train_is_short(run):
    line = ["train", "world.txt", "-o", "x.bin", *SMALL[:2], "--epochs", "60", *SMALL[4:]]
    err = run([*line, "--max-final-vocab", "20"])[2]
    assert err.count("epoch ") == 15 and "epoch 60/60" in err
    assert len(err.splitlines()) <= 20
    for epochs in (1, 2, 3, 14, 15, 16, 17, 100_000):
        told = [epoch for epoch in range(1, epochs + 1) if common.due(epoch, epochs)]
        assert len(told) == min(15, epochs) and told[:2] == [1, 2][:epochs] and told[-1] == epochs


def test_train_as_json(run):
    status, out, _ = run(["train", "world.txt", "-o", "x.bin", "--json", *SMALL])
    summary = json.loads(out)
    assert status == 0
    assert summary["words"] == 598
    assert summary["tokens_read"] == summary["tokens_kept"] == 110270
    assert summary["lines"] == 14000
    assert [record["epoch"] for record in summary["history"]] == [1, 2]
    assert summary["settings"]["vector_size"] == 8


def test_all_sources_are_the_same_corpus(run):
    text = Path("world.txt").read_bytes()
    Path("half").mkdir()
    cut = text.index(b"\n", len(text) // 2) + 1
    Path("half/1.txt").write_bytes(text[:cut])
    Path("half/2.txt.gz").write_bytes(gzip.compress(text[cut:]))
    want = run("vocab world.txt --min-count 1")
    assert want[1].startswith("the\t14259\n")
    assert want[2] == "598 of 598 words, 110,270 of 110,270 tokens, 14,000 lines\n"
    sources = ("half", "half/1.txt half/2.txt.gz", "half/*")
    assert all(run(f"vocab {source} --min-count 1") == want for source in sources)
    assert run("vocab - --min-count 1", stdin=text) == want
    assert run("vocab half/1.txt - --min-count 1", stdin=text[cut:]) == want


def test_reading_flags_reach_the_corpus(run):
    Path("latin").write_bytes("Café, CAFÉ!\n".encode("latin-1"))
    line = "vocab latin --min-count 1 --tokenizer words --encoding latin-1 --memory-budget 0"
    assert run([*line.split(), "--tmp-dir", "."])[1] == "café\t2\n"


def test_vocab_to_a_file_and_back(run):
    assert run("vocab world.txt --max-final-vocab 3 --output v.txt --json")[1] == (
        '{"output": "v.txt", "words": 3}\n'
    )
    assert Path("v.txt").read_text() == "the 14259\na 3728\nof 3504\n"
    line = "train world.txt --vocabulary v.txt -o x.bin --save-vocab again.txt --quiet"
    assert run(line)[0] == 0
    assert w2v.KeyedVectors.load("x.bin").index_to_key == ["the", "a", "of"]
    assert Path("again.txt").read_text() == Path("v.txt").read_text()
    # an explicit flag has its effect
    assert run(f"{line} --min-count 3600")[0] == 0
    assert w2v.KeyedVectors.load("x.bin").index_to_key == ["the", "a"]


def test_a_vocabulary_may_be_a_word_a_line(run, fails):
    Path("v.txt").write_text("\ufeffking\n\nthe\nxyzzy\n", encoding="utf-8")
    line = "train world.txt --vocabulary v.txt -o x.bin --quiet"
    status, _, err = run(line)
    assert status == 0
    assert "'xyzzy'" in err
    assert w2v.KeyedVectors.load("x.bin").index_to_key == ["the", "king"]
    assert "--min-count needs counts" in fails(f"{line} --min-count 2", 2)
    Path("v.txt").write_text("king\nthe queen\n")
    assert "v.txt, line 2: one word a line" in fails(line, 1)


def test_what_cannot_be_written_as_asked_is_saved_all_the_same(fails):
    Path("v.txt").write_text("the 10\nnew york 5\nof 3\n")
    error = fails("train world.txt --vocabulary v.txt -o x.vec", 1)
    rescued = Path(re.search("the model is saved as (.*)", error)[1])
    assert rescued == Path("x.vec-rescued.safetensors").resolve()
    assert w2v.Word2Vec.load(rescued).vocabulary.words == ["the", "new york", "of"]


def test_a_network_that_cannot_be_saved_is_saved_elsewhere(fails, monkeypatch):
    Path("t.tsv").write_text("+\tgood film\n-\tbad film\n" * 4)
    replace = os.replace

    def fail(source, target):
        if target.endswith("out.safetensors"):
            raise OSError(errno.EIO, os.strerror(errno.EIO), source)
        replace(source, target)

    monkeypatch.setattr(os, "replace", fail)
    error = fails("mlp train t.tsv --text -o out.safetensors --max-iter 1 --quiet", 1)
    assert error.startswith("out.safetensors: Input/output error; the model is saved as ")
    found = w2v.TextClassifier.load(error.rpartition(" ")[2])
    assert list(found.classes_) == ["+", "-"]
    assert not os.path.exists("out.safetensors")


def test_interrupted_between_epochs_is_saved_too(run, monkeypatch):
    def interrupt(model, record):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli_train, "_print_epoch", interrupt)
    status, out, err = run(["train", "world.txt", "-o", "x.safetensors", "--json", *SMALL])
    assert status == 130
    assert err.endswith("\nw2v: interrupted; what was learnt is in x.safetensors\n")
    assert json.loads(out)["interrupted"] is True
    assert len(w2v.Word2Vec.load("x.safetensors").history) == 1


def test_an_old_command_line_runs_as_it_is(run):
    line = (
        "train -train world.txt -output v.bin -cbow 0 -size 50 -window 5 -negative 5 -hs 0 "
        "-sample 1e-4 -threads 2 -binary 1 -iter 3 -min-count 1 -alpha 0.05 -debug 2 -classes 0 "
        "-save-vocab v.txt --json"
    )
    status, out, _ = run(line)
    assert status == 0
    assert formats.format_of("v.bin") == "bin"
    assert w2v.KeyedVectors.load("v.bin").vectors.shape == (598, 50)
    assert formats.read_counts("v.txt")["the"] == 14259
    settings = json.loads(out)["settings"]
    want = {"architecture": "skipgram", "loss": "ns", "sample": 1e-4, "workers": 2, "epochs": 3}
    assert settings | want | {"alpha": 0.05, "window": 5, "negative": 5} == settings


def test_what_old_command_lines_leave_out_is_as_in_word2vec_c(run):
    status, out, err = run([*"train -train world.txt -output v -debug 0 --json".split(), *SMALL])
    assert (status, err) == (0, "")
    assert json.loads(out)["settings"]["architecture"] == "cbow"
    assert formats.format_of("v") == "text"
    run([*"train world.txt -output x.txt -binary 1 --quiet".split(), *SMALL])
    assert formats.format_of("x.txt") == "bin"
    # word2vec.c would train both output layers here
    status, out, err = run([*"train -train world.txt -output v -hs 1 --json".split(), *SMALL])
    assert status == 0
    assert "w2v: warning: -hs 1 trains hierarchical softmax alone" in err
    assert json.loads(out)["settings"]["loss"] == "hs"
    _, _, err = run([*"train -train world.txt -output v -hs 1 -negative 0".split(), *SMALL])
    assert "warning" not in err


def test_old_vocabulary_files(run):
    assert run("train -train world.txt -save-vocab v.txt -min-count 3000")[0] == 0
    assert Path("v.txt").read_text() == "the 14259\na 3728\nof 3504\nis 3206\n"
    Path("v.txt").write_text("</s> 14000\nthe 14259\na 3728\n")
    status, _, err = run("train -train world.txt -read-vocab v.txt -output x.bin")
    assert status == 0
    assert "</s> is left out" in err
    assert w2v.KeyedVectors.load("x.bin").index_to_key == ["the", "a"]


def test_a_tiny_corpus_is_trained_and_told(run, fails):
    Path("sixty").write_text("the cat sat on the mat\na dog ran in the park\n" * 30)
    status, _, err = run("train sixty -o x.safetensors")
    assert status == 0 and "all of its words were kept, as by --sample 0" in err
    assert w2v.Word2Vec.load("x.safetensors").history[0]["examples"] > 1000
    _, _, err = run("train sixty -o x.bin --sample 1e-3")
    assert "w2v: warning: --sample 0.001 leaves about" in err and "pass --sample 0 to keep" in err
    Path("x.bin").unlink()
    assert "found no example: --sample 1e-09" in fails("train sixty -o x.bin --sample 1e-9", 1)
    assert not Path("x.bin").exists()


def test_encoding_and_normal_form_of_corpus_and_vocabulary(run):
    Path("latin").write_bytes("der Bär schläft\nein Bär brummt\n".encode("latin-1") * 20)
    Path("words").write_bytes("Bär 9\nschläft 5\nbrummt 4\n".encode("latin-1"))
    line = "train latin -o x.vec --encoding latin-1 --quiet"
    assert run(f"{line} --vocabulary words")[0] == 0
    assert list(w2v.KeyedVectors.load("x.vec")) == ["Bär", "schläft", "brummt"]
    assert run(f"{line} --normalize NFD")[0] == 0
    assert "Ba\u0308r" in w2v.KeyedVectors.load("x.vec")


@pytest.mark.parametrize("name", ["x" * 300 + ".bin", "none/x.bin", "pipe.bin"])
@pytest.mark.parametrize(
    "line",
    [
        "train world.txt -o {}",
        "train world.txt -o x.bin --save-vocab {}",
        "mlp train t.tsv --text -o {}.safetensors",
        "vocab world.txt -o {}",
        "explore m.safetensors -o {}",
        "convert m.safetensors {}",
    ],
)
def test_an_output_that_cannot_be_written_is_told_first(run, monkeypatch, line, name):
    os.mkfifo("pipe.bin")
    os.mkfifo("pipe.bin.safetensors")
    Path("t.tsv").write_text("+\tgood film\n-\tbad film\n" * 4)

    def work(*_, **__):
        raise AssertionError("the work has begun")

    for kind, method in (
        (w2v.Word2Vec, "fit"),
        (w2v.TextClassifier, "fit"),
        (Vocabulary, "build"),
        (w2v.KeyedVectors, "load"),
        (formats, "read_model"),
    ):
        monkeypatch.setattr(kind, method, work)
    before = set(os.listdir())
    status, out, err = run(line.format(name))
    assert status in (1, 2)
    assert out == ""
    assert "the work has begun" not in err
    assert set(os.listdir()) == before
