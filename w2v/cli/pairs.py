"""``w2v pairs``: from a file of pairs to vectors of what stands in them."""

from __future__ import annotations

import argparse
from functools import partial

from w2v.cli.common import Run, UsageError, check_corpus, check_output, format_of_suffix
from w2v.cli.flags import add, add_settings, given_settings
from w2v.cli.train import add_output, fit_and_save, untrained


def pairs(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v pairs``."""
    from w2v.training.pairs import OF_TEXTS
    from w2v.training.settings import NAMES

    parser.usage = f"{parser.prog} PAIRS --output FILE [flags]"
    parser.epilog = """\
PAIRS has `input output` or `input output weight` on each line: a word and its dependent, a customer
and an article, two ends of a connection. The first predicts the second.

  w2v pairs bought.tsv --output customers.safetensors --separate --epochs 20
"""
    parser.add_argument("pairs", metavar="PAIRS", help="a file of pairs, plain or compressed")
    add_output(parser.add_argument_group("files"))
    about = "inputs and outputs have vocabularies of their own; the vectors are those of the inputs"
    add(parser, "--separate", True, about)
    parser.add_argument("--quiet", action="store_true", help="print no progress and no summary")
    add_settings(parser, None, set(NAMES) - {"architecture", "cbow_gradient", *OF_TEXTS})
    parser.set_defaults(save_vocab=None, checkpoint=None, sample=0)
    return _pairs


def _pairs(arguments: argparse.Namespace) -> int:
    from w2v.training.pairs import fit_pairs

    if not arguments.output:
        raise UsageError("give --output FILE, the file to write")
    given = given_settings(arguments)
    given.pop("sample")
    model = untrained(given)
    form = format_of_suffix(arguments.output)
    check_corpus([arguments.pairs])
    check_output(arguments.output, [arguments.pairs])
    fit = partial(fit_pairs, model, separate=arguments.separate)
    return fit_and_save(arguments, model, form, arguments.pairs, arguments.pairs, fit)
