"""A corpus: sentences from any source, read once, kept as ids and renumbered by a vocabulary.

Each distinct word gets a provisional id in the order of first appearance, and the tokens are kept
as those ids, in memory or past a budget in a temporary file. When the vocabulary is known, one pass
turns provisional ids into its ids.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from w2v._text import Sequences, encode_block
from w2v.checks import Declared
from w2v.files.remote import as_path
from w2v.files.words import Word
from w2v.text.reading import Reading
from w2v.text.store import copied, shortened
from w2v.text.tokenizers import Tokenizer
from w2v.text.weights import repeat, times_of

_ENCODE = 1 << 24  # tokens renumbered between two chances for Ctrl-C
_SPELL = 1 << 12  # sentences whose words are looked up at once
_FEW = 8  # a text with so many times fewer words than a vocabulary looks its own words up there
_JOIN = 1 << 18  # sentences joined between two chances for Ctrl-C


@dataclass(frozen=True)
class CorpusStats:
    """What was read: files, bytes (uncompressed), lines, sentences, tokens, distinct words.

    ``lines`` counts every line or sentence given, ``sentences`` those that hold a word,
    ``missing`` the missing values left out of a column.
    """

    files: int
    bytes: int
    lines: int
    sentences: int
    tokens: int
    types: int
    missing: int


@dataclass(frozen=True, eq=False)
class Encoded:
    """A corpus in the ids of a vocabulary: sentence i is ``ids[offsets[i]:offsets[i + 1]]``.

    Words outside the vocabulary are left out, and so are sentences with no word left.

    Attributes
    ----------
    ids : ndarray of int32, shape (T,)
    offsets : ndarray of int64, shape (S + 1,)
    tokens_read, tokens_kept, tokens_below_min_count, lines : int
        ``tokens_below_min_count`` is the number of tokens left out, for whatever reason their
        words are not in the vocabulary: read = kept + below.
    """

    ids: NDArray[np.int32]
    offsets: NDArray[np.int64]
    tokens_read: int
    tokens_kept: int
    tokens_below_min_count: int
    lines: int


class HasWords(Protocol):
    """What `Corpus.encode` needs of a vocabulary: the words in the order of their ids."""

    words: list[Word]

    @property
    def key_to_index(self) -> dict[Word, int]:
        """Id of each word."""
        ...


class Words(Protocol):
    """Distinct words by provisional id, such as the compiled `TokenReader` and `IdTable`."""

    def __len__(self) -> int:
        """Return how many there are."""
        ...

    def counts(self, out: NDArray[np.int64]) -> None:
        """Write the count of each word."""
        ...

    def words(self, ids: NDArray[np.int32]) -> list[Any]:
        """Return the words of some ids."""
        ...

    def find(self, words: list[Any], out: NDArray[np.int32]) -> None:
        """Write the id of each word, -1 where it does not occur."""
        ...


class JoinedWords:
    """The words of a corpus that was changed: those that are left, then new ones.

    Parameters
    ----------
    base : Words
        The words before.
    new : list of str
        Words with the ids behind those of `base`.
    ids : int32 array (T,)
        The tokens; renumbered in place, so that no id is left out.
    """

    def __init__(self, base: Words, new: list[str], ids: NDArray[np.int32]) -> None:
        counts = np.bincount(ids, minlength=len(base) + len(new))
        (kept,) = np.nonzero(counts)
        self._new_id = np.full(len(counts), -1, np.int32)
        self._new_id[kept] = np.arange(len(kept))
        for start in range(0, len(ids), _ENCODE):
            block = ids[start : start + _ENCODE]
            block[:] = self._new_id[block]
        self._base, self._kept, self._counts = base, kept.astype(np.int32), counts[kept]
        self._new = new
        self._place = {word: len(base) + i for i, word in enumerate(new)}

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._kept)

    def counts(self, out: NDArray[np.int64]) -> None:
        """Write the count of each word."""
        out[:] = self._counts

    def words(self, ids: NDArray[np.int32]) -> list[str]:
        """Return the words of some ids."""
        before = self._kept[ids]
        known = before < len(self._base)
        old = iter(self._base.words(before[known]))
        return [
            next(old) if is_old else self._new[place - len(self._base)]
            for is_old, place in zip(known.tolist(), before.tolist(), strict=True)
        ]

    def find(self, words: list[str], out: NDArray[np.int32]) -> None:
        """Write the id of each word, -1 where it does not occur."""
        self._base.find(words, out)
        for i in np.flatnonzero(out < 0).tolist():
            out[i] = self._place.get(words[i], -1)
        out[:] = np.where(out < 0, -1, self._new_id[out])


class Corpus(Declared):
    """Sentences from any source, read once and kept as ids.

    Parameters
    ----------
    source : str, path, or iterable
        - a str or Path: a file, a folder (its files, sorted, with those of its folders; hidden
          ones are skipped), a glob pattern, a URL such as ``"s3://bucket/text/*.gz"`` (extra
          ``remote``), or ``"-"`` for standard input;
        - an iterable of Path objects: several of these (for paths as str: `Corpus.from_files`);
        - an iterable of str: sentences, split by ``tokenizer``;
        - an iterable of token lists: sentences that are split already;
        - a pandas or polars Series or a pyarrow array of either; missing values are left out, with
          a warning;
        - whole numbers, which then are the words: an integer array (n, length) whose rows are
          sentences, one of one dimension with `offsets`, an iterable of lists or arrays of int, a
          column of lists of int, a pandas group-by of a column.

        Compressed files (gzip, bzip2, xz, and zstd where Python has it) are recognised by their
        content. In a file a line is a sentence, however long.
    tokenizer : {"whitespace", "words"} or callable, default "whitespace"
        ``"whitespace"`` splits at blanks (space, tab, newline, vertical tab, form feed, carriage
        return) and leaves words as they are. ``"words"`` normalises to NFC, lower-cases and keeps
        runs of letters, numbers, connector punctuation and combining marks; an apostrophe,
        zero-width joiner or non-joiner stays between two of them. Soft hyphens and other characters
        that only say how text is laid out are taken out. A callable gets each line or string and
        returns its tokens. Token lists are never tokenised.
    normalize : {"NFC", "NFD", "NFKC", "NFKD"}, optional
        Bring text, and tokens that are split already, into this form of Unicode first, so that all
        spellings of a letter with an accent are the same. Unless given, only ``"words"`` does so.
    encoding : str, default "utf-8"
        Of files. A UTF-8 byte-order mark is dropped.
    errors : {"strict", "replace", "ignore", "backslashreplace"}, default "strict"
        What to do with bytes that are not in this encoding.
    column : str, optional
        Read this column of files that are tables: CSV, TSV, JSON lines, Parquet or Arrow, as the
        suffix says. Its values are sentences, or of Parquet and Arrow lists of words or of ids.
    memory_budget : int, default 2**30
        Bytes of ids and offsets (4 a token, 8 a sentence) up to which they are held in memory;
        past it they go to a temporary file. The table of distinct words is not counted.
    tmp_dir : str or Path, optional
        Folder of temporary files, by default the system's.
    offsets : array_like of int, shape (n + 1,), optional
        Cuts an integer array of one dimension: sentence i is ``source[offsets[i]:offsets[i + 1]]``.
    weights : array_like of float, shape (n,), optional
        One for each sentence: a sentence of weight w counts, and is trained, as if it were there w
        times. A fraction is rounded up or down at random, by a fixed seed.
    workers : int, optional
        Threads that split large files into words, where ``tokenizer``, ``normalize``, ``encoding``
        and ``errors`` are the default ones: 0, -1 or None for all cores, and never more than four.
        The result is the same for any number. With more than one, packed files are unpacked
        meanwhile.
    verbose : bool, default False
        Show a progress bar on standard error for a file that takes longer than a second.

    Attributes
    ----------
    stats : CorpusStats

    Raises
    ------
    FileNotFoundError
        For a missing file, a folder without files or a pattern without a match.
    ValueError
        When there is no word, a file is binary, damaged, or not in this encoding.
    TypeError
        When an item is neither a str nor a list of tokens, or tokens are not all str or all int.
    """

    stats: CorpusStats

    def __init__(
        self,
        source: Any,
        *,
        tokenizer: Tokenizer = "whitespace",
        normalize: str | None = None,
        encoding: str = "utf-8",
        errors: str = "strict",
        column: str | None = None,
        memory_budget: int = 1 << 30,
        tmp_dir: str | os.PathLike[str] | None = None,
        offsets: Any = None,
        weights: Any = None,
        workers: int | None = None,
        verbose: bool = False,
    ) -> None:
        reading = Reading(
            tokenizer,
            normalize,
            encoding,
            errors,
            column,
            memory_budget,
            tmp_dir,
            offsets,
            workers,
            verbose,
        )
        reading.read(source)
        self._words: Words = reading.words
        self._tmp_dir = tmp_dir
        self._arrays: tuple[NDArray[np.int32], NDArray[np.int64]] | None = reading.store.arrays()
        if weights is not None:
            times = times_of(weights, reading.lines, reading.store.sentences)
            self._arrays = repeat(*self._arrays, times, memory_budget, tmp_dir)
            self._words = JoinedWords(self._words, [], self._arrays[0])
        self.stats = CorpusStats(
            files=reading.files,
            bytes=reading.bytes,
            lines=reading.lines,
            sentences=len(self._arrays[1]) - 1,
            tokens=len(self._arrays[0]),
            types=len(self._words),
            missing=reading.missing,
        )

    @classmethod
    def from_files(cls, paths: Iterable[str | os.PathLike[str]], **settings: Any) -> Corpus:
        """Read several files, folders or patterns, in this order."""
        if isinstance(paths, (str, os.PathLike)):
            paths = [paths]
        return cls([as_path(path) for path in paths], **settings)

    @classmethod
    def of(cls, source: Any, **settings: Any) -> Corpus:
        """Return a Corpus as it is, or read one; settings that are None are left at the default."""
        given = {name: value for name, value in settings.items() if value is not None}
        if not isinstance(source, Corpus):
            return cls(source, **given)
        if given:
            raise TypeError(
                f"{', '.join(given)}: this corpus is read already; pass it to Corpus(...) instead"
            )
        return source

    def __repr__(self) -> str:
        """Show the size."""
        s = self.stats
        return f"Corpus({s.tokens:,} tokens, {s.types:,} distinct words, {s.lines:,} lines)"

    @property
    def word_counts(self) -> NDArray[np.int64]:
        """Count of each distinct word by provisional id (order of first appearance)."""
        counts = np.empty(len(self._words), np.int64)
        self._words.counts(counts)
        return counts

    def words(self, ids: Any) -> list[Word]:
        """Return the words of some provisional ids."""
        return self._words.words(np.ascontiguousarray(ids, dtype=np.int32))

    def find(self, words: list[Word]) -> NDArray[np.int32]:
        """Return the provisional id of each word, -1 for one that does not occur."""
        if len(words) and isinstance(words[0], str) != isinstance(self.words([0])[0], str):
            kinds = ["str" if isinstance(w, str) else "int" for w in (self.words([0])[0], words[0])]
            raise TypeError(f"the words of the corpus are {kinds[0]}, and those given {kinds[1]}")
        ids = np.empty(len(words), np.int32)
        self._words.find(words, ids)
        return ids

    def ids_in(self, vocabulary: HasWords) -> NDArray[np.int32]:
        """Return the id that a vocabulary gives to each word by provisional id, -1 if none."""
        new_id = np.full(len(self._words), -1, np.int32)
        if len(new_id) * _FEW < len(vocabulary.words):
            self.find(vocabulary.words[:1])  # refuses words of the other kind
            ids = vocabulary.key_to_index
            new_id[:] = [ids.get(word, -1) for word in self.words(np.arange(len(new_id)))]
        else:
            found = self.find(vocabulary.words)
            (known,) = np.nonzero(found >= 0)
            new_id[found[known]] = known
        return new_id

    @property
    def arrays(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Provisional ids of all tokens, and where each sentence begins, as `Encoded` has them."""
        if self._arrays is None:
            raise ValueError("this corpus was consumed by an earlier encode; read it again")
        return self._arrays

    def sentences(self) -> Iterator[list[str]]:
        """Yield the words of each sentence that has some."""
        ids, offsets = self.arrays
        words = np.array(self.words(np.arange(len(self._words))), object)
        for first in range(0, len(offsets) - 1, _SPELL):
            bounds = offsets[first : first + _SPELL + 1]
            block = words[ids[bounds[0] : bounds[-1]]].tolist()
            for start, stop in pairwise((bounds - bounds[0]).tolist()):
                yield block[start:stop]

    def joined(self, sequences: Sequences, words: list[str]) -> Corpus:
        """Return a corpus in which sequences of ids have become one id each.

        Parameters
        ----------
        sequences : Sequences
            What is joined. An id past those of this corpus is one of the new words.
        words : list of str
            The new words.
        """
        ids, offsets = self.arrays
        ids, joined_offsets = copied(ids, self._tmp_dir), copied(offsets, self._tmp_dir)
        written = 0
        for first in range(0, len(offsets) - 1, _JOIN):
            last = min(first + _JOIN, len(offsets) - 1)
            written = sequences.join(ids, offsets, first, last, joined_offsets, written)
        other = copy(self)
        other._words = JoinedWords(self._words, words, ids[:written])
        other._arrays = shortened(ids, written), joined_offsets
        other.stats = replace(self.stats, tokens=written, types=len(other._words))
        return other

    def encode(self, vocabulary: HasWords, *, consume: bool = False) -> Encoded:
        """Turn the corpus into the ids of a vocabulary.

        Parameters
        ----------
        vocabulary : Vocabulary
            Of this corpus or of another.
        consume : bool, default False
            Renumber in place instead of in a copy. The corpus cannot be encoded again then.

        Returns
        -------
        Encoded

        Raises
        ------
        ValueError
            When the corpus was consumed before.
        """
        ids, offsets = self.arrays
        if consume:
            self._arrays = None
        else:
            ids, offsets = copied(ids, self._tmp_dir), copied(offsets, self._tmp_dir)
        new_id = self.ids_in(vocabulary)
        state = np.zeros(4, np.int64)
        for start in range(0, len(ids), _ENCODE):
            block = ids[start : start + _ENCODE]
            # kept tokens go to the front of the same array, never past what is read already
            encode_block(state, block, offsets, new_id, ids[state[2] :], offsets)
        kept, sentences = int(state[2]), int(state[3])
        return Encoded(
            ids=shortened(ids, kept),
            offsets=shortened(offsets, sentences + 1),
            tokens_read=self.stats.tokens,
            tokens_kept=kept,
            tokens_below_min_count=self.stats.tokens - kept,
            lines=self.stats.lines,
        )
