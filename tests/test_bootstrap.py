"""Models of resampled documents."""

import json
import signal

import numpy as np
import pytest

import w2v
from w2v.cli import program as cli
from w2v.demos import world
from w2v.training import bootstrap as module

SETTINGS = {"vector_size": 10, "epochs": 2, "workers": 2, "min_count": 1}


@pytest.fixture(scope="module")
def sentences():
    return list(world.sentences())[:3000]


@pytest.fixture(scope="module")
def found(sentences):
    return w2v.bootstrap(sentences, ["paris", "dog"], n=4, verbose=False, **SETTINGS)


def test_intervals_hold_what_the_models_say(sentences, found):
    interval = found.similarity("london", "paris")
    row = found.vocabulary.key_to_index["london"]
    cosines = found.cosines[:, 0, row]
    assert interval.word == "london"
    assert cosines.min() <= interval.low < interval.mean < interval.high <= cosines.max()
    assert interval.mean == pytest.approx(cosines.mean(), abs=1e-6)
    nearest = found.neighbours("paris")
    assert len(nearest) == 10 and "paris" not in [one.word for one in nearest]
    assert [one.mean for one in nearest] == sorted((one.mean for one in nearest), reverse=True)
    assert all(0 <= one.share <= 1 for one in nearest)


def test_a_model_is_that_of_its_seed_and_documents(sentences, found):
    vocabulary = w2v.Vocabulary.build(sentences, min_count=1)
    encoded = w2v.Corpus(sentences).encode(vocabulary)
    drawn = module.resampled(encoded, encoded.offsets, np.random.default_rng(3))
    words = vocabulary.words
    lists = [[words[i] for i in part] for part in np.split(drawn.ids, drawn.offsets[1:-1])]
    model = w2v.Word2Vec(seed=3, **SETTINGS).fit(lists, vocabulary=vocabulary, verbose=False)
    np.testing.assert_allclose(found.cosines[2, 0], 1 - model.wv.distances("paris"), atol=1e-6)


def test_documents_are_drawn_with_replacement():
    encoded = w2v.Corpus([["a", "b"], ["c"], ["d", "e", "f"]] * 100).encode(
        w2v.Vocabulary(list("abcdef"), [1] * 6)
    )
    drawn = module.resampled(encoded, encoded.offsets, np.random.default_rng(1))

    def parts(of):
        return [tuple(part) for part in np.split(of.ids, of.offsets[1:-1])]

    assert set(parts(drawn)) == set(parts(encoded)) and len(parts(drawn)) == 300
    assert len(set(parts(drawn)[:100])) == 3
    assert drawn.tokens_kept == len(drawn.ids) == drawn.offsets[-1]


def test_stability_is_the_share_of_common_neighbours(found):
    nearest = [set(row.tolist()) for row in found._nearest(1)]
    pairs = [len(a & b) / 10 for i, a in enumerate(nearest) for b in nearest[:i]]
    assert found.stability("dog") == pytest.approx(np.mean(pairs))


def test_a_corpus_of_one_line_is_cut_into_pieces(sentences):
    line = [word for sentence in sentences[:800] for word in sentence]
    found = w2v.bootstrap([line], ["the"], n=2, verbose=False, **SETTINGS)
    assert len(found.neighbours("the")) == 10
    assert not np.array_equal(found.cosines[0], found.cosines[1])


def test_what_is_wrong_is_said(sentences):
    with pytest.raises(KeyError, match="^'xyzzy' is not in the vocabulary"):
        w2v.bootstrap(sentences[:300], ["xyzzy"], verbose=False, **SETTINGS)
    with pytest.raises(ValueError, match="words must name"):
        w2v.bootstrap(sentences[:300], [], verbose=False, **SETTINGS)
    with pytest.raises(ValueError, match="n must"):
        w2v.bootstrap(sentences[:300], ["the"], n=1, verbose=False)


def test_bootstrap_is_a_verb(sentences, tmp_path, capsys):
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("\n".join(map(" ".join, sentences[:1000])))
    command = ["bootstrap", str(corpus), "--words", "the", "-n", "2", "--epochs", "1", "--json"]
    assert cli.main([*command, "--vector-size", "8"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == 11
    assert lines[0].keys() == {"word", "neighbour", "mean", "low", "high", "share"}
    assert 0 <= lines[-1]["stability"] <= 1
    assert cli.main(["bootstrap", str(corpus)]) == 2
    assert "--words" in capsys.readouterr().err


def test_any_number_of_workers_gives_the_same(sentences):
    settings = {"n": 3, "verbose": False, "vector_size": 8, "epochs": 2, "min_count": 1}
    one, two = (w2v.bootstrap(sentences, ["paris"], workers=k, **settings) for k in (1, 2))
    assert np.array_equal(one.cosines, two.cosines)


def test_ctrl_c_ends_all_models(sentences, monkeypatch):
    begun, real = [], module.Word2Vec._fit_encoded

    def fit(self, *given, **how):
        begun.append(self)
        if len(begun) == 1:
            signal.raise_signal(signal.SIGINT)
        return real(self, *given, **how)

    monkeypatch.setattr(module.Word2Vec, "_fit_encoded", fit)
    with pytest.raises(KeyboardInterrupt):
        w2v.bootstrap(sentences, ["paris"], n=20, workers=2, verbose=False, vector_size=8)
    assert len(begun) < 20
