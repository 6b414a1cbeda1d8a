"""The choice of settings by questions and pairs."""

import json
import time

import numpy as np
import pytest

import w2v
from w2v.cli import program as cli
from w2v.demos import world
from w2v.training import tune as module

SMALL = {"vector_size": 12, "epochs": 2, "workers": 2, "min_count": 1, "sample": 0}


@pytest.fixture(scope="module")
def sentences():
    return list(world.sentences())[:4000]


def test_the_best_goes_on_to_more_text(sentences):
    started = time.monotonic()
    tuned = w2v.tune(sentences, questions=world.questions(), minutes=0.05, verbose=False, **SMALL)
    assert time.monotonic() - started < 30
    first, *trials = tuned.trials
    assert first.settings == trials[0].settings == {}
    shares = sorted({trial.share for trial in trials})
    assert len(shares) == 3
    np.testing.assert_allclose(np.divide(shares[1:], shares[:-1]), 3)
    for low, high in zip(shares, shares[1:], strict=False):
        before = sorted((t for t in trials if t.share == low), key=lambda t: -t.score)
        after = [t.settings for t in trials if t.share == high]
        assert after == [t.settings for t in before[: len(after)]]
    assert set(SMALL) <= set(tuned.settings)
    assert 0 <= tuned.score <= 1 and 0 <= tuned.default_score <= 1
    w2v.Word2Vec(**tuned.settings)  # they can be trained with


def test_half_of_the_questions_chooses_and_the_other_half_judges():
    questions = {"a": [("w", "x", "y", str(n)) for n in range(7)]}
    pairs = [("a", "b", float(n)) for n in range(6)]
    rng = np.random.default_rng(1)
    asked = []

    class Spy:
        wv = None

    def spy(kv, given, *rest):
        asked.append(given)
        raise ValueError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "analogies", spy)
        for judge in module._halves(questions, pairs, rng):
            with pytest.raises(ValueError):
                judge(Spy)
    one, other = (set(given["a"]) for given in asked)
    assert not one & other and len(one | other) == 7


def test_samples_are_nested(sentences):
    corpus = w2v.Corpus(sentences)
    encoded = corpus.encode(w2v.Vocabulary.build(corpus, min_count=1))
    samples = module._Samples(encoded, np.random.default_rng(1))
    small, large = (
        [tuple(part) for part in np.split(of.ids, of.offsets[1:-1])]
        for of in (samples.of(0.1), samples.of(0.3))
    )
    assert set(small) <= set(large)
    assert len(small) == 400 and samples.of(1.0) is encoded


def test_candidates_leave_fixed_settings_alone():
    rng = np.random.default_rng(1)
    for fixed in ({}, {"loss": "hs"}, {"window": 3, "loss": "softmax"}):
        for _ in range(20):
            drawn = module._candidate(rng, fixed)
            assert not set(drawn) & set(fixed)
            assert ("negative" in drawn) == ((fixed | drawn)["loss"] == "ns")
            w2v.Word2Vec(**fixed, **drawn)


def test_what_is_wrong_is_said(sentences):
    with pytest.raises(ValueError, match="give questions, pairs or both"):
        w2v.tune(sentences, verbose=False)
    with pytest.raises(ValueError, match="nothing judges"):
        w2v.tune(sentences[:500], pairs=[("qqq", "zzz", 1.0)] * 4, verbose=False, **SMALL)


def test_tune_is_a_verb(sentences, tmp_path, capsys):
    corpus, pairs = tmp_path / "corpus.txt", tmp_path / "pairs.txt"
    corpus.write_text("\n".join(map(" ".join, sentences[:1500])))
    pairs.write_text("dog cat 9\nparis london 8\ndog paris 1\ncat london 2\n" * 3)
    command = ["tune", str(corpus), "--pairs", str(pairs), "--minutes", "0.01", "--loss", "ns"]
    assert cli.main([*command, "--epochs", "1", "--vector-size", "8"]) == 0
    out, err = capsys.readouterr()
    last = out.splitlines()[-1]
    assert last.startswith(f"w2v train {corpus} ") and "--loss ns" in last
    assert "the defaults" in err
    assert cli.main([*command, "--epochs", "1", "--vector-size", "8", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[-1]["settings"]["loss"] == "ns" and lines[0]["settings"] == {}
    assert cli.main(["tune", str(corpus)]) == 2
    assert "--questions or --pairs" in capsys.readouterr().err
