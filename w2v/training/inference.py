"""Vectors of new documents, against the weights of a model that stay as they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import w2v._core as _core
from w2v.parallel import run_team, worker_count
from w2v.text.corpus import Encoded
from w2v.text.vocabulary import Vocabulary
from w2v.training.document_settings import DocumentSettings
from w2v.training.settings import for_sentences

Matrix = NDArray[np.float32]

# Words that a thread should have to train, over all epochs: with fewer, starting it takes longer.
_WORDS_A_WORKER = 50_000


def infer(
    settings: DocumentSettings,
    vocabulary: Vocabulary,
    documents: Encoded,
    W_in: Matrix,
    W_out: Matrix,
    tables: _core.Tables,
) -> Matrix:
    """Return a vector for each document, trained for the epochs of the settings.

    Parameters
    ----------
    settings : DocumentSettings
    vocabulary : Vocabulary
    documents : Encoded
        Sentence i is document i.
    W_in, W_out : float32 arrays
        Of the model; the first row of a tag in `W_in` stands for the tags of the documents, and
        no row is changed.
    tables : Tables
        Of the settings and the vocabulary.
    """
    chosen = for_sentences(settings.of_words(), int(np.diff(documents.offsets).max()))
    n, tag = len(documents.offsets) - 1, settings.rows_of_words(vocabulary)
    work = len(documents.ids) * settings.epochs // _WORDS_A_WORKER
    training = _core.Training(
        documents.ids,
        documents.offsets,
        W_in,
        W_out,
        chosen,
        tables,
        max(1, min(worker_count(settings.workers), work, n)),
        tags=(np.arange(n + 1), np.full(n, tag, np.int32)),
        words=tag > 0,
        frozen=(np.ones(len(W_in), np.uint8) if tag else None, np.ones(len(W_out), np.uint8)),
    )
    found = _core.aligned_zeros(n, W_in.shape[1])
    rates = settings.alpha, settings.min_alpha
    inference = _core.Inference(training, found, tag, settings.epochs, *rates)
    if work < 2:  # a thread of its own, which Ctrl-C can stop, would take as long
        inference.work(0)
    else:
        run_team(inference.work, training.workers, inference.stop)
    return np.ascontiguousarray(found)
