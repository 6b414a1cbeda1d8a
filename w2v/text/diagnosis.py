"""A corpus looked at before it is trained on: what would make its vectors bad, and what to do.

The bounds are rules of thumb, and wide: text8 passes them, but that it is one line. The embedded
small world, made from patterns, repeats three lines of four, and is told so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.checks import quoted
from w2v.text.corpus import Corpus
from w2v.text.vocabulary import Vocabulary, look_alikes

_FEW_TOKENS = 10_000  # so many at least have shown a word in many contexts
_LETTERS = 0.5  # share of tokens of one letter: of English text 6 %, of Chinese in words 40 %
_GIANT = 100_000  # tokens of a line that is hardly a sentence
_REPEATED = 0.25  # share of lines that are copies; web pages have that many menus and footers
_ALONE = 0.5  # share of lines of one word
_SHORT = 4  # tokens: shorter lines are repeated in any text
_LEFT_OUT = 0.25  # share of tokens; of text8 2 % occur less than 5 times
_DAMAGED = 1e-4  # share of tokens that hold what wrong decoding leaves
_BLOCK = 1 << 16  # words or sentences looked at a time
# The replacement character; UTF-8 read as Latin-1 or cp1252 and written as UTF-8 again.
_WRONG = re.compile("\ufffd|[\u00c2\u00c3][\u0080-\u00bf]|\u00e2\u20ac|\u00e2\u0080")
_MULTIPLIERS = tuple(map(np.uint64, (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)))


class Finding(NamedTuple):
    """One thing that was looked at.

    Attributes
    ----------
    what : str
    value : int, float or str
    ok : bool
    advice : str
        What is wrong and what to do; "" if it is ok.
    """

    what: str
    value: int | float | str
    ok: bool = True
    advice: str = ""

    @classmethod
    def of(cls, what: str, value: int | float | str, advice: str, wrong: bool) -> Finding:
        """Make one, with its advice if something is wrong."""
        return cls(what, value, not wrong, advice if wrong else "")


def diagnose(
    corpus: Corpus, *, vector_size: int = 100, min_count: int = 5, sample: float = 1e-3
) -> list[Finding]:
    """Look at a corpus before training.

    Parameters
    ----------
    corpus : Corpus
    vector_size, min_count, sample
        The settings it will be trained with.

    Returns
    -------
    list of Finding
        In the order in which a person would look: letters, lines, words, settings.
    """
    counts = corpus.word_counts
    return [
        *_of_lines(corpus),
        *_of_words(corpus, counts),
        *_of_settings(corpus, counts, vector_size, min_count, sample),
    ]


def _of_lines(corpus: Corpus) -> Iterator[Finding]:
    stats = corpus.stats
    ids, offsets = corpus.arrays
    lengths = np.diff(offsets)
    yield Finding.of(
        "words",
        stats.tokens,
        f"fewer than {_FEW_TOKENS:,} words are too few to learn from: give more text",
        stats.tokens < _FEW_TOKENS,
    )
    yield Finding("lines", stats.lines)
    longest = int(lengths.max())
    yield Finding.of(
        "words of the longest line",
        longest,
        "a line is a sentence, and this one is hardly one: words of different sentences become "
        "neighbours; put a newline behind each sentence or document",
        longest > _GIANT or (stats.sentences == 1 and longest > 1000),
    )
    alone = float((lengths == 1).mean())
    yield Finding.of(
        "share of lines of one word",
        alone,
        "a word alone in its line has no neighbours: put the words of a sentence on one line",
        alone > _ALONE,
    )
    repeated = _repeated(ids, offsets)
    yield Finding.of(
        "share of repeated lines",
        repeated,
        "copies teach nothing new and are counted as if they did: take them out, for instance by "
        "`sort -u`",
        repeated > _REPEATED,
    )


def _repeated(ids: NDArray[np.int32], offsets: NDArray[np.int64]) -> float:
    """Return the share of lines of `_SHORT` words or more that stand before as well."""
    hashes = []
    for start in range(0, len(offsets) - 1, _BLOCK):
        cuts = offsets[start : start + _BLOCK + 1]
        tokens = ids[cuts[0] : cuts[-1]].astype(np.uint64)
        firsts, lengths = cuts[:-1] - cuts[0], np.diff(cuts)
        places = np.arange(len(tokens)) - np.repeat(firsts, lengths)
        mixed = tokens + (places.astype(np.uint64) << np.uint64(32)) + _MULTIPLIERS[0]
        for shift, multiplier in zip((30, 27), _MULTIPLIERS[1:], strict=True):  # SplitMix64
            mixed = (mixed ^ (mixed >> np.uint64(shift))) * multiplier
        hashes.append(np.add.reduceat(mixed, firsts)[lengths >= _SHORT])
    found = np.concatenate(hashes)
    return 1 - len(np.unique(found)) / len(found) if len(found) else 0.0


def _of_words(corpus: Corpus, counts: NDArray[np.int64]) -> Iterator[Finding]:
    if not isinstance(corpus.words([0])[0], str):  # ids
        return
    letters = wrong = 0
    example = ""
    for start in range(0, len(counts), _BLOCK):
        words = corpus.words(np.arange(start, min(start + _BLOCK, len(counts)), dtype=np.int32))
        sizes = np.fromiter(map(len, words), np.int64, len(words))
        letters += int(counts[start : start + len(words)][sizes == 1].sum())
        if _WRONG.search("\n".join(words)):
            for i, word in enumerate(words):
                if _WRONG.search(word):
                    wrong += int(counts[start + i])
                    example = example or word
    total = corpus.stats.tokens
    yield Finding.of(
        "share of words of one letter",
        letters / total,
        "these are letters and no words: perhaps a str was given for a list of words, or blanks "
        "stand between all letters; Chinese and Japanese must be cut into words first",
        letters > _LETTERS * total,
    )
    yield Finding.of(
        "share of words that were decoded wrongly",
        wrong / total,
        f"such as {quoted(example)}: the text was read in another encoding than it was written "
        "in; decode its source anew, with the right encoding=",
        wrong > _DAMAGED * total,
    )


def _of_settings(
    corpus: Corpus, counts: NDArray[np.int64], vector_size: int, min_count: int, sample: float
) -> Iterator[Finding]:
    total = corpus.stats.tokens
    kept = int(counts[counts >= min_count].sum())
    n_kept = int((counts >= min_count).sum())
    yield Finding("distinct words", len(counts))
    yield Finding.of(
        f"distinct words of min_count={min_count}",
        n_kept,
        "fewer than two words are left, and a word predicts another: lower min_count",
        n_kept < 2,
    )
    left_out = 1 - kept / total
    yield Finding.of(
        f"share of words left out by min_count={min_count}",
        left_out,
        "so many words are rare that their neighbours lose their context: lower min_count, join "
        "spellings with tokenizer='words', or give more text",
        left_out > _LEFT_OUT,
    )
    if n_kept < 2:
        return
    times = kept / n_kept
    yield Finding.of(
        "mean count of a word",
        times,
        f"that is too little text for vector_size={vector_size}: take at most "
        f"{max(2, int(4 * times))}, or give more text",
        4 * times < vector_size,
    )
    vocabulary = Vocabulary.from_corpus(corpus, min_count)
    p = vocabulary.keep_probability(sample)
    thinned = 1 - float(vocabulary.counts @ p) / kept
    top = zip(vocabulary.words[:3], p, strict=False)
    most = ", ".join(f"{quoted(str(word))} {share:.0%}" for word, share in top)
    yield Finding(f"share of words thinned out by sample={sample:g}", thinned)
    yield Finding("of the most frequent words it keeps", most)
    for message in look_alikes(vocabulary.words):
        yield Finding("spelling", "", False, message)
