"""Where a model comes from: versions, the corpus and how it was read, so that it can be made again.

Training depends on the settings, the vocabulary, the ids of the corpus, the version of w2v and the
instruction set, and on nothing else. All of it stands in a model's file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

import numpy as np

from w2v.names import READING
from w2v.text.corpus import Encoded
from w2v.text.pairs import EncodedPairs
from w2v.text.vocabulary import Vocabulary
from w2v.versions import versions

_BLOCK = 1 << 22  # numbers hashed at a time: of a mapped corpus not all is in memory

# How a text is split into words that are those of another one.
_WORDS_BY = ("tokenizer", "normalize")
# What fit() counts of a corpus, and what a person calls it.
STATS = {
    "tokens_read": "words",
    "tokens_kept": "words of the vocabulary",
    "tokens_below_min_count": "words outside the vocabulary",
    "lines": "lines",
}


def stats_of(encoded: Encoded | EncodedPairs) -> dict[str, int]:
    """Return what was read, as `corpus_stats` has it."""
    return {name: getattr(encoded, name) for name in STATS}


def fingerprint(vocabulary: Vocabulary, encoded: Encoded) -> str:
    """Return the SHA-256 of all that training sees of a text, and of the numbers of its words.

    Two texts have the same one if they have the same words of the vocabulary in the same order, in
    the same sentences, and the vocabularies have the same words and counts.
    """
    found = sha256(repr(stats_of(encoded)).encode())
    found.update("\n".join(map(str, vocabulary.words)).encode("utf-8", "surrogatepass"))
    for array, kind in (
        (vocabulary.counts, "<i8"),
        (encoded.ids, "<i4"),
        (encoded.offsets, "<i8"),
    ):
        found.update(len(array).to_bytes(8, "little"))
        for start in range(0, len(array), _BLOCK):
            found.update(np.ascontiguousarray(array[start : start + _BLOCK], kind).data)
    return f"sha256:{found.hexdigest()}"


def origin_of(vocabulary: Vocabulary, encoded: Encoded) -> dict[str, Any]:
    """Return what is to be known of a training, as a model's file keeps it."""
    return {
        "versions": versions(),
        "corpus": {"fingerprint": fingerprint(vocabulary, encoded), **stats_of(encoded)},
    }


def plain_reading(reading: Mapping[str, Any]) -> dict[str, Any]:
    """Return how a corpus was read, as JSON can hold it; of what it cannot, that it was given."""
    return {
        name: value if isinstance(value, str) else {"given": getattr(value, "__name__", "...")}
        for name, value in reading.items()
        if name in READING and name not in ("memory_budget", "tmp_dir") and value is not None
    }


def words_as_before(
    origin: Mapping[str, Any], given: Mapping[str, Any], method: str
) -> dict[str, Any]:
    """Return how a new text is read, so that its words are made like those of the text of before.

    Parameters
    ----------
    origin : dict
        Of the model.
    given : dict
        How to read it, as far as that is said; None says nothing.
    method : str
        What reads it, for errors.
    """
    before = origin.get("reading", {})
    reading = {name: before[name] for name in _WORDS_BY if name in before}
    reading |= {name: value for name, value in given.items() if value is not None}
    for name, value in reading.items():
        if isinstance(value, dict):
            raise ValueError(
                f"the model was trained with {name}={value['given']}, which it has not kept: "
                f"give it to {method}({name}=...) again"
            )
    return reading


def corpus_differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Say in which numbers two corpora differ, or that only their words or order do."""
    if then.get("fingerprint") == now["fingerprint"]:
        return
    counted = False
    for name, what in STATS.items():
        if name in then and then[name] != now[name]:
            counted = True
            yield f"{now[name]:,} {what}, and {then[name]:,} then"
    if not counted:
        yield "as many words as then, but others, or in another order"
