"""Text to words: bytes split at blanks, and the "words" tokenizer that comes before it."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from w2v._text import TokenReader

Tokenizer = str | Callable[[str], Iterable[str]]
Split = tuple[NDArray[np.int32], NDArray[np.int64]]  # ids of words, ends of sentences


class Splitter:
    """A table of distinct words, with memory for the ids of one piece of text."""

    def __init__(self) -> None:
        self.reader = TokenReader()
        self._ids = np.empty(0, np.int32)
        self._ends = np.empty(0, np.int64)

    def read(self, text: bytes | memoryview) -> Split:
        """Split the next piece of a text; return arrays that are valid until the next call.

        The ends of the sentences completed count all tokens read so far.
        """
        most = (len(text) + 1) // 2
        if most > len(self._ids):
            size = 1 << most.bit_length()  # pieces differ little: seldom larger than this
            self._ids, self._ends = np.empty(size, np.int32), np.empty(size, np.int64)
        n, sentences = self.reader.read(text, self._ids, self._ends)
        return self._ids[:n], self._ends[:sentences]


def cut_after(texts: Iterable[str], separators: str) -> Iterator[str]:
    """Cut a text that comes in pieces, and ends with a separator, after separators only."""
    start: list[str] = []  # of the next piece
    for text in texts:
        at = max(text.rfind(s) for s in separators) + 1
        if at:
            yield "".join([*start, text[:at]])
            start = []
        start.append(text[at:])


def lines(texts: Iterable[str]) -> Iterator[str]:
    """Lines without their ends; only newlines end a line, as they do for `Splitter`."""
    for text in cut_after(texts, "\n"):
        for line in text[:-1].split("\n"):
            yield line.removesuffix("\r")


_BLANK, _LETTER, _MARK, _JOINER, _NEWLINE, _LAYOUT = 1, 2, 3, 4, 5, 6
_kinds = np.zeros(sys.maxunicode + 1, np.uint8)  # 0: not looked up yet
_kinds[[ord("'"), 0x2019, 0x200C, 0x200D]] = _JOINER
_kinds[ord("\n")] = _NEWLINE
# Soft hyphen, marks of direction, word joiner, byte-order mark: within a word they end none.
_kinds[[0xAD, 0x34F, 0x61C, 0x180E, 0x200E, 0x200F, 0xFEFF]] = _LAYOUT
_kinds[0x202A:0x202F] = _kinds[0x2060:0x2070] = _LAYOUT


def _kinds_of(codes: NDArray[np.uint32]) -> NDArray[np.uint8]:
    kinds = _kinds[codes]
    if not kinds.all():
        for code in np.unique(codes[kinds == 0]):
            category = unicodedata.category(chr(code))
            letter = category[0] in "LN" or category == "Pc"
            _kinds[code] = _LETTER if letter else _MARK if category[0] == "M" else _BLANK
        kinds = _kinds[codes]
    return kinds


def words_only(text: str) -> str:
    """Lower-case a text and replace by blanks all that belongs to no word, except newlines.

    A word is a run of letters, numbers, connector punctuation and the combining marks after them.
    Apostrophes, zero-width joiners and non-joiners stay between two such characters; the
    typographic apostrophe becomes the plain one. Soft hyphens, and other characters that only say
    how a text is laid out, are taken out.
    """
    codes = np.frombuffer(bytearray(text.lower().encode("utf-32-le")), np.uint32)
    kinds = _kinds_of(codes)
    layout = kinds == _LAYOUT
    if layout.any():
        codes, kinds = codes[~layout], kinds[~layout]
    keep = kinds == _LETTER
    marks = np.flatnonzero(kinds == _MARK)
    if marks.size:
        # A mark belongs to the last character that is neither mark nor joiner: emoji have marks
        # too, and Bengali writes first a joiner, then a mark inside a word.
        position = np.where((kinds == _MARK) | (kinds == _JOINER), 0, np.arange(len(codes)))
        keep[marks] = keep[np.maximum.accumulate(position)[marks]]
    joiners = np.flatnonzero(kinds == _JOINER)
    joiners = joiners[(joiners > 0) & (joiners < len(codes) - 1)]
    keep[joiners] = keep[joiners - 1] & keep[joiners + 1]
    codes[codes == 0x2019] = ord("'")
    codes[~keep & (kinds != _NEWLINE)] = ord(" ")
    return codes.tobytes().decode("utf-32-le")
