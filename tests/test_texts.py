"""Texts to labels: the embedded opinions, and the classifier."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tracemalloc
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import w2v
from w2v import KeyedVectors, Network, TextClassifier
from w2v.demos import opinions
from w2v.networks import passes

ROOT = Path(__file__).parents[1]
DATA = opinions.labelled()
LABELS, TEXTS = [label for label, _ in DATA], [text for _, text in DATA]


@pytest.fixture(scope="module")
def vectors():
    told = [words for _, words in opinions.sentences(20_000, seed=2)]
    return w2v.train(told, vector_size=30, epochs=10, min_count=1, workers=1, verbose=False).wv


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


def test_praise_and_complaint_differ_in_words_of_opinion_only():
    words = {name: set() for name in (*opinions.OPPOSITE, "shared")}
    for line in opinions.WORDS.split("\n"):
        name, *entries = line.split() or [""]
        for entry in entries:
            words[name if name in words else "shared"] |= set(entry.split("_"))
    told = [set(sentence) for _, sentence in opinions.sentences(900)]
    opinion = set().union(*(words[name] for name in opinions.OPPOSITE), {"a", "an"})
    for praise, complaint in zip(told[::3], told[1::3], strict=True):
        assert praise ^ complaint <= opinion


def test_every_list_is_drawn_from_and_has_an_opposite_if_it_is_one_of_opinion():
    drawn = set(re.findall(r"{(\w+)}", opinions.PRAISE + opinions.NEITHER))
    lists = {line.split()[0] for line in opinions.WORDS.strip().split("\n")}
    assert lists | {"thing", "part", "other", "fact"} == drawn | set(opinions.OPPOSITE)
    assert set(opinions.OPPOSITE.values()) == set(opinions.OPPOSITE)


# the lecture's sentences and plain ones; no template tells any of the longer ones
EVERYDAY = """
+ I like the story line of the movie
- However the acting is weak
0 The protagonist is a sports coach
+ The movie was excellent
0 the shop opens at nine
+ the film was good
- the film was bad
+ the music was great
- the soup was awful
+ good
- bad
- not good
+ not bad
- the room is dirty
+ the staff is friendly
"""


@pytest.mark.slow
def test_everyday_sentences_are_understood_whatever_the_first_weights():
    rows = [line.split(" ", 1) for line in EVERYDAY.strip().split("\n")]
    labels, asked = (np.array(column) for column in zip(*rows, strict=True))
    models = [TextClassifier(random_state=seed).fit(TEXTS, LABELS) for seed in range(10)]
    right = np.array([model.predict(asked) == labels for model in models])
    assert right.mean() > 0.95
    negated = np.isin(asked, ["not good", "not bad"])
    assert negated.sum() == 2 and right[:, negated].all()


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
    few = TEXTS[:120], LABELS[:120]
    plain = TextClassifier(**settings).fit(*few)
    helped = TextClassifier(vectors, train_vectors=False, **settings).fit(*few)
    others = TEXTS[600:], LABELS[600:]
    assert helped.score(*others) > plain.score(*others) + 0.05


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
        model = TextClassifier(vectors, max_iter=3, random_state=1).fit(TEXTS[:30], LABELS[:30])
    places = {word: i for i, word in enumerate(model.words_)}
    words = ["the", "film", "film", "unheardof"]
    bag = np.zeros((1, len(places)), np.float32)
    for word in words[:3]:
        bag[0, places[word]] += 1 / 3
    expected = model.network_.forward(bag)
    np.testing.assert_allclose(model.predict_proba([" ".join(words)]), expected, rtol=1e-6)
    # BLAS may add up the rows of a block in another order
    found = model.predict_proba(["a\nfilm", "A  film."])
    np.testing.assert_allclose(found[0], found[1], rtol=1e-6)


def test_unknown_words_are_told_and_none_but_them_is_no_answer():
    texts = [*TEXTS[:30], "praise", "praise"]
    model = TextClassifier(random_state=1).fit(texts, [*LABELS[:30], "+", "+"])
    asked = ["unheardof", "", "?!", "praise", "Praise, unheardof!", "praise unheardof unseen"]
    shares = [0, 0, 0, 1, 1 / 2, 1 / 3]
    np.testing.assert_allclose(model.known(asked), shares)
    with pytest.warns(UserWarning) as said:
        found = model.predict_proba(asked)
    assert [str(w.message).split(";")[0] for w in said] == [
        "texts without a word that the model knows: 3 of 6",
        "texts most of whose words the model does not know: 1 of 6",
    ]
    prior = np.array([12, 10, 10]) / 32
    np.testing.assert_allclose(model.class_prior_, prior)
    np.testing.assert_allclose(found[:3], [prior] * 3, rtol=1e-6)
    assert found[3].max() > 0.9
    weighted = TextClassifier(random_state=1, class_weight={"a": 3, "b": 1})
    weighted.fit(["good", "bad", "dull"], ["a", "b", "b"], [1, 1, 2])
    np.testing.assert_allclose(weighted.class_prior_, [1 / 2, 1 / 2])


@pytest.mark.parametrize("call", ["fit", "predict", "predict_proba", "score", "known"])
def test_texts_are_a_list_or_a_column(call):
    pandas, arrow = pytest.importorskip("pandas"), pytest.importorskip("pyarrow")
    texts, y = ["a good film", "a bad film"] * 3, np.array(["+", "-"] * 3)
    model = TextClassifier(random_state=1).fit(texts, y)

    def answer(given):
        if call == "fit":
            again = TextClassifier(random_state=1).fit(given, y)
            return again.words_, again.predict(texts).tolist()
        found = model.score(given, y) if call == "score" else getattr(model, call)(given)
        return np.asarray(found).tolist()

    for given in (
        tuple(texts),
        iter(texts),
        np.array(texts),
        np.array(texts, dtype=object),
        pandas.Series(texts, index=range(3, 9)),
        pandas.Series(texts, dtype="category"),
        arrow.chunked_array([texts]),
    ):
        assert answer(given) == answer(texts)
    gaps = [*texts[:5], None]
    for given, kind, message in (
        ("a text", TypeError, "put it into a list"),
        (pandas.DataFrame({"text": texts}), TypeError, "pass one column of the DataFrame"),
        (arrow.table({"text": texts}), TypeError, "pass one column of the Table"),
        (np.array(texts)[:, None], TypeError, "pass one column of the ndarray"),
        (np.array("a text"), TypeError, "must be a list of texts, not ndarray"),
        ({"text": texts}, TypeError, "must be a list of texts, not dict"),
        (set(texts), TypeError, "must be a list of texts, not set"),
        (None, TypeError, "must be a list of texts, not NoneType"),
        (["good", *texts[:4], 3], TypeError, r"texts\[5\] is no text but int"),
        ([text.split() for text in texts], TypeError, r"texts\[0\] is .* list; join its words"),
        (["good"] * 5 + ["\ud800"], ValueError, r"texts\[5\] holds a lone surrogate"),
        (gaps, ValueError, r"texts\[5\] is missing"),
        ([*texts[:5], float("nan")], ValueError, r"texts\[5\] is missing"),
        ([*texts[:5], pandas.NA], ValueError, r"texts\[5\] is missing"),
        (pandas.Series(gaps), ValueError, r"texts\[5\] is missing"),
        (pandas.Series(gaps, dtype="string"), ValueError, r"texts\[5\] is missing"),
        (arrow.array(gaps), ValueError, r"texts\[5\] is missing"),
    ):
        with pytest.raises(kind, match=message):
            answer(given)


def test_no_texts_have_no_answers():
    model = TextClassifier(random_state=1).fit(["good", "bad"], ["+", "-"])
    assert model.predict([]).tolist() == [] and model.known(iter(())).tolist() == []
    assert model.predict_proba([]).shape == (0, 2)
    with pytest.raises(ValueError, match="there are no texts to score"):
        model.score([], [])
    with pytest.raises(ValueError, match="there are no texts to learn from"):
        TextClassifier().fit([], [])


def test_one_class_is_certain():
    for seed in range(3):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = TextClassifier(random_state=seed, max_iter=1).fit(["good", "bad"], ["x", "x"])
        assert model.predict(["good", "bad"]).tolist() == ["x", "x"]
        assert model.predict_proba(["good"]).tolist() == [[1]]


def test_a_text_has_one_class():
    texts = ["a good film", "a bad film"] * 3
    model = TextClassifier(random_state=1).fit(texts, ["+", "-"] * 3)
    before = model.predict_proba(texts)
    for y, message in (
        (np.eye(6, 2, dtype=int), r"one class, and y has shape \(6, 2\)"),
        ([["+", "x"]] * 6, r"one class, and y has shape \(6, 2\)"),
        (["+", "-", "+"], "has 6 patterns, y has 3"),
        ([["+"], ["+", "x"]] * 3, "as many labels for each pattern"),
        (["+", "-", "+", "-", "+", None], "None, first in row 5"),
        (None, "requires y"),
        ([0.5] * 6, "continuous"),
    ):
        for call in (model.fit, model.score):
            with pytest.raises(ValueError, match=message):
                call(texts, y)
    np.testing.assert_array_equal(model.predict_proba(texts), before)  # a failed fit has no trace
    assert model.score(texts, iter(["+", "-"] * 3)) == 1
    assert model.fit(texts, (label for label in "ab" * 3)).classes_.tolist() == ["a", "b"]


def test_scikit_learn_searches_among_text_classifiers():
    search = pytest.importorskip("sklearn.model_selection").GridSearchCV(
        TextClassifier(random_state=1, max_iter=1000), {"vector_size": [2, 20]}, cv=2
    )
    search.fit(["a good film", "a bad film"] * 10, ["+", "-"] * 10)
    assert search.predict(["good", "bad"]).tolist() == ["+", "-"]
    tags = search.best_estimator_.__sklearn_tags__().input_tags
    assert (tags.string, tags.two_d_array, tags.sparse) == (True, False, False)


def test_spellings_of_unicode_are_one_word():
    model = TextClassifier(random_state=1).fit(["caf\u00e9", "bar"], ["+", "-"])
    assert model.known(["cafe\u0301"]).tolist() == [1]


def test_a_file_keeps_words_and_classes(tmp_path, vectors):
    for y in (LABELS[:60], [label == "+" for label in LABELS[:60]]):
        model = TextClassifier(vectors, random_state=1).fit(TEXTS[:60], y)
        model.save(tmp_path / "t.safetensors")
        again = TextClassifier.load(tmp_path / "t.safetensors")
        np.testing.assert_array_equal(again.predict_proba(TEXTS), model.predict_proba(TEXTS))
        assert again.predict(TEXTS).tolist() == model.predict(TEXTS).tolist()
        assert again.words_ == model.words_ and again.loss_curve_ == model.loss_curve_
        assert again.class_prior_.tolist() == model.class_prior_.tolist()
        assert Network.load(tmp_path / "t.safetensors").n_inputs == len(model.words_)


def test_rare_words_are_left_out_and_bad_texts_named():
    model = TextClassifier(min_count=3, random_state=1).fit(TEXTS[:60], LABELS[:60])
    counts = Counter(word for text in TEXTS[:60] for word in text.split())
    assert set(model.words_) == {word for word, n in counts.items() if n >= 3}
    for texts, y, kind, message in (
        (["good", "bad"], ["+"], ValueError, "2 patterns, y has 1"),
        (["?!", "..."], ["+", "-"], ValueError, "no word occurs 1 times; the texts hold no words"),
    ):
        with pytest.raises(kind, match=message):
            TextClassifier().fit(texts, y)
    with pytest.raises(ValueError, match="needs vectors"):
        TextClassifier(train_vectors=False).fit(["good", "bad"], [0, 1])
    with pytest.raises(ValueError, match="not fitted"):
        TextClassifier().predict(["good"])


def test_training_takes_memory_for_the_words_of_the_texts_not_for_all_words():
    """As an array of 3,000 x 15,000 numbers the bags of words would take 180 MB."""
    texts = [" ".join(f"w{(20 * i + j) % 15_000}" for j in range(20)) for i in range(3000)]
    model = TextClassifier(vector_size=4, batch_size=100, max_iter=1, random_state=1)
    tracemalloc.start()
    with pytest.warns(UserWarning, match="max_iter=1"):
        model.fit(texts, ["+", "-"] * 1500)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(model.words_) == 15_000
    assert most < 20e6


def test_large_vocabularies_are_taken_in_blocks(monkeypatch):
    model = TextClassifier(random_state=1).fit(TEXTS[:60], LABELS[:60])
    whole = model.predict_proba(TEXTS[:50])
    monkeypatch.setattr(passes, "BLOCK_BYTES", 3 * 4 * len(model.words_))
    np.testing.assert_allclose(model.predict_proba(TEXTS[:50]), whole, rtol=1e-5)


def test_vectors_may_come_from_a_file(tmp_path, vectors):
    vectors.save(tmp_path / "v.bin")
    again = KeyedVectors.load(tmp_path / "v.bin")
    model = TextClassifier(again, random_state=1).fit(TEXTS[:60], LABELS[:60])
    assert model.score(TEXTS[:60], LABELS[:60]) > 0.9
