"""Refined vectors: whitened by frequency, with the output rows, against a plain computation."""

import numpy as np
import pytest
from commands import SMALL

import w2v
from w2v.vectors import refined
from w2v.vectors.refined import refine, whitened

V, D = 300, 7


@pytest.fixture
def rows():
    rng = np.random.default_rng(3)
    mix = rng.normal(size=(D, D)) * np.geomspace(5, 0.1, D)
    return (rng.normal(size=(V, D)) @ mix + 4).astype("f4")


@pytest.fixture
def others():
    return np.random.default_rng(4).normal(size=(V, D)).astype("f4")


@pytest.fixture
def counts():
    return (10_000 / np.arange(1, V + 1)).astype(np.int64)


@pytest.fixture(scope="module")
def corpus():
    rng = np.random.default_rng(5)
    return [[f"w{i}" for i in rng.zipf(1.5, 12) if i < 40] for _ in range(300)]


def moments(matrix, counts):
    """Return the mean and the covariance, over the running text."""
    text = np.repeat(matrix.astype(float), counts, axis=0)
    return text.mean(0), np.cov(text.T, bias=True)


def plain(matrix, counts, power):
    """Whiten as the definition says, with the text written out."""
    mean, covariance = moments(matrix, counts)
    variances, directions = np.linalg.eigh(covariance)
    scale = np.diag((variances.max() / variances) ** (power / 2))
    return (matrix - mean) @ directions @ scale @ directions.T


@pytest.mark.parametrize("power", [0, 0.5, 1])
def test_whitening_is_as_defined(rows, counts, power):
    np.testing.assert_allclose(
        whitened([rows], counts, power), plain(rows, counts, power), rtol=1e-4, atol=1e-3
    )


def test_full_power_makes_all_directions_alike(rows, counts):
    mean, covariance = moments(whitened([rows], counts, 1.0), counts)
    np.testing.assert_allclose(mean, 0, atol=1e-4)
    np.testing.assert_allclose(covariance, covariance[0, 0] * np.eye(D), rtol=1e-3, atol=1e-2)


def test_power_0_only_subtracts_the_mean(rows, counts):
    np.testing.assert_allclose(
        whitened([rows], counts, 0.0), rows - moments(rows, counts)[0], atol=1e-4
    )


def test_blocks_do_not_show(rows, others, counts, monkeypatch):
    whole = whitened([rows, others], counts, 0.5)
    monkeypatch.setattr(refined, "BLOCK_ROWS", 64)
    np.testing.assert_allclose(whitened([rows, others], counts, 0.5), whole, rtol=1e-5, atol=1e-5)


def test_matrices(rows, others, counts):
    summed = refine(rows, others, counts, "sum")
    np.testing.assert_allclose(summed, plain(rows + others, counts, 0.5), rtol=1e-4, atol=1e-3)
    np.testing.assert_array_equal(refine(rows, others, counts, "input"), refine(rows, None, counts))
    both = refine(rows, others, counts, "both")
    assert both.shape == (V, 2 * D)
    np.testing.assert_allclose(np.linalg.norm(both[:, :D], axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(both[:, D:], axis=1), 1, rtol=1e-5)


def test_directions_without_variance_stay_finite(counts):
    flat = np.zeros((V, D), "f4")
    flat[:, 0] = np.arange(V)
    assert np.isfinite(refine(flat, None, counts, power=1)).all()
    with pytest.raises(ValueError, match="all vectors are the same"):
        refine(np.ones((V, D), "f4"), None, counts)


@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
def test_of_a_model(corpus, architecture):
    model = w2v.Word2Vec(architecture=architecture, vector_size=9, min_count=1, epochs=2)
    model.fit(corpus, verbose=False)
    before = model.W_in.copy()
    counts = model.vocabulary.counts
    vectors = model.refined()
    np.testing.assert_array_equal(vectors.vectors, refine(model.W_in, model.W_out, counts, "sum"))
    assert vectors.index_to_key == model.wv.index_to_key
    np.testing.assert_array_equal(vectors.counts, counts)
    np.testing.assert_array_equal(model.W_in, before)
    assert vectors.settings == {**model.settings, "refined": "sum", "power": 0.5}
    assert model.refined("both", 1).vector_size == 18


def test_hierarchical_softmax_has_no_output_rows_of_words(corpus):
    model = w2v.Word2Vec(loss="hs", vector_size=9, min_count=1, epochs=1)
    model.fit(corpus, verbose=False)
    expected = refine(model.W_in, None, model.vocabulary.counts, "input")
    np.testing.assert_array_equal(model.refined().vectors, expected)
    for matrices in ("sum", "both"):
        with pytest.raises(ValueError, match="use matrices='input'"):
            model.refined(matrices)


def test_of_counted_vectors(corpus):
    model = w2v.PPMI(vector_size=9, min_count=1).fit(corpus, verbose=False)
    assert model.refined().vectors.shape == model.W_in.shape


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"matrices": "out"}, "matrices must be one of 'sum', 'both', 'input', not"),
        ({"power": 2}, "power must lie between 0 and 1"),
        ({"power": "half"}, "power must"),
    ],
)
def test_wrong_arguments(corpus, arguments, message):
    model = w2v.Word2Vec(vector_size=9, min_count=1, epochs=1).fit(corpus, verbose=False)
    with pytest.raises((ValueError, TypeError), match=message):
        model.refined(**arguments)


def test_before_training():
    with pytest.raises(ValueError, match="call fit"):
        w2v.Word2Vec().refined()


def test_convert(run):
    model = w2v.Word2Vec.load("m.safetensors")
    for matrices in ("sum", "both", "input"):
        status, out, err = run(f"convert m.safetensors r.npz --refined {matrices}")
        assert (status, out) == (0, ""), err
        expected = model.refined(matrices).vectors
        np.testing.assert_array_equal(w2v.KeyedVectors.load("r.npz").vectors, expected)
    run("convert m.safetensors r.safetensors --refined sum --limit 50")
    limited = w2v.KeyedVectors.load("r.safetensors")
    np.testing.assert_array_equal(limited.vectors, model.refined("sum").vectors[:50])
    assert limited.settings == {**model.settings, "refined": "sum", "power": 0.5}
    assert "settings.refined\tsum" in run("info r.safetensors")[1]
    run("convert m.safetensors plain.npz")  # vectors with counts
    run("convert plain.npz r.npz --refined input --limit 50")
    refined = w2v.KeyedVectors.load("r.npz").vectors
    np.testing.assert_array_equal(refined, model.refined("input").vectors[:50])


def test_convert_says_what_is_missing(fails):
    message = fails("convert m.bin r.bin --refined input", 2)
    assert message.startswith("--refined: m.bin has no counts")


def test_convert_of_vectors_alone_has_one_matrix(run, fails):
    run("convert m.safetensors plain.npz")
    message = fails("convert plain.npz r.bin --refined sum", 2)
    assert "--refined sum needs an output row" in message
    assert "use --refined input" in message


def test_train(run):
    flags = f"train world.txt {' '.join(SMALL)} --quiet"
    assert run(f"{flags} -o m.safetensors")[0] == 0
    assert run(f"{flags} -o r.safetensors --refined both")[0] == 0
    expected = w2v.Word2Vec.load("m.safetensors").refined("both").vectors
    np.testing.assert_array_equal(w2v.KeyedVectors.load("r.safetensors").vectors, expected)


def test_train_refuses_before_training(fails):
    message = fails("train world.txt -o r.bin --loss hs --refined sum", 2)
    assert message.startswith("--refined sum needs an output row for each word")
