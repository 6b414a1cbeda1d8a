"""What a model predicts: the most probable words, from a hidden row and the output weights.

As in `w2v.vectors.ranking`, float32 chooses and float64 ranks: float32 scores of all V rows find
the words that may be among the most probable, and only these are scored again in float64. A
prediction takes memory for some numbers a word, and never a copy of the weights.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from w2v.text.draws import Huffman
from w2v.text.vocabulary import Vocabulary
from w2v.training.settings import Settings
from w2v.vectors.ranking import (
    BLOCK_ROWS,
    Doubles,
    Floats,
    Rows,
    contenders,
    cosine_error,
    dots,
    row_norms,
)


class Prediction(list[tuple[str, float]]):
    """Words and their probabilities, most probable first.

    Attributes
    ----------
    exact : bool
        Whether the probabilities are the model's own, or an estimate from a model that was
        trained without normalising them.
    """

    def __init__(self, items: Iterable[tuple[str, float]], exact: bool) -> None:
        super().__init__(items)
        self.exact = exact

    def __repr__(self) -> str:
        """Say so where the probabilities are an estimate."""
        return super().__repr__() + ("" if self.exact else " (estimate)")


def predict(
    context: Floats,
    W_out: Floats,
    vocabulary: Vocabulary,
    settings: Settings,
    topn: int,
) -> Prediction:
    """Return the most probable words, given the vectors of the context words, (n, d)."""
    hidden = context.mean(axis=0, dtype=np.float64)
    if settings.loss == "hs":
        rows, logs = _by_paths(hidden, W_out, vocabulary.huffman(), topn)
    else:
        prior = np.zeros(len(W_out))
        if settings.loss == "ns":
            with np.errstate(divide="ignore"):  # log 0: a word without noise is never predicted
                prior = np.log(vocabulary.noise_distribution(settings.ns_exponent))
        rows, logs = _by_softmax(hidden, W_out, prior, topn)
    best = np.lexsort((rows, -logs))[:topn]
    exact = settings.loss != "ns" and (settings.architecture == "cbow" or len(context) == 1)
    pairs = zip(rows[best].tolist(), np.exp(logs[best]).tolist(), strict=True)
    return Prediction([(vocabulary.words[row], p) for row, p in pairs], exact)


def _by_softmax(hidden: Doubles, W_out: Floats, prior: Doubles, n: int) -> tuple[Rows, Doubles]:
    """Return the words that may be among the n most probable, and their log probabilities.

    The probabilities are the softmax of scores + prior.
    """
    scores, error = _scores(hidden, W_out)
    scores += prior
    rows = contenders(scores, n, error)
    scores[rows] = double_scores(hidden, W_out, rows) + prior[rows]
    largest = scores.max()
    log_sum = largest + np.log(np.exp(scores - largest).sum())
    return rows, scores[rows] - log_sum


def _by_paths(hidden: Doubles, W_out: Floats, tree: Huffman, n: int) -> tuple[Rows, Doubles]:
    """Do what `_by_softmax` does where a word's probability is the product along its path."""
    scores, error = _scores(hidden, W_out)
    logs = _path_logs(tree, scores, np.arange(len(tree.offsets) - 1))
    # log sigmoid changes by no more than its argument
    rows = contenders(logs, n, np.diff(tree.offsets) * error.max())
    on_a_path = np.zeros(len(W_out), bool)
    for part in _blocks(rows):
        on_a_path[tree.nodes[_path_places(tree, part)[0]]] = True
    nodes = np.flatnonzero(on_a_path)
    scores[nodes] = double_scores(hidden, W_out, nodes)
    return rows, _path_logs(tree, scores, rows)


def _path_logs(tree: Huffman, scores: Doubles, words: Rows) -> Doubles:
    """Return the log probability of words, (n,), from the score of each inner node, (V - 1,)."""
    # the lighter child has the probability sigmoid(score), the heavier one sigmoid(-score)
    steps = -np.logaddexp(0, [-scores, scores])
    logs = [np.empty(0)]
    for part in _blocks(words):
        places, starts = _path_places(tree, part)
        logs.append(np.add.reduceat(steps[tree.codes[places], tree.nodes[places]], starts))
    return np.concatenate(logs)


def _path_places(tree: Huffman, words: Rows) -> tuple[Rows, Rows]:
    """Return where the paths of words stand in the tree's arrays, and where each path starts."""
    lengths = tree.offsets[words + 1] - tree.offsets[words]
    starts = np.cumsum(lengths) - lengths
    return np.repeat(tree.offsets[words] - starts, lengths) + np.arange(lengths.sum()), starts


def _scores(hidden: Doubles, W_out: Floats) -> tuple[Doubles, Floats]:
    """Return the float32 scores of all rows, and by how much each may be off."""
    error = row_norms(W_out) * np.float32(cosine_error(len(hidden)) * np.linalg.norm(hidden))
    return dots(hidden.astype(np.float32)[None], W_out)[0].astype(np.float64), error


def double_scores(hidden: Doubles, W_out: Floats, rows: Rows) -> Doubles:
    """Return the float64 scores of some rows."""
    # einsum sums every row alike, so that equal rows have equal scores; BLAS does not
    parts = [np.einsum("ij,j->i", W_out[part].astype(np.float64), hidden) for part in _blocks(rows)]
    return np.concatenate([np.empty(0), *parts])


def _blocks(rows: Rows) -> Iterable[Rows]:
    """Cut rows into blocks, so that what is made of them stays small."""
    return (rows[first : first + BLOCK_ROWS] for first in range(0, len(rows), BLOCK_ROWS))
