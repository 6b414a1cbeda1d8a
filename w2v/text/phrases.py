"""Phrases: words that stand together more often than chance explains become one word.

References
----------
.. [1] Mikolov, Sutskever, Chen, Corrado, Dean: Distributed Representations of Words and Phrases
       and their Compositionality. NIPS 2013. (Equation 6.)
.. [2] Bouma: Normalized (Pointwise) Mutual Information in Collocation Extraction. GSCL 2009.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from w2v._text import PairCounts, Sequences
from w2v.checks import Declared, number, one_of, quoted, whole_number
from w2v.names import ENGLISH_CONNECTORS, SCORINGS
from w2v.parallel import run_team, worker_count
from w2v.text.corpus import Corpus

Phrase: TypeAlias = tuple[str, ...]
# Sentences counted or joined between two chances for Ctrl-C.
_SENTENCES = 1 << 16
# Tokens of a corpus for one part of its pairs: a table of at most 24 bytes a token.
_PART_TOKENS = 1 << 24


def _by_types(
    pairs: NDArray[Any], a: NDArray[Any], b: NDArray[Any], least: int, types: int, tokens: int
) -> NDArray[Any]:
    return (pairs - least) / a / b * types


def _by_tokens(
    pairs: NDArray[Any], a: NDArray[Any], b: NDArray[Any], least: int, types: int, tokens: int
) -> NDArray[Any]:
    return (pairs - least) / a / b * tokens


def _npmi(
    pairs: NDArray[Any], a: NDArray[Any], b: NDArray[Any], least: int, types: int, tokens: int
) -> NDArray[Any]:
    together = pairs / tokens
    scores = np.log(together / ((a / tokens) * (b / tokens))) / -np.log(together)
    return np.where(pairs >= least, scores, -np.inf)


# How a pair is scored: counts of the pair and of its words, min_count, distinct words and pairs,
# tokens.
_SCORES: dict[str, Callable[..., NDArray[Any]]] = dict(
    zip(SCORINGS, (_by_types, _by_tokens, _npmi), strict=True)
)


class Phrases(Declared):
    r"""Find the phrases of a corpus, and join them to one word each.

    Parameters
    ----------
    min_count : int, default 5
        Words and pairs that occur less often make no phrase. The default scoring also subtracts it
        from the pair's count.
    threshold : float, default 10
        A pair whose score is above is a phrase. For ``"npmi"``, between -1 and 1, such as 0.5.
    scoring : {"default", "word2phrase", "npmi"}, default "default"
        How far the words a and b stand together more often than by chance:

        - ``"default"``: :math:`(n_{ab} - min\_count) / (n_a n_b) \cdot N` with N the distinct words
          and pairs, as in gensim;
        - ``"word2phrase"``: the same with N the tokens, as in word2vec.c's program;
        - ``"npmi"``: :math:`\ln \frac{p_{ab}}{p_a p_b} / -\ln p_{ab}`, from -1 to 1.
    connector_words : iterable of str, or "english", default ()
        Words that may stand inside a phrase and neither begin nor end one: ``bank_of_america``.
    delimiter : str, default "_"
        What stands between the words of a phrase.
    passes : int, default 1
        Each pass joins what the one before has joined: two passes give up to four words. A pass
        that joins nothing is the last.
    vocabulary : iterable of str or of sequences of str, optional
        The phrases themselves, such as names; nothing is counted then, and of two phrases that
        begin at a word the longer one is joined. A str is split at blanks.
    workers : int, optional
        Threads that count: 0, -1 or None for all cores. The result is the same for any number.

    Attributes
    ----------
    phrases : list of dict of tuple of str to float
        For each pass its phrases, the words of one and its score, best first.

    Examples
    --------
    >>> lines = ["new york is big", "she is in new york", "a big new house", "she likes new york",
    ...          "is she in a house", "he likes a big house"]
    >>> phrases = Phrases(scoring="npmi", threshold=0.8, min_count=2)
    >>> phrases = phrases.fit([line.split() for line in lines])
    >>> list(phrases.transform([["a", "new", "car", "in", "new", "york"]]))
    [['a', 'new', 'car', 'in', 'new_york']]
    """

    phrases: list[dict[Phrase, float]]
    min_count: int
    threshold: float
    scoring: str
    connector_words: frozenset[str]
    delimiter: str
    passes: int
    workers: int

    def __init__(
        self,
        *,
        min_count: int = 5,
        threshold: float = 10.0,
        scoring: str = "default",
        connector_words: Iterable[str] | str = (),
        delimiter: str = "_",
        passes: int = 1,
        vocabulary: Iterable[str | Sequence[str]] | None = None,
        workers: int | None = None,
    ) -> None:
        self.min_count = whole_number("min_count", min_count, 0)
        self.scoring = one_of("scoring", scoring, SCORINGS)
        npmi = scoring == "npmi"
        self.threshold = number("threshold", threshold, -1 if npmi else 0, 1 if npmi else np.inf)
        if isinstance(connector_words, str):
            one_of("connector_words", connector_words, ("english",))
            connector_words = ENGLISH_CONNECTORS
        self.connector_words = frozenset(connector_words)
        if not isinstance(delimiter, str) or not delimiter or delimiter.split() != [delimiter]:
            raise ValueError(f"delimiter must be a str without blanks, not {quoted(delimiter)}")
        self.delimiter = delimiter
        self.passes = whole_number("passes", passes, 1)
        self.workers = worker_count(workers)
        self.phrases = []
        self._given = vocabulary is not None
        if vocabulary is not None:
            self.phrases = [dict.fromkeys(map(_split, vocabulary), np.inf)]

    def __repr__(self) -> str:
        """Show the number of phrases."""
        return f"<Phrases: {', '.join(str(len(found)) for found in self.phrases) or 'not fitted'}>"

    def fit(self, corpus: Any, **reading: Any) -> Phrases:
        """Find the phrases of a corpus.

        Parameters
        ----------
        corpus : Corpus or a source of one
        **reading
            As `Corpus` has them, such as ``tokenizer="words"``.

        Returns
        -------
        Phrases
            Itself.
        """
        self.fit_transform(corpus, **reading)
        return self

    def fit_transform(self, corpus: Any, **reading: Any) -> Corpus:
        """Find the phrases of a corpus and return it with them joined; see `fit`."""
        corpus = Corpus.of(corpus, **reading)
        if self._given:
            return self._joined(corpus, self.phrases[0])
        self.phrases = []
        for _ in range(self.passes):
            self.phrases.append(self._find(corpus))
            before, corpus = corpus, self._joined(corpus, self.phrases[-1])
            if corpus.stats.tokens == before.stats.tokens:
                break  # so would all passes that follow
        return corpus

    def transform(self, sentences: Any) -> Any:
        """Join the phrases of sentences.

        From left to right, the longest phrase that begins at a word is joined.

        Parameters
        ----------
        sentences : Corpus or iterable of list of str

        Returns
        -------
        Corpus or iterator of list of str
            As given.
        """
        if not self.phrases:
            raise ValueError("no phrases are known: call fit(corpus) first, or give vocabulary=")
        if isinstance(sentences, Corpus):
            for phrases in self.phrases:
                sentences = self._joined(sentences, phrases)
            return sentences
        return self._joined_lists(sentences)

    def _find(self, corpus: Corpus) -> dict[Phrase, float]:
        """Score the pairs of a corpus; return the phrases with their scores, best first."""
        counts, ids, offsets = corpus.word_counts, *corpus.arrays
        connects = np.zeros(len(counts), np.uint8)
        found = corpus.find(list(self.connector_words))
        connects[found[found >= 0]] = 1
        pairs, types = self._count(ids, offsets, connects)
        place, a, b, together = pairs.T
        types += len(counts) - int(connects.sum())
        scores = _SCORES[self.scoring](
            together, counts[a], counts[b], self.min_count, types, corpus.stats.tokens
        )
        order = np.lexsort((place, -scores))
        order = order[scores[order] > self.threshold]
        # a phrase of two words and its connectors: as many ids as there are up to word b
        lasts = place[order] + 1
        while (inside := connects[ids[lasts]] == 1).any():
            lasts[inside] += 1
        spans = [
            ids[first : last + 1]
            for first, last in zip(place[order].tolist(), lasts.tolist(), strict=True)
        ]
        words = iter(corpus.words(np.concatenate(spans)) if spans else [])
        phrases = [tuple(islice(words, len(span))) for span in spans]
        return dict(zip(phrases, scores[order].tolist(), strict=True))

    def _count(
        self, ids: NDArray[np.int32], offsets: NDArray[np.int64], connects: NDArray[np.uint8]
    ) -> tuple[NDArray[np.int64], int]:
        """Count all pairs, a part at a time; return the frequent ones, and how many all are.

        A frequent one is (place, word a, word b, count).

        A part holds the pairs whose hash falls into it. So memory has a limit, the counts are
        exact, and threads need not meet.
        """
        parts = max(self.workers, -(-len(ids) // _PART_TOKENS))
        frequent = [np.empty((0, 4), np.int64)] * parts
        types = [0] * parts
        waiting = iter(range(parts))
        stopped = False

        def stop() -> None:
            nonlocal stopped
            stopped = True

        def work(_: int) -> None:
            for part in waiting:
                pairs = PairCounts(part, parts)
                for first in range(0, len(offsets) - 1, _SENTENCES):
                    if stopped:
                        return
                    last = min(first + _SENTENCES, len(offsets) - 1)
                    pairs.count(ids, offsets, first, last, connects)
                least = max(1, self.min_count)
                found = np.empty((pairs.frequent(least, frequent[part]), 4), np.int64)
                pairs.frequent(least, found)
                frequent[part] = found
                types[part] = len(pairs)

        run_team(work, min(self.workers, parts), stop)
        return np.concatenate(frequent), sum(types)

    def _joined(self, corpus: Corpus, phrases: Iterable[Phrase]) -> Corpus:
        """Return a corpus with these phrases joined."""
        if not isinstance(corpus.words([0])[0], str):
            raise TypeError("phrases are joined words; the tokens of this corpus are whole numbers")
        words = sorted({word for phrase in phrases for word in phrase})
        id_of = dict(zip(words, corpus.find(words).tolist(), strict=True))
        known = [phrase for phrase in phrases if all(id_of[word] >= 0 for word in phrase)]
        texts = list(dict.fromkeys(map(self.delimiter.join, known)))
        # a phrase may be a word of the corpus already
        joined = corpus.find(texts)
        (new,) = np.nonzero(joined < 0)
        joined[new] = corpus.stats.types + np.arange(len(new))
        id_of_text = dict(zip(texts, joined.tolist(), strict=True))
        sequences = Sequences(
            np.array([id_of[word] for phrase in known for word in phrase], np.int32),
            np.cumsum([0, *map(len, known)], dtype=np.int64),
            np.array([id_of_text[self.delimiter.join(phrase)] for phrase in known], np.int32),
            corpus.stats.types,
        )
        return corpus.joined(sequences, [texts[i] for i in new])

    def _joined_lists(self, sentences: Iterable[Sequence[str]]) -> Iterator[list[str]]:
        trees = [_tree(phrases) for phrases in self.phrases]
        for sentence in sentences:
            if isinstance(sentence, str):
                raise TypeError(f"{quoted(sentence)} is one str; split it into words first")
            words = list(sentence)
            for tree in trees:
                words = self._join(words, tree)
            yield words

    def _join(self, words: list[str], tree: dict[Any, Any]) -> list[str]:
        """Join the phrases of one sentence; as the compiled core does with ids."""
        out, i = [], 0
        while i < len(words):
            node, end = tree, i + 1
            for j in range(i, len(words)):
                if words[j] not in node:
                    break
                node = node[words[j]]
                if None in node:
                    end = j + 1
            out.append(self.delimiter.join(words[i:end]))
            i = end
        return out


def _tree(phrases: Iterable[Phrase]) -> dict[Any, Any]:
    """Return nested dicts, one a word; the last of a phrase has the key None."""
    tree: dict[Any, Any] = {}
    for phrase in phrases:
        node = tree
        for word in phrase:
            node = node.setdefault(word, {})
        node[None] = True
    return tree


def _split(phrase: str | Sequence[str]) -> Phrase:
    words = tuple(phrase.split() if isinstance(phrase, str) else phrase)
    if len(words) < 2 or not all(isinstance(word, str) for word in words):
        raise ValueError(f"a phrase has two words or more, and {quoted(phrase)} has not")
    return words
