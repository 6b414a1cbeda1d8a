"""Things that are saved to files: every test of saving goes through all of them."""

from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

from w2v import Doc2Vec, FeedForwardClassifier, KeyedVectors, Layer, Network, TextClassifier
from w2v.estimators import load
from w2v.files import formats
from w2v.see.explorer import explore
from w2v.vectors.ann import Index


class SavedThing(NamedTuple):
    """Something that is saved to a file: `save(path, n)` writes content that depends on n."""

    save: object
    load: object = None  # returns something that == compares
    suffix: str = ""
    sees_a_cut: bool = True  # whether half a file is an error


WORDS = ["a", "b", "c"]


def matrix(n):
    return np.full((3, 40), n + 0.5, np.float32)


def vectors_in(form, **more):
    def save(path, n):
        formats.write_vectors(path, WORDS, matrix(n), format=form)

    return SavedThing(save, lambda path: formats.read_vectors(path)[1].tolist(), **more)


def save_model(path, n):
    formats.write_model(
        path,
        W_in=matrix(n),
        W_out=matrix(n),
        words=WORDS,
        counts=[3, 2, 1],
        settings={},
        history=[],
    )


@cache  # its history has seconds
def documents(n):
    model = Doc2Vec(vector_size=2, min_count=1, epochs=1, workers=1, seed=n + 1)
    return model.fit([("x", ["a", "b"]), ("y", ["b", "c"])] * 3, verbose=False)


def save_index(path, n):
    pytest.importorskip("faiss", reason="needs faiss, the extra ann")
    rows = np.eye(5, dtype=np.float32) * (n + 1)
    Index.build(rows[: n + 2], np.full(n + 2, n + 1, np.float32), "Flat", "").save(path)


def save_plot(path, n):
    pytest.importorskip("matplotlib", reason="needs matplotlib, the extra plot")
    from w2v.see import figures

    @figures.styled
    def draw():
        figure = figures.new_figure(1, 1 + n)
        figure.subplots()
        figures.save(figure, path)

    draw()


def save_page(path, n):
    words = [*WORDS, "d"]
    explore(KeyedVectors(words, np.eye(4, dtype=np.float32) + n), path)


def save_network(path, n):
    Network(3, [Layer(2, "linear")], seed=n).save(path)


@cache
def classifier(n):
    model = FeedForwardClassifier((2,), max_iter=1, random_state=n)
    return model.fit([[0.0], [1.0]] * 4, [0, 1] * 4)


@cache
def text_classifier(n):
    model = TextClassifier(max_iter=1, random_state=n)
    return model.fit(["good film", "bad film"] * 4, ["+", "-"] * 4)


THINGS = {
    "native": vectors_in("safetensors"),
    "bin": vectors_in("bin"),
    "text": vectors_in("text"),
    "glove": vectors_in("glove", sees_a_cut=False),
    "npz": vectors_in("npz"),
    "tsv": vectors_in("tsv"),
    "gzip": vectors_in(None, suffix=".txt.gz"),
    "xz": vectors_in(None, suffix=".bin.xz"),
    "model": SavedThing(save_model, lambda path: formats.read_model(path).W_out.tolist()),
    "documents": SavedThing(
        lambda path, n: documents(n).save(path), lambda path: Doc2Vec.load(path).W_in.tolist()
    ),
    "counts": SavedThing(
        lambda path, n: formats.write_counts(path, WORDS, [n + 300, n + 200, n + 100]),
        formats.read_counts,
        sees_a_cut=False,
    ),
    "network": SavedThing(save_network, lambda path: Network.load(path).parameters.tolist()),
    "classifier": SavedThing(
        lambda path, n: classifier(n).save(path),
        lambda path: load(path).network_.parameters.tolist(),
    ),
    "texts": SavedThing(
        lambda path, n: text_classifier(n).save(path),
        lambda path: TextClassifier.load(path).network_.parameters.tolist(),
    ),
    "index": SavedThing(save_index),
    "plot": SavedThing(save_plot, suffix=".svg"),
    "page": SavedThing(save_page, suffix=".html"),
}
READ = {name: thing for name, thing in THINGS.items() if thing.load}
