"""The choice of settings by questions and pairs."""

import json
import time

import numpy as np
import pytest

import w2v
from w2v.cli import program as cli
from w2v.demos import world
from w2v.training import judges, likelihood
from w2v.training import tune as module
from w2v.training.settings import Settings

ALL = ("architecture", "loss", "alpha", "negative", "window", "sample")
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
    rungs = [[t for t in trials if t.share == share] for share in shares]
    for low, high in zip(rungs, rungs[1:], strict=False):
        best = [t.settings for t in sorted(low, key=lambda t: -t.score)]
        after = [t.settings for t in high if t.settings]  # the defaults run in the last rung anyway
        assert after == [settings for settings in best if settings][: len(after)]
    assert {} in [t.settings for t in rungs[-1]]
    best = max(rungs[-1], key=lambda t: t.score)
    assert tuned.settings == {**SMALL, **best.settings}
    assert set(SMALL) <= set(tuned.settings)
    assert 0 <= tuned.score <= 1 and 0 <= tuned.default_score <= 1
    w2v.Word2Vec(**tuned.settings)  # they can be trained with


def test_without_time_the_best_and_the_defaults_are_compared(sentences):
    tuned = w2v.tune(sentences, questions=world.questions(), minutes=1e-9, verbose=False, **SMALL)
    last = [t for t in tuned.trials if t.share == max(t.share for t in tuned.trials)]
    assert {} in [t.settings for t in last]
    assert {t.settings == {} for t in last} == {True, False} or len(last) == 1


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
        patch.setattr(judges, "analogies", spy)
        for judge in judges.by_questions(questions, pairs, rng):
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
            drawn = module._candidate(rng, fixed, ALL)
            assert not set(drawn) & set(fixed)
            assert ("negative" in drawn) == ((fixed | drawn)["loss"] == "ns")
            w2v.Word2Vec(**fixed, **drawn)
        assert set(module._candidate(rng, fixed, ["alpha"])) == {"alpha"}


def test_what_is_wrong_is_said(sentences):
    with pytest.raises(ValueError, match="give questions, pairs or both"):
        w2v.tune(sentences, verbose=False)
    with pytest.raises(ValueError, match="no common scale"):
        w2v.tune(sentences, questions=world.questions(), validation=0.1, verbose=False)
    with pytest.raises(ValueError, match="validation must lie between 0 and 1"):
        w2v.tune(sentences, validation=2, verbose=False, **SMALL)
    with pytest.raises(ValueError, match="too few words"):
        w2v.tune(sentences, validation=[["no", "zzz"]], verbose=False, **SMALL)
    with pytest.raises(ValueError, match="nothing judges"):
        w2v.tune(sentences[:500], pairs=[("qqq", "zzz", 1.0)] * 4, verbose=False, **SMALL)


def test_a_text_chooses_what_does_not_change_the_examples(sentences):
    tuned = w2v.tune(sentences, validation=0.1, minutes=0.05, verbose=False, **SMALL)
    tried = {name for trial in tuned.trials for name in trial.settings}
    assert tried <= {"loss", "alpha", "negative"} and "alpha" in tried
    assert {trial.settings.get("loss") for trial in tuned.trials} == {None, "ns", "hs"}
    assert -6.4 < tuned.default_score <= tuned.score + 0.05 < 0  # log 598 = 6.39: chance
    other = w2v.tune(
        sentences[:2000], validation=sentences[2000:2200], minutes=0.01, verbose=False, **SMALL
    )
    assert -7 < other.score < 0


@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
def test_a_text_asks_all_models_the_same(sentences, architecture):
    corpus = w2v.Corpus(sentences)
    vocabulary = w2v.Vocabulary.build(corpus, min_count=1)
    settings = {**SMALL, "architecture": architecture, "workers": 1}
    asked = Settings(**settings, window=4)
    rest, halves = judges.by_text(0.05, vocabulary, corpus.encode(vocabulary), asked)
    words = corpus.stats.tokens
    assert len(rest.ids) == words - round(0.05 * words)
    scores = {}
    for loss in ("softmax", "hs", "ns"):
        model = w2v.Word2Vec(**{**settings, "loss": loss, "window": 4, "deterministic": True})
        model._fit_encoded(vocabulary, rest, False)
        scores[loss] = [judge(model) for judge in halves]
        wider = w2v.Word2Vec(**{**model.settings, "window": 9, "sample": 0.1})
        wider.vocabulary, wider.W_in, wider.W_out = vocabulary, model.W_in, model.W_out
        assert [judge(wider) for judge in halves] == scores[loss]
    assert all(-np.log(598) < score < -3 for both in scores.values() for score in both)
    # the exact softmax is judged by its own loss
    held = likelihood.hold_out(corpus.encode(vocabulary), 0.05)[1]
    exact = w2v.Word2Vec(**{**settings, "loss": "softmax", "window": 4})
    exact._fit_encoded(vocabulary, rest, False)
    own = exact._likelihood(held).log_likelihood
    assert own == pytest.approx(np.mean([judge(exact) for judge in halves]), abs=0.05)


def test_less_of_a_large_text_judges(sentences, monkeypatch):
    monkeypatch.setattr(judges, "MOST_TO_JUDGE", 0)
    monkeypatch.setattr(judges, "LEAST_TO_JUDGE", 300)
    corpus = w2v.Corpus(sentences)
    vocabulary = w2v.Vocabulary.build(corpus, min_count=1)
    encoded = corpus.encode(vocabulary)
    rest, _ = judges.by_text(0.5, vocabulary, encoded, Settings(**SMALL))
    assert len(encoded.ids) - len(rest.ids) == 600
    asked = []
    monkeypatch.setattr(judges, "_text_judge", lambda held, _: asked.append(held))
    judges.by_text(corpus, vocabulary, encoded, Settings(**SMALL))
    assert all(250 < len(held.ids) < 350 for held in asked)


def test_tune_by_a_text_is_a_verb(sentences, tmp_path, capsys):
    corpus, held = tmp_path / "corpus.txt", tmp_path / "held.txt"
    corpus.write_text("\n".join(map(" ".join, sentences[:1500])))
    held.write_text("\n".join(map(" ".join, sentences[1500:1600])))
    command = ["tune", str(corpus), "--minutes", "0.01", "--epochs", "1", "--vector-size", "8"]
    for given in ("0.1", str(held)):
        assert cli.main([*command, "--validation", given]) == 0
        out, err = capsys.readouterr()
        assert "--window" not in out and "text that chose nothing, log P: -" in err
    for wrong, said in (
        (["--validation", "0.1", "--pairs", str(held)], "no common scale"),
        (["--validation", "2"], "a share lies between 0 and 1"),
    ):
        assert cli.main([*command, *wrong]) == 2
        assert said in capsys.readouterr().err


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
    assert "--questions, --pairs or --validation" in capsys.readouterr().err
