"""Word vectors, models and word counts <-> files: what the rest of the package calls.

A file's format is recognised by its content, never by its name. Sizes that a file claims are
checked against the file before memory is taken for them, and nothing is unpickled.
``docs/formats.md`` describes the formats.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple, cast

from numpy.typing import ArrayLike

from w2v.checks import encoding_name, one_of, quoted, whole_number
from w2v.files.blocks import CheckedArray
from w2v.files.fasttext_files import read_fasttext
from w2v.files.gensim_files import read_gensim, read_gensim_model
from w2v.files.matrices import FloatMatrix, as_matrix
from w2v.files.native import NativeFile, write_native
from w2v.files.npz import read_npz, write_npz
from w2v.files.projector import metadata_path, read_projector, write_projector
from w2v.files.recognise import BOM, HEAD_BYTES, header_numbers, recognise
from w2v.files.sidecar import compare_sidecar, sidecar_of
from w2v.files.storage import Path, Target, is_open, is_text, suffix_of
from w2v.files.unpack import Source, mapped, name_of, plain_file, reads_text
from w2v.files.word2vec_files import drop_duplicates, read_bin, read_text, write_bin, write_text
from w2v.files.words import (
    Counts,
    Word,
    are_ids,
    as_counts,
    encode_words,
    read_counts,
    write_counts,
)
from w2v.names import ENCODING_ERRORS, FORMATS, SUFFIXES

__all__ = [
    "FORMATS",
    "SUFFIXES",
    "Model",
    "format_of",
    "format_of_suffix",
    "read_counts",
    "read_model",
    "read_settings",
    "read_vectors",
    "write_counts",
    "write_model",
    "write_vectors",
]


_MOST_PACKED = 1_000_000  # bytes that one holds at most: of zeros, bzip2 packs 700,000
_LONG_WORD = 1 << 16  # bytes of a word in a packed binary file
_WORD_BYTES = 100  # of a word, and of what a line may be longer than those before
NOTES = ("origin", "checkpoint")  # where a model comes from, and how to go on with it
KEEP_COUNTS = ("npz", "safetensors", "tsv")


class Model(NamedTuple):
    """What a native model file holds: everything needed to query or to train on."""

    W_in: FloatMatrix  # (V, d) input vectors
    W_out: FloatMatrix  # (rows, d) output vectors: V rows, or the inner nodes of the Huffman tree
    words: list[Word]
    counts: Counts  # (V,)
    settings: dict[str, Any]
    history: list[dict[str, Any]]
    notes: dict[str, Any]  # see NOTES
    best: tuple[FloatMatrix, FloatMatrix] | None  # of a checkpoint: the weights of its best epoch
    outputs: tuple[list[Word], Counts] | None = None  # words of W_out, where they are others
    W_words: FloatMatrix | None = None  # of documents: input vectors of the words of W_out


def format_of(path: Path) -> str:
    """Name the format of a file, found from its content.

    Parameters
    ----------
    path
        The file; it may be compressed or in a zip archive.

    Returns
    -------
    str
        "model" (native, with what training goes on from), "safetensors" (native, vectors only), or
        another name as `write_vectors` has them.

    Raises
    ------
    ValueError
        If the file has no known format or is a native one with a damaged header.
    OSError
        If there is no such file or it cannot be read.
    """
    name = name_of(path)
    with mapped(path, HEAD_BYTES + 1) as data:
        kind = recognise(data, name)
    if kind != "safetensors":
        return kind
    with mapped(path) as data, plain_file(path, data) as file:
        return "model" if "W_out" in NativeFile(file, name).entries else kind


def checksums(path: Path) -> int:
    """Return how many checksums a native file has; 0 if it, or its format, has none."""
    with mapped(path) as data:
        if recognise(data, name_of(path)) != "safetensors":
            return 0
        with plain_file(path, data) as file:
            return NativeFile(file, name_of(path)).blocks


def format_of_suffix(path: Target, otherwise: str | None = None) -> str:
    """Name the format that a path's suffix stands for; `otherwise` where it stands for none."""
    name = name_of(path)
    suffix, compression = suffix_of(name)
    format = SUFFIXES.get(suffix, otherwise)
    if format is None:
        if is_open(path):
            raise ValueError(f"{name}: pass format=, one of {', '.join(FORMATS)}")
        raise ValueError(f"{name}: the suffix says the format: one of {', '.join(SUFFIXES)}")
    if compression and format in ("safetensors", "npz"):
        why = "is mapped, which needs it plain" if format == "safetensors" else "is an archive"
        raise ValueError(f"{name}: a {suffix} file {why}; leave {compression.suffix} out")
    return format


class Stored(NamedTuple):
    """Words and vectors of a file, some of it not yet compared with its checksums."""

    words: Sequence[str]
    vectors: FloatMatrix | CheckedArray  # (V, d); the second of a mapped file
    counts: Counts | None = None  # (V,)
    norms: CheckedArray | None = None  # (V,) lengths of the rows of a mapped file
    settings: Mapping[str, Any] = MappingProxyType({})  # how the vectors were made, if it is said


def read_vectors(
    path: Source,
    *,
    mmap: bool = True,
    limit: int | None = None,
    encoding: str = "utf-8",
    errors: str = "strict",
) -> tuple[Sequence[Word], FloatMatrix, Counts | None]:
    """Read words and their vectors from a file of any known format.

    The format is found from the content: native safetensors, word2vec binary, word2vec or fastText
    text (first line ``V d``), GloVe text (no such line), an embedding projector's ``vectors.tsv``
    with its ``metadata.tsv`` beside it, NumPy's ``.npz``, fastText's own ``.bin``. What is
    compressed with gzip, bzip2, xz or zstd or lies in a zip archive is unpacked into a temporary
    file first.

    Parameters
    ----------
    path
        The file; one in a zip archive is ``"glove.zip/50d.txt"``, which an archive of one file does
        not need. Or a file that is open for bytes or text, read from where it stands.
    mmap
        Leave the words, the matrix and the counts of a native file on disk, mapped read-only, and
        look at them only when they are used. No effect on other formats, which must be converted.
    limit
        Read only the first rows; None (default) reads all.
    encoding, errors
        How the bytes of words become strings, as in `bytes.decode`; strict, replace, ignore or
        backslashreplace. Native files are always UTF-8.

    Returns
    -------
    words : sequence of str, length V
        A list, or from a mapped file a sequence that decodes words when they are asked for.
    vectors : float32, (V, d)
    counts : int64, (V,), or None where the format or the file has none

    Raises
    ------
    ValueError
        If the file is damaged, has no known format or is of a kind that is not read.
    OSError
        If there is no such file or it cannot be read.

    Notes
    -----
    A word that stands twice in a binary or text file counts in its first row, with a warning.
    w2v writes no word twice to a native file, and whoever looks words up notices a damaged one:
    `KeyedVectors` and `Vocabulary` refuse it, so it is not searched for here.

    A native file is compared with its checksums, which reads all of the matrix once, a mapped one
    too. `KeyedVectors.load` compares what is mapped when it is used.
    """
    found = open_vectors(path, mmap=mmap, limit=limit, encoding=encoding, errors=errors)
    vectors = found.vectors
    return (
        found.words,
        vectors.array if isinstance(vectors, CheckedArray) else vectors,
        found.counts,
    )


def open_vectors(
    path: Source,
    *,
    mmap: bool = True,
    limit: int | None = None,
    encoding: str = "utf-8",
    errors: str = "strict",
) -> Stored:
    """Do what `read_vectors` does, and leave a mapped matrix to be compared when it is used."""
    if limit is not None:
        limit = whole_number("limit", limit, 1, sys.maxsize)
    one_of("errors", errors, ENCODING_ERRORS)
    if encoding_name(encoding).startswith(("utf-16", "utf-32")):
        raise ValueError(
            f"encoding {quoted(encoding)} is not read here; save the file as UTF-8 first"
        )
    name = name_of(path)
    if reads_text(path):
        encoding = "utf-8"  # of the copy
    if not is_open(path) and os.path.exists(sidecar_of(cast(Path, path))):
        with mapped(path, HEAD_BYTES + 1) as data:
            kind = recognise(data, name)
        if kind != "safetensors":  # that holds checksums itself
            compare_sidecar(cast(Path, path))
        if kind == "tsv":
            compare_sidecar(metadata_path(cast(Path, path)))
    most = None if limit is None else _most_bytes(path, limit)
    if most is not None:
        with suppress(ValueError), mapped(path, most) as data:  # an error shows again below
            kind = recognise(data, name)
            words, vectors = _READERS[kind](data, name, limit, encoding, errors, is_part=True)
            if len(words) == limit:
                return Stored(*drop_duplicates(words, vectors, None, name))
    with mapped(path, look=partial(_look, name)) as data:
        kind = recognise(data, name)
        if kind == "safetensors":
            with plain_file(path, data) as file:
                native = NativeFile(file, name)
                made = native.setting("settings", dict)
                mmap = mmap and _stays(file, path)
                found, counts = native.words(limit), native.counts(mmap, limit)
                if not mmap:
                    return Stored(list(found), native.matrix("W_in", limit), counts, None, made)
                matrix = native.tensor("W_in", limit)
                if native.copied or not native.is_whole:
                    return Stored(found, matrix.array, counts, None, made)
                return Stored(found, matrix, counts, native.tensor("norms", limit), made)
        counts = None
        if kind == "npz":
            with plain_file(path, data) as file:
                words, vectors, counts = read_npz(file, name, limit, encoding, errors)
        elif kind == "gensim":
            words, vectors, counts = read_gensim(data, path, limit)
        elif kind == "fasttext":
            words, vectors, counts = read_fasttext(data, name, limit, encoding, errors)
        elif kind == "tsv":
            words, vectors, counts = read_projector(data, path, limit, encoding, errors)
        else:
            words, vectors = _READERS[kind](data, name, limit, encoding, errors)
    return Stored(*drop_duplicates(words, vectors, counts, name))


_READERS: dict[str, Callable[..., tuple[list[str], FloatMatrix]]] = {
    "bin": read_bin,
    "text": partial(read_text, header=True),
    "glove": partial(read_text, header=False),
}


def _look(name: str, head: bytes, packed: int) -> int | None:
    """Refuse what is no file of vectors, or promises too much, by the beginning of what is packed.

    Return how many bytes of a binary file to unpack at most.
    """
    if recognise(head, name) != "bin":
        return None
    V, d = header_numbers(head.removeprefix(BOM).partition(b"\n")[0])
    least = V * (4 * d + 2)
    if least > _MOST_PACKED * packed:
        raise ValueError(
            f"{name}: the header promises {V} words of {d} numbers, at least {least} bytes, which "
            f"its {packed} bytes cannot hold; the file is truncated or its header is wrong"
        )
    return V * (4 * d + _LONG_WORD)


def _most_bytes(path: Source, limit: int) -> int | None:
    """Say how much of a packed file to unpack for its first rows; None for all of it."""
    if is_open(path):
        return None  # it is read once
    with mapped(path, HEAD_BYTES + 1) as data:
        if len(data) != HEAD_BYTES + 1:  # a plain file, which is not copied, or a small one
            return None
        kind = recognise(data, name_of(path))
        lines = data[:HEAD_BYTES].split(b"\n")[:-1]
        if kind == "bin":
            longest = 4 * header_numbers(lines[0])[1] + _WORD_BYTES
        else:
            longest = max(map(len, lines), default=0) + _WORD_BYTES
    return HEAD_BYTES + limit * longest if kind in _READERS else None


def read_settings(path: Source) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return settings and history of a model, without reading its tensors."""
    with _opened_model(path) as (native, _):
        return native.setting("settings", dict), native.setting("history", list)


def read_notes(path: Source) -> dict[str, Any]:
    """Return the notes of a model, without reading its tensors."""
    with _opened_model(path) as (native, _):
        return native.notes(NOTES)


def read_outputs(path: Source) -> tuple[list[Word], Counts] | None:
    """Return the words of W_out of a model and their counts, if they are others than W_in's."""
    with _opened_model(path) as (native, _):
        return native.outputs()


def read_model(path: Source, *, mmap: bool = False) -> Model:
    """Read a model from a native file, or from one of gensim's Word2Vec.

    Parameters
    ----------
    path
        A file written by `write_model`, or by gensim.
    mmap
        Map the matrices read-only instead of loading them; they are compared with their checksums.

    Raises
    ------
    ValueError
        If the file is damaged, is no native file, or holds vectors only.
    OSError
        If there is no such file or it cannot be read.
    """
    with _recognised(path) as (data, kind):
        if kind == "gensim":
            words, of_words, W_in, W_out, settings = read_gensim_model(data, path)
            return Model(W_in, W_out, list(words), of_words, settings, [], {}, None)
        with _native_model(path, data, kind) as (native, file):
            mmap = mmap and _stays(file, path)
            counts = native.counts(mmap)
            assert counts is not None
            return Model(
                native.tensor("W_in").array if mmap else native.matrix("W_in"),
                native.tensor("W_out").array if mmap else native.matrix("W_out"),
                list(native.words()),
                counts,
                native.setting("settings", dict),
                native.setting("history", list),
                native.notes(NOTES),
                (native.matrix("best_W_in"), native.matrix("best_W_out"))
                if {"best_W_in", "best_W_out"} <= set(native.entries)
                else None,
                native.outputs(),
                native.matrix("W_words") if "W_words" in native.entries else None,
            )


@contextmanager
def _opened_model(path: Source) -> Iterator[tuple[NativeFile, str]]:
    """Open a native file that holds a model, and tell which file was opened."""
    with _recognised(path) as (data, kind), _native_model(path, data, kind) as opened:
        yield opened


@contextmanager
def _recognised(path: Source) -> Iterator[tuple[Any, str]]:
    """Map a file and tell its format."""
    name = name_of(path)
    with mapped(path, look=partial(_look, name)) as data:
        yield data, recognise(data, name)


@contextmanager
def _native_model(path: Source, data: Any, kind: str) -> Iterator[tuple[NativeFile, str]]:
    name = name_of(path)
    if kind == "safetensors":
        with plain_file(path, data) as file:
            native = NativeFile(file, name)
            if "W_out" in native.entries:
                yield native, file
                return
    if kind == "gensim":
        raise ValueError(
            f"{name} is a Python pickle, such as gensim's, of which only Word2Vec.load and "
            "KeyedVectors.load read something"
        )
    raise ValueError(f"{name} holds vectors only ({kind}), not a model; load it with KeyedVectors")


def _stays(file: str, source: Source) -> bool:
    """Tell the file that was asked for from a copy, which cannot be mapped for long."""
    return not is_open(source) and os.fsdecode(cast(Path, source)) == file


def write_vectors(
    path: Target,
    words: Sequence[Word],
    vectors: ArrayLike,
    counts: ArrayLike | None = None,
    *,
    format: str | None = None,
    settings: Mapping[str, Any] | None = None,
) -> None:
    """Write words and their vectors; an older file is replaced only when the new one is complete.

    Parameters
    ----------
    path
        The file to write; its folder must exist. Or a file that is open for bytes, or for text
        if the format is text; it is written as it is, and what fails leaves half of it.
    words
        V different, non-empty strings, or V different whole numbers (ids). The formats safetensors
        and npz keep ids as such; in the others they are text, in decimal.
    vectors
        Finite numbers, (V, d); stored as float32.
    counts
        Whole numbers, (V,). The formats safetensors, npz and tsv keep them (see `write_counts`).
    format
        "safetensors" (native), "bin" (word2vec binary), "text" (word2vec and fastText text),
        "glove" (text without first line), "tsv" (an embedding projector's vectors.tsv, with
        metadata.tsv beside it) or "npz" (NumPy's, with the arrays words and vectors). None
        (default) goes by the suffix of `path`: .safetensors, .bin, .txt or .vec, .glove, .tsv,
        .npz. All but .safetensors and .npz may be followed by .gz, .bz2, .xz or .zst, which
        compresses the file.
    settings
        How the vectors were made, which the format safetensors keeps: what JSON can hold.

    Raises
    ------
    ValueError
        If the format is unknown, the sizes differ, a number is not finite, or a word is empty,
        there twice, or impossible in the format.
    TypeError
        If the words are neither all str nor all int, or the vectors not real numbers.
    OSError
        If the file cannot be written.
    """
    if format is None:
        format = format_of_suffix(path)
    elif format not in FORMATS:
        raise ValueError(f"format {quoted(format)} is unknown; known are {', '.join(FORMATS)}")
    if format == "tsv" and is_open(path):
        raise TypeError("format 'tsv' is two files: give the path of the first")
    if format not in ("text", "glove"):
        _check_bytes(path)
    matrix = as_matrix("vectors", vectors)
    encoded = encode_words(words, len(matrix), format)
    checked_counts = None if counts is None else as_counts(counts, words)
    if format == "safetensors":
        write_native(
            path,
            {"W_in": matrix},
            encoded,
            checked_counts,
            dict(settings or {}),
            [],
            {},
            are_ids(words),
        )
    elif format == "npz":
        write_npz(path, words, encoded, matrix, checked_counts)
    elif format == "tsv":
        write_projector(cast(Path, path), encoded, matrix, checked_counts)
    elif format == "bin":
        write_bin(path, encoded, matrix)
    else:
        write_text(path, encoded, matrix, header=format == "text")


def write_model(
    path: Target,
    *,
    W_in: ArrayLike,
    W_out: ArrayLike,
    words: Sequence[Word],
    counts: ArrayLike,
    settings: dict[str, Any],
    history: list[dict[str, Any]],
    notes: Mapping[str, Any] = MappingProxyType({}),
    best: tuple[ArrayLike, ArrayLike] | None = None,
    outputs: tuple[Sequence[Word], ArrayLike] | None = None,
    W_words: ArrayLike | None = None,
) -> None:
    """Write a model to one native file, readable by any safetensors reader.

    Parameters
    ----------
    path
        The file to write; its folder must exist. The name is free, .safetensors is usual.
    W_in, W_out
        Finite numbers, (V, d) and (rows, d); rows is V, or V - 1 for the nodes of a Huffman tree.
    words, counts
        V different, non-empty strings or V different ids, and their counts, (V,).
    settings, history
        Anything that JSON can hold; numpy's numbers are welcome.
    notes
        Further metadata by name, of the same kind.
    best
        Of a checkpoint: W_in and W_out of the best epoch so far.
    outputs
        Words of the rows of W_out and their counts, where they are others than those of W_in.
    W_words
        Where the rows of W_in belong to documents: input vectors of the words of `outputs`.

    Raises
    ------
    ValueError
        If sizes differ, a number is not finite, or a word is empty or there twice.
    TypeError
        If words are neither all str nor all int, matrices not real numbers, or JSON cannot hold
        the settings.
    OSError
        If the file cannot be written.
    """
    _check_bytes(path)
    matrices = {"W_in": as_matrix("W_in", W_in), "W_out": as_matrix("W_out", W_out)}
    if matrices["W_in"].shape[1] != matrices["W_out"].shape[1]:
        shapes = f"{matrices['W_in'].shape} and {matrices['W_out'].shape}"
        raise ValueError(f"W_in and W_out must have the same number of columns, not {shapes}")
    if best is not None:
        matrices |= {
            f"best_{name}": as_matrix(name, W) for name, W in zip(list(matrices), best, strict=True)
        }
    if W_words is not None:
        matrices["W_words"] = as_matrix("W_words", W_words)
    encoded = encode_words(words, len(matrices["W_in"]), "safetensors")
    packed = None
    if outputs is not None:
        others, other_counts = outputs
        packed = (
            encode_words(others, len(others), "safetensors"),
            as_counts(other_counts, others),
            are_ids(others),
        )
    write_native(
        path,
        matrices,
        encoded,
        as_counts(counts, words),
        settings,
        history,
        notes,
        are_ids(words),
        packed,
    )


def _check_bytes(path: Target) -> None:
    if is_text(path):
        raise TypeError(f"{name_of(path)} is open for text; this format needs mode 'wb'")
