"""Flags that several verbs have, those of the settings of training, and word2vec.c's."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from itertools import takewhile
from typing import Any

from w2v.cli.common import UsageError, check_output

Container = argparse._ActionsContainer  # a parser, or a group of its flags

# Choices that stand in w2v.text and w2v.networks; help must not wait for numpy.
ACTIVATIONS = ["sigmoid", "tanh", "relu", "linear", "sine"]
ENCODING_ERRORS = ["strict", "replace", "ignore", "backslashreplace"]
READING = ("tokenizer", "encoding", "errors", "memory_budget", "tmp_dir")  # as Corpus takes them

# Setting -> what word2vec.c calls it. All else about a setting stands in w2v.training.settings.
WORD2VEC_C = {
    "vector_size": "-size",
    "window": "-window",
    "min_count": "-min-count",
    "epochs": "-iter",
    "alpha": "-alpha",
    "negative": "-negative",
    "sample": "-sample",
    "workers": "-threads",
}

# What argparse would take for an abbreviation must not train something else (-d 50 as -debug 50).
KNOWN_SINGLE_DASH = {
    *WORD2VEC_C.values(),
    *("-h", "-o", "-train", "-output", "-save-vocab", "-read-vocab"),
    *("-cbow", "-hs", "-binary", "-debug", "-classes"),
}


# --- types ---------------------------------------------------------------------------------------


def at_least(low: int) -> Callable[[str], int]:
    """Return a type for argparse: a whole number, at least `low`."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"[-+]?\d+", text) or int(text) < low:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least {low}")
        return int(text)

    return parse


def above_zero(text: str) -> float:
    """Return a number above 0, for argparse."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return value


def list_of(item: Callable[[str], Any]) -> Callable[[str], list[Any]]:
    """Return a type for argparse: values with commas between them."""

    def parse(text: str) -> list[Any]:
        return [item(part) for part in text.split(",")]

    return parse


# --- flags of several verbs ----------------------------------------------------------------------


def add_corpus(parser: argparse.ArgumentParser) -> None:
    """Add the corpus, and how it is read."""
    parser.add_argument(
        "corpus",
        nargs="*",
        default=[],
        metavar="CORPUS",
        help="text files, plain or compressed, folders or quoted patterns; - is standard input; "
        "a line is a sentence",
    )
    reading = parser.add_argument_group("reading")
    reading.add_argument(
        "--tokenizer",
        choices=["whitespace", "words"],
        default="whitespace",
        help="whitespace: split at white space; words: lower-case, without punctuation "
        "(default: whitespace)",
    )
    add_encoding(reading)
    reading.add_argument(
        "--memory-budget",
        type=at_least(0),
        metavar="BYTES",
        help="keep a larger corpus in a temporary file, 4 bytes a word (default: 1 GiB)",
    )
    reading.add_argument("--tmp-dir", metavar="DIR", help="folder for temporary files")


def add_encoding(parser: Container) -> None:
    """Add how bytes become letters."""
    parser.add_argument(
        "--encoding", default="utf-8", help="encoding of the files (default: utf-8)"
    )
    parser.add_argument(
        "--errors",
        choices=ENCODING_ERRORS,
        default="strict",
        help="what to do with bytes that this encoding does not have (default: strict, an error)",
    )


def add_model(parser: Container) -> None:
    """Add the file of vectors that a verb asks."""
    parser.add_argument("model", metavar="MODEL", help="a file of vectors, of any known format")


def add_seed(parser: Container) -> None:
    """Add the seed."""
    parser.add_argument(
        "--seed",
        type=at_least(0),
        default=1,
        metavar="N",
        help="start of all random numbers (default: 1)",
    )


def add_plot(parser: Container) -> None:
    """Add the file of a picture."""
    parser.add_argument(
        "--plot", metavar="FILE", help="draw it, too: .png, .svg or .pdf (pip install 'w2v[plot]')"
    )


def check_plot(path: str | None, inputs: Sequence[str] = ()) -> None:
    """Refuse a picture that could not be drawn, before the work begins."""
    if path is not None:
        from w2v.see import plots

        check_output(path, inputs)
        plots.check(path)


def reading(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return how a corpus is read, for Corpus."""
    return {name: getattr(arguments, name) for name in READING}


def as_flags(message: str, settings: Iterable[str]) -> str:
    """Spell the settings that an error names as the flags they are here."""

    def flag(found: re.Match[str]) -> str:
        name, after = found.groups()
        if not after and "_" not in name:  # a plain word such as "window" or "errors"
            return found[0]
        return f"{_flag(name)}{after.replace('=', ' ')}"

    # Only what begins a word: a path may hold such a name, too.
    names = "|".join(settings)
    message = re.sub(rf"(?<!\S)({names})\b(=| must|)", flag, message)
    return re.sub(" +(?=[ ,])", "", message)


# --- training ------------------------------------------------------------------------------------


def add_settings(parser: argparse.ArgumentParser, architecture: str | None) -> None:
    """Add the settings of training; an architecture that the verb names is no flag."""
    from w2v.training.settings import Settings

    group = parser.add_argument_group("settings")
    for item in fields(Settings):
        name, kind, choices = item.name, item.metadata["kind"], item.metadata["choices"]
        if name == "architecture" and architecture:
            parser.set_defaults(architecture=architecture)
            continue
        options: dict[str, Any] = {"type": kind, "metavar": "N" if kind is int else "X"}
        if choices:
            options = {"choices": choices}
        elif kind is bool:
            options = {"action": argparse.BooleanOptionalAction}
        default = item.default if item.default is not None else item.metadata["unless_given"]
        flags = [_flag(name), *([WORD2VEC_C[name]] if name in WORD2VEC_C else [])]
        text = f"{item.metadata['about']} (default: {default})"
        group.add_argument(*flags, default=None, help=text.replace("%", "%%"), **options)


def _flag(setting: str) -> str:
    return f"--{setting.replace('_', '-')}"


def add_word2vec_c(parser: argparse.ArgumentParser) -> None:
    """Add the flags of word2vec.c that have no other name."""
    old_flags = parser.add_argument_group("more flags of word2vec.c")
    old_flags.add_argument("-train", dest="old_corpus", metavar="FILE", help="the corpus")
    for flag, text in (
        ("-cbow", "1: cbow, 0: skipgram (default: 1 with -train)"),
        ("-hs", "1: --loss hs; needs -negative 0"),
        ("-binary", "1: write .bin, 0: .txt, whatever the suffix"),
    ):
        old_flags.add_argument(flag, type=int, choices=[0, 1], help=text)
    old_flags.add_argument("-debug", type=int, metavar="N", help="0: --quiet")
    old_flags.add_argument("-classes", type=int, help=argparse.SUPPRESS)


def check_flags(argv: list[str]) -> None:
    """Refuse the flags of other programs, and those that would pass as abbreviations."""
    from w2v.training.settings import FOREIGN, NAMES

    for flag in takewhile(lambda flag: flag != "--", argv):
        ours = FOREIGN.get(flag.lstrip("-"), "")
        single = re.match("-[A-Za-z]", flag) and flag not in KNOWN_SINGLE_DASH
        if single or (flag.startswith("--") and ours in NAMES):
            hint = f"; here it is {_flag(ours)}" if ours in NAMES else ""
            raise UsageError(f"unknown flag {flag}{hint}")
