"""Texts to words and bags of words."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Set
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from w2v.estimators.base import is_missing
from w2v.text.sources import is_column, is_table, values_of
from w2v.text.tokenizers import Splitter, words_only

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


def listed(texts: Any, lists: bool = False) -> list[Any]:
    """Return texts as a list, or say what they are instead; with `lists`, one may be of words."""
    kind = type(texts).__name__
    if isinstance(texts, (str, bytes)):
        raise TypeError("texts must be a list of texts, not one text; put it into a list")
    if is_table(texts) or getattr(texts, "ndim", 1) > 1:
        raise TypeError(f"texts must be a list of texts; pass one column of the {kind}")
    single = not isinstance(texts, Iterable) or getattr(texts, "ndim", 1) == 0
    if single or isinstance(texts, (Mapping, Set)):
        raise TypeError(f"texts must be a list of texts, not {kind}")
    listed = list(values_of(texts) if is_column(texts) else texts)
    for i, text in enumerate(listed):
        if not isinstance(text, str):
            if is_missing(text):
                raise ValueError(f"texts[{i}] is missing; leave it out, or put '' there")
            if lists and isinstance(text, (list, tuple)):
                if all(isinstance(word, str) and word for word in text):
                    continue
                raise TypeError(f"texts[{i}] is a list, and not of words alone")
            hint = "; join its words by blanks" if isinstance(text, (list, tuple)) else ""
            raise TypeError(f"texts[{i}] is no text but {type(text).__name__}{hint}")
    return listed


class Tokens:
    """The words of some texts: distinct ones, their ids one text after another, texts' lengths."""

    def __init__(self, texts: list[Any], tokenizer: str = "words") -> None:
        splitter = Splitter()
        parts = [np.empty(0, np.int32)]
        for i, text in enumerate(texts):
            if not isinstance(text, str):
                ids = np.empty(len(text), np.int32)
                splitter.reader.add(list(text), ids)
                parts.append(ids)
                continue
            try:
                if tokenizer == "words":
                    text = words_only(unicodedata.normalize("NFC", text))
                line = text.replace("\n", " ").encode()
            except UnicodeEncodeError:
                raise ValueError(
                    f"texts[{i}] holds a lone surrogate, which is no character"
                ) from None
            ids, _ = splitter.read(line + b"\n")
            parts.append(ids.copy())
        self.ids = np.concatenate(parts)
        self.lengths = np.array([len(part) for part in parts[1:]], dtype=np.int64)
        self.words = splitter.reader.words(np.arange(len(splitter.reader), dtype=np.int32))

    def bags(self, places: dict[str, int]) -> csr_matrix[np.float32]:
        """Return the share of each known word in each text, (n, V)."""
        from scipy.sparse import csr_matrix

        place, lengths = self._known(places)
        shares = np.repeat((1 / np.maximum(lengths, 1)).astype(np.float32), lengths)
        ends = np.concatenate([[0], np.cumsum(lengths)])
        bags = csr_matrix((shares, place, ends), (len(lengths), len(places)))
        bags.sum_duplicates()
        return bags

    def known(self, places: dict[str, int]) -> NDArray[np.float64]:
        """Return the share of each text's words that have a place, (n,)."""
        return np.asarray(self._known(places)[1] / np.maximum(self.lengths, 1))

    def _known(self, places: dict[str, int]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return the place of each known word, and how many of them each text has."""
        n = len(self.lengths)
        place = np.array([places.get(word, -1) for word in self.words], dtype=np.int32)[self.ids]
        known = place >= 0
        return place[known], np.bincount(np.repeat(np.arange(n), self.lengths)[known], minlength=n)
