"""``w2v phrases``: a corpus with its phrases joined, for people and for other programs."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from w2v.cli.common import Run, UsageError, as_json, check_corpus, check_output, source_of
from w2v.cli.flags import add, add_corpus, as_flags, at_least, reading
from w2v.names import SCORINGS

# the names of `w2v.Phrases` that are flags here
SETTINGS = ("min_count", "threshold", "scoring", "delimiter", "passes", "workers")


def phrases(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v phrases``; ``w2v word2phrase`` has the old program's defaults."""
    parser.epilog = """\
Each line of the text is a sentence. `w2v train --phrases N` needs no text between.

  w2v phrases corpus.txt -o phrases.txt --passes 2 --threshold 100
  w2v phrases corpus.txt -o phrases.txt.gz --scoring npmi --threshold 0.5 --connectors english
"""
    old = parser.prog.split()[-1] == "word2phrase"
    add_corpus(parser)
    about = "the text to write; .gz, .bz2, .xz and .zst compress it"
    add(parser, "-o --output -output", "FILE", about)
    add(parser, "--list", "FILE", "write the phrases with their scores, best first")
    add(parser, "--min-count -min-count", at_least(0), "leave out what occurs less often", 5)
    about = "a pair whose score is above is a phrase; for npmi between -1 and 1"
    add(parser, "--threshold -threshold", float, about, 100.0 if old else 10.0)
    about = (
        "default: as in gensim; word2phrase: as in word2vec.c, whose threshold is 100; npmi: "
        "normalised mutual information"
    )
    add(parser, "--scoring", SCORINGS, about, "word2phrase" if old else "default")
    about = "a file of words that may stand inside a phrase, or `english` for the usual ones"
    add(parser, "--connectors", "FILE", about)
    add(parser, "--names", "FILE", "join these phrases, one a line, and no others")
    add(parser, "--delimiter", "TEXT", "what joins the words of a phrase", "_")
    about = "passes; each joins what the one before has joined"
    add(parser, "--passes", at_least(1), about, 1)
    add(parser, "--workers", int, "threads that count", unless_given="all cores")
    parser.add_argument("--quiet", action="store_true", help="print no summary")
    parser.add_argument("-train", dest="old_corpus", help=argparse.SUPPRESS)
    parser.add_argument("-debug", type=int, help=argparse.SUPPRESS)
    return _phrases


def _phrases(arguments: argparse.Namespace) -> int:
    from w2v.files.storage import atomic_writes
    from w2v.text.corpus import Corpus

    if arguments.old_corpus:
        arguments.corpus = [*arguments.corpus, arguments.old_corpus]
    outputs = [path for path in (arguments.output, arguments.list) if path]
    check_corpus(arguments.corpus)
    if not outputs:
        raise UsageError("give --output FILE, the text to write, or --list FILE")
    inputs = [*arguments.corpus, *filter(None, (arguments.names, arguments.connectors))]
    for path in outputs:
        check_output(path, inputs)
    found = _settings(arguments)
    corpus = Corpus.of(source_of(arguments.corpus), **reading(arguments))
    joined = found.fit_transform(corpus)
    scores = {found.delimiter.join(w): score for part in found.phrases for w, score in part.items()}
    with atomic_writes(*outputs, compress=True) as files:
        if arguments.output:
            for text in joined.sentences():
                files[0].write(f"{' '.join(text)}\n".encode())
        if arguments.list:
            for phrase, score in scores.items():
                files[-1].write(f"{phrase}\t{score:g}\n".encode())
    before, after = corpus.stats.tokens, joined.stats.tokens
    if arguments.json:
        facts = {"output": arguments.output, "phrases": len(scores)}
        print(as_json({**facts, "tokens_before": before, "tokens": after}))
    if not arguments.quiet:
        print(
            f"{len(scores):,} phrases; {before:,} words became {after:,}\n"
            f"wrote {' and '.join(outputs)}",
            file=sys.stderr,
        )
    return 0


def _settings(arguments: argparse.Namespace) -> Any:
    """Make the phrases' settings; a value that they refuse is a mistake in the command line."""
    from w2v.files.inputs import read_lines
    from w2v.text.phrases import Phrases

    def lines(path: str) -> list[str]:
        read = read_lines(path, encoding=arguments.encoding, errors=arguments.errors)
        return [line.strip() for _, line in read if line.strip()]

    given: dict[str, Any] = {name: getattr(arguments, name) for name in SETTINGS}
    if arguments.connectors:
        known = arguments.connectors == "english"
        given["connector_words"] = "english" if known else lines(arguments.connectors)
    if arguments.names:
        given["vocabulary"] = lines(arguments.names)
    try:
        return Phrases(**given)
    except (TypeError, ValueError) as error:
        raise UsageError(as_flags(str(error), SETTINGS)) from None
