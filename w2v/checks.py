"""Check the value of one setting: return it in its proper type, or raise an error that names it.

And check that a name is one that is known.

All rooms use these functions, so that an error about a setting has one wording everywhere. numpy is
not imported; its numbers and truth values pass nevertheless.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from functools import cache
from inspect import get_annotations, getattr_static
from math import inf
from numbers import Integral, Real
from typing import Any

MOST = 2**31 - 1
"""The highest whole number that C holds in 32 bits."""

MOST_SHOWN = 100
"""As many letters of a word, a line or a value stand in a message at most."""


def quoted(value: Any) -> str:
    """Quote what a message names, cut to `MOST_SHOWN` letters: a word may have a million."""
    if isinstance(value, (str, bytes)):
        return repr(value[:MOST_SHOWN]) + "..." * (len(value) > MOST_SHOWN)
    text = repr(value)
    return text[:MOST_SHOWN] + "..." * (len(text) > MOST_SHOWN)


def whole_number(name: str, value: Any, low: int, high: int = MOST) -> int:
    """Return a whole number between `low` and `high`, both included."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be a whole number, not {quoted(value)}")
    _check_range(name, value, low, high)
    return int(value)


def number(name: str, value: Any, low: float, high: float) -> float:
    """Return a finite number between `low` and `high`, both included."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, not {quoted(value)}")
    _check_range(name, value, low, high)
    if value == inf:
        raise ValueError(f"{name} must be finite, not {value}")
    return float(value)


def _check_range(name: str, value: Any, low: float, high: float) -> None:
    if not low <= value <= high:  # also refuses NaN
        raise ValueError(f"{name} must lie between {low} and {high}, not {value}")


def true_or_false(name: str, value: Any) -> bool:
    """Return a truth value; 0, 1 and "no" are none."""
    one = getattr(value, "dtype", "") == "bool" and value.shape == ()
    if not isinstance(value, bool) and not one:
        raise TypeError(f"{name} must be True or False, not {quoted(value)}")
    return bool(value)


def is_verbose(name: str, value: Any) -> bool:
    """Return whether progress is to be shown: a truth value or, as many write, a whole number."""
    return bool(value) if isinstance(value, Integral) else true_or_false(name, value)


def one_of(name: str, value: Any, choices: Iterable[str]) -> str:
    """Return one of the strings `choices`."""
    choices = tuple(choices)
    if not isinstance(value, str) or value not in choices:
        raise ValueError(
            f"{name} must be one of {', '.join(map(repr, choices))}, not {quoted(value)}"
        )
    return str(value)


def encoding_name(encoding: Any) -> str:
    """Return the name that Python has for an encoding of text; "hex" is none."""
    try:
        name = codecs.lookup(encoding).name
        "a".encode(encoding)
    except (LookupError, TypeError):
        raise ValueError(
            f"encoding must be one that Python knows, not {quoted(encoding)}"
        ) from None
    return name


def near(name: str, names: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" with the name that is spelled most like a wrong one, if any.

    The dashes of flags do not count.
    """
    if len(name) > MOST_SHOWN:  # looking for it would take long
        return ""
    from difflib import get_close_matches

    spelled = {known.lstrip("-"): known for known in sorted(names, reverse=True)}
    close = get_close_matches(name.lstrip("-"), spelled, n=1)
    return f"; did you mean {quoted(spelled[close[0]])}?" if close else ""


class Declared:
    """A base class whose instances have no attributes but those that a class declares.

    An annotation in the class declares an attribute, and so does a property. A name with an
    underscore at its beginning or, as scikit-learn has it, at its end is free; so are all names in
    a class of another package.
    """

    def __setattr__(self, name: str, value: object) -> None:
        """Set an attribute that the class declares; a mistyped one is an error."""
        kind: Any = type(self)
        ours = kind.__module__.partition(".")[0] == __name__.partition(".")[0]
        if ours and not name.startswith("_") and not name.endswith("_"):
            names, found = _declared(kind), getattr_static(kind, name, None)
            if name not in names and not hasattr(found, "__set__"):
                what = "is a method of" if callable(found) else "is no attribute of"
                raise AttributeError(f"{quoted(name)} {what} {kind.__name__}{near(name, names)}")
        object.__setattr__(self, name, value)


@cache
def _declared(kind: type) -> frozenset[str]:
    names: set[str] = set()
    for base in kind.__mro__:
        names.update(name for name in get_annotations(base) if name[0] != "_")
        names.update(name for name, item in vars(base).items() if isinstance(item, property))
    return frozenset(names)
