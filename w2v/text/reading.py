"""One pass over a source: files, strings, token lists or a column to ids."""

from __future__ import annotations

import itertools
import os
import unicodedata
import warnings
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v._text import IdTable, TokenReader
from w2v.checks import encoding_name, is_verbose, one_of, quoted
from w2v.files.column_files import column_of
from w2v.names import ENCODING_ERRORS, NORMAL_FORMS
from w2v.parallel import worker_count
from w2v.text.sequences import (
    Block,
    LabelledBlocks,
    LabelledIds,
    begins_with_id,
    block_of,
    blocks_of,
    groups,
    is_group_by,
)
from w2v.text.sources import (
    TextFile,
    batches,
    files_at,
    is_column,
    is_table,
    open_text,
    slices,
    values_of,
)
from w2v.text.store import Folder, Store
from w2v.text.team import Team, parts_of
from w2v.text.tokenizers import Splitter, Tokenizer, cut_after, lines, words_only

_PART = 1 << 20  # ids numbered between two chances for Ctrl-C
_BATCH = 1 << 16  # tokens, or sentences, counted at a time when they come already split
# iterable, and no sentence or corpus
_NO_TOKENS = (str, bytes, bytearray, memoryview, dict, set, frozenset)
_SHOWN_NAMES = 3  # of empty files
_MOST_WORKERS = 4  # they join what they read one after another, and each has a table of words


class Reading:
    """Words into a table, ids into a store: the settings are those of `Corpus`.

    Attributes
    ----------
    words : TokenReader, or IdTable where the tokens are whole numbers
    store : Store
    files, bytes, missing : int
        As in `CorpusStats`.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        normalize: str | None,
        encoding: str,
        errors: str,
        column: str | None,
        memory_budget: int,
        tmp_dir: Folder,
        offsets: Any,
        workers: int | None,
        verbose: bool,
    ) -> None:
        if not callable(tokenizer) and tokenizer not in ("whitespace", "words"):
            raise ValueError(
                "tokenizer must be 'whitespace', 'words' or a function str -> tokens, not "
                f"{quoted(tokenizer)}"
            )
        codec = encoding_name(encoding)
        if not isinstance(memory_budget, (int, np.integer)) or memory_budget < 0:
            raise ValueError(
                f"memory_budget must be a number of bytes >= 0, not {quoted(memory_budget)}"
            )
        if tmp_dir is not None and not os.path.isdir(tmp_dir):
            raise FileNotFoundError(f"there is no folder {os.fspath(tmp_dir)} for temporary files")
        self._tokenizer = tokenizer
        self._form: Any = normalize and one_of("normalize", normalize, NORMAL_FORMS)
        self._text_form: Any = self._form or ("NFC" if tokenizer == "words" else None)
        self._codec = "utf-8" if codec == "utf-8-sig" else codec
        self._errors = one_of("errors", errors, ENCODING_ERRORS)
        if column is not None and not isinstance(column, (str, int)):
            raise TypeError(f"column must be the name of a column, not {quoted(column)}")
        self._column = None if column is None else str(column)
        self._offsets = offsets
        self._workers = min(worker_count(workers), _MOST_WORKERS)
        self._verbose = is_verbose("verbose", verbose)
        self._splitter = Splitter()
        self._doubt = ""  # why the first such file is perhaps no plain text
        self._names: list[str] = []  # of files
        self._sentences = 0  # given as token lists, empty ones too
        self.words: TokenReader | IdTable | LabelledIds = self._splitter.reader
        self.store = Store(memory_budget, tmp_dir)
        self.files = self.bytes = self.missing = 0

    @property
    def lines(self) -> int:
        """Lines and sentences given so far."""
        return self._sentences + self._splitter.reader.lines

    def read(self, source: Any) -> None:
        """Read whatever this is; an error leaves no temporary file behind."""
        try:
            self._read(source)
        except BaseException:
            self.store.close()
            raise

    def _read(self, source: Any) -> None:
        if is_group_by(source):
            values, cuts = groups(source)
            if values.dtype.kind in "iu":
                self._read_block(Block(values, cuts[1:]))
            else:
                self._read_items(values[i:j].tolist() for i, j in itertools.pairwise(cuts))
        elif isinstance(source, LabelledBlocks):
            self._read_numbers(source, lambda i: f"walk {i}")
            if source.labels is not None and isinstance(self.words, IdTable):
                self.words = LabelledIds(self.words, source.labels)
        elif (block := block_of(source, self._offsets)) is not None:
            self._read_block(block)
        elif isinstance(source, (str, os.PathLike)):
            self._read_files([source])
        elif is_table(source):
            raise TypeError(
                f"a corpus cannot be read from a {type(source).__name__}; pass one column of it, "
                "such as table['text']"
            )
        elif is_column(source):
            self._read_items(self._present(values_of(source)))
            if self.missing:
                warnings.warn(
                    f"{self.missing:,} missing values of the column were left out", stacklevel=4
                )
        elif isinstance(source, _NO_TOKENS) or not _iterable(source):
            raise TypeError(
                f"a corpus cannot be read from {type(source).__name__}: expected a path, an "
                "iterable of token lists or an iterable of str"
            )
        else:
            self._read_items(source)
        if self._doubt:
            warnings.warn(self._doubt, stacklevel=4)
        if not self.store.tokens:
            used = isinstance(source, Iterator) and not self.lines
            raise ValueError(
                f"the corpus is empty: no word in {self.lines:,} lines"
                + (f" of {', '.join(self._names)}" if self._names else "")
                + (", ..." if self.files > len(self._names) else "")
                + ("; an iterator gives its items only once" if used else "")
            )

    def _read_items(self, source: Iterable[Any]) -> None:
        items = iter(source)
        first = list(itertools.islice(items, 1))
        items = itertools.chain(first, items)
        if first and isinstance(first[0], os.PathLike):
            self._read_files(items)
        elif first and isinstance(first[0], str):
            self._read_strings(items)
        else:
            are_ids, items = begins_with_id(items)
            read = self._read_numbers if are_ids else self._read_sentences
            read(items, lambda i: f"sentence {i}")

    def _present(self, values: Iterable[Any]) -> Iterator[Any]:
        for value in values:
            if value is None:
                self.missing += 1
            else:
                yield value

    def _read_files(self, paths: Iterable[Any]) -> None:
        if self._column is not None:
            self._read_items(self._present(self._column_values(paths, self._column)))
            return
        files = self._open_files(paths)
        settings = self._tokenizer, self._form, self._codec, self._errors
        if settings == ("whitespace", None, "utf-8", "strict"):
            # The table takes the bytes as they are and checks each new word.
            parts = itertools.chain.from_iterable(map(parts_of, files))
            Team(self._splitter, self.store, self._workers).read(parts)
        else:
            for file in files:
                self._read_decoded(file)

    def _column_values(self, paths: Iterable[Any], column: str) -> Iterator[Any]:
        for name in self._names_of(paths):
            yield from column_of(name, column, self._codec)
            if os.path.exists(name):
                self.bytes += os.path.getsize(name)

    def _names_of(self, paths: Iterable[Any]) -> Iterator[str]:
        for path in paths:
            if not isinstance(path, (str, os.PathLike)):
                raise TypeError(f"expected a path like those before, got {type(path).__name__}")
            for name in files_at(os.fspath(path)):
                self.files += 1
                if len(self._names) < _SHOWN_NAMES:
                    self._names.append("standard input" if name == "-" else name)
                yield name

    def _open_files(self, paths: Iterable[Any]) -> Iterator[TextFile]:
        for name in self._names_of(paths):
            with open_text(name, self._codec, self._verbose) as file:
                yield file
                self.bytes += file.bytes
                self._doubt = self._doubt or file.doubt

    def _read_decoded(self, file: TextFile) -> None:
        texts = file.decoded(self._errors)
        if callable(self._tokenizer):
            tokenize, before = self._tokenizer, self._sentences
            self._read_sentences(
                (tokenize(self._normal(line)) for line in lines(texts)),
                lambda i: f"{file.name}, line {i - before + 1}",
                "the tokenizer",
            )
        else:
            for text in cut_after(texts, "\n ") if self._text_form else texts:
                self._read_text(self._normal_words(text).encode())

    def _normal(self, text: str) -> str:
        return unicodedata.normalize(self._text_form, text) if self._text_form else text

    def _normal_words(self, text: str) -> str:
        text = self._normal(text)
        return words_only(text) if self._tokenizer == "words" else text

    def _read_text(self, data: bytes) -> None:
        for text in slices(data):
            self.store.append(*self._splitter.read(text))

    def _read_strings(self, items: Iterable[Any]) -> None:
        strings = self._only_strings(items)
        if callable(self._tokenizer):
            self._read_sentences(
                # a generator: a map() would take a tokenizer's StopIteration for its own end
                (self._tokenizer(self._normal(string)) for string in strings),
                lambda i: f"string {i}",
                "the tokenizer",
            )
            return
        for batch in batches(strings):
            # one string is one sentence, whatever newlines it holds
            text = "\n".join(s.replace("\n", " ") if "\n" in s else s for s in batch) + "\n"
            try:
                data = self._normal_words(text).encode()
            except UnicodeEncodeError as error:
                n = self._splitter.reader.lines + str(error.object).count("\n", 0, error.start)
                raise ValueError(
                    f"string {n} holds a lone surrogate (U+{ord(error.object[error.start]):04X}), "
                    "which is no character; decode its source with errors='replace'"
                ) from None
            self._read_text(data)
        if 0 < self.store.tokens == self.store.sentences and self._tokenizer == "whitespace":
            names = self.words.words(np.arange(min(len(self.words), 100), dtype=np.int32))
            if all(os.path.exists(name) for name in names):
                raise ValueError(
                    f"the strings are names of files ({quoted(names[0])}, ...) and would be "
                    "trained as "
                    "sentences; to read the files use Corpus.from_files"
                )
            if self.store.tokens > 1:
                warnings.warn(
                    f"each of the {self.store.tokens:,} strings is one word, so no word has a "
                    "context; if they are one sentence, wrap the list in a list",
                    stacklevel=6,
                )

    def _only_strings(self, items: Iterable[Any]) -> Iterator[str]:
        for i, item in enumerate(items):
            if not isinstance(item, str):
                raise TypeError(
                    f"string {i} (counted from 0) is {_kind(item)}, though those before are str"
                )
            yield item.removeprefix("\ufeff")  # open(path) leaves a byte-order mark there

    def _read_sentences(
        self, sentences: Iterable[Any], label: Callable[[int], str], source: str = ""
    ) -> None:
        tokens: list[Any] = []
        ends: list[int] = []
        for sentence in sentences:
            if type(sentence) is not list:
                _refuse_no_list(sentence, label(self._sentences + len(ends)), source)
            tokens.extend(sentence)
            ends.append(len(tokens))
            if len(tokens) >= _BATCH or len(ends) >= _BATCH:
                self._add(tokens, ends, label)
                tokens.clear()
                ends.clear()
        self._add(tokens, ends, label)

    def _read_numbers(self, sentences: Iterable[Any], label: Callable[[int], str]) -> None:
        def refuse(place: int, sentence: Any) -> None:
            if type(sentence) is not list:
                _refuse_no_list(sentence, label(place))

        for block in blocks_of(sentences, refuse, label):
            self._read_block(block)

    def _read_block(self, block: Block) -> None:
        if not isinstance(self.words, IdTable):
            self.words = IdTable()
        done = self.store.tokens
        if len(block.ids) and block.ids.dtype == np.uint64 and block.ids.max() >= 2**63:
            raise ValueError(f"an id lies from -2**63 to 2**63 - 1, not {block.ids.max()}")
        kind = np.int32 if block.ids.dtype == np.int32 else np.int64
        none = np.empty(0, np.int64)
        for start in range(0, len(block.ids), _PART):
            part: NDArray[Any] = np.ascontiguousarray(block.ids[start : start + _PART], kind)
            numbers = np.empty(len(part), np.int32)
            self.words.add(part, numbers)
            self.store.append(numbers, none)
        ends = block.ends[np.diff(block.ends, prepend=0) > 0]
        self.store.append(np.empty(0, np.int32), ends + done)
        self._sentences += len(block.ends)

    def _add(self, tokens: list[Any], ends: list[int], label: Callable[[int], str]) -> None:
        ids = np.empty(len(tokens), np.int32)
        try:
            if self._form:
                tokens = [unicodedata.normalize(self._form, token) for token in tokens]
            self._splitter.reader.add(tokens, ids)
        except (TypeError, ValueError):
            self._explain(tokens, ends, label)
            raise
        filled = np.array(ends, np.int64)
        filled = filled[np.diff(filled, prepend=0) > 0]
        self.store.append(ids, filled + self.store.tokens)
        self._sentences += len(ends)

    def _explain(self, tokens: list[Any], ends: list[int], label: Callable[[int], str]) -> None:
        """Name the token that the table refused."""
        for i, token in enumerate(tokens):
            if not isinstance(token, str):
                error: Exception = TypeError(f"expected str, got {_kind(token)}{_advice(token)}")
            elif not token:
                error = ValueError("an empty token; leave it out (split() does, split(' ') not)")
            elif any("\ud800" <= c <= "\udfff" for c in token):
                error = ValueError(f"{quoted(token)} holds a lone surrogate, which is no character")
            else:
                continue
            sentence = bisect_right(ends, i)
            start = ends[sentence - 1] if sentence else 0
            where = f"{label(self._sentences + sentence)}, token {i - start} (counted from 0)"
            raise type(error)(f"{where}: {error}") from None


def _iterable(source: Any) -> bool:
    try:
        iter(source)
    except TypeError:  # an array without dimensions has __iter__, too
        return False
    return True


def _refuse_no_list(sentence: Any, where: str, source: str = "") -> None:
    """Raise an error if something is no list of tokens, nor what can be one."""
    if isinstance(sentence, _NO_TOKENS) or not isinstance(sentence, Iterable):
        got = f"{source} returned" if source else "got"
        advice = _advice(sentence)
        if isinstance(sentence, Integral):
            advice = "; if the numbers are one sentence, wrap them in a list"
        raise TypeError(f"{where}: expected a list of tokens, {got} {_kind(sentence)}{advice}")


def _kind(item: Any) -> str:
    if item is None:
        return "None"
    text = repr(item)
    return f"{type(item).__name__} {text if len(text) <= 40 else text[:37] + '...'}"


def _advice(item: Any) -> str:
    """Say how a token or a sentence is made of an item that is none."""
    if isinstance(item, (bytes, bytearray)):
        return "; decode it, or open its file as text"
    if isinstance(item, dict):
        return "; take the text out of it, such as row['text']"
    if isinstance(item, Integral):
        return f"; tokens are all str, such as {quoted(str(item))}, or all int"
    return ""
