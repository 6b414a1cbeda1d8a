"""Several workers on one training, one network, one text.

`.ci/sanitize thread` runs these under ThreadSanitizer, which sees each access of each thread. Here
their results are compared with those of one worker.
"""

import numpy as np
import pytest

import w2v
from corpora import random_text
from w2v import Layer, Network, _core, parallel
from w2v.demos import world
from w2v.text import sources, team
from w2v.training import schedule

WORKERS = 3
SENTENCES = list(world.sentences())[:1500]  # a dozen blocks
OBJECTIVES = [(a, loss) for a in ("skipgram", "cbow") for loss in ("ns", "hs", "softmax")]


@pytest.fixture
def workers(monkeypatch):
    """Let a small text be worked on by several workers, in rounds of several blocks; count them."""
    monkeypatch.setattr(schedule, "BLOCKS_A_WORKER", 1)
    monkeypatch.setattr(schedule, "ROUNDS_AN_EPOCH", 3)
    train, found = _core.Training, []

    def spy(*args, **settings):
        found.append(train(*args, **settings))
        return found[-1]

    monkeypatch.setattr(_core, "Training", spy)
    return lambda: [training.workers for training in found]


def trained(architecture, loss, workers, frozen=None, **settings):
    model = w2v.Word2Vec(
        vector_size=8,
        architecture=architecture,
        loss=loss,
        min_count=1,
        epochs=2,
        workers=workers,
        seed=3,
        **settings,
    )
    return model.fit(SENTENCES, frozen=frozen, verbose=False)


@pytest.mark.parametrize("frozen", [None, ["the", "is", "and", "king"]], ids=["", "frozen"])
@pytest.mark.parametrize(("architecture", "loss"), [o for o in OBJECTIVES if o[1] != "softmax"])
def test_rounds_of_several_workers(workers, architecture, loss, frozen):
    many, one = (trained(architecture, loss, n, frozen, deterministic=True) for n in (WORKERS, 1))
    assert workers() == [WORKERS, 1]
    assert many.wv.vectors.tobytes() == one.wv.vectors.tobytes()
    assert [epoch["loss"] for epoch in many.history] == [epoch["loss"] for epoch in one.history]


@pytest.mark.parametrize("architecture", ["dbow", "dm"])
def test_rounds_of_documents(workers, architecture):
    settings = {"vector_size": 8, "min_count": 1, "epochs": 2, "architecture": architecture}
    tags = [[i, 9000 + i % 3] for i in range(len(SENTENCES))]
    many, one = (
        w2v.Doc2Vec(**settings, workers=n).fit(SENTENCES, tags=tags, verbose=False)
        for n in (WORKERS, 1)
    )
    assert workers() == [WORKERS, 1]
    assert many.W_in.tobytes() == one.W_in.tobytes()
    found = [model.infer_vectors(SENTENCES[:300], epochs=60) for model in (many, one)]
    assert workers()[2] > 1
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize(("architecture", "loss"), OBJECTIVES)
def test_free_running_workers(workers, architecture, loss):
    """Nothing of the work is done twice or left out, and it is learnt from.

    How much depends on how the workers meet: the loss is near that of one worker, not equal.
    """
    many, one = (trained(architecture, loss, n, deterministic=False) for n in (WORKERS, 1))
    assert workers() == [WORKERS, 1]
    assert np.isfinite(many.wv.vectors).all()
    for epoch, expected in zip(many.history, one.history, strict=True):
        assert epoch["examples"] == expected["examples"]
        assert epoch["loss"] == pytest.approx(expected["loss"], rel=0.5)
    assert many.history[-1]["loss"] < many.history[0]["loss"]


@pytest.mark.parametrize("clip", [None, 1.0])
def test_a_network_of_several_workers(clip):
    rng = np.random.default_rng(1)
    X, T = rng.standard_normal((300, 80)), np.eye(5)[rng.integers(0, 5, 300)]

    def weights(workers):
        net = Network(80, [Layer(300, "tanh"), Layer(5, "softmax")], loss="cross_entropy")
        net.train(
            X,
            T,
            epochs=3,
            batch_size=100,
            optimizer="adam",
            clip=clip,
            dropout=0.2,
            workers=workers,
        )
        return b"".join(w.tobytes() for w in net.weights)

    assert weights(WORKERS) == weights(1)


def test_a_text_read_by_several_workers(tmp_path, monkeypatch):
    monkeypatch.setattr(team, "_ALONE", 0)
    monkeypatch.setattr(team, "_MOST_WORDS", 50)
    monkeypatch.setattr(sources, "_CHUNK", 500)
    (tmp_path / "text").write_text(random_text(1, 50_000))
    many, one = (w2v.Corpus(tmp_path / "text", workers=n) for n in (WORKERS, 1))
    assert many.word_counts.tolist() == one.word_counts.tolist()
    assert many.words(range(many.stats.types)) == one.words(range(one.stats.types))


def test_neighbours_found_by_several_workers(monkeypatch):
    wv = trained("skipgram", "ns", 1).wv
    words = list(wv.index_to_key)[:50]
    one = [wv.most_similar(word, topn=7) for word in words]
    monkeypatch.setattr(parallel, "_PART_BYTES", 1000)
    monkeypatch.setattr(parallel, "available_cores", lambda: WORKERS)
    assert [wv.most_similar(word, topn=7) for word in words] == one
