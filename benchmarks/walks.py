"""Walks on a graph beside PecanPy: seconds, and how well the vectors tell the nodes' groups.

    python benchmarks/walks.py --peer ENVIRONMENT/bin/python

The graph is a stochastic block model, made here: `--groups` groups, in which a node knows so many
of its own group, and so many of the others, on average. Nodes' groups are told by logistic
regression from the vectors, of half of the nodes; shown is the accuracy on the other half. The peer
is run by a Python that has `pecanpy`, which brings gensim: pip install pecanpy. Both sides have the
same walks by number and length, window and epochs. A row is one run; the turns alternate. The
table goes to standard output, in Markdown.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import w2v

# Reads an edge list, walks, trains; prints the seconds of each and saves the vectors by node.
PEER = """
import sys, time
import numpy as np
from gensim.models import Word2Vec
from pecanpy import pecanpy

edges, out, p, q, length, per_node, dim, window, epochs, workers = sys.argv[1:]
begun = time.perf_counter()
make = pecanpy.SparseOTF(p=float(p), q=float(q), workers=int(workers), verbose=False,
                         random_state=1)
make.read_edg(edges, weighted=False, directed=False)
read = time.perf_counter()
make.simulate_walks(num_walks=1, walk_length=2)  # compiles
compiled = time.perf_counter()
walks = make.simulate_walks(num_walks=int(per_node), walk_length=int(length))
walked = time.perf_counter()
model = Word2Vec(walks, vector_size=int(dim), window=int(window), sg=1, min_count=0,
                 epochs=int(epochs), workers=int(workers), seed=1)
trained = time.perf_counter()
np.savez(out, nodes=np.array(model.wv.index_to_key), vectors=model.wv.vectors)
print(read - begun, walked - compiled, trained - walked)
"""


def block_model(nodes: int, groups: int, inside: float, outside: float) -> np.ndarray:
    """Return the edges (m, 2) of a graph whose nodes i belong to the groups i % groups."""
    rng = np.random.default_rng(1)
    a = rng.integers(0, nodes, int(nodes * (inside + outside) / 2))
    own = rng.random(len(a)) < inside / (inside + outside)
    members = nodes // groups
    near = rng.integers(0, members, len(a)) * groups + a % groups
    b = np.where(own, near, rng.integers(0, nodes, len(a)))
    edges = np.sort(np.stack([a, b], axis=1)[a != b], axis=1)
    return np.unique(edges, axis=0)


def accuracy(vectors: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of held-out nodes whose group is told, half of them being trained on."""
    from sklearn.linear_model import LogisticRegression

    vectors = (vectors - vectors.mean(axis=0)) / vectors.std(axis=0)
    order = np.random.default_rng(1).permutation(len(labels))
    train, test = np.split(order, 2)
    model = LogisticRegression(max_iter=300).fit(vectors[train], labels[train])
    return float(model.score(vectors[test], labels[test]))


def ours(path: str, args: argparse.Namespace) -> tuple[list[float], np.ndarray, np.ndarray]:
    """Return seconds of reading, walking and training, the nodes and their vectors."""
    marks = [time.perf_counter()]
    walks = w2v.walks(path, p=args.p, q=args.q, length=args.length, per_node=args.per_node)
    marks.append(time.perf_counter())
    corpus = w2v.Corpus(walks)
    marks.append(time.perf_counter())
    model = w2v.train(
        corpus, vector_size=args.dim, window=args.window, epochs=args.epochs, min_count=1,
        workers=args.workers, verbose=False,
    )  # fmt: skip
    marks.append(time.perf_counter())
    return np.diff(marks).tolist(), np.array(model.wv.index_to_key), model.wv.vectors


def theirs(path: str, args: argparse.Namespace) -> tuple[list[float], np.ndarray, np.ndarray]:
    """Do what `ours` does, by the peer."""
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder, "vectors.npz"))
        given = (args.p, args.q, args.length, args.per_node, args.dim, args.window, args.epochs)
        command = [args.peer, "-c", PEER, path, out, *map(str, (*given, args.workers))]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        found = np.load(out)
        seconds = [float(x) for x in done.stdout.split()[-3:]]
        return seconds, found["nodes"].astype(int), found["vectors"]


def main(argv: Sequence[str]) -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--peer", metavar="PYTHON", help="a Python that has pecanpy")
    numbers = {"nodes": 10_000, "groups": 10, "length": 80, "per-node": 10, "dim": 128}
    for name, default in {**numbers, "window": 10, "epochs": 1, "turns": 2}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    for name, default in {"inside": 8.0, "outside": 12.0, "p": 0.5, "q": 2.0}.items():
        parser.add_argument(f"--{name}", type=float, default=default)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    args = parser.parse_args(argv)
    edges = block_model(args.nodes, args.groups, args.inside, args.outside)
    print(f"{args.nodes:,} nodes, {len(edges):,} edges, {args.workers} workers\n")
    print("| program | read, s | walk, s | train, s | accuracy |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "edges.txt"))
        np.savetxt(path, edges, "%d", "\t")
        for _ in range(args.turns):
            for name, run in {"w2v": ours, "PecanPy, gensim": theirs}.items():
                if run is theirs and not args.peer:
                    continue
                seconds, nodes, vectors = run(path, args)
                by_node = np.argsort(nodes)  # so that all are judged by the same halves
                share = accuracy(vectors[by_node], nodes[by_node] % args.groups)
                shown = " | ".join(f"{s:.2f}" for s in seconds)
                print(f"| {name} | {shown} | {share:.3f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
