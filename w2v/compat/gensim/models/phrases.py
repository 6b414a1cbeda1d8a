"""``Phrases`` as in gensim: asked by ``phrases[sentence]``, and counted in steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from w2v.text import phrases as ours
from w2v.text.phrases import ENGLISH_CONNECTORS

__all__ = ["ENGLISH_CONNECTOR_WORDS", "FrozenPhrases", "Phraser", "Phrases"]

ENGLISH_CONNECTOR_WORDS = frozenset(ENGLISH_CONNECTORS)


class Phrases:
    """Find phrases and join them, as :class:`w2v.Phrases`, with gensim's arguments.

    Parameters
    ----------
    sentences : iterable of list of str, optional
        The text to count.
    min_count, threshold, delimiter, connector_words
        As :class:`w2v.Phrases` takes them.
    scoring : {"default", "npmi"}
        A function of one's own is refused.
    max_vocab_size, progress_per
        Without effect: all pairs are counted, in bounded memory.
    """

    def __init__(
        self,
        sentences: Any = None,
        min_count: int = 5,
        threshold: float = 10.0,
        max_vocab_size: int = 40_000_000,
        delimiter: str = "_",
        progress_per: int = 10_000,
        scoring: str = "default",
        connector_words: Iterable[str] = frozenset(),
    ) -> None:
        if callable(scoring):
            raise ValueError("a scoring of one's own is not done here: 'default' or 'npmi'")
        self.min_count, self.threshold, self.delimiter = min_count, threshold, delimiter
        self.scoring, self.connector_words = scoring, frozenset(connector_words)
        self._ours = ours.Phrases(
            min_count=min_count,
            threshold=threshold,
            scoring=scoring,
            connector_words=connector_words,
            delimiter=delimiter,
        )
        self._texts: list[list[str]] = []
        self._is_counted = True
        if sentences is not None:
            self.add_vocab(sentences)

    def __repr__(self) -> str:
        """Show what is held."""
        return f"<Phrases: {len(self.export_phrases())} phrases, min_count={self.min_count}>"

    def add_vocab(self, sentences: Iterable[list[str]]) -> None:
        """Count more text; all of it is kept, and counted together when phrases are asked for."""
        self._texts += [list(sentence) for sentence in sentences]
        self._is_counted = False

    def export_phrases(self) -> dict[str, float]:
        """Return the phrases with their scores."""
        if not self._is_counted and self._texts:
            self._ours.fit(self._texts)
            self._is_counted = True
        found = self._ours.phrases[0] if self._ours.phrases else {}
        return {self.delimiter.join(words): score for words, score in found.items()}

    def find_phrases(self, sentences: Iterable[list[str]]) -> dict[str, float]:
        """Return the phrases that come in some sentences, with their scores."""
        scores = self.export_phrases()
        joined = {word for sentence in self[sentences] for word in sentence}
        return {phrase: score for phrase, score in scores.items() if phrase in joined}

    def freeze(self) -> Phrases:
        """Return the phrases without the text that they were counted on."""
        self.export_phrases()
        frozen = Phrases(
            None,
            self.min_count,
            self.threshold,
            delimiter=self.delimiter,
            scoring=self.scoring,
            connector_words=self.connector_words,
        )
        frozen._ours = self._ours
        return frozen

    def __getitem__(self, sentence: Any) -> Any:
        """Join the phrases of a sentence, or, one after the other, of sentences."""
        known = self.export_phrases()
        if isinstance(sentence, (list, tuple)) and all(isinstance(word, str) for word in sentence):
            return next(self._ours.transform([sentence])) if known else list(sentence)
        return _Joined(self, sentence)


class _Joined:
    """Sentences with their phrases joined, which can be gone through again and again."""

    def __init__(self, phrases: Phrases, sentences: Iterable[list[str]]) -> None:
        self.phrases, self.sentences = phrases, sentences

    def __iter__(self) -> Iterator[list[str]]:
        """Yield the words of each sentence, phrases joined."""
        for sentence in self.sentences:
            yield self.phrases[list(sentence)]


def Phraser(phrases_model: Phrases) -> Phrases:  # noqa: N802
    """Return the phrases without the text that they were counted on: ``phrases.freeze()``."""
    return phrases_model.freeze()


FrozenPhrases = Phraser
