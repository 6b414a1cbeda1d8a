"""The model: its settings, its weights W_in and W_out, how they are trained and what they say."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from w2v.checks import number, quoted, whole_number
from w2v.files.words import Word, is_word
from w2v.names import READING
from w2v.text.corpus import Corpus, Encoded
from w2v.text.phrases import Phrases
from w2v.text.vocabulary import Vocabulary
from w2v.training.checkpoint import EVERY, start_note
from w2v.training.explain import Word2VecStep, check_gradients, explain_step, make_example
from w2v.training.frozen import check_frozen
from w2v.training.going_on import GoingOn
from w2v.training.likelihood import Likelihood, likelihood
from w2v.training.loop import Callback
from w2v.training.model import NotTrainedError as NotTrainedError
from w2v.training.prediction import Prediction, predict
from w2v.training.settings import NAMES, Settings, takes
from w2v.vectors.lookup import UnknownWordError


class Word2Vec(GoingOn):
    """Word vectors by a network with one linear hidden layer.

    An example is a pair of words that stand near each other. Skip-gram reads one word and predicts
    the other; CBOW reads the mean of all words around a place and predicts the word in it. Every
    two words within the window of each other make a skip-gram pair in both orders, so P(context |
    word) is learnt whichever of a pair is called the centre. That choice is made so that work is
    shared: the exact softmax feeds the centre, as the lecture does, and one pass over all output
    rows serves its whole context; negative sampling and hierarchical softmax feed the context
    words, as word2vec.c does, and the centre's few output rows serve them all.

    The settings, all by name, are those of :class:`w2v.training.settings.Settings`. Each is also an
    attribute, which cannot be changed: ``model.window``.

    Attributes
    ----------
    settings : Settings
        All settings, a mapping: ``Word2Vec(**model.settings)`` makes a model like this one.
    vocabulary : Vocabulary
        Words and counts, by row.
    output_vocabulary : Vocabulary
        Words of the rows of `W_out`: the same as `vocabulary`, but after
        ``train_pairs(..., separate=True)``.
    W_in, W_out : float32 arrays (V, d)
        Input and output weights. Row i of `W_in` is the vector of word i. Under hierarchical
        softmax `W_out` has V - 1 rows, one for each inner node of the Huffman tree.
    wv : KeyedVectors
        The word vectors, to be asked questions.
    history : list of dict
        One record an epoch: ``epoch`` (from 1), ``loss`` (mean, nats an example), ``alpha`` (at
        the epoch's start), ``examples``, ``words_per_second`` (words of the corpus, rare ones
        included), ``seconds``; with `validation`, ``val_loss``.
    corpus_stats : dict
        What was read: tokens, tokens kept, tokens left out, lines.
    interrupted : bool
        Whether training was stopped by Ctrl-C.

    Examples
    --------
    >>> import w2v
    >>> corpus = [["heavy", "rain"], ["light", "shower"]] * 50
    >>> model = w2v.Word2Vec(vector_size=8, min_count=1, sample=0, loss="softmax", alpha=0.5,
    ...                      epochs=20, workers=1)
    >>> model = model.fit(corpus, verbose=False)
    >>> model.predict_context("heavy", topn=1)[0][0]
    'rain'

    References
    ----------
    Mikolov, Chen, Corrado and Dean (2013), Efficient estimation of word representations in vector
    space. Mikolov, Sutskever, Chen, Corrado and Dean (2013), Distributed representations of words
    and phrases and their compositionality. Goldberg and Levy (2014), word2vec explained.
    """

    settings: Settings
    settings_kind = Settings

    @takes(Settings)
    def __init__(self, *corpus: Any, **settings: Any) -> None:
        super().__init__(*corpus, **settings)
        self.interrupted = False

    # --- training --------------------------------------------------------------------------------

    def fit(
        self,
        corpus: Any,
        *,
        vocabulary: Vocabulary | Sequence[str] | Mapping[str, int] | None = None,
        verbose: bool = True,
        callbacks: Callback | Iterable[Callback] = (),
        validation: Any = None,
        patience: int | None = None,
        phrases: int | Phrases | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        every: float = EVERY,
        init_from: Any = None,
        frozen: Any = None,
        **reading: Any,
    ) -> Word2Vec:
        """Read a corpus and train on it from new weights.

        What the model had learnt before, or was loaded with, is lost. A warning says so.

        Parameters
        ----------
        corpus : path, Corpus or iterable
            Anything :class:`w2v.Corpus` takes: a path, a folder, a glob pattern, ``"-"`` for
            standard input, an iterable of token lists or of strings, ...
        vocabulary : Vocabulary, list of str or dict of str to int, optional
            Train these words instead of those of `min_count` and `max_final_vocab`: a word list
            takes its counts from the corpus, a dict brings its own.
        verbose : bool, default True
            Show a progress bar on standard error.
        callbacks : callable or iterable of callables
            Each is called as ``callback(model, record)`` after every epoch, `record` being the
            newest of :attr:`history`. One that returns True ends the training.
        validation : float or corpus, optional
            Text to judge by after each epoch, see :meth:`score`: its loss is ``val_loss`` in
            :attr:`history`. A number is a share: the last words of the corpus, which then are not
            trained on (the vocabulary counts them).
        patience : int, optional
            End the training when so many epochs in a row have not lowered ``val_loss``, and put
            back the weights of the best epoch.
        phrases : int or Phrases, optional
            Join the phrases of the corpus first: so many passes of :class:`w2v.Phrases`, or one
            with other settings or fitted before.
        checkpoint : path, optional
            Write the training to this file now and then, for :meth:`resume` to go on from. It is
            also a model, as :meth:`save` writes them, and stays when the training has ended.
        every : float, default 60
            Seconds from one checkpoint to the next. They take 2 % of the time at most: a model so
            large that it is written for longer than a fiftieth of `every` is written more seldom.
        init_from : KeyedVectors, model or path, optional
            Words of these vectors begin with them, as they are, instead of with random numbers
            (rows of `W_in`). They must have `vector_size` numbers.
        frozen : {"input", "output", "given"} or iterable of words, optional
            What does not change in training, not by a bit: the vectors of some words (rows of
            `W_in`), of all words that `init_from` has a vector of (``"given"``), or a whole matrix.
        **reading
            How to read a corpus that is not a :class:`w2v.Corpus` yet: its `tokenizer`,
            `normalize`, `encoding`, `errors`, `column`, `memory_budget`, `tmp_dir`, `offsets` and
            `weights`.

        Returns
        -------
        Word2Vec
            The model itself.

        Raises
        ------
        ValueError
            If the corpus is empty, too small for `min_count`, or thinned out by `sample` so
            that no example is left. If `checkpoint` holds a training that is not at its end. If
            the vectors of `init_from` are of another length, or of other words.
        FloatingPointError
            If training diverged: the learning rate is too high, or another setting, which it names.
            It is found within a second. The model has its last finite weights then.

        Notes
        -----
        Ctrl-C ends the training within a second: the model keeps what it has learnt so far,
        :attr:`interrupted` is True and a warning says so. With `checkpoint` the training is written
        there first; SIGTERM does the same and then ends the process, as it does without.
        """
        vectors = self._vectors(init_from)
        check_frozen(frozen, begins=True, given=vectors is not None)
        begun = self._begin(
            corpus,
            vocabulary,
            verbose=verbose,
            callbacks=callbacks,
            validation=validation,
            patience=patience,
            phrases=phrases,
            checkpoint=checkpoint,
            every=every,
            reading=reading,
            words_of="corpus" if vocabulary is None else "given",
        )
        return self._fit_encoded(
            begun.vocabulary,
            begun.encoded,
            verbose,
            begun.judge,
            begun.checkpoint,
            begun.origin | start_note(init_from),
            vectors=vectors,
            frozen=frozen,
        )

    def score(self, corpus: Any, **reading: Any) -> Likelihood:
        """Return how well the model foretells a text, at best one it was not trained on.

        Words outside the vocabulary are left out. The examples are those that training would draw
        from the text, with the model's `sample` and windows; models of the same settings and seed
        but other losses are asked the same.

        Parameters
        ----------
        corpus : path, Corpus or iterable
            The text, as :meth:`fit` takes one.
        **reading
            How to read it, as in :meth:`fit`.

        Returns
        -------
        Likelihood
            ``log_likelihood``, the mean of an example in nats; ``perplexity``, None under negative
            sampling, whose objective is no distribution over words; ``examples``.

        Raises
        ------
        ValueError
            If the text has no two words of the vocabulary near each other.
        """
        self._check_one_vocabulary("score")
        return self._likelihood(Corpus.of(corpus, **reading).encode(self.vocabulary))

    def _likelihood(self, encoded: Encoded) -> Likelihood:
        return likelihood(self.settings, self.vocabulary, encoded, self.W_in, self.W_out)

    # --- questions -------------------------------------------------------------------------------

    def predict_context(self, word: Word, topn: int = 10) -> Prediction:
        """Return the words most probable near `word`, with P(context | word).

        Exact under ``loss="softmax"`` and ``"hs"``. Under negative sampling it is an estimate:
        there the score learns log P(c | w) - log(k P_noise(c)), from which P is recovered up to
        its sum (Levy and Goldberg 2014, Neural word embedding as implicit matrix factorization).

        Parameters
        ----------
        word : str
            A word of the vocabulary.
        topn : int, default 10
            How many to return.

        Returns
        -------
        Prediction
            ``(word, probability)``, most probable first; ``.exact`` tells an estimate apart.

        Raises
        ------
        KeyError
            If the word is unknown.
        """
        return self.predict_word([word], topn)

    def predict_word(self, context: Sequence[Word], topn: int = 10) -> Prediction:
        """Return the words most probable in the middle of `context`, with their probabilities.

        The hidden layer is the mean of the context's vectors, as CBOW is trained. Of a skip-gram
        model that makes an estimate unless the context is a single word.

        Parameters
        ----------
        context : sequence of str
            Words around the place.
        topn : int, default 10
            How many to return.

        Returns
        -------
        Prediction
            As :meth:`predict_context` returns.

        Raises
        ------
        KeyError
            If a word is unknown.
        """
        if is_word(context) or not len(context):
            raise ValueError("context must be a list of words, at least one")
        vectors = np.stack([self.wv.get_vector(word) for word in context])
        topn = whole_number("topn", topn, 1)
        return predict(vectors, self.W_out, self.output_vocabulary, self.settings, topn)

    def explain(
        self,
        center: Word,
        context: Word | Sequence[Word],
        *,
        alpha: float | None = None,
        seed: int | None = None,
    ) -> Word2VecStep:
        """Explain one step of training on a word and a word near it, in the lecture's notation.

        The compiled kernel takes the step, on copies of the rows it touches. The model stays as it
        is. `print` shows the result as text; it also has `to_dict` and `to_html`.

        Parameters
        ----------
        center : str
            Skip-gram: the word that goes in. CBOW: the word to predict.
        context : str or sequence of str
            Skip-gram: the one word to predict. CBOW: the words that go in.
        alpha : float, optional
            Learning rate; that of the model unless given.
        seed : int, optional
            Of the noise words of negative sampling; that of the model unless given.

        Returns
        -------
        Word2VecStep
            Hidden layer, outputs, error terms t - v, loss, changes of the weights, and the
            probability before and after.

        Raises
        ------
        KeyError
            If a word is unknown.

        Examples
        --------
        >>> import w2v
        >>> model = w2v.train([["heavy", "rain"], ["light", "shower"]] * 5, vector_size=2,
        ...                   min_count=1, loss="softmax", verbose=False)
        >>> step = model.explain("heavy", "rain", alpha=0.5)
        >>> step.probability < step.probability_after
        True
        """
        if not is_word(center):
            raise TypeError(f"center must be one word, not {quoted(center)}")
        words = [context] if is_word(context) else list(context)
        if not words:
            raise ValueError("context must have at least one word")
        if wrong := [word for word in words if not is_word(word)]:
            raise TypeError(f"context must be a word or a list of them; {quoted(wrong[0])} is none")
        self._check_one_vocabulary("explain")
        known = self.vocabulary.key_to_index
        for word in (center, *words):
            if word not in known:
                raise UnknownWordError(word, self.vocabulary.words)
        ids = [known[word] for word in (center, *words)]
        if self.settings.architecture == "skipgram":
            if len(words) > 1:
                raise ValueError(
                    f"skip-gram learns a pair of words: give one context word, not {len(words)}"
                )
            inputs, target = ids[:1], ids[1]
        else:
            inputs, target = ids[1:], ids[0]
        rate = self.settings.alpha if alpha is None else number("alpha", alpha, 0, np.inf)
        seed = self.settings.seed if seed is None else whole_number("seed", seed, 0)
        rng = np.random.default_rng(seed)
        example = make_example(self.settings, self.vocabulary, inputs, target, rng)
        return explain_step(self.settings, self.vocabulary, self.W_in, self.W_out, example, rate)

    def check_gradients(self, examples: int = 5, *, seed: int = 1) -> float:
        """Compare the compiled kernel with central differences of the loss in float64.

        The differences (E(W + D) - E(W - D)) / 2 eps are taken along random directions D, in which
        each weight that the step touches moves by eps, up or down; under the exact softmax those of
        the target's output row and of 999 others, if there are more. Under
        ``cbow_gradient="undivided"`` each input row gets the gradient times the number of inputs;
        there the kernel's change is divided by it first.

        Parameters
        ----------
        examples : int, default 5
            Steps to check, on words chosen at random.
        seed : int, default 1
            Of the choice.

        Returns
        -------
        float
            The largest difference, divided by the length of the gradient of its matrix. About 1e-7
            if the gradients are right, as the kernel works in float32; up to 1e-4 where the exact
            softmax adds up 200,000 words.
        """
        self._check_one_vocabulary("check_gradients")
        return check_gradients(
            self.settings,
            self.vocabulary,
            self.W_in,
            self.W_out,
            whole_number("examples", examples, 1),
            whole_number("seed", seed, 0),
        )


for _name in NAMES:
    setattr(Word2Vec, _name, property(attrgetter(f"settings.{_name}")))


def train(
    corpus: Any = None,
    *,
    vocabulary: Vocabulary | Sequence[str] | Mapping[str, int] | None = None,
    verbose: bool = True,
    callbacks: Callback | Iterable[Callback] = (),
    validation: Any = None,
    patience: int | None = None,
    phrases: int | Phrases | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    every: float = EVERY,
    init_from: Any = None,
    frozen: Any = None,
    **settings: Any,
) -> Word2Vec:
    """Train a model: short for ``Word2Vec(**settings).fit(corpus, ...)``.

    Parameters
    ----------
    corpus, vocabulary, verbose, callbacks, validation, patience, phrases, checkpoint, every
        As :meth:`Word2Vec.fit` takes them.
    init_from, frozen
        As :meth:`Word2Vec.fit` takes them.
    **settings
        As :class:`Word2Vec` takes them, and those of :class:`w2v.Corpus` for reading, such as
        ``tokenizer="words"``.

    Returns
    -------
    Word2Vec
    """
    reading = {name: settings.pop(name) for name in READING if name in settings}
    model = Word2Vec(**settings)
    if corpus is None:
        raise TypeError("train() needs a corpus: a path, or sentences")
    return model.fit(
        corpus,
        vocabulary=vocabulary,
        verbose=verbose,
        callbacks=callbacks,
        validation=validation,
        patience=patience,
        phrases=phrases,
        checkpoint=checkpoint,
        every=every,
        init_from=init_from,
        frozen=frozen,
        **reading,
    )
