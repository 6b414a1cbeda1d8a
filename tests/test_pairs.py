"""Pairs of words as examples: what is learnt of them, weights, vocabularies, sources, errors."""

import json
from pathlib import Path

import numpy as np
import pytest

import w2v
from w2v.files import formats
from w2v.text.pairs import encode_pairs
from w2v.training.word2vec import Word2Vec

SETTINGS = {"vector_size": 8, "min_count": 1, "verbose": False}


def planted(n, seed=1):
    """Inputs 0 to 39 and outputs 0 to 29 in two groups, by the tens of both."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 2, n)
    return group * 20 + rng.integers(0, 20, n), group * 15 + rng.integers(0, 15, n)


@pytest.mark.parametrize("loss", ["softmax", "hs"])
@pytest.mark.parametrize("separate", [True, False])
def test_the_chances_of_outputs_are_learnt_by_weight(loss, separate):
    inputs, outputs = ["a", "a", "b", "b"], ["x", "y", "y", "z"]
    weights = [3, 1, 1, 4]
    model = w2v.train_pairs(
        inputs * 500,
        outputs * 500,
        weights * 500,
        separate=separate,
        loss=loss,
        alpha=0.1,
        epochs=60,
        **SETTINGS,
    )
    assert set(model.vocabulary.words) == (set("ab") if separate else set("abxyz"))
    assert set(model.output_vocabulary.words) == (set("xyz") if separate else set("abxyz"))
    for word, want in (("a", {"x": 0.75, "y": 0.25}), ("b", {"y": 0.2, "z": 0.8})):
        found = dict(model.predict_context(word))
        for output in "xyz":
            assert found[output] == pytest.approx(want.get(output, 0), abs=0.04)
    assert model.history[-1]["examples"] == 2000


@pytest.mark.parametrize("loss", ["hs", "softmax"])
def test_a_pair_is_one_step_of_the_lecture(loss):
    """Two outputs: sigmoid of one node, or softmax of two. W_out begins at 0, so p is 1/2."""
    alpha = 0.25
    settings = SETTINGS | {"loss": loss, "alpha": alpha, "min_alpha": alpha, "epochs": 1}
    model = w2v.train_pairs(["a"], ["x"], **settings)  # one vocabulary: a and x
    row, other = (model.vocabulary.key_to_index[word] for word in "ax")
    h = model.W_in[row].astype(np.float64)
    assert np.abs(h).max() <= 1 / 8  # W_out was 0, so no gradient has reached the input
    if loss == "softmax":
        assert model.W_out[other] == pytest.approx(alpha * (1 - 0.5) * h, rel=1e-5)
        assert model.W_out[row] == pytest.approx(-alpha * 0.5 * h, rel=1e-5)
    else:
        assert np.abs(model.W_out[0]) == pytest.approx(alpha * 0.5 * np.abs(h), rel=1e-5)
    assert model.history[0]["loss"] == pytest.approx(np.log(2), rel=1e-5)


@pytest.mark.parametrize("loss", ["ns", "hs"])
@pytest.mark.parametrize("separate", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
def test_the_same_bytes_for_any_number_of_workers(loss, separate, weighted):
    inputs, outputs = planted(130_000)
    weights = np.arange(len(inputs)) % 5 if weighted else None
    found = []
    for workers in (1, 2, 4):
        model = w2v.train_pairs(
            inputs, outputs + 100, weights, separate=separate, loss=loss, epochs=1,
            workers=workers, **SETTINGS,
        )  # fmt: skip
        found.append((model.W_in, model.W_out))
    assert all((a == b).all() for pair in found[1:] for a, b in zip(pair, found[0], strict=True))
    groups = {word // 20 for word, _ in model.wv.most_similar(3, topn=30)[:15] if word < 100}
    assert groups == {0}


def test_without_rounds():
    inputs, outputs = planted(60_000)
    model = w2v.train_pairs(
        inputs, outputs, separate=True, deterministic=False, workers=2, epochs=3, **SETTINGS
    )
    assert {word // 20 for word, _ in model.wv.most_similar(25, topn=15)} == {1}
    assert {word // 15 for word, _ in model.predict_context(25, topn=10)} == {1}
    assert np.isfinite(model.W_in).all() and model.history[-1]["examples"] == 60_000


def test_an_epoch_takes_each_pair_once_or_draws_by_weight():
    inputs, outputs = np.arange(1000), np.arange(1000)[::-1].copy()
    pairs = encode_pairs(inputs, outputs, separate=True, min_count=1, max_final_vocab=None, seed=3)
    words = [(pairs.inputs.words[i], pairs.outputs.words[o]) for i, o in pairs.ids.reshape(-1, 2)]
    assert sorted(words) == [(i, 999 - i) for i in range(1000)]
    assert words != sorted(words)
    assert pairs.table is None
    weighted = encode_pairs(
        inputs, outputs, [0.5] * 500 + [0] * 500, separate=True, min_count=0,
        max_final_vocab=None, seed=3,
    )  # fmt: skip
    assert len(weighted.ids) == 1000 and weighted.table.shape == (500, 2)


def test_counts_are_of_weights():
    model = w2v.train_pairs(
        ["a", "a", "b", "a"],
        ["x", "y", "y", "z"],
        [2, 3, 4, 6],
        separate=True,
        **SETTINGS | {"min_count": 5},
    )
    assert model.vocabulary.words == ["a"] and model.vocabulary.counts.tolist() == [11]
    assert model.output_vocabulary.words == ["y", "z"]
    assert model.output_vocabulary.counts.tolist() == [7, 6]
    assert model.corpus_stats["tokens_below_min_count"] == 4
    with pytest.raises(ValueError, match="no word occurs min_count=50 times"):
        w2v.train_pairs(["a"], ["x"], [9], **SETTINGS | {"min_count": 50})


def test_sources_of_pairs(tmp_path):
    pandas, pyarrow = pytest.importorskip("pandas"), pytest.importorskip("pyarrow")
    (tmp_path / "p.tsv").write_text("a\tx\nb\ty\na\tx\n")
    (tmp_path / "w.tsv").write_text("a\tx\t2\nb\ty\t1\n")
    given = [["a", "b", "a"], ["x", "y", "x"]]
    sources = [
        given,
        [np.array(column) for column in given],
        [pandas.Series(column) for column in given],
        [pyarrow.array(column) for column in given],
        [tmp_path / "p.tsv"],
        [str(tmp_path / "w.tsv")],
    ]
    for source in sources:
        for separate in (True, False):
            model = w2v.train_pairs(*source, separate=separate, **SETTINGS)
            want = {"a": 2, "b": 1} | ({} if separate else {"x": 2, "y": 1})
            words = model.vocabulary
            assert dict(zip(words.words, words.counts.tolist(), strict=True)) == want
    model = w2v.train_pairs(np.array([5, 7]), ["x", "y"], separate=True, **SETTINGS)
    assert sorted(model.wv) == [5, 7] and sorted(model.output_vocabulary.words) == ["x", "y"]


@pytest.mark.parametrize(
    ("source", "settings", "message"),
    [
        ([["a"], ["x", "y"]], {}, "1 inputs and 2 outputs"),
        ([["a"], ["x"], [1, 2]], {}, "2 weights for 1 pairs"),
        ([["a"], ["x"], [-1]], {}, "not negative"),
        ([["a"], ["x"], [0]], {}, "all weights are 0"),
        ([["a", "b"], ["x", "x"]], {"separate": True}, "outputs are all 'x'"),
        ([["a"], ["x"], ["1"]], {}, "weights must be numbers"),
        ([["a"], [1]], {}, "separate=True"),
        ([["a", None], ["x", "y"]], {}, "inputs: row 1, token 0 .* got None"),
        (["ab", "cd"], {}, "inputs must be a column of words, not 'ab'"),
        ([["a"]], {}, "two columns"),
        ([[], []], {}, "there are no pairs"),
        ([np.ones((2, 2), int), [1, 2]], {}, "one dimension"),
        ([["a"], ["x"]], {"architecture": "cbow"}, "skip-gram"),
        ([["a"], ["x"]], {"sample": 0.1}, "sample is for texts"),
        ([["a"], ["x"]], {"window": 3}, "window is for texts"),
        ([["a"], ["x"]], {"separate": 1}, "separate must be True or False"),
    ],
)
def test_what_are_no_pairs(source, settings, message):
    with pytest.raises((TypeError, ValueError), match=message):
        w2v.train_pairs(*source, **SETTINGS | settings)


@pytest.mark.parametrize("text", ["a\n", "a b c d\n", "a b\na b 2\n", "a b x\n"])
def test_a_file_that_holds_no_pairs(tmp_path, text):
    (tmp_path / "p.tsv").write_text(text)
    with pytest.raises(ValueError, match=r"p\.tsv: (expected an input|the weight 'x')"):
        w2v.train_pairs(tmp_path / "p.tsv", **SETTINGS)


@pytest.mark.parametrize("loss", ["ns", "hs"])
def test_a_model_with_two_vocabularies(tmp_path, loss):
    inputs, outputs = planted(4000)
    names = [f"o{output}" for output in outputs]
    model = w2v.train_pairs(inputs, names, separate=True, loss=loss, epochs=3, **SETTINGS)
    model.save(tmp_path / "m.safetensors")
    loaded = Word2Vec.load(tmp_path / "m.safetensors")
    assert loaded.vocabulary.words == model.vocabulary.words
    assert loaded.output_vocabulary.words == model.output_vocabulary.words
    assert loaded.predict_context(3) == model.predict_context(3)
    assert formats.read_model(tmp_path / "m.safetensors").outputs[0] == names_of(model)
    assert w2v.KeyedVectors.load(tmp_path / "m.safetensors").index_to_key == model.wv.index_to_key
    assert model.refined("input").vector_size == 8
    for ask in (
        lambda: model.refined(),
        lambda: model.score([[1, 2]]),
        lambda: model.explain(1, 2),
        model.check_gradients,
    ):
        with pytest.raises(ValueError, match="needs one vocabulary"):
            ask()
    with pytest.warns(UserWarning, match="starts from new weights"):
        model.fit([["a", "b"]] * 9, verbose=False)
    assert model.output_vocabulary is model.vocabulary


def names_of(model):
    return model.output_vocabulary.words


def test_one_vocabulary_answers_as_ever():
    model = w2v.train_pairs(["a", "b", "c"] * 20, ["b", "c", "a"] * 20, **SETTINGS)
    assert model.output_vocabulary is model.vocabulary
    assert model.check_gradients() < 1e-5
    assert "a" in str(model.explain("a", "b"))
    assert model.refined().vector_size == 8


def test_the_command_trains_as_the_function(run, fails):
    lines = [f"c{i % 7}\titem{i % 3}\t{1 + i % 2}" for i in range(200)]
    Path("p.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    given = {"vector_size": 4, "epochs": 2, "min_count": 1}
    flags = "--vector-size 4 --epochs 2 --min-count 1"
    status, out, err = run(f"pairs p.tsv -o m.safetensors --separate {flags} --json")
    assert status == 0 and json.loads(out)["words"] == 7, err
    model = w2v.Word2Vec.load("m.safetensors")
    expected = w2v.train_pairs("p.tsv", separate=True, **given, verbose=False)
    np.testing.assert_array_equal(model.W_in, expected.W_in)
    np.testing.assert_array_equal(model.W_out, expected.W_out)
    assert "give --output" in fails("pairs p.tsv", 2)
    assert "unrecognized arguments: --window 3" in fails("pairs p.tsv -o m.bin --window 3", 2)
    assert "no.tsv" in fails("pairs no.tsv -o m.bin", 1)
