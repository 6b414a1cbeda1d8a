"""The embedded corpus: the same bytes everywhere, honest English, and relations that are there."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from w2v.demos import world

ROOT = Path(__file__).parent.parent
# A change of tables or templates changes these two on purpose: run `python -m w2v.world corpora`.
WORLD_SHA256 = "1ab882d50ea00b09a004c34b520aa6f6e0e36ecbf3d9e2b45e3e479537c4867f"
QUESTIONS_SHA256 = "659e5dbbf345c8a685a5b8d3101ab0ae5ea4feb3e2cf44726e8cbff5c5ae40c1"


@pytest.fixture(scope="module")
def told() -> list[list[str]]:
    return list(world.sentences())


@pytest.fixture(scope="module")
def counts(told: list[list[str]]) -> Counter[str]:
    return Counter(word for sentence in told for word in sentence)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_written_files_are_the_committed_ones_byte_for_byte(tmp_path):
    world.write(tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["questions-world.txt", "toy.txt", "world.txt"]
    for name in names:
        assert (tmp_path / name).read_bytes() == (ROOT / "corpora" / name).read_bytes(), name
    assert sha256(tmp_path / "world.txt") == WORLD_SHA256
    assert sha256(tmp_path / "questions-world.txt") == QUESTIONS_SHA256


@pytest.mark.parametrize("hash_seed", ["0", "4242"])
def test_command_writes_the_same_whatever_the_hash_seed(tmp_path, hash_seed):
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-m", "w2v.world", str(tmp_path)]
    subprocess.run(command, check=True, cwd=ROOT, env=environment)
    assert sha256(tmp_path / "world.txt") == WORLD_SHA256


def test_command_without_a_folder_says_how_to_use_it():
    command = [sys.executable, "-m", "w2v.world"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == "usage: python -m w2v.world FOLDER\n"


def test_write_needs_an_existing_folder(tmp_path):
    with pytest.raises(FileNotFoundError):
        world.write(tmp_path / "nowhere")


def test_sentences_are_lazy_seeded_and_a_shorter_telling_is_a_prefix(told):
    assert next(world.sentences(n=10**12)) == told[0]
    assert list(world.sentences(n=0)) == []
    assert list(world.sentences(n=100)) == told[:100]
    assert list(world.sentences(n=100, seed=2)) != told[:100]
    assert list(world.sentences(n=100, seed=2)) == list(world.sentences(n=100, seed=2))


def test_toy_corpus_is_the_lectures():
    assert [" ".join(sentence) for sentence in world.TOY] == ["heavy rain", "light shower"]


def test_size_is_as_promised(told, counts):
    assert len(told) == 14000
    assert 300_000 < (ROOT / "corpora" / "world.txt").stat().st_size < 700_000
    assert 300 <= len(counts) <= 600
    assert min(counts.values()) >= 30


def test_every_token_is_a_lower_case_word_and_no_placeholder_is_left(counts):
    wrong = [word for word in counts if not (word.isascii() and word.isalpha() and word.islower())]
    assert wrong == []


def test_sentences_are_short_enough_for_a_window_and_long_enough_to_mean_something(told):
    assert {len(sentence) for sentence in told} <= set(range(5, 14))


def test_articles_fit_the_words_after_them(told):
    for sentence in told:
        for article, word in zip(sentence, sentence[1:], strict=False):
            if article in ("a", "an"):
                assert (article == "an") == (word[0] in "aeiou"), " ".join(sentence)


def test_no_sentence_compares_a_thing_with_itself(told):
    repeatable = {"a", "the", "in", "of", "is", "his", "her", "this", "that", "and", "was", "near"}
    for sentence in told:
        twice = {word for word, times in Counter(sentence).items() if times > 1}
        assert twice <= repeatable, " ".join(sentence)


def test_men_and_women_are_spoken_of_equally_often(counts):
    for his, hers in [("he", "she"), ("himself", "herself"), ("king", "queen"), ("boy", "girl")]:
        assert counts[his] == pytest.approx(counts[hers], rel=0.05), (his, hers)


@pytest.mark.parametrize(
    ("section", "pairs"),
    [
        ("capital-common-countries", 18),
        ("family", 12),
        ("gram3-comparative", 12),
        ("gram4-superlative", 12),
        ("gram6-nationality-adjective", 18),
        ("gram8-plural", 20),
    ],
)
def test_each_section_asks_every_ordered_pair_once(section, pairs):
    asked = world.questions()[section]
    assert len(asked) == len(set(asked)) == pairs * (pairs - 1)
    assert all(len(set(question)) == 4 for question in asked)


def test_questions_have_the_known_answers():
    asked = world.questions()
    assert ("paris", "france", "tokyo", "japan") in asked["capital-common-countries"]
    assert ("man", "woman", "king", "queen") in asked["family"]
    assert ("big", "bigger", "loud", "louder") in asked["gram3-comparative"]
    assert ("cold", "coldest", "tall", "tallest") in asked["gram4-superlative"]
    assert ("france", "french", "greece", "greek") in asked["gram6-nationality-adjective"]
    assert ("dog", "dogs", "book", "books") in asked["gram8-plural"]
    assert len(asked) == 6
    assert sum(map(len, asked.values())) == 1388


def test_every_question_word_occurs_often(counts):
    for section, asked in world.questions().items():
        rare = {word for question in asked for word in question if counts[word] < 50}
        assert rare == set(), section


def test_categories_hold_what_they_promise(counts):
    kinds = world.categories()
    sizes = {kind: len(words) for kind, words in kinds.items()}
    assert sizes == {
        "animals": 24,
        "foods": 12,
        "colours": 10,
        "jobs": 9,
        "days": 7,
        "capitals": 18,
        "countries": 18,
    }
    members = [word for words in kinds.values() for word in words]
    assert len(members) == len(set(members))
    assert all(counts[word] >= 30 for word in members)


def test_each_call_returns_fresh_containers():
    world.questions()["family"].clear()
    world.categories()["animals"].clear()
    assert world.questions()["family"]
    assert world.categories()["animals"]


def test_the_tables_give_each_word_one_place():
    # A word with two meanings ("turkey", "orange") would blur two relations.
    tables = [world.NATIONS, world.PEOPLE, world.ANIMALS, world.THINGS, world.QUALITIES, world.JOBS]
    lists = [world.FOODS, world.COLOURS, world.DAYS, world.MEALS, world.MEN, world.WOMEN]
    words = " ".join(tables + lists).split()
    assert [word for word, times in Counter(words).items() if times > 1] == []


def count_vectors(told: list[list[str]], counts: Counter[str]) -> tuple[dict[str, int], np.ndarray]:
    """Unit vectors (V, V) from counts alone: a word's positive PMI with every other, window 5."""
    ids = {word: i for i, word in enumerate(counts)}
    together = np.zeros((len(ids), len(ids)))
    for sentence in told:
        row = [ids[word] for word in sentence]
        for i, centre in enumerate(row):
            for j in range(max(0, i - 5), i):
                weight = 1 - (i - j - 1) / 5  # how often a randomly shrunk window reaches so far
                together[centre, row[j]] += weight
                together[row[j], centre] += weight
    margin = together.sum(axis=1)
    pmi = np.log(np.maximum(together * margin.sum() / np.outer(margin, margin), 1))
    return ids, pmi / np.linalg.norm(pmi, axis=1, keepdims=True)


def test_relations_lie_in_the_counts_themselves(told, counts):
    # No training here: if this fails, the templates are at fault and not a model.
    ids, vectors = count_vectors(told, counts)
    for section, asked in world.questions().items():
        a, b, c, d = np.array([[ids[word] for word in question] for question in asked]).T
        scores = (vectors[b] - vectors[a] + vectors[c]) @ vectors.T
        for given in (a, b, c):
            scores[np.arange(len(given)), given] = -np.inf
        assert np.mean(scores.argmax(axis=1) == d) > 0.95, section
    for kind, words in world.categories().items():
        rows = [ids[word] for word in words]
        scores = vectors[rows] @ vectors.T
        scores[np.arange(len(rows)), rows] = -np.inf
        nearest = np.argsort(-scores, axis=1)[:, :3]
        assert np.isin(nearest, rows).mean() > 0.95, kind
