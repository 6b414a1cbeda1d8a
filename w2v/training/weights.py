"""The weights that a training begins with: random ones, and those of before for more words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import w2v._core as _core
from w2v.text.vocabulary import Vocabulary
from w2v.training.schedule import output_rows
from w2v.training.settings import Settings

Matrix = NDArray[np.float32]

# Added to the seed for each epoch before: the new words of a grown vocabulary shall not start where
# other words once did. An odd number without a pattern: 2^64 divided by the golden ratio.
_APART = 0x9E3779B97F4A7C15


def first_weights(
    vocabulary: Vocabulary, settings: Settings, outputs: Vocabulary | None = None, epochs: int = 0
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
    epochs : int, default 0
        Epochs that a model had before its vocabulary grew.
    """
    V, d = len(vocabulary), settings.vector_size
    try:
        W_in = _core.aligned_zeros(V, d)
        W_out = _core.aligned_zeros(output_rows(settings, len(outputs or vocabulary)), d)
    except MemoryError:
        raise MemoryError(
            f"the weights of {V} words x {d} need {2 * V * d * 4 / 1e9:.1f} GB, more than "
            "there is: lower vector_size or max_final_vocab, or raise min_count"
        ) from None
    _core.fill_uniform(W_in, (settings.seed + epochs * _APART) % 2**64, 1 / d)
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
    A, B = first_weights(new, settings, epochs=epochs)
    rows = [new.key_to_index[word] for word in old.words]
    A[rows] = W_in
    if settings.loss != "hs":
        B[rows] = W_out
    elif same_tree(old, new):
        B[:] = W_out
    return A, B


def same_tree(old: Vocabulary, new: Vocabulary) -> bool:
    """Return whether the Huffman trees of two vocabularies are the same, word by word."""
    a, b = old.huffman(), new.huffman()
    return (
        old.words == new.words
        and np.array_equal(a.nodes, b.nodes)
        and np.array_equal(a.codes, b.codes)
    )
