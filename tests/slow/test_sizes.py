"""Offsets of more than 32 bits: matrices, corpora and vocabularies beyond 2^31 and 2^32.

Matrices and ids lie in mappings that nothing was written to: a page takes memory when it is
written. What is trained is compared, byte for byte, with the same words in a small matrix.
"""

import gzip
import mmap
import resource
import sys
from types import SimpleNamespace

import numpy as np
import pytest

import w2v
from w2v import _core
from w2v.text.draws import keep_tables

D = 1024
GIB = 1 << 30
SETTINGS = SimpleNamespace(
    architecture="skipgram",
    loss="ns",
    window=3,
    negative=5,
    shrink_windows=True,
    cbow_gradient="undivided",
    seed=5,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's sparse mappings")
MAP_NORESERVE = 0x4000  # mmap names it from Python 3.13 on


def sparse(dtype, *shape):
    """Return an array of zeros that takes no memory before it is written to."""
    size = int(np.prod(shape, dtype=object)) * np.dtype(dtype).itemsize
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_NORESERVE
    return np.frombuffer(mmap.mmap(-1, size, flags=flags), dtype).reshape(shape)


def spread(V):
    """Choose words from all over a vocabulary: both ends, and where rows pass 2^31 and 2^32."""
    places = {0, 1, 2, V - 3, V - 2, V - 1}
    for power in (29, 30, 31, 32):  # floats; the bytes are four times as many
        row = (1 << power) // D
        places |= {row - 1, row, row + 1}
    return np.array(sorted(p for p in places if 0 <= p < V))


def tables_of(V, words, hs):
    """Draw noise from the chosen words alone, give only them a path."""
    n = len(words)
    entries = np.arange(V)
    noise = np.zeros((V, 2), np.uint32)  # a threshold of 0: always the alias
    noise[:, 1] = words[entries * n // V]
    lengths = np.zeros(V, np.int64)
    lengths[words] = 5 if hs else 0
    starts = np.concatenate([[0], np.cumsum(lengths)])
    rng = np.random.default_rng(1)
    nodes = rng.permuted(np.tile(np.arange(n - 1), (n, 1)), axis=1)[:, :5].ravel()
    nodes = words[nodes] if hs else nodes[:0]  # rows of W_out
    labels = rng.integers(0, 2, 5 * n) if hs else nodes
    labels = np.concatenate([labels, np.zeros(16)]).astype(np.float32)
    return keep_tables(np.ones(V))._replace(
        noise=noise, path_starts=starts, path_nodes=nodes.astype(np.int32), path_labels=labels
    )


def train(V, words, ids, offsets, W_in, W_out, settings, rounds):
    updates = np.full(V, 10, np.float32)
    training = _core.Training(
        words[ids].astype(np.int32),
        offsets,
        W_in,
        W_out,
        settings,
        tables_of(V, words, settings.loss == "hs"),
        round_blocks=4 if rounds else 0,
        updates=(updates, updates) if rounds else None,
    )
    training.start_epoch(0, 0.05, 0.01)
    training.work(0)
    return training.report()


@pytest.mark.parametrize("rounds", [True, False])
@pytest.mark.parametrize(
    ("architecture", "loss"), [("skipgram", "ns"), ("cbow", "ns"), ("cbow", "hs")]
)
@pytest.mark.parametrize("floats", [2**31 - 1024, 2**31 + 1024, 2**32 + 1024])
def test_training_of_matrices_beyond_32_bits(needs, floats, architecture, loss, rounds):
    needs(memory=2 * GIB)
    V = floats // D
    assert V * D == floats
    words = spread(V)
    n = len(words)
    settings = SimpleNamespace(**vars(SETTINGS) | {"architecture": architecture, "loss": loss})
    rng = np.random.default_rng(2)
    ids = rng.integers(0, n, 9_500)
    offsets = np.append(np.arange(0, len(ids), 19), len(ids)).astype(np.int64)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    large = sparse(np.float32, V, D), sparse(np.float32, V, D)
    small = _core.aligned_zeros(n, D), _core.aligned_zeros(n, D)
    for big, little in zip(large, small, strict=True):
        little[:] = rng.uniform(-0.01, 0.01, (n, D))
        big[words] = little
    start = small[0].copy()
    reported = train(V, words, ids, offsets, *large, settings, rounds)
    assert reported == train(n, np.arange(n), ids, offsets, *small, settings, rounds)
    assert not np.array_equal(start, small[0])
    for big, little in zip(large, small, strict=True):
        assert big[words].tobytes() == little.tobytes()
        others = np.setdiff1d(np.concatenate([words - 1, words + 1]).clip(0, V - 1), words)
        assert not big[others].any()
    taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert taken * 1024 < 2 * GIB  # the matrices are 16 to 32 GiB


@pytest.mark.parametrize("rounds", [True, False])
def test_training_beyond_2_to_31_tokens(needs, rounds):
    """All tokens but the last 6,000 are of a word that subsampling leaves out."""
    needs(memory=4 * GIB)
    far, V = 6_000, 10
    tokens = 2**31 + 5_000
    ids = sparse(np.int32, tokens)
    rng = np.random.default_rng(3)
    ids[-far:] = rng.integers(1, V, far)
    # short sentences: for the words around a block a sentence is searched until some are kept
    offsets = np.append(np.arange(0, tokens, 1 << 10), tokens).astype(np.int64)
    offsets = np.unique(np.concatenate([offsets, np.arange(tokens - far, tokens, 20)]))
    keep = np.ones(V)
    keep[0] = 0
    noise = np.column_stack([np.zeros(V), np.arange(V).clip(1)]).astype(np.uint32)
    W_in, W_out = _core.aligned_zeros(V, 16), _core.aligned_zeros(V, 16)
    _core.fill_uniform(W_in, 1, 0.1)
    start = W_in.copy()
    settings = SimpleNamespace(**vars(SETTINGS) | {"shrink_windows": False})
    updates = np.ones(V, np.float32)
    training = _core.Training(
        ids,
        offsets,
        W_in,
        W_out,
        settings,
        keep_tables(keep)._replace(noise=noise),
        round_blocks=8 if rounds else 0,
        updates=(updates, updates) if rounds else None,
    )
    training.start_epoch(0, 0.025, 0.025)
    training.work(0)
    words, examples, _ = training.report()
    lengths = np.diff(offsets[offsets >= tokens - far])
    pairs = sum(min(3, i) + min(3, n - 1 - i) for n in lengths.tolist() for i in range(n))
    assert (words, examples) == (tokens, pairs)
    assert np.array_equal(W_in[0], start[0]) and not W_out[0].any()
    assert (W_in[1:] != start[1:]).any(axis=1).all() and np.isfinite(W_in).all()


def write_repeated(path, block, times):
    """Write a text of many equal parts as gzip of as many members."""
    packed = gzip.compress(block, 6)
    with open(path, "wb") as file:
        for _ in range(times):
            file.write(packed)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_text_of_2_to_32_bytes_and_2_to_31_tokens(tmp_path, needs, workers):
    needs(memory=4 * GIB, disk=24 * GIB)
    line = b"a b a c a d a \xc3\xa9 \n"  # 8 words of 2.1 bytes
    each = 1 << 20
    times = 2**31 // (8 * each) + 1
    write_repeated(tmp_path / "text.gz", line * each, times)
    corpus = w2v.Corpus(
        tmp_path / "text.gz", workers=workers, memory_budget=1 << 28, tmp_dir=tmp_path
    )
    lines = each * times
    assert corpus.stats.tokens == 8 * lines > 2**31
    assert corpus.stats.sentences == corpus.stats.lines == lines
    assert len(line) * lines > 2**32
    vocabulary = w2v.Vocabulary.build(corpus, min_count=1)
    assert dict(zip(vocabulary.words, vocabulary.counts.tolist(), strict=True)) == {
        "a": 4 * lines,
        "b": lines,
        "c": lines,
        "d": lines,
        "\u00e9": lines,
    }
    encoded = corpus.encode(vocabulary, consume=True)
    assert len(encoded.ids) == encoded.offsets[-1] == 8 * lines
    last = [vocabulary.words[i] for i in encoded.ids[-8:]]
    assert last == ["a", "b", "a", "c", "a", "d", "a", "\u00e9"]
    assert (np.diff(encoded.offsets[-1000:]) == 8).all()


def test_21_million_distinct_words(tmp_path, needs):
    needs(memory=8 * GIB, disk=2 * GIB)
    n, step = 21_000_000, 1_000_000
    with open(tmp_path / "text", "wb") as file:
        for start in range(0, n, step):
            numbers = np.arange(start, start + step)
            digits = (numbers[:, None] // 10 ** np.arange(7, -1, -1)) % 10 + ord("0")
            rows = np.column_stack([digits, np.where(numbers % 10 == 9, ord("\n"), ord(" "))])
            file.write(rows.astype(np.uint8).tobytes())
        file.write(b"00000007 20999999\n")
    corpus = w2v.Corpus(tmp_path / "text", workers=2, tmp_dir=tmp_path)
    assert (corpus.stats.types, corpus.stats.tokens) == (n, n + 2)
    assert corpus.words([0, 7, n - 1]) == ["00000000", "00000007", "20999999"]
    assert corpus.find(["20999999", "00000007", "21000000"]).tolist() == [n - 1, 7, -1]
    assert corpus.word_counts.sum() == n + 2
    vocabulary = w2v.Vocabulary.build(corpus, min_count=1)
    assert len(vocabulary) == n
    assert vocabulary.words[:2] == ["00000007", "20999999"]
    assert vocabulary.counts[:3].tolist() == [2, 2, 1]
    encoded = corpus.encode(vocabulary)
    assert encoded.ids[-2:].tolist() == [0, 1]
    assert len(np.unique(encoded.ids)) == n
