"""Phrases: counted and joined in the compiled core as a plain program does it with words."""

import doctest
import gzip
import math
from collections import Counter

import numpy as np
import pytest
from commands import SMALL

import w2v
from w2v.text import phrases as module

CONNECTORS = {"of", "the"}


@pytest.fixture(scope="module")
def text():
    """Sentences of words drawn alone, and of some pairs that stand together."""
    rng = np.random.default_rng(1)
    words = [f"w{i}" for i in range(60)] + ["of", "the", "x_y"]
    pairs = [("new", "york"), ("bank", "of", "america"), ("x", "y"), ("a", "of", "the", "b")]
    sentences = []
    for _ in range(2_000):
        sentence = []
        for _ in range(rng.integers(0, 9)):
            if rng.random() < 0.2:
                sentence += pairs[rng.integers(len(pairs))]
            else:
                sentence.append(words[int(rng.integers(len(words)) * rng.random())])
        sentences.append(sentence)
    return sentences


def plain_counts(sentences, connectors):
    """Count words and pairs, each pair by the words from its first to its last."""
    words, pairs = Counter(), Counter()
    for sentence in sentences:
        begin = None
        for i, word in enumerate(sentence):
            if word in connectors:
                continue
            words[word] += 1
            if begin is not None:
                pairs[tuple(sentence[begin : i + 1])] += 1
            begin = i
    return words, pairs


def plain_phrases(sentences, scoring, threshold, least, connectors):
    words, pairs = plain_counts(sentences, connectors)
    tokens = sum(map(len, sentences))
    found = {}
    for pair, n in pairs.items():
        a, b = words[pair[0]], words[pair[-1]]
        if scoring == "npmi":
            p = n / tokens
            score = math.log(p / (a / tokens * b / tokens)) / -math.log(p) if n >= least else -2
        else:
            size = len(words) + len(pairs) if scoring == "default" else tokens
            score = (n - least) / a / b * size
        if score > threshold:
            found[pair] = score
    return found


@pytest.mark.parametrize("connectors", [(), CONNECTORS])
@pytest.mark.parametrize(
    ("scoring", "threshold"), [("default", 1.5), ("word2phrase", 9), ("npmi", 0.3)]
)
def test_phrases_are_those_of_a_plain_count(text, scoring, threshold, connectors):
    found = w2v.Phrases(
        scoring=scoring, threshold=threshold, min_count=4, connector_words=connectors
    ).fit(text)
    expected = plain_phrases(text, scoring, threshold, 4, connectors)
    assert ("bank", "of", "america") in expected or not connectors
    assert found.phrases[0].keys() == expected.keys()
    for phrase, score in found.phrases[0].items():
        assert score == pytest.approx(expected[phrase], rel=1e-12)
    scores = list(found.phrases[0].values())
    assert scores == sorted(scores, reverse=True)


def test_same_phrases_for_any_number_of_threads_and_parts(text, monkeypatch):
    one = w2v.Phrases(threshold=1.5, workers=1).fit(text).phrases
    assert w2v.Phrases(threshold=1.5, workers=3).fit(text).phrases == one
    monkeypatch.setattr(module, "_PART_TOKENS", 500)
    monkeypatch.setattr(module, "_SENTENCES", 37)
    assert w2v.Phrases(threshold=1.5, workers=2).fit(text).phrases == one


@pytest.mark.parametrize("passes", [1, 2])
def test_a_corpus_is_joined_as_lists_are(text, passes, monkeypatch):
    monkeypatch.setattr("w2v.text.corpus._JOIN", 97)
    monkeypatch.setattr("w2v.text.corpus._SPELL", 10)
    phrases = w2v.Phrases(threshold=1.5, passes=passes, connector_words=CONNECTORS)
    corpus = phrases.fit_transform(text)
    lists = list(phrases.transform(text))
    assert any("bank_of_america" in sentence for sentence in lists)
    assert list(corpus.sentences()) == [sentence for sentence in lists if sentence]
    counts = Counter(word for sentence in lists for word in sentence)
    assert dict(zip(corpus.words(range(len(counts))), corpus.word_counts, strict=True)) == counts
    assert corpus.stats.tokens == counts.total()
    assert corpus.stats.types == len(counts)
    vocabulary = w2v.Vocabulary.build(corpus, min_count=0)
    assert dict(zip(vocabulary.words, vocabulary.counts, strict=True)) == counts
    ids = corpus.encode(vocabulary).ids
    assert [vocabulary.words[i] for i in ids] == [w for sentence in lists for w in sentence]


def test_the_corpus_given_stays_as_it_is(text):
    corpus = w2v.Corpus(text)
    before = list(corpus.sentences())
    w2v.Phrases(threshold=1.5).fit_transform(corpus)
    assert list(corpus.sentences()) == before == [sentence for sentence in text if sentence]


def test_a_phrase_that_is_a_word_already_is_that_word(text):
    joined = w2v.Phrases(vocabulary=["x y"]).transform(w2v.Corpus(text))
    words, pairs = plain_counts(text, ())
    assert joined.find(["x", "x_y"]).tolist()[1] >= 0
    ids = joined.find(["x_y"])
    assert joined.word_counts[ids[0]] == words["x_y"] + pairs["x", "y"]


def test_passes_make_longer_phrases():
    text = [["new", "york", "city", "hall"], ["hall"], ["new"], ["city"]] * 20
    phrases = w2v.Phrases(threshold=0.01, min_count=1, passes=2).fit(text)
    assert list(phrases.transform([["new", "york", "city", "hall"]])) == [["new_york_city_hall"]]


@pytest.mark.parametrize("words", [["new", "york", "city", "hall"], ["alone"]])
def test_a_pass_that_joins_nothing_is_the_last(words):
    text = [words, ["hall"], ["new"], ["city"]] * 20
    phrases = w2v.Phrases(threshold=0.01, min_count=1, passes=10**9).fit(text)
    assert len(phrases.phrases) == (3 if len(words) > 1 else 1)
    few = w2v.Phrases(threshold=0.01, min_count=1, passes=4).fit(text)
    assert list(phrases.transform(text)) == list(few.transform(text))


def test_names_are_joined_the_longest_first():
    phrases = w2v.Phrases(vocabulary=["new york", ("new", "york", "city"), "york city"])
    text = [["new", "york", "city", "new", "york"], ["york", "city", "new"], ["new"], []]
    expected = [["new_york_city", "new_york"], ["york_city", "new"], ["new"], []]
    assert list(phrases.transform(text)) == expected
    assert list(phrases.fit(text).transform(w2v.Corpus(text)).sentences()) == expected[:3]


def test_a_name_that_breaks_off_does_not_hide_another():
    phrases = w2v.Phrases(vocabulary=["a b c d", "b c"])
    text = [["a", "b", "c", "a", "b", "c", "d", "a"]]
    expected = [["a", "b_c", "a_b_c_d", "a"]]
    assert list(phrases.transform(text)) == expected
    assert list(phrases.transform(w2v.Corpus(text)).sentences()) == expected


def test_nothing_found():
    corpus = w2v.Phrases().fit_transform([["a", "b"], ["c"]])
    assert list(corpus.sentences()) == [["a", "b"], ["c"]]


def test_models_train_on_phrases(text):
    phrases = w2v.Phrases(threshold=1.5)
    settings = {"vector_size": 8, "epochs": 1, "min_count": 1, "verbose": False}
    expected = w2v.train(phrases.fit_transform(text), **settings)
    model = w2v.train(text, phrases=w2v.Phrases(threshold=1.5), **settings)
    np.testing.assert_array_equal(model.W_in, expected.W_in)
    assert "new_york" in model.wv
    fitted = w2v.train(text, phrases=phrases, validation=text[:200], **settings)
    expected_loss = expected.score(phrases.transform(w2v.Corpus(text[:200])))
    assert fitted.history[-1]["val_loss"] == pytest.approx(-expected_loss.log_likelihood)
    with pytest.raises((TypeError, ValueError), match="phrases must lie"):
        w2v.train(text, phrases=0, **settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"scoring": "pmi"}, "scoring must be one of"),
        ({"threshold": -1}, "threshold must"),
        ({"threshold": 2, "scoring": "npmi"}, "threshold must lie between -1 and 1"),
        ({"delimiter": " "}, "delimiter must be a str without blanks"),
        ({"passes": 0}, "passes must"),
        ({"min_count": -1}, "min_count must"),
        ({"connector_words": "of"}, "connector_words must be one of 'english'"),
        ({"vocabulary": ["york"]}, "a phrase has two words or more, and 'york' has not"),
    ],
)
def test_wrong_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        w2v.Phrases(**settings)


def test_example():
    assert doctest.testmod(module).failed == 0


def test_wrong_use():
    with pytest.raises(ValueError, match=r"call fit\(corpus\) first"):
        w2v.Phrases().transform([["a"]])
    with pytest.raises(TypeError, match="split it into words first"):
        list(w2v.Phrases(vocabulary=["a b"]).transform(["a b"]))
    with pytest.raises(TypeError, match="whole numbers"):
        w2v.Phrases().fit([[1, 2], [2, 3]])


def test_command(run, text):
    with open("text.txt", "w") as file:
        file.writelines(" ".join(sentence) + "\n" for sentence in text)
    line = "phrases text.txt -o out.txt.gz --list list.tsv --threshold 1.5 --passes 2"
    status, out, err = run(line)
    assert (status, out) == (0, ""), err
    phrases = w2v.Phrases(threshold=1.5, passes=2)
    corpus = phrases.fit_transform(text)
    with gzip.open("out.txt.gz", "rt") as file:
        assert [line.split() for line in file] == list(corpus.sentences())
    with open("list.tsv") as file:
        listed = [line.split("\t")[0] for line in file]
    assert listed == ["_".join(w) for part in phrases.phrases for w in part]
    assert f"{sum(map(len, phrases.phrases))} phrases" in err


def test_old_command(run, text):
    with open("text.txt", "w") as file:
        file.writelines(" ".join(sentence) + "\n" for sentence in text)
    status, _, err = run("word2phrase -train text.txt -output out -threshold 9 -debug 2")
    assert status == 0, err
    corpus = w2v.Phrases(threshold=9, scoring="word2phrase").fit_transform(text)
    with open("out") as file:
        assert [line.split() for line in file] == list(corpus.sentences())


def test_command_trains_on_phrases(run, text):
    with open("text.txt", "w") as file:
        file.writelines(" ".join(sentence) + "\n" for sentence in text)
    with open("names", "w") as file:
        file.write("new york\n\nbank of america\n")
    assert run("phrases text.txt -o out --names names --quiet") == (0, "", "")
    with open("out") as file:
        assert "bank_of_america" in file.read()
    status, _, err = run(f"train text.txt -o m.bin --phrases 1 {' '.join(SMALL)}")
    assert status == 0, err


def test_command_refuses(fails):
    assert "give --output FILE" in fails("phrases world.txt", 2)
    assert "--threshold must" in fails("phrases world.txt -o out --threshold -1", 2)
    assert "would overwrite" in fails("phrases world.txt -o world.txt", 1)


@pytest.mark.parametrize("settings", [{}, {"scoring": "npmi", "threshold": 0.3}])
def test_gensim_finds_the_same(text, settings):
    peer = pytest.importorskip("gensim.models.phrases", reason="compares with gensim")
    settings = {"threshold": 1.5, **settings}
    theirs = peer.Phrases(text, connector_words=frozenset(CONNECTORS), **settings)
    ours = w2v.Phrases(connector_words=CONNECTORS, **settings).fit(text)
    expected = theirs.export_phrases()
    assert {"_".join(words) for words in ours.phrases[0]} == expected.keys()
    assert list(ours.transform(text)) == [theirs[sentence] for sentence in text]
