"""Word vectors and the questions one asks them.

`KeyedVectors` ties a list of words to a matrix of shape (V, d), one row a word. It knows nothing
of how the vectors were trained, nor of file formats. Method names and return shapes are gensim's;
what gensim lacks is keyword-only.

Two rules hold throughout:

- The matrix is never copied: cosines are dot products with the rows, divided by the row norms.
  A memory-mapped or strided matrix is queried where it lies.
- Equal scores rank by index, so the more frequent word comes first, and the same question always
  gets the same answer. A zero vector is similar to nothing (cosine 0, never NaN).
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from numbers import Real
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

import numpy as np
from numpy.typing import NDArray

from w2v import _core
from w2v.files.words import PackedWords
from w2v.parallel import in_parts

if TYPE_CHECKING:
    from w2v.vectors.ann import Index

Floats: TypeAlias = NDArray[np.float32]
Doubles: TypeAlias = NDArray[np.float64]
Rows: TypeAlias = NDArray[np.intp]
# A part of a query: a word or a vector (d,), and its weight.
Item: TypeAlias = tuple[str | NDArray[Any], float]

OOV_POLICIES = ("error", "skip", "zero")
ANALOGY_METHODS = ("3cosadd", "3cosmul")

# Scores held at once by a batch of queries: 2**24 float32 are 64 MiB.
BLOCK_SCORES = 1 << 24
# Rows converted to float64 at once.
_EXACT_ROWS = 1 << 14
# Words looked up in a mapped file one by one before the dictionary of all words is made.
_LOOK_UPS = 32
# Keeps the denominator of 3CosMul above zero; gensim's value.
COSMUL_EPSILON = 1e-6

_UNSET: Any = object()


class UnknownWordError(KeyError):
    """A word that is not in the vocabulary; its message offers close spellings.

    The spellings are searched for when the message is read, so code that catches this error in a
    loop pays nothing for them.

    Parameters
    ----------
    word : object
        What was looked up.
    vocabulary : sequence of str, default ()
        Words to search, most frequent first.
    """

    def __init__(self, word: object, vocabulary: Sequence[str] = ()) -> None:
        super().__init__(word)
        self.word = word
        self._vocabulary = vocabulary

    @property
    def suggestions(self) -> list[str]:
        """Up to three words of the vocabulary spelled like the unknown one."""
        if not isinstance(self.word, str):
            return []
        return _close_spellings(self.word, self._vocabulary)

    def __str__(self) -> str:
        """Return the message itself (a plain KeyError would put it in quotes)."""
        if not isinstance(self.word, str):
            kind = type(self.word).__name__
            return f"words are looked up by str, not {kind}: {self.word!r}; rows are kv.vectors[i]"
        message = f"{self.word!r} is not in the vocabulary"
        close = self.suggestions
        return f"{message}; close spellings: {', '.join(map(repr, close))}" if close else message

    def __reduce__(self) -> tuple[type[UnknownWordError], tuple[object, list[str]]]:
        """Pickle the suggestions in place of the whole vocabulary."""
        return type(self), (self.word, self.suggestions)


class _Elsewhere:
    """A name that gensim has: reading it, from the class or an instance, says what ours is."""

    def __init__(self, ours: str) -> None:
        self.ours = ours

    def __get__(self, instance: object, owner: type) -> NoReturn:
        raise AttributeError(f"that is gensim's name; here it is {self.ours}")


class KeyedVectors:
    """Words and their vectors.

    Parameters
    ----------
    words : sequence of str, length V
        Distinct words, most frequent first (ties in a ranking go to the lower index).
    vectors : array (V, d)
        Row i is the vector of ``words[i]``. float32 is taken as it is, whether strided, read-only
        or memory-mapped; other floating types are converted to a float32 copy.
    counts : integer array (V,), optional
        How often each word occurred.

    Attributes
    ----------
    index_to_key : list of str
        Words by row.
    key_to_index : dict of str to int
        Row of each word.
    vectors : float32 array (V, d)
        The matrix given. Call `refresh` after changing it in place.
    counts : int64 array (V,) or None
        The counts given.
    vector_size : int
        d.

    Raises
    ------
    TypeError
        A word that is not a str, vectors that are not floating-point, counts that are not integers.
    ValueError
        A repeated word, shapes that do not fit, NaN or infinity in the matrix (the message names
        the word). A memory-mapped matrix is only checked when its norms are first needed.

    Notes
    -----
    ``oov=`` says what an unknown word does wherever a list of words is looked up: ``"error"``
    raises `UnknownWordError` (a KeyError), ``"skip"`` leaves the word out, ``"zero"`` gives it the
    zero vector.

    Examples
    --------
    >>> import numpy as np
    >>> kv = KeyedVectors(["cat", "dog", "car"], np.float32([[1, 0], [3, 4], [0, 2]]))
    >>> [(word, round(cosine, 3)) for word, cosine in kv.most_similar("cat")]
    [('dog', 0.6), ('car', 0.0)]
    """

    def __init__(
        self,
        words: Sequence[str],
        vectors: NDArray[np.floating[Any]],
        counts: NDArray[np.integer[Any]] | None = None,
    ) -> None:
        # A mapped file's words are decoded, and their dictionary made, when either is needed.
        self._words = words if isinstance(words, PackedWords) else _checked_words(words)
        self._looked_up: dict[object, int] = {}
        if self._words is not words:
            _ = self.key_to_index  # refuses repeated words
        self.vectors: Floats = _checked_matrix(vectors, len(self))
        self.counts: NDArray[np.int64] | None = _checked_counts(counts, len(self))
        self.vector_size: int = self.vectors.shape[1]
        self._norms: Floats | None = None
        # Reading a mapped matrix from end to end would undo the mapping.
        if not _is_mapped(vectors):
            self.refresh()

    @cached_property
    def index_to_key(self) -> list[str]:
        """Words by row."""
        if isinstance(self._words, PackedWords):
            self._words = self._words.decode()
        return self._words

    @cached_property
    def key_to_index(self) -> dict[str, int]:
        """Row of each word."""
        words = self.index_to_key
        rows = dict(zip(words, range(len(words)), strict=True))
        if len(rows) < len(words):
            raise ValueError(_repeated_word(words))
        return rows

    @classmethod
    def load(cls, path: str | os.PathLike[str], mmap: bool = True) -> KeyedVectors:
        """Read vectors from a file of any known format, recognised by its content.

        Parameters
        ----------
        path : path
            Native safetensors, word2vec binary or text, GloVe or fastText text.
        mmap : bool, default True
            Map the matrix instead of reading it, where the format allows.

        Returns
        -------
        KeyedVectors
        """
        from w2v.files import formats

        words, vectors, counts = formats.read_vectors(path, mmap=mmap)
        return cls(words, vectors, counts)

    def save(self, path: str | os.PathLike[str], format: str | None = None) -> None:
        """Write the vectors to a file.

        Parameters
        ----------
        path : path
            Where to write.
        format : str, optional
            Name of the format; by default the suffix of `path` decides.
        """
        from w2v.files import formats

        formats.write_vectors(path, self.index_to_key, self.vectors, self.counts, format=format)

    def __len__(self) -> int:
        """Return the number of words, V."""
        return len(self._words)

    def __contains__(self, word: object) -> bool:
        """Tell whether `word` has a vector."""
        return self._row(word) >= 0

    def __iter__(self) -> Iterator[str]:
        """Iterate over the words, in index order."""
        return iter(self.index_to_key)

    def __repr__(self) -> str:
        """Show the size, not the contents."""
        return f"<KeyedVectors: {len(self)} words, vector_size {self.vector_size}>"

    def __getitem__(self, key: str | Iterable[str]) -> Floats:
        """Return the vector of a word (d,), or of n words (n, d); unknown words raise.

        Parameters
        ----------
        key : str or iterable of str
            What to look up. `get_vector` and `vectors_for` are the forgiving forms.
        """
        return self.get_vector(key) if isinstance(key, str) else self.vectors_for(key)

    @property
    def norms(self) -> Floats:
        """Euclidean length of every row, (V,); computed once and kept until `refresh`."""
        if self._norms is None:
            self.refresh()
            assert self._norms is not None
        return self._norms

    def refresh(self) -> None:
        """Recompute the kept norms; call it after changing `vectors` in place.

        Raises
        ------
        ValueError
            NaN or infinity in the matrix, with the first word concerned.
        """
        norms = np.empty(len(self), np.float32)
        _over_rows(_core.row_norms, self.vectors, norms)
        if not np.isfinite(norms).all():
            row = int(np.argmin(np.isfinite(norms)))
            word = self._words[row]
            raise ValueError(f"the vector of {word!r} (row {row}) holds NaN or infinity")
        self._norms = norms

    # gensim 3 and 4 say
    vocab = _Elsewhere("key_to_index, with counts[row] for how often a word occurred")
    index2word = index2entity = _Elsewhere("index_to_key")
    syn0 = _Elsewhere("vectors")
    vectors_norm = syn0norm = _Elsewhere("vectors_for(words, norm=True)")
    get_normed_vectors = _Elsewhere("vectors_for(words, norm=True)")
    word_vec = _Elsewhere("get_vector(word)")
    get_vecattr = _Elsewhere("counts[key_to_index[word]]")
    similar_by_key = _Elsewhere("similar_by_word(word)")
    init_sims = fill_norms = _Elsewhere(
        "refresh(), needed only after vectors were changed in place"
    )
    load_word2vec_format = _Elsewhere("KeyedVectors.load(path), for text and binary files alike")
    save_word2vec_format = _Elsewhere("save('vectors.bin') or save('vectors.txt')")

    # Looking words up

    def get_vector(
        self, key: str, norm: bool = False, *, oov: str = "error", default: Any = _UNSET
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
        _check_oov(oov, allowed=("error", "zero"))
        row = self._row(key)
        if row < 0:
            if default is not _UNSET:
                return default
            if oov == "zero":
                return np.zeros(self.vector_size, np.float32)
            raise UnknownWordError(key, self._words)
        if norm:
            return self._gather(np.array([row], np.intp), norm=True)[0]
        view = self.vectors[row]
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
            return self._gather(self._rows(words, oov), norm)
        _check_oov(oov)
        rows = self._rows(words, "zero")
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
        """Return the weighted mean of words and vectors, divided by the sum of |weight|.

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
        items = [(key, float(weight)) for key, weight in pairs]
        known = self._known(items, "skip" if ignore_missing else "error")
        mean = self._mean(known, pre_normalize)
        return (_unit(mean) if post_normalize else mean).astype(np.float32)

    def subset(self, words: Iterable[str], *, oov: str = "error") -> KeyedVectors:
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
        _check_oov(oov, allowed=("error", "skip"))
        rows = self._rows(words, oov)
        counts = None if self.counts is None else self.counts[rows]
        return KeyedVectors([self._words[row] for row in rows], self.vectors[rows], counts)

    # Similarity of given words

    def similarity(self, w1: str, w2: str, *, default: Any = _UNSET) -> float:
        """Return the cosine of two words.

        Parameters
        ----------
        w1, w2 : str
            The words.
        default : object, optional
            Returned if either is unknown; without it that raises.

        Returns
        -------
        float
            Between -1 and 1; 0 if either vector is zero.

        Raises
        ------
        UnknownWordError
            Unknown word and no default.
        """
        if default is not _UNSET and (w1 not in self or w2 not in self):
            return default
        one, other = self._gather(self._rows([w1, w2])).astype(np.float64)
        # one root of the product, so that (w1, w2) and (w2, w1) agree to the last bit
        length = np.sqrt((one @ one) * (other @ other))
        return float(np.clip(one @ other / length, -1, 1)) if length > 0 else 0.0

    def distance(self, w1: str, w2: str, *, default: Any = _UNSET) -> float:
        """Return 1 - cosine of two words; `default` as in `similarity`."""
        if default is not _UNSET and (w1 not in self or w2 not in self):
            return default
        return 1.0 - self.similarity(w1, w2)

    def distances(
        self, word_or_vector: str | Floats, other_words: Iterable[str] = (), *, oov: str = "error"
    ) -> Floats:
        """Return 1 - cosine of one word or vector with many words.

        Parameters
        ----------
        word_or_vector : str or array (d,)
            From where.
        other_words : iterable of str, default ()
            To where; every word of the vocabulary if empty.
        oov : {"error", "skip", "zero"}, default "error"
            What unknown words among `other_words` do.

        Returns
        -------
        float32 array (n,) or (V,)
        """
        query = self._query([(word_or_vector, 1.0)])[0].astype(np.float32)
        words = other_words if isinstance(other_words, str) else list(other_words)
        if words:
            near = self._gather(self._rows(words, oov), norm=True) @ query
            return 1 - np.clip(near, -1, 1)
        return 1 - cosines(query[None], self.vectors, self.norms)[0]

    def similarity_matrix(
        self, words: Iterable[str], others: Iterable[str] | None = None, *, oov: str = "error"
    ) -> Floats:
        """Return the cosines of every word with every other.

        Parameters
        ----------
        words : iterable of str
            n words, one a row.
        others : iterable of str, optional
            m words, one a column; by default `words` again.
        oov : {"error", "skip", "zero"}, default "error"
            What unknown words do; ``"zero"`` keeps the shape.

        Returns
        -------
        float32 array (n, m)
        """
        left = self.vectors_for(words, norm=True, oov=oov)
        right = left if others is None else self.vectors_for(others, norm=True, oov=oov)
        return np.clip(left @ right.T, -1, 1)

    def n_similarity(self, ws1: Sequence[str], ws2: Sequence[str], *, oov: str = "error") -> float:
        """Return the cosine of the means of two lists of words (the vectors not normalised).

        Parameters
        ----------
        ws1, ws2 : sequence of str
            The lists.
        oov : {"error", "skip", "zero"}, default "error"
            What unknown words do (gensim skips them without a word).

        Returns
        -------
        float

        Raises
        ------
        ValueError
            A list without words.
        """
        means = []
        for words in (ws1, ws2):
            rows = self._rows(words, oov)
            if rows.size == 0:
                raise ValueError("the mean of no words is undefined; each list needs a known word")
            means.append(_unit(self._gather(rows).astype(np.float64).mean(axis=0)))
        return float(np.clip(means[0] @ means[1], -1, 1))

    def doesnt_match(self, words: Sequence[str], *, oov: str = "error") -> str:
        """Return the word with the smallest cosine to the mean of all of them.

        Parameters
        ----------
        words : sequence of str
            The words; the first of equals is returned.
        oov : {"error", "skip"}, default "error"
            What unknown words do (gensim skips them with a log line).

        Returns
        -------
        str

        Raises
        ------
        ValueError
            No words (left).
        """
        _check_oov(oov, allowed=("error", "skip"))
        rows = self._rows(words, oov)
        if rows.size == 0:
            raise ValueError("no known word to choose from")
        unit = self._gather(rows, norm=True).astype(np.float64)
        return self._words[rows[int(np.argmin(unit @ unit.mean(axis=0)))]]

    def closer_than(self, key1: str, key2: str) -> list[str]:
        """Return the words closer to `key1` than `key2` is, in index order, without `key1`.

        Words exactly as close as `key2` are not among them.
        """
        row, other = self._rows([key1, key2])
        query = self._query([(key1, 1.0)])[0][None]
        scores = cosines(query.astype(np.float32), self.vectors, self.norms)[0]
        doubtful = np.flatnonzero(np.abs(scores - scores[other]) <= 2 * self._doubt())
        closer = scores > scores[other]
        exact = self._exact(query, np.zeros_like(doubtful), doubtful)
        closer[doubtful] = exact > exact[doubtful == other]
        closer[row] = False
        return [self._words[i] for i in np.flatnonzero(closer)]

    def rank(self, key1: str, key2: str) -> int:
        """Return the place of `key2` among the neighbours of `key1`; the nearest has rank 1."""
        return len(self.closer_than(key1, key2)) + 1

    # Nearest words

    def most_similar(
        self,
        positive: Any = None,
        negative: Any = None,
        topn: int | None = 10,
        clip_start: int = 0,
        clip_end: int | None = None,
        restrict_vocab: int | None = None,
        *,
        candidates: Iterable[str] | None = None,
        exclude: Iterable[str] = (),
        oov: str = "error",
        ann: Index | None = None,
    ) -> Any:
        """Return the words nearest to a sum of words and vectors.

        The query is the weighted mean of the inputs: words scaled to length 1, vectors as given.
        Words of the query are never returned.

        Parameters
        ----------
        positive, negative : word, vector (d,), (word or vector, weight), or a list of these
            Inputs with weight +1 and -1. A weight in a tuple replaces that, sign included.
        topn : int or None, default 10
            How many words; None gives the cosines of all words instead.
        clip_start, clip_end : int
            Rank only the words with clip_start <= index < clip_end; by default all.
        restrict_vocab : int, optional
            Rank only the first so many words; overrides the clips.
        candidates : iterable of str, optional
            Rank only these words. Their rows are copied for the call.
        exclude : iterable of str, default ()
            Words never returned; unknown ones have no effect.
        oov : {"error", "skip", "zero"}, default "error"
            What unknown words in the inputs do. An unknown candidate raises under ``"error"`` and
            is left out otherwise.
        ann : Index, optional
            Look for the neighbours in this index of all rows (see `index`) instead of comparing
            all. Knows no clips, `restrict_vocab` or `candidates`.

        Returns
        -------
        list of (str, float), or float32 array (V,) if ``topn=None``
            Best first, ties by index. Empty if every input was skipped. The array covers the
            clipped range and knows no `candidates` or `exclude`.

        Raises
        ------
        UnknownWordError
            Unknown word and ``oov="error"``.
        ValueError
            No input; a vector of another size or with NaN; an index of another matrix.
        """
        clip = self._range(clip_start, clip_end, restrict_vocab)
        query, own = self._query(_items(positive, 1.0) + _items(negative, -1.0), oov)
        if ann is not None:
            self._check_index(ann, topn, clip, candidates)
        if topn is None:
            _refuse_with_all(candidates, exclude)
            return cosines(query.astype(np.float32)[None], self.vectors[clip], self.norms[clip])[0]
        pool, banned = self._pool(clip, candidates, exclude, oov)
        return self._nearest(query[None], [own], _count(topn), pool, banned, ann)[0]

    def most_similar_batch(
        self,
        queries: Iterable[Any],
        topn: int = 10,
        restrict_vocab: int | None = None,
        *,
        candidates: Iterable[str] | None = None,
        exclude: Iterable[str] = (),
        oov: str = "error",
        ann: Index | None = None,
    ) -> list[list[tuple[str, float]]]:
        """Answer many queries in one call, by matrix products of bounded size.

        Parameters
        ----------
        queries : iterable
            Each is what `most_similar` takes as `positive`: a word, a vector (so an (n, d) array
            is n queries), or a list of these; negatives are tuples, ``("man", -1)``.
        topn, restrict_vocab, candidates, exclude, oov, ann
            As in `most_similar`, for every query.

        Returns
        -------
        list of list of (str, float)
            For each query what `most_similar` returns; an empty list where ``oov="skip"`` left
            nothing of it.
        """
        if isinstance(queries, str):
            raise TypeError("queries must be a list; a single word is written [word]")
        parsed = [self._query(_items(query, 1.0), oov) for query in queries]
        if not parsed:
            return []
        clip = self._range(0, None, restrict_vocab)
        if ann is not None:
            self._check_index(ann, topn, clip, candidates)
        pool, banned = self._pool(clip, candidates, exclude, oov)
        return self._nearest(
            np.stack([query for query, _ in parsed]),
            [own for _, own in parsed],
            _count(topn),
            pool,
            banned,
            ann,
        )

    def index(self, factory: str = "HNSW32", search: str = "efSearch=64") -> Index:
        """Build an index for approximate search, for ``most_similar(..., ann=index)``.

        It takes as much memory again as the matrix, and seconds to minutes to build; it pays for
        many queries that cannot be answered together, of many words. After a change of the vectors
        it must be built anew.

        Parameters
        ----------
        factory : str, default "HNSW32"
            What faiss builds, in the notation of ``faiss.index_factory``: a graph with 32 links a
            word (Malkov and Yashunin 2016), ``"IVF1024,Flat"``, ...
        search : str, default "efSearch=64"
            How hard it looks: more finds more and takes longer. For other factories their own
            parameter, such as ``"nprobe=16"``.

        Returns
        -------
        w2v.ann.Index
            With ``save(path)``; ``w2v.ann.Index.load(path)`` reads it.

        Raises
        ------
        ImportError
            faiss is not installed.
        ValueError
            faiss does not know the factory or the parameter.
        """
        from w2v.vectors import ann

        return ann.Index.build(self.vectors, self.norms, factory, search)

    def similar_by_word(
        self, word: str, topn: int | None = 10, restrict_vocab: int | None = None
    ) -> Any:
        """Return the words nearest to a word: `most_similar` with one positive word."""
        return self.most_similar([word], topn=topn, restrict_vocab=restrict_vocab)

    def similar_by_vector(
        self, vector: Floats, topn: int | None = 10, restrict_vocab: int | None = None
    ) -> Any:
        """Return the words nearest to a vector (d,): `most_similar` with one positive vector."""
        return self.most_similar([vector], topn=topn, restrict_vocab=restrict_vocab)

    def most_similar_cosmul(
        self,
        positive: Any = None,
        negative: Any = None,
        topn: int | None = 10,
        restrict_vocab: int | None = None,
        *,
        candidates: Iterable[str] | None = None,
        exclude: Iterable[str] = (),
        oov: str = "error",
    ) -> Any:
        """Return the nearest words by 3CosMul, products of shifted cosines instead of sums.

        The score of a word is prod((1 + cos(word, p)) / 2) / (prod((1 + cos(word, n)) / 2) + 1e-6)
        over the positive inputs p and the negative inputs n.

        Parameters
        ----------
        positive, negative : word, vector (d,), or a list of these
            The inputs, without weights. Vectors count by direction only.
        topn, restrict_vocab, candidates, exclude, oov
            As in `most_similar`.

        Returns
        -------
        list of (str, float), or float64 array (V,) if ``topn=None``
            Best first, ties by index.

        References
        ----------
        Levy and Goldberg, Linguistic Regularities in Sparse and Explicit Word Representations,
        CoNLL 2014, equation (4).
        """
        positives, negatives = _items(positive, 1.0), _items(negative, -1.0)
        if any(weight != 1 for _, weight in positives) or any(w != -1 for _, w in negatives):
            raise ValueError("3CosMul knows no weights; pass words and vectors only")
        if not positives:
            raise ValueError("3CosMul needs at least one positive word or vector")
        terms = [self._terms(items, oov) for items in (positives, negatives)]
        clip = self._range(0, None, restrict_vocab)
        if topn is None:
            _refuse_with_all(candidates, exclude)
            return self._cosmul(terms, clip)
        pool, banned = self._pool(clip, candidates, exclude, oov)
        if len(terms[0]) == 0:
            return []
        scores = self._cosmul(terms, pool)
        scores[banned] = -np.inf
        own = self._word_rows(positives + negatives)
        best = _top(scores, _count(topn) + len(own))
        best = best[scores[best] > -np.inf]
        rows = _pool_rows(pool, best)
        found = zip(rows, scores[best].tolist(), strict=True)
        return [(self._words[row], score) for row, score in found if row not in own][:topn]

    def analogy(
        self,
        a: str,
        b: str,
        c: str,
        topn: int | None = 10,
        method: str = "3cosadd",
        restrict_vocab: int | None = None,
        *,
        candidates: Iterable[str] | None = None,
        exclude: Iterable[str] = (),
        oov: str = "error",
    ) -> Any:
        """Answer "a is to b as c is to ?".

        Parameters
        ----------
        a, b, c : str
            The question; ``analogy("man", "king", "woman")`` looks for "queen".
        topn : int or None, default 10
            How many answers.
        method : {"3cosadd", "3cosmul"}, default "3cosadd"
            Rank by cos(word, b - a + c), or as `most_similar_cosmul` does.
        restrict_vocab, candidates, exclude, oov
            As in `most_similar`.

        Returns
        -------
        list of (str, float)
            Best first; a, b and c are never among them.
        """
        check_method(method)
        solve = self.most_similar if method == "3cosadd" else self.most_similar_cosmul
        return solve(
            positive=[b, c],
            negative=[a],
            topn=topn,
            restrict_vocab=restrict_vocab,
            candidates=candidates,
            exclude=exclude,
            oov=oov,
        )

    # Evaluation, under gensim's names

    def evaluate_word_analogies(
        self,
        analogies: str | os.PathLike[str],
        restrict_vocab: int | None = 300000,
        case_insensitive: bool = True,
        dummy4unknown: bool = False,
        similarity_function: str = "most_similar",
    ) -> tuple[float, list[dict[str, Any]]]:
        """Score the vectors on a file of analogy questions, with gensim's arguments and results.

        `w2v.evaluate.analogies` gives the same figures with the skipped questions counted.

        Parameters
        ----------
        analogies : path
            ``: section`` lines, and lines of four words.
        restrict_vocab : int or None, default 300000
            Ask and answer within the first so many words; questions with other words are skipped.
        case_insensitive : bool, default True
            Compare upper-cased words; of several spellings the most frequent has the vector.
        dummy4unknown : bool, default False
            Count skipped questions as wrong.
        similarity_function : {"most_similar", "most_similar_cosmul"}
            3CosAdd or 3CosMul.

        Returns
        -------
        score : float
            Right answers among those asked, 0 if none was.
        sections : list of dict
            Keys ``section``, ``correct``, ``incorrect`` (lists of four words); the last one is
            ``Total accuracy``.
        """
        from w2v.vectors import evaluate

        return evaluate.gensim_analogies(
            self, analogies, restrict_vocab, case_insensitive, dummy4unknown, similarity_function
        )

    def evaluate_word_pairs(
        self,
        pairs: str | os.PathLike[str],
        delimiter: str | None = None,
        encoding: str = "utf8",
        restrict_vocab: int | None = 300000,
        case_insensitive: bool = True,
        dummy4unknown: bool = False,
    ) -> tuple[tuple[float, float], tuple[float, float], float]:
        """Correlate cosines with people's judgements, with gensim's arguments and results.

        Parameters
        ----------
        pairs : path
            Lines of two words and a score.
        delimiter : str, optional
            What separates them; by default tab, comma or blanks, as found.
        encoding : str, default "utf8"
            Of the file.
        restrict_vocab, case_insensitive
            As in `evaluate_word_analogies`.
        dummy4unknown : bool, default False
            Give pairs with an unknown word the similarity 0 instead of skipping them.

        Returns
        -------
        pearson, spearman : tuple of float
            Correlation and two-sided p-value.
        oov_ratio : float
            Per cent of the pairs with an unknown word.
        """
        from w2v.vectors import evaluate

        return evaluate.gensim_pairs(
            self, pairs, delimiter, encoding, restrict_vocab, case_insensitive, dummy4unknown
        )

    # Internals

    def _row(self, word: Any) -> int:
        """Return the row of a word, -1 if it is unknown."""
        if isinstance(self._words, PackedWords):
            row = self._looked_up.get(word)
            if row is not None:
                return row
            if len(self._looked_up) < _LOOK_UPS:
                return self._looked_up.setdefault(word, self._words.find(word))
        return self.key_to_index.get(word, -1)

    def _rows(self, words: Iterable[str], oov: str = "error") -> Rows:
        """Return the rows of words, (n,); -1 for an unknown one under "zero"."""
        _check_oov(oov)
        if isinstance(words, str):
            raise TypeError(f"expected a list of words; a single word is written [{words!r}]")
        words = list(words)
        rows = np.array([self._row(word) for word in words], dtype=np.intp)
        if oov == "error" and rows.size and rows.min() < 0:
            raise UnknownWordError(words[int(np.argmax(rows < 0))], self._words)
        return rows[rows >= 0] if oov == "skip" else rows

    def _gather(self, rows: Rows, norm: bool = False) -> Floats:
        """Copy rows, (n, d); row -1 is zero."""
        found = np.zeros((len(rows), self.vector_size), np.float32)
        known = rows >= 0
        found[known] = self.vectors[rows[known]]
        if norm:
            found[known] /= divisors(self.norms[rows[known]])[:, None]
        return found

    def _known(self, items: list[Item], oov: str) -> list[Item]:
        """Return the inputs that have a vector; under "error" an unknown word raises."""
        _check_oov(oov)
        known = []
        for key, weight in items:
            if not isinstance(key, str | np.ndarray):
                kind = type(key).__name__
                raise TypeError(f"a query is made of words and numpy vectors, not of {kind}")
            if isinstance(key, np.ndarray) or key in self:
                known.append((key, weight))
            elif oov == "error":
                raise UnknownWordError(key, self._words)
        return known

    def _word_rows(self, items: list[Item]) -> set[int]:
        """Return the rows of the words among the inputs."""
        rows = {self._row(key) for key, _ in items if isinstance(key, str)}
        return rows - {-1}

    def _mean(self, items: list[Item], norm: bool = True) -> Doubles:
        """Return the weighted mean of known inputs, divided by the sum of |weight|, (d,)."""
        mean, total = np.zeros(self.vector_size), 0.0
        for key, weight in items:
            if isinstance(key, str):
                term = self.vectors[self._row(key)].astype(np.float64)
                term = _unit(term) if norm else term
            else:
                term = _checked_vector(key, self.vector_size)
            if not np.isfinite(weight):
                raise ValueError(f"the weight {weight} of an input is not finite")
            mean += weight * term
            total += abs(weight)
        return mean / total if total else mean

    def _query(self, items: list[Item], oov: str = "error") -> tuple[Doubles, set[int] | None]:
        """Return a unit query (d,) and the rows of its own words; None if all were skipped."""
        if not items:
            raise ValueError("the query is empty; pass at least one word or vector")
        known = self._known(items, oov)
        own = None if oov == "skip" and not known else self._word_rows(known)
        return _unit(self._mean(known)), own

    def _terms(self, items: list[Item], oov: str) -> Floats:
        """Return each input scaled to length 1, (n, d); zeros for an unknown one under "zero"."""
        known = self._known(items, oov)
        kept = known if oov == "skip" else items
        terms = np.zeros((len(kept), self.vector_size), np.float32)
        for term, (key, _) in zip(terms, kept, strict=True):
            if not isinstance(key, str) or key in self:
                term[:] = _unit(self._mean([(key, 1.0)]))
        return terms

    def _range(self, start: int, end: int | None, restrict_vocab: int | None) -> slice:
        """Return the rows to rank as a slice within the matrix."""
        if restrict_vocab is not None:
            start, end = 0, restrict_vocab
        for name, value in (("clip_start", start), ("clip_end or restrict_vocab", end or 0)):
            if value < 0:
                raise ValueError(f"{name} must not be negative, got {value}")
        # 0 means "no limit", as in gensim
        stop = min(end or len(self), len(self))
        return slice(min(start, stop), stop)

    def _pool(
        self, clip: slice, candidates: Iterable[str] | None, exclude: Iterable[str], oov: str
    ) -> tuple[slice | Rows, Rows]:
        """Return the rows to rank, and which places among them are excluded."""
        excluded = self._rows(exclude, "skip")
        if candidates is None:
            within = excluded[(excluded >= clip.start) & (excluded < clip.stop)]
            return clip, within - clip.start
        rows = np.unique(self._rows(candidates, "error" if oov == "error" else "skip"))
        rows = rows[(rows >= clip.start) & (rows < clip.stop)]
        return rows, np.flatnonzero(np.isin(rows, excluded))

    def _nearest(
        self,
        queries: Doubles,
        own: list[set[int] | None],
        topn: int,
        pool: slice | Rows,
        banned: Rows,
        ann: Index | None = None,
    ) -> list[list[tuple[str, float]]]:
        """Rank the pool for each unit query (n, d), a block of queries at a time.

        The rows in `own` are left out of a query's answer; None stands for an empty answer.
        """
        if topn == 0:
            return [[] for _ in own]
        matrix, norms = self.vectors[pool], self.norms[pool]
        block = max(1, BLOCK_SCORES // max(1, len(matrix)))
        results: list[list[tuple[str, float]]] = []
        for first in range(0, len(queries), block):
            part, skips = queries[first : first + block], own[first : first + block]
            wanted = min(topn + max(len(skip or ()) for skip in skips), max(1, len(matrix)))
            single = part.astype(np.float32)
            if ann is None:
                found = _finalists(single, matrix, norms, banned, wanted, 2 * self._doubt())
            else:
                found = ann.nearest(single, wanted + len(banned))
                found = [rows[~np.isin(rows, banned)] for rows in found]
            for i, skip in enumerate(skips):
                rows = found[i] + pool.start if isinstance(pool, slice) else pool[found[i]]
                for row in skip or ():
                    rows = rows[rows != row]
                found[i] = rows if skip is not None else rows[:0]
            results += self._ranked(part, found, topn)
        return results

    def _check_index(
        self, ann: Index, topn: int | None, clip: slice, candidates: Iterable[str] | None
    ) -> None:
        """Refuse an index of other vectors, and what an index cannot do."""
        if len(ann) != len(self) or ann.index.d != self.vector_size:
            raise ValueError(
                f"the index holds {len(ann)} rows of {ann.index.d} numbers, but there are "
                f"{len(self)} of {self.vector_size}; make one of these vectors with kv.index()"
            )
        if topn is None or candidates is not None or clip != slice(0, len(self)):
            raise ValueError(
                "an index ranks all words and needs a topn; leave out ann= to rank some words only"
            )

    def _doubt(self) -> float:
        """Return by how much a float32 cosine of this width may be off.

        Each of the d + 8 operations behind it rounds by at most 2^-24 of what is at most 1. So the
        float32 scores only pick the finalists, and rounding never decides who is among them.
        """
        return (self.vector_size + 8) * 2.0**-24

    def _ranked(
        self, queries: Doubles, finalists: list[Rows], topn: int
    ) -> list[list[tuple[str, float]]]:
        """Order each query's finalists by their exact cosine, then by index."""
        sizes = [len(rows) for rows in finalists]
        which, rows = np.repeat(np.arange(len(sizes)), sizes), np.concatenate(finalists)
        scores = self._exact(queries, which, rows)
        order = np.lexsort((rows, -scores, which))
        ends = np.cumsum(sizes)
        ranked = []
        for start, end in zip(ends - sizes, ends, strict=True):
            best = order[start : min(end, start + topn)]
            pairs = zip(rows[best].tolist(), scores[best].tolist(), strict=True)
            ranked.append([(self._words[row], score) for row, score in pairs])
        return ranked

    def _exact(self, queries: Doubles, which: Rows, rows: Rows) -> Doubles:
        """Return the cosines of unit queries[which] with rows, one by one, in float64."""
        exact = np.empty(len(rows))
        for first in range(0, len(rows), _EXACT_ROWS):
            part = slice(first, first + _EXACT_ROWS)
            vectors = self.vectors[rows[part]].astype(np.float64)
            lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
            # einsum sums every row alike, wherever it stands; BLAS does not
            exact[part] = np.einsum("ij,ij->i", vectors, queries[which[part]]) / divisors(lengths)
        return np.clip(exact, -1, 1, out=exact)

    def _cosmul(self, terms: list[Floats], pool: slice | Rows) -> Doubles:
        """Return the 3CosMul score of each row of the pool, for positive and negative terms."""
        matrix, norms = self.vectors[pool], self.norms[pool]
        positive, negative = (
            ((1 + cosines(term, matrix, norms).astype(np.float64)) / 2).prod(axis=0)
            for term in terms
        )
        return positive / (negative + COSMUL_EPSILON)


def cosines(queries: Floats, matrix: Floats, norms: Floats) -> Floats:
    """Return the cosines of unit queries with rows that need not be unit.

    Parameters
    ----------
    queries : float32 array (n, d)
        Of length 1 (or 0) each.
    matrix : float32 array (m, d)
        The rows.
    norms : float32 array (m,)
        Their lengths; a zero row gets cosine 0.

    Returns
    -------
    float32 array (n, m)
    """
    scores = _dots(queries, matrix)
    scores /= divisors(norms)
    return np.clip(scores, -1, 1, out=scores)


def _dots(queries: Floats, matrix: Floats) -> Floats:
    """Return the dot products of queries (n, d) with rows (m, d), (n, m)."""
    if len(queries) != 1:
        return queries @ matrix.T
    scores = np.empty((1, len(matrix)), np.float32)
    _over_rows(lambda rows, out: _core.dots(queries[0], rows, out), matrix, scores[0])
    return scores


def _finalists(
    queries: Floats, matrix: Floats, norms: Floats, banned: Rows, k: int, margin: float
) -> list[Rows]:
    """Return for each unit query the places of the rows that may be among its k best.

    These are all whose float32 cosine is less than the margin below the k-th largest, and none of
    those banned.
    """
    scores = _dots(queries, matrix)
    scores[:, banned] = -np.inf
    found: list[Rows] = [banned[:0]] * len(queries)

    def choose(start: int, stop: int) -> None:
        found[start:stop] = _core.finalists(scores[start:stop], norms, k, margin)

    in_parts(choose, len(queries), scores.shape[1] * scores.itemsize)
    return found


def _over_rows(work: Callable[[Floats, Floats], None], matrix: Floats, out: Floats) -> None:
    """Call ``work(rows, out)`` on parts of a matrix and of what belongs to its rows."""
    side_by_side = matrix.strides[1] == matrix.itemsize or matrix.shape[1] == 1

    def part(start: int, stop: int) -> None:
        # rows whose numbers do not lie side by side are copied, some at a time
        step = max(1, stop - start) if side_by_side else _EXACT_ROWS
        for first in range(start, stop, step):
            rows = matrix[first : min(first + step, stop)]
            work(rows if side_by_side else rows.copy(), out[first : first + len(rows)])

    in_parts(part, len(matrix), matrix.shape[1] * matrix.itemsize)


def check_method(method: str) -> None:
    """Raise a ValueError unless `method` names a way to solve analogies."""
    if method not in ANALOGY_METHODS:
        raise ValueError(f"method must be one of {', '.join(ANALOGY_METHODS)}, got {method!r}")


def _checked_words(words: Sequence[str]) -> list[str]:
    """Return the words as a new list of str."""
    if isinstance(words, str):
        raise TypeError("words must be a list of str, not one str")
    found = list(words)
    if set(map(type, found)) <= {str}:
        return found
    for row, word in enumerate(found):
        if not isinstance(word, str):
            raise TypeError(f"words must be str; words[{row}] is {type(word).__name__}")
    return found


def _repeated_word(words: list[str]) -> str:
    """Say which word comes twice, and where."""
    seen: dict[str, int] = {}
    for row, word in enumerate(words):
        if word in seen:
            return f"words must be distinct; {word!r} stands at {seen[word]} and at {row}"
        seen[word] = row
    raise AssertionError("no word is repeated")


def _checked_matrix(vectors: NDArray[Any], size: int) -> Floats:
    """Return the matrix as a float32 ndarray (size, d), the same memory if it already is."""
    matrix = np.asarray(vectors)
    if matrix.dtype.kind != "f":
        raise TypeError(f"vectors must be floating-point, got {matrix.dtype}; use .astype('f4')")
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
    return found.astype(np.int64, copy=False)


def _checked_vector(vector: NDArray[Any], size: int) -> Doubles:
    """Return a query vector as float64 (size,)."""
    if vector.shape != (size,):
        raise ValueError(f"a query vector must have shape ({size},), got {vector.shape}")
    found = vector.astype(np.float64)
    if not np.isfinite(found).all():
        raise ValueError("the query vector holds NaN or infinity")
    return found


def _is_mapped(array: object) -> bool:
    """Tell whether an array's memory is a mapped file."""
    while isinstance(array, np.ndarray):
        if isinstance(array, np.memmap):
            return True
        array = array.base
    return isinstance(getattr(array, "obj", array), mmap.mmap)


def divisors(norms: NDArray[Any]) -> NDArray[Any]:
    """Return the norms with 1 for 0: a zero row stays zero when divided."""
    return np.where(norms > 0, norms, norms.dtype.type(1))


def _unit(vector: Doubles) -> Doubles:
    """Return the vector at length 1, or zero as it is."""
    largest = np.abs(vector).max(initial=0)
    if largest == 0:
        return vector
    vector = vector / largest  # squares would overflow or vanish
    return vector / np.sqrt(vector @ vector)


def _top(scores: NDArray[np.floating[Any]], n: int) -> Rows:
    """Return the places of the n largest scores (m,), best first, ties by place."""
    if n < len(scores):
        least = np.partition(scores, len(scores) - n)[len(scores) - n]
        places = np.flatnonzero(scores >= least)
    else:
        places = np.arange(len(scores))
    return places[np.argsort(-scores[places], kind="stable")[:n]]


def _pool_rows(pool: slice | Rows, places: Rows) -> list[int]:
    """Return the rows of the matrix that stand at some places of a pool."""
    rows = places + pool.start if isinstance(pool, slice) else pool[places]
    return rows.tolist()


def _items(given: Any, weight: float) -> list[Item]:
    """Return an input of `most_similar` as a list of (word or vector, weight)."""
    if given is None:
        return []
    if isinstance(given, str) or _is_weighted(given):
        given = [given]
    elif isinstance(given, np.ndarray) and given.ndim < 2:
        given = [given]
    items = []
    for item in given:
        key, own = item if _is_weighted(item) else (item, weight)
        items.append((key, float(own)))
    return items


def _is_weighted(item: Any) -> bool:
    return isinstance(item, tuple) and len(item) == 2 and isinstance(item[1], Real)


def _check_oov(oov: str, allowed: tuple[str, ...] = OOV_POLICIES) -> None:
    if oov not in allowed:
        raise ValueError(f"oov must be one of {', '.join(allowed)} here, got {oov!r}")


def _refuse_with_all(candidates: Iterable[str] | None, exclude: Iterable[str]) -> None:
    """Refuse filters where the answer is the whole array of scores."""
    if candidates is not None or any(True for _ in exclude):
        raise ValueError("topn=None returns every score; candidates and exclude need a topn")


def _count(topn: int) -> int:
    """Return topn as a whole number of words to return."""
    if not isinstance(topn, int | np.integer) or isinstance(topn, bool):
        raise TypeError(f"topn must be an int or None, got {topn!r}")
    return max(0, int(topn))


def _close_spellings(word: str, vocabulary: Sequence[str], n: int = 3) -> list[str]:
    """Return up to n words spelled like `word`, nearest first, whatever their capitals."""
    from difflib import get_close_matches

    # difflib takes microseconds a word: compare only what is about as long and begins alike
    # (allowing for a lost or swapped first letter), and at most the 20,000 most frequent of those.
    starts = {letter for first in word[:2] for letter in (first.lower(), first.upper())}
    shortest, longest = len(word) - 2, len(word) + 2
    similar = (w for w in vocabulary if shortest <= len(w) <= longest and w[:1] in starts)
    by_fold: dict[str, str] = {}
    for close in islice(similar, 20_000):
        by_fold.setdefault(close.casefold(), close)
    return [by_fold[w] for w in get_close_matches(word.casefold(), by_fold, n=n, cutoff=0.7)]
