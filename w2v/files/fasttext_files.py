"""fastText's own models, ``.bin``: words, n-grams of characters, and the vectors they compose.

fastText keeps a row for each word and a row for each of a number of buckets, into which n-grams of
characters are hashed. A word's vector is the mean of its own row and those of its n-grams.
"""

from __future__ import annotations

import mmap
import struct

import numpy as np
from numpy.typing import NDArray

from w2v.checks import quoted
from w2v.files.matrices import FloatMatrix, check_finite
from w2v.files.words import Counts

_MAGIC_BYTES = 4  # looked at by w2v.files.recognise
_VERSIONS = (11, 12)  # the same but for classifiers
_ARGUMENTS = struct.Struct("<i12id")  # version, integers below, threshold of subsampling
_SIZES = struct.Struct("<iiiqq")  # entries, words, labels, tokens, n-grams kept (-1: all)
_ENTRY = struct.Struct("<qb")  # behind a word and its NUL: count, 0 for a word or 1 for a label
_MATRIX = struct.Struct("<qq")  # rows, columns
_SUPERVISED = 3  # of the kinds cbow, skip-gram, supervised
_END = b"</s>"  # the end of a line, the one word without n-grams

_SEED, _PRIME = 2166136261, 16777619  # of the hash FNV-1a, 32 bits
_BLOCK_VALUES = 1 << 24  # numbers of rows that are added at a time, about


def read_fasttext(
    data: mmap.mmap, path: str, limit: int | None, encoding: str, errors: str
) -> tuple[list[str], FloatMatrix, Counts]:
    """Read the words of a model of fastText, the vectors that it gives them, and their counts.

    Raises
    ------
    ValueError
        If the file is damaged, or holds a classifier or quantised vectors.
    """
    try:
        version, *given = _ARGUMENTS.unpack_from(data, _MAGIC_BYTES)
        at = _MAGIC_BYTES + _ARGUMENTS.size
        n_entries, n_words, n_labels, _, kept = _SIZES.unpack_from(data, at)
        at += _SIZES.size
        d, kind, buckets, minn, maxn = given[0], *given[7:11]
        if version not in _VERSIONS:
            raise ValueError(f"{path} is a fastText model of version {version}; 11 and 12 are read")
        if kind == _SUPERVISED or n_labels:
            raise ValueError(
                f"{path} is a classifier of fastText (supervised), not a model of word vectors"
            )
        if not 0 < n_words == n_entries or d < 1 or buckets < 0:
            raise ValueError(f"{path}: its sizes are damaged ({n_words} words of {d} numbers)")
        encoded: list[bytes] = []
        counts: list[int] = []
        for _ in range(n_words):
            end = data.find(b"\0", at)
            if end < 0:
                raise struct.error
            encoded.append(data[at:end])
            counts.append(_ENTRY.unpack_from(data, end + 1)[0])
            at = end + 1 + _ENTRY.size
        if kept != -1 or data[at : at + 1] != b"\0":
            raise ValueError(
                f"{path} is a quantised or pruned model of fastText; use the one that it was made "
                "from, or the .vec file beside that"
            )
        rows, columns = _MATRIX.unpack_from(data, at + 1)
    except struct.error:
        raise ValueError(f"{path}: this fastText model is cut off or damaged") from None
    at += 1 + _MATRIX.size
    if rows != n_words + buckets or columns != d or (maxn > 0 and buckets == 0):
        raise ValueError(
            f"{path}: {n_words} words and {buckets} buckets of {d} numbers, but a matrix of "
            f"{rows} rows of {columns}; the file is damaged"
        )
    ends = at + 4 * rows * d
    try:  # the output matrix, which is not used, shows whether the file is whole
        outputs, columns = _MATRIX.unpack_from(data, ends + 1)
        is_whole = ends + 1 + _MATRIX.size + 4 * outputs * columns <= len(data)
    except struct.error:
        is_whole = False
    if not is_whole:
        raise ValueError(f"{path}: this fastText model of {rows} rows of {d} numbers is truncated")
    encoded, counts = encoded[:limit], counts[:limit]
    words = []
    for row, word in enumerate(encoded, 1):
        try:
            words.append(word.decode(encoding, errors))
        except UnicodeDecodeError as error:
            raise ValueError(
                f"{path}, row {row}: the word {quoted(word.decode('latin-1'))} is no {encoding} "
                f"({error.reason}); pass errors='replace' or another encoding"
            ) from None
        if not word:
            raise ValueError(f"{path}, row {row}: there is no word; the file is damaged")
    if min(counts) < 0:
        raise ValueError(f"{path}: its counts are damaged (one is below 0)")
    with memoryview(data) as view:  # nothing below may fail: an array would keep the file open
        matrix = np.frombuffer(view, "<f4", rows * d, at).reshape(rows, d)
        vectors = _composed(matrix, encoded, n_words, buckets, minn, maxn)
        del matrix
    check_finite(vectors, lambda row: f"{path}: row {row + 1}, the word {quoted(words[row])},")
    return words, vectors, np.array(counts, np.int64)


def _composed(
    matrix: NDArray[np.float32],
    words: list[bytes],
    first_bucket: int,
    buckets: int,
    minn: int,
    maxn: int,
) -> FloatMatrix:
    """Return the means of the rows of words and of their n-grams; words[i] has row i."""
    vectors = np.empty((len(words), matrix.shape[1]), np.float32)
    size = max(map(len, words))
    step = max(1, _BLOCK_VALUES // (matrix.shape[1] * (1 + max(0, maxn) * (size + 2))))
    for start in range(0, len(words), step):
        block = words[start : start + step]
        hashes, owners = hashed_ngrams(block, minn, maxn)
        own = np.arange(len(block))
        at = first_bucket + hashes.astype(np.int64) % max(1, buckets)
        rows = np.concatenate([own + start, at])
        owners = np.concatenate([own, owners])
        order = np.argsort(owners, kind="stable")
        n = np.bincount(owners, minlength=len(block))
        with np.errstate(all="ignore"):
            sums = np.add.reduceat(matrix[rows[order]], np.cumsum(n) - n, axis=0)
            vectors[start : start + len(block)] = sums / n[:, None].astype(np.float32)
    return vectors


def hashed_ngrams(
    words: list[bytes], minn: int, maxn: int
) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Hash the n-grams of words as fastText does.

    Parameters
    ----------
    words
        Each in UTF-8. An n-gram is a part of ``<word>``.
    minn, maxn
        Characters of an n-gram, at least and at most; ``<`` and ``>`` alone are none.

    Returns
    -------
    hashes : uint32
        FNV-1a of the bytes, each widened with its sign, as fastText does by accident.
    owners : int64
        For each hash which of the words it belongs to.
    """
    marked = [b"" if word == _END else b"<" + word + b">" for word in words]
    text = np.frombuffer(b"".join(marked), np.uint8)
    values = text.view(np.int8).astype(np.int32).view(np.uint32)
    starts = np.flatnonzero((text & 0xC0) != 0x80)  # of characters; "<" begins each word
    lengths = np.diff(starts, append=len(text))
    owner_of_byte = np.repeat(np.arange(len(words)), [len(word) for word in marked])
    owner = owner_of_byte[starts]
    first = np.diff(owner, prepend=-1) != 0
    last = np.diff(owner, append=len(words)) != 0
    hashes, owners = [np.empty(0, np.uint32)], [np.empty(0, np.int64)]
    begins = np.arange(len(starts))
    state = np.full(len(starts), _SEED, np.uint32)
    for n in range(1, maxn + 1):
        ends = begins + n - 1
        keep = ends < len(starts)
        keep[keep] = owner[ends[keep]] == owner[begins[keep]]
        begins, ends, state = begins[keep], ends[keep], state[keep]
        if not len(begins):
            break
        for k in range(int(lengths[ends].max())):
            more = lengths[ends] > k
            state[more] = (state[more] ^ values[starts[ends[more]] + k]) * np.uint32(_PRIME)
        if n >= minn:
            is_ngram = ~(first[begins] | last[begins]) if n == 1 else np.ones(len(begins), bool)
            hashes.append(state[is_ngram])
            owners.append(owner[begins[is_ngram]])
    return np.concatenate(hashes), np.concatenate(owners)
