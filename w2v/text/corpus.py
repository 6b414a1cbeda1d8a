"""Sources to encoded sentences: files, lists, columns in; int32 ids with sentence offsets out.

Text is read once, large files by several threads. Each distinct word gets a provisional id in the
order of first appearance, and the tokens are kept as those ids, in memory or past a budget in an
unlinked temporary file. When the vocabulary is known, one pass turns provisional ids into its ids.
"""

from __future__ import annotations

import codecs
import errno
import io
import itertools
import mmap
import os
import re
import sys
import tempfile
import threading
import time
import unicodedata
import warnings
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from w2v._core import TokenReader, encode_block, find_nul, up_to_blank
from w2v.parallel import available_cores
from w2v.progress import progress_bar

if TYPE_CHECKING:
    from tqdm import tqdm

Tokenizer = str | Callable[[str], Iterable[str]]

_CHUNK = 1 << 20  # bytes read, or characters gathered, at a time
_MARK_SIZE = 4  # bytes of the longest byte-order mark, which must not be cut
_ALONE = 1 << 22  # bytes below which starting threads costs more than they save
_BATCH = 1 << 16  # tokens, or sentences, counted at a time when they come already split
_BLOCK = 1 << 23  # tokens, or sentences, in one of the blocks they are collected in, at most
_MOST_WORKERS = 4  # they join what they read one after another, and each has a table of words
_SHOW_AFTER = 1.0  # seconds
_MOST_WORDS = 1 << 17  # in the table of one of several threads
_ENCODE = 1 << 24  # tokens renumbered between two chances for Ctrl-C
_ERRORS = ("strict", "replace", "ignore", "backslashreplace")


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

    words: list[str]


class Corpus:
    """Sentences from any source, read once and kept as ids.

    Parameters
    ----------
    source : str, path, or iterable
        - a str or Path: a file, a folder (its files, sorted, with those of its folders; hidden
          ones are skipped), a glob pattern, or ``"-"`` for standard input;
        - an iterable of Path objects: several of these (for paths as str: `Corpus.from_files`);
        - an iterable of str: sentences, split by ``tokenizer``;
        - an iterable of token lists: sentences that are split already;
        - a pandas Series or pyarrow array of either; missing values are left out, with a warning.

        Compressed files (gzip, bzip2, xz, and zstd where Python has it) are recognised by their
        content. In a file a line is a sentence, however long.
    tokenizer : {"whitespace", "words"} or callable, default "whitespace"
        ``"whitespace"`` splits at blanks (space, tab, newline, vertical tab, form feed, carriage
        return) and leaves words as they are. ``"words"`` lower-cases and keeps runs of letters,
        numbers, connector punctuation and combining marks; an apostrophe, zero-width joiner or
        non-joiner stays between two of them. A callable gets each line or string and returns its
        tokens. Token lists are never tokenised.
    encoding : str, default "utf-8"
        Of files. A UTF-8 byte-order mark is dropped.
    errors : {"strict", "replace", "ignore", "backslashreplace"}, default "strict"
        What to do with bytes that are not in this encoding.
    memory_budget : int, default 2**30
        Bytes of ids and offsets (4 a token, 8 a sentence) up to which they are held in memory;
        past it they go to a temporary file. The table of distinct words is not counted.
    tmp_dir : str or Path, optional
        Folder of temporary files, by default the system's.
    workers : int, optional
        Threads that split large files into words, where ``tokenizer``, ``encoding`` and
        ``errors`` are the default ones; all cores unless given, and never more than four. The
        result is the same for any number. With more than one, packed files are unpacked meanwhile.
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
        When an item is neither a str nor a list of str.
    """

    stats: CorpusStats

    def __init__(
        self,
        source: Any,
        *,
        tokenizer: Tokenizer = "whitespace",
        encoding: str = "utf-8",
        errors: str = "strict",
        memory_budget: int = 1 << 30,
        tmp_dir: str | os.PathLike[str] | None = None,
        workers: int | None = None,
        verbose: bool = False,
    ) -> None:
        if not callable(tokenizer) and tokenizer not in ("whitespace", "words"):
            raise ValueError(
                f"tokenizer={tokenizer!r}: expected 'whitespace', 'words' or a function str -> "
                "tokens"
            )
        try:
            codec = codecs.lookup(encoding).name
            "a".encode(encoding)  # refuses codecs that are no text encodings, such as "hex"
        except LookupError:
            raise ValueError(f"encoding={encoding!r} is not an encoding Python knows") from None
        if errors not in _ERRORS:
            raise ValueError(f"errors={errors!r}: expected one of {', '.join(_ERRORS)}")
        if not isinstance(memory_budget, (int, np.integer)) or memory_budget < 0:
            raise ValueError(f"memory_budget={memory_budget!r}: expected a number of bytes, >= 0")
        if workers is not None and (not isinstance(workers, (int, np.integer)) or workers < 1):
            raise ValueError(f"workers={workers!r}: expected a number of threads, >= 1")
        store = _Store(memory_budget, tmp_dir)
        workers = min(workers or available_cores(), _MOST_WORKERS)
        reading = _Reading(tokenizer, codec, errors, store, workers, verbose)
        try:
            reading.read(source)
        except BaseException:
            reading.store.close()
            raise
        self.stats = reading.stats()
        self._words = reading.words
        self._tmp_dir = tmp_dir
        self._arrays: tuple[NDArray[np.int32], NDArray[np.int64]] | None = reading.store.arrays()

    @classmethod
    def from_files(cls, paths: Iterable[str | os.PathLike[str]], **settings: Any) -> Corpus:
        """Read several files, folders or patterns, in this order."""
        if isinstance(paths, (str, os.PathLike)):
            paths = [paths]
        return cls([Path(path) for path in paths], **settings)

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

    def words(self, ids: Any) -> list[str]:
        """Return the words of some provisional ids."""
        return self._words.words(np.ascontiguousarray(ids, dtype=np.int32))

    def find(self, words: list[str]) -> NDArray[np.int32]:
        """Return the provisional id of each word, -1 for one that does not occur."""
        ids = np.empty(len(words), np.int32)
        self._words.find(words, ids)
        return ids

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
        if self._arrays is None:
            raise ValueError("this corpus was consumed by an earlier encode; read it again")
        ids, offsets = self._arrays
        if consume:
            self._arrays = None
        else:
            ids, offsets = _copy(ids, self._tmp_dir), _copy(offsets, self._tmp_dir)
        new_id = np.full(len(self._words), -1, np.int32)
        found = self.find(vocabulary.words)
        (known,) = np.nonzero(found >= 0)
        new_id[found[known]] = known
        state = np.zeros(4, np.int64)
        for start in range(0, len(ids), _ENCODE):
            block = ids[start : start + _ENCODE]
            # kept tokens go to the front of the same array, never past what is read already
            encode_block(state, block, offsets, new_id, ids[state[2] :], offsets)
        kept, sentences = int(state[2]), int(state[3])
        return Encoded(
            ids=_shorten(ids, kept),
            offsets=_shorten(offsets, sentences + 1),
            tokens_read=self.stats.tokens,
            tokens_kept=kept,
            tokens_below_min_count=self.stats.tokens - kept,
            lines=self.stats.lines,
        )


# ---- arrays that grow, and move to a file when they get large ----


class _Growing:
    """An array that grows at its end, in memory or, once spilled, in a temporary file."""

    def __init__(self, dtype: type[np.int32] | type[np.int64]) -> None:
        # not one array that is enlarged: large new ones get large pages, which are there sooner
        self._blocks: list[NDArray[Any]] = []
        self._free = 0  # items of the last block
        self._dtype = np.dtype(dtype)
        self._size = 0
        self._file: BinaryIO | None = None

    @property
    def nbytes(self) -> int:
        return self._size * self._dtype.itemsize

    def append(self, items: NDArray[Any]) -> None:
        if self._file is not None:
            _write(self._file, items)
            self._size += len(items)
            return
        while len(items):
            if not self._free:
                self._free = max(1024, self._size) if self._size < _BLOCK // 8 else _BLOCK
                self._blocks.append(np.empty(self._free, self._dtype))
            n = min(len(items), self._free)
            start = len(self._blocks[-1]) - self._free
            self._blocks[-1][start : start + n] = items[:n]
            items = items[n:]
            self._free -= n
            self._size += n

    def spill(self, folder: str | os.PathLike[str] | None) -> None:
        self._file = _temporary_file(folder)
        for block in self._taken_out():
            _write(self._file, block)

    def array(self) -> NDArray[Any]:
        if self._file is not None:
            return _mapped(self._file, self._dtype)
        whole = np.empty(self._size, self._dtype)
        size = 0
        for block in self._taken_out():
            whole[size : size + len(block)] = block
            size += len(block)
        return whole

    def _taken_out(self) -> Iterator[NDArray[Any]]:
        """Give the blocks, and give up each once the next is asked for."""
        self._blocks.reverse()
        while self._blocks:
            block = self._blocks.pop()
            yield block if self._blocks else block[: len(block) - self._free]
            del block
        self._free = 0

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


class _Store:
    """Ids and sentence offsets while they are collected, within a memory budget."""

    def __init__(self, budget: int, folder: str | os.PathLike[str] | None) -> None:
        self._budget = budget
        self._folder = folder
        self._spilled = False
        self._ids = _Growing(np.int32)
        self._offsets = _Growing(np.int64)
        self._offsets.append(np.zeros(1, np.int64))
        self.tokens = 0
        self.sentences = 0

    def append(self, ids: NDArray[np.int32], ends: NDArray[np.int64]) -> None:
        """Add tokens, and the ends (counted in all tokens) of the sentences they complete."""
        self._ids.append(ids)
        self._offsets.append(ends)
        self.tokens += len(ids)
        self.sentences += len(ends)
        if not self._spilled and self._ids.nbytes + self._offsets.nbytes > self._budget:
            self._ids.spill(self._folder)
            self._offsets.spill(self._folder)
            self._spilled = True

    def arrays(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        return self._ids.array(), self._offsets.array()

    def close(self) -> None:
        self._ids.close()
        self._offsets.close()


def _temporary_file(folder: str | os.PathLike[str] | None) -> BinaryIO:
    """Open a file without a name where the system can, else one that goes when it is closed."""
    return cast(BinaryIO, tempfile.TemporaryFile(prefix="w2v-", dir=folder, buffering=0))


def _write(file: BinaryIO, items: NDArray[Any]) -> None:
    data = items.data.cast("B") if len(items) else b""
    try:
        while data:
            data = data[file.write(data) :]
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        raise OSError(
            errno.ENOSPC,
            "no room for the encoded corpus on the disk of temporary files; pass tmp_dir= with "
            "a folder elsewhere, or a larger memory_budget=",
        ) from None


def _mapped(file: BinaryIO, dtype: Any) -> NDArray[Any]:
    """Map a whole file and close it: the map keeps what it needs of it."""
    with file:
        return np.frombuffer(mmap.mmap(file.fileno(), 0), dtype)


def _copy(array: NDArray[Any], folder: str | os.PathLike[str] | None) -> NDArray[Any]:
    """Copy an array of the store: to memory from memory, to a file from a file."""
    if array.flags.owndata:
        return array.copy()
    with _temporary_file(folder) as file:
        _write(file, array)
        return _mapped(file, array.dtype)


def _shorten(array: NDArray[Any], size: int) -> NDArray[Any]:
    """Cut an array that nobody else sees; memory goes back to the system."""
    if array.flags.owndata:
        array.resize(size, refcheck=False)
        return array
    return array[:size]


# ---- reading ----


class _BadText(ValueError):
    """Where, counted from the beginning of a part, a NUL or a byte that is not UTF-8 stands."""

    def __init__(self, is_nul: bool, byte: int, line: int) -> None:
        super().__init__(is_nul, byte, line)
        self.is_nul = is_nul
        self.byte = byte
        self.line = line


@dataclass
class _File:
    """Where a file begins in all the text that is read."""

    name: str
    mark: int = 0  # bytes of its byte-order mark
    byte: int = -1  # -1: nothing of it has been read
    line: int = 0

    def begin(self, whole: TokenReader) -> None:
        if self.byte < 0:
            self.byte, self.line = whole.bytes_read, whole.lines

    def error(self, bad: _BadText, byte: int, line: int) -> ValueError:
        """Place what is wrong with the part that begins at this byte and line of all text."""
        byte += bad.byte - self.byte
        if bad.is_nul:
            return _not_text(self.name, byte)
        return _not_in(self.name, line + bad.line - self.line + 1, byte + self.mark, "utf-8")


class _Part(NamedTuple):
    """Text of a file from one blank to another, in pieces; only the last of them holds blanks."""

    file: _File
    pieces: list[memoryview | bytes]

    def read(
        self, reader: TokenReader, ids: NDArray[np.int32], ends: NDArray[np.int64]
    ) -> tuple[int, int]:
        """Split it into words; return the numbers of ids and sentence ends written."""
        byte, line = reader.bytes_read, reader.lines
        n = sentences = 0
        for piece in self.pieces:
            nul = find_nul(piece)
            if nul >= 0:
                raise _BadText(True, reader.bytes_read - byte + nul, 0)
            try:
                n, sentences = reader.read(piece, ids, ends)
            except ValueError:
                if reader.bad_byte < 0:
                    raise
                raise _BadText(False, reader.bad_byte - byte, reader.lines - line) from None
        return n, sentences


class _Team:
    """Threads that split parts of a text into words, and join them in the order of the text.

    Each has a table of words of its own. Whatever fails is raised where the parts are given: what
    comes first in the text, if there is more than one failure.
    """

    def __init__(self, whole: TokenReader, store: _Store, size: int) -> None:
        self._readers: list[TokenReader] = []
        self._whole = whole
        self._store = store
        self._size = size
        self._threads: list[threading.Thread] = []
        self._running = 0
        self._parts: deque[tuple[int, _Part]] = deque()
        self._given = self._joined = 0
        self._failure: BaseException | None = None
        self._stopped = False
        self._changed = threading.Condition()  # guards all of these

    def give(self, part: _Part) -> None:
        """Hand over the next part, once no more than each thread's next one is waiting."""
        with self._changed:
            self._wait_while(lambda: self._given - self._joined >= 2 * self._size)
            if len(self._threads) < self._size:
                self._readers.append(TokenReader())
                thread = threading.Thread(target=self._work, args=self._readers[-1:], daemon=True)
                thread.start()
                self._threads.append(thread)
                self._running += 1
            self._parts.append((self._given, part))
            self._given += 1
            self._changed.notify_all()

    def finish(self) -> None:
        """Wait until all parts are joined."""
        with self._changed:
            self._wait_while(lambda: self._joined < self._given)
        for reader in self._readers:
            self._whole.take_counts(reader)

    def stop(self) -> None:
        """End the threads, at once if they are at work."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
            # not Thread.join(): one that Ctrl-C interrupts takes its thread for ended (up to 3.12)
            while self._running:
                self._changed.wait(0.1)
        for thread in self._threads:
            thread.join()

    def _wait_while(self, busy: Callable[[], bool]) -> None:
        while self._failure is None and busy():
            self._changed.wait(0.1)  # on Windows, Ctrl-C comes through only between two waits
        if self._failure is not None:
            raise self._failure

    def _work(self, reader: TokenReader) -> None:
        try:
            room = _ids_room()
            ids, ends = np.empty(room, np.int32), np.empty(room, np.int64)
            while self._work_on_one(reader, ids, ends):
                pass
        except BaseException as error:
            with self._changed:
                self._failure = error
        finally:
            with self._changed:
                self._stopped = self._stopped or self._failure is not None
                self._running -= 1
                self._changed.notify_all()

    def _work_on_one(
        self, reader: TokenReader, ids: NDArray[np.int32], ends: NDArray[np.int64]
    ) -> bool:
        with self._changed:
            while not self._parts and not self._stopped:
                self._changed.wait()
            if self._stopped:
                return False
            number, part = self._parts.popleft()
        reader.begin_part()
        n = sentences = 0
        failure: Exception | None = None
        try:
            n, sentences = part.read(reader, ids, ends)
        except Exception as error:
            failure = error
        with self._changed:
            while self._joined < number and not self._stopped:
                self._changed.wait()
            if self._stopped:
                return False
        # it is this part's turn: no other thread uses the whole now
        whole = self._whole
        part.file.begin(whole)
        if isinstance(failure, _BadText):
            failure = part.file.error(failure, whole.bytes_read, whole.lines)
        if failure is not None:
            raise failure
        without = whole.join(reader, ids[:n], ends[:sentences])
        self._store.append(ids[:n], ends[without:sentences])
        if len(reader) > _MOST_WORDS:
            whole.take_counts(reader)
        with self._changed:
            self._joined += 1
            self._changed.notify_all()
        return True


class _Reading:
    """One pass over a source: words into the table, ids into the store."""

    def __init__(
        self,
        tokenizer: Tokenizer,
        codec: str,
        errors: str,
        store: _Store,
        workers: int,
        verbose: bool,
    ) -> None:
        self.words = TokenReader()
        self.store = store
        self._workers = workers
        self._verbose = verbose
        self._tokenizer = tokenizer
        self._codec = "utf-8" if codec == "utf-8-sig" else codec
        self._errors = errors
        room = _ids_room()
        self._ids = np.empty(room, np.int32)
        self._ends = np.empty(room, np.int64)
        self._last = b"\n"  # byte of the text read
        self._mark = 0  # bytes of the file's byte-order mark
        self._files = self._bytes = self._lines = self._missing = 0

    def stats(self) -> CorpusStats:
        return CorpusStats(
            files=self._files,
            bytes=self._bytes,
            lines=self._lines + self.words.lines,
            sentences=self.store.sentences,
            tokens=self.store.tokens,
            types=len(self.words),
            missing=self._missing,
        )

    def read(self, source: Any) -> None:
        """Read whatever this is."""
        if isinstance(source, (str, os.PathLike)):
            self._read_files([source])
        elif type(source).__module__.partition(".")[0] in ("pandas", "pyarrow"):
            self._read_items(self._present(_column(source)))
            if self._missing:
                warnings.warn(
                    f"{self._missing:,} missing values of the column were left out", stacklevel=3
                )
        elif isinstance(source, (bytes, bytearray, dict, set, frozenset)) or not isinstance(
            source, Iterable
        ):
            raise TypeError(
                f"a corpus cannot be read from {type(source).__name__}: expected a path, an "
                "iterable of token lists or an iterable of str"
            )
        else:
            self._read_items(source)
        if not self.store.tokens:
            lines = self._lines + self.words.lines
            raise ValueError(f"the corpus is empty: no word in {lines:,} lines")

    def _read_items(self, source: Iterable[Any]) -> None:
        items = iter(source)
        first = list(itertools.islice(items, 1))
        items = itertools.chain(first, items)
        if first and isinstance(first[0], os.PathLike):
            self._read_files(items)
        elif first and isinstance(first[0], str):
            self._read_strings(items)
        else:
            self._read_sentences(items, lambda i: f"sentence {i}")

    def _present(self, values: Iterable[Any]) -> Iterator[Any]:
        for value in values:
            if value is None:
                self._missing += 1
            else:
                yield value

    # -- files --

    def _read_files(self, paths: Iterable[Any]) -> None:
        files = self._open_files(paths)
        if (self._tokenizer, self._codec, self._errors) == ("whitespace", "utf-8", "strict"):
            self._read_utf8(itertools.chain.from_iterable(itertools.starmap(self._parts, files)))
        else:
            for name, chunks in files:
                self._read_file(name, chunks)

    def _open_files(self, paths: Iterable[Any]) -> Iterator[tuple[str, Iterator[memoryview]]]:
        """Give each file's name and content."""
        for path in paths:
            if not isinstance(path, (str, os.PathLike)):
                raise TypeError(f"expected a path like those before, got {type(path).__name__}")
            for name in _expand(os.fspath(path)):
                self._files += 1
                with _opened(name) as (file, chunks):
                    if self._verbose:
                        chunks = _shown(name, file, chunks)
                    yield name, self._checked(name, chunks)

    def _checked(self, name: str, chunks: Iterator[memoryview]) -> Iterator[memoryview]:
        """Drop a UTF-8 byte-order mark, refuse other encodings' marks, count bytes."""
        self._mark = 0
        for i, chunk in enumerate(chunks):
            self._bytes += len(chunk)
            if i == 0 and self._codec == "utf-8":
                head = bytes(chunk[:_MARK_SIZE])
                if head.startswith(codecs.BOM_UTF8):
                    self._mark = len(codecs.BOM_UTF8)
                    chunk = chunk[self._mark :]
                elif head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                    raise ValueError(
                        f"{name} starts with a UTF-16 byte-order mark; pass encoding='utf-16'"
                    )
            yield chunk

    def _read_file(self, name: str, chunks: Iterator[memoryview]) -> None:
        if callable(self._tokenizer):
            start = self._lines
            lines = _lines(self._decoded(name, chunks))
            tokenize = self._tokenizer
            self._read_sentences(
                (tokenize(line) for line in lines),
                lambda i: f"{name}, line {i - start + 1}",
                "the tokenizer",
            )
        elif self._tokenizer == "words":
            for text in _recut(self._decoded(name, chunks), "\n "):
                self._read_text(words_only(text).encode())
            self._end_line()
        else:
            for text in self._decoded(name, chunks):
                self._read_text(text.encode())
            self._end_line()

    def _parts(self, name: str, chunks: Iterator[memoryview]) -> Iterator[_Part]:
        """Cut a file after blanks only; end its last line."""
        file = _File(name)
        held: list[bytes] = []  # the beginning of a word
        last = b"\n"
        for chunk in filter(len, chunks):
            file.mark = self._mark
            size = up_to_blank(chunk)
            if size:
                yield _Part(file, [*held, chunk[:size]])
                held = []
            if size < len(chunk):
                held.append(bytes(chunk[size:]))
            last = bytes(chunk[-1:])
        if last != b"\n":
            yield _Part(file, [*held, b"\n"])

    def _read_utf8(self, parts: Iterable[_Part]) -> None:
        """Hand the bytes to the table as they are; it checks each new word."""
        team = _Team(self.words, self.store, self._workers)
        try:
            for part in parts:
                if self._workers == 1 or self._bytes <= _ALONE:
                    self._read_part(part)
                else:
                    team.give(part)
        except Exception:
            team.finish()  # an error in an earlier part goes first, as it does on one thread
            raise
        else:
            team.finish()
        finally:
            team.stop()

    def _read_part(self, part: _Part) -> None:
        part.file.begin(self.words)
        byte, line = self.words.bytes_read, self.words.lines
        try:
            n, sentences = part.read(self.words, self._ids, self._ends)
        except _BadText as bad:
            raise part.file.error(bad, byte, line) from None
        self.store.append(self._ids[:n], self._ends[:sentences])

    def _decoded(self, name: str, chunks: Iterator[memoryview]) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder(self._codec)(self._errors)
        lines = done = characters = 0
        for chunk, final in itertools.chain(((bytes(c), False) for c in chunks), [(b"", True)]):
            held = len(decoder.getstate()[0])
            try:
                text = decoder.decode(chunk, final)
            except UnicodeDecodeError as error:
                good = error.object[: error.start].decode(error.encoding, "replace")
                line = lines + good.count("\n") + 1
                raise _not_in(
                    name, line, self._mark + done - held + error.start, self._codec
                ) from None
            if self._errors == "strict":
                nul = text.find("\0")
                if nul >= 0:
                    raise _not_text(name, characters + nul)
            else:
                text = text.replace("\0", "" if self._errors == "ignore" else "\ufffd")
            done += len(chunk)
            lines += text.count("\n")
            characters += len(text)
            yield text

    def _read_text(self, data: bytes) -> None:
        self._last = data[-1:] or self._last
        for start in range(0, len(data), _CHUNK):
            n, sentences = self.words.read(data[start : start + _CHUNK], self._ids, self._ends)
            self.store.append(self._ids[:n], self._ends[:sentences])

    def _end_line(self) -> None:
        """End the last line of a file that ends without a newline."""
        if self._last != b"\n":
            self._read_text(b"\n")

    # -- strings and token lists --

    def _read_strings(self, items: Iterable[Any]) -> None:
        strings = self._only_strings(items)
        if callable(self._tokenizer):
            self._read_sentences(
                (self._tokenizer(string) for string in strings),
                lambda i: f"string {i}",
                "the tokenizer",
            )
            return
        for batch in _batches(strings):
            # one string is one sentence, whatever newlines it holds
            text = "\n".join(s.replace("\n", " ") if "\n" in s else s for s in batch) + "\n"
            try:
                if self._tokenizer == "words":
                    text = words_only(text)
                data = text.encode()
            except UnicodeEncodeError as error:
                n = self.words.lines + str(error.object).count("\n", 0, error.start)
                raise ValueError(
                    f"string {n} holds a lone surrogate (U+{ord(error.object[error.start]):04X}), "
                    "which is no character; decode its source with errors='replace'"
                ) from None
            self._read_text(data)
        if 1 < self.store.tokens == self.words.lines and self._tokenizer == "whitespace":
            names = self.words.words(np.arange(min(len(self.words), 100), dtype=np.int32))
            if all(os.path.exists(name) for name in names):
                raise ValueError(
                    f"the strings are names of files ({names[0]!r}, ...) and would be trained as "
                    "sentences; to read the files use Corpus.from_files"
                )
            warnings.warn(
                f"each of the {self.store.tokens:,} strings is one word, so no word has a "
                "context; if they are one sentence, wrap the list in a list",
                stacklevel=5,
            )

    def _only_strings(self, items: Iterable[Any]) -> Iterator[str]:
        for i, item in enumerate(items):
            if not isinstance(item, str):
                raise TypeError(
                    f"string {i} (counted from 0) is {_kind(item)}, though those before are str"
                )
            yield item

    def _read_sentences(
        self, sentences: Iterable[Any], label: Callable[[int], str], source: str = ""
    ) -> None:
        tokens: list[Any] = []
        ends: list[int] = []
        for sentence in sentences:
            if type(sentence) is not list:
                self._check_sentence(sentence, label(self._lines + len(ends)), source)
            tokens.extend(sentence)
            ends.append(len(tokens))
            if len(tokens) >= _BATCH or len(ends) >= _BATCH:
                self._add(tokens, ends, label)
                tokens.clear()
                ends.clear()
        self._add(tokens, ends, label)

    def _check_sentence(self, sentence: Any, where: str, source: str) -> None:
        if isinstance(sentence, (str, bytes, dict, set, frozenset)) or not isinstance(
            sentence, Iterable
        ):
            got = f"{source} returned {_kind(sentence)}" if source else f"got {_kind(sentence)}"
            raise TypeError(f"{where}: expected a list of tokens, {got}")

    def _add(self, tokens: list[Any], ends: list[int], label: Callable[[int], str]) -> None:
        ids = np.empty(len(tokens), np.int32)
        try:
            self.words.add(tokens, ids)
        except (TypeError, ValueError):
            self._explain(tokens, ends, label)
            raise
        filled = np.array(ends, np.int64)
        filled = filled[np.diff(filled, prepend=0) > 0]
        self.store.append(ids, filled + self.store.tokens)
        self._lines += len(ends)

    def _explain(self, tokens: list[Any], ends: list[int], label: Callable[[int], str]) -> None:
        """Name the token that the table refused."""
        for i, token in enumerate(tokens):
            if not isinstance(token, str):
                error: Exception = TypeError(f"expected str, got {_kind(token)}")
            elif not token:
                error = ValueError("an empty token; leave it out (split() does, split(' ') not)")
            elif any("\ud800" <= c <= "\udfff" for c in token):
                error = ValueError(f"{token!r} holds a lone surrogate, which is no character")
            else:
                continue
            sentence = bisect_right(ends, i)
            start = ends[sentence - 1] if sentence else 0
            where = f"{label(self._lines + sentence)}, token {i - start} (counted from 0)"
            raise type(error)(f"{where}: {error}") from None


def _kind(item: Any) -> str:
    if item is None:
        return "None"
    text = repr(item)
    return f"{type(item).__name__} {text if len(text) <= 40 else text[:37] + '...'}"


def _not_in(name: str, line: int, byte: int, codec: str) -> ValueError:
    return ValueError(
        f"{name}, line {line}: byte {byte} is not {codec}; pass the encoding= the file was written "
        "in (often 'latin-1' or 'cp1252'), or errors='replace'"
    )


def _not_text(name: str, nul: int) -> ValueError:
    return ValueError(
        f"{name} is not a text file: NUL at position {nul}; UTF-16 or UTF-32 text "
        "needs encoding=, text with a few stray NULs errors='replace'"
    )


def _ids_room() -> int:
    """Return how many ids, or sentence ends, TokenReader.read may write for what is read once."""
    return (max(_CHUNK, _MARK_SIZE) + 1) // 2


def _batches(strings: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for string in strings:
        batch.append(string)
        size += len(string) + 1
        if size >= _CHUNK:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _recut(texts: Iterable[str], separators: str) -> Iterator[str]:
    """Cut pieces of text after separators only."""
    held: list[str] = []
    for text in texts:
        at = max(text.rfind(s) for s in separators) + 1
        if at:
            yield "".join([*held, text[:at]])
            held = []
        held.append(text[at:])
    yield "".join(held)


def _lines(texts: Iterable[str]) -> Iterator[str]:
    """Lines without their ends; only newlines end a line, as in the reader of bytes."""
    for text in _recut(texts, "\n"):
        lines = text.split("\n")
        if not lines[-1]:
            lines.pop()
        for line in lines:
            yield line.removesuffix("\r")


# ---- sources ----


def _column(column: Any) -> Iterator[Any]:
    """Values of a pandas or pyarrow column, None where one is missing."""
    if hasattr(column, "isna") and not hasattr(column, "columns"):
        for value, missing in zip(column, np.asarray(column.isna()), strict=True):
            yield None if missing else value
    elif hasattr(column, "to_pylist") and not hasattr(column, "schema"):
        for start in range(0, len(column), 1 << 14):
            yield from column.slice(start, 1 << 14).to_pylist()
    else:
        raise TypeError(
            f"a corpus cannot be read from a {type(column).__name__}; pass one column of it, "
            "such as table['text']"
        )


def _expand(path: str) -> list[str]:
    """Files that a path stands for: itself, a folder's, a pattern's."""
    if path == "-":
        return [path]
    path = os.path.expanduser(path)
    if os.path.isdir(path):
        files = []
        for folder, folders, names in os.walk(path):
            folders[:] = [name for name in folders if not name.startswith(".")]
            files += [os.path.join(folder, name) for name in names if not name.startswith(".")]
        if not files:
            raise FileNotFoundError(f"no files in the folder {path}")
        return sorted(files)
    if os.path.exists(path):
        return [path]
    import glob

    if glob.has_magic(path):
        files = [name for name in glob.glob(path, recursive=True) if os.path.isfile(name)]
        if not files:
            raise FileNotFoundError(f"no file matches {path}")
        return sorted(files)
    shown = path if len(path) <= 100 else path[:97] + "..."
    raise FileNotFoundError(
        f"no file or folder {shown!r}; to train on a text itself, pass it in a list: [text]"
    )


class _Rejoined(io.RawIOBase):
    """A stream whose first bytes were read to see what it holds."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._head:
            return self._rest.readinto(buffer)  # type: ignore[attr-defined]
        n = min(len(buffer), len(self._head))
        buffer[:n] = self._head[:n]
        self._head = self._head[n:]
        return n


# first bytes -> name, module whose open() reads it
_COMPRESSED = (
    (re.compile(rb"\x1f\x8b"), "gzip", "gzip"),
    (re.compile(rb"BZh[1-9](?:1AY|\x17rE)"), "bzip2", "bz2"),
    (re.compile(rb"\xfd7zXZ\x00"), "xz", "lzma"),
    (re.compile(rb"\x28\xb5\x2f\xfd"), "zstd", "zstd"),
)


def _decompressed(name: str, module: str, stream: BinaryIO) -> BinaryIO:
    places = ["compression.zstd", "backports.zstd"] if module == "zstd" else [module]
    for place in places:
        try:
            opener = import_module(place).open
        except ModuleNotFoundError:
            continue
        return cast(BinaryIO, opener(stream))
    raise ImportError(
        f"{name} is compressed with {module}, which this Python cannot read; install what can: "
        f"pip install 'w2v[zst]'"
    )


@contextmanager
def _opened(name: str) -> Iterator[tuple[BinaryIO, Iterator[memoryview]]]:
    """Open a file (or "-"); give it as it lies there, and its content, decompressed, in chunks."""
    raw = getattr(sys.stdin, "buffer", None) if name == "-" else open(name, "rb")
    if raw is None:
        raise OSError("standard input is closed, or is no stream of bytes")
    try:
        head = raw.read(8)
        stream: Any = io.BufferedReader(_Rejoined(head, raw))
        kind = ""
        for magic, label, module in _COMPRESSED:
            if magic.match(head):
                kind = label
                stream = _decompressed(name, module, stream)
        yield raw, _chunks(stream, name, kind)
    finally:
        if name != "-":
            raw.close()


def _chunks(stream: BinaryIO, name: str, kind: str) -> Iterator[memoryview]:
    size = max(_CHUNK, _MARK_SIZE)
    try:
        while True:
            chunk = _page_aligned(size)
            n = stream.readinto(chunk)  # type: ignore[attr-defined]
            if not n:
                break
            size = _CHUNK
            yield chunk[:n]
    except Exception as error:
        # Each library has its own errors for damaged data; what the system reports has an errno.
        if not kind or getattr(error, "errno", None):
            raise
        raise ValueError(f"{name}: its {kind} data is damaged or cut off ({error})") from error


def _shown(name: str, file: BinaryIO, chunks: Iterator[memoryview]) -> Iterator[memoryview]:
    """Show a bar of the bytes taken from a file once reading it takes longer than a second."""
    started = time.monotonic()
    bar: tqdm[Any] | None = None
    read = 0
    sized = file.seekable()
    try:
        for chunk in chunks:
            read += len(chunk)
            if bar is None and time.monotonic() - started > _SHOW_AFTER:
                bar = progress_bar(
                    total=os.fstat(file.fileno()).st_size if sized else None,
                    desc=f"reading {os.path.basename(name)}",
                    unit="B",
                )
            if bar is not None:
                bar.update((file.tell() if sized else read) - bar.n)
            yield chunk
    finally:
        if bar is not None:
            bar.close()


def _page_aligned(size: int) -> memoryview:
    """Memory as the system lays out files: copying one to the other is fastest so."""
    room = np.empty(size + 4095, np.uint8)
    start = -room.__array_interface__["data"][0] % 4096
    return room[start : start + size].data


# ---- the "words" tokeniser ----

_BLANK, _LETTER, _MARK, _JOINER, _NEWLINE = 1, 2, 3, 4, 5
_kinds = np.zeros(sys.maxunicode + 1, np.uint8)  # 0: not looked up yet
_kinds[[ord("'"), 0x2019, 0x200C, 0x200D]] = _JOINER
_kinds[ord("\n")] = _NEWLINE


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
    """Lower-case a text and blank out everything that belongs to no word; newlines stay.

    A word is a run of letters, numbers, connector punctuation and the combining marks after them.
    Apostrophes, zero-width joiners and non-joiners stay between two such characters; the
    typographic apostrophe becomes the plain one.
    """
    codes = np.frombuffer(bytearray(text.lower().encode("utf-32-le")), np.uint32)
    kinds = _kinds_of(codes)
    keep = kinds == _LETTER
    marks = np.flatnonzero(kinds == _MARK)
    if marks.size:
        # a mark belongs to the last character that is neither mark nor joiner: emoji have marks
        # too, and Bengali writes joiner, then mark, inside a word
        position = np.where((kinds == _MARK) | (kinds == _JOINER), 0, np.arange(len(codes)))
        keep[marks] = keep[np.maximum.accumulate(position)[marks]]
    joiners = np.flatnonzero(kinds == _JOINER)
    joiners = joiners[(joiners > 0) & (joiners < len(codes) - 1)]
    keep[joiners] = keep[joiners - 1] & keep[joiners + 1]
    codes[codes == 0x2019] = ord("'")
    codes[~keep & (kinds != _NEWLINE)] = ord(" ")
    return codes.tobytes().decode("utf-32-le")
