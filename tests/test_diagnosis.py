"""`w2v check` and `diagnose`: what would make vectors bad is said before training."""

import json

import numpy as np
import pytest
from commands import rows

from w2v import Corpus
from w2v.demos import world
from w2v.text.diagnosis import diagnose

RNG = np.random.default_rng(1)
WORDS = [f"w{i}" for i in range(200)]
LINES = [[WORDS[i] for i in RNG.integers(0, 200, 10)] for _ in range(3000)]


def wrong(corpus, **settings):
    return {f.what: f.advice for f in diagnose(Corpus(corpus), **settings) if not f.ok}


def test_good_corpora_are_ok():
    assert set(wrong(list(world.sentences()))) == {"share of repeated lines"}
    assert not wrong(LINES)
    assert not wrong(RNG.integers(0, 97, (3000, 10)).tolist())  # ids


@pytest.mark.parametrize(
    ("corpus", "settings", "what", "advice"),
    [
        ([list("the cat sat") for _ in range(3000)], {}, "share of words of one letter", "letters"),
        ([sum(LINES, [])], {}, "words of the longest line", "newline behind each sentence"),
        ([[w] for line in LINES for w in line], {}, "share of lines of one word", "no neighbours"),
        (LINES[:100] * 30, {}, "share of repeated lines", "copies teach nothing"),
        (LINES[:50], {}, "words", "fewer than 10,000"),
        (LINES, {"vector_size": 2000}, "mean count of a word", "take at most 600"),
        (
            [[*line, f"x{i}", f"y{i}", f"z{i}", f"u{i}"] for i, line in enumerate(LINES)],
            {},
            "share of words left out by min_count=5",
            "lower min_count",
        ),
        (LINES, {"min_count": 10**6}, "distinct words of min_count=1000000", "fewer than two"),
        (
            [[*line, "cafÃ©"] for line in LINES],
            {},
            "share of words that were decoded wrongly",
            "'cafÃ©'",
        ),
        ([[*line, "caf\ufffd"] for line in LINES], {}, "share of words that were decoded", "caf"),
        ([[*line, "e\u0301", "\u00e9"] for line in LINES], {}, "spelling", "look the same"),
    ],
)
def test_what_is_wrong_is_said(corpus, settings, what, advice):
    found = wrong(corpus, **settings)
    name = next((name for name in found if name.startswith(what)), None)
    assert name is not None, found
    assert advice in found[name]


def test_what_sample_thins_is_told():
    lines = [["the", *line] for line in LINES]
    found = {f.what: f.value for f in diagnose(Corpus(lines), sample=1e-3)}
    assert 0 < found["share of words thinned out by sample=0.001"] < 1
    assert found["of the most frequent words it keeps"].startswith("'the' 1")
    found = {f.what: f.value for f in diagnose(Corpus(lines), sample=0)}
    assert found["share of words thinned out by sample=0"] == 0


def test_repeated_lines_are_counted():
    twice = [["a", "b", "c", "d"], ["d", "c", "b", "a"], ["a", "b", "c", "d"], ["a", "b"]] * 2
    found = {f.what: f.value for f in diagnose(Corpus(twice), min_count=1)}
    assert found["share of repeated lines"] == 1 - 2 / 6


@pytest.fixture
def good(tmp_path):
    """Write a corpus in which nothing is wrong."""
    (tmp_path / "good.txt").write_text("".join(" ".join(line) + "\n" for line in LINES))


def test_the_verb(run, good):
    status, out, err = run("check good.txt")
    assert (status, err) == (0, "")
    assert rows(out)[0] == ["good.txt", "utf-8", "ok", ""]
    assert {row[2] for row in rows(out)} == {"ok"}
    status, out, _ = run("check good.txt --vector-size 5000 --json")
    assert status == 1
    found = [json.loads(line) for line in out.splitlines()]
    assert [row["what"] for row in found if row["result"] == "look"] == ["mean count of a word"]


def test_the_verb_reads_files_whole(run, good, tmp_path):
    status, out, _ = run("check m.safetensors m.bin m.vec good.txt")
    assert status == 0
    kinds = [row[1].split(", ")[0] for row in rows(out)[:4]]
    assert kinds == ["model", "bin", "text", "utf-8"]
    (tmp_path / "cut.bin").write_bytes((tmp_path / "m.bin").read_bytes()[:-9])
    status, out, _ = run("check cut.bin")
    assert status == 1 and rows(out)[0][2] == "look" and "cut off" in rows(out)[0][3]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("the cat\n".encode("utf-16"), "UTF-16"),
        (b"caf\xe9 au lait\n", "byte 3 is not utf-8"),
        (b"", "the corpus is empty"),
        (b"the cat\rsat on\rthe mat\r", "old Macs"),
        (b"<html><body>\n", "HTML"),
        (b"a,b\n1,2\n", "CSV"),
    ],
)
def test_the_verb_says_what_cannot_be_read(run, tmp_path, content, says):
    (tmp_path / "c.csv").write_bytes(content)
    status, out, _ = run("check c.csv --min-count 1")
    assert status == 1
    assert any(row[2] == "look" and says in row[3] for row in rows(out)), out
