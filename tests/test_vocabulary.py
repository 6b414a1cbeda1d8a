import math

import numpy as np
import pytest

from w2v.text.corpus import Corpus
from w2v.text.vocabulary import Vocabulary


@pytest.fixture
def corpus():
    # counts: d 4, b 3, a 2, c 2, e 1; a appears before c
    return Corpus([["d", "b", "a", "c"], ["d", "b", "c", "a", "e"], ["d", "d", "b"]])


# ---- choosing words ----


def test_frequency_order_with_ties_by_first_appearance(corpus):
    vocabulary = Vocabulary.build(corpus, min_count=1)
    assert vocabulary.words == ["d", "b", "a", "c", "e"]
    assert vocabulary.counts.tolist() == [4, 3, 2, 2, 1]
    assert vocabulary.counts.dtype == np.int64
    assert vocabulary.key_to_index == {"d": 0, "b": 1, "a": 2, "c": 3, "e": 4}
    assert len(vocabulary) == 5 and "a" in vocabulary and "x" not in vocabulary
    assert repr(vocabulary) == "Vocabulary(5 words, 12 tokens)"


def test_min_count(corpus):
    assert Vocabulary.build(corpus, min_count=2).words == ["d", "b", "a", "c"]
    assert Vocabulary.build(corpus, min_count=0).words == ["d", "b", "a", "c", "e"]
    assert Vocabulary.from_corpus(corpus, 4).words == ["d"]


def test_corpus_too_small_for_min_count(corpus):
    with pytest.raises(ValueError) as error:
        Vocabulary.build(corpus)
    for part in ("min_count=5", "5 distinct words", "12 tokens", "occurs 4 times", "min_count=1"):
        assert part in str(error.value)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 100])
def test_top_n_is_exact_among_ties(corpus, n):
    words = Vocabulary.build(corpus, min_count=1, max_final_vocab=n).words
    assert words == ["d", "b", "a", "c", "e"][:n]
    assert len(Vocabulary.build(corpus, min_count=3, max_final_vocab=n)) == min(n, 2)


def test_top_zero_is_refused(corpus):
    with pytest.raises(ValueError, match="max_final_vocab must lie between 1"):
        Vocabulary.build(corpus, max_final_vocab=0)


def test_list_of_words(corpus):
    # whatever order the list has; min_count does not apply
    with pytest.warns(UserWarning, match=r"2 of the 5 given words .* left out: 'x', 'y'$"):
        vocabulary = Vocabulary.build(corpus, words=iter(["e", "x", "c", "a", "c", "y"]))
    assert vocabulary.words == ["a", "c", "e"]
    assert vocabulary.counts.tolist() == [2, 2, 1]
    assert Vocabulary.build(corpus, words=["e", "c"], max_final_vocab=1).words == ["c"]
    with pytest.warns(UserWarning, match=r"'w4', \.\.\.$"):
        Vocabulary.build(corpus, words=["a", *(f"w{i}" for i in range(9))])
    with pytest.raises(ValueError, match="none of the 2 given words"):
        Vocabulary.build(corpus, words=["x", "y"])


def test_mapping_of_counts(corpus):
    counts = {"x": 2, "d": 7, "a": np.int32(2), "unseen": 100}
    vocabulary = Vocabulary.build(corpus, words=counts)
    assert vocabulary.words == ["unseen", "d", "x", "a"]
    assert vocabulary.counts.tolist() == [100, 7, 2, 2]
    assert Vocabulary.from_counts(counts, 3).words == ["unseen", "d", "x"]


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        ("abc", TypeError, "one str"),
        (["a", 3], TypeError, r"words\[1\] is int 3"),
        (["a", ""], ValueError, "word 1 .* is empty"),
        ({"a": 1.5}, TypeError, "count of 'a' is 1.5"),
        ({"a": "3"}, TypeError, "count of 'a' is '3'"),
        ({"a": 2**63}, TypeError, "count of 'a'"),
        ({"a": 0}, ValueError, "count of 'a' is 0"),
        ({3.5: 1}, TypeError, r"words\[0\] is float 3.5"),
        ({}, ValueError, "at least one word"),
    ],
)
def test_wrong_words(corpus, words, error, message):
    with pytest.raises(error, match=message):
        Vocabulary.build(corpus, words=words)


def test_constructor_checks():
    for words, counts, message in [
        ([], [], "at least one word"),
        (["a", "b"], [1], "2 words, but counts"),
        (["a", "b"], [1, 2], "descending"),
        (["a"], [0], "at least 1"),
        (["a", "b", "a"], [3, 2, 1], "'a' comes twice"),
        (["a", "b"], [2**62, 2**62], "add up"),
    ]:
        with pytest.raises(ValueError, match=message):
            Vocabulary(words, counts)


def test_rare_words_never_become_str():
    class NoWords(Corpus):
        def words(self, ids):
            assert len(ids) == 1
            return super().words(ids)

    corpus = NoWords([["a"] * 5, [f"w{i}" for i in range(1000)]])
    assert Vocabulary.build(corpus).words == ["a"]


# ---- subsampling, noise, one-hot ----


def test_keep_probability_is_that_of_word2vec():
    vocabulary = Vocabulary(["a", "b", "c"], [9000, 990, 10])
    sample, total = 1e-2, 10_000
    want = [
        min(1.0, (math.sqrt(f / (sample * total)) + 1) * (sample * total) / f)
        for f in (9000, 990, 10)
    ]
    assert want[0] < want[1] < want[2] == 1.0
    keep = vocabulary.keep_probability(sample)
    assert keep.dtype == np.float64
    np.testing.assert_allclose(keep, want, rtol=1e-14)
    assert vocabulary.keep_probability(0).tolist() == [1, 1, 1]
    for wrong in (-1e-3, math.nan, math.inf):
        with pytest.raises(ValueError, match="sample must lie between 0 and 1"):
            vocabulary.keep_probability(wrong)


@pytest.mark.parametrize("exponent", [0.75, 0.0, 1.0, -0.5, 50.0, 400.0])
def test_noise_distribution(exponent):
    vocabulary = Vocabulary(["a", "b", "c"], [1_000_000, 16, 1])
    p = vocabulary.noise_distribution(exponent)
    assert p.dtype == np.float64 and p.sum() == pytest.approx(1, abs=1e-15)
    logs = [exponent * math.log(c) for c in (1_000_000, 16, 1)]
    want = np.array([math.exp(x - max(logs)) for x in logs])
    np.testing.assert_allclose(p, want / want.sum(), rtol=1e-12)
    with pytest.raises(ValueError, match="ns_exponent must be .* not nan"):
        vocabulary.noise_distribution(math.nan)


def test_one_hot():
    vocabulary = Vocabulary(["a", "b", "c"], [3, 2, 1])
    rows = vocabulary.one_hot([2, 0, 2])
    assert rows.format == "csr" and rows.dtype == np.float32
    assert rows.toarray().tolist() == [[0, 0, 1], [1, 0, 0], [0, 0, 1]]
    weights = np.arange(6.0).reshape(3, 2)
    np.testing.assert_array_equal(rows @ weights, weights[[2, 0, 2]])
    assert vocabulary.one_hot([]).shape == (0, 3)
    for outside in (-1, 3):
        with pytest.raises(IndexError, match=f"{outside} is outside 0..2"):
            vocabulary.one_hot([0, outside])
    for wrong in ([0.5], [[0]], ["a"]):
        with pytest.raises(TypeError, match="ids must be"):
            vocabulary.one_hot(wrong)


def test_a_source_and_a_column_of_counts_will_do():
    assert Vocabulary.build([["a", "b", "a"]], min_count=1).words == ["a", "b"]
    pandas = pytest.importorskip("pandas")
    column = pandas.Series(["a", "b", "b"]).value_counts()
    assert Vocabulary.build([["a"]], words=column).counts.tolist() == [2, 1]
    with pytest.raises(TypeError, match="one str; pass a list of words, or what .*read_counts"):
        Vocabulary.build([["a"]], words="words.txt")
