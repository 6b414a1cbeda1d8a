"""Analogies and word pairs: files, counting, folding, agreement with one query at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from w2v.vectors.evaluate import (
    AnalogyResult,
    Score,
    analogies,
    read_pairs,
    read_questions,
    word_pairs,
)
from w2v.vectors.keyed import KeyedVectors

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason=f"needs the data in {SHARED}")


def capitals() -> KeyedVectors:
    """Each pair differs by the same offset; "noise" lies elsewhere."""
    rng = np.random.default_rng(2)
    offset = rng.normal(size=20)
    countries = rng.normal(size=(4, 20))
    words = ["france", "italy", "spain", "peru", "paris", "rome", "madrid", "lima", "noise"]
    matrix = np.concatenate([countries, countries + offset, rng.normal(size=(1, 20))])
    return KeyedVectors(words, matrix.astype(np.float32))


QUESTIONS = """\
: capitals
France Paris Italy Rome
Spain Madrid Peru Lima
Spain Madrid Peru Noise

: gram1-unknown
France Paris Atlantis Poseidonis
: gram2
italy rome spain madrid
"""


@pytest.fixture
def kv() -> KeyedVectors:
    return capitals()


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "questions.txt"
    path.write_text(QUESTIONS)
    return path


# Analogies


@pytest.mark.parametrize("method", ["3cosadd", "3cosmul"])
def test_counts_per_section(kv, questions, method) -> None:
    result = analogies(kv, questions, method=method)
    assert result.sections == [
        Score("capitals", 2, 3, 0),
        Score("gram1-unknown", 0, 0, 1),
        Score("gram2", 1, 1, 0),
    ]
    assert result.semantic == Score("semantic", 2, 3, 0)
    assert result.syntactic == Score("syntactic", 1, 1, 1)
    assert result.total == Score("total", 3, 4, 1)
    assert result.total.accuracy == 0.75
    assert result.sections[1].accuracy is None


def test_case_matters_only_when_asked_to(kv, questions) -> None:
    result = analogies(kv, questions, case_insensitive=False)
    assert result.total == Score("total", 1, 1, 4)


def test_restrict_vocab_skips_and_hides_words(kv) -> None:
    asked = [("france", "paris", "italy", "rome"), ("spain", "madrid", "peru", "lima")]
    # lima (index 7) is outside
    assert analogies(kv, asked, restrict_vocab=7).total == Score("total", 1, 1, 1)
    assert analogies(kv, asked, restrict_vocab=99).total == Score("total", 2, 2, 0)
    assert analogies(kv, asked, restrict_vocab=0).total == Score("total", 0, 0, 2)
    with pytest.raises(ValueError, match="restrict_vocab"):
        analogies(kv, asked, restrict_vocab=-5)


def test_a_better_word_beyond_the_restriction_does_not_answer() -> None:
    #        a       b       c       expected    nearer, but rarer
    rows = [[1, 0], [0, 1], [1, 0], [0.3, 1.0], [0, 1]]
    kv = KeyedVectors(["a", "b", "c", "d", "e"], np.array(rows, np.float32))
    question = [("a", "b", "c", "d")]
    assert analogies(kv, question).total.correct == 0
    assert analogies(kv, question, restrict_vocab=4).total.correct == 1


def test_first_spelling_has_the_vector_and_any_spelling_answers() -> None:
    base = capitals()
    # a second "Rome" exactly where the answer is, and the first spelling far away: either is right
    words = ["FRANCE", *base.index_to_key, "ROME"]
    matrix = np.concatenate([base.vectors[:1], base.vectors, base.vectors[5:6]])
    kv = KeyedVectors(words, matrix)
    assert analogies(kv, [("france", "paris", "italy", "rome")]).total.correct == 1
    # the question's own words are no answer in any spelling
    words = ["a", "b", "c", "d", "B"]
    rows = [[1, 0], [0, 1], [1, 0.1], [0.3, 1.0], [0, 1]]
    kv = KeyedVectors(words, np.array(rows, np.float32))
    assert analogies(kv, [("a", "b", "c", "d")]).total.correct == 1
    assert analogies(kv, [("a", "b", "c", "d")], case_insensitive=False).total.correct == 0


@pytest.mark.parametrize("method", ["3cosadd", "3cosmul"])
def test_agrees_with_one_question_at_a_time(method: str, monkeypatch) -> None:
    rng = np.random.default_rng(3)
    words = [f"w{i}" for i in range(300)]
    # few dimensions, so that random questions are sometimes right
    kv = KeyedVectors(words, rng.normal(size=(300, 3)).astype(np.float32))
    asked = [tuple(rng.choice(words[:60], 4, replace=False)) for _ in range(300)]
    for i in range(0, 300, 2):  # make half of them come out right
        answer = kv.analogy(*asked[i][:3], topn=1, method=method)[0][0]
        asked[i] = (*asked[i][:3], answer)
    expected = sum(kv.analogy(*q[:3], topn=1, method=method)[0][0] == q[3] for q in asked)
    assert 150 <= expected < 300
    for columns in (256, 7):  # of the vocabulary, looked at together
        monkeypatch.setattr("w2v.evaluate._LEAST_COLUMNS", columns)
        monkeypatch.setattr("w2v.evaluate._SCORES", columns)
        result = analogies(kv, {"some": asked}, method=method)
        assert result.sections == [Score("some", expected, 300, 0)]


def test_expected_word_in_the_question_is_never_right(kv) -> None:
    assert analogies(kv, [("france", "paris", "italy", "paris")]).total == Score("total", 0, 1, 0)


def test_zero_vectors_and_empty_sets(kv) -> None:
    zero = KeyedVectors(["a", "b", "c", "d"], np.zeros((4, 2), np.float32))
    assert analogies(zero, [("a", "b", "c", "d")]).total.correct == 1  # the only one left
    assert analogies(kv, []).total == Score("total", 0, 0, 0)
    assert analogies(kv, []).total.accuracy is None
    assert AnalogyResult([]).semantic.accuracy is None
    empty = KeyedVectors([], np.empty((0, 2), np.float32))
    assert analogies(empty, [("a", "b", "c", "d")]).total.skipped == 1


def test_bad_arguments(kv, questions) -> None:
    with pytest.raises(ValueError, match="3cosadd"):
        analogies(kv, questions, method="add")
    with pytest.raises(ValueError, match="four words"):
        analogies(kv, [("a", "b", "c")])
    with pytest.raises(FileNotFoundError):
        analogies(kv, questions.with_name("absent.txt"))


def test_read_questions(tmp_path: Path) -> None:
    path = tmp_path / "q.txt"
    path.write_bytes("\ufeffa b c d\r\n\r\n:one\r\nä ö\tü ß\r\n: one\r\n".encode())
    assert read_questions(path) == [
        ("questions", [("a", "b", "c", "d")]),
        ("one", [("ä", "ö", "ü", "ß")]),
        ("one", []),
    ]
    path.write_text(": x\na b c d\na b c\n")
    with pytest.raises(ValueError, match=r"q\.txt, line 3: .*found 3"):
        read_questions(path)
    path.write_bytes(b": x\na b c \xff\n")
    with pytest.raises(ValueError, match=r"q\.txt, line 2: not utf-8"):
        read_questions(path)


def test_gensim_shape_of_analogies(kv, questions) -> None:
    score, sections = kv.evaluate_word_analogies(questions)
    assert score == 0.75
    names = [section["section"] for section in sections]
    assert names == ["capitals", "gram1-unknown", "gram2", "Total accuracy"]
    assert sections[0]["correct"][0] == ("FRANCE", "PARIS", "ITALY", "ROME")
    assert sections[0]["incorrect"] == [("SPAIN", "MADRID", "PERU", "NOISE")]
    assert len(sections[-1]["correct"]) == 3 and len(sections[-1]["incorrect"]) == 1
    assert kv.evaluate_word_analogies(str(questions), dummy4unknown=True)[0] == 3 / 5
    cosmul = kv.evaluate_word_analogies(questions, similarity_function="most_similar_cosmul")
    assert cosmul[0] == 0.75
    _, sections = kv.evaluate_word_analogies(questions, case_insensitive=False)
    assert sections[2]["correct"] == [("italy", "rome", "spain", "madrid")]
    assert kv.evaluate_word_analogies(questions, restrict_vocab=2)[0] == 0
    with pytest.raises(ValueError, match="similarity_function"):
        kv.evaluate_word_analogies(questions, similarity_function="similarity")


# Word pairs

PAIRS = """\
# judged by nobody
Word 1\tWord 2\tHuman (mean)
Paris\tRome\t7.5
paris\tlima\t5
france\tnoise\t1.25

Atlantis\trome\t9
spain\tperu\t4e0
"""


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    path = tmp_path / "pairs.txt"
    path.write_text(PAIRS)
    return path


def test_word_pairs(kv, pairs) -> None:
    gold = [7.5, 5, 1.25, 4]
    words = [("paris", "rome"), ("paris", "lima"), ("france", "noise"), ("spain", "peru")]
    cosine = [kv.similarity(*pair) for pair in words]
    result = word_pairs(kv, pairs)
    assert (result.used, result.skipped, result.unknown) == (4, 1, 1)
    assert (result.spearman, result.spearman_p) == pytest.approx(stats.spearmanr(gold, cosine))
    assert (result.pearson, result.pearson_p) == pytest.approx(stats.pearsonr(gold, cosine))

    dummy = word_pairs(kv, pairs, dummy4unknown=True)
    gold.insert(3, 9)
    cosine.insert(3, 0)
    assert (dummy.used, dummy.skipped, dummy.unknown) == (5, 0, 1)
    assert dummy.pearson == pytest.approx(stats.pearsonr(gold, cosine)[0])

    assert word_pairs(kv, pairs, case_insensitive=False).skipped == 2
    assert word_pairs(kv, pairs, restrict_vocab=8).used == 3  # without noise


def test_order_within_a_pair_does_not_matter(tmp_path) -> None:
    rng = np.random.default_rng(4)
    words = [f"w{i}" for i in range(40)]
    kv = KeyedVectors(words, rng.normal(size=(40, 7)).astype(np.float32))
    path, swapped = tmp_path / "a.txt", tmp_path / "b.txt"
    chosen = [(*rng.choice(words, 2), round(float(rng.uniform()), 1)) for _ in range(60)]
    path.write_text("".join(f"{a} {b} {s}\n" for a, b, s in chosen))
    swapped.write_text("".join(f"{b} {a} {s}\n" for a, b, s in chosen))
    assert word_pairs(kv, path) == word_pairs(kv, swapped)


def test_undefined_correlations_are_none(kv, tmp_path) -> None:
    path = tmp_path / "p.txt"
    for text, used in [
        ("zzz qqq 1\n", 0),
        ("paris rome 1\n", 1),
        ("paris rome 2\nparis lima 2\n", 2),
    ]:
        path.write_text(text)
        result = word_pairs(kv, path)
        assert result.used == used
        assert result.spearman is None and result.pearson is None and result.pearson_p is None
    path.write_text("paris rome 2\nparis lima 1\n")
    result = word_pairs(kv, path)
    assert result.spearman is not None and abs(result.spearman) == pytest.approx(1)
    assert result.spearman_p is None


def test_read_pairs_in_all_layouts(tmp_path: Path) -> None:
    path = tmp_path / "p.txt"
    expected = [("new york", "paris", 1.0), ("tea", "café", 2.5)]
    path.write_text("new york\tparis\t1\ntea\tcafé\t2.5\n", encoding="utf-8")
    assert read_pairs(path) == expected
    path.write_text("Word 1,Word 2,Score\nnew york,paris, 1\ntea,café,2.5\n", encoding="utf-8")
    assert read_pairs(path) == expected
    path.write_text("\ufeff# note\nword1 word2 sim\ntea   café 2.5\n", encoding="utf-8")
    assert read_pairs(path) == expected[1:]
    path.write_text("tea;café;2.5\n", encoding="latin-1")
    assert read_pairs(path, delimiter=";", encoding="latin-1") == expected[1:]


@pytest.mark.parametrize(
    "bad", ["tea coffee", "tea coffee very", "tea coffee nan", "a b 1 2", "tea,,3", "w x y"]
)
def test_malformed_pairs_name_file_and_line(tmp_path: Path, bad: str) -> None:
    path = tmp_path / "p.txt"
    path.write_text(f"tea milk 3\n\n{bad}\n")
    with pytest.raises(ValueError, match=r"p\.txt, line 3: "):
        read_pairs(path)


@pytest.mark.parametrize("pair", [("a", "b"), ("paris", "rome", "1"), ("paris", "rome", np.nan)])
def test_malformed_pairs_of_a_list_are_refused(kv, pair) -> None:
    with pytest.raises(ValueError, match="pair 1: expected two words and a number"):
        word_pairs(kv, [("paris", "lima", 2), pair])


def test_files_without_judgements_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "none.txt"
    path.write_text(": capitals\n\n")
    with pytest.raises(ValueError, match="none.txt holds no question"):
        read_questions(path)
    path.write_text("# word1 word2 score\n")
    with pytest.raises(ValueError, match="none.txt holds no pair of words"):
        read_pairs(path)


def test_gensim_shape_of_pairs(kv, pairs, tmp_path) -> None:
    pearson, spearman, oov = kv.evaluate_word_pairs(pairs)
    result = word_pairs(kv, pairs)
    assert pearson == (result.pearson, result.pearson_p)
    assert spearman == (result.spearman, result.spearman_p)
    assert oov == 20
    assert kv.evaluate_word_pairs(pairs, dummy4unknown=True)[2] == 20
    unknown = tmp_path / "u.txt"
    unknown.write_text("x y 1\n")
    with pytest.raises(ValueError, match="no pair"):
        kv.evaluate_word_pairs(unknown)
    single = tmp_path / "s.txt"
    single.write_text("paris rome 1\n")
    assert np.isnan(kv.evaluate_word_pairs(single)[0]).all()


# The public sets


@needs_shared
def test_public_sets_are_read_whole() -> None:
    sections = read_questions(SHARED / "questions-words.txt")
    assert len(sections) == 14 and sum(len(asked) for _, asked in sections) == 19_544
    assert sum(name.startswith("gram") for name, _ in sections) == 9
    assert len(read_pairs(SHARED / "ws353.txt")) == 353
    assert len(read_pairs(SHARED / "simlex999.txt")) == 999


@needs_shared
def test_public_analogies_agree_with_one_question_at_a_time() -> None:
    sections = read_questions(SHARED / "questions-words.txt")
    asked = [question for _, questions in sections for question in questions][::80]
    words = sorted({word.lower() for question in asked for word in question})
    rng = np.random.default_rng(6)
    kv = KeyedVectors(words, rng.normal(size=(len(words), 2)).astype(np.float32))
    folded = [tuple(word.lower() for word in question) for question in asked]
    expected = sum(kv.analogy(*q[:3], topn=1)[0][0] == q[3] for q in folded)
    assert analogies(kv, asked).total == Score("total", expected, len(asked), 0)
