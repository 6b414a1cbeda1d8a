"""Word vectors and the questions one asks them.

`KeyedVectors` ties a list of words to a matrix of shape (V, d), one row a word. It knows nothing
of how the vectors were trained, nor of file formats. Method names and return shapes are gensim's;
what gensim lacks is keyword-only. How rows are ranked is the story of `w2v.vectors.ranking`. A zero
vector is similar to nothing (cosine 0, never NaN).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from w2v.checks import one_of, whole_number
from w2v.names import ANALOGY_METHODS
from w2v.vectors.gensim_names import GensimNames
from w2v.vectors.question import clip, items, own_rows, pool, terms
from w2v.vectors.ranking import Doubles, cosines, cosmul_scores, nearest, top, unit

if TYPE_CHECKING:
    from w2v.vectors.ann import Index


class KeyedVectors(GensimNames):
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
    settings : dict
        How the vectors were made, as far as they say: those of the training and, of refined ones,
        ``refined`` and ``power``. Native files keep it.

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
            Inputs with weight +1 and -1. A weight in a tuple replaces that, sign included. A vector
            may be a plain list of numbers.
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
        asked = self._query(items(positive, negative, self._lookup.are_ids), oov)
        rows = clip(len(self), clip_start, clip_end, restrict_vocab)
        if topn is None:
            _refuse_with_all(candidates, exclude, ann)
            single = asked[0].astype(np.float32)[None]
            return cosines(single, self.vectors[rows], self.norms[rows])[0]
        return self._nearest([asked], topn, rows, candidates, exclude, oov, ann)[0]

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
        asked = [self._query(items(one, None, self._lookup.are_ids), oov) for one in queries]
        if not asked:
            return []
        rows = clip(len(self), 0, None, restrict_vocab)
        return self._nearest(asked, topn, rows, candidates, exclude, oov, ann)

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
        ids = self._lookup.are_ids
        asked = items(positive, None, ids), items(None, negative, ids)
        if any(w != 1 for _, w in asked[0]) or any(w != -1 for _, w in asked[1]):
            raise ValueError("3CosMul knows no weights; pass words and vectors only")
        if not asked[0]:
            raise ValueError("3CosMul needs at least one positive word or vector")
        positives, negatives = (terms(of, self._lookup, self._rows, oov) for of in asked)
        above, below = (
            np.array([unit(term.vector) for term in of], np.float32).reshape(-1, self.vector_size)
            for of in (positives, negatives)
        )
        rows = clip(len(self), 0, None, restrict_vocab)
        if topn is None:
            _refuse_with_all(candidates, exclude)
            return cosmul_scores(above, below, self.vectors, self.norms, rows)
        among = pool(self._lookup, rows, candidates, exclude, oov)
        if not positives:
            return []
        scores = cosmul_scores(above, below, self.vectors, self.norms, among.rows)
        scores[among.banned] = -np.inf
        own = own_rows(positives + negatives)
        n = max(0, whole_number("topn", topn, -(2**31)))
        best = top(scores, n + len(own))
        best = best[scores[best] > -np.inf]
        found = zip(among.at(best).tolist(), scores[best].tolist(), strict=True)
        return [(self._lookup.words[row], score) for row, score in found if row not in own][:n]

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
        one_of("method", method, ANALOGY_METHODS)
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

    # Internals

    def _nearest(
        self,
        asked: list[tuple[Doubles, set[int] | None]],
        topn: int,
        rows: slice,
        candidates: Iterable[str] | None,
        exclude: Iterable[str],
        oov: str,
        ann: Index | None,
    ) -> list[list[tuple[str, float]]]:
        """Return the nearest words to each query, as `most_similar` does."""
        if ann is not None:
            self._check_index(ann, rows, candidates)
        among = pool(self._lookup, rows, candidates, exclude, oov)
        queries, own = zip(*asked, strict=True)
        n = max(0, whole_number("topn", topn, -(2**31)))
        found = nearest(np.stack(queries), self.vectors, self.norms, among, n, own, ann)
        words = self._lookup.words
        return [[(words[row], score) for row, score in answer] for answer in found]

    def _check_index(self, ann: Index, rows: slice, candidates: Iterable[str] | None) -> None:
        """Refuse an index of other vectors, and what an index cannot do."""
        if len(ann) != len(self) or ann.index.d != self.vector_size:
            raise ValueError(
                f"the index holds {len(ann)} rows of {ann.index.d} numbers, but there are "
                f"{len(self)} of {self.vector_size}; make one of these vectors with kv.index()"
            )
        if candidates is not None or rows != slice(0, len(self)):
            raise ValueError("an index ranks all words; leave out ann= to rank some words only")


def _refuse_with_all(
    candidates: Iterable[str] | None, exclude: Iterable[str], ann: Index | None = None
) -> None:
    """Refuse what chooses words where the answer is the whole array of scores."""
    if candidates is not None or ann is not None or any(True for _ in exclude):
        raise ValueError("topn=None returns every score; candidates, exclude and ann need a topn")
