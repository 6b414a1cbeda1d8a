import itertools
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from w2v._text import TokenReader, find_nul, up_to_blank
from w2v.text import corpus as corpus_module
from w2v.text import reading
from w2v.text.corpus import Corpus
from w2v.text.vocabulary import Vocabulary


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
    with pytest.raises(ValueError, match="names of files.*from_files"):
        Corpus(["a.txt"])


def test_strings_of_one_word_are_told():
    with pytest.warns(UserWarning, match="each of the 2 strings is one word"):
        Corpus(["a", "", "b"])
    Corpus(["new york city", "", "tokyo bay", "", "x", ""])  # six words in six strings


def test_settings_of_the_wrong_kind_are_explained(tmp_path):
    with pytest.raises(ValueError, match="encoding must be one that Python knows, not 3"):
        Corpus(["a"], encoding=3)
    with pytest.raises(FileNotFoundError, match="no folder .*nothing for temporary files"):
        Corpus(["a"], tmp_dir=tmp_path / "nothing")


def test_long_words_are_shortened_in_errors():
    with pytest.raises(ValueError, match="lone surrogate") as error:
        Corpus([["x" * 10**6 + "\ud800"]])
    assert len(str(error.value)) < 200
    with pytest.raises(ValueError, match="comes twice") as error:
        Vocabulary(["x" * 10**6] * 2, [1, 1])
    assert len(str(error.value)) < 200


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
