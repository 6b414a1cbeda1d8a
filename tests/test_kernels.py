"""The compiled step agrees with the numpy reference, under every instruction set."""

from itertools import islice, product

import numpy as np
import pytest

from w2v import _core, reference

ISAS = _core.isa_names()


@pytest.fixture(params=ISAS)
def isa(request):
    before = _core.isa()
    _core.use_isa(request.param)
    yield request.param
    _core.use_isa(before)


def job(rng, V, d, m, n, link, cbow, duplicates):
    """A random step: weights and the rows that go in and come out."""
    W_in, W_out = rng.normal(0, 0.5, (2, V, d))
    counts = rng.integers(1, 7, m) if cbow else np.ones(m, dtype=int)
    starts = np.concatenate([[0], np.cumsum(counts)])
    inputs = rng.integers(0, V, starts[-1])
    if link == "sigmoid" and starts[-1] <= V:  # where no row comes twice they are changed in place
        inputs = rng.permutation(V)[: starts[-1]]
    outputs = rng.permutation(V)[:n]
    if "in" in duplicates:
        inputs[: len(inputs) // 2] = inputs[0]
    if "out" in duplicates:
        outputs[-1] = outputs[0]
        outputs[n // 2] = outputs[0]
    targets = rng.integers(0, 2, n)
    if link == "softmax":  # one word or several, some of them twice
        targets = [rng.integers(0, n, rng.integers(1, 5)) for _ in range(m)]
        targets[0] = int(targets[0][0])
    return W_in, W_out, inputs, starts, outputs, targets


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("link", ["sigmoid", "softmax"])
@pytest.mark.parametrize("duplicates", [(), ("in",), ("out",), ("in", "out")])
@pytest.mark.parametrize("cbow", [False, True])
def test_step_agrees_with_reference(isa, link, cbow, duplicates, exact):
    rng = np.random.default_rng(7)
    sizes = product((1, 2, 7, 8, 16, 33, 100), (1, 2, 5, 16, 17), (1, 2, 5, 6, 7, 13, 40))
    for d, m, n in islice(sizes, 0, None, 3):  # in a third of them every two sizes meet
        *weights, inputs, starts, outputs, targets = job(rng, 50, d, m, n, link, cbow, duplicates)
        expected = [W.copy() for W in weights]
        got = [W.astype(np.float32) for W in weights]
        rows = (inputs, starts, outputs, targets)
        want = reference.step(*expected, *rows, 0.1, link, exact)
        loss = _core.train_step(*got, *rows, 0.1, link, exact)
        assert loss == pytest.approx(want, rel=2e-6)
        for a, b, before in zip(got, expected, weights, strict=True):
            np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-6)
            assert n <= 2 or not np.allclose(b, before)


def test_saturated_scores_keep_the_exact_sigmoid(isa):
    # word2vec.c takes the whole gradient and gensim none where |score| > 6; the sigmoid is exact.
    for score in (-80.0, -20.0, -6.5, 6.5, 20.0, 80.0):
        for label in (0, 1):
            W_in, W_out = np.array([[score]]), np.array([[1.0]])
            got = [W.astype(np.float32) for W in (W_in, W_out)]
            rows = ([0], [0, 1], [0], [label])
            want = reference.step(W_in, W_out, *rows, 0.5, "sigmoid")
            loss = _core.train_step(*got, *rows, 0.5, "sigmoid")
            assert loss == pytest.approx(want, rel=1e-6, abs=2e-7)
            np.testing.assert_allclose(got[0], W_in, rtol=1e-6)
            np.testing.assert_allclose(got[1], W_out, rtol=1e-6, atol=1e-5)


def test_softmax_of_large_scores_does_not_overflow(isa):
    W_in, W_out = np.array([[300.0, -300.0]]), np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]])
    got = [W.astype(np.float32) for W in (W_in, W_out)]
    rows = ([0], [0, 1], [0, 1, 2], [1])
    want = reference.step(W_in, W_out, *rows, 0.01, "softmax")
    assert _core.train_step(*got, *rows, 0.01, "softmax") == pytest.approx(want)
    np.testing.assert_allclose(got[1], W_out, rtol=1e-6)


def test_lecture_golden_step(isa):
    W_in = np.array([[0.1, 0.2], [-0.3, 0.4], [0.5, -0.1], [0.2, 0.3]], dtype=np.float32)
    W_out = np.array([[0.2, -0.1], [0.4, 0.1], [-0.2, 0.3], [0.1, 0.5]], dtype=np.float32)
    before = W_in.copy(), W_out.copy()
    loss = _core.train_step(W_in, W_out, [0], [0, 1], [0, 1, 2, 3], [2], 0.5, "softmax")
    assert loss == pytest.approx(1.3995804490, abs=1e-5)
    np.testing.assert_allclose(
        W_out - before[1],
        [
            [-0.0118513591, -0.0237027183],
            [-0.0125842063, -0.0251684125],
            [0.0376649777, 0.0753299554],
            [-0.0132294123, -0.0264588246],
        ],
        atol=1e-5,
    )
    np.testing.assert_allclose(W_in[0] - before[0][0], [-0.1625989111, 0.0461150245], atol=1e-5)
    np.testing.assert_array_equal(W_in[1:], before[0][1:])


def test_bad_steps_are_refused():
    W = np.zeros((3, 2), dtype=np.float32)
    for rows in (
        ([], [0], [0], [1]),
        ([0], [0, 1], [], []),
        ([0], [0, 2], [0], [1]),
        ([0], [0, 1], [0], [1, 0]),
    ):
        for link in ("sigmoid", "softmax"):
            with pytest.raises(ValueError, match="a step needs|do not belong together"):
                _core.train_step(W, W.copy(), *rows, 0.1, link)
    with pytest.raises(IndexError):
        _core.train_step(W, W.copy(), [3], [0, 1], [0], [1], 0.1, "sigmoid")
    with pytest.raises(ValueError, match="link='x'"):
        _core.train_step(W, W.copy(), [0], [0, 1], [0], [1], 0.1, "x")
    with pytest.raises(ImportError, match="scalar"):
        _core.use_isa("mmx")


def test_uniform_weights_are_a_golden_stream():
    W = _core.aligned_zeros(3, 5)
    _core.fill_uniform(W, 1, 0.5)
    again = _core.aligned_zeros(3, 5)
    _core.fill_uniform(again, 1, 0.5)
    np.testing.assert_array_equal(W, again)
    # a seed's first weights belong to it for good: other figures here are another model
    np.testing.assert_allclose(W[0, :3], [0.36285609, -0.13181049, 0.44356418], rtol=1e-7)
    assert abs(W).max() <= 0.5
    big = _core.aligned_zeros(1000, 50)
    _core.fill_uniform(big, 2, 1.0)
    assert abs(big.mean()) < 0.01 and abs(big.var() - 1 / 3) < 0.01


def test_dots_at_any_address(isa):
    rng = np.random.default_rng(4)
    for d in (1, 3, 4, 7, 8, 9, 31, 100):
        memory = rng.normal(size=9 * (d + 3) + 1).astype(np.float32)
        rows = memory[1:].reshape(9, d + 3)[:, 1 : d + 1]
        query = rng.normal(size=d).astype(np.float32)
        for n in range(10):
            got = np.full(n, np.nan, np.float32)
            _core.dots(query, rows[:n], got)
            np.testing.assert_allclose(got, rows[:n] @ query.astype(float), rtol=1e-5, atol=1e-5)
