"""For all inputs, drawn by hypothesis: what is written is read back, what is ranked is in order.

The formats of vectors have theirs in test_formats.py, tokenisers in test_tokenizers.py, alias
tables and Huffman trees in test_draws.py.
"""

import csv
import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import w2v
from w2v import Layer, Network, TextClassifier
from w2v.estimators.files import load as load_estimator
from w2v.files.formats import read_model, write_model
from w2v.files.labelled import read_labelled, read_text_table
from w2v.files.tables import read_table
from w2v.files.words import read_counts, write_counts
from w2v.vectors.evaluate import analogies
from w2v.vectors.judgements import read_pairs, read_questions

property_of = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

letters = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"])
plain_words = st.text(letters, min_size=1, max_size=20)  # without blanks
floats32 = st.floats(-(2.0**99), 2.0**99, width=32)
doubles = st.floats(-1e30, 1e30)


def lists_of_words(least=1, most=8, words=plain_words):
    return st.lists(words, min_size=least, max_size=most, unique=True)


# --- files ---------------------------------------------------------------------------------------


@property_of
@given(data=st.data())
def test_models(tmp_path, data):
    any_words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=9)
    words = data.draw(lists_of_words(words=any_words))
    V, d = len(words), data.draw(st.integers(1, 5))
    W_in = data.draw(hnp.arrays(np.float32, (V, d), elements=floats32))
    W_out = data.draw(hnp.arrays(np.float32, (V - 1, d), elements=floats32))
    counts = sorted(data.draw(st.lists(st.integers(1, 2**62), min_size=V, max_size=V)))[::-1]
    values = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | doubles | st.text(letters)
    about = data.draw(st.dictionaries(st.text(letters, min_size=1), values, max_size=4))
    write_model(
        tmp_path / "m",
        W_in=W_in,
        W_out=W_out,
        words=words,
        counts=counts,
        settings=about,
        history=[about],
    )
    for mmap in (True, False):
        model = read_model(tmp_path / "m", mmap=mmap)
        assert list(model.words) == words
        assert np.asarray(model.W_in).tobytes() == W_in.tobytes()
        assert np.asarray(model.W_out).tobytes() == W_out.tobytes()
        assert model.counts.tolist() == counts
        assert {name: model.settings[name] for name in about} == about
        assert model.history == [about]


@property_of
@given(words=lists_of_words(), data=st.data())
def test_counts(tmp_path, words, data):
    sizes = st.lists(st.integers(0, 2**62), min_size=len(words), max_size=len(words))
    counts = data.draw(sizes)
    for name in ("counts", "counts.gz"):
        write_counts(tmp_path / name, words, counts)
        assert read_counts(tmp_path / name) == dict(zip(words, counts, strict=True))


@property_of
@given(sentences=st.lists(st.lists(plain_words, min_size=1, max_size=6), min_size=1, max_size=9))
def test_a_corpus_in_a_file_is_that_of_lists(tmp_path, sentences):
    path = tmp_path / "corpus.txt"
    path.write_text("\n".join(map(" ".join, sentences)), "utf-8", newline="\n")
    try:
        from_file = w2v.Corpus(path)
    except ValueError as error:  # it looks like vectors, counts, ...
        assert str(path) in str(error)
        return
    given_lists = w2v.Corpus(sentences)
    assert from_file.words(range(from_file.stats.types)) == given_lists.words(
        range(given_lists.stats.types)
    )
    vocabulary = w2v.Vocabulary.build(given_lists, min_count=1)
    one, other = (corpus.encode(vocabulary) for corpus in (from_file, given_lists))
    assert one.ids.tolist() == other.ids.tolist()
    assert one.offsets.tolist() == other.offsets.tolist()


layers = st.builds(
    Layer,
    st.integers(1, 4),
    st.sampled_from(["sigmoid", "tanh", "relu", "linear", "sine"]),
    bias=st.booleans(),
)


@property_of
@given(
    n=st.integers(1, 4),
    hidden=st.lists(layers, max_size=3),
    dtype=st.sampled_from(["float32", "float64"]),
    data=st.data(),
)
def test_networks(tmp_path, n, hidden, dtype, data):
    skips = [data.draw(st.booleans()) and to > 1 for to in range(1, len(hidden) + 1)]
    hidden = [
        Layer(layer.units, layer.activation, bias=layer.bias, skip_from=(0,)) if skip else layer
        for layer, skip in zip(hidden, skips, strict=True)
    ]
    net = Network(n, [*hidden, Layer(2, "linear")], dtype=dtype, seed=data.draw(st.integers(0, 99)))
    for w in net.weights:
        w[:] = data.draw(hnp.arrays(w.dtype, w.shape, elements=st.floats(-9, 9, width=32)))
    net.save(tmp_path / "net")
    again = Network.load(tmp_path / "net")
    assert list(again.layers) == list(net.layers)
    X = data.draw(hnp.arrays(np.float64, (3, n), elements=st.floats(-9, 9)))
    assert again.forward(X).tobytes() == net.forward(X).tobytes()


@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(property_of, max_examples=5)
@given(data=st.data())
def test_estimators(tmp_path, data):
    n, d = data.draw(st.integers(4, 8)), data.draw(st.integers(1, 3))
    X = data.draw(hnp.arrays(np.float64, (n, d), elements=st.floats(-1e3, 1e3)))
    y = data.draw(st.permutations(["a", "b\n", "\u00e9"] + ["a"] * (n - 3)))
    texts = data.draw(st.lists(st.text(letters, min_size=1), min_size=n, max_size=n))
    classifier = w2v.FeedForwardClassifier((2,), max_iter=2, random_state=1).fit(X, y)
    regressor = w2v.FeedForwardRegressor((2,), max_iter=2, random_state=1).fit(X, X.sum(axis=1))
    for estimator in (classifier, regressor):
        estimator.save(tmp_path / "estimator")
        again = load_estimator(tmp_path / "estimator")
        assert type(again) is type(estimator)
        assert np.array_equal(again.predict(X), estimator.predict(X))
        assert again.get_params() == estimator.get_params()
    of_texts = TextClassifier(max_iter=2, random_state=1).fit(texts, y)
    of_texts.save(tmp_path / "texts")
    again = TextClassifier.load(tmp_path / "texts")
    assert np.array_equal(again.predict_proba(texts), of_texts.predict_proba(texts))


@property_of
@given(data=st.data())
def test_tables(tmp_path, data):
    n, d = data.draw(st.integers(2, 8)), data.draw(st.integers(1, 4))
    names = data.draw(
        lists_of_words(d + 1, d + 1, st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True))
    )
    X = data.draw(hnp.arrays(np.float64, (n, d), elements=doubles))
    y = data.draw(st.lists(st.sampled_from(["yes", "no, not", 'so "so"']), min_size=n, max_size=n))
    rows = [[*row, label] for row, label in zip(X.tolist(), y, strict=True)]
    for name, delimiter in (("t.csv", ","), ("s.csv", ";"), ("t.tsv", "\t")):
        with open(tmp_path / name, "w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=delimiter).writerows([names, *rows])
    lines = [json.dumps(dict(zip(names, row, strict=True))) for row in rows]
    (tmp_path / "t.jsonl").write_text("\n".join(lines), "utf-8")
    for name in ("t.csv", "s.csv", "t.tsv", "t.jsonl"):
        table = read_table(tmp_path / name, header=None if name == "t.jsonl" else True)
        assert table.X.tolist() == X.tolist()
        assert table.y.tolist() == y and table.target == names[-1]
        assert table.columns == names[:-1]


@property_of
@given(data=st.data())
def test_labelled_texts(tmp_path, data):
    n = data.draw(st.integers(1, 6))
    labels = data.draw(st.lists(plain_words, min_size=n, max_size=n))
    texts = data.draw(st.lists(plain_words | st.just("two words"), min_size=n, max_size=n))
    labels = [label.replace("__label__", "") or "x" for label in labels]
    texts = [text.replace("__label__", "") or "x" for text in texts]
    pairs = list(zip(labels, texts, strict=True))
    for name, form in (("tabs", "%s\t%s\n"), ("marks", "__label__%s %s\n")):
        path = tmp_path / name
        path.write_text("".join(form % pair for pair in pairs), "utf-8", newline="\n")
        assert read_labelled(path, header=False) == (labels, texts)
    with open(tmp_path / "t.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["label", "text"], *pairs])
    assert read_text_table(tmp_path / "t.csv", "text", header=True)[:2] == (labels, texts)


@property_of
@given(data=st.data())
def test_judgements(tmp_path, data):
    words = st.from_regex(r"[a-z\u00e0-\u00ff]{1,8}", fullmatch=True)
    questions = data.draw(st.lists(st.tuples(words, words, words, words), min_size=1, max_size=5))
    text = ": section one\n" + "".join(" ".join(q) + "\n" for q in questions)
    (tmp_path / "q").write_text(text, "utf-8")
    assert read_questions(tmp_path / "q") == [("section one", questions)]
    pairs = data.draw(st.lists(st.tuples(words, words, doubles), min_size=1, max_size=5))
    for delimiter in "\t, ":
        lines = [delimiter.join(map(str, pair)) + "\n" for pair in pairs]
        (tmp_path / "p").write_text("".join(lines), "utf-8")
        assert read_pairs(tmp_path / "p") == pairs


# --- ranking -------------------------------------------------------------------------------------

# few different numbers: many ties, equal rows and rows of zeros
matrices = hnp.arrays(
    np.float32,
    st.tuples(st.integers(1, 40), st.integers(1, 6)),
    elements=st.sampled_from([0, 1, -1, 0.5, 3]) | st.floats(-100, 100, width=32),
)


def unit(rows):
    rows = np.asarray(rows, np.float64)
    lengths = np.sqrt((rows**2).sum(axis=-1, keepdims=True))
    return rows / np.where(lengths > 0, lengths, 1)


def check_ranking(answers, scores, allowed, topn):
    """Answers are the best allowed words; among scores that differ by rounding any order is right,
    and equal rows stand by index."""
    found = [int(word) for word, _ in answers]
    assert len(found) == len(set(found)) == min(topn, len(allowed)) and set(found) <= set(allowed)
    assert [score for _, score in answers] == pytest.approx(scores[found].tolist(), abs=1e-6)
    best = sorted((scores[i] for i in allowed), reverse=True)[: len(found)]
    assert scores[found].tolist() == pytest.approx(best, abs=1e-12)


@settings(property_of, max_examples=100)
@given(matrix=matrices, data=st.data())
def test_neighbours_are_those_of_a_naive_ranking(matrix, data):
    V = len(matrix)
    kv = w2v.KeyedVectors([str(i) for i in range(V)], matrix)
    row, topn = data.draw(st.integers(0, V - 1)), data.draw(st.integers(1, V + 2))
    units = unit(matrix)
    scores = units @ units[row]
    others = [i for i in range(V) if i != row]
    answers = kv.most_similar(str(row), topn=topn)
    check_ranking(answers, scores, others, topn)
    for a, b in zip(answers, answers[1:], strict=False):
        if a[1] == b[1]:
            assert int(a[0]) < int(b[0])
    first, last = sorted(data.draw(st.tuples(st.integers(0, V), st.integers(0, V))))
    if first < last:
        inside = [i for i in others if first <= i < last]
        clipped = kv.most_similar(str(row), topn=topn, clip_start=first, clip_end=last)
        check_ranking(clipped, scores, inside, topn)
    batch = kv.most_similar_batch([str(i) for i in range(V)], topn=topn)
    assert batch[row] == answers


@settings(property_of, max_examples=50)
@given(matrix=matrices.filter(lambda m: len(m) > 3), data=st.data())
def test_analogies_are_those_of_a_naive_search(matrix, data):
    V = len(matrix)
    kv = w2v.KeyedVectors([str(i) for i in range(V)], matrix)
    a, b, c = data.draw(st.permutations(range(V)))[:3]
    units = unit(matrix)
    target = units[b] - units[a] + units[c]
    others = [i for i in range(V) if i not in (a, b, c)]
    topn = data.draw(st.integers(1, V))
    check_ranking(kv.analogy(str(a), str(b), str(c), topn=topn), units @ unit(target), others, topn)
    scores = units @ target
    best = max(scores[i] for i in others)
    expected = next(i for i in others if scores[i] == best)
    clear = sum(scores[i] > best - 1e-5 for i in others) == 1
    if clear:
        assert analogies(kv, [(str(a), str(b), str(c), str(expected))]).total.accuracy == 1
