"""``w2v train``, ``skipgram`` and ``cbow``: from a corpus to word vectors."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from w2v import interrupts
from w2v.cli.animation import add_animate, animate, check_animate, kept_for
from w2v.cli.common import (
    Run,
    UsageError,
    as_command,
    as_json,
    check_corpus,
    check_different,
    check_output,
    due,
    format_of_suffix,
    of_command,
    rescued,
    say,
    source_of,
    validation_of,
    write_counts,
)
from w2v.cli.flags import (
    Container,
    above_zero,
    add,
    add_corpus,
    add_settings,
    add_word2vec_c,
    as_flags,
    at_least,
    given_settings,
    reading,
)
from w2v.names import FROZEN, REFINED

if TYPE_CHECKING:
    from w2v.training.word2vec import Word2Vec

NOTES = """\
Progress goes to standard error; with --json, one JSON object with all figures to standard output.
Ctrl-C and SIGTERM stop the training and save what was learnt, with exit status 130 or 143: to
--output, or to --checkpoint where there is one. Scripts for word2vec.c run as they are; its flags
stand beside those that do the same.

  w2v train corpus.txt --output model.safetensors
  w2v train news/ wiki.txt.gz --tokenizer words --output vectors.bin --loss hs --epochs 3
"""

RESUME_NOTES = """\
Writes the output that `w2v train` or `w2v mlp train` was asked for, and removes the checkpoint. The
corpus, or the table, must be the same. Where the training is repeatable the result is, byte for
byte, that of a training that was not interrupted.

  w2v train corpus.txt --output model.safetensors --checkpoint model.checkpoint
  w2v resume model.checkpoint
"""


def train(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v train``; ``w2v skipgram`` and ``cbow`` name the architecture."""
    from w2v.training.settings import ARCHITECTURES

    parser.usage = f"{parser.prog} CORPUS... --output FILE [flags]"
    parser.epilog = NOTES
    add_corpus(parser)
    files = parser.add_argument_group("files")
    add_output(files)
    about = "write the words with their counts; without --output, do only that"
    add(files, "--save-vocab -save-vocab", "FILE", about)
    about = "train the words of this file only: lines `word count`, or a word a line"
    add(files, "--vocabulary -read-vocab", "FILE", about)
    about = "join the phrases of the corpus first, in N passes, as w2v phrases does"
    add(files, "--phrases", at_least(1), about)
    about = "words that these vectors have begin with them: a file of any known format"
    add(files, "--init-from", "FILE", about)
    add_run(parser, files)
    verb = parser.prog.split()[-1]
    add_settings(parser, verb if verb in ARCHITECTURES else None)
    add_word2vec_c(parser)
    return _train


def add_run(parser: Container, files: Container) -> None:
    """Add what is frozen, what judges a training, and where it is kept."""
    about = (
        "what training leaves as it is: the input or the output matrix, the words whose vectors "
        "were given, or the words of a file, the first of each line"
    )
    add(parser, "--frozen", "input|output|given|FILE", about)
    about = "text to judge by after each epoch: a file, or a share of the corpus such as 0.05"
    add(files, "--validation", "FILE", about)
    about = "end when so many epochs have not lowered the loss of --validation; keep the best one"
    add(parser, "--patience", at_least(1), about)
    about = "write the training to this file now and then; `w2v resume FILE` goes on with it"
    add(files, "--checkpoint", "FILE", about)
    add(files, "--every", above_zero, "seconds from one --checkpoint to the next", 60.0)
    parser.add_argument("--quiet", action="store_true", help="print no progress and no summary")


def add_output(files: Container) -> None:
    """Add the file that training writes, and what it holds."""
    about = (
        "file to write; the suffix says the format: .safetensors (the whole model), or only the "
        "vectors: .bin, .txt, .vec (word2vec), .glove, .npz or .tsv (with metadata.tsv)"
    )
    add(files, "-o --output -output", "FILE", about)
    about = (
        "write refined vectors: whitened, of the sum of input and output rows, of both side by "
        "side, or of the input rows; a .safetensors file then holds the vectors alone"
    )
    add(files, "--refined", REFINED, about)
    add_animate(files)


def _train(arguments: argparse.Namespace) -> int:
    if arguments.old_corpus:
        arguments.corpus = [*arguments.corpus, arguments.old_corpus]
    if not arguments.output and not arguments.save_vocab:
        check_corpus(arguments.corpus)
        raise UsageError("give --output FILE, the file to write")
    model = untrained(_settings(arguments))
    form = output_format(arguments)
    # Now, not after hours of training.
    check_corpus(arguments.corpus)
    validation = validation_of(arguments)
    frozen = frozen_of(arguments)
    check_files(arguments, validation, (arguments.vocabulary, arguments.init_from))
    words = _read_vocabulary(arguments)
    arguments.quiet = arguments.quiet or arguments.debug == 0
    if not arguments.output:
        return _save_vocabulary_only(arguments, model, words)
    fitting = {
        "vocabulary": words,
        "validation": validation,
        "patience": arguments.patience,
        "phrases": arguments.phrases,
        "checkpoint": arguments.checkpoint,
        "every": arguments.every,
        "init_from": arguments.init_from,
        "frozen": frozen,
        **reading(arguments),
    }
    names = " ".join(arguments.corpus)
    return fit_and_save(arguments, model, form, names, source_of(arguments.corpus), **fitting)


def check_files(
    arguments: argparse.Namespace, validation: float | str | None, read: Iterable[str | None]
) -> None:
    """Refuse files that cannot be written, and what a text to judge by is missing for."""
    if arguments.patience and validation is None:
        raise UsageError("--patience needs --validation, a text to judge by")
    held = validation if isinstance(validation, str) else None
    inputs = [*arguments.corpus, *filter(None, (*read, held))]
    written = (arguments.output, arguments.save_vocab, arguments.checkpoint)
    for path in written:
        check_output(path, inputs)
    check_different(
        output=arguments.output,
        save_vocab=arguments.save_vocab,
        checkpoint=arguments.checkpoint,
    )


def frozen_of(arguments: argparse.Namespace) -> Any:
    """Return --frozen: a name, or the words of a file."""
    from w2v.files.inputs import read_lines

    given = arguments.frozen
    if given is None or given in FROZEN:
        return given
    check_corpus([given])
    lines = read_lines(given, encoding=arguments.encoding, errors=arguments.errors)
    words = [fields[0] for _, line in lines if (fields := line.split())]
    if not words:
        raise ValueError(f"{given} is empty: it should have a word to freeze on each line")
    return words


def fit_and_save(
    arguments: argparse.Namespace,
    model: Word2Vec,
    form: str | None,
    names: str,
    corpus: Any,
    fit: Callable[..., Word2Vec] | None = None,
    **fitting: Any,
) -> int:
    """Train a model on a corpus of these names, write it as the flags say, print a summary.

    `fit` is its method that trains; :meth:`Word2Vec.fit` unless given.
    """
    if arguments.refined in ("sum", "both") and model.loss == "hs":
        raise UsageError(
            f"--refined {arguments.refined} needs an output row for each word, which --loss hs has "
            "not; use --refined input"
        )
    if arguments.animate and arguments.checkpoint:
        raise UsageError("--animate shows all epochs, and after --checkpoint the first are missing")
    check_animate(arguments.animate)
    model._command = as_command(arguments)
    places = kept_for(arguments.animate, "Words")
    progress = _shown(arguments, f"reading {names}")
    if places:
        progress["callbacks"] = [*progress["callbacks"], places]
    (fit or model.fit)(corpus, **progress, **fitting)
    status = _finish(arguments, model, form)
    if places and places.kept:
        animate(arguments.animate, "word_map", places, model)
    return status


def _shown(arguments: argparse.Namespace, first: str) -> dict[str, Any]:
    """Say what is done, and return what shows the progress."""
    bar, quiet = sys.stderr.isatty(), arguments.quiet
    if not quiet:
        say(first)
    return {
        "verbose": bar and not quiet,
        "callbacks": () if bar or quiet else [_print_epoch],
    }


def _finish(arguments: argparse.Namespace, model: Word2Vec, form: str | None) -> int:
    """Write what was asked for, or leave the checkpoint of a training that was interrupted."""
    if model.interrupted and arguments.checkpoint:
        say(f"w2v: interrupted; go on with it by `w2v resume {arguments.checkpoint}`")
        return interrupts.status()
    if model.interrupted and not _records(model):
        raise KeyboardInterrupt  # nothing was learnt: leave an older file alone
    interrupted = model.interrupted
    try:
        with interrupts.hold():
            _save(model, arguments.output, form, arguments.refined)
            if arguments.save_vocab:
                write_counts(arguments.save_vocab, model.vocabulary)
            if arguments.checkpoint:
                os.unlink(arguments.checkpoint)  # all of it is in the file that was asked for
    except KeyboardInterrupt:
        interrupted = True
    _print_summary(arguments, model, arguments.quiet)
    if interrupted:
        say(f"w2v: interrupted; what was learnt is in {arguments.output}")
        return interrupts.status()
    return 0


def resume(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v resume``."""
    parser.epilog = RESUME_NOTES
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help="what `--checkpoint` named")
    add(parser, "--workers", int, "another number of threads", unless_given="that of then")
    parser.add_argument("--quiet", action="store_true", help="print no progress and no summary")
    return _resume


def _resume(arguments: argparse.Namespace) -> int:
    from w2v.cli.mlp_train import asked_of_network, run_network
    from w2v.training.checkpoint import asked_of
    from w2v.training.word2vec import Word2Vec

    path = os.path.abspath(arguments.checkpoint)
    now = {"checkpoint": path, "quiet": arguments.quiet, "json": arguments.json}
    asked = asked_of_network(path)
    of_network = asked is not None
    command = (asked_of(arguments.checkpoint) if asked is None else asked).get("command")
    if command is None:
        verb, instead = ("mlp train", "resume") if of_network else ("train", "Word2Vec.resume")
        raise ValueError(
            f"{arguments.checkpoint} was not written by `w2v {verb}`: go on with it in Python, by "
            f"{instead}"
        )
    then = of_command(command, **now)
    if of_network:
        then.workers = then.workers if arguments.workers is None else arguments.workers
        return run_network(then, resumed=True)
    check_corpus(then.corpus)
    check_output(then.output, then.corpus)
    validation = validation_of(then)
    model = Word2Vec.resume(
        path,
        source_of(then.corpus),
        validation=validation if isinstance(validation, str) else None,
        workers=arguments.workers,
        **_shown(then, f"reading {' '.join(then.corpus)} to go on with {arguments.checkpoint}"),
        **{name: value for name, value in reading(then).items() if value is not None},
    )
    return _finish(then, model, output_format(then))


def untrained(settings: dict[str, Any], kind: Any = None) -> Word2Vec:
    """Make a model, a Word2Vec unless `kind` is another class.

    A value that it refuses is a mistake in the command line.
    """
    from w2v.training.settings import names_of
    from w2v.training.word2vec import Word2Vec

    kind = kind or Word2Vec
    try:
        return kind(**settings)
    except (TypeError, ValueError) as error:
        raise UsageError(as_flags(str(error), names_of(kind.settings_kind))) from None


def _settings(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the settings that were given, word2vec.c's spellings translated."""
    given = given_settings(arguments)
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
    return given


def output_format(arguments: argparse.Namespace) -> str | None:
    """Return the format of --output for formats.write_vectors()."""
    if arguments.binary is not None:
        return "bin" if arguments.binary else "text"
    if arguments.output is None:
        return None
    # An old script may have any suffix: word2vec.c writes text unless told -binary 1.
    return format_of_suffix(arguments.output, "text" if arguments.old_corpus else None)


def _read_vocabulary(arguments: argparse.Namespace) -> list[str] | dict[str, int] | None:
    """Read --vocabulary: counts if its first line has one, else a list of words."""
    from w2v.files import formats
    from w2v.files.inputs import read_lines

    path = arguments.vocabulary
    if path is None:
        return None
    decoding = {"encoding": arguments.encoding, "errors": arguments.errors}
    lines = ((where, line.split()) for where, line in read_lines(path, **decoding))
    filled = ((where, fields) for where, fields in lines if fields)
    _, first = next(filled, ("", []))
    if len(first) == 1:
        if arguments.min_count is not None:
            raise UsageError("--min-count needs counts, and the words of --vocabulary have none")
        words = first
        for where, fields in filled:
            if len(fields) > 1:
                raise ValueError(f"{where}: one word a line, as in the first line")
            words += fields
        return words
    counts = formats.read_counts(path, **decoding)
    if counts.pop("</s>", None):
        warnings.warn(f"{path}: </s> is left out; a line's end is no word here", stacklevel=1)
    return {word: n for word, n in counts.items() if n >= (arguments.min_count or 0)}


def _save_vocabulary_only(
    arguments: argparse.Namespace, model: Word2Vec, words: list[str] | dict[str, int] | None
) -> int:
    """Count and stop, as word2vec.c does with -save-vocab and no -output."""
    from w2v.text.corpus import Corpus
    from w2v.text.vocabulary import Vocabulary

    vocabulary = Vocabulary.build(
        Corpus.of(source_of(arguments.corpus), **reading(arguments)),
        min_count=model.min_count,
        max_final_vocab=model.max_final_vocab,
        words=words,
    )
    write_counts(arguments.save_vocab, vocabulary)
    if arguments.json:
        print(as_json({"output": arguments.save_vocab, "words": len(vocabulary)}))
    return 0


def _print_epoch(model: Word2Vec, record: dict[str, float]) -> None:
    """Print a line for an epoch now and then, where a progress bar would fill a log."""
    schedule = model.origin.get("schedule", {})  # of a model that goes on
    epoch = int(record["epoch"]) - schedule.get("first", 0)
    epochs = schedule.get("epochs", model.epochs)
    if not due(epoch, epochs):
        return
    held = f"held-out loss {record['val_loss']:.4f}, " if "val_loss" in record else ""
    say(
        f"epoch {epoch}/{epochs}: loss {record['loss']:.4f}, {held}"
        f"{record['words_per_second']:,.0f} words/s, {record['seconds']:.1f} s"
    )


def _records(model: Word2Vec) -> list[dict[str, Any]]:
    """Return the records of this training; a model that goes on has others before."""
    before = model.origin.get("schedule", {}).get("first", 0)
    return [record for record in model.history if record["epoch"] > before]


def _save(model: Word2Vec, path: str, form: str | None, refined: str | None) -> None:
    """Write the model or its vectors."""
    with rescued(path, model.save):
        if form == "safetensors" and not refined:
            model.save(path)
        else:
            vectors = model.refined(refined) if refined else model._main_vectors()
            vectors.save(path, format=form)


def _print_summary(arguments: argparse.Namespace, model: Word2Vec, quiet: bool) -> None:
    stats = model.corpus_stats
    if arguments.json:
        summary = {
            "output": arguments.output,
            "words": len(model.vocabulary),
            "vectors": len(model._main_vectors()),
            "vector_size": model.vector_size,
            **stats,
            "interrupted": model.interrupted,
            "settings": dict(model.settings),
            "history": model.history,
        }
        print(as_json(summary))
    if not quiet:
        if arguments.sample is None and not model.sample:
            say("the corpus is small: all of its words were kept, as by --sample 0")
        last = model.history[-1]
        seconds = sum(record["seconds"] for record in _records(model))
        say(
            f"read {stats['tokens_read']:,} words in {stats['lines']:,} lines, "
            f"{stats['tokens_below_min_count']:,} of them outside the vocabulary\n"
            f"trained {len(model._main_vectors()):,} vectors of {model.vector_size} numbers "
            f"in {seconds:.1f} s, loss {last['loss']:.4f}\n"
            f"wrote {arguments.output}"
        )
