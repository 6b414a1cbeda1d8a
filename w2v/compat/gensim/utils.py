"""Names of ``gensim.utils`` that go with the models."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["RULE_DEFAULT", "RULE_DISCARD", "RULE_KEEP", "simple_preprocess"]

RULE_DEFAULT, RULE_DISCARD, RULE_KEEP = 0, 1, 2

TrimRule = Callable[[Any, int, int], int]


def simple_preprocess(
    doc: str | bytes, deacc: bool = False, min_len: int = 2, max_len: int = 15
) -> list[str]:
    """Split a text into its lower-case runs of letters, without those too short or too long.

    Parameters
    ----------
    doc : str or bytes
        The text.
    deacc : bool, default False
        Take accents away.
    min_len, max_len : int
        Letters of the words that are kept.
    """
    text = (doc.decode("utf-8") if isinstance(doc, bytes) else doc).lower()
    if deacc:
        parts = unicodedata.normalize("NFD", text)
        text = "".join(part for part in parts if unicodedata.category(part) != "Mn")
    words = re.findall(r"[^\W\d]+", text)
    return [word for word in words if min_len <= len(word) <= max_len and word[0] != "_"]


def kept(counts: Mapping[Any, int], min_count: int, rule: TrimRule | None) -> dict[Any, int]:
    """Return the words that a trim rule and the minimal count keep."""
    if rule is None:
        return {word: n for word, n in counts.items() if n >= min_count}
    chosen = {}
    for word, n in counts.items():
        answer = rule(word, n, min_count)
        if answer not in (RULE_DEFAULT, RULE_DISCARD, RULE_KEEP):
            raise ValueError(f"trim_rule returned {answer!r}, which is no rule of gensim.utils")
        if answer == RULE_KEEP or (answer == RULE_DEFAULT and n >= min_count):
            chosen[word] = n
    return chosen
