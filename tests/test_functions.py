"""Activations and losses: the lecture's numbers, derivatives against differences, extremes."""

import numpy as np
import pytest

from w2v.networks import functions
from w2v.networks.functions import ACTIVATIONS, LOSSES

CASES = [
    ("sigmoid", 1.0, 1.0),
    ("sigmoid", 3.0, 1.0),
    ("sigmoid", 0.5, 2.5),
    ("tanh", 1.0, 1.0),
    ("tanh", 1.0, 1.7),
    ("relu", 1.0, 1.0),
    ("linear", 1.0, 1.0),
    ("sine", 1.0, 1.0),
]
LEARNING = [*CASES, ("softmax", 1.0, 1.0)]


def differences(f, z, eps=1e-6):
    """Return (f(z + eps) - f(z - eps)) / 2 eps, one component of z at a time."""
    out = np.empty_like(z)
    for index in np.ndindex(*z.shape):
        sides = []
        for change in (eps, -eps):
            moved = z.copy()
            moved[index] += change
            sides.append(f(moved))
        out[index] = (sides[0] - sides[1]) / (2 * eps)
    return out


def test_golden_softmax_and_sigmoid():
    for z, expected in [
        ([1, 2, 3], [0.0900305732, 0.2447284711, 0.6652409558]),
        ([1, 3, -4], [0.1191072571, 0.8800902045, 0.0008025384]),
        ([2, -1.99, -0.01], [0.8676877006, 0.0160519744, 0.1162603250]),
    ]:
        np.testing.assert_allclose(functions.softmax(z), expected, atol=1e-10)
    values = functions.sigmoid([1, 3, -4])
    np.testing.assert_allclose(values, [0.7310585786, 0.9525741268, 0.0179862100], atol=1e-10)
    assert values.sum() == pytest.approx(1.7016, abs=5e-5)


def test_golden_cross_entropy_in_bits():
    nats = functions.cross_entropy([0.9, 0.02, 0.08], [1, 0, 0])
    assert nats / np.log(2) == pytest.approx(0.1520030934, abs=1e-10)
    assert nats / np.log(2) == pytest.approx(np.log2(10 / 9), abs=1e-14)


def test_cross_entropy_of_a_one_hot_pair_is_the_binary_one():
    pair = functions.cross_entropy([0.3, 0.7], [0, 1])
    assert pair == pytest.approx(functions.binary_cross_entropy([0.7], [1]), abs=1e-15)
    assert functions.binary_cross_entropy([1.0, 0.0], [1.0, 0.0]) == 0


@pytest.mark.parametrize("name, k, K", CASES)
def test_derivatives(name, k, K):
    activation = ACTIVATIONS[name]
    z = np.array([-2.3, -0.7, 0.4, 1.9])  # away from ReLU's kink
    exact = activation.derivative(z, activation.value(z, k, K), k, K)
    numeric = (activation.value(z + 1e-6, k, K) - activation.value(z - 1e-6, k, K)) / 2e-6
    assert np.abs(exact).max() > 0.1
    np.testing.assert_allclose(exact, numeric, rtol=1e-8, atol=1e-9)


def test_values():
    z = np.array([-800.0, -1.0, 0.0, 2.0, 800.0])
    value = {name: ACTIVATIONS[name].value(z, 1.0, 1.0) for name in ACTIVATIONS}
    np.testing.assert_allclose(value["sigmoid"], [0, 1 / (1 + np.e), 0.5, 1 / (1 + np.exp(-2)), 1])
    np.testing.assert_array_equal(value["step"], [0, 0, 0, 1, 1])
    np.testing.assert_array_equal(value["relu"], [0, 0, 0, 2, 800])
    np.testing.assert_array_equal(value["linear"], z)
    np.testing.assert_allclose(value["sine"][1:4], [-np.sin(1), 0, np.sin(2)])
    np.testing.assert_allclose(functions.softmax([1000, 1000]), [0.5, 0.5])


def test_a_steep_sigmoid_is_the_step():
    z = np.array([-1.0, -0.01, 0.01, 1.0])
    step = ACTIVATIONS["step"].value(z, 1.0, 1.0)
    gaps = [np.abs(ACTIVATIONS["sigmoid"].value(z, k, 1.0) - step).max() for k in (1, 100, 10000)]
    assert gaps[0] > gaps[1] > gaps[2] and gaps[2] < 1e-40


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_precision_is_kept(name, dtype):
    z = np.linspace(-2, 2, 6, dtype=dtype).reshape(2, 3)
    a = ACTIVATIONS[name].value(z, 1.0, 1.0)
    assert a.dtype == dtype
    if name != "step":
        assert functions.pull_back(name, z, a, a, 1.0, 1.0).dtype == dtype


def trainable():
    for loss in LOSSES:
        for name, k, K in LEARNING:
            try:
                functions.check_pair(loss, name, K)
            except ValueError:
                continue
            yield loss, name, k, K


def test_the_pairs_that_can_be_trained():
    assert [pair[:2] for pair in trainable() if pair[0] != "squared_error"] == [
        ("binary_cross_entropy", "sigmoid"),
        ("binary_cross_entropy", "sigmoid"),
        ("cross_entropy", "softmax"),
    ]
    assert sum(pair[0] == "squared_error" for pair in trainable()) == len(LEARNING)
    with pytest.raises(ValueError, match="needs 'softmax' outputs.*not 'sigmoid'"):
        functions.check_pair("cross_entropy", "sigmoid")
    with pytest.raises(ValueError, match="with K=2"):
        functions.check_pair("binary_cross_entropy", "sigmoid", 2)


@pytest.mark.parametrize("loss, name, k, K", list(trainable()))
def test_deltas_are_the_losses_derivatives(loss, name, k, K):
    rng = np.random.default_rng(7)
    z = rng.normal(size=(3, 4))
    t = rng.uniform(size=(3, 4))
    if loss == "cross_entropy":
        t /= t.sum(axis=1, keepdims=True)

    def total(z):
        a = ACTIVATIONS[name].value(z, k, K)
        losses = functions.loss_and_delta(loss, name, z, a, t, k, K)[0]
        np.testing.assert_allclose(losses, LOSSES[loss].value(a, t), rtol=1e-12)
        return losses.sum()

    delta = functions.loss_and_delta(loss, name, z, ACTIVATIONS[name].value(z, k, K), t, k, K)[1]
    assert np.abs(delta).max() > 0.05
    np.testing.assert_allclose(delta, differences(total, z), rtol=1e-7, atol=1e-9)


def test_fused_deltas_are_output_minus_target():
    z, t = np.array([[0.3, -2.0, 0.9]]), np.array([[0.0, 1.0, 0.0]])
    p = functions.softmax(z)
    delta = functions.loss_and_delta("cross_entropy", "softmax", z, p, t)[1]
    np.testing.assert_allclose(delta, p - t, atol=1e-15)
    a = functions.sigmoid(2 * z)
    delta = functions.loss_and_delta("binary_cross_entropy", "sigmoid", z, a, t, k=2.0)[1]
    np.testing.assert_allclose(delta, 2 * (a - t), atol=1e-15)
    delta = functions.loss_and_delta("squared_error", "linear", z, z, t)[1]
    np.testing.assert_allclose(delta, z - t, atol=1e-15)


def test_losses_of_saturated_outputs_are_finite():
    z, t = np.array([[800.0, -800.0]]), np.array([[0.0, 1.0]])
    for loss, name in (("cross_entropy", "softmax"), ("binary_cross_entropy", "sigmoid")):
        losses, delta = functions.loss_and_delta(
            loss, name, z, ACTIVATIONS[name].value(z, 1.0, 1.0), t
        )
        np.testing.assert_allclose(losses, [1600])
        np.testing.assert_allclose(delta, [[1, -1]])


def test_the_step_cannot_learn():
    z = np.ones((1, 1))
    with pytest.raises(ValueError, match="'step' has no derivative"):
        functions.pull_back("step", z, z, z, 1.0, 1.0)


def test_jacobian_of_the_softmax():
    x = np.array([[1.0, 2.0, 3.0], [1.0, 3.0, -4.0]])
    found, o = functions.softmax_jacobian(x), functions.softmax(x)
    assert found.shape == (2, 3, 3)
    for row in range(2):
        for k in range(3):
            moved = np.eye(3)[k] * 1e-6
            sides = functions.softmax(x[row] + moved), functions.softmax(x[row] - moved)
            np.testing.assert_allclose(found[row][:, k], (sides[0] - sides[1]) / 2e-6, atol=1e-9)
    np.testing.assert_allclose(found.sum(axis=1), 0, atol=1e-15)
    # pull_back is its product with dE/do
    error = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, 1.0]])
    expected = functions.pull_back("softmax", x, o, error, 1, 1)
    np.testing.assert_allclose(np.einsum("nc,nck->nk", error, found), expected)
    assert functions.softmax_jacobian(np.float32([0, 1])).dtype == np.float32
