"""Files of networks and estimators: what comes back, and what a damaged one may not do."""

from __future__ import annotations

import json
import random
import struct
import tracemalloc

import numpy as np
import pytest

from w2v import FeedForwardClassifier, FeedForwardRegressor, Layer, Network, TextClassifier
from w2v.estimators import load

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
X = np.random.default_rng(0).normal(size=(40, 3))
Y = np.arange(40) % 3
SOME = {"max_iter": 3, "random_state": 1}


def network():
    layers = [Layer(4, "tanh", K=2.0), Layer(2, skip_from=0), Layer(1, bias=False)]
    return Network(3, layers)


def two_classes():
    model = FeedForwardClassifier(3, standardize=True, class_weight={0: 1.0, 1: 2}, **SOME)
    return model.fit(X, Y > 1)


def three_classes():
    model = FeedForwardClassifier((3, 2), early_stopping=True, dtype=np.float32, **SOME)
    return model.fit(X, np.array(list("abc"))[Y])


def labels():
    return FeedForwardClassifier(3, **SOME).fit(X, np.eye(3, dtype=int)[Y])


def numbers():
    return FeedForwardRegressor(3, standardize=True, **SOME).fit(X, X[:, :2])


def texts():
    return TextClassifier(**SOME).fit(["good film", "bad film"] * 4, ["+", "-"] * 4)


THINGS = (network, two_classes, three_classes, labels, numbers, texts)


def parts(content):
    """Return header and tensors as an older file has them, without checksums; the JSON decoded."""
    n = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8 : 8 + n])
    notes = {name: json.loads(text) for name, text in header["__metadata__"].items()}
    header["__metadata__"] = notes
    del notes["w2v_network"]["format_version"]
    end = header.pop("checksums")["data_offsets"][0]
    return header, content[8 + n :][:end]


def joined(header, tensors):
    header = dict(header)
    notes = header.get("__metadata__")
    if isinstance(notes, dict):
        header["__metadata__"] = {name: json.dumps(value) for name, value in notes.items()}
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + tensors


@pytest.fixture(params=THINGS, ids=lambda make: make.__name__)
def saved(request, tmp_path):
    thing = request.param()
    thing.save(tmp_path / "whole")
    return thing, tmp_path / "whole"


def test_the_class_that_saved_loads(saved):
    thing, path = saved
    again = type(thing).load(path)
    assert type(again) is type(thing)
    if isinstance(thing, (Network, TextClassifier)):
        return
    assert set(vars(again)) >= set(vars(thing)) - {"feature_names_in_"}
    np.testing.assert_array_equal(again.predict(X), thing.predict(X))
    assert again.loss_curve_ == thing.loss_curve_
    other = {
        FeedForwardClassifier: FeedForwardRegressor,
        FeedForwardRegressor: FeedForwardClassifier,
    }
    with pytest.raises(ValueError, match=f"holds a {type(thing).__name__}, and this reads a Feed"):
        other[type(thing)].load(path)
    again.save(path)
    assert load(path).get_params() == again.get_params()
    assert again.partial_fit(X, thing.predict(X)).n_iter_ == 4


def test_another_model_is_not_taken_for_this(tmp_path):
    texts().save(tmp_path / "t")
    numbers().save(tmp_path / "n")
    network().save(tmp_path / "alone")
    for path, kind in (
        ("t", FeedForwardRegressor),
        ("n", TextClassifier),
        ("alone", TextClassifier),
    ):
        with pytest.raises(ValueError, match=f"another model than a {kind.__name__}"):
            kind.load(tmp_path / path)


def test_a_network_that_diverged_is_not_written(tmp_path):
    net = network()
    net.weights[1][0, 0] = np.nan
    with pytest.raises(ValueError, match=r"weights\.2 holds numbers that are not finite"):
        net.save(tmp_path / "net")
    assert not (tmp_path / "net").exists()


VALUES = [0, -1, 2, 1e308, 2**31 - 1, 10**30, None, True, "x", "sigmoid", [], [1], [None], {}]
VALUES += [{"a": 1}, float("nan"), float("inf"), [[1, 2]]]
NAMES = ["x", "predict", "__class__", "network_", "fit", "_state"]


def change(value, rng):
    """Change one entry somewhere in what JSON holds."""
    places = []

    def walk(value):
        keys = value if isinstance(value, dict) else range(len(value))
        for key in keys if isinstance(value, (dict, list)) else ():
            places.append((value, key))
            if isinstance(value[key], (dict, list)):
                walk(value[key])

    walk(value)
    inside, key = rng.choice(places)
    kind = rng.random()
    if kind < 0.15:
        del inside[key]
    elif kind < 0.3 and isinstance(inside, dict):
        inside[rng.choice(NAMES)] = rng.choice(VALUES)
    elif kind < 0.4 and isinstance(inside[key], list):
        inside[key] = inside[key] * rng.choice([0, 2])
    else:
        inside[key] = rng.choice(VALUES)


def damaged(content, rng):
    kind = rng.choice(["bytes", "header", "cut", "values", "values", "values"])
    if kind == "cut":
        return content[: rng.randrange(len(content))]
    if kind == "values":
        header, tensors = parts(content)
        change(header, rng)
        return joined(header, tensors)
    found = bytearray(content)
    end = len(found) if kind == "bytes" else 8 + struct.unpack("<Q", content[:8])[0]
    for _ in range(rng.choice([1, 1, 3, 20])):
        found[rng.randrange(end)] = rng.randrange(256)
    return bytes(found)


@pytest.mark.filterwarnings("ignore:texts without a word")
@pytest.mark.parametrize("seed", range(3))
def test_a_damaged_file_is_one_error_that_names_it(saved, seed):
    """Or it is no damage to be seen: then the thing works."""
    thing, path = saved
    rng = random.Random(seed)
    content = path.read_bytes()
    refused = 0
    for _ in range(100):
        path.write_bytes(damaged(content, rng))
        try:
            again = type(thing).load(path)
        except ValueError as error:
            refused += 1
            assert str(path) in str(error)
            continue
        with np.errstate(all="ignore"):  # weights may be huge now
            if isinstance(again, TextClassifier):
                assert len(again.predict(["good"])) == 1
            else:
                (again.forward if isinstance(again, Network) else again.predict)(X)
    assert refused > 50


@pytest.mark.parametrize(
    ("at", "value", "message"),
    [
        (("w2v_network", "n_inputs"), 2**31 - 1, "do not fit the layers"),
        (("w2v_network", "layers", 0, "units"), 2**31 - 1, "do not fit the layers"),
        (("w2v_network", "layers", 0, "units"), 10**30, "units must lie"),
        (("w2v_network", "layers", 0, "activation"), "swish", "activation must be one of"),
        (("w2v_network", "layers", 0, "bias"), "no", "bias must be True or False"),
        (("w2v_network", "layers", 0, "k"), float("nan"), "k must"),
        (("w2v_network", "layers", 0, "eval"), 1, "unexpected keyword argument 'eval'"),
        (("w2v_network", "layers"), [], "0 layers, 2 arrays of weights"),
        (("w2v_network", "loss"), "hinge", "loss must be one of"),
        (("w2v_network",), [1], "no JSON object"),
        (("w2v_estimator", "estimator"), "Pipeline", "holds a Pipeline, and this reads"),
        (("w2v_estimator", "params", "evil"), 1, "Invalid parameter 'evil'"),
        (("w2v_estimator", "params", "early_stopping"), "no", "must be True or False"),
        (("w2v_estimator", "learnt", "predict"), 1, "unknown name 'predict'"),
        (("w2v_estimator", "learnt", "network_"), 1, "unknown name 'network_'"),
        (("w2v_estimator", "learnt", "classes_"), [0, 1, 2], "3 classes, and its network 1 out"),
        (("w2v_estimator", "learnt", "classes_"), [1, 0], "not sorted"),
        (("w2v_estimator", "learnt", "scale_"), [1, 0, 1], "a scale of 0 or less"),
        (("w2v_estimator", "learnt", "mean_"), [1, 2], "mean_ is no list of 3"),
        (("w2v_estimator", "learnt", "n_features_in_"), 4, "the network has 3"),
        (("w2v_estimator", "learnt", "n_iter_"), None, "n_iter_ is None"),
    ],
)
def test_what_is_wrong_is_said_without_taking_memory(tmp_path, at, value, message):
    path = tmp_path / "m"
    two_classes().save(path)
    header, tensors = parts(path.read_bytes())
    inside = header["__metadata__"]
    for key in at[:-1]:
        inside = inside[key]
    inside[at[-1]] = value
    path.write_bytes(joined(header, tensors))
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=f"m .*{message}|m: .*{message}"):
            FeedForwardClassifier.load(path)
        assert tracemalloc.get_traced_memory()[1] < 1e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("key", ["layers", "n_inputs", "loss"])
def test_what_is_missing_is_named(tmp_path, key):
    path = tmp_path / "m"
    network().save(path)
    header, tensors = parts(path.read_bytes())
    del header["__metadata__"]["w2v_network"][key]
    path.write_bytes(joined(header, tensors))
    with pytest.raises(ValueError, match=f"m is damaged: .* lacks '{key}'"):
        Network.load(path)


def test_weights_that_are_not_finite_are_damage(tmp_path):
    path = tmp_path / "m"
    network().save(path)
    content = joined(*parts(path.read_bytes()))
    path.write_bytes(content[:-4] + struct.pack("<f", float("nan")))
    with pytest.raises(ValueError, match="m is damaged: .* not finite"):
        Network.load(path)
