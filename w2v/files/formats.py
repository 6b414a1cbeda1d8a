"""Word vectors, models and word counts <-> files: what the rest of the package calls.

A file's format is recognised by its content, never by its name. Sizes that a file claims are
checked against the file before memory is taken for them, and nothing is unpickled.
``docs/formats.md`` describes the formats.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from numpy.typing import ArrayLike

from w2v.files.matrices import FloatMatrix, as_matrix
from w2v.files.native import NativeFile, write_native
from w2v.files.recognise import recognise
from w2v.files.storage import Path, mapped, suffix_of
from w2v.files.word2vec_files import drop_duplicates, read_bin, read_text, write_bin, write_text
from w2v.files.words import Counts, as_counts, encode_words, read_counts, write_counts
from w2v.names import FORMATS, SUFFIXES

__all__ = [
    "FORMATS",
    "SUFFIXES",
    "Model",
    "format_of",
    "format_of_suffix",
    "read_counts",
    "read_model",
    "read_vectors",
    "write_counts",
    "write_model",
    "write_vectors",
]


class Model(NamedTuple):
    """What a native model file holds: everything needed to query or to train on."""

    W_in: FloatMatrix  # (V, d) input vectors
    W_out: FloatMatrix  # (rows, d) output vectors: V rows, or the inner nodes of the Huffman tree
    words: list[str]
    counts: Counts  # (V,)
    settings: dict[str, Any]
    history: list[dict[str, Any]]


def format_of(path: Path) -> str:
    """Name the format of a file, found from its content.

    Parameters
    ----------
    path
        The file; bin, text and glove may be compressed.

    Returns
    -------
    str
        "model" (native, with what training goes on from), "safetensors" (native, vectors only),
        "bin", "text" or "glove", as `write_vectors` names them.

    Raises
    ------
    ValueError
        If the file has no known format or is a native one with a damaged header.
    OSError
        If there is no such file or it cannot be read.
    """
    with mapped(path) as data:
        kind = recognise(data, path)
    return "model" if kind == "safetensors" and "W_out" in NativeFile(path).tensors else kind


def format_of_suffix(path: Path, otherwise: str | None = None) -> str:
    """Name the format that a path's suffix stands for; `otherwise` where it stands for none."""
    suffix, compression = suffix_of(path)
    format = SUFFIXES.get(suffix, otherwise)
    if format is None:
        raise ValueError(f"{path}: the suffix says the format: one of {', '.join(SUFFIXES)}")
    if compression and format == "safetensors":
        raise ValueError(
            f"{path}: a native file is mapped, which needs it plain; leave {compression.suffix} out"
        )
    return format


def read_vectors(
    path: Path,
    *,
    mmap: bool = True,
    limit: int | None = None,
    encoding: str = "utf-8",
    errors: str = "strict",
) -> tuple[Sequence[str], FloatMatrix, Counts | None]:
    """Read words and their vectors from a file of any known format.

    The format is found from the content: native safetensors, word2vec binary, word2vec or fastText
    text (first line ``V d``), GloVe text (no such line). The last three may be compressed with
    gzip, bzip2, xz or zstd; they are decompressed into a temporary file first.

    Parameters
    ----------
    path
        The file.
    mmap
        Leave the words, the matrix and the counts of a native file on disk, mapped read-only, and
        look at them only when they are used. No effect on other formats, which must be converted.
    limit
        Read only the first rows; None (default) reads all.
    encoding, errors
        How the bytes of words become strings, as in `bytes.decode`. Native files are always UTF-8.

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
    """
    if limit is not None and limit < 1:
        raise ValueError(f"limit must be at least 1 or None, not {limit}")
    with mapped(path) as data:
        kind = recognise(data, path)
        if kind == "safetensors":
            native = NativeFile(path)
            matrix = native.matrix("W_in", mmap, limit)
            words = native.words(limit)
            return words if mmap else words.decode(), matrix, native.counts(mmap, limit)
        if kind == "bin":
            found = read_bin(data, path, limit, encoding, errors)
        else:
            found = read_text(data, path, kind == "text", limit, encoding, errors)
    return *drop_duplicates(*found, path), None


def read_model(path: Path, *, mmap: bool = False) -> Model:
    """Read a model from a native file.

    Parameters
    ----------
    path
        A file written by `write_model`.
    mmap
        Map the matrices read-only instead of loading them.

    Raises
    ------
    ValueError
        If the file is damaged, is no native file, or holds vectors only.
    OSError
        If there is no such file or it cannot be read.
    """
    kind = format_of(path)
    if kind != "model":
        raise ValueError(
            f"{path} holds vectors only ({kind}), not a model; load it with KeyedVectors"
        )
    native = NativeFile(path)
    counts = native.counts(mmap)
    assert counts is not None
    return Model(
        native.matrix("W_in", mmap),
        native.matrix("W_out", mmap),
        native.words().decode(),
        counts,
        native.setting("settings", dict),
        native.setting("history", list),
    )


def write_vectors(
    path: Path,
    words: Sequence[str],
    vectors: ArrayLike,
    counts: ArrayLike | None = None,
    *,
    format: str | None = None,
) -> None:
    """Write words and their vectors; an older file is replaced only when the new one is complete.

    Parameters
    ----------
    path
        The file to write; its folder must exist.
    words
        V different, non-empty strings.
    vectors
        Finite numbers, (V, d); stored as float32.
    counts
        Whole numbers, (V,). Only the native format keeps them (see `write_counts`).
    format
        "safetensors" (native), "bin" (word2vec binary), "text" (word2vec and fastText text) or
        "glove" (text without first line). None (default) goes by the suffix of `path`:
        .safetensors, .bin, .txt or .vec, .glove; the last four may be followed by .gz, .bz2, .xz
        or .zst, which compresses the file.

    Raises
    ------
    ValueError
        If the format is unknown, the sizes differ, a number is not finite, or a word is empty,
        there twice, or impossible in the format.
    TypeError
        If the words are not strings or the vectors not real numbers.
    OSError
        If the file cannot be written.
    """
    if format is None:
        format = format_of_suffix(path)
    elif format not in FORMATS:
        raise ValueError(f"format {format!r} is unknown; known are {', '.join(FORMATS)}")
    matrix = as_matrix("vectors", vectors)
    encoded = encode_words(words, len(matrix), format)
    checked_counts = None if counts is None else as_counts(counts, words)
    if format == "safetensors":
        write_native(path, {"W_in": matrix}, encoded, checked_counts, {}, [])
    elif format == "bin":
        write_bin(path, encoded, matrix)
    else:
        write_text(path, encoded, matrix, header=format == "text")


def write_model(
    path: Path,
    *,
    W_in: ArrayLike,
    W_out: ArrayLike,
    words: Sequence[str],
    counts: ArrayLike,
    settings: dict[str, Any],
    history: list[dict[str, Any]],
) -> None:
    """Write a model to one native file, readable by any safetensors reader.

    Parameters
    ----------
    path
        The file to write; its folder must exist. The name is free, .safetensors is usual.
    W_in, W_out
        Finite numbers, (V, d) and (rows, d); rows is V, or V - 1 for the nodes of a Huffman tree.
    words, counts
        V different, non-empty strings and their counts, (V,).
    settings, history
        Anything that JSON can hold; numpy's numbers are welcome.

    Raises
    ------
    ValueError
        If sizes differ, a number is not finite, or a word is empty or there twice.
    TypeError
        If words are not strings, matrices not real numbers, or JSON cannot hold the settings.
    OSError
        If the file cannot be written.
    """
    matrices = {"W_in": as_matrix("W_in", W_in), "W_out": as_matrix("W_out", W_out)}
    if matrices["W_in"].shape[1] != matrices["W_out"].shape[1]:
        shapes = f"{matrices['W_in'].shape} and {matrices['W_out'].shape}"
        raise ValueError(f"W_in and W_out must have the same number of columns, not {shapes}")
    encoded = encode_words(words, len(matrices["W_in"]), "safetensors")
    write_native(path, matrices, encoded, as_counts(counts, words), settings, history)
