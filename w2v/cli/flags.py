"""Flags that several verbs have, those of the settings of training, and word2vec.c's."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import fields
from itertools import takewhile
from typing import Any

from w2v.checks import near, quoted
from w2v.cli.common import UsageError, check_output
from w2v.names import ENCODING_ERRORS, NORMAL_FORMS, READING

Container = argparse._ActionsContainer  # a parser, or a group of its flags

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


def whole(text: str) -> int:
    """Return a whole number, for argparse."""
    if not re.fullmatch(r"[-+]?\d+", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"{quoted(text)} is no whole number")
    return int(text)


def real(text: str) -> float:
    """Return a number, for argparse."""
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{quoted(text)} is no number") from None


def whole_or(names: Collection[str]) -> Callable[[str], int | str]:
    """Return a type for argparse: a whole number, or one of some names."""
    return lambda text: text if text in names else whole(text)


def at_least(low: int) -> Callable[[str], int]:
    """Return a type for argparse: a whole number, at least `low`."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"[-+]?\d+", text) or int(text) < low:
            raise argparse.ArgumentTypeError(f"{quoted(text)} is no whole number of at least {low}")
        return int(text)

    return parse


def above_zero(text: str) -> float:
    """Return a number above 0, for argparse."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{quoted(text)} is no number above 0")
    return value


def list_of(item: Callable[[str], Any]) -> Callable[[str], list[Any]]:
    """Return a type for argparse: values with commas between them."""

    def parse(text: str) -> list[Any]:
        return [item(part) for part in text.split(",")]

    return parse


def add(
    parser: Container,
    names: str,
    kind: Any,
    about: str,
    default: Any = None,
    unless_given: str | None = None,
    **options: Any,
) -> None:
    """Add a flag; its help ends in its default, or in what one of None means.

    `names` has all spellings, with blanks between them. `kind` is what makes a value of a text, or
    a tuple of all values, or what the help calls a value that may be any text. True: the flag has
    no value; ``bool``: and a twin that begins with ``--no-``.
    """
    shown = unless_given if default is None else default
    if isinstance(default, list):
        shown = ",".join(map(str, default))
        options = {"metavar": "N,N"} | options
    text = about if shown is None else f"{about} (default: {shown})"
    if kind is bool:
        options |= {"action": argparse.BooleanOptionalAction}
    elif kind is True:
        options |= {"action": "store_true"}
    elif isinstance(kind, tuple):
        options |= {"choices": kind, "type": type(kind[0])}
    elif isinstance(kind, str):
        options |= {"metavar": kind}
    else:
        parse = {int: whole, float: real}.get(kind, kind)
        options = {"type": parse, "metavar": "X" if kind in (float, above_zero) else "N"} | options
    help_text = text.replace("%", "%%")
    parser.add_argument(*names.split(), default=default, help=help_text, **options)


def add_corpus(
    parser: argparse.ArgumentParser, before: str | None = None, same: bool = False
) -> None:
    """Add the corpus, and how it is read.

    `before` says what tells how its words are made, if it is not the default; `same` that it is
    the same text as then.
    """
    parser.add_argument(
        "corpus",
        nargs="*",
        default=[],
        metavar="CORPUS",
        help="text files, plain or compressed, folders, quoted patterns or URLs; - is standard "
        "input; a line is a sentence",
    )
    reading = parser.add_argument_group("reading")
    about = "whitespace: split at white space; words: lower-case, without punctuation"
    usual = None if before else "whitespace"
    add(reading, "--tokenizer", ("whitespace", "words"), about, usual, before)
    about = "bring the text into this form of Unicode, so that é is the same however it was typed"
    unless = before or "NFC for words, else none"
    add(reading, "--normalize", NORMAL_FORMS, about, unless_given=unless)
    add_encoding(reading, before if same else None)
    about = "read this column of CSV, TSV, JSON lines, Parquet or Arrow files, as the suffix says"
    add(reading, "--column", "NAME", about)
    about = "keep a larger corpus in a temporary file, 4 bytes a word"
    add(reading, "--memory-budget", at_least(0), about, unless_given="1 GiB", metavar="BYTES")
    add(reading, "--tmp-dir", "DIR", "folder for temporary files")


def add_encoding(parser: Container, before: str | None = None) -> None:
    """Add how bytes become letters; `before` says what tells it, if it is not the default."""
    encoding, errors = (None, None) if before else ("utf-8", "strict")
    add(parser, "--encoding", "NAME", "encoding of the files", encoding, before)
    about = "what to do with bytes that this encoding does not have; strict: an error"
    add(parser, "--errors", ENCODING_ERRORS, about, errors, before)


def add_model(parser: Container, whole: bool = False) -> None:
    """Add the file of vectors that a verb asks; a whole model is read as it is."""
    about = "a model that was saved" if whole else "a file of vectors, of any known format"
    parser.add_argument("model", metavar="MODEL", help=about)
    if not whole:
        add_loading(parser)


def add_loading(parser: Container) -> None:
    """Add how a file of vectors is read."""
    about = "read only the first N words of MODEL"
    add(parser, "--limit", at_least(1), about, unless_given="all")
    add(parser, "--no-mmap", True, "load MODEL instead of mapping it: it may be written meanwhile")
    add_encoding(parser)


def loading(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return how a file of vectors is read, for KeyedVectors.load and formats.read_vectors."""
    how = {name: getattr(arguments, name) for name in ("limit", "encoding", "errors")}
    return how | {"mmap": not getattr(arguments, "no_mmap", False)}


SEED = ("--seed", at_least(0), "start of all random numbers", 1)  # for add()


def add_plot(parser: Container) -> None:
    """Add the file of a picture."""
    add(parser, "--plot", "FILE", "draw it, too: .png, .svg or .pdf (pip install 'w2v[plot]')")


def check_plot(path: str | None, inputs: Sequence[str] = ()) -> None:
    """Refuse a picture that could not be drawn, before the work begins."""
    if path is not None:
        from w2v.see import plots

        check_output(path, inputs)
        plots.check(path)


def reading(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return how a corpus is read, for Corpus."""
    return {name: getattr(arguments, name) for name in READING if hasattr(arguments, name)}


def as_flags(message: str, settings: Iterable[str]) -> str:
    """Spell the settings that an error names as the flags they are here."""

    def spelled(found: re.Match[str]) -> str:
        name, after = found.groups()
        if after in ("=True", "=False"):
            return flag(name if after == "=True" else f"no_{name}")
        if not after and "_" not in name:  # a plain word such as "window" or "errors"
            return found[0]
        return f"{flag(name)}{after.replace('=', ' ')}"

    # Only what begins a word: a path may hold such a name, too.
    names = "|".join(settings)
    message = re.sub(rf"(?<!\S)({names})\b(=True\b|=False\b|=| must|)", spelled, message)
    return re.sub(" +(?=[ ,])", "", message)


def add_settings(
    parser: argparse.ArgumentParser,
    architecture: str | None,
    some: Collection[str] | None = None,
    kind: Any = None,
) -> None:
    """Add the settings of training, or some; an architecture that the verb names is no flag.

    `kind` is the class of the settings, if it is not that of word2vec.
    """
    from w2v.training.settings import Settings, names_of

    of = kind or Settings
    known = names_of(of)
    group = parser.add_argument_group("settings")
    for item in fields(of):
        if some is not None and item.name not in some:
            continue
        name, kind, choices = item.name, item.metadata["kind"], item.metadata["choices"]
        if name == "architecture" and architecture:
            parser.set_defaults(architecture=architecture)
            continue
        default = item.metadata["unless_given"] if item.default is None else item.default
        if isinstance(default, bool):
            default = "yes" if default else "no"
        default = in_help(str(default), known)
        if names := item.metadata["names"]:
            kind = whole_or(names)
        flags = f"{flag(name)} {WORD2VEC_C.get(name, '')}"
        add(group, flags, choices or kind, in_help(item.metadata["about"], known), None, default)


def given_settings(arguments: argparse.Namespace, kind: Any = None) -> dict[str, Any]:
    """Return the settings of training that were given as flags; `kind` as for add_settings()."""
    from w2v.training.settings import Settings, names_of

    names = names_of(kind or Settings)  # a verb may have only some
    given = {name: getattr(arguments, name, None) for name in names}
    return {name: value for name, value in given.items() if value is not None}


def in_help(text: str, settings: Iterable[str]) -> str:
    """Spell the settings that a description names as the flags they are here."""
    names = "|".join(settings)
    text = re.sub(rf"\b({names})=False", lambda found: flag(f"no_{found[1]}"), text)
    return re.sub(rf"`({names})`", lambda found: flag(found[1]), text)


def flag(setting: str) -> str:
    """Return the spelling of a flag."""
    return f"--{setting.replace('_', '-')}"


def add_word2vec_c(parser: argparse.ArgumentParser) -> None:
    """Add the flags of word2vec.c that have no other name."""
    old_flags = parser.add_argument_group("more flags of word2vec.c")
    add(old_flags, "-train", "FILE", "the corpus", dest="old_corpus")
    add(old_flags, "-cbow", (0, 1), "1: cbow, 0: skipgram (default: 1 with -train)")
    add(old_flags, "-hs", (0, 1), "1: --loss hs; needs -negative 0")
    add(old_flags, "-binary", (0, 1), "1: write .bin, 0: .txt, whatever the suffix")
    add(old_flags, "-debug", int, "0: --quiet")
    old_flags.add_argument("-classes", type=int, help=argparse.SUPPRESS)


def check_flags(argv: list[str], known: Iterable[str]) -> None:
    """Refuse the flags of other programs, and those that would pass as abbreviations."""
    from w2v.training.settings import FOREIGN, NAMES

    for given in takewhile(lambda given: given != "--", argv):
        ours = FOREIGN.get(given.lstrip("-").replace("-", "_"), "")
        single = re.match("-[A-Za-z]", given) and given not in KNOWN_SINGLE_DASH
        if single or (given.startswith("--") and ours in NAMES):
            hint = f"; here it is {flag(ours)}" if ours in NAMES else near(given, known)
            raise UsageError(f"unknown flag {given}{hint}")
