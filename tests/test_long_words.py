"""Input may be one word of a million letters: no message prints it whole, nor takes long."""

from __future__ import annotations

import io

import numpy as np
import pytest

import w2v
from w2v import checks, files
from w2v.cli import program as cli

LONG = "x" * 1_000_000
SMALL = np.ones((2, 3), np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Hold models, and a file with a long word for each reader."""
    folder = tmp_path_factory.mktemp("long")
    kv = w2v.KeyedVectors(["a", "b"], SMALL)
    kv.save(folder / "m.safetensors")
    (folder / "t.csv").write_text("p,q,class\n1,2,u\n2,1,v\n1,3,u\n3,1,v\n")
    (folder / "long.csv").write_text(f"p,q,class\n1,{LONG},u\n2,1,v\n1,3,u\n")
    (folder / "column.csv").write_text(f"p,{LONG},class\n1,,u\n2,1,v\n1,3,u\n")
    (folder / "class.csv").write_text(f"p,q,class\n1,2,{LONG}\n2,1,v\n1,3,u\n")
    (folder / "long.txt").write_text(f"{LONG}\n")
    (folder / "two.txt").write_text(f"{LONG} {LONG}\n" * 3)
    (folder / "counts.txt").write_text(f"a 1\n{LONG} {LONG}\n")
    (folder / "pairs.tsv").write_text(f"a\tb\t1\n{LONG}\tb\n")
    (folder / "questions.txt").write_text(f": s\na b a {LONG} b\n")
    (folder / "vectors.vec").write_text(f"2 3\na 1 2 3\nb 1 {LONG} 3\n")
    (folder / "header.vec").write_text(f"2 {LONG}\na 1 2 3\n")
    (folder / "twice.vec").write_text(f"2 3\n{LONG} 1 2 3\n{LONG} 1 2 3\n")
    (folder / "labels.txt").write_text(f"+\tgood\n{LONG}\n")
    (folder / "rows.jsonl").write_text(f'{{"p": 1, "class": "u"}}\n{{"p": "{LONG}", "class": 1}}\n')
    line = f"mlp train {folder}/t.csv -o {folder}/n.safetensors --hidden 2 --quiet --epochs 3"
    assert cli.main(line.split()) == 0
    return folder


@pytest.mark.parametrize(
    "line",
    [
        "nn m.safetensors LONG",
        "sim m.safetensors a LONG",
        "analogy m.safetensors a b LONG",
        "odd m.safetensors a b LONG",
        "nn LONG a",
        "info LONG",
        "convert vectors.vec x.bin",
        "convert header.vec x.bin",
        "convert twice.vec x.bin",
        "convert m.safetensors x.LONG",
        "eval m.safetensors pairs.tsv",
        "eval m.safetensors questions.txt",
        "vocab LONG",
        "train long.txt -o x.bin --min-count 1",
        "train two.txt -o x.bin --min-count 1 --vector-size 2",
        "train two.txt -o x.bin --vocabulary counts.txt",
        "train two.txt -o LONG",
        "train two.txt -o x.bin --epochs LONG",
        "train two.txt -o x.bin --LONG",
        "mlp train long.csv -o x.safetensors",
        "mlp train column.csv -o x.safetensors",
        "mlp train class.csv -o x.safetensors",
        "mlp train labels.txt -o x.safetensors",
        "mlp train rows.jsonl -o x.safetensors --target class",
        "mlp train t.csv -o x.safetensors --target LONG",
        "mlp train t.csv -o x.safetensors --activation LONG",
        "mlp predict n.safetensors long.csv",
        "mlp predict LONG t.csv",
        "mlp score n.safetensors class.csv",
        "xor --method LONG",
        "slopes --ks LONG",
        "LONG",
    ],
)
def test_the_command_line_shortens(folder, monkeypatch, capsys, line):
    monkeypatch.chdir(folder)
    cli.main([word.replace("LONG", LONG) for word in line.split()])
    err = capsys.readouterr().err
    assert len(err) < 3000, err[:300]


@pytest.mark.parametrize(
    "call",
    [
        lambda: w2v.KeyedVectors(["a", "b"], SMALL)[LONG],
        lambda: w2v.KeyedVectors(["a", "b"], SMALL).most_similar(LONG),
        lambda: w2v.KeyedVectors([LONG, LONG], SMALL),
        lambda: w2v.KeyedVectors(LONG, SMALL),
        lambda: w2v.Word2Vec(architecture=LONG),
        lambda: w2v.Word2Vec(alpha=LONG),
        lambda: w2v.Word2Vec(**{LONG: 1}),
        lambda: w2v.Word2Vec(min_count=1, sample=0).fit([[LONG]]),
        lambda: w2v.Word2Vec(min_count=1).fit([["a", "b"]], encoding=LONG),
        lambda: w2v.Network(2, [w2v.Layer(1, LONG)]),
        lambda: w2v.Network(2, [w2v.Layer(1)], loss=LONG),
        lambda: w2v.Network(2, [w2v.Layer(1)], init=LONG),
        lambda: w2v.Network(2, [w2v.Layer(1)]).train([[0, 1]], [1], optimizer=LONG),
        lambda: w2v.FeedForwardClassifier(solver=LONG).fit([[0], [1]], [0, 1]),
        lambda: w2v.FeedForwardClassifier().set_params(**{LONG: 1}),
        lambda: w2v.FeedForwardClassifier(class_weight={LONG: 1}).fit([[0], [1]], ["a", "b"]),
        lambda: w2v.Perceptron().fit([[0], [1]], [LONG, LONG]),
        lambda: files.formats.read_counts(io.BytesIO(f"{LONG} 1\n{LONG} 2\n".encode())),
        lambda: w2v.evaluate.word_pairs(w2v.KeyedVectors(["a"], SMALL[:1]), [("a", LONG)]),
        lambda: w2v.demos.xor(LONG),
    ],
)
def test_python_shortens(call):
    with pytest.raises(Exception) as found:  # noqa: B017, PT011
        call()
    assert len(str(found.value)) < 1000, str(found.value)[:300]


def test_quoted():
    assert checks.quoted("it's") == '"it\'s"'
    assert checks.quoted("x" * 101) == repr("x" * 100) + "..."
    assert checks.quoted(b"\xff" * 200) == repr(b"\xff" * 100) + "..."
    assert checks.quoted(3) == "3" and checks.quoted(None) == "None"
    assert len(checks.quoted(list(range(1000)))) == 103
    assert checks.near(LONG, ["x" * 10]) == ""
