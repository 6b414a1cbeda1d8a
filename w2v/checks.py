"""Check the value of one setting: return it in its proper type, or raise an error that names it.

All rooms use these functions, so that an error about a setting has one wording everywhere. numpy is
not imported; its numbers and truth values pass nevertheless.
"""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any

MOST = 2**31 - 1
"""The highest whole number that C holds in 32 bits."""


def whole_number(name: str, value: Any, low: int, high: int = MOST) -> int:
    """Return a whole number between `low` and `high`, both included."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be a whole number, not {value!r}")
    _check_range(name, value, low, high)
    return int(value)


def number(name: str, value: Any, low: float, high: float) -> float:
    """Return a number between `low` and `high`, both included."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, not {value!r}")
    _check_range(name, value, low, high)
    return float(value)


def _check_range(name: str, value: Any, low: float, high: float) -> None:
    if not low <= value <= high:  # also refuses NaN
        raise ValueError(f"{name} must lie between {low} and {high}, not {value}")


def true_or_false(name: str, value: Any) -> bool:
    """Return a truth value; 0, 1 and "no" are none."""
    if not isinstance(value, bool) and getattr(value, "dtype", "") != "bool":
        raise TypeError(f"{name} must be True or False, not {value!r}")
    return bool(value)


def one_of(name: str, value: Any, choices: Iterable[str]) -> str:
    """Return one of the strings `choices`."""
    choices = tuple(choices)
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}, not {value!r}")
    return str(value)
