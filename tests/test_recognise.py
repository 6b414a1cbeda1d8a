"""Which format a file has."""

import gzip
import os
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from vector_files import FORMATS, VECTORS, WORDS, model_parts, put, row

from w2v.files.formats import format_of, read_model, read_vectors, write_model, write_vectors


def test_format_of(tmp_path):
    for format in FORMATS:
        write_vectors(tmp_path / "x", WORDS, VECTORS, format=format)
        assert format_of(tmp_path / "x") == format
        assert format_of(str(tmp_path / "x")) == format
        packed = put(tmp_path, gzip.compress((tmp_path / "x").read_bytes()))
        assert format_of(packed) == format
    write_model(tmp_path / "x", **model_parts())
    assert format_of(tmp_path / "x") == "model"
    for content in (b"", b"hello\n", (tmp_path / "x").read_bytes()[:-1]):
        with pytest.raises(ValueError, match="file"):
            format_of(put(tmp_path, content))
    with pytest.raises(FileNotFoundError):
        format_of(tmp_path / "none")


def test_bin_that_looks_like_text_is_binary(tmp_path):
    numbers = struct.unpack("<2f", b"1 23 4 5")
    assert read_vectors(put(tmp_path, b"1 2\n" + row("a", *numbers)))[1][0].tolist() == list(
        numbers
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x89HDF\r\n\x1a\n" + b"\0" * 90, "HDF5"),
        (b"\x28\xb5\x2f\xfd" + b"\0" * 90, "zstd"),
        (b"", "is empty"),
        (b"\n", "no vector file that w2v knows"),
        (b"hello world\n", "no vector file that w2v knows"),
        (b"hello\n", "no vector file that w2v knows"),
        (b"\0" * 1000, "no vector file that w2v knows"),
        (b"\xff\xfe2\0 \x002\0\n\0", "UTF-16 text; save it as UTF-8"),
        (b"7z\xbc\xaf\x27\x1c" + b"\0" * 90, "an archive; unpack it"),
        (b"x.txt".ljust(257, b"\0") + b"ustar\0" + b"\0" * 90, "an archive; unpack it"),
        (b"PAR1" + b"\0" * 90, r"pandas or pyarrow; .*KeyedVectors\(words, array\)"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "Git LFS"),
        (b"<!DOCTYPE html>\n<html>\n", "a page of HTML or XML"),
        (b'\n<?xml version="1.0"?>\n', "a page of HTML or XML"),
        (b'{"a": [1, 2], "b": [3, 4]}\n', "JSON"),
        (b'[{"word": "a", "vector": [1, 2]}]\n', "JSON"),
        (b"[[1, 2], [3, 4]]", "JSON"),
        (b"word,0,1\na,0.5,1.5\nb,2,3\n", "a CSV table"),
        (b"a,0.5,-1.5\r\nb,2,3\r\n", "a CSV table"),
        (b"0.5,-1.5\n2,3\n", "a CSV table"),
        (b"the 1061396\nof 593677\n", r"a vocabulary.*read_counts.*--vocabulary"),
        (b"</s>\t0\nthe\t10\r\n", "a vocabulary"),
        (b"2024 500\nthe 400\nof 3\n", "a vocabulary"),
        (b"the cat sat on the mat\n", "no vector file.*to train on a corpus"),
        (b"Well, 3 cats, and so on\nYes, 2 dogs\n", "no vector file.*to train on a corpus"),
    ],
)
def test_other_files_are_named_and_refused(tmp_path, content, message):
    path = put(tmp_path, content)
    for read in (read_vectors, read_model):
        with pytest.raises(ValueError, match=message):
            read(path)


def test_a_numpy_array_alone_is_refused(tmp_path):
    np.save(tmp_path / "x.npy", VECTORS)
    with pytest.raises(ValueError, match="NumPy array, which has no words"):
        read_vectors(tmp_path / "x.npy")


@pytest.mark.parametrize("text", ["the 0.5 1.5\nof 2 3\n", "2 2\nthe 0.5 1.5\nof 2 3\n"])
def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path, text):
    path = put(tmp_path, b"\xef\xbb\xbf" + text.encode())
    words, vectors, _ = read_vectors(path)
    assert words == ["the", "of"] and vectors.tolist() == [[0.5, 1.5], [2, 3]]
    assert read_vectors(path, limit=1)[0] == ["the"]


@pytest.mark.parametrize(
    ("content", "format"),
    [
        (b"0.5\t1.5\n2\t3\n", "tsv"),
        (b"0.5 1.5\n2 3\n", "tsv"),
        (b"1\t0\n0\t1\n", "tsv"),
        (b"1 0 1\n1 1 0\n", "tsv"),
        (b"-1 0.5\n2 0.5\n", "tsv"),
        (b"\xef\xbb\xbf0.5\t1.5\n", "tsv"),
        (b"1\t2\ncat\t0.5\t1.5\n", "text"),
        (b"2 2\n7 0.5 1.5\n8 2 3\n", "text"),
        (b"2\t1\n7\t0.5\n8\t2\n", "text"),
        (b"7 0.5 1.5\n8 2 3\n", "glove"),
        (b"2001 0.5 1.5\nthe 2 3\n", "glove"),
        (b"the\t0.5\t1.5\n", "glove"),
        (b"the 3\nof 0.5\n", "glove"),
    ],
)
def test_numbers_alone_are_told_from_words_that_are_numbers(tmp_path, content, format):
    assert format_of(put(tmp_path, content)) == format


def test_decimal_commas_are_no_bytes_of_numbers(tmp_path):
    path = put(tmp_path, b"2 2\na 1,5 0,2\nb 2,1 0,4\n")  # each row has as many bytes as in .bin
    with pytest.raises(ValueError, match="line 2: '1,5' is not a number"):
        read_vectors(path)


def test_missing_file_folder_and_pipe(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_vectors(tmp_path / "none")
    with pytest.raises(IsADirectoryError):
        read_vectors(tmp_path)
    with pytest.raises(ValueError, match="not a regular file"):
        read_vectors("/dev/null")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="not a regular file"):
        read_vectors(tmp_path / "pipe")


@pytest.mark.parametrize("header", ["", "x 2", "2", "2 2 x", "2.0 2", "\u0662 2"])
@pytest.mark.parametrize("body", [b"a 1 2\nb 3 4\n", row("a", 1, 2) + row("b", 3, 4)])
def test_garbage_headers(tmp_path, header, body):
    with pytest.raises(ValueError, match="file"):
        read_vectors(put(tmp_path, header.encode() + b"\n" + body))


@given(st.binary(max_size=200) | st.from_regex(rb"\A[0-9]{1,3} [0-9]{1,3}\n", fullmatch=False))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.filterwarnings("ignore:.*rows repeat a word")
def test_arbitrary_bytes_give_value_error_or_vectors(tmp_path, content):
    try:
        words, vectors, _ = read_vectors(put(tmp_path, content))
    except ValueError:
        return
    assert vectors.shape[0] == len(words) > 0


def test_no_header_length_looks_like_another_format(tmp_path):
    """The first bytes of a native file are a length, and lengths can look like any magic number."""
    path = tmp_path / "model.safetensors"
    lengths = set()
    for i in range(300):
        rows = 1 + i % 8
        history = [{"note": "x" * (5 * i)}]
        write_model(
            path,
            W_in=np.ones((rows, 3), np.float32),
            W_out=np.ones((rows, 3), np.float32),
            words=list("abcdefgh"[:rows]),
            counts=np.ones(rows, int),
            settings={},
            history=history,
        )
        lengths.add(path.read_bytes()[:2])
        assert read_model(path).history == history
        assert format_of(path) == "model"
    assert b"\x80\x04" in lengths and b"\x80\x03" in lengths  # those of a pickle among them
