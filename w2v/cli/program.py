"""The command line: it parses and prints, the work is done by the modules it calls.

Results go to standard output, as tab-separated values or with ``--json`` as one JSON object a
line; all else goes to standard error. Exit status: 0 done; 1 something failed on the way, such as a
missing file or an unknown word; 2 the command line itself is wrong, and nothing was written; 130
or 143 Ctrl-C or SIGTERM ended it.
``W2V_DEBUG=1`` in the environment shows where an error came from.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import warnings
from collections.abc import Callable, Sequence
from importlib import import_module
from textwrap import wrap
from typing import Any

from w2v import __version__, interrupts
from w2v.checks import near, quoted
from w2v.cli.common import UsageError, one_line, shortened
from w2v.cli.flags import as_flags, check_flags
from w2v.cli.old import translated
from w2v.interrupts import SIGNALS, Guard

# Verb -> where its flags are, one line of help. Of this folder only that module is imported; its
# function ``setup(parser)`` adds the flags and returns what does the work.
VERBS = {
    "train": ("train.train", "train word vectors on a corpus"),
    "resume": ("train.resume", "go on with a training from its checkpoint"),
    "update": ("update.update", "train a model on with new text"),
    "reproduce": ("update.reproduce", "train a model again, and compare the bytes"),
    "skipgram": ("train.train", "short for train --architecture skipgram"),
    "cbow": ("train.train", "short for train --architecture cbow"),
    "nn": ("questions.nn", "print the nearest neighbours of words"),
    "sim": ("questions.sim", "print how similar two words are"),
    "analogy": ("questions.analogy", "answer `A is to B as C is to ?`"),
    "odd": ("questions.odd", "print the word that does not match the others"),
    "predict": ("questions.predict", "print the words most probable near a word"),
    "explain": ("explain.explain", "explain one step of training, with all its numbers"),
    "tree": ("explain.tree", "draw words' paths in the Huffman tree"),
    "eval": ("questions.evaluate", "score vectors on analogy questions and on word similarity"),
    "compare": ("compare.compare", "train all kinds of models on a corpus and compare them"),
    "vocab": ("files.vocab", "count the words of a corpus"),
    "phrases": ("phrases.phrases", "join words that stand together more often than by chance"),
    "word2phrase": ("phrases.phrases", "phrases with the defaults of word2vec.c's program"),
    "convert": ("files.convert", "copy vectors from one file format to another"),
    "info": ("files.info", "describe a file, or without one this installation"),
    "check": ("check.check", "look whether a corpus is fit for training, and files are whole"),
    "bootstrap": ("trials.bootstrap", "say how sure neighbours are, by resampled documents"),
    "tune": ("trials.tune", "choose settings by questions or pairs, on a growing sample"),
    "documents": ("documents.documents", "train vectors of documents, a line each"),
    "infer": ("documents.infer", "print the vectors of new documents, or the nearest tags"),
    "pairs": ("pairs.pairs", "train on pairs that a file has: vectors of their inputs"),
    "walks": ("walks.walks", "train on random walks on a graph: vectors of nodes"),
    "explore": ("see.explore", "write a page in which a person explores vectors"),
    "playground": ("see.playground", "write a page that trains word vectors and networks"),
    "plot map": ("plot.word_map", "draw words on a plane, similar ones together"),
    "plot heatmap": ("plot.heatmap", "draw how similar words are to each other"),
    "plot arrows": ("plot.arrows", "draw analogies as arrows"),
    "plot history": ("plot.history", "draw the loss of each epoch of a training"),
    "plot weights": ("plot.weights", "draw the weights of a network"),
    "plot surface": ("plot.surface", "draw what a network says of a plane"),
    "demo": ("lecture.demo", "train on the embedded small world and show what was learnt"),
    "mlp train": ("mlp_train.train", "train a network on a table or on labelled texts"),
    "mlp predict": ("mlp.predict", "predict what a network has learnt"),
    "mlp score": ("mlp.score", "score a network on patterns whose targets are known"),
    "xor": ("lecture.xor", "learn XOR in five ways, and show what the hidden units compute"),
    "gates": ("lecture.report", "compute XOR from gates set by hand"),
    "slopes": ("lecture.report", "compare the sigmoid with the step as its slope k grows"),
    "vanishing": ("lecture.report", "measure vanishing and exploding gradients in deep networks"),
    "approximation": ("lecture.report", "fit a function by 1 to 50 hidden units"),
    "overfitting": ("lecture.report", "learn few noisy patterns, with and without dropout"),
    "descent": ("lecture.report", "go down a loss of two weights by six rules"),
    "cost": ("lecture.report", "compare the costs of finite differences and of backpropagation"),
    "gradcheck": (
        "lecture.report",
        "check backpropagation against finite differences for every activation and loss",
    ),
    "pca": ("lecture.report", "find principal components with linear hidden layers"),
    "regression": ("lecture.report", "fit linear, logistic and multinomial regression as networks"),
    "digits": ("lecture.report", "read handwritten digits, beside scikit-learn"),
    "sentiment": ("lecture.report", "tell praise, complaint and neither in short opinions"),
    "perceptron": ("lecture.report", "let a perceptron learn every Boolean function, and count"),
}


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def _split_lines(self, text: str, width: int) -> list[str]:
        return wrap(text, width, break_on_hyphens=False)  # no --no-shared- negatives


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are exceptions: they take one line, without the usage."""

    def error(self, message: str) -> Any:
        if unknown := re.match(r"unrecognized arguments: (--?\w[^ =]*)", message):
            message += near(unknown[1], self._option_string_actions)
        raise UsageError(message)

    def settings(self) -> list[str]:
        """Return the names, as Python has them, of what flags set."""
        return [action.dest for action in self._actions if action.option_strings]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments behind the program's name; those of the process unless given.

    Returns
    -------
    int
        The exit status.
    """
    given = list(sys.argv[1:] if argv is None else argv)
    try:
        argv = translated(given)
    except UsageError as error:
        print(f"w2v: error: {one_line(error)}; see w2v --help", file=sys.stderr)
        return 2
    # a verb is one word or two: `w2v mlp train`
    words = next((n for n in (2, 1) if " ".join(argv[:n]) in VERBS and len(argv) >= n), 0)
    verb = " ".join(argv[:words]) or None
    parser = _Parser(
        prog=f"w2v {verb}",
        formatter_class=_Formatter,
        allow_abbrev=False,
    )
    _prepare_streams()
    with Guard(*SIGNALS), warnings.catch_warnings():
        warnings.showwarning = _shown_as_flags(parser)
        warnings.simplefilter("always", UserWarning)
        try:
            status = _run(verb, parser, argv[words:]) if verb else _without_verb(argv)
            sys.stdout.flush()
            return status
        except UsageError as error:
            print(
                f"w2v: error: {one_line(error)}; see {f'w2v {verb}' if verb else 'w2v'} --help",
                file=sys.stderr,
            )
            return 2
        except BrokenPipeError:  # the reader has enough: `w2v nn ... | head`
            _drop_unwritable_output()
            return 0
        except KeyboardInterrupt:
            written = "; nothing was written" if _trains(verb) or verb == "mlp train" else ""
            print(f"\nw2v: interrupted{written}", file=sys.stderr)
            return interrupts.status()
        except (
            ArithmeticError,
            EOFError,
            ImportError,
            LookupError,
            MemoryError,
            OSError,
            TypeError,
            ValueError,
        ) as error:
            if os.environ.get("W2V_DEBUG"):
                raise
            message = as_flags(one_line(error), parser.settings())
            if isinstance(error, OSError) and message == error.strerror:  # no file has it
                message = f"standard output cannot be written: {message}"
            print(f"w2v: error: {message}", file=sys.stderr)
            _drop_unwritable_output()
            return 1


def _run(verb: str, parser: _Parser, argv: list[str]) -> int:
    """Parse the flags of a verb, and do what it says."""
    place, text = VERBS[verb]
    parser.description = text[0].upper() + text[1:] + "."
    parser.set_defaults(verb=verb)
    module, _, setup = place.partition(".")
    run = getattr(import_module(f"w2v.cli.{module}"), setup)(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    if _trains(verb):
        check_flags(argv, parser._option_string_actions)
    try:
        # Intermixed: words and files may stand before and after flags.
        arguments = parser.parse_intermixed_args(argv)
    except SystemExit:  # --help has printed
        return 0
    return run(arguments)


def _trains(verb: str | None) -> bool:
    return verb is not None and VERBS[verb][0] == "train.train"


def _without_verb(argv: list[str]) -> int:
    """Answer a command line that does not begin with a verb."""
    first = argv[0] if argv else ""
    family = {name: verb for name, verb in VERBS.items() if name.startswith(f"{first} ")}
    if family and argv[1:2] not in ([], ["-h"], ["--help"]):
        raise UsageError(
            f"there is no verb {quoted(' '.join(argv[:2]))}; there are {', '.join(family)}"
        )
    verbs = "\n".join(f"  {name:14}{text}" for name, (_, text) in (family or VERBS).items())
    parser = _Parser(
        prog="w2v",
        usage="w2v VERB ...",
        description="Train word vectors and ask them questions; train networks.",
        epilog=f"verbs:\n{verbs}\n\n`w2v VERB --help` tells more. Start with `w2v demo`.",
        formatter_class=_Formatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"w2v {__version__}")
    if not argv:
        parser.print_help(sys.stderr)
        return 2
    if family:
        parser.print_help(sys.stdout if argv[1:] else sys.stderr)
        return 0 if argv[1:] else 2
    if argv[0] not in ("-h", "--help", "--version"):
        instead = near(first, VERBS) or f"; there are {', '.join(VERBS)}"
        raise UsageError(f"there is no verb {quoted(first)}{instead}")
    try:
        parser.parse_args(argv[:1])
    except SystemExit:  # it has printed
        pass
    return 0


def _prepare_streams() -> None:
    """Make the three streams exist, and none of them fail for a letter it cannot show."""
    for name, mode, errors in (
        ("stdin", "r", "replace"),
        ("stdout", "w", "backslashreplace"),
        ("stderr", "w", "backslashreplace"),
    ):
        if getattr(sys, name) is None:  # the shell's `>&-`
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115
        stream = getattr(sys, name)
        if hasattr(stream, "reconfigure"):
            # the C locale knows no letters but ASCII's, and what is piped in is UTF-8 all the same
            ascii_in = mode == "r" and stream.encoding.lower() in ("ascii", "ansi_x3.4-1968")
            stream.reconfigure(encoding="utf-8" if ascii_in else None, errors=errors)


def _drop_unwritable_output() -> None:
    """If standard output cannot be written, keep Python from trying it again at its exit."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _shown_as_flags(parser: _Parser) -> Callable[..., None]:
    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        start = "\r" if sys.stderr.isatty() else ""  # over the line of a progress
        text = as_flags(shortened(str(message)), parser.settings())
        print(f"{start}w2v: warning: {text}", file=sys.stderr)

    return show
