"""From many dimensions to two: principal components, which are exact, and t-SNE."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.parallel import available_cores

Doubles = NDArray[np.float64]


def principal_axes(X: NDArray[Any]) -> tuple[Doubles, Doubles]:
    """Return the mean (d,) and the two directions (d, 2) of the largest variance.

    The largest number of a direction is positive. Of vectors of one number the second is 0.
    """
    centre = X.mean(axis=0, dtype=np.float64)
    moved = X - centre
    axes = np.linalg.eigh(moved.T @ moved)[1][:, : -min(3, X.shape[1] + 1) : -1]
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    return centre, np.pad(axes, ((0, 0), (0, 2 - axes.shape[1])))


def tsne(X: NDArray[Any], start: Doubles, seed: int) -> Doubles:
    """Return places (n, 2) by t-SNE, which keeps neighbours by cosine together.

    Parameters
    ----------
    X : (n, d) array
        At least three vectors.
    start : (n, 2) array
        Where it begins, such as the principal components.
    seed : int
        Of its random numbers.

    Raises
    ------
    ModuleNotFoundError
        Without openTSNE, the extra ``map``.
    """
    try:
        from openTSNE import TSNE
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "map='tsne' needs openTSNE; install it: pip install 'w2v[map]'"
        ) from None
    spread = start[:, 0].std() or 1.0
    layout = TSNE(
        perplexity=min(30.0, (len(X) - 1) / 3),
        metric="cosine",
        initialization=np.ascontiguousarray(start * (1e-4 / spread)),
        random_state=seed,
        n_jobs=available_cores(),
    )
    return np.asarray(layout.fit(X), np.float64)
