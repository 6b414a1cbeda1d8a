"""Command lines of word2vec.c and fastText: they do what they mean, or the error names ours."""

import numpy as np
import pytest
from commands import rows

import w2v

SMALL = "-size 8 -iter 2 -min-count 1 -threads 1"


def test_word2vec_without_a_verb(run):
    status, _, err = run(f"-train world.txt -output old.bin -binary 1 -cbow 1 {SMALL} -debug 0")
    assert status == 0, err
    run(f"word2vec -train world.txt -output named.bin -binary 1 {SMALL} -debug 0")
    run(f"train -train world.txt -output ours.bin -binary 1 {SMALL} -debug 0")
    ours = w2v.KeyedVectors.load("ours.bin").vectors
    for name in ("old.bin", "named.bin"):
        np.testing.assert_array_equal(w2v.KeyedVectors.load(name).vectors, ours)


def test_distance_and_word_analogy(run):
    status, out, err = run("distance m.bin", stdin="king\n")
    assert status == 0, err
    assert len(rows(out)) == 40
    assert out == run("nn m.bin king --topn 40")[1]
    status, out, err = run("word-analogy m.bin", stdin="paris france london\n")
    assert (status, len(rows(out))) == (0, 40), err


def test_fasttext_trains_whole_words(run):
    line = "-input world.txt -dim 8 -epoch 2 -minCount 1 -thread 1 -lr 0.1 -bucket 10"
    status, _, err = run(f"skipgram {line} -output model")
    assert status == 0, err
    assert "without the parts of words" in err
    flags = "--vector-size 8 --epochs 2 --min-count 1 --workers 1 --alpha 0.1 --sample 0.0001"
    run(f"skipgram world.txt -o ours.vec {flags}")
    ours = w2v.KeyedVectors.load("ours.vec").vectors
    np.testing.assert_array_equal(w2v.KeyedVectors.load("model.vec").vectors, ours)
    status, _, err = run(f"cbow {line} -output model.bin -minn 0 -maxn 0 -loss hs")
    assert status == 0, err
    assert "parts of words" not in err


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("supervised -input world.txt -output m", "`w2v mlp train --text FILE`"),
        ("compute-accuracy m.bin 30000", "`w2v eval MODEL questions-words.txt`"),
        ("print-word-vectors m.bin", "`w2v convert MODEL vectors.txt`"),
        ("print-sentence-vectors m.bin", "w2v.WordVectorizer"),
        ("skipgram -input world.txt -output m -pretrainedVectors v", "no meaning here"),
        ("skipgram -input world.txt -output", "-output has no value"),
    ],
)
def test_what_has_no_meaning_names_ours(fails, line, says):
    assert says in fails(line, 2)
