"""Vectors that are given, and rows that training leaves as they are."""

import numpy as np
import pytest
from steps import CORPUS, PLAIN, counts_for, train_epoch

import w2v
from w2v import KeyedVectors, Word2Vec
from w2v.demos import world
from w2v.training.frozen import Frozen

SMALL = {"vector_size": 16, "min_count": 1, "epochs": 2, "sample": 0, "verbose": False}
KINDS = [
    {"architecture": architecture, "loss": loss}
    for architecture in ("skipgram", "cbow")
    for loss in ("ns", "hs", "softmax")
]
of_each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: "-".join(kind.values()))


@pytest.fixture(scope="module")
def sentences():
    return list(world.sentences())


@pytest.fixture(scope="module")
def vectors(sentences):
    """Vectors of every third word of the text, and of some that it has not; a minus zero, too."""
    words = sorted({word for sentence in sentences for word in sentence})[::3]
    rows = np.random.default_rng(1).normal(0, 0.05, (len(words) + 2, 16)).astype(np.float32)
    rows[:, 3] = -0.0
    return KeyedVectors([*words, "not-there", "nor-this"], rows)


def bits(rows):
    return rows.view(np.uint32)


def assert_frozen(model, vectors):
    words = [word for word in vectors.index_to_key if word in model.wv]
    assert len(words) == len(vectors) - 2
    rows = [model.vocabulary.key_to_index[word] for word in words]
    np.testing.assert_array_equal(bits(model.W_in[rows]), bits(vectors.vectors[:-2]))
    others = np.delete(model.W_in, rows, axis=0)
    random = np.delete(
        Word2Vec(**_settings(model)).build_vocab(vocabulary=model.vocabulary).W_in, rows, axis=0
    )
    assert (others != random).any(axis=1).all()  # all others are trained


def _settings(model):
    return {name: value for name, value in model.settings.items() if name != "sample"}


# --- frozen rows ---------------------------------------------------------------------------------


@of_each_kind
@pytest.mark.parametrize("frozen", [["b"], ["a", "c", "e"], "input", "output"], ids=str)
def test_training_is_the_reference_step_by_step(kind, frozen):
    """Each step sees the frozen rows as they are, and not as the steps before would have them."""
    model = Word2Vec(**PLAIN | kind)
    model.fit(CORPUS, vocabulary=counts_for(kind["loss"]), verbose=False)
    W_in, W_out = model.W_in.astype(float), model.W_out.astype(float)
    words = [] if isinstance(frozen, str) else frozen
    ids = [model.vocabulary.key_to_index[word] for word in words]
    frozen_in = range(5) if frozen == "input" else ids
    frozen_out = range(len(W_out)) if frozen == "output" else []
    before = model.W_in.copy(), model.W_out.copy()
    total, examples = train_epoch(model, W_in, W_out, frozen_in, frozen_out)
    model.partial_fit(CORPUS, frozen=frozen, verbose=False)
    np.testing.assert_allclose(model.W_in, W_in, atol=2e-6)
    np.testing.assert_allclose(model.W_out, W_out, atol=2e-6)
    assert model.history[-1]["loss"] == pytest.approx(total / examples, rel=1e-5)
    np.testing.assert_array_equal(model.W_in[[*frozen_in]], before[0][[*frozen_in]])
    np.testing.assert_array_equal(model.W_out[[*frozen_out]], before[1][[*frozen_out]])


@of_each_kind
@pytest.mark.parametrize("how", ["rounds", "free", "one worker"])
def test_frozen_rows_stay_to_the_bit(sentences, vectors, kind, how):
    """In rounds, which copy rows; free-running, which copies the frequent ones; or in place."""
    workers = 1 if how == "one worker" else 3
    kind = kind | {"deterministic": how == "rounds", "workers": workers}
    if kind["loss"] == "softmax":
        sentences = sentences[:300]
        vectors = vectors.subset(
            [w for w in vectors.index_to_key[:-2] if any(w in s for s in sentences)]
            + vectors.index_to_key[-2:]
        )
    kind["validation"] = sentences[:50]  # to be judged changes no bit, either
    model = w2v.train(sentences, init_from=vectors, frozen="given", **SMALL | kind)
    assert_frozen(model, vectors)
    if how == "rounds":
        again = w2v.train(
            sentences, init_from=vectors, frozen="given", **SMALL | kind | {"workers": 1}
        )
        np.testing.assert_array_equal(again.W_in, model.W_in)
        np.testing.assert_array_equal(again.W_out, model.W_out)


@of_each_kind
def test_a_whole_matrix_stays(sentences, kind):
    if kind["loss"] == "softmax":
        sentences = sentences[:300]
    model = w2v.train(sentences, **SMALL | kind)
    W_in, W_out = model.W_in.copy(), model.W_out.copy()
    model.partial_fit(sentences, frozen="input", verbose=False)
    np.testing.assert_array_equal(model.W_in, W_in)
    assert (model.W_out != W_out).any(axis=1).all()
    W_out = model.W_out.copy()
    model.partial_fit(sentences, frozen="output", verbose=False)
    np.testing.assert_array_equal(model.W_out, W_out)
    assert (model.W_in != W_in).any(axis=1).all()


def test_nothing_frozen_is_training_as_ever(sentences):
    """Flags that are all 0 take the other way through the compiled loop, to the same bytes."""
    expected = w2v.train(sentences, **SMALL)
    real = Frozen.of

    def none(asked, vocabulary, *rest):
        flags = np.zeros(len(vocabulary), np.uint8)
        return Frozen(flags, flags)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Frozen, "of", none)
        patch.setattr(Frozen, "note", lambda self: {})
        model = w2v.train(sentences, **SMALL)
    assert Frozen.of == real
    np.testing.assert_array_equal(model.W_in, expected.W_in)
    np.testing.assert_array_equal(model.W_out, expected.W_out)


def test_new_words_take_their_places_among_the_old_ones(sentences):
    model = w2v.train(sentences[:1500], **SMALL)
    before = {word: model.wv[word].copy() for word in model.vocabulary.words}
    new = [[f"{word}!" if word < "d" else word for word in s] for s in sentences[1500:3000]]
    model.partial_fit(new, grow=True, frozen="given", verbose=False)
    assert len(model.vocabulary) > len(before)
    for word, vector in before.items():
        np.testing.assert_array_equal(model.wv[word], vector)


def test_frozen_rows_are_gone_on_with(sentences, vectors, tmp_path):
    def stop(model, record):
        raise KeyboardInterrupt

    asked = {"init_from": vectors, "frozen": "given"}
    expected = w2v.train(sentences, **asked, **SMALL)
    path = tmp_path / "c"
    with pytest.warns(UserWarning, match="interrupted"):
        w2v.train(sentences, checkpoint=path, callbacks=stop, **asked, **SMALL)
    resumed = Word2Vec.resume(path, sentences, verbose=False)
    np.testing.assert_array_equal(resumed.W_in, expected.W_in)
    np.testing.assert_array_equal(resumed.W_out, expected.W_out)
    assert_frozen(resumed, vectors)


def test_the_note_of_frozen_rows():
    rng = np.random.default_rng(1)
    for rows in (1, 7, 8, 9, 1000):
        flags = (rng.random(rows) < 0.5).astype(np.uint8)
        flags[0] = 0
        read = Frozen.read(Frozen(flags).note(), rows, 3)
        np.testing.assert_array_equal(read.inputs, flags)
        assert read.outputs is None
    assert Frozen().note() == {} and Frozen.read({}, 3, 3) == Frozen()
    ones = np.ones(9, np.uint8)
    assert Frozen(ones).note() == {"frozen": "input"}
    assert Frozen(None, ones).note() == {"frozen": "output"}
    for damaged in ({"rows": "AA=="}, {"rows": "?"}, {}, 3, {"rows": 3}):
        with pytest.raises(ValueError, match="is damaged"):
            Frozen.read({"frozen": damaged}, 9, 9)


@pytest.mark.parametrize(
    ("frozen", "message"),
    [
        ("all", "frozen='all': expected 'input', 'output', 'given' or a list"),
        (3, "frozen=3: expected"),
        ("given", "needs vectors that are given"),
        ("output", "all output weights are zero"),
        (["unheard-of"], "none of the 1 given words of frozen= is in the vocabulary"),
    ],
)
def test_what_cannot_be_frozen(sentences, frozen, message):
    with pytest.raises(ValueError, match=message):
        w2v.train(sentences[:300], frozen=frozen, **SMALL)


def test_unknown_words_are_named(sentences, vectors):
    with pytest.warns(UserWarning, match=r"1 of the 2 words of frozen= .*: 'unheard-of'"):
        w2v.train(sentences[:300], frozen=["you", "unheard-of"], **SMALL)
    w2v.train(sentences[:300], frozen=vectors, **SMALL)  # of whole vectors that is no news


# --- vectors that are given ----------------------------------------------------------------------


def test_given_vectors_are_where_training_begins(sentences, vectors, tmp_path):
    """From memory, a model or a file in any format; a rate of 0 shows it."""
    still = SMALL | {"alpha": 0, "min_alpha": 0}
    random = w2v.train(sentences, **still)
    model = w2v.train(sentences, init_from=vectors, **still)
    known = [word in vectors for word in model.vocabulary.words]
    assert 100 < sum(known) < len(known)
    for i, word in enumerate(model.vocabulary.words):
        expected = vectors[word] if known[i] else random.W_in[i]
        np.testing.assert_array_equal(model.W_in[i], expected)
    vectors.save(tmp_path / "v.bin")
    vectors.save(tmp_path / "v.safetensors")
    for source in (tmp_path / "v.bin", str(tmp_path / "v.safetensors"), model):
        again = w2v.train(sentences, init_from=source, **still)
        np.testing.assert_array_equal(again.W_in, model.W_in)
    steps = Word2Vec(**{k: v for k, v in SMALL.items() if k != "verbose"})
    steps.build_vocab(sentences, init_from=vectors, verbose=False)
    np.testing.assert_array_equal(steps.W_in, model.W_in)


def test_a_training_that_diverges_goes_back_to_them(sentences, vectors):
    model = Word2Vec(**{k: v for k, v in SMALL.items() if k != "verbose"} | {"alpha": 99.0})
    with pytest.raises(FloatingPointError, match="the first, untrained"):
        model.fit(sentences, init_from=vectors, verbose=False)
    word = vectors.index_to_key[0]
    np.testing.assert_array_equal(model.wv[word], vectors[word])


def test_vectors_that_do_not_fit(sentences, vectors, tmp_path):
    with pytest.raises(ValueError, match="16 numbers each, and vector_size=8: pass vector_size=16"):
        w2v.train(sentences, init_from=vectors, **SMALL | {"vector_size": 8})
    with pytest.raises(TypeError, match="init_from=3: expected KeyedVectors, a model or the path"):
        w2v.train(sentences, init_from=3, **SMALL)
    with pytest.raises(ValueError, match="has not been trained"):
        w2v.train(sentences, init_from=Word2Vec(), **SMALL)
    with pytest.raises(FileNotFoundError):
        w2v.train(sentences, init_from=tmp_path / "none.bin", **SMALL)
    other = KeyedVectors(["UPPER"], np.ones((1, 16), np.float32))
    with pytest.raises(ValueError, match=r"a vector of none of the \d+ words .* 'UPPER'"):
        w2v.train(sentences, init_from=other, **SMALL)
    with pytest.raises(TypeError, match="init_from are str, and those of the text int"):
        w2v.train(np.arange(40).reshape(4, 10) % 7, init_from=vectors, **SMALL)
    with pytest.raises(ValueError, match="grow=True keeps the rows of before: leave init_from"):
        w2v.train(sentences, **SMALL).build_vocab(sentences, grow=True, init_from=vectors)
    rows = vectors.vectors.copy()
    rows[0, 0] = np.inf
    np.save(tmp_path / "m.npy", rows)
    with pytest.raises(ValueError, match="not finite"):
        mapped = KeyedVectors(vectors.index_to_key, np.load(tmp_path / "m.npy", mmap_mode="r"))
        w2v.train(sentences, init_from=mapped, **SMALL)
