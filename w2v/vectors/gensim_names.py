"""gensim's names: methods that gensim's users know, and what to write for names it alone has."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import Any, NoReturn

from w2v.checks import one_of
from w2v.vectors.evaluate import Vectors, question_outcomes, word_pairs
from w2v.vectors.judgements import read_questions
from w2v.vectors.ranking import Floats

# gensim's name (versions 3 and 4) -> what to write here
ELSEWHERE = {
    "vocab": "key_to_index, with counts[row] for how often a word occurred",
    "index2word": "index_to_key",
    "index2entity": "index_to_key",
    "syn0": "vectors",
    "vectors_norm": "vectors_for(words, norm=True)",
    "syn0norm": "vectors_for(words, norm=True)",
    "get_normed_vectors": "vectors_for(words, norm=True)",
    "word_vec": "get_vector(word)",
    "get_vecattr": "counts[key_to_index[word]]",
    "similar_by_key": "similar_by_word(word)",
    "init_sims": "refresh(), needed only after vectors were changed in place",
    "fill_norms": "refresh(), needed only after vectors were changed in place",
    "load_word2vec_format": "KeyedVectors.load(path, limit=, encoding=, errors=), for text and "
    "binary files alike",
    "add_vector": "kv[word] = vector",
    "add_vectors": "kv[words] = array of shape (n, d)",
    "add": "kv[words] = array of shape (n, d)",
    "cosine_similarities": "similarity_matrix(words, others), or 1 - distances(word_or_vector)",
    "set_vecattr": "counts[key_to_index[word]] = n",
    "accuracy": "evaluate_word_analogies(path)",
    "get_index": "key_to_index[word]",
    "has_index_for": "word in kv",
    "words_closer_than": "closer_than(word, other)",
    "most_similar_to_given": "most_similar(word, topn=1, candidates=words)",
    "vectors_for_all": "subset(words, oov='skip')",
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


class GensimNames:
    """Methods of `KeyedVectors` that say in gensim's words what others do."""

    most_similar: Callable[..., Any]

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

    def evaluate_word_analogies(
        self: Vectors,
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
        self: Vectors,
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


for _name, _ours in ELSEWHERE.items():
    setattr(GensimNames, _name, _Elsewhere(_ours))
