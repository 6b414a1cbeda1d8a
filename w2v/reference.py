"""The lecture as code: a step of word2vec in plain numpy.

Slow, in any precision, and the judge of the compiled core: the tests hold
:func:`w2v._core.train_step` to :func:`step`, and :func:`step` to finite differences of its loss.

===============  ==================  ======  =================================================
lecture          here                shape   what it is
===============  ==================  ======  =================================================
``|V|, |H|``     V, d                        words, hidden units
W_U              ``W_in``            (V, d)  row i: weights from input i, the word's vector
W_V              ``W_out``           (V, d)  row j: weights into output j, or into a tree node
h                ``H``               (m, d)  hidden activations, one row an example
net_V            ``scores``          (m, n)  W_V(j) . h
v                ``link(scores)``    (m, n)  softmax, or a sigmoid for each output row
1[j = t] - v_j   ``errors``          (m, n)  what the weight changes are made of
eta              ``alpha``                   learning rate
===============  ==================  ======  =================================================

A step has *m* examples and *n* output rows. What differs between the objectives is only which rows
go in and which come out:

* skip-gram: each example has one input row. CBOW: an example's hidden row is the mean of its
  inputs.
* exact softmax: all output rows, one target for each example. Negative sampling: the target and k
  noise words, labels 1, 0, ..., 0. Hierarchical softmax: the nodes on the target's path in the
  Huffman tree, label 1 - code.

References
----------
Mikolov, Chen, Corrado and Dean (2013), Efficient estimation of word representations in vector
space. Mikolov, Sutskever, Chen, Corrado and Dean (2013), Distributed representations of words and
phrases and their compositionality.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from w2v.networks.functions import sigmoid, sigmoid_cross_entropy, softmax, softmax_cross_entropy

__all__ = ["errors", "gather", "loss", "sigmoid", "softmax", "step"]

Floats = NDArray[Any]


def gather(W_in: Floats, inputs: ArrayLike, starts: ArrayLike) -> Floats:
    """Return the hidden rows H (m, d): the mean of each example's input rows.

    With one-hot input i the linear hidden layer is row i itself: h = W_U(i).
    """
    starts = np.asarray(starts)
    rows = W_in[np.asarray(inputs)]
    return np.stack([rows[a:b].mean(axis=0) for a, b in zip(starts[:-1], starts[1:], strict=True)])


def errors(scores: Floats, targets: Any, link: str) -> tuple[Floats, float]:
    """Return label - link(score), (m, n), and the loss in nats summed over all examples.

    Several words predicted from one input are so many pairs with the same scores: their errors
    1[j = t] - v_j add up.

    Parameters
    ----------
    scores : (m, n) array
        Scores of each example (row) and output row (column).
    targets : (m,) or (n,) array, or m lists
        For ``link="softmax"`` the column of each example's word, or a list of columns if an
        example predicts several words; for ``link="sigmoid"`` the label, 0 or 1, of each column.
    link : {"softmax", "sigmoid"}
        Softmax over the columns with cross-entropy, or a sigmoid with binary cross-entropy in each.
    """
    if link == "softmax":
        labels = np.zeros_like(scores)
        for row, columns in zip(labels, targets, strict=True):
            np.add.at(row, columns, 1)
        losses, delta = softmax_cross_entropy(scores, labels)
    else:
        labels = np.broadcast_to(np.asarray(targets, dtype=scores.dtype), scores.shape)
        losses, delta = sigmoid_cross_entropy(scores, labels)
    return -delta, float(losses.sum())


def step(
    W_in: Floats,
    W_out: Floats,
    inputs: ArrayLike,
    starts: ArrayLike,
    outputs: ArrayLike,
    targets: Any,
    alpha: float,
    link: str,
    exact: bool = True,
) -> float:
    """Take one step of gradient descent on m examples and n output rows, in place.

    All changes are computed at the old weights and then added, so rows named twice receive both.

    Parameters
    ----------
    W_in : (V, d) array
        Input weights W_U, changed in place.
    W_out : (V, d) array
        Output weights W_V (for hierarchical softmax: of the tree's nodes), changed in place.
    inputs : (i,) int array
        Rows of `W_in`, those of all examples one after another.
    starts : (m + 1,) int array
        Example e has ``inputs[starts[e]:starts[e + 1]]``.
    outputs : (n,) int array
        Rows of `W_out`, shared by all examples.
    targets : (m,) or (n,) array, or m lists
        As in :func:`errors`.
    alpha : float
        Learning rate.
    link : {"softmax", "sigmoid"}
        As in :func:`errors`.
    exact : bool, default True
        CBOW: give each input its share of the gradient of the mean; False gives each the whole
        gradient, as word2vec.c does. No difference for examples of one input.

    Returns
    -------
    float
        The loss before the step, in nats, summed over the examples.
    """
    starts = np.asarray(starts)
    outputs = np.asarray(outputs)
    H = gather(W_in, inputs, starts)
    O = W_out[outputs]  # noqa: E741 - a copy: the old weights
    error, total = errors(H @ O.T, targets, link)
    E = alpha * error @ O
    np.add.at(W_out, outputs, alpha * error.T @ H)
    counts = np.diff(starts)
    share = E / counts[:, None] if exact else E
    np.add.at(W_in, np.asarray(inputs), np.repeat(share, counts, axis=0))
    return total


def loss(
    W_in: Floats,
    W_out: Floats,
    inputs: ArrayLike,
    starts: ArrayLike,
    outputs: ArrayLike,
    targets: Any,
    link: str,
) -> float:
    """Return the loss of :func:`step`'s arguments without changing anything."""
    H = gather(W_in, inputs, starts)
    return errors(H @ W_out[np.asarray(outputs)].T, targets, link)[1]
