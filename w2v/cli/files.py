"""Verbs for files: ``w2v vocab``, ``convert`` and ``info``."""

from __future__ import annotations

import argparse
import os
import warnings
from typing import Any

from w2v import __version__
from w2v.cli import mlp
from w2v.cli.common import (
    Run,
    UsageError,
    as_json,
    check_corpus,
    check_output,
    field,
    format_of_suffix,
    print_header,
    print_rows,
    say,
    source_of,
    write_counts,
)
from w2v.cli.flags import add, add_corpus, add_encoding, add_loading, at_least, loading, reading
from w2v.names import FORMATS, REFINED


def vocab(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v vocab``."""
    parser.epilog = """\
columns: word, count; most frequent first

  w2v vocab corpus.txt --min-count 1 | head
"""
    add_corpus(parser)
    add(parser, "--min-count", at_least(0), "leave out words that occur less often", 5)
    about = "keep only the N most frequent words"
    add(parser, "--max-final-vocab", at_least(1), about, unless_given="all")
    about = "write lines `word count` to a file, not to standard output"
    add(parser, "-o --output", "FILE", about)
    return _vocab


def _vocab(arguments: argparse.Namespace) -> int:
    from w2v.text.corpus import Corpus
    from w2v.text.vocabulary import Vocabulary, look_alikes

    check_corpus(arguments.corpus)
    check_output(arguments.output, arguments.corpus)
    corpus = Corpus.of(source_of(arguments.corpus), **reading(arguments))
    vocabulary = Vocabulary.build(
        corpus, min_count=arguments.min_count, max_final_vocab=arguments.max_final_vocab
    )
    for message in look_alikes(vocabulary.words):
        warnings.warn(message, stacklevel=1)
    if arguments.output:
        write_counts(arguments.output, vocabulary)
        if arguments.json:
            print(as_json({"output": arguments.output, "words": len(vocabulary)}))
    else:
        names = ("word", "count")
        print_header(arguments, names)
        counts = vocabulary.counts.tolist()
        print_rows(arguments, names, zip(vocabulary.words, counts, strict=True))
    say(
        f"{len(vocabulary):,} of {corpus.stats.types:,} words, "
        f"{int(vocabulary.counts.sum()):,} of {corpus.stats.tokens:,} tokens, "
        f"{corpus.stats.lines:,} lines"
    )
    return 0


def convert(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v convert``."""
    parser.epilog = """\
Only .safetensors keeps the whole of a model. It, .npz and .tsv keep counts. A .tsv is an embedding
projector's vectors, with the words in a file beside it: vectors.tsv has metadata.tsv.

  w2v convert GoogleNews-vectors-negative300.bin.gz news.safetensors
  w2v convert glove.6B.zip/glove.6B.50d.txt glove.safetensors
  w2v convert model.safetensors vectors.bin --checksum
"""
    parser.add_argument("source", metavar="FROM", help="file to read; its content tells the format")
    parser.add_argument(
        "target",
        metavar="TO",
        help="file to write; the suffix says the format: .safetensors, .bin, .txt, .vec, .glove, "
        ".npz, .tsv",
    )
    add(parser, "--format", FORMATS, "format of TO, whatever the suffix")
    about = (
        "write refined vectors: whitened, of the sum of a model's input and output rows, of both "
        "side by side, or of the input rows, for which vectors with counts are enough"
    )
    add(parser, "--refined", REFINED, about)
    add(parser, "--limit", at_least(1), "copy only the first N words", unless_given="all")
    about = "write TO.sha256, too, which loading compares with TO (for all but .safetensors)"
    add(parser, "--checksum", True, about)
    add_encoding(parser)
    return _convert


def _convert(arguments: argparse.Namespace) -> int:
    from w2v.files import formats
    from w2v.files.projector import metadata_path
    from w2v.files.sidecar import sidecar_of, write_sidecar

    form = arguments.format or format_of_suffix(arguments.target)
    if arguments.checksum and form == "safetensors":
        raise UsageError("--checksum: a .safetensors file holds checksums itself")
    check_output(arguments.target)
    written = [arguments.target]
    if form == "tsv":
        written.append(metadata_path(arguments.target))
    for path in written if arguments.checksum else ():
        check_output(sidecar_of(path))
    is_model = formats.format_of(arguments.source) == "model"
    if is_model and form == "safetensors" and not (arguments.limit or arguments.refined):
        model = formats.read_model(arguments.source)
        formats.write_model(arguments.target, **model._asdict())
        V, d = model.W_in.shape
        left = []
    else:
        kv = _refined(arguments, is_model) if arguments.refined else _loaded(arguments)
        words, vectors, counts = kv.index_to_key, kv.vectors, kv.counts
        formats.write_vectors(
            arguments.target, words, vectors, counts, format=form, settings=kv.settings
        )
        V, d = vectors.shape
        lost = counts is not None and form not in formats.KEEP_COUNTS
        left = ["counts"] if lost else []
        left += ["output vectors", "settings", "history"] if is_model else []
    for path in written if arguments.checksum else ():
        write_sidecar(path)
    say(f"wrote {V:,} vectors of {d} numbers to {arguments.target} ({form})")
    if left:
        say(f"left behind: {', '.join(left)}")
    if arguments.json:
        print(as_json({"output": arguments.target, "format": form, "words": V, "vector_size": d}))
    return 0


def _loaded(arguments: argparse.Namespace, **more: Any) -> Any:
    from w2v.vectors.keyed import KeyedVectors

    return KeyedVectors.load(arguments.source, **{**loading(arguments), **more})


def _refined(arguments: argparse.Namespace, is_model: bool) -> Any:
    """Return the vectors of --refined; with --limit the first of them, whitened as all are."""
    from w2v.files import formats
    from w2v.training.ppmi import PPMI
    from w2v.training.word2vec import Word2Vec
    from w2v.vectors.keyed import KeyedVectors
    from w2v.vectors.refined import refine

    try:
        if is_model:
            counted = "shift" in formats.read_settings(arguments.source)[0]
            model = (PPMI if counted else Word2Vec).load(arguments.source)
            kv = model.refined(arguments.refined)
        elif (kv := _loaded(arguments, limit=None)).counts is None:
            raise UsageError(
                f"--refined: {arguments.source} has no counts, and how much a word weighs follows "
                "from them; convert a .safetensors file of w2v"
            )
        else:
            rows = refine(kv.vectors, None, kv.counts, arguments.refined)
            made = {**kv.settings, "refined": arguments.refined, "power": 0.5}
            kv = KeyedVectors(kv.index_to_key, rows, kv.counts)
            kv.settings = made
    except ValueError as error:
        raise UsageError(str(error).replace("matrices=", "--refined ").replace("'", "")) from None
    if arguments.limit:
        made, kv = kv.settings, kv.subset(kv.index_to_key[: arguments.limit])
        kv.settings = made
    return kv


def info(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v info``."""
    parser.epilog = """\
columns: name, value

  w2v info model.safetensors
"""
    parser.add_argument("model", nargs="?", metavar="MODEL", help="a file of any known format")
    add_loading(parser)
    return _info


def _info(arguments: argparse.Namespace) -> int:
    if arguments.model is None:
        facts = _installation()
    else:
        facts = mlp.describe(arguments.model) or _describe(arguments.model, **loading(arguments))
    if arguments.json:
        print(as_json(facts))
        return 0
    for record in facts.pop("history", []):
        if "epoch" in record:
            facts[f"epoch {record['epoch']}"] = f"loss {record['loss']:.4f}"
        else:  # of a model that was counted, not trained
            facts |= record
    for name, value in facts.pop("settings", {}).items():
        facts[f"settings.{name}"] = str(value)
    facts |= _flat("origin", facts.pop("origin", {}))
    for name, value in facts.items():
        print(name, field(value), sep="\t")
    return 0


def _installation() -> dict[str, Any]:
    import platform
    from importlib.metadata import version

    from w2v import _core
    from w2v.parallel import available_cores

    return {
        "w2v": __version__,
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "scipy", "safetensors", "tqdm")},
        "machine": platform.machine(),
        "cores": available_cores(),
        "instruction_set": _core.isa(),
        "instruction_sets": _core.isa_names(),
    }


def _describe(path: str, **loading: Any) -> dict[str, Any]:
    from w2v.files import formats

    form = formats.format_of(path)
    from w2v.files.words import are_ids

    words, vectors, counts, _, settings = formats.open_vectors(path, **loading)
    facts: dict[str, Any] = {
        "file": path,
        "format": form,
        "bytes": os.path.getsize(path) if os.path.exists(path) else None,
        "words": len(words),
        "are_ids": are_ids(words),
        "vector_size": vectors.shape[1],
        "tokens": None if counts is None else int(counts.sum()),
        "first_words": words[:10],
    }
    if settings:
        facts["settings"] = dict(settings)
    if form == "model" and "train_words" in settings and (outputs := formats.read_outputs(path)):
        facts = _of_documents(facts, outputs)
    if form == "model":
        facts["history"] = formats.read_settings(path)[1]
        facts["origin"] = formats.read_notes(path).get("origin", {})
    return facts


def _of_documents(facts: dict[str, Any], outputs: tuple[Any, Any]) -> dict[str, Any]:
    """Tell the tags of a model of documents, whose vectors come first, from its words."""
    words, counts = outputs
    facts |= {"tags": facts["words"], "first_tags": facts["first_words"]}
    return facts | {
        "words": len(words),
        "first_words": words[:10],
        "tokens": int(counts.sum()),
    }


def _flat(name: str, value: Any) -> dict[str, Any]:
    """Return nested facts as lines: ``origin.corpus.fingerprint`` ..."""
    if isinstance(value, dict) and "rows" in value:
        return {name: "some words"}  # a bit for each, which only a program wants to see
    if isinstance(value, list):  # earlier texts, or files
        value = {str(i + 1): item for i, item in enumerate(value)}
    if not isinstance(value, dict):
        return {} if value is None else {name: str(value)}
    lines: dict[str, Any] = {}
    for key, item in value.items():
        lines |= _flat(f"{name}.{key}", item)
    return lines
