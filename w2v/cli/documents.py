"""``w2v documents`` and ``infer``: vectors of a corpus's documents, and of new ones."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import Any

from w2v.cli.common import (
    Run,
    UsageError,
    as_json,
    check_corpus,
    check_output,
    format_of_suffix,
    print_header,
    print_rows,
    say,
    source_of,
)
from w2v.cli.flags import add, add_corpus, add_encoding, add_settings, at_least, given_settings
from w2v.cli.flags import reading as read_by
from w2v.cli.train import fit_and_save, untrained


def documents(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v documents``."""
    from w2v.training.document_settings import DocumentSettings

    parser.usage = f"{parser.prog} CORPUS... --output FILE [flags]"
    parser.epilog = """\
A line is a document. Without tags the documents are numbered from 0. Ask the file by w2v nn, with a
tag, and by w2v infer, with new documents.

  w2v documents texts.txt --output documents.safetensors
  w2v documents mails.tsv --tags --output mails.safetensors --architecture dm
  w2v documents table.csv --column text --tag-column id --output table.npz
"""
    add_corpus(parser)
    files = parser.add_argument_group("files")
    about = (
        "file to write; the suffix says the format: .safetensors (the whole model), or only the "
        "vectors of the tags: .bin, .txt, .vec (word2vec), .glove, .npz or .tsv (with metadata.tsv)"
    )
    add(files, "-o --output", "FILE", about)
    add(files, "--tags", True, "each line is `tag<TAB>text`; documents of a tag share its vector")
    add(files, "--tag-column", "NAME", "the column of the tags, beside --column, that of the texts")
    parser.add_argument("--quiet", action="store_true", help="print no progress and no summary")
    add_settings(parser, None, kind=DocumentSettings)
    parser.set_defaults(save_vocab=None, checkpoint=None, refined=None, animate=None)
    return _documents


def _documents(arguments: argparse.Namespace) -> int:
    from w2v.training.doc2vec import Doc2Vec
    from w2v.training.document_settings import DocumentSettings

    check_corpus(arguments.corpus)
    if not arguments.output:
        raise UsageError("give --output FILE, the file to write")
    model: Any = untrained(given_settings(arguments, DocumentSettings), Doc2Vec)
    form = format_of_suffix(arguments.output)
    check_output(arguments.output, arguments.corpus)
    tags = arguments.tag_column or arguments.tags or None
    if tags and (len(arguments.corpus) > 1 or arguments.corpus[0] == "-"):
        raise UsageError("tags are read from one file: name one")
    if arguments.tag_column and not arguments.column:
        raise UsageError("--tag-column needs --column, the column of the texts")
    if arguments.tags and arguments.column:
        raise UsageError("--tags is for lines `tag<TAB>text`; of a table name --tag-column")
    names = " ".join(arguments.corpus)
    source = source_of(arguments.corpus)
    return fit_and_save(arguments, model, form, names, source, tags=tags, **read_by(arguments))


def infer(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v infer``."""
    parser.usage = f"{parser.prog} MODEL [TEXT] [flags]"
    parser.epilog = """\
TEXT has a document on each line; without it standard input is read. Texts are split as in training.
columns: the numbers of a document's vector; with -n: number of the document, tag, similarity

  w2v infer documents.safetensors new.txt --output new.npz
  echo "heavy rain" | w2v infer documents.safetensors -n 3
"""
    about = "a model that `w2v documents` wrote, as .safetensors"
    parser.add_argument("model", metavar="MODEL", help=about)
    parser.add_argument("text", nargs="?", default="-", metavar="TEXT", help="a file of documents")
    about = "write the vectors, numbered from 0, instead of printing them; the suffix is the format"
    add(parser, "-o --output", "FILE", about)
    add(parser, "-n --topn", at_least(1), "print the N nearest tags of each document instead")
    add(parser, "--epochs", at_least(1), "passes over each document", unless_given="as in MODEL")
    add_encoding(parser)
    return _infer


def _infer(arguments: argparse.Namespace) -> int:
    from w2v.files import formats
    from w2v.files.inputs import read_lines
    from w2v.training.doc2vec import Doc2Vec

    if arguments.output and arguments.topn:
        raise UsageError("-n prints the nearest tags, and --output writes vectors: give one")
    check_corpus([arguments.text])
    form = format_of_suffix(arguments.output) if arguments.output else None
    check_output(arguments.output, [arguments.model, arguments.text])
    kind = formats.format_of(arguments.model)
    if kind != "model":
        raise ValueError(
            f"{arguments.model} holds vectors only ({kind}): `w2v infer` needs the model that "
            "`w2v documents --output FILE.safetensors` writes"
        )
    model = Doc2Vec.load(arguments.model)
    if arguments.text == "-":
        texts = list(sys.stdin)
    else:
        lines = read_lines(arguments.text, encoding=arguments.encoding, errors=arguments.errors)
        texts = [line for _, line in lines]
    if not texts:
        name = "standard input" if arguments.text == "-" else arguments.text
        raise ValueError(f"{name} has no document")
    vectors = model.infer_vectors(texts, epochs=arguments.epochs)
    if arguments.output:
        formats.write_vectors(arguments.output, list(range(len(texts))), vectors, format=form)
        say(f"wrote {len(texts):,} vectors of {model.vector_size} numbers to {arguments.output}")
        return 0
    if arguments.topn:
        columns = ("document", "tag", "similarity")
        print_header(arguments, columns)
        print_rows(arguments, columns, _nearest(model, vectors, arguments.topn))
        return 0
    for vector in vectors.tolist():
        print(as_json(vector) if arguments.json else "\t".join(f"{x:.6g}" for x in vector))
    return 0


def _nearest(model: Any, vectors: Any, topn: int) -> Iterator[tuple[Any, ...]]:
    """Yield the nearest tags to each vector."""
    for i, answer in enumerate(model.dv.most_similar_batch(vectors, topn=topn)):
        for tag, similarity in answer:
            yield i, tag, similarity
