"""Command lines for the tests of the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import w2v

SMALL = ["--vector-size", "8", "--epochs", "2", "--min-count", "1", "--workers", "1"]


POSIX = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals and terminals")


def rows(out):
    return [line.split("\t") for line in out.splitlines()]


def program(*arguments, env=None, **settings):
    """Start the command line as a program of its own."""
    path = {"PYTHONPATH": str(Path(w2v.__file__).parents[1])}
    return subprocess.Popen(
        [sys.executable, "-m", "w2v", *arguments],
        env=os.environ | path | (env or {}),
        encoding="utf-8",
        **settings,
    )
