"""Texts as the weighted means of their words' vectors, alone and in scikit-learn's pipelines."""

import doctest
import math
import pickle

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="needs scikit-learn")
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import w2v
from w2v import WordVectorizer, opinions
from w2v.estimators import vectorizer

WORDS = ["the", "good", "bad", "film", "book"]
TEXTS = ["The good film!", "the bad, bad book", "the the", "unknown words", ""]


@pytest.fixture
def kv():
    vectors = np.random.default_rng(2).normal(size=(5, 3)).astype("f4")
    return w2v.KeyedVectors(WORDS, vectors, np.array([60, 20, 10, 6, 4]))


@pytest.fixture(scope="module")
def labelled():
    pairs = opinions.labelled(400)
    return [text for _, text in pairs], [label for label, _ in pairs]


def plain(kv, texts, weight):
    rows = []
    for text in texts:
        known = [word for word in text.lower().replace("!", "").replace(",", "").split()]
        known = [word for word in known if word in kv]
        total = sum((weight[word] * kv[word] for word in known), np.zeros(3))
        rows.append(total / max(1, len(known)))
    return np.array(rows)


def test_mean(kv):
    found = WordVectorizer(vectors=kv).fit(TEXTS).transform(TEXTS)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, plain(kv, TEXTS, dict.fromkeys(WORDS, 1)), atol=1e-6)


def test_idf(kv):
    texts_with = {"the": 3, "good": 1, "bad": 1, "film": 1, "book": 1}
    weight = {word: math.log(6 / (1 + n)) + 1 for word, n in texts_with.items()}
    found = WordVectorizer(vectors=kv, weighting="idf").fit_transform(TEXTS)
    np.testing.assert_allclose(found, plain(kv, TEXTS, weight), atol=1e-6)


@pytest.mark.parametrize("counted", [True, False])
def test_sif_weighs_by_the_counts_of_the_vectors_or_of_the_texts(kv, counted):
    shares = dict(zip(WORDS, kv.counts / 100, strict=True))
    if not counted:
        kv = w2v.KeyedVectors(WORDS, kv.vectors)
        of_fit = {"the": 4, "good": 1, "bad": 2, "film": 1, "book": 1}  # and two unknown words
        shares = {word: n / 11 for word, n in of_fit.items()}
    weight = {word: 0.01 / (0.01 + share) for word, share in shares.items()}
    found = WordVectorizer(vectors=kv, weighting="sif", sif=0.01).fit_transform(TEXTS)
    np.testing.assert_allclose(found, plain(kv, TEXTS, weight), atol=1e-6)


def test_components_are_taken_out(kv):
    whole = WordVectorizer(vectors=kv).fit_transform(TEXTS)
    model = WordVectorizer(vectors=kv, remove_components=1).fit(TEXTS)
    first = np.linalg.svd(whole)[2][0]
    assert abs(model.components_[0] @ first) == pytest.approx(1, abs=1e-5)
    expected = whole - np.outer(whole @ first, first)
    np.testing.assert_allclose(model.transform(TEXTS), expected, atol=1e-5)
    # those of the training are taken out of other texts as well
    other = plain(kv, ["good book"], dict.fromkeys(WORDS, 1))
    expected = other - np.outer(other @ first, first)
    np.testing.assert_allclose(model.transform(["good book"]), expected, atol=1e-5)


def test_lists_of_words_are_taken_as_they_are(kv):
    model = WordVectorizer(vectors=kv).fit(TEXTS)
    np.testing.assert_allclose(
        model.transform([["good", "film", "Film"]]), [kv[["good", "film"]].mean(0)]
    )
    np.testing.assert_array_equal(model.transform([[]]), np.zeros((1, 3)))
    assert model.transform([]).shape == (0, 3)


def test_whitespace_keeps_capitals_and_punctuation():
    kv = w2v.KeyedVectors(["Film!", "film"], np.float32([[1, 0], [0, 1]]))
    found = WordVectorizer(vectors=kv, tokenizer="whitespace").fit_transform(["a Film!\n", "film"])
    np.testing.assert_array_equal(found, [[1, 0], [0, 1]])


def test_vectors_are_trained_where_none_are_given(labelled):
    texts, _ = labelled
    settings = {"vector_size": 12, "min_count": 2, "epochs": 2, "workers": 1, "seed": 5}
    model = WordVectorizer(word2vec=settings).fit(texts)
    lists = list(w2v.Corpus(texts, tokenizer="words").sentences())
    expected = w2v.Word2Vec(**settings).fit(lists, verbose=False).wv
    assert model.vectors_.index_to_key == expected.index_to_key
    np.testing.assert_array_equal(model.vectors_.vectors, expected.vectors)
    assert model.transform(texts).shape == (len(texts), 12)


def test_pipeline_and_search(labelled):
    texts, labels = labelled
    word2vec = {"vector_size": 20, "min_count": 1, "epochs": 20, "workers": 1}
    pipe = make_pipeline(
        WordVectorizer(word2vec=word2vec), StandardScaler(), LogisticRegression(max_iter=500)
    )
    search = GridSearchCV(
        pipe, {"wordvectorizer__weighting": ["mean", "idf", "sif"]}, cv=2, error_score="raise"
    ).fit(texts, labels)
    assert search.best_score_ > max(np.unique(labels, return_counts=True)[1]) / len(labels)
    assert search.best_estimator_[:-1].get_feature_names_out()[0] == "wordvectorizer0"


def test_column_transformer_and_data_frames(kv):
    pandas = pytest.importorskip("pandas", reason="needs pandas")
    table = pandas.DataFrame({"text": TEXTS, "stars": range(5)})
    columns = ColumnTransformer(
        [("words", WordVectorizer(vectors=kv), "text")], remainder="passthrough"
    )
    found = columns.set_output(transform="pandas").fit_transform(table)
    assert list(found.columns) == [
        *(f"words__wordvectorizer{i}" for i in range(3)),
        "remainder__stars",
    ]
    expected = WordVectorizer(vectors=kv).fit_transform(TEXTS)
    np.testing.assert_array_equal(found.to_numpy()[:, :3].astype("f4"), expected)


def test_clone_and_pickle(kv):
    model = WordVectorizer(vectors=kv, weighting="idf", remove_components=2).fit(TEXTS)
    again = clone(model)
    assert (again.weighting, again.remove_components, hasattr(again, "weights_")) == (
        "idf",
        2,
        False,
    )
    loaded = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(loaded.transform(TEXTS), model.transform(TEXTS))
    assert "vectors: 5 words" in model._repr_html_()


def test_what_is_wrong_is_said(kv):
    with pytest.raises(NotFittedError, match="not fitted yet"):
        WordVectorizer(vectors=kv).transform(TEXTS)
    with pytest.raises(TypeError, match="not one text"):
        WordVectorizer(vectors=kv).fit("good")
    with pytest.raises(TypeError, match=r"texts\[1\] is a list, and not of words alone"):
        WordVectorizer(vectors=kv).fit(["good", ["bad", 1]])
    with pytest.raises(ValueError, match=r"texts\[0\] is missing"):
        WordVectorizer(vectors=kv).fit([None])
    with pytest.raises(ValueError, match="there are no texts"):
        WordVectorizer(vectors=kv).fit([])
    with pytest.raises(ValueError, match="weighting must be one of"):
        WordVectorizer(vectors=kv, weighting="tfidf").fit(TEXTS)
    with pytest.raises(TypeError, match="word2vec must be a dict"):
        WordVectorizer(word2vec=50).fit(TEXTS)
    with pytest.raises(TypeError, match="vectors must be KeyedVectors"):
        WordVectorizer(vectors="vectors.bin").fit(TEXTS)


def test_word2vec_clones():
    model = w2v.Word2Vec(vector_size=12, min_count=1, epochs=1)
    assert clone(model).get_params() == model.get_params()
    assert model.set_params(window=3).window == 3
    assert clone(model).window == 3
    with pytest.raises(TypeError, match="windows"):
        model.set_params(windows=3)
    model.fit([["a", "b", "c"]] * 9, verbose=False)
    assert clone(model).vector_size == 12
    with pytest.raises(ValueError, match="settings of a trained model are fixed"):
        model.set_params(window=2)


def test_example():
    assert doctest.testmod(vectorizer).failed == 0
