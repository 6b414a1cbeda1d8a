"""``w2v explain``, ``predict``, ``tree`` and ``demo --toy``: what they print, and errors."""

import json

import numpy as np
import pytest

import w2v
from w2v.cli import program as cli
from w2v.demos import opinions, world
from w2v.networks.network import Layer, Network
from w2v.see.tree import draw
from w2v.text.vocabulary import Vocabulary


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explain")
    small = dict(vector_size=2, min_count=1, sample=0, alpha=0.5, epochs=10, verbose=False)
    w2v.train(world.TOY * 100, loss="softmax", **small).save(folder / "toy.safetensors")
    w2v.train(world.TOY * 100, loss="hs", **small).save(folder / "hs.safetensors")
    model = w2v.train(world.sentences(), vector_size=16, epochs=2, workers=1, verbose=False)
    model.save(folder / "world.safetensors")
    model.wv.save(folder / "world.bin")
    cbow = w2v.train(world.TOY * 100, architecture="cbow", loss="softmax", **small)
    cbow.save(folder / "cbow.safetensors")
    net = Network(2, [Layer(2), Layer(1)], dtype="float64")
    net.save(folder / "net.safetensors")
    rng = np.random.default_rng(0)
    X = 5 + 2 * rng.standard_normal((60, 2))
    fit = dict(hidden_layer_sizes=(3,), max_iter=50, random_state=1, tol=0)
    labels = np.array(["low", "middle", "high"])[np.digitize(X[:, 0], [4, 6])]
    w2v.FeedForwardClassifier(standardize=True, **fit).fit(X, labels).save(
        folder / "three.safetensors"
    )
    w2v.FeedForwardClassifier(**fit).fit(X, labels == "low").save(folder / "two.safetensors")
    w2v.FeedForwardRegressor(standardize=True, **fit).fit(X, X[:, 0]).save(folder / "r.safetensors")
    marks, texts = zip(*opinions.labelled(), strict=True)
    text = w2v.TextClassifier(max_iter=2, tol=0, random_state=1).fit(texts, marks)
    text.save(folder / "text.safetensors")
    lines = [
        f"{x:.3f},{colour},{y}" for (x, _), y in zip(X, labels, strict=True) for colour in "ab"
    ]
    (folder / "c.csv").write_text("\n".join(["size,colour,class", *lines]) + "\n")
    argv = ["mlp", "train", str(folder / "c.csv"), "-o", str(folder / "c.safetensors"), "--quiet"]
    assert cli.main(argv) == 0
    return folder


pytestmark = pytest.mark.filterwarnings("ignore:max_iter")


def test_a_step_of_a_model(run, tmp_path):
    page = tmp_path / "step.html"
    status, out, err = run(f"explain toy.safetensors heavy rain --html {page}")
    model = w2v.Word2Vec.load("toy.safetensors")
    assert (status, out) == (0, f"{model.explain('heavy', 'rain')}\n")
    assert err == f"wrote {page}\n" and "<h1>heavy → rain" in page.read_text(encoding="utf-8")
    out = run("explain toy.safetensors heavy rain --json --learning-rate 0.25")[1]
    assert json.loads(out) == model.explain("heavy", "rain", alpha=0.25).to_dict()
    out = run("explain world.safetensors paris france --seed 9 --json")[1]
    model = w2v.Word2Vec.load("world.safetensors")
    assert json.loads(out) == model.explain("paris", "france", seed=9).to_dict()
    assert (
        "light shower → heavy: one step of CBOW"
        in run("explain cbow.safetensors heavy light shower")[1]
    )


def test_a_step_of_a_network(run):
    status, out, err = run("explain net.safetensors --row=-1,0.5 --target 1 --learning-rate 0.2")
    step = Network.load("net.safetensors").explain([-1, 0.5], 1, 0.2)
    assert (status, out, err) == (0, f"{step}\n", "")
    assert "forward pass" in run("explain net.safetensors --row 0,1")[1]


@pytest.mark.parametrize(
    ("file", "row", "target", "t"),
    [
        ("three", "3,5", "middle", [0, 0, 1]),
        ("two", "3,5", "True", [1]),
        ("r", "3,5", "3", None),
        ("text", "not bad at all", "+", [1, 0, 0]),
    ],
)
def test_a_step_of_what_mlp_train_wrote(run, file, row, target, t):
    line = ["explain", f"{file}.safetensors", "--row", row, "--target", target, "--json"]
    status, out, err = run(line)
    found = json.loads(out)
    assert status == 0 and (t is None or found["t"] == t)
    if file != "text":
        standardized = file != "two"
        assert (found["x"] != [3, 5]) == standardized == ("less the mean" in err)
    outputs = np.array(found["layers"][-1]["a"])
    if file == "r":
        model = w2v.FeedForwardRegressor.load("r.safetensors")
        expected = (model.predict([[3, 5]]) - model.target_mean_) / model.target_scale_
        scale = (3 - model.target_mean_) / model.target_scale_
        np.testing.assert_allclose(found["t"], scale, rtol=1e-5)
    elif file == "text":
        expected = w2v.TextClassifier.load("text.safetensors").predict_proba([row])[0]
    else:
        model = w2v.FeedForwardClassifier.load(f"{file}.safetensors")
        expected = model.predict_proba([[3, 5]])[0][-len(outputs) :]
    np.testing.assert_allclose(outputs, expected, rtol=1e-4)


def test_a_row_is_read_as_the_table_of_the_training(run):
    status, out, err = run("explain c.safetensors --row 3.5,b --target low --json")
    model = w2v.FeedForwardClassifier.load("c.safetensors")
    expected = (np.array([3.5, 0, 1]) - model.mean_) / model.scale_
    assert status == 0
    np.testing.assert_allclose(json.loads(out)["x"], expected, rtol=1e-5)


def test_examples(run):
    status, out, err = run("explain --example softmax --json")
    assert (status, err) == (0, "")
    layers = [json.loads(line)["layers"][0]["a"] for line in out.splitlines()]
    np.testing.assert_allclose(layers[0], [0.0900305732, 0.2447284711, 0.6652409558], atol=1e-9)
    assert len(layers) == 3
    assert (
        "w[1,1]  0.300000  -0.045044  0.045044  0.345044"
        in run("explain --example 2-2-1-squared")[1]
    )


@pytest.mark.parametrize(
    ("line", "status", "message"),
    [
        ("explain", 2, "name a model and two words"),
        ("explain toy.safetensors heavy", 2, "give two words"),
        ("explain toy.safetensors heavy rains", 1, "close spellings: 'rain'"),
        ("explain toy.safetensors heavy rain light", 1, "give one context word"),
        ("explain toy.safetensors heavy rain --row 1", 2, "--row is for a network"),
        ("explain toy.safetensors heavy rain --learning-rate -1", 1, "must lie between"),
        ("explain world.bin paris france", 1, "holds vectors only (bin), and this needs"),
        ("explain no.safetensors a b", 1, "No such file"),
        ("explain net.safetensors a b", 2, "give it --row"),
        ("explain net.safetensors --row 1,2 --seed 3", 2, "--seed is for negative sampling"),
        ("explain net.safetensors --row 1,a", 2, "--row 1,a holds no numbers"),
        ("explain net.safetensors --row 1,2,3", 1, "one column for each of the network's 2 inputs"),
        ("explain net.safetensors --row 1,2 --target 1,2", 1, "the network's 1 outputs"),
        ("explain three.safetensors --row 1,2,3", 1, "--row needs 2 fields (0, 1), not 3"),
        ("explain three.safetensors --row 1,2 --target x", 1, "there are high, low, middle"),
        ("explain c.safetensors --row 3.5,c", 1, "--row, column 'colour': 'c' is none of a, b"),
        ("explain c.safetensors --row x,a", 1, "--row, column 'size': 'x' is no number"),
        ("explain c.safetensors --row 1", 1, "--row needs 2 fields (size, colour), not 1"),
        ("explain --example 2-2-1 --row 1,2", 2, "--row is not for --example"),
        ("explain toy.safetensors --example 2-2-1", 2, "takes no model"),
        ("explain --example 9", 2, "invalid choice: '9'"),
        ("explain toy.safetensors heavy rain --html toy.safetensors", 1, "would overwrite"),
        ("explain toy.safetensors heavy rain --html no/x.html", 1, "no folder"),
        ("predict net.safetensors paris", 1, "holds a network, not word vectors"),
        ("tree three.safetensors paris", 1, "holds a network, not word vectors"),
        ("nn text.safetensors paris", 1, "holds a network, not word vectors"),
        ("predict world.bin paris", 1, "holds vectors only"),
        ("predict toy.safetensors rains", 1, "close spellings: 'rain'"),
        ("tree world.bin paris", 1, "holds no counts of words"),
        ("tree world.safetensors", 2, "the tree has 598 words"),
        ("tree world.safetensors pariss", 1, "close spellings: 'paris'"),
    ],
)
def test_what_is_refused(run, line, status, message):
    got, out, err = run(line)
    assert (got, out) == (status, "")
    assert message in err and err.startswith("w2v: error: ") and err.count("\n") == 1


def test_predictions_say_whether_they_are_exact(run):
    status, out, err = run("predict toy.safetensors heavy light -n 1")
    rows = [line.split("\t") for line in out.splitlines()]
    assert (status, err) == (0, "")
    assert [(w, c, kind) for w, c, _, kind in rows] == [
        ("heavy", "rain", "exact"),
        ("light", "shower", "exact"),
    ]
    assert float(rows[0][2]) > 0.9
    facts = [
        json.loads(line) for line in run("predict world.safetensors paris --json")[1].splitlines()
    ]
    assert len(facts) == 10 and {fact["kind"] for fact in facts} == {"estimate"}
    expected = w2v.Word2Vec.load("world.safetensors").predict_context("paris")
    assert [(f["context"], f["probability"]) for f in facts] == expected
    assert run("predict hs.safetensors heavy -n 1")[1].split("\t")[3] == "exact\n"


def test_paths_in_the_tree(run):
    out = run("tree world.safetensors paris the")[1]
    vocabulary = w2v.Word2Vec.load("world.safetensors").vocabulary
    assert out.startswith(f"root: {len(vocabulary)} words, {vocabulary.counts.sum():,} tokens\n")
    assert out.count("◀") == 2
    facts = json.loads(run("tree world.safetensors paris --json")[1])
    tree, row = vocabulary.huffman(), vocabulary.key_to_index["paris"]
    path = slice(*tree.offsets[row : row + 2])
    assert facts["nodes"] == tree.nodes[path].tolist() and facts["nodes"][0] == 0
    assert facts["code"] == "".join(map(str, tree.codes[path]))
    assert facts["count"] == vocabulary.counts[row]
    # the branches on the way to the word, from its line upwards, have its code
    lines = out.splitlines()
    at = next(i for i, line in enumerate(lines) if " paris, " in line)
    code, depth = "", len(lines[at])
    for line in lines[at::-1]:
        place = max(line.find("├"), line.find("└"))
        if 0 <= place < depth:
            code, depth = line[place + 1] + code, place
    assert code == facts["code"]


def test_a_small_tree_is_whole():
    vocabulary = Vocabulary(["a", "b", "c", "d"], [6, 3, 2, 1])
    assert draw(vocabulary, ["c"]).splitlines() == [
        "root: 4 words, 12 tokens",
        "├0 a, 6 tokens",
        "└1 node 1: 3 words, 6 tokens",
        "  ├0 b, 3 tokens",
        "  └1 node 2: 2 words, 3 tokens",
        "    ├0 d, 1 token",
        "    └1 c, 2 tokens  ◀",
    ]
    assert draw(Vocabulary(["a"], [6]), ["a"]) == "a: the tree of one word has no nodes"
    many = Vocabulary([f"w{i}" for i in range(40)], 2 ** np.arange(40)[::-1])
    lines = draw(many, ["w39"]).splitlines()  # as deep as a tree can be
    assert len(lines) == 79 and sum("w39, 1 token  ◀" in line for line in lines) == 1
    some = draw(many, ["w1"]).splitlines()
    assert len(some) == 5 and "38 words" in "".join(some) and "such as w2" in "".join(some)


def test_the_toy_network_is_trained_and_shown(run, tmp_path):
    model = tmp_path / "toy.safetensors"
    status, out, err = run(f"demo --toy -o {model}")
    assert (status, err) == (0, f"wrote {model}\n")
    assert "P(rain | heavy)  0.246700  0.265172" in out
    assert "P(rain | heavy) = 0.9" in out and "P(shower | light) = 0.9" in out
    assert w2v.Word2Vec.load(model).predict_context("heavy", topn=1)[0][0] == "rain"
    first, *rows = map(json.loads, run("demo --toy --json --seed 3")[1].splitlines())
    assert first["probability_after"] == pytest.approx(0.2651718345, abs=1e-6)
    learnt = {row["input"]: row for row in rows if "input" in row}
    assert max((learnt["heavy"][w], w) for w in ("heavy", "light", "rain", "shower"))[1] == "rain"
    assert max((learnt["light"][w], w) for w in ("heavy", "light", "rain", "shower"))[1] == "shower"
