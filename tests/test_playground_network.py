"""The playground's tab of networks: the core trains in it as it does here."""

import platform

import numpy as np
import pytest

from w2v import _core
from w2v.names import DEFAULTS
from w2v.networks.layers import Layer, Training, network_views
from w2v.networks.reference import network_backward, network_forward

pytestmark = pytest.mark.slow  # a browser takes its time

SAME_BYTES = platform.machine() in ("x86_64", "AMD64")  # as in test_playground.py
IRIS = "length,width,kind\n5.1,3.5,setosa\n7.0,3.2,versicolor\n6.3,3.3,virginica\n4.9,3.0,setosa\n"


@pytest.fixture
def page(playground, opened):
    return opened(playground, "#tab=network")


def trained(page, patterns, epochs, **settings):
    """Train in the page, without its interface; return theta before and after, and the losses."""
    chosen = {"hidden": [4], "activation": "tanh", "loss": "binary_cross_entropy", "batch": 1}
    chosen |= {"optimizer": "sgd", "learning_rate": 0.1, "seed": 1} | settings
    found = page.evaluate(
        """async ([patterns, settings, epochs]) => {
        const made = patterns in PATTERNS ? PATTERNS[patterns](1) : readTable(patterns);
        window.net = await NetworkTraining.begin(made, settings);
        const first = Array.from(net.theta());
        const losses = [...net.train(epochs), ...net.train(epochs)];
        return { first, losses, last: Array.from(net.theta()), units: net.units,
          X: net.patterns.X, classes: net.patterns.classes }; }""",
        [patterns, chosen, epochs],
    )
    return chosen, found


def layers_of(chosen, found):
    output = "softmax" if found["units"][-1] > 1 else "sigmoid"
    hidden = [Layer(units, chosen["activation"]) for units in found["units"][1:-1]]
    return [*hidden, Layer(found["units"][-1], output)]


def targets_of(found):
    classes = np.array(found["classes"])
    if found["units"][-1] == 1:
        return classes[:, None].astype(float)
    return np.eye(found["units"][-1])[classes]


@pytest.mark.parametrize(
    ("patterns", "settings"),
    [
        ("xor", {}),
        ("xor", {"loss": "squared_error", "batch": 0, "activation": "sigmoid", "hidden": [2]}),
        ("circles", {"optimizer": "momentum", "batch": 10, "activation": "relu"}),
        ("circles", {"optimizer": "adadelta", "batch": 10, "hidden": []}),
        ("spirals", {"optimizer": "adam", "batch": 10, "hidden": [8, 8]}),
        ("spirals", {"optimizer": "nesterov", "batch": 0, "hidden": [24], "activation": "sine"}),
        (IRIS, {"optimizer": "rmsprop", "learning_rate": 0.01}),
    ],
)
def test_weights_are_those_of_the_baseline(page, baseline, patterns, settings):
    chosen, found = trained(page, patterns, 6, **settings)
    layers, T = layers_of(chosen, found), targets_of(found)
    X, theta = np.array(found["X"], float), np.array(found["first"])
    first, second, epsilon = page.evaluate("name => OPTIMIZERS[name]", chosen["optimizer"])
    loss = chosen["loss"] if T.shape[1] == 1 else "cross_entropy"
    training = Training(
        loss=loss, optimizer=chosen["optimizer"], learning_rate=chosen["learning_rate"], decay=0.0,
        first=first, second=second, epsilon=epsilon, l2=0.0, clip=np.inf,
        dropout=(0.0,) * (len(layers) - 1), batch_size=chosen["batch"] or len(X),
        shuffle=chosen["batch"] > 0, seed=1, error_limit=0.0, tol=0.0, patience=0,
    )  # fmt: skip
    core = _core.NetworkTraining(
        layers, theta, np.zeros((2, len(theta))), X, T, None, training, 0, 12, 0
    )
    core.work(0)
    assert found["losses"] == pytest.approx(core.losses, rel=1e-9)
    assert len(found["losses"]) == 12 and not np.array_equal(found["first"], found["last"])
    # powers, sines and logarithms are those of the browser's C library
    exact = SAME_BYTES and chosen["optimizer"] != "adam" and chosen["activation"] != "sine"
    if exact:
        np.testing.assert_array_equal(found["last"], theta)
    np.testing.assert_allclose(found["last"], theta, rtol=1e-8, atol=1e-12)


def test_optimisers_begin_as_in_python(page):
    constants = page.evaluate("OPTIMIZERS")
    for name, defaults in DEFAULTS.items():
        if name == "sparse_adam":
            continue
        first, second, epsilon = constants.pop(name)
        assert first == defaults.get("momentum", defaults.get("beta1", 0))
        assert second == defaults.get("rho", defaults.get("beta2", 0))
        assert epsilon == defaults.get("epsilon", 0)
    assert not constants


@pytest.mark.parametrize("patterns", ["xor", IRIS])
def test_a_step_is_backpropagation(page, patterns):
    chosen, found = trained(page, patterns, 3, hidden=[3, 2])
    step = page.evaluate(
        """() => { const step = net.step(2, false); const list = (x) => x && Array.from(x);
        return { ...step, A: step.A.map(list), D: step.D.map(list), before: list(step.before),
          after: list(step.after), targets: list(step.targets), now: list(net.theta()) }; }"""
    )
    assert step["now"] == step["before"] == found["last"]
    layers = layers_of(chosen, found)
    parameters = network_views(2, layers, np.array(step["before"]))
    Z, A = network_forward(layers, parameters, np.array([found["X"][2]], float))
    delta = A[-1] - targets_of(found)[2]
    gradients = network_backward(layers, parameters, Z, A, delta)
    for got, expected in zip(step["A"], A, strict=True):
        np.testing.assert_allclose(got, expected[0], atol=1e-12)
    np.testing.assert_allclose(step["D"][-1], delta[0], atol=1e-12)
    change = network_views(2, layers, np.array(step["after"]) - np.array(step["before"]))
    for moved, gradient in zip(change.weights, gradients.weights, strict=True):
        np.testing.assert_allclose(moved, -0.1 * gradient, atol=1e-12)


def train(page):
    page.select_option("#speed", "fast")
    page.click("#net-train")
    page.wait_for_selector("body[data-network=idle]", timeout=60_000)


def test_a_person_sees_xor_learnt(page):
    assert page.inner_text("#net-status").startswith("epoch 0 ")
    train(page)
    assert "4 of 4 patterns right. Learnt." in page.inner_text("#net-status")
    p = page.evaluate("Array.from(lab.training.look([0, 0, 0, 1, 1, 0, 1, 1]).pop())")
    assert np.round(p).tolist() == [0, 1, 1, 0]
    page.click("#net-step")
    assert "pattern 1: x1 = 0, x2 = 0; target 0" in page.inner_text("#net-explained")
    assert page.locator("#hidden-units canvas").count() == 4
    colours = page.evaluate(
        """() => { const canvas = document.getElementById("plane");
        const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
        const seen = new Set(); for (let k = 0; k < pixels.length; k += 4)
          seen.add(pixels.slice(k, k + 4).join()); return seen.size; }"""
    )
    assert colours > 50


def test_the_address_brings_back_the_settings(playground, page, opened):
    page.select_option("#patterns", "circles")
    page.fill("#hidden", "5, 2")
    page.locator("#hidden").blur()
    again = opened(playground, page.evaluate("location.hash"))
    again.wait_for_selector("#net-status:has-text('of 200 patterns')")
    assert again.evaluate("lab.training.units") == [2, 5, 2, 1]
    odd = opened(playground, "#tab=words&text=1&epochs=7&loss=none&window=x")
    fields = odd.evaluate("page.settings()")
    assert (fields["epochs"], fields["loss"], fields["window"]) == (7, "softmax", 1)
    assert odd.evaluate("page.source.name") == "the lecture's toy corpus"


def test_a_table_is_learnt(page, tmp_path):
    rng = np.random.default_rng(1)
    lines = ["length;width;kind"]
    for kind, centre in {"a<b>": (0, 0), "b": (4, 0), "c": (0, 300)}.items():
        for x, y in rng.normal(0, 0.3, (20, 2)) * (1, 30) + centre:
            lines.append(f"{x:.3f};{y:.3f};{kind}")
    (tmp_path / "mine.csv").write_text("\n".join(lines))
    page.set_input_files("#net-file", tmp_path / "mine.csv")
    page.wait_for_selector("#net-status:has-text('of 60 patterns')")
    assert page.evaluate("lab.training.units") == [2, 4, 3]
    train(page)
    assert "60 of 60 patterns right. Learnt." in page.inner_text("#net-status")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("1,2\n3,4", "three fields"),
        ("1,2,a\n3,x,b", "Line 2: expected two numbers and a class"),
        ("1,2,a\n3,4,a", "1 classes"),
    ],
)
def test_a_table_that_cannot_be_learnt_is_refused(page, tmp_path, text, message):
    (tmp_path / "bad.csv").write_text(text)
    page.set_input_files("#net-file", tmp_path / "bad.csv")
    page.wait_for_selector("#net-error:not(:empty)")
    assert message in page.inner_text("#net-error")
    assert page.evaluate("lab.training.patterns.classes.length") == 4  # XOR is still there


def test_what_cannot_be_a_network_is_said(page):
    page.fill("#hidden", "4, x")
    page.wait_for_selector("#net-error:not(:empty)")
    assert "Hidden units: up to 6 whole numbers from 1 to 64" in page.inner_text("#net-error")
    page.fill("#hidden", "3")
    page.select_option("#activation", "relu")
    page.fill("#learning-rate", "1e300")
    page.click("#net-train")
    page.wait_for_selector("#net-error:has-text('smaller learning rate')")
    page.fill("#learning-rate", "0.3")
    page.select_option("#activation", "tanh")
    train(page)  # begins again
    assert "Learnt." in page.inner_text("#net-status")
