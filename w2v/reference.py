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
    rows, starts = W_in[np.asarray(inputs)], np.asarray(starts)
    return np.stack([rows[a:b].mean(axis=0) for a, b in zip(starts, starts[1:], strict=False)])


def errors(scores: Floats, targets: Any, link: str) -> tuple[Floats, float]:
    """Return label - link(score), (m, n), and the loss in nats, summed over all examples.

    An example of the softmax may predict several words: their errors 1[j = t] - v_j add up.
    """
    if link == "softmax":  # E = -log v_t
        labels = np.zeros_like(scores)
        for row, columns in zip(labels, targets, strict=True):
            np.add.at(row, columns, 1)
        losses, delta = softmax_cross_entropy(scores, labels)
    else:  # E = -sum of label log v + (1 - label) log(1 - v)
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
    exact_gradient: bool = True,
) -> float:
    """Take one step of gradient descent, in place, and return the loss before it.

    All changes are computed at the old weights and then added, so rows named twice receive both.

    Parameters
    ----------
    W_in, W_out : (V, d) arrays
        Input weights W_U and output weights W_V; both are changed.
    inputs, starts : (i,) and (m + 1,) int arrays
        Example e has the input rows ``inputs[starts[e]:starts[e + 1]]``.
    outputs : (n,) int array
        Output rows, shared by all examples.
    targets : (m,) or (n,) array, or m lists
        Softmax: the column of each example's word, or a list of columns. Sigmoid: the label, 0 or
        1, of each column.
    alpha : float
        Learning rate.
    link : {"softmax", "sigmoid"}
        Softmax over the columns, or a sigmoid in each.
    exact_gradient : bool, default True
        CBOW: each input gets its share of the gradient of the mean; False: each gets the whole
        gradient, as in word2vec.c.
    """
    inputs, outputs, counts = np.asarray(inputs), np.asarray(outputs), np.diff(starts)
    H, old = gather(W_in, inputs, starts), W_out[outputs]  # a copy: the old weights
    error, total = errors(H @ old.T, targets, link)
    back = alpha * error @ old  # sum over j of eta (1[j = t] - v_j) W_V(j)
    np.add.at(W_out, outputs, alpha * error.T @ H)  # eta (1[j = t] - v_j) h
    share = back / counts[:, None] if exact_gradient else back
    np.add.at(W_in, inputs, np.repeat(share, counts, axis=0))
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
    scores = gather(W_in, inputs, starts) @ W_out[np.asarray(outputs)].T
    return errors(scores, targets, link)[1]
