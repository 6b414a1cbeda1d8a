"""Training that goes on with new text: with the old vocabulary, or with a grown one."""

import random

import numpy as np
import pytest

import w2v
from w2v import Word2Vec
from w2v.demos import world
from w2v.training import divergence
from w2v.training.weights import first_weights

SMALL = {"vector_size": 16, "min_count": 1, "epochs": 2, "sample": 0}
KINDS = [
    {"architecture": architecture, "loss": loss}
    for architecture in ("skipgram", "cbow")
    for loss in ("ns", "hs", "softmax")
]
of_each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: "-".join(kind.values()))


@pytest.fixture(scope="module")
def halves():
    """Two texts of 12 blocks each; the second has new words, and lacks some of the first."""
    sentences = list(world.sentences())
    first, second = sentences[:1500], sentences[-1500:]
    return first, [[f"new-{word}" if word[0] < "d" else word for word in s] for s in second]


def fitted(sentences, **settings):
    return Word2Vec(**SMALL | settings).fit(sentences, verbose=False)


def assert_same(model, expected):
    np.testing.assert_array_equal(model.W_in, expected.W_in)
    np.testing.assert_array_equal(model.W_out, expected.W_out)
    assert model.vocabulary.words == expected.vocabulary.words
    np.testing.assert_array_equal(model.vocabulary.counts, expected.vocabulary.counts)


def state(model):
    return model.vocabulary, model.W_in.copy(), model.W_out.copy(), [*model.history], model.origin


def assert_state(model, before):
    vocabulary, W_in, W_out, history, origin = before
    assert model.vocabulary is vocabulary and model.history == history and model.origin == origin
    np.testing.assert_array_equal(model.W_in, W_in)
    np.testing.assert_array_equal(model.W_out, W_out)


# --- the same bytes ------------------------------------------------------------------------------


@of_each_kind
@pytest.mark.parametrize("grow", [False, True])
def test_the_same_calls_give_the_same_bytes(halves, kind, grow, tmp_path):
    """At any number of workers; and from a file as from memory."""
    kind = kind | {"deterministic": True}
    if kind["loss"] == "softmax":
        halves = [half[:200] for half in halves]
    models = [fitted(halves[0], workers=workers, **kind) for workers in (1, 2)]
    models[1].save(tmp_path / "m.safetensors")
    models.append(Word2Vec.load(tmp_path / "m.safetensors"))
    for model in models:
        model.partial_fit(halves[1], grow=grow, alpha=0.02, verbose=False)
        assert [record["epoch"] for record in model.history] == [1, 2, 3, 4]
        assert model.history[2]["alpha"] == 0.02
        assert model.corpus_stats["lines"] == len(halves[1])
    assert_same(models[1], models[0])
    assert_same(models[2], models[0])
    assert np.isfinite(models[0].W_in).all()


@of_each_kind
def test_it_is_a_training_with_these_weights(halves, kind):
    """Epoch 3 from the weights of a model is what the compiled loop makes of them."""
    from w2v.training.schedule import prepare

    halves = [half[:200] for half in halves]
    kind = kind | {"deterministic": True, "workers": 1}
    model = fitted(halves[0], **kind)
    W_in, W_out = (w2v._core.aligned_zeros(*W.shape) for W in (model.W_in, model.W_out))
    W_in[:], W_out[:] = model.W_in, model.W_out
    encoded = w2v.Corpus(halves[1]).encode(model.vocabulary)
    training = prepare(model.settings, model.vocabulary, encoded, W_in, W_out)
    training.start_epoch(2, 0.05, 0.01)
    training.work(0)
    model.partial_fit(halves[1], epochs=1, alpha=0.05, min_alpha=0.01, verbose=False)
    np.testing.assert_array_equal(model.W_in, W_in)
    np.testing.assert_array_equal(model.W_out, W_out)


def test_the_first_call_is_fit(halves):
    expected = fitted(halves[0])
    first = Word2Vec(**SMALL).partial_fit(halves[0], grow=True, verbose=False)
    assert_same(first, expected)
    steps = Word2Vec(**SMALL).build_vocab(halves[0], verbose=False)
    assert steps.history == [] and not steps.W_out.any() and steps.W_in.any()
    assert_same(steps.partial_fit(halves[0], verbose=False), expected)


def test_random_numbers_are_others_in_each_call(halves):
    """One epoch twice is two epochs, but for the learning rate, which falls anew."""
    rates = {"alpha": 0.03, "min_alpha": 0.03}
    twice = Word2Vec(**SMALL | rates | {"epochs": 1})
    for _ in range(2):
        twice.partial_fit(halves[0], verbose=False)
    assert_same(twice, fitted(halves[0], **rates))


# --- the vocabulary ------------------------------------------------------------------------------


def test_other_words_are_left_out_without_grow(halves):
    model = fitted(halves[0])
    words, counts = model.vocabulary.words, model.vocabulary.counts.copy()
    model.partial_fit(halves[1], verbose=False)
    assert model.vocabulary.words == words
    np.testing.assert_array_equal(model.vocabulary.counts, counts)
    assert model.corpus_stats["tokens_below_min_count"]


@pytest.mark.parametrize("min_count", [1, 20])
@pytest.mark.parametrize("most", [None, 150, 2000])
def test_the_grown_vocabulary_has_the_sums_of_counts(halves, min_count, most):
    from collections import Counter

    old = w2v.Vocabulary.build(halves[0], min_count=min_count, max_final_vocab=120)
    grown = old.grown(w2v.Corpus(halves[1]), min_count, most)
    new = Counter(word for sentence in halves[1] for word in sentence)
    expected = {w: n + new.pop(w, 0) for w, n in zip(old.words, old.counts.tolist(), strict=True)}
    added = [(word, n) for word, n in new.most_common() if n >= min_count]
    expected |= dict(added[: None if most is None else max(0, most - len(old))])
    assert dict(zip(grown.words, grown.counts.tolist(), strict=True)) == expected
    assert (np.diff(grown.counts) <= 0).all()


@of_each_kind
def test_old_words_keep_their_rows(halves, kind):
    old = fitted(halves[0][:200], **kind)
    model = fitted(halves[0][:200], **kind).build_vocab(halves[1], grow=True, verbose=False)
    assert len(model.vocabulary) > len(old.vocabulary)
    for word in old.vocabulary.words:
        np.testing.assert_array_equal(model.wv[word], old.wv[word])
    is_new = ~np.isin(model.vocabulary.words, old.vocabulary.words)
    begun = first_weights(model.vocabulary, model.settings, epochs=2)[0]
    np.testing.assert_array_equal(model.W_in[is_new], begun[is_new])
    if kind["loss"] == "hs":
        assert not model.W_out.any()  # inner nodes of another tree
    else:
        rows = [model.vocabulary.key_to_index[word] for word in old.vocabulary.words]
        np.testing.assert_array_equal(model.W_out[rows], old.W_out)
        assert not model.W_out[is_new].any()
    assert model.history == old.history or len(model.history) == len(old.history)


@of_each_kind
def test_growing_by_nothing_changes_nothing(halves, kind):
    """The same text once more doubles all counts: the order, the tree and the noise stay."""
    kind, text = kind | {"deterministic": True}, halves[0][:200]
    model, expected = (fitted(text, **kind) for _ in range(2))
    model.partial_fit(text, grow=True, verbose=False)
    expected.partial_fit(text, verbose=False)
    np.testing.assert_array_equal(model.W_in, expected.W_in)
    np.testing.assert_array_equal(model.W_out, expected.W_out)
    assert model.vocabulary.words == expected.vocabulary.words
    np.testing.assert_array_equal(model.vocabulary.counts, 2 * expected.vocabulary.counts)


def test_new_words_are_learnt():
    """Words that come in the second text only find those that they stand for."""
    rng = np.random.default_rng(1)
    groups = [[f"{kind}{i}" for i in range(12)] for kind in "abc"]
    text = [rng.choice(groups[i % 3], 8).tolist() for i in range(600)]
    model = fitted([[w for w in s if not w.endswith("0")] for s in text], epochs=5)
    assert "a10" not in model.wv and "a1" in model.wv
    model.partial_fit(text, grow=True, epochs=5, verbose=False)
    for kind in "abc":
        near = model.wv.most_similar(f"{kind}10", topn=10)
        assert {word[0] for word, _ in near} == {kind}


def test_ids_grow_too():
    model = fitted(np.arange(40).reshape(4, 10) % 7)
    model.partial_fit(np.arange(40).reshape(4, 10) % 9, grow=True, verbose=False)
    assert sorted(model.vocabulary.words) == list(range(9))
    with pytest.raises(TypeError, match="corpus are str, and those given int"):
        model.partial_fit([["a", "b"]] * 9, grow=True, verbose=False)


def test_text_is_split_as_before(tmp_path):
    (tmp_path / "t").write_text("Heavy rain, light rain.\n" * 20, encoding="utf-8")
    model = Word2Vec(**SMALL).fit(tmp_path / "t", tokenizer="words", verbose=False)
    model.save(tmp_path / "m.safetensors")
    model = Word2Vec.load(tmp_path / "m.safetensors")
    model.partial_fit(tmp_path / "t", grow=True, verbose=False)
    assert sorted(model.vocabulary.words) == ["heavy", "light", "rain"]
    assert model.origin["reading"] == {"tokenizer": "words"}
    assert [each["reading"] for each in model.origin["before"]] == [{"tokenizer": "words"}]
    model = Word2Vec(**SMALL).fit(["Heavy rain"] * 20, tokenizer=str.split, verbose=False)
    with pytest.raises(ValueError, match="tokenizer=split.* give it to partial_fit"):
        model.partial_fit(["Heavy rain"] * 20, verbose=False)
    model.partial_fit(["Heavy rain"] * 20, tokenizer=str.split, verbose=False)


@pytest.mark.parametrize("seed", range(12))
def test_any_sequence_of_calls(seed, tmp_path):
    """Whatever comes after whatever: rows belong to their words, and what fails changes nothing."""
    rng, sentences = random.Random(seed), list(world.sentences())
    settings = {
        "loss": rng.choice(["ns", "hs", "softmax"]),
        "architecture": rng.choice(["skipgram", "cbow"]),
        "vector_size": rng.choice([1, 7, 33]),
        "min_count": rng.choice([1, 2, 30]),
        "max_final_vocab": rng.choice([None, None, 40]),
        "workers": rng.choice([1, 3]),
        "deterministic": rng.choice([True, False]),
    }
    model = Word2Vec(**settings, epochs=1, sample=0)
    for _ in range(8):
        begun = hasattr(model, "W_in")
        before = {w: model.wv[w].copy() for w in model.vocabulary.words} if begun else {}
        start, number = rng.randrange(9000), rng.randrange(1, 150)
        text = [[w + rng.choice(["", "", "!"]) for w in s] for s in sentences[start:][:number]]
        frozen, grow = rng.choice([None, "input", "given", "output"]), rng.random() < 0.5
        kept = []  # words that keep their vectors
        try:
            match rng.choice(["train", "train", "grow", "load"]):
                case "train":
                    kept = before if frozen in ("input", "given") else []
                    model.partial_fit(text, grow=grow, frozen=frozen, verbose=False)
                case "grow":
                    kept = before
                    model.build_vocab(text, grow=True, verbose=False)
                case "load" if begun:
                    kept = before
                    model.save(tmp_path / "m.safetensors")
                    model = Word2Vec.load(tmp_path / "m.safetensors")
        except ValueError:
            kept = before
        assert not begun or {*before} <= {*model.vocabulary.words}
        for word in kept:
            np.testing.assert_array_equal(model.wv[word], before[word])
        if hasattr(model, "W_in"):
            assert len(model.W_in) == len(model.vocabulary)
            assert len(model.W_out) == len(model.vocabulary) - (model.loss == "hs")
            assert np.isfinite(model.W_in).all() and np.isfinite(model.W_out).all()


# --- a vocabulary first --------------------------------------------------------------------------


def test_a_vocabulary_needs_no_text_if_it_has_counts():
    counts = {"rain": 9, "sun": 5, "wind": 5}
    model = Word2Vec(**SMALL).build_vocab(vocabulary=counts)
    assert model.vocabulary.words == ["rain", "sun", "wind"]
    again = Word2Vec(**SMALL).build_vocab(vocabulary=model.vocabulary)
    assert_same(again, model)
    with pytest.raises(TypeError, match="needs a corpus, or a vocabulary with counts"):
        Word2Vec(**SMALL).build_vocab(vocabulary=["rain"])
    with pytest.raises(ValueError, match="needs two words"):
        Word2Vec(**SMALL).build_vocab(vocabulary={"rain": 9})
    with pytest.raises(ValueError, match="leave vocabulary away"):
        model.build_vocab([["rain"]], grow=True, vocabulary=counts)


# --- what goes wrong -----------------------------------------------------------------------------


def test_what_fails_leaves_the_model_as_it_was(halves, monkeypatch):
    model = fitted(halves[0][:200])
    before = state(model)
    with pytest.raises(ValueError, match="no word of the vocabulary"):
        model.partial_fit([["unheard", "thing-s"]] * 3, verbose=False)
    assert_state(model, before)
    for kept in (0, 1 << 30):  # whether the matrices are large ones
        monkeypatch.setattr(divergence, "_MOST_KEPT", kept)
        with pytest.raises(FloatingPointError, match="epoch 3, .* those after epoch 2"):
            model.partial_fit(halves[1], grow=True, alpha=99.0, verbose=False)
        assert_state(model, before)
    many = dict.fromkeys("abc", 10**12)
    thinned = Word2Vec(**SMALL | {"sample": 1e-12}).build_vocab(vocabulary=many)
    before = state(thinned)
    with pytest.raises(ValueError, match="found no example"):
        thinned.partial_fit([["a", "b", "d"]] * 3, grow=True, verbose=False)
    assert_state(thinned, before)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"epochs": 0}, ValueError, "epochs must lie"),
        ({"alpha": -1}, ValueError, "alpha must lie"),
        ({"alpha": 0.01, "min_alpha": 0.02}, ValueError, "the rate falls"),
        ({"grow": "yes"}, TypeError, "grow must be True"),
        ({"window": 3}, TypeError, "no argument 'window'"),
        ({"patience": 2}, ValueError, "patience needs validation"),
    ],
)
def test_wrong_arguments(halves, given, error, message):
    model = fitted(halves[0][:200])
    for each in (model, Word2Vec(**SMALL)):
        with pytest.raises(error, match=message):
            each.partial_fit(halves[0], verbose=False, **given)


def test_two_vocabularies_do_not_go_on():
    model = w2v.train_pairs(["a", "b"] * 9, ["c", "d"] * 9, separate=True, verbose=False)
    with pytest.raises(ValueError, match="partial_fit needs one vocabulary"):
        model.partial_fit([["a", "b"]] * 9)
    with pytest.raises(ValueError, match="grow=True needs one vocabulary"):
        model.build_vocab([["a", "b"]] * 9, grow=True)


# --- interrupted ---------------------------------------------------------------------------------


@pytest.mark.parametrize("grow", [False, True])
def test_a_checkpoint_of_it_is_gone_on_with(halves, tmp_path, grow):
    def stop(model, record):
        if record["epoch"] == 3:
            raise KeyboardInterrupt

    expected, broken = fitted(halves[0]), fitted(halves[0])
    expected.partial_fit(halves[1], grow=grow, verbose=False)
    path = tmp_path / "c"
    with pytest.warns(UserWarning, match="interrupted in epoch 1 of 2; go on"):
        broken.partial_fit(halves[1], grow=grow, checkpoint=path, callbacks=stop, verbose=False)
    assert broken.interrupted and len(broken.history) == 3
    resumed = Word2Vec.resume(path, halves[1], verbose=False)
    assert_same(resumed, expected)
    assert [record["epoch"] for record in resumed.history] == [1, 2, 3, 4]
    assert resumed.origin == expected.origin


def test_fit_of_a_loaded_model_starts_anew(halves, tmp_path):
    fitted(halves[0]).save(tmp_path / "m.safetensors")
    model = Word2Vec.load(tmp_path / "m.safetensors")
    with pytest.warns(UserWarning, match="starts from new weights: what this model had learnt of"):
        model.fit(halves[1], verbose=False)
    expected = fitted(halves[1])
    assert_same(model, expected)
    assert len(model.history) == 2 and "before" not in model.origin


def test_the_origin_names_the_texts_before(halves, tmp_path):
    """The latest of them, however many there were."""
    text = halves[0][:40]
    model = fitted(text)
    first = model.origin
    for calls in range(1, 30):
        model.partial_fit(halves[1][calls:][:40], frozen=["the"], epochs=1, verbose=False)
        before = model.origin["before"]
        assert len(before) == min(calls, 20) and all("before" not in each for each in before)
        assert (before[0] == first) == (calls <= 20)
    assert before[-1]["schedule"]["first"] == model.origin["schedule"]["first"] - 1
    assert before[-1]["frozen"] == "some words" and "rows" in model.origin["frozen"]
    model.save(tmp_path / "m.safetensors")
    assert Word2Vec.load(tmp_path / "m.safetensors").origin == model.origin
