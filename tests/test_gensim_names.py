"""Methods in gensim's names, against what their definitions say; and spaces turned and moved."""

import itertools
import math

import numpy as np
import pytest

import w2v

WORDS = [f"w{i}" for i in range(40)]


@pytest.fixture
def matrix():
    return np.random.default_rng(7).normal(size=(40, 6)).astype("f4")


@pytest.fixture
def kv(matrix):
    counts = np.random.default_rng(8).integers(1, 9, 40)
    return w2v.KeyedVectors(WORDS, matrix.copy(), counts)


def cosine(a, b):
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_rows(kv):
    assert kv.get_index("w3") == 3
    assert kv.get_index("none", -1) == -1
    with pytest.raises(KeyError, match="'none' is not in the vocabulary"):
        kv.get_index("none")
    assert kv.has_index_for("w3")
    assert not kv.has_index_for("none")


def test_counts_as_attributes(kv):
    before = kv.counts
    assert kv.get_vecattr("w3", "count") == before[3]
    kv.set_vecattr("w3", "count", 77)
    assert (kv.get_vecattr("w3", "count"), before[3] == 77) == (77, False)
    with pytest.raises(AttributeError, match="'count' here, and no 'sample_int'"):
        kv.get_vecattr("w3", "sample_int")
    with pytest.raises(ValueError, match="count"):
        kv.set_vecattr("w3", "count", -1)
    bare = w2v.KeyedVectors(WORDS, kv.vectors)
    with pytest.raises(KeyError, match="without counts"):
        bare.get_vecattr("w3", "count")
    bare.set_vecattr("w3", "count", 5)
    assert bare.counts.sum() == 5


def test_words_are_added_to_an_empty_one():
    kv = w2v.KeyedVectors([], np.zeros((0, 3), "f4"))
    assert kv.add_vector("a", [1, 0, 0]) == 0
    kv.add_vectors(["b", "a"], np.eye(3)[1:])
    np.testing.assert_array_equal(kv.vectors, [[1, 0, 0], [0, 1, 0]])
    kv.add_vectors(["b", "a"], np.eye(3)[1:], replace=True)
    np.testing.assert_array_equal(kv.vectors, [[0, 0, 1], [0, 1, 0]])
    kv.add_vectors("c", [2, 0, 0])
    assert kv.most_similar("c", topn=1) == [("a", 0.0)]
    with pytest.raises(ValueError, match="2 words, but 1 vectors"):
        kv.add_vectors(["d", "e"], [1, 0, 0])


def test_subset_of_what_is_known(kv):
    assert kv.vectors_for_all(["w5", "none", "w2", "w5"]).index_to_key == ["w5", "w2"]


def test_sorted_by_frequency(kv, matrix):
    counts = kv.counts.copy()
    kv.sort_by_descending_frequency()
    assert kv.counts.tolist() == sorted(counts, reverse=True)
    for word in WORDS:
        np.testing.assert_array_equal(kv[word], matrix[WORDS.index(word)])
        assert kv.get_vecattr(word, "count") == counts[WORDS.index(word)]
    same = kv.counts == kv.counts[0]
    rows = [WORDS.index(word) for word in np.array(kv.index_to_key)[same]]
    assert rows == sorted(rows)
    assert kv.similarity(*WORDS[:2]) == pytest.approx(cosine(*matrix[:2]), abs=1e-6)
    with pytest.raises(ValueError, match="without counts"):
        w2v.KeyedVectors(WORDS, matrix).sort_by_descending_frequency()


def test_lengths(kv, matrix):
    units = matrix / np.linalg.norm(matrix, axis=1)[:, None]
    np.testing.assert_allclose(kv.get_normed_vectors(), units, rtol=1e-5)
    given = kv.vectors
    kv.unit_normalize_all()
    np.testing.assert_allclose(kv.vectors, units, rtol=1e-5)
    np.testing.assert_allclose(kv.norms, 1, rtol=1e-6)
    np.testing.assert_array_equal(given, matrix)


def test_near_words(kv, matrix):
    assert kv.similar_by_key("w3") == kv.similar_by_word("w3") == kv.most_similar("w3")
    near = [cosine(matrix[1], row) for row in matrix[5:20]]
    assert kv.most_similar_to_given("w1", WORDS[5:20]) == WORDS[5 + int(np.argmax(near))]
    assert kv.words_closer_than("w1", "w3") == kv.closer_than("w1", "w3")
    total = sum(near for _, near in kv.most_similar("w1", topn=4))
    expected = cosine(matrix[1], matrix[2]) / total
    assert kv.relative_cosine_similarity("w1", "w2", topn=4) == pytest.approx(expected, abs=1e-6)
    found = kv.cosine_similarities(matrix[0], matrix[1:4])
    np.testing.assert_allclose(found, [cosine(matrix[0], row) for row in matrix[1:4]], atol=1e-6)
    with pytest.raises(ValueError, match="keys_list is empty"):
        kv.most_similar_to_given("w1", [])


@pytest.mark.parametrize("norm", [True, False])
def test_centrality(kv, matrix, norm):
    rows = matrix[:9] / (np.linalg.norm(matrix[:9], axis=1)[:, None] if norm else 1)
    mean = rows.mean(0) / np.linalg.norm(rows.mean(0))
    ranked = kv.rank_by_centrality([*WORDS[:9], "none"], norm)
    assert [word for _, word in ranked] == [WORDS[i] for i in np.argsort(-(rows @ mean))]
    np.testing.assert_allclose([near for near, _ in ranked], np.sort(rows @ mean)[::-1], atol=1e-6)
    with pytest.raises(ValueError, match="none of the words is known"):
        kv.rank_by_centrality(["none"])


@pytest.mark.parametrize("norm", [True, False])
def test_movers_distance_of_texts_of_the_same_length_is_the_best_pairing(kv, matrix, norm):
    rows = matrix / (np.linalg.norm(matrix, axis=1)[:, None] if norm else 1)
    best = min(
        np.mean([np.linalg.norm(rows[i] - rows[j]) for i, j in zip(range(4), order, strict=True)])
        for order in itertools.permutations(range(6, 10))
    )
    found = kv.wmdistance([*WORDS[:4], "none"], WORDS[6:10], norm)
    assert found == pytest.approx(best, rel=1e-5)


def test_movers_distance_counts_repeats(kv, matrix):
    # a third of the second text stays where it is
    way = np.linalg.norm(matrix[0] - matrix[1])
    found = kv.wmdistance(["w0"], ["w0", "w1", "w1"], norm=False)
    assert found == pytest.approx(2 / 3 * way, rel=1e-5)
    assert kv.wmdistance(["w0", "w1"], ["w1", "w0"]) == pytest.approx(0, abs=1e-6)
    assert kv.wmdistance(["w0"], ["none"]) == math.inf


def test_align_undoes_a_rotation(kv, matrix):
    rotation = np.linalg.qr(np.random.default_rng(9).normal(size=(6, 6)))[0]
    other = w2v.KeyedVectors([*WORDS[:30], "new"], np.append(matrix[:30], matrix[:1], 0) @ rotation)
    turned = kv.align(other)
    np.testing.assert_allclose(turned.vectors, matrix @ rotation, atol=1e-4)
    np.testing.assert_array_equal(kv.vectors, matrix)
    assert turned.index_to_key == WORDS
    np.testing.assert_array_equal(turned.counts, kv.counts)
    few = kv.align(other, words=WORDS[:10])
    np.testing.assert_allclose(few.vectors, matrix @ rotation, atol=1e-4)


def test_align_is_the_best_rotation(kv, matrix):
    noise = np.random.default_rng(10).normal(size=matrix.shape, scale=0.3)
    other = w2v.KeyedVectors(WORDS, (matrix[:, ::-1] + noise).astype("f4"))
    turned = kv.align(other)

    def far(vectors):
        units = vectors / np.linalg.norm(vectors, axis=1)[:, None]
        return np.linalg.norm(units - other.get_normed_vectors())

    rng = np.random.default_rng(11)
    for _ in range(50):
        small = np.linalg.qr(np.eye(6) + 0.05 * rng.normal(size=(6, 6)))[0]
        small *= np.sign(np.diag(small))
        assert far(turned.vectors) <= far(turned.vectors @ small) + 1e-6


def test_align_says_what_does_not_fit(kv, matrix):
    with pytest.raises(ValueError, match="same vector_size"):
        kv.align(w2v.KeyedVectors(WORDS, matrix[:, :3].copy()))
    with pytest.raises(ValueError, match="share 0 words"):
        kv.align(w2v.KeyedVectors(["a", "b"], matrix[:2]))
