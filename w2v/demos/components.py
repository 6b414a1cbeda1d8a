"""The lecture's claim: a linear hidden layer finds principal components."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.demos.report import Report, with_whole_numbers
from w2v.networks.network import Layer, Network
from w2v.training.ppmi import PPMI

Doubles = NDArray[np.float64]

# Six words, so that the network of words is a 6-2-6 one, too.
WEATHER = [
    *[["heavy", "rain"]] * 8,
    *[["strong", "rain"]] * 4,
    *[["light", "shower"]] * 6,
    *[["strong", "storm"]] * 5,
    *[["heavy", "storm"]] * 2,
    *[["light", "rain"]] * 3,
]


@with_whole_numbers
def pca(seed: int = 1) -> Report:
    """Compare what linear hidden layers learn with the components that linear algebra finds.

    Parameters
    ----------
    seed : int, default 1
        Of the patterns and of the first weights.

    Returns
    -------
    Report
        A row for each network. 6-h-6 networks learn to repeat 500 patterns of mean 0, beside PCA.
        Then the input is a word, one-hot, and the target its row of the PPMI matrix of six words,
        beside truncated SVD. `error` is the mean squared error of a pattern, `angle` the largest
        one, in degrees, between the subspaces of the network's hidden units and of the components.
    """
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((500, 6)) * [3, 2, 1.4, 0.9, 0.6, 0.4]
    X = X @ np.linalg.qr(rng.standard_normal((6, 6)))[0]
    X -= X.mean(axis=0)
    axes = np.linalg.svd(X)[2]
    rows: list[tuple[Any, ...]] = []
    for h in (1, 2, 3):
        network = _learn(X, X, h, seed)
        found, best = network.forward(X), X @ axes[:h].T @ axes[:h]
        angle = _angle(network.weights[1], axes[:h].T)  # the hidden units' weights to the outputs
        rows.append((f"6-{h}-6", "PCA", _error(X, found), _error(X, best), angle))

    full = PPMI(vector_size=6, min_count=1, sample=0).fit(WEATHER, verbose=False)
    M, one_hot = _product(full), np.eye(6)
    for h in (1, 2, 3):
        counted = PPMI(**{**full.settings, "vector_size": h}).fit(WEATHER, verbose=False)
        network = _learn(one_hot, M, h, seed)
        angle = _angle(network.hidden(one_hot, 1), counted.W_in)
        found = network.forward(one_hot)
        rows.append(
            (f"words 6-{h}-6", "PPMI-SVD", _error(M, found), _error(M, _product(counted)), angle)
        )
    return Report(
        f"linear hidden layers and principal components, seed {seed}",
        ("network", "compared_with", "error", "its_error", "angle"),
        rows,
        [
            "both errors are the same: no hidden layer of h linear units does better than PCA",
            "the angle is 0: the hidden units span the subspace of the h largest components",
            "the units are no components themselves: any basis of that subspace has the same error",
            "with one-hot words for inputs the matrix is that of words and contexts, and the rows "
            "of W_in are word vectors",
        ],
    )


def _learn(X: Doubles, T: Doubles, hidden: int, seed: int) -> Network:
    layers = [Layer(hidden, "linear", bias=False), Layer(T.shape[1], "linear", bias=False)]
    network = Network(X.shape[1], layers, loss="squared_error", seed=seed, dtype="float64")
    # a step may be as long as the inverse of the largest curvature, some four times this
    rate = 0.1 / np.linalg.norm(X.T @ T / len(X), 2)
    settings: dict[str, Any] = {"optimizer": "nesterov", "learning_rate": rate}
    network.train(X, T, epochs=20_000, batch_size=None, shuffle=False, **settings)
    return network


def _product(model: PPMI) -> Doubles:
    """Return the approximation of the PPMI matrix, which is exact with as many units as words."""
    return model.W_in.astype(np.float64) @ model.W_out.T.astype(np.float64)


def _error(T: Doubles, found: Doubles) -> float:
    return float(np.square(T - found).sum(axis=1).mean())


def _angle(A: Any, B: Any) -> float:
    """Return the largest principal angle between the spaces that columns span, in degrees."""
    one, other = (np.linalg.qr(np.asarray(columns, np.float64))[0] for columns in (A, B))
    apart = float(np.linalg.norm(other - one @ (one.T @ other), 2))
    return float(np.degrees(np.arcsin(min(1.0, apart))))
