"""Vectors of documents: the steps by the plain reference, the same bytes, topics, files, errors."""

import numpy as np
import pytest
from steps import CORPUS, PLAIN, counts_for, train_epoch

import w2v
from w2v import Doc2Vec, KeyedVectors, Word2Vec, _core
from w2v.training import schedule

KINDS = [
    {"architecture": architecture, "loss": loss, "train_words": words}
    for architecture, words in (("dbow", False), ("dbow", True), ("dm", False))
    for loss in ("ns", "hs")
]


def _name(kind):
    return f"{kind['architecture']}-{kind['loss']}" + "-words" * kind["train_words"]


of_each_kind = pytest.mark.parametrize("kind", KINDS, ids=_name)
SMALL = {"vector_size": 16, "min_count": 1, "epochs": 2}
TAGS = [["first", "odd"], ["second"], ["third", "odd"]]  # places 0 1, 2, 3 1
PLACES = [[0, 1], [2], [3, 1]]


@pytest.fixture(scope="module")
def topics():
    """240,000 words of 3,000 documents of five topics, each with words of a second one."""
    rng = np.random.default_rng(1)
    words = np.array([[f"{topic}{i}" for i in range(100)] for topic in "abcde"])
    kinds = np.arange(3000) % 5
    texts = []
    for i, kind in enumerate(kinds):
        own, other = rng.choice(words[kind], 60), rng.choice(words[i * 7 % 5], 20)
        texts.append(rng.permutation(np.append(own, other)).tolist())
    return texts, kinds


def fitted(documents, **settings):
    return Doc2Vec(**SMALL | settings).fit(documents, verbose=False)


# --- the steps -----------------------------------------------------------------------------------


@of_each_kind
@pytest.mark.parametrize("gradient", ["exact", "undivided"])
def test_training_is_the_reference_step_by_step(kind, gradient):
    if gradient == "undivided" and kind["architecture"] == "dm":
        pytest.skip("the reference divides")
    model = Doc2Vec(**PLAIN | {"cbow_gradient": gradient}, **kind)
    begin = {}

    def remember(model, record):
        begin["history"] = record

    model.fit(
        CORPUS, tags=TAGS, vocabulary=counts_for(kind["loss"]), callbacks=remember, verbose=False
    )
    words = 5 if model.settings.has_words else 0
    W_in = _core.aligned_zeros(words + 4, 6)
    _core.fill_uniform(W_in, 1, 1 / 6)
    W_in, W_out = W_in.astype(float), np.zeros(model.W_out.shape)
    rows = [[words + place for place in places] for places in PLACES]
    loss, examples = train_epoch(model, W_in, W_out, tags=rows, words=bool(words))
    np.testing.assert_allclose(model.W_in, W_in, atol=1e-6)
    np.testing.assert_allclose(model.W_out, W_out, atol=1e-6)
    assert model.tags == ["first", "odd", "second", "third"]
    assert begin["history"]["examples"] == examples
    assert begin["history"]["loss"] == pytest.approx(loss / examples, rel=1e-5)


def _mix(x):
    """SplitMix64's last step, as in random.h."""
    most = 2**64 - 1
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & most
    x = (x ^ x >> 27) * 0x94D049BB133111EB & most
    return x ^ x >> 31


@of_each_kind
def test_inference_is_the_reference_with_frozen_weights(kind):
    model = Doc2Vec(**PLAIN | {"epochs": 30}, **kind)
    model.fit(CORPUS, vocabulary=counts_for(kind["loss"]), verbose=False)
    before = model.W_in.copy(), model.W_out.copy()
    found = model.infer_vectors(CORPUS, epochs=1)
    words = 5 if model.settings.has_words else 0
    first = _core.aligned_zeros(3, 6)
    for i, sentence in enumerate(CORPUS):
        seed = _mix(1)
        for word in sentence:
            place = model.vocabulary.key_to_index[word] * 0x9E3779B97F4A7C15
            seed = _mix((seed + place) % 2**64)
        _core.fill_uniform(first[i : i + 1], seed, np.float32(1) / np.float32(6))
    W_in = np.concatenate([before[0][:words], first]).astype(float)
    W_out = before[1].astype(float)
    rows = [[words + i] for i in range(3)]
    frozen = range(words), range(len(W_out))
    train_epoch(model, W_in, W_out, *frozen, tags=rows, words=bool(words))
    np.testing.assert_allclose(found, W_in[words:], atol=1e-6)
    assert np.abs(found - first).max() > 1e-3  # something was learnt
    for now, then in zip((model.W_in, model.W_out), before, strict=True):
        np.testing.assert_array_equal(now.view(np.uint32), then.view(np.uint32))


# --- the same bytes ------------------------------------------------------------------------------


@of_each_kind
def test_any_number_of_workers_gives_the_same_bytes(topics, kind, monkeypatch):
    monkeypatch.setattr(schedule, "ROUNDS_AN_EPOCH", 50)  # so that four blocks are a round
    texts, kinds = topics
    texts = [sum(texts[:40], []), *texts[40:]]  # a document of several blocks
    tags = [[i, 5000 + int(kinds[i])] for i in range(len(texts))]  # one of its own, one shared
    models = [
        Doc2Vec(**SMALL | {"epochs": 1, "workers": workers}, **kind).fit(
            texts, tags=tags, verbose=False
        )
        for workers in (1, 2, 3, 7)
    ]
    some = np.random.default_rng(1).permutation(300)
    vectors = models[0].infer_vectors(texts[:300])
    for model in models:
        for name in ("W_in", "W_out"):
            ours, first = getattr(model, name), getattr(models[0], name)
            np.testing.assert_array_equal(ours.view(np.uint32), first.view(np.uint32))
        found = model.infer_vectors([texts[i] for i in some])
        np.testing.assert_array_equal(found, vectors[some])
    np.testing.assert_array_equal(models[0].infer_vector(texts[7]), vectors[7])


# --- what is learnt ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS[::2] + KINDS[1:2], ids=_name)
def test_documents_of_a_topic_are_near_each_other(topics, kind):
    texts, kinds = topics
    model = fitted(texts, **kind | {"epochs": 8, "alpha": 0.05})
    answers = model.dv.most_similar_batch(list(range(0, 3000, 100)), topn=5)
    near = [[kinds[tag] for tag, _ in answer] for answer in answers]
    right = [np.mean(np.array(found) == kinds[i * 100]) for i, found in enumerate(near)]
    assert np.mean(right) > 0.9
    # A document that is inferred lands near its own row, and new ones near their topic.
    inferred = model.infer_vectors(texts[:50], epochs=30)
    mates = [model.dv.most_similar(vector, topn=5)[0][0] for vector in inferred]
    assert np.mean(kinds[mates] == kinds[:50]) > 0.9
    rows = model.dv.vectors[:50]
    cosines = (inferred * rows).sum(1)
    cosines /= np.linalg.norm(inferred, axis=1) * np.linalg.norm(rows, axis=1)
    others = np.roll(rows, 1, axis=0)
    apart = (inferred * others).sum(1)
    apart /= np.linalg.norm(inferred, axis=1) * np.linalg.norm(others, axis=1)
    assert cosines.mean() > apart.mean() + 0.2
    if model.settings.has_words:
        assert {word[0] for word, _ in model.wv.most_similar("a1", topn=5)} == {"a"}


def test_free_running_learns_as_well(topics):
    texts, kinds = topics
    model = fitted(texts, deterministic=False, workers=3, epochs=8, alpha=0.05)
    near = [tag for tag, _ in model.dv.most_similar([0], topn=20)]
    assert np.mean(kinds[near] == kinds[0]) > 0.9


def test_rounds_learn_as_much_as_one_block_after_another(monkeypatch):
    """Blocks with parts of one document are not trained side by side: that overshoots."""
    monkeypatch.setattr(schedule, "ROUNDS_AN_EPOCH", 40)
    rng = np.random.default_rng(1)
    texts = [rng.choice(rng.choice(1000, 30), 1700) for _ in range(120)]
    free, rounds = (
        fitted(texts, deterministic=repeatable, workers=1, epochs=3).history[-1]["loss"]
        for repeatable in (False, True)
    )
    assert rounds < 1.1 * free


# --- documents and tags --------------------------------------------------------------------------


class Tagged:
    def __init__(self, words, tags):
        self.words, self.tags = words, tags


def test_documents_bring_tags_in_several_ways(tmp_path):
    texts = [["heavy", "rain"], ["old", "house"], ["light", "rain"]]
    pairs = list(zip(["a", "b", "a"], texts, strict=True))
    expected = fitted(pairs)
    assert expected.tags == ["a", "b"] and expected.dv.counts.tolist() == [2, 1]
    (tmp_path / "t.txt").write_text("a\theavy rain\nb\told house\na\tlight rain\n")
    (tmp_path / "t.csv").write_text("kind,text\na,heavy rain\nb,old house\na,light rain\n")
    path, table = tmp_path / "t.txt", tmp_path / "t.csv"
    for found in (
        fitted(iter(pairs)),
        fitted([Tagged(words, [tag]) for tag, words in pairs]),
        Doc2Vec(**SMALL).fit(texts, tags=["a", "b", "a"], verbose=False),
        Doc2Vec(**SMALL).fit(w2v.Corpus(texts), tags=["a", "b", "a"], verbose=False),
        Doc2Vec(**SMALL).fit(path, tags=True, verbose=False),
        Doc2Vec(**SMALL).fit(table, tags="kind", column="text", verbose=False),
    ):
        assert found.tags == ["a", "b"]
        np.testing.assert_array_equal(found.W_in, expected.W_in)
    (tmp_path / "plain.txt").write_text("heavy rain\nold house\nlight rain\n")
    numbered = fitted(tmp_path / "plain.txt")
    assert numbered.tags == [0, 1, 2] == fitted(iter(texts)).tags
    assert numbered.dv[1].shape == (16,)


def test_ids_are_words_and_tags():
    model = Doc2Vec(**SMALL).fit(np.arange(60).reshape(6, 10) % 7, tags=[3, 3, 9, 9, 3, 9])
    assert model.tags == [3, 9] and set(model.vocabulary.words) == set(range(7))
    assert model.infer_vectors([[1, 2], [3]]).shape == (2, 16)


def test_a_document_of_rare_words_has_the_vector_0():
    texts = [["heavy", "rain"], ["rare"], ["heavy", "rain"], ["rain", "unheard"]]
    with pytest.warns(UserWarning, match="1 of the 4 documents have no word of the vocabulary"):
        model = fitted(texts, min_count=2)
    assert not model.dv[1].any() and model.dv[0].any() and len(model.dv) == 4
    with pytest.warns(UserWarning, match="3 of the 5 documents have no word of the vocabulary"):
        found = model.infer_vectors([["rare"], ["rain"], [], (), ["rain", "rare"]])
    assert found.any(axis=1).tolist() == [False, True, False, False, True]
    np.testing.assert_array_equal(found[1], found[4])
    with pytest.warns(UserWarning, match="1 of the 1 documents"):
        assert not model.infer_vector([]).any()


def test_texts_are_split_as_in_training():
    model = Doc2Vec(**SMALL).fit(["Heavy rain!", "Old house."] * 5, tokenizer="words")
    assert sorted(model.vocabulary.words) == ["heavy", "house", "old", "rain"]
    with pytest.warns(UserWarning, match="1 of the 2 documents"):
        found = model.infer_vectors(["HEAVY rain", "!!!"])
    np.testing.assert_array_equal(found[0], model.infer_vector(["heavy", "rain"]))


@pytest.mark.parametrize(
    ("documents", "tags", "error", "message"),
    [
        ([["a"], [], ["b"]], None, ValueError, "1 of the 3 documents are empty"),
        ([("x", ["a", "b"]), ("y", [])], None, ValueError, "1 of the 2 documents are empty"),
        ([("x", ["a", "b"]), ["a"]], None, TypeError, "document 1 .* has no tags"),
        ([([], ["a", "b"])], None, ValueError, "document 0 .* has no tag"),
        ([["a", "b"]], [[]], ValueError, "document 0 .* has no tag"),
        ([["a", "b"]], ["x", "y"], ValueError, "tags for 2 documents, and 1 documents"),
        ([["a", "b"]] * 2, ["x", 1], TypeError, "all str or all int"),
        ([["a", "b"]], [2.5], TypeError, "2.5 is no tag"),
        ([["a", "b"]], [[""]], TypeError, "a tag is a str or a whole number"),
        ([["a", "b"]], "x", TypeError, "a list of tags, one for each document"),
        ([], None, ValueError, "no "),
    ],
)
def test_wrong_documents(documents, tags, error, message):
    with pytest.raises(error, match=message):
        Doc2Vec(**SMALL).fit(documents, tags=tags, verbose=False)


def test_wrong_files_and_arguments(tmp_path):
    (tmp_path / "t.txt").write_text("a b\n\nc d\n")
    model = Doc2Vec(**SMALL)
    with pytest.raises(ValueError, match="1 of the 3 documents are empty"):
        model.fit(tmp_path / "t.txt", verbose=False)
    with pytest.raises(ValueError, match="t.txt, line 1 is no label and text"):
        model.fit(tmp_path / "t.txt", tags=True, verbose=False)
    with pytest.raises(ValueError, match="give column=, that of the texts"):
        model.fit(tmp_path / "t.txt", tags="kind", verbose=False)
    with pytest.raises(TypeError, match="no argument 'windw'"):
        model.fit([["a", "b"]], windw=3, verbose=False)
    for unfitted in (lambda: model.infer_vector(["a"]), lambda: model.dv, lambda: model.wv):
        with pytest.raises(ValueError, match="has not been trained"):
            unfitted()
    with pytest.raises(ValueError, match="loss .*softmax"):
        Doc2Vec(loss="softmax")
    with pytest.raises(ValueError, match="architecture"):
        Doc2Vec(architecture="cbow")
    with pytest.raises(TypeError, match="no setting 'dm'; here it is"):
        Doc2Vec(dm=1)
    trained = fitted([["a", "b"]] * 3)
    with pytest.raises(ValueError, match="no vectors of words.*train_words"):
        _ = trained.wv
    assert not hasattr(trained, "wv")
    with pytest.raises(KeyError, match="7"):
        _ = trained.dv[7]
    with pytest.raises(ValueError, match="epochs"):
        trained.infer_vector(["a"], epochs=0)


# --- as other models -----------------------------------------------------------------------------


@of_each_kind
def test_a_saved_model_is_the_same(tmp_path, kind):
    model = Doc2Vec(**SMALL, **kind).fit(CORPUS, tags=TAGS, verbose=False)
    path = tmp_path / "m.safetensors"
    model.save(path)
    again = Doc2Vec.load(path)
    assert again.tags == model.tags and again.settings == model.settings
    assert again.history == model.history and again.vocabulary.words == model.vocabulary.words
    for name in ("W_in", "W_out"):
        np.testing.assert_array_equal(getattr(again, name), getattr(model, name))
    np.testing.assert_array_equal(again.infer_vectors(CORPUS), model.infer_vectors(CORPUS))
    vectors = KeyedVectors.load(path)
    assert list(vectors.index_to_key) == model.tags
    np.testing.assert_array_equal(vectors["odd"], model.dv["odd"])
    with pytest.raises(ValueError, match="holds a model of w2v.Doc2Vec"):
        Word2Vec.load(path)
    Word2Vec(min_count=1).fit(CORPUS, verbose=False).save(tmp_path / "w.safetensors")
    with pytest.raises(ValueError, match="holds a model of w2v.Word2Vec"):
        Doc2Vec.load(tmp_path / "w.safetensors")


def test_settings_and_clones():
    model = Doc2Vec(architecture="dm", window=3)
    assert model.get_params()["window"] == 3 and model.alpha == 0.05 and model.epochs == 10
    clone = Doc2Vec(**model.get_params())
    assert clone.get_params() == model.get_params()
    assert clone.set_params(architecture="dbow").architecture == "dbow"
    trained = fitted([["a", "b"]] * 3)
    assert repr(trained).endswith("2 words, 3 tags>")
    with pytest.raises(ValueError, match="fixed"):
        trained.set_params(window=2)


def test_an_interrupted_training_keeps_what_it_learnt(topics):
    def stop(model, record):
        raise KeyboardInterrupt

    model = Doc2Vec(**SMALL)
    with pytest.warns(UserWarning, match="interrupted in epoch 1 of 2; the model keeps"):
        model.fit(topics[0][:100], callbacks=stop, verbose=False)
    assert model.interrupted and len(model.history) == 1 and len(model.dv) == 100
