"""Texts to labels: the embedded opinions, files of labelled texts and tables, the classifier."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import w2v
from w2v import KeyedVectors, Network, TextClassifier
from w2v.demos import opinions
from w2v.files import tables

ROOT = Path(__file__).parents[1]
DATA = opinions.labelled()
LABELS, TEXTS = [label for label, _ in DATA], [text for _, text in DATA]


@pytest.fixture(scope="module")
def vectors():
    told = [words for _, words in opinions.sentences(10_000, seed=2)]
    return w2v.train(told, vector_size=20, epochs=10, min_count=1, workers=1, verbose=False).wv


# ---- opinions ----


def test_the_committed_file_is_what_the_module_writes(tmp_path):
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "5"}
    command = [sys.executable, "-m", "w2v.opinions", str(tmp_path)]
    subprocess.run(command, check=True, env=environment)
    written = (tmp_path / "opinions.tsv").read_bytes()
    assert written == (ROOT / "corpora" / "opinions.tsv").read_bytes()
    done = subprocess.run(command[:-1], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (2, "usage: python -m w2v.opinions FOLDER\n")


def test_opinions_are_different_and_as_many_of_each_label(monkeypatch):
    assert len(set(TEXTS)) == len(TEXTS) == 900
    assert Counter(LABELS) == {"+": 300, "-": 300, "0": 300}
    assert all(text.isascii() and text == text.lower() for text in TEXTS)
    assert opinions.labelled(30) == DATA[:30]
    assert opinions.labelled(30, seed=2) != DATA[:30]
    monkeypatch.setattr(opinions, "ENOUGH", 5)
    with pytest.raises(ValueError, match="not 3,000 different opinions; ask for fewer"):
        opinions.labelled(3000)


def test_no_word_but_not_gives_the_label_away():
    """Good words also complain, bad ones also praise: what counts is what stands with them."""
    for word in ("good", "bad", "not", "the"):
        labels = {label for label, text in DATA if word in text.split()}
        assert labels >= {"+", "-"}, word


# ---- files ----


def test_labelled_texts_of_both_kinds_are_read(tmp_path):
    (tmp_path / "a").write_bytes("\ufeff+\tnot bad\r\n\n-\tgar nicht schön\n".encode())
    assert tables.read_labelled(tmp_path / "a") == (["+", "-"], ["not bad", "gar nicht schön"])
    (tmp_path / "b").write_text("__label__pos very good\n__label__neg bad\n")
    assert tables.read_labelled(tmp_path / "b") == (["pos", "neg"], ["very good", "bad"])
    (tmp_path / "c").write_text("very good\nbad\n")
    assert tables.read_labelled(tmp_path / "c", labels=None) == (None, ["very good", "bad"])
    assert tables.read_labelled(tmp_path / "a", labels=None)[0] == ["+", "-"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"+\tgood\nbad\n", "line 2 is no label and text"),
        (b"+\tgood\n-\t\n", "line 2 is no label and text"),
        (b"+\tgood\n\tbad\n", "line 2 is no label and text"),
        (b"__label__a good\nb\tbad\n", "line 2 does not begin with __label__"),
        (b"+\tgood\n-\tb\xff\n", "line 2 is not UTF-8"),
    ],
)
def test_what_is_no_labelled_text_is_named(tmp_path, content, message):
    (tmp_path / "t").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        tables.read_labelled(tmp_path / "t")


@pytest.mark.parametrize(
    ("name", "content", "options", "X", "y"),
    [
        ("t.csv", "a,b,c\n1,2,x\n\n3,4,y\n", {}, [[1, 2], [3, 4]], ["x", "y"]),
        ("t.csv", "1,2,0\n3,4,1\n", {}, [[1, 2], [3, 4]], [0, 1]),
        ("t.csv", "1;2;0.5\n3;4;1\n", {}, [[1, 2], [3, 4]], [0.5, 1]),
        ("t.tsv", "a\tb\n1,5\tx\n".replace(",", "."), {}, [[1.5]], ["x"]),
        ("t.csv", '"a","b"\n"1","x, y"\n', {}, [[1]], ["x, y"]),
        ("t.csv", "a,b,c\n1,2,3\n", {"target": "b"}, [[1, 3]], [2]),
        ("t.csv", "1,2,3\n", {"target": 0}, [[2, 3]], [1]),
        ("t.csv", "a,b,c\n1,x,3\n", {"ignore": ["b"]}, [[1]], [3]),
        ("t.csv", "a,b,c\n1,2,3\n", {"columns": ["b", "a"], "target": None}, [[2, 1]], None),
        ("t.csv", "1,2\n", {"columns": 2}, [[1, 2]], None),
        ("t.csv", "1,2,3\n", {"columns": 2}, [[1, 2]], [3]),
        ("t.csv", "1,2\n3,4\n", {"header": True}, [[3]], [4]),
    ],
)
def test_tables_are_read(tmp_path, name, content, options, X, y):
    (tmp_path / name).write_text(content)
    table = tables.read_table(tmp_path / name, **options)
    assert table.X.tolist() == X
    assert (None if table.y is None else table.y.tolist()) == y


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("", {}, "t.csv is empty"),
        ("a,b\n", {}, "has no line of numbers"),
        ("a,b,c\n1,,x\n", {}, "line 2, column 'b' is empty"),
        ("a,b,c\n1,2,x\n1,red,x\n", {}, "line 3, column 'b': 'red' is no number"),
        ("a,b,c\n1,nan,x\n", {}, "line 2, column 'b' is nan"),
        ("1,2,x\n1,-inf,x\n", {}, "line 2, column 1 is -inf"),
        ("a,b,c\n1,2,x\n1,2\n", {}, "line 3: 2 fields, the first has 3"),
        ("a,b,c\n1,2,x,3\n", {}, "line 2: 4 fields, the first has 3"),
        ("a,b,c\n1,2,\n", {}, "line 2: the target is empty"),
        ("a,b,c\n1,2,inf\n", {}, "a target is inf"),
        ("a,a,c\n1,2,3\n", {}, "two columns are named 'a'"),
        ("a,b,c\n1,2,3\n", {"target": "d"}, "no column 'd'; it has 'a', 'b', 'c'"),
        ("1,2,3\n", {"target": "d"}, "no column 'd'; it has no header"),
        ("1,2,3\n", {"target": 3}, "3 columns, there is no column 3"),
        ("a,b\n1,2\n", {"columns": ["z"]}, "has no column 'z'"),
        ("1,2\n", {"columns": ["z"]}, "has no header; it must name 'z'"),
        ("1,2,3,4\n", {"columns": 2}, "has 3 features in a line, the network takes 2"),
        ("a\n1\n", {}, "no column beside the target"),
        ("PK\0\0", {}, "is no text"),
    ],
)
def test_what_is_no_table_is_named(tmp_path, content, options, message):
    (tmp_path / "t.csv").write_text(content)
    with pytest.raises(ValueError, match=message):
        tables.read_table(tmp_path / "t.csv", **options)


def test_npz_files_hold_x_and_y(tmp_path):
    path = tmp_path / "t.npz"
    np.savez(path, X=np.arange(12).reshape(3, 2, 2), y=["a", "b", "a"])
    table = tables.read_table(path)
    assert table.X.shape == (3, 4) and table.y.tolist() == ["a", "b", "a"]
    for arrays, message in (
        ({"Z": [1]}, "no array 'X'; it has 'Z'"),
        ({"X": [["a"]]}, "X must hold numbers"),
        ({"X": [[1.0], [np.nan]]}, "row 1 of X is not finite"),
        ({"X": [[1.0]], "y": [1, 2]}, r"y has shape \(2,\), X has 1 rows"),
        ({"X": 1.0}, "a row for each pattern"),
    ):
        np.savez(path, **arrays)
        with pytest.raises(ValueError, match=message):
            tables.read_table(path)
    path.write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(ValueError, match=r"cannot be read as \.npz"):
        tables.read_table(path)


# ---- the classifier ----


def test_not_turns_words_around_which_takes_hidden_units():
    flat, deep = (
        TextClassifier(hidden_layer_sizes=h, random_state=1).fit(TEXTS[:600], LABELS[:600])
        for h in ((), (32,))
    )
    others = TEXTS[600:], LABELS[600:]
    assert flat.score(*others) < 0.85 < 0.9 < deep.score(*others)
    asked = ["Not bad!", "not good at all", "the train leaves at noon"]
    assert deep.predict(asked).tolist() == ["+", "-", "0"]
    assert deep.predict_proba(asked).shape == (3, 3)


def test_trained_vectors_help_where_few_texts_have_a_label(vectors):
    settings = {"random_state": 1, "max_iter": 1000}
    plain = TextClassifier(**settings).fit(TEXTS[:60], LABELS[:60])
    helped = TextClassifier(vectors, train_vectors=False, **settings).fit(TEXTS[:60], LABELS[:60])
    others = TEXTS[600:], LABELS[600:]
    assert helped.score(*others) > plain.score(*others) + 0.03


@pytest.mark.parametrize("train_vectors", [True, False])
def test_words_start_from_the_vectors_and_keep_them_where_nothing_is_learnt(vectors, train_vectors):
    texts, labels = ["a good film", "a bad film"] * 5, ["+", "-"] * 5
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = TextClassifier(vectors, train_vectors=train_vectors, max_iter=3, batch_size=10)
        model.fit(texts, labels)
    assert set(model.words_) == set(vectors.index_to_key)
    embedding = model.network_.weights[0].T
    start = np.array([vectors.get_vector(word, norm=True) for word in model.words_])
    learnt = [word in "a good bad film".split() for word in model.words_]
    moved = np.abs(embedding - start).max(axis=1)
    assert moved[~np.array(learnt)].max() < 1e-6
    if train_vectors:  # three steps of Adam at rate 0.01; "a" and "film" belong to both classes
        assert 1e-3 < moved[learnt].max() < 0.1
    else:
        assert moved.max() < 1e-6


def test_a_text_is_the_mean_of_its_words(vectors):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = TextClassifier(vectors, max_iter=3).fit(TEXTS[:30], LABELS[:30])
    places = {word: i for i, word in enumerate(model.words_)}
    words = ["the", "film", "film", "unheardof"]
    bag = np.zeros((1, len(places)), np.float32)
    for word in words[:3]:
        bag[0, places[word]] += 1 / 3
    expected = model.network_.forward(bag)
    np.testing.assert_allclose(model.predict_proba([" ".join(words)]), expected, rtol=1e-6)
    assert model.known(["unheardof", "a film"]).tolist() == [False, True]


def test_a_file_keeps_words_and_classes(tmp_path, vectors):
    for y in (LABELS[:60], [label == "+" for label in LABELS[:60]]):
        model = TextClassifier(vectors, random_state=1).fit(TEXTS[:60], y)
        model.save(tmp_path / "t.safetensors")
        again = TextClassifier.load(tmp_path / "t.safetensors")
        np.testing.assert_array_equal(again.predict_proba(TEXTS), model.predict_proba(TEXTS))
        assert again.predict(TEXTS).tolist() == model.predict(TEXTS).tolist()
        assert again.words_ == model.words_ and again.loss_curve_ == model.loss_curve_
        assert Network.load(tmp_path / "t.safetensors").n_inputs == len(model.words_)


def test_rare_words_are_left_out_and_bad_texts_named():
    model = TextClassifier(min_count=3, random_state=1).fit(TEXTS[:60], LABELS[:60])
    counts = Counter(word for text in TEXTS[:60] for word in text.split())
    assert set(model.words_) == {word for word, n in counts.items() if n >= 3}
    for texts, y, kind, message in (
        ("a text", ["+"], TypeError, "put it into a list"),
        (["good", 3], ["+", "-"], TypeError, r"texts\[1\] is no text but int"),
        (["good", "bad"], ["+"], ValueError, "2 patterns, y has 1"),
        (["?!", "..."], ["+", "-"], ValueError, "no word occurs 1 times"),
    ):
        with pytest.raises(kind, match=message):
            TextClassifier().fit(texts, y)
    with pytest.raises(ValueError, match="needs vectors"):
        TextClassifier(train_vectors=False).fit(["good", "bad"], [0, 1])
    with pytest.raises(ValueError, match="not fitted"):
        TextClassifier().predict(["good"])


def test_large_vocabularies_are_taken_in_blocks(monkeypatch):
    model = TextClassifier(random_state=1).fit(TEXTS[:60], LABELS[:60])
    whole = model.predict_proba(TEXTS[:50])
    monkeypatch.setattr(w2v.texts, "CELLS", 3 * len(model.words_))
    np.testing.assert_allclose(model.predict_proba(TEXTS[:50]), whole, rtol=1e-5)


def test_vectors_may_come_from_a_file(tmp_path, vectors):
    vectors.save(tmp_path / "v.bin")
    again = KeyedVectors.load(tmp_path / "v.bin")
    model = TextClassifier(again, random_state=1).fit(TEXTS[:60], LABELS[:60])
    assert model.score(TEXTS[:60], LABELS[:60]) > 0.9
