import collections
import itertools
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora import TEXT, expected, sentences_of, split
from w2v._text import TokenReader
from w2v.text import corpus as corpus_module
from w2v.text import sources
from w2v.text.corpus import Corpus
from w2v.text.tokenizers import words_only

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "a.txt"
    file.write_bytes(TEXT.encode())
    return file


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
        (
            "co\u00adoperate \u200eleft\u200f to\u2060gether \ufeffmark",
            "cooperate left together mark",
        ),
        ("10\u00a0km thin\u202fspace zero\u200bwidth", "10 km thin space zero width"),
        ("don\u00ad't\u00ad", "don't"),
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


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
@pytest.mark.parametrize("tokenizer", ["whitespace", "words", str.split])
@pytest.mark.parametrize("chunk", [1, 5, 1 << 20])
def test_normal_forms(tmp_path, monkeypatch, form, tokenizer, chunk):
    monkeypatch.setattr(sources, "_CHUNK", chunk)
    text = "le café noir\nla cafetie\u0301re\nun café noir\n"
    want = [unicodedata.normalize(form, s).split() for s in text.splitlines()]
    strings = text.splitlines()
    for other in ("NFC", "NFD"):
        (tmp_path / "t").write_text(unicodedata.normalize(other, text), encoding="utf-8")
        strings = unicodedata.normalize(other, text).splitlines()
        for source in (tmp_path / "t", strings, [s.split() for s in strings]):
            corpus = Corpus(source, tokenizer=tokenizer, normalize=form)
            assert sentences_of(corpus) == want


def test_only_words_are_normal_by_default():
    both = ["café", "cafe\u0301"]
    two = [" ".join(both)]
    assert Corpus(two).stats.types == 2
    assert Corpus(two, tokenizer="words").words([0]) == ["café"]
    assert Corpus([both], tokenizer="words").stats.types == 2  # lists are left as they are
    assert sentences_of(Corpus(["ﬁne １０\u00a0km"], normalize="NFKC")) == [["fine", "10", "km"]]
    with pytest.raises(ValueError, match="normalize must be one of 'NFC', .*, not 'nfc'"):
        Corpus(two, normalize="nfc")
    with pytest.raises(TypeError, match="sentence 0, token 1 .* got int 3"):
        Corpus([["a", 3]], normalize="NFC")
