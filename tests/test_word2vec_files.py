"""Files of word2vec.c, fastText and GloVe."""

import re

import numpy as np
import pytest
from vector_files import assert_bits_equal, put, row

from w2v.files.formats import read_vectors, write_vectors


@pytest.mark.parametrize("format", ["bin", "text"])
def test_every_float_pattern_survives(tmp_path, format):
    bits = np.random.default_rng(1).integers(0, 2**32, 40_000, dtype=np.uint32)
    vectors = bits.view(np.float32)
    vectors = np.where(np.isfinite(vectors), vectors, np.float32(0)).reshape(-1, 8)
    words = [str(i) for i in range(len(vectors))]
    write_vectors(tmp_path / "file", words, vectors, format=format)
    found, read, _ = read_vectors(tmp_path / "file")
    assert found == words
    assert_bits_equal(read, vectors)


def test_every_spelling_of_a_number_is_read_as_python_reads_it(tmp_path):
    rng = np.random.default_rng(3)
    doubles = rng.standard_normal(3000) * 10.0 ** rng.integers(-44, 38, 3000)
    halfway = np.float32(rng.standard_normal(500)).astype(np.float64) * (1 + 2.0**-24)
    near = [np.nextafter(x, sign * np.inf) for x in halfway for sign in (-1, 1)]
    fields = [f"{x:{form}}" for x in doubles for form in (".3g", ".9g", ".17g", ".25e", ".6f")]
    fields += [repr(float(x)) for x in [*halfway, *near]]
    fields += [f"{x:.60f}" for x in halfway]
    fields += "0 -0 +0.0 .5 5. +.5e1 1E5 1e+05 1e-400 0e999 00012 1e-45 7e-46 3.4028235e38".split()
    fields += ["0." + "0" * 300 + "1", "123456789012345678901234567890", "1" + "0" * 30 + "e-30"]
    fields += ["0"] * (-len(fields) % 4)
    lines = [f"w{i} " + " ".join(fields[i : i + 4]) for i in range(0, len(fields), 4)]
    path = put(tmp_path, f"{len(lines)} 4\n{chr(10).join(lines)}\n".encode())
    expected = np.array([float(field) for field in fields]).astype(np.float32)
    assert_bits_equal(read_vectors(path)[1].ravel(), expected)


@pytest.mark.parametrize("separator", [" ", "\t", "  ", " \t "])
@pytest.mark.parametrize("end", ["\n", "\r\n", " \n", "\t\r\n"])
def test_blanks_and_line_ends_of_text(tmp_path, separator, end):
    rows = [["a", "1", "-2.5"], ["b\u00a0b", "3e2", "4"], ["\u00e9", ".5", "6."]]
    body = end.join(separator.join(row) for row in rows)
    for text in (body, body + end, body.replace("b\u00a0b", ". . b")):
        words, vectors, _ = read_vectors(put(tmp_path, f"3 2\n{text}".encode()))
        assert [word.split()[-1] for word in words] == ["a", "b", "\u00e9"]
        assert vectors.tolist() == [[1, -2.5], [300, 4], [0.5, 6]]


def test_exact_bytes_written(tmp_path):
    words, vectors = ["a", "\u00e9"], [[1, -2.5], [0.1, 0]]
    write_vectors(tmp_path / "x.bin", words, vectors)
    assert (tmp_path / "x.bin").read_bytes() == b"2 2\n" + row("a", 1, -2.5) + row("\u00e9", 0.1, 0)
    write_vectors(tmp_path / "x.txt", words, vectors)
    assert (tmp_path / "x.txt").read_text("utf-8") == "2 2\na 1 -2.5\n\u00e9 0.100000001 0\n"
    write_vectors(tmp_path / "x.glove", words, vectors)
    assert (tmp_path / "x.glove").read_text("utf-8") == "a 1 -2.5\n\u00e9 0.100000001 0\n"


def test_bin_with_and_without_newlines(tmp_path):
    rows = [("a", 1, 2), ("\u00e9", 3, 4)]
    for end in (b"", b"\n"):
        content = b"2 2\n" + b"".join(row(*r, end=end) for r in rows)
        words, vectors, _ = read_vectors(put(tmp_path, content))
        assert words == ["a", "\u00e9"]
        assert vectors.tolist() == [[1, 2], [3, 4]]


def test_text_variants(tmp_path):
    for content in (
        b"2 3\na 1 2 3\nb 4 5 6\n",
        b"2 3\na 1 2 3\nb 4 5 6",
        b"2 3 \r\na 1 2 3\r\nb 4 5 6\r\n",
        b"2 3\na 1 2 3 \nb 4 5 6 \n\n",  # word2vec.c and fastText end lines with a space
        b"2\t3\na\t1\t2\t3\nb  4  5  6\n \n\n",
        b"a 1 2 3\nb 4 5 6\n",
        b"a\t1.0 2e0 +3\r\nb 4. 50e-1 6E0",
    ):
        words, vectors, counts = read_vectors(put(tmp_path, content))
        assert words == ["a", "b"]
        assert vectors.tolist() == [[1, 2, 3], [4, 5, 6]]
        assert counts is None


def test_glove_words_with_spaces(tmp_path):
    content = b"a 1 2\n. . . 3 4\nat name@domain.com 5 6\n"
    words, vectors, _ = read_vectors(put(tmp_path, content))
    assert words == ["a", ". . .", "at name@domain.com"]
    assert vectors.tolist() == [[1, 2], [3, 4], [5, 6]]


@pytest.mark.parametrize(
    "content", [b"3 1\na 1\nb 2\na 3\n", b"3 1\n" + row("a", 1) + row("b", 2) + row("a", 3)]
)
def test_duplicates_keep_the_first_and_warn(tmp_path, content):
    with pytest.warns(UserWarning, match="1 rows repeat.*row 3, 'a', already in row 1"):
        words, vectors, _ = read_vectors(put(tmp_path, content))
    assert words == ["a", "b"]
    assert vectors.tolist() == [[1], [2]]


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b"2 2\na 1 2\n\xe9 3 4\n", "line 3"),
        (b"a 1 2\n\xe9 3 4\n", "line 2"),
        (b"2 2\n" + row("a", 1, 2) + b"\xe9" + row("", 3, 4), "row 2"),
    ],
)
def test_invalid_utf8(tmp_path, content, where):
    path = put(tmp_path, content)
    with pytest.raises(ValueError, match=f"{where}.*not valid utf-8.*errors='replace'"):
        read_vectors(path)
    assert read_vectors(path, errors="replace")[0] == ["a", "\ufffd"]
    assert read_vectors(path, encoding="latin-1")[0] == ["a", "\u00e9"]


@pytest.mark.parametrize(
    "header",
    ["0 2", "2 0", "-1 2", "2 -3", "1000000000000 2", "2 1000000000000", "3 2", "9" * 30 + " 2",
     "2 " + "9" * 5000, "0 0", "999999999999999999 999999999999999999"],
)  # fmt: skip
@pytest.mark.parametrize("body", [b"a 1 2\nb 3 4\n", row("a", 1, 2) + row("b", 3, 4)])
def test_header_is_checked_before_memory_is_taken(tmp_path, header, body):
    with pytest.raises(ValueError, match="header"):
        read_vectors(put(tmp_path, header.encode() + b"\n" + body))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("2 3\na 1.5 2 3\nb 4 5\n", "line 3: expected a word and 3 numbers, found 2"),
        ("2 3\na 1 2\nb 4.5 5 6\n", "line 2: expected a word and 3 numbers, found 2"),
        ("2 3\na 1 2 3\nb 4 5 6 7\n", "line 3: expected a word and 3 numbers, found 4"),
        ("2 2\na 1 2\nb 3 x\n", "line 3: 'x' is not a number"),
        ("2 2\na 1 2\nb 3 1_0\n", "line 3: '1_0' is not a number"),
        ("2 2\na 1 2\nb 3 nan\n", "line 3: the word 'b' has a number that is not a finite"),
        ("2 2\na 1 -inf\nb 3 4\n", "line 2: the word 'a' has a number that is not a finite"),
        ("2 2\na 1 2\nb 3 1e39\n", "line 3: the word 'b' has a number that is not a finite"),
        ("2 2\na 1 2\n\nb 3 4\n", "line 3: the line has no word"),
        ("2 2\na 1 2\n  3 4\n", "line 3: the line has no word"),
        ("2 2\na 1 2\nb 3 4\nc 5 6\n", "line 4: the header promises 2 words, but more"),
        ("2 2\na 1.00000000 2.00000\n", "promises 2 words but the file ends after 1"),
        ("2 2\n", "promises 2 words of 2 numbers, at least 11 bytes, but only 0"),
        ("2 2", "promises 2 words of 2 numbers"),
        ("a 1 2\nb 3\n", "line 2: expected a word and 2 numbers, found 1"),
        ("a 1 2\nb 3 4 5\n", "line 2: expected a word and 2 numbers, found 3"),
        ("a 1 2\nb\n", "line 2: expected a word and 2 numbers, found 0"),
        ("a 1 2 3 4 5 6 7 8\nb 1\nc 1\nd 1\ne 1\n", "line 2: expected a word and 8 numbers"),
        ("a 1 2\n\nb 3 4\n", "line 2: the line has no word"),
    ],
)  # fmt: skip
def test_bad_text_rows_are_named(tmp_path, content, message):
    path = put(tmp_path, content.encode())
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        read_vectors(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (row("long", 1, 2) + row("b", 3, 4)[:-3], "row 2 of 2, at byte 17, is cut off"),
        (row("a", 1, 2) + row("b", 3, 4) + b"more", "more data follow the 2 words"),
        (row("a", 1, 2) + row("", 3, 4) + b"\n", "row 2 has no word"),
        (row("a", 1, 2) + row("b", 3, np.nan), "row 2, the word 'b', has a number"),
        (row("a", -np.inf, 2) + row("b", 3, 4), "row 1, the word 'a', has a number"),
        (row("a", 1, 2), "promises 2 words of 2 numbers, at least 20 bytes, but only 11"),
    ],
)
def test_bad_binary_rows_are_named(tmp_path, rows, message):
    with pytest.raises(ValueError, match=message):
        read_vectors(put(tmp_path, b"2 2\n" + rows))


@pytest.mark.parametrize("format", ["bin", "text", "glove"])
@pytest.mark.parametrize("word", ["New York", "\n", "a\n", "\nb", " "])
def test_words_a_format_cannot_hold(tmp_path, format, word):
    with pytest.raises(ValueError, match=re.escape(repr(word)) + r".*\.safetensors"):
        write_vectors(tmp_path / "x", ["a", word], [[1], [2]], format=format)


@pytest.mark.parametrize("word", ["a\tb", "\r", "b\v", "\fc"])
def test_other_white_space_is_for_text_only(tmp_path, word):
    for format in ("text", "glove"):
        with pytest.raises(ValueError, match=re.escape(repr(word))):
            write_vectors(tmp_path / "x", [word], [[1, 2]], format=format)
    write_vectors(tmp_path / "x", [word], [[1, 2]], format="bin")
    assert read_vectors(tmp_path / "x")[0] == [word]


def test_glove_line_that_looks_like_a_header(tmp_path):
    with pytest.raises(ValueError, match="'12 3'.*another format"):
        write_vectors(tmp_path / "x.glove", ["12"], [[3]])
    write_vectors(tmp_path / "x.glove", ["12"], [[3.5]])
    assert read_vectors(tmp_path / "x.glove")[1].tolist() == [[3.5]]
    for words, vectors in [
        (["0.5", "0.5e0"], [[1, 2], [3, 4]]),
        (["a", "b"], [[1], [2]]),
        (["\ufeffa"], [[1, 2]]),
        (["PAR1"], [[1, 2]]),
    ]:
        with pytest.raises(ValueError, match="row 0: .*would be read"):
            write_vectors(tmp_path / "y.glove", words, vectors)
    write_vectors(tmp_path / "x.txt", ["12"], [[3]])
    assert read_vectors(tmp_path / "x.txt")[0] == ["12"]
