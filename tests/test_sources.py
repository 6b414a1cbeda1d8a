import bz2
import gzip
import io
import lzma
import os
import sys

import numpy as np
import pytest

from corpora import TEXT, expected, sentences_of
from w2v.files import formats
from w2v.text import reading, sources
from w2v.text.corpus import Corpus


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_compressed_files_by_content(tmp_path, pack):
    (tmp_path / "a.txt").write_bytes(pack(TEXT.encode()))
    corpus = Corpus(tmp_path / "a.txt")
    assert sentences_of(corpus) == expected(TEXT)
    assert corpus.stats.bytes == len(TEXT.encode())


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("tokenizer", ["whitespace", "words", str.split])
def test_damaged_compressed_file_is_named(tmp_path, pack, tokenizer):
    data = pack(TEXT.encode() * 50)
    (tmp_path / "cut.z").write_bytes(data[: len(data) // 2])
    with pytest.raises(ValueError, match=r"cut\.z.*damaged or cut off"):
        Corpus(tmp_path / "cut.z", tokenizer=tokenizer)


def test_text_that_begins_like_bzip2(tmp_path):
    (tmp_path / "a").write_text("BZh is a country code of a kind")
    assert Corpus(tmp_path / "a").stats.tokens == 8


def test_files_folders_patterns(tmp_path, monkeypatch):
    for name, text in {
        "b.txt": "b", "a.txt": "a", "sub/c.txt": "c", ".hidden": "h", ".h/d": "d", "e.md": "e"
    }.items():  # fmt: skip
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    a, b = tmp_path / "a.txt", tmp_path / "b.txt"

    def words(source, **settings):
        return [s[0] for s in sentences_of(Corpus(source, **settings))]

    assert words(tmp_path) == ["a", "b", "e", "c"]
    assert words(str(tmp_path)) == ["a", "b", "e", "c"]
    assert words(str(tmp_path / "*.txt")) == ["a", "b"]
    assert words(str(tmp_path / "**" / "*.txt")) == ["a", "b", "c"]
    assert words([b, a]) == words(iter((b, a))) == ["b", "a"]
    assert Corpus.from_files([str(b), tmp_path / "sub"]).stats.files == 2
    assert Corpus.from_files(str(a)).stats.tokens == 1
    monkeypatch.chdir(tmp_path)
    assert words("*.md") == ["e"]
    # an existing file wins over the pattern its name would be
    (tmp_path / "[a].txt").write_text("brackets")
    assert words("[a].txt") == ["brackets"]


def test_missing_sources(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no file or folder '.*gone.txt'.*in a list"):
        Corpus(tmp_path / "gone.txt")
    with pytest.raises(FileNotFoundError, match="no files in the folder"):
        Corpus(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"no file matches .*\*\.txt"):
        Corpus(str(tmp_path / "*.txt"))
    with pytest.raises(FileNotFoundError):
        Corpus("the cat sat on the mat")


@pytest.mark.parametrize(
    "data", [TEXT.encode(), gzip.compress(TEXT.encode())], ids=["plain", "gzip"]
)
def test_standard_input(monkeypatch, data):
    read, write = os.pipe()
    os.write(write, data)
    os.close(write)
    with open(read, encoding="utf-8") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        assert sentences_of(Corpus("-")) == expected(TEXT)
        assert not stdin.closed


def test_strings_one_sentence_each():
    strings = ["The cat", "", "sat\non the\r\nmat"]
    corpus = Corpus(strings)
    assert sentences_of(corpus) == [["The", "cat"], ["sat", "on", "the", "mat"]]
    assert corpus.stats.lines == 3
    assert sentences_of(Corpus(strings, tokenizer="words"))[0] == ["the", "cat"]
    assert sentences_of(Corpus(strings, tokenizer=list))[0] == list("The cat")


def test_many_strings_cross_batches(monkeypatch):
    monkeypatch.setattr(sources, "_CHUNK", 50)
    monkeypatch.setattr(reading, "_BATCH", 7)
    strings = [f"a{i} b{i % 3}" for i in range(100)]
    want = [s.split() for s in strings]
    for tokenizer in ("whitespace", "words", str.split):
        assert sentences_of(Corpus(strings, tokenizer=tokenizer)) == want
    assert sentences_of(Corpus(want)) == want


def test_generator_is_read_once():
    def generate():
        for i in range(5):
            yield (f"w{j}" for j in range(i))

    corpus = Corpus(generate())
    assert corpus.stats.lines == 5 and corpus.stats.sentences == 4
    first = sentences_of(corpus)
    assert first == sentences_of(corpus) == [[f"w{j}" for j in range(i)] for i in range(1, 5)]


def test_a_reused_list_is_copied():
    def generate():
        buffer = []
        for i in range(3):
            buffer[:] = [f"w{i}", "x"]
            yield buffer

    assert sentences_of(Corpus(generate())) == [["w0", "x"], ["w1", "x"], ["w2", "x"]]


def test_token_lists_of_other_kinds():
    assert sentences_of(Corpus([("New York", "a\tb"), np.array(["c", "é"])])) == [
        ["New York", "a\tb"],
        ["c", "é"],
    ]


def test_open_file_is_an_iterable_of_strings():
    assert sentences_of(Corpus(io.StringIO("a b\nc d\n"))) == [["a", "b"], ["c", "d"]]


def test_pandas_columns():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"text": ["a b", None, "c d", float("nan")]})
    with pytest.warns(UserWarning, match="2 missing values"):
        corpus = Corpus(frame["text"])
    assert sentences_of(corpus) == [["a", "b"], ["c", "d"]]
    assert corpus.stats.missing == 2
    assert sentences_of(Corpus(pandas.Series([["a", "b"], ["c"]]))) == [["a", "b"], ["c"]]
    with pytest.raises(TypeError, match=r"DataFrame; pass one column"):
        Corpus(frame)


def test_arrow_columns():
    arrow = pytest.importorskip("pyarrow")
    column = arrow.chunked_array([["a b", None], ["c d"]])
    with pytest.warns(UserWarning, match="1 missing values"):
        corpus = Corpus(column)
    assert sentences_of(corpus) == [["a", "b"], ["c", "d"]]
    lists = arrow.array([["a", "b"], ["c"]])
    assert sentences_of(Corpus(lists)) == [["a", "b"], ["c"]]
    with pytest.raises(TypeError, match="Table; pass one column"):
        Corpus(arrow.table({"text": column}))
    with pytest.raises(TypeError, match="sentence 0: expected a list of tokens, got int 1"):
        Corpus(arrow.array([1, 2]))


class Table:
    """A table of a library that is not installed here: iterating over it gives its columns."""

    def __init__(self):
        self.columns = ["text", "more"]

    def __iter__(self):
        return iter([["the cat", "the dog"], ["a", "b"]])


class RowTable:
    def iter_rows(self):
        return iter([])

    def __iter__(self):
        return iter([["the cat", "the dog"]])


@pytest.mark.parametrize("table", [Table(), RowTable()])
def test_a_table_is_told_by_what_it_can_do(table):
    with pytest.raises(TypeError, match=r"Table; pass one column of it, such as table\['text'\]"):
        Corpus(table)


def test_polars():
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"text": ["a b", None, "c d"], "more": ["x", "y", "z"]})
    for table in (frame, frame[["text"]], frame.lazy(), frame.group_by("text"), polars.col("text")):
        with pytest.raises(TypeError, match="pass one column"):
            Corpus(table)
    with pytest.warns(UserWarning, match="1 missing values"):
        assert sentences_of(Corpus(frame["text"])) == [["a", "b"], ["c", "d"]]
    assert sentences_of(Corpus(polars.Series([["a", "b"], ["c"]]))) == [["a", "b"], ["c"]]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"text": ["a b"]}, "cannot be read from dict"),
        ({"a b", "c d"}, "cannot be read from set"),
        (b"the cat", "cannot be read from bytes"),
        (memoryview(b"the cat"), "cannot be read from memoryview"),
        (np.array("the cat"), "cannot be read from ndarray"),
        ([7, 8], "sentence 0: expected a list of tokens, got int 7; .*wrap them in a list"),
        ([["a"], ["b", 2]], "sentence 1, token 1 .* got int 2; tokens are all str, .*or all int"),
        ([["a", None]], "token 1 .* got None$"),
        ([[["a", "b"]]], r"token 0 .* got list \['a', 'b'\]"),
        ([b"the cat"], "got bytes b'the cat'; decode it, or open its file as text"),
        (io.BytesIO(b"the cat\n"), "open its file as text"),
        ([{"text": "a b"}], r"got dict .*; take the text out of it, such as row\['text'\]"),
        ([Corpus([["a"]])], "got Corpus"),
    ],
)
def test_what_is_no_corpus_is_refused(source, message):
    with pytest.raises(TypeError, match=message):
        Corpus(source)


def test_arrays_of_strings():
    strings = ["the cat", "the dog"]
    for array in (np.array(strings), np.array(strings, object)):
        assert sentences_of(Corpus(array)) == [["the", "cat"], ["the", "dog"]]
    assert sentences_of(Corpus(np.array([["the", "cat"]]))) == [["the", "cat"]]


def test_an_iterator_that_was_used_up_says_so():
    generator = (s for s in ["a b"])
    Corpus(generator)
    with pytest.raises(ValueError, match="empty: no word in 0 lines; .* only once"):
        Corpus(generator)
    with pytest.raises(ValueError, match="no word in 0 lines$"):
        Corpus([])


def test_a_text_in_place_of_a_path_is_explained():
    for text in ("the cat\nsat", "did the cat sit? [yes] " * 500, "the\0cat"):
        with pytest.raises(FileNotFoundError, match=r"pass it in a list: \[text\]$") as error:
            Corpus(text)
        assert len(str(error.value)) < 250


WORDS = ["cat", "dog", "the", "mat"]
ROWS = np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)


@pytest.mark.parametrize("suffix", [".txt", ".vec", ".glove", ".bin", ".safetensors", ".txt.gz"])
def test_vectors_are_no_corpus(tmp_path, suffix):
    formats.write_vectors(tmp_path / f"v{suffix}", WORDS, ROWS)
    (tmp_path / f"v{suffix}").rename(tmp_path / "corpus")
    for settings in ({}, {"tokenizer": "words"}, {"encoding": "latin-1"}):
        with pytest.raises(ValueError, match="corpus is not a text file: it holds word vectors"):
            Corpus(tmp_path / "corpus", **settings)


def test_counts_and_rows_of_numbers_are_no_corpus(tmp_path):
    formats.write_counts(tmp_path / "counts", WORDS, [9, 5, 5, 2])
    with pytest.raises(ValueError, match="words with their counts, which are a vocabulary"):
        Corpus(tmp_path / "counts")
    np.savetxt(tmp_path / "vectors.tsv", ROWS, delimiter="\t")
    with pytest.raises(ValueError, match="it holds word vectors"):
        Corpus(tmp_path / "vectors.tsv")


@pytest.mark.parametrize(
    "text",
    [
        "7 3 9 4\n3 1 2 8\n9 9 1 4\n",  # walks in a graph, words are numbers
        "12 4\nq 1 2 3\nr 4 5 6\n",
        "chapter 3\nchapter 2\nchapter 1\n",
        "5 4\n4 3\n3 2\n",
        "pi 3.14\ne 2.72\n",
        "cat 0.5 1.5\n",
        "a 0.5 1.5\nthe cat sat\n",
    ],
)
def test_what_only_looks_like_vectors_is_read(tmp_path, text):
    (tmp_path / "a").write_text(text)
    assert sentences_of(Corpus(tmp_path / "a")) == expected(text)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"%PDF-1.4\n1 0 obj\n", "PDF; take its text out"),
        (b"{\\rtf1\\ansi the cat}", "rich text"),
        (b"PK\x03\x04abc", "zip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "Office"),
        (b"PAR1abc", "one column"),
    ],
)
def test_documents_are_no_text(tmp_path, data, what):
    (tmp_path / "a.txt").write_bytes(data)
    for settings in ({}, {"encoding": "latin-1"}):
        with pytest.raises(ValueError, match=rf"a\.txt is not a text file: .*{what}"):
            Corpus(tmp_path / "a.txt", **settings)


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.jsonl", '{"text": "the cat"}\n{"text": "the dog"}\n', "JSON"),
        ("a", '[\n {"text": "the cat"}]', "JSON"),
        ("a.txt", "<!DOCTYPE html><html>the cat</html>", "HTML or XML"),
        ("a", '\n<?xml version="1.0"?><a>the cat</a>', "HTML or XML"),
        ("a.csv", 'id,text\n1,"the cat, sat"\n', "CSV"),
    ],
)
def test_text_between_marks_is_told(tmp_path, name, text, kind):
    (tmp_path / name).write_text(text)
    (tmp_path / f"b{name}").write_text(text)
    with pytest.warns(UserWarning, match=f"{name} seems to be {kind}; its marks are") as told:
        corpus = Corpus(tmp_path)
    assert sentences_of(corpus) == 2 * expected(text)
    assert len(told) == 1


@pytest.mark.parametrize("text", ["<s> the cat </s>\n", '"Yes," he said, "no,"\n', "{a, b}\n"])
def test_text_with_marks_of_its_own_is_read(tmp_path, text):
    (tmp_path / "a").write_text(2 * text)
    assert sentences_of(Corpus(tmp_path / "a")) == 2 * expected(text)


def test_byte_order_marks_go(tmp_path):
    want = [["the", "cat"], ["the", "dog"]]
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le"):
        (tmp_path / "t").write_bytes("\ufeffthe cat\nthe dog\n".encode(encoding))
        for tokenizer in ("whitespace", "words", str.split):
            corpus = Corpus(tmp_path / "t", encoding=encoding, tokenizer=tokenizer)
            assert sentences_of(corpus) == want, encoding
    with pytest.raises(ValueError, match="UTF-32 .* pass encoding='utf-32'"):
        (tmp_path / "t").write_bytes("the cat".encode("utf-32"))
        Corpus(tmp_path / "t")
    # what open(path) gives
    for tokenizer in ("whitespace", "words", str.split):
        assert sentences_of(Corpus(["\ufeffthe cat", "the dog"], tokenizer=tokenizer)) == want


@pytest.mark.parametrize("tokenizer", ["whitespace", "words", str.split])
@pytest.mark.parametrize("chunk", [1, 5, 1 << 20])
def test_encodings(tmp_path, monkeypatch, tokenizer, chunk):
    monkeypatch.setattr(sources, "_CHUNK", chunk)
    text = "naïve café\nüber straße\n"
    for encoding in ("utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16", "utf-16-le", "utf-32"):
        (tmp_path / "t").write_bytes(text.encode(encoding))
        corpus = Corpus(tmp_path / "t", tokenizer=tokenizer, encoding=encoding)
        assert sentences_of(corpus) == expected(text), encoding
    (tmp_path / "t").write_bytes(text.encode("utf-8-sig"))
    assert sentences_of(Corpus(tmp_path / "t", tokenizer=tokenizer)) == expected(text)
    (tmp_path / "t").write_bytes(text.encode("utf-16"))
    with pytest.raises(ValueError, match="pass encoding='utf-16'"):
        Corpus(tmp_path / "t", tokenizer=tokenizer)


@pytest.mark.parametrize("tokenizer", ["whitespace", "words", str.split])
@pytest.mark.parametrize("chunk", [1, 4, 1 << 20])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_bad_bytes_are_placed(tmp_path, monkeypatch, tokenizer, chunk, bom):
    monkeypatch.setattr(sources, "_CHUNK", chunk)
    data = bom + b"good line\nna\xc3\xafve caf\xe9 end\n"
    (tmp_path / "first.txt").write_text("one line\n")
    (tmp_path / "second.txt").write_bytes(data)
    at = data.index(b"\xe9")
    with pytest.raises(ValueError, match=rf"second\.txt, line 2: byte {at} is not utf-8; pass"):
        Corpus(tmp_path, tokenizer=tokenizer)
    replaced = Corpus(tmp_path, tokenizer=tokenizer, errors="replace")
    assert ("caf" if tokenizer == "words" else "caf\ufffd") in replaced.words(
        range(replaced.stats.types)
    )


def test_a_cut_character_at_the_end(tmp_path):
    (tmp_path / "t").write_bytes(b"abc \xe2\x82")
    for tokenizer in ("whitespace", "words", str.split):
        with pytest.raises(ValueError, match="line 1: byte 4 is not utf-8"):
            Corpus(tmp_path / "t", tokenizer=tokenizer)
