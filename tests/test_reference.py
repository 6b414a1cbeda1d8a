"""The numpy reference is the lecture: golden numbers, and gradients by finite differences."""

import numpy as np
import pytest

from w2v import reference


def golden_weights():
    W_in = np.array([[0.1, 0.2], [-0.3, 0.4], [0.5, -0.1], [0.2, 0.3]])
    W_out = np.array([[0.2, -0.1], [0.4, 0.1], [-0.2, 0.3], [0.1, 0.5]])
    return W_in, W_out


def test_lecture_golden_step():
    W_in, W_out = golden_weights()
    rows = ([0], [0, 1], [0, 1, 2, 3], [2])
    h = reference.gather(W_in, *rows[:2])
    np.testing.assert_array_equal(h, [[0.1, 0.2]])
    np.testing.assert_allclose(h @ W_out.T, [[0, 0.06, 0.04, 0.11]], atol=1e-15)
    np.testing.assert_allclose(
        reference.softmax(h @ W_out.T),
        [[0.2370271828, 0.2516841252, 0.2467004457, 0.2645882463]],
        atol=1e-9,
    )
    loss = reference.step(W_in, W_out, *rows, 0.5, "softmax")
    assert loss == pytest.approx(1.3995804490, abs=1e-9)
    before_in, before_out = golden_weights()
    np.testing.assert_allclose(
        W_out - before_out,
        [
            [-0.0118513591, -0.0237027183],
            [-0.0125842063, -0.0251684125],
            [0.0376649777, 0.0753299554],
            [-0.0132294123, -0.0264588246],
        ],
        atol=1e-9,
    )
    np.testing.assert_allclose(W_in[0] - before_in[0], [-0.1625989111, 0.0461150245], atol=1e-9)
    np.testing.assert_array_equal(W_in[1:], before_in[1:])
    assert reference.softmax(W_in[0] @ W_out.T)[2] == pytest.approx(0.2651718345, abs=1e-9)
    assert reference.loss(W_in, W_out, *rows, "softmax") == pytest.approx(1.3273772310, abs=1e-9)


@pytest.mark.parametrize("duplicates", [False, True])
@pytest.mark.parametrize("cbow", [False, True])
@pytest.mark.parametrize("link", ["softmax", "sigmoid"])
def test_step_is_the_gradient(link, cbow, duplicates):
    rng = np.random.default_rng(3)
    V, d, m = 9, 5, 4
    W_in, W_out = rng.normal(size=(2, V, d))
    counts = np.array([3, 1, 2, 4]) if cbow else np.ones(m, dtype=int)
    starts = np.concatenate([[0], np.cumsum(counts)])
    inputs = rng.integers(0, 3 if duplicates else V, starts[-1])
    outputs = np.array([2, 2, 5, 7, 2]) if duplicates else np.array([2, 0, 5, 7, 1])
    targets = [4, [0, 1], 3, [3, 3, 2]] if link == "softmax" else [1, 0, 0, 1, 0]
    rows = (inputs, starts, outputs, targets)
    after = W_in.copy(), W_out.copy()
    reference.step(*after, *rows, 1.0, link)
    for k, W in enumerate((W_in, W_out)):
        change = after[k] - W
        assert np.abs(change).max() > 0.01  # the test would pass on zeros otherwise
        numeric = np.zeros_like(W)
        for index in np.ndindex(*W.shape):
            kept = W[index]
            sides = []
            for delta in (1e-5, -1e-5):
                W[index] = kept + delta
                sides.append(reference.loss(W_in, W_out, *rows, link))
            W[index] = kept
            numeric[index] = -(sides[0] - sides[1]) / 2e-5
        np.testing.assert_allclose(change, numeric, rtol=1e-6, atol=1e-9)


def test_undivided_gradient_gives_each_input_the_whole():
    rng = np.random.default_rng(4)
    W_in, W_out = rng.normal(size=(2, 6, 3))
    rows = ([0, 1, 2], [0, 3], [3, 4], [1, 0])
    exact, whole = W_in.copy(), W_in.copy()
    reference.step(exact, W_out.copy(), *rows, 0.1, "sigmoid", exact_gradient=True)
    reference.step(whole, W_out.copy(), *rows, 0.1, "sigmoid", exact_gradient=False)
    np.testing.assert_allclose(whole - W_in, 3 * (exact - W_in), atol=1e-15)


def test_links_at_the_extremes():
    np.testing.assert_allclose(
        reference.sigmoid([1, 3, -4]), [0.7310585786, 0.9525741268, 0.0179862100], atol=1e-9
    )
    assert reference.sigmoid(800.0) == 1 and reference.sigmoid(-800.0) == 0
    np.testing.assert_allclose(
        reference.softmax([1, 2, 3]), [0.0900305732, 0.2447284711, 0.6652409558], atol=1e-9
    )
    np.testing.assert_allclose(reference.softmax([1000, 1000]), [0.5, 0.5])
