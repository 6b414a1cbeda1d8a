"""gensim's names and arguments, done by w2v: what they mean, and what they say."""

import logging

import numpy as np
import pytest

import w2v
import w2v.compat.gensim as gensim
from w2v.compat.gensim.models import Doc2Vec, KeyedVectors, Phrases, Word2Vec
from w2v.compat.gensim.models.callbacks import CallbackAny2Vec
from w2v.compat.gensim.models.doc2vec import TaggedDocument
from w2v.compat.gensim.models.phrases import ENGLISH_CONNECTOR_WORDS, Phraser
from w2v.compat.gensim.models.word2vec import LineSentence, PathLineSentences, Text8Corpus
from w2v.compat.gensim.utils import RULE_DEFAULT, RULE_DISCARD, RULE_KEEP, simple_preprocess

TEXT = [["heavy", "rain"], ["light", "shower"], ["heavy", "shower", "rain"]] * 20
SMALL = {"vector_size": 8, "min_count": 1, "sample": 0, "seed": 3}


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ({}, {"architecture": "cbow"}),
        ({"sg": 1, "window": 3, "negative": 2}, {"window": 3, "negative": 2}),
        ({"sg": 1, "hs": 1, "negative": 0}, {"loss": "hs"}),
        ({"alpha": 0.1, "min_alpha": 0.01, "shrink_windows": False, "epochs": 2, "sg": 1}, None),
    ],
)
def test_arguments_mean_what_they_mean(theirs, ours):
    if ours is None:
        ours = {"alpha": 0.1, "min_alpha": 0.01, "shrink_windows": False, "epochs": 2}
    model = Word2Vec(TEXT, **SMALL, **theirs)
    expected = w2v.Word2Vec(**{"alpha": 0.025, **SMALL, **ours}).fit(TEXT, verbose=False)
    np.testing.assert_array_equal(model.wv.vectors, expected.W_in)
    if theirs.get("hs"):
        assert len(model.wv.get_vecattr("heavy", "code")) in (1, 2, 3)
        assert model.wv.get_vecattr("heavy", "point")[0] == 0
    output = model.syn1[:-1] if theirs.get("hs") else model.syn1neg
    np.testing.assert_array_equal(output, expected.W_out)
    assert model.corpus_count == 60 and model.corpus_total_words == 140
    total = sum(record["loss"] * record["examples"] for record in expected.history)
    assert model.get_latest_training_loss() == pytest.approx(total)


def test_steps_are_the_constructor():
    whole = Word2Vec(TEXT, **SMALL)
    steps = Word2Vec(**SMALL)
    steps.build_vocab(TEXT)
    before = steps.wv.vectors.copy()
    wv = steps.wv
    found = steps.train(TEXT, total_examples=steps.corpus_count, epochs=steps.epochs)
    assert found == (700, 700) and steps.wv is wv
    assert not np.array_equal(wv.vectors, before)
    np.testing.assert_array_equal(wv.vectors, whole.wv.vectors)


def test_new_words_are_added():
    model = Word2Vec(TEXT, **SMALL)
    old = model.wv["heavy"].copy()
    model.build_vocab([["heavy", "snow"]] * 5, update=True)
    np.testing.assert_array_equal(model.wv["heavy"], old)
    assert model.wv.get_vecattr("snow", "count") == 5
    assert model.wv.get_vecattr("heavy", "count") == 45
    model.train([["heavy", "snow"]] * 5, total_words=10, epochs=2)
    assert not np.array_equal(model.wv["heavy"], old)
    model.build_vocab_from_freq({"hail": 7}, update=True)
    assert "hail" in model.wv and len(model.wv) == 6


def test_locked_vectors_stay():
    model = Word2Vec(**SMALL)
    model.build_vocab(TEXT)
    model.wv.vectors_lockf = np.ones(len(model.wv), np.float32)
    model.wv.vectors_lockf[0] = 0
    before = model.wv.vectors.copy()
    model.train(TEXT, total_examples=60, epochs=2)
    assert (model.wv.vectors == before).all(axis=1).tolist() == [True, False, False, False]


def test_given_vectors_are_taken(tmp_path):
    given = KeyedVectors(8)
    given.add_vectors(["rain", "other"], np.eye(2, 8))
    given.save_word2vec_format(tmp_path / "given.txt")
    model = Word2Vec(**SMALL)
    model.build_vocab(TEXT)
    model.wv.intersect_word2vec_format(tmp_path / "given.txt")
    model.train(TEXT, total_examples=60, epochs=2)
    np.testing.assert_array_equal(model.wv["rain"], np.eye(1, 8)[0])
    model.wv.vectors = np.ones((4, 8), np.float32)  # trained on from there
    model.train(TEXT, total_examples=60, epochs=1, start_alpha=1e-4)
    np.testing.assert_allclose(model.wv.vectors, 1, atol=0.1)


def test_rules_choose_words():
    def rule(word, count, min_count):
        rules = {"heavy": RULE_DISCARD, "light": RULE_KEEP}
        return rules.get(word, RULE_DEFAULT)

    model = Word2Vec(TEXT, **SMALL | {"min_count": 30}, trim_rule=rule)
    assert set(model.wv.index_to_key) == {"rain", "shower", "light"}
    fewer = Word2Vec(TEXT, **SMALL, max_final_vocab=3)
    assert fewer.effective_min_count == 21 and len(fewer.wv) == 3


def test_callbacks_are_called():
    class Watch(CallbackAny2Vec):
        def __init__(self):
            self.calls = []

        def on_train_begin(self, model):
            self.calls.append("train")

        def on_epoch_begin(self, model):
            self.calls.append("begin")

        def on_epoch_end(self, model):
            assert model.get_latest_training_loss() > 0 and len(model.wv) == 4
            self.calls.append("end")

        def on_train_end(self, model):
            self.calls.append("trained")

    watch = Watch()
    Word2Vec(TEXT, **SMALL, epochs=2, callbacks=[watch])
    assert watch.calls == ["train", "begin", "end", "begin", "end", "trained"]


def test_what_means_nothing_warns():
    with pytest.warns(UserWarning, match="batch_words=5 has no effect: workers"):
        Word2Vec(batch_words=5)
    with pytest.warns(UserWarning, match="cbow_mean=0 has no effect"):
        Word2Vec(cbow_mean=0)


def test_what_is_wrong_is_said(caplog):
    with pytest.raises(ValueError, match="hs=0 and negative=0"):
        Word2Vec(hs=0, negative=0)
    with pytest.raises(RuntimeError, match="nothing to train on"):
        Word2Vec([])
    with pytest.raises(RuntimeError, match="lower min_count"):
        Word2Vec(TEXT, min_count=1000)
    with pytest.raises(TypeError, match="a file is corpus_file="):
        Word2Vec("text.txt")
    model = Word2Vec(**SMALL)
    with pytest.raises(RuntimeError, match=r"call build_vocab\(\) first"):
        model.train(TEXT, total_examples=60, epochs=1)
    model.build_vocab(TEXT)
    with pytest.raises(ValueError, match="give epochs"):
        model.train(TEXT, total_examples=60)
    with pytest.raises(ValueError, match="give total_examples"):
        model.train(TEXT, epochs=1)
    with caplog.at_level(logging.WARNING):
        Word2Vec(**SMALL, hs=1, negative=5)
    assert "one loss is trained" in caplog.text


def test_models_are_saved(tmp_path):
    model = Word2Vec(TEXT, **SMALL, hs=1, negative=0, sg=1)
    model.save(tmp_path / "gensim.model")
    again = Word2Vec.load(tmp_path / "gensim.model")
    np.testing.assert_array_equal(again.wv.vectors, model.wv.vectors)
    assert (again.sg, again.hs, again.negative, again.corpus_count) == (1, 1, 0, 60)
    again.train(TEXT, total_examples=60, epochs=1)
    scores = model.score([["heavy", "rain"], ["unknown"]])
    assert scores[0] < 0 and scores[1] == 0
    exact = w2v.Word2Vec.load(tmp_path / "gensim.model").score([["heavy", "rain"]])
    assert scores[0] == pytest.approx(exact.log_likelihood * exact.examples)


def test_the_middle_is_foretold():
    model = Word2Vec(TEXT, **SMALL, alpha=0.2, epochs=20)
    words = model.predict_output_word(["heavy"], topn=2)
    assert [word for word, _ in words] == [w for w, _ in model.predict_output_word([0], topn=2)]
    with pytest.warns(UserWarning, match="no word of the context"):
        assert model.predict_output_word(["unknown"]) is None
    with pytest.raises(RuntimeError, match="negative sampling"):
        Word2Vec(TEXT, **SMALL, hs=1, negative=0).predict_output_word(["heavy"])


@pytest.mark.parametrize("binary", [True, False])
def test_vectors_are_written_and_read(tmp_path, binary):
    kv = KeyedVectors(3)
    kv.add_vectors(["a", "b"], np.arange(6.0).reshape(2, 3))
    kv.set_vecattr("b", "count", 9)
    path = tmp_path / "v"
    kv.save_word2vec_format(path, tmp_path / "counts", binary=binary, prefix="*")
    again = KeyedVectors.load_word2vec_format(path, tmp_path / "counts", binary=binary)
    assert again.index_to_key == ["*b", "*a"] and again.get_vecattr("*b", "count") == 9
    np.testing.assert_array_equal(again["*a"], kv["a"])
    path.write_bytes(path.read_bytes()[:-6])
    with pytest.raises(EOFError, match="truncated"):
        KeyedVectors.load_word2vec_format(path, binary=binary)
    kv.save(tmp_path / "v.kv")
    assert KeyedVectors.load(tmp_path / "v.kv", mmap="r").get_vecattr("b", "count") == 9
    with pytest.raises(ValueError, match="leave append"):
        kv.save_word2vec_format(path, append=True)


def test_phrases_are_asked_as_in_gensim():
    text = [["new", "york", "is", "big"], ["in", "new", "york"], ["a", "big", "house"]] * 5
    phrases = Phrases(text, min_count=2, threshold=0.1, connector_words=ENGLISH_CONNECTOR_WORDS)
    ours = w2v.Phrases(min_count=2, threshold=0.1, connector_words="english").fit(text)
    assert phrases[["new", "york"]] == ["new_york"]
    assert list(phrases[text]) == list(ours.transform(text)) == list(Phraser(phrases)[text])
    assert phrases.find_phrases([["new", "york"]]) == {"new_york": ours.phrases[0]["new", "york"]}
    phrases.add_vocab([["old", "town"]] * 9)
    assert "old_town" in phrases.export_phrases()


def test_documents_have_vectors(tmp_path):
    documents = [TaggedDocument(words, [i % 3]) for i, words in enumerate(TEXT)]
    model = Doc2Vec(documents, **SMALL, dm=0, epochs=3, workers=1)
    assert sorted(model.dv.index_to_key) == [0, 1, 2]
    np.testing.assert_array_equal(model.infer_vector(["rain"]), model.infer_vector(["rain"]))
    model.save(tmp_path / "d")
    np.testing.assert_array_equal(Doc2Vec.load(tmp_path / "d").dv[0], model.dv[0])
    with pytest.raises(ValueError, match="takes the mean"):
        Doc2Vec(dm_concat=1)


def test_texts_are_gone_through(tmp_path):
    (tmp_path / "a.txt").write_text("one two three\nfour\n")
    (tmp_path / "b.txt").write_text("five\n")
    lines = LineSentence(tmp_path / "a.txt", max_sentence_length=2)
    assert list(lines) == list(lines) == [["one", "two"], ["three"], ["four"]]
    assert list(PathLineSentences(tmp_path))[-1] == ["five"]
    assert list(Text8Corpus(tmp_path / "a.txt", 3)) == [["one", "two", "three"], ["four"]]
    assert list(LineSentence([b"x y"])) == [["x", "y"]]
    file = str(tmp_path / "a.txt")
    of_file = Word2Vec(corpus_file=file, **SMALL)
    np.testing.assert_array_equal(
        of_file.wv.vectors, Word2Vec(LineSentence(file), **SMALL).wv.vectors
    )
    assert simple_preprocess("Heavy RAIN, a x2 caf\xe9!") == ["heavy", "rain", "caf\xe9"]
    assert simple_preprocess("caf\xe9 _a1b", deacc=True) == ["cafe"]
    assert gensim.models.Word2Vec is Word2Vec


def test_errors_are_of_gensims_classes(tmp_path):
    kv = KeyedVectors(3)
    kv.add_vectors(["a", "b"], np.ones((2, 3)))
    kv.save(tmp_path / "kv")
    with pytest.raises(AttributeError, match="kv"):
        Word2Vec.load(tmp_path / "kv")  # vectors, and no model
    with pytest.raises(AttributeError, match="Word2Vec.load"):
        Word2Vec().load(tmp_path / "kv")
    (tmp_path / "latin.txt").write_bytes(b"1 2\ncaf\xe9 1 2\n")
    with pytest.raises(UnicodeDecodeError):
        KeyedVectors.load_word2vec_format(tmp_path / "latin.txt")


def test_a_rate_that_rises_is_logged(caplog):
    model = Word2Vec(TEXT, **SMALL)
    assert not caplog.records
    model.train(TEXT, total_examples=60, epochs=1)
    assert "where the training before had ended" in caplog.text
    caplog.clear()
    model.build_vocab(TEXT)
    model.train(TEXT, total_examples=60, epochs=1)
    assert not caplog.records
