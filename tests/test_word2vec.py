"""The model: what every objective promises on a corpus whose answers are known, and the edges."""

import copy
import dataclasses
import inspect
import itertools
import os
import pydoc
import signal
import subprocess
import sys
import threading
import time
import warnings

import numpy as np
import pytest
from steps import CORPUS, PLAIN, counts_for, train_epoch

import w2v
from w2v import _core
from w2v.demos import world
from w2v.files import formats
from w2v.parallel import worker_count
from w2v.training.settings import Settings
from w2v.vectors import evaluate

SIX = list(itertools.product(["skipgram", "cbow"], ["ns", "hs", "softmax"]))
TINY = [["a", "b", "c", "d"], ["b", "c", "a"], ["d", "a", "b"]] * 40


@pytest.fixture(scope="module")
def sentences():
    return list(world.sentences())


# The exact softmax takes eight seconds for each architecture.
SOFTMAX_SLOW = [
    pytest.param(objective, marks=pytest.mark.slow) if "softmax" in objective else objective
    for objective in SIX
]


@pytest.fixture(scope="module", params=SOFTMAX_SLOW, ids="-".join)
def model(request, sentences):
    architecture, loss = request.param
    return w2v.train(
        sentences,
        architecture=architecture,
        loss=loss,
        vector_size=50,
        epochs=20,
        verbose=False,
    )


# --- the contract of all six objectives ----------------------------------------------------------


def test_planted_analogies_are_recovered(model):
    result = evaluate.analogies(model.wv, world.questions())
    assert result.total.total == 1388 and result.total.skipped == 0
    assert result.total.accuracy > 0.93
    for section in result.sections:
        assert section.accuracy > 0.8, section.name


def test_planted_categories_are_neighbours(model):
    categories = world.categories()
    for name in ("animals", "foods", "colours", "days"):
        members = set(categories[name])
        near = [w for word in members for w, _ in model.wv.most_similar(word, topn=3)]
        assert np.mean([w in members for w in near]) > 0.75, name


def test_loss_falls_from_that_of_ignorance(model):
    losses = [record["loss"] for record in model.history]
    V = len(model.vocabulary)
    start = {"ns": 6 * np.log(2), "softmax": np.log(V), "hs": np.log(2) * np.log2(V)}[model.loss]
    assert 0.3 * start < losses[0] < 1.01 * start
    assert losses[-1] < losses[0]
    assert [record["epoch"] for record in model.history] == list(range(1, 21))
    assert model.history[0]["alpha"] == model.alpha
    assert all(type(value) in (int, float) for record in model.history for value in record.values())


def test_predictions_are_probabilities(model):
    everything = model.predict_context("paris", topn=len(model.vocabulary))
    probabilities = np.array([p for _, p in everything])
    assert probabilities.sum() == pytest.approx(1, abs=1e-9)
    assert np.all(np.diff(probabilities) <= 0)
    if model.architecture == "skipgram":  # CBOW is trained on whole contexts, not on one word
        assert {"seine", "french"} & {word for word, _ in everything[:20]}
    assert everything.exact == (model.loss != "ns")
    assert ("estimate" in repr(everything)) == (model.loss == "ns")
    middle = model.predict_word(["the", "mayor", "of"])
    assert middle.exact == (model.loss != "ns" and model.architecture == "cbow")


def test_save_and_load_keep_everything(model, tmp_path):
    path = tmp_path / "model.safetensors"
    model.save(path)
    again = w2v.Word2Vec.load(path)
    np.testing.assert_array_equal(again.W_in, model.W_in)
    np.testing.assert_array_equal(again.W_out, model.W_out)
    np.testing.assert_array_equal(again.vocabulary.counts, model.vocabulary.counts)
    assert again.vocabulary.words == model.vocabulary.words
    assert again.settings == model.settings and again.history == model.history
    assert again.predict_context("king") == model.predict_context("king")
    assert again.wv.most_similar("king") == model.wv.most_similar("king")


@pytest.mark.parametrize(("architecture", "loss"), SIX)
def test_one_worker_repeats_itself_to_the_byte(architecture, loss):
    def train(**changed):
        settings = {"seed": 5, "workers": 1, "min_count": 1, "vector_size": 11, "epochs": 2}
        return w2v.train(
            TINY, architecture=architecture, loss=loss, verbose=False, **(settings | changed)
        )

    first, again, other = train(), train(), train(seed=6)
    assert first.W_in.tobytes() == again.W_in.tobytes()
    assert first.W_out.tobytes() == again.W_out.tobytes()
    assert first.history[0]["loss"] == again.history[0]["loss"]
    assert first.W_in.tobytes() != other.W_in.tobytes()


@pytest.fixture(scope="module")
def larger():
    """300,000 words: enough blocks for rounds of several."""
    rng = np.random.default_rng(8)
    ids = (np.abs(rng.standard_cauchy(300_000)) * 8).astype(int) % 500
    words = [f"w{i}" for i in ids]
    cuts = np.concatenate([[0], np.sort(rng.integers(0, len(words), 8_000)), [len(words)]])
    return w2v.Corpus([words[a:b] for a, b in itertools.pairwise(cuts.tolist()) if b > a])


@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
@pytest.mark.parametrize("loss", ["ns", "hs"])
def test_any_number_of_workers_gives_the_same_bytes(larger, architecture, loss):
    def train(workers, **changed):
        model = w2v.Word2Vec(
            architecture=architecture,
            loss=loss,
            workers=workers,
            vector_size=20,
            epochs=2,
            deterministic=changed.get("deterministic", True),
        )
        return model.fit(larger, verbose=changed.get("verbose", False))

    one = train(1)
    for other in (train(2), train(3), train(7), train(2, verbose=True)):
        assert other.W_in.tobytes() == one.W_in.tobytes()
        assert other.W_out.tobytes() == one.W_out.tobytes()
        assert [r["loss"] for r in other.history] == [r["loss"] for r in one.history]
    free = train(1, deterministic=False)
    assert free.W_in.tobytes() != one.W_in.tobytes()  # rounds were used
    for mine, usual in zip(one.history, free.history, strict=True):
        assert mine["examples"] == usual["examples"]
        assert mine["loss"] == pytest.approx(usual["loss"], rel=0.05)


@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
@pytest.mark.parametrize("loss", ["ns", "hs"])
def test_free_running_workers_bring_their_copies_of_frequent_rows_into_the_model(
    larger, architecture, loss
):
    one, several = (
        w2v.Word2Vec(
            architecture=architecture,
            loss=loss,
            workers=workers,
            vector_size=20,
            epochs=2,
            deterministic=False,
        ).fit(larger, verbose=False)
        for workers in (1, 3)
    )
    for mine, alone in zip(several.history, one.history, strict=True):
        assert mine["examples"] == alone["examples"]
        assert mine["loss"] == pytest.approx(alone["loss"], rel=0.03)
    # trained as far as by one worker: the frequent rows, which have copies, and the rare ones
    for rows in (slice(0, 256), slice(256, None)):
        lengths = [np.linalg.norm(m.wv.vectors[rows], axis=1).mean() for m in (one, several)]
        assert lengths[1] == pytest.approx(lengths[0], rel=0.15)


def test_processes_and_hash_seeds_give_the_same_bytes():
    code = (
        "import hashlib, w2v; from w2v import world;"
        "m = w2v.train(list(world.sentences()), epochs=1, verbose=False);"
        "print(hashlib.sha256(m.W_in.tobytes() + m.W_out.tobytes()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1")
    }
    assert len(digests) == 1


@pytest.mark.parametrize(("architecture", "loss"), SIX)
def test_training_is_the_reference_step_by_step(architecture, loss):
    """The whole loop, in numpy, for a corpus of a few words: windows, pairs, rows, rates."""
    model = w2v.Word2Vec(architecture=architecture, loss=loss, **PLAIN)
    model.fit(CORPUS, vocabulary=counts_for(loss), verbose=False)
    W_in = _core.aligned_zeros(5, 6)
    _core.fill_uniform(W_in, 1, 1 / 6)
    W_in = W_in.astype(float)
    W_out = np.zeros((4 if loss == "hs" else 5, 6))
    total, examples = train_epoch(model, W_in, W_out)
    np.testing.assert_allclose(model.W_in, W_in, atol=2e-6)
    np.testing.assert_allclose(model.W_out, W_out, atol=2e-6)
    assert model.history[0]["loss"] == pytest.approx(total / examples, rel=1e-5)
    assert model.history[0]["examples"] == examples


@pytest.mark.parametrize("workers", [0, -1, np.int64(2)])
def test_all_cores_have_several_names(workers, monkeypatch):
    """gensim's and scikit-learn's users write 0 and -1 where we write None."""
    monkeypatch.setattr("w2v.parallel.available_cores", lambda: 3)
    assert worker_count(workers) == (2 if workers > 0 else 3) and worker_count(None) == 3
    model = w2v.train(TINY, workers=workers, min_count=1, epochs=1, verbose=False)
    assert model.workers == workers and len(model.history) == 1


# --- pairs, windows, blocks ----------------------------------------------------------------------


def test_lecture_toy_corpus_is_learnt():
    for loss in ("softmax", "hs"):
        model = w2v.train(
            world.TOY * 100,
            vector_size=2,
            loss=loss,
            min_count=1,
            sample=0,
            alpha=0.5,
            epochs=20,
            verbose=False,
        )
        assert model.predict_context("heavy")[0][0] == "rain"
        assert model.predict_context("light")[0][0] == "shower"
        assert model.predict_context("heavy")[0][1] > 0.9


def brute_pairs(sentences, window):
    return [
        (s[t], s[j])
        for s in sentences
        for t in range(len(s))
        for j in range(max(0, t - window), min(len(s), t + window + 1))
        if j != t
    ]


@pytest.mark.parametrize("window", [1, 3, 20])
def test_pairs_are_those_of_the_lecture(window):
    rng = np.random.default_rng(1)
    sentences = [
        [f"w{i}" for i in rng.integers(0, 50, n)] for n in (1, 2, 5, 2500, 1, 3, 999, 1, 1000, 7)
    ]
    vocabulary = w2v.Vocabulary.build(w2v.Corpus(sentences), min_count=1)
    pairs = vocabulary.pairs(sentences, window)
    words = vocabulary.words
    assert [(words[i], words[o]) for i, o in pairs] == brute_pairs(sentences, window)
    # as many in either direction: P(context | word) and P(word | context) see the same pairs
    assert sorted(map(tuple, pairs.tolist())) == sorted(map(tuple, pairs[:, ::-1].tolist()))


def test_training_uses_the_pairs_it_shows():
    sentences = [[f"w{i % 7}" for i in range(n)] for n in (30, 1500, 4)]
    model = w2v.Word2Vec(window=4, sample=0.05, min_count=1, seed=9, epochs=3, vector_size=4)
    model.fit(sentences, verbose=False)
    for epoch in range(3):
        pairs = model.vocabulary.pairs(
            sentences, 4, shrink_windows=True, sample=0.05, seed=9, epoch=epoch
        )
        assert len(pairs) == model.history[epoch]["examples"]
    lengths = {record["examples"] for record in model.history}
    assert len(lengths) == 3  # each epoch draws anew


def test_a_sentence_of_any_length_is_one_sentence():
    """Blocks do not cut: one line of 50,000 words gives all its pairs and a falling rate."""
    ids = np.random.default_rng(2).integers(0, 20, 50_000)
    line = [f"w{i}" for i in ids]
    vocabulary = w2v.Vocabulary.build(w2v.Corpus([line]), min_count=1)
    assert len(vocabulary.pairs([line], 5)) == 2 * sum(50_000 - k for k in range(1, 6))


def test_subsampling_thins_as_the_formula_says():
    sentences = [["often"] * 9 + ["rare"]] * 3000
    vocabulary = w2v.Vocabulary.build(w2v.Corpus(sentences), min_count=1)
    keep = vocabulary.keep_probability(0.01)
    pairs = vocabulary.pairs(sentences, 10, sample=0.01)
    shares = np.bincount(pairs[:, 0], minlength=2)
    # a sentence of n kept words has n (n - 1) pairs: count kept words through lone windows instead
    kept = [len(vocabulary.pairs([s], 10, sample=0.01, seed=i)) for i, s in enumerate(sentences)]
    expected = keep[0] * 9 * (keep[0] * 8 + 2 * keep[1])
    assert np.mean(kept) == pytest.approx(expected, rel=0.1)
    assert shares[0] / len(sentences) == pytest.approx(
        keep[0] * 9 * (keep[0] * 8 + keep[1]), rel=0.1
    )


def test_shrunk_windows_are_uniform():
    line = [f"w{i}" for i in range(20_000)]
    vocabulary = w2v.Vocabulary.build(w2v.Corpus([line]), min_count=1)
    pairs = vocabulary.pairs([line], 4, shrink_windows=True)
    position = np.array([int(word[1:]) for word in vocabulary.words])
    distance = np.abs(position[pairs[:, 0]] - position[pairs[:, 1]])
    share = np.bincount(distance)[1:] / (2 * len(line))
    np.testing.assert_allclose(share, [1, 0.75, 0.5, 0.25], atol=0.02)


@pytest.mark.parametrize("name", ["vector_size", "loss"])
def test_settings_that_contradict_the_arrays_are_refused(model, tmp_path, name):
    changed = {"vector_size": 3} if name == "vector_size" else {"loss": "hs"}
    if name == "loss" and model.loss == "hs":
        changed = {"loss": "ns"}
    formats.write_model(
        tmp_path / "m",
        W_in=model.W_in,
        W_out=model.W_out,
        words=model.vocabulary.words,
        counts=model.vocabulary.counts,
        settings=dict(model.settings) | changed,
        history=[],
    )
    with pytest.raises(ValueError, match="m contradicts itself: its settings ask for .* holds"):
        w2v.Word2Vec.load(tmp_path / "m")


# --- settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"size": 50}, "vector_size"),
        ({"iter": 5}, "epochs"),
        ({"sg": 1}, "architecture="),
        ({"hs": 1}, "loss='hs'"),
        ({"lr": 0.1}, "alpha"),
        ({"ws": 3}, "window"),
        ({"thread": 3}, "workers"),
        ({"sentences": []}, "fit"),
        ({"nonsense": 1}, "nonsense"),
        ({"shrink_windows": "no"}, "shrink_windows must be True or False"),
        ({"epochs": 1.5}, "epochs must be a whole number"),
        ({"epochs": True}, "epochs must be a whole number"),
        ({"alpha": "fast"}, "alpha must be a number"),
    ],
)
def test_wrong_names_and_types_are_explained(settings, words):
    with pytest.raises(TypeError, match=words):
        w2v.Word2Vec(**settings)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"vector_size": 0}, "vector_size must lie between 1"),
        ({"epochs": 0}, "epochs"),
        ({"negative": 0}, "loss='hs'"),
        ({"workers": -2}, "workers must lie between -1"),
        ({"alpha": float("nan")}, "alpha"),
        ({"alpha": 0.01, "min_alpha": 0.02}, "min_alpha"),
        ({"sample": -1}, "sample"),
        ({"seed": -1}, "seed"),
        ({"loss": "nce"}, "'ns', 'hs', 'softmax'"),
        ({"architecture": "glove"}, "'skipgram', 'cbow'"),
        ({"cbow_gradient": "half"}, "'exact', 'undivided'"),
    ],
)
def test_wrong_values_are_explained(settings, words):
    with pytest.raises(ValueError, match=words):
        w2v.Word2Vec(**settings)


def test_a_corpus_in_the_wrong_place_is_explained():
    with pytest.raises(TypeError, match=r"fit\(corpus\)"):
        w2v.Word2Vec(TINY)
    with pytest.raises(TypeError, match=r"fit\(corpus\)"):
        w2v.train(sentences=TINY)
    with pytest.raises(TypeError, match="needs a corpus"):
        w2v.train()
    with pytest.raises(TypeError, match="tokeniser"):
        w2v.Word2Vec().fit(TINY, tokeniser="words")


def test_save_refuses_the_suffix_of_another_format(tmp_path):
    model = w2v.train(TINY, min_count=1, epochs=1, verbose=False, callbacks=lambda *_: None)
    with pytest.raises(ValueError, match="model.wv.save"):
        model.save(tmp_path / "model.bin")
    assert not list(tmp_path.iterdir())


def test_settings_make_the_same_model():
    model = w2v.Word2Vec(architecture="cbow", window=3, max_final_vocab=9)
    assert w2v.Word2Vec(**model.settings).settings == model.settings
    assert w2v.Word2Vec(loss="hs", negative=0).negative == 0  # as gensim's users write it
    assert model.alpha == 0.05 and w2v.Word2Vec().alpha == 0.025
    assert "window=3" in repr(model)


SIXTY = ["the cat sat on the mat", "a dog ran in the park", "my cat likes the dog"] * 20


@pytest.mark.parametrize(("architecture", "loss"), SIX)
def test_a_tiny_corpus_is_not_thinned_out(architecture, loss):
    settings = {"architecture": architecture, "loss": loss, "verbose": False}
    model = w2v.train(SIXTY, **settings)
    # every one of the 340 words is a centre, as if sample=0 were given
    assert min(record["examples"] for record in model.history) >= 340
    assert model.sample == 0 and model.history[-1]["loss"] < model.history[0]["loss"] - 0.1
    told = w2v.train(SIXTY, **settings, sample=0)
    assert np.array_equal(model.W_in, told.W_in)


def test_the_default_sample_is_chosen_for_each_corpus():
    model = w2v.Word2Vec(epochs=1, vector_size=4)
    assert model.sample is None
    model.fit(SIXTY, verbose=False)
    assert model.sample == 0
    with pytest.warns(UserWarning, match="new weights"):
        model.fit(world.sentences(), verbose=False)
    assert model.sample == 1e-3
    # four words, as in a genome: one word in fifteen is kept, and that is enough
    model = w2v.train([list("acgt") * 1000] * 50, epochs=1, vector_size=4, verbose=False)
    assert model.sample == 1e-3


def test_a_sample_that_leaves_little_is_told():
    with pytest.warns(UserWarning, match="sample=0.001 leaves about [34]. of 340 words.*sample=0"):
        w2v.train(SIXTY, sample=1e-3, verbose=False)
    model = w2v.Word2Vec(sample=1e-9)
    with (
        pytest.warns(UserWarning, match="leaves about 0 of 340"),
        pytest.raises(ValueError, match="found no example: sample=1e-09.*pass sample=0"),
    ):
        model.fit(SIXTY, verbose=False)
    with pytest.raises(ValueError, match="not been trained"):
        _ = model.wv


def test_words_that_look_alike_are_told():
    fit = w2v.Word2Vec(min_count=1, epochs=1).fit
    with pytest.warns(UserWarning, match=r"1 words .* 'caf\\xe9' and 'cafe\\u0301'; normalize="):
        fit([["café", "cafe\u0301", "noir"]] * 9, verbose=False)
    with pytest.warns(UserWarning, match=r"2 words .* nobody sees.*: '10\\xa0km'; tokenizer="):
        w2v.train(["10\u00a0km far", "co\u00adoperate now"] * 9, verbose=False)
    # neither in Persian, whose words need the joiner, nor where one form is used alone
    w2v.train(["می\u200cخواهم الف", "cafe\u0301 noir"] * 9, verbose=False)


def test_lists_of_one_string_are_explained():
    with pytest.raises(ValueError, match="'the cat sat' is one token; a str is split, a list is"):
        w2v.train([["the cat sat"], ["the dog ran"]] * 9, verbose=False)


def test_settings_are_seen_and_fixed():
    model = w2v.Word2Vec(window=3)
    assert model.window == 3 and dict(model.settings)["window"] == 3
    with pytest.raises(AttributeError):
        model.window = 4
    with pytest.raises(AttributeError):
        model.settings.window = 4
    assert copy.deepcopy(model).settings == model.settings


def test_help_and_signature_show_every_setting():
    text = pydoc.plain(pydoc.render_doc(w2v.Word2Vec))
    shown = inspect.signature(w2v.Word2Vec).parameters
    for item in dataclasses.fields(Settings):
        assert shown[item.name].default == item.default
        assert shown[item.name].kind is inspect.Parameter.KEYWORD_ONLY
        assert f"{item.name} : " in text
        assert item.metadata["about"][1:] in text


def test_corpus_that_cannot_be_trained_says_why():
    with pytest.raises(ValueError, match="min_count=1"):
        w2v.train([["a", "b"]], verbose=False)
    with pytest.raises(ValueError, match="only the word 'a'"):
        w2v.train([["a"] * 10], verbose=False)
    with pytest.raises(ValueError, match="another: give a larger corpus$"):
        w2v.train([["a"] * 10], verbose=False)
    with pytest.raises(ValueError, match="and a higher max_final_vocab$"):
        w2v.train([["a", "b"]] * 10, max_final_vocab=1, verbose=False)
    with pytest.raises(ValueError, match="or a lower min_count$"):
        w2v.train([["a", f"b{i}"] for i in range(10)], verbose=False)
    with pytest.raises(ValueError, match="no sentence has two words"):
        w2v.train([["a"], ["b"]] * 10, verbose=False)
    with pytest.raises(ValueError, match="trained: call fit"):
        _ = w2v.Word2Vec().wv
    assert not hasattr(w2v.Word2Vec(), "wv")
    with pytest.raises(ValueError, match="no word of the vocabulary"):
        w2v.train([["a", "b"]], vocabulary={"x": 2, "y": 1}, verbose=False)


def test_sentences_of_one_word_have_nothing_to_teach():
    with pytest.raises(ValueError, match="no sentence has two words"):
        w2v.train([["a"], ["b"]] * 10, min_count=1, verbose=False)


def test_vocabulary_of_ones_own():
    model = w2v.train(TINY, vocabulary=["c", "a", "b"], verbose=False, epochs=1)
    assert model.vocabulary.words == ["a", "b", "c"]
    assert model.corpus_stats["tokens_read"] == 400
    assert model.corpus_stats["tokens_below_min_count"] == 80
    model = w2v.train(TINY, vocabulary={"d": 7, "a": 3, "unseen": 2}, verbose=False, epochs=1)
    assert model.wv.index_to_key == ["d", "a", "unseen"]


def test_a_corpus_object_serves_many_models():
    corpus = w2v.Corpus(TINY)
    first = w2v.train(corpus, workers=1, verbose=False)
    w2v.train(corpus, max_final_vocab=2, verbose=False)
    again = w2v.train(corpus, workers=1, verbose=False)
    assert first.W_in.tobytes() == again.W_in.tobytes()


def test_text_settings_reach_the_corpus(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("Rain, heavy rain!\n" * 10, encoding="utf-16")
    model = w2v.train(path, tokenizer="words", encoding="utf-16", verbose=False)
    assert sorted(model.wv.index_to_key) == ["heavy", "rain"]


def test_unknown_words_are_explained():
    model = w2v.train(TINY, min_count=1, epochs=1, verbose=False)
    with pytest.raises(KeyError, match="zebra"):
        model.predict_context("zebra")
    with pytest.raises(ValueError, match="list of words"):
        model.predict_word("a")
    with pytest.raises(ValueError, match="list of words"):
        model.predict_word([])


def test_divergence_is_an_error():
    with pytest.raises(FloatingPointError, match="alpha=100"):
        w2v.train(TINY, min_count=1, alpha=100, epochs=50, loss="softmax", verbose=False)


# --- the run: threads, callbacks, interruption ---------------------------------------------------


def test_many_workers_learn_the_same_world(sentences):
    threads = threading.active_count()
    model = w2v.train(sentences, workers=7, vector_size=50, epochs=20, verbose=False)
    assert evaluate.analogies(model.wv, world.questions()).total.accuracy > 0.95
    assert threading.active_count() == threads


def test_callbacks_see_every_epoch_and_can_stop():
    seen = []

    def watch(model, record):
        seen.append((record["epoch"], model.wv.vectors is model.W_in, model.history[-1] is record))
        return np.bool_(record["epoch"] == 3)

    model = w2v.train(TINY, min_count=1, epochs=10, verbose=False, callbacks=[watch])
    assert seen == [(1, True, True), (2, True, True), (3, True, True)]
    assert len(model.history) == 3 and not model.interrupted


def test_what_is_no_callback_is_noticed_before_training():
    with pytest.raises(TypeError, match="function of"):
        w2v.train(TINY, min_count=1, verbose=False, callbacks=["x"])


def test_an_interrupt_in_a_callback_keeps_the_model(capsys):
    def interrupt(model, record):
        raise KeyboardInterrupt

    with pytest.warns(UserWarning, match="interrupted in epoch 1"):
        model = w2v.train(TINY, min_count=1, verbose=False, callbacks=interrupt)
    assert model.interrupted and len(model.history) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a filter must not cost the model either
        assert w2v.train(TINY, min_count=1, verbose=False, callbacks=interrupt).interrupted
    assert "interrupted in epoch 1" in capsys.readouterr().err


def test_a_callback_that_fails_leaves_no_threads():
    def fail(model, record):
        raise RuntimeError("stop here")

    threads = threading.active_count()
    with pytest.raises(RuntimeError, match="stop here"):
        w2v.train(TINY, min_count=1, verbose=False, callbacks=[fail])
    assert threading.active_count() == threads


@pytest.mark.skipif(os.name != "posix", reason="sends a POSIX signal")
@pytest.mark.parametrize("loss", ["ns", "softmax"])
def test_ctrl_c_leaves_a_usable_model(sentences, loss):
    model = w2v.Word2Vec(loss=loss, epochs=10_000)
    sent = []

    def interrupt():
        sent.append(time.perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    threading.Timer(0.7, interrupt).start()
    with pytest.warns(UserWarning, match="interrupted in epoch"):
        model.fit(sentences, verbose=False)
    assert time.perf_counter() - sent[0] < 5  # a second is promised; busy machines are forgiven
    assert model.interrupted
    assert np.all(np.isfinite(model.W_in)) and model.wv.most_similar("king")
    assert model.history


def test_verbose_shows_a_bar_on_stderr_and_silence_is_silent(capsys):
    w2v.train(TINY, min_count=1, verbose=False)
    assert capsys.readouterr() == ("", "")
    w2v.train(TINY, min_count=1, verbose=True)
    out, err = capsys.readouterr()
    assert out == "" and "epoch 5/5" in err and "loss" in err and "words/s" in err


def test_nothing_is_left_running_and_no_terminal_is_needed(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    before = set(threading.enumerate())
    w2v.train(TINY, min_count=1, verbose=True)
    assert set(threading.enumerate()) <= before


def test_a_window_may_be_larger_than_any_sentence():
    sentences = [[f"w{i % 9}" for i in range(1000)]] * 2
    for loss in ("ns", "softmax"):
        model = w2v.train(
            sentences, window=10**9, min_count=1, loss=loss, alpha=1e-4, epochs=1, verbose=False
        )
        assert np.isfinite(model.history[0]["loss"])


def test_a_refit_that_fails_leaves_the_model_whole(monkeypatch):
    model = w2v.train(TINY, min_count=1, verbose=False)

    def no_memory(rows, columns):
        raise MemoryError

    monkeypatch.setattr(_core, "aligned_zeros", no_memory)
    with pytest.raises(MemoryError, match="lower vector_size"):
        model.fit([["x", "y", "z"]] * 9, verbose=False)
    assert model.wv.most_similar("a")


def test_a_refit_says_that_it_starts_from_new_weights(tmp_path):
    model = w2v.train(TINY, min_count=1, verbose=False)
    model.save(tmp_path / "m")
    for trained in (model, w2v.Word2Vec.load(tmp_path / "m")):
        before = trained.W_in.copy()
        # an error, and nothing is lost, where warnings are errors
        with pytest.raises(UserWarning, match="starts from new weights: .* 4 words is lost"):
            trained.fit([["x", "y"]] * 9, verbose=False)
        assert np.array_equal(trained.W_in, before) and "x" not in trained.wv
        with pytest.warns(UserWarning, match=r"Word2Vec\(\*\*model\.settings\)"):
            trained.fit([["x", "y"]] * 9, verbose=False)
        assert "x" in trained.wv


def test_training_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        w2v.train(TINY, min_count=1, verbose=False)


def test_questions_to_the_model_point_to_its_vectors():
    model = w2v.Word2Vec()
    with pytest.raises(TypeError, match=r"model\.wv\['king'\]"):
        model["king"]
    with pytest.raises(AttributeError, match=r"model\.wv\.most_similar"):
        model.most_similar("king")
    for name, ours in [
        ("train", "fit"),
        ("predict_output_word", "predict_word"),
        ("get_latest_training_loss", "history"),
        ("syn1neg", "W_out"),
    ]:
        with pytest.raises(AttributeError, match=f"no attribute '{name}'; here it is {ours}"):
            getattr(model, name)
    with pytest.raises(AttributeError, match="'histroy'; did you mean 'history'?"):
        _ = model.histroy
    with pytest.raises(TypeError, match="a callback is a function of .*, not 3"):
        model.fit(TINY, callbacks=3)
    with pytest.raises(AttributeError, match="no attribute 'W_in'$"):
        _ = model.W_in
