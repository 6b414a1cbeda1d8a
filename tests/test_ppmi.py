"""PPMI and truncated SVD: counts are training's own pairs, factors the best of their rank."""

import dataclasses
import math
import re
import signal
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

import w2v
from w2v.cli import main
from w2v.demos import world
from w2v.training import ppmi
from w2v.training.settings import meaning
from w2v.vectors import evaluate


@pytest.fixture(scope="module")
def corpus():
    return w2v.Corpus(list(world.sentences())[:3000])


@pytest.fixture(scope="module")
def vocabulary(corpus):
    return w2v.Vocabulary.build(corpus)


def counted(corpus, vocabulary, **settings):
    encoded = corpus.encode(vocabulary)
    keep = vocabulary.keep_probability(settings.get("sample", 0))
    counts = ppmi.count_pairs(encoded, keep, ppmi.PPMISettings(**settings))
    return counts.toarray()


def listed(corpus, vocabulary, window):
    V = len(vocabulary)
    pairs = vocabulary.pairs(corpus, window).astype(np.int64)
    return np.bincount(pairs[:, 0] * V + pairs[:, 1], minlength=V * V).reshape(V, V)


@pytest.mark.parametrize("block", [1 << 22, 700, 3])
def test_counts_are_those_of_the_pairs_that_training_lists(corpus, vocabulary, block, monkeypatch):
    monkeypatch.setattr(ppmi, "_PAIRS", block)
    if block == 3:
        corpus = w2v.Corpus(list(world.sentences())[:60])
        vocabulary = w2v.Vocabulary.build(corpus, min_count=1)
    fixed = counted(corpus, vocabulary, window=4, shrink_windows=False)
    assert np.array_equal(fixed, listed(corpus, vocabulary, 4))
    # windows drawn from 1 to 4: each is as probable
    shrunk = counted(corpus, vocabulary, window=4)
    assert np.array_equal(shrunk, sum(listed(corpus, vocabulary, n) for n in (1, 2, 3, 4)))


def test_blocks_change_nothing_under_subsampling(corpus, vocabulary, monkeypatch):
    whole = counted(corpus, vocabulary, sample=1e-3)
    monkeypatch.setattr(ppmi, "_PAIRS", 1000)
    assert np.array_equal(whole, counted(corpus, vocabulary, sample=1e-3))
    every, other = (counted(corpus, vocabulary, **s) for s in ({}, {"sample": 1e-3, "seed": 2}))
    assert whole.sum() < 0.9 * every.sum()
    assert not np.array_equal(whole, other)


def test_the_matrix_is_that_of_its_definition():
    counts = np.array([[2, 3, 0], [3, 0, 1], [0, 1, 0]])
    shares = ppmi.context_shares(csr_matrix(counts), 0.75)
    found = ppmi.ppmi(csr_matrix(counts), shares, 2.0).toarray()
    totals = counts.sum(axis=1)
    smoothed = totals**0.75 / (totals**0.75).sum()
    assert shares == pytest.approx(smoothed)
    for w in range(3):
        for c in range(3):
            pmi = -np.inf
            if counts[w, c]:
                pmi = math.log(counts[w, c] / totals[w] / smoothed[c]) - math.log(2)
            assert found[w, c] == pytest.approx(max(0, pmi), abs=1e-6)
    assert found.any()


@pytest.mark.parametrize("dense", [True, False])
def test_factors_are_the_best_of_their_rank(dense, monkeypatch):
    monkeypatch.setattr(ppmi, "_DENSE", 200 if dense else 0)
    rng = np.random.default_rng(1)
    matrix = rng.random((60, 60)) * (rng.random((60, 60)) < 0.3)
    U, s, V = ppmi.factorise(csr_matrix(matrix.astype(np.float32)), 7, 1)
    left, sizes, right = np.linalg.svd(matrix)
    assert s == pytest.approx(sizes[:7], rel=1e-4)
    best = left[:, :7] * sizes[:7] @ right[:7]
    assert np.allclose(U * s @ V.T, best, atol=2e-4)
    assert (V[np.abs(V).argmax(axis=0), range(7)] > 0).all()


def test_columns_beyond_the_rank_are_zero():
    U, s, V = ppmi.factorise(csr_matrix(np.diag([3.0, 2, 0]).astype(np.float32)), 5, 1)
    assert s == pytest.approx([3, 2, 0, 0, 0])
    assert not U[:, 2:].any() and not V[:, 2:].any()


def test_ctrl_c_ends_the_factorisation_and_the_model_stays(corpus, monkeypatch, capsys):
    model = w2v.PPMI(vector_size=4).fit(corpus, verbose=True)
    assert re.search(r"factorising: [\d.]+ products", capsys.readouterr().err)
    before, done = model.W_in, []
    real = ppmi.factorise

    def interrupted(matrix, d, seed, show):
        def interrupt(products):
            done.append(products)
            if len(done) == 3:
                signal.raise_signal(signal.SIGINT)

        return real(matrix, d, seed, interrupt)

    monkeypatch.setattr(ppmi, "factorise", interrupted)
    with pytest.raises(KeyboardInterrupt):
        model.fit(corpus, verbose=False)
    assert len(done) == 3 and model.W_in is before and len(model.history) == 1


@pytest.mark.parametrize("power", [0, 0.5, 1])
def test_weighting_moves_the_singular_values(corpus, power):
    model = w2v.PPMI(vector_size=10, eigenvalue_weighting=power).fit(corpus, verbose=False)
    even = w2v.PPMI(vector_size=10).fit(corpus, verbose=False)
    product = model.W_in @ model.W_out.T
    assert np.allclose(product, even.W_in @ even.W_out.T, atol=1e-3)
    s = np.linalg.norm(even.W_in, axis=0) ** 2
    assert np.linalg.norm(model.W_in, axis=0) == pytest.approx(s**power, rel=1e-3)


def test_planted_analogies_are_recovered():
    sentences = list(world.sentences())
    model = w2v.PPMI().fit(sentences, verbose=False)
    result = evaluate.analogies(model.wv, world.questions())
    assert result.total.total == 1388 and result.total.accuracy > 0.9
    (record,) = model.history
    assert 0.5 < record["explained"] < 1 and record["positive"] < record["cells"]
    again = w2v.PPMI(**model.settings).fit(sentences, verbose=False)
    assert np.array_equal(model.W_in, again.W_in)


def test_a_saved_model_is_loaded(corpus, tmp_path, capsys):
    path = tmp_path / "ppmi.safetensors"
    model = w2v.PPMI(vector_size=12, shift=2).fit(corpus, verbose=False)
    model.save(path)
    loaded = w2v.PPMI.load(path)
    assert np.array_equal(loaded.W_in, model.W_in) and np.array_equal(loaded.W_out, model.W_out)
    assert dict(loaded.settings) == dict(model.settings) and loaded.history == model.history
    assert loaded.shift == 2
    vectors = w2v.KeyedVectors.load(path)
    assert vectors.most_similar("king") == model.wv.most_similar("king")
    with pytest.raises(ValueError, match=r"holds a model of w2v\.PPMI, which loads it"):
        w2v.Word2Vec.load(path)
    copy = tmp_path / "copy.safetensors"
    assert main(["convert", str(path), str(copy)]) == 0
    assert copy.read_bytes() == path.read_bytes()
    assert main(["info", str(path)]) == 0
    assert "\nexplained\t0." in capsys.readouterr().out
    w2v.train(world.TOY * 5, min_count=1, verbose=False).save(path)
    with pytest.raises(ValueError, match=r"holds a model of w2v\.Word2Vec"):
        w2v.PPMI.load(path)


def test_bad_settings_and_corpora_are_refused(corpus):
    with pytest.raises(TypeError, match="PPMI has no setting 'size'; here it is vector_size"):
        w2v.PPMI(size=10)
    with pytest.raises(TypeError, match="PPMI has no setting 'lr'$"):
        w2v.PPMI(lr=0.1)
    with pytest.raises(ValueError, match="context_smoothing must lie between 0 and 10"):
        w2v.PPMI(context_smoothing=-1)
    with pytest.raises(ValueError, match="shift must lie between"):
        w2v.PPMI(shift=0)
    model = w2v.PPMI(shift=1e6)
    with pytest.raises(ValueError, match="shift=1e.06; lower shift"):
        model.fit(corpus, verbose=False)
    assert not hasattr(model, "wv")
    with pytest.raises(AttributeError, match=r"window is a setting.*PPMI\(window=...\)"):
        model.window = 3
    with pytest.raises(AttributeError, match="belongs to the vectors: model.wv.most_similar"):
        _ = model.most_similar


def test_a_fit_that_fails_leaves_the_model_as_it_was(corpus):
    model = w2v.PPMI(vector_size=5).fit(corpus, verbose=False)
    before = model.W_in.copy()
    with pytest.raises(ValueError, match="no word occurs min_count=5"):
        model.fit([["a", "b"]], verbose=False)
    assert np.array_equal(model.W_in, before) and len(model.vocabulary) > 2
    with pytest.warns(UserWarning, match=r"PPMI\(\*\*model.settings\)"):
        model.fit(corpus, verbose=False)


def test_shared_settings_mean_the_same():
    word2vec = {item.name: item for item in dataclasses.fields(w2v.Word2Vec().settings)}
    for item in dataclasses.fields(w2v.PPMI().settings):
        if item.name in word2vec:
            assert item.default == word2vec[item.name].default


def test_the_table_of_settings_is_that_of_the_page():
    page = (Path(__file__).parents[1] / "docs" / "training.md").read_text(encoding="utf-8")
    section = page.split("## The baseline that counts")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| `(.*?)` \| (.*) \|$", section, re.M)
    assert len(rows) == 4
    settings = {item.name: item for item in dataclasses.fields(ppmi.PPMISettings)}
    for name, default, about in rows:
        assert about == meaning(settings[name]) and default == repr(settings[name].default)


@pytest.mark.parametrize("kind", [w2v.PPMI, w2v.Word2Vec])
def test_a_second_fit_is_warned_of_where_it_was_called(kind):
    corpus = [["heavy", "rain"], ["light", "shower"], ["strong", "rain"]] * 50
    model = kind(vector_size=2, min_count=1).fit(corpus, verbose=False)
    with pytest.warns(UserWarning, match="starts from new weights") as warned:
        model.fit(corpus, verbose=False)
    assert [warning.filename for warning in warned] == [__file__]
