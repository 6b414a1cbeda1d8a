"""``KeyedVectors`` with gensim's constructor, files and attributes."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from w2v.files import formats
from w2v.text.draws import Huffman
from w2v.vectors import keyed

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["KeyedVectors", "Word2VecKeyedVectors"]

Path = str | os.PathLike[str]


class KeyedVectors(keyed.KeyedVectors):
    """Words and their vectors, as :class:`w2v.KeyedVectors`, made and saved as in gensim.

    Parameters
    ----------
    vector_size : int
        Numbers of a vector.
    count : int, default 0
        In gensim rows that are there before they have a key. Here that is refused.
    dtype : dtype, default float32
        Here always float32.

    Attributes
    ----------
    vectors_lockf : float32 array (V,) or (1,)
        0 where a vector stays as it is in training; 1 where it is trained.
    """

    vectors_lockf: NDArray[np.float32]
    _tree: Huffman | None = None

    def __init__(
        self, vector_size: Any, count: Any = 0, dtype: Any = np.float32, mapfile_path: Any = None
    ) -> None:
        # from within, as w2v.KeyedVectors(words, vectors, counts)
        words, vectors, counts = vector_size, count, None if dtype is np.float32 else dtype
        if isinstance(vector_size, Integral):
            if count:
                raise ValueError("rows without words are not kept here: leave count away")
            words, vectors = [], np.zeros((0, int(vector_size)), np.float32)
            counts = np.zeros(0, np.int64)
        super().__init__(words, vectors, counts)
        self.vectors_lockf = np.ones(1, np.float32)

    @classmethod
    def of(cls, kv: keyed.KeyedVectors) -> Self:
        """Return the same vectors, not copied, with gensim's names."""
        same = cls.__new__(cls)
        same.__dict__.update(kv.__dict__)
        same.vectors_lockf = np.ones(1, np.float32)
        return same

    @property
    def expandos(self) -> dict[str, Any]:
        """What words have beside their vectors: their counts."""
        return {} if self.counts is None else {"count": self.counts}

    def get_vecattr(self, key: Any, attr: str) -> Any:
        """Return what a word has: ``"count"``; of hierarchical softmax ``"code"``, ``"point"``."""
        if attr not in ("code", "point") or self._tree is None:
            return super().get_vecattr(key, attr)
        row = self._lookup.known_row(key)
        path = slice(*self._tree.offsets[row : row + 2])
        return self._tree.codes[path] if attr == "code" else self._tree.nodes[path]

    def vectors_for_all(
        self, keys: Iterable[Any], allow_inference: bool = True, copy_vecattrs: bool = False
    ) -> Self:
        """Return the vectors of the known words among `keys`, each once."""
        chosen = super().vectors_for_all(keys)
        if not copy_vecattrs:
            chosen.counts = np.zeros(len(chosen), np.int64)
        return chosen

    # --- files -----------------------------------------------------------------------------------

    @classmethod
    def load(cls, fname: Any, mmap: Any = None, **given: Any) -> Self:  # type: ignore[override]
        """Read what :meth:`save` wrote, a file of gensim, or vectors in any known format."""
        return super().load(fname, mmap=bool(mmap), **given)

    def save(self, fname: Any, *_: Any, **given: Any) -> None:  # type: ignore[override]
        """Write a native file of w2v, whatever its name; gensim's settings of pickles do nothing.

        Parameters
        ----------
        fname : path
            The file.
        """
        super().save(fname, format="safetensors")

    @classmethod
    def load_word2vec_format(
        cls,
        fname: Path,
        fvocab: Path | None = None,
        binary: bool = False,
        encoding: str = "utf8",
        unicode_errors: str = "strict",
        limit: int | None = None,
        datatype: Any = np.float32,
        no_header: bool = False,
    ) -> Self:
        """Read vectors of word2vec.c, binary or text; which of them the content says.

        Parameters
        ----------
        fname : path
            The file.
        fvocab : path, optional
            Lines of a word and its count.
        encoding, unicode_errors : str
            How the bytes of words become strings.
        limit : int, optional
            Read the first rows only.
        binary, datatype, no_header
            Not needed: the content says the format, and vectors are float32.
        """
        if np.dtype(datatype) != np.float32:
            warnings.warn("vectors are float32 here: datatype has no effect", stacklevel=2)
        reading = {"encoding": encoding, "errors": unicode_errors}
        try:
            kv = super().load(fname, mmap=False, limit=limit, **reading)
        except ValueError as error:
            if "truncated" in str(error):
                raise EOFError(str(error)) from None
            if isinstance(error.__context__, UnicodeDecodeError):  # whom gensim's users catch
                raise error.__context__ from error
            raise
        if fvocab is not None:
            counts = formats.read_counts(fvocab, **reading)
            kv.counts = np.array([counts.get(word, 0) for word in kv.index_to_key], np.int64)
        elif kv.counts is None:  # frequent words come first in such files
            kv.counts = np.arange(len(kv), 0, -1)
        return kv

    def save_word2vec_format(
        self,
        fname: Path,
        fvocab: Path | None = None,
        binary: bool = False,
        total_vec: int | None = None,
        write_header: bool = True,
        prefix: str = "",
        append: bool = False,
        sort_attr: str = "count",
    ) -> None:
        """Write the vectors as word2vec.c does, most frequent words first.

        Parameters
        ----------
        fname : path
            The file.
        fvocab : path, optional
            Write the words with their counts, too.
        binary : bool, default False
            Binary numbers instead of text.
        write_header : bool, default True
            Begin with the numbers of words and of dimensions. Only a text can be without.
        prefix : str
            Stands before each word.
        total_vec, append
            Here a file is written whole or not at all: refused.
        """
        if append or total_vec not in (None, len(self)):
            raise ValueError("a file is written whole here: leave append and total_vec away")
        if binary and not write_header:
            raise ValueError("write_header=False is for a text: leave binary away")
        order = np.arange(len(self))
        if self.counts is not None and sort_attr == "count":
            order = np.argsort(-self.counts, kind="stable")
        words = [f"{prefix}{self.index_to_key[row]}" for row in order]
        counts = None if self.counts is None else self.counts[order]
        form = "bin" if binary else "text" if write_header else "glove"
        formats.write_vectors(fname, words, self.vectors[order], counts, format=form)
        if fvocab is not None:
            formats.write_counts(
                fvocab, words, np.zeros(len(self), int) if counts is None else counts
            )

    def intersect_word2vec_format(
        self,
        fname: Path,
        lockf: float = 0.0,
        binary: bool = False,
        encoding: str = "utf8",
        unicode_errors: str = "strict",
    ) -> None:
        """Take the vectors of the words that a file has, too; by default training leaves them.

        Parameters
        ----------
        fname : path
            Vectors of the same size.
        lockf : float, default 0.0
            0: these vectors stay as they are; 1: they are trained.
        """
        other = keyed.KeyedVectors.load(fname, encoding=encoding, errors=unicode_errors)
        if other.vector_size != self.vector_size:
            raise ValueError(
                f"{os.fspath(fname)} has vectors of {other.vector_size} numbers, not of "
                f"{self.vector_size}"
            )
        if len(self.vectors_lockf) != len(self):
            self.vectors_lockf = np.ones(len(self), np.float32)
        shared = [word for word in self.index_to_key if word in other]
        rows = [self.key_to_index[word] for word in shared]
        if rows:
            self.vectors[rows] = other.vectors_for(shared)
            self.vectors_lockf[rows] = lockf
            self.refresh()


Word2VecKeyedVectors = KeyedVectors
