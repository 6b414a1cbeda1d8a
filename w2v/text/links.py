"""Files of two words a line, perhaps with a weight: edges of a graph, pairs to be trained."""

from __future__ import annotations

import os
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.checks import quoted
from w2v.text.corpus import Corpus


class Links(NamedTuple):
    """The lines of a file: row i links the words ``words[ends[i, 0]]`` and ``words[ends[i, 1]]``.

    Attributes
    ----------
    ends : ndarray of int32, shape (n, 2)
    words : list of str
        Of all fields of the file, by place; among them what stands for weights.
    weights : ndarray of float64, shape (n,), or None
        Of the third fields; None where lines have two.
    """

    ends: NDArray[np.int32]
    words: list[str]
    weights: NDArray[np.float64] | None


def read_links(
    path: str | os.PathLike[str], expected: str, comments: tuple[str, ...] = ()
) -> Links:
    """Read lines ``a b``, or lines ``a b weight``.

    Parameters
    ----------
    path : path
        The file, plain or compressed.
    expected : str
        What should stand on each line, for errors.
    comments : tuple of str
        What a line begins with that is left out.

    Raises
    ------
    ValueError
        If lines have another number of fields, or not all the same, or a weight is no number.
    """
    corpus = Corpus(os.fspath(path))
    ids, offsets = corpus.arrays
    words: list[str] = corpus.words(np.arange(corpus.stats.types))
    left_out = np.array([word.startswith(comments) for word in words], bool)
    kept = ~left_out[ids[offsets[:-1]]]
    sizes = np.diff(offsets)
    size = int(sizes[kept][0]) if kept.any() else 2
    if size not in (2, 3) or (sizes[kept] != size).any():
        odd = int(np.flatnonzero(kept & ((sizes != size) | (size not in (2, 3))))[0])
        line = " ".join(words[i] for i in ids[offsets[odd] : offsets[odd + 1]][:5])
        raise ValueError(f"{path}: expected {expected}, found {quoted(line)}")
    fields = ids[np.repeat(kept, sizes)].reshape(-1, size)
    if size == 2:
        return Links(fields, words, None)
    value = np.zeros(len(words))
    for i in np.unique(fields[:, 2]):
        try:
            value[i] = float(words[i])
        except ValueError:
            raise ValueError(f"{path}: the weight {quoted(words[i])} is no number") from None
    return Links(fields[:, :2], words, value[fields[:, 2]])
