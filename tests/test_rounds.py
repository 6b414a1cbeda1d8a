"""The compiled training loop behind its border: what is checked, when, and repeatable rounds."""

import time
from threading import Thread
from types import SimpleNamespace

import numpy as np
import pytest

import w2v
from w2v import _core
from w2v.demos import world
from w2v.text.draws import alias_table, keep_tables

SETTINGS = {
    "architecture": "skipgram",
    "loss": "ns",
    "window": 5,
    "negative": 5,
    "shrink_windows": True,
    "cbow_gradient": "undivided",
    "seed": 1,
}


@pytest.fixture(scope="module")
def encoded():
    corpus = w2v.Corpus(list(world.sentences()))
    return corpus.encode(w2v.Vocabulary.build(corpus, min_count=1))


def start(encoded, *, rows=None, columns=20, **changes):
    """Return weights, tables and settings as Training() takes them."""
    V = int(encoded.ids.max()) + 1
    W_in, W_out = (_core.aligned_zeros(rows or V, columns) for _ in range(2))
    _core.fill_uniform(W_in, 1, 1 / columns)
    noise = np.column_stack([a.view(np.uint32) for a in alias_table(np.ones(V))])
    tables = keep_tables(np.full(V, 0.9))._replace(noise=noise)
    return W_in, W_out, SimpleNamespace(**(SETTINGS | changes)), tables


def training(encoded, weights, round_blocks=0):
    updates = tuple(np.zeros(len(W), np.float32) for W in weights[:2])
    return _core.Training(
        encoded.ids, encoded.offsets, *weights, round_blocks=round_blocks, updates=updates
    )


def train(training, epoch=0):
    training.start_epoch(epoch, 0.025, 1e-4)
    training.work(0)
    return training.report()


def test_rounds_of_one_block_are_plain_training(encoded):
    """Where no two blocks touch the same rows nothing is copied, damped or merged."""
    free, rounds = start(encoded), start(encoded)
    assert train(training(encoded, free)) == train(training(encoded, rounds, 1))
    np.testing.assert_array_equal(rounds[0], free[0])
    np.testing.assert_array_equal(rounds[1], free[1])
    assert rounds[1].any()


def test_rounds_that_are_stopped_merge_nothing(encoded):
    """What the copies hold then is of blocks trained before."""
    weights = start(encoded)
    four = training(encoded, weights, 4)
    assert train(four)[0] == len(encoded.ids)
    before = weights[0].copy(), weights[1].copy()
    four.start_epoch(1, 0.025, 1e-4)
    four.stop()
    four.work(0)
    assert four.report() == (0, 0, 0)
    np.testing.assert_array_equal(weights[0], before[0])
    np.testing.assert_array_equal(weights[1], before[1])


def test_an_epoch_starts_anew(encoded):
    """Memory that lives as long as the training carries nothing from one epoch into the next."""
    kept, fresh = start(encoded), start(encoded)
    both = training(encoded, kept, 4)
    for epoch in range(2):
        assert train(both, epoch) == train(training(encoded, fresh, 4), epoch)
    np.testing.assert_array_equal(kept[0], fresh[0])
    np.testing.assert_array_equal(kept[1], fresh[1])


@pytest.mark.parametrize("deterministic", [True, False])
def test_the_corpus_is_checked_once(monkeypatch, deterministic):
    """Not by every worker in every epoch: each check reads all ids."""
    calls = []
    check = _core.check_corpus

    def count(ids, offsets, vocabulary):
        calls.append(len(ids))
        return check(ids, offsets, vocabulary)

    monkeypatch.setattr(_core, "check_corpus", count)
    model = w2v.Word2Vec(
        vector_size=8, min_count=1, workers=2, epochs=3, deterministic=deterministic
    )
    model.fit([list("abcde") * 200] * 300, verbose=False)
    assert len(calls) == 1 and len(model.history) == 3


@pytest.mark.parametrize(
    ("ids", "offsets"),
    [
        ([], [0]),
        ([0, 1], [0, 1]),
        ([0, 1], [1, 2]),
        ([0, 1], [0, 0, 2]),
        ([0, 1], [0, 3, 2]),
        ([0, 5], [0, 2]),
        ([0, -1], [0, 2]),
    ],
)
def test_a_damaged_corpus_is_refused(ids, offsets):
    with pytest.raises(ValueError, match="the corpus holds"):
        _core.check_corpus(np.array(ids, np.int32), np.array(offsets, np.int64), 5)


@pytest.mark.parametrize(
    ("name", "value"),
    [("architecture", "cbov"), ("loss", "sigmoid"), ("cbow_gradient", "whole")],
)
def test_unknown_names_are_refused(encoded, name, value):
    with pytest.raises(ValueError, match=f"{name}='{value}'"):
        training(encoded, start(encoded, **{name: value}))


def test_what_does_not_belong_together_is_refused(encoded):
    with pytest.raises(ValueError, match="W_in or W_out does not belong to the vocabulary"):
        training(encoded, start(encoded, rows=3))
    with pytest.raises(ValueError, match="rounds must know"):
        training(encoded, start(encoded, loss="softmax"), 4)
    with pytest.raises(ValueError, match="updates"):
        _core.Training(encoded.ids, encoded.offsets, *start(encoded), round_blocks=4)
    with pytest.raises(ValueError, match="no worker 1"):
        training(encoded, start(encoded)).work(1)


# --- pauses --------------------------------------------------------------------------------------


def train_to(training, words):
    """Let all workers train until about so many words are done."""
    threads = [Thread(target=training.work, args=(i,)) for i in range(training.workers)]
    for thread in threads:
        thread.start()
    while training.report()[0] < words and any(thread.is_alive() for thread in threads):
        time.sleep(0)
    training.pause()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize(
    ("loss", "workers", "round_blocks"),
    [("ns", 1, 0), ("ns", 1, 1), ("ns", 1, 4), ("ns", 2, 3), ("ns", 4, 4), ("softmax", 1, 0)],
)
def test_pauses_change_nothing(encoded, loss, workers, round_blocks):
    """Neither where the same training goes on, nor where another one takes over."""
    if loss == "softmax":
        end = encoded.offsets[1000]
        encoded = SimpleNamespace(ids=encoded.ids[:end], offsets=encoded.offsets[:1001])
    tokens = len(encoded.ids)
    updates = np.ones(598, np.float32)

    def make(weights):
        options = {"round_blocks": round_blocks, "updates": (updates, updates)}
        return _core.Training(encoded.ids, encoded.offsets, *weights, workers, **options)

    whole, paused = (start(encoded, loss=loss) for _ in range(2))
    expected = make(whole)
    expected.start_epoch(3, 0.025, 1e-4)
    train_to(expected, tokens)
    part, positions = make(paused), [0]
    part.start_epoch(3, 0.025, 1e-4)
    while not part.finished:
        train_to(part, positions[-1] * 1000 + tokens / 4)
        positions.append(part.position)
        if len(positions) % 2:
            reports, part = part.reports, make(paused)
            part.start_epoch(3, 0.025, 1e-4, positions[-1], reports)
        part.resume()
    assert len(positions) > 2 and positions == sorted(positions)
    assert all(position % max(round_blocks, 1) == 0 for position in positions[:-1])
    assert part.report() == expected.report()
    np.testing.assert_array_equal(paused[0], whole[0])
    np.testing.assert_array_equal(paused[1], whole[1])


def test_a_place_that_no_pause_leaves_is_refused(encoded):
    four = training(encoded, start(encoded), 4)
    for block in (-1, 2, 10**6):
        with pytest.raises(ValueError, match=f"go on from block {block}"):
            four.start_epoch(0, 0.025, 1e-4, block)
    four.start_epoch(0, 0.025, 1e-4)
    four.stop()
    assert four.position == -1 and not four.finished
