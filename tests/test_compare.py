"""Comparing all kinds of models: one table that is true, and what is left out is said."""

import json
from collections import Counter

import numpy as np
import pytest

import w2v
from w2v import compare
from w2v.cli import main
from w2v.demos import world
from w2v.see import compare as module
from w2v.see.compare import MODELS
from w2v.training.likelihood import hold_out
from w2v.vectors import evaluate

TEXT = list(world.sentences())[:2000]
SMALL = {"vector_size": 20, "epochs": 2, "workers": 1, "verbose": False}


@pytest.fixture(scope="module")
def found():
    return compare(TEXT, questions=world.questions(), **SMALL)


def test_every_model_has_a_row(found):
    assert tuple(one.model for one in found.models) == MODELS
    for one in found.models:
        assert one.exact == (not one.model.endswith("ns") and one.model != "ppmi")
        assert (one.loss is None) == (one.held_out_loss is None) == (one.model == "ppmi")
        if one.exact:
            assert one.log_likelihood == -one.held_out_loss
        assert -np.log(600) - 1 < one.log_likelihood < 0
        assert 0 <= one.analogies <= 1 and one.similarity is None
        assert one.words_per_second > 0 and one.seconds > 0
    lines = str(found).splitlines()
    assert lines[1].split() == [
        *["model", "loss", "held-out", "log", "P", "analogies", "similarity", "words/s"],
        "seconds",
    ]
    assert len({len(line) for line in lines[2:8]}) == 1  # aligned


def test_the_numbers_are_those_of_the_models(found):
    settings = {"vector_size": 20, "epochs": 2, "workers": 1}
    model = w2v.train(TEXT, loss="hs", validation=0.05, verbose=False, **settings)
    (one,) = [one for one in found.models if one.model == "skipgram-hs"]
    assert one.loss == model.history[-1]["loss"]
    assert one.held_out_loss == model.history[-1]["val_loss"]
    right = evaluate.analogies(model.wv, world.questions(), restrict_vocab=30_000).total.accuracy
    assert one.analogies == right


def test_the_estimate_of_ppmi_is_the_softmax_of_its_scores():
    text = [["a", "b", "c"], ["b", "c", "d"], ["a", "d", "c"]] * 30
    settings = {"vector_size": 3, "window": 2, "min_count": 1, "sample": 0}
    found = compare(text, models=["ppmi"], verbose=False, held_out=0.2, **settings).models[0]
    vocabulary = w2v.Vocabulary.build(text, min_count=1)
    trained, held = hold_out(w2v.Corpus(text).encode(vocabulary), 0.2)
    model = w2v.PPMI(**settings)._fit(vocabulary, trained, False)
    scores = model.W_in @ model.W_out.T + np.log(model._shares)
    logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    held_text = [
        [vocabulary.words[i] for i in held.ids[a:b]]
        for a, b in zip(held.offsets[:-1], held.offsets[1:], strict=True)
    ]
    pairs = vocabulary.pairs(held_text, window=2, shrink_windows=True, seed=1)
    assert found.log_likelihood == pytest.approx(logs[pairs[:, 0], pairs[:, 1]].mean(), rel=1e-5)


def test_what_would_take_long_is_left_out_and_said(monkeypatch):
    monkeypatch.setattr(module, "MOST_WORK", 1e6)
    found = compare(TEXT, **SMALL)
    assert [one.model for one in found.models] == [m for m in MODELS if "softmax" not in m]
    assert "the exact softmax is left out: for " in found.notes[0]
    named = compare(TEXT[:300], models=["skipgram-softmax"], **SMALL)
    assert [one.model for one in named.models] == ["skipgram-softmax"]


def test_pairs_may_be_a_list():
    counts = Counter(word for sentence in TEXT[:300] for word in sentence)
    words = [word for word, _ in counts.most_common(6)]
    pairs = [(words[i], words[i + 1], i) for i in range(5)]
    asked = compare(TEXT[:300], models=["ppmi"], pairs=pairs, **SMALL).models[0]
    assert asked.similarity is not None
    with pytest.raises(ValueError, match="models must name one of skipgram-softmax"):
        compare(TEXT[:300], models=[], **SMALL)


def test_a_model_that_diverges_does_not_end_the_others():
    found = compare(TEXT[:300], models=["cbow-hs", "ppmi"], alpha=100, **SMALL)
    assert [one.model for one in found.models] == ["ppmi"]
    assert found.notes[0].startswith("cbow-hs is left out: training diverged in epoch 1")


def test_what_is_no_comparison_is_refused(tmp_path):
    for wrong, message in (
        ({"models": ["ppmy"]}, "there is no model 'ppmy'; did you mean 'ppmi'"),
        ({"held_out": 2}, "held_out must lie between 0 and 1"),
        ({"shift": -1}, "shift must lie between"),
        ({"questions": [["a", "b"]]}, "an analogy question is four words"),
    ):
        with pytest.raises(ValueError, match=message):
            compare(TEXT, **SMALL, **wrong)
    with pytest.raises(TypeError, match=r"compare\(\) has no setting 'loss'"):
        compare(TEXT, loss="hs")
    with pytest.raises(FileNotFoundError):
        compare(TEXT, pairs=tmp_path / "absent.txt")


def test_the_command_line_prints_and_draws(tmp_path, capsys):
    corpus, pairs, plot = (tmp_path / name for name in ("a.txt", "pairs.txt", "plot.png"))
    corpus.write_text("".join(" ".join(words) + "\n" for words in TEXT))
    pairs.write_text("king queen 9\nking bread 1\nparis london 8\nred monday 2\n")
    flags = ["compare", str(corpus), "--vector-size", "10", "--epochs", "1", "--models"]
    plain = [*flags, "skipgram-hs,ppmi", "--pairs", str(pairs), "--plot", str(plot)]
    assert main(plain) == 0
    table = capsys.readouterr().out
    assert "skipgram-hs" in table and "~ an estimate" in table
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert main([*flags, "cbow-ns,ppmi", "--json"]) == 0
    first, second, last = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["model"] == "cbow-ns" and first["exact"] is False and second["loss"] is None
    assert last["title"] and last["notes"]
    assert main([*flags, "ppmy"]) == 2
    assert "there is no model 'ppmy'" in capsys.readouterr().err
    assert main(["compare"]) == 2


def test_the_picture_has_a_part_for_each_number(found, tmp_path):
    module.draw(tmp_path / "plot.svg", found)
    text = (tmp_path / "plot.svg").read_text()
    assert text.count('<g id="axes_') == 3  # no pairs, so no similarity
