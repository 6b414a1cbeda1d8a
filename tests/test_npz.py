"""NumPy's archives of arrays."""

import io
import zipfile

import numpy as np
import pytest
from vector_files import VECTORS, WORDS, assert_bits_equal

from w2v.files.formats import format_of, read_vectors, write_vectors


def test_numpy_reads_it_and_counts_are_kept(tmp_path):
    write_vectors(tmp_path / "x.npz", WORDS, VECTORS, np.arange(6))
    with np.load(tmp_path / "x.npz") as arrays:
        assert arrays["words"].tolist() == WORDS
        assert_bits_equal(arrays["vectors"], VECTORS)
        assert arrays["counts"].tolist() == list(range(6))
    assert format_of(tmp_path / "x.npz") == "npz"
    words, _, counts = read_vectors(tmp_path / "x.npz", limit=2)
    assert words == WORDS[:2] and counts.tolist() == [0, 1]


@pytest.mark.parametrize(
    "vectors",
    [VECTORS, VECTORS.astype(float), np.asfortranarray(VECTORS), VECTORS.astype(">f4"),
     np.arange(12).reshape(6, 2), np.ones((6, 2), np.float16)],
)  # fmt: skip
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_what_numpy_wrote_is_read(tmp_path, vectors, save):
    listed = [np.array(WORDS), np.array([word.encode("utf-8") for word in WORDS])]
    for words in listed:
        save(tmp_path / "x.npz", matrix=vectors, labels=words, extra=np.arange(3))
        found, read, counts = read_vectors(tmp_path / "x.npz")
        assert found == WORDS and counts is None
        assert_bits_equal(read, vectors.astype(np.float32))
    with pytest.warns(UserWarning, match="1 rows repeat a word"):
        save(tmp_path / "x.npz", vectors=vectors, words=np.array(["a", "b", "a", "c", "d", "e"]),
             counts=np.arange(6))  # fmt: skip
        found, read, counts = read_vectors(tmp_path / "x.npz")
    assert found == list("abcde") and counts.tolist() == [0, 1, 3, 4, 5]
    assert read.tolist() == np.delete(vectors.astype(np.float32), 2, axis=0).tolist()


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"vectors": VECTORS}, r"holds the arrays vectors float32 \(6, 2\); w2v reads"),
        ({"words": np.array(WORDS)}, "w2v reads 'vectors'"),
        ({"a": VECTORS, "b": VECTORS, "words": np.array(WORDS)}, "w2v reads 'vectors'"),
        ({"vectors": VECTORS, "words": np.array(WORDS[:5])}, "a word for each row"),
        ({"vectors": VECTORS, "words": np.array(["a", "b", "c", "", "e", "f"])}, "row 4 has no"),
        ({"vectors": VECTORS * np.nan, "words": np.array(WORDS)}, "row 1, the word 'the'"),
        ({"vectors": np.full((1, 2), 1e300), "words": np.array(["a"])}, "not a finite float32"),
        ({"vectors": np.ones((0, 2)), "words": np.array([], str)}, r"shape \(0, 2\)"),
        ({"vectors": VECTORS, "words": np.array([b"\xff"] * 6)}, "pass its encoding="),
        ({"vectors": VECTORS, "words": np.array(WORDS), "counts": -np.arange(6)}, "at least 0"),
    ],
)
def test_other_arrays_are_refused(tmp_path, arrays, message):
    np.savez(tmp_path / "x.npz", **arrays)
    with pytest.raises(ValueError, match=message) as caught:
        read_vectors(tmp_path / "x.npz")
    assert "x.npz" in str(caught.value)


def test_nothing_is_unpickled(tmp_path):
    np.savez(tmp_path / "x.npz", vectors=VECTORS, words=np.array(WORDS, object))
    with pytest.raises(ValueError, match=r"words object \(6,\); w2v reads .*\(words, str\)"):
        read_vectors(tmp_path / "x.npz")


@pytest.mark.parametrize("shape", [(10**9, 10**9), (10**6, 2), (5, 2), (6, 0)])
def test_sizes_are_checked_before_memory_is_taken(tmp_path, shape):
    header = io.BytesIO()
    about = {"descr": "<f4", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(header, about)
    words = io.BytesIO()
    about = {"descr": "<U3", "fortran_order": False, "shape": shape[:1]}
    np.lib.format.write_array_header_1_0(words, about)
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        archive.writestr("vectors.npy", header.getvalue() + VECTORS.tobytes())
        archive.writestr("words.npy", words.getvalue() + np.array(WORDS, "<U3").tobytes())
    with pytest.raises(ValueError, match=r"should take \d+ bytes, not|there must be a word"):
        read_vectors(tmp_path / "x.npz")


def test_words_that_numpy_would_change_are_refused(tmp_path):
    with pytest.raises(ValueError, match="ends in a NUL"):
        write_vectors(tmp_path / "x.npz", ["a\0"], [[1, 2]])
    long = ["a" * 3_000_000, "b", "\0c"]  # longer than what is written at a time
    write_vectors(tmp_path / "x.npz", long, np.eye(3))
    assert read_vectors(tmp_path / "x.npz")[0] == long
    assert (tmp_path / "x.npz").stat().st_size < 200_000
