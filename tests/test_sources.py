import bz2
import gzip
import io
import lzma
import os
import sys

import numpy as np
import pytest

from corpora import TEXT, expected, sentences_of
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


@pytest.mark.parametrize("data", [TEXT.encode(), gzip.compress(TEXT.encode())])
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
