"""gensim's own files, ``.model`` and ``.kv``: pickles of which nothing is run.

A pickle is a program that makes objects. This reader follows it with hands tied: of all classes and
functions that it names, numpy's arrays become notes of their parts, a few containers become dicts,
and everything else becomes an empty stand-in that remembers what it was given. So no code of the
file, and no code that the file names, is called. Large arrays lie beside the pickle as ``.npy``
files, which numpy reads without pickles.
"""

from __future__ import annotations

import mmap
import os
import pickle
import struct
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.checks import quoted
from w2v.files.matrices import FloatMatrix, check_finite
from w2v.files.unpack import Source, is_open, name_of
from w2v.files.words import Counts

_EXPORT = "in gensim, write it with model.wv.save_word2vec_format(...)"
_MOST_ITEM = 8  # bytes of a number


class _Standin:
    """An object of a class that is not made here; its state is what the file says."""

    def __init__(self, *args: Any) -> None:
        self.state: dict[str, Any] = {}

    def __setstate__(self, state: Any) -> None:
        if isinstance(state, tuple):  # an object with slots
            state = next((part for part in state if isinstance(part, dict)), {})
        self.state = state if isinstance(state, dict) else {}

    def append(self, item: Any) -> None:
        """Leave out an item of a list."""

    def __setitem__(self, key: Any, value: Any) -> None:
        """Leave out an item of a dict."""


class _DType(_Standin):
    """The type of an array's items: a letter and bytes, such as ``f4``, and their order."""

    def __init__(self, spec: Any = "", *args: Any) -> None:
        self.spec, self.order = spec, "="

    def __setstate__(self, state: Any) -> None:
        self.order = state[1] if state[1] in ("<", ">") else "="

    def made(self) -> np.dtype[Any]:
        """Return numpy's type, of plain numbers only."""
        if not isinstance(self.spec, str) or self.spec[:1] not in ("f", "i", "u"):
            raise ValueError(f"an array of {quoted(self.spec)}, which are no plain numbers")
        if not self.spec[1:].isdigit() or int(self.spec[1:]) > _MOST_ITEM:
            raise ValueError(f"an array of {quoted(self.spec)}")
        return np.dtype(self.order + self.spec)


class _Array(_Standin):
    """An array as the file describes it: shape, type and bytes."""

    def __setstate__(self, state: Any) -> None:
        _, self.shape, self.dtype, self.is_fortran, self.data = state

    def made(self) -> NDArray[Any]:
        """Return the array; its bytes must be as many as its shape asks for."""
        # Python 2 wrote bytes as strings
        data = self.data.encode("latin1") if isinstance(self.data, str) else self.data
        flat = np.frombuffer(data, self.dtype.made())
        return flat.reshape(self.shape, order="F" if self.is_fortran else "C")


def _from_buffer(data: Any, dtype: Any, shape: Any, order: str) -> _Array:
    array = _Array()
    array.__setstate__((1, shape, dtype, order == "F", data))
    return array


def _encoded(text: str, encoding: str = "latin1") -> bytes:
    return text.encode("latin1")  # how Python 2's bytes are written


def _empty(*args: Any) -> dict[Any, Any]:
    return {}


# what a pickle may call by its name, without the module, and what is called instead
_KNOWN: dict[str, Callable[..., Any]] = {
    "_reconstruct": _Array,
    "_frombuffer": _from_buffer,
    "dtype": _DType,
    "encode": _encoded,
    "OrderedDict": _empty,
    "defaultdict": _empty,
    "dict": _empty,
}


# The interpreter in Python: that in C takes memory for whatever place a damaged file names.
_InPython: Any = pickle._Unpickler


class _Unpickler(_InPython):
    dispatch = dict(_InPython.dispatch)

    def find_class(self, module: str, name: str) -> Any:
        # made anew for each use: a file may change what it is given
        known = _KNOWN.get(name, _Standin)
        return type(name, (known,), {}) if isinstance(known, type) else partial(known)

    def persistent_load(self, pid: Any) -> Any:
        return _Standin()

    def load_bytearray(self) -> None:
        """Read bytes that are there, where the original takes memory for any number first."""
        (size,) = struct.unpack("<Q", self.read(8))
        self.append(bytearray(self.read(size)))

    dispatch[pickle.BYTEARRAY8[0]] = load_bytearray


def read_gensim(
    data: mmap.mmap, source: Source, limit: int | None
) -> tuple[list[str], FloatMatrix, Counts | None]:
    """Read the words, vectors and counts of a file that gensim's ``save`` wrote.

    Raises
    ------
    ValueError
        If it is another pickle, damaged, or of a gensim whose files are laid out in another way.
    """
    return _vectors(_state(data, source), source, limit)


def read_gensim_model(
    data: mmap.mmap, source: Source
) -> tuple[list[str], Counts, FloatMatrix, FloatMatrix, dict[str, Any]]:
    """Read a model of gensim's Word2Vec: words, counts, both matrices, and settings by our names.

    Rows stand in the order of the counts. Of hierarchical softmax the output weights are zeros: the
    inner nodes of gensim's tree are others.

    Raises
    ------
    ValueError
        If it is no such model, or as `read_gensim`.
    """
    name, state = name_of(source), _state(data, source)
    if {"dv", "docvecs"} & set(state):
        raise ValueError(f"{name} is a Doc2Vec of gensim; KeyedVectors.load reads its words")
    words, vectors, counts = _vectors(state, source, None)
    parts = {"": state}
    for part in ("trainables", "vocabulary"):  # of gensim 3
        if isinstance(state.get(part), _Standin):
            parts[f".{part}"] = state[part].state

    def found(key: str, otherwise: Any) -> Any:
        kinds = (int, float) if isinstance(otherwise, float) else (type(otherwise),)
        values = (part.get(key) for part in parts.values())
        return next((value for value in values if type(value) in kinds), otherwise)

    output: NDArray[Any] | None = None
    is_hs = found("hs", 0) > 0
    for prefix, held in parts.items():
        if "syn1neg" in _named(held):
            output = _beside(source, f"{name}{prefix}.syn1neg.npy", name)
        elif isinstance(held.get("syn1neg"), _Array):
            output = _array(held["syn1neg"], name)
    if is_hs:
        output = np.zeros((len(words) - 1, vectors.shape[1]), np.float32)
        warnings.warn(
            f"{name}: the output weights of hierarchical softmax begin anew with zeros, since "
            "gensim's tree is another one",
            stacklevel=5,
        )
    if counts is None or output is None:
        what = "counts" if counts is None else "output weights"
        raise ValueError(f"{name} has no {what} to train on with; KeyedVectors.load reads it")
    if not is_hs and output.shape != vectors.shape:
        raise ValueError(f"{name}: output weights of the shape {output.shape}, which do not fit")
    order = np.argsort(-counts, kind="stable")
    vectors, counts = vectors[order], np.maximum(counts[order], 1)
    W_out = np.array(output if is_hs else output[order], np.float32)
    check_finite(W_out, lambda row: f"{name}: row {row + 1} of the output weights")
    settings = {
        "architecture": "skipgram" if found("sg", 0) else "cbow",
        **({"loss": "hs"} if is_hs else {"negative": max(1, found("negative", 5))}),
        "vector_size": vectors.shape[1],
        "window": found("window", 5),
        "alpha": found("alpha", 0.025),
        "min_alpha": found("min_alpha", 0.0001),
        "epochs": max(1, found("epochs", found("iter", 5))),
        "sample": float(found("sample", 0.001)),
        "min_count": max(1, found("min_count", 5)),
        "ns_exponent": float(found("ns_exponent", 0.75)),
        "seed": max(0, found("seed", 1)),
        "shrink_windows": found("shrink_windows", True),
    }
    return [words[row] for row in order], counts, vectors, W_out, settings


def _state(data: mmap.mmap, source: Source) -> dict[str, Any]:
    """Return what the object at the root of a pickle holds."""
    name = name_of(source)
    try:
        with memoryview(data) as view:
            root = _Unpickler(_Bytes(view), encoding="latin1").load()
    except RecursionError:
        raise ValueError(f"{name} is a Python pickle nested too deeply") from None
    except Exception as error:  # what a damaged program may do has no end
        raise ValueError(f"{name} is a damaged Python pickle ({error})") from None
    state = getattr(root, "state", {})
    return state if isinstance(state, dict) else {}


def _vectors(
    state: dict[str, Any], source: Source, limit: int | None
) -> tuple[list[str], FloatMatrix, Counts | None]:
    """Return words, vectors and counts of what a pickle holds."""
    name = prefix = name_of(source)
    if isinstance(state.get("wv"), _Standin):
        state, prefix = state["wv"].state, f"{name}.wv"
    words, counts = _words(state, name)
    key = "vectors" if "vectors" in {*state, *_named(state)} else "syn0"
    if "vectors_ngrams" in {*state, *_named(state)}:
        raise ValueError(
            f"{name} is a model of gensim's FastText, whose vectors are made of parts of words; "
            f"{_EXPORT}"
        )
    if not words or key not in {*state, *_named(state)}:
        raise ValueError(
            f"{name} is a Python pickle that holds no vectors as gensim 3 and 4 write them, and "
            f"loading one can run any code; {_EXPORT}"
        )
    if key in _named(state):
        vectors = _beside(source, f"{prefix}.{key}.npy", name)
    else:
        vectors = _array(state[key], name)
    if vectors.ndim != 2 or vectors.dtype.kind != "f" or len(vectors) < len(words):
        raise ValueError(
            f"{name}: {len(words)} words, but vectors of the shape {vectors.shape} "
            f"({vectors.dtype})"
        )
    matrix = np.array(vectors[: len(words)][:limit], np.float32)
    check_finite(matrix, lambda row: f"{name}: row {row + 1} of the vectors")
    return words[:limit], matrix, None if counts is None else counts[:limit]


class _Bytes:
    """A file for the interpreter, of which nothing is copied but what is read."""

    def __init__(self, view: memoryview) -> None:
        self._view, self._at = view, 0

    def read(self, n: int) -> bytes:
        found = bytes(self._view[self._at : self._at + n])
        self._at += len(found)
        return found

    def readinto(self, buffer: Any) -> int:
        found = self.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)

    def readline(self) -> bytes:
        found = bytes(self._view[self._at : self._at + 4096]).partition(b"\n")
        self._at += len(found[0]) + len(found[1])
        return found[0] + found[1]


def _words(state: dict[str, Any], name: str) -> tuple[list[str], Counts | None]:
    """Return words and counts, of gensim 4 or 3."""
    words = state.get("index_to_key", state.get("index2word"))
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        return [], None
    counts: Any = None
    expandos, vocab = state.get("expandos"), state.get("vocab")
    if isinstance(expandos, dict) and isinstance(expandos.get("count"), _Array):
        counts = _array(expandos["count"], name)
    elif isinstance(vocab, dict) and all(isinstance(vocab.get(w), _Standin) for w in words):
        counts = [vocab[word].state.get("count", 0) for word in words]
    if counts is None or len(counts) < len(words):
        return words, None
    found = np.array(counts[: len(words)], np.int64)
    if (found < 0).any():
        raise ValueError(f"{name}: its counts are damaged (one is below 0)")
    return words, found


def _named(state: dict[str, Any]) -> list[Any]:
    """Return the names of the arrays that lie in files beside."""
    names = state.get("__numpys")
    return names if isinstance(names, list) else []


def _array(value: Any, name: str) -> NDArray[Any]:
    if not isinstance(value, _Array):
        raise ValueError(f"{name}: its vectors or counts are no array; {_EXPORT}")
    try:
        return value.made()
    except (TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"{name}: its vectors or counts are damaged ({error})") from None


def _beside(source: Source, path: str, name: str) -> NDArray[Any]:
    if is_open(source):
        raise ValueError(f"{name}: its vectors lie in a file beside it; give the path")
    if not os.path.exists(path):
        raise ValueError(f"{name}: its vectors are not there: {path}; gensim wrote both files")
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ValueError(f"{path} is damaged, or no array ({str(error).split(';')[0]})") from None
