"""The command line: it parses and prints, the work is done by the modules it calls.

Results go to standard output, as tab-separated values or with ``--json`` as one JSON object a
line; all else goes to standard error. Exit status: 0 done; 1 something failed on the way, such as a
missing file or an unknown word; 2 the command line itself is wrong, and nothing was written.
``W2V_DEBUG=1`` in the environment shows where an error came from.
"""

from __future__ import annotations

import argparse
import errno
import os
import re
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from w2v import __version__
from w2v.cli import networks as cli_networks
from w2v.cli.common import (
    Rows,
    UsageError,
    Verb,
    as_json,
    check_output,
    field,
    one_line,
    print_header,
    print_rows,
    whole,
)

if TYPE_CHECKING:
    from w2v.training.word2vec import Word2Vec
    from w2v.vectors.keyed import KeyedVectors

# Setting -> (type, what word2vec.c calls it, help). Defaults and choices stand in w2v.word2vec;
# where the default is None, the help says what that means.
SETTINGS: dict[str, tuple[type, str | None, str]] = {
    "architecture": (str, None, "predict a word from each word near it, or from all of them"),
    "loss": (str, None, "negative sampling, hierarchical softmax or exact softmax: slow"),
    "vector_size": (int, "-size", "numbers in the vector of a word"),
    "window": (int, "-window", "words on each side that count as near, at most"),
    "min_count": (int, "-min-count", "leave out words that occur less often"),
    "max_final_vocab": (int, None, "keep only the N most frequent words (default: all)"),
    "epochs": (int, "-iter", "passes over the corpus"),
    "alpha": (float, "-alpha", "learning rate at the start (default: 0.025, for cbow 0.05)"),
    "min_alpha": (float, None, "learning rate at the end"),
    "negative": (int, "-negative", "noise words for each word, under --loss ns"),
    "shared_negatives": (bool, None, "one set of noise words for all words near a word: faster"),
    "ns_exponent": (float, None, "noise words are drawn in proportion to count to this power"),
    "sample": (float, "-sample", "thin out words above this share of the corpus; 0 keeps all"),
    "shrink_windows": (bool, None, "draw each window from 1 to --window: near words count more"),
    "cbow_gradient": (str, None, "exact: as computed; undivided: all of it to each context word"),
    "workers": (int, "-threads", "threads (default: all cores)"),
    "seed": (int, None, "start of all random numbers"),
    "deterministic": (
        bool,
        None,
        "the same vectors for any number of threads (default: yes, for --loss softmax no)",
    ),
}
READING = ("tokenizer", "encoding", "errors", "memory_budget", "tmp_dir")  # as Corpus takes them
ENCODING_ERRORS = ["strict", "replace", "ignore", "backslashreplace"]
FORMATS = ["safetensors", "bin", "text", "glove"]  # as formats.write_vectors() takes them
METHODS = ["3cosadd", "3cosmul"]
TRAINING_VERBS = ("train", "skipgram", "cbow")
READING_VERBS = (*TRAINING_VERBS, "vocab", "convert")  # those with the flags of READING

# What argparse would take for an abbreviation must not train something else (-d 50 as -debug 50).
KNOWN_SINGLE_DASH = {old for _, old, _ in SETTINGS.values() if old} | {
    *("-h", "-o", "-train", "-output", "-save-vocab", "-read-vocab"),
    *("-cbow", "-hs", "-binary", "-debug", "-classes"),
}


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are exceptions: they take one line, without the usage."""

    def error(self, message: str) -> Any:
        raise UsageError(message)


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
    argv = list(sys.argv[1:] if argv is None else argv)
    # a verb is one word or two: `w2v mlp train`
    words = next((n for n in (2, 1) if " ".join(argv[:n]) in VERBS and len(argv) >= n), 0)
    verb = " ".join(argv[:words]) or None
    _prepare_streams()
    with warnings.catch_warnings():
        warnings.showwarning = _show_warning
        warnings.simplefilter("always", UserWarning)
        try:
            status = _run(verb, argv[words:]) if verb else _without_verb(argv)
            sys.stdout.flush()
            return status
        except UsageError as error:
            print(
                f"w2v: error: {error}; see {f'w2v {verb}' if verb else 'w2v'} --help",
                file=sys.stderr,
            )
            return 2
        except BrokenPipeError:  # the reader has enough: `w2v nn ... | head`
            _drop_unwritable_output()
            return 0
        except KeyboardInterrupt:
            written = "; nothing was written" if verb in TRAINING_VERBS else ""
            print(f"\nw2v: interrupted{written}", file=sys.stderr)
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
            if os.environ.get("W2V_DEBUG"):
                raise
            message = one_line(error)
            if verb in READING_VERBS:
                message = _as_flags(message)
            print(f"w2v: error: {message}", file=sys.stderr)
            _drop_unwritable_output()
            return 1


def _run(verb: str, argv: list[str]) -> int:
    """Parse the flags of a verb, and do what it says."""
    # Only the flags of this verb are made: those of training need numpy, help must come at once.
    parser = _Parser(
        prog=f"w2v {verb}",
        description=VERBS[verb].help[0].upper() + VERBS[verb].help[1:] + ".",
        epilog=VERBS[verb].notes,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(verb=verb)
    VERBS[verb].add_flags(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    if verb in TRAINING_VERBS:
        _check_flags(argv)
    try:
        # Intermixed: words and files may stand before and after flags.
        arguments = parser.parse_intermixed_args(argv)
    except SystemExit:  # --help has printed
        return 0
    return VERBS[verb].run(arguments)


def _check_flags(argv: list[str]) -> None:
    """Refuse the flags of other programs, and those that would pass as abbreviations."""
    from w2v.training.word2vec import FOREIGN

    for flag in takewhile(lambda flag: flag != "--", argv):
        ours = FOREIGN.get(flag.lstrip("-"), "")
        single = re.match("-[A-Za-z]", flag) and flag not in KNOWN_SINGLE_DASH
        if single or (flag.startswith("--") and ours in SETTINGS):
            hint = f"; here it is --{ours.replace('_', '-')}" if ours in SETTINGS else ""
            raise UsageError(f"unknown flag {flag}{hint}")


def _without_verb(argv: list[str]) -> int:
    """Answer a command line that does not begin with a verb."""
    first = argv[0] if argv else ""
    family = {name: verb for name, verb in VERBS.items() if name.startswith(f"{first} ")}
    if family and argv[1:2] not in ([], ["-h"], ["--help"]):
        raise UsageError(f"there is no verb {' '.join(argv[:2])!r}; there are {', '.join(family)}")
    verbs = "\n".join(f"  {name:13}{verb.help}" for name, verb in (family or VERBS).items())
    parser = _Parser(
        prog="w2v",
        usage="w2v VERB ...",
        description="Train word vectors and ask them questions; train networks.",
        epilog=f"verbs:\n{verbs}\n\n`w2v VERB --help` tells more. Start with `w2v demo`.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"w2v {__version__}")
    if not argv:
        parser.print_help(sys.stderr)
        return 2
    if family:
        parser.print_help(sys.stdout if argv[1:] else sys.stderr)
        return 0 if argv[1:] else 2
    if argv[0] not in ("-h", "--help", "--version"):
        raise UsageError(f"there is no verb {argv[0]!r}; there are {', '.join(VERBS)}")
    try:
        parser.parse_args(argv[:1])
    except SystemExit:  # it has printed
        pass
    return 0


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Save without being interrupted: an impatient second Ctrl-C must not cost the training."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread has signals
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _prepare_streams() -> None:
    """Make the three streams exist, and none of them fail for a letter it cannot show."""
    for name, mode, errors in (
        ("stdin", "r", "replace"),
        ("stdout", "w", "backslashreplace"),
        ("stderr", "w", "backslashreplace"),
    ):
        if getattr(sys, name) is None:  # the shell's `>&-`
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115
        if hasattr(getattr(sys, name), "reconfigure"):
            getattr(sys, name).reconfigure(errors=errors)


def _drop_unwritable_output() -> None:
    """If standard output cannot be written, keep Python from trying it again at its exit."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    print(f"w2v: warning: {message}", file=sys.stderr)


def _as_flags(message: str) -> str:
    """Spell the settings that an error of reading or training names as the flags they are here."""

    def flag(found: re.Match[str]) -> str:
        name, after = found.groups()
        if not after and "_" not in name:  # a plain word such as "window" or "errors"
            return found[0]
        return f"--{name.replace('_', '-')}{after.replace('=', ' ')}"

    # Only what begins a word: a path may hold such a name, too.
    names = "|".join([*SETTINGS, *READING])
    message = re.sub(rf"(?<!\S)({names})\b(=| must|)", flag, message)
    return re.sub(" +(?=[ ,])", "", message)


# --- the flags -----------------------------------------------------------------------------------


def _add_reading(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "corpus",
        nargs="*",
        default=[],
        metavar="CORPUS",
        help="text files, plain or compressed, folders or quoted patterns; - is standard input; "
        "a line is a sentence",
    )
    reading = parser.add_argument_group("reading")
    reading.add_argument(
        "--tokenizer",
        choices=["whitespace", "words"],
        default="whitespace",
        help="whitespace: split at blanks; words: lower-case, without punctuation "
        "(default: whitespace)",
    )
    _add_encoding(reading)
    reading.add_argument(
        "--memory-budget",
        type=whole(0),
        metavar="BYTES",
        help="larger corpora are held in a temporary file, 4 bytes a word (default: 1 GiB)",
    )
    reading.add_argument("--tmp-dir", metavar="DIR", help="folder of temporary files")


def _add_encoding(parser: argparse._ActionsContainer) -> None:
    parser.add_argument("--encoding", default="utf-8", help="of the files (default: utf-8)")
    parser.add_argument(
        "--errors",
        choices=ENCODING_ERRORS,
        default="strict",
        help="what to do with bytes that are not in this encoding (default: strict, an error)",
    )


def _add_training(parser: argparse.ArgumentParser) -> None:
    from w2v.training.word2vec import ARCHITECTURES, CBOW_GRADIENTS, LOSSES, Word2Vec

    choices = {
        "architecture": ARCHITECTURES,
        "loss": LOSSES,
        "cbow_gradient": CBOW_GRADIENTS,
    }
    verb = parser.get_default("verb")
    parser.usage = f"w2v {verb} CORPUS... --output FILE [flags]"
    _add_reading(parser)
    files = parser.add_argument_group("files")
    files.add_argument(
        "-o",
        "--output",
        "-output",
        metavar="FILE",
        help="where to, by suffix: .safetensors (all of the model), or its vectors as .bin, "
        ".txt, .vec (word2vec) or .glove",
    )
    files.add_argument(
        "--save-vocab",
        "-save-vocab",
        metavar="FILE",
        help="write the words with their counts; without --output, only that",
    )
    files.add_argument(
        "--vocabulary",
        "-read-vocab",
        metavar="FILE",
        help="train the words of this file: lines `word count`, or a word a line",
    )
    parser.add_argument("--quiet", action="store_true", help="print no progress and no summary")

    settings = parser.add_argument_group("settings")
    defaults = Word2Vec.__init__.__kwdefaults__ or {}
    for name, (kind, old, text) in SETTINGS.items():
        if name == "architecture" and verb != "train":
            parser.set_defaults(architecture=verb)
            continue
        options: dict[str, Any] = {"type": kind, "metavar": "N" if kind is int else "X"}
        if name in choices:
            options = {"choices": choices[name]}
        elif kind is bool:
            options = {"action": argparse.BooleanOptionalAction}
        if defaults[name] is not None:
            text += f" (default: {defaults[name]})"
        flags = [f"--{name.replace('_', '-')}", *([old] if old else [])]
        settings.add_argument(*flags, default=None, help=text, **options)

    old_flags = parser.add_argument_group("more flags of word2vec.c")
    old_flags.add_argument("-train", dest="old_corpus", metavar="FILE", help="the corpus")
    for flag, text in (
        ("-cbow", "1: cbow, 0: skipgram (default: 1 with -train)"),
        ("-hs", "1: --loss hs; needs -negative 0"),
        ("-binary", "1: write .bin, 0: .txt, whatever the suffix"),
    ):
        old_flags.add_argument(flag, type=int, choices=[0, 1], help=text)
    old_flags.add_argument("-debug", type=int, metavar="N", help="0: --quiet")
    old_flags.add_argument("-classes", type=int, help=argparse.SUPPRESS)


def _add_vocab(parser: argparse.ArgumentParser) -> None:
    _add_reading(parser)
    parser.add_argument(
        "--min-count",
        type=whole(0),
        default=5,
        metavar="N",
        help="leave out words that occur less often (default: 5)",
    )
    parser.add_argument(
        "--max-final-vocab",
        type=whole(1),
        metavar="N",
        help="keep only the N most frequent words (default: all)",
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="write lines `word count` to a file instead"
    )


def _add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="a file of vectors, of any known format")


def _add_words(parser: argparse.ArgumentParser) -> None:
    _add_model(parser)
    parser.add_argument(
        "words",
        nargs="*",
        default=[],
        metavar="WORD",
        help="if none is given, the lines of standard input",
    )


def _add_ranking(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-n", "--topn", type=whole(1), default=10, metavar="N", help="how many (default: 10)"
    )
    parser.add_argument(
        "--restrict-vocab",
        type=whole(1),
        metavar="N",
        help="answer with the N most frequent words only (default: all)",
    )


def _add_nn(parser: argparse.ArgumentParser) -> None:
    _add_words(parser)
    _add_ranking(parser)


def _add_method(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--method",
        choices=METHODS,
        default="3cosadd",
        help="how answers are ranked: by the cosine to b - a + c, or by a product of cosines "
        "(default: 3cosadd)",
    )


def _add_analogy(parser: argparse.ArgumentParser) -> None:
    _add_words(parser)
    _add_method(parser)
    _add_ranking(parser)


def _add_eval(parser: argparse.ArgumentParser) -> None:
    _add_model(parser)
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="questions (lines of four words, `: name` begins a section) or pairs (lines of two "
        "words and a score); which, is seen from the content",
    )
    _add_method(parser)
    parser.add_argument(
        "--restrict-vocab",
        type=whole(0),
        default=30000,
        metavar="N",
        help="questions: ask and answer with the N most frequent words only; 0 takes all "
        "(default: 30000)",
    )


def _add_convert(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", metavar="FROM", help="format seen from the content")
    parser.add_argument(
        "target", metavar="TO", help="format by suffix: .safetensors, .bin, .txt, .vec, .glove"
    )
    parser.add_argument("--format", choices=FORMATS, help="format of TO, whatever the suffix")
    parser.add_argument(
        "--limit", type=whole(1), metavar="N", help="only the first N words (default: all)"
    )
    _add_encoding(parser)


def _add_info(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", nargs="?", metavar="MODEL", help="a file of any known format")


def _add_demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="start of all random numbers (default: 1)"
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="keep the model (.safetensors)")


# --- training ------------------------------------------------------------------------------------


def _train(arguments: argparse.Namespace) -> int:
    if arguments.old_corpus:
        arguments.corpus = [*arguments.corpus, arguments.old_corpus]
    if not arguments.output and not arguments.save_vocab:
        _check_corpus(arguments.corpus)
        raise UsageError("where to? give --output FILE")
    model = _untrained(_settings(arguments))
    form = _output_format(arguments)
    # Now, not after hours of training.
    _check_corpus(arguments.corpus)
    inputs = [*arguments.corpus, *([arguments.vocabulary] if arguments.vocabulary else [])]
    check_output(arguments.output, inputs)
    check_output(arguments.save_vocab, inputs)
    if arguments.output and _same_file(arguments.output, arguments.save_vocab):
        raise UsageError("--output and --save-vocab name the same file")
    words = _read_vocabulary(arguments)
    quiet = arguments.quiet or arguments.debug == 0
    if not arguments.output:
        return _save_vocabulary_only(arguments, model, words)

    bar = sys.stderr.isatty()
    if not quiet:
        print(f"reading {' '.join(arguments.corpus)}", file=sys.stderr)
    model.fit(
        _source(arguments.corpus),
        vocabulary=words,
        verbose=bar and not quiet,
        callbacks=() if bar or quiet else [_print_epoch],
        **_reading(arguments),
    )
    if model.interrupted and not model.history:
        raise KeyboardInterrupt  # nothing was learnt: leave an older file alone
    with _undisturbed():
        _save(model, arguments.output, form)
        if arguments.save_vocab:
            _write_counts(arguments.save_vocab, model.vocabulary)
    _print_summary(arguments, model, quiet)
    if model.interrupted:
        print(f"w2v: interrupted; what was learnt is in {arguments.output}", file=sys.stderr)
        return 1
    return 0


def _untrained(settings: dict[str, Any]) -> Word2Vec:
    """Make a model; a value that it refuses is a mistake in the command line."""
    from w2v.training.word2vec import Word2Vec

    try:
        return Word2Vec(**settings)
    except (TypeError, ValueError) as error:
        raise UsageError(_as_flags(str(error))) from None


def _settings(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the settings that were given, word2vec.c's spellings translated."""
    given = {name: getattr(arguments, name) for name in SETTINGS}
    given = {name: value for name, value in given.items() if value is not None}
    if arguments.classes:
        raise UsageError("-classes: w2v makes no word classes, only vectors")
    if arguments.cbow is not None:
        architecture = "cbow" if arguments.cbow else "skipgram"
        if given.setdefault("architecture", architecture) != architecture:
            raise UsageError(f"-cbow {arguments.cbow} contradicts {given['architecture']}")
    elif arguments.old_corpus:
        given.setdefault("architecture", "cbow")  # as word2vec.c
    if arguments.hs:
        if given.setdefault("loss", "hs") != "hs":
            raise UsageError(f"-hs 1 contradicts --loss {given['loss']}")
        if "negative" not in given:
            warnings.warn(
                "-hs 1 trains hierarchical softmax alone; word2vec.c would add negative sampling "
                "unless told -negative 0",
                stacklevel=1,
            )
    loss = given.get("loss", "ns")
    if loss != "ns" and given.pop("negative", 0):
        raise UsageError(
            f"--loss {loss} (or -hs 1) has no noise words: leave --negative away, or make it 0"
        )
    if given.get("negative") == 0:
        raise UsageError(
            "--negative 0 leaves nothing to learn from, unless --loss is hs or softmax"
        )
    return given


def _output_format(arguments: argparse.Namespace) -> str | None:
    """Return the format of --output for formats.write_vectors()."""
    if arguments.binary is not None:
        return "bin" if arguments.binary else "text"
    if arguments.output is None:
        return None
    # An old script may have any suffix: word2vec.c writes text unless told -binary 1.
    return _format_of_suffix(arguments.output, "text" if arguments.old_corpus else None)


def _format_of_suffix(path: str, otherwise: str | None = None) -> str:
    from w2v.files.formats import SUFFIXES

    form = SUFFIXES.get(Path(path).suffix.lower(), otherwise)
    if form is None:
        raise UsageError(f"{path}: the suffix says the format: one of {', '.join(SUFFIXES)}")
    return form


def _check_corpus(corpus: list[str]) -> None:
    """Refuse a corpus that is not there, in the words of a command line."""
    if not corpus:
        raise UsageError("no corpus: name files, folders or patterns, or - for standard input")
    for path in corpus:
        if path == "-":
            if sys.stdin.isatty():
                print("the corpus is typed in; Ctrl-D ends it", file=sys.stderr)
        elif not re.search(r"[*?[]", path) and not os.path.exists(os.path.expanduser(path)):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)


def _same_file(one: str, other: str | None) -> bool:
    return other is not None and Path(one).resolve() == Path(other).resolve()


def _source(corpus: list[str]) -> Any:
    """Return a source for Corpus: one path, pattern or "-" as it is, several as paths."""
    return corpus[0] if len(corpus) == 1 else [Path(path) for path in corpus]


def _reading(arguments: argparse.Namespace) -> dict[str, Any]:
    return {name: getattr(arguments, name) for name in READING}


def _read_vocabulary(arguments: argparse.Namespace) -> list[str] | dict[str, int] | None:
    """Read --vocabulary: counts if its first line has one, else a list of words."""
    from w2v.files import formats

    path = arguments.vocabulary
    if path is None:
        return None
    with open(path, "rb") as file:
        lines = (line.split() for line in file)
        is_list = len(next(filter(None, lines), [])) == 1
    if is_list:
        if arguments.min_count is not None:
            raise UsageError("--min-count needs counts, and the words of --vocabulary have none")
        return _read_words(path)
    counts = formats.read_counts(path)
    if counts.pop("</s>", None):
        warnings.warn(f"{path}: </s> is left out; a line's end is no word here", stacklevel=1)
    return {word: n for word, n in counts.items() if n >= (arguments.min_count or 0)}


def _read_words(path: str) -> list[str]:
    words: list[str] = []
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            try:
                fields = line.decode("utf-8-sig").split()
            except UnicodeDecodeError as error:
                raise ValueError(f"{path}, line {number}: not UTF-8 ({error.reason})") from None
            if len(fields) > 1:
                raise ValueError(f"{path}, line {number}: one word a line, as in the first line")
            words += fields
    return words


def _save_vocabulary_only(
    arguments: argparse.Namespace, model: Word2Vec, words: list[str] | dict[str, int] | None
) -> int:
    """Count and stop, as word2vec.c does with -save-vocab and no -output."""
    from w2v.text.corpus import Corpus
    from w2v.text.vocabulary import Vocabulary

    vocabulary = Vocabulary.build(
        Corpus.of(_source(arguments.corpus), **_reading(arguments)),
        min_count=model.min_count,
        max_final_vocab=model.max_final_vocab,
        words=words,
    )
    _write_counts(arguments.save_vocab, vocabulary)
    if arguments.json:
        print(as_json({"output": arguments.save_vocab, "words": len(vocabulary)}))
    return 0


def _write_counts(path: str, vocabulary: Any) -> None:
    from w2v.files import formats

    formats.write_counts(path, vocabulary.words, vocabulary.counts)
    print(f"wrote {len(vocabulary):,} words with counts to {path}", file=sys.stderr)


def _print_epoch(model: Word2Vec, record: dict[str, float]) -> None:
    """Print a line for each epoch, where a progress bar would fill a log."""
    print(
        f"epoch {record['epoch']}/{model.epochs}: loss {record['loss']:.4f}, "
        f"{record['words_per_second']:,.0f} words/s, {record['seconds']:.1f} s",
        file=sys.stderr,
    )


def _save(model: Word2Vec, path: str, form: str | None) -> None:
    """Write the model or its vectors; if that fails, save what was learnt somewhere else."""
    import tempfile

    try:
        if form == "safetensors":
            model.save(path)
        else:
            model.wv.save(path, format=form)
    except (OSError, ValueError) as error:
        # The disk is full, or the format cannot hold a word.
        for folder in (Path(path).resolve().parent, Path(tempfile.gettempdir())):
            rescued = folder / f"{Path(path).name}-rescued.safetensors"
            try:
                model.save(rescued)
            except OSError:
                continue
            raise ValueError(f"{one_line(error)}; the model is saved as {rescued}") from error
        raise


def _print_summary(arguments: argparse.Namespace, model: Word2Vec, quiet: bool) -> None:
    stats = model.corpus_stats
    if arguments.json:
        summary = {
            "output": arguments.output,
            "words": len(model.vocabulary),
            "vector_size": model.vector_size,
            **stats,
            "interrupted": model.interrupted,
            "settings": model.settings,
            "history": model.history,
        }
        print(as_json(summary))
    if not quiet:
        last = model.history[-1]
        seconds = sum(record["seconds"] for record in model.history)
        print(
            f"read {stats['tokens_read']:,} words in {stats['lines']:,} lines, "
            f"{stats['tokens_below_min_count']:,} of them outside the vocabulary\n"
            f"trained {len(model.vocabulary):,} vectors of {model.vector_size} numbers "
            f"in {seconds:.1f} s, loss {last['loss']:.4f}\n"
            f"wrote {arguments.output}",
            file=sys.stderr,
        )


def _vocab(arguments: argparse.Namespace) -> int:
    from w2v.text.corpus import Corpus
    from w2v.text.vocabulary import Vocabulary

    _check_corpus(arguments.corpus)
    check_output(arguments.output, arguments.corpus)
    corpus = Corpus.of(_source(arguments.corpus), **_reading(arguments))
    vocabulary = Vocabulary.build(
        corpus, min_count=arguments.min_count, max_final_vocab=arguments.max_final_vocab
    )
    if arguments.output:
        _write_counts(arguments.output, vocabulary)
        if arguments.json:
            print(as_json({"output": arguments.output, "words": len(vocabulary)}))
    else:
        names = ("word", "count")
        print_header(arguments, names)
        counts = vocabulary.counts.tolist()
        print_rows(arguments, names, zip(vocabulary.words, counts, strict=True))
    print(
        f"{len(vocabulary):,} of {corpus.stats.types:,} words, "
        f"{int(vocabulary.counts.sum()):,} of {corpus.stats.tokens:,} tokens, "
        f"{corpus.stats.lines:,} lines",
        file=sys.stderr,
    )
    return 0


# --- questions -----------------------------------------------------------------------------------


def _ask(
    arguments: argparse.Namespace,
    names: Sequence[str],
    sizes: range,
    answer: Callable[[KeyedVectors, list[str]], Rows],
) -> int:
    """Print the rows that ``answer(vectors, words)`` gives to each question of so many words.

    A question that cannot be answered is reported; the others are answered all the same.
    """
    from w2v.vectors.keyed import KeyedVectors

    one_word = len(sizes) == 1 and 1 in sizes  # then each word is a question of its own
    number = f"{sizes[0]} words" + (" or more" if len(sizes) > 1 else "")
    if arguments.words and len(arguments.words) not in sizes and not one_word:
        raise UsageError(f"{arguments.verb} takes {number}, not {len(arguments.words)}")
    vectors = KeyedVectors.load(arguments.model)
    print_header(arguments, names)
    status = 0
    for line in filter(None, _lines(arguments)):
        for words in [[word] for word in line] if one_word else [line]:
            try:
                if len(words) not in sizes:
                    raise ValueError(f"{number} a line, not {len(words)}: {' '.join(words)}")
                print_rows(arguments, names, answer(vectors, words))
            except (KeyError, ValueError) as error:
                print(f"w2v: error: {one_line(error)}", file=sys.stderr)
                status = 1
        sys.stdout.flush()  # whoever writes the questions may wait for the answer
    return status


def _lines(arguments: argparse.Namespace) -> Iterator[list[str]]:
    """Yield the words of the command line, or those of each line of standard input."""
    if arguments.words:
        yield arguments.words
        return
    interactive = sys.stdin.isatty()
    if interactive:
        print("type words, then Enter; Ctrl-D ends", file=sys.stderr)
    while True:
        if interactive:
            print(f"{arguments.verb}> ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            break
        yield line.split()
    if interactive:
        print(file=sys.stderr)


def _nn(arguments: argparse.Namespace) -> int:
    def answer(vectors: KeyedVectors, words: list[str]) -> Rows:
        near = vectors.most_similar(
            words, topn=arguments.topn, restrict_vocab=arguments.restrict_vocab
        )
        return [(*words, neighbour, score) for neighbour, score in near]

    return _ask(arguments, ("word", "neighbour", "similarity"), range(1, 2), answer)


def _sim(arguments: argparse.Namespace) -> int:
    def answer(vectors: KeyedVectors, words: list[str]) -> Rows:
        return [(*words, vectors.similarity(*words))]

    return _ask(arguments, ("word1", "word2", "similarity"), range(2, 3), answer)


def _analogy(arguments: argparse.Namespace) -> int:
    def answer(vectors: KeyedVectors, words: list[str]) -> Rows:
        a, b, c = words
        found = vectors.analogy(
            a,
            b,
            c,
            topn=arguments.topn,
            method=arguments.method,
            restrict_vocab=arguments.restrict_vocab,
        )
        return [(*words, word, score) for word, score in found]

    return _ask(arguments, ("a", "b", "c", "answer", "score"), range(3, 4), answer)


def _odd(arguments: argparse.Namespace) -> int:
    def answer(vectors: KeyedVectors, words: list[str]) -> Rows:
        return [(words, vectors.doesnt_match(words))]

    return _ask(arguments, ("words", "odd"), range(3, sys.maxsize), answer)


def _eval(arguments: argparse.Namespace) -> int:
    from w2v.vectors import evaluate
    from w2v.vectors.keyed import KeyedVectors

    asks = [_is_question_file(path) for path in arguments.files]  # all, before the work begins
    vectors = KeyedVectors.load(arguments.model)
    names = ("file", "section", "score", "correct", "asked", "skipped")
    print_header(arguments, names)
    rows: list[tuple[Any, ...]]
    for path, is_questions in zip(arguments.files, asks, strict=True):
        if is_questions:
            result = evaluate.analogies(
                vectors,
                path,
                restrict_vocab=arguments.restrict_vocab or None,
                method=arguments.method,
            )
            scores = [*result.sections, result.semantic, result.syntactic, result.total]
            rows = [(path, s.name, s.accuracy, s.correct, s.total, s.skipped) for s in scores]
            asked = result.total.total
        else:
            pairs = evaluate.word_pairs(vectors, path)
            rows = [
                (path, "spearman", pairs.spearman, None, pairs.used, pairs.skipped),
                (path, "pearson", pairs.pearson, None, pairs.used, pairs.skipped),
            ]
            asked = pairs.used
        print_rows(arguments, names, rows)
        sys.stdout.flush()
        if not asked:
            warnings.warn(f"{path}: nothing was asked, its words are not known", stacklevel=1)
    return 0


def _is_question_file(path: str) -> bool:
    """Tell a question file, `: section` or four words a line, from a pair file."""
    from w2v.files.tables import is_number

    with open(path, encoding="utf-8-sig", errors="replace") as file:
        filled = (line for line in file if line.strip() and not line.startswith("#"))
        lines = list(islice(filled, 2))  # the first of a pair file may be a header
    if not lines:
        raise ValueError(f"{path} holds neither questions nor pairs: it is empty")
    if lines[0].startswith(":"):
        return True
    ends_in_number = any(is_number(re.split(r"[\s,]+", line.strip())[-1]) for line in lines)
    return not ends_in_number and len(lines[-1].split()) == 4


# --- files and the rest --------------------------------------------------------------------------


def _convert(arguments: argparse.Namespace) -> int:
    from w2v.files import formats
    from w2v.training.word2vec import Word2Vec

    form = arguments.format or _format_of_suffix(arguments.target)
    check_output(arguments.target)
    is_model = formats.format_of(arguments.source) == "model"
    if is_model and form == "safetensors" and not arguments.limit:
        model = Word2Vec.load(arguments.source)
        model.save(arguments.target)
        V, d = model.W_in.shape
        left = []
    else:
        words, vectors, counts = formats.read_vectors(
            arguments.source,
            limit=arguments.limit,
            encoding=arguments.encoding,
            errors=arguments.errors,
        )
        formats.write_vectors(arguments.target, words, vectors, counts, format=form)
        V, d = vectors.shape
        left = ["counts"] if counts is not None and form != "safetensors" else []
        left += ["output vectors", "settings", "history"] if is_model else []
    print(f"wrote {V:,} vectors of {d} numbers to {arguments.target} ({form})", file=sys.stderr)
    if left:
        print(f"left behind: {', '.join(left)}", file=sys.stderr)
    if arguments.json:
        print(as_json({"output": arguments.target, "format": form, "words": V, "vector_size": d}))
    return 0


def _info(arguments: argparse.Namespace) -> int:
    if arguments.model is None:
        facts = _installation()
    else:
        facts = cli_networks.describe(arguments.model) or _describe(arguments.model)
    if arguments.json:
        print(as_json(facts))
        return 0
    for record in facts.pop("history", []):
        facts[f"epoch {record['epoch']}"] = f"loss {record['loss']:.4f}"
    for name, value in facts.pop("settings", {}).items():
        facts[f"settings.{name}"] = str(value)
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


def _describe(path: str) -> dict[str, Any]:
    from w2v.files import formats

    form = formats.format_of(path)
    words, vectors, counts = formats.read_vectors(path)
    facts: dict[str, Any] = {
        "file": path,
        "format": form,
        "bytes": os.path.getsize(path),
        "words": len(words),
        "vector_size": vectors.shape[1],
        "tokens": None if counts is None else int(counts.sum()),
        "first_words": words[:10],
    }
    if form == "model":
        model = formats.read_model(path, mmap=True)
        facts |= {"settings": model.settings, "history": model.history}
    return facts


def _demo(arguments: argparse.Namespace) -> int:
    from w2v.demos import world
    from w2v.vectors import evaluate

    model = _untrained({**world.DEMO_SETTINGS, "seed": arguments.seed})
    if arguments.output and _format_of_suffix(arguments.output) != "safetensors":
        raise UsageError(f"--output {arguments.output}: the model is a .safetensors file")
    check_output(arguments.output)
    print("training on the embedded small world (corpora/world.txt)", file=sys.stderr)
    model.fit(list(world.sentences()), verbose=sys.stderr.isatty())
    if model.interrupted:
        return 1
    vectors = model.wv

    def say(text: str, facts: dict[str, Any] | None = None) -> None:
        if not arguments.json:
            print(text)
        elif facts:
            print(as_json(facts))

    say("nearest neighbours, by cosine similarity")
    for word in world.DEMO_WORDS:
        near = [(other, round(score, 6)) for other, score in vectors.most_similar(word, topn=5)]
        text = "  ".join(f"{other} {score:.2f}" for other, score in near)
        say(f"  {word:8} {text}", {"word": word, "neighbours": near})
    say("\nanalogies")
    for a, b, c in world.DEMO_ANALOGIES:
        answer, score = vectors.analogy(a, b, c, topn=1)[0]
        facts = {"a": a, "b": b, "c": c, "answer": answer, "score": round(score, 6)}
        say(f"  {a} is to {b} as {c} is to {answer}  ({score:.2f})", facts)
    total = evaluate.analogies(vectors, world.questions()).total
    say(
        f"\nof the {total.total} planted analogies {total.correct} are answered right",
        {"questions": total.total, "correct": total.correct},
    )
    if arguments.output:
        model.save(arguments.output)
        print(f"wrote {arguments.output}; ask it: w2v nn {arguments.output} king", file=sys.stderr)
    return 0


# --- the verbs -----------------------------------------------------------------------------------

TRAIN_NOTES = """\
Progress goes to standard error; with --json, one JSON object with all figures to standard output.
Ctrl-C stops the training and saves what was learnt, with exit status 1. Scripts for word2vec.c
run as they are; what it shares with the flags above is spelled beside them.

  w2v train corpus.txt --output model.safetensors
  w2v train news/ wiki.txt.gz --tokenizer words --output vectors.bin --loss hs --epochs 3
"""
VERBS = {
    "train": Verb("train word vectors on a corpus", _add_training, _train, TRAIN_NOTES),
    "skipgram": Verb("short for train --architecture skipgram", _add_training, _train, TRAIN_NOTES),
    "cbow": Verb("short for train --architecture cbow", _add_training, _train, TRAIN_NOTES),
    "nn": Verb(
        "print the nearest neighbours of words",
        _add_nn,
        _nn,
        """\
columns: word, neighbour, similarity (cosine, from -1 to 1)

  w2v nn model.safetensors king queen -n 5
  w2v nn model.safetensors < words.txt
""",
    ),
    "sim": Verb(
        "print how similar two words are",
        _add_words,
        _sim,
        """\
Two words, or two on each line of standard input.
columns: word1, word2, similarity (cosine, from -1 to 1)

  w2v sim model.safetensors king queen
""",
    ),
    "analogy": Verb(
        "answer `A is to B as C is to ?`",
        _add_analogy,
        _analogy,
        """\
Three words, or three on each line of standard input.
columns: a, b, c, answer, score (higher is better)

  w2v analogy model.safetensors man king woman -n 1
""",
    ),
    "odd": Verb(
        "print the word that does not match the others",
        _add_words,
        _odd,
        """\
Three words or more, or so many on each line of standard input.
columns: the words, the odd one

  w2v odd model.safetensors breakfast lunch car dinner
""",
    ),
    "eval": Verb(
        "score vectors on analogy questions and on word similarity",
        _add_eval,
        _eval,
        """\
columns: file, section, score, correct, asked, skipped (for a word that is not known)
  questions: a row for each section, then semantic, syntactic and total; the score is the share
             of right answers, from 0 to 1
  pairs:     a row spearman and a row pearson; the score is that correlation, from -1 to 1
A score that is not defined is `-`, with --json null.

  w2v eval model.safetensors questions-words.txt wordsim353.tsv
""",
    ),
    "vocab": Verb(
        "count the words of a corpus",
        _add_vocab,
        _vocab,
        """\
columns: word, count; most frequent first

  w2v vocab corpus.txt --min-count 1 | head
""",
    ),
    "convert": Verb(
        "copy vectors from one file format to another",
        _add_convert,
        _convert,
        """\
Only .safetensors keeps counts, and all of a model.

  w2v convert GoogleNews-vectors-negative300.bin.gz news.safetensors
""",
    ),
    "info": Verb(
        "describe a file, or without one this installation",
        _add_info,
        _info,
        """\
columns: name, value

  w2v info model.safetensors
""",
    ),
    "demo": Verb(
        "train on the embedded small world and show what was learnt",
        _add_demo,
        _demo,
        """\
The output is for reading; --json gives the same for programs.
""",
    ),
    **cli_networks.VERBS,
}
