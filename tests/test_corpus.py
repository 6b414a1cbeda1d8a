import bz2
import codecs
import collections
import errno
import gzip
import io
import itertools
import lzma
import os
import re
import sys
import threading
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2v._core import TokenReader, find_nul, up_to_blank
from w2v.text import corpus as corpus_module
from w2v.text import reading, sources, store, team
from w2v.text.corpus import Corpus
from w2v.text.tokenizers import words_only
from w2v.text.vocabulary import Vocabulary

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
BLANKS = re.compile(r"[ \t\n\v\f\r]+")


def split(text):
    return [word for word in BLANKS.split(text) if word]


def sentences_of(corpus, consume=False):
    """Read a corpus back through a vocabulary of all its words."""
    vocabulary = Vocabulary.build(corpus, min_count=1)
    encoded = corpus.encode(vocabulary, consume=consume)
    assert encoded.ids.dtype == np.int32 and encoded.offsets.dtype == np.int64
    assert encoded.offsets[0] == 0 and encoded.offsets[-1] == len(encoded.ids)
    return [
        [vocabulary.words[i] for i in encoded.ids[a:b]]
        for a, b in itertools.pairwise(encoded.offsets.tolist())
    ]


def expected(text):
    return [s for s in map(split, text.split("\n")) if s]


TEXT = "the cat sat\n\n on\tthe  mat\r\nthe   end, naïve 고양이\n" + "word " * 30 + "\nlast line"


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "a.txt"
    file.write_bytes(TEXT.encode())
    return file


# ---- the C reader against str.split ----


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 64, 1 << 20])
def test_chunk_borders_change_nothing(path, monkeypatch, chunk):
    monkeypatch.setattr(sources, "_CHUNK", chunk)
    corpus = Corpus(path)
    assert sentences_of(corpus) == expected(TEXT)
    assert corpus.stats == corpus_module.CorpusStats(
        files=1,
        bytes=len(TEXT.encode()),
        lines=6,
        sentences=5,
        tokens=len(split(TEXT)),
        types=len(set(split(TEXT))),
        missing=0,
    )


any_text = st.text(
    st.one_of(st.sampled_from(" \t\n\v\f\rab\x1c\x85\xa0\u2028"), st.characters(codec="utf-8"))
)


@settings(deadline=None)
@given(any_text, st.integers(1, 9))
def test_any_text_splits_at_ascii_blanks_only(text, chunk):
    reader = TokenReader()
    data = text.encode() + b"\n"
    ids, ends, seen, sentence_ends = np.empty(8, np.int32), np.empty(8, np.int64), [], []
    for start in range(0, len(data), chunk):
        n, m = reader.read(data[start : start + chunk], ids, ends)
        seen += ids[:n].tolist()
        sentence_ends += ends[:m].tolist()
    words = split(text)
    order = list(dict.fromkeys(words))
    assert [order[i] for i in seen] == words
    assert sentence_ends == list(itertools.accumulate(map(len, expected(text))))
    assert reader.lines == text.count("\n") + 1
    assert reader.words(np.arange(len(order), dtype=np.int32)) == order
    counts = np.empty(len(order), np.int64)
    reader.counts(counts)
    assert dict(zip(order, counts.tolist(), strict=True)) == collections.Counter(words)


@settings(deadline=None)
@given(st.lists(st.lists(st.text(st.characters(codec="utf-8"), min_size=1))))
def test_any_token_lists_come_back(sentences):
    if not any(sentences):
        return
    assert sentences_of(Corpus(sentences), consume=True) == [s for s in sentences if s]


@settings(deadline=None)
@given(st.binary(max_size=12))
def test_utf8_is_checked_as_python_does(data):
    reader = TokenReader()
    ids, ends = np.empty(16, np.int32), np.empty(16, np.int64)
    try:
        data.decode()
    except UnicodeDecodeError as error:
        with pytest.raises(ValueError):
            reader.read(data + b"\n", ids, ends)
        assert reader.bad_byte == error.start
    else:
        reader.read(data + b"\n", ids, ends)
        assert reader.bad_byte == -1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["wiki17m.txt", "raw-en-5mb.txt", "raw-ko-5mb.txt"])
def test_counts_equal_counter_on_real_text(name):
    if not (DATA / name).exists():
        pytest.skip(f"no {DATA / name}")
    corpus = Corpus(DATA / name)
    counter = collections.Counter()
    with open(DATA / name, "rb") as file:
        while lines := file.readlines(1 << 22):
            counter.update(b"".join(lines).split())
    counts = corpus.word_counts
    assert corpus.stats.tokens == counter.total() == counts.sum()
    assert corpus.stats.types == len(counter)
    ids = range(0, len(counts), 7)
    assert corpus.words(ids) == [word.decode() for word in itertools.islice(counter, 0, None, 7)]
    assert counts.tolist() == list(counter.values())


def test_long_sentences_and_words():
    long_word = "x" * 10_000
    sentence = [f"w{i % 1000}" for i in range(100_000)] + [long_word]
    text = " ".join(sentence)
    assert sentences_of(Corpus([text])) == [sentence]
    assert sentences_of(Corpus([sentence])) == [sentence]


def test_long_sentence_in_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "_CHUNK", 1000)
    sentence = [f"w{i % 1000}" for i in range(100_000)] + ["é" * 10_000]
    (tmp_path / "long").write_text(" ".join(sentence), encoding="utf-8")
    assert sentences_of(Corpus(tmp_path / "long")) == [sentence]
    text = Corpus(tmp_path / "long", tokenizer="words")
    assert sentences_of(text) == [sentence]


# ---- several threads ----


@pytest.fixture
def parallel(monkeypatch):
    """Let even the smallest files be read by as many threads as asked for."""
    monkeypatch.setattr(team, "_ALONE", 0)
    before = threading.active_count()
    yield
    assert threading.active_count() == before


def random_text(seed, size):
    """Return text of all kinds of blanks, with short, long and frequent words."""
    rng = np.random.default_rng(seed)
    letters = rng.integers(ord("a"), ord("e"), size).astype(np.uint8)
    blanks = rng.random(size) < rng.choice([0.02, 0.2, 0.7], (size + 99) // 100).repeat(100)[:size]
    letters[blanks] = rng.choice(np.frombuffer(b"    \n\t\v\f\r", np.uint8), blanks.sum())
    return letters.tobytes().decode()


def state_of(corpus):
    vocabulary = Vocabulary.build(corpus, min_count=1)
    encoded = corpus.encode(vocabulary)
    order = corpus.words(range(corpus.stats.types))
    counts = corpus.word_counts.tolist()
    return corpus.stats, order, counts, encoded.ids.tolist(), encoded.offsets.tolist()


@pytest.mark.parametrize("chunk", [1, 5, 64, 1000])
@pytest.mark.parametrize("workers", [1, 2, 3, 7])
def test_any_number_of_workers_reads_the_same(tmp_path, parallel, monkeypatch, workers, chunk):
    texts = [random_text(1, 3000), "", TEXT, "\n", random_text(2, 999), "x" * 300 + " é", "\r\n "]
    for i, text in enumerate(texts):
        (tmp_path / f"{i}").write_bytes(codecs.BOM_UTF8 * (i % 2) + text.encode())
    monkeypatch.setattr(sources, "_CHUNK", chunk)
    monkeypatch.setattr(team, "_MOST_WORDS", 100)
    monkeypatch.setattr(store, "_MOST_ITEMS", 2000)
    corpus = Corpus(tmp_path, workers=workers, memory_budget=4000 if workers == 2 else 1 << 20)
    sentences = [s for text in texts for s in expected(text)]
    words = list(itertools.chain(*sentences))
    counter = collections.Counter(words)
    stats, order, counts, ids, offsets = state_of(corpus)
    assert sentences_of(corpus) == sentences
    assert order == list(counter) and counts == list(counter.values())
    assert stats.lines == sum(text.count("\n") + (text[-1:] not in "\n") for text in texts)
    assert (stats.sentences, stats.tokens) == (len(sentences), len(words))
    monkeypatch.undo()
    assert state_of(Corpus(tmp_path)) == (stats, order, counts, ids, offsets)


@pytest.mark.parametrize("seed", range(20))
def test_the_reader_takes_64_bytes_at_a_time_as_one(seed):
    text = random_text(seed, 64 * 7 + 9 * seed) + "\n"
    reader = TokenReader()
    data = text.encode()
    ids, ends = np.empty(len(data), np.int32), np.empty(len(data), np.int64)
    n, m = reader.read(data, ids, ends)
    words = split(text)
    order = list(dict.fromkeys(words))
    assert [order[i] for i in ids[:n]] == words
    assert ends[:m].tolist() == list(itertools.accumulate(map(len, expected(text))))
    assert reader.find(order, ids[: len(order)]) is None
    assert ids[: len(order)].tolist() == list(range(len(order)))


def test_long_words_that_begin_alike():
    words = [c * n + end for n in range(1, 60) for c in "ab" for end in ("", "x", "y", "\0")]
    words = list(dict.fromkeys(words))
    corpus = Corpus([words, words])
    assert corpus.words(range(corpus.stats.types)) == words
    assert corpus.find(words).tolist() == list(range(len(words)))
    assert corpus.find(["c", "a" * 60, "a" * 16 + "b", "a\0"]).tolist()[:3] == [-1, -1, -1]
    assert corpus.word_counts.tolist() == [2] * len(words)


@pytest.mark.parametrize("workers", [1, 2, 7])
@pytest.mark.parametrize("chunk", [4, 50, 1000])
def test_the_first_bad_text_is_the_one_named(tmp_path, parallel, monkeypatch, workers, chunk):
    monkeypatch.setattr(sources, "_CHUNK", chunk)
    good = "some words\non a line\n" * 20
    bad = good.encode() + b"caf\xe9 at\n" + good.encode() * 30 + b"more \xff\n"
    (tmp_path / "a").write_text(good)
    (tmp_path / "b").write_bytes(codecs.BOM_UTF8 + bad)
    (tmp_path / "c").write_bytes(gzip.compress(bad)[:50])
    at = 3 + len(good) + 3
    with pytest.raises(ValueError, match=rf"b, line 41: byte {at} is not utf-8; pass the enc"):
        Corpus(tmp_path, workers=workers)
    (tmp_path / "b").write_bytes(good.encode() + b" \0 " + bad)
    with pytest.raises(ValueError, match=rf"b is not a text file: NUL at position {at - 5};"):
        Corpus(tmp_path, workers=workers)
    (tmp_path / "b").unlink()
    with pytest.raises(ValueError, match=r"c: its gzip data are damaged or cut off"):
        Corpus(tmp_path, workers=workers)


@pytest.mark.parametrize("workers", [1, 3])
def test_no_room_on_the_disk_ends_reading(tmp_path, parallel, monkeypatch, workers):
    def full(file, items):
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(store, "_write", full)
    monkeypatch.setattr(sources, "_CHUNK", 64)
    (tmp_path / "a").write_text(random_text(3, 5000))
    with pytest.raises(OSError, match="no room"):
        Corpus(tmp_path / "a", workers=workers, memory_budget=1000)


@pytest.mark.parametrize("started", [0, 1])
def test_no_room_for_a_thread_ends_reading(tmp_path, parallel, monkeypatch, started):
    start, calls = threading.Thread.start, []

    def refuse(thread):
        calls.append(thread)
        if len(calls) > started:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    monkeypatch.setattr(sources, "_CHUNK", 64)
    (tmp_path / "a").write_text(random_text(3, 5000))
    with pytest.raises(RuntimeError, match="new thread"):
        Corpus(tmp_path / "a", workers=3)


def test_ctrl_c_ends_the_threads(tmp_path, parallel, monkeypatch):
    read = sources._chunks

    def interrupted(*args):
        for i, chunk in enumerate(read(*args)):
            if i == 5:
                raise KeyboardInterrupt
            yield chunk

    monkeypatch.setattr(sources, "_chunks", interrupted)
    monkeypatch.setattr(sources, "_CHUNK", 64)
    (tmp_path / "a").write_text(random_text(3, 5000))
    with pytest.raises(KeyboardInterrupt):
        Corpus(tmp_path / "a", workers=3)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_progress(tmp_path, parallel, monkeypatch, capfd, workers, pack):
    monkeypatch.setattr(sources, "_CHUNK", 64)
    (tmp_path / "a.txt").write_bytes(pack(random_text(3, 5000).encode()))
    Corpus(tmp_path / "a.txt", workers=workers, verbose=True)
    assert capfd.readouterr() == ("", "")
    monkeypatch.setattr(sources, "_SHOW_AFTER", 0)
    Corpus(tmp_path / "a.txt", workers=workers)
    assert capfd.readouterr() == ("", "")
    Corpus(tmp_path / "a.txt", workers=workers, verbose=True)
    out, err = capfd.readouterr()
    assert "reading a.txt: 100%" in err and out == ""


@pytest.mark.parametrize("workers", [-2, 1.5, "2"])
def test_wrong_workers(workers):
    with pytest.raises((TypeError, ValueError), match="workers must"):
        Corpus([["a"]], workers=workers)


@pytest.mark.parametrize("workers", [0, -1, None])
def test_all_cores(tmp_path, parallel, monkeypatch, workers):
    sizes = []
    monkeypatch.setattr("w2v.parallel.available_cores", lambda: 3)
    monkeypatch.setattr(reading, "Team", lambda text, store, size: sizes.append(size))
    (tmp_path / "a").write_text("a b")
    with pytest.raises(AttributeError):
        Corpus(tmp_path / "a", workers=workers)
    assert sizes == [3]


# ---- sources ----


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


# ---- wrong input ----


@pytest.mark.parametrize("source", [None, 3, b"bytes", {"a": 1}, {"a", "b"}, 2.5])
def test_sources_of_a_wrong_type(source):
    with pytest.raises(TypeError, match=f"cannot be read from {type(source).__name__}"):
        Corpus(source)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ([["a"], "b c"], r"sentence 1: expected a list of tokens, got str 'b c'"),
        ([None, ["a"]], r"sentence 0: expected a list of tokens, got None"),
        ([["a"], 3], r"sentence 1: expected a list of tokens, got int 3"),
        ([["a"], {"b"}], r"sentence 1: expected a list of tokens, got set"),
        ([["a"], [], ["b", 3]], r"sentence 2, token 1 \(counted from 0\): expected str, got int 3"),
        ([["a", None]], r"sentence 0, token 1 .*expected str, got None"),
        ([["a"], [b"b"]], r"sentence 1, token 0 .*got bytes b'b'"),
        (["a b", ["c"]], r"string 1 .* is list"),
        (["a b", None], r"string 1 .* is None"),
        ([Path(__file__), 3], r"expected a path"),
    ],
)
def test_items_of_a_wrong_type(source, message):
    with pytest.raises(TypeError, match=message):
        Corpus(source)


def test_tokens_that_cannot_be():
    with pytest.raises(ValueError, match=r"sentence 1, token 1 .*empty token"):
        Corpus([["a"], ["b", ""]])
    with pytest.raises(ValueError, match=r"sentence 0, token 1 .*surrogate"):
        Corpus([["a", "b\ud800"]])
    for tokenizer in ("whitespace", "words"):
        with pytest.raises(ValueError, match=r"string 1 holds a lone surrogate \(U\+D800\)"):
            Corpus(["a b", "c \ud800"], tokenizer=tokenizer)


def test_a_bad_token_far_down_is_found_fast(monkeypatch):
    sentences = [["a"]] * 100_000 + [["b", 7]]
    with pytest.raises(TypeError, match="sentence 100000, token 1 "):
        Corpus(sentences)


@pytest.mark.parametrize("source", [[], [[]], [""], ["  ", "\n"], iter(())])
def test_empty_corpus(source):
    with pytest.raises(ValueError, match="the corpus is empty"):
        Corpus(source)


def test_empty_file(tmp_path):
    (tmp_path / "empty").write_bytes(b" \n\n")
    for tokenizer in ("whitespace", "words", str.split):
        with pytest.raises(ValueError, match="no word in 2 lines"):
            Corpus(tmp_path / "empty", tokenizer=tokenizer)


def test_one_word_strings_are_warned_about():
    with pytest.warns(UserWarning, match="each of the 3 strings is one word"):
        Corpus(["the", "cat", "sat"])


@pytest.mark.parametrize("tokenizer", ["whitespace", "words", str.split])
def test_binary_file(tmp_path, tokenizer):
    (tmp_path / "model.bin").write_bytes(b"abc\0def")
    with pytest.raises(ValueError, match=r"model\.bin is not a text file: NUL at position 3"):
        Corpus(tmp_path / "model.bin", tokenizer=tokenizer)
    text = Corpus(tmp_path / "model.bin", tokenizer=tokenizer, errors="ignore")
    assert text.words([0]) == ["abcdef"]


def test_wrong_settings():
    for settings_, message in [
        ({"tokenizer": "spacy"}, "tokenizer must .* not 'spacy'"),
        ({"encoding": "utf-99"}, "encoding must .* not 'utf-99'"),
        ({"errors": "surrogateescape"}, "errors must .* not 'surrogateescape'"),
        ({"memory_budget": -1}, "memory_budget must .* not -1"),
    ]:
        with pytest.raises(ValueError, match=message):
            Corpus([["a"]], **settings_)


# ---- encodings ----


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


# ---- tokenisers ----


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hello, World! (It's 3.14)", "hello world it's 3 14"),
        ("rock ’n’ roll don’t 'quoted' dogs'", "rock n roll don't quoted dogs"),
        ("snake_case e-mail", "snake_case e mail"),
        ("हिन्दी में लिखा", "हिन्दी में लिखा"),
        ("தமிழ் மொழி", "தமிழ் மொழி"),
        ("ภาษาไทยเป็น", "ภาษาไทยเป็น"),
        ("한국어, 고양이!", "한국어 고양이"),
        ("العَرَبِيَّة، لغة", "العَرَبِيَّة لغة"),
        ("می‌خواهم \u200cالف", "می‌خواهم الف"),
        ("র‍্যাব", "র‍্যাব"),
        (unicodedata.normalize("NFD", "Café Ünder"), unicodedata.normalize("NFD", "café ünder")),
        ("I ❤️ it 👩‍🚀 👍🏽", "i it"),
        ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
        ("İstanbul", "i̇stanbul"),
        ("日本語。テキスト", "日本語 テキスト"),
        ("", ""),
        ("\u0301a' '", "a"),
    ],
)
def test_words_tokeniser(text, words):
    assert words_only(text).split() == words.split()


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8")))
def test_words_tokeniser_keeps_every_letter_and_newline(text):
    def letters(string):
        return [c for c in string if unicodedata.category(c)[0] in "LN" or c == "\n"]

    assert letters(words_only(text)) == letters(text.lower())


def test_words_tokeniser_in_a_file_equals_strings(tmp_path, monkeypatch):
    text = "Don’t stop.\nह‍िन्दी में  ΟΔΟΣ, it's\n" * 20
    (tmp_path / "t").write_text(text, encoding="utf-8")
    want = [words_only(line).split() for line in text.splitlines()]
    for chunk in (1, 11, 1 << 20):
        monkeypatch.setattr(sources, "_CHUNK", chunk)
        assert sentences_of(Corpus(tmp_path / "t", tokenizer="words")) == want


def test_callable_tokeniser_sees_lines(tmp_path, monkeypatch):
    (tmp_path / "t").write_bytes("a-b\r\n\nc-d\u2028e\x0cf\nlast".encode())
    monkeypatch.setattr(sources, "_CHUNK", 2)
    seen = []

    def tokenize(line):
        seen.append(line)
        return (t for t in line.split("-") if t)

    corpus = Corpus(tmp_path / "t", tokenizer=tokenize)
    assert seen == ["a-b", "", "c-d\u2028e\x0cf", "last"]
    assert sentences_of(corpus) == [["a", "b"], ["c", "d\u2028e\x0cf"], ["last"]]
    assert corpus.stats.lines == 4


def test_callable_tokeniser_errors_are_placed(tmp_path):
    (tmp_path / "a").write_text("x\ny\n")
    (tmp_path / "b").write_text("x\ny\nbad\n")
    with pytest.raises(TypeError, match=r"b, line 3: expected .* the tokenizer returned None"):
        Corpus(tmp_path, tokenizer=lambda s: None if s == "bad" else [s])
    with pytest.raises(TypeError, match=r"b, line 3, token 0 .*got int 1"):
        Corpus(tmp_path, tokenizer=lambda s: [1] if s == "bad" else [s])
    with pytest.raises(TypeError, match=r"string 0: .* the tokenizer returned str 'A B'"):
        Corpus(["a b"], tokenizer=str.upper)
    with pytest.raises(ZeroDivisionError):
        Corpus(["a b"], tokenizer=lambda s: 1 / 0)


# ---- encoding into a vocabulary ----


@pytest.fixture
def many():
    rng = np.random.default_rng(5)
    lengths = rng.integers(0, 30, 400)
    return [[f"w{int(i)}" for i in rng.zipf(1.4, n) if i < 300] for n in lengths]


def encoded_by_hand(sentences, vocabulary):
    index = vocabulary.key_to_index
    return [ids for s in sentences if (ids := [index[w] for w in s if w in index])]


@pytest.mark.parametrize("budget", [0, 100, 5000, 1 << 30])
@pytest.mark.parametrize("consume", [False, True])
def test_spilling_changes_nothing(many, tmp_path, monkeypatch, budget, consume):
    monkeypatch.setattr(reading, "_BATCH", 50)
    monkeypatch.setattr(corpus_module, "_ENCODE", 97)
    corpus = Corpus(many, memory_budget=budget, tmp_dir=tmp_path)
    vocabulary = Vocabulary.build(corpus, min_count=4)
    assert 5 < len(vocabulary) < corpus.stats.types
    for _ in range(1 if consume else 2):
        encoded = corpus.encode(vocabulary, consume=consume)
        got = [encoded.ids[a:b].tolist() for a, b in itertools.pairwise(encoded.offsets.tolist())]
        assert got == encoded_by_hand(many, vocabulary)
    if os.name == "posix":
        assert not list(tmp_path.iterdir())
    tokens = sum(map(len, many))
    assert encoded.tokens_read == tokens
    assert encoded.tokens_kept == len(encoded.ids) == vocabulary.counts.sum()
    assert encoded.tokens_below_min_count == tokens - encoded.tokens_kept
    assert encoded.lines == len(many)


def test_consumed_corpus_refuses_a_second_time(many):
    corpus = Corpus(many)
    vocabulary = Vocabulary.build(corpus)
    corpus.encode(vocabulary, consume=True)
    with pytest.raises(ValueError, match="consumed"):
        corpus.encode(vocabulary)


def test_result_outlives_the_corpus(many, tmp_path):
    corpus = Corpus(many, memory_budget=0, tmp_dir=tmp_path)
    encoded = corpus.encode(Vocabulary.build(corpus), consume=True)
    total = int(encoded.ids.sum())
    del corpus
    np.add(encoded.ids, 1, out=encoded.ids)
    assert int(encoded.ids.sum()) == total + len(encoded.ids)


def test_encode_with_another_vocabulary():
    other = Vocabulary(["cat", "unicorn", "dog"], [3, 2, 1])
    encoded = Corpus([["dog", "the", "cat"], ["the"], ["cat"]]).encode(other)
    assert encoded.ids.tolist() == [2, 0, 0]
    assert encoded.offsets.tolist() == [0, 2, 3]
    nothing = Corpus([["x", "y"]]).encode(other)
    assert nothing.ids.shape == (0,) and nothing.offsets.tolist() == [0]
    assert nothing.tokens_below_min_count == 2


def test_interrupted_reading_leaves_nothing_behind(tmp_path):
    def generate():
        for i in range(200_000):
            yield [f"w{i}"]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Corpus(generate(), memory_budget=1000, tmp_dir=tmp_path)
    assert not list(tmp_path.iterdir())


def test_words_are_decoded_only_when_asked_for():
    corpus = Corpus([["a", "é", "b", "a"]])
    assert corpus.words([1]) == ["é"]
    assert corpus.word_counts.tolist() == [2, 1, 1]
    assert corpus.find(["b", "missing", "a"]).tolist() == [2, -1, 0]
    for outside in (3, -1):
        with pytest.raises(IndexError, match=r"outside 0\.\.2"):
            corpus.words([outside])


def test_of():
    corpus = Corpus.of([["a", "b"]], tokenizer=None, memory_budget=10)
    assert Corpus.of(corpus, tokenizer=None) is corpus
    with pytest.raises(TypeError, match="encoding: this corpus is read already"):
        Corpus.of(corpus, encoding="latin-1")
    assert repr(corpus) == "Corpus(2 tokens, 2 distinct words, 1 lines)"


def test_core_checks_its_arrays():
    reader = TokenReader()
    with pytest.raises(ValueError, match="room for 3 items"):
        reader.read(b"a b c", np.empty(2, np.int32), np.empty(3, np.int64))
    with pytest.raises(ValueError):
        reader.read(b"a b c", np.empty(3, np.int64), np.empty(3, np.int64))
    assert reader.read(b"", np.empty(0, np.int32), np.empty(0, np.int64)) == (0, 0)


def test_core_joins_readers():
    whole, part = TokenReader(), TokenReader()
    ids, ends = np.empty(9, np.int32), np.empty(9, np.int64)
    assert whole.read(b"a b\nc ", ids, ends) == (3, 1)
    part.begin_part()
    n, m = part.read(b"\nb c d\n", ids, ends)
    with pytest.raises(ValueError, match="not joined"):
        whole.take_counts(part)
    # the first newline ends the sentence of "c"
    assert whole.join(part, ids[:n], ends[:m]) == 0
    assert (ids[:n].tolist(), ends[:m].tolist()) == ([1, 2, 3], [3, 6])
    part.begin_part()
    n, m = part.read(b"\n\te b \n", ids, ends)
    # here it ends none
    assert whole.join(part, ids[:n], ends[:m]) == 1
    assert (ids[:n].tolist(), ends[1:m].tolist()) == ([4, 1], [8])
    whole.take_counts(part)
    assert (whole.lines, whole.bytes_read, len(whole), len(part)) == (5, 20, 5, 0)
    counts = np.empty(5, np.int64)
    whole.counts(counts)
    assert counts.tolist() == [1, 3, 2, 1, 1]
    assert [up_to_blank(text) for text in (b"", b"ab", b"a b", b"\n")] == [0, 0, 2, 1]
    assert [find_nul(text) for text in (b"", b"ab", b"a\0\0")] == [-1, -1, 1]


def test_a_list_of_file_names_is_not_taken_for_sentences(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.txt", "b.txt"):
        Path(name).write_text("some words\n")
    with pytest.raises(ValueError, match="names of files.*from_files"):
        Corpus(["a.txt", "b.txt"])


def test_a_tokenizer_that_stops_early_does_not_cut_the_corpus():
    def tokenize(text):
        return [next(word for word in text.split() if word > "c")]

    with pytest.raises(RuntimeError):  # what a StopIteration becomes
        Corpus(["d e", "a b", "d e"], tokenizer=tokenize)


def test_standard_input_that_is_not_there(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(OSError, match="standard input is closed"):
        Corpus("-")
    with pytest.raises(ValueError, match="hex"):
        Corpus("-", encoding="hex")
