"""Trainings that end before their end: checkpoints, and going on from them."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from commands import POSIX

import w2v
from w2v import Word2Vec, _core, parallel, versions
from w2v.demos import world
from w2v.files import formats
from w2v.training import checkpoint as checkpoints
from w2v.training import divergence

SMALL = {"vector_size": 16, "min_count": 1, "epochs": 3, "verbose": False}
KINDS = [
    {"architecture": architecture, "loss": loss}
    for architecture in ("skipgram", "cbow")
    for loss in ("ns", "hs", "softmax")
]


@pytest.fixture(scope="module")
def sentences():
    return list(world.sentences()) * 2  # 220 blocks: enough for rounds


@pytest.fixture
def often(monkeypatch):
    """Write checkpoints all the time, and keep a copy of each; return the list of copies."""
    copies = []
    write = checkpoints.Checkpoint.write

    def write_and_copy(self, *arguments):
        write(self, *arguments)
        copies.append(Path(f"{self.path}.{len(copies)}"))
        shutil.copy(self.path, copies[-1])

    monkeypatch.setattr(checkpoints.Checkpoint, "write", write_and_copy)
    monkeypatch.setattr(checkpoints, "SPARED", 0)
    monkeypatch.setattr(parallel, "TICK", 0.002)
    return copies


def assert_same(model, expected):
    np.testing.assert_array_equal(model.W_in, expected.W_in)
    np.testing.assert_array_equal(model.W_out, expected.W_out)
    assert model.vocabulary.words == expected.vocabulary.words
    timeless = [
        [{k: v for k, v in record.items() if "second" not in k} for record in each.history]
        for each in (model, expected)
    ]
    assert timeless[0] == timeless[1]
    assert model.corpus_stats == expected.corpus_stats and not model.interrupted


def place_of(path):
    return formats.read_model(path).notes["checkpoint"]["place"]


# --- the same bytes ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: "-".join(kind.values()))
def test_every_checkpoint_leads_to_the_same_model(sentences, tmp_path, often, kind):
    """As after `kill -9`: only the file is left. Workers before and after are others."""
    path, settings = tmp_path / "c", SMALL | kind | {"deterministic": True}
    if kind["loss"] == "softmax":
        sentences, settings = sentences[:1200], settings | {"epochs": 2}
    expected = w2v.train(sentences, workers=1, **settings)
    watched = w2v.train(sentences, workers=3, checkpoint=path, every=0.001, **settings)
    assert_same(watched, expected)
    places = [place_of(copy) for copy in often]
    within = [i for i, place in enumerate(places) if place["block"]]
    assert within, "no checkpoint within an epoch"
    for i in {0, within[0], within[len(within) // 2], within[-1], len(often) - 1}:
        model = Word2Vec.resume(often[i], sentences, workers=1 + i % 3, verbose=False)
        assert_same(model, expected)


def test_it_goes_on_after_going_on(sentences, tmp_path, often):
    expected = w2v.train(sentences, **SMALL)
    w2v.train(sentences, checkpoint=tmp_path / "c", every=0.001, **SMALL)
    path, seen = often[1], 0
    for _ in range(3):
        del often[:]
        shutil.copy(path, tmp_path / "again")
        model = Word2Vec.resume(tmp_path / "again", sentences, every=0.001, verbose=False)
        assert_same(model, expected)
        later = [copy for copy in often if place_of(copy)["epoch"] < 3]
        if len(later) < 3:
            break
        path, seen = later[2], seen + 1
    assert seen


@pytest.mark.parametrize("patience", [None, 2])
def test_judgement_goes_on(tmp_path, often, patience):
    """The share that is held out, the best epoch and its weights are those of then."""
    sentences = np.random.default_rng(1).integers(40, size=(150, 8)).astype(str).tolist()
    settings = SMALL | {"loss": "softmax", "alpha": 0.3, "epochs": 20, "validation": 0.2}
    settings["patience"] = patience
    expected = w2v.train(sentences, **settings)
    assert (len(expected.history) < 20) == bool(patience)  # random text is learnt by heart
    w2v.train(sentences, checkpoint=tmp_path / "c", every=1e-9, **settings)
    assert len(often) > len(expected.history)
    for copy in often[1::3]:
        assert_same(Word2Vec.resume(copy, sentences, verbose=False), expected)


def test_free_running_training_goes_on(sentences, tmp_path, often):
    settings = SMALL | {"deterministic": False, "workers": 2}
    w2v.train(sentences, checkpoint=tmp_path / "c", every=0.001, **settings)
    first = next(copy for copy in often if place_of(copy)["block"])
    model = Word2Vec.resume(first, sentences, workers=3, verbose=False)
    examples = [record["examples"] for record in model.history]
    assert examples == [record["examples"] for record in w2v.train(sentences, **SMALL).history]


def test_a_file_is_found_again(tmp_path, often, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = "\n".join(" ".join(s).upper() for s in world.sentences(2000))
    Path("text").write_text(text)
    reading = {"tokenizer": "words"}
    expected = w2v.train("text", **reading, **SMALL)
    w2v.train("text", checkpoint=tmp_path / "c", every=0.001, **reading, **SMALL)
    monkeypatch.chdir("/")
    assert_same(Word2Vec.resume(often[1], verbose=False), expected)


def test_an_interruption_while_judging_comes_again(tmp_path):
    """An epoch is done when its callbacks are; they see it once more."""
    seen = []

    def watch(model, record):
        seen.append(record["epoch"])
        if seen == [1, 2]:
            raise KeyboardInterrupt

    sentences, path = list(world.sentences(1000)), tmp_path / "c"
    expected = w2v.train(sentences, **SMALL)
    with pytest.warns(UserWarning, match=r"in epoch 2 of 3; go on .*resume\('.*c'\)"):
        model = w2v.train(sentences, checkpoint=path, callbacks=watch, **SMALL)
    assert model.interrupted and len(model.history) == 2
    resumed = Word2Vec.resume(path, sentences, callbacks=watch, verbose=False)
    assert seen == [1, 2, 2, 3]
    assert_same(resumed, expected)


# --- a checkpoint is a model ---------------------------------------------------------------------


def test_a_checkpoint_is_a_model_and_a_model_none(tmp_path):
    sentences = list(world.sentences(500))
    model = w2v.train(sentences, checkpoint=tmp_path / "c", **SMALL)
    np.testing.assert_array_equal(Word2Vec.load(tmp_path / "c").W_in, model.W_in)
    assert_same(Word2Vec.resume(tmp_path / "c", sentences, verbose=False), model)  # at its end
    model.save(tmp_path / "m.safetensors")
    with pytest.raises(ValueError, match="is a model and no checkpoint"):
        Word2Vec.resume(tmp_path / "m.safetensors", sentences)
    loaded = Word2Vec.load(tmp_path / "m.safetensors")
    assert loaded.origin == model.origin and loaded.corpus_stats == model.corpus_stats


def test_a_training_is_not_overwritten(tmp_path, often):
    sentences, path = list(world.sentences(500)), tmp_path / "c"
    w2v.train(sentences, checkpoint=path, **SMALL)
    w2v.train(sentences, checkpoint=path, **SMALL)  # that one was at its end
    shutil.copy(often[0], path)
    with pytest.raises(ValueError, match=r"stopped in epoch 1 of 3: go on with it by Word2Vec\.re"):
        w2v.train(sentences, checkpoint=path, **SMALL)
    path.write_text("my notes")
    with pytest.raises(ValueError, match="is no checkpoint; name another file"):
        w2v.train(sentences, checkpoint=path, **SMALL)
    assert path.read_text() == "my notes"
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        w2v.train(sentences, checkpoint=tmp_path / "no/c", **SMALL)
    with pytest.raises(ValueError, match="every"):
        w2v.train(sentences, checkpoint=tmp_path / "new", every=-1, **SMALL)


# --- what has changed is refused -----------------------------------------------------------------


@pytest.fixture
def stopped(tmp_path, often):
    """Return a checkpoint, and the sentences it was trained on."""
    sentences = [list("abcdefgh") for _ in range(200)]
    w2v.train(sentences, checkpoint=tmp_path / "c", tokenizer="words", **SMALL)
    return often[0], sentences


def test_another_corpus_is_refused(stopped):
    path, sentences = stopped
    with pytest.raises(ValueError, match="the corpus has changed since .*1,608 words, and 1,600 t"):
        Word2Vec.resume(path, [*sentences, sentences[0]], verbose=False)
    swapped = [list("abcdefhg"), *sentences[1:]]
    with pytest.raises(ValueError, match="as many words as then, but others, or in another order"):
        Word2Vec.resume(path, swapped, verbose=False)
    rare = [["x", *sentences[0][1:]], *sentences[1:]]
    with pytest.raises(ValueError, match="1 words outside the vocabulary, and 0 then"):
        Word2Vec.resume(path, rare, verbose=False)
    with pytest.raises(ValueError, match="was trained on no file: give resume"):
        Word2Vec.resume(path)


def test_other_settings_are_refused(stopped):
    path, sentences = stopped
    with pytest.raises(ValueError, match="was trained with window=5, not 6"):
        Word2Vec.resume(path, sentences, window=6)
    with pytest.raises(TypeError, match="resume.. has no setting 'widnow'"):
        Word2Vec.resume(path, sentences, widnow=6)
    assert not Word2Vec.resume(path, sentences, window=5, verbose=False).interrupted


def test_other_versions_are_refused(stopped, monkeypatch):
    path, sentences = stopped
    monkeypatch.setattr(versions, "__version__", "9.9")
    with pytest.raises(ValueError, match="w2v is 9.9, and was .*install that w2v"):
        Word2Vec.resume(path, sentences)
    monkeypatch.undo()
    monkeypatch.setattr(_core, "isa", lambda: "abacus")
    with pytest.raises(ValueError, match="the instruction set is abacus, and was .*set W2V_ISA="):
        Word2Vec.resume(path, sentences)


def test_what_no_file_can_hold_is_asked_for(tmp_path, often):
    def words(line):
        return line.split()

    text, reading = ["a b c d"] * 100, {"tokenizer": words}
    expected = w2v.train(text, checkpoint=tmp_path / "c", validation=text, **reading, **SMALL)
    with pytest.raises(ValueError, match="trained with tokenizer=words, which no file"):
        Word2Vec.resume(often[0], text)
    with pytest.raises(ValueError, match="was judged by a text"):
        Word2Vec.resume(often[0], text, verbose=False, **reading)
    again = Word2Vec.resume(often[0], text, validation=text, verbose=False, **reading)
    assert_same(again, expected)


def test_a_diverged_training_leaves_the_last_good_checkpoint(tmp_path, often, monkeypatch):
    def diverge(model, record):
        monkeypatch.setattr(divergence, "MOST_LOSS", -1)

    with pytest.raises(FloatingPointError, match="diverged in epoch 2"):
        w2v.train(
            world.sentences(1000),
            checkpoint=tmp_path / "c",
            every=1e-9,
            callbacks=diverge,
            **SMALL,
        )
    assert place_of(tmp_path / "c")["epoch"] == 1


# --- signals in Python ---------------------------------------------------------------------------

SCRIPT = """
import sys, w2v
from w2v.demos import world
print("ready", flush=True)
def watch(model, record):
    print("epoch", flush=True)
model = w2v.train(list(world.sentences()) * 2, epochs=100000, checkpoint="c", verbose=False,
                  callbacks=watch)
print("interrupted", model.interrupted, flush=True)
"""


@POSIX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_in_a_script(tmp_path, number):
    """Ctrl-C ends the training, SIGTERM the process; both write the checkpoint first."""
    root = Path(w2v.__file__).parents[1]
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while process.stdout.readline() != "epoch\n":
            assert process.poll() is None
        time.sleep(0.05)
        sent = time.monotonic()
        process.send_signal(number)
        out, err = process.communicate()
    assert time.monotonic() - sent < 4  # two seconds are promised; busy machines are forgiven
    assert "go on with it by Word2Vec.resume('c')" in err
    assert ("interrupted True" in out) == (number == signal.SIGINT)
    assert process.returncode == (0 if number == signal.SIGINT else -signal.SIGTERM)
    place = place_of(tmp_path / "c")
    assert place["epoch"] >= 1 and place["block"] > 0


@POSIX
def test_a_handler_of_the_users_own_stays(tmp_path):
    got = []
    before = signal.signal(signal.SIGTERM, lambda *_: got.append(1))
    try:
        w2v.train(
            [["a", "b"]] * 50,
            checkpoint=tmp_path / "c",
            callbacks=lambda *_: signal.raise_signal(signal.SIGTERM) and None,
            **SMALL,
        )
    finally:
        signal.signal(signal.SIGTERM, before)
    assert len(got) == 3


def test_other_threads_train_with_checkpoints_too(tmp_path):
    found = []
    settings = SMALL | {"checkpoint": tmp_path / "c"}
    thread = threading.Thread(target=lambda: found.append(w2v.train([["a", "b"]] * 50, **settings)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        thread.start()
        thread.join()
    assert len(found[0].history) == 3
