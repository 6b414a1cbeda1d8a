"""What would act on a terminal is written out, wherever words, labels and names are printed."""

import json
import re

import numpy as np
import pytest
from commands import SMALL, rows

import w2v
from w2v import KeyedVectors, demos
from w2v.cli import common
from w2v.cli import program as cli
from w2v.files.storage import atomic_write
from w2v.printable import printable, printable_json, printable_lines, readable

ACTS = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\u200e]")
pytestmark = pytest.mark.filterwarnings("ignore:.*that nobody sees:UserWarning")
NASTY = [
    "red\x1b[31m",
    "cr\rover",
    "line\u2028end",
    "turn\u202eback",
    "c1\x9b2J",
    "bell\a",
    "slash\\n",
    "tab\\\\t",
    "del\x7f",
    "mark\ufeffin",
]
PLAIN = ["été", "한국어", "क्‍ष", "👩‍👩‍👧", "a-b", "naïve", "שלום"]


def undone(text):
    """Read a field of TSV back."""
    return re.sub(
        r"\\(?:x(..)|u(....)|(.))",
        lambda m: (
            chr(int(m[1] or m[2], 16))
            if m[1] or m[2]
            else {"t": "\t", "n": "\n"}.get(m[3]) or {"r": "\r", "\\": "\\"}[m[3]]
        ),
        text,
    )


def test_the_functions():
    for word in NASTY:
        as_json = printable_json(json.dumps(word, ensure_ascii=False))
        assert not ACTS.search(printable(word) + readable(word) + as_json)
        assert undone(readable(word)) == word == json.loads(as_json)
    for word in PLAIN:
        assert printable(word) == readable(word) == printable_json(word) == word
    assert printable("\ud800") == "\\ud800" and printable("a\\b") == "a\\b"
    assert printable_lines("a\nb\r") == "a\nb\\r"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nasty")
    words = NASTY + PLAIN
    rng = np.random.default_rng(1)
    sentences = [[words[i] for i in rng.integers(0, len(words), 8)] for _ in range(200)]
    model = w2v.train(
        sentences, vector_size=4, min_count=1, loss="hs", epochs=1, sample=0, verbose=False
    )
    model.save(folder / "m.safetensors")
    with atomic_write(folder / "c.txt") as file:  # without those that a blank would part
        for sentence in sentences:
            kept = [w for w in sentence if not re.search(r"[\s\ufeff]", w.replace("\u2028", ""))]
            file.write(" ".join(kept).encode() + b"\n")
    (folder / "t\x1b[31m.txt").write_text("a b\nb a\n" * 9)
    (folder / "t.csv").write_text("x,c\n" + "".join(f"{i},cl\x1b[31m{i % 2}\n" for i in range(8)))
    return folder


@pytest.mark.parametrize(
    "line",
    [
        ["nn", "m.safetensors", NASTY[0]],
        ["sim", "m.safetensors", NASTY[0], NASTY[3]],
        ["analogy", "m.safetensors", *NASTY[:3]],
        ["odd", "m.safetensors", *NASTY[:4]],
        ["predict", "m.safetensors", NASTY[1]],
        ["tree", "m.safetensors", NASTY[2]],
        ["explain", "m.safetensors", NASTY[0], NASTY[3]],
        ["info", "m.safetensors"],
        ["vocab", "c.txt", "--min-count", "1"],
        ["vocab", "t\x1b[31m.txt"],
        ["vocab", "no\x1b[31m.txt"],
        ["nn", "m.safetensors", "no\x1b[31m"],
        ["nn\x1b[31m", "m.safetensors"],
        ["train", "c.txt", "--no\x1b[31m"],
        ["train", "t\x1b[31m.txt", "-o", "o.bin", *SMALL],
        ["compare", "t\x1b[31m.txt", "--questions", "q\x1b[31m"],
        ["convert", "m.safetensors", "o.bin"],
        ["mlp", "train", "t.csv", "-o", "n\x1b[31m.safetensors", "--max-iter", "3"],
        ["mlp", "score", "n\x1b[31m.safetensors", "t.csv"],
        ["mlp", "predict", "n\x1b[31m.safetensors", "t.csv", "--proba"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("as_json", [False, True])
def test_nothing_acts_on_the_terminal(folder, monkeypatch, capsys, line, as_json):
    monkeypatch.chdir(folder)
    cli.main([*line, "--json"] if as_json else line)
    out, err = capsys.readouterr()
    assert out or err
    assert not ACTS.search(out + err), ACTS.search(out + err)
    if as_json:
        for row in out.splitlines():
            json.loads(row)


def test_words_read_back_from_tsv(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    assert cli.main(["nn", "m.safetensors", NASTY[0], "--topn", "99"]) == 0
    found = [undone(neighbour) for _, neighbour, _ in rows(capsys.readouterr().out)]
    assert sorted(found) == sorted({*NASTY, *PLAIN} - {NASTY[0]})
    assert cli.main(["vocab", "c.txt", "--min-count", "1"]) == 0
    words = {undone(word) for word, _ in rows(capsys.readouterr().out)}
    assert "slash\\n" in words and "red\x1b[31m" in words


# ------------------------------------------------------------------- values that are of no use


@pytest.mark.parametrize("seed", ["x", -1, 1.5, None, True])
def test_demonstrations_check_their_seed(seed):
    for name in ("xor", "pca", "regression", "descent", "vanishing", "cost", "gradcheck"):
        with pytest.raises((TypeError, ValueError), match="seed must"):
            getattr(demos, name)(seed=seed)


def test_a_step_is_of_words():
    model = w2v.train([["a", "b"]] * 9, vector_size=2, min_count=1, verbose=False)
    with pytest.raises(TypeError, match=r"center must be one word, not \['a'\]"):
        model.explain(["a"], "b")
    with pytest.raises(TypeError, match=r"context must be a word .* \['b'\] is none"):
        model.explain("a", [["b"]])


def test_whole_numbers_are_vectors():
    kv = KeyedVectors(["a", "b"], [[1, 0], [1, 1]])
    assert kv.vectors.dtype == np.float32
    assert round(kv.similarity("a", "b"), 4) == 0.7071
    with pytest.raises(TypeError, match="vectors must be numbers"):
        KeyedVectors(["a"], [["x"]])


@pytest.mark.parametrize("verbose", ["no", 0.5, None])
def test_verbose_is_true_or_false(verbose):
    for kind in (w2v.Word2Vec, w2v.PPMI):
        with pytest.raises(TypeError, match="verbose must be True or False"):
            kind(min_count=1).fit([["a", "b"]], verbose=verbose)
    with pytest.raises(TypeError, match="verbose must be True or False"):
        w2v.Corpus([["a", "b"]], verbose=verbose)


def test_a_pdf_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.pdf").write_bytes(b"%PDF-1.4\n1 0 obj\n")
    assert cli.main(["mlp", "train", "t.pdf", "-o", "o.safetensors"]) == 1
    assert "t.pdf is not a text file: it is a PDF" in capsys.readouterr().err


def test_a_class_may_be_called_label(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text("x,c\n0,label\n1,other\n0,label\n1,other\n")
    line = "mlp train t.csv -o n.safetensors --max-iter 3 --quiet"
    assert cli.main(line.split()) == 0
    capsys.readouterr()
    assert cli.main("mlp predict n.safetensors t.csv --proba --json".split()) == 0
    row = json.loads(capsys.readouterr().out.splitlines()[0])
    assert set(row) == {"label", "class label", "other"}
    assert round(row["class label"] + row["other"], 6) == 1


@pytest.mark.parametrize("field", ['["a", "b"]', '{"p": 1}'])
def test_a_field_of_json_is_one_value(tmp_path, field):
    path = tmp_path / "t.jsonl"
    path.write_text(f'{{"x": 1, "y": "u"}}\n{{"x": {field}, "y": "v"}}\n' * 3)
    with pytest.raises(ValueError, match=r"line 2, column 'x': .* is a list or an object"):
        w2v.tables.read_table(path)
    path.write_text(f'{{"x": {field}, "y": 1, "z": "u"}}\n{{"x": {field}, "y": 2, "z": "v"}}\n')
    with pytest.raises(ValueError, match=r"line 1, column 'x': .* is a list or an object"):
        w2v.tables.read_table(path)
    assert w2v.tables.read_table(path, ignore=["x"]).X.shape == (2, 1)
    with pytest.raises(ValueError, match=r"line 1, column 'x': .* is a list or an object"):
        w2v.files.labelled.read_text_table(path, "x")


def test_a_log_says_what_is_at_work(monkeypatch, capsys):
    monkeypatch.setattr(common, "_FIRST_LINE", 0.02)
    with common.sign_of_life("digits"):
        common.time.sleep(0.3)
    lines = capsys.readouterr().err.splitlines()
    assert 2 <= len(lines) <= 5 and all(line.startswith("digits, ") for line in lines)
