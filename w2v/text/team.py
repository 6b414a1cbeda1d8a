"""UTF-8 files to ids: by one thread, or by several that split parts of them at the same time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from w2v._text import find_nul, up_to_blank
from w2v.files.inputs import LONGEST
from w2v.text.sources import TextFile
from w2v.text.store import Store
from w2v.text.tokenizers import Split, Splitter

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

_ALONE = 1 << 22  # bytes below which starting threads costs more than they save
_MOST_WORDS = 1 << 17  # in a thread's table, so that not every thread has a copy of all words


class BadText(NamedTuple):
    """Where a part holds a NUL or a byte that is not UTF-8, counted from the part's beginning."""

    is_nul: bool
    byte: int
    line: int


class Part(NamedTuple):
    """Text of a file from one blank to another, in pieces; only the last of them holds blanks."""

    file: TextFile
    pieces: list[memoryview | bytes]

    def split(self, splitter: Splitter) -> Split | BadText:
        """Split the part into words, or say where this fails."""
        reader = splitter.reader
        byte, line = reader.bytes_read, reader.lines
        for piece in self.pieces:
            nul = find_nul(piece)
            if nul >= 0:
                return BadText(True, reader.bytes_read - byte + nul, 0)
            try:
                result = splitter.read(piece)
            except ValueError:
                if reader.bad_byte < 0:
                    raise
                return BadText(False, reader.bad_byte - byte, reader.lines - line)
        return result


def parts_of(file: TextFile) -> Iterator[Part]:
    """Cut a file after blanks only; a newline ends its last line."""
    start: list[memoryview | bytes] = []  # of a word that the next chunk goes on with
    run = 0  # its bytes
    last = b"\n"
    for chunk in filter(len, file.chunks):
        size = up_to_blank(chunk)
        if not size and (nul := find_nul(chunk)) >= 0:  # gigabytes of zeros may follow
            raise file.not_text(file.bytes - file.mark - len(chunk) + nul)
        run = len(chunk) - size if size else run + len(chunk)
        if run > LONGEST:
            raise file.endless(file.bytes)
        if size:
            yield Part(file, [*start, chunk[:size]])
            start = []
        if size < len(chunk):
            start.append(bytes(chunk[size:]))
        last = bytes(chunk[-1:])
    if last != b"\n":
        yield Part(file, [*start, b"\n"])


class Team:
    """Splits the parts of a text, in several threads once it is long.

    Each thread has a table of words of its own. It joins what it has split to the text when the
    part before is joined, so that ids, and the error named first, are those of one thread.
    """

    def __init__(self, text: Splitter, store: Store, size: int) -> None:
        self._text = text
        self._store = store
        self._size = size
        self._splitters = [Splitter() for _ in range(size if size > 1 else 0)]  # not at work
        self._jobs: deque[Future[None]] = deque()  # one a part, in the order of the text
        self._end = (0, 0)  # bytes and lines of the text so far
        self._file: TextFile | None = None  # that of the last part
        self._file_start = self._end

    def read(self, parts: Iterable[Part]) -> None:
        """Split all parts and join them to the text."""
        threads: ThreadPoolExecutor | None = None
        job: Future[None] | None = None
        try:
            for part in self._with_errors_last(parts):
                if self._size == 1 or self._end[0] < _ALONE and threads is None:
                    self._append(part, part.split(self._text))
                    continue
                if threads is None:
                    from concurrent.futures import ThreadPoolExecutor  # only here: imports logging

                    threads = ThreadPoolExecutor(self._size, "w2v-text")
                self._wait(2 * self._size - 1)  # one part for each thread to go on with
                job = threads.submit(self._split_and_join, part, job)
                self._jobs.append(job)
            self._wait()
            for splitter in self._splitters:
                self._text.reader.take_counts(splitter.reader)
        finally:
            if threads is not None:
                threads.shutdown(cancel_futures=True)

    def _with_errors_last(self, parts: Iterable[Part]) -> Iterator[Part]:
        """Give the parts; an error in reading them comes after those in the parts before it."""
        try:
            yield from parts
        except Exception:
            self._wait()
            raise

    def _wait(self, most: int = 0) -> None:
        """Wait until at most so many parts are not joined; raise what went wrong in the others."""
        while len(self._jobs) > most:
            self._jobs.popleft().result()

    def _split_and_join(self, part: Part, before: Future[None] | None) -> None:
        splitter = self._splitters.pop()
        splitter.reader.begin_part()
        result = part.split(splitter)
        if before is not None:
            before.result()  # from here on no other thread uses the text
        if not isinstance(result, BadText):
            ids, ends = result
            result = ids, ends[self._text.reader.join(splitter.reader, ids, ends) :]
        self._append(part, result)
        if len(splitter.reader) > _MOST_WORDS:
            self._text.reader.take_counts(splitter.reader)
        self._splitters.append(splitter)

    def _append(self, part: Part, result: Split | BadText) -> None:
        """Store the ids of the next part, or say where in its file it is bad."""
        if part.file is not self._file:
            self._file, self._file_start = part.file, self._end
        if isinstance(result, BadText):
            byte = self._end[0] - self._file_start[0] + result.byte
            if result.is_nul:
                raise part.file.not_text(byte)
            raise part.file.not_encoded(self._end[1] - self._file_start[1] + result.line + 1, byte)
        self._store.append(*result)
        self._end = self._text.reader.bytes_read, self._text.reader.lines
