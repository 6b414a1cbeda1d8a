"""``w2v check``: whether a corpus is fit to be trained on, and files of vectors are whole."""

from __future__ import annotations

import argparse
import os
import warnings
from typing import Any

from w2v.cli import mlp
from w2v.cli.common import Run, check_corpus, one_line, print_header, print_rows, source_of
from w2v.cli.flags import add, add_corpus, as_flags, at_least, reading, real
from w2v.names import READING

COLUMNS = ("what", "value", "result", "advice")
_OK, _WRONG = "ok", "look"
_OURS = (".safetensors", ".bin", ".vec", ".glove", ".npz")  # no names of texts


def check(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v check``."""
    parser.usage = f"{parser.prog} CORPUS|FILE... [flags]"
    parser.epilog = """\
columns: what was looked at, its value, ok or look, what to do
A text is looked at as a corpus; a file of a model, vectors or a network is read whole, whether it
is damaged. The exit status is 1 unless all is ok.

  w2v check corpus.txt --vector-size 300
  w2v check model.safetensors
"""
    add_corpus(parser)
    add(parser, "--vector-size", at_least(1), "numbers a word will have", 100)
    add(parser, "--min-count", at_least(1), "words that occur less often will be left out", 5)
    add(parser, "--sample", real, "words above this share will be thinned out", 1e-3)
    return _check


def _check(arguments: argparse.Namespace) -> int:
    check_corpus(arguments.corpus)
    files = [path for path in arguments.corpus if _is_ours(path)]
    texts = [path for path in arguments.corpus if path not in files]
    rows = [_of_file(path) for path in files]
    rows += _of_corpus(arguments, texts) if texts else []
    print_header(arguments, COLUMNS)
    print_rows(arguments, COLUMNS, rows)
    return 0 if all(row[2] == _OK for row in rows) else 1


def _is_ours(path: str) -> bool:
    """Tell a file of a model, vectors or a network from a text."""
    from w2v.files import formats
    from w2v.files.storage import suffix_of

    if path == "-" or not os.path.isfile(os.path.expanduser(path)):
        return False
    if suffix_of(path)[0] in _OURS or mlp.is_network(path):
        return True
    try:
        return bool(formats.format_of(path))
    except ValueError:
        return False


def _of_file(path: str) -> tuple[Any, ...]:
    """Read all of a file, and compare it with its checksums."""
    try:
        kind, checksums = _compared(path)
    except (OSError, ValueError) as error:
        return path, None, _WRONG, one_line(error)
    shown = "checksum" if checksums == 1 else "checksums"
    return path, f"{kind}, {checksums or 'no'} {shown}", _OK, ""


def _compared(path: str) -> tuple[str, int]:
    """Return the format of a file that is whole, and how many checksums it was compared with."""
    from w2v.files import formats
    from w2v.files.sidecar import compare_sidecar
    from w2v.networks.files import compare
    from w2v.networks.network import Network

    beside = int(compare_sidecar(path))
    if mlp.is_network(path):
        if mlp.load_estimator(path) is None:
            Network.load(path)
        return "network", compare(path) + beside
    kind = formats.format_of(path)
    if kind == "model":
        formats.read_model(path, mmap=True)
    else:
        formats.read_vectors(path)
    return kind, formats.checksums(path) + beside


def _of_corpus(arguments: argparse.Namespace, texts: list[str]) -> list[tuple[Any, ...]]:
    """Look at a corpus; what reading it says stands first."""
    from w2v.text.corpus import Corpus
    from w2v.text.diagnosis import diagnose

    name = " ".join(texts)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            corpus = Corpus.of(source_of(texts), **reading(arguments))
        except (OSError, ValueError) as error:
            return [(name, None, _WRONG, as_flags(one_line(error), READING))]
    rows: list[tuple[Any, ...]] = [(name, arguments.encoding or "utf-8", _OK, "")]
    rows += [("reading", None, _WRONG, as_flags(str(w.message), READING)) for w in said]
    found = diagnose(
        corpus,
        vector_size=arguments.vector_size or 100,
        min_count=arguments.min_count or 5,
        sample=1e-3 if arguments.sample is None else arguments.sample,
    )
    return rows + [
        (f.what, f.value, _OK if f.ok else _WRONG, as_flags(f.advice, READING)) for f in found
    ]
