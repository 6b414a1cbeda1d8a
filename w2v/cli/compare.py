"""``w2v compare``: all kinds of models on one corpus."""

from __future__ import annotations

import argparse
from dataclasses import fields

from w2v.cli.common import Run, UsageError, as_json, check_corpus, print_rows, say, source_of
from w2v.cli.flags import (
    add,
    add_corpus,
    add_plot,
    add_settings,
    check_plot,
    given_settings,
    list_of,
    reading,
)

SETTINGS = (
    *("vector_size", "window", "min_count", "negative", "sample", "epochs", "workers", "seed"),
    "max_final_vocab",
)


def compare(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v compare``."""
    parser.epilog = """\
models: skipgram-softmax, skipgram-hs, skipgram-ns, cbow-softmax, cbow-hs, cbow-ns, ppmi
The output is made for people; --json prints the same for programs.

  w2v compare corpora/world.txt --questions corpora/questions-world.txt
  w2v compare wiki.txt --pairs ws353.txt --models skipgram-ns,ppmi --plot compared.png
"""
    add_corpus(parser)
    about = "train these only, with commas between them"
    unless = "all; the exact softmax not where it would take long"
    add(parser, "--models", list_of(str), about, None, unless, metavar="NAME,NAME")
    add(parser, "--held-out", float, "share of the words that judges the models", 0.05)
    add(parser, "--questions", "FILE", "analogy questions to ask each model")
    add(parser, "--pairs", "FILE", "judgements of similarity to compare each model with")
    add_plot(parser)
    add_settings(parser, None, SETTINGS)
    return _compare


def _compare(arguments: argparse.Namespace) -> int:
    from w2v.see.compare import MODELS, Compared, draw
    from w2v.see.compare import compare as compared
    from w2v.text.corpus import Corpus

    for name in arguments.models or ():
        if name not in MODELS:
            raise UsageError(f"there is no model {name!r}; there are {', '.join(MODELS)}")
    check_corpus(arguments.corpus)
    read = [path for path in (arguments.questions, arguments.pairs) if path]
    check_plot(arguments.plot, [*arguments.corpus, *read])
    found = compared(
        Corpus.of(source_of(arguments.corpus), **reading(arguments)),
        models=arguments.models,
        held_out=arguments.held_out,
        questions=arguments.questions,
        pairs=arguments.pairs,
        **given_settings(arguments),
    )
    if arguments.json:
        print_rows(arguments, [item.name for item in fields(Compared)], found.rows())
        print(as_json({"title": found.title, "notes": found.notes}))
    else:
        print(found)
    if arguments.plot:
        draw(arguments.plot, found)
        say(f"wrote {arguments.plot}")
    return 0
