import heapq
import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2v.text.corpus import Corpus
from w2v.text.vocabulary import Vocabulary, alias_table, huffman


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
    with pytest.raises(ValueError, match="max_final_vocab=0"):
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
        (["a", 3], TypeError, r"word 1 .* is 3, expected str"),
        (["a", ""], ValueError, "word 1 .* is empty"),
        ({"a": 1.5}, TypeError, "count of 'a' is 1.5"),
        ({"a": "3"}, TypeError, "count of 'a' is '3'"),
        ({"a": 2**63}, TypeError, "count of 'a'"),
        ({"a": 0}, ValueError, "count of 'a' is 0"),
        ({3: 1}, TypeError, "is 3, expected str"),
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
        with pytest.raises(ValueError, match="sample="):
            vocabulary.keep_probability(wrong)


@pytest.mark.parametrize("exponent", [0.75, 0.0, 1.0, -0.5, 50.0, 400.0])
def test_noise_distribution(exponent):
    vocabulary = Vocabulary(["a", "b", "c"], [1_000_000, 16, 1])
    p = vocabulary.noise_distribution(exponent)
    assert p.dtype == np.float64 and p.sum() == pytest.approx(1, abs=1e-15)
    logs = [exponent * math.log(c) for c in (1_000_000, 16, 1)]
    want = np.array([math.exp(x - max(logs)) for x in logs])
    np.testing.assert_allclose(p, want / want.sum(), rtol=1e-12)
    with pytest.raises(ValueError, match="ns_exponent=nan"):
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


# ---- alias table ----


def probabilities(threshold, alias):
    """What the table draws, in parts of V * 2**32, exactly."""
    parts = [0] * len(threshold)
    for i, (own, other) in enumerate(zip(threshold.tolist(), alias.tolist(), strict=True)):
        parts[i] += own
        parts[other] += 2**32 - own
    return parts


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(st.just(0.0), st.floats(1e-300, 1e300), st.integers(1, 5).map(float)), min_size=1
    )
)
def test_alias_table_is_exact(p):
    if not any(p):
        p[0] = 1.0
    threshold, alias = alias_table(p)
    assert threshold.dtype == np.uint32 and alias.dtype == np.int32
    parts = probabilities(threshold, alias)
    assert sum(parts) == len(p) * 2**32
    top = max(p)
    total = math.fsum(x / top for x in p)
    for x, part in zip(p, parts, strict=True):
        assert abs(part / (len(p) * 2**32) - x / top / total) <= 2**-32
        assert x > 0 or part == 0


def test_alias_table_of_a_large_vocabulary():
    p = 1 / np.arange(1.0, 200_001)
    p /= p.sum()
    parts = np.array(probabilities(*alias_table(p)), np.float64)
    assert abs(parts / (len(p) * 2**32) - p).max() <= 2**-32
    # rare words too: to half a part of 2**32 of their share of one entry
    np.testing.assert_allclose(parts[1:] / 2**32, p[1:] * len(p), rtol=1e-12, atol=0.51 / 2**32)


def test_alias_table_small_cases():
    for p in ([1.0], [0, 0, 2], [0.25] * 4):
        threshold, alias = alias_table(p)
        i = np.arange(len(p)).repeat(2)
        u = np.tile(np.array([0, 2**32 - 1], np.uint32), len(p))
        drawn = np.where(u < threshold[i], i, alias[i])
        assert set(drawn.tolist()) == set(np.flatnonzero(p).tolist())
    for wrong in ([], [[1.0]], [0.0, 0.0], [-1.0, 2.0], [math.nan], [math.inf]):
        with pytest.raises(ValueError):
            alias_table(wrong)


# ---- Huffman tree ----


def heap_cost(counts):
    """Total of count * code length of an optimal code."""
    heap = list(counts)
    heapq.heapify(heap)
    cost = 0
    while len(heap) > 1:
        joined = heapq.heappop(heap) + heapq.heappop(heap)
        cost += joined
        heapq.heappush(heap, joined)
    return cost


@settings(deadline=None)
@given(st.lists(st.one_of(st.integers(1, 4), st.integers(1, 2**40)), min_size=1, max_size=60))
def test_huffman_is_an_optimal_prefix_code(counts):
    counts.sort(reverse=True)
    tree = huffman(counts)
    assert (tree.offsets.dtype, tree.nodes.dtype, tree.codes.dtype) == (
        np.int64,
        np.int32,
        np.uint8,
    )
    v = len(counts)
    paths, codes = [
        [tuple(a[i:j].tolist()) for i, j in itertools.pairwise(tree.offsets.tolist())]
        for a in (tree.nodes, tree.codes)
    ]
    assert sum(c * len(p) for c, p in zip(counts, paths, strict=True)) == heap_cost(counts)
    # prefix-free and complete
    assert sum(2.0 ** -len(code) for code in codes) == 1
    assert len(set(codes)) == v
    assert not any(b[: len(a)] == a for a, b in itertools.permutations(codes, 2))
    # nodes: the same node after the same code, root 0, all of 0..V-2, heavier nodes first
    node_of = {}
    weights = [0] * (v - 1)
    for count, path, code in zip(counts, paths, codes, strict=True):
        for k, node in enumerate(path):
            assert node_of.setdefault(code[:k], node) == node
            weights[node] += count
    assert sorted(node_of.values()) == list(range(v - 1))
    assert node_of.get((), 0) == 0
    assert weights == sorted(weights, reverse=True)


def test_huffman_by_hand():
    tree = Vocabulary(["a", "b", "c", "d"], [8, 4, 2, 1]).huffman()
    assert tree.offsets.tolist() == [0, 1, 3, 6, 9]
    assert tree.nodes.tolist() == [0, 0, 1, 0, 1, 2, 0, 1, 2]
    # 1 is the heavier child: a against b+c+d, b against c+d, c against d
    assert tree.codes.tolist() == [1, 0, 1, 0, 0, 1, 0, 0, 0]


def test_huffman_of_one_word_is_an_empty_path():
    tree = huffman([7])
    assert tree.offsets.tolist() == [0, 0]
    assert tree.nodes.shape == tree.codes.shape == (0,)


def test_huffman_of_equal_counts_is_balanced():
    lengths = np.diff(huffman([3] * 1000).offsets)
    assert set(lengths.tolist()) == {9, 10}


def test_huffman_of_a_large_vocabulary():
    counts = (1e8 / np.arange(1, 300_001)).astype(np.int64)
    tree = huffman(counts)
    assert int((np.diff(tree.offsets) * counts).sum()) == heap_cost(counts.tolist())


def test_huffman_checks():
    for wrong in ([], [1, 2], [-1]):
        with pytest.raises(ValueError, match="descending"):
            huffman(wrong)
