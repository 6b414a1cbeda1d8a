"""gensim's names: methods that gensim's users know, and what to write for names it alone has."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from numpy.typing import ArrayLike

from w2v.checks import one_of, quoted, whole_number
from w2v.vectors.compared import ComparedVectors
from w2v.vectors.evaluate import question_outcomes, word_pairs
from w2v.vectors.judgements import read_questions
from w2v.vectors.ranking import Floats, divisors, unit
from w2v.vectors.stored import StoredVectors

if TYPE_CHECKING:
    from typing import Self  # of Python 3.11

# gensim's name (versions 3 and 4) -> what to write here
ELSEWHERE = {
    "vocab": "key_to_index, with counts[row] for how often a word occurred",
    "index2word": "index_to_key",
    "index2entity": "index_to_key",
    "syn0": "vectors",
    "vectors_norm": "vectors_for(words, norm=True)",
    "syn0norm": "vectors_for(words, norm=True)",
    "word_vec": "get_vector(word)",
    "init_sims": "refresh(), needed only after vectors were changed in place",
    "fill_norms": "refresh(), needed only after vectors were changed in place",
    "load_word2vec_format": "KeyedVectors.load(path, limit=, encoding=, errors=), for text and "
    "binary files alike",
    "add": "kv[words] = array of shape (n, d)",
    "accuracy": "evaluate_word_analogies(path)",
    "save_word2vec_format": "save('vectors.bin') or save('vectors.txt')",
}
_METHODS = {"most_similar": "3cosadd", "most_similar_cosmul": "3cosmul"}


class _Elsewhere:
    """A name that gensim has: reading or setting it says what ours is."""

    def __init__(self, ours: str) -> None:
        self.ours = ours

    def __get__(self, instance: object, owner: type) -> NoReturn:
        raise AttributeError(f"that is gensim's name; here it is {self.ours}")

    def __set__(self, instance: object, value: object) -> NoReturn:
        self.__get__(instance, type(instance))


class GensimNames(ComparedVectors):
    """Methods of `KeyedVectors` that say in gensim's words what others do."""

    most_similar: Callable[..., Any]

    # Words and rows

    def get_index(self, key: str, default: int | None = None) -> int:
        """Return the row of a word; an unknown one raises, unless there is a default."""
        row = self._lookup.row(key)
        if row >= 0:
            return row
        return self._lookup.known_row(key) if default is None else default

    def has_index_for(self, key: str) -> bool:
        """Tell whether a word has a row: ``key in kv``."""
        return key in self

    def get_vecattr(self, key: str, attr: str) -> int:
        """Return ``"count"`` of a word, the one attribute that words have here."""
        row = self._lookup.known_row(key)
        _check_attribute(attr)
        if self.counts is None:
            raise KeyError("these vectors came without counts")
        return int(self.counts[row])

    def set_vecattr(self, key: str, attr: str, val: int) -> None:
        """Set ``"count"`` of a word; where there were no counts, the other words have 0 then."""
        row = self._lookup.known_row(key)
        _check_attribute(attr)
        # a copy: the counts may be those of a model, or of a file
        counts = np.zeros(len(self), np.int64) if self.counts is None else self.counts.copy()
        counts[row] = whole_number(attr, val, 0)
        self.counts = counts

    # Other words

    def add_vector(self, key: str, vector: ArrayLike) -> int:
        """Give a word a vector (d,), as ``kv[key] = vector`` does; return its row."""
        self[key] = vector
        return self._lookup.known_row(key)

    def add_vectors(
        self, keys: str | Sequence[str], weights: ArrayLike, *, replace: bool = False
    ) -> None:
        """Give new words their vectors; known words keep theirs.

        Parameters
        ----------
        keys : sequence of str, or one str
            n words.
        weights : array (n, d)
            One vector a word; of one str also (d,).
        replace : bool, default False
            Give the known words the new vectors as well.
        """
        words = [keys] if isinstance(keys, str) else list(keys)
        rows = np.atleast_2d(np.asarray(weights))
        if len(rows) != len(words):
            raise ValueError(f"{len(words)} words, but {len(rows)} vectors; they must be as many")
        kept = [i for i, word in enumerate(words) if replace or word not in self]
        if kept:
            self[[words[i] for i in kept]] = rows[kept]

    def vectors_for_all(self, keys: Iterable[str]) -> Self:
        """Return the vectors of the known words among `keys`, each once: a `subset`."""
        return self.subset(dict.fromkeys(keys), oov="skip")

    def sort_by_descending_frequency(self) -> None:
        """Bring the most frequent words to the front; words of the same count keep their order.

        Raises
        ------
        ValueError
            Vectors without counts.
        """
        if self.counts is None:
            raise ValueError("these vectors came without counts, and nothing else can sort them")
        order = np.argsort(-self.counts, kind="stable")
        words = [self.index_to_key[row] for row in order]
        StoredVectors.__init__(self, words, self.vectors[order], self.counts[order])
        self._is_own = True

    # Lengths

    def get_normed_vectors(self) -> Floats:
        """Return a copy of the matrix (V, d), its rows scaled to length 1."""
        return self.vectors / divisors(self.norms)[:, None]

    def unit_normalize_all(self) -> None:
        """Scale every vector to length 1; the model or file it came from stays as it is."""
        StoredVectors.__init__(self, self.index_to_key, self.get_normed_vectors(), self.counts)
        self._is_own = True

    # Near and far

    def similar_by_key(
        self, key: str, topn: int | None = 10, restrict_vocab: int | None = None
    ) -> Any:
        """Return the words nearest to a word: `most_similar` with one positive word."""
        return self.most_similar([key], topn=topn, restrict_vocab=restrict_vocab)

    similar_by_word = similar_by_key

    def similar_by_vector(
        self, vector: Floats, topn: int | None = 10, restrict_vocab: int | None = None
    ) -> Any:
        """Return the words nearest to a vector (d,): `most_similar` with one positive vector."""
        return self.most_similar([vector], topn=topn, restrict_vocab=restrict_vocab)

    def most_similar_to_given(self, key1: str, keys_list: Sequence[str]) -> str:
        """Return that one of some words which is nearest to a word; the first of equals."""
        if len(keys_list) == 0:
            raise ValueError("keys_list is empty; give the words to choose from")
        near = self.similarity_matrix([key1], keys_list)[0]
        return keys_list[int(np.argmax(near))]

    def words_closer_than(self, word1: str, word2: str) -> list[str]:
        """Return the words closer to one word than another is: `closer_than`."""
        return self.closer_than(word1, word2)

    def relative_cosine_similarity(self, wa: str, wb: str, topn: int = 10) -> float:
        """Return the cosine of two words, divided by the sum of those of the first's neighbours.

        Above ``1 / topn`` the two are more similar than the neighbours are on the average.

        Parameters
        ----------
        wa, wb : str
            The words.
        topn : int, default 10
            Neighbours of `wa`.

        References
        ----------
        Leeuwenberg, Vela, Dehdari and van Genabith (2016), A minimally supervised approach for
        synonym extraction with word embeddings, equation 1.
        """
        near = self.most_similar(wa, topn=whole_number("topn", topn, 1))
        return self.similarity(wa, wb) / sum(cosine for _, cosine in near)

    def rank_by_centrality(
        self, words: Sequence[str], use_norm: bool = True
    ) -> list[tuple[float, str]]:
        """Rank words by how near they are to the mean of all of them; the nearest comes first.

        Parameters
        ----------
        words : sequence of str
            Unknown ones are left out.
        use_norm : bool, default True
            Scale the vectors to length 1 before their mean is taken.

        Returns
        -------
        list of (float, str)
            Products with the mean's direction, with `use_norm` cosines, and words.
        """
        known = [word for word in words if word in self]
        if not known:
            raise ValueError("none of the words is known")
        vectors = self.vectors_for(known, norm=use_norm)
        near = vectors @ unit(vectors.mean(axis=0, dtype=np.float64))
        return sorted(zip(near.tolist(), known, strict=True), reverse=True)

    @staticmethod
    def cosine_similarities(vector_1: ArrayLike, vectors_all: ArrayLike) -> Floats:
        """Return the cosines of a vector (d,) with the rows of a matrix (n, d), (n,)."""
        rows = np.asarray(vectors_all, np.float32)
        norms = np.linalg.norm(rows, axis=1)
        products = rows @ unit(np.asarray(vector_1, np.float64))
        return (products / divisors(norms)).astype(np.float32)

    def wmdistance(
        self, document1: Sequence[str], document2: Sequence[str], norm: bool = True
    ) -> float:
        """Return the word mover's distance of two texts.

        It is how far the words of one text must travel to become those of the other: the least sum
        of distance times share, over all ways to send each word's share of its text.

        Parameters
        ----------
        document1, document2 : sequence of str
            The texts; unknown words are left out.
        norm : bool, default True
            Measure between vectors scaled to length 1.

        Returns
        -------
        float
            Infinity if a text has no known word.

        References
        ----------
        Kusner, Sun, Kolkin and Weinberger (2015), From word embeddings to document distances.
        """
        from w2v.vectors.transport import movers_distance

        texts = []
        for document in (document1, document2):
            rows, times = np.unique(self._lookup.rows(document, "skip"), return_counts=True)
            if not len(rows):
                return math.inf
            texts.append((self._gather(rows, norm).astype(np.float64), times / times.sum()))
        return movers_distance(*texts)

    # Evaluation

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
        method = _METHODS[one_of("similarity_function", similarity_function, tuple(_METHODS))]
        sections = read_questions(analogies)
        outcomes = question_outcomes(self, sections, restrict_vocab, method, case_insensitive)
        results: list[dict[str, Any]] = []
        total: dict[str, Any] = {"section": "Total accuracy", "correct": [], "incorrect": []}
        for (name, questions), answers in zip(sections, outcomes, strict=True):
            result: dict[str, Any] = {"section": name, "correct": [], "incorrect": []}
            for question, right in zip(questions, answers, strict=True):
                folded = tuple(w.upper() for w in question) if case_insensitive else question
                if right is not None or dummy4unknown:
                    for record in (result, total):
                        record["correct" if right else "incorrect"].append(folded)
            results.append(result)
        asked = len(total["correct"]) + len(total["incorrect"])
        return (len(total["correct"]) / asked if asked else 0.0), [*results, total]

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
        result = word_pairs(
            self, pairs, restrict_vocab, case_insensitive, dummy4unknown, delimiter, encoding
        )
        if result.used == 0:
            raise ValueError(f"{os.fspath(pairs)}: no pair of which both words are known")
        pearson, pearson_p, spearman, spearman_p = (
            math.nan if value is None else value
            for value in (result.pearson, result.pearson_p, result.spearman, result.spearman_p)
        )
        oov_ratio = 100 * result.unknown / (result.used + result.skipped)
        return (pearson, pearson_p), (spearman, spearman_p), oov_ratio


def _check_attribute(attr: str) -> None:
    if attr != "count":
        raise AttributeError(f"words have the attribute 'count' here, and no {quoted(attr)}")


for _name, _ours in ELSEWHERE.items():
    setattr(GensimNames, _name, _Elsewhere(_ours))
