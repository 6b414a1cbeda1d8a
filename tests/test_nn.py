"""Networks: the lecture's numbers, gradients against differences, training, files, errors."""

import os
import signal
import threading
import tracemalloc

import numpy as np
import pytest
from scipy.sparse import csr_matrix, random

from w2v import _core
from w2v import reference as word2vec_reference
from w2v.networks import files, functions, passes, reference
from w2v.networks import network as nn
from w2v.networks.blas import blas, openblas
from w2v.networks.layers import arrays_of
from w2v.networks.network import Layer, Network
from w2v.networks.patterns import weights_with_mean_1
from w2v.parallel import run_team

XOR = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
LEARNING = [
    dict(activation="sigmoid"),
    dict(activation="sigmoid", k=2.0, K=1.5),
    dict(activation="tanh"),
    dict(activation="tanh", K=1.7),
    dict(activation="relu"),
    dict(activation="linear"),
    dict(activation="sine"),
]
OUTPUTS = [
    *(("squared_error", kind) for kind in [*LEARNING, dict(activation="softmax")]),
    ("binary_cross_entropy", dict(activation="sigmoid")),
    ("binary_cross_entropy", dict(activation="sigmoid", k=0.5)),
    ("cross_entropy", dict(activation="softmax")),
]
KINDS = [
    dict(),
    dict(bias=False),
    dict(skip_from=0),
]


def make_targets(rng, n, outputs, loss):
    T = rng.uniform(size=(n, outputs))
    return T / T.sum(axis=1, keepdims=True) if loss == "cross_entropy" else T


# --- the lecture's numbers ---------------------------------------------------------------------


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)


def test_golden_neurons():
    net = Network(5, [Layer(1)], init=([np.ones((1, 5))], [[1]]), dtype="float64")
    x = [[0.1, 0.2, 0.3, 0.4, 0.5]]
    close(reference.network_forward(net.layers, net._views, np.array(x))[0][1], [[2.5]])
    close(net.forward(x), [[0.9241418200]])
    net = Network(3, [Layer(1)], init=([[[0.2, 0.3, 0.9]]], [[0.5]]), dtype="float64")
    close(net.forward([[0.5, 0.6, 0.1]]), [[0.7047456980]])


def test_golden_1_2_1():
    weights, biases = [[[0.7], [0.9]], [[0.7, 0.9]]], [[1, 0.8], [1]]
    net = Network(1, [Layer(2), Layer(1)], init=(weights, biases), dtype="float64")
    close(net.hidden([[0.5]], 1), [[0.7941296282, 0.7772998612]])
    close(net.forward([[0.5]]), [[0.9051205168]])
    np.testing.assert_array_equal(net.hidden([[0.5]], 0), [[0.5]])


def golden_2_2_1(loss):
    layers = [Layer(2, bias=False), Layer(1, bias=False)]
    init = [[[0.1, 0.8], [0.4, 0.6]], [[0.3, 0.9]]], None
    return Network(2, layers, loss=loss, init=init, dtype="float64")


def test_golden_2_2_1_binary_cross_entropy():
    net = golden_2_2_1("binary_cross_entropy")
    x, y = [[0.35, 0.9]], [1]
    close(net.hidden(x, 1), [[0.6802671967, 0.6637386974]])
    close(net.forward(x), [[0.6902834929]])
    close(net.loss(x, y), -np.log(0.6902834929))
    gradients = net.backward(x, y).weights
    close(gradients[1], [[-0.2106899801, -0.2055708310]])
    close(gradients[0], [[-0.0070732723, -0.0181884144], [-0.0217745374, -0.0559916675]])


def test_golden_2_2_1_squared_error_changes_at_the_old_weights():
    net = golden_2_2_1("squared_error")
    old = [w.copy() for w in net.weights]
    x, y = [[0.35, 0.9]], [[1.0]]
    Z, A = net._run(np.array(x))
    close(-net._output(Z[-1], A[-1], np.array(y))[1], [[0.0662149711]])
    before = net.step(x, y, learning_rate=1.0)
    close(before, 0.5 * (1 - 0.6902834929) ** 2)
    close(net.weights[1] - old[1], [[0.0450438727, 0.0439494386]])
    close(
        net.weights[0] - old[0],
        [[0.0015122104, 0.0038885410], [0.0046552261, 0.0119705813]],
    )


@pytest.mark.parametrize("trained", [False, True])
def test_golden_2_2_2_relu_softmax(trained):
    layers = [Layer(2, "relu", bias=False), Layer(2, "softmax", bias=False)]
    init = [[[0.3, -0.2], [0.5, 0.4]], [[0.6, -0.1], [0.2, 0.7]]], None
    net = Network(2, layers, loss="cross_entropy", init=init, dtype="float64")
    old = [w.copy() for w in net.weights]
    x, t = [[1, 0.5]], [[1, 0]]
    close(net.forward(x), [[0.3822521252, 0.6177478748]])
    if trained:
        loss = net.train(x, t, epochs=1, learning_rate=0.1).loss_curve[0]
    else:
        loss = net.step(x, t, learning_rate=0.1)
    close(loss, 0.9616748744)
    close(
        net.weights[1] - old[1],
        [[0.0123549575, 0.0432423512], [-0.0123549575, -0.0432423512]],
    )
    close(
        net.weights[0] - old[0],
        [[0.0247099150, 0.0123549575], [-0.0494198300, -0.0247099150]],
    )


def test_golden_word2vec_step_is_the_one_hidden_layer_linear_network():
    W_in = np.array([[0.1, 0.2], [-0.3, 0.4], [0.5, -0.1], [0.2, 0.3]])
    W_out = np.array([[0.2, -0.1], [0.4, 0.1], [-0.2, 0.3], [0.1, 0.5]])
    layers = [Layer(2, "linear", bias=False), Layer(4, "softmax", bias=False)]
    init = ([W_in.T, W_out], None)
    net = Network(4, layers, loss="cross_entropy", init=init, dtype="float64")
    heavy, rain = np.eye(4)[[0]], np.eye(4)[[2]]
    close(net.hidden(heavy, 1), [[0.1, 0.2]])
    close(net.forward(heavy), [[0.2370271828, 0.2516841252, 0.2467004457, 0.2645882463]])
    lossy = word2vec_reference.step(W_in, W_out, [0], [0, 1], range(4), [2], 0.5, "softmax")
    close(net.step(heavy, rain, learning_rate=0.5), 1.3995804490)
    assert lossy == pytest.approx(1.3995804490, abs=1e-10)
    np.testing.assert_allclose(net.weights[0], W_in.T, rtol=0, atol=1e-16)
    np.testing.assert_allclose(net.weights[1], W_out, rtol=0, atol=1e-16)
    close(net.forward(heavy)[0, 2], 0.2651718345)
    close(net.loss(heavy, rain), 1.3273772310)


def test_gates_make_xor():
    step = dict(activation="step")
    init = [[[-1, -1], [1, 1]], [[-1, -1]]], [[0.5, -1.5], [0.5]]  # NOR, AND; NOR of both
    net = Network(2, [Layer(2, **step), Layer(1, **step)], init=init)
    np.testing.assert_array_equal(net.forward(XOR[0]).ravel(), XOR[1])


# --- gradients -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS, ids=["bias", "no bias", "skip"])
@pytest.mark.parametrize("hidden", LEARNING, ids=str)
@pytest.mark.parametrize("loss, output", OUTPUTS, ids=str)
def test_gradients(loss, output, hidden, kind):
    rng = np.random.default_rng(11)
    layers = [Layer(4, **hidden), Layer(3, **hidden, **kind), Layer(3, **output, **kind)]
    net = Network(5, layers, loss=loss, dtype="float64", seed=5)
    for b in net.biases:
        if b is not None:
            b[:] = rng.normal(size=b.shape) / 3
    X = rng.normal(size=(6, 5))
    T = make_targets(rng, 6, 3, loss)
    Z = net._run(X)[0]
    assert all(np.abs(z).min() > 1e-5 for z in Z[1:])  # away from the kinks
    gradients = net.backward(X, T)
    assert all(np.abs(g).max() > 1e-4 for g in arrays_of(gradients))
    assert net.gradient_check(X, T) < 1e-7


def test_gradients_without_hidden_layer_and_with_several_skips():
    rng = np.random.default_rng(3)
    X, T = rng.normal(size=(4, 3)), rng.uniform(size=(4, 1))
    assert Network(3, [Layer(1)], dtype="float64").gradient_check(X, T) < 1e-7
    layers = [Layer(2), Layer(2, skip_from=0), Layer(2), Layer(1, skip_from=[2, 0, 1])]
    net = Network(3, layers, dtype="float64")
    assert sorted(net.skips) == [(0, 2), (0, 4), (1, 4), (2, 4)]
    assert net.gradient_check(X, T) < 1e-7


def test_gradient_check_finds_an_error(monkeypatch):
    net = Network(2, [Layer(3), Layer(1)], dtype="float64")
    right = passes.backward

    def wrong(*arguments):
        gradients = right(*arguments)
        gradients.weights[0][0, 1] *= 1.01
        return gradients

    monkeypatch.setattr(passes, "backward", wrong)
    assert net.gradient_check(*XOR) > 1e-4


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("loss", ["squared_error", "binary_cross_entropy"])
def test_gradient_check_leaves_kinks_out(seed, loss):
    """Biases start at 0, so (0, 0) puts every ReLU of the first layer exactly at its kink."""
    layers = [Layer(4, "relu"), Layer(3, "relu"), Layer(1)]
    net = Network(2, layers, loss=loss, seed=seed, dtype="float64")
    assert net.gradient_check(*XOR) < 1e-6
    net.biases[0][:] = 1e-9  # near the kink: eps carries it across
    assert net.gradient_check(*XOR) < 1e-6
    output = Network(2, [Layer(1, "relu")], seed=seed)
    output.weights[0][:] = np.abs(output.weights[0])
    assert output.gradient_check(*XOR) < 1e-6


def test_gradient_check_finds_an_error_beside_a_kink(monkeypatch):
    net = Network(2, [Layer(4, "relu"), Layer(1)], seed=1, dtype="float64")
    right = functions.ACTIVATIONS["relu"]
    wrong = right._replace(derivative=lambda z, a, k, K: 1.01 * right.derivative(z, a, k, K))
    monkeypatch.setitem(functions.ACTIVATIONS, "relu", wrong)
    assert net.gradient_check(*XOR) > 1e-3


def test_gradient_check_says_what_it_cannot_check():
    net = Network(2, [Layer(4, "relu"), Layer(1)], seed=1, dtype="float64")
    with pytest.raises(ValueError, match="every pattern brings a ReLU to its kink"):
        net.gradient_check([[0, 0]], [0])
    with pytest.raises(ValueError, match="eps must lie between"):
        net.gradient_check(*XOR, eps=0)
    net.weights[1][:] = np.nan
    assert np.isnan(net.gradient_check(*XOR))  # and not 0, as if all were right


# --- training ------------------------------------------------------------------------------------


def test_training_without_shuffle_is_the_steps_one_by_one():
    one = Network(2, [Layer(2), Layer(1)], dtype="float64")
    other = one.copy()
    history = one.train(*XOR, epochs=2, learning_rate=0.7, shuffle=False)
    losses = [
        np.mean([other.step(XOR[0][[i]], XOR[1][[i]], 0.7) for i in range(4)]) for _ in range(2)
    ]
    np.testing.assert_allclose(one.parameters, other.parameters, rtol=1e-14)
    np.testing.assert_allclose(history.loss_curve, losses, rtol=1e-14)


def test_batch_training_steps_along_the_mean_gradient():
    one = Network(2, [Layer(2), Layer(1)], dtype="float64")
    other = one.copy()
    one.train(*XOR, epochs=1, batch_size=None, learning_rate=0.8)
    other.step(*XOR, learning_rate=0.8 / 4)
    np.testing.assert_allclose(one.parameters, other.parameters, rtol=1e-14)


@pytest.mark.parametrize("batch_size, learning_rate", [(1, 1.0), (None, 5.0)])
def test_xor(batch_size, learning_rate):
    net = Network(2, [Layer(2), Layer(1)], dtype="float64", seed=3)
    history = net.train(
        *XOR, epochs=20000, batch_size=batch_size, learning_rate=learning_rate, error_limit=0.001
    )
    assert history.reason == "error_limit" and history.loss_curve[-1] < 0.001
    np.testing.assert_array_equal(net.forward(XOR[0]).ravel() > 0.5, XOR[1])


@pytest.mark.parametrize("optimizer", nn.DEFAULTS)
def test_every_optimizer_lowers_the_loss(optimizer):
    rng = np.random.default_rng(5)
    X = rng.normal(size=(64, 3))
    T = np.sin(X @ [1.0, -1.0, 0.5])[:, None]
    net = Network(3, [Layer(8, "tanh"), Layer(1, "linear")], dtype="float64")
    rate = nn.DEFAULTS[optimizer]["learning_rate"] * (1 if "sgd" in optimizer else 3)
    history = net.train(X, T, epochs=60, batch_size=8, optimizer=optimizer, learning_rate=rate / 3)
    assert history.loss_curve[-1] < 0.5 * history.loss_curve[0]


# --- the compiled core against the reference ---------------------------------------------------


def run(path, net, X, T, weight=None, epochs=3, workers=1, **settings):
    """Train a copy of `net` in one of the ways; return it with its losses and moments."""
    twin = net.copy()
    settings = {"error_limit": None, "tol": 0.0, "patience": None} | settings
    training = nn.settings(
        twin.layers,
        twin.loss_name,
        **{
            "n": len(X),
            "batch_size": 8,
            "optimizer": "sgd",
            "given": {},
            "decay": 0.0,
            "dropout": 0.0,
            "l2": 0.0,
            "clip": None,
            "shuffle": True,
            "seed": 9,
        }
        | settings,
    )
    X, T = twin._patterns(X, T)
    moments = np.zeros((2, len(twin.parameters)), twin.dtype)
    rows = X, T, weights_with_mean_1(weight, len(X), twin.dtype), training, 0, epochs, 0
    if path == "reference":
        losses, updates = reference.network_train(twin.layers, twin.parameters, moments, *rows)
    else:
        with blas(twin.dtype) as gemm:
            training = _core.NetworkTraining(
                twin.layers, twin.parameters, moments, *rows, workers, gemm, path
            )
            run_team(training.work, training.workers, training.stop)
        losses, updates = training.losses, training.updates
    return twin.parameters, np.array(losses), moments, updates


def agree(net, X, T, tolerance=None, **settings):
    """Hold every path to the reference."""
    tolerance = tolerance or (1e-11 if net.dtype == np.float64 else 2e-4)
    expected = run("reference", net, X, T, **settings)
    assert np.abs(expected[0] - net.parameters).max() > 1e-4  # something was learnt
    for path in ("loops", "own", "blas"):
        found = run(path, net, X, T, **settings)
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance, err_msg=path)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("loss, output", OUTPUTS, ids=str)
@pytest.mark.parametrize("hidden", LEARNING, ids=str)
def test_paths_agree_with_the_reference(hidden, loss, output, dtype):
    rng = np.random.default_rng(2)
    layers = [Layer(7, **hidden), Layer(19, **hidden, bias=False), Layer(5, **output, skip_from=0)]
    net = Network(6, layers, loss=loss, dtype=dtype)
    X = rng.normal(size=(21, 6))
    agree(net, X, make_targets(rng, 21, 5, loss))


@pytest.mark.parametrize("optimizer", nn.DEFAULTS)
@pytest.mark.parametrize("hidden", [7, 18])
def test_optimizers_agree_with_the_reference(optimizer, hidden):
    rng = np.random.default_rng(4)
    layers = [Layer(hidden, "tanh"), Layer(3, "softmax", skip_from=0)]
    net = Network(6, layers, loss="cross_entropy", dtype="float64")
    X = rng.normal(size=(21, 6)) * (rng.random((21, 6)) < 0.1)  # some inputs are 0 in a batch
    T = np.eye(3)[rng.integers(0, 3, 21)]
    settings = {
        "optimizer": optimizer,
        "l2": 0.05,
        "decay": 0.1,
        "clip": 0.2,
        "weight": rng.uniform(0.5, 2, 21),
        "given": {"learning_rate": 0.05},
    }
    agree(net, X, T, **settings)
    agree(net, X, T, **settings | {"clip": None, "l2": 0.0, "weight": None, "batch_size": None})


@pytest.mark.parametrize("activation", ["relu", "sine", "tanh"])
@pytest.mark.parametrize("shuffle", [True, False])
def test_dropout_agrees_with_the_reference(activation, shuffle):
    rng = np.random.default_rng(5)
    layers = [Layer(40, activation), Layer(9, activation, skip_from=0), Layer(1, skip_from=[0, 1])]
    net = Network(3, layers, dtype="float64")
    X, T = rng.normal(size=(21, 3)), rng.uniform(size=21)
    agree(net, X, T, dropout=[0.3, 0.5], shuffle=shuffle)
    kept = run("own", net, X, T)[0]
    assert np.abs(run("own", net, X, T, dropout=0.3)[0] - kept).max() > 1e-3


def test_stopping_agrees_with_the_reference():
    net = Network(2, [Layer(3), Layer(1)], dtype="float64", seed=4)
    settings = {"epochs": 4000, "given": {"learning_rate": 2.0}, "batch_size": 1}
    agree(net, *XOR, error_limit=0.01, tolerance=1e-9, **settings)
    agree(net, *XOR, tol=1e-3, patience=7, tolerance=1e-9, **settings)
    assert 10 < len(run("loops", net, *XOR, tol=1e-3, patience=7, **settings)[1]) < 4000


@pytest.mark.parametrize("dtype", ["float32", pytest.param("float64", marks=pytest.mark.slow)])
@pytest.mark.parametrize("clip", [None, 0.1])
def test_the_same_bits_for_any_number_of_workers(dtype, clip, monkeypatch):
    started = []
    start = threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", lambda t: (started.append(t), start(t)))
    rng = np.random.default_rng(6)
    layers = [Layer(300, "relu"), Layer(600), Layer(300, "softmax", skip_from=0)]
    net = Network(130, layers, loss="cross_entropy", dtype=dtype)
    X = rng.normal(size=(150, 130))
    T = np.eye(300)[rng.integers(0, 300, 150)]
    settings = {"optimizer": "adam", "batch_size": 64, "clip": clip, "epochs": 2}
    for path in ("own", "blas"):
        one = run(path, net, X, T, dropout=0.2, **settings)
        for workers in (2, 3):
            started.clear()
            several = run(path, net, X, T, dropout=0.2, workers=workers, **settings)
            assert len(started) == workers
            for a, b in zip(one, several, strict=True):
                np.testing.assert_array_equal(a, b)
        if dtype == "float64":
            expected = run("reference", net, X, T, **settings)
            found = run(path, net, X, T, workers=2, **settings)
            np.testing.assert_allclose(found[0], expected[0], atol=1e-9)


# --- interface ---------------------------------------------------------------------------------


def make_blobs(n=60):
    rng = np.random.default_rng(8)
    y = rng.integers(0, 2, n)
    return rng.normal(size=(n, 2)) + 3 * y[:, None], y


def test_sample_weights_are_repetitions():
    X, y = make_blobs(8)
    counts = np.array([1, 3, 2, 1, 1, 2, 4, 2])
    net = Network(2, [Layer(3), Layer(1)], dtype="float64")
    weighted, repeated = net.copy(), net.copy()
    settings = {"epochs": 5, "batch_size": None, "shuffle": False}
    a = weighted.train(X, y, sample_weight=counts, **settings)
    b = repeated.train(np.repeat(X, counts, axis=0), np.repeat(y, counts), **settings)
    np.testing.assert_allclose(weighted.parameters, repeated.parameters, rtol=1e-12)
    np.testing.assert_allclose(a.loss_curve, b.loss_curve, rtol=1e-12)
    assert net.loss(X, y, counts) == pytest.approx(a.loss_curve[0], rel=1e-12)
    assert net.loss(X, y) != pytest.approx(a.loss_curve[0], rel=1e-3)


def test_validation_puts_the_best_weights_back():
    X, y = make_blobs()
    rng = np.random.default_rng(0)
    wrong = rng.permutation(y[:30])  # nothing to learn: it soon gets worse
    net = Network(2, [Layer(20, "tanh"), Layer(1)], loss="binary_cross_entropy")
    history = net.train(
        X[:30],
        wrong,
        epochs=500,
        optimizer="adam",
        learning_rate=0.05,
        validation=(X[30:], y[30:]),
        patience=5,
    )
    assert history.reason == "no_improvement"
    assert len(history.loss_curve) == len(history.validation_curve) < 500
    assert net.loss(X[30:], y[30:]) == min(history.validation_curve)
    assert history.validation_curve[-1] > min(history.validation_curve)


def test_callback_sees_every_epoch_and_can_stop():
    seen = []

    def callback(network, history):
        seen.append((network.loss(*XOR), len(history.loss_curve)))
        return len(seen) == 3

    net = Network(2, [Layer(2), Layer(1)])
    history = net.train(*XOR, epochs=10, callback=callback)
    assert history.reason == "callback"
    assert [count for _, count in seen] == [1, 2, 3]
    assert seen[-1][0] == net.loss(*XOR)
    without = Network(2, [Layer(2), Layer(1)])
    assert without.train(*XOR, epochs=3).loss_curve == history.loss_curve
    np.testing.assert_array_equal(without.parameters, net.parameters)


@pytest.mark.parametrize("optimizer", ["adam", "momentum"])
def test_training_goes_on_from_a_state(optimizer):
    X, y = make_blobs()
    settings = {"optimizer": optimizer, "batch_size": 7, "decay": 0.01}
    once, twice = (Network(2, [Layer(4), Layer(1)]) for _ in range(2))
    whole = once.train(X, y, epochs=5, **settings)
    first = twice.train(X, y, epochs=2, **settings)
    second = twice.train(X, y, epochs=3, state=first.state, **settings)
    assert whole.loss_curve == first.loss_curve + second.loss_curve
    np.testing.assert_array_equal(once.parameters, twice.parameters)
    with pytest.raises(ValueError, match="state comes from"):
        once.train(X, y, optimizer="adagrad", state=first.state)


@pytest.mark.parametrize(
    "units, n, batch, workers", [(2, 4, 1, 1), (20, 4, 1, 1), (200, 3000, 1000, 2)]
)
def test_weights_and_state_agree_after_an_interrupt(units, n, batch, workers):
    rng = np.random.default_rng(1)
    X, T = rng.normal(size=(n, 2)), rng.uniform(size=n)
    settings = {"optimizer": "adam", "decay": 1e-6, "shuffle": False, "batch_size": batch}
    net, twin = (Network(2, [Layer(units), Layer(1)]) for _ in range(2))
    threading.Timer(0.3, lambda: signal.raise_signal(signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        net.train(X, T, epochs=10**7, workers=workers, **settings)
    history, state = net.history, net.history.state
    assert history.reason == "interrupted" and state.updates > 0
    # the same updates in a training that nobody interrupts, the last epoch with fewer patterns
    rest = state.updates * batch - state.epochs * n
    expected = None
    if state.epochs:
        uninterrupted = twin.train(X, T, epochs=state.epochs, **settings)
        expected = uninterrupted.state
        assert history.loss_curve == uninterrupted.loss_curve
    if rest:
        expected = twin.train(X[:rest], T[:rest], epochs=1, state=expected, **settings).state
    assert expected.updates == state.updates
    np.testing.assert_array_equal(net.parameters, twin.parameters)
    np.testing.assert_array_equal(state.moments, expected.moments)
    after = net.train(X, T, epochs=2, state=state, **settings).state
    assert after.updates == state.updates + 2 * n // batch and after.epochs == state.epochs + 2


def test_an_interrupted_callback_leaves_the_state():
    def interrupt(network, history):
        if len(history.loss_curve) == 3:
            raise KeyboardInterrupt

    settings = {"optimizer": "momentum", "batch_size": 1}
    once, twice = (Network(2, [Layer(2), Layer(1)]) for _ in range(2))
    once.train(*XOR, epochs=5, **settings)
    with pytest.raises(KeyboardInterrupt):
        twice.train(*XOR, epochs=5, callback=interrupt, **settings)
    assert twice.history.reason == "interrupted" and twice.history.state.epochs == 3
    twice.train(*XOR, epochs=2, state=twice.history.state, **settings)
    np.testing.assert_array_equal(once.parameters, twice.parameters)


def test_divergence_is_an_error():
    net = Network(1, [Layer(1, "linear")])
    with pytest.raises(FloatingPointError, match="diverged in epoch.*learning_rate=1000"):
        net.train([[1.0], [2.0]], [3.0, 1.0], epochs=1000, learning_rate=1000)


def test_the_seed_decides():
    a, b, c = (Network(3, [Layer(4), Layer(1)], seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(a.parameters, b.parameters)
    assert not np.array_equal(a.parameters, c.parameters)
    X, T = np.random.default_rng(0).random((20, 3)), np.arange(20) / 20
    assert a.train(X, T, seed=1).loss_curve != b.train(X, T, seed=2).loss_curve


def test_initial_weights():
    layers = [Layer(400, "relu"), Layer(200, skip_from=0)]
    for init, limits in [
        ("uniform", (0.05, 0.05, 0.05)),
        ("glorot", (np.sqrt(6 / 700), np.sqrt(6 / 900), np.sqrt(6 / 900))),
        ("he", (np.sqrt(6 / 300), np.sqrt(6 / 700), np.sqrt(6 / 700))),
    ]:
        net = Network(300, layers, init=init)
        for w, limit in zip((*net.weights, net.skips[0, 2]), limits, strict=True):
            assert 0.99 * limit < np.abs(w).max() <= limit * 1.0001
            assert abs(w.mean()) < 0.01 * limit
        assert all((np.abs(b).max() > 0) == (init == "uniform") for b in net.biases)
    net.weights[0][0, 0] = 7  # a view, not a copy
    assert net.parameters[0] == 7


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_save_and_load(tmp_path, dtype):
    layers = [Layer(3, "sigmoid", k=2.0, K=1.5), Layer(2, "softmax", bias=False, skip_from=[0])]
    net = Network(4, layers, loss="cross_entropy", dtype=dtype)
    net.save(tmp_path / "net.safetensors")
    twin = Network.load(tmp_path / "net.safetensors")
    assert repr(twin) == repr(net)
    np.testing.assert_array_equal(twin.parameters, net.parameters)
    X = np.random.default_rng(0).random((5, 4))
    np.testing.assert_array_equal(twin.forward(X), net.forward(X))


def test_load_refuses_other_files(tmp_path, monkeypatch):
    from safetensors.numpy import save_file

    with pytest.raises(FileNotFoundError, match="no file"):
        Network.load(tmp_path / "none")
    (tmp_path / "text").write_text("text")
    with pytest.raises(ValueError, match="no safetensors file"):
        Network.load(tmp_path / "text")
    save_file({"a": np.ones(2)}, tmp_path / "other")
    with pytest.raises(ValueError, match="holds no network"):
        Network.load(tmp_path / "other")
    net = Network(4, [Layer(3), Layer(2)])
    monkeypatch.setattr(files, "FORMAT_VERSION", files.OLDER)
    tensors = files.tensors_of(net._views) | {"biases.1": np.zeros(2, "float32")}
    net.save(tmp_path / "net")
    from safetensors import safe_open

    with safe_open(tmp_path / "net", "numpy") as file:
        save_file(tensors, tmp_path / "wrong", metadata=file.metadata())
    with pytest.raises(ValueError, match="do not fit the layers"):
        Network.load(tmp_path / "wrong")


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: Layer(0), "at least one unit"),
        (lambda: Layer(2.0), "whole number"),
        (lambda: Layer(2, "swish"), "activation must be one of sigmoid, tanh"),
        (lambda: Layer(2, "relu", K=2), "'relu' has no K"),
        (lambda: Layer(2, "tanh", k=2), "'tanh' has no k"),
        (lambda: Layer(2, k=0), "k must be a positive number"),
        (lambda: Network(2, []), "at least one"),
        (lambda: Network(2, [3, 1]), "sequence of Layer"),
        (lambda: Network(0, [Layer(1)]), "n_inputs must lie between 1"),
        (lambda: Network(2, [Layer(2, "softmax"), Layer(1)]), "layer 1: softmax is for the output"),
        (lambda: Network(2, [Layer(2), Layer(1, skip_from=1)]), "layer 2: skip_from=1"),
        (lambda: Network(2, [Layer(2), Layer(1, skip_from=[0, 0])]), "different layers below 1"),
        (lambda: Network(2, [Layer(1)], loss="hinge"), "loss must be one of squared_error"),
        (lambda: Network(2, [Layer(1)], loss="cross_entropy"), "needs 'softmax' outputs"),
        (lambda: Network(2, [Layer(1)], dtype="int32"), "float32 or float64"),
        (lambda: Network(2, [Layer(1)], init="zeros"), "init must be 'glorot'"),
        (lambda: Network(2, [Layer(1)], init=([], [])), "0 weights for 1 layers"),
        (lambda: Network(2, [Layer(1)], init=([[[1, 2, 3]]], [[0]])), r"shape \(1, 3\)"),
        (lambda: Network(2, [Layer(1)], init=([[[1, np.nan]]], [[0]])), "not finite"),
    ],
)
def test_bad_networks(make, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make()


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"X": [[0, 1, 2]]}, r"shape \(patterns, 2\)"),
        ({"X": [0, 1]}, r"not \(2,\)"),
        ({"X": np.zeros((0, 2)), "T": []}, "no patterns"),
        ({"X": [["a", "b"]]}, "X must be numbers"),
        ({"X": [[0, np.nan], [0, 0]]}, "not finite in float32: row 0, column 1"),
        ({"X": [[0, 1e300], [0, 0]]}, "not finite in float32"),
        ({"T": [0, 1]}, "X has 4 patterns, T has 2"),
        ({"T": [0, 1, np.inf, 0]}, "T has a number that is not finite"),
        ({"T": [0, 1, 2, 0]}, "between 0 and 1"),
        ({"epochs": 0}, "epochs must lie between 1"),
        ({"batch_size": 0}, "batch_size must lie between 1"),
        ({"batch_size": 2.5}, "batch_size must be a whole number"),
        ({"optimizer": "lbfgs"}, "optimizer must be one of sgd, momentum"),
        ({"momentum": 0.9}, "'sgd' has no momentum; it has learning_rate"),
        ({"optimizer": "adam", "beta1": 1.0}, "beta1 must be below 1"),
        ({"learning_rate": -1}, "learning_rate must lie between 0"),
        ({"learning_rate": np.nan}, "learning_rate must lie"),
        ({"dropout": 1.0}, "dropout must lie"),
        ({"dropout": [0.1, 0.2]}, "each of the 1 hidden layers"),
        ({"l2": -1}, "l2 must lie"),
        ({"patience": 0}, "patience must lie between 1"),
        ({"workers": -2}, "workers must lie"),
        ({"sample_weight": [1, 1]}, r"shape \(4,\)"),
        ({"sample_weight": [0, 0, 0, 0]}, "not all 0"),
        ({"validation": ([[0, 0]], [1, 0])}, "validation X has 1 patterns, validation T has 2"),
    ],
)
def test_bad_trainings(settings, message):
    net = Network(2, [Layer(2), Layer(1)], loss="binary_cross_entropy")
    before = net.parameters.copy()
    with pytest.raises((TypeError, ValueError), match=message):
        net.train(**{"X": XOR[0], "T": XOR[1]} | settings)
    np.testing.assert_array_equal(net.parameters, before)


def test_what_cannot_learn_says_so():
    net = Network(2, [Layer(2, "step"), Layer(1)])
    for act in (net.train, net.backward):
        with pytest.raises(ValueError, match="'step' has no derivative"):
            act(*XOR)
    net = Network(2, [Layer(2), Layer(3, "softmax")], loss="cross_entropy")
    with pytest.raises(ValueError, match="must add up to 1"):
        net.loss([[0, 1]], [[1, 1, 0]])
    with pytest.raises(ValueError, match="layer must lie between 0 and 2"):
        net.hidden([[0, 1]], 3)


def test_blas_gets_its_threads_back():
    library = openblas()
    if library is None:
        pytest.skip("scipy comes with another BLAS")
    before = library.scipy_openblas_get_num_threads()
    with blas(np.dtype("float32")):
        assert library.scipy_openblas_get_num_threads() == 1
    assert library.scipy_openblas_get_num_threads() == before


def test_blas_gets_its_threads_back_after_two_trainings_at_once():
    library = openblas()
    if library is None:
        pytest.skip("scipy comes with another BLAS")
    before = library.scipy_openblas_get_num_threads()
    library.scipy_openblas_set_num_threads(2)
    try:
        one, other = blas(np.dtype("float32")), blas(np.dtype("float64"))
        one.__enter__()
        other.__enter__()
        one.__exit__(None, None, None)
        assert library.scipy_openblas_get_num_threads() == 1  # the other still trains
        other.__exit__(None, None, None)
        assert library.scipy_openblas_get_num_threads() == 2
    finally:
        library.scipy_openblas_set_num_threads(before)


@pytest.mark.slow
def test_outputs_are_made_in_blocks_of_rows():
    net = Network(4, [Layer(1000, "tanh"), Layer(1000, "tanh"), Layer(2, "linear")])
    X = np.random.default_rng(0).random((20_000, 4), dtype=np.float32)
    T = np.zeros((len(X), 2), np.float32)
    for act in (lambda: net.forward(X), lambda: net.loss(X, T)):
        tracemalloc.start()
        act()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 40e6  # one layer's activations of all patterns are 80 MB
    Z, A = reference.network_forward(net.layers, net._views, X[:3000])
    np.testing.assert_allclose(net.forward(X[:3000]), A[-1], atol=1e-5)


def test_training_leaves_an_older_history_alone():
    X, y = make_blobs()
    net = Network(2, [Layer(4), Layer(1)])
    first = net.train(X, y, epochs=2, optimizer="adam")
    moments, updates = first.state.moments.copy(), first.state.updates
    second = net.train(X, y, epochs=2, optimizer="adam", state=first.state)
    np.testing.assert_array_equal(first.state.moments, moments)
    assert (first.state.updates, first.state.epochs) == (updates, 2)
    assert (second.state.updates, second.state.epochs) == (2 * updates, 4)


def test_a_saved_network_has_the_mode_that_the_umask_gives(tmp_path):
    before = os.umask(0o022)
    try:
        Network(2, [Layer(1)]).save(tmp_path / "net")
    finally:
        os.umask(before)
    assert (tmp_path / "net").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "sparse_adam"])
@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("inputs, hidden", [(70, 20), (9, 4)])
def test_sparse_patterns_give_the_same_bytes_as_dense_ones(inputs, hidden, shuffle, optimizer):
    X = random(50, inputs, 0.1, "csr", random_state=2, dtype=np.float32)
    assert X.nnz > 30
    T = np.eye(3)[np.random.default_rng(3).integers(0, 3, 50)]
    layers = [Layer(hidden, "relu"), Layer(3, "softmax", skip_from=0)]
    dense, sparse = (Network(inputs, layers, loss="cross_entropy") for _ in range(2))
    settings = {"optimizer": optimizer, "shuffle": shuffle, "batch_size": 8, "epochs": 3}
    expected = dense.train(X.toarray(), T, validation=(X.toarray(), T), **settings)
    found = sparse.train(X, T, validation=(X.tocoo(), T), **settings)
    assert found.loss_curve == expected.loss_curve
    assert found.validation_curve == expected.validation_curve
    np.testing.assert_array_equal(sparse.parameters, dense.parameters)
    np.testing.assert_array_equal(sparse.forward(X), dense.forward(X.toarray()))
    assert sparse.loss(X, T) == dense.loss(X.toarray(), T)


@pytest.mark.slow
def test_sparse_patterns_are_not_made_dense():
    n, inputs = 2000, 10_000  # dense: 80 MB
    X = random(n, inputs, 1e-3, "csr", random_state=2, dtype=np.float32)
    T = np.zeros((n, 1), np.float32)
    net = Network(inputs, [Layer(2, "linear"), Layer(1, "linear")])
    tracemalloc.start()
    net.train(X, T, epochs=1, batch_size=10)
    net.forward(X)
    net.loss(X, T)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20e6


def test_what_is_wrong_with_sparse_patterns():
    net = Network(3, [Layer(20), Layer(1)])
    with pytest.raises(ValueError, match=r"shape \(patterns, 3\)"):
        net.forward(csr_matrix(np.ones((2, 4))))
    with pytest.raises(ValueError, match="row 1, column 2 is the first"):
        net.forward(csr_matrix([[0, 1, 0], [0, 0, np.nan]]))
    twice = csr_matrix((np.ones(2), [1, 1], [0, 2]), shape=(1, 3))
    np.testing.assert_array_equal(net.forward(twice), net.forward([[0, 2, 0]]))
    assert twice.nnz == 2  # the caller's matrix is as it was
