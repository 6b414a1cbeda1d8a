"""Questions and evaluation on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from commands import rows

import w2v
from w2v.cli import common, questions
from w2v.demos import world
from w2v.files import formats
from w2v.vectors import evaluate


def test_nn(run):
    status, out, err = run("nn m.safetensors -n 3 paris dog")
    assert (status, err) == (0, "")
    assert [row[0] for row in rows(out)] == ["paris"] * 3 + ["dog"] * 3
    near = w2v.KeyedVectors.load("m.safetensors").most_similar("paris", topn=3)
    assert [(b, c) for _, b, c in rows(out)[:3]] == [(word, f"{x:.4f}") for word, x in near]
    assert run("nn m.bin paris dog -n 3")[1] == out
    limited = rows(run("nn m.bin paris --restrict-vocab 50 -n 5")[1])
    assert {row[1] for row in limited} <= set(w2v.KeyedVectors.load("m.bin").index_to_key[:50])


def test_questions_from_standard_input(run):
    want = run("nn m.bin paris dog -n 3")
    assert run("nn m.bin -n 3", stdin="paris\n\n  dog ") == want
    assert run("nn m.bin -n 3", stdin="paris dog\n") == want
    for verb in ("nn", "sim", "analogy", "odd"):
        assert run([verb, "m.bin"], stdin="") == (0, "", "")
    assert run("sim m.bin", stdin="king queen\nman woman\n")[1].count("\n") == 2


def test_a_byte_order_mark_is_no_letter_of_a_question(run):
    for verb in ("nn", "odd", "analogy"):
        line = "king queen man\n"
        want = run(f"{verb} m.bin", stdin=line)
        assert run(f"{verb} m.bin", stdin=b"\xef\xbb\xbf" + line.encode()) == want
        assert want[0] == 0


def test_one_bad_question_does_not_spoil_the_others(run):
    status, out, err = run("nn m.bin paris xyzzy kinng dog -n 1")
    assert status == 1
    assert [row[0] for row in rows(out)] == ["paris", "dog"]
    assert err == (
        "w2v: error: 'xyzzy' is not in the vocabulary\n"
        "w2v: error: 'kinng' is not in the vocabulary; close spellings: 'king'\n"
    )
    status, out, err = run("sim m.bin", stdin=b"king queen\nking\nking \xff\nman woman\n")
    assert status == 1
    assert [row[0] for row in rows(out)] == ["king", "man"]
    assert err.startswith("w2v: error: 2 words a line, not 1: king\nw2v: error: '\ufffd' is not")


def test_words_may_begin_with_a_dash(run):
    formats.write_vectors("d.bin", ["-n", "-1", "b"], [[1, 0], [1, 1], [0, 1]])
    assert run("nn d.bin -n1 -- -n")[1] == "-n\t-1\t0.7071\n"
    assert run("nn d.bin -1 -n 1")[1] == "-1\t-n\t0.7071\n"


def test_sim_analogy_odd(run):
    vectors = w2v.KeyedVectors.load("m.bin")
    same = vectors.similarity("king", "queen")
    assert run("sim m.bin king queen")[:2] == (0, f"king\tqueen\t{same:.4f}\n")
    status, out, _ = run("analogy m.bin man king woman -n 2")
    assert status == 0
    found = vectors.analogy("man", "king", "woman", topn=2)
    assert rows(out) == [["man", "king", "woman", word, f"{x:.4f}"] for word, x in found]
    (row,) = rows(run("analogy m.bin man king woman -n 1 --method 3cosmul")[1])
    assert row[3] == vectors.analogy("man", "king", "woman", topn=1, method="3cosmul")[0][0]
    assert run("odd m.bin red green king blue")[1] == "red green king blue\tking\n"


def test_json_has_every_digit(run):
    vectors = w2v.KeyedVectors.load("m.bin")
    near = [json.loads(line) for line in run("nn m.bin king --json")[1].splitlines()]
    assert [(row["neighbour"], row["similarity"]) for row in near] == vectors.most_similar("king")
    same = vectors.similarity("king", "queen")
    assert json.loads(run("sim m.bin king queen --json")[1])["similarity"] == same
    (answer,) = vectors.analogy("man", "king", "woman", topn=1)
    found = json.loads(run("analogy m.bin man king woman -n 1 --json")[1])
    assert (found["answer"], found["score"]) == answer
    Path("p.txt").write_text("king\tqueen\t3\nking\tparis\t1\nred\tblue\t4\n")
    scores = [json.loads(line)["score"] for line in run("eval m.bin p.txt --json")[1].splitlines()]
    expected = evaluate.word_pairs(vectors, "p.txt")
    assert scores == [expected.spearman, expected.pearson]


def test_small_numbers_are_not_printed_as_0():
    assert [common.field(x) for x in (0.0, 0.00012, 0.00004, -2.4e-11, 1.25)] == [
        *("0.0000", "0.0001", "4.0e-05", "-2.4e-11", "1.2500")
    ]


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("nn m.bin king paris", ["word", "neighbour", "similarity"]),
        ("sim m.bin king paris", ["word1", "word2", "similarity"]),
        ("analogy m.bin man king woman", ["a", "b", "c", "answer", "score"]),
        ("odd m.bin man king woman", ["words", "odd"]),
        ("vocab world.txt", ["word", "count"]),
        ("eval m.bin q.txt p.txt", ["file", "section", "score", "correct", "asked", "skipped"]),
    ],
)
def test_json_names_the_columns_of_the_help(run, line, names):
    Path("q.txt").write_text("man king woman queen\n")
    Path("p.txt").write_text("king\tqueen\t3\n")  # one pair: no correlation
    _, tsv, _ = run(line)
    status, out, _ = run(f"{line} --json")
    assert status == 0
    assert "NaN" not in out
    objects = [json.loads(text) for text in out.splitlines()]
    assert len(objects) == len(rows(tsv)) > 0
    assert all(list(found) == names for found in objects)
    shown = " ".join(run(f"{line.split()[0]} --help")[1].split())
    assert "columns: the words" in shown or f"columns: {', '.join(names)}" in shown


def test_fields_hold_no_tabs_and_json_no_nan():
    assert common.field("a\tb\nc") == "a\\tb\\nc"
    assert [common.field(x) for x in (None, 0.5, 3, ["a", "b"])] == ["-", "0.5000", "3", "a b"]
    value = {"a": [float("nan"), 1.5], "b": (float("inf"), "x")}
    assert json.loads(common.as_json(value)) == {"a": [None, 1.5], "b": [None, "x"]}
    value = {"a": np.float32("nan"), "b": np.array([[0.5, np.inf]]), "c": np.int64(3)}
    assert json.loads(common.as_json(value)) == {"a": None, "b": [[0.5, None]], "c": 3}


def test_eval_of_questions(run):
    lines = [f": {name}" for name in ("capital", "gram1")]
    asked = world.questions()["family"][:20]
    lines[1:1] = [" ".join(question) for question in asked] + ["king queen foo bar"]
    Path("q.txt").write_text("\n".join(lines) + "\n")
    status, out, err = run("eval m.safetensors q.txt")
    assert (status, err) == (0, "")
    table = rows(out)
    assert [row[1] for row in table] == ["capital", "gram1", "semantic", "syntactic", "total"]
    _, _, score, correct, number, skipped = table[0]
    assert (number, skipped) == ("20", "1")
    assert score == f"{int(correct) / 20:.4f}"
    assert float(score) > 0.5
    assert table[1][2:] == ["-", "0", "0", "0"]


def test_eval_restricts_the_vocabulary(run):
    Path("q.txt").write_text("\n".join(map(" ".join, world.questions()["family"])))
    skipped = [int(rows(run(f"eval m.bin q.txt --restrict-vocab {n}")[1])[-1][5]) for n in (100, 0)]
    assert skipped[0] > skipped[1] == 0


def test_eval_of_pairs(run):
    pairs = [("king", "queen", 9), ("dog", "cat", 8), ("red", "paris", 1), ("foo", "bar", 5)]
    Path("p.txt").write_text("# made up\n" + "".join(f"{a}\t{b}\t{x}\n" for a, b, x in pairs))
    status, out, err = run("eval m.bin p.txt")
    assert (status, err) == (0, "")
    assert [row[1] for row in rows(out)] == ["spearman", "pearson"]
    assert all(row[3:] == ["-", "3", "1"] for row in rows(out))
    assert float(rows(out)[1][2]) > 0.5


def test_eval_says_when_nothing_was_asked(run):
    Path("q.txt").write_text("foo bar man woman\n")
    status, out, err = run("eval m.bin q.txt")
    assert status == 0
    assert rows(out)[-1][2:] == ["-", "0", "0", "1"]
    assert err == "w2v: warning: q.txt: nothing was asked, its words are not known\n"


@pytest.mark.parametrize(
    ("text", "is_questions"),
    [
        (": capital\nathens greece oslo norway\n", True),
        ("athens greece oslo norway\n", True),
        ("\n\nathens greece oslo norway\n", True),
        (": empty section\n", True),
        ("\ufeff: capital\n", True),
        ("king\tqueen\t8.5\n", False),
        ("king queen 8.5\n", False),
        ("king,queen,8.5\n", False),
        ("Word 1,Word 2,Human (mean)\nking,queen,8.5\n", False),
        ("word1 word2 POS score\nold new A 1.58\n", False),
        ("# comment of five words\nking queen 1e-3\n", False),
        ("king queen\n", False),
    ],
)
def test_question_and_pair_files_are_told_apart(tmp_path, text, is_questions):
    path = tmp_path / "file"
    path.write_text(text, encoding="utf-8")
    assert questions._is_question_file(str(path)) == is_questions
