"""Words and their vectors, as they lie in memory or in a file, and single vectors looked up."""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from w2v.checks import Declared, quoted
from w2v.explanation import Part, fragment, vector_cells, vector_columns, vector_note
from w2v.files.blocks import CheckedArray
from w2v.files.words import is_word
from w2v.vectors.lookup import Lookup, UnknownWordError, check_oov
from w2v.vectors.question import mean, terms
from w2v.vectors.ranking import Floats, Rows, divisors, row_norms, unit

if TYPE_CHECKING:
    from typing import Self  # of Python 3.11

    from w2v.files.storage import Target
    from w2v.files.unpack import Source

SHOWN = 8  # words that a notebook shows
# No `default` was given: None is one.
UNSET: Any = object()


class StoredVectors(Declared):
    """What `KeyedVectors` holds, and how a word's vector is read; its docstring has the rest."""

    counts: NDArray[np.int64] | None
    vector_size: int
    settings: dict[str, Any]

    def __init__(
        self,
        words: Sequence[str],
        vectors: NDArray[np.floating[Any]],
        counts: NDArray[np.integer[Any]] | None = None,
    ) -> None:
        self._lookup = Lookup(words)
        self._rows: Floats | CheckedArray = _checked_matrix(vectors, len(self))
        self.counts = _checked_counts(counts, len(self))
        self.vector_size = self._rows.shape[1]
        self._norms: Floats | CheckedArray | None = None
        self.settings = getattr(self, "settings", {})
        self._is_own = False  # whether the matrix is a copy that nobody else has
        # Reading a mapped matrix from end to end would undo the mapping.
        if not _is_mapped(vectors):
            self.refresh()

    @property
    def vectors(self) -> Floats:
        """The matrix, (V, d); one in a mapped file is compared with its checksums first, once."""
        return self._rows.array if isinstance(self._rows, CheckedArray) else self._rows

    @vectors.setter
    def vectors(self, vectors: NDArray[np.floating[Any]]) -> None:
        self._rows = _checked_matrix(vectors, len(self))

    @property
    def index_to_key(self) -> list[str]:
        """Words by row."""
        return self._lookup.index_to_key

    @property
    def key_to_index(self) -> dict[str, int]:
        """Row of each word."""
        return self._lookup.key_to_index

    @property
    def are_ids(self) -> bool:
        """Whether the words are whole numbers (then a word is an int), not str."""
        return self._lookup.are_ids

    @classmethod
    def load(
        cls,
        path: Source,
        mmap: bool = True,
        *,
        limit: int | None = None,
        encoding: str = "utf-8",
        errors: str = "strict",
    ) -> Self:
        """Read vectors from a file of any known format, recognised by its content.

        Parameters
        ----------
        path : path or open file
            Native safetensors, word2vec binary or text, GloVe or fastText text, a projector's
            ``vectors.tsv``, ``.npz``, fastText's own ``.bin``; compressed or in a zip archive
            (``"glove.zip/50d.txt"``).
        mmap : bool, default True
            Map the matrix instead of reading it, where the format allows.
        limit : int, optional
            Read the first rows only, which are most often the most frequent words.
        encoding, errors : str
            How the bytes of words become strings, as in `bytes.decode`.

        Returns
        -------
        KeyedVectors
        """
        from w2v.files import formats
        from w2v.files.unpack import name_of

        stored = formats.open_vectors(
            path, mmap=mmap, limit=limit, encoding=encoding, errors=errors
        )
        rows = stored.vectors
        if isinstance(rows, CheckedArray):
            kv = cls(stored.words, rows.view, stored.counts)
            kv._rows, kv._norms = rows, stored.norms
        else:
            try:
                kv = cls(stored.words, rows, stored.counts)
            except ValueError as error:  # a length beyond float32, say
                raise ValueError(f"{name_of(path)}: {error}") from None
        kv.settings = dict(stored.settings)
        return kv

    def save(self, path: Target, format: str | None = None) -> None:
        """Write the vectors to a file.

        Parameters
        ----------
        path : path or open file
            Where to write.
        format : {"safetensors", "bin", "text", "glove", "tsv", "npz"}, optional
            By default the suffix of `path` decides; one more, such as ``.gz``, compresses.
        """
        from w2v.files import formats

        formats.write_vectors(
            path,
            self.index_to_key,
            self.vectors,
            self.counts,
            format=format,
            settings=self.settings,
        )

    def __len__(self) -> int:
        """Return the number of words, V."""
        return len(self._lookup.words)

    def __contains__(self, word: object) -> bool:
        """Tell whether `word` has a vector."""
        return self._lookup.row(word) >= 0

    def __iter__(self) -> Iterator[str]:
        """Iterate over the words, in index order."""
        return iter(self.index_to_key)

    def __repr__(self) -> str:
        """Show the size, not the contents."""
        return f"<{type(self).__name__}: {len(self)} words, vector_size {self.vector_size}>"

    def _repr_html_(self) -> str:
        """Show a notebook the first words, with the first numbers of their vectors."""
        rows, counted = [], self.counts is not None
        for row, word in enumerate(self.index_to_key[:SHOWN]):
            count = [int(self.counts[row])] if counted else []  # type: ignore[index]
            rows.append([word, *count, *vector_cells(self.vectors[row])])
        columns = ["word", *(["count"] if counted else []), *vector_columns(self.vector_size)]
        left = len(self) - len(rows)
        notes = [f"{left:,} words of lower rank are left out"] if left else []
        notes += filter(None, [vector_note(self.vector_size)])
        title = f"{type(self).__name__}: {len(self):,} words, {self.vector_size:,} numbers each"
        return fragment([Part(title, (), columns, rows, "; ".join(notes))])

    def __getitem__(self, key: str | Iterable[str]) -> Floats:
        """Return the vector of a word (d,), or of n words (n, d); unknown words raise.

        Parameters
        ----------
        key : str or iterable of str
            What to look up. `get_vector` and `vectors_for` are the forgiving forms.
        """
        return self.get_vector(key) if _is_one(key) else self.vectors_for(key)  # type: ignore[arg-type]

    def __setitem__(self, key: str | Iterable[str], vectors: ArrayLike) -> None:
        """Give a word a vector (d,), or n words theirs (n, d); a new word gets the last row.

        The matrix is copied first, so the model or the file that it came from stays as it is.

        Parameters
        ----------
        key : str or iterable of str
            The words. New ones are best added together, since each call copies the matrix.
        vectors : array
            One vector a word. The count of a new word is 0.
        """
        words: list[Any] = [key] if _is_one(key) else list(key)
        for word in words:
            if not is_word(word) or (len(self) and isinstance(word, str) == self._lookup.are_ids):
                raise UnknownWordError(word, self._lookup.words)
        rows = np.asarray(vectors, np.float32)
        shape = (self.vector_size,) if _is_one(key) else (len(words), self.vector_size)
        if rows.shape != shape:
            raise ValueError(f"the vectors given must have the shape {shape}, not {rows.shape}")
        if not np.isfinite(rows).all():
            raise ValueError("the vectors given hold NaN or infinity")
        new = [word for word in dict.fromkeys(words) if word not in self]
        if new or not self._is_own:
            matrix = np.concatenate([self.vectors, np.zeros((len(new), self.vector_size), "f4")])
            counts = (
                None if self.counts is None else np.append(self.counts, np.zeros(len(new), int))
            )
            StoredVectors.__init__(self, [*self.index_to_key, *new], matrix, counts)
            self._is_own = True
        places = self._lookup.rows(words)
        self.vectors[places] = rows
        self.norms[places] = row_norms(self.vectors[places])

    @property
    def norms(self) -> Floats:
        """Euclidean length of every row, (V,), read or computed once and kept until `refresh`."""
        if isinstance(self._norms, CheckedArray):
            self._norms = self._norms.array
        if self._norms is None:
            self.refresh()
            assert isinstance(self._norms, np.ndarray)
        return self._norms

    def refresh(self) -> None:
        """Recompute the kept norms; call it after changing `vectors` in place.

        Raises
        ------
        ValueError
            NaN or infinity in the matrix, with the first word concerned.
        """
        norms = row_norms(self.vectors)
        if not np.isfinite(norms).all():
            row = int(np.argmin(np.isfinite(norms)))
            word = self._lookup.words[row]
            what = "is longer than float32 can say"
            if not np.isfinite(self.vectors[row]).all():
                what = "holds NaN or infinity"
            raise ValueError(f"the vector of {quoted(word)} (row {row}) {what}")
        self._norms = norms

    # Looking words up

    def get_vector(
        self, key: str, norm: bool = False, *, oov: str = "error", default: Any = UNSET
    ) -> Any:
        """Return the vector of one word.

        Parameters
        ----------
        key : str
            The word.
        norm : bool, default False
            Scale the vector to length 1 (a zero vector stays zero).
        oov : {"error", "zero"}, default "error"
            What an unknown word does when there is no `default`.
        default : object, optional
            Returned as it is for an unknown word, None included.

        Returns
        -------
        float32 array (d,)
            With ``norm=False`` a read-only view of the row.

        Raises
        ------
        UnknownWordError
            Unknown word, ``oov="error"``, no default.
        """
        check_oov(oov, allowed=("error", "zero"))
        find = self._lookup.known_row if default is UNSET and oov == "error" else self._lookup.row
        row = find(key)
        if row < 0:
            return np.zeros(self.vector_size, np.float32) if default is UNSET else default
        if norm:
            return self._gather(np.array([row], np.intp), norm=True)[0]
        view = self._rows[row]
        view.flags.writeable = False
        return view

    def vectors_for(
        self,
        words: Iterable[str],
        norm: bool = False,
        *,
        oov: str = "error",
        default: Any = None,
    ) -> Floats:
        """Return the vectors of many words.

        Parameters
        ----------
        words : iterable of str
            n words, repeats allowed.
        norm : bool, default False
            Scale each vector to length 1 (a zero vector stays zero).
        oov : {"error", "skip", "zero"}, default "error"
            What unknown words do when there is no `default`.
        default : array (d,) or float, optional
            Fills the row of an unknown word, unscaled.

        Returns
        -------
        float32 array (n, d)
            A copy; fewer rows if words were skipped.

        Raises
        ------
        UnknownWordError
            Unknown word, ``oov="error"``, no default.
        """
        if default is None:
            return self._gather(self._lookup.rows(words, oov), norm)
        check_oov(oov)
        rows = self._lookup.rows(words, "zero")
        found = self._gather(rows, norm)
        found[rows < 0] = default
        return found

    def get_mean_vector(
        self,
        keys: Sequence[str | Floats],
        weights: Sequence[float] | NDArray[Any] | None = None,
        pre_normalize: bool = True,
        post_normalize: bool = False,
        ignore_missing: bool = True,
    ) -> Floats:
        """Return the weighted mean of words and vectors, divided by the sum of ``|weight|``.

        Parameters
        ----------
        keys : sequence of str or array (d,)
            Words, or vectors, which are taken as they are.
        weights : sequence of float, optional
            One weight a key; by default all 1.
        pre_normalize : bool, default True
            Scale the words' vectors to length 1 first.
        post_normalize : bool, default False
            Scale the mean to length 1.
        ignore_missing : bool, default True
            Leave unknown words out (all unknown: zeros) instead of raising, as gensim does.

        Returns
        -------
        float32 array (d,)

        Raises
        ------
        ValueError
            No keys, or another number of weights than of keys.
        UnknownWordError
            Unknown word and ``ignore_missing=False``.
        """
        if isinstance(keys, str):
            raise TypeError("keys must be a list; a single word is written [word]")
        if len(keys) == 0:
            raise ValueError("the mean of no words is undefined; pass at least one")
        if weights is not None and len(weights) != len(keys):
            raise ValueError(f"{len(weights)} weights for {len(keys)} keys; pass one each")
        pairs = zip(keys, np.ones(len(keys)) if weights is None else weights, strict=True)
        asked = [(key, float(weight)) for key, weight in pairs]
        oov = "skip" if ignore_missing else "error"
        found = mean(terms(asked, self._lookup, self._rows, oov, pre_normalize), self.vector_size)
        return (unit(found) if post_normalize else found).astype(np.float32)

    def subset(self, words: Iterable[str], *, oov: str = "error") -> Self:
        """Return the vectors of these words only, copied, in the order given.

        Parameters
        ----------
        words : iterable of str
            Distinct words.
        oov : {"error", "skip"}, default "error"
            What unknown words do.

        Returns
        -------
        KeyedVectors
        """
        check_oov(oov, allowed=("error", "skip"))
        rows = self._lookup.rows(words, oov)
        counts = None if self.counts is None else self.counts[rows]
        return type(self)([self._lookup.words[row] for row in rows], self.vectors[rows], counts)

    def _gather(self, rows: Rows, norm: bool = False) -> Floats:
        """Copy rows, (n, d); row -1 is zero."""
        found = np.zeros((len(rows), self.vector_size), np.float32)
        known = rows >= 0
        found[known] = self._rows[rows[known]]
        if norm:
            found[known] /= divisors(self.norms[rows[known]])[:, None]
        return found


def _is_one(key: object) -> bool:
    """Tell one word, or what is none, from several words."""
    return isinstance(key, (str, bytes)) or not isinstance(key, Iterable)


def _checked_matrix(vectors: NDArray[Any], size: int) -> Floats:
    """Return the matrix as a float32 ndarray (size, d), the same memory if it already is."""
    try:
        matrix = np.asarray(vectors)
    except ValueError as error:
        raise ValueError(f"vectors must have shape (V, d), each row as long ({error})") from None
    if matrix.dtype.kind not in "fiu":
        raise TypeError(f"vectors must be numbers, (V, d), got {matrix.dtype}")
    if matrix.ndim != 2 or matrix.shape[1] == 0:
        raise ValueError(f"vectors must have shape (V, d) with d > 0, got {matrix.shape}")
    if len(matrix) != size:
        raise ValueError(f"{size} words but {len(matrix)} rows of vectors; they must be as many")
    # what overflows becomes infinite, and is reported with its word by refresh()
    with np.errstate(over="ignore"):
        return np.require(matrix.astype(np.float32, copy=False), requirements="A")


def _checked_counts(counts: NDArray[Any] | None, size: int) -> NDArray[np.int64] | None:
    """Return the counts as int64 (size,)."""
    if counts is None:
        return None
    found = np.asarray(counts)
    if found.shape != (size,):
        raise ValueError(f"counts must have shape ({size},), one a word, got {found.shape}")
    if size and found.dtype.kind not in "iu":
        raise TypeError(f"counts must be integers, got {found.dtype}")
    if size and not _is_mapped(counts) and found.min() < 0:
        raise ValueError(f"counts are at least 0; that of row {found.argmin()} is {found.min()}")
    return found.astype(np.int64, copy=False)


def _is_mapped(array: object) -> bool:
    """Tell whether an array's memory is a mapped file."""
    while isinstance(array, np.ndarray):
        if isinstance(array, np.memmap):
            return True
        array = array.base
    return isinstance(getattr(array, "obj", array), mmap.mmap)
