"""What a notebook shows of models, vectors, networks, trainings and estimators."""

import numpy as np
import pytest
from markup import Tags

import w2v
from w2v import FeedForwardClassifier, FeedForwardRegressor, KeyedVectors, Perceptron
from w2v.diagram import CURVE_WIDE, curves
from w2v.networks.network import Layer, Network

X, Y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
CORPUS = [["heavy", "rain"], ["light", "shower"], ["<script>", "a&b"]] * 20


def shown(thing):
    html = thing._repr_html_()
    found = Tags(html).found
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in found}
    assert not any(name.startswith("on") for _, attributes in found for name in attributes)
    assert "://" not in html and len(html) < 20_000
    return html


def small_model(**settings):
    model = w2v.Word2Vec(vector_size=4, min_count=1, sample=0, workers=1, **settings)
    return model.fit(CORPUS, verbose=False)


def test_a_model_shows_its_size_its_settings_and_its_training(tmp_path):
    model = small_model(epochs=8, window=3)
    html = shown(model)
    assert "Word2Vec: 6 words, 4 numbers each" in html
    assert "window=3" in html and "negative=" not in html  # a default
    assert "trained on 120 words in 60 lines" in html
    assert html.count("<polyline") == 1 and "the first 3 of 8 records are left out" in html
    model.save(tmp_path / "m.safetensors")
    loaded = w2v.Word2Vec.load(tmp_path / "m.safetensors")
    assert loaded.history == model.history and shown(loaded.history) == shown(model.history)
    assert "Word2Vec, not trained" in shown(w2v.Word2Vec()) and "all defaults" in shown(w2v.PPMI())
    assert "no training yet" in shown(w2v.Word2Vec().history)


def test_counting_has_one_record_and_no_curve():
    model = w2v.PPMI(vector_size=2, min_count=1, sample=0).fit(CORPUS, verbose=False)
    assert "PPMI: 6 words, 2 numbers each" in shown(model)
    assert "explained" in shown(model.history) and "<svg" not in shown(model)


def test_vectors_show_their_first_words_escaped():
    html = shown(small_model(epochs=1).wv)
    assert "&lt;script&gt;" in html and "a&amp;b" in html and "count" in html
    many = KeyedVectors([f"w{i}" for i in range(100)], np.ones((100, 9), np.float32))
    html = shown(many)
    assert "w7<" in html and "w8<" not in html and "92 words of lower rank are left out" in html
    assert "numbers 7 to 9 of each row are left out" in html and "3.000000" in html  # the length
    assert "0 words, 3 numbers" in shown(KeyedVectors([], np.empty((0, 3), np.float32)))


def test_vectors_in_a_file_are_not_read_for_it(tmp_path):
    small_model(epochs=1).wv.save(tmp_path / "v.bin")
    mapped = KeyedVectors.load(tmp_path / "v.bin", limit=3)
    assert "KeyedVectors: 3 words" in shown(mapped)
    wide = KeyedVectors([f"w{i}" for i in range(50)], np.full((50, 2), 0.5, np.float32))
    wide.vectors[20] = np.nan  # beyond what is shown
    assert "nan" not in shown(wide)


def test_a_network_shows_its_layers_and_a_small_one_its_weights():
    net = Network(2, [Layer(2, "tanh"), Layer(1, "sigmoid", skip_from=0)], dtype="float64")
    html = shown(net)
    assert "Network 2-2-1" in html and "trained" not in html
    assert html.count("<title>w = ") == 4 + 2 + 2
    history = net.train(X, [[y] for y in Y], epochs=50, validation=(X, [[y] for y in Y]))
    assert "trained: 50 epochs" in shown(net)
    assert shown(history).count("<polyline") == 2 and "all epochs are done" in shown(history)
    large = shown(Network(100, [Layer(30), Layer(3, "linear")]))
    assert "<svg" not in large and "3000" in large
    assert "K" not in large and "2.5" in shown(Network(1, [Layer(1, "sigmoid", K=2.5)]))


def test_estimators_show_what_is_changed_and_what_was_learnt():
    model = FeedForwardClassifier((3,), "tanh", random_state=1, max_iter=30)
    assert "not fitted" in shown(model) and "max_iter=30" in shown(model)
    with pytest.warns(UserWarning):
        model.fit(X, ["<b>" if y else "no" for y in Y])
    html = shown(model)
    assert "&#x27;&lt;b&gt;&#x27;" in html and "30 epochs, loss" in html
    assert "<circle" in html and "<polyline" in html
    assert "every pattern is right" in shown(Perceptron().fit(X, [0, 0, 0, 1]))
    assert "all defaults" in shown(FeedForwardRegressor())


def test_inside_a_pipeline_scikit_learn_shows_its_own():
    pipeline = pytest.importorskip("sklearn.pipeline")
    utils = pytest.importorskip("sklearn.utils")
    html = utils.estimator_html_repr(pipeline.make_pipeline(FeedForwardClassifier((7,))))
    assert "FeedForwardClassifier" in html and "(7,)" in html


def test_curves_of_any_numbers():
    assert curves({"loss": [1.0]}, "epochs") == curves({}, "epochs") == ""
    assert curves({"loss": [np.nan, np.inf, 1.0]}, "epochs") == ""
    Tags(curves({"flat": [2.0, 2.0], "<b>": [1.0, np.nan, 3.0]}, "epochs"))
    long = curves({"loss": np.linspace(5, 1, 100_001).tolist()}, "epochs")
    assert len(long) < 10_000 and ">5<" in long and ">1<" in long and "100,001" in long
    last = long.split('points="')[1].split('"')[0].split()[-1]
    assert float(last.split(",")[0]) == 90 + CURVE_WIDE
