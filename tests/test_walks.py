"""Random walks: the chances of every step are exact, the walks repeatable, the graphs read."""

import os

import numpy as np
import pytest
from commands import rows
from scipy.sparse import coo_array, csr_array, csr_matrix
from scipy.stats import chisquare

import w2v
from w2v.text.graphs import graph_of

EDGES = [(0, 1), (0, 2), (1, 2), (1, 3), (3, 4), (2, 5), (4, 5), (5, 6)]
WEIGHTS = [1, 5, 2, 0.5, 3, 1, 4, 2]


def matrix_of(edges, weights):
    a, b = np.array(edges).T
    half = coo_array((np.array(weights, float), (a, b)), shape=(7, 7)).toarray()
    return half + half.T


def chances(A, before, node, p, q):
    """node2vec's chance of each next node, as the paper writes it."""
    alpha = np.where(A[before] > 0, 1.0, 1 / q)
    alpha[before] = 1 / p
    share = A[node] * alpha
    return share / share.sum()


@pytest.mark.parametrize("weights", [None, WEIGHTS])
@pytest.mark.parametrize(("p", "q"), [(1, 1), (0.25, 4), (4, 0.25), (0.02, 0.5), (2, 2), (50, 9)])
def test_every_step_has_the_chances_of_node2vec(weights, p, q):
    A = matrix_of(EDGES, weights or [1] * len(EDGES))
    found = np.concatenate(list(w2v.walks(csr_array(A), p=p, q=q, length=60, per_node=400)))
    first = np.zeros((7, 7))
    np.add.at(first, (found[:, 0], found[:, 1]), 1)
    later = np.zeros((7, 7, 7))
    np.add.at(later, (found[:, :-2], found[:, 1:-1], found[:, 2:]), 1)
    likely = []
    for node in range(7):
        likely.append((first[node], A[node] / A[node].sum()))
        likely += [(later[b, node], chances(A, b, node, p, q)) for b in np.flatnonzero(A[node])]
    for counts, share in likely:
        assert not counts[share == 0].any()
        seen = share > 0
        if seen.sum() > 1 and counts.sum() * share[seen].min() > 5:
            assert chisquare(counts[seen], counts.sum() * share[seen]).pvalue > 1e-5


def test_a_directed_graph_with_a_dead_end():
    """Edges 0 -> 1 -> 2 and 0 -> 2: the way back is not there, and 2 ends a walk."""
    graph = w2v.walks([(0, 1), (1, 2), (0, 2)], directed=True, p=0.1, length=4, per_node=5)
    (block,) = {id(b): b for b in [np.ma.concatenate(list(graph))]}.values()
    for row in block:
        walk = row.compressed().tolist()
        assert walk in ([0, 1, 2], [0, 2], [1, 2], [2])
    corpus = w2v.Corpus(graph)
    assert corpus.stats.sentences == 15
    assert corpus.stats.tokens == block.count()


def test_the_same_walks_on_any_number_of_threads(monkeypatch):
    rng = np.random.default_rng(1)
    edges = rng.integers(0, 3000, (20_000, 2))
    found = []
    for threads in ("1", "2", "5"):
        monkeypatch.setenv("W2V_THREADS", threads)
        graph = w2v.walks(edges, p=0.5, q=2, length=30, per_node=2, seed=7)
        found.append(np.concatenate(list(graph)))
        assert (np.concatenate(list(graph)) == found[0]).all()  # a second pass
    assert (found[0] == found[1]).all() and (found[0] == found[2]).all()
    other = w2v.walks(edges, p=0.5, q=2, length=30, per_node=2, seed=8)
    assert (np.concatenate(list(other)) != found[0]).mean() > 0.9
    assert (np.sort(found[0][:3000, 0]) == np.arange(graph.nodes)[:3000]).all()


def networkx_graph():
    networkx = pytest.importorskip("networkx")
    graph = networkx.Graph()
    graph.add_weighted_edges_from([("a", "b", 2.0), ("b", "c", 3.0), ("a", "c", 1.0)])
    return graph


def test_graphs_from_everywhere(tmp_path):
    triples = [("a", "b", 2.0), ("b", "c", 3.0), ("a", "c", 1.0)]
    (tmp_path / "edges.txt").write_text("# a comment of many words\na b 2\nb c 3\na c 1\n")
    number = [(9, -5, 2), (-5, 2**40, 3), (9, 2**40, 1)]
    (tmp_path / "numbers.txt").write_text("".join(f"{a}\t{b}\t{w}\n" for a, b, w in number))
    want = np.array([[0, 2, 1], [2, 0, 3], [1, 3, 0]])
    for source in (triples, iter(triples), tmp_path / "edges.txt", str(tmp_path / "edges.txt")):
        graph = graph_of(source)
        order = np.argsort(graph.labels)
        A = csr_matrix((graph.weights, graph.targets, graph.starts)).toarray()
        assert sorted(graph.labels) == ["a", "b", "c"]
        assert (A[np.ix_(order, order)] == want).all()
    for source in (number, np.array(number), tmp_path / "numbers.txt"):
        graph = graph_of(source)
        assert sorted(graph.labels) == [-5, 9, 2**40]
        assert all(type(label) is int for label in graph.labels)
    pairs = graph_of([("a", "b"), ("b", "c"), ("b", "a")])
    assert pairs.weights.tolist() == [2, 2, 1, 1]  # an edge given twice weighs two
    loop = graph_of(np.array([[0, 1], [1, 1]]))
    assert loop.targets.tolist() == [1, 0, 1]  # it is there once
    assert graph_of([(1, 2)], directed=True).starts.tolist() == [0, 1, 1]
    zeros = csr_array(np.array([[0, 1.0], [1, 0]]))
    zeros.data[0] = 0
    assert graph_of(zeros).starts.tolist() == [0, 0, 1]


def test_networkx():
    graph = graph_of(networkx_graph())
    A = csr_matrix((graph.weights, graph.targets, graph.starts)).toarray()
    assert graph.labels == ["a", "b", "c"]
    assert (A == [[0, 2, 1], [2, 0, 3], [1, 3, 0]]).all()


@pytest.mark.parametrize(
    ("graph", "error", "message"),
    [
        (csr_array(np.ones((2, 3))), ValueError, "square"),
        (csr_array(np.array([[0, -1], [1, 0]])), ValueError, "not negative"),
        (csr_array(np.array([[0, np.nan], [1, 0]])), ValueError, "finite"),
        (csr_array((3, 3)), ValueError, "no edges"),
        ([], ValueError, "no edges"),
        ([("a", "b"), ("a", "b", 2)], ValueError, "edge 1 .* all are triples"),
        (["ab"], ValueError, "edge 0 .* 'ab'"),
        ([("a", 1)], TypeError, "all str or all int"),
        (np.ones((3, 4)), TypeError, r"\(m, 3\)"),
        (np.array([[0.5, 1]]), ValueError, "whole numbers"),
        (7, TypeError, "a graph cannot be read from int"),
        ({"a": "b"}, TypeError, "a graph cannot be read from dict"),
        ("no.txt", FileNotFoundError, "no.txt"),
    ],
)
def test_what_is_no_graph(graph, error, message):
    with pytest.raises(error, match=message):
        w2v.walks(graph)


@pytest.mark.parametrize("text", ["a b\nc\n", "a b c d\n", "a b 1\nc d\n", "a b x\n"])
def test_a_file_that_holds_no_edges(tmp_path, text):
    (tmp_path / "e.txt").write_text(text)
    with pytest.raises(ValueError, match=r"e\.txt: (expected two nodes|the weight 'x')"):
        w2v.walks(tmp_path / "e.txt")


@pytest.mark.parametrize(
    "settings", [{"p": 0}, {"q": -1}, {"p": 1e9}, {"length": 1}, {"per_node": 0}, {"seed": -1}]
)
def test_numbers_out_of_range(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        w2v.walks([(0, 1)], **settings)


def two_cliques():
    edges = [(a, b) for half in (0, 8) for a in range(half, half + 8) for b in range(half, a)]
    return [(f"n{a}", f"n{b}") for a, b in [*edges, (0, 8)]]


def test_nodes_of_a_clique_are_neighbours(run):
    with open("edges.txt", "w") as file:
        file.writelines(f"{a} {b}\n" for a, b in two_cliques())
    model = w2v.train(
        w2v.walks(two_cliques(), length=20), vector_size=16, epochs=5, seed=3, verbose=False
    )
    near = {word for word, _ in model.wv.most_similar("n3", topn=7)}
    assert near == {f"n{i}" for i in range(8)} - {"n3"}
    flags = "--length 20 --vector-size 16 --epochs 5 --seed 3"
    status, _, err = run(f"walks edges.txt -o nodes.safetensors {flags}")
    assert status == 0 and "16 vectors" in err
    found = rows(run("nn nodes.safetensors n3 -n 7")[1])
    assert {row[1] for row in found} == near
    assert run("walks edges.txt")[0] == 2
    assert run("walks no.txt -o x.bin")[0] == 1
    assert run("walks edges.txt -o x.bin -p 0")[0] == 2
    assert not os.path.exists("x.bin")
