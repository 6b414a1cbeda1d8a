"""Words and their counts in word2vec.c's form: ``word count`` on each line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from numpy.typing import ArrayLike

from w2v.files.storage import Path, atomic_write, read_lines
from w2v.files.words import as_counts, clip, encode_words


def read_counts(path: Path) -> dict[str, int]:
    """Read a vocabulary file in word2vec.c's form: ``word count`` on each line.

    Parameters
    ----------
    path
        The file, in UTF-8, may be compressed.

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
    for where, line in read_lines(path):
        word, _, count = line.rstrip(" \t").replace("\t", " ").rpartition(" ")
        word = word.rstrip(" ")
        # 19 digits hold every int64
        if not word or not re.fullmatch(r"\d{1,19}", count, re.A):
            raise ValueError(f"{where}: expected a word and a count, found {clip(line)}")
        if word in counts:
            raise ValueError(f"{where}: the word {word!r} already has a count")
        counts[word] = int(count)
    if not counts:
        raise ValueError(f"{path} is empty")
    return counts


def write_counts(path: Path, words: Sequence[str], counts: ArrayLike) -> None:
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
    encoded = encode_words(words, len(numbers), "text")
    with atomic_write(path, compress=True) as file:
        file.writelines(b"%b %d\n" % pair for pair in zip(encoded, numbers.tolist(), strict=True))
