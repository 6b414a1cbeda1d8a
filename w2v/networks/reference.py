"""The lecture as code: feed-forward networks and backpropagation in plain numpy.

Slow, in any precision, and the judge of the compiled core: the tests hold
:class:`w2v._core.NetworkTraining` to :func:`network_train`, and :func:`network_backward` to finite
differences.

A network's layers are numbered from 0, the input. Its notation:

===============  ==================  ============  =================================================
lecture          here                shape         what it is
===============  ==================  ============  =================================================
w_ji             ``weights[l - 1]``  (n_l, n_l-1)  w[dest, source]: from unit i to unit j of layer l
b                ``biases[l - 1]``   (n_l,)        or None
net_j, z         ``Z[l]``            (n, n_l)      net inputs of n patterns
o_j, a           ``A[l]``            (n, n_l)      activations; ``A[0]`` is the input X
delta_j          ``-delta``          (n, n_l)      the lecture's delta is -dE/dnet, ours dE/dnet
eta              ``learning_rate``
===============  ==================  ============  =================================================
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.networks import functions
from w2v.networks.layers import (
    Layer,
    Parameters,
    Training,
    arrays_of,
    network_views,
    no_improvement,
)

Floats = NDArray[Any]


def network_forward(
    layers: Sequence[Layer],
    parameters: Parameters,
    X: Floats,
    masks: dict[int, Floats] | None = None,
) -> tuple[list[Floats], list[Floats]]:
    """Return net inputs Z and activations A of every layer; ``Z[0]`` and ``A[0]`` are X.

    z = sum of W a over the layers that feed it, + b; a = g(z), times ``masks[l]`` (dropout).
    """
    Z, A = [X], [X]
    for to, layer in enumerate(layers, 1):
        z = A[-1] @ parameters.weights[to - 1].T
        for source in layer.sources:
            z = z + A[source] @ parameters.skips[source, to].T
        bias = parameters.biases[to - 1]
        if bias is not None:
            z = z + bias
        a = functions.ACTIVATIONS[layer.activation].value(z, layer.k, layer.K)
        Z.append(z)
        A.append(a * masks[to] if masks and to in masks else a)
    return Z, A


def network_backward(
    layers: Sequence[Layer],
    parameters: Parameters,
    Z: list[Floats],
    A: list[Floats],
    delta: Floats,
    masks: dict[int, Floats] | None = None,
) -> Parameters:
    """Return dE/d of every weight and bias, summed over the patterns.

    Parameters
    ----------
    layers, parameters, Z, A, masks
        As :func:`network_forward` takes and returns them.
    delta : (n, outputs) array
        dE/dz of the output layer, as :func:`w2v.functions.loss_and_delta` returns it.

    Notes
    -----
    dE/dw_ji = delta_j a_i, and one layer down delta_i = (sum_j w_ji delta_j) g'(z_i), over all
    layers that i feeds.
    """
    gradients = Parameters(
        [np.empty_like(w) for w in parameters.weights],
        [None if b is None else np.empty_like(b) for b in parameters.biases],
        {},
    )
    errors: dict[int, Floats] = {}  # dE/da of the layers that were reached
    for to in range(len(layers), 0, -1):
        layer = layers[to - 1]
        if to < len(layers):
            error = errors[to]
            a = A[to]
            if masks and to in masks:
                error = error * masks[to]
                a = functions.ACTIVATIONS[layer.activation].value(Z[to], layer.k, layer.K)
            delta = functions.pull_back(layer.activation, Z[to], a, error, layer.k, layer.K)
        gradients.weights[to - 1] = delta.T @ A[to - 1]
        if layer.bias:
            gradients.biases[to - 1] = delta.sum(axis=0)
        feeds = {to - 1: parameters.weights[to - 1]}
        for source in layer.sources:
            gradients.skips[source, to] = delta.T @ A[source]
            feeds[source] = parameters.skips[source, to]
        for source, weights in feeds.items():
            if source > 0:  # nobody asks for the gradient of the input
                back = delta @ weights
                errors[source] = errors[source] + back if source in errors else back
    return gradients


# --- optimisers ----------------------------------------------------------------------------------

Step = tuple[Floats, Floats, Floats]  # the parameters' change, and the two running means


def sgd(h: Training, rate: float, g: Floats, m: Floats, s: Floats, t: int) -> Step:
    """Go down the gradient g at update t = 0, 1, ...; m and s are what is remembered."""
    return -rate * g, m, s


def momentum(h: Training, rate: float, g: Floats, m: Floats, s: Floats, t: int) -> Step:
    """Go on in the direction of the latest change."""
    m = h.first * m - rate * g
    return m, m, s


def nesterov(h: Training, rate: float, g: Floats, m: Floats, s: Floats, t: int) -> Step:
    """Momentum that looks a step ahead, as Sutskever et al. (2013) write it."""
    m = h.first * m - rate * g
    return h.first * m - rate * g, m, s


def adagrad(h: Training, rate: float, g: Floats, m: Floats, s: Floats, t: int) -> Step:
    """Divide by the root of all squares so far: Duchi, Hazan and Singer (2011)."""
    s = s + g * g
    return -rate * g / (np.sqrt(s) + h.epsilon), m, s


def rmsprop(h: Training, rate: float, g: Floats, m: Floats, s: Floats, t: int) -> Step:
    """Divide by the root of the running mean of squares: Tieleman and Hinton (2012)."""
    s = h.second * s + (1 - h.second) * g * g
    return -rate * g / (np.sqrt(s) + h.epsilon), m, s


def adadelta(h: Training, rate: float, g: Floats, m: Floats, s: Floats, t: int) -> Step:
    """Step in the units of the parameters: Zeiler (2012); m is the mean of squared steps."""
    s = h.second * s + (1 - h.second) * g * g
    step = np.sqrt((m + h.epsilon) / (s + h.epsilon)) * g
    return -rate * step, h.second * m + (1 - h.second) * step * step, s


def adam(h: Training, rate: float, g: Floats, m: Floats, s: Floats, t: int) -> Step:
    """Divide the mean of gradients by the root of that of squares: Kingma and Ba (2015)."""
    m = h.first * m + (1 - h.first) * g
    s = h.second * s + (1 - h.second) * g * g
    root = np.sqrt(s / (1 - h.second ** (t + 1))) + h.epsilon
    return -rate * m / (1 - h.first ** (t + 1)) / root, m, s


OPTIMIZERS: dict[str, Callable[[Training, float, Floats, Floats, Floats, int], Step]] = {
    "sgd": sgd,
    "momentum": momentum,
    "nesterov": nesterov,
    "adagrad": adagrad,
    "rmsprop": rmsprop,
    "adadelta": adadelta,
    "adam": adam,
    "sparse_adam": adam,  # of the parameters that active_parameters() names
}


def active_parameters(layers: Sequence[Layer], X: Floats, size: int) -> NDArray[np.bool_]:
    """Return which of all parameters are not weights from inputs that are 0 in all of X."""
    active = np.ones(size, dtype=bool)
    views = network_views(X.shape[1], layers, active)
    for array in (views.weights[0], *(w for (source, _), w in views.skips.items() if not source)):
        array[...] = X.any(axis=0)
    return active


# --- training ------------------------------------------------------------------------------------


def network_train(
    layers: Sequence[Layer],
    theta: Floats,
    moments: Floats,
    X: Floats,
    T: Floats,
    sample_weight: Floats | None,
    training: Training,
    epoch: int,
    epochs: int,
    updates: int,
) -> tuple[list[float], int]:
    """Train for some epochs, in place, and return their mean losses and the count of updates.

    Parameters
    ----------
    theta, moments : (size,) and (2, size) arrays
        Parameters as :func:`network_views` lays them out, and the optimiser's memory.
    X, T : (n, inputs) and (n, outputs) arrays
        Patterns and targets.
    sample_weight : (n,) array or None
        Importance of each pattern, with mean 1.
    training : Training
        How.
    epoch, epochs : int
        Number of the first epoch (it decides the order), and how many at most.
    updates : int
        Updates that were made before.
    """
    parameters = network_views(X.shape[1], layers, theta)
    gradient = np.empty_like(theta)
    views = network_views(X.shape[1], layers, gradient)
    last = layers[-1]
    losses: list[float] = []
    for now in range(epoch, epoch + epochs):
        order = network_order(len(X), training, now)
        total = 0.0
        for start in range(0, len(X), training.batch_size):
            rows = order[start : start + training.batch_size]
            masks = {
                to: network_mask(start, len(rows), layer.units, to, training, now).astype(X.dtype)
                for to, layer in enumerate(layers[:-1], 1)
                if training.dropout[to - 1]
            }
            Z, A = network_forward(layers, parameters, X[rows], masks)
            loss, delta = functions.loss_and_delta(
                training.loss, last.activation, Z[-1], A[-1], T[rows], last.k, last.K
            )
            if sample_weight is not None:
                loss, delta = loss * sample_weight[rows], delta * sample_weight[rows, None]
            total += float(loss.sum(dtype=np.float64))
            found = network_backward(layers, parameters, Z, A, delta / len(rows), masks)
            for target, value in zip(arrays_of(views), arrays_of(found), strict=True):
                target[...] = value
            length = float(np.sqrt(np.square(gradient, dtype=np.float64).sum()))
            if length > training.clip:
                gradient *= training.clip / length
            for g, w in zip(views.weights, parameters.weights, strict=True):
                g += training.l2 * w
            for key, w in parameters.skips.items():
                views.skips[key] += training.l2 * w
            active: Any = slice(None)
            if training.optimizer == "sparse_adam":
                active = active_parameters(layers, X[rows], len(theta))
            rate = training.learning_rate / (1 + training.decay * updates)
            change, moments[0, active], moments[1, active] = OPTIMIZERS[training.optimizer](
                training, rate, gradient[active], moments[0, active], moments[1, active], updates
            )
            theta[active] += change
            updates += 1
        losses.append(total / len(X))
        if not np.isfinite(losses[-1]) or losses[-1] < training.error_limit:
            break
        if no_improvement(losses, training.tol, training.patience):
            break
    return losses, updates


# --- random numbers, as the core draws them ------------------------------------------------------

_WORD = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15


def _mix(x: Any) -> Any:
    """Return SplitMix64's finaliser of x, modulo 2^64 (Steele, Lea and Flood 2014)."""
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _WORD
    return x ^ (x >> 31)


def _stream(seed: int, epoch: int, layer: int) -> int:
    """Return the key of an epoch's random numbers: layer 0 is for the order, others for dropout."""
    key = _mix((seed + _GOLDEN) & _WORD)
    key = _mix((key + _GOLDEN * (epoch + 1)) & _WORD)
    return int(_mix((key + _GOLDEN * (layer + 1)) & _WORD))


def network_order(n: int, training: Training, epoch: int) -> NDArray[np.int64]:
    """Return the order of the n patterns in an epoch (Fisher and Yates)."""
    order = np.arange(n)
    if training.shuffle:
        key = _stream(training.seed, epoch, 0)
        for i in range(n - 1, 0, -1):
            key = (key + _GOLDEN) & _WORD
            j = ((_mix(key) >> 32) * (i + 1)) >> 32
            order[i], order[j] = order[j], order[i]
    return order


def network_mask(
    start: int, n: int, units: int, layer: int, training: Training, epoch: int
) -> Floats:
    """Return (n, units): 0 for silenced units, 1 / (1 - dropout) for others (inverted dropout).

    The n patterns are those from place `start` on in the epoch's order.
    """
    rate = training.dropout[layer - 1]
    keys = np.arange(start * units, (start + n) * units, dtype=object) * _GOLDEN
    keys = (keys + _stream(training.seed, epoch, layer)) & _WORD
    draws = np.array([_mix(int(key)) >> 40 for key in keys]).reshape(n, units)
    return (draws >= rate * 2**24) / (1 - rate)
