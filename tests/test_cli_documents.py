"""``w2v documents`` and ``infer``, and what the other verbs say of such a model."""

import json
from pathlib import Path

import numpy as np
import pytest
from commands import rows

import w2v
from w2v.demos import opinions

SMALL = "--tokenizer words --vector-size 8 --min-count 1 --epochs 5"


@pytest.fixture
def texts(run):
    """Hold short opinions, with their label as tag and in a table, and a model of these."""
    labelled = opinions.labelled(60)
    Path("texts.txt").write_text("".join(f"{text}\n" for _, text in labelled))
    Path("o.tsv").write_text("".join(f"{label}\t{text}\n" for label, text in labelled))
    table = "".join(f'{label},"{text}"\n' for label, text in labelled)
    Path("o.csv").write_text(f"kind,text\n{table}")
    assert run(f"documents o.tsv --tags {SMALL} -o d.safetensors --quiet") == (0, "", "")
    return [text for _, text in labelled]


def test_documents_are_trained(run, texts):
    status, out, err = run(f"documents texts.txt {SMALL} -o t.safetensors --architecture dm")
    assert (status, out) == (0, "") and "trained 60 vectors of 8 numbers" in err
    model = w2v.Doc2Vec.load("t.safetensors")
    settings = {"vector_size": 8, "min_count": 1, "epochs": 5, "architecture": "dm"}
    expected = w2v.Doc2Vec(**settings).fit("texts.txt", tokenizer="words", verbose=False)
    np.testing.assert_array_equal(model.W_in, expected.W_in)
    status, out, _ = run(f"documents texts.txt {SMALL} -o t.npz --json --train-words")
    found = json.loads(out)
    assert (found["vectors"], found["settings"]["train_words"]) == (60, True)
    assert w2v.KeyedVectors.load("t.npz").index_to_key == list(range(60))


def test_tags_are_read(run, texts):
    model = w2v.Doc2Vec.load("d.safetensors")
    assert model.tags == ["+", "-", "0"]
    line = f"documents o.csv --column text --tag-column kind {SMALL} -o c.safetensors --quiet"
    assert run(line) == (0, "", "")
    np.testing.assert_array_equal(w2v.Doc2Vec.load("c.safetensors").W_in, model.W_in)
    status, out, _ = run("nn d.safetensors +")
    assert status == 0 and {row[1] for row in rows(out)} == {"-", "0"}


def test_new_documents_are_inferred(run, texts):
    model = w2v.Doc2Vec.load("d.safetensors")
    expected = model.infer_vectors(texts[:3])
    lines = "".join(f"{text}\n" for text in texts[:3])
    status, out, err = run("infer d.safetensors", lines)
    assert (status, err) == (0, "")
    np.testing.assert_allclose(np.array(rows(out), float), expected, rtol=1e-5, atol=1e-8)
    Path("new.txt").write_text(lines)
    status, out, _ = run("infer d.safetensors new.txt --json")
    np.testing.assert_array_equal(
        np.float32([json.loads(line) for line in out.splitlines()]), expected
    )
    status, out, err = run("infer d.safetensors new.txt -o new.npz")
    assert (status, out) == (0, "") and err == "wrote 3 vectors of 8 numbers to new.npz\n"
    np.testing.assert_array_equal(w2v.KeyedVectors.load("new.npz").vectors, expected)
    status, out, _ = run("infer d.safetensors new.txt -n 1 --epochs 9")
    best = model.dv.most_similar_batch(model.infer_vectors(texts[:3], epochs=9), topn=1)
    assert [row[:2] for row in rows(out)] == [[str(i), best[i][0][0]] for i in range(3)]
    status, out, err = run("infer d.safetensors", "lovely food\n\nunheard\n")
    assert [line.count("\t") for line in out.splitlines()] == [7, 7, 7]
    assert "2 of the 3 documents have no word" in err


def test_info_tells_tags_from_words(run, texts):
    facts = dict(row for row in rows(run("info d.safetensors")[1]) if len(row) == 2)
    model = w2v.Doc2Vec.load("d.safetensors")
    assert (facts["tags"], facts["first_tags"]) == ("3", "+ - 0")
    assert facts["words"] == str(len(model.vocabulary))
    assert facts["tokens"] == str(model.vocabulary.counts.sum())
    assert facts["settings.architecture"] == "dbow"
    assert run("convert d.safetensors e.safetensors")[0] == 0
    np.testing.assert_array_equal(w2v.Doc2Vec.load("e.safetensors").W_out, model.W_out)


@pytest.mark.parametrize(
    ("line", "status", "message"),
    [
        ("documents texts.txt", 2, "give --output FILE"),
        ("documents -o x.bin", 2, "no corpus"),
        ("documents texts.txt -o x.bin --loss softmax", 2, "invalid choice: 'softmax'"),
        ("documents texts.txt -o x.bin --alpha 0.00001", 2, "--min-alpha 0.0001 is above"),
        ("documents texts.txt o.tsv --tags -o x.bin", 2, "tags are read from one file"),
        ("documents texts.txt --tags -o x.bin", 1, "texts.txt, line 1 is no label and text"),
        ("documents o.csv --tag-column kind -o x.bin", 2, "--tag-column needs --column"),
        ("documents o.csv --tags --column text -o x.bin", 2, "name --tag-column"),
        ("documents o.csv --tag-column no --column text -o x.bin", 1, "no"),
        ("infer no.safetensors texts.txt", 1, "No such file"),
        ("infer m.bin texts.txt", 1, "m.bin holds vectors only (bin)"),
        ("infer m.safetensors texts.txt", 1, "holds a model of w2v.Word2Vec"),
        ("infer d.safetensors texts.txt -n 2 -o x.bin", 2, "give one"),
        ("predict d.safetensors the", 1, "holds a model of w2v.Doc2Vec"),
        ("train texts.txt -o x.bin --architecture dm", 2, "invalid choice: 'dm'"),
    ],
)
def test_what_cannot_be_done(fails, texts, line, status, message):
    assert message in fails(line, status)


def test_nothing_to_infer(fails, texts):
    assert fails("infer d.safetensors", 1, "") == "standard input has no document"
