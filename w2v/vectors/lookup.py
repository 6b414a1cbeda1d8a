"""Looking words up: a word to its row, and what happens to a word that is unknown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import islice
from numbers import Integral
from typing import Any, cast
from unicodedata import normalize

import numpy as np

from w2v.checks import MOST_SHOWN, one_of, quoted
from w2v.files.words import PackedWords, Word, are_ids, as_words, is_word
from w2v.vectors.ranking import Rows

OOV_POLICIES = ("error", "skip", "zero")

# Words looked up one by one in a mapped file without an index, before the dictionary is made.
_LOOK_UPS = 32


class UnknownWordError(KeyError):
    """A word that is not in the vocabulary; its message offers close spellings.

    The spellings are searched for when the message is read. So code that catches this error in a
    loop pays nothing for them.

    Parameters
    ----------
    word : object
        What was looked up.
    vocabulary : sequence of str or of int, default ()
        Words to search, most frequent first.
    """

    def __init__(self, word: object, vocabulary: Sequence[Word] = ()) -> None:
        super().__init__(word)
        self.word = word
        self._vocabulary = vocabulary

    @property
    def suggestions(self) -> list[str]:
        """Up to three words of the vocabulary spelled like the unknown one, nearest first."""
        if not isinstance(self.word, str) or are_ids(self._vocabulary):
            return []
        return close_spellings(self.word, self._vocabulary)

    def __str__(self) -> str:
        """Return the message itself (a plain KeyError would put it in quotes)."""
        if are_ids(self._vocabulary):
            if is_word(self.word) and not isinstance(self.word, str):
                return f"{self.word} is not in the vocabulary"
            return (
                f"the words of this vocabulary are ids and are looked up by int, not "
                f"{type(self.word).__name__}: {quoted(self.word)}"
            )
        if not isinstance(self.word, str):
            row = _as_row(self.word)
            return (
                f"words are looked up by str, not {type(self.word).__name__}: {quoted(self.word)}; "
                f"by row, vectors are kv.vectors[{row}] and words kv.index_to_key[{row}]"
            )
        message = f"{quoted(self.word)} is not in the vocabulary"
        close = self.suggestions
        if close and normalize("NFC", close[0]) == normalize("NFC", self.word):
            return f"{message} in this form of Unicode; its form there is {ascii(close[0])}"
        return f"{message}; close spellings: {', '.join(map(quoted, close))}" if close else message

    def __reduce__(self) -> tuple[type[UnknownWordError], tuple[object, list[str]]]:
        """Pickle the suggestions in place of the whole vocabulary."""
        return type(self), (self.word, self.suggestions)


class Lookup:
    """A list of distinct words, and the row of each.

    Parameters
    ----------
    words : sequence of str, or of int
        By row. A mapped file's words are decoded, and their dictionary is made, when either is
        needed.

    Raises
    ------
    TypeError
        Words that are not all str, or all int.
    ValueError
        A repeated word.
    """

    def __init__(self, words: Sequence[Word]) -> None:
        self.words: Sequence[Word] = words if isinstance(words, PackedWords) else as_words(words)
        self.are_ids = are_ids(self.words)
        self._found: dict[object, int] = {}
        if self.words is not words:
            _ = self.key_to_index  # refuses repeated words

    @cached_property
    def index_to_key(self) -> list[Word]:
        """Words by row."""
        if isinstance(self.words, PackedWords):
            self.words = self.words.decode()
        return cast(list[Word], self.words)

    @cached_property
    def key_to_index(self) -> dict[Word, int]:
        """Row of each word."""
        words = self.index_to_key
        rows = dict(zip(words, range(len(words)), strict=True))
        if len(rows) < len(words):
            place, word = next((i, word) for i, word in enumerate(words) if rows[word] != i)
            raise ValueError(
                f"words must be distinct; {quoted(word)} stands at {place} and at {rows[word]}"
            )
        return rows

    def row(self, word: Any) -> int:
        """Return the row of a word, -1 if it is unknown."""
        if isinstance(word, str) == self.are_ids or not is_word(word):
            return -1
        if isinstance(self.words, PackedWords):
            if self.words.is_indexed:
                return self.words.find(word)
            row = self._found.get(word)
            if row is not None:
                return row
            if len(self._found) < _LOOK_UPS:
                return self._found.setdefault(word, self.words.find(word))
        return self.key_to_index.get(word, -1)

    def known_row(self, word: Any) -> int:
        """Return the row of a word, or raise an UnknownWordError."""
        row = self.row(word)
        if row < 0:
            raise UnknownWordError(word, self.words)
        return row

    def rows(self, words: Iterable[Word], oov: str = "error") -> Rows:
        """Return the rows of words, (n,); -1 for an unknown one under ``oov="zero"``."""
        check_oov(oov)
        if isinstance(words, str):
            raise TypeError(f"expected a list of words; a single word is written [{quoted(words)}]")
        row = self.known_row if oov == "error" else self.row
        rows = np.array([row(word) for word in words], dtype=np.intp)
        return rows[rows >= 0] if oov == "skip" else rows


def check_oov(oov: str, allowed: tuple[str, ...] = OOV_POLICIES) -> None:
    """Refuse what does not say what an unknown word does."""
    one_of("oov", oov, allowed)


def close_spellings(word: str, vocabulary: Sequence[str], n: int = 3) -> list[str]:
    """Return up to n words spelled like `word`, nearest first, whatever their capitals.

    The nearest are the same letters in another Unicode form, and those that differ in capitals, in
    invisible hyphens or in how the words of a phrase are joined.
    """
    if len(word) > MOST_SHOWN:  # to compare a million letters takes minutes
        return []
    from difflib import get_close_matches

    phrase = word.replace("\u00ad", "")
    bases = {word, phrase, phrase.replace(" ", "_"), phrase.replace("_", " ")}
    spelled = {normalize(form, base) for base in bases for form in ("NFC", "NFD", "NFKC", "NFKD")}
    spelled |= {change(w) for w in spelled for change in (str.lower, str.upper, str.title)}
    found = [w for w in vocabulary if w in spelled and w != word][:n]
    # stable: the same letters first, then by frequency
    found.sort(key=lambda w: normalize("NFKD", w) != normalize("NFKD", word))
    # difflib takes microseconds a word. So it gets at most 20,000 words, the most frequent of those
    # that are about as long and begin alike (the first letter may be lost or swapped).
    starts = {letter for first in word[:2] for letter in (first.lower(), first.upper())}
    shortest, longest = len(word) - 2, len(word) + 2
    similar = (w for w in vocabulary if shortest <= len(w) <= longest and w[:1] in starts)
    by_fold: dict[str, str] = {}
    for close in islice(similar, 20_000):
        by_fold.setdefault(normalize("NFC", close).casefold(), close)
    folded = normalize("NFC", word).casefold()
    close_ones = [by_fold[w] for w in get_close_matches(folded, by_fold, n=n, cutoff=0.7)]
    return list(dict.fromkeys(found + close_ones))[:n]


def _as_row(key: Any) -> str:
    """Write a row, or several, as it stands between brackets."""
    if not isinstance(key, slice):
        return str(key) if isinstance(key, Integral) and not isinstance(key, bool) else "i"
    ends = [key.start, key.stop, key.step]
    if not all(isinstance(end, Integral | None) for end in ends):
        return "i"
    return ":".join("" if end is None else str(end) for end in ends[: 2 + (ends[-1] is not None)])
