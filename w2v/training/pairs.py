"""Training on pairs of words that are given, instead of on the pairs of a text's windows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from w2v.checks import true_or_false
from w2v.text.pairs import encode_pairs
from w2v.training.loop import Judge
from w2v.training.word2vec import Callback, Word2Vec

# settings that pairs do not have: nothing stands near a pair, and none is left out
OF_TEXTS = ("window", "shrink_windows", "sample")


def train_pairs(
    inputs: Any,
    outputs: Any = None,
    weights: Any = None,
    *,
    separate: bool = False,
    verbose: bool = True,
    callbacks: Callback | Iterable[Callback] = (),
    **settings: Any,
) -> Word2Vec:
    """Train on pairs: each input predicts its output, by skip-gram and the loss that is set.

    The pairs of a text's windows are the usual ones; here they come from elsewhere, such as a word
    and its dependents in a parsed text [1]_, the fields of a network flow [2]_, or a user and what
    was bought.

    Parameters
    ----------
    inputs, outputs : columns of str or of int, shape (n,)
        Arrays, lists, pandas, polars or pyarrow columns. Or `inputs` alone is the path of a file,
        plain or compressed, of lines ``input output`` or ``input output weight``.
    weights : array_like of float, shape (n,), optional
        An epoch draws n pairs in proportion to their weights, which also count for `min_count` and
        for the noise. Without, an epoch takes each pair once, in a random order.
    separate : bool, default False
        Inputs and outputs have vocabularies of their own: noise words are outputs, and the model
        has `output_vocabulary`. By default both have one vocabulary.
    verbose, callbacks
        As :meth:`Word2Vec.fit` takes them.
    **settings
        As :class:`Word2Vec` takes them. `min_count` holds for the words of both sides. Pairs know
        no `window` and no `sample`.

    Returns
    -------
    Word2Vec
        `wv` are the vectors of the inputs; ``predict_context(word)`` gives outputs.

    Raises
    ------
    TypeError, ValueError
        For columns that do not fit, and for settings that pairs do not have.

    References
    ----------
    .. [1] Levy and Goldberg (2014), Dependency-based word embeddings.
    .. [2] Ring, Dallmann, Landes and Hotho (2017), IP2Vec: Learning similarities between IP
           addresses.

    Examples
    --------
    >>> import w2v
    >>> model = w2v.train_pairs(["rain", "sun"] * 50, ["wet", "dry"] * 50, separate=True,
    ...                         vector_size=4, alpha=0.5, loss="softmax", verbose=False)
    >>> model.predict_context("rain", topn=1)[0][0]
    'wet'
    """
    for name in OF_TEXTS:
        if settings.get(name):
            raise ValueError(f"{name} is for texts; all pairs given are trained, by their weights")
    return fit_pairs(
        Word2Vec(**settings),
        inputs,
        outputs,
        weights,
        separate=separate,
        verbose=verbose,
        callbacks=callbacks,
    )


def fit_pairs(
    model: Word2Vec,
    inputs: Any,
    outputs: Any = None,
    weights: Any = None,
    *,
    separate: bool = False,
    verbose: bool = True,
    callbacks: Callback | Iterable[Callback] = (),
) -> Word2Vec:
    """Train a new model on pairs; see :func:`train_pairs`."""
    if model.architecture != "skipgram":
        raise ValueError("pairs are trained by skip-gram: leave architecture away")
    pairs = encode_pairs(
        inputs,
        outputs,
        weights,
        separate=true_or_false("separate", separate),
        min_count=model.min_count,
        max_final_vocab=model.max_final_vocab,
        seed=model.seed,
    )
    return model._fit_encoded(pairs.inputs, pairs, verbose, Judge(callbacks=callbacks))
