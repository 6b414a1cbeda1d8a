"""Approximate nearest neighbours: an index that looks at a few thousand rows instead of all.

Needs faiss, the extra ``ann``. What an index finds is ranked by exact cosines (see
`KeyedVectors.most_similar`), so all that is approximate is that a neighbour may be missed.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.checks import quoted
from w2v.files.storage import atomic_write

_ROWS = 1 << 16  # scaled and handed over at a time


class Index:
    """A faiss index over the rows of a matrix, scaled to length 1.

    Made by `KeyedVectors.index` and `load`. It keeps a copy of the rows, and knows no words.

    Parameters
    ----------
    index : faiss.Index
        Filled; its metric is the inner product.
    search : str
        faiss's search parameters, such as ``"efSearch=64"``; an empty string leaves them.

    Attributes
    ----------
    index : faiss.Index
        For whatever else faiss can do.
    """

    def __init__(self, index: Any, search: str = "") -> None:
        self.index = index
        if search:
            try:
                _faiss().ParameterSpace().set_index_parameters(index, search)
            except RuntimeError as error:
                raise ValueError(
                    f"faiss cannot set {quoted(search)} on this index: {error}"
                ) from None

    @classmethod
    def build(
        cls, vectors: NDArray[np.float32], norms: NDArray[np.float32], factory: str, search: str
    ) -> Index:
        """Index the rows (V, d), whose lengths are `norms`; see `KeyedVectors.index`."""
        faiss = _faiss()
        try:
            index = faiss.index_factory(vectors.shape[1], factory, faiss.METRIC_INNER_PRODUCT)
        except RuntimeError as error:
            raise ValueError(f"faiss knows no index {quoted(factory)}: {error}") from None
        made = cls(index, search)  # a wrong `search` is told before the work begins
        lengths = np.where(norms > 0, norms, np.float32(1))[:, None]
        if not index.is_trained:
            index.train(np.ascontiguousarray(vectors / lengths))
        for first in range(0, len(vectors), _ROWS):
            part = slice(first, first + _ROWS)
            index.add(np.ascontiguousarray(vectors[part] / lengths[part]))
        return made

    @classmethod
    def load(cls, path: str | os.PathLike[str], search: str = "") -> Index:
        """Read an index that `save` wrote.

        Parameters
        ----------
        path : path
            The file. Open only what you trust: faiss reads it, and does not expect damage.
        search : str, default ""
            Search parameters in place of those it was saved with.
        """
        faiss = _faiss()
        with open(path, "rb"):  # the usual errors of files, which faiss words otherwise
            pass
        return cls(faiss.read_index(os.fspath(path)), search)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the index, with its copy of the rows, to a file in faiss's format."""
        faiss = _faiss()
        with atomic_write(path) as file:
            faiss.write_index(self.index, faiss.PyCallbackIOWriter(file.write))

    def __len__(self) -> int:
        """Return the number of rows, V."""
        return int(self.index.ntotal)

    def nearest(self, queries: NDArray[np.float32], n: int) -> list[NDArray[np.intp]]:
        """Return for each query (m, d) the rows of up to n near neighbours, in no order."""
        n = min(n, len(self))
        if n == 0 or len(queries) == 0:
            return [np.empty(0, np.intp) for _ in queries]
        rows = self.index.search(np.ascontiguousarray(queries), n)[1]
        return [row[row >= 0] for row in rows]


def _faiss() -> Any:
    try:
        return import_module("faiss")
    except ImportError as error:
        raise ImportError(
            "approximate search needs the package faiss-cpu: pip install 'w2v[ann]'"
        ) from error
