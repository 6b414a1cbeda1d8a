"""The two files of an embedding projector."""

import zipfile

import numpy as np
import pytest
from vector_files import VECTORS, WORDS, assert_bits_equal, put

from w2v.files.formats import format_of, read_vectors, write_vectors
from w2v.files.projector import metadata_path


def test_exact_bytes_and_counts(tmp_path):
    write_vectors(tmp_path / "vectors.tsv", ["a", "b c"], [[1, -2.5], [0.1, 0]])
    assert (tmp_path / "vectors.tsv").read_bytes() == b"1\t-2.5\n0.100000001\t0\n"
    assert (tmp_path / "metadata.tsv").read_bytes() == b"a\nb c\n"
    assert read_vectors(tmp_path / "vectors.tsv")[2] is None
    write_vectors(tmp_path / "vectors.tsv", WORDS, VECTORS, np.arange(6))
    assert (tmp_path / "metadata.tsv").read_bytes().startswith(b"word\tcount\nthe\t0\n")
    for limit in (None, 1, 4, 6, 9):
        words, vectors, counts = read_vectors(tmp_path / "vectors.tsv", limit=limit)
        assert words == WORDS[:limit] and counts.tolist() == list(range(6))[:limit]
        assert_bits_equal(vectors, VECTORS[:limit])


@pytest.mark.parametrize(
    ("vectors", "metadata"),
    [
        ("vectors.tsv", "metadata.tsv"),
        ("news_tensor.tsv", "news_metadata.tsv"),  # as gensim's word2vec2tensor names them
        ("Vectors.tsv.gz", "metadata.tsv.gz"),
        ("news.tsv", "news_metadata.tsv"),
        ("news", "news_metadata"),
        ("vectors/news.tsv", "vectors/news_metadata.tsv"),
    ],
)
def test_the_words_are_beside_the_vectors(tmp_path, vectors, metadata):
    assert metadata_path(vectors) == metadata
    (tmp_path / vectors).parent.mkdir(exist_ok=True)
    write_vectors(tmp_path / vectors, WORDS, VECTORS, format="tsv")
    assert (tmp_path / metadata).exists()
    assert read_vectors(tmp_path / vectors)[0] == WORDS


def test_other_columns_and_line_ends(tmp_path):
    put(tmp_path, b"\xef\xbb\xbf0.5\t1.5\r\n2\t3e0\r\n\r\n", "vectors.tsv")
    for metadata, count in [
        (b"a\nb", None),
        (b"\xef\xbb\xbfa\r\nb\r\n", None),
        (b"Label\tcount\na\t3\nb\t2\n", [3, 2]),
        (b"count\tpart\tword\n3\tx\ta\n2\ty\tb\n", [3, 2]),
        (b"word\tcount\na\tmany\nb\tfew\n", None),
    ]:
        put(tmp_path, metadata, "metadata.tsv")
        words, vectors, counts = read_vectors(tmp_path / "vectors.tsv")
        assert words == ["a", "b"] and vectors.tolist() == [[0.5, 1.5], [2, 3]]
        assert (None if counts is None else counts.tolist()) == count
    put(tmp_path, b"a\nb\xe9\n", "metadata.tsv")
    with pytest.raises(ValueError, match="metadata.tsv: not valid utf-8.*pass its encoding="):
        read_vectors(tmp_path / "vectors.tsv")
    assert read_vectors(tmp_path / "vectors.tsv", encoding="latin-1")[0] == ["a", "bé"]


def test_both_files_in_one_archive(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("p/vectors.tsv", "0.5\t1.5\n")
        archive.writestr("p/metadata.tsv", "a\n")
    assert read_vectors(tmp_path / "x.zip" / "p" / "vectors.tsv")[0] == ["a"]


@pytest.mark.parametrize(
    ("vectors", "metadata", "message"),
    [
        (b"0.5\t1.5\n", None, "numbers without words.*must be in .*metadata.tsv"),
        (b"0.5\t1.5\n", b"a\nb\n", "1 rows of numbers, but .*metadata.tsv has 2 words"),
        (b"0.5\t1.5\n2\t3\n", b"a\n", "2 rows of numbers, but .* has 1 words"),
        (b"0.5\t1.5\n2\t3\n", b"word\tcount\na\t1\n", "2 rows of numbers, but .* has 1 words"),
        (b"0.5\t1.5\n2\t3\n", b"a\n\n", "row 2 has no word"),
        (b"0.5\t1.5\n2\t3\n", b"word\tcount\na\t1\nb\n", "line 3: expected 2 fields"),
        (b"0.5\t1.5\n2\tnan\n", b"a\nb\n", r"line 2: expected 2 finite numbers, found b'2\\tnan'"),
        (b"0.5\t1.5\n2\t1e39\n", b"a\nb\n", "line 2: expected 2 finite numbers"),
        (b"0.5\t1.5\n" * 30 + b"2\n", b"a\n" * 31, "line 31: expected 2 finite numbers"),
        (b"0.5\t1.5\n" * 30 + b"2\t3\t4\n", b"a\n" * 31, "line 31: expected 2 finite numbers"),
        (b"0.5\t1.5\n" * 30 + b"2\tx\n", b"a\n" * 31, "line 31: expected 2 finite numbers"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*rows repeat a word")
def test_damaged_files_are_named(tmp_path, vectors, metadata, message):
    put(tmp_path, vectors, "vectors.tsv")
    if metadata is not None:
        put(tmp_path, metadata, "metadata.tsv")
    with pytest.raises(ValueError, match=message):
        read_vectors(tmp_path / "vectors.tsv")


def test_wide_lines_before_many_short_ones_take_no_memory(tmp_path):
    V, d = 100_000, 100_000  # 40 GB if it were true
    put(tmp_path, (b"0.5\t" * (d - 1) + b"1\n") * 3 + b"1\n" * (V - 3), "vectors.tsv")
    put(tmp_path, b"a\n" * V, "metadata.tsv")
    with pytest.raises(ValueError, match="line 4: expected 100000 finite numbers"):
        read_vectors(tmp_path / "vectors.tsv")


def test_words_it_cannot_hold(tmp_path):
    for word in ("a\tb", "a\n", "\r"):
        with pytest.raises(ValueError, match="has white space"):
            write_vectors(tmp_path / "vectors.tsv", [word], [[1, 2]])
    with pytest.raises(ValueError, match="byte-order mark"):
        write_vectors(tmp_path / "vectors.tsv", ["\ufeffa"], [[1, 2]])
    with pytest.raises(ValueError, match="another format"):  # a list of whole numbers
        write_vectors(tmp_path / "vectors.tsv", ["a", "b"], [[1], [2]])
    assert list(tmp_path.iterdir()) == []
    write_vectors(tmp_path / "vectors.tsv", ["New York", "\u2028"], [[0.5], [0]])
    assert format_of(tmp_path / "vectors.tsv") == "tsv"
    assert read_vectors(tmp_path / "vectors.tsv")[0] == ["New York", "\u2028"]
