"""Command lines of word2vec.c and fastText, translated into ours, or told what is ours."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence

from w2v.cli.common import UsageError
from w2v.cli.flags import KNOWN_SINGLE_DASH

# fastText's flag -> ours
_FASTTEXT = {
    "-input": "",
    "-output": "--output",
    "-dim": "--vector-size",
    "-ws": "--window",
    "-epoch": "--epochs",
    "-minCount": "--min-count",
    "-neg": "--negative",
    "-loss": "--loss",
    "-lr": "--alpha",
    "-t": "--sample",
    "-thread": "--workers",
    "-seed": "--seed",
}
_DEFAULTS = {"-lr": "0.05", "-t": "0.0001"}  # of fastText, where ours are others
_IGNORED = ("-lrUpdateRate", "-bucket", "-verbose", "-wordNgrams", "-saveOutput")
_SUBWORDS = ("-minn", "-maxn")
# verbs of fastText, and a program of word2vec.c -> what does that here
_ADVICE = {
    "compute-accuracy": "`w2v eval MODEL questions-words.txt` scores analogies, with the questions "
    "as a file",
    "supervised": "`w2v mlp train --text FILE` trains a classifier of texts",
    "test": "`w2v mlp score` scores a classifier",
    "predict-prob": "`w2v mlp predict --proba` gives probabilities",
    "analogies": "`w2v analogy` answers analogies",
    "print-word-vectors": "`w2v convert MODEL vectors.txt` writes vectors as text",
    "print-sentence-vectors": "w2v.WordVectorizer makes vectors of texts",
    "quantize": "w2v does not compress models",
    "dump": "`w2v info` describes a model",
}


def translated(argv: list[str]) -> list[str]:
    """Return a command line in our words; one that is ours already as it is.

    Raises
    ------
    UsageError
        For verbs and flags that mean nothing here, with what to use instead.
    """
    verb, rest = (argv[0], argv[1:]) if argv else ("", [])
    if verb in KNOWN_SINGLE_DASH - {"-h", "-o"}:  # as ./word2vec was called, without a verb
        return ["train", *argv]
    if verb == "word2vec":
        return ["train", *rest]
    if verb in ("distance", "word-analogy"):
        return ["nn" if verb == "distance" else "analogy", *rest, "--topn", "40"]
    if verb in _ADVICE:
        raise UsageError(f"there is no verb {verb!r}; here {_ADVICE[verb]}")
    if verb in ("skipgram", "cbow") and "-input" in rest:
        return [verb, *_from_fasttext(rest)]
    return argv


def _from_fasttext(flags: Sequence[str]) -> Iterator[str]:
    given = _DEFAULTS | dict(zip(flags[::2], flags[1::2], strict=False))
    if len(flags) % 2:
        raise UsageError(f"{flags[-1]} has no value")
    if any(given.get(name) != "0" for name in _SUBWORDS):
        print(
            "w2v: warning: words are trained whole, without the parts of words that fastText adds "
            "unless told -minn 0 -maxn 0",
            file=sys.stderr,
        )
    for name, value in given.items():
        if name in (*_IGNORED, *_SUBWORDS):
            continue
        if name not in _FASTTEXT:
            known = ", ".join(_FASTTEXT)
            raise UsageError(f"{name} of fastText has no meaning here; known are {known}")
        if name == "-output" and not os.path.splitext(value)[1]:
            value = f"{value}.vec"  # fastText writes this beside a .bin of its own
        yield from filter(None, (_FASTTEXT[name], value))
