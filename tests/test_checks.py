"""Names that are known: what a mistyped one gives, and which attributes can be set."""

import copy
import pickle

import numpy as np
import pytest

import w2v
from w2v import Corpus, KeyedVectors, Network, Vocabulary
from w2v.checks import near
from w2v.networks.layers import Layer


def test_near():
    assert near("alfa", ["window", "alpha"]) == "; did you mean 'alpha'?"
    assert near("xyzzy", ["window", "alpha"]) == ""
    # dashes do not make two flags alike, and of two spellings the longer is given
    assert near("--plot", ["--loss"]) == ""
    assert near("--windw", ["-window", "--window"]) == "; did you mean '--window'?"


def things():
    model = w2v.Word2Vec(min_count=1, vector_size=4, epochs=1)
    trained = w2v.train([["a", "b", "c"]] * 9, min_count=1, vector_size=4, verbose=False)
    kv = KeyedVectors(["a", "b"], np.eye(2, dtype=np.float32))
    network = Network(2, [Layer(3, "tanh"), Layer(1, "sigmoid")])
    fitted = w2v.Perceptron().fit([[0.0], [1.0]], [0, 1])
    return [
        (model, "alfa", "alpha"),
        (trained, "histroy", "history"),
        (trained, "vocab", "vocabulary"),
        (Corpus([["a"]]), "stat", "stats"),
        (Vocabulary(["a"], [1]), "count", "counts"),
        (kv, "vector", "vectors"),
        (network, "weight", "weights"),
        (fitted, "max_itr", "max_iter"),
        (w2v.FeedForwardClassifier(), "activaton", "activation"),
        (w2v.FeedForwardRegressor(), "solvr", "solver"),
        (w2v.TextClassifier(), "min_coun", "min_count"),
    ]


@pytest.mark.parametrize("thing, wrong, right", things(), ids=lambda x: str(x)[:20])
def test_only_known_attributes_are_set(thing, wrong, right):
    before = dict(vars(thing))
    with pytest.raises(AttributeError, match=f"{wrong!r} is no attribute of .*mean '{right}'"):
        setattr(thing, wrong, 3)
    with pytest.raises(AttributeError, match="'xyzzy' is no attribute of [A-Za-z0-9]+$"):
        thing.xyzzy = 3
    assert vars(thing) == before
    if isinstance(thing, Corpus):  # it is not copied
        return
    for twin in (copy.copy(thing), copy.deepcopy(thing), pickle.loads(pickle.dumps(thing))):
        assert type(twin) is type(thing)
        with pytest.raises(AttributeError):
            setattr(twin, wrong, 3)


def test_what_cannot_be_set_says_so():
    model = w2v.Word2Vec()
    with pytest.raises(AttributeError, match=r"window is a setting, .*Word2Vec\(window=\.\.\.\)"):
        model.window = 3
    with pytest.raises(AttributeError, match="'fit' is a method of Word2Vec"):
        model.fit = 3
    with pytest.raises(AttributeError, match="'loss' is a method of Network"):
        Network(1, [Layer(1, "linear")]).loss = "squared_error"
    kv = KeyedVectors(["a"], np.ones((1, 2), np.float32))
    with pytest.raises(AttributeError, match="gensim's name; here it is vectors"):
        kv.syn0 = kv.vectors


def test_what_is_known_can_be_set():
    kv = KeyedVectors(["a"], np.ones((1, 2), np.float32))
    kv.counts = np.array([5])
    classifier = w2v.FeedForwardClassifier()
    classifier.max_iter = 5
    classifier.set_params(solver="sgd")
    classifier.classes_ = np.array([0, 1])  # scikit-learn's mark of what fit sets
    assert (classifier.max_iter, classifier.solver, kv.counts[0]) == (5, "sgd", 5)


def test_a_class_of_somebody_else_has_what_it_likes():
    class Mine(w2v.Word2Vec):
        __module__ = "mine"

        def __init__(self, **settings):
            super().__init__(**settings)
            self.log = []

    assert Mine(window=3).log == [] and Mine(window=3).window == 3
    with pytest.raises(AttributeError, match="is a setting"):
        Mine().window = 4


def test_mistyped_settings_are_known_by_their_spelling():
    with pytest.raises(TypeError, match="no setting 'vectorsize'; did you mean 'vector_size'?"):
        w2v.Word2Vec(vectorsize=3)
    with pytest.raises(TypeError, match="no setting 'learning_rate'; here it is alpha"):
        w2v.train([["a"]], learning_rate=0.1)
    with pytest.raises(TypeError, match="no setting 'xyzzy'$"):
        w2v.Word2Vec(xyzzy=3)
