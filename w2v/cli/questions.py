"""Questions to word vectors: ``w2v nn``, ``sim``, ``analogy``, ``odd`` and ``eval``."""

from __future__ import annotations

import argparse
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from w2v.cli.common import (
    Rows,
    Run,
    UsageError,
    load_model,
    one_line,
    print_header,
    print_rows,
    say,
    typed,
)
from w2v.cli.flags import add, add_model, at_least, loading
from w2v.files.inputs import LONGEST
from w2v.names import ANALOGY_METHODS

if TYPE_CHECKING:
    from w2v.vectors.keyed import KeyedVectors

Answer = Callable[[Any, list[str], argparse.Namespace], Rows]


def nn(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v nn``."""
    parser.epilog = """\
columns: word, neighbour, similarity (cosine, from -1 to 1)

  w2v nn model.safetensors king queen -n 5
  w2v nn model.safetensors < words.txt
"""

    def answer(vectors: KeyedVectors, words: list[str], arguments: argparse.Namespace) -> Rows:
        near = vectors.most_similar(
            words, topn=arguments.topn, restrict_vocab=arguments.restrict_vocab
        )
        return [(*words, *found) for found in near]

    run = _questions(parser, ("word", "neighbour", "similarity"), range(1, 2), answer)
    _add_ranking(parser)
    return run


def sim(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v sim``."""
    parser.epilog = """\
Two words, or two on each line of standard input.
columns: word1, word2, similarity (cosine, from -1 to 1)

  w2v sim model.safetensors king queen
"""

    def answer(vectors: KeyedVectors, words: list[str], _: argparse.Namespace) -> Rows:
        return [(*words, vectors.similarity(*words))]

    return _questions(parser, ("word1", "word2", "similarity"), range(2, 3), answer)


def analogy(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v analogy``."""
    parser.epilog = """\
Three words, or three on each line of standard input.
columns: a, b, c, answer, score (higher is better)

  w2v analogy model.safetensors man king woman -n 1
"""

    def answer(vectors: KeyedVectors, words: list[str], arguments: argparse.Namespace) -> Rows:
        a, b, c = words
        topn, method, most = arguments.topn, arguments.method, arguments.restrict_vocab
        return [(*words, *found) for found in vectors.analogy(a, b, c, topn, method, most)]

    run = _questions(parser, ("a", "b", "c", "answer", "score"), range(3, 4), answer)
    _add_method(parser)
    _add_ranking(parser)
    return run


def odd(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v odd``."""
    parser.epilog = """\
Three words or more, or three or more on each line of standard input.
columns: the words, the odd one

  w2v odd model.safetensors breakfast lunch car dinner
"""

    def answer(vectors: KeyedVectors, words: list[str], _: argparse.Namespace) -> Rows:
        return [(words, vectors.doesnt_match(words))]

    return _questions(parser, ("words", "odd"), range(3, sys.maxsize), answer)


def predict(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v predict``."""
    parser.epilog = """\
columns: word, context, P(context | word), and whether that is exact or an estimate: a model trained
by negative sampling has no probabilities; they are estimated from its scores and the noise words

  w2v predict model.safetensors paris -n 5
"""

    def answer(model: Any, words: list[str], arguments: argparse.Namespace) -> Rows:
        found = model.predict_context(words[0], arguments.topn)
        kind = "exact" if found.exact else "estimate"
        return [(*words, *pair, kind) for pair in found]

    names = ("word", "context", "probability", "kind")
    run = _questions(parser, names, range(1, 2), answer, load_model)
    add(parser, "-n --topn", at_least(1), "number of answers", 10)
    return run


def evaluate(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v eval``."""
    parser.epilog = """\
columns: file, section, score, correct, asked, skipped (for a word that is not known)
  questions: a row for each section, then semantic, syntactic and total; the score is the share
             of right answers, from 0 to 1
  pairs:     a row spearman and a row pearson; the score is that correlation, from -1 to 1
A score that is not defined is `-`, with --json null.

  w2v eval model.safetensors questions-words.txt wordsim353.tsv
"""
    add_model(parser)
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="questions (lines of four words, `: name` begins a section) or pairs (lines of two "
        "words and a score); the content tells which",
    )
    _add_method(parser)
    about = "questions: ask and answer with the N most frequent words only; 0 takes all"
    add(parser, "--restrict-vocab", at_least(0), about, 30000)
    return _evaluate


def _evaluate(arguments: argparse.Namespace) -> int:
    from w2v.vectors import evaluate
    from w2v.vectors.keyed import KeyedVectors

    asks = [_is_question_file(path) for path in arguments.files]  # all, before the work begins
    vectors = KeyedVectors.load(arguments.model, **loading(arguments))
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
    from w2v.files.inputs import read_lines
    from w2v.files.tables import is_number

    filled = (line for _, line in read_lines(path) if line.strip() and not line.startswith("#"))
    lines = list(islice(filled, 2))  # the first of a pair file may be a header
    if not lines:
        raise ValueError(f"{path} holds neither questions nor pairs: it is empty")
    if lines[0].startswith(":"):
        return True
    ends_in_number = any(is_number(re.split(r"[\s,]+", line.strip())[-1]) for line in lines)
    return not ends_in_number and len(lines[-1].split()) == 4


def _add_ranking(parser: argparse.ArgumentParser) -> None:
    add(parser, "-n --topn", at_least(1), "number of answers", 10)
    about = "answer with the N most frequent words only"
    add(parser, "--restrict-vocab", at_least(1), about, unless_given="all")


def _add_method(parser: argparse.ArgumentParser) -> None:
    about = "how answers are ranked: by the cosine to b - a + c, or by a product of cosines"
    add(parser, "--method", ANALOGY_METHODS, about, "3cosadd")


def _questions(
    parser: argparse.ArgumentParser,
    names: Sequence[str],
    sizes: range,
    answer: Answer,
    load: Callable[[str], Any] | None = None,
) -> Run:
    """Add what all questions have; `answer` gives the rows to a question of so many words.

    `load` reads what is asked; vectors unless given.
    """
    add_model(parser, whole=load is not None)
    parser.add_argument(
        "words",
        nargs="*",
        default=[],
        metavar="WORD",
        help="if no word is given, standard input is read, a question a line",
    )
    return partial(_ask, names, sizes, answer, load)


def _ask(
    names: Sequence[str],
    sizes: range,
    answer: Answer,
    load: Callable[[str], Any] | None,
    arguments: argparse.Namespace,
) -> int:
    """Print all answers. A question that has none is reported; the others are answered."""
    from w2v.vectors.keyed import KeyedVectors

    one_word = len(sizes) == 1 and 1 in sizes  # then each word is a question of its own
    number = f"{sizes[0]} words" + (" or more" if len(sizes) > 1 else "")
    if arguments.words and len(arguments.words) not in sizes and not one_word:
        raise UsageError(f"{arguments.verb} takes {number}, not {len(arguments.words)}")
    if load is None:
        vectors = KeyedVectors.load(arguments.model, **loading(arguments))
    else:
        vectors = load(arguments.model)
    print_header(arguments, names)
    status = 0
    for line in filter(None, _lines(arguments)):
        for words in [[word] for word in line] if one_word else [line]:
            try:
                if len(words) not in sizes:
                    raise ValueError(f"{number} a line, not {len(words)}: {' '.join(words)}")
                print_rows(arguments, names, answer(vectors, typed(words, vectors), arguments))
            except (KeyError, ValueError) as error:
                say(f"w2v: error: {one_line(error)}")
                status = 1
        sys.stdout.flush()  # whoever writes the questions may wait for the answer
    return status


def _lines(arguments: argparse.Namespace) -> Iterator[list[str]]:
    """Yield the words of the command line, or those of each line of standard input."""
    if arguments.words:
        yield arguments.words
        return
    interactive, first = sys.stdin.isatty(), True
    if interactive:
        say("type words, then Enter; Ctrl-D ends")
    while True:
        if interactive:
            print(f"{arguments.verb}> ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline(LONGEST)
        if not line:
            break
        if len(line) == LONGEST:
            raise ValueError(f"a line of standard input has more than {LONGEST:,} letters")
        if first:  # a byte-order mark, as some editors write
            line, first = line.removeprefix("\ufeff"), False
        yield line.split()
    if interactive:
        print(file=sys.stderr)
