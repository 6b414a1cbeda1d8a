"""Damaged files for every reader: what it returns keeps its promises, or its error names the file.

`.ci/fuzz python 100000` does so with many more files; each is a function of the seed that is named
where a reader fails.
"""

import os
import random
import time
import traceback
import warnings

import numpy as np
import pytest
from damage import damaged, sound_files
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import w2v
from w2v.estimators.files import load as load_estimator
from w2v.files.formats import read_vectors
from w2v.files.labelled import read_labelled, read_text_table
from w2v.files.tables import read_table
from w2v.files.words import read_counts
from w2v.vectors.judgements import read_pairs, read_questions

EXAMPLES = int(os.environ.get("W2V_FUZZ_EXAMPLES", 0))  # of a long run
SECONDS = 5  # of processor time: more is a hang


def vectors(path):
    words, matrix, counts = read_vectors(path, mmap=False)
    assert matrix.dtype == np.float32 and matrix.shape[0] == len(words) > 0 < matrix.shape[1]
    assert np.isfinite(matrix).all()
    assert all(isinstance(word, str) and word for word in words)
    assert counts is None or len(counts) == len(words)
    limited = read_vectors(path, mmap=False, limit=2)
    assert list(limited[0]) == list(words[:2])
    assert limited[1].tobytes() == matrix[:2].tobytes()


def mapped(path):
    """Look at all that a mapped file holds."""
    words, matrix, counts = read_vectors(path)
    assert len(list(words)) == len(matrix)
    matrix.sum(dtype=np.float64)
    wv = w2v.KeyedVectors.load(path)
    wv.most_similar(wv.index_to_key[0], topn=3)


def model(path):
    found = w2v.Word2Vec.load(path)
    word = found.wv.index_to_key[0]
    assert np.isfinite(found.wv.vectors).all()
    found.wv.most_similar(word, topn=3)
    found.predict_context(word, topn=3)


def network(path):
    net = w2v.Network.load(path)
    assert np.isfinite(net.forward(np.zeros((2, net.n_inputs)))).all()


def estimator(path):
    found = load_estimator(path)
    found.predict(np.zeros((2, found.n_features_in_)))


def classifier(path):
    assert len(w2v.TextClassifier.load(path).predict(["good", "", "so bad"])) == 3


def table(path, impute=None):
    found = read_table(path, impute=impute)
    assert found.X.dtype == np.float64 and found.X.ndim == 2
    assert np.isfinite(found.X).all()
    assert found.y is None or len(found.y) == len(found.X)
    if found.recipe is not None:
        again = read_table(path, columns=found.recipe)
        assert again.X.tobytes() == found.X.tobytes()


def holes(path):
    table(path, "median")


def labelled(path):
    labels, texts = read_labelled(path)
    assert len(labels) == len(texts) > 0 and all(labels) and all(texts)


def texts(path):
    labels, found, _ = read_text_table(path, "text")
    assert len(labels) == len(found) > 0


def counts(path):
    found = read_counts(path)
    assert found and all(word and count >= 0 for word, count in found.items())


def corpus(path):
    """A plain text is what bytes.split() and the newlines make of it."""
    found = w2v.Corpus(path, workers=1)
    raw = path.read_bytes()
    if path.name.endswith(".txt") and not raw.startswith(
        (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5")
    ):
        raw = raw.removeprefix(b"\xef\xbb\xbf")
        words = raw.split()
        assert found.stats.tokens == len(words)
        assert found.words(range(found.stats.types)) == [w.decode() for w in dict.fromkeys(words)]
        assert found.stats.sentences == sum(1 for line in raw.split(b"\n") if line.split())


def words(path):
    w2v.Corpus(path, tokenizer="words", workers=1)


def questions(path):
    assert all(len(q) == 4 and all(q) for _, asked in read_questions(path) for q in asked)


def pairs(path):
    assert all(a and b and np.isfinite(score) for a, b, score in read_pairs(path))


READERS = {
    "vectors": [vectors, mapped],
    "projector": [vectors],
    "metadata": [lambda path: vectors(path.parent / "vectors.tsv")],
    "model": [model, vectors, mapped],
    "network": [network],
    "estimator": [estimator],
    "classifier": [classifier],
    "table": [table],
    "holes": [holes],
    "labelled": [labelled],
    "texts": [texts],
    "counts": [counts],
    "corpus": [corpus],
    "words": [words],
    "questions": [questions],
    "pairs": [pairs],
}
CASES = [(kind, read) for kind, readers in READERS.items() for read in readers]


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of trainings that are too short
        return sound_files(tmp_path_factory.mktemp("sound"))


def put(folder, name, content, sound):
    """Write a file, with what belongs beside it."""
    for files in (sound["projector"], sound["metadata"]):
        for other, its_content in files.items():
            (folder / other).write_bytes(its_content)
    (folder / name).write_bytes(content)
    return folder / name


def attempt(read, folder, name, content, sound):
    """Read a damaged file; an error must be one for the user."""
    path = put(folder, name, content, sound)
    start = time.process_time()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", UserWarning)
            read(path)
    except (ValueError, OSError) as error:
        assert str(folder) in str(error), f"the error does not name the file: {error!r}"
        assert "allow_pickle" not in str(error)
    finally:
        assert time.process_time() - start < SECONDS


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(("kind", "read"), CASES)
def test_sound_files_are_read(tmp_path, sound, kind, read):
    for name, content in sound[kind].items():
        read(put(tmp_path, name, content, sound))


@pytest.mark.parametrize(("kind", "read"), CASES)
@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rng=st.randoms(use_true_random=False))
def test_damaged_files(tmp_path, sound, kind, read, rng):
    name = rng.choice(sorted(sound[kind]))
    others = [content for files in sound.values() for content in files.values()]
    attempt(read, tmp_path, name, damaged(rng, sound[kind][name], others), sound)


@pytest.mark.skipif(not EXAMPLES, reason="W2V_FUZZ_EXAMPLES says how many (.ci/fuzz python)")
@pytest.mark.parametrize(("kind", "read"), CASES)
def test_many_damaged_files(tmp_path, sound, kind, read):
    others = [content for files in sound.values() for content in files.values()]
    first = int(os.environ.get("W2V_FUZZ_SEED", 0))
    faults = {}  # by where they were noticed
    for seed in range(first, first + EXAMPLES):
        rng = random.Random(seed)
        name = rng.choice(sorted(sound[kind]))
        content = damaged(rng, sound[kind][name], others)
        try:
            attempt(read, tmp_path, name, content, sound)
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            faults.setdefault(
                (where.filename, where.lineno), f"seed {seed}, {name}: {error!r:.500}"
            )
    assert not faults, "\n".join(faults.values())
