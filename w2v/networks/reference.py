"""The lecture as code: feed-forward networks and backpropagation in plain numpy.

Slow, in any precision, and the judge of the compiled core: the tests hold
:func:`w2v._core.train_network` to :func:`network_train`, and :func:`network_backward` to finite
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

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.networks import functions
from w2v.networks.layers import Layer, Parameters, Training, network_views, no_improvement

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


def network_update(
    training: Training, theta: Floats, gradient: Floats, moments: Floats, t: int, active: Any
) -> None:
    """Change `theta` and `moments` in place by one update of the optimiser.

    Parameters
    ----------
    training : Training
        The optimiser and its constants.
    theta, gradient : (size,) arrays
        Parameters and the gradient of the mean loss, l2 and clipping included.
    moments : (2, size) array
        Running means: of gradients (or changes), and of squares.
    t : int
        How many updates came before.
    active : index
        Which of the parameters take part (sparse Adam: those of inputs that are not all 0).

    References
    ----------
    Duchi, Hazan and Singer (2011), Adagrad. Tieleman and Hinton (2012), RMSProp. Zeiler (2012),
    AdaDelta. Kingma and Ba (2015), Adam: algorithm 1. Sutskever et al. (2013), Nesterov's momentum.
    """
    g, m, s = gradient[active], moments[0][active], moments[1][active]
    first, second, epsilon = training.first, training.second, training.epsilon
    rate = training.learning_rate / (1 + training.decay * t)
    if training.optimizer == "sgd":
        change = -rate * g
    elif training.optimizer in ("momentum", "nesterov"):
        m = first * m - rate * g
        change = m if training.optimizer == "momentum" else first * m - rate * g
    elif training.optimizer == "adagrad":
        s = s + g * g
        change = -rate * g / (np.sqrt(s) + epsilon)
    elif training.optimizer == "rmsprop":
        s = second * s + (1 - second) * g * g
        change = -rate * g / (np.sqrt(s) + epsilon)
    elif training.optimizer == "adadelta":
        s = second * s + (1 - second) * g * g
        step = np.sqrt((m + epsilon) / (s + epsilon)) * g
        m = second * m + (1 - second) * step * step
        change = -rate * step
    else:  # adam, sparse_adam
        m = first * m + (1 - first) * g
        s = second * s + (1 - second) * g * g
        root = np.sqrt(s / (1 - second ** (t + 1))) + epsilon
        change = -rate * m / (1 - first ** (t + 1)) / root
    theta[active] += change
    moments[0][active], moments[1][active] = m, s


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
    layers : sequence of layers
        After the input.
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
    out = network_views(X.shape[1], layers, gradient)
    is_weight = np.zeros(len(theta), dtype=bool)
    marks = network_views(X.shape[1], layers, is_weight)
    for array in (*marks.weights, *marks.skips.values()):
        array[...] = True
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
            for name in ("weights", "biases"):
                pairs = zip(getattr(out, name), getattr(found, name), strict=True)
                for target, value in pairs:
                    if target is not None:
                        target[...] = value
            for key, value in found.skips.items():
                out.skips[key][...] = value
            length = float(np.sqrt(np.square(gradient, dtype=np.float64).sum()))
            if length > training.clip:
                gradient *= training.clip / length
            gradient += training.l2 * theta * is_weight
            active: Any = slice(None)
            if training.optimizer == "sparse_adam":
                active = np.ones(len(theta), dtype=bool)
                fed = network_views(X.shape[1], layers, active)
                fed.weights[0][...] = X[rows].any(axis=0)
                for (source, _), array in fed.skips.items():
                    if source == 0:
                        array[...] = X[rows].any(axis=0)
            network_update(training, theta, gradient, moments, updates, active)
            updates += 1
        losses.append(total / len(X))
        if not np.isfinite(losses[-1]) or losses[-1] < training.error_limit:
            break
        if no_improvement(losses, training.tol, training.patience):
            break
    return losses, updates
