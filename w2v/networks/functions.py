"""Activations and losses by name: values, derivatives, and the deltas where both meet.

Serves the networks and word2vec alike. Functions keep the precision they are given (float32 stays
float32) and work on the last axis where they look at several units at once.

=======================  ==========================  =========================================
activation               a = g(z)                    g'(z)
=======================  ==========================  =========================================
``sigmoid`` (k, K)       K / (1 + e^-kz)             k a (1 - a/K)
``tanh`` (K)             K tanh z                    (1 - a/K) (K + a)
``relu``                 max(0, z)                   1 if z > 0 else 0
``linear``               z                           1
``sine``                 sin z                       cos z
``step``                 1 if z > 0 else 0           none: forward only
``softmax``              e^z_c / sum_k e^z_k         Jacobian a_c (1[c=k] - a_k); output only
=======================  ==========================  =========================================

========================  ===================================  ================================
loss of one pattern       E, in nats, a sum over outputs       outputs it takes, and dE/dz there
========================  ===================================  ================================
``squared_error``         1/2 sum (a - t)^2                    any; (a - t) g'(z)
``binary_cross_entropy``  -sum t ln a + (1 - t) ln(1 - a)      sigmoid with K = 1; k (a - t)
``cross_entropy``         -sum t ln a                          softmax; a - t
========================  ===================================  ================================

Mind the sign: the lecture's error term δ is -dE/dz, such as t - a, and Δw = η δ a. The functions
here return dE/dz, and Δw = -η dE/dw. :meth:`w2v.nn.Network.explain` shows both.

The two cross-entropies are computed from the scores z, so that no output is ever too near to 0 or
1 for its logarithm.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[Any]


def sigmoid(x: ArrayLike) -> Floats:
    """Return 1 / (1 + e^-x), without overflow at either end."""
    x = np.asarray(x)
    e = np.exp(-np.abs(x))
    return np.asarray(np.where(x >= 0, 1 / (1 + e), e / (1 + e)))


def softmax(x: ArrayLike) -> Floats:
    """Return e^x_j / sum_k e^x_k over the last axis, without overflow."""
    x = np.asarray(x)
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))


def softmax_jacobian(x: ArrayLike) -> Floats:
    """Return the derivatives of the softmax's outputs o by its net inputs.

    Parameters
    ----------
    x : (..., n) array_like
        Net inputs.

    Returns
    -------
    (..., n, n) array
        At [c, k] stands do_c / dnet_k = o_c (1[c = k] - o_k). Rows and columns add up to 0.
    """
    o = softmax(x)
    return np.asarray(o[..., :, None] * (np.eye(o.shape[-1], dtype=o.dtype) - o[..., None, :]))


def log_total(x: ArrayLike) -> Floats:
    """Return ln sum_k e^x_k over the last axis, without overflow."""
    x = np.asarray(x)
    top = x.max(axis=-1, keepdims=True)
    return np.asarray((top + np.log(np.exp(x - top).sum(axis=-1, keepdims=True)))[..., 0])


class Activation(NamedTuple):
    """An activation: its value, its derivative, and which of k and K it has.

    Attributes
    ----------
    value : function of (z, k, K)
        a = g(z), of the shape of z.
    derivative : function of (z, a, k, K), or None
        g'(z), from whichever of z and a is cheaper. None: not a function of each unit alone
        (softmax), or of no use (step).
    parameters : str
        Which of the slope k and the amplitude K may differ from 1.
    """

    value: Callable[[Floats, float, float], Floats]
    derivative: Callable[[Floats, Floats, float, float], Floats] | None
    parameters: str = ""


ACTIVATIONS = {
    "sigmoid": Activation(
        lambda z, k, K: K * sigmoid(k * z),
        lambda z, a, k, K: k * a * (1 - a / K),
        "kK",
    ),
    "tanh": Activation(
        lambda z, k, K: K * np.tanh(z),
        lambda z, a, k, K: (1 - a / K) * (K + a),
        "K",
    ),
    "relu": Activation(
        lambda z, k, K: np.maximum(z, 0),
        lambda z, a, k, K: (z > 0).astype(z.dtype),
    ),
    "linear": Activation(lambda z, k, K: z, lambda z, a, k, K: np.ones_like(z)),
    "sine": Activation(lambda z, k, K: np.sin(z), lambda z, a, k, K: np.cos(z)),
    "step": Activation(lambda z, k, K: (z > 0).astype(z.dtype), None),
    "softmax": Activation(lambda z, k, K: softmax(z), None),
}


def pull_back(activation: str, z: Floats, a: Floats, error: Floats, k: float, K: float) -> Floats:
    """Return dE/dz from dE/da: times g'(z), or times the softmax's Jacobian.

    Parameters
    ----------
    activation : str
        A name in `ACTIVATIONS`.
    z, a, error : (n, units) arrays
        Net input, output, and dE/da.
    k, K : float
        Slope and amplitude.

    Raises
    ------
    ValueError
        For the step, whose derivative is 0 wherever it exists.
    """
    if activation == "softmax":
        return np.asarray(a * (error - (a * error).sum(axis=-1, keepdims=True)))
    derivative = ACTIVATIONS[activation].derivative
    if derivative is None:
        raise ValueError(
            f"{activation!r} has no derivative to learn from: it is for forward passes only "
            f"(use 'sigmoid', or a Perceptron)"
        )
    return np.asarray(error * derivative(z, a, k, K))


class Loss(NamedTuple):
    """A loss: its value from outputs and targets, and the outputs it takes.

    Attributes
    ----------
    value : function of (a, t)
        E of each pattern, (n,), in nats, from outputs and targets (n, outputs).
    outputs : str or None
        The activation that the last layer must have; None: any that can learn.
    fused : function of (z, t, k), or None
        (E of each pattern, dE/dz) at once, from the scores z; None: (a - t) g'(z).
    """

    value: Callable[[Floats, Floats], Floats]
    outputs: str | None = None
    fused: Callable[[Floats, Floats, float], tuple[Floats, Floats]] | None = None


def _times_log(t: Floats, a: Floats) -> Floats:
    """Return t ln a, with 0 ln 0 = 0."""
    with np.errstate(divide="ignore"):
        return np.asarray(t * np.log(np.where(t == 0, 1, a)))


def squared_error(a: ArrayLike, t: ArrayLike) -> Floats:
    """Return 1/2 sum (a - t)^2 over the last axis."""
    return np.asarray(np.square(np.subtract(a, t)).sum(axis=-1) / 2)


def cross_entropy(a: ArrayLike, t: ArrayLike) -> Floats:
    """Return -sum t ln a over the last axis, in nats (divided by ln 2: in bits)."""
    return np.asarray(-_times_log(np.asarray(t), np.asarray(a)).sum(axis=-1))


def binary_cross_entropy(a: ArrayLike, t: ArrayLike) -> Floats:
    """Return -sum (t ln a + (1 - t) ln(1 - a)) over the last axis, in nats."""
    a, t = np.asarray(a), np.asarray(t)
    return np.asarray(-(_times_log(t, a) + _times_log(1 - t, 1 - a)).sum(axis=-1))


def softmax_cross_entropy(z: Floats, t: Floats, k: float = 1.0) -> tuple[Floats, Floats]:
    """Return cross_entropy(softmax(z), t) of each row, and its derivative by z.

    Parameters
    ----------
    z, t : (n, outputs) arrays
        Scores and targets. A row of targets may add up to any count c (so many words predicted
        from one input); the derivative is c a - t, which is a - t for a distribution.
    k : float
        Not used: the softmax has no slope.
    """
    count = t.sum(axis=-1, keepdims=True)
    losses = count[..., 0] * log_total(z) - (t * z).sum(axis=-1)
    return losses, count * softmax(z) - t


def sigmoid_cross_entropy(z: Floats, t: Floats, k: float = 1.0) -> tuple[Floats, Floats]:
    """Return binary_cross_entropy(sigmoid(k z), t) of each row, and its derivative by z."""
    losses = (np.logaddexp(0, k * z) - t * (k * z)).sum(axis=-1)
    return losses, k * (sigmoid(k * z) - t)


LOSSES = {
    "squared_error": Loss(squared_error),
    "binary_cross_entropy": Loss(binary_cross_entropy, "sigmoid", sigmoid_cross_entropy),
    "cross_entropy": Loss(cross_entropy, "softmax", softmax_cross_entropy),
}


def check_pair(loss: str, activation: str, K: float = 1.0) -> None:
    """Raise ValueError unless `loss` can be trained on outputs of `activation` and amplitude K."""
    wanted = LOSSES[loss].outputs
    if wanted is not None and (activation != wanted or K != 1):
        found = repr(activation) + (f" with K={K}" if activation == wanted else "")
        raise ValueError(
            f"loss {loss!r} needs {wanted!r} outputs with K=1 (probabilities), not {found}; "
            f"'squared_error' takes any outputs"
        )


def loss_and_delta(
    loss: str, activation: str, z: Floats, a: Floats, t: Floats, k: float = 1.0, K: float = 1.0
) -> tuple[Floats, Floats]:
    """Return the loss of each pattern (n,) and the output layer's dE/dz (n, outputs).

    Parameters
    ----------
    loss, activation : str
        Names in `LOSSES` and `ACTIVATIONS`, a pair that :func:`check_pair` allows.
    z, a, t : (n, outputs) arrays
        Net inputs, outputs and targets of the output layer.
    k, K : float, default 1
        Slope and amplitude.
    """
    fused = LOSSES[loss].fused
    if fused is not None:
        return fused(z, t, k)
    return LOSSES[loss].value(a, t), pull_back(activation, z, a, a - t, k, K)
