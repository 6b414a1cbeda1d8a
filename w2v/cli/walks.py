"""``w2v walks``: from the edges of a graph to vectors of its nodes."""

from __future__ import annotations

import argparse

from w2v.cli.common import Run, UsageError, check_output, format_of_suffix
from w2v.cli.flags import add, add_settings, at_least, given_settings
from w2v.cli.train import add_output, fit_and_save, untrained


def walks(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v walks``."""
    parser.usage = f"{parser.prog} EDGES --output FILE [flags]"
    parser.epilog = """\
EDGES has `a b` or `a b weight` on each line. Nodes are read as numbers if all of them are. What the
walks are made of, and the vectors, depend on --seed alone.

  w2v walks edges.txt --output nodes.safetensors -p 0.5 -q 2 --window 10
"""
    parser.add_argument("edges", metavar="EDGES", help="a file of edges, plain or compressed")
    add_output(parser.add_argument_group("files"))
    group = parser.add_argument_group("walks")
    add(group, "-p", float, "low: walks go back often", 1.0)
    add(group, "-q", float, "low: walks lead away from where they came from", 1.0)
    add(group, "--length", at_least(2), "nodes of a walk", 80)
    add(group, "--per-node", at_least(1), "walks from each node", 10)
    add(group, "--directed", True, "edges lead from the first node to the second alone")
    parser.add_argument("--quiet", action="store_true", help="print no progress and no summary")
    add_settings(parser, None)
    parser.set_defaults(save_vocab=None, checkpoint=None)
    return _walks


def _walks(arguments: argparse.Namespace) -> int:
    from w2v.text.walks import walks as walks_on

    if not arguments.output:
        raise UsageError("give --output FILE, the file to write")
    model = untrained(given_settings(arguments))
    form = format_of_suffix(arguments.output)
    check_output(arguments.output, [arguments.edges])
    names = ("p", "q", "length", "per_node", "directed")
    how = {name: getattr(arguments, name) for name in names}
    for name in ("p", "q"):
        if not 1e-3 <= how[name] <= 1e3:
            raise UsageError(f"-{name} must lie between 0.001 and 1000, not {how[name]:g}")
    graph = walks_on(arguments.edges, **how, seed=model.seed)
    return fit_and_save(arguments, model, form, arguments.edges, graph)
