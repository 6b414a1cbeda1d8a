"""Verbs that make pages: ``w2v explore`` and ``w2v playground``."""

from __future__ import annotations

import argparse
import os
from dataclasses import asdict

from w2v.cli.common import Run, as_json, check_output, say
from w2v.cli.flags import add, add_loading, at_least, loading
from w2v.names import MAPS


def explore(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v explore``."""
    parser.epilog = """\
The page is one file. It opens by double click, and nothing is fetched from anywhere.

  w2v explore model.safetensors -o page.html
  w2v explore new.bin --other old.bin -o page.html
"""
    parser.add_argument("model", metavar="MODEL", help="vectors or a model, in any known format")
    add(parser, "-o --output", "FILE", "the page to write", "explorer.html")
    add(parser, "--other", "MODEL", "a second model, turned to fit the first and shown beside it")
    add(parser, "--words", at_least(3), "show the N most frequent words", 50_000)
    about = "how the map is made: pca is exact and quick, tsne keeps more neighbours together"
    add(parser, "--map", MAPS, about, "pca")
    about = "a TSV or CSV table with a header: words, then columns to colour the map by"
    add(parser, "--metadata", "FILE", about)
    add_loading(parser)
    return _explore


def _explore(arguments: argparse.Namespace) -> int:
    from w2v.see.explorer import explore, read_columns
    from w2v.vectors.keyed import KeyedVectors

    paths = [path for path in (arguments.model, arguments.other) if path]
    check_output(arguments.output, [*paths, *filter(None, [arguments.metadata])])
    columns = read_columns(arguments.metadata) if arguments.metadata else None
    vectors = [KeyedVectors.load(path, **loading(arguments)) for path in paths]
    names = [os.path.basename(path) for path in paths]
    explored = explore(
        vectors[0],
        arguments.output,
        other=vectors[1] if arguments.other else None,
        words=arguments.words,
        map=arguments.map,
        columns=columns,
        title=" and ".join(names),
        names=(names[0], names[-1]),
    )
    facts = {"output": arguments.output, **asdict(explored)}
    say(
        f"wrote {arguments.output}: {explored.words:,} words, {explored.size / 1e6:.1f} MB; a "
        f"number takes a byte, so cosines are off by at most {explored.error:.4f} and "
        f"{explored.overlap:.1%} of ten neighbours are the true ones; the map shows "
        f"{explored.map_overlap:.1%} of them among the ten nearest points"
    )
    if arguments.json:
        print(as_json(facts))
    return 0


def playground(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v playground``."""
    parser.epilog = """\
The page is one file. It opens by double click, and nothing is fetched from anywhere. A text can
also be pasted into the page, or dropped on it.

  w2v playground -o page.html
  w2v playground letters.txt -o page.html
"""
    about = "a text that the page offers first, compressed or not"
    parser.add_argument("text", metavar="TEXT", nargs="*", help=about)
    add(parser, "-o --output", "FILE", "the page to write", "playground.html")
    return _playground


def _playground(arguments: argparse.Namespace) -> int:
    from w2v.files.inputs import read_lines
    from w2v.see.playground import playground

    check_output(arguments.output, arguments.text)
    texts = {
        os.path.basename(path): "\n".join(line for _, line in read_lines(path))
        for path in arguments.text
    }
    size = playground(arguments.output, texts)
    say(f"wrote {arguments.output}: {size / 1e6:.1f} MB")
    if arguments.json:
        print(as_json({"output": arguments.output, "size": size}))
    return 0
