"""The weights that a training begins with: random ones, and those of before for more words."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

import w2v._core as _core
from w2v.checks import quoted
from w2v.text.vocabulary import Vocabulary
from w2v.training.model import aligned_copy
from w2v.training.schedule import output_rows
from w2v.training.settings import Settings
from w2v.vectors.keyed import KeyedVectors

Matrix = NDArray[np.float32]

# Added to the seed for each epoch before: the new words of a grown vocabulary shall not start where
# other words once did. An odd number without a pattern: 2^64 divided by the golden ratio.
_APART = 0x9E3779B97F4A7C15


def first_weights(
    vocabulary: Vocabulary,
    settings: Settings,
    outputs: Vocabulary | None = None,
    vectors: KeyedVectors | None = None,
    epochs: int = 0,
    rows: int | None = None,
) -> tuple[Matrix, Matrix]:
    """W_in uniform in [-1/d, 1/d) and W_out zero, as in gensim.

    word2vec.c takes half that width, which cost CBOW 0.3 points of analogies (three seeds).

    Parameters
    ----------
    vocabulary : Vocabulary
        Words of W_in.
    settings : Settings
    outputs : Vocabulary, optional
        Words of W_out, where they are others.
    vectors : KeyedVectors, optional
        Words of these have their vectors as rows of W_in, instead of random ones.
    epochs : int, default 0
        Epochs that a model had before its vocabulary grew.
    rows : int, optional
        Rows of W_in, where they are not those of the words.
    """
    V, d = len(vocabulary), settings.vector_size
    try:
        W_in = _core.aligned_zeros(V if rows is None else rows, d)
        W_out = _core.aligned_zeros(output_rows(settings, len(outputs or vocabulary)), d)
    except MemoryError:
        raise MemoryError(
            f"the weights of {V} words x {d} need {2 * V * d * 4 / 1e9:.1f} GB, more than "
            "there is: lower vector_size or max_final_vocab, or raise min_count"
        ) from None
    _core.fill_uniform(W_in, (settings.seed + epochs * _APART) % 2**64, 1 / d)
    if vectors is not None:
        given = rows_given(vectors, vocabulary)
        W_in[given >= 0] = vectors.vectors[given[given >= 0]]
        if not (finite := np.isfinite(W_in).all(axis=1)).all():
            word = vocabulary.words[np.flatnonzero(~finite)[0]]
            raise ValueError(f"the vector of {quoted(word)} in init_from is not finite")
    return W_in, W_out


def grown_weights(
    old: Vocabulary,
    new: Vocabulary,
    settings: Settings,
    W_in: Matrix,
    W_out: Matrix,
    epochs: int,
) -> tuple[Matrix, Matrix]:
    """Return the weights for a vocabulary that has all words of an old one.

    Words of both keep their rows; other words begin like those of a new model. Under hierarchical
    softmax the rows of W_out are the inner nodes of the Huffman tree: they are kept if the tree is
    the same, and begin with zeros if it is another one.
    """
    if new is old:
        return aligned_copy(W_in), aligned_copy(W_out)
    A, B = first_weights(new, settings, epochs=epochs)
    rows = [new.key_to_index[word] for word in old.words]
    A[rows] = W_in
    if settings.loss != "hs":
        B[rows] = W_out
    elif same_tree(old, new):
        B[:] = W_out
    return A, B


def given_vectors(source: Any, vector_size: int) -> KeyedVectors:
    """Return the vectors that `init_from` names, if they are as long as those of a model."""
    name = "init_from"
    if isinstance(source, str | os.PathLike):
        vectors, name = KeyedVectors.load(source), os.fspath(source)
    else:
        vectors = source.wv if hasattr(type(source), "wv") else source
        if not isinstance(vectors, KeyedVectors):
            raise TypeError(
                f"init_from={quoted(source)}: expected KeyedVectors, a model or the path of a file"
            )
    if vectors.vector_size != vector_size:
        raise ValueError(
            f"the vectors of {name} have {vectors.vector_size} numbers each, and "
            f"vector_size={vector_size}: pass vector_size={vectors.vector_size}"
        )
    return vectors


def rows_given(vectors: KeyedVectors, vocabulary: Vocabulary) -> NDArray[np.int64]:
    """Return the row of each word among given vectors, -1 where there is none."""
    if vectors.are_ids != vocabulary.are_ids:
        kinds = ["int" if words.are_ids else "str" for words in (vectors, vocabulary)]
        raise TypeError(f"the words of init_from are {kinds[0]}, and those of the text {kinds[1]}")
    known: Any = vectors.key_to_index
    rows = np.array([known.get(word, -1) for word in vocabulary.words], np.int64)
    if rows.max() < 0:
        raise ValueError(
            f"init_from has a vector of none of the {len(rows):,} words of the vocabulary; its "
            f"first word is {quoted(next(iter(known)))}, and that of the vocabulary "
            f"{quoted(vocabulary.words[0])}"
        )
    return rows


def same_tree(old: Vocabulary, new: Vocabulary) -> bool:
    """Return whether the Huffman trees of two vocabularies are the same, word by word."""
    a, b = old.huffman(), new.huffman()
    return (
        old.words == new.words
        and np.array_equal(a.nodes, b.nodes)
        and np.array_equal(a.codes, b.codes)
    )
