import codecs
import collections
import errno
import gzip
import itertools
import threading

import numpy as np
import pytest

from corpora import TEXT, expected, random_text, sentences_of, split
from w2v._text import TokenReader
from w2v.text import reading, sources, store, team
from w2v.text.corpus import Corpus
from w2v.text.vocabulary import Vocabulary


@pytest.fixture
def parallel(monkeypatch):
    """Let even the smallest files be read by as many threads as asked for."""
    monkeypatch.setattr(team, "_ALONE", 0)
    before = threading.active_count()
    yield
    assert threading.active_count() == before


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
    def full(file, items, folder):
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
