"""A training once more: the same bytes, or the reason why not."""

import warnings

import numpy as np
import pytest

import w2v
from w2v import Word2Vec, versions
from w2v.demos import world
from w2v.training.reproduce import reproduce

SMALL = {"vector_size": 16, "min_count": 2, "epochs": 3, "verbose": False}


@pytest.fixture(scope="module")
def sentences():
    return list(world.sentences())[:3000]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"loss": "hs", "architecture": "cbow", "seed": 5, "workers": 2},
        {"vocabulary": ["the", "king", "is", "a", "queen"], "sample": 0},
        {"phrases": 2},
        {"validation": 0.2, "patience": 1, "alpha": 0.2, "epochs": 30, "loss": "hs"},
        {"tokenizer": "words"},
        {"callbacks": lambda model, record: record["epoch"] == 2},
        {"frozen": ["king", "queen"]},
    ],
    ids=lambda given: next(iter(given), "defaults"),
)
def test_the_bytes_agree(sentences, given, tmp_path):
    model = w2v.train(sentences, **SMALL | given)
    model.save(tmp_path / "m.safetensors")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = reproduce(Word2Vec.load(tmp_path / "m.safetensors"), sentences, verbose=False)
    assert found.agrees and found.largest == 0
    assert [r["loss"] for r in found.model.history] == [r["loss"] for r in model.history]


def test_what_no_file_holds_is_given_again(sentences, tmp_path):
    text = [" ".join(sentence) for sentence in sentences]
    start = w2v.train(sentences, **SMALL).wv
    start.save(tmp_path / "v.bin")
    model = w2v.train(text, tokenizer=str.split, init_from=start, **SMALL)
    with pytest.raises(ValueError, match="tokenizer=split.* reproduce"):
        reproduce(model, text, verbose=False)
    with pytest.raises(ValueError, match=r"give them to reproduce\(init_from=\)"):
        reproduce(model, text, tokenizer=str.split, verbose=False)
    asked = {"tokenizer": str.split, "init_from": start, "verbose": False}
    assert reproduce(model, text, **asked).agrees
    model = w2v.train(sentences, init_from=tmp_path / "v.bin", **SMALL)
    assert reproduce(model, sentences, verbose=False).agrees  # the file is there
    phrases = w2v.Phrases().fit(sentences)
    model = w2v.train(sentences, phrases=phrases, **SMALL)
    with pytest.raises(ValueError, match=r"give them to reproduce\(phrases=\)"):
        reproduce(model, sentences, verbose=False)
    assert reproduce(model, sentences, phrases=phrases, verbose=False).agrees
    model = w2v.train(sentences, validation=sentences[:50], patience=9, **SMALL)
    with pytest.raises(ValueError, match=r"give it to reproduce\(validation=\)"):
        reproduce(model, sentences, verbose=False)
    assert reproduce(model, sentences, validation=sentences[:50], verbose=False).agrees
    model = w2v.train(sentences, validation=sentences[:50], **SMALL)
    assert reproduce(model, sentences, verbose=False).agrees  # it decided nothing


def test_words_first_are_training_too(sentences, tmp_path):
    """`build_vocab`, then `partial_fit` on another text; with given vectors or without."""
    start = w2v.train(sentences, **SMALL).wv
    start.save(tmp_path / "v.bin")
    for init_from in (None, start, tmp_path / "v.bin"):
        model = Word2Vec(vector_size=16).build_vocab(sentences[:2000], init_from=init_from)
        model.partial_fit(sentences, epochs=2, verbose=False)
        again = init_from if init_from is start else None
        assert reproduce(model, sentences, init_from=again, verbose=False).agrees


def test_differences_are_counted(sentences):
    model = w2v.train(sentences, **SMALL)
    model.W_in[4] += 1
    model.W_out[[5, 6], 2] -= 2
    found = reproduce(model, sentences, verbose=False)
    assert (found.rows_in, found.rows_out, found.agrees) == (1, 2, False)
    assert found.largest == pytest.approx(2, abs=1e-4)


def test_another_text_is_named_before_training(sentences, monkeypatch):
    model = w2v.train(sentences, **SMALL)
    monkeypatch.setattr(Word2Vec, "_fit_encoded", None)
    other = [sentence[::-1] for sentence in sentences]
    with pytest.raises(ValueError, match=r"as many words as then, but .* \(sha256:\w+, then sha"):
        reproduce(model, other, verbose=False)


def test_what_cannot_be_made_again(sentences, monkeypatch):
    with pytest.raises(ValueError, match="has not been trained"):
        reproduce(Word2Vec(), sentences)
    pairs = w2v.train_pairs(["a", "b"] * 9, ["b", "c"] * 9, verbose=False)
    with pytest.raises(ValueError, match="does not say which text"):
        reproduce(pairs, sentences)
    model = w2v.train(sentences, **SMALL).partial_fit(sentences, verbose=False)
    with pytest.raises(ValueError, match="made of several texts in turn"):
        reproduce(model, sentences)
    free = w2v.train(sentences, deterministic=False, workers=2, **SMALL)
    with pytest.warns(UserWarning, match="may differ: without deterministic=True"):
        reproduce(free, sentences, verbose=False)
    alone = Word2Vec(vector_size=16, min_count=2).partial_fit(
        sentences, epochs=1, alpha=0.01, verbose=False
    )
    assert reproduce(alone, sentences, verbose=False).agrees
    grown = Word2Vec(vector_size=16).build_vocab(sentences[:900]).build_vocab(sentences, grow=True)
    with pytest.raises(ValueError, match="made of several texts"):
        reproduce(grown.partial_fit(sentences, verbose=False), sentences)
    monkeypatch.setattr(versions, "__version__", "9.9")
    with pytest.warns(UserWarning, match=r"may differ: w2v is 9\.9, and was"):
        assert reproduce(alone, sentences, verbose=False).agrees


def test_the_model_stays_as_it_is(sentences):
    model = w2v.train(sentences, **SMALL)
    before, records = model.W_in.copy(), [*model.history]
    reproduce(model, sentences, workers=1, verbose=False)
    np.testing.assert_array_equal(model.W_in, before)
    assert model.history == records and model.workers is None
