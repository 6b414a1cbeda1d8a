"""Likelihood of held-out text: the model's own probabilities, and training that is judged by it."""

import itertools
import math

import numpy as np
import pytest

import w2v
from w2v.cli import main
from w2v.demos import world
from w2v.training.likelihood import hold_out, normalised

TEXT = list(world.sentences())[:400]
OTHER = list(world.sentences())[400:480]
SIX = list(itertools.product(["skipgram", "cbow"], ["ns", "hs", "softmax"]))


def trained(**settings):
    settings = {"vector_size": 10, "min_count": 2, "sample": 0, "epochs": 2} | settings
    return w2v.train(TEXT, verbose=False, **settings)


def encoded(text, vocabulary):
    return w2v.Corpus(text).encode(vocabulary)


@pytest.mark.parametrize("loss", ["hs", "softmax"])
def test_the_score_is_the_mean_of_the_log_probabilities(loss):
    model = trained(loss=loss, shrink_windows=False, window=2)
    V = len(model.vocabulary)
    pairs = model.vocabulary.pairs(w2v.Corpus(OTHER), window=2)
    words = model.vocabulary.words
    logs = {word: dict(model.predict_context(word, topn=V)) for word in words}
    expected = np.mean([math.log(logs[words[i]][words[o]]) for i, o in pairs])
    found = model.score(OTHER)
    assert found.log_likelihood == pytest.approx(expected, rel=1e-5)
    assert found.perplexity == pytest.approx(math.exp(-expected), rel=1e-4)
    assert found.examples == len(pairs)


def test_the_score_of_cbow_is_that_of_the_middle_words():
    model = trained(architecture="cbow", loss="softmax", shrink_windows=False, window=2)
    V = len(model.vocabulary)
    logs = []
    for sentence in OTHER:
        known = [word for word in sentence if word in model.vocabulary]
        for t, word in enumerate(known):
            context = known[max(0, t - 2) : t] + known[t + 1 : t + 3]
            if context:
                logs.append(math.log(dict(model.predict_word(context, topn=V))[word]))
    found = model.score(OTHER)
    assert found.examples == len(logs)
    assert found.log_likelihood == pytest.approx(np.mean(logs), rel=1e-5)


@pytest.mark.parametrize("architecture, loss", SIX)
@pytest.mark.parametrize("workers", [1, 3])
def test_a_score_changes_nothing_and_is_repeatable(architecture, loss, workers):
    model = trained(architecture=architecture, loss=loss, workers=workers)
    before = model.W_in.copy(), model.W_out.copy()
    found = model.score(TEXT)
    assert np.array_equal(model.W_in, before[0]) and np.array_equal(model.W_out, before[1])
    assert model.score(TEXT) == found
    assert (found.perplexity is None) == (loss == "ns")
    assert -found.log_likelihood < model.history[-1]["loss"] + 0.1


def test_one_more_hidden_unit_holds_the_prior():
    model = trained(loss="softmax")
    flat, other = np.ones(len(model.vocabulary)), encoded(OTHER, model.vocabulary)
    args = model.settings, model.vocabulary, other, model.W_in
    own = model.score(OTHER)
    assert normalised(*args, model.W_out, flat).log_likelihood == pytest.approx(
        own.log_likelihood, rel=1e-6
    )
    # what is taken from the scores and given to the prior is still there
    model.W_in[:, 0] = 2
    own = model.score(OTHER)
    prior, W_out = np.exp(2 * model.W_out[:, 0].astype(float)), model.W_out.copy()
    rest = w2v._core.aligned_zeros(*W_out.shape)
    rest[:, 1:] = W_out[:, 1:]
    assert normalised(*args, rest, prior).log_likelihood == pytest.approx(
        own.log_likelihood, rel=1e-5
    )


@pytest.mark.parametrize("share", [0.1, 0.5, 1e-9])
def test_what_is_held_out_is_the_end(share):
    vocabulary = w2v.Vocabulary.build(TEXT, min_count=1)
    whole = encoded(TEXT, vocabulary)
    before, after = hold_out(whole, share)
    assert len(after.ids) == max(1, round(share * len(whole.ids)))
    assert np.array_equal(np.append(before.ids, after.ids), whole.ids)
    joined = np.append(before.offsets[:-1], after.offsets + len(before.ids))
    assert set(whole.offsets) <= set(joined) | {len(before.ids)}
    assert before.offsets[-1] == before.tokens_kept == len(before.ids)
    assert after.offsets[0] == 0 and (np.diff(after.offsets) > 0).all()


@pytest.mark.parametrize("architecture, loss", SIX)
def test_the_history_has_the_loss_of_the_text_held_out(architecture, loss):
    model = trained(architecture=architecture, loss=loss, validation=OTHER)
    values = [record["val_loss"] for record in model.history]
    assert len(values) == 2 and values[-1] == -model.score(OTHER).log_likelihood
    plain = trained(architecture=architecture, loss=loss)
    assert np.array_equal(plain.W_in, model.W_in) and np.array_equal(plain.W_out, model.W_out)


def test_a_share_is_not_trained_on():
    model = trained(validation=0.25, window=2)
    kept = model.corpus_stats["tokens_kept"]
    assert kept == pytest.approx(0.75 * model.vocabulary.counts.sum(), abs=1)
    assert model.history[0]["val_loss"] > 0


def test_patience_keeps_the_best_epoch():
    many = {"loss": "softmax", "alpha": 0.15, "epochs": 60}
    model = trained(validation=OTHER, patience=2, **many)
    values = [record["val_loss"] for record in model.history]
    best = int(np.argmin(values))
    assert len(values) == best + 3 < 60
    assert -model.score(OTHER).log_likelihood == pytest.approx(values[best], rel=1e-12)


def test_what_cannot_be_judged_is_refused():
    model = w2v.Word2Vec(min_count=1)
    with pytest.raises(ValueError, match="has not been trained"):
        model.score(OTHER)
    for text in ([["unknown", "words"]], ["the"]):
        with pytest.raises(ValueError, match="the text to be scored has no example"):
            trained().score(text)
        with pytest.raises(ValueError, match="the text to be scored has no example"):
            trained(validation=text)
    with pytest.raises(ValueError, match="patience needs validation"):
        trained(patience=2)
    with pytest.raises(ValueError, match="patience must lie between 1"):
        trained(patience=0, validation=0.1)
    with pytest.raises(ValueError, match="validation must lie between 0 and 1"):
        trained(validation=1.5)
    with pytest.raises(ValueError, match="held out leaves none of"):
        trained(validation=1.0)


def test_the_command_line_judges_and_stops(tmp_path, capsys):
    corpus, other, model = (str(tmp_path / name) for name in ("a.txt", "b.txt", "m.safetensors"))
    for path, text in ((corpus, TEXT), (other, OTHER)):
        with open(path, "w") as file:
            file.writelines(" ".join(sentence) + "\n" for sentence in text)
    flags = ["train", corpus, "-o", model, "--min-count", "2", "--epochs", "40", "--sample", "0"]
    assert main([*flags, "--validation", other, "--patience", "1", "--alpha", "0.2"]) == 0
    history = w2v.Word2Vec.load(model).history
    shown = f"held-out loss {history[0]['val_loss']:.4f}"
    assert len(history) < 40 and shown in capsys.readouterr().err
    assert main([*flags, "--validation", "0.2", "--epochs", "1"]) == 0
    for wrong, message in (
        (["--validation", "2"], "a share lies between 0 and 1"),
        (["--patience", "2"], "--patience needs --validation"),
        (["--validation", "absent.txt"], "absent.txt: No such file"),
    ):
        assert main([*flags, *wrong]) in (1, 2)
        assert message in capsys.readouterr().err


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("loss", ["ns", "hs"])
@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
def test_to_be_judged_changes_no_bit(architecture, loss, workers):
    """Not even by rounding: of a text of many blocks the changes, which are zeros, are merged."""
    text = list(world.sentences()) * 3
    how = {"architecture": architecture, "loss": loss, "workers": workers}
    model = w2v.train(text, vector_size=20, epochs=1, verbose=False, **how)
    before = model.W_in.tobytes(), model.W_out.tobytes()
    model.score(text)
    assert (model.W_in.tobytes(), model.W_out.tobytes()) == before
