"""Sentences of whole numbers: what they may come from, what they become, and what is refused."""

import re

import numpy as np
import pytest
from commands import rows

import w2v
from w2v._text import IdTable
from w2v.text.corpus import Corpus
from w2v.text.vocabulary import Vocabulary
from w2v.vectors.lookup import UnknownWordError

SENTENCES = [[5, 3], [9], [], [3, 3, 5], [-7, 2**40]]
FLAT = [token for sentence in SENTENCES for token in sentence]
OFFSETS = [0, 2, 3, 3, 6, 8]


def sentences_of(corpus):
    vocabulary = Vocabulary.build(corpus, min_count=1)
    encoded = corpus.encode(vocabulary)
    words = [vocabulary.words[i] for i in encoded.ids]
    return [words[i:j] for i, j in zip(encoded.offsets, encoded.offsets[1:], strict=False)]


def ragged(parts):
    array = np.empty(len(parts), object)
    array[:] = [np.array(part, np.int64) for part in parts]
    return array


@pytest.mark.parametrize(
    "make",
    [
        lambda: SENTENCES,
        lambda: (sentence for sentence in SENTENCES),
        lambda: (iter(sentence) for sentence in SENTENCES),
        lambda: [tuple(sentence) for sentence in SENTENCES],
        lambda: [np.array(sentence, np.int64) for sentence in SENTENCES],
        lambda: [[], *SENTENCES, np.zeros((0, 4), int)],
        lambda: ragged(SENTENCES),
        lambda: [np.array([[5, 3]]), [9], [], [3, 3, 5], np.array([[-7, 2**40]])],
        lambda: [[np.int32(5), 3], [np.uint64(9)], np.array([3, 3, 5], np.uint64), [-7, 2**40]],
    ],
)
def test_lists_and_arrays_of_ids(make):
    assert sentences_of(Corpus(make())) == [s for s in SENTENCES if s]


@pytest.mark.parametrize("dtype", ["i4", "i8", "u1", "u8", ">i4"])
def test_a_row_of_an_array_is_a_sentence(dtype):
    array = np.array([[5, 3, 3], [9, 5, 200]], dtype)
    corpus = Corpus(array)
    assert sentences_of(corpus) == array.tolist()
    assert corpus.stats.lines == corpus.stats.sentences == 2
    assert all(type(word) is int for word in corpus.words([0, 1]))
    assert sentences_of(Corpus(array.T)) == array.T.tolist()
    masked = np.ma.masked_equal(array, 3)
    assert sentences_of(Corpus(masked)) == [[5], [9, 5, 200]]


def test_one_dimension_with_offsets():
    assert sentences_of(Corpus(np.array(FLAT), offsets=OFFSETS)) == [s for s in SENTENCES if s]
    assert sentences_of(Corpus(np.array(FLAT), offsets=np.array(OFFSETS, "i4"))) == [
        s for s in SENTENCES if s
    ]
    model = w2v.train(
        np.arange(60) % 4, offsets=[0, 30, 60], vector_size=4, min_count=1, verbose=False
    )
    assert sorted(model.wv) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("source", "offsets", "error", "message"),
    [
        (np.arange(5), None, ValueError, "one row of whole numbers: pass offsets="),
        (np.zeros((2, 2, 2), int), None, ValueError, "two dimensions, not 3"),
        (np.arange(5), [0, 4], ValueError, "rise from 0 to 5"),
        (np.arange(5), [1, 5], ValueError, "rise from 0 to 5"),
        (np.arange(5), [0, 4, 2, 5], ValueError, "not always up"),
        (np.arange(5), [0.0, 5.0], TypeError, "whole numbers"),
        (np.arange(4).reshape(2, 2), [0, 4], TypeError, "one dimension, not ndarray of int64 in 2"),
        ("text.txt", [0, 4], TypeError, "not str"),
        ([[1, 2], [3, "x"]], None, TypeError, "sentence 1, token 1 .* str 'x'; make all"),
        ([[1, 2], [3, None]], None, TypeError, "sentence 1, token 1 .* None"),
        ([[1, 2], [3.5]], None, TypeError, "sentence 1, token 0 .* float 3.5"),
        ([[1, 2], np.array([3.5])], None, TypeError, "sentence 1, token 0 .* float64"),
        ([np.array([[1, 2]]), ["x"]], None, TypeError, "sentence 1, token 0 .* str 'x'"),
        ([[1], [2**63]], None, ValueError, "sentence 1, token 0 .* 9223372036854775808"),
        (np.full((2, 2), 2**63, np.uint64), None, ValueError, "9223372036854775808"),
        ([[1, 2], 3], None, TypeError, "sentence 1: expected a list of tokens, got int 3"),
        ([[1, 2], "a b"], None, TypeError, "sentence 1: expected a list of tokens, got str 'a b'"),
        ([["a"], [1]], None, TypeError, "sentence 1, token 0 .* int 1; tokens are all str"),
        ([[True, False]], None, TypeError, "expected str, got bool"),
    ],
)
def test_what_is_no_sentence_of_ids_is_refused(source, offsets, error, message):
    with pytest.raises(error, match=message):
        Corpus(source, offsets=offsets)


def test_an_array_is_left_as_it_is():
    array = np.array([[5, 3, 3], [9, 5, 200]], np.int32)
    before = array.copy()
    array.flags.writeable = False
    w2v.train(array, vector_size=4, min_count=1, epochs=1, verbose=False)
    assert (array == before).all()


def test_ids_are_trained_as_their_names_are():
    rng = np.random.default_rng(1)
    array = rng.integers(-20, 20, (300, 10))
    settings = {"vector_size": 8, "min_count": 1, "epochs": 2, "verbose": False}
    ids = w2v.train(array, **settings)
    names = w2v.train([list(map(str, row)) for row in array.tolist()], **settings)
    assert list(map(str, ids.vocabulary.words)) == names.vocabulary.words
    assert (ids.W_in == names.W_in).all()
    assert ids.corpus_stats == names.corpus_stats


def test_rare_ids_are_left_out_and_counted():
    array = np.array([[1, 2, 1, 2], [1, 2, 1, 99]])
    model = w2v.train(array, vector_size=4, min_count=2, verbose=False)
    assert model.vocabulary.words == [1, 2]
    assert model.corpus_stats["tokens_below_min_count"] == 1


def test_columns_and_groups():
    pandas, pyarrow = pytest.importorskip("pandas"), pytest.importorskip("pyarrow")
    lists = pyarrow.array(SENTENCES)
    for column in (
        lists,
        lists.cast(pyarrow.large_list(pyarrow.int64())),
        pyarrow.chunked_array([lists[:2], lists[2:]]),
        pandas.Series(SENTENCES),
    ):
        assert sentences_of(Corpus(column)) == [s for s in SENTENCES if s]
    fixed = pyarrow.array([[1, 2], [3, 4]], pyarrow.list_(pyarrow.int32(), 2))
    assert sentences_of(Corpus(fixed[1:])) == [[3, 4]]
    with pytest.warns(UserWarning, match="1 missing values"):
        assert sentences_of(Corpus(pyarrow.array([[1], None, [2]]))) == [[1], [2]]
    with pytest.raises(TypeError, match="sentence 1, token 1 .* None"):
        Corpus(pyarrow.array([[1], [2, None]]))
    table = pandas.DataFrame(
        {"who": ["b", "a", "b", None, "a"], "item": [5, 6, 7, 8, 5], "name": list("efghe")}
    )
    assert sentences_of(Corpus(table.groupby("who")["item"])) == [[6, 5], [5, 7]]
    assert sentences_of(Corpus(table.groupby("who", sort=False)["name"])) == [
        ["e", "g"],
        ["f", "e"],
    ]


def test_polars_lists():
    polars = pytest.importorskip("polars")
    assert sentences_of(Corpus(polars.Series(SENTENCES))) == [s for s in SENTENCES if s]
    fixed = polars.Series([[1, 2], [3, 4]], dtype=polars.Array(polars.Int32, 2))
    assert sentences_of(Corpus(fixed)) == [[1, 2], [3, 4]]


@pytest.mark.parametrize("scale", [1, -1, 3, 10**6, 10**12, -(2**40)])
def test_table_of_ids(scale):
    rng = np.random.default_rng(1)
    keys = rng.integers(0, 50_000, 100_000) * scale
    table = IdTable()
    numbers = np.empty(len(keys), np.int32)
    for part in range(0, len(keys), 30_000):  # as it grows, an id must keep its number
        table.add(keys[part : part + 30_000], numbers[part : part + 30_000])
    found = np.array(table.words(np.arange(len(table), dtype=np.int32)))
    assert (found[numbers] == keys).all()
    counts = np.empty(len(table), np.int64)
    table.counts(counts)
    assert (counts == np.bincount(numbers)).all()
    assert len(np.unique(found)) == len(found)
    firsts = np.unique(keys, return_index=True)[1]
    assert (found == keys[np.sort(firsts)]).all()  # in the order of first appearance
    asked = np.empty(2, np.int32)
    table.find([int(keys[0]), 7 * 10**15 + 1], asked)
    assert asked.tolist() == [0, -1]


@pytest.fixture(scope="module")
def model():
    rng = np.random.default_rng(3)
    home = rng.integers(0, 2, 600) * 10  # two groups: 0 to 9 and 10 to 19
    walks = home[:, None] + rng.integers(0, 10, (600, 8))
    return w2v.train(walks * 100 - 500, vector_size=16, min_count=1, epochs=20, verbose=False)


def test_words_are_looked_up_by_int(model):
    kv = model.wv
    assert kv.are_ids
    assert (kv[500] == kv.vectors[kv.key_to_index[500]]).all()
    assert 500 in kv and np.int64(500) in kv and "500" not in kv and True not in kv
    assert kv[[500, -500]].shape == kv[np.array([500, -500])].shape == (2, 16)
    near = [word for word, _ in kv.most_similar(500, topn=9)]
    assert set(near) == set(range(500, 1500, 100)) - {500}
    assert kv.most_similar([500, 600]) == kv.most_similar(np.array([500, 600]))
    assert kv.most_similar([(500, 1.0), (600, 1.0)]) == kv.most_similar([500, 600])
    assert kv.most_similar(kv[500], topn=1)[0][0] == 500
    assert kv.most_similar_batch(np.array([500, 600])) == [
        kv.most_similar(500),
        kv.most_similar(600),
    ]
    assert kv.most_similar_cosmul([500], [600])
    assert kv.similarity(500, 600) > kv.similarity(500, 400)
    assert kv.doesnt_match([500, 600, 400]) == 400
    assert kv.distances(500, [600, 400]).shape == (2,)
    assert kv.analogy(500, 600, 700)
    assert kv.subset([500, 400]).index_to_key == [500, 400]
    assert model.predict_context(500)[0][0] in range(500, 1500, 100)
    assert "500" in str(model.explain(500, 600))


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (3, "3 is not in the vocabulary"),
        ("500", "words of this vocabulary are ids .* looked up by int, not str: '500'"),
        (True, "not bool"),
    ],
)
def test_unknown_ids(model, key, message):
    with pytest.raises(UnknownWordError, match=message):
        _ = model.wv[key]


def test_new_ids_get_vectors(model):
    kv = model.wv.subset([500, 600])
    kv[[7, 600]] = np.ones((2, 16))
    assert kv.index_to_key == [500, 600, 7]
    with pytest.raises(UnknownWordError):
        kv["seven"] = np.ones(16)
    with pytest.raises(TypeError, match=r"all str or all int; words\[1\] is str 'b'"):
        w2v.KeyedVectors([1, "b"], np.ones((2, 2)))
    with pytest.raises(ValueError, match="2\\*\\*63"):
        w2v.KeyedVectors([1, 2**63], np.ones((2, 2)))


@pytest.mark.parametrize("name", ["m.safetensors", "m.npz", "m.txt", "m.bin", "m.tsv"])
def test_ids_in_files(model, tmp_path, name):
    model.wv.save(tmp_path / name)
    loaded = w2v.KeyedVectors.load(tmp_path / name)
    kept = name in ("m.safetensors", "m.npz")
    want = model.wv.index_to_key if kept else list(map(str, model.wv.index_to_key))
    assert loaded.index_to_key == want
    assert loaded.are_ids == kept


def test_a_model_keeps_its_ids(model, tmp_path):
    model.save(tmp_path / "m.safetensors")
    loaded = w2v.Word2Vec.load(tmp_path / "m.safetensors")
    assert loaded.vocabulary.words == model.vocabulary.words
    assert loaded.wv.most_similar(500) == model.wv.most_similar(500)
    assert loaded.score(np.array([[500, 600, 700]])).examples
    with pytest.raises(TypeError, match="words of the corpus are str, and those given int"):
        loaded.score([["500", "600"]])


def test_a_vocabulary_of_ids():
    array = np.array([[1, 2, 1, 3]])
    settings = {"vector_size": 4, "verbose": False}
    assert w2v.train(array, vocabulary=[3, 1], **settings).vocabulary.words == [1, 3]
    assert w2v.train(array, vocabulary={2: 5, 1: 9}, **settings).vocabulary.words == [1, 2]
    with pytest.raises(TypeError, match="words of the corpus are int, and those given str"):
        w2v.train(array, vocabulary=["1", "2"], **settings)


def test_the_command_line_reads_ids(run, model):
    model.save("ids.safetensors")
    near = [str(word) for word, _ in model.wv.most_similar(500, topn=3)]
    assert [row[1] for row in rows(run("nn ids.safetensors 500 -n 3")[1])] == near
    assert run("nn ids.safetensors -n 1", stdin="500\n-500\n")[1].count("\n") == 2
    assert run("sim ids.safetensors -500 400")[0] == 0
    assert run("predict ids.safetensors 500")[0] == 0
    assert run("explain ids.safetensors 500 600")[0] == 0
    assert run("tree ids.safetensors 500")[0] == 0
    status, _, err = run("nn ids.safetensors five")
    assert status == 1 and "looked up by int, not str: 'five'" in err
    assert re.search(r"^are_ids\tTrue$", run("info ids.safetensors")[1], re.M)
    assert run("convert ids.safetensors ids.txt")[0] == 0
    assert re.search(r"^are_ids\tFalse$", run("info ids.txt")[1], re.M)
    assert run("explore ids.safetensors -o page.html")[0] == 0


def test_pictures_of_ids(model, tmp_path):
    pytest.importorskip("matplotlib")
    from w2v.see import words

    assert len(words.word_map(tmp_path / "map.png", model.wv, most=10)) == 10
    assert words.heatmap(tmp_path / "heat.png", model.wv, [500, 600, -500])
    assert words.arrows(tmp_path / "arrows.png", model.wv, [(500, 600), (-500, -400)])


def test_a_window_of_the_whole_sentence():
    sentences = [[1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 9]]
    vocabulary = Vocabulary.build(sentences, min_count=1)
    pairs = vocabulary.pairs(sentences, "sentence")
    assert len(pairs) == 9 * 8 + 2
    settings = {"vector_size": 4, "min_count": 1, "epochs": 1, "sample": 0, "verbose": False}
    for architecture in ("skipgram", "cbow"):
        for loss in ("ns", "hs", "softmax"):
            kind = settings | {"architecture": architecture, "loss": loss}
            model = w2v.train(sentences, window="sentence", **kind)
            wide = w2v.train(sentences, window=8, shrink_windows=False, **kind)
            assert (model.W_in == wide.W_in).all()
    assert model.window == "sentence"
    assert model.score(sentences).examples
    ppmi = w2v.PPMI(vector_size=2, window="sentence", min_count=1, sample=0)
    assert ppmi.fit(sentences, verbose=False).history[0]["pairs"] == len(pairs)
    with pytest.raises(ValueError, match="window must be a number or 'sentence', not 'line'"):
        w2v.Word2Vec(window="line")
    with pytest.warns(UserWarning, match="each word with 1,999 others"):
        w2v.PPMI(vector_size=2, window="sentence", min_count=1).fit(
            [list(range(2000))], verbose=False
        )


def test_a_window_of_the_whole_sentence_is_saved(run):
    line = "train world.txt --window sentence --vector-size 4 --epochs 1 -o s.safetensors"
    assert run(line)[0] == 0
    assert w2v.Word2Vec.load("s.safetensors").window == "sentence"
    status, _, err = run("train world.txt --window line -o s.safetensors")
    assert status == 2 and "'line' is no whole number" in err


def test_a_sentence_of_weight_three_is_there_three_times():
    sentences, weights = [["a", "b"], ["c"], ["d", "e", "a"]], [3, 0, 2.0]
    want = Corpus([["a", "b"]] * 3 + [["d", "e", "a"]] * 2)
    corpus = Corpus(sentences, weights=weights)
    assert sentences_of(corpus) == sentences_of(want)
    found = dict(zip(corpus.words(range(4)), corpus.word_counts.tolist(), strict=True))
    assert found == {"a": 5, "b": 3, "d": 2, "e": 2}
    assert corpus.stats.tokens == 12
    assert "c" not in Vocabulary.build(corpus, min_count=0)
    with pytest.warns(UserWarning, match="1 of the 2 given words"):
        assert Vocabulary.build(corpus, words=["a", "c"]).words == ["a"]
    small = Corpus(sentences, weights=weights, memory_budget=0)
    assert sentences_of(small) == sentences_of(want)


def test_fractions_of_weights_are_drawn():
    corpus = Corpus(np.zeros((20_000, 2), int), weights=np.full(20_000, 1.3))
    assert abs(corpus.stats.sentences / 20_000 - 1.3) < 0.02
    again = Corpus(np.zeros((20_000, 2), int), weights=np.full(20_000, 1.3))
    assert corpus.stats == again.stats


@pytest.mark.parametrize(
    ("sentences", "weights", "message"),
    [
        ([["a"], ["b"]], [1], "1 weights for 2 sentences"),
        ([["a"], []], [1, 1], "1 of the 2 sentences are empty"),
        ([["a"], ["b"]], [1, -2], "weight 1 .* is -2"),
        ([["a"], ["b"]], [1, np.nan], "weight 1 .* is nan"),
        ([["a"], ["b"]], [0, 0], "leave no sentence"),
        ([["a"], ["b"]], [1e30, 1], "divide them"),
    ],
)
def test_wrong_weights(sentences, weights, message):
    with pytest.raises(ValueError, match=message):
        Corpus(sentences, weights=weights)


def test_weights_in_training():
    rng = np.random.default_rng(2)
    array = rng.integers(0, 30, (200, 6))
    weights = rng.integers(0, 4, 200)
    settings = {"vector_size": 8, "min_count": 1, "epochs": 2, "verbose": False}
    weighted = w2v.train(array, weights=weights, **settings, validation=array)
    repeated = w2v.train(np.repeat(array, weights, axis=0), **settings)
    order = [repeated.wv.key_to_index[word] for word in weighted.wv.index_to_key]
    assert weighted.wv.counts.tolist() == repeated.wv.counts[order].tolist()
    assert "val_loss" in weighted.history[0]


def test_questions_about_ids(model, tmp_path):
    (tmp_path / "questions.txt").write_text(": all\n500 600 700 800\n500 600 700 9\n")
    found = w2v.evaluate.analogies(model.wv, tmp_path / "questions.txt").total
    assert (found.total, found.skipped) == (1, 1)
    (tmp_path / "pairs.txt").write_text("500 600 9\n500 400 1\n500 -500 2\n")
    assert w2v.evaluate.word_pairs(model.wv, tmp_path / "pairs.txt").skipped == 0


@pytest.mark.filterwarnings("ignore:sample=1e-12 leaves about")
def test_a_giant_sentence_that_is_thinned_out_takes_no_time():
    """Else each block would go through all of it for words that are near none of its own."""
    sentence = np.arange(10_000_000, dtype=np.int32)[None] & 1
    model = w2v.train(sentence, min_count=1, sample=1e-12, epochs=1, verbose=False)
    assert model.history[0]["examples"] < 100
