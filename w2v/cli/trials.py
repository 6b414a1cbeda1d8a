"""Verbs that train many models: ``w2v bootstrap`` and ``w2v tune``."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from w2v.cli.common import (
    Run,
    UsageError,
    as_json,
    check_corpus,
    print_header,
    print_rows,
    say,
    source_of,
    validation_of,
)
from w2v.cli.flags import (
    above_zero,
    add,
    add_corpus,
    add_settings,
    at_least,
    flag,
    given_settings,
    reading,
)


def bootstrap(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v bootstrap``."""
    parser.usage = f"{parser.prog} CORPUS... --words WORD... [flags]"
    parser.epilog = """\
columns: word, neighbour, mean cosine, low, high, share of the models with it among the nearest;
then for each word its stability: the share of nearest neighbours that two models have in common

  w2v bootstrap corpus.txt --words king queen -n 20
"""
    add_corpus(parser)
    parser.add_argument("--words", nargs="+", metavar="WORD", help="words to ask about")
    add(parser, "-n --models", at_least(2), "models to train on resampled sentences", 20)
    add(parser, "--topn", at_least(1), "neighbours of a word", 10)
    add(parser, "--level", float, "share of the models within an interval", 0.95)
    parser.add_argument("--quiet", action="store_true", help="print no progress")
    add_settings(parser, None)
    return _bootstrap


def _bootstrap(arguments: argparse.Namespace) -> int:
    from w2v.cli.train import untrained
    from w2v.text.corpus import Corpus
    from w2v.training.bootstrap import bootstrap as train_models

    if not arguments.words:
        raise UsageError("give --words, the words to ask about")
    check_corpus(arguments.corpus)
    given = given_settings(arguments)
    untrained(given)  # a value that it refuses is a mistake in the command line
    found = train_models(
        Corpus.of(source_of(arguments.corpus), **reading(arguments)),
        arguments.words,
        n=arguments.models,
        topn=arguments.topn,
        level=arguments.level,
        verbose=sys.stderr.isatty() and not arguments.quiet,
        **given,
    )
    names = ("word", "neighbour", "mean", "low", "high", "share")
    print_header(arguments, names)
    for word in found.words:
        print_rows(arguments, names, [(word, *interval) for interval in found.neighbours(word)])
    for word in found.words:
        if arguments.json:
            print(as_json({"word": word, "stability": found.stability(word)}))
        else:
            say(f"stability of {word}: {found.stability(word):.2f}")
    return 0


def tune(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v tune``."""
    parser.usage = f"{parser.prog} CORPUS... --questions FILE | --pairs FILE | --validation FILE"
    parser.epilog = """\
columns: share of the corpus, score, seconds, the settings that were tried; the last line is the
command that trains with the best. A setting that is given is not chosen. A text that is held out
chooses loss, alpha and negative; models of other windows, samples or architectures foretell other
things, so that no likelihood compares them.

  w2v tune corpus.txt --questions questions-words.txt --minutes 10
  w2v tune corpus.txt --pairs ws353.txt --architecture cbow
  w2v tune corpus.txt --validation 0.02 --window 3
"""
    add_corpus(parser)
    add(parser, "--questions", "FILE", "analogy questions that judge")
    add(parser, "--pairs", "FILE", "judgements of similarity that judge")
    about = "text whose likelihood judges: a file, or a share of the corpus such as 0.02"
    add(parser, "--validation", "FILE", about)
    add(parser, "--minutes", above_zero, "how long to try", 10.0)
    parser.add_argument("--quiet", action="store_true", help="print no progress")
    add_settings(parser, None)
    return _tune


def _tune(arguments: argparse.Namespace) -> int:
    from w2v.cli.train import untrained
    from w2v.text.corpus import Corpus
    from w2v.training.tune import tune as try_settings

    by_questions = arguments.questions or arguments.pairs
    validation: Any = validation_of(arguments)
    if not by_questions and validation is None:
        raise UsageError("give --questions, --pairs or --validation, by which settings are chosen")
    if by_questions and validation is not None:
        raise UsageError(
            "give --validation, or --questions and --pairs: a likelihood and a share of right "
            "answers have no common scale"
        )
    check_corpus(arguments.corpus)
    given = given_settings(arguments)
    untrained(given)
    seed = given.pop("seed", 1)
    how = reading(arguments)
    if isinstance(validation, str):
        validation = Corpus.of(source_of([validation]), **how)
    tuned = try_settings(
        Corpus.of(source_of(arguments.corpus), **how),
        questions=arguments.questions,
        pairs=arguments.pairs,
        validation=validation,
        minutes=arguments.minutes,
        seed=seed,
        verbose=sys.stderr.isatty() and not arguments.quiet,
        **given,
    )
    names = ("share", "score", "seconds", "settings")
    print_header(arguments, names)
    for trial in tuned.trials:
        row: tuple[Any, ...] = (trial.share, trial.score, trial.seconds)
        settings = trial.settings if arguments.json else as_settings(trial.settings) or "defaults"
        print_rows(arguments, names, [(*row, settings)])
    command = f"w2v train {' '.join(arguments.corpus)} {as_settings(tuned.settings)}".rstrip()
    if arguments.json:
        facts = {"score": tuned.score, "default_score": tuned.default_score}
        print(as_json({"settings": tuned.settings, **facts, "command": command}))
    else:
        print(command)
        what = "questions that chose nothing" if by_questions else "text that chose nothing, log P"
        say(f"on {what}: {tuned.score:.3f}, the defaults {tuned.default_score:.3f}")
    return 0


def as_settings(settings: dict[str, Any]) -> str:
    """Spell settings as flags."""
    shown = (
        f"{flag(name)} {value:g}" if isinstance(value, float) else f"{flag(name)} {value}"
        for name, value in settings.items()
    )
    return " ".join(shown)
