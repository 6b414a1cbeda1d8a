"""Words and their counts: checked before they are written, in a native file, and in their own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from numbers import Integral
from typing import Any, SupportsIndex, TypeAlias, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

import w2v._core as _core
from w2v.checks import quoted
from w2v.files.inputs import read_lines
from w2v.files.storage import Path, atomic_write

Counts = NDArray[np.int64]
Word: TypeAlias = Any
"""A str; an int where the tokens are ids. A vocabulary has one of the two kinds."""

# What would be read back as a separator. Text readers of other tools split on all of ASCII's white
# space; word2vec.c's binary reader ends a word at a space and drops newlines.
_WHITE_SPACE = re.compile("[ \t\n\r\v\f]")
_CANNOT_HOLD = {
    "bin": re.compile("[ \n]"),
    "text": _WHITE_SPACE,
    "glove": _WHITE_SPACE,
    "counts": re.compile("[\0 \t\n\r\v\f]"),  # a file of text holds no NUL
    "tsv": re.compile("[\t\n\r]"),
    "npz": re.compile("\0\\Z"),  # NumPy pads its strings with NULs
}
_WORD_FIRST = ("glove", "tsv", "counts")  # formats of files that begin with the first word


def is_word(item: object) -> bool:
    """Tell a word, which is a str or a whole number, from a list of them and from all else."""
    return isinstance(item, str) or (isinstance(item, Integral) and not isinstance(item, bool))


def as_words(items: Iterable[Word], what: str = "words") -> list[Word]:
    """Return words as a new list of nothing but str, or of nothing but int.

    Raises
    ------
    TypeError
        If one of them is neither, or is not of the kind of the first.
    """
    if isinstance(items, str):
        raise TypeError(f"{what} must be a list of words, not one string {quoted(items)}")
    found = items.tolist() if isinstance(items, np.ndarray) else list(items)
    if (kinds := set(map(type, found))) <= {str}:
        return found
    if kinds == {int}:
        _check_size(found)
        return found
    for place, word in enumerate(found):
        if not is_word(word) or isinstance(word, str) != isinstance(found[0], str):
            raise TypeError(
                f"{what} must be all str or all int; {what}[{place}] is "
                f"{type(word).__name__} {quoted(word)}"
            )
    if isinstance(found[0], str):
        return list(map(str, found))
    return as_words(list(map(int, found)), what)


def _check_size(ids: list[int]) -> None:
    """Refuse ids that need more than 64 bits."""
    for one in (min(ids), max(ids)):
        if not -(2**63) <= one < 2**63:
            raise ValueError(f"an id lies from -2**63 to 2**63 - 1, and {one} does not")


class PackedWords(Sequence[str]):
    """Words that become strings when they are asked for: opening a million of them costs nothing.

    Parameters
    ----------
    text : uint8 array
        The words in UTF-8.
    cuts : int64 array (V + 1,)
        Word i is ``text[cuts[i]:cuts[i + 1]]``; increasing.
    where : str
        The file, for errors.
    index : int32 array, optional
        The hash table of the words (see ``csrc/checksum.h``): a word is found in microseconds.
    check : callable, optional
        Called before the first word is read; it raises if the file is damaged.
    """

    def __init__(
        self,
        text: NDArray[np.uint8],
        cuts: NDArray[np.int64],
        where: str,
        index: NDArray[np.int32] | None = None,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self._bytes, self._cuts, self._where, self._index = text, cuts, where, index
        self._check: Callable[[], None] | None = check

    @property
    def is_indexed(self) -> bool:
        """Whether a word is found without a search through all of them."""
        return self._index is not None

    @property
    def _text(self) -> NDArray[np.uint8]:
        if self._check is not None:
            self._check()
            self._check = None
        return self._bytes

    def __reduce__(self) -> tuple[type[PackedWords], tuple[Any, ...]]:
        """Pickle what was compared."""
        return type(self), (self._text, self._cuts, self._where, self._index)

    def __len__(self) -> int:
        """Return the number of words, V."""
        return len(self._cuts) - 1

    @overload
    def __getitem__(self, place: SupportsIndex) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: SupportsIndex | slice) -> str | list[str]:
        """Return a word, or a list of words."""
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(len(self)))]
        place = range(len(self))[place]
        return self._decode(self._text[self._cuts[place] : self._cuts[place + 1]])

    def __iter__(self) -> Iterator[str]:
        """Iterate over the words; they are decoded all at once."""
        return iter(self.decode())

    def __eq__(self, other: object) -> bool:
        """Tell whether another sequence holds the same words."""
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def decode(self) -> list[str]:
        """Return all words."""
        text = self._text[: self._cuts[-1]]
        if (text == 0).any():  # one of the words has the separator used below
            return [self._decode(text[start:stop]) for start, stop in pairwise(self._cuts)]
        return self._decode(np.insert(text, self._cuts[1:-1], 0)).split("\0")

    def find(self, word: Any) -> int:
        """Return the place of a word, -1 if it is not there; without index, in milliseconds."""
        try:
            sought = word.encode() if isinstance(word, str) else b""
        except UnicodeEncodeError:
            return -1
        if self._index is not None:
            return _core.find_word(self._text, self._cuts, self._index, sought)
        places = np.flatnonzero(np.diff(self._cuts) == len(sought))
        for i, byte in enumerate(sought):
            if not len(places):  # a word of a million letters, say
                return -1
            places = places[self._text[self._cuts[places] + i] == byte]
        return int(places[0]) if len(places) else -1

    def _decode(self, text: NDArray[np.uint8]) -> str:
        try:
            return text.tobytes().decode()
        except UnicodeDecodeError as error:
            raise ValueError(f"{self._where}: its words are damaged ({error})") from None


def are_ids(words: Sequence[Word]) -> bool:
    """Tell words that are whole numbers from words that are str."""
    if isinstance(words, PackedWords):
        return False
    return bool(len(words)) and not isinstance(words[0], str)


def encode_words(words: Sequence[Word], rows: int, format: str) -> list[bytes]:
    """Check that the words can be stored in the format and encode them as UTF-8.

    Ids are written in decimal.
    """
    words = as_words(words)
    if len(words) != rows:
        raise ValueError(f"there are {len(words)} words but {rows} rows of numbers")
    if rows == 0:
        raise ValueError("there are no words to write")
    forbidden = _CANNOT_HOLD.get(format)
    seen: set[Word] = set()
    encoded = []
    for row, word in enumerate(words):
        if word == "":
            raise ValueError(f"row {row}: the word is empty")
        if word in seen:
            raise ValueError(f"row {row}: the word {quoted(word)} is there twice")
        seen.add(word)
        if not isinstance(word, str):
            encoded.append(b"%d" % word)
            continue
        if forbidden is not None and forbidden.search(word):
            what = "has white space that would end it"
            if "\0" in word and not _WHITE_SPACE.search(word):
                what = "ends in a NUL" if format == "npz" else "holds a NUL, which it cannot"
            raise ValueError(
                f"row {row}: the word {quoted(word)} {what} in this format; write a .safetensors "
                "file, which keeps every word"
            )
        if row == 0 and format in _WORD_FIRST and word[0] == "\ufeff":
            raise ValueError(
                f"row 0: a file that begins with {word!a} would be read without the byte-order mark"
            )
        try:
            encoded.append(word.encode())
        except UnicodeEncodeError:
            raise ValueError(
                f"row {row}: the word {quoted(word)} holds half of a surrogate pair "
                "and has no UTF-8 "
                "form"
            ) from None
    return encoded


def as_counts(values: ArrayLike, words: Sequence[Word]) -> Counts:
    """Check that there is a count of at least 0 for each word."""
    counts = np.asarray(values)
    if counts.dtype.kind not in "iu":
        raise TypeError(f"counts must be whole numbers, not {counts.dtype}")
    if counts.shape != (len(words),):
        raise ValueError(f"counts must be one for each of {len(words)} words, not {counts.shape}")
    for row in np.flatnonzero((counts < 0) | (counts > np.iinfo(np.int64).max))[:1]:
        raise ValueError(
            f"the count of {quoted(words[row])} is {counts[row]}; counts are at least 0"
        )
    return counts.astype(np.int64)


def read_counts(path: Path, encoding: str = "utf-8", errors: str = "strict") -> dict[str, int]:
    """Read a vocabulary file in word2vec.c's form: ``word count`` on each line.

    Parameters
    ----------
    path
        The file, may be compressed.
    encoding, errors
        How its bytes become words, as in `bytes.decode`. word2vec.c may cut a word inside a letter;
        ``errors="replace"`` reads it.

    Returns
    -------
    dict
        Word -> count, in the order of the file.

    Raises
    ------
    ValueError
        If a line is not a word and a count, or a word stands in the file twice.
    OSError
        If there is no such file or it cannot be read.
    """
    counts: dict[str, int] = {}
    for where, line in read_lines(path, encoding, errors):
        word, _, count = line.rstrip(" \t").replace("\t", " ").rpartition(" ")
        word = word.rstrip(" ")
        # 19 digits hold every int64
        if not word or not re.fullmatch(r"\d{1,19}", count, re.A) or int(count) >= 1 << 63:
            raise ValueError(
                f"{where}: expected a word and a count below 2**63, found {quoted(line)}"
            )
        if word in counts:
            raise ValueError(f"{where}: the word {quoted(word)} already has a count")
        counts[word] = int(count)
    if not counts:
        raise ValueError(f"{path} is empty")
    return counts


def write_counts(path: Path, words: Sequence[Word], counts: ArrayLike) -> None:
    """Write a vocabulary file in word2vec.c's form: ``word count`` on each line.

    Parameters
    ----------
    path
        The file to write; its folder must exist.
    words
        V different strings without white space.
    counts
        Whole numbers, (V,).

    Raises
    ------
    ValueError
        If the sizes differ, a count is negative, or a word is empty, there twice or has white
        space.
    OSError
        If the file cannot be written.
    """
    numbers = as_counts(counts, words)
    encoded = encode_words(words, len(numbers), "counts")
    with atomic_write(path, compress=True) as file:
        file.writelines(b"%b %d\n" % pair for pair in zip(encoded, numbers.tolist(), strict=True))
