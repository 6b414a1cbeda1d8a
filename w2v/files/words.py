"""Words as they lie in a native file: their bytes one after another, and where each is cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, SupportsIndex, overload

import numpy as np
from numpy.typing import NDArray


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
    """

    def __init__(self, text: NDArray[np.uint8], cuts: NDArray[np.int64], where: str) -> None:
        self._text, self._cuts, self._where = text, cuts, where

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
        """Return the place of a word, -1 if it is not there; some ms among a million words."""
        try:
            sought = word.encode() if isinstance(word, str) else b""
        except UnicodeEncodeError:
            return -1
        places = np.flatnonzero(np.diff(self._cuts) == len(sought))
        for i, byte in enumerate(sought):
            places = places[self._text[self._cuts[places] + i] == byte]
        return int(places[0]) if len(places) else -1

    def _decode(self, text: NDArray[np.uint8]) -> str:
        try:
            return text.tobytes().decode()
        except UnicodeDecodeError as error:
            raise ValueError(f"{self._where}: its words are damaged ({error})") from None
