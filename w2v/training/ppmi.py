"""The baseline beside the networks: count word pairs, take their PPMI, keep its largest components.

A linear hidden layer finds principal components. Skip-gram with negative sampling, in its optimum,
factorises the matrix of shifted pointwise mutual information [1]_; here that matrix is made, its
negative entries are set to 0, and the singular value decomposition factorises it.

References
----------
.. [1] Levy and Goldberg: Neural word embedding as implicit matrix factorization. NIPS 2014.
.. [2] Levy, Goldberg and Dagan: Improving distributional similarity with lessons learned from word
       embeddings. TACL 3, 2015. (Names and values of the settings.)
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import w2v._core as _core
from w2v.networks.blas import blas
from w2v.parallel import alone
from w2v.progress import progress_bar
from w2v.text.corpus import Encoded
from w2v.text.vocabulary import Vocabulary
from w2v.training.model import Model
from w2v.training.origin import origin_of, stats_of
from w2v.training.schedule import choose_sample
from w2v.training.settings import Checked, Settings, for_sentences, names_of, setting, takes

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_PAIRS = 1 << 22  # counted at a time; they take some 20 bytes each
_ROWS = 1024  # of the matrix turned into PPMI at a time
_DENSE = 200  # words up to which all components are computed, which then is quicker


def _shared(name: str) -> Any:
    """Return a setting that is word2vec's, too."""
    item = Settings.__dataclass_fields__[name]
    return field(default=item.default, metadata=item.metadata)


@dataclass(frozen=True, kw_only=True, eq=False)
class PPMISettings(Checked):
    """All settings of :class:`PPMI`."""

    model = "PPMI"
    vector_size: int = _shared("vector_size")
    window: int | str = _shared("window")
    min_count: int = _shared("min_count")
    shift: float = setting(
        float,
        1.0,
        "what negative sampling calls negative, k: log k is subtracted from the PMI; 1 leaves it "
        "as it is",
        low=1e-6,
        high=1e6,
    )
    context_smoothing: float = setting(
        float,
        0.75,
        "context words have a probability in proportion to count to this power; 1: to count",
        low=0,
        high=10,
    )
    eigenvalue_weighting: float = setting(
        float,
        0.5,
        "power of the singular values that the word vectors are multiplied by",
        low=0,
        high=1,
    )
    sample: float = _shared("sample")
    seed: int = _shared("seed")
    max_final_vocab: int | None = _shared("max_final_vocab")
    shrink_windows: bool = setting(
        bool, True, "count near words more: one at distance n as (window + 1 - n) / window"
    )


class PPMI(Model):
    """Word vectors by counting: positive pointwise mutual information and truncated SVD.

    The entry of word w and context word c is max(0, log(P(c | w) / P_s(c)) - log k): P(c | w) from
    the pairs within the window, P_s the smoothed share of the context words, k the shift. With the
    largest d singular values s of this matrix, M = U S V', a word's vector is its row of U S^p; the
    rows of V S^(1-p) are the context words'. So W_in W_out' is the best approximation of rank d.

    The settings, all by name, are those of :class:`w2v.training.ppmi.PPMISettings`. Each is also an
    attribute, which cannot be changed: ``model.window``.

    Attributes
    ----------
    settings : PPMISettings
        All settings, a mapping: ``PPMI(**model.settings)`` makes a model like this one.
    vocabulary : Vocabulary
        Words and counts, by row.
    W_in, W_out : float32 arrays (V, d)
        Row i of `W_in` is the vector of word i, row i of `W_out` that of context word i. Columns
        beyond the matrix's rank are 0.
    wv : KeyedVectors
        The word vectors, to be asked questions.
    history : list of dict
        One record: ``pairs`` (counted, near ones with their weight), ``cells`` (distinct pairs),
        ``positive`` (of these with a positive entry), ``explained`` (the share of the sum of all
        squared entries that d components hold), ``words_per_second``, ``seconds``.
    corpus_stats : dict
        What was read: tokens, tokens kept, tokens left out, lines.

    Examples
    --------
    >>> import w2v
    >>> corpus = [["heavy", "rain"], ["light", "shower"], ["strong", "rain"]] * 50
    >>> model = w2v.PPMI(vector_size=2, min_count=1).fit(corpus, verbose=False)
    >>> model.wv.most_similar("heavy", topn=1)[0][0]
    'strong'

    References
    ----------
    Levy and Goldberg (2014), Neural word embedding as implicit matrix factorization. Levy, Goldberg
    and Dagan (2015), Improving distributional similarity with lessons learned from word embeddings.
    """

    settings: PPMISettings
    settings_kind = PPMISettings

    @takes(PPMISettings)
    def __init__(self, *corpus: Any, **settings: Any) -> None:
        super().__init__(*corpus, **settings)

    def fit(
        self,
        corpus: Any,
        *,
        vocabulary: Vocabulary | Sequence[str] | Mapping[str, int] | None = None,
        verbose: bool = True,
        **reading: Any,
    ) -> PPMI:
        """Read a corpus, count its pairs and factorise.

        Parameters
        ----------
        corpus, vocabulary, verbose, **reading
            As :meth:`w2v.Word2Vec.fit` takes them.

        Returns
        -------
        PPMI
            The model itself.

        Raises
        ------
        ValueError
            If the corpus is empty, too small for `min_count`, or has no pair of words that comes
            more often than chance and `shift` say.

        Notes
        -----
        Memory is needed for the distinct pairs: at most 30 bytes for each, in both orders.
        Ctrl-C ends the work within seconds; the model stays as it was before.
        The same seed gives the same vectors on a machine; another linear algebra library may
        change their last digits.
        """
        vocabulary, encoded = self._read(corpus, vocabulary, verbose, reading)
        with alone(self):
            self._fit(vocabulary, encoded, verbose)
            self.origin = origin_of(vocabulary, encoded)
        return self

    def _fit(self, vocabulary: Vocabulary, encoded: Encoded, verbose: bool) -> PPMI:
        settings: PPMISettings = choose_sample(self._given, vocabulary, encoded.tokens_kept)
        keep = vocabulary.keep_probability(settings.sample)
        started = time.perf_counter()
        silent = not verbose or sys.stderr is None
        with progress_bar(total=encoded.tokens_kept, unit=" words", disable=silent) as bar:
            bar.set_description("counting pairs", refresh=False)
            near = for_sentences(settings, int(np.diff(encoded.offsets).max()))
            counts = count_pairs(encoded, keep, near, bar.update)
        cells = counts.nnz
        unit = near.window if near.shrink_windows else 1
        pairs = float(counts.sum(dtype=np.float64)) / unit
        shares = context_shares(counts, settings.context_smoothing)
        # how many products there will be is not known before: it depends on the matrix
        with progress_bar(unit=" products", disable=silent) as bar:
            bar.set_description_str("factorising")
            matrix = ppmi(counts, shares, settings.shift)
            del counts
            U, s, V = factorise(matrix, settings.vector_size, settings.seed, bar.update)
        power = settings.eigenvalue_weighting
        W_in, W_out = (_core.aligned_zeros(*U.shape) for _ in range(2))
        with np.errstate(divide="ignore"):
            W_in[:] = U * np.where(s > 0, s**power, 0)
            W_out[:] = V * np.where(s > 0, s ** (1 - power), 0)
        self._renew(vocabulary, W_in, W_out, settings)
        self.corpus_stats = stats_of(encoded)
        self._shares = shares
        seconds = time.perf_counter() - started
        self.history.append(
            {
                "pairs": pairs,
                "cells": cells,
                "positive": matrix.nnz,
                "explained": float((s**2).sum() / np.square(matrix.data, dtype=np.float64).sum()),
                "words_per_second": encoded.tokens_read / seconds,
                "seconds": seconds,
            }
        )
        return self


for _name in names_of(PPMISettings):
    setattr(PPMI, _name, property(attrgetter(f"settings.{_name}")))


def count_pairs(
    encoded: Encoded,
    keep: NDArray[np.float64],
    settings: PPMISettings,
    show: Callable[[int], Any] = lambda words: None,
) -> csr_matrix[Any]:
    """Count how often two words stand within the window of each other.

    Parameters
    ----------
    encoded : Encoded
        The corpus.
    keep : float array (V,)
        Probabilities that an occurrence of each word is not left out by subsampling.
    settings : PPMISettings
        `window`, `shrink_windows` and `seed` are used.
    show : callable
        Is told the number of words of each block that is counted.

    Returns
    -------
    csr_matrix of int, shape (V, V)
        Symmetric. With `shrink_windows` the counts are multiplied by `window`: neighbours count
        `window`, words at the window's edge 1.
    """
    from scipy.sparse import coo_matrix, csr_matrix

    V, window = len(keep), int(settings.window)
    most = 2 * len(encoded.ids) * window * window  # that a count can be
    dtype = np.int32 if most < 2**31 else np.int64
    # sums of blocks, each less than half of the one before it: so a sum is added to few others
    sums: list[csr_matrix[Any]] = []
    before = 0  # words of the latest block that are repeated at the front of this one
    for ids, sentences, words in _kept_blocks(encoded, keep, settings):
        first, second, weights = [], [], []
        for distance in range(1, window + 1):
            start = max(before, distance)
            right = ids[start:]
            left = ids[start - distance :][: len(right)]
            near = sentences[start:] == sentences[start - distance :][: len(right)]
            left, right = left[near], right[near]
            first.append(np.minimum(left, right))
            second.append(np.maximum(left, right))
            weight = window + 1 - distance if settings.shrink_windows else 1
            weights.append(np.full(len(left), weight, dtype))
        cells = np.concatenate(first), np.concatenate(second)
        sums.append(coo_matrix((np.concatenate(weights), cells), shape=(V, V)).tocsr())
        while len(sums) > 1 and sums[-2].nnz < 2 * sums[-1].nnz:
            sums.append(sums.pop() + sums.pop())
        before = min(window, len(ids))
        show(words)
    half = sums[0]
    for other in sums[1:]:
        half = half + other
    del sums
    return csr_matrix(half + half.T)


def _kept_blocks(
    encoded: Encoded, keep: NDArray[np.float64], settings: PPMISettings
) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int64], int]]:
    """Yield the words that subsampling keeps, the sentence of each, and how many were read.

    Each block begins with the last `window` words of the one before it.
    """
    rng = np.random.default_rng(settings.seed)
    chance = keep.astype(np.float32)
    ids, sentences = np.empty(0, np.int32), np.empty(0, np.int64)
    size = max(_PAIRS // int(settings.window), 1)
    for start in range(0, len(encoded.ids), size):
        read = np.asarray(encoded.ids[start : start + size])
        stop = start + len(read)
        first, last = np.searchsorted(encoded.offsets, [start, stop - 1], "right") - 1
        cuts = np.clip(encoded.offsets[first : last + 2], start, stop)
        of = np.repeat(np.arange(first, last + 1), np.diff(cuts))
        kept = rng.random(len(read), np.float32) < chance[read]
        ids = np.concatenate([ids[-int(settings.window) :], read[kept]])
        sentences = np.concatenate([sentences[-int(settings.window) :], of[kept]])
        yield ids, sentences, len(read)


def context_shares(counts: csr_matrix[Any], context_smoothing: float) -> NDArray[np.float64]:
    """Return P_s, (V,): in proportion to the pairs of a word to the power `context_smoothing`."""
    totals = np.asarray(counts.sum(axis=1, dtype=np.float64)).ravel()
    there = totals > 0  # not so of a word all of whose neighbours subsampling left out
    shares = np.zeros(len(totals))
    shares[there] = (totals[there] / totals.max()) ** context_smoothing
    return shares / shares.sum()


def ppmi(counts: csr_matrix[Any], shares: NDArray[np.float64], shift: float) -> csr_matrix[Any]:
    """Return max(0, log(P(c | w) / P_s(c)) - log k) of a matrix of counts, as float32.

    `shares` has P_s, k is `shift`.

    Raises
    ------
    ValueError
        If no entry is positive.
    """
    from scipy.sparse import csr_matrix

    totals = np.asarray(counts.sum(axis=1, dtype=np.float64)).ravel()
    with np.errstate(divide="ignore"):  # words without a pair have no entry either
        of_word = np.log(totals).astype(np.float32)
        of_context = np.log(shares * shift).astype(np.float32)
    data = np.empty(counts.nnz, np.float32)
    for row in range(0, len(totals), _ROWS):
        cuts = counts.indptr[row : row + _ROWS + 1]
        part = slice(cuts[0], cuts[-1])
        expected = np.repeat(of_word[row : row + _ROWS], np.diff(cuts))
        expected += of_context[counts.indices[part]]
        found = np.log(counts.data[part], dtype=np.float32, casting="same_kind") - expected
        data[part] = np.maximum(found, 0)
    matrix = csr_matrix((data, counts.indices, counts.indptr), shape=counts.shape)
    matrix.eliminate_zeros()
    if not matrix.nnz:
        raise ValueError(
            "no two words stand near each other more often than chance would have it"
            + (f" by shift={shift:g}; lower shift" if shift > 1 else "; give a larger corpus")
        )
    return matrix


def factorise(
    matrix: csr_matrix[Any], d: int, seed: int, show: Callable[[int], Any] = lambda products: None
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return U (V, d), s (d,) and V (V, d) of the largest singular values, largest first.

    Signs are chosen so that in each column of V the entry of largest size is positive. Beyond the
    rank of the matrix all is 0. `show` is told of every product of the matrix with a vector and
    back. An exception that it raises ends the work, and so does Ctrl-C.
    """
    from scipy.sparse.linalg import LinearOperator, eigsh

    size = matrix.shape[0]
    if size <= _DENSE or d >= size:
        right = np.linalg.svd(matrix.toarray().astype(np.float64))[2][:d]
    else:

        def product(x: NDArray[Any]) -> NDArray[Any]:
            show(1)
            return np.asarray(matrix.T @ (matrix @ x))

        squared = LinearOperator((size, size), matvec=product, dtype=matrix.dtype)
        start = np.random.default_rng(seed).standard_normal(size).astype(matrix.dtype)
        with blas(matrix.dtype):  # one thread: the same bytes for any number of cores
            right = eigsh(squared, k=d, v0=start)[1].T[::-1]
    largest = right[np.arange(len(right)), np.abs(right).argmax(axis=1)]
    V = np.zeros((size, d), right.dtype)
    V[:, : len(right)] = (right * np.sign(largest)[:, None]).T
    image = matrix @ V  # U times s, of orthogonal columns
    s = np.linalg.norm(image, axis=0)
    s[s <= s[0] * np.finfo(np.float32).eps] = 0
    U = image / np.where(s > 0, s, np.inf)
    return U, s, V * (s > 0)
