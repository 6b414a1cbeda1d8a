"""gensim's own files: read without running them, and refused where they are something else."""

import pickle
import sys
import types

import numpy as np
import pytest

import w2v
from w2v import formats

WORDS = ["king", "queen", "río"]
VECTORS = np.arange(12, dtype="f4").reshape(3, 4) + 1
COUNTS = np.array([9, 5, 2])


@pytest.fixture
def peer(monkeypatch):
    """Stand in for gensim's modules, so that pickles name them."""

    def module(name, *classes):
        made = types.ModuleType(name)
        for cls in classes:
            setattr(made, cls, type(cls, (), {"__module__": name}))
        monkeypatch.setitem(sys.modules, name, made)
        return made

    module("gensim")
    module("gensim.models")
    vectors = module("gensim.models.keyedvectors", "KeyedVectors", "Vocab")
    return types.SimpleNamespace(
        KeyedVectors=vectors.KeyedVectors,
        Vocab=vectors.Vocab,
        Word2Vec=module("gensim.models.word2vec", "Word2Vec").Word2Vec,
    )


def with_state(cls, **state):
    made = cls()
    made.__dict__.update(state)
    return made


def version4(peer, **more):
    return with_state(
        peer.KeyedVectors,
        index_to_key=WORDS,
        key_to_index={word: i for i, word in enumerate(WORDS)},
        expandos={"count": COUNTS},
        **{"vectors": VECTORS, "norms": None, **more},
    )


def version3(peer):
    vocab = {
        word: with_state(peer.Vocab, count=int(n), index=i)
        for i, (word, n) in enumerate(zip(WORDS, COUNTS, strict=True))
    }
    return with_state(peer.KeyedVectors, index2word=WORDS, vocab=vocab, syn0=VECTORS)


def check(path):
    kv = w2v.KeyedVectors.load(path)
    assert kv.index_to_key == WORDS
    np.testing.assert_array_equal(kv.vectors, VECTORS)
    np.testing.assert_array_equal(kv.counts, COUNTS)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("version", [version3, version4])
def test_vectors(peer, tmp_path, version, protocol):
    path = tmp_path / "v.kv"
    path.write_bytes(pickle.dumps(version(peer), protocol))
    check(path)
    assert formats.format_of(path) == "gensim"
    assert formats.read_vectors(path, limit=2)[0] == WORDS[:2]


def test_a_model_holds_its_vectors(peer, tmp_path):
    path = tmp_path / "m.model"
    model = with_state(peer.Word2Vec, wv=version4(peer), random=np.random.RandomState(1))
    path.write_bytes(pickle.dumps(model, 4))
    check(path)


@pytest.mark.parametrize("kind", ["v.kv", "m.model"])
def test_arrays_beside_the_pickle(peer, tmp_path, kind):
    path = tmp_path / kind
    inner = version4(peer, __numpys=["vectors"])
    del inner.vectors
    is_model = kind == "m.model"
    whole = with_state(peer.Word2Vec, wv=inner) if is_model else inner
    path.write_bytes(pickle.dumps(whole, 4))
    beside = f"{path}{'.wv' if is_model else ''}.vectors.npy"
    with pytest.raises(ValueError, match=r"its vectors are not there: .*vectors\.npy"):
        w2v.KeyedVectors.load(path)
    np.save(beside, VECTORS)
    check(path)
    with open(path, "rb") as file, pytest.raises(ValueError, match="give the path"):
        w2v.KeyedVectors.load(file)
    with open(beside, "wb") as file:
        np.save(file, np.array([{}]), allow_pickle=True)
    with pytest.raises(ValueError, match=r"vectors\.npy is damaged") as error:
        w2v.KeyedVectors.load(path)
    assert "allow_pickle" not in str(error.value)


class Evil:
    """Runs a command when a real unpickler loads it."""

    def __init__(self, mark):
        self.mark = str(mark)

    def __reduce__(self):
        import os

        return os.mkdir, (self.mark,)


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_nothing_of_a_pickle_is_run(peer, tmp_path, protocol):
    mark, path = tmp_path / "was-run", tmp_path / "v.kv"
    evil = version4(peer, extra=Evil(mark), more=[eval, print])
    path.write_bytes(pickle.dumps(evil, protocol))
    pickle.loads(path.read_bytes())
    mark.rmdir()  # it does run there
    check(path)
    assert not mark.exists()
    path.write_bytes(pickle.dumps(Evil(mark), protocol))
    with pytest.raises(ValueError, match="holds no vectors"):
        w2v.KeyedVectors.load(path)
    assert not mark.exists()


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"vectors": np.array([object()] * 3)}, "no plain numbers"),
        ({"vectors": VECTORS[:2]}, "3 words, but vectors of the shape"),
        ({"vectors": VECTORS[0]}, "3 words, but vectors of the shape"),
        ({"vectors": VECTORS.astype("i4")}, "3 words, but vectors of the shape"),
        ({"vectors": "none"}, "its vectors or counts are no array"),
        ({"vectors": VECTORS * np.nan}, "row 1 of the vectors"),
        ({"index_to_key": [1, 2, 3]}, "holds no vectors"),
    ],
)
def test_what_does_not_fit_is_refused(peer, tmp_path, state, message):
    path = tmp_path / "v.kv"
    kv = version4(peer)
    kv.__dict__.update(state)
    path.write_bytes(pickle.dumps(kv, 4))
    with pytest.raises(ValueError, match=message) as error:
        w2v.KeyedVectors.load(path)
    assert str(path) in str(error.value)


def test_damage_is_an_error_or_harmless(peer, tmp_path):
    """Cut off anywhere, or any byte another: an error that names the file, or other numbers."""
    good = pickle.dumps(version4(peer), 4)
    path = tmp_path / "v.kv"
    rng = np.random.default_rng(1)
    damaged = [good[:cut] for cut in range(2, len(good), 7)]
    for _ in range(400):
        data = bytearray(good)
        data[rng.integers(2, len(good))] = rng.integers(256)
        damaged.append(bytes(data))
    for data in damaged:
        path.write_bytes(data)
        try:
            w2v.KeyedVectors.load(path)
        except ValueError as error:
            assert str(path) in str(error) or "words must be distinct" in str(error)


def test_memory_is_not_what_a_damaged_file_says(tmp_path):
    path = tmp_path / "v.kv"
    for bomb in (
        b"\x80\x04r\xff\xff\xff\xff.",  # a place of the memory
        b"\x80\x05\x96\xff\xff\xff\xff\xff\x00\x00\x00.",  # a byte array
        b"\x80\x04\x8e\xff\xff\xff\xff\xff\x00\x00\x00.",  # bytes
        b"\x80\x02" + b"(" * 10_000 + b"t" * 10_000 + b".",  # depth
    ):
        path.write_bytes(bomb)
        with pytest.raises(ValueError, match="pickle"):
            w2v.KeyedVectors.load(path)


def model4(peer, **state):
    shared = {"sg": 1, "hs": 0, "negative": 3, "alpha": 0.1, "window": 2, "epochs": 7, "sample": 0}
    return with_state(peer.Word2Vec, wv=version4(peer), **shared | {"syn1neg": -VECTORS} | state)


def test_a_model_is_trained_on(peer, tmp_path):
    path = tmp_path / "m.model"
    path.write_bytes(pickle.dumps(model4(peer), 4))
    model = w2v.Word2Vec.load(path)
    assert (model.architecture, model.negative, model.epochs) == ("skipgram", 3, 7)
    np.testing.assert_array_equal(model.W_in, VECTORS)
    np.testing.assert_array_equal(model.W_out, -VECTORS)
    model.partial_fit([["king", "queen"]] * 20, epochs=1, verbose=False)
    assert not np.array_equal(model.W_in, VECTORS) and len(model.history) == 1


def test_rows_stand_in_the_order_of_counts(peer, tmp_path):
    """Models of gensim 3 hold the output weights in a part of their own, perhaps in a file."""
    path = tmp_path / "m.model"
    kv = version3(peer)
    kv.vocab["río"].count = 99
    trained = with_state(peer.Vocab, seed=9, __numpys=["syn1neg"])
    path.write_bytes(pickle.dumps(with_state(peer.Word2Vec, wv=kv, trainables=trained), 2))
    np.save(f"{path}.trainables.syn1neg.npy", 2 * VECTORS)
    model = w2v.Word2Vec.load(path)
    assert model.vocabulary.words == ["río", "king", "queen"] and model.seed == 9
    np.testing.assert_array_equal(model.W_in, VECTORS[[2, 0, 1]])
    np.testing.assert_array_equal(model.W_out, 2 * VECTORS[[2, 0, 1]])


def test_a_tree_of_gensim_is_another_one(peer, tmp_path):
    path = tmp_path / "m.model"
    path.write_bytes(pickle.dumps(model4(peer, hs=1), 4))
    with pytest.warns(UserWarning, match="begin anew with zeros"):
        model = w2v.Word2Vec.load(path)
    assert model.loss == "hs" and model.W_out.shape == (2, 4) and not model.W_out.any()


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"syn1neg": None}, "no output weights"),
        ({"syn1neg": VECTORS[:2]}, "which do not fit"),
        ({"syn1neg": VECTORS * np.inf}, "row 1 of the output weights"),
        ({"dv": 1}, "a Doc2Vec of gensim"),
        ({"window": -1}, "settings cannot be used: window"),
    ],
)
def test_models_that_cannot_be_trained_on(peer, tmp_path, state, message):
    path = tmp_path / "m.model"
    path.write_bytes(pickle.dumps(model4(peer, **state), 4))
    with pytest.raises(ValueError, match=message) as error:
        w2v.Word2Vec.load(path)
    assert str(path) in str(error.value)


@pytest.mark.filterwarnings("ignore:.*begin anew with zeros")
def test_a_damaged_model_is_an_error_or_harmless(peer, tmp_path):
    good, path = pickle.dumps(model4(peer), 4), tmp_path / "m.model"
    rng = np.random.default_rng(2)
    for _ in range(400):
        data = bytearray(good)
        data[rng.integers(2, len(good))] = rng.integers(256)
        path.write_bytes(data)
        try:
            w2v.Word2Vec.load(path)
        except ValueError as error:
            assert str(path) in str(error) or "words must be distinct" in str(error)


def test_convert(run, peer):
    with open("m.kv", "wb") as file:
        pickle.dump(version4(peer), file)
    status, out, err = run("convert m.kv out.safetensors")
    assert (status, out) == (0, ""), err
    check("out.safetensors")


def test_files_of_gensim_itself(tmp_path):
    models = pytest.importorskip("gensim.models", reason="reads files that gensim writes")
    text = [["a", "b", "c", "d", "e"]] * 60
    models.FastText(text, vector_size=5, min_count=1, epochs=1).save(str(tmp_path / "f.model"))
    with pytest.raises(ValueError, match="gensim's FastText"):
        w2v.KeyedVectors.load(tmp_path / "f.model")
    for kind in (models.Word2Vec, models.Doc2Vec):
        if kind is models.Doc2Vec:
            tagged = [models.doc2vec.TaggedDocument(words, [i]) for i, words in enumerate(text)]
            model = kind(tagged, vector_size=5, min_count=1, epochs=1)
        else:
            model = kind(text, vector_size=5, min_count=1, epochs=1)
        for limit in (1, 10 << 20):  # arrays beside, or inside
            for thing, name in ((model, "m.model"), (model.wv, "m.kv")):
                thing.save(str(tmp_path / name), sep_limit=limit)
                kv = w2v.KeyedVectors.load(tmp_path / name)
                assert kv.index_to_key == model.wv.index_to_key
                np.testing.assert_array_equal(kv.vectors, model.wv.vectors)
                assert kv.counts.tolist() == [60] * 5
                for file in tmp_path.iterdir():
                    file.unlink()
