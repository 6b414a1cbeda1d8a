"""A training that diverges ends soon, says why, and leaves finite weights; one thread a model."""

import threading
import time

import numpy as np
import pytest

import w2v
from w2v import PPMI, FeedForwardClassifier, Layer, Network, TextClassifier, Word2Vec
from w2v.training import divergence
from w2v.training.weights import first_weights

SENTENCES = [[f"w{i * j % 97}" for i in range(9)] for j in range(400)]
pytestmark = pytest.mark.filterwarnings(r"ignore:fit\(\) starts from new:UserWarning")
SMALL = {"min_count": 1, "vector_size": 8, "sample": 0, "workers": 1}


@pytest.mark.parametrize(
    ("settings", "cause"),
    [
        ({"alpha": 99.0}, "alpha=99.0 is too high"),
        ({"alpha": 99.0, "loss": "hs"}, "alpha=99.0 is too high"),
        ({"alpha": 99.0, "loss": "softmax"}, "alpha=99.0 is too high"),
        ({"alpha": 1.0, "negative": 10_000}, "negative=10000 noise words at once"),
    ],
)
def test_the_cause_and_the_state(settings, cause):
    model = Word2Vec(**SMALL, epochs=30, **settings)
    with pytest.raises(FloatingPointError, match=f"diverged in epoch .*{cause}") as error:
        model.fit(SENTENCES * 5, verbose=False)
    assert "words" in str(error.value) and "the weights are" in str(error.value)
    assert np.isfinite(model.W_in).all() and np.isfinite(model.W_out).all()
    assert all(np.isfinite(record["loss"]) for record in model.history)
    assert np.isfinite(model.wv.most_similar("w1", topn=1)[0][1])


def test_the_last_finite_epoch_is_put_back():
    model = Word2Vec(**SMALL, epochs=5)
    good = Word2Vec(**SMALL, epochs=5)
    kept = []
    good.fit(
        SENTENCES,
        verbose=False,
        callbacks=lambda m, r: kept.append((m.W_in.copy(), m.W_out.copy())),
    )

    def spoil(model, record):
        if record["epoch"] == 2:
            spoilt.extend((model.W_in.copy(), model.W_out.copy()))
            divergence_of[0].look(1, np.inf)  # as if the losses had told

    spoilt, divergence_of = [], []
    begin = divergence.Watch.begin

    def noted(self, epoch):
        divergence_of[:] = [self]
        begin(self, epoch)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(divergence.Watch, "begin", noted)
        with pytest.raises(FloatingPointError, match="those after epoch 2"):
            model.fit(SENTENCES, verbose=False, callbacks=spoil)
    assert np.array_equal(model.W_in, kept[1][0]) and np.array_equal(model.W_out, kept[1][1])
    assert [record["epoch"] for record in model.history] == [1, 2]


def test_large_matrices_go_back_to_thefirst_weights(monkeypatch):
    monkeypatch.setattr(divergence, "_MOST_KEPT", 0)
    model = Word2Vec(**SMALL, alpha=99.0)
    with pytest.raises(FloatingPointError, match="the first, untrained"):
        model.fit(SENTENCES, verbose=False)
    first = first_weights(model.vocabulary, model.settings)
    assert np.array_equal(model.W_in, first[0])


@pytest.mark.slow
def test_divergence_is_found_within_a_second():
    sentences = [[f"w{i * j % 997}" for i in range(50)] for j in range(60_000)]  # seconds of work
    corpus = w2v.Corpus(sentences)
    begun = []
    model = Word2Vec(vector_size=100, min_count=1, sample=0, alpha=99.0, workers=1, epochs=50)
    begin = divergence.Watch.begin
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            divergence.Watch,
            "begin",
            lambda self, epoch: (begin(self, epoch), begun.append(time.monotonic())),
        )
        with pytest.raises(FloatingPointError):
            model.fit(corpus, verbose=False)
    assert len(begun) == 1


# ----------------------------------------------------------------------------------------- networks


def diverging(seed=1):
    X = np.random.default_rng(seed).normal(size=(50, 3))
    return X, (X**2).sum(axis=1)


@pytest.mark.parametrize("callback", [None, lambda network, history: False])
def test_networks_go_back_too(callback):
    X, t = diverging()
    net = Network(3, [Layer(5, "linear"), Layer(1, "linear")], loss="squared_error", seed=1)
    with pytest.raises(
        FloatingPointError, match=r"diverged in epoch \d+, by update .*learning_rate"
    ):
        net.train(X, t, epochs=500, learning_rate=0.9, callback=callback)
    assert np.isfinite(net.parameters).all()
    assert len(net.history.loss_curve) == net.history.state.epochs
    assert np.isfinite(net.history.loss_curve).all()


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("callback", [None, lambda network, history: False])
def test_a_network_is_stopped_within_an_epoch(workers, callback):
    """An epoch of all updates takes seconds."""
    rng = np.random.default_rng(0)
    X, T = rng.normal(size=(800_000, 10)).astype("f4"), rng.normal(size=800_000)
    network = Network(10, [Layer(200, "relu"), Layer(1, "linear")])
    before = network.parameters.copy()
    settings = {"learning_rate": 1000, "workers": workers, "callback": callback}
    started = time.monotonic()
    with pytest.raises(FloatingPointError, match=r"in epoch 1, by update .*learning_rate=1000"):
        network.train(X, T, epochs=5, **settings)
    assert time.monotonic() - started < 2  # one is promised; busy machines are forgiven
    assert network.history.state.updates == network.history.state.epochs == 0
    np.testing.assert_array_equal(network.parameters, before)


def test_large_patterns_are_blamed():
    X, t = diverging()
    net = Network(3, [Layer(5, "linear"), Layer(1, "linear")], loss="squared_error", seed=1)
    with pytest.raises(FloatingPointError, match=r"numbers up to .*; scale them"):
        net.train(X * 1e4, t, epochs=50, learning_rate=0.1)
    assert np.isfinite(net.parameters).all()


# ----------------------------------------------------------------------------------------- threads


def in_two_threads(fit, held):
    """Call `fit` here while another thread is inside of it; return the error."""
    inside, go_on = threading.Event(), threading.Event()

    def block(*_):
        inside.set()
        go_on.wait(10)

    other = threading.Thread(target=fit, args=(block,))
    other.start()
    assert inside.wait(10)
    try:
        with pytest.raises(RuntimeError, match=f"another thread trains this {held} now"):
            fit(lambda *_: None)
    finally:
        go_on.set()
        other.join()
    fit(lambda *_: None)  # and now it may


@pytest.mark.parametrize("kind", [Word2Vec, Network, FeedForwardClassifier, TextClassifier, PPMI])
def test_one_model_is_not_fitted_by_two_threads(kind, monkeypatch):
    X, y = [[0.0], [1.0]] * 9, [0, 1] * 9
    if kind is Word2Vec:
        model = Word2Vec(**SMALL, epochs=1)
        in_two_threads(lambda f: model.fit(SENTENCES, verbose=False, callbacks=f), "Word2Vec")
    elif kind is Network:
        net = Network(1, [Layer(1, "linear")], loss="squared_error")
        in_two_threads(lambda f: net.train(X, y, epochs=1, callback=f), "Network")
    elif kind is PPMI:
        model = PPMI(min_count=1, vector_size=2)
        original = PPMI._fit
        hooks = {}

        def hooked(self, *args):
            hooks[threading.get_ident()]()
            return original(self, *args)

        monkeypatch.setattr(PPMI, "_fit", hooked)

        def fit(f):
            hooks[threading.get_ident()] = f
            model.fit(SENTENCES, verbose=False)

        in_two_threads(fit, "PPMI")
    else:
        model = kind(max_iter=1, random_state=1)
        texts = ["good film", "bad film"] * 9 if kind is TextClassifier else X
        original = FeedForwardClassifier._fit
        hooks = {}

        def hooked(self, *args, **named):
            hooks[threading.get_ident()]()
            return original(self, *args, **named)

        monkeypatch.setattr(FeedForwardClassifier, "_fit", hooked)

        def fit(f):
            hooks[threading.get_ident()] = f
            model.fit(texts, y)

        with pytest.warns(UserWarning, match="max_iter"):
            in_two_threads(fit, kind.__name__)
