"""The command line: it parses and prints, the work is done by the modules it calls.

Results go to standard output, as tab-separated values or with ``--json`` as one JSON object a
line; all else goes to standard error. Exit status: 0 done, 1 an error in files, words or values, 2 an
error in the command line itself.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from w2v import __version__

if TYPE_CHECKING:
    from w2v.vectors import KeyedVectors

# Setting -> (type, what word2vec.c calls it, help). The defaults stand in Word2Vec.
SETTINGS: dict[str, tuple[Any, list[str], str]] = {
    "architecture": (str, [], "skipgram or cbow"),
    "loss": (str, [], "ns (negative sampling), hs (hierarchical softmax) or softmax (exact)"),
    "vector_size": (int, ["-size"], "length of a word vector"),
    "window": (int, ["-window"], "context words on each side, at most"),
    "min_count": (int, ["-min-count"], "leave out words that occur less often"),
    "max_final_vocab": (int, [], "keep only so many words, the most frequent"),
    "negative": (int, ["-negative"], "noise words for each centre under --loss ns"),
    "ns_exponent": (float, [], "noise words are drawn by count to this power"),
    "sample": (float, ["-sample"], "thin out words above this share of the corpus; 0 keeps all"),
    "alpha": (float, ["-alpha"], "learning rate at the start"),
    "min_alpha": (float, [], "learning rate at the end"),
    "epochs": (int, ["-iter"], "passes over the corpus"),
    "workers": (int, ["-threads"], "threads"),
    "seed": (int, [], "start of all random numbers"),
    "shrink_windows": (bool, [], "draw each centre's window from 1 to --window"),
    "cbow_gradient": (str, [], "undivided (as word2vec.c) or exact (of the mean)"),
}
OUTPUT_SUFFIXES = {".safetensors": "model", ".bin": "bin", ".txt": "text", ".vec": "text"}
QUESTION_WORDS = {"sim": 2, "analogy": 3}


class UsageError(Exception):
    """A mistake in the command line that argparse does not see."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments behind the program's name; those of the process unless given.

    Returns
    -------
    int
        The exit status.
    """
    warnings.showwarning = _show_warning
    warnings.simplefilter("always", UserWarning)
    parser = _parser()
    try:
        arguments = parser.parse_args(argv)
        status: int = arguments.run(arguments)
        sys.stdout.flush()
        return status
    except UsageError as error:
        print(f"w2v: error: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of our output has enough: `w2v nn ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("w2v: interrupted", file=sys.stderr)
        return 1
    except (
        ArithmeticError,
        EOFError,
        ImportError,
        LookupError,
        MemoryError,
        OSError,
        TypeError,
        ValueError,
    ) as error:
        if os.environ.get("W2V_DEBUG"):  # for developers: where did it come from?
            raise
        print(f"w2v: error: {_one_line(error)}", file=sys.stderr)
        return 1


def _one_line(error: BaseException) -> str:
    """Return an exception's message as one line, an OSError's with the file first."""
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split()) or type(error).__name__


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    print(f"w2v: warning: {message}", file=sys.stderr)


# --- the parser ----------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="w2v",
        description="Train word vectors and ask them questions.",
        epilog="`w2v VERB --help` tells more. Start with `w2v demo`.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"w2v {__version__}")
    verbs = parser.add_subparsers(metavar="VERB", required=True)

    def verb(name: str, run: Any, description: str, aliases: Sequence[str] = ()) -> Any:
        made = verbs.add_parser(
            name,
            help=description,
            description=description[0].upper() + description[1:] + ".",
            allow_abbrev=False,
        )
        made.set_defaults(run=run, verb=name)
        return made

    for name, text in (
        ("train", "train word vectors on a corpus"),
        ("skipgram", "short for train --architecture skipgram"),
        ("cbow", "short for train --architecture cbow"),
    ):
        _add_training(verb(name, _train, text), fixed=None if name == "train" else name)

    sub = verb("nn", _nn, "print the nearest neighbours of words")
    _add_model(sub)
    sub.add_argument("words", nargs="*", metavar="WORD", help="else lines of standard input")
    _add_topn(sub)

    sub = verb("sim", _sim, "print the cosine similarity of two words")
    _add_model(sub)
    sub.add_argument("words", nargs="*", metavar="WORD", help="two; else lines of standard input")

    sub = verb("analogy", _analogy, "answer `A is to B as C is to ?`")
    _add_model(sub)
    sub.add_argument("words", nargs="*", metavar="WORD", help="three; else lines of standard input")
    sub.add_argument("--method", choices=["3cosadd", "3cosmul"], default="3cosadd")
    _add_topn(sub)

    sub = verb("odd", _odd, "print the word that does not match the others")
    _add_model(sub)
    sub.add_argument("words", nargs="*", metavar="WORD", help="else lines of standard input")

    sub = verb("eval", _eval, "score a model on analogies and on word similarity")
    _add_model(sub)
    sub.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="question file (`: section` lines, four words a line) or pair file (word word score)",
    )
    sub.add_argument("--method", choices=["3cosadd", "3cosmul"], default="3cosadd")
    sub.add_argument(
        "--restrict-vocab",
        type=int,
        default=30000,
        metavar="N",
        help="analogies: ask and answer within the N most frequent words; 0 for all "
        "(default %(default)s)",
    )

    sub = verb("vocab", _vocab, "count the words of a corpus")
    _add_corpus(sub)
    sub.add_argument("--min-count", type=int, default=5, metavar="N", help="default %(default)s")
    sub.add_argument("--max-final-vocab", type=int, metavar="N")
    sub.add_argument("--output", metavar="FILE", help="write `word count` lines to a file")

    sub = verb("convert", _convert, "copy vectors from one file format to another")
    sub.add_argument("source", metavar="FROM", help="format recognised by content")
    sub.add_argument("target", metavar="TO", help="format by suffix: .safetensors .bin .txt .vec")
    sub.add_argument("--format", choices=["safetensors", "bin", "text", "glove"])

    sub = verb("info", _info, "describe a model, or this installation")
    sub.add_argument("model", nargs="?", metavar="MODEL")

    sub = verb("demo", _demo, "train on the embedded small world and show what was learnt")
    sub.add_argument("--seed", type=int, default=1, help="default %(default)s")
    sub.add_argument("--output", metavar="FILE", help="keep the model")

    for made in {id(p): p for p in verbs.choices.values()}.values():
        made.add_argument("--json", action="store_true", help="one JSON object a line")
    return parser


def _add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="a file of any known format")


def _add_topn(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-n", "--topn", type=int, default=10, metavar="N", help="how many (default %(default)s)"
    )


def _add_corpus(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "corpus",
        nargs="*",
        metavar="CORPUS",
        help="files, folders or patterns; - is standard input",
    )
    parser.add_argument(
        "--tokenizer",
        choices=["whitespace", "words"],
        default="whitespace",
        help="whitespace: split at blanks; words: lower-cased Unicode words (default %(default)s)",
    )
    parser.add_argument("--encoding", default="utf-8", help="of the files (default %(default)s)")
    parser.add_argument(
        "--errors",
        choices=["strict", "replace", "ignore", "backslashreplace"],
        default="strict",
        help="what to do with bytes that are not in this encoding (default %(default)s)",
    )


def _add_training(parser: argparse.ArgumentParser, fixed: str | None) -> None:
    from w2v.word2vec import Word2Vec

    defaults = Word2Vec.__init__.__kwdefaults__ or {}
    _add_corpus(parser)
    parser.add_argument(
        "--output",
        "-output",
        metavar="FILE",
        help="where to: .safetensors (the whole model), .bin, .txt or .vec (the vectors)",
    )
    parser.add_argument(
        "--vocabulary",
        "-read-vocab",
        metavar="FILE",
        help="train the words of this file: `word count` lines, or a word a line",
    )
    parser.add_argument(
        "--save-vocab", "-save-vocab", metavar="FILE", help="write `word count` lines"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    settings = parser.add_argument_group("settings")
    for name, (kind, old, text) in SETTINGS.items():
        if name == "architecture" and fixed:
            parser.set_defaults(architecture=fixed)
            continue
        flag = "--" + name.replace("_", "-")
        default = defaults[name]
        shown = "" if default is None else f" (default {default})"
        if kind is bool:
            settings.add_argument(
                flag, action=argparse.BooleanOptionalAction, default=None, help=text + shown
            )
        else:
            settings.add_argument(flag, *old, type=kind, metavar="X", help=text + shown)
    old_flags = parser.add_argument_group("as word2vec.c has them")
    old_flags.add_argument(
        "-train", dest="train_file", metavar="FILE", help="the corpus; implies -cbow 1"
    )
    for flag, text in (
        ("-cbow", "1 CBOW, 0 skip-gram"),
        ("-hs", "1 hierarchical softmax"),
        ("-binary", "1 binary, 0 text, whatever the suffix"),
    ):
        old_flags.add_argument(flag, type=int, choices=[0, 1], help=text)
    old_flags.add_argument("-debug", type=int, help=argparse.SUPPRESS)


# --- training ------------------------------------------------------------------------------------


def _train(arguments: argparse.Namespace) -> int:
    from w2v import formats
    from w2v.word2vec import Word2Vec

    if arguments.train_file:
        arguments.corpus.append(arguments.train_file)
    if not arguments.corpus:
        raise UsageError("no corpus given: name a file, a folder or a pattern, or - for stdin")
    if not arguments.output:
        raise UsageError("no --output FILE given")
    form = _output_form(arguments)
    for path in (arguments.output, arguments.save_vocab):
        _check_writable(path)  # now, not after hours of training
    model = Word2Vec(**_settings(arguments))
    words = _read_vocabulary(arguments.vocabulary) if arguments.vocabulary else None
    model.fit(
        _source(arguments.corpus),
        vocabulary=words,
        verbose=not arguments.quiet,
        tokenizer=arguments.tokenizer,
        encoding=arguments.encoding,
        errors=arguments.errors,
    )
    if form == "model":
        model.save(arguments.output)
    else:
        model.wv.save(arguments.output, format=form)
    if arguments.save_vocab:
        formats.write_counts(arguments.save_vocab, model.vocabulary.words, model.vocabulary.counts)
    stats = model.corpus_stats
    summary = {
        "output": arguments.output,
        "words": len(model.vocabulary),
        "vector_size": model.vector_size,
        **stats,
        "interrupted": model.interrupted,
        "history": model.history,
    }
    if arguments.json:
        print(json.dumps(summary))
    elif not arguments.quiet:
        last = model.history[-1] if model.history else {}
        print(
            f"read {stats['tokens_read']:,} words in {stats['lines']:,} lines, "
            f"{stats['tokens_below_min_count']:,} of them left out as too rare\n"
            f"trained {len(model.vocabulary):,} vectors of {model.vector_size} numbers, "
            f"loss {last.get('loss', float('nan')):.4f}, "
            f"{last.get('words_per_second', 0):,.0f} words/s\n"
            f"wrote {arguments.output}",
            file=sys.stderr,
        )
    return 1 if model.interrupted else 0


def _output_form(arguments: argparse.Namespace) -> str:
    """Return what to write: "model", or a format of formats.write_vectors()."""
    if arguments.binary is not None:
        return "bin" if arguments.binary else "text"
    suffix = Path(arguments.output).suffix.lower()
    if suffix in OUTPUT_SUFFIXES:
        return OUTPUT_SUFFIXES[suffix]
    if arguments.train_file:  # an old script: word2vec.c writes text unless told otherwise
        return "text"
    raise UsageError(
        f"--output {arguments.output}: the suffix says the format; "
        f"known are {', '.join(OUTPUT_SUFFIXES)}"
    )


def _check_writable(path: str | None) -> None:
    if path is None:
        return
    folder = Path(path).parent
    if Path(path).is_dir():
        raise ValueError(f"{path} is a folder: name a file in it")
    if not folder.is_dir():
        raise ValueError(f"{path}: the folder {folder} does not exist")
    if not os.access(folder, os.W_OK):
        raise ValueError(f"{path}: no permission to write in {folder}")


def _settings(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the settings that were given, word2vec.c's spellings translated."""
    given = {name: getattr(arguments, name) for name in SETTINGS}
    cbow = arguments.cbow
    if cbow is None and arguments.train_file:
        cbow = 1  # word2vec.c's default
    if cbow is not None and given["architecture"] is None:
        given["architecture"] = "cbow" if cbow else "skipgram"
    if arguments.hs:
        if given["negative"]:
            raise UsageError(
                "-hs 1 and -negative above 0 are two output layers: give one of them "
                "(-negative 0 with -hs 1)"
            )
        given["loss"] = "hs"
    if given["negative"] == 0 and (given["loss"] in ("hs", "softmax")):
        given["negative"] = None
    return {name: value for name, value in given.items() if value is not None}


def _source(corpus: list[str]) -> Any:
    """Return a source for Corpus: one path, pattern or "-" as it is, several as paths."""
    return corpus[0] if len(corpus) == 1 else [Path(path) for path in corpus]


def _read_vocabulary(path: str) -> list[str] | dict[str, int]:
    """Read a vocabulary file: counts if its first line has one, else a plain list of words."""
    from w2v import formats

    with open(path, encoding="utf-8") as file:
        first = next((line.split() for line in file if line.strip()), [])
        if len(first) == 1:
            file.seek(0)
            return file.read().split()
    return formats.read_counts(path)


def _vocab(arguments: argparse.Namespace) -> int:
    from w2v import formats
    from w2v.corpus import Corpus
    from w2v.vocab import Vocabulary

    if not arguments.corpus:
        raise UsageError("no corpus given: name a file, a folder or a pattern, or - for stdin")
    _check_writable(arguments.output)
    corpus = Corpus(
        _source(arguments.corpus),
        tokenizer=arguments.tokenizer,
        encoding=arguments.encoding,
        errors=arguments.errors,
    )
    vocabulary = Vocabulary.build(
        corpus, min_count=arguments.min_count, max_final_vocab=arguments.max_final_vocab
    )
    if arguments.output:
        formats.write_counts(arguments.output, vocabulary.words, vocabulary.counts)
    else:
        counted = zip(vocabulary.words, vocabulary.counts.tolist(), strict=True)
        _print_rows(arguments, ("word", "count"), counted)
    kept = int(vocabulary.counts.sum())
    print(
        f"{len(vocabulary):,} words of {corpus.stats.types:,}, "
        f"{kept:,} tokens of {corpus.stats.tokens:,}, {corpus.stats.lines:,} lines",
        file=sys.stderr,
    )
    return 0


# --- questions -----------------------------------------------------------------------------------


def _load(path: str) -> KeyedVectors:
    from w2v.vectors import KeyedVectors

    return KeyedVectors.load(path)


def _print_rows(
    arguments: argparse.Namespace, names: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Print rows as TSV, or as one JSON object each."""
    for row in rows:
        if arguments.json:
            print(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False))
        else:
            print(*(f"{x:.6f}" if isinstance(x, float) else x for x in row), sep="\t")


def _questions(arguments: argparse.Namespace, size: int | None) -> Iterator[list[str]]:
    """Yield the words of the command line, or those of each line of standard input.

    With `size`, that many words make a question; a terminal is prompted.
    """
    words = arguments.words
    if words:
        if size and len(words) != size:
            raise UsageError(f"{arguments.verb} takes {size} words, not {len(words)}")
        yield words
        return
    interactive = sys.stdin.isatty()
    while True:
        if interactive:
            print(f"{arguments.verb}> ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            if interactive:
                print(file=sys.stderr)
            return
        words = line.split()
        if words and size and len(words) != size:
            print(f"w2v: error: {size} words a line, not {len(words)}", file=sys.stderr)
        elif words:
            yield words


def _ask(arguments: argparse.Namespace, names: Sequence[str], answer: Any, size: int | None) -> int:
    """Print the rows that ``answer(words)`` gives to each question.

    A question with an unknown word ends a command that came with its words; among the lines of
    standard input it is reported and the others are answered.
    """
    status = 0
    for words in _questions(arguments, size):
        try:
            _print_rows(arguments, names, answer(words))
        except (KeyError, ValueError) as error:
            if arguments.words:
                raise
            print(f"w2v: error: {_one_line(error)}", file=sys.stderr)
            status = 1
        sys.stdout.flush()
    return status


def _nn(arguments: argparse.Namespace) -> int:
    vectors = _load(arguments.model)

    def answer(words: list[str]) -> list[tuple[str, str, float]]:
        found = [vectors.most_similar(word, topn=arguments.topn) for word in words]
        return [
            (word, neighbour, score)
            for word, neighbours in zip(words, found, strict=True)
            for neighbour, score in neighbours
        ]

    return _ask(arguments, ("word", "neighbour", "similarity"), answer, None)


def _sim(arguments: argparse.Namespace) -> int:
    vectors = _load(arguments.model)

    def answer(words: list[str]) -> list[tuple[str, str, float]]:
        a, b = words
        return [(a, b, float(vectors.similarity(a, b)))]

    return _ask(arguments, ("word1", "word2", "similarity"), answer, 2)


def _analogy(arguments: argparse.Namespace) -> int:
    vectors = _load(arguments.model)

    def answer(words: list[str]) -> list[tuple[str, str, str, str, float]]:
        a, b, c = words
        found = vectors.analogy(a, b, c, topn=arguments.topn, method=arguments.method)
        return [(a, b, c, word, score) for word, score in found]

    return _ask(arguments, ("a", "b", "c", "answer", "score"), answer, 3)


def _odd(arguments: argparse.Namespace) -> int:
    vectors = _load(arguments.model)

    def answer(words: list[str]) -> list[tuple[str]]:
        return [(vectors.doesnt_match(words),)]

    return _ask(arguments, ("odd",), answer, None)


def _eval(arguments: argparse.Namespace) -> int:
    from w2v import evaluate

    vectors = _load(arguments.model)
    for path in arguments.files:
        if _is_question_file(path):
            result = evaluate.analogies(
                vectors,
                path,
                restrict_vocab=arguments.restrict_vocab or None,
                method=arguments.method,
            )
            scores = [*result.sections, result.semantic, result.syntactic, result.total]
            rows = [(path, s.name, s.accuracy, s.correct, s.total, s.skipped) for s in scores]
            names = ("file", "section", "accuracy", "correct", "asked", "skipped")
            _print_rows(arguments, names, rows)
        else:
            pairs = evaluate.word_pairs(vectors, path)
            names = ("file", "spearman", "pearson", "used", "skipped")
            row = (path, pairs.spearman, pairs.pearson, pairs.used, pairs.skipped)
            _print_rows(arguments, names, [row])
    return 0


def _is_question_file(path: str) -> bool:
    """Tell a question file, `: section` or four words a line, from a pair file."""
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                return line.startswith(":") or len(line.split()) == 4
    raise ValueError(f"{path} holds neither questions nor pairs: it is empty")


# --- files and the rest --------------------------------------------------------------------------


def _convert(arguments: argparse.Namespace) -> int:
    from w2v import formats

    _check_writable(arguments.target)
    words, vectors, counts = formats.read_vectors(arguments.source)
    formats.write_vectors(arguments.target, words, vectors, counts, format=arguments.format)
    print(f"wrote {len(words):,} x {vectors.shape[1]} to {arguments.target}", file=sys.stderr)
    return 0


def _info(arguments: argparse.Namespace) -> int:
    if arguments.model is None:
        rows = _installation()
    else:
        rows = _describe(arguments.model)
    if arguments.json:
        print(json.dumps(dict(rows), ensure_ascii=False))
    else:
        for name, value in rows:
            print(name, value, sep="\t")
    return 0


def _installation() -> list[tuple[str, Any]]:
    import platform
    from importlib.metadata import version

    from w2v import _core
    from w2v.word2vec import available_cores

    return [
        ("w2v", __version__),
        ("python", platform.python_version()),
        *((name, version(name)) for name in ("numpy", "scipy", "safetensors", "tqdm")),
        ("machine", platform.machine()),
        ("cores", available_cores()),
        ("instruction set", _core.isa()),
        ("instruction sets", ", ".join(_core.isa_names())),
    ]


def _describe(path: str) -> list[tuple[str, Any]]:
    from w2v import formats

    words, vectors, counts = formats.read_vectors(path)
    rows: list[tuple[str, Any]] = [
        ("file", path),
        ("bytes", os.path.getsize(path)),
        ("words", len(words)),
        ("vector_size", vectors.shape[1]),
        ("counts", "none" if counts is None else f"{int(counts.sum())} tokens"),
        ("most frequent", " ".join(words[:10])),
    ]
    if formats.is_model(path):
        model = formats.read_model(path, mmap=True)
        rows += [(f"settings.{name}", value) for name, value in model.settings.items()]
        rows += [
            (f"epoch {record['epoch']}", f"loss {record['loss']:.4f}") for record in model.history
        ]
    return rows


def _demo(arguments: argparse.Namespace) -> int:
    from w2v import evaluate, world
    from w2v.word2vec import train

    _check_writable(arguments.output)
    print("training on the embedded small world (corpora/world.txt)", file=sys.stderr)
    model = train(list(world.sentences()), seed=arguments.seed, **world.DEMO_SETTINGS)
    vectors = model.wv
    if not arguments.json:
        print("nearest neighbours, by cosine similarity")
    for word in world.DEMO_WORDS:
        near = vectors.most_similar(word, topn=5)
        if arguments.json:
            print(json.dumps({"word": word, "neighbours": near}))
        else:
            print(f"  {word:8}", "  ".join(f"{other} {score:.2f}" for other, score in near))
    if not arguments.json:
        print("\nanalogies")
    for a, b, c in world.DEMO_ANALOGIES:
        answer, score = vectors.analogy(a, b, c, topn=1)[0]
        if arguments.json:
            print(json.dumps({"a": a, "b": b, "c": c, "answer": answer, "score": score}))
        else:
            print(f"  {a} is to {b} as {c} is to {answer}  ({score:.2f})")
    total = evaluate.analogies(vectors, world.questions()).total
    if arguments.json:
        print(json.dumps({"questions": total.total, "correct": total.correct}))
    else:
        print(f"\nof the {total.total} planted analogies {total.correct} are answered right")
    if arguments.output:
        model.save(arguments.output)
        print(f"wrote {arguments.output}", file=sys.stderr)
    return 0
