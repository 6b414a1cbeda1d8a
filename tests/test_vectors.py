"""KeyedVectors: look-up, ranking, filters, unknown words, memory."""

from __future__ import annotations

import doctest
import pickle
import subprocess
import sys

import numpy as np
import pytest

import w2v
from w2v.files.words import PackedWords
from w2v.vectors import keyed, ranking
from w2v.vectors.keyed import KeyedVectors
from w2v.vectors.lookup import UnknownWordError

# Compass: angles are known, so cosines are too.
DEGREES = {"east": 0, "eastish": 10, "northeast": 45, "north": 90, "west": 180, "south": 270}


def compass() -> KeyedVectors:
    angles = np.deg2rad(list(DEGREES.values()))
    lengths = np.array([1, 2, 3, 0.5, 1, 10])[:, None]
    matrix = lengths * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return KeyedVectors(list(DEGREES), matrix.astype(np.float32), np.arange(60, 0, -10))


@pytest.fixture
def kv() -> KeyedVectors:
    return compass()


@pytest.fixture(scope="module")
def random_kv() -> KeyedVectors:
    rng = np.random.default_rng(5)
    words = [f"w{i}" for i in range(500)]
    return KeyedVectors(words, rng.normal(size=(500, 20)).astype(np.float32))


def oracle(kv: KeyedVectors, query: np.ndarray, skip: set[str], topn: int) -> list[str]:
    """Rank by float64 cosine the slow way."""
    matrix = kv.vectors.astype(np.float64)
    cosine = matrix @ query / np.linalg.norm(matrix, axis=1) / np.linalg.norm(query)
    ranked = sorted(range(len(kv)), key=lambda i: (-cosine[i], i))
    return [kv.index_to_key[i] for i in ranked if kv.index_to_key[i] not in skip][:topn]


def names(ranking: list[tuple[str, float]]) -> list[str]:
    return [word for word, _ in ranking]


# Construction


def test_attributes_and_container(kv: KeyedVectors) -> None:
    assert kv.index_to_key == list(DEGREES)
    assert kv.key_to_index["north"] == 3
    assert kv.vector_size == 2 and kv.vectors.dtype == np.float32
    assert kv.counts is not None and kv.counts.dtype == np.int64 and kv.counts[0] == 60
    assert len(kv) == 6 and "west" in kv and "nowhere" not in kv and 0 not in kv
    assert list(kv) == list(DEGREES)
    assert "6 words" in repr(kv)


def test_float32_matrices_are_not_copied() -> None:
    padded = np.ones((3, 16), np.float32)
    padded.flags.writeable = False
    kv = KeyedVectors(["a", "b", "c"], padded[:, :5])
    assert np.shares_memory(kv.vectors, padded) and kv.vectors.shape == (3, 5)
    assert kv.most_similar("a") == [("b", 1.0), ("c", 1.0)]


def test_mapped_matrix_is_neither_read_nor_copied_at_construction(tmp_path) -> None:
    matrix = np.ones((3, 4), np.float32)
    matrix[1, 2] = np.nan
    np.save(tmp_path / "m.npy", matrix)
    mapped = np.load(tmp_path / "m.npy", mmap_mode="r")
    kv = KeyedVectors(["a", "b", "c"], mapped)
    assert np.shares_memory(kv.vectors, mapped) and type(kv.vectors) is np.ndarray
    with pytest.raises(ValueError, match="'b' .row 1. holds NaN"):
        kv.most_similar("a")


def test_a_vector_may_be_too_long_for_its_length(tmp_path) -> None:
    (tmp_path / "v.txt").write_text("2 2\na 1 2\nb 3e38 3e38\n")
    with pytest.raises(ValueError, match=r"v\.txt: the vector of 'b' \(row 1\) is longer than"):
        KeyedVectors.load(tmp_path / "v.txt")


def test_other_floats_are_converted_and_other_kinds_refused() -> None:
    assert KeyedVectors(["a"], np.ones((1, 2))).vectors.dtype == np.float32
    assert KeyedVectors(["a"], np.ones((1, 2), np.float16)).vectors.dtype == np.float32
    assert KeyedVectors(["a"], np.ones((1, 2), int)).vectors.dtype == np.float32
    for wrong in (np.array([["x", "y"]]), np.ones((1, 2), complex)):
        with pytest.raises(TypeError, match="vectors must be numbers"):
            KeyedVectors(["a"], wrong)


@pytest.mark.parametrize(
    ("words", "matrix", "counts", "error", "message"),
    [
        (["a", "b", "a"], np.ones((3, 2)), None, ValueError, "'a' stands at 0 and at 2"),
        (["a", "b"], np.ones((3, 2)), None, ValueError, "2 words but 3 rows"),
        (["a"], np.ones(2), None, ValueError, r"shape \(V, d\)"),
        (["a"], np.ones((1, 0)), None, ValueError, "d > 0"),
        (["a", 7], np.ones((2, 2)), None, TypeError, r"words\[1\] is int"),
        ("ab", np.ones((2, 2)), None, TypeError, "not one str"),
        (["a", "b"], np.array([[1, 1], [1, np.nan]]), None, ValueError, "'b'"),
        (["a", "b"], np.array([[1, -np.inf], [1, 1]]), None, ValueError, "'a'"),
        (["a"], np.array([[1e300, 0]]), None, ValueError, "infinity"),
        (["a", "b"], np.ones((2, 2)), np.array([1]), ValueError, r"shape \(2,\)"),
        (["a"], np.ones((1, 2)), np.array([0.5]), TypeError, "integers"),
    ],
)
def test_bad_construction(words, matrix, counts, error, message) -> None:
    with pytest.raises(error, match=message):
        KeyedVectors(words, matrix, counts)


def test_empty_and_single_word() -> None:
    empty = KeyedVectors([], np.empty((0, 3), np.float32), np.empty(0, np.int64))
    assert len(empty) == 0 and empty.similar_by_vector(np.ones(3)) == []
    assert empty.vectors_for(["a"], oov="zero").tolist() == [[0, 0, 0]]
    one = KeyedVectors(["only"], np.ones((1, 3), np.float32))
    assert one.most_similar("only") == []
    assert one.similar_by_vector(np.ones(3)) == [("only", pytest.approx(1))]
    assert one.doesnt_match(["only"]) == "only"


def test_words_of_any_script() -> None:
    words = ["東京", "naïve", "👩‍🚀", "two words", "नमस्ते"]
    kv = KeyedVectors(words, np.eye(5, dtype=np.float32))
    assert names(kv.most_similar("👩‍🚀")) == ["東京", "naïve", "two words", "नमस्ते"]
    with pytest.raises(KeyError, match="'नमस्ते'"):
        kv["नमस्त"]


# Looking up


def test_getitem(kv: KeyedVectors) -> None:
    assert kv["east"].tolist() == [1, 0] and kv["east"].shape == (2,)
    assert kv[["east", "east", "west"]].shape == (3, 2)
    assert kv[[]].shape == (0, 2)
    for missing in ("nowhere", ["east", "nowhere"]):
        with pytest.raises(KeyError, match="nowhere"):
            kv[missing]


def test_get_vector_is_a_read_only_view(kv: KeyedVectors) -> None:
    vector = kv.get_vector("south")
    assert np.shares_memory(vector, kv.vectors)
    with pytest.raises(ValueError, match="read-only"):
        vector[0] = 1
    assert kv.get_vector("south", norm=True) == pytest.approx([0, -1], abs=1e-6)
    kv.vectors[0, 0] = 2  # the matrix itself stays writable


def test_get_vector_of_an_unknown_word(kv: KeyedVectors) -> None:
    assert kv.get_vector("up", oov="zero").tolist() == [0, 0]
    assert kv.get_vector("up", default=None) is None
    assert kv.get_vector("east", default=None).tolist() == [1, 0]
    with pytest.raises(ValueError, match="oov"):
        kv.get_vector("up", oov="skip")
    with pytest.raises(KeyError, match="str, not int"):
        kv.get_vector(3)  # type: ignore[arg-type]


def test_vectors_for(kv: KeyedVectors) -> None:
    words = ["west", "up", "north"]
    assert kv.vectors_for(words, oov="skip").shape == (2, 2)
    assert kv.vectors_for(words, oov="zero")[1].tolist() == [0, 0]
    assert kv.vectors_for(words, default=[7, 8])[1].tolist() == [7, 8]
    assert kv.vectors_for(words, default=0.5)[1].tolist() == [0.5, 0.5]
    unit = kv.vectors_for(iter(["south", "north"]), norm=True)
    assert np.linalg.norm(unit, axis=1) == pytest.approx([1, 1])
    with pytest.raises(KeyError):
        kv.vectors_for(words)
    with pytest.raises(ValueError, match="oov must be one of 'error', 'skip', 'zero'"):
        kv.vectors_for(words, oov="ignore")
    with pytest.raises(TypeError, match="list of words"):
        kv.vectors_for("west")


def test_get_mean_vector(kv: KeyedVectors) -> None:
    assert kv.get_mean_vector(["east", "south"]) == pytest.approx([0.5, -0.5], abs=1e-6)
    raw = kv.get_mean_vector(["east", "south"], pre_normalize=False)
    assert raw == pytest.approx([0.5, -5], abs=1e-6)
    weighted = kv.get_mean_vector(["east", np.array([0.0, 4.0])], weights=[3, -1])
    assert weighted == pytest.approx([0.75, -1])  # divided by the sum of |weight|
    unit = kv.get_mean_vector(["east", "north"], post_normalize=True)
    assert unit == pytest.approx([0.5**0.5] * 2) and unit.dtype == np.float32
    assert kv.get_mean_vector(["east", "up"]).tolist() == [1, 0]
    assert kv.get_mean_vector(["up"]).tolist() == [0, 0]
    with pytest.raises(KeyError):
        kv.get_mean_vector(["east", "up"], ignore_missing=False)
    with pytest.raises(ValueError, match="no words"):
        kv.get_mean_vector([])
    with pytest.raises(ValueError, match="1 weights for 2 keys"):
        kv.get_mean_vector(["east", "west"], weights=[1])
    with pytest.raises(TypeError):
        kv.get_mean_vector([3])  # type: ignore[list-item]


def test_subset(kv: KeyedVectors) -> None:
    part = kv.subset(["north", "east"])
    assert part.index_to_key == ["north", "east"]
    assert part.counts is not None and part.counts.tolist() == [30, 60]
    assert part["north"].tolist() == kv["north"].tolist()
    assert not np.shares_memory(part.vectors, kv.vectors)
    assert len(kv.subset(["up", "west"], oov="skip")) == 1
    assert len(kv.subset([])) == 0
    with pytest.raises(KeyError):
        kv.subset(["up"])
    with pytest.raises(ValueError, match="distinct"):
        kv.subset(["east", "east"])


# Similarity


def test_similarity_and_distance(kv: KeyedVectors) -> None:
    assert kv.similarity("east", "northeast") == pytest.approx(0.5**0.5)
    assert kv.similarity("east", "west") == pytest.approx(-1)
    assert kv.distance("east", "north") == pytest.approx(1)
    assert isinstance(kv.similarity("east", "west"), float)
    assert kv.similarity("east", "up", default=None) is None
    assert kv.distance("up", "east", default=2.0) == 2.0
    with pytest.raises(KeyError):
        kv.similarity("east", "up")


def test_similarity_is_symmetric_to_the_last_bit(random_kv: KeyedVectors) -> None:
    for i in range(0, 400, 2):
        a, b = f"w{i}", f"w{i + 1}"
        assert random_kv.similarity(a, b) == random_kv.similarity(b, a)
        assert -1 <= random_kv.similarity(a, a) <= 1


def test_distances(kv: KeyedVectors) -> None:
    all_words = kv.distances("east")
    assert all_words == pytest.approx(1 - np.cos(np.deg2rad(list(DEGREES.values()))), abs=1e-6)
    assert kv.distances("east", ["south", "west"]) == pytest.approx([1, 2])
    assert kv.distances(np.array([0.0, 3.0]), ["north"]) == pytest.approx([0], abs=1e-6)
    assert kv.distances("east", ["up", "west"], oov="skip") == pytest.approx([2])
    assert kv.distances("east", ["up"], oov="skip").shape == (0,)
    with pytest.raises(KeyError):
        kv.distances("east", ["up"])
    with pytest.raises(TypeError, match="list of words"):
        kv.distances("east", "west")


def test_similarity_matrix(kv: KeyedVectors) -> None:
    matrix = kv.similarity_matrix(["east", "north"], ["west", "north", "eastish"])
    assert matrix.shape == (2, 3)
    for i, word in enumerate(["east", "north"]):
        for j, other in enumerate(["west", "north", "eastish"]):
            assert matrix[i, j] == pytest.approx(kv.similarity(word, other), abs=1e-6)
    square = kv.similarity_matrix(kv.index_to_key)
    assert np.array_equal(square, square.T) and square.max() <= 1
    assert kv.similarity_matrix(["up", "east"], oov="zero")[0].tolist() == [0, 0]
    assert kv.similarity_matrix(["up", "east"], oov="skip").shape == (1, 1)


def test_n_similarity(kv: KeyedVectors) -> None:
    # raw means: east + north = (1, 0.5), not normalised before averaging
    expected = 1 / np.hypot(1, 0.5)
    assert kv.n_similarity(["east", "north"], ["east"]) == pytest.approx(expected)
    assert kv.n_similarity(["east", "up"], ["east"], oov="skip") == pytest.approx(1)
    assert kv.n_similarity(["up"], ["east"], oov="zero") == 0
    with pytest.raises(ValueError, match="known word"):
        kv.n_similarity([], ["east"])
    with pytest.raises(KeyError):
        kv.n_similarity(["up"], ["east"])


def test_doesnt_match(kv: KeyedVectors) -> None:
    assert kv.doesnt_match(["east", "west", "eastish", "northeast"]) == "west"
    assert kv.doesnt_match(["east", "up", "eastish", "west"], oov="skip") == "west"
    with pytest.raises(KeyError):
        kv.doesnt_match(["east", "up"])
    with pytest.raises(ValueError, match="choose"):
        kv.doesnt_match(["up"], oov="skip")


def test_rank_and_closer_than(kv: KeyedVectors) -> None:
    assert kv.closer_than("east", "north") == ["eastish", "northeast"]
    assert kv.rank("east", "north") == 3
    assert kv.rank("east", "eastish") == 1
    with pytest.raises(KeyError):
        kv.rank("east", "up")


# Ranking


def test_most_similar_to_a_word(kv: KeyedVectors) -> None:
    ranking = kv.most_similar("east", topn=3)
    assert names(ranking) == ["eastish", "northeast", "north"]
    assert [c for _, c in ranking] == pytest.approx(np.cos(np.deg2rad([10, 45, 90])), abs=1e-6)
    assert all(type(cosine) is float for _, cosine in ranking)
    assert kv.similar_by_word("east", topn=3) == ranking
    assert names(kv.similar_by_vector(kv["east"], topn=2)) == ["east", "eastish"]
    assert len(kv.most_similar("east", topn=100)) == 5
    assert kv.most_similar("east", topn=0) == [] == kv.most_similar("east", topn=-1)


def test_most_similar_agrees_with_the_slow_way(random_kv: KeyedVectors) -> None:
    kv = random_kv
    unit = {word: kv[word] / np.linalg.norm(kv[word].astype(np.float64)) for word in kv}
    for i in range(30):
        a, b, c = f"w{i}", f"w{i + 100}", f"w{i + 200}"
        expected = oracle(kv, unit[a] + unit[b] - unit[c], {a, b, c}, 12)
        assert names(kv.most_similar([a, b], [c], topn=12)) == expected
        assert names(kv.analogy(c, a, b, topn=12)) == expected
        expected = oracle(kv, 2 * unit[a] + 3 * kv[b], {a}, 12)
        assert names(kv.most_similar([(a, 2), (kv[b], 3.0)], topn=12)) == expected


def test_forms_of_a_query(kv: KeyedVectors) -> None:
    expected = kv.most_similar(["east", "north"])
    assert kv.most_similar(("east", "north")) == expected
    assert kv.most_similar([("east", 1), ("north", 1.0)]) == expected
    assert kv.most_similar(["east"], negative=[("north", 1.0)]) == expected  # the weight's own sign
    assert kv.most_similar(negative="east")[0][0] == "west"
    assert kv.most_similar(("east", -1.0))[0][0] == "west"
    rows = kv.vectors[[0, 1]]
    assert names(kv.most_similar(rows)) == names(kv.most_similar(list(rows)))


def test_bad_queries(kv: KeyedVectors) -> None:
    for call in (kv.most_similar, kv.most_similar_cosmul):
        with pytest.raises(ValueError, match=r"empty|at least one"):
            call()
        with pytest.raises(KeyError, match="up"):
            call(["east", "up"])
        with pytest.raises(ValueError, match=r"shape \(2,\)"):
            call(np.ones(3))
        with pytest.raises(ValueError, match="NaN"):
            call(np.array([1, np.nan]))
        with pytest.raises(TypeError, match="not of float"):
            call([0.5, "east"])
        with pytest.raises(TypeError, match="topn"):
            call("east", topn=2.5)
        with pytest.raises(ValueError, match="negative"):
            call("east", restrict_vocab=-1)
        with pytest.raises(ValueError, match="oov"):
            call("east", oov="drop")


def test_topn_none_returns_every_score(kv: KeyedVectors) -> None:
    scores = kv.most_similar("east", topn=None)
    assert scores == pytest.approx(1 - kv.distances("east"))
    assert kv.most_similar("east", topn=None, clip_start=2, clip_end=5).shape == (3,)
    assert kv.most_similar_cosmul("east", topn=None).shape == (6,)
    for filters in ({"candidates": ["west"]}, {"exclude": ["west"]}):
        with pytest.raises(ValueError, match="topn=None"):
            kv.most_similar("east", topn=None, **filters)


def test_clipping(kv: KeyedVectors) -> None:
    assert names(kv.most_similar("east", restrict_vocab=3)) == ["eastish", "northeast"]
    assert names(kv.most_similar("east", clip_start=2, clip_end=4)) == ["northeast", "north"]
    assert names(kv.most_similar("east", clip_start=4, clip_end=99)) == ["south", "west"]
    assert kv.most_similar("east", clip_start=50) == []
    assert len(kv.most_similar("east", restrict_vocab=0)) == 5  # no limit, as in gensim


def test_candidates_and_exclude(kv: KeyedVectors) -> None:
    chosen = ["west", "north", "east", "west"]
    assert names(kv.most_similar("east", candidates=chosen)) == ["north", "west"]
    assert names(kv.most_similar("east", candidates=chosen, exclude=["north"])) == ["west"]
    assert names(kv.most_similar("east", exclude=["eastish", "up"], topn=1)) == ["northeast"]
    clipped = kv.most_similar("east", clip_start=1, exclude=["eastish"], topn=1)
    assert names(clipped) == ["northeast"]
    assert names(kv.most_similar("east", candidates=chosen, restrict_vocab=4)) == ["north"]
    assert kv.most_similar("east", candidates=[]) == []
    assert names(kv.most_similar_cosmul("east", candidates=chosen, exclude=["north"])) == ["west"]
    with pytest.raises(KeyError):
        kv.most_similar("east", candidates=["up"])
    assert kv.most_similar("east", candidates=["up"], oov="skip") == []
    with pytest.raises(TypeError, match="list of words"):
        kv.most_similar("east", exclude="west")


def test_many_exclusions_leave_as_many_answers(random_kv: KeyedVectors) -> None:
    banned = [f"w{i}" for i in range(1, 300)]
    ranking = random_kv.most_similar("w0", topn=20, exclude=banned)
    assert len(ranking) == 20 and not set(names(ranking)) & set(banned)


def test_unknown_words_in_queries(kv: KeyedVectors) -> None:
    expected = kv.most_similar("east")
    assert kv.most_similar(["east", "up"], oov="skip") == expected
    assert kv.most_similar(["east", "up"], oov="zero") == expected
    assert kv.most_similar("up", oov="skip") == []
    assert [cosine for _, cosine in kv.most_similar("up", oov="zero")] == [0] * 6
    assert kv.most_similar_cosmul("up", oov="skip") == []


def test_ties_go_to_the_lower_index() -> None:
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(1000, 33)).astype(np.float32)
    same = [3, 7, 500, 501, 998, 999]
    matrix[same] = matrix[3]
    kv = KeyedVectors([f"w{i}" for i in range(1000)], matrix)
    expected = ["w3", "w7", "w500", "w501", "w998"]
    assert names(kv.similar_by_vector(matrix[3], topn=5)) == expected
    assert names(kv.most_similar_batch([matrix[3]] * 3, topn=5)[2]) == expected
    zero = names(kv.similar_by_vector(np.zeros(33), topn=4))
    assert zero == ["w0", "w1", "w2", "w3"]


def test_float32_rounding_does_not_decide_the_order() -> None:
    # thirty rows whose cosines with the query differ by less than float32 products can tell
    rng = np.random.default_rng(8)
    matrix = rng.normal(size=(400, 200)).astype(np.float32)
    matrix[100:130] = matrix[100]
    matrix[100:130, 0] += rng.normal(size=30).astype(np.float32) * 1e-5
    kv = KeyedVectors([f"w{i}" for i in range(400)], matrix)
    query = matrix[100].astype(np.float64) + rng.normal(size=200) / 2
    assert names(kv.similar_by_vector(query, topn=5)) == oracle(kv, query, set(), 5)


def test_zero_vectors_are_similar_to_nothing() -> None:
    matrix = np.array([[1, 0], [0, 0], [-1, 0]], np.float32)
    kv = KeyedVectors(["a", "nil", "b"], matrix)
    assert kv.most_similar("a") == [("nil", 0.0), ("b", -1.0)]
    assert kv.most_similar("nil") == [("a", 0.0), ("b", 0.0)]
    assert kv.similarity("a", "nil") == 0 == kv.similarity("nil", "nil")
    assert kv.distances("nil").tolist() == [1, 1, 1]
    assert kv.get_vector("nil", norm=True).tolist() == [0, 0]
    assert np.isfinite(kv.most_similar_cosmul(["a"], ["nil"], topn=None)).all()


def test_huge_and_tiny_vectors() -> None:
    matrix = np.array([[1e30, 1e30], [1e-30, 1e-30], [1e30, 0]], np.float32)
    kv = KeyedVectors(["huge", "tiny", "east"], matrix)
    assert kv.similarity("huge", "tiny") == pytest.approx(1)
    assert names(kv.most_similar("huge")) == ["tiny", "east"]


def test_refresh_after_a_change_in_place(kv: KeyedVectors) -> None:
    assert kv.norms[0] == 1
    kv.vectors[0] *= 4
    kv.refresh()
    assert kv.norms[0] == 4
    kv.vectors[2] = np.inf
    with pytest.raises(ValueError, match="northeast"):
        kv.refresh()


def test_batch_equals_single_queries(random_kv: KeyedVectors, monkeypatch) -> None:
    kv = random_kv
    queries = ["w1", kv["w2"], ["w3", ("w4", -0.5)], ("w5", 2.0), *kv.index_to_key[:40]]
    options = {"topn": 7, "restrict_vocab": 300, "exclude": ["w9"]}
    single = [kv.most_similar(query, **options) for query in queries]
    assert kv.most_similar_batch(queries, **options) == single
    monkeypatch.setattr(ranking, "BLOCK_SCORES", 1000)  # three queries a block
    assert kv.most_similar_batch(queries, **options) == single
    assert kv.most_similar_batch(kv.vectors[:5]) == [kv.most_similar(v) for v in kv.vectors[:5]]


def test_batch_keeps_its_length(kv: KeyedVectors) -> None:
    answers = kv.most_similar_batch(["east", "up", "west"], topn=1, oov="skip")
    assert [names(a) for a in answers] == [["eastish"], [], ["north"]]
    assert kv.most_similar_batch([]) == []
    assert kv.most_similar_batch(["east", "west"], topn=0) == [[], []]
    with pytest.raises(KeyError):
        kv.most_similar_batch(["east", "up"])
    with pytest.raises(TypeError, match="list"):
        kv.most_similar_batch("east")


def test_cosmul_follows_the_formula(random_kv: KeyedVectors) -> None:
    kv = random_kv
    cosine = (1 + kv.similarity_matrix(["w0", "w1", "w2"], kv).astype(np.float64)) / 2
    expected = cosine[0] * cosine[1] / (cosine[2] + 1e-6)
    scores = kv.most_similar_cosmul(["w0", "w1"], ["w2"], topn=None)
    assert scores == pytest.approx(expected, rel=1e-5)
    ranked = [f"w{i}" for i in np.argsort(-expected) if i > 2][:5]
    assert names(kv.most_similar_cosmul(["w0", "w1"], ["w2"], topn=5)) == ranked
    assert names(kv.analogy("w2", "w0", "w1", topn=5, method="3cosmul")) == ranked
    with pytest.raises(ValueError, match="weights"):
        kv.most_similar_cosmul([("w0", 2.0)])
    with pytest.raises(ValueError, match="'3cosadd', '3cosmul'"):
        kv.analogy("w0", "w1", "w2", method="cosmul")


def test_analogy_finds_a_planted_answer() -> None:
    rng = np.random.default_rng(1)
    male, female = rng.normal(size=(2, 30))
    king, actor, prince, noise = rng.normal(size=(4, 30)) * 2
    matrix = [male, female, king + male, king + female, actor + male, actor + female, prince, noise]
    words = ["man", "woman", "king", "queen", "actor", "actress", "prince", "noise"]
    kv = KeyedVectors(words, np.array(matrix, np.float32))
    for method in ("3cosadd", "3cosmul"):
        assert kv.analogy("man", "king", "woman", method=method)[0][0] == "queen"
        assert kv.analogy("king", "actor", "queen", topn=1, method=method)[0][0] == "actress"


def test_many_equal_rows_are_ranked_by_index(monkeypatch) -> None:
    # more equal rows than any fixed number of spare finalists, in blocks and threads
    monkeypatch.setattr("w2v.parallel._PART_BYTES", 1)
    monkeypatch.setattr(ranking, "BLOCK_ROWS", 50)
    rng = np.random.default_rng(3)
    matrix = rng.normal(size=(3000, 37)).astype(np.float32)
    same = np.sort(rng.choice(3000, 700, replace=False))
    matrix[same] = matrix[0] * 2.0 ** rng.integers(-3, 3, 700)[:, None]
    kv = KeyedVectors([f"w{i}" for i in range(3000)], matrix)
    expected = ["w0", *(f"w{i}" for i in same if i)][:12]
    assert names(kv.similar_by_vector(matrix[0], topn=12)) == expected
    assert names(kv.most_similar_batch([matrix[0]] * 5, topn=12)[4]) == expected
    assert kv.closer_than("w0", f"w{same[-1]}") == [] and kv.rank("w0", f"w{same[-1]}") == 1


def test_rank_is_that_of_exact_cosines() -> None:
    # nine rows that float32 products cannot tell apart
    rng = np.random.default_rng(8)
    matrix = rng.normal(size=(50, 200)).astype(np.float32)
    matrix[1:10] = matrix[0]
    matrix[1:10, 0] += np.arange(1, 10, dtype=np.float32) * 1e-5
    kv = KeyedVectors([f"w{i}" for i in range(50)], matrix)
    ranked = names(kv.most_similar("w0", topn=49))
    assert [kv.rank("w0", word) for word in ranked] == list(range(1, 50))
    assert kv.closer_than("w0", ranked[5]) == sorted(ranked[:5], key=kv.key_to_index.get)


@pytest.mark.parametrize("d", [1, 3, 8, 15, 100])
def test_matrices_of_any_layout_give_the_same_answers(d: int) -> None:
    rng = np.random.default_rng(d)
    plain = rng.normal(size=(203, d)).astype(np.float32)
    words = [f"w{i}" for i in range(203)]
    wide = np.zeros((406, d + 5), np.float32)
    wide[::2, 2 : d + 2] = plain
    unaligned = np.frombuffer(b"x" + plain.tobytes(), np.uint8)[1:].view(np.float32)
    expected = KeyedVectors(words, plain).most_similar_batch(words[:9])
    layouts = [np.asfortranarray(plain), wide[::2, 2 : d + 2], plain[::-1].copy()[::-1]]
    for matrix in [*layouts, unaligned.reshape(203, d)]:
        kv = KeyedVectors(words, matrix)
        assert kv.most_similar_batch(words[:9]) == expected
        assert [kv.most_similar(word) for word in words[:9]] == expected
        assert np.allclose(kv.norms, np.linalg.norm(plain, axis=1))


@pytest.mark.slow
@pytest.mark.parametrize("cut", ["[:, ::2]", "[::-1, :100]", "[:, :100]"])
def test_many_queries_copy_no_matrix(cut: str) -> None:
    # a process of its own: numpy's copies within a product are seen in the peak memory alone
    code = f"""
import resource
import numpy as np
from w2v import KeyedVectors
matrix = np.ones((300_000, 200), np.float32){cut}
kv = KeyedVectors([f"w{{i}}" for i in range(len(matrix))], matrix)
kv.most_similar("w1", topn=1)
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = peak()
kv.most_similar_batch(["w1", "w2"], topn=1)
print((peak() - before) * 1024 / matrix.nbytes)
"""
    pytest.importorskip("resource", reason="peak memory is read as Unix tells it")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 0.5


def test_cosines_do_not_leave_their_range() -> None:
    rng = np.random.default_rng(1)
    matrix = rng.normal(size=(500, 7)).astype(np.float32)
    matrix[250:] = -matrix[:250]
    kv = KeyedVectors([f"w{i}" for i in range(500)], matrix)
    for word in list(kv)[:60]:
        scores = kv.most_similar(word, topn=None)
        assert scores.min() >= -1 and scores.max() <= 1
        assert kv.distances(word).min() >= 0 and kv.distances(word, list(kv)).min() >= 0


def test_a_mapped_file_decodes_words_only_when_needed(tmp_path, monkeypatch) -> None:
    rng = np.random.default_rng(2)
    words = ["a", "b", "ab", "ba", "東京", "京", "é", *(f"w{i}" for i in range(100))]
    saved = KeyedVectors(words, rng.normal(size=(107, 5)).astype(np.float32))
    saved.save(tmp_path / "v.safetensors")
    kv = KeyedVectors.load(tmp_path / "v.safetensors")
    for word in words[:20]:
        assert kv.most_similar(word) == saved.most_similar(word)
    assert "京東" not in kv and "w" not in kv and 3 not in kv and "\ud800" not in kv
    with pytest.raises(KeyError, match="'w1000' is not in.*'w10"):
        kv["w1000"]
    assert not {"index_to_key", "key_to_index"} & set(vars(kv._lookup)) and len(kv) == 107
    assert [kv._lookup.row(word) for word in words] == list(range(107))
    assert "key_to_index" not in vars(kv._lookup)  # the file has an index
    kv._lookup.words._index = None  # as in an older file
    assert [kv._lookup.row(word) for word in words] == list(range(107))
    assert "key_to_index" in vars(kv._lookup)  # made after some tens of look-ups
    assert kv.index_to_key == words and kv["w99"].tolist() == saved["w99"].tolist()
    assert pickle.loads(pickle.dumps(KeyedVectors.load(tmp_path / "v.safetensors")))["é"].size == 5


@pytest.mark.parametrize("words", [["a", "bb", "é"], ["a\0b", "c"], ["\0"]])
def test_packed_words(words) -> None:
    raw = [word.encode() for word in words]
    cuts = np.cumsum([0, *map(len, raw)])
    packed = PackedWords(np.frombuffer(b"".join(raw), np.uint8), cuts, "file")
    assert packed == words and list(packed) == words and packed != words[1:]
    assert [packed[i] for i in range(len(words))] == words and packed[-1] == words[-1]
    assert packed[:2] == words[:2] and [packed.find(word) for word in words] == [*range(len(words))]
    assert packed.find("zz") == packed.find("") == packed.find(None) == -1
    with pytest.raises(IndexError):
        packed[len(words)]


def test_gensims_old_names_say_ours(kv: KeyedVectors) -> None:
    for name, ours in [
        ("index2word", "index_to_key"),
        ("vocab", "key_to_index"),
        ("syn0", "vectors"),
    ]:
        with pytest.raises(AttributeError, match=ours):
            getattr(kv, name)
        assert not hasattr(kv, name)
    with pytest.raises(AttributeError, match=r"KeyedVectors\.load\(path, limit="):
        KeyedVectors.load_word2vec_format("x.bin", binary=True)  # type: ignore[unused-ignore]


# Approximate search


def test_index_finds_what_comparing_all_finds(random_kv: KeyedVectors, tmp_path) -> None:
    pytest.importorskip("faiss", reason="needs faiss, the extra ann")
    kv = random_kv
    index = kv.index(search="efSearch=500")  # looks at everything
    words = list(kv)[:25]
    expected = kv.most_similar_batch(words, exclude=["w7", "w8"])
    assert [kv.most_similar(word, exclude=["w7", "w8"], ann=index) for word in words] == expected
    assert kv.most_similar_batch(words, exclude=["w7", "w8"], ann=index) == expected
    assert kv.most_similar(["w1", "w2"], ["w3"], ann=index) == kv.most_similar(["w1", "w2"], ["w3"])
    assert len(kv.most_similar("w1", topn=1000, ann=index)) == 499
    assert kv.most_similar("w1", topn=0, ann=index) == []
    index.save(tmp_path / "index")
    again = w2v.ann.Index.load(tmp_path / "index")
    assert kv.most_similar_batch(words, exclude=["w7", "w8"], ann=again) == expected
    flat = kv.index("IVF4,Flat", "nprobe=4")
    assert kv.most_similar("w1", ann=flat) == kv.most_similar("w1")


def test_misuse_of_an_index(random_kv: KeyedVectors, kv: KeyedVectors, tmp_path) -> None:
    pytest.importorskip("faiss", reason="needs faiss, the extra ann")
    index = kv.index()
    assert names(kv.most_similar("east", ann=index, topn=2)) == ["eastish", "northeast"]
    with pytest.raises(ValueError, match="holds 6 rows of 2 numbers, but there are 500 of 20"):
        random_kv.most_similar("w1", ann=index)
    for options in ({"topn": None}, {"restrict_vocab": 3}, {"candidates": ["west"]}):
        with pytest.raises(ValueError, match="leave out ann="):
            kv.most_similar("east", ann=index, **options)
    with pytest.raises(ValueError, match="leave out ann="):
        kv.most_similar_batch(["east"], restrict_vocab=3, ann=index)
    with pytest.raises(ValueError, match="'HNSV'"):
        kv.index("HNSV")
    with pytest.raises(ValueError, match="'nprobe=3'"):
        kv.index(search="nprobe=3")
    with pytest.raises(FileNotFoundError):
        w2v.ann.Index.load(tmp_path / "none")


def test_missing_faiss_names_the_extra(kv: KeyedVectors, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(ImportError, match=r"pip install 'w2v\[ann\]'"):
        kv.index()


# Files and imports


def test_load_and_save_pass_everything_to_formats(monkeypatch, kv: KeyedVectors) -> None:
    calls = []
    options = {"mmap": False, "limit": 3, "encoding": "latin-1", "errors": "ignore"}

    def read(path, **given):
        assert path == "x.bin" and given == options
        return w2v.formats.Stored(["a"], np.ones((1, 2), np.float32))

    write = lambda *args, **named: calls.append((args, named))  # noqa: E731
    monkeypatch.setattr(w2v.formats, "open_vectors", read)
    monkeypatch.setattr(w2v.formats, "write_vectors", write)
    assert KeyedVectors.load("x.bin", **options).index_to_key == ["a"]
    kv.save("y.txt", format="glove")
    (args, named) = calls[0]
    assert (
        args[0] == "y.txt"
        and args[1] == kv.index_to_key
        and named
        == {
            "format": "glove",
            "settings": {},
        }
    )
    assert args[2] is kv.vectors and args[3] is kv.counts


def test_examples_in_docstrings() -> None:
    assert doctest.testmod(keyed).failed == 0


@pytest.mark.parametrize("key", [3, np.int64(3), slice(0, 2), None, b"east", [3], [0.5, 1.0]])
def test_keys_that_are_no_words_are_told_what_to_write(kv: KeyedVectors, key: object) -> None:
    with pytest.raises(UnknownWordError, match=r"looked up by str.*kv\.vectors\["):
        kv[key]  # type: ignore[index]
    with pytest.raises(UnknownWordError, match=r"looked up by str"):
        kv[key] = kv["east"]  # type: ignore[index]
    assert key not in kv


def test_vectors_may_stand_where_words_do(kv: KeyedVectors) -> None:
    want = kv.similarity("east", "eastish")
    for one in ("east", kv["east"], kv["east"].tolist(), tuple(kv["east"].tolist())):
        for other in ("eastish", kv["eastish"], kv["eastish"].tolist()):
            assert kv.similarity(one, other) == want
            assert kv.distance(one, other) == 1 - want
    assert kv.similarity([1, 0], "nowhere", default=None) is None
    with pytest.raises(ValueError, match=r"shape \(2,\), got \(3,\)"):
        kv.similarity([1.0, 0.0, 1.0], "east")


def test_plain_lists_are_query_vectors(kv: KeyedVectors) -> None:
    vector = kv["eastish"]
    plain = vector.tolist()
    want = kv.most_similar(vector)
    for same in (plain, [plain], tuple(plain), [vector], [(plain, 1.0)], vector.tolist()):
        assert kv.most_similar(same) == want
    assert kv.similar_by_vector(plain) == want
    assert kv.most_similar_batch([plain, plain]) == [want, want]
    assert kv.most_similar(["east"], [plain]) == kv.most_similar(["east"], [vector])
    assert kv.most_similar_cosmul(plain) == kv.most_similar_cosmul(vector)
    assert kv.distances(plain).tolist() == kv.distances(vector).tolist()
    assert kv.most_similar(np.array(["east", "west"])) == kv.most_similar(["east", "west"])
    for row in (0, np.int64(0), [0], [0, 1, 2], [np.int64(0)]):
        with pytest.raises((TypeError, ValueError), match=r"kv\.index_to_key\[row\]"):
            kv.most_similar(row)


def test_assignment_copies_first_and_adds_rows(tmp_path) -> None:
    matrix = np.eye(3, dtype=np.float32)
    given = KeyedVectors(["a", "b", "c"], matrix, np.array([3, 2, 1]))
    given.save(tmp_path / "v.safetensors")
    for kv in (given, KeyedVectors.load(tmp_path / "v.safetensors")):
        kv["b"] = [0, 3, 4]
        assert kv["b"].tolist() == [0, 3, 4] and kv.norms[1] == 5 and len(kv) == 3
        kv[["d", "a", "e"]] = np.full((3, 3), 2.0)
        assert kv.index_to_key == ["a", "b", "c", "d", "e"] and kv.counts is not None
        assert kv.counts.tolist() == [3, 2, 1, 0, 0] and kv["d"].tolist() == [2, 2, 2]
        assert kv.similarity("a", "e") == pytest.approx(1)
        assert kv.most_similar("a", topn=1)[0][0] == "d"
        kv.save(tmp_path / "w.bin")
        assert KeyedVectors.load(tmp_path / "w.bin")["e"].tolist() == [2, 2, 2]
        for key, bad, message in [
            ("a", [1, 2], "shape"),
            (["a", "b"], [1, 2, 3], "shape"),
            ("new", [1, 2, np.nan], "NaN"),
        ]:
            with pytest.raises(ValueError, match=message):
                kv[key] = bad
        assert len(kv) == 5
    assert matrix.tolist() == np.eye(3).tolist()
    assert KeyedVectors.load(tmp_path / "v.safetensors")["b"].tolist() == [0, 1, 0]
