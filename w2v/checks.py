"""Settings as they should be, or an error that names them. Knows values; not: what they mean."""

from typing import Any

import numpy as np


def whole(name: str, value: Any, low: int, high: int = 2**31 - 1) -> int:
    """Return `value` as int, or raise an error that names the setting."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} must be a whole number, not {value!r}")
    if not low <= value <= high:
        raise ValueError(f"{name} must lie between {low} and {high}, not {value}")
    return int(value)


def number(name: str, value: Any, low: float, high: float) -> float:
    """Return `value` as float, or raise an error that names the setting."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"{name} must be a number, not {value!r}")
    if not low <= value <= high:  # also refuses NaN
        raise ValueError(f"{name} must lie between {low} and {high}, not {value}")
    return float(value)


def true_or_false(name: str, value: Any) -> bool:
    """Return `value` as a bool, or raise an error that names it."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} must be True or False, not {value!r}")
    return bool(value)


def one_of(name: str, value: Any, choices: tuple[str, ...]) -> str:
    """Return `value` if it is one of `choices`, or raise an error that lists them."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}, not {value!r}")
    return str(value)
