"""Files of words and counts."""

import gzip
import os

import numpy as np
import pytest
from vector_files import put

from w2v.files.formats import read_counts, write_counts


def test_counts_round_trip(tmp_path):
    words = ["</s>", "the", "a\u00a0b", "\U0001f408"]
    write_counts(tmp_path / "vocab", words, np.array([0, 2**40, 2, 1]))
    assert (tmp_path / "vocab").read_bytes().startswith(b"</s> 0\nthe 1099511627776\n")
    assert read_counts(tmp_path / "vocab") == dict(zip(words, [0, 2**40, 2, 1], strict=True))
    assert list(read_counts(tmp_path / "vocab")) == words
    packed = put(tmp_path, gzip.compress(b"a\t5\r\nb 3 \n"))
    assert read_counts(packed) == {"a": 5, "b": 3}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a 1\nb\n", r"line 2: expected a word and a count below 2\*\*63, found 'b"),
        (b"a 1\nb x\n", "line 2: expected a word and a count"),
        (b"a 1\nb -1\n", "line 2: expected a word and a count"),
        (b"a 1\nb 1.5\n", "line 2: expected a word and a count"),
        (b"a 1\n 2\n", "line 2: expected a word and a count"),
        (b"a 1\n\nb 2\n", "line 2: expected a word and a count"),
        (b"a 1\nb " + b"9" * 5000, "line 2: expected a word and a count"),
        (b"a 1\nb 2\na 3\n", "line 3: the word 'a' already"),
        (b"a 1\n\xff 2\n", "line 2: not utf-8 text"),
        (b"", "is empty"),
    ],
)
def test_bad_counts_files(tmp_path, content, message):
    with pytest.raises(ValueError, match=message):
        read_counts(put(tmp_path, content))


def test_counts_in_other_encodings(tmp_path):
    latin = put(tmp_path, "café 3\nthe 2\n".encode("latin-1"))
    assert read_counts(latin, encoding="latin-1") == {"café": 3, "the": 2}
    assert read_counts(latin, errors="replace") == {"caf\ufffd": 3, "the": 2}
    assert read_counts(latin, errors="ignore") == {"caf": 3, "the": 2}
    for encoding in ("utf-8", "utf-8-sig"):
        assert read_counts(put(tmp_path, b"\xef\xbb\xbfa 1\n"), encoding=encoding) == {"a": 1}


def test_bad_counts_are_refused(tmp_path):
    for words, counts, error in [
        (["a b"], [1], ValueError),
        (["a", "a"], [1, 1], ValueError),
        (["a"], [1, 2], ValueError),
        (["a"], [-1], ValueError),
        (["a"], [1.5], TypeError),
    ]:
        with pytest.raises(error):
            write_counts(tmp_path / "vocab", words, counts)
    assert os.listdir(tmp_path) == []
