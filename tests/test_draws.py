import heapq
import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2v.text.draws import alias_table, huffman
from w2v.text.vocabulary import Vocabulary

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
