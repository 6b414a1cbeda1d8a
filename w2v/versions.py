"""The versions of all that computes, and in which of them two trainings differ."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping

import numpy as np

import w2v._core as _core
from w2v import __version__


def versions() -> dict[str, str]:
    """Return the versions of all that computes."""
    return {
        "w2v": __version__,
        "instruction_set": _core.isa(),
        "numpy": np.__version__,
        "python": platform.python_version(),
    }


def version_differences(then: Mapping[str, str]) -> Iterator[str]:
    """Say which versions differ of those that the bytes of a training depend on."""
    now = versions()
    for name, what in (("w2v", "w2v"), ("instruction_set", "the instruction set")):
        if then.get(name) != now[name]:
            yield f"{what} is {now[name]}, and was {then.get(name)}"


def check_versions(path: str | os.PathLike[str], then: Mapping[str, str]) -> None:
    """Raise unless this w2v trains as the one of `then`, which wrote the checkpoint `path`."""
    for difference in version_differences(then):
        isa = then.get("instruction_set")
        advice = f"set W2V_ISA={isa}" if difference.startswith("the") else "install that w2v"
        raise ValueError(
            f"{path} cannot go on to the same result: {difference}. {advice}, or start a new "
            "training"
        )
