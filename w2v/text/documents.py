"""Documents: texts with tags, from lists, tagged documents or files to ids."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.checks import quoted
from w2v.files.labelled import read_labelled, read_text_table
from w2v.files.words import Word
from w2v.text.corpus import Corpus, Encoded
from w2v.text.vocabulary import Vocabulary

_PART = 1 << 16  # documents looked through at a time

Counted = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class EncodedDocuments(Encoded):
    """Documents in the ids of a vocabulary, each with tags; those without a known word left out.

    Attributes
    ----------
    ids, offsets, ... : as of Encoded
        Document i is ``ids[offsets[i]:offsets[i + 1]]``.
    tags : ndarray of int32
        The places of all tags, document after document, in :attr:`Documents.tags`.
    tag_starts : ndarray of int64, shape (S + 1,)
        Document i has ``tags[tag_starts[i]:tag_starts[i + 1]]``, each once.
    kept : ndarray of bool, shape (documents,)
        Which documents hold a word of the vocabulary.
    """

    tags: NDArray[np.int32]
    tag_starts: Counted
    kept: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Documents:
    """Documents that are read, and their tags.

    Attributes
    ----------
    corpus : Corpus
        Sentence i is document i.
    tags : list of str or of int
        Distinct tags, in the order of their first documents.
    counts : ndarray of int64, shape (tags,)
        Documents of each.
    places, starts : ndarray of int32, of int64 (documents + 1,)
        Document i has the tags ``places[starts[i]:starts[i + 1]]``.
    """

    corpus: Corpus
    tags: list[Word]
    counts: Counted
    places: NDArray[np.int32]
    starts: Counted

    def encode(self, vocabulary: Vocabulary, *, consume: bool) -> EncodedDocuments:
        """Turn the documents into the ids of a vocabulary, see `Corpus.encode`."""
        kept = with_words(self.corpus, vocabulary)
        found = self.corpus.encode(vocabulary, consume=consume)
        numbers = np.diff(self.starts)
        starts = np.append(0, np.cumsum(numbers[kept]))
        places = self.places[np.repeat(kept, numbers)]
        return EncodedDocuments(**vars(found), tags=places, tag_starts=starts, kept=kept)


def with_words(corpus: Corpus, vocabulary: Vocabulary) -> NDArray[np.bool_]:
    """Return which sentences hold a word of the vocabulary, which encoding does not leave out."""
    ids, offsets = corpus.arrays
    known = corpus.ids_in(vocabulary) >= 0
    parts = []
    for first in range(0, len(offsets) - 1, _PART):
        cuts = offsets[first : first + _PART + 1]
        of_words = known[ids[cuts[0] : cuts[-1]]]
        parts.append(np.logical_or.reduceat(of_words, cuts[:-1] - cuts[0]))
    return np.concatenate(parts)


def read_documents(
    source: Any, tags: Any, reading: dict[str, Any], read: Callable[[Any, dict[str, Any]], Corpus]
) -> Documents:
    """Read documents, and their tags.

    Parameters
    ----------
    source, tags
        As :meth:`w2v.Doc2Vec.fit` takes them.
    reading : dict
        How to read a corpus, as :class:`Corpus` takes it.
    read : callable
        Makes a corpus of a source and of these.

    Raises
    ------
    TypeError, ValueError
        If a document has no word or no tag, or if tags are of two kinds.
    """
    if reading.get("weights") is not None:
        raise ValueError("weights are for sentences; a document is there once")
    if tags is not None and isinstance(source, (str, os.PathLike)) and _names_column(tags):
        reading = dict(reading)
        source, tags = _from_file(source, tags, reading)
    if tags is None:
        source, listed = _untied(source)
    else:
        listed = _column(tags)
    corpus = read(source, reading)
    n = _checked(corpus)
    if listed is None:
        numbers = np.arange(n, dtype=np.int32)
        return Documents(corpus, list(range(n)), np.ones(n, np.int64), numbers, np.arange(n + 1))
    if len(listed) != n:
        raise ValueError(f"there are tags for {len(listed):,} documents, and {n:,} documents")
    return Documents(corpus, *_numbered(listed))


def read_untagged(
    source: Any, read: Callable[[Any], Corpus]
) -> tuple[Corpus | None, NDArray[np.int64], int]:
    """Read documents some of which may be empty.

    Returns
    -------
    corpus : Corpus or None
        Of those that hold a word; None if no document does.
    places : ndarray of int64
        The place of each among all that were given.
    n : int
        How many were given.
    """
    if isinstance(source, (str, os.PathLike, Corpus)) or hasattr(source, "dtype"):
        corpus = read(source)
        n = _checked(corpus)
        return corpus, np.arange(n), n
    texts = [_divided(item)[1] if _is_tagged(item) else item for item in source]
    filled = [i for i, text in enumerate(texts) if not _is_empty(text)]
    if not filled:
        return None, np.zeros(0, np.int64), len(texts)
    corpus = read([texts[i] for i in filled])
    if corpus.stats.sentences < len(filled):  # some hold but what the tokenizer leaves out
        filled = [i for i in filled if _holds_word(texts[i], read)]
    return corpus, np.array(filled, np.int64), len(texts)


def _is_empty(text: Any) -> bool:
    if isinstance(text, str):
        return not text.strip()
    return hasattr(text, "__len__") and len(text) == 0


def _holds_word(text: Any, read: Callable[[Any], Corpus]) -> bool:
    try:
        return read([text]).stats.sentences > 0
    except ValueError:  # no word at all
        return False


def _checked(corpus: Corpus) -> int:
    """Return the number of documents; raise if some are empty, which a corpus leaves out."""
    stats = corpus.stats
    given = stats.lines + stats.missing
    if given != stats.sentences:
        raise ValueError(
            f"{given - stats.sentences:,} of the {given:,} documents are empty, and a document "
            "needs a word: leave them out"
        )
    return given


def _names_column(tags: Any) -> bool:
    return isinstance(tags, (str, bool))


def _from_file(path: Any, tags: str | bool, reading: dict[str, Any]) -> tuple[Any, Any]:
    """Read a file whose lines, or rows, have a tag; return the texts and the tags."""
    column = reading.pop("column", None)
    encoding = reading.pop("encoding", None) or "utf-8"
    if isinstance(tags, str):
        if column is None:
            raise ValueError(
                f"tags={quoted(tags)} names a column of a table: give column=, that of the texts; "
                "for lines `tag<TAB>text` pass tags=True"
            )
        labels, texts, _ = read_text_table(path, column, target=tags, encoding=encoding)
    elif not tags:
        raise ValueError("tags=False: leave tags away, and each document has a number")
    elif column is not None:
        raise ValueError("with column=, tags is the name of another column")
    else:
        labels, texts = read_labelled(path, encoding=encoding)
    return texts, labels


def _column(tags: Any) -> list[Any]:
    """Return the tags of each document as they are given."""
    if _names_column(tags):
        raise TypeError(
            f"tags={quoted(tags)}: a list of tags, one for each document, unless the documents are "
            "the path of a file"
        )
    return tags.to_pylist() if hasattr(tags, "to_pylist") else list(tags)


def _untied(source: Any) -> tuple[Any, list[Any] | None]:
    """Tell documents that bring tags from texts alone; return the texts, and what tags go to.

    The list of tags fills while the texts are read.
    """
    if isinstance(source, (str, os.PathLike, Corpus)) or hasattr(source, "dtype"):
        return source, None
    if not isinstance(source, Iterable):
        return source, None
    items = iter(source)
    first = next(items, None)
    again = chain([first], items) if first is not None else items
    if first is None or not _is_tagged(first):
        return (source if iter(source) is not items else again), None
    listed: list[Any] = []
    return _texts(again, listed), listed


def _is_tagged(item: Any) -> bool:
    """Tell (tags, tokens), or an object with words and tags, from tokens."""
    if hasattr(item, "words") and hasattr(item, "tags"):
        return True
    pair = isinstance(item, tuple) and len(item) == 2
    return pair and not isinstance(item[1], (str, Integral))


def _texts(items: Iterable[Any], listed: list[Any]) -> Iterator[Any]:
    for i, item in enumerate(items):
        if not _is_tagged(item):
            raise TypeError(
                f"document {i} (counted from 0) has no tags, and those before it have: each is "
                "(tag, tokens), with a list of tokens"
            )
        tags, words = _divided(item)
        listed.append(tags)
        yield words


def _divided(item: Any) -> tuple[Any, Any]:
    """Return tags and words of an item that has both."""
    return (item.tags, item.words) if hasattr(item, "words") else item


def _numbered(listed: list[Any]) -> tuple[list[Word], Counted, NDArray[np.int32], Counted]:
    """Return the distinct tags, their documents, and the places of each document's."""
    known: dict[Any, int] = {}
    places: list[int] = []
    starts = np.zeros(len(listed) + 1, np.int64)
    for i, given in enumerate(listed):
        several = [given] if isinstance(given, (str, Integral)) else given
        if not isinstance(several, (list, tuple, set, frozenset, np.ndarray)):
            raise TypeError(f"document {i} (counted from 0): {quoted(given)} is no tag")
        found = []
        for tag in several:
            if isinstance(tag, bool) or not isinstance(tag, (str, Integral)) or tag == "":
                raise TypeError(
                    f"document {i} (counted from 0): a tag is a str or a whole number, not "
                    f"{quoted(tag)}"
                )
            found.append(known.setdefault(tag if isinstance(tag, str) else int(tag), len(known)))
        if not found:
            raise ValueError(f"document {i} (counted from 0) has no tag")
        places.extend(dict.fromkeys(found))
        starts[i + 1] = len(places)
    tags = list(known)
    if len({isinstance(tag, str) for tag in tags}) > 1:
        raise TypeError("tags are all str or all int, and here are both")
    flat = np.array(places, np.int32)
    return tags, np.bincount(flat, minlength=len(tags)), flat, starts
