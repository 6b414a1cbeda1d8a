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
