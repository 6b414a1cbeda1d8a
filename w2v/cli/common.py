"""What the verbs share: output, errors, and files they read or write."""

from __future__ import annotations

import argparse
import errno
import json
import math
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

from w2v.checks import near
from w2v.files.remote import as_path, is_url
from w2v.printable import printable, printable_json, printable_lines, readable

LINES = 15  # of progress, at most, where no terminal shows a bar
_FIRST_LINE = 5.0  # seconds after which a log has the first line of what is still at work
Rows = Iterable[Sequence[Any]]
Run = Callable[[argparse.Namespace], int]  # does what a verb says, returns the exit status


class UsageError(Exception):
    """A mistake in the command line."""


def say(text: str) -> None:
    """Tell a person something, on standard error; a name in it may hold control characters."""
    print(printable_lines(text), file=sys.stderr)


def one_line(error: BaseException) -> str:
    """Return an exception's message as one line, an OSError's with the file first."""
    if isinstance(error, OSError) and error.strerror:
        file = "" if error.filename is None else f"{error.filename or repr('')}: "
        return shortened(f"{file}{error.strerror}")
    return shortened(" ".join(str(error).split())) or type(error).__name__


def shortened(message: str) -> str:
    """Cut words that no reader wants whole: input may be one of a million letters."""
    return printable(re.sub(r"(\S{200})\S{300,}", r"\1...", message))


def due(epoch: int, epochs: int) -> bool:
    """Return whether a log gets a line after this epoch: `LINES` in all, or one for each.

    The first two have one, so that a long training soon shows that it is at work.
    """
    if epoch <= 2:
        return True
    lines, epoch, epochs = LINES - 2, epoch - 2, epochs - 2
    return epoch * lines // epochs > (epoch - 1) * lines // epochs


@contextmanager
def sign_of_life(what: str, quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """Show on a terminal what is done and for how long; yield what changes that text.

    The line appears after half a second and is gone at the end. A log gets lines instead, after 5,
    10, 20, 40 and so on seconds.
    """
    if quiet:
        yield lambda _: None
        return
    texts = [printable(what)]
    done = Event()
    start = time.monotonic()

    def tick() -> None:
        if not sys.stderr.isatty():
            wait = _FIRST_LINE
            while not done.wait(start + wait - time.monotonic()):
                say(f"{texts[0]}, {wait:.0f} s")
                wait *= 2
            return
        longest = 0
        while not done.wait(0.5):
            line = f"{texts[0]}, {time.monotonic() - start:.0f} s"
            print(f"\r{line:{longest}}", end="", file=sys.stderr, flush=True)
            longest = max(longest, len(line))
        if longest:
            print(f"\r{'':{longest}}\r", end="", file=sys.stderr, flush=True)

    ticking = Thread(target=tick, daemon=True)
    ticking.start()
    try:
        yield lambda text: texts.__setitem__(0, printable(text))
    finally:
        done.set()
        ticking.join()


def print_header(arguments: argparse.Namespace, names: Sequence[str]) -> None:
    """Name the columns to a person; a program that reads the output does not get them."""
    if sys.stdout.isatty() and not arguments.json:
        print(*map(readable, names), sep="\t", file=sys.stderr)


def print_rows(arguments: argparse.Namespace, names: Sequence[str], rows: Rows) -> None:
    """Print rows as TSV, or as one JSON object each."""
    for row in rows:
        if arguments.json:
            print(as_json(dict(zip(names, row, strict=True))))
        else:
            print(*map(field, row), sep="\t")


def field(value: Any) -> str:
    """Return a value as a field of TSV: four decimals, or two digits of what these would lose."""
    if value is None:
        return "-"
    if isinstance(value, float):
        text = f"{value:.4f}"
        return text if float(text) or not value else f"{value:.1e}"
    if isinstance(value, (list, tuple)):
        return " ".join(readable(str(item)) for item in value)
    return readable(str(value))


def as_json(value: Any) -> str:
    """Return a value as one line of JSON, which knows no NaN and no numpy, in full precision."""
    every_letter = sys.stdout.encoding.lower() in ("utf-8", "utf8")
    text = json.dumps(finite(value), ensure_ascii=not every_letter, allow_nan=False)
    return printable_json(text)


def finite(value: Any) -> Any:
    """Replace NaN and infinities by None, numpy's arrays and numbers by Python's."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, dict):
        return {name: finite(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def typed(words: list[str], known: Any) -> list[Any]:
    """Return the words of a command line as vectors, a model or a vocabulary has them.

    Where its words are whole numbers, what is no number stays a str, which then is unknown.
    """
    words = [_utf8(word) for word in words]
    if not getattr(known, "vocabulary", known).are_ids:
        return words
    return [int(word) if re.fullmatch(r"-?\d{1,19}", word, re.A) else word for word in words]


def _utf8(word: str) -> str:
    """Return a word whose UTF-8 the C locale gave as bytes; others stay as they are."""
    try:
        return word if word.isascii() else os.fsencode(word).decode()
    except UnicodeError:
        return word


def load_model(path: str) -> Any:
    """Read a whole model; vectors alone are not enough to predict or to learn."""
    from w2v.files import formats
    from w2v.training.word2vec import Word2Vec

    kind = formats.format_of(path)
    if kind != "model":
        raise ValueError(
            f"{path} holds vectors only ({kind}), and this needs the output weights, too: those "
            "that `w2v train --output model.safetensors` writes"
        )
    return Word2Vec.load(path)


def check_output(path: str | None, inputs: Sequence[str] = ()) -> None:
    """Refuse a file that could not be written, or that is read (perhaps as one of a folder)."""
    from w2v.files.projector import metadata_path
    from w2v.files.storage import suffix_of, try_to_write

    if path is None:
        return
    written = [Path(try_to_write(path))]
    if suffix_of(path)[0] == ".tsv":  # vectors have their words beside them
        written.append(Path(try_to_write(metadata_path(path))))
    for file in filter(Path.exists, written):
        for source in inputs:
            if Path(source).expanduser().resolve() in (file, *file.parents):
                raise ValueError(f"{path} would overwrite what is read from {source}")


@contextmanager
def rescued(path: str, save: Callable[[Path], None]) -> Iterator[None]:
    """If what was learnt cannot be saved as `path`, save it somewhere else, and say where."""
    import tempfile

    try:
        yield
    except (OSError, ValueError) as error:
        # The disk is full, or the format cannot hold a word.
        for folder in (Path(path).resolve().parent, Path(tempfile.gettempdir())):
            other = folder / f"{Path(path).name[:50]}-rescued.safetensors"  # 255 bytes at most
            try:
                save(other)
            except (OSError, ValueError):
                continue
            raise ValueError(f"{one_line(error)}; the model is saved as {other}") from error
        raise


def as_command(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the flags as JSON can hold them, and the folder from which they name files."""
    return {"folder": os.getcwd(), **vars(arguments)}


def of_command(command: dict[str, Any], **now: Any) -> argparse.Namespace:
    """Return the flags that :func:`as_command` returned, and go to the folder of then."""
    folder = command["folder"]
    if folder != os.getcwd():  # the names of then are of files there
        os.chdir(folder)
    return argparse.Namespace(**command | now)


def check_different(**files: str | None) -> None:
    """Refuse two flags that name the same file to write."""
    named = [Path(path).resolve() for path in files.values() if path]
    if len(named) > len(set(named)):
        *first, last = (f"--{name.replace('_', '-')}" for name in files)
        raise UsageError(f"two of {', '.join(first)} and {last} name the same file")


def check_corpus(corpus: list[str]) -> None:
    """Refuse a corpus that is not there, in the words of a command line."""
    if not corpus:
        raise UsageError("no corpus: name files, folders or patterns, or - for standard input")
    for path in corpus:
        if path == "-":
            if sys.stdin.isatty():
                print("the corpus is typed in; Ctrl-D ends it", file=sys.stderr)
        elif is_url(path):
            continue  # it is opened before all else
        elif not re.search(r"[*?[]", path) and not os.path.exists(os.path.expanduser(path)):
            folder, name = os.path.split(os.path.expanduser(path))
            there = os.listdir(folder or ".") if os.path.isdir(folder or ".") else []
            raise FileNotFoundError(
                errno.ENOENT, os.strerror(errno.ENOENT) + near(name, there), path
            )


def validation_of(arguments: argparse.Namespace) -> float | str | None:
    """Return --validation: a share, or a file that is there."""
    given: str | None = arguments.validation
    if given is None:
        return None
    try:
        share = float(given)
    except ValueError:
        check_corpus([given])
        return given
    if not 0 < share < 1:
        raise UsageError(f"--validation {given}: a share lies between 0 and 1")
    return share


def source_of(corpus: list[str]) -> Any:
    """Return a source for Corpus: one path, pattern or "-" as it is, several as paths."""
    if len(corpus) == 1:
        return corpus[0]
    return [as_path(path) for path in corpus]


def format_of_suffix(path: str, otherwise: str | None = None) -> str:
    """Return the format that a suffix names; no such format is a mistake in the command line."""
    from w2v.files import formats

    try:
        return formats.format_of_suffix(path, otherwise)
    except ValueError as error:
        raise UsageError(str(error)) from None


def write_counts(path: str, vocabulary: Any) -> None:
    """Write a vocabulary's words with their counts."""
    from w2v.files import formats

    formats.write_counts(path, vocabulary.words, vocabulary.counts)
    say(f"wrote {len(vocabulary):,} words with counts to {path}")
