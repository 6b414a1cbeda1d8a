"""Sentences of whole numbers, from arrays, columns and lists: flat tokens and sentence ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v._text import IdTable
from w2v.checks import quoted
from w2v.files.words import Word, is_word

_BATCH = 1 << 16  # tokens, or sentences, of lists gathered at a time


class Block(NamedTuple):
    """Some sentences: sentence i is ``ids[ends[i - 1]:ends[i]]``, the first ``ids[:ends[0]]``."""

    ids: NDArray[np.integer[Any]]
    ends: NDArray[np.int64]


class LabelledBlocks:
    """An iterable of blocks of numbers, (n, length), each of which stands for a label.

    Attributes
    ----------
    labels : list of str or of int, or None
        Number i is ``labels[i]``, which the corpus has as a word; None: i.
    """

    labels: list[Word] | None

    def __iter__(self) -> Iterator[NDArray[np.int32]]:
        """Give the blocks."""
        raise NotImplementedError


class LabelledIds:
    """Distinct words that are labels of numbers, by the ids of these numbers in a table."""

    def __init__(self, table: IdTable, labels: list[Word]) -> None:
        self._table, self._labels = table, labels
        self._numbers = {label: number for number, label in enumerate(labels)}

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._table)

    def counts(self, out: NDArray[np.int64]) -> None:
        """Write the count of each word."""
        self._table.counts(out)

    def words(self, ids: NDArray[np.int32]) -> list[Word]:
        """Return the words of some ids."""
        return [self._labels[number] for number in self._table.words(ids)]

    def find(self, words: list[Word], out: NDArray[np.int32]) -> None:
        """Write the id of each word, -1 where it does not occur."""
        self._table.find([self._numbers.get(word, -1) for word in words], out)


def block_of(source: Any, offsets: Any = None) -> Block | None:
    """Return the sentences of an array or a column of whole numbers; None for other sources.

    Parameters
    ----------
    source : any
        An integer array (n, length), whose rows are sentences; with `offsets`, one of one
        dimension; a pyarrow or polars column of lists of integers.
    offsets : array_like of int, shape (n + 1,), optional
        Sentence i is ``source[offsets[i]:offsets[i + 1]]``.

    Raises
    ------
    TypeError, ValueError
        For one dimension without offsets, and for offsets that do not cut up the array.
    """
    if offsets is not None:
        return _cut(source, offsets)
    if is_integer_array(source):
        return _of_array(source)
    library = type(source).__module__.partition(".")[0]
    if library == "pyarrow":
        return _of_arrow(source)
    if library == "polars":
        return _of_polars(source)
    return None


def is_integer_array(item: Any) -> bool:
    """Tell an array of whole numbers, of any library, from all else."""
    if isinstance(item, np.generic) or not (hasattr(item, "__array__") and hasattr(item, "ndim")):
        return False
    kind = getattr(getattr(item, "dtype", None), "kind", None)
    if not isinstance(kind, str):  # a tensor, whose type is not numpy's
        kind = np.asarray(item).dtype.kind
    return kind in ("i", "u") and item.ndim > 0


def _of_array(source: Any) -> Block:
    if source.ndim == 1:
        raise ValueError(
            "this is one row of whole numbers: pass offsets= to cut it into sentences, or [row] if "
            "it is one sentence"
        )
    if source.ndim > 2:
        raise ValueError(f"an array of sentences has two dimensions, not {source.ndim}")
    if isinstance(source, np.ma.MaskedArray):
        return Block(source.compressed(), np.cumsum(source.count(axis=1), dtype=np.int64))
    rows = np.asarray(source)
    return Block(rows.reshape(-1), np.arange(1, len(rows) + 1) * rows.shape[1])


def _cut(source: Any, offsets: Any) -> Block:
    ids, cuts = np.asarray(source), np.asarray(offsets)
    if ids.ndim != 1 or ids.dtype.kind not in "iu":
        raise TypeError(
            "offsets= cut up an array of whole numbers in one dimension, not "
            f"{type(source).__name__}"
            + (f" of {ids.dtype} in {ids.ndim}" if isinstance(source, np.ndarray) else "")
        )
    if cuts.ndim != 1 or cuts.dtype.kind not in "iu" or len(cuts) < 2:
        raise TypeError("offsets must be whole numbers in one dimension, one more than sentences")
    cuts = cuts.astype(np.int64)
    if cuts[0] != 0 or cuts[-1] != len(ids) or (np.diff(cuts) < 0).any():
        raise ValueError(
            f"offsets must rise from 0 to {len(ids)}, the tokens of the array; they go from "
            f"{cuts[0]} to {cuts[-1]}" + (", not always up" if cuts[-1] == len(ids) else "")
        )
    return Block(ids, cuts[1:])


def _of_arrow(column: Any) -> Block | None:
    """Take the memory of a pyarrow column; what misses something goes the slower way, by items."""
    kind = str(getattr(getattr(column, "type", None), "value_type", ""))
    if not kind.startswith(("int", "uint")) or column.null_count:
        return None
    parts = getattr(column, "chunks", [column])
    flat = [part.flatten() for part in parts]
    if not parts or any(part.null_count for part in flat):
        return None
    lengths = np.concatenate([part.value_lengths().to_numpy() for part in parts])
    ids = [part.to_numpy() for part in flat]
    return Block(
        ids[0] if len(ids) == 1 else np.concatenate(ids), np.cumsum(lengths, dtype=np.int64)
    )


def _of_polars(column: Any) -> Block | None:
    """Take the numbers of a polars column of lists."""
    inner = getattr(getattr(column, "dtype", None), "inner", None)
    if inner is None or not inner.is_integer() or column.null_count():
        return None
    lists = column.arr.to_list() if hasattr(column.dtype, "size") else column  # an Array: a List
    lengths = lists.list.len()
    flat = lists.filter(lengths > 0).explode()
    if flat.null_count():
        return None
    return Block(flat.to_numpy(), np.cumsum(lengths.to_numpy(), dtype=np.int64))


def is_group_by(source: Any) -> bool:
    """Tell a pandas group-by of one column: each group is a sentence."""
    kind = type(source)
    return kind.__name__ == "SeriesGroupBy" and kind.__module__.partition(".")[0] == "pandas"


def groups(source: Any) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the values of a pandas group-by by group, in their order, and the groups' offsets."""
    numbers = source.ngroup().to_numpy(dtype=np.float64, na_value=np.nan)  # NaN: in no group
    numbers = np.where(np.isnan(numbers), -1, numbers).astype(np.int64)
    order = np.argsort(numbers, kind="stable")[np.count_nonzero(numbers < 0) :]
    sizes = np.bincount(numbers[order])
    return source.obj.to_numpy()[order], np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])


def begins_with_id(sentences: Iterator[Any]) -> tuple[bool, Iterator[Any]]:
    """Tell whether the first token is a whole number; return the same sentences again."""
    seen: list[Any] = []
    for sentence in sentences:
        if is_integer_array(sentence):
            return True, chain(seen, [sentence], sentences)
        if isinstance(sentence, Iterator):
            sentence = list(sentence)
        seen.append(sentence)
        token = _first(sentence)
        if token is not None:
            return is_word(token) and not isinstance(token, str), chain(seen, sentences)
    return False, iter(seen)


def _first(sentence: Any) -> Any:
    """Return the first token of a sentence; None if it has none, and a str for what is none."""
    if isinstance(sentence, (str, bytes, dict)) or not isinstance(sentence, Iterable):
        return ""
    return next(iter(sentence), None)


def blocks_of(
    sentences: Iterable[Any], refuse: Callable[[int, Any], None], label: Callable[[int], str]
) -> Iterator[Block]:
    """Gather lists and arrays of whole numbers to blocks; an array (n, length) is n sentences.

    Parameters
    ----------
    sentences : iterable
        Lists, arrays, or what else can be iterated over.
    refuse : callable
        Is called with the place and the item, and raises if that is no list of tokens.
    label : callable
        Names the sentence at a place, for errors.
    """
    parts: list[Any] = []
    place = size = 0  # of the first part; tokens in all parts
    for sentence in sentences:
        if is_integer_array(sentence) and sentence.ndim == 2:
            yield _joined(parts, place, label)
            yield (block := _of_array(sentence))
            place += len(parts) + len(block.ends)
            parts, size = [], 0
            continue
        refuse(place + len(parts), sentence)
        if not isinstance(sentence, list):
            sentence = np.asarray(sentence) if hasattr(sentence, "__array__") else list(sentence)
        parts.append(sentence)
        size += len(sentence)
        if size >= _BATCH or len(parts) >= _BATCH:
            yield _joined(parts, place, label)
            place += len(parts)
            parts, size = [], 0
    yield _joined(parts, place, label)


def _joined(parts: list[Any], place: int, label: Callable[[int], str]) -> Block:
    ends = np.cumsum([len(part) for part in parts], dtype=np.int64)
    full = [part for part in parts if len(part)]
    if all(isinstance(part, list) for part in full):
        full = [list(chain.from_iterable(full))] if full else []
    arrays = [np.asarray(part) for part in full]
    if not arrays:
        return Block(np.empty(0, np.int64), ends)
    if any(array.dtype.kind not in "iu" or array.ndim != 1 for array in arrays):
        _explain(parts, place, label)
    found = np.concatenate(arrays)
    if found.dtype.kind != "i":  # of int64 and uint64 numpy makes float64
        _explain(parts, place, label)
        found = np.concatenate([array.astype(np.int64) for array in arrays])
    return Block(found, ends)


def _explain(parts: list[Any], place: int, label: Callable[[int], str]) -> None:
    """Name the token that is no id."""
    for i, part in enumerate(parts):
        for k, token in enumerate(part):
            where = f"{label(place + i)}, token {k} (counted from 0)"
            if not is_word(token) or isinstance(token, str):
                kind = "None" if token is None else f"{type(token).__name__} {quoted(token)}"
                raise TypeError(
                    f"{where}: expected an int like the tokens before, got {kind}; make all tokens "
                    "int, or all str"
                )
            if not -(2**63) <= token < 2**63:
                raise ValueError(f"{where}: an id lies from -2**63 to 2**63 - 1, not {token}")
