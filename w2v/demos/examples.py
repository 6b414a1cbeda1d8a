"""The lecture's worked examples: its numbers, computed by what trains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from w2v.checks import one_of
from w2v.demos.report import Report
from w2v.demos.world import TOY
from w2v.explanation import Explanation
from w2v.names import EXAMPLES
from w2v.networks.network import Layer, Network
from w2v.text.vocabulary import Vocabulary
from w2v.training.explain import Word2VecStep
from w2v.training.word2vec import Word2Vec

TOY_WORDS = ["heavy", "light", "rain", "shower"]


def lecture_model() -> Word2Vec:
    """Return the word2vec network of the lecture's golden step: 4 words, 2 hidden units."""
    model = Word2Vec(vector_size=2, min_count=1, loss="softmax", alpha=0.5)
    model.vocabulary = Vocabulary(TOY_WORDS, [1] * 4)
    model.W_in = np.array([[0.1, 0.2], [-0.3, 0.4], [0.5, -0.1], [0.2, 0.3]], np.float32)
    model.W_out = np.array([[0.2, -0.1], [0.4, 0.1], [-0.2, 0.3], [0.1, 0.5]], np.float32)
    return model


IDENTITY = np.eye(3)
SQUARED, BINARY, CATEGORICAL = "squared_error", "binary_cross_entropy", "cross_entropy"
W, U = [[0.1, 0.8], [0.4, 0.6]], [[0.3, 0.9]]  # of the 2-2-1 network


def _network(
    activations: str,
    weights: list[Any],
    biases: list[Any] | None = None,
    loss: str = SQUARED,
) -> Network:
    """Return a network whose layers have the given activations, weights and biases."""
    layers = [
        Layer(len(w), activation, bias=biases is not None)
        for activation, w in zip(activations.split(), weights, strict=True)
    ]
    n_inputs = len(weights[0][0])
    return Network(n_inputs, layers, loss=loss, init=(weights, biases), dtype="float64")


class _Example(NamedTuple):
    network: Network
    patterns: list[Any]
    t: list[float] | None = None
    learning_rate: float = 1.0


NETWORKS: dict[str, Callable[[], _Example]] = {
    "softmax": lambda: _Example(
        _network("softmax", [IDENTITY]), [[1, 2, 3], [1, 3, -4], [2, -1.99, -0.01]]
    ),
    "sigmoid": lambda: _Example(_network("sigmoid", [IDENTITY]), [[1, 3, -4]]),
    "cross-entropy": lambda: _Example(
        _network("softmax", [IDENTITY], loss=CATEGORICAL), [np.log([0.9, 0.02, 0.08])], [1, 0, 0]
    ),
    "5-1": lambda: _Example(_network("sigmoid", [[[1] * 5]], [[1]]), [[0.1, 0.2, 0.3, 0.4, 0.5]]),
    "3-1": lambda: _Example(_network("sigmoid", [[[0.2, 0.3, 0.9]]], [[0.5]]), [[0.5, 0.6, 0.1]]),
    "1-2-1": lambda: _Example(
        _network("sigmoid sigmoid", [[[0.7], [0.9]], [[0.7, 0.9]]], [[1, 0.8], [1]]), [[0.5]]
    ),
    "2-2-1": lambda: _Example(_network("sigmoid sigmoid", [W, U], loss=BINARY), [[0.35, 0.9]], [1]),
    "2-2-1-squared": lambda: _Example(_network("sigmoid sigmoid", [W, U]), [[0.35, 0.9]], [1]),
    "2-2-2": lambda: _Example(
        _network(
            "relu softmax",
            [[[0.3, -0.2], [0.5, 0.4]], [[0.6, -0.1], [0.2, 0.7]]],
            loss=CATEGORICAL,
        ),
        [[1, 0.5]],
        [1, 0],
        0.1,
    ),
}


def worked(name: str) -> list[Explanation]:
    """Return a worked example of the lecture, an explanation for each of its patterns.

    Parameters
    ----------
    name : str
        One of `w2v.names.EXAMPLES`.
    """
    if one_of("example", name, EXAMPLES) == "word2vec":
        return [lecture_model().explain("heavy", "rain")]
    network, patterns, t, learning_rate = NETWORKS[name]()
    return [network.explain(x, t, learning_rate) for x in patterns]


def toy(seed: int = 1) -> tuple[Word2VecStep, Word2Vec, Report]:
    """Train the lecture's four words: heavy goes with rain, light with shower.

    Parameters
    ----------
    seed : int, default 1
        Of the first weights.

    Returns
    -------
    Word2VecStep
        The lecture's step, from its own weights.
    Word2Vec
        A model trained on the two sentences, each a hundred times an epoch.
    Report
        What it predicts: a row for each input word, a column for each output.
    """
    step = lecture_model().explain("heavy", "rain")
    model = Word2Vec(
        vector_size=2, min_count=1, sample=0, alpha=0.5, epochs=10, loss="softmax", seed=seed
    ).fit(TOY * 100, verbose=False)
    rows, notes = [], []
    for given in TOY_WORDS:
        found = model.predict_context(given, len(TOY_WORDS))
        shares = dict(found)
        rows.append((given, *(round(shares[word], 6) for word in TOY_WORDS)))
        notes.append(f"P({found[0][0]} | {given}) = {found[0][1]:.4f} is the largest of its row")
    title = "after training: P(output | input), a row for each input"
    return step, model, Report(title, ("input", *TOY_WORDS), rows, notes)
