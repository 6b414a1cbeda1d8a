"""Predictions: the plain formula, and what they cost."""

import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest

from w2v.text import vocabulary as vocabulary_module
from w2v.text.vocabulary import Vocabulary
from w2v.training.prediction import predict

LOSSES = ("softmax", "ns", "hs")


def settings(loss):
    return SimpleNamespace(loss=loss, architecture="cbow", ns_exponent=0.75)


def zipf(V):
    return Vocabulary([f"w{i}" for i in range(V)], np.maximum(1, 100_000 // np.arange(1, V + 1)))


def weights(V, d, loss, scale=1.0):
    rng = np.random.default_rng(3)
    W_out = rng.normal(scale=scale, size=(V - (loss == "hs"), d)).astype(np.float32)
    return rng.normal(scale=scale, size=(2, d)).astype(np.float32), W_out


def plain(context, W_out, vocabulary, loss):
    """Probabilities of all words as the formulas say, all in float64."""
    scores = W_out.astype(np.float64) @ context.astype(np.float64).mean(axis=0)
    if loss == "hs":
        tree = vocabulary.huffman()
        signed = np.where(tree.codes, -scores[tree.nodes], scores[tree.nodes])
        return np.multiply.reduceat(1 / (1 + np.exp(-signed)), tree.offsets[:-1])
    if loss == "ns":
        scores += np.log(vocabulary.noise_distribution(0.75))
    p = np.exp(scores - scores.max())
    return p / p.sum()


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("scale", [0.0, 0.1, 1.0])
def test_predictions_agree_with_the_plain_formula(loss, scale):
    vocabulary = zipf(700)
    context, W_out = weights(700, 40, loss, scale)
    p = plain(context, W_out, vocabulary, loss)
    for topn in (1, 12, 700, 1000):
        found = predict(context, W_out, vocabulary, settings(loss), topn)
        rows = [int(word[1:]) for word, _ in found]
        assert len(set(rows)) == min(topn, 700)
        assert [q for _, q in found] == pytest.approx(p[rows], abs=1e-6, rel=1e-5)
        assert [q for _, q in found] == pytest.approx(np.sort(p)[::-1][:topn], abs=1e-6, rel=1e-5)
    assert found.exact == (loss != "ns")


def test_equal_words_are_predicted_by_index():
    vocabulary = zipf(700)
    context, W_out = weights(700, 40, "softmax", 0.1)
    W_out[[5, 80, 600]] = W_out[
        W_out @ context.mean(axis=0) == (W_out @ context.mean(axis=0)).max()
    ]
    found = predict(context, W_out, vocabulary, settings("softmax"), 2)
    assert [word for word, _ in found][0] == "w5" and found[0][1] == found[1][1]


@pytest.mark.parametrize("loss", LOSSES)
def test_a_prediction_copies_no_weights(loss):
    vocabulary = zipf(50_000)
    context, W_out = weights(50_000, 300, loss, 0.1)
    predict(context, W_out, vocabulary, settings(loss), 10)  # makes the tree
    tracemalloc.start()
    predict(context, W_out, vocabulary, settings(loss), 10)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < W_out.nbytes / 3


def test_the_tree_is_built_once(monkeypatch):
    built = []
    huffman = vocabulary_module.huffman
    monkeypatch.setattr(vocabulary_module, "huffman", lambda c: built.append(1) or huffman(c))
    vocabulary = zipf(50)
    context, W_out = weights(50, 8, "hs")
    for _ in range(3):
        predict(context, W_out, vocabulary, settings("hs"), 3)
    assert len(built) == 1
