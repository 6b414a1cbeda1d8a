"""Texts as gensim's classes read them: a line is a sentence."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

from w2v.files.inputs import read_lines
from w2v.text.corpus import Corpus

__all__ = ["LineSentence", "PathLineSentences", "Text8Corpus"]

MAX_WORDS_IN_BATCH = 10_000


class LineSentence:
    """Go through a text: a line is a sentence, its words are separated by blanks.

    Parameters
    ----------
    source : path, or iterable of str or bytes
        The text; a file may be compressed.
    max_sentence_length : int, default 10000
        A longer line is cut into parts of so many words.
    limit : int, optional
        Read so many lines only.
    """

    def __init__(
        self,
        source: Any,
        max_sentence_length: int = MAX_WORDS_IN_BATCH,
        limit: int | None = None,
    ) -> None:
        self.source, self.max_sentence_length, self.limit = source, max_sentence_length, limit

    def __iter__(self) -> Iterator[list[str]]:
        """Yield the words of each sentence."""
        if isinstance(self.source, (str, os.PathLike)):
            lines: Iterable[Any] = (line for _, line in read_lines(os.fspath(self.source)))
        else:
            if hasattr(self.source, "seek"):
                self.source.seek(0)
            lines = self.source
        for line in islice(lines, self.limit):
            words = (line.decode("utf-8") if isinstance(line, bytes) else line).split()
            for first in range(0, len(words), self.max_sentence_length):
                yield words[first : first + self.max_sentence_length]


class PathLineSentences(LineSentence):
    """Go through the files of a folder, in the order of their names, as `LineSentence` does."""

    def __iter__(self) -> Iterator[list[str]]:
        """Yield the words of each sentence."""
        place = Path(self.source)
        files = sorted(place.iterdir()) if place.is_dir() else [place]
        parts = (LineSentence(file, self.max_sentence_length) for file in files)
        return islice(chain.from_iterable(parts), self.limit)


class Text8Corpus:
    """Go through a text that is one long line, cut into sentences of so many words.

    Parameters
    ----------
    fname : path
        The text.
    max_sentence_length : int, default 10000
        Words of a sentence.
    """

    def __init__(self, fname: Any, max_sentence_length: int = MAX_WORDS_IN_BATCH) -> None:
        self.fname, self.max_sentence_length = fname, max_sentence_length

    def __iter__(self) -> Iterator[list[str]]:
        """Yield the words of each sentence."""
        words = chain.from_iterable(Corpus(self.fname).sentences())  # it may be one endless line
        while sentence := list(islice(words, self.max_sentence_length)):
            yield sentence


def opened(sentences: Any, corpus_file: Any) -> Corpus:
    """Return the text that a model was given, read once; of a file without its words as objects."""
    if (sentences is None) == (corpus_file is None):
        raise TypeError("give a text: either sentences, or corpus_file=")
    source = corpus_file if corpus_file is not None else sentences
    if isinstance(source, Corpus):
        return source
    is_plain = type(source) is LineSentence and source.limit is None
    if is_plain and isinstance(source.source, (str, os.PathLike)):
        source = source.source
    elif type(source) is Text8Corpus:
        source = source.fname
    elif isinstance(source, str) and corpus_file is None:
        raise TypeError("sentences are lists of words; a file is corpus_file=")
    return Corpus.of(source)
