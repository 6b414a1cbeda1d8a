"""Random walks on a graph as sentences of nodes: node2vec's corpus, without a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v._text import fill_tables, walk
from w2v.checks import number, whole_number
from w2v.parallel import in_parts
from w2v.text.graphs import graph_of
from w2v.text.sequences import LabelledBlocks

_BLOCK = 1 << 20  # nodes of the walks in one block
_MOST = 1000.0  # of p, q, 1/p and 1/q: a step may need so many draws
_STEP_BYTES = 256  # of memory that a step goes through, at a guess


class Walks(LabelledBlocks):
    """Random walks on a graph: an iterable of blocks, which training reads as sentences.

    Each pass over it gives the same walks, whatever the number of threads. In a block, an int32
    array (n, length), a row is a walk, and node i of the graph is i. Where walks end early, at
    nodes without edges, the block is a masked array.

    Attributes
    ----------
    labels : list of str or of int, or None
        What node i is called; None: i. Training takes these as its words.
    """

    def __init__(
        self,
        graph: Any,
        p: float,
        q: float,
        length: int,
        per_node: int,
        seed: int,
        directed: bool,
    ) -> None:
        self._p, self._q = (number(*pair, 1 / _MOST, _MOST) for pair in (("p", p), ("q", q)))
        self._length = whole_number("length", length, 2)
        self._per_node = whole_number("per_node", per_node, 1)
        self._seed = whole_number("seed", seed, 0, 2**64 - 1)
        read = graph_of(graph, directed)
        self._starts, self._targets, self.labels = read.starts, read.targets, read.labels
        self._tables = self._shares = None
        if read.weights is not None:
            self._tables = np.empty((len(read.targets), 2), np.uint32)
            self._shares = np.empty(len(read.targets), np.float32)
            fill_tables(read.starts, read.weights, self._tables, self._shares)

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self._starts) - 1

    @property
    def edges(self) -> int:
        """Number of edges, one that leads both ways counted twice."""
        return len(self._targets)

    def __len__(self) -> int:
        """Return the number of walks."""
        return self.nodes * self._per_node

    def __repr__(self) -> str:
        """Show the sizes."""
        return f"<{len(self):,} walks of {self._length} nodes on a graph of {self.nodes:,} nodes>"

    def __iter__(self) -> Iterator[NDArray[np.int32]]:
        """Give blocks of walks; each node begins one, in a random order, `per_node` times."""
        size = max(1, _BLOCK // self._length)
        for turn in range(self._per_node):
            rng = np.random.default_rng((self._seed, turn))
            order = rng.permutation(self.nodes).astype(np.int32)
            for start in range(0, self.nodes, size):
                yield self._block(order[start : start + size], turn * self.nodes + start)

    def _block(self, begins: NDArray[np.int32], number: int) -> NDArray[np.int32]:
        block = np.empty((len(begins), self._length), np.int32)

        def make(first: int, stop: int) -> None:
            walk(
                self._starts,
                self._targets,
                self._tables,
                self._shares,
                begins[first:stop],
                number + first,
                block[first:stop],
                p=self._p,
                q=self._q,
                seed=self._seed,
            )

        in_parts(make, len(begins), self._length * _STEP_BYTES)
        short = block[:, -1] < 0
        return np.ma.masked_less(block, 0) if short.any() else block


def walks(
    graph: Any,
    *,
    p: float = 1.0,
    q: float = 1.0,
    length: int = 80,
    per_node: int = 10,
    seed: int = 1,
    directed: bool = False,
) -> Walks:
    """Walk at random on a graph, as node2vec does [1]_; ``w2v.train(w2v.walks(graph))``.

    The next node is a neighbour, drawn by the weights of the edges. With `p` and `q` the weight is
    multiplied by 1/p if that neighbour is where the walk came from, by 1 if it is a neighbour of
    that node, and else by 1/q. The draws are exact, by rejection [2]_, and need memory for the
    edges alone: 4 bytes an edge, 16 with weights.

    Parameters
    ----------
    graph : scipy sparse matrix, networkx graph, edge list, or path
        A square sparse matrix has in row i the edges from node i. An edge list is an array of int
        (m, 2), or a list of pairs (a, b) or of triples (a, b, weight) whose nodes are str or int.
        A file has ``a b`` or ``a b weight`` on each line; nodes are int if all are whole numbers.
    p, q : float, default 1
        Return parameter and in-out parameter, from 0.001 to 1000: a low p goes back often, a low q
        leads away from where the walk came from. With 1 and 1 the walks are DeepWalk's.
    length : int, default 80
        Nodes of a walk.
    per_node : int, default 10
        Walks from each node.
    seed : int, default 1
        The same seed gives the same walks on any number of threads.
    directed : bool, default False
        Edges of a list or a file lead from the first node to the second alone. Matrices and
        networkx graphs say themselves.

    Returns
    -------
    Walks
        To be trained on, or to be iterated over: blocks of walks, int32 (n, length).

    Raises
    ------
    TypeError, ValueError
        For what is no graph, negative weights, no edges, or a number out of range.

    References
    ----------
    .. [1] Grover and Leskovec (2016), node2vec: Scalable feature learning for networks.
    .. [2] Yang, Zhang, Chen, Ma and Xue (2019), KnightKing: A fast distributed graph random walk
           engine.

    Examples
    --------
    >>> import w2v
    >>> graph = w2v.walks([("a", "b"), ("b", "c"), ("c", "a")], length=5, per_node=2)
    >>> graph
    <6 walks of 5 nodes on a graph of 3 nodes>
    >>> sorted(w2v.train(graph, vector_size=4, verbose=False).wv)
    ['a', 'b', 'c']
    """
    return Walks(graph, p, q, length, per_node, seed, directed)
