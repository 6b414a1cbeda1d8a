"""Given words compared with each other: similarities, distances, the odd one, ranks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from w2v.vectors.lookup import check_oov
from w2v.vectors.question import Item, as_vector, is_vector, items, query
from w2v.vectors.ranking import Doubles, Floats, closer, cosine, cosines, unit
from w2v.vectors.stored import UNSET, StoredVectors
from w2v.vectors.transport import turn

if TYPE_CHECKING:
    from typing import Self  # of Python 3.11


class ComparedVectors(StoredVectors):
    """Methods of `KeyedVectors` that compare words which are given."""

    def similarity(self, w1: str | Floats, w2: str | Floats, *, default: Any = UNSET) -> float:
        """Return the cosine of two words or vectors.

        Parameters
        ----------
        w1, w2 : str or array (d,)
            The words, or vectors.
        default : object, optional
            Returned if either is an unknown word; without it that raises.

        Returns
        -------
        float
            Between -1 and 1; 0 if either vector is zero.

        Raises
        ------
        UnknownWordError
            Unknown word and no default.
        """
        vectors: list[Any] = []
        for key in (w1, w2):
            if is_vector(key, self._lookup.are_ids):
                vectors.append(as_vector(key, self.vector_size))
            elif default is not UNSET and key not in self:
                return default
            else:
                vectors.append(self._rows[self._lookup.known_row(key)])
        return cosine(*vectors)

    def distance(self, w1: str | Floats, w2: str | Floats, *, default: Any = UNSET) -> float:
        """Return 1 - cosine of two words or vectors; `default` as in `similarity`."""
        near = self.similarity(w1, w2, default=default if default is UNSET else None)
        return default if near is None else 1.0 - near

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
        near = self._query(items([word_or_vector], None, self._lookup.are_ids))[0].astype(
            np.float32
        )
        words = other_words if isinstance(other_words, str) else list(other_words)
        if words:
            found = self._gather(self._lookup.rows(words, oov), norm=True) @ near
            return 1 - np.clip(found, -1, 1)
        return 1 - cosines(near[None], self.vectors, self.norms)[0]

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
            rows = self._lookup.rows(words, oov)
            if rows.size == 0:
                raise ValueError("the mean of no words is undefined; each list needs a known word")
            means.append(unit(self._gather(rows).astype(np.float64).mean(axis=0)))
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
        check_oov(oov, allowed=("error", "skip"))
        rows = self._lookup.rows(words, oov)
        if rows.size == 0:
            raise ValueError("no known word to choose from")
        units = self._gather(rows, norm=True).astype(np.float64)
        return self._lookup.words[rows[int(np.argmin(units @ units.mean(axis=0)))]]

    def closer_than(self, key1: str, key2: str) -> list[str]:
        """Return the words closer to `key1` than `key2` is, in index order, without `key1`.

        Words exactly as close as `key2` are not among them.
        """
        row, other = self._lookup.rows([key1, key2])
        near = closer(
            self._query(items([key1], None, self._lookup.are_ids))[0],
            self.vectors,
            self.norms,
            other,
        )
        return [self._lookup.words[i] for i in near if i != row]

    def rank(self, key1: str, key2: str) -> int:
        """Return the place of `key2` among the neighbours of `key1`; the nearest has rank 1."""
        return len(self.closer_than(key1, key2)) + 1

    def align(self, other: StoredVectors, words: Iterable[str] | None = None) -> Self:
        """Return these vectors turned so that they lie as near as can be to those of another space.

        Two trainings find the same neighbours along other axes. Turned, a word of one can be
        compared with a word of the other: what changed its meaning between two times, or what a
        word is called in another language.

        Parameters
        ----------
        other : KeyedVectors
            The space to turn onto, with vectors of the same size.
        words : iterable of str, optional
            The words to bring together, in both spaces; by default all that both have.

        Returns
        -------
        KeyedVectors
            The same words, each vector as long as it was; all cosines among them stay.

        Raises
        ------
        ValueError
            Vectors of another size, or fewer than two words to bring together.

        References
        ----------
        Schönemann (1966), A generalized solution of the orthogonal Procrustes problem.
        """
        if other.vector_size != self.vector_size:
            raise ValueError(
                f"vectors of {self.vector_size} numbers cannot be turned onto those of "
                f"{other.vector_size}; train both with the same vector_size"
            )
        shared = [word for word in self if word in other] if words is None else list(words)
        if len(shared) < 2:
            raise ValueError(f"the two spaces share {len(shared)} words; two or more are needed")
        rows = self.vectors_for(shared, norm=True)
        rotation = turn(rows, other.vectors_for(shared, norm=True))
        return type(self)(self.index_to_key, (self.vectors @ rotation).astype("f4"), self.counts)

    def _query(self, asked: list[Item], oov: str = "error") -> tuple[Doubles, set[int] | None]:
        """Return a unit query (d,) and the rows of its own words; None if all were skipped."""
        return query(asked, self._lookup, self._rows, oov)
