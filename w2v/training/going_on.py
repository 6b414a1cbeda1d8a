"""Training that goes on: from a checkpoint, or with new text from what was learnt before."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from w2v.checks import true_or_false
from w2v.names import READING
from w2v.parallel import alone
from w2v.text.corpus import Corpus, Encoded
from w2v.text.phrases import Phrases
from w2v.text.vocabulary import Vocabulary
from w2v.training.checkpoint import EVERY, Checkpoint, Place, Saved, source_of, start_note
from w2v.training.fitting import Fitting, held_out, phrases_of
from w2v.training.frozen import Frozen, check_frozen
from w2v.training.loop import Callback, Judge, NoExampleError, run_training
from w2v.training.model import aligned_copy
from w2v.training.origin import origin_of, words_as_before
from w2v.training.schedule import Schedule, choose_sample
from w2v.training.weights import first_weights, grown_weights
from w2v.versions import versions

if TYPE_CHECKING:
    from typing_extensions import Self

Matrix = NDArray[np.float32]

# Of so many texts that a model was trained on before, its origin speaks: there may be thousands.
_MOST_BEFORE = 20
# What a training changes of a model, beside its history.
_STATE = ("vocabulary", "W_in", "W_out", "settings", "origin", "corpus_stats")


class GoingOn(Fitting):
    """A model that is trained epoch after epoch, at once or with breaks."""

    # --- from new weights ------------------------------------------------------------------------

    def build_vocab(
        self,
        corpus: Any = None,
        *,
        grow: bool = False,
        vocabulary: Vocabulary | Sequence[str] | Mapping[str, int] | None = None,
        verbose: bool = True,
        phrases: int | Phrases | None = None,
        init_from: Any = None,
        **reading: Any,
    ) -> Self:
        """Choose the words, and make the weights that training begins with, without training.

        :meth:`partial_fit` trains then. :meth:`fit` does both at once.

        Parameters
        ----------
        corpus : path, Corpus or iterable, optional
            As :meth:`fit` takes it. It may be left away if `vocabulary` has counts.
        grow : bool, default False
            Keep what the model has learnt, and add new words as :meth:`partial_fit` does. Without
            it the model starts anew.
        vocabulary : Vocabulary, list of str or dict of str to int, optional
            As :meth:`fit` takes it; not together with `grow`.
        verbose, phrases, init_from, **reading
            As :meth:`fit` takes them; `init_from` not together with `grow`.

        Returns
        -------
        Word2Vec
            The model itself.

        Raises
        ------
        ValueError
            If the corpus is empty, or too small for `min_count`.

        Examples
        --------
        >>> import w2v
        >>> corpus = w2v.Corpus([["heavy", "rain"], ["light", "shower"]] * 50)
        >>> model = w2v.Word2Vec(vector_size=8, sample=0).build_vocab(corpus)
        >>> len(model.partial_fit(corpus, epochs=2, verbose=False).history)
        2
        """
        grow = self._can_grow(grow)
        for name, value in (("vocabulary", vocabulary), ("init_from", init_from)):
            if grow and value is not None:
                raise ValueError(f"grow=True keeps the rows of before: leave {name} away")
        vectors = self._vectors(init_from)
        if corpus is not None:
            reading = self._reading(corpus, reading) if grow else reading
            text = self._open(corpus, verbose, reading, phrases_of(phrases)[0])
            chosen = self._choose(text, self._grown if grow else vocabulary)
        elif isinstance(vocabulary, Vocabulary):
            chosen = vocabulary
        elif isinstance(vocabulary, Mapping):
            chosen = Vocabulary.from_counts(vocabulary, self.settings.max_final_vocab)
        else:
            raise TypeError("build_vocab() needs a corpus, or a vocabulary with counts")
        if len(chosen) < 2:
            raise ValueError("a word predicts another: the vocabulary needs two words")
        with alone(self):
            if grow:
                self._grow(chosen)
                self.origin = self.origin | {"vocabulary": "grown"}
                return self
            settings = choose_sample(self._given, chosen, int(chosen.counts.sum()))
            self._renew(chosen, *first_weights(chosen, settings, None, vectors), settings)
            self.origin, self.corpus_stats = {"versions": versions()} | start_note(init_from), {}
        return self

    # --- from what was learnt before -------------------------------------------------------------

    def partial_fit(
        self,
        corpus: Any,
        *,
        grow: bool = False,
        epochs: int | None = None,
        alpha: float | None = None,
        min_alpha: float | None = None,
        workers: int | None = None,
        frozen: Any = None,
        verbose: bool = True,
        callbacks: Callback | Iterable[Callback] = (),
        validation: Any = None,
        patience: int | None = None,
        phrases: int | Phrases | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        every: float = EVERY,
        **reading: Any,
    ) -> Self:
        """Train on with new text, from the weights that the model has.

        A model that has none yet is trained as by :meth:`fit`, so that the parts of a text may be
        given one after the other. A loaded model goes on like the one that was saved.

        Parameters
        ----------
        corpus : path, Corpus or iterable
            The new text, as :meth:`fit` takes it. It is split into words as the text of before
            unless `tokenizer` and `normalize` are given.
        grow : bool, default False
            Add the words that come at least `min_count` times in the new text, and add the counts
            of the text to those of the old words. Old words keep their rows of both matrices, which
            stand in the order of the new counts. Without it the vocabulary and its counts stay as
            they are, and other words are left out.
        epochs, alpha, min_alpha : int, float, float, optional
            Passes over this text, and the learning rates at their start and end; those of the
            settings unless given. The rate falls anew in each call.
        workers : int, optional
            Another number of threads than before.
        frozen : {"input", "output", "given"} or iterable of words, optional
            What does not change, as :meth:`fit` takes it; ``"given"`` are the words that the model
            had before, so that new ones take their places among them.
        verbose, callbacks, validation, patience, phrases, checkpoint, every, **reading
            As :meth:`fit` takes them.

        Returns
        -------
        Word2Vec
            The model itself. :attr:`history` has the epochs of all calls; :attr:`corpus_stats` is
            that of the latest text.

        Raises
        ------
        ValueError
            If no word of the vocabulary comes in the text, and for all that :meth:`fit` refuses.
        FloatingPointError
            If training diverged.

        Notes
        -----
        The same calls in the same order give the same bytes, as far as :meth:`fit` does: random
        numbers depend on the seed and on the number of the epoch, which is counted over all calls.

        A call that fails before an epoch is done leaves the model as it was. For that the weights
        of before stay in memory until it ends.

        Under hierarchical softmax the output rows belong to the inner nodes of the Huffman tree of
        the counts. Where `grow` makes it another tree, `W_out` begins anew with zeros, and only the
        vectors keep what was learnt.

        Examples
        --------
        >>> import w2v
        >>> model = w2v.Word2Vec(vector_size=8, min_count=1, sample=0)
        >>> model = model.partial_fit([["heavy", "rain"]] * 9, verbose=False)
        >>> model = model.partial_fit([["light", "rain"]] * 9, grow=True, verbose=False)
        >>> model.vocabulary.words, model.vocabulary.counts.tolist()
        (['rain', 'heavy', 'light'], [18, 9, 9])
        """
        check_frozen(frozen, begins=not hasattr(self, "W_in"))
        of_schedule = {"epochs": epochs, "alpha": alpha, "min_alpha": min_alpha, "workers": workers}
        given = {name: value for name, value in of_schedule.items() if value is not None}
        asked = replace(self.settings, **given)  # checks them
        with alone(self):
            schedule = Schedule(asked.epochs, asked.alpha, asked.min_alpha, self._epochs)
            vocabulary, words_of = self._words_to_go_on(grow)
            begun_before = words_of != "corpus"
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
                reading=self._reading(corpus, reading) if begun_before else reading,
                words_of=words_of,
            )
            if workers is not None:
                self._given, self.settings = (
                    replace(settings, workers=workers) for settings in (self._given, self.settings)
                )
            read = (begun.vocabulary, begun.encoded, verbose, begun.judge, begun.checkpoint)
            origin = begun.origin | {"schedule": asdict(schedule)}
            if begun_before:
                return self._go_on(*read, origin | self._before(), schedule, frozen)
            return self._fit_encoded(*read, origin, schedule, frozen=frozen)

    def _go_on(
        self,
        vocabulary: Vocabulary,
        encoded: Encoded,
        verbose: bool,
        judge: Judge,
        checkpoint: Checkpoint | None,
        origin: dict[str, Any],
        schedule: Schedule,
        frozen: Any,
    ) -> Self:
        """Train on a text that is read already, from the weights there are."""
        before = {name: getattr(self, name) for name in _STATE}
        records = len(self.history)
        try:
            first = self._grow(vocabulary)
            old = [word in before["vocabulary"] for word in vocabulary.words]
            kept = Frozen.of(frozen, vocabulary, self.W_out, np.array(old))
            self.origin = origin | kept.note()
            run_training(self, encoded, verbose, schedule, judge, Place(), checkpoint, first, kept)
        except BaseException as error:
            if isinstance(error, NoExampleError):
                del self.history[records:]
            if len(self.history) == records:
                for name, value in before.items():
                    setattr(self, name, value)
                self._wv = None
            raise
        return self

    def _words_to_go_on(self, grow: Any) -> tuple[Any, str]:
        """Return the words to train, or what chooses them, and whose they are, for an origin."""
        if self._can_grow(grow):
            return self._grown, "grown"
        if not hasattr(self, "W_in"):
            return None, "corpus"
        self._check_one_vocabulary("partial_fit")
        grown = not self._epochs and self.origin.get("vocabulary") == "grown"  # by build_vocab
        return self.vocabulary, "grown" if grown else "before"

    def _before(self) -> dict[str, Any]:
        """Return what an origin says of the texts and the vectors before."""
        if not self._epochs:  # words and weights of build_vocab
            return {name: self.origin[name] for name in ("init_from",) if name in self.origin}
        now = {name: value for name, value in self.origin.items() if name != "before"}
        if isinstance(now.get("frozen"), dict):
            now["frozen"] = "some words"
        return {"before": [*self.origin.get("before", []), now][-_MOST_BEFORE:]}

    @property
    def _epochs(self) -> int:
        """Epochs that were trained, in all calls."""
        return int(self.history[-1]["epoch"]) if self.history else 0

    def _can_grow(self, grow: Any) -> bool:
        """Return whether to grow: a model without words takes all of a text."""
        if not true_or_false("grow", grow) or not hasattr(self, "W_in"):
            return False
        self._check_one_vocabulary("grow=True")
        return True

    def _grown(self, corpus: Corpus) -> Vocabulary:
        settings = self.settings
        return self.vocabulary.grown(corpus, settings.min_count, settings.max_final_vocab)

    def _grow(self, vocabulary: Vocabulary) -> Callable[[], tuple[Matrix, Matrix]]:
        """Take a vocabulary that has all words of the old one; return what makes its weights."""
        make = partial(
            grown_weights,
            self.vocabulary,
            vocabulary,
            self.settings,
            self.W_in,
            self.W_out,
            self._epochs,
        )
        self.W_in, self.W_out = make()
        self.vocabulary, self._wv = vocabulary, None
        return make

    def _reading(self, corpus: Any, given: dict[str, Any]) -> dict[str, Any]:
        """Return how a new text is read: its words are made like those of the text of before."""
        if isinstance(corpus, Corpus):
            return given
        return words_as_before(self.origin, given, "partial_fit")

    # --- from a checkpoint -----------------------------------------------------------------------

    @classmethod
    def resume(
        cls,
        path: str | os.PathLike[str],
        corpus: Any = None,
        *,
        verbose: bool = True,
        callbacks: Callback | Iterable[Callback] = (),
        validation: Any = None,
        phrases: Phrases | None = None,
        workers: int | None = None,
        every: float | None = None,
        **given: Any,
    ) -> Self:
        """Go on with a training from the checkpoint that :meth:`fit` wrote.

        The result is that of a training that was not interrupted, byte for byte where the training
        is repeatable, whatever the number of workers was and is.

        Parameters
        ----------
        path : path
            The checkpoint. Later ones take its place.
        corpus : path, Corpus or iterable, optional
            The same text as then. It is found by itself where `fit` was given a path.
        verbose : bool, default True
            Show a progress bar on standard error.
        callbacks : callable or iterable of callables
            Those of then, which no file can hold.
        validation : corpus, optional
            The text of then, if one was given. A share is known.
        phrases : Phrases, optional
            Those of then, if they were given; a number of passes is known.
        workers : int, optional
            Another number of threads than then.
        every : float, optional
            Other seconds from one checkpoint to the next than then.
        **given
            How to read the corpus, as then where it is left away; and settings, which are compared
            with those of the checkpoint.

        Returns
        -------
        Word2Vec

        Raises
        ------
        ValueError
            If the corpus, a setting, the version of w2v or the instruction set is another one than
            then. The difference is named.
        """
        saved = Saved.read(path)
        asked = saved.asked
        saved.check_versions()
        reading = {name: given.pop(name) for name in READING if name in given}
        saved.check_settings(given)
        for name, value in asked["reading"].items():
            if not isinstance(value, str) and name not in reading:
                raise ValueError(
                    f"{path} was trained with {name}={value['given']}, which no file can hold: "
                    f"give it to resume({name}=...)"
                )
            reading.setdefault(name, value)
        if phrases is None and (passes := asked.get("phrases")) is not None:
            if passes == "given":
                raise ValueError(f"{path} was trained with phrases: give them to resume(phrases=)")
            phrases = Phrases(passes=passes)
        model = cls._of(saved.stored, path)
        if workers is not None:
            model.settings = model._given = replace(model.settings, workers=workers)
        if corpus is None:
            if asked["source"] is None:
                raise ValueError(f"{path} was trained on no file: give resume() the same corpus")
            corpus = source_of(asked["source"])
        if isinstance(corpus, Corpus):
            reading = {}
        vocabulary, encoded = model._read(corpus, model.vocabulary, verbose, dict(reading), phrases)
        if validation is None and asked["validation"] == "text":
            raise ValueError(f"{path} was judged by a text: give it to resume(validation=...), too")
        validation = asked["validation"] if validation is None else validation
        encoded, held = held_out(encoded, vocabulary, validation, reading, phrases)
        saved.check_corpus(origin_of(vocabulary, encoded)["corpus"])
        best = saved.stored.best
        judge = Judge(
            held,
            asked["patience"],
            callbacks,
            None if best is None else (aligned_copy(best[0]), aligned_copy(best[1])),
        )
        checkpoint = Checkpoint(path, saved.every if every is None else every, asked)
        first: Any = partial(first_weights, vocabulary, model.settings)
        if saved.schedule.first or "init_from" in model.origin:  # they were not random ones
            weights = aligned_copy(model.W_in), aligned_copy(model.W_out)
            first = lambda: weights  # noqa: E731
        kept = Frozen.read(model.origin, len(model.W_in), len(model.W_out))
        run_training(
            model, encoded, verbose, saved.schedule, judge, saved.place, checkpoint, first, kept
        )
        return model
