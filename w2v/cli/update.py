"""Verbs that train a model once more: ``w2v update``, with new text, and ``w2v reproduce``."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from w2v.cli.common import (
    Run,
    UsageError,
    check_corpus,
    load_model,
    print_header,
    print_rows,
    say,
    source_of,
    typed,
    validation_of,
)
from w2v.cli.flags import add, add_corpus, as_flags, at_least, reading
from w2v.cli.train import (
    add_output,
    add_run,
    check_files,
    fit_and_save,
    frozen_of,
    output_format,
)

_BEFORE = "as in MODEL"


def update(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v update``."""
    parser.usage = f"{parser.prog} MODEL CORPUS... --output FILE [flags]"
    parser.epilog = """\
MODEL is a .safetensors file that `w2v train` wrote, and may be the --output, too. With --frozen
given its words keep their vectors. The learning rate falls anew; a lower --alpha keeps more of
MODEL.

  w2v update model.safetensors news.txt --grow --output newer.safetensors
"""
    parser.add_argument("model", metavar="MODEL", help="a model that was saved")
    add_corpus(parser, before=_BEFORE)
    files = parser.add_argument_group("files")
    add_output(files)
    about = "add words that come --min-count times of MODEL; without, other words are left out"
    add(parser, "--grow", True, about)
    add_run(parser, files)
    add(parser, "--epochs", at_least(1), "passes over the new text", unless_given=_BEFORE)
    add(parser, "--alpha", float, "learning rate at the start", unless_given=_BEFORE)
    add(parser, "--min-alpha", float, "learning rate at the end", unless_given=_BEFORE)
    add(parser, "--workers", int, "threads", unless_given=_BEFORE)
    # what `w2v train` has besides, for `w2v resume` and the summary
    parser.set_defaults(save_vocab=None, binary=None, old_corpus=None, sample=0)
    return _update


def _update(arguments: argparse.Namespace) -> int:
    check_corpus(arguments.corpus)
    if not arguments.output:
        raise UsageError("give --output FILE, the file to write")
    form = output_format(arguments)
    validation = validation_of(arguments)
    frozen = frozen_of(arguments)
    check_files(arguments, validation, ())
    model = load_model(arguments.model)
    names = ("epochs", "alpha", "min_alpha", "workers")
    given = {name: getattr(arguments, name) for name in names}
    _check(model, given)
    return fit_and_save(
        arguments,
        model,
        form,
        " ".join(arguments.corpus),
        source_of(arguments.corpus),
        fit=model.partial_fit,
        grow=bool(arguments.grow),
        frozen=typed(frozen, model) if isinstance(frozen, list) else frozen,
        validation=validation,
        patience=arguments.patience,
        checkpoint=arguments.checkpoint,
        every=arguments.every,
        **given,
        **reading(arguments),
    )


def reproduce(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v reproduce``."""
    parser.usage = f"{parser.prog} MODEL CORPUS... [flags]"
    parser.epilog = """\
columns: what was compared, rows, rows that differ
The text is compared by its fingerprint before the training. The exit status is 1 unless all bytes
agree.

  w2v reproduce model.safetensors corpus.txt
"""
    parser.add_argument("model", metavar="MODEL", help="a model that `w2v train` wrote")
    add_corpus(parser, before=_BEFORE, same=True)
    about = "text that decided when to stop, by --patience of then"
    add(parser, "--validation", "FILE", about)
    about = "vectors that the training began with, if that file is elsewhere now"
    add(parser, "--init-from", "FILE", about)
    add(
        parser, "--workers", int, "threads; the bytes must not depend on them", unless_given=_BEFORE
    )
    parser.add_argument("--quiet", action="store_true", help="print no progress")
    return _reproduce


def _reproduce(arguments: argparse.Namespace) -> int:
    from w2v.training.reproduce import reproduce as train_again

    check_corpus(arguments.corpus)
    model = load_model(arguments.model)
    names = " ".join(arguments.corpus)
    if not arguments.quiet:
        say(f"reading {names} to train {arguments.model} again")
    found = train_again(
        model,
        source_of(arguments.corpus),
        verbose=sys.stderr.isatty() and not arguments.quiet,
        workers=arguments.workers,
        validation=arguments.validation,
        init_from=arguments.init_from,
        **reading(arguments),
    )
    if found.model.interrupted:
        raise KeyboardInterrupt
    columns = ("matrix", "rows", "differ")
    print_header(arguments, columns)
    differ = (("W_in", len(model.W_in), found.rows_in), ("W_out", len(model.W_out), found.rows_out))
    print_rows(arguments, columns, differ)
    if not arguments.quiet:
        say(
            "the bytes agree"
            if found.agrees
            else f"the bytes differ, by {found.largest:.2g} at most"
        )
    return 0 if found.agrees else 1


def _check(model: Any, given: dict[str, Any]) -> None:
    """Refuse values before the text is read: they are mistakes in the command line."""
    from dataclasses import replace

    from w2v.training.settings import NAMES

    try:
        replace(
            model.settings, **{name: value for name, value in given.items() if value is not None}
        )
    except ValueError as error:
        raise UsageError(as_flags(str(error), NAMES)) from None
