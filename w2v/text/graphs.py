"""Graphs from matrices, networkx and edge lists: the edges of each node, and the nodes' names."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.checks import quoted
from w2v.files.words import Word, as_words
from w2v.text.links import read_links

_COMMENT = ("#", "%")  # what a line begins with that is no edge


class Graph(NamedTuple):
    """A graph: the edges of node i are ``targets[starts[i]:starts[i + 1]]``.

    Attributes
    ----------
    starts : ndarray of int64, shape (nodes + 1,)
    targets : ndarray of int32, shape (edges,)
        Ascending within a node, none twice.
    weights : ndarray of float64, shape (edges,), or None
        Above 0; None where all are equal.
    labels : list of str or of int, length nodes, or None
        What the nodes are called; None: 0, 1, 2, ...
    """

    starts: NDArray[np.int64]
    targets: NDArray[np.int32]
    weights: NDArray[np.float64] | None
    labels: list[Word] | None


def graph_of(source: Any, directed: bool = False) -> Graph:
    """Read a graph.

    Parameters
    ----------
    source : scipy sparse matrix, networkx graph, edge list, or path
        A square sparse matrix has in row i the edges from node i. An edge list is an array of int
        (m, 2), or a list of pairs (a, b) or triples (a, b, weight). A file has ``a b`` or
        ``a b weight`` on each line.
    directed : bool, default False
        Of an edge list: an edge leads only from the first node to the second.

    Raises
    ------
    TypeError, ValueError
        For what is no graph, for weights that are negative or not finite, and for no edges.
    """
    if hasattr(source, "tocsr"):
        return _of_matrix(source, None)
    if type(source).__module__.partition(".")[0] == "networkx":
        return _of_networkx(source)
    if isinstance(source, (str, os.PathLike)):
        return _of_edges(*_from_file(source), directed)
    if isinstance(source, np.ndarray):
        if source.ndim != 2 or source.shape[1] not in (2, 3) or source.dtype.kind not in "iuf":
            raise TypeError(
                "an array of edges has the shape (m, 2), or (m, 3) with weights, not "
                f"{source.shape}"
            )
        ends, weights = source[:, :2], source[:, 2] if source.shape[1] == 3 else None
        whole = ends.astype(np.int64)
        if (whole != ends).any():
            raise ValueError("the first two columns of an array of edges are whole numbers")
        return _of_edges(whole.T.reshape(-1), weights, directed)
    if not isinstance(source, Iterable) or isinstance(source, (bytes, dict)):
        raise TypeError(
            f"a graph cannot be read from {type(source).__name__}: pass a scipy sparse matrix, a "
            "networkx graph, edges or the path of a file of edges"
        )
    return _of_edges(*_from_list(source), directed)


def _of_matrix(source: Any, labels: Sequence[Word] | None) -> Graph:
    """Take the rows of a sparse matrix, without zeros and with no column twice."""
    from scipy.sparse import csr_array

    matrix = csr_array(source, copy=True)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"the matrix of a graph is square, not {matrix.shape}")
    if matrix.dtype.kind not in "biuf":
        raise TypeError(f"weights are numbers, not {matrix.dtype}")
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    weights = matrix.data.astype(np.float64)
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise ValueError("the weights of edges must be finite and not negative")
    if not len(weights):
        raise ValueError("the graph has no edges")
    if matrix.shape[0] > np.iinfo(np.int32).max:
        raise ValueError(f"a graph has 2**31 - 1 nodes at most, not {matrix.shape[0]:,}")
    equal = bool((weights == weights[0]).all())
    return Graph(
        matrix.indptr.astype(np.int64),
        matrix.indices.astype(np.int32),
        None if equal else weights,
        None if labels is None else as_words(labels, "nodes"),
    )


def _of_networkx(source: Any) -> Graph:
    import networkx  # type: ignore[import-untyped,unused-ignore]

    nodes = list(source)
    matrix = networkx.to_scipy_sparse_array(source, nodelist=nodes, weight="weight")
    return _of_matrix(matrix, nodes)


def _of_edges(ends: NDArray[Any] | list[Word], weights: Any, directed: bool) -> Graph:
    """Make a graph of the first ends of all edges, followed by the second ones."""
    from scipy.sparse import coo_array

    labels: list[Word]
    if isinstance(ends, list):
        number: dict[Word, int] = {}
        numbers = np.array([number.setdefault(end, len(number)) for end in ends], np.int64)
        labels = list(number)
    else:
        found, numbers = np.unique(ends, return_inverse=True)
        labels = found.tolist()
    m, V = len(numbers) // 2, len(labels)
    if not m:
        raise ValueError("the graph has no edges")
    values = np.ones(m) if weights is None else np.asarray(weights, np.float64)
    a, b = numbers[:m], numbers[m:]
    if not directed:
        loop = a == b  # such an edge is one, not two
        a, b = np.concatenate([a, b[~loop]]), np.concatenate([b, a[~loop]])
        values = np.concatenate([values, values[~loop]])
    return _of_matrix(coo_array((values, (a, b)), shape=(V, V)), labels)


def _from_list(source: Iterable[Any]) -> tuple[list[Word], NDArray[np.float64] | None]:
    first: list[Any] = []
    second: list[Any] = []
    weights: list[Any] = []
    for place, edge in enumerate(source):
        parts = tuple(edge) if isinstance(edge, Iterable) and not isinstance(edge, str) else ()
        if len(parts) not in (2, 3) or len(parts) != 2 + bool(weights) and place:
            raise ValueError(
                f"edge {place} (counted from 0) is {quoted(edge)}; all edges are pairs (a, b), or "
                "all are triples (a, b, weight)"
            )
        first.append(parts[0])
        second.append(parts[1])
        weights += parts[2:]
    ends = as_words([*first, *second], "nodes")
    return ends, np.array(weights, np.float64) if weights else None


def _from_file(path: str | os.PathLike[str]) -> tuple[Any, NDArray[np.float64] | None]:
    """Read lines ``a b`` or ``a b weight``; nodes are int if all of them are whole numbers."""
    expected = "two nodes on each line, or two nodes and a weight on each line"
    ends, words, weights = read_links(path, expected, _COMMENT)
    flat = ends.T.reshape(-1)
    used = np.unique(flat)
    try:
        number = np.zeros(len(words), np.int64)
        number[used] = [int(words[i]) for i in used]
    except (ValueError, OverflowError):
        return [words[i] for i in flat.tolist()], weights
    return number[flat], weights
