"""Round trips and damage, for every format."""

import bz2
import gzip
import lzma
import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from vector_files import FORMATS, VECTORS, WORDS, assert_bits_equal, put

from w2v.files.formats import read_model, read_vectors, write_vectors


@pytest.mark.parametrize("format", FORMATS)
def test_round_trip_keeps_words_and_every_bit(tmp_path, format):
    path = tmp_path / "file"
    write_vectors(path, WORDS, VECTORS, format=format)
    words, vectors, counts = read_vectors(path)
    assert words == WORDS
    assert_bits_equal(np.asarray(vectors), VECTORS)
    assert counts is None


words_for = {
    "safetensors": st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6),
    "bin": st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters=" \n"), min_size=1, max_size=6
    ),
    "text": st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters=" \t\n\r\v\f"),
        min_size=1,
        max_size=6,
    ),
}


# A file that begins with a word has no byte-order mark of its own.
words_for["glove"] = words_for["text"].filter(lambda word: word[0] != "\ufeff")
words_for["npz"] = words_for["safetensors"].filter(lambda word: word[-1] != "\0")
words_for["tsv"] = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\t\n\r"), min_size=1, max_size=6
).filter(lambda word: word[0] != "\ufeff")


@pytest.mark.parametrize("format", FORMATS)
@given(data=st.data())
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_round_trip_property(tmp_path, format, data):
    words = data.draw(st.lists(words_for[format], min_size=1, max_size=6, unique=True))
    finite = st.floats(width=32, allow_nan=False, allow_infinity=False)
    # d >= 2: a GloVe line of one number can look like a header (tested below)
    shape = (len(words), data.draw(st.integers(2, 5)))
    vectors = data.draw(hnp.arrays(np.float32, shape, elements=finite))
    path = tmp_path / "file"
    try:
        write_vectors(path, words, vectors, format=format)
    except ValueError as error:
        assert "would be read as another format" in str(error) and format == "glove"
        reject()
    found, read, _ = read_vectors(path, mmap=data.draw(st.booleans()))
    assert found == words
    assert_bits_equal(np.asarray(read), vectors)


@pytest.mark.parametrize("format", FORMATS)
def test_files_longer_than_one_block(tmp_path, monkeypatch, format):
    monkeypatch.setattr("w2v.files.word2vec_files._BLOCK_BYTES", 64)  # names that have no room, too
    monkeypatch.setattr("w2v.files.matrices._BLOCK_VALUES", 10)
    monkeypatch.setattr("w2v.files.blocks.BLOCK_BYTES", 40)
    words = [f"w{i}" * (i % 40 + 1) for i in range(50)]  # some lines longer than a block
    vectors = np.random.default_rng(0).standard_normal((50, 3)).astype(np.float32)
    path = tmp_path / "file"
    write_vectors(path, words, vectors, format=format)
    found, read, _ = read_vectors(path)
    assert found == words
    assert_bits_equal(np.asarray(read), vectors)
    found, read, _ = read_vectors(path, limit=17)
    assert found == words[:17]
    assert_bits_equal(np.asarray(read), vectors[:17])


@pytest.mark.parametrize("format", FORMATS)
def test_limit(tmp_path, format):
    path = tmp_path / "file"
    write_vectors(path, WORDS, VECTORS, range(6), format=format)
    for limit in (1, 5, 6, 100):
        words, vectors, counts = read_vectors(path, limit=limit)
        assert words == WORDS[:limit]
        assert_bits_equal(np.asarray(vectors), VECTORS[:limit])
        assert counts is None or counts.tolist() == list(range(6))[:limit]
    for limit, error in [(0, ValueError), (-1, ValueError), ("5", TypeError), (2.5, TypeError)]:
        with pytest.raises(error, match="limit must"):
            read_vectors(path, limit=limit)
    for name, wrong in [("encoding", "nope"), ("encoding", "hex"), ("errors", "nope")]:
        with pytest.raises(ValueError, match=f"{name} must be one"):
            read_vectors(path, **{name: wrong})
    with pytest.raises(ValueError, match="'utf-16' is not read here; save the file as UTF-8"):
        read_vectors(path, encoding="utf-16")


def test_suffix_chooses_the_format_and_content_recognises_it(tmp_path):
    for suffix in (".safetensors", ".bin", ".txt", ".vec", ".glove", ".BIN", ".npz"):
        path = tmp_path / ("x" + suffix)
        write_vectors(path, ["a", "b"], [[1, 2], [3, 4]])
        moved = path.rename(tmp_path / "no-suffix")
        assert read_vectors(moved)[1].tolist() == [[1, 2], [3, 4]]
    assert not (tmp_path / "x.txt").exists()
    with pytest.raises(ValueError, match=r"\.safetensors.*\.vec.*glove"):
        write_vectors(tmp_path / "x.npy", ["a"], [[1]])
    with pytest.raises(ValueError, match="'hdf5' is unknown; known are bin, glove"):
        write_vectors(tmp_path / "x.bin", ["a"], [[1]], format="hdf5")
    assert os.listdir(tmp_path) == ["no-suffix"]


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("format", ["bin", "text", "glove"])
def test_compressed(tmp_path, format, compress):
    write_vectors(tmp_path / "plain", WORDS, VECTORS, format=format)
    content = compress((tmp_path / "plain").read_bytes())
    words, vectors, _ = read_vectors(put(tmp_path, content, "packed"))
    assert words == WORDS
    assert_bits_equal(vectors, VECTORS)
    if format == "bin":  # cut anywhere; what is inside makes no difference
        for cut in range(len(content)):
            with pytest.raises(ValueError, match="file"):
                read_vectors(put(tmp_path, content[:cut]))


def test_compressed_other_contents(tmp_path):
    with pytest.raises(ValueError, match="empty once decompressed"):
        read_vectors(put(tmp_path, gzip.compress(b"")))
    write_vectors(tmp_path / "x.safetensors", WORDS, VECTORS)
    packed = put(tmp_path, gzip.compress((tmp_path / "x.safetensors").read_bytes()))
    words, vectors, _ = read_vectors(packed)  # a copy, which cannot stay mapped
    assert words == WORDS and not isinstance(vectors, np.memmap)
    assert_bits_equal(vectors, VECTORS)


@pytest.mark.parametrize("format", FORMATS)
def test_padded_other_and_big_endian_matrices(tmp_path, format):
    padded = np.arange(48, dtype=np.float32).reshape(6, 8)[:, :5]
    variants = [padded, np.asfortranarray(padded), padded.astype(">f4"), padded.astype(int)]
    for vectors in variants:
        write_vectors(tmp_path / "x", WORDS, vectors, format=format)
        assert_bits_equal(np.asarray(read_vectors(tmp_path / "x")[1]), padded)


def test_vectors_are_no_model(tmp_path):
    for format in FORMATS:
        write_vectors(tmp_path / "x", WORDS, VECTORS, range(6), format=format)
        with pytest.raises(ValueError, match="not a model; load it with KeyedVectors"):
            read_model(tmp_path / "x")


@pytest.mark.parametrize("format", FORMATS)
def test_truncation_anywhere_is_an_error_or_a_shorter_last_number(tmp_path, format):
    path = tmp_path / "file"
    words = ["the", "\uace0", "\U0001f408"]
    write_vectors(path, words, [[1.25, -2.75], [3.5, 0.125], [5.5, 6.25]], format=format)
    content = path.read_bytes()
    whole = read_vectors(path, mmap=False)[1].tolist()
    for cut in range(len(content)):
        put(tmp_path, content[:cut])
        try:
            found, vectors, _ = read_vectors(path, mmap=False)
        except ValueError:
            continue
        # Only text has no way to tell: its last number lost digits, or a headless file its rows.
        assert format not in ("safetensors", "npz")
        assert found == words[: len(found)]
        assert vectors[:-1].tolist() == whole[: len(found) - 1]
        if format in ("text", "bin", "tsv"):
            assert len(found) == len(words)
        if format == "bin":  # only the newline after the last row is gone
            assert cut == len(content) - 1
            assert vectors.tolist() == whole


@pytest.mark.parametrize("format", FORMATS)
@given(data=st.data())
@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@pytest.mark.filterwarnings("ignore:.*rows repeat a word")
def test_damage_gives_value_error_or_vectors(tmp_path, format, data):
    path = tmp_path / "file"
    write_vectors(path, ["the", "\uace0", "cat"], np.eye(3) * 1.5, [3, 2, 1], format=format)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    put(tmp_path, bytes(content))
    try:
        words, vectors, counts = read_vectors(path, mmap=False)
    except ValueError:
        return
    assert vectors.shape[0] == len(words)
    assert format == "safetensors" or len(set(words)) == len(words)
    assert np.isfinite(vectors).all()
    assert counts is None or len(counts) == len(words)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("words", "vectors", "error", "message"),
    [
        (["a", ""], [[1], [2]], ValueError, "row 1: the word is empty"),
        (["a", "b", "a"], [[1], [2], [3]], ValueError, "row 2: the word 'a' is there twice"),
        (["a", "\ud800"], [[1], [2]], ValueError, "row 1: the word .* surrogate"),
        (["a", b"b"], [[1], [2]], TypeError, r"words\[1\] is bytes"),
        ("ab", [[1], [2]], TypeError, "not one string 'ab'"),
        (["a"], [[1], [2]], ValueError, "1 words but 2 rows"),
        ([], np.zeros((0, 2)), ValueError, "no words to write"),
        (["a"], np.zeros((1, 0)), ValueError, "rows without numbers"),
        (["a"], [1.0], ValueError, "two dimensions"),
        (["a", "b"], [[1], [np.nan]], ValueError, "row 1, the word 'b', has a number"),
        (["a", "b"], [[1], [-np.inf]], ValueError, "row 1, the word 'b', has a number"),
        (["a", "b"], [[1], [1e39]], ValueError, "row 1, the word 'b', has a number"),
        (["a"], [["x"]], TypeError, "real numbers"),
        (["a"], [[1j]], TypeError, "real numbers"),
    ],
)
def test_bad_input_is_refused_and_leaves_no_file(tmp_path, format, words, vectors, error, message):
    with pytest.raises(error, match=message):
        write_vectors(tmp_path / "x", words, vectors, format=format)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("format", FORMATS)
def test_failed_write_leaves_the_old_file(tmp_path, format):
    path = tmp_path / "x"
    write_vectors(path, ["old"], [[1, 2]], format=format)
    before = path.read_bytes()
    bad = np.zeros((1000, 1000), np.float32)
    bad[-1, -1] = np.nan  # found when most is written
    with pytest.raises(ValueError, match="row 999"):
        write_vectors(path, [str(i) for i in range(1000)], bad, format=format)
    assert path.read_bytes() == before
    assert read_vectors(path)[0] == ["old"]
    assert set(os.listdir(tmp_path)) <= {"x", "x_metadata"}
