"""Rows that a training leaves as they are: of some words, or all of a matrix."""

from __future__ import annotations

import warnings
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.checks import quoted
from w2v.names import FROZEN
from w2v.text.vocabulary import Vocabulary
from w2v.vectors.stored import StoredVectors

Flags = NDArray[np.uint8]

_ZEROS = (
    "frozen='output': all output weights are zero, so nothing would be learnt; it is for "
    "partial_fit, of a model that was trained"
)


@dataclass(frozen=True)
class Frozen:
    """What no step may change; None where all rows of a matrix are trained.

    Attributes
    ----------
    inputs : uint8 array (rows of W_in,), optional
        1 for a frozen row.
    outputs : uint8 array (rows of W_out,), optional
        All 1.
    """

    inputs: Flags | None = None
    outputs: Flags | None = None

    @classmethod
    def of(
        cls,
        asked: Any,
        vocabulary: Vocabulary,
        W_out: NDArray[np.float32],
        given: NDArray[np.bool_] | None,
    ) -> Frozen:
        """Find the rows.

        Parameters
        ----------
        asked : {"input", "output", "given"}, iterable of words or Frozen, optional
            As `fit` and `partial_fit` take it.
        vocabulary : Vocabulary
        W_out : float32 array
            As it is before the training.
        given : bool array (V,), optional
            Which words have a vector that was given.
        """
        if isinstance(asked, Frozen):  # of a training that is done again
            return asked
        V = len(vocabulary)
        check_frozen(asked)
        if asked is None:
            return cls()
        if isinstance(asked, str):
            if asked == "input":
                return cls(np.ones(V, np.uint8))
            if asked == "given":
                assert given is not None, "check_frozen"
                return cls(given.astype(np.uint8))
            if not W_out.any():
                raise ValueError(_ZEROS)
            return cls(None, np.ones(len(W_out), np.uint8))
        words = list(asked.words if isinstance(asked, Vocabulary) else asked)
        known = vocabulary.key_to_index
        rows = [known[word] for word in words if word in known]
        if not rows:
            raise ValueError(
                f"none of the {len(words):,} given words of frozen= is in the vocabulary"
            )
        if len(rows) < len(words) and not isinstance(asked, (Vocabulary, StoredVectors)):
            absent = [word for word in words if word not in known]
            some = ", ".join(map(quoted, absent[:5])) + (", ..." if len(absent) > 5 else "")
            warnings.warn(
                f"{len(absent):,} of the {len(words):,} words of frozen= are not in the "
                f"vocabulary: {some}",
                stacklevel=4,
            )
        flags = np.zeros(V, np.uint8)
        flags[rows] = 1
        return cls(flags)

    def note(self) -> dict[str, Any]:
        """Return it for an origin, as JSON can hold it: of some words, a bit for each row."""
        if self.inputs is None:
            return {} if self.outputs is None else {"frozen": "output"}
        if self.inputs.all():
            return {"frozen": "input"}
        return {"frozen": {"rows": b64encode(np.packbits(self.inputs).tobytes()).decode()}}

    @classmethod
    def read(cls, origin: Mapping[str, Any], rows_in: int, rows_out: int) -> Frozen:
        """Return what :meth:`note` noted, of matrices with so many rows."""
        note = origin.get("frozen")
        if note == "output":
            return cls(None, np.ones(rows_out, np.uint8))
        if note == "input":
            return cls(np.ones(rows_in, np.uint8))
        if note is None:
            return cls()
        try:
            bits = np.frombuffer(b64decode(note["rows"], validate=True), np.uint8)
            if len(bits) != (rows_in + 7) // 8:
                raise ValueError("not a bit for each row")
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"the note of the frozen words is damaged ({error!r})") from None
        return cls(np.unpackbits(bits, count=rows_in))


NOTHING = Frozen()


def check_frozen(asked: Any, begins: bool = False, given: bool = False) -> None:
    """Refuse what names no rows; it is done before a text is read, too.

    `begins` says that the weights are new ones, `given` that some of them are given vectors.
    """
    if asked is None or isinstance(asked, Vocabulary):
        return
    if asked not in FROZEN if isinstance(asked, str) else not isinstance(asked, Iterable):
        names = ", ".join(map(repr, FROZEN))
        raise ValueError(f"frozen={quoted(asked)}: expected {names} or a list of words")
    if begins and isinstance(asked, str) and asked == "output":
        raise ValueError(_ZEROS)
    if begins and isinstance(asked, str) and asked == "given" and not given:
        raise ValueError("frozen='given' needs vectors that are given: init_from=")
