"""Run packages that use gensim on gensim and on w2v.compat.gensim, and compare what comes out.

Each package embeds the nodes of a random graph of eight groups. The groups of one half of the nodes
are then predicted from those of the other half, by logistic regression.

    pip install gensim==4.4.0 node2vec pecanpy scikit-learn
    pip install --no-deps karateclub pygsp python-louvain  # which ask for a numpy of 2022
    python benchmarks/dependents.py
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import warnings

GROUPS, SIZE, DIM, WINDOW, WALKS, LENGTH = 8, 60, 32, 5, 10, 40
PACKAGES = ("node2vec", "pecanpy", "karateclub")


def graph(seed: int):
    """Return a graph of groups: of five edges of a node about three lead out of its group."""
    import networkx as nx

    return nx.planted_partition_graph(GROUPS, SIZE, 0.12, 0.03, seed=seed)


def by_node2vec(g, seed: int):
    """Embed by node2vec 0.5."""
    from node2vec import Node2Vec

    walks = Node2Vec(
        g, dimensions=DIM, walk_length=LENGTH, num_walks=WALKS, seed=seed, quiet=True, workers=1
    )
    begun = time.perf_counter()
    model = walks.fit(window=WINDOW, min_count=1, batch_words=4, seed=seed, workers=2)
    return [model.wv[str(node)] for node in g], time.perf_counter() - begun


def by_pecanpy(g, seed: int):
    """Embed by PecanPy's walks and what its command line calls."""
    from gensim.models import Word2Vec
    from pecanpy.pecanpy import SparseOTF

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "graph.edg")
        with open(path, "w") as file:
            file.writelines(f"{a}\t{b}\n" for a, b in g.edges)
        walker = SparseOTF(p=1, q=1, workers=1, verbose=False, random_state=seed)
        walker.read_edg(path, weighted=False, directed=False)
        walks = walker.simulate_walks(num_walks=WALKS, walk_length=LENGTH)
    begun = time.perf_counter()
    model = Word2Vec(
        walks, vector_size=DIM, window=WINDOW, sg=1, min_count=0, workers=2, epochs=1, seed=seed
    )
    return [model.wv[str(node)] for node in g], time.perf_counter() - begun


def by_karateclub(g, seed: int):
    """Embed by karateclub's DeepWalk; the seconds are those of its walks, too."""
    from karateclub import DeepWalk

    begun = time.perf_counter()
    model = DeepWalk(
        dimensions=DIM,
        walk_number=WALKS,
        walk_length=LENGTH,
        window_size=WINDOW,
        workers=2,
        epochs=5,
        seed=seed,
    )
    model.fit(g)
    return model.get_embedding(), time.perf_counter() - begun


def accuracy(vectors, g, seed: int) -> float:
    """Predict the groups of half of the nodes."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split

    groups = [node // SIZE for node in g]
    x, y, u, v = train_test_split(vectors, groups, test_size=0.5, random_state=seed)
    return float(LogisticRegression(max_iter=2000).fit(x, u).score(y, v))


def one(package: str, seeds: int, uses_w2v: bool) -> None:
    """Print the accuracies and seconds of one package with one of the two."""
    warnings.simplefilter("ignore")
    if uses_w2v:
        from peer_tests import swap

        swap()
    embed = globals()[f"by_{package}"]
    found = []
    for seed in range(1, seeds + 1):
        g = graph(seed)
        vectors, seconds = embed(g, seed)
        found.append((accuracy(vectors, g, seed), seconds))
    scores, times = zip(*found, strict=True)
    who = "w2v" if uses_w2v else "gensim"
    mean = sum(scores) / len(scores)
    print(
        f"| {package} | {who} | {mean:.3f} ({min(scores):.3f} to {max(scores):.3f}) "
        f"| {min(times):.2f} |",
        flush=True,
    )


def main() -> None:
    """Run every package twice, each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        one(args.one[0], args.seeds, args.one[1] == "w2v")
        return
    print("| package | trained by | right groups (mean, least to most) | seconds, best |")
    print("|---|---|---|---|", flush=True)
    for package in PACKAGES:
        for who in ("gensim", "w2v"):
            seeds = ["--seeds", str(args.seeds)]
            subprocess.run([sys.executable, __file__, *seeds, "--one", package, who], check=False)


if __name__ == "__main__":
    main()
