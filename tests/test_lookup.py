"""Looking words up: unknown words and close spellings."""

from __future__ import annotations

import pickle
import time

import numpy as np
import pytest

from w2v.vectors.keyed import KeyedVectors
from w2v.vectors.lookup import Lookup, UnknownWordError


def test_message_is_plain_and_offers_close_spellings() -> None:
    kv = KeyedVectors(["germany", "Paris", "kings", "king"], np.eye(4, dtype=np.float32))
    for typo, right in [("Germany", "germany"), ("paris", "Paris"), ("egrmany", "germany")]:
        with pytest.raises(UnknownWordError) as caught:
            kv[typo]
        assert str(caught.value).startswith(f"'{typo}' is not in the vocabulary")
        assert caught.value.suggestions[0] == right
    assert str(UnknownWordError("zzz", ["king"])) == "'zzz' is not in the vocabulary"
    assert UnknownWordError("", ["king"]).suggestions == []


def test_another_form_of_unicode_is_told() -> None:
    one, two = "caf\u00e9", "cafe\u0301"
    for asked, there in [(one, two), (two, one)]:
        kv = KeyedVectors(["cafes", there, "x"], np.eye(3, dtype=np.float32))
        with pytest.raises(UnknownWordError) as caught:
            kv[asked]
        assert str(caught.value).endswith(
            f"not in the vocabulary in this form of Unicode; its form there is {ascii(there)}"
        )
        assert caught.value.suggestions == [there]
        assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_unknown_word_error_pickles_without_the_vocabulary() -> None:
    error = UnknownWordError("kingg", ["king"] + [f"x{i}" for i in range(10_000)])
    pickled = pickle.dumps(error)
    assert len(pickled) < 1000 and str(pickle.loads(pickled)) == str(error)


def test_close_spellings_are_fast_and_only_searched_when_read() -> None:
    vocabulary = [f"stat{i:06d}" for i in range(300_000)] + ["station"]
    start = time.perf_counter()
    for _ in range(10_000):
        UnknownWordError("stattion", vocabulary)
    assert time.perf_counter() - start < 1
    start = time.perf_counter()
    assert "close spellings" in str(UnknownWordError("stat12345", vocabulary))
    assert time.perf_counter() - start < 3


@pytest.mark.parametrize("oov", ["error", "skip", "zero"])
def test_rows_of_words(oov: str) -> None:
    lookup = Lookup(["a", "b"])
    assert lookup.rows(["b", "a", "b"], oov).tolist() == [1, 0, 1]
    if oov == "error":
        with pytest.raises(UnknownWordError, match="'c'"):
            lookup.rows(["b", "c"], oov)
    else:
        assert lookup.rows(["c", "b"], oov).tolist() == ([1] if oov == "skip" else [-1, 1])


def test_the_same_letters_in_another_unicode_form_are_named() -> None:
    nfc, nfd = "caf\u00e9", "cafe\u0301"
    for known, asked in [(nfd, nfc), (nfc, nfd)]:
        error = UnknownWordError(asked, ["the", "cafes", known])
        assert error.suggestions[0] == known
        assert f"form of Unicode; its form there is {ascii(known)}" in str(error)
        assert str(pickle.loads(pickle.dumps(error))) == str(error)


@pytest.mark.parametrize(
    ("known", "asked"),
    [
        ("New_York", "new york"),
        ("new york", "New_York"),
        ("cooperate", "co\u00adoperate"),
        ("CAFE\u0301", "caf\u00e9"),
        ("istanbul", "ISTANBUL"),
    ],
)
def test_other_spellings_of_a_word_come_first(known: str, asked: str) -> None:
    rare = [f"{asked}{i}" for i in range(20_000)] + [known]  # beyond what difflib is given
    assert UnknownWordError(asked, rare).suggestions[0] == known


def test_what_is_no_word_is_unknown() -> None:
    lookup = Lookup(["a", "3"])
    for key in (3, None, slice(1, 2), b"a", [1], 0.5):
        assert lookup.row(key) == -1
    for key, row in [
        (3, "3"),
        (np.int64(-1), "-1"),
        (slice(1, None), "1:"),
        (b"a", "i"),
        (True, "i"),
        (slice(None, 9, 2), ":9:2"),
        (slice("a"), "i"),
        (None, "i"),
    ]:
        assert f"kv.vectors[{row}] and words kv.index_to_key[{row}]" in str(UnknownWordError(key))
    assert len(str(UnknownWordError(np.zeros((99, 99))))) < 250


def test_a_long_word_is_shortened() -> None:
    assert len(str(UnknownWordError("x" * 10**6, ["a", "x" * 10**6 + "y"]))) < 200
