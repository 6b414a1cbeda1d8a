"""fastText's own models, byte by byte as fastText writes them."""

import struct

import numpy as np
import pytest

from w2v import KeyedVectors
from w2v.cli import program as cli
from w2v.files.fasttext_files import hashed_ngrams
from w2v.files.formats import format_of, read_vectors

WORDS = ["</s>", "café", "서울", "a", "naïve", "word"]
COUNTS = [9, 5, 4, 3, 2, 2]
D, BUCKETS = 4, 50
RNG = np.random.default_rng(5)
MATRIX = RNG.normal(size=(len(WORDS) + BUCKETS, D)).astype("<f4")


def model(
    words=WORDS, *, kind=2, minn=3, maxn=6, matrix=MATRIX, labels=0, version=12, kept=-1, quant=0
):
    """Bytes of a model; kinds are 1 CBOW, 2 skip-gram, 3 supervised."""
    given = (D, 5, 5, 1, 5, 1, 2, kind, BUCKETS, minn, maxn, 100)
    out = struct.pack("<ii12id", 793712314, version, *given, 1e-4)
    out += struct.pack("<iiiqq", len(words), len(words) - labels, labels, sum(COUNTS), kept)
    for word, count in zip(words, COUNTS, strict=True):
        out += word.encode() + b"\0" + struct.pack("<qb", count, 0)
    out += struct.pack("<bqq", quant, *matrix.shape) + matrix.tobytes()
    return out + struct.pack("<bqq", 0, len(words), D) + bytes(4 * D * len(words))


def ngrams(word, minn, maxn):
    """n-grams of a word in the plainest way, and their hashes."""
    if word == "</s>":
        return []
    marked = f"<{word}>"
    parts = [
        marked[i : i + n]
        for i in range(len(marked))
        for n in range(minn, maxn + 1)
        if n > 0 and i + n <= len(marked)
    ]
    return [part for part in parts if part not in ("<", ">")]


def fnv(part):
    h = 2166136261
    for byte in part.encode():
        h = ((h ^ (byte | 0xFFFFFF00 if byte > 127 else byte)) * 16777619) & 0xFFFFFFFF
    return h


@pytest.mark.parametrize(("minn", "maxn"), [(3, 6), (1, 3), (0, 2), (2, 2), (0, 0), (5, 40)])
def test_vectors_are_the_means_of_words_and_their_ngrams(tmp_path, minn, maxn):
    (tmp_path / "m.bin").write_bytes(model(minn=minn, maxn=maxn))
    words, vectors, counts = read_vectors(tmp_path / "m.bin")
    assert (list(words), counts.tolist()) == (WORDS, COUNTS)
    for row, word in enumerate(WORDS):
        rows = [row, *(len(WORDS) + fnv(part) % BUCKETS for part in ngrams(word, minn, maxn))]
        np.testing.assert_allclose(vectors[row], MATRIX[rows].mean(0), rtol=0, atol=1e-6)


def test_hashes_are_those_of_fasttext():
    # what get_subwords of fastText 0.9.2 gives of a model with 500 buckets
    cafe = [247, 331, 139, 187, 161, 101, 185, 362, 12, 197]
    seoul = [205, 149, 483]
    hashes, owners = hashed_ngrams(["café".encode(), b"</s>", "서울".encode()], 3, 6)
    assert sorted(hashes[owners == 0] % 500) == sorted(cafe)
    assert not (owners == 1).any()
    assert sorted(hashes[owners == 2] % 500) == sorted(seoul)


def test_limit_and_convert_keep_words_and_counts(tmp_path, capsys):
    path = tmp_path / "m.bin"
    path.write_bytes(model())
    assert format_of(path) == "fasttext"
    part = KeyedVectors.load(path, limit=2)
    assert part.index_to_key == WORDS[:2]
    assert cli.main(["convert", str(path), str(tmp_path / "m.safetensors")]) == 0
    words, vectors, counts = read_vectors(tmp_path / "m.safetensors")
    assert (list(words), counts.tolist()) == (WORDS, COUNTS)
    assert np.array_equal(vectors, read_vectors(path)[1])
    assert np.array_equal(part["café"], vectors[1])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (model(kind=3), "a classifier of fastText"),
        (model(quant=1), "quantised or pruned"),
        (model(kept=0), "quantised or pruned"),
        (model(version=10), "version 10"),
        (model(matrix=MATRIX[:-1]), "the file is damaged"),
        (model()[:8] + b"\0" * 90, "sizes are damaged"),
        (model()[:20], "cut off or damaged"),
        (model()[:150], "cut off or damaged"),
        (model()[:400], "truncated"),
        (model()[:-1], "truncated"),
        (
            model(matrix=np.where(MATRIX == MATRIX[3, 1], np.float32("nan"), MATRIX)),
            "row 4, the word 'a', has a number",
        ),
    ],
)
def test_other_kinds_and_damage_are_one_error(tmp_path, content, message):
    (tmp_path / "m.bin").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        KeyedVectors.load(tmp_path / "m.bin")
    assert cli.main(["info", str(tmp_path / "m.bin")]) != 0
