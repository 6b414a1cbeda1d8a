"""Word2Vec: settings, the weights W_in and W_out, and the loop that trains them."""

from __future__ import annotations

import os
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from w2v import _core
from w2v.checks import number, one_of, true_or_false, whole
from w2v.parallel import available_cores
from w2v.progress import progress_bar
from w2v.text.corpus import Corpus, Encoded
from w2v.text.draws import alias_table, keep_tables
from w2v.text.vocabulary import Vocabulary
from w2v.training.prediction import Prediction, predict
from w2v.vectors.keyed import KeyedVectors

if TYPE_CHECKING:
    from tqdm import tqdm

ARCHITECTURES = ("skipgram", "cbow")
LOSSES = ("ns", "hs", "softmax")
# How a corpus is read: what Corpus takes, but for what a model has itself.
READING = tuple(
    name for name in Corpus.__init__.__kwdefaults__ or () if name not in ("workers", "verbose")
)
CBOW_GRADIENTS = ("exact", "undivided")
ALPHA = {"skipgram": 0.025, "cbow": 0.05}
# Repeatable where three seeds measured as good as free-running, at 60 % of its speed or more.
DETERMINISTIC = {"ns": True, "hs": True, "softmax": False}

# Repeatable training (merge() in _train.c): blocks that start from the same weights, and how many
# updates at learning rate 0.025 bring a row most of the way to where they pull it. Blocks a round
# at most: with eight, skip-gram lost a point on analogies, with four nothing that three seeds
# show. A corpus of few blocks takes fewer, so that an epoch has a hundred rounds at least.
ROUND = 4
ROUNDS = 100
UPDATES = 150

# Free-running workers keep copies of so many of the most frequent rows of both matrices, which they
# bring into the model every so many blocks: else the cache lines of these rows, above all of the
# root nodes that all Huffman paths share, travel between the cores all the time.
HOT_ROWS = 256
HOT_BLOCKS = {"ns": 4, "hs": 1}

# Nats an example that no training that works comes near: probabilities below e^-10,000.
MOST_LOSS = 10_000

Callback = Callable[["Word2Vec", dict[str, float]], Any]

# What users of other word2vec programs type, and what it is called here.
FOREIGN = {
    "size": "vector_size",
    "dim": "vector_size",
    "iter": "epochs",
    "epoch": "epochs",
    "lr": "alpha",
    "ws": "window",
    "thread": "workers",
    "threads": "workers",
    "neg": "negative",
    "minCount": "min_count",
    "t": "sample",
    "sg": "architecture='skipgram' or architecture='cbow'",
    "model": "architecture='skipgram' or architecture='cbow'",
    "hs": "loss='hs' for hs=1, loss='ns' for hs=0",
    "minn": "nothing: there are no subwords",
    "maxn": "nothing: there are no subwords",
    "bucket": "nothing: there are no subwords",
    "cbow_mean": "cbow_gradient (the context is always averaged)",
    "compute_loss": "nothing: the loss is always in model.history",
    "sentences": "fit(corpus)",
    "corpus_file": "fit(path)",
    "callbacks": "fit(corpus, callbacks=...)",
    "max_vocab_size": "max_final_vocab",
    "trim_rule": "fit(corpus, vocabulary=...)",
    "sorted_vocab": "nothing: the vocabulary is always sorted by count",
    "batch_words": "nothing: sentences of any length are trained whole",
    "hashfxn": "seed",
    "tokenizer": "fit(corpus, tokenizer=...)",
    "tokeniser": "fit(corpus, tokenizer=...)",
    "verbose": "fit(corpus, verbose=...)",
}


class _Run(NamedTuple):
    """What all epochs of a training share."""

    encoded: Encoded
    settings: _core.Settings
    tables: _core.Tables
    workers: int
    rounds: _core.Rounds | None
    hot: _core.Hot | None


class Word2Vec:
    """Word vectors by a network with one linear hidden layer.

    An example is a pair of words that stand near each other. Skip-gram reads one word and predicts
    the other; CBOW reads the mean of all words around a place and predicts the word in it. Every
    two words within the window of each other make a skip-gram pair in both orders, so P(context |
    word) is learnt whichever of a pair is called the centre. That choice is made so that work is
    shared: the exact softmax feeds the centre, as the lecture does, and one pass over all output
    rows serves its whole context; negative sampling and hierarchical softmax feed the context
    words, as word2vec.c does, and the centre's few output rows serve them all.

    Parameters
    ----------
    vector_size : int, default 100
        Hidden units |H|: the length d of a word vector.
    window : int, default 5
        Context words on each side, at most.
    min_count : int, default 5
        Words that occur less often are left out, as if they did not stand in the text.
    architecture : {"skipgram", "cbow"}, default "skipgram"
        What goes in.
    loss : {"ns", "hs", "softmax"}, default "ns"
        What comes out: negative sampling, hierarchical softmax or the exact softmax of the lecture
        (a step of which costs as much as there are words).
    negative : int, default 5
        Noise words for each centre under negative sampling.
    shared_negatives : bool, default True
        The pairs of a skip-gram centre share its noise words, which makes a step of small matrix
        products. False draws noise words for every pair, as word2vec.c does: the yardstick, several
        times as slow.
    ns_exponent : float, default 0.75
        Noise words are drawn in proportion to count ** ns_exponent.
    sample : float, default 1e-3
        Subsampling: occurrences of words whose share of the corpus is above this are thinned out.
        0 keeps all.
    alpha : float, optional
        Learning rate at the start: 0.025 for skip-gram and 0.05 for CBOW unless given.
    min_alpha : float, default 1e-4
        Learning rate at the end; it falls linearly with the words read.
    epochs : int, default 5
        Passes over the corpus.
    workers : int, optional
        Threads; all cores unless given.
    seed : int, default 1
        Start of all random numbers, 0 <= seed < 2**64.
    max_final_vocab : int, optional
        Keep only so many words, the most frequent.
    shrink_windows : bool, default True
        Draw each centre's window from 1..window, so that near words count more; False takes
        `window` always.
    cbow_gradient : {"undivided", "exact"}, default "undivided"
        CBOW: "exact" gives each context word its share of the gradient of the mean; "undivided"
        gives each the whole, as word2vec.c and gensim do. See docs/training.md for what that
        costs and gains.
    deterministic : bool, optional
        True: the same seed gives the same bytes, whatever `workers` is, on one instruction set;
        blocks of the corpus are trained on copies of their rows and merged in a fixed order, four
        at a time, so that more than four workers have nothing to do.
        False: all workers train the same rows without locks, which is faster and differs a little
        from run to run. Unless given, True but for the exact softmax and for skip-gram with
        `shared_negatives=False`, where it means one worker.

    Attributes
    ----------
    vocabulary : Vocabulary
        Words and counts, by row.
    W_in, W_out : float32 arrays (V, d)
        Input and output weights. Row i of `W_in` is the vector of word i. Under hierarchical
        softmax `W_out` has V - 1 rows, one for each inner node of the Huffman tree.
    wv : KeyedVectors
        The word vectors, to be asked questions.
    history : list of dict
        One record an epoch: ``epoch`` (from 1), ``loss`` (mean, nats an example), ``alpha`` (at
        the epoch's start), ``examples``, ``words_per_second`` (words of the corpus, rare ones
        included), ``seconds``.
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

    def __init__(
        self,
        *corpus: Any,
        vector_size: int = 100,
        window: int = 5,
        min_count: int = 5,
        architecture: str = "skipgram",
        loss: str = "ns",
        negative: int = 5,
        shared_negatives: bool = True,
        ns_exponent: float = 0.75,
        sample: float = 1e-3,
        alpha: float | None = None,
        min_alpha: float = 1e-4,
        epochs: int = 5,
        workers: int | None = None,
        seed: int = 1,
        max_final_vocab: int | None = None,
        shrink_windows: bool = True,
        cbow_gradient: str = "undivided",
        deterministic: bool | None = None,
        **foreign: Any,
    ) -> None:
        if corpus:
            raise TypeError("Word2Vec takes settings by name; give the corpus to fit(corpus)")
        if negative == 0 and loss == "ns":
            raise ValueError("negative=0 leaves no output layer: choose loss='hs' or 'softmax'")
        for name in foreign:
            hint = f"; here it is {FOREIGN[name]}" if name in FOREIGN else ""
            raise TypeError(f"Word2Vec has no setting {name!r}{hint}")
        self.vector_size = whole("vector_size", vector_size, 1)
        self.window = whole("window", window, 1)
        self.min_count = whole("min_count", min_count, 0)
        self.architecture = one_of("architecture", architecture, ARCHITECTURES)
        self.loss = one_of("loss", loss, LOSSES)
        self.negative = whole("negative", negative, 0, 10_000)
        self.shared_negatives = true_or_false("shared_negatives", shared_negatives)
        self.ns_exponent = number("ns_exponent", ns_exponent, -10, 10)
        self.sample = number("sample", sample, 0, 1)
        self.alpha = number("alpha", ALPHA[architecture] if alpha is None else alpha, 0, 100)
        self.min_alpha = number("min_alpha", min_alpha, 0, 100)
        if self.min_alpha > self.alpha:
            raise ValueError(f"min_alpha={min_alpha} is above alpha={self.alpha}: the rate falls")
        self.epochs = whole("epochs", epochs, 1)
        self.workers = None if workers is None else whole("workers", workers, 1)
        self.seed = whole("seed", seed, 0, 2**64 - 1)
        self.max_final_vocab = (
            None if max_final_vocab is None else whole("max_final_vocab", max_final_vocab, 1)
        )
        self.shrink_windows = true_or_false("shrink_windows", shrink_windows)
        self.cbow_gradient = one_of("cbow_gradient", cbow_gradient, CBOW_GRADIENTS)
        if deterministic is None:
            deterministic = DETERMINISTIC[loss] and not self._own_noise
        self.deterministic = true_or_false("deterministic", deterministic)
        self.history: list[dict[str, float]] = []
        self.corpus_stats: dict[str, int] = {}
        self.interrupted = False
        self._wv: KeyedVectors | None = None

    @property
    def settings(self) -> dict[str, Any]:
        """All settings by name: ``Word2Vec(**model.settings)`` makes a model like this one."""
        return {name: getattr(self, name) for name in SETTINGS}

    def __repr__(self) -> str:
        """Show the settings, and the number of words once there are some."""
        values = ", ".join(f"{name}={value!r}" for name, value in self.settings.items())
        words = f", {len(self.vocabulary)} words" if hasattr(self, "vocabulary") else ""
        return f"<Word2Vec({values}){words}>"

    @property
    def _own_noise(self) -> bool:
        """Whether each pair has noise words of its own, which says nothing but in skip-gram."""
        return not self.shared_negatives and (self.architecture, self.loss) == ("skipgram", "ns")

    # --- training --------------------------------------------------------------------------------

    def fit(
        self,
        corpus: Any,
        *,
        vocabulary: Vocabulary | Sequence[str] | Mapping[str, int] | None = None,
        verbose: bool = True,
        callbacks: Callback | Iterable[Callback] = (),
        **reading: Any,
    ) -> Word2Vec:
        """Read a corpus and train on it from fresh weights.

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
        **reading
            How to read a corpus that is not a :class:`w2v.Corpus` yet: its `tokenizer`,
            `encoding`, `errors`, `memory_budget` and `tmp_dir`.

        Returns
        -------
        Word2Vec
            The model itself.

        Raises
        ------
        ValueError
            If the corpus is empty or too small for `min_count`.
        FloatingPointError
            If training diverged: the learning rate is too high.

        Notes
        -----
        Ctrl-C ends the training within a second: the model keeps what it has learnt so far,
        :attr:`interrupted` is True and a warning says so.
        """
        callbacks = [callbacks] if callable(callbacks) else list(callbacks)
        for callback in callbacks:
            if not callable(callback):
                raise TypeError(f"a callback is a function of (model, record), not {callback!r}")
        for name in reading:
            if name not in READING:
                raise TypeError(
                    f"fit() has no argument {name!r}; a corpus has {', '.join(READING)}"
                )
        own = not isinstance(corpus, Corpus)
        if own:
            reading |= {"workers": self.workers, "verbose": verbose and sys.stderr is not None}
        corpus = Corpus.of(corpus, **reading)
        if not isinstance(vocabulary, Vocabulary):
            vocabulary = Vocabulary.build(
                corpus,
                min_count=self.min_count,
                max_final_vocab=self.max_final_vocab,
                words=vocabulary,
            )
        if len(vocabulary) < 2:
            raise ValueError(
                f"the vocabulary has only the word {vocabulary.words[0]!r}, and a word predicts "
                "another: give a larger corpus or a lower min_count"
            )
        encoded = corpus.encode(vocabulary, consume=own)
        del corpus  # and with it the table of all words, rare ones included
        if not encoded.tokens_kept:
            raise ValueError("no word of the vocabulary occurs in the corpus")
        if np.diff(encoded.offsets).max() < 2:
            raise ValueError(
                "no sentence has two words of the vocabulary, so there is nothing to learn: give "
                "longer sentences (a line is one) or a lower min_count"
            )
        self._start_weights(vocabulary)
        self.corpus_stats = {
            name: getattr(encoded, name)
            for name in ("tokens_read", "tokens_kept", "tokens_below_min_count", "lines")
        }
        self._train(encoded, verbose, callbacks)
        return self

    def _start_weights(self, vocabulary: Vocabulary) -> None:
        """W_in uniform in [-1/d, 1/d) and W_out zero, as in gensim.

        word2vec.c takes half that width, which cost CBOW 0.3 points of analogies (three seeds).
        """
        V, d = len(vocabulary), self.vector_size
        try:
            W_in = _core.aligned_zeros(V, d)
            W_out = _core.aligned_zeros(V - 1 if self.loss == "hs" else V, d)
        except MemoryError:
            raise MemoryError(
                f"the weights of {V} words x {d} need {2 * V * d * 4 / 1e9:.1f} GB, more than "
                "there is: lower vector_size or max_final_vocab, or raise min_count"
            ) from None
        _core.fill_uniform(W_in, self.seed, 1 / d)
        # all at once: a model trained before stays whole if there was no room
        self.vocabulary, self.W_in, self.W_out = vocabulary, W_in, W_out
        self.history = []
        self.interrupted = False
        self._wv = None

    def _tables(self) -> _core.Tables:
        """Return the arrays that the training loop draws from."""
        tables = keep_tables(self.vocabulary.keep_probability(self.sample))
        if self.loss == "ns":
            noise = self.vocabulary.noise_distribution(self.ns_exponent)
            table = np.column_stack([array.view(np.uint32) for array in alias_table(noise)])
            return tables._replace(noise=table)
        if self.loss == "hs":
            tree = self.vocabulary.huffman()
            return tables._replace(
                path_starts=tree.offsets,
                path_nodes=tree.nodes,
                path_labels=np.append(1 - tree.codes, np.zeros(16, np.uint8)).astype(np.float32),
            )
        return tables

    def _share_work(self, encoded: Encoded, settings: _core.Settings, tables: _core.Tables) -> _Run:
        """Choose the number of workers, and what makes the result independent of it."""
        blocks = _core.n_blocks(len(encoded.ids))
        # A worker should have ten blocks at least: below that, starting it costs more than it does.
        workers = max(1, min(self.workers or available_cores(), blocks // 10))
        size = min(ROUND, blocks // ROUNDS)
        can_have_rounds = size > 1 and self.loss != "softmax" and not self._own_noise
        in_rounds = self.deterministic and can_have_rounds
        if self.deterministic and not in_rounds:
            workers = 1  # which is always repeatable
        if self.loss == "softmax" or not in_rounds and workers == 1:
            return _Run(encoded, settings, tables, workers, None, None)
        pulls = self._pulls(len(encoded.ids) / (len(encoded.offsets) - 1), tables)
        if not in_rounds:
            hot = _core.Hot(HOT_BLOCKS[self.loss], *(pull[:HOT_ROWS] for pull in pulls))
            return _Run(encoded, settings, tables, workers, None, hot)
        V, d = self.W_in.shape
        rounds = _core.make_rounds(
            len(encoded.ids),
            size,
            settings,
            tables,
            V,
            len(self.W_out),
            d,
            *pulls,
            _core.longest_sentence(encoded.offsets),
        )
        return _Run(encoded, settings, tables, min(workers, size), rounds, None)

    def _pulls(
        self, length: float, tables: _core.Tables
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return how far a block moves each row of W_in and W_out, at learning rate 1.

        That is the row's expected updates in a block by the number that moves it most of the way.
        """
        counts = self.vocabulary.counts
        kept = _core.BLOCK * counts / counts.sum() * self.vocabulary.keep_probability(self.sample)
        context = min(self.window + 1.0 if self.shrink_windows else 2.0 * self.window, length - 1)
        examples = context if self.architecture == "skipgram" else 1.0
        inputs = kept * (context if self.cbow_gradient == "undivided" else examples)
        if self.loss == "hs":
            assert tables.path_starts is not None and tables.path_nodes is not None
            paths = np.repeat(kept, np.diff(tables.path_starts))
            outputs = np.bincount(tables.path_nodes, paths, len(self.W_out))
        else:
            noise = self.vocabulary.noise_distribution(self.ns_exponent)
            outputs = kept + kept.sum() * self.negative * noise
        scale = 0.025 * UPDATES
        return (
            (inputs / scale).astype(np.float32),
            (outputs * examples / scale).astype(np.float32),
        )

    def _train(self, encoded: Encoded, verbose: bool, callbacks: list[Callback]) -> None:
        """Run all epochs, keeping the history; Ctrl-C ends them."""
        tables = self._tables()
        settings = _core.Settings(
            cbow=self.architecture == "cbow",
            loss=self.loss,
            window=self.window,
            shrink=self.shrink_windows,
            negative=self.negative,
            shared=not self._own_noise,
            exact=self.cbow_gradient == "exact",
            seed=self.seed,
        )
        run = self._share_work(encoded, settings, tables)

        with progress_bar(
            total=self.corpus_stats["tokens_read"] * self.epochs,
            unit=" words",
            disable=not verbose or sys.stderr is None,
        ) as bar:
            epoch = 0
            try:
                for epoch in range(self.epochs):
                    self._train_epoch(run, epoch, bar)
                    record = self.history[-1]
                    # A list first: every callback is called, whatever an earlier one says.
                    answers = [callback(self, record) for callback in callbacks]
                    if any(isinstance(a, (bool, np.bool_)) and a for a in answers):
                        break
            except KeyboardInterrupt:
                self.interrupted = True
        if self.interrupted:
            message = (
                f"training was interrupted in epoch {epoch + 1} of {self.epochs}; the model keeps "
                "what it has learnt so far"
            )
            try:
                warnings.warn(message, stacklevel=4)
            except UserWarning:  # made an error by a filter: no reason to lose the model
                print(message, file=sys.stderr)

    def _train_epoch(self, run: _Run, epoch: int, bar: tqdm[Any]) -> None:
        """Run one epoch and add its record to the history, also if it is interrupted."""
        fall = (self.min_alpha - self.alpha) / self.epochs
        alpha = self.alpha + fall * epoch
        rows = run.workers
        if run.rounds is not None:
            _core.start_rounds(run.rounds)
            rows = run.rounds.size
        report = np.zeros((rows, 16))[:, :3]  # two cache lines apart
        # Speed counts the words of the text, rare ones included, as other programs do.
        raw = self.corpus_stats["tokens_read"] / len(run.encoded.ids)
        before = bar.n
        started = time.perf_counter()

        def work(shared: NDArray[np.int64], me: int) -> None:
            _core.train(
                run.encoded.ids,
                run.encoded.offsets,
                self.W_in,
                self.W_out,
                run.settings,
                run.tables,
                epoch,
                alpha,
                alpha + fall,
                shared,
                report,
                me,
                run.workers,
                run.rounds,
                run.hot,
            )

        def show() -> None:
            words, examples, loss = report.sum(axis=0)
            if examples:
                bar.set_postfix_str(f"loss {loss / examples:.4f}", refresh=False)
            bar.update(before + round(raw * words) - bar.n)

        bar.set_description(f"epoch {epoch + 1}/{self.epochs}", refresh=False)
        self._wv = None
        try:
            _run_workers(work, run.workers, show)
        finally:
            words, examples, loss = report.sum(axis=0).tolist()
            seconds = time.perf_counter() - started
            if words:
                self.history.append(
                    {
                        "epoch": epoch + 1,
                        "loss": loss / max(examples, 1),
                        "alpha": alpha,
                        "examples": int(examples),
                        "words_per_second": raw * words / seconds,
                        "seconds": seconds,
                    }
                )
        if not loss <= MOST_LOSS * max(examples, 1):  # NaN too
            raise FloatingPointError(
                f"training diverged in epoch {epoch + 1} (loss {loss}): "
                f"alpha={self.alpha} is too high for this corpus"
            )

    # --- questions -------------------------------------------------------------------------------

    @property
    def wv(self) -> KeyedVectors:
        """The word vectors: rows of W_in, not copied."""
        self._check_fitted()
        if self._wv is None:
            self._wv = KeyedVectors(self.vocabulary.words, self.W_in, self.vocabulary.counts)
        return self._wv

    def __getitem__(self, key: object) -> NoReturn:
        """Say where the vectors are: gensim 3 had them here."""
        raise TypeError(
            "a model is not indexed; its words and vectors are model.wv: model.wv['king'], "
            "'king' in model.wv, list(model.wv)"
        )

    def __getattr__(self, name: str) -> NoReturn:
        """Say where the questions to the vectors are: gensim 3 had them here."""
        where = f"; it belongs to the vectors: model.wv.{name}" if name in dir(KeyedVectors) else ""
        raise AttributeError(f"'Word2Vec' object has no attribute {name!r}{where}")

    def _check_fitted(self) -> None:
        if not hasattr(self, "W_in"):
            raise ValueError("the model has not been trained: call fit(corpus) first")

    def predict_context(self, word: str, topn: int = 10) -> Prediction:
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

    def predict_word(self, context: Sequence[str], topn: int = 10) -> Prediction:
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
        if isinstance(context, str) or not len(context):
            raise ValueError("context must be a list of words, at least one")
        topn = whole("topn", topn, 1)
        vectors = np.stack([self.wv[word] for word in context])
        return predict(vectors, self.W_out, self.vocabulary, self, topn)

    # --- files -----------------------------------------------------------------------------------

    def save(self, path: str | PathLike[str]) -> None:
        """Write weights, vocabulary, settings and history to one safetensors file.

        Parameters
        ----------
        path : path
            Where to; written whole or not at all.

        Raises
        ------
        ValueError
            If the model is not trained, or the name is that of a format for vectors alone.
        """
        from w2v.files import formats

        self._check_fitted()
        if formats.SUFFIXES.get(os.path.splitext(path)[1].lower(), "") not in ("", "safetensors"):
            raise ValueError(
                f"{os.fspath(path)}: save() writes a whole model, as .safetensors; for the vectors "
                "alone use model.wv.save(path)"
            )
        formats.write_model(
            path,
            W_in=self.W_in,
            W_out=self.W_out,
            words=self.vocabulary.words,
            counts=self.vocabulary.counts,
            settings=self.settings,
            history=self.history,
        )

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Word2Vec:
        """Read a model that :meth:`save` wrote.

        Parameters
        ----------
        path : path
            The file.

        Returns
        -------
        Word2Vec

        Raises
        ------
        ValueError
            If the file is no model, or not a whole one.
        """
        from w2v.files import formats

        stored = formats.read_model(path)
        try:
            model = cls(**stored.settings)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{os.fspath(path)}: its settings cannot be used: {error}") from None
        model.vocabulary = Vocabulary(stored.words, stored.counts)
        model.W_in = _aligned_copy(stored.W_in)
        model.W_out = _aligned_copy(stored.W_out)
        model.history = stored.history
        return model


SETTINGS = tuple(
    name for name in (Word2Vec.__init__.__kwdefaults__ or {})
)  # the names of all settings, in the order of the signature


def train(
    corpus: Any = None,
    *,
    vocabulary: Vocabulary | Sequence[str] | Mapping[str, int] | None = None,
    verbose: bool = True,
    callbacks: Callback | Iterable[Callback] = (),
    **settings: Any,
) -> Word2Vec:
    """Train a model: short for ``Word2Vec(**settings).fit(corpus, ...)``.

    Parameters
    ----------
    corpus, vocabulary, verbose, callbacks
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
    return model.fit(corpus, vocabulary=vocabulary, verbose=verbose, callbacks=callbacks, **reading)


def _run_workers(
    work: Callable[[NDArray[np.int64], int], None], workers: int, show: Callable[[], None]
) -> None:
    """Call ``work(shared, i)`` in one thread for each of `workers`, and `show` meanwhile.

    An exception, in a worker or here (Ctrl-C), stops the other workers and is raised once all of
    them have ended.
    """
    shared = np.zeros(4, dtype=np.int64)  # next block, stop flag, arrivals, lock
    failures: list[BaseException] = []

    # Waiting is for these events, not for Thread.join(): a join that Ctrl-C interrupts takes its
    # thread for ended (CPython up to 3.12).
    ended = [threading.Event() for _ in range(workers)]

    def run(me: int) -> None:
        try:
            work(shared, me)
        except BaseException as error:
            failures.append(error)
            shared[1] = 1
        finally:
            ended[me].set()

    threads = [threading.Thread(target=run, args=(me,), daemon=True) for me in range(workers)]
    try:
        for thread in threads:
            thread.start()
        for event in ended:
            while not event.wait(0.1):
                show()
        show()
    finally:
        shared[1] = 1
        for thread, event in zip(threads, ended, strict=True):
            if thread.ident is not None:
                event.wait()
                thread.join()
    if failures:
        raise failures[0]


def _aligned_copy(matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    copy = _core.aligned_zeros(*matrix.shape)
    copy[:] = matrix
    return copy
