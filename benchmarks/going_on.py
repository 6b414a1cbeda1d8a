"""Judge going on: a text in two halves, one after the other, beside all of it at once.

    python benchmarks/going_on.py CORPUS --questions questions-words.txt --pairs ws353.txt

A model of each loss is trained on the first half of a corpus and goes on with the second by
`partial_fit`, in several ways. A row is the mean over the seeds. The table goes to standard output,
in Markdown.
"""

from __future__ import annotations

import argparse
import copy
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from refined import Sentences, judge

import w2v

WAYS: dict[str, dict[str, Any]] = {
    "then the second": {},
    "then the second, grow": {"grow": True},
    "then the second, grow, half of alpha": {"grow": True, "alpha": 0.0125},
    "then the second, grow, old words frozen": {"grow": True, "frozen": "given"},
}


def main() -> None:
    options = parse()
    names = [Path(path).stem for path in options.pairs]
    print("|", " | ".join(["loss", "text", "words", "analogies", "sem / syn", *names]), "|")
    print("|---" * (5 + len(names)) + "|", flush=True)
    text = list(Sentences(options.corpus, options.words))
    half = len(text) // 2
    texts = {name: w2v.Corpus(part) for name, part in halves(text, half).items()}
    for loss in options.losses:
        found: dict[tuple[str, int], list[list[float]]] = {}
        for seed in range(1, options.seeds + 1):
            for name, model in trained(texts, loss=loss, epochs=options.epochs, seed=seed):
                scores = judge(model.wv, options)
                found.setdefault((name, len(model.vocabulary)), []).append(scores)
        for (name, words), all_scores in found.items():
            total, semantic, syntactic, *pairs = np.mean(all_scores, axis=0)
            row = [loss, name, f"{words:,}", f"{total:.1f}", f"{semantic:.1f} / {syntactic:.1f}"]
            print("|", " | ".join(row + [f"{score:.3f}" for score in pairs]), "|", flush=True)


def trained(texts: dict[str, w2v.Corpus], **settings: Any) -> Iterator[tuple[str, w2v.Word2Vec]]:
    """Yield models of the texts, and those that go on from the last one, each with its name."""
    verbose = sys.stderr.isatty()
    for name, corpus in texts.items():
        first = w2v.Word2Vec(**settings).fit(corpus, verbose=verbose)
        yield name, first
    for name, how in WAYS.items():
        model = copy.deepcopy(first)
        yield name, model.partial_fit(texts["the second half"], verbose=verbose, **how)


def halves(text: list[list[str]], half: int) -> dict[str, list[list[str]]]:
    """Return what models are trained on."""
    return {
        "all at once": text,
        "the second half": text[half:],
        "the first half": text[:half],
    }


def parse() -> argparse.Namespace:
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus", metavar="CORPUS", type=os.path.realpath)
    parser.add_argument("--questions", metavar="FILE", required=True)
    parser.add_argument("--pairs", metavar="FILE", nargs="+", default=[])
    parser.add_argument("--words", metavar="N", type=int, help="words of the corpus (all of it)")
    parser.add_argument("--epochs", metavar="N", type=int, default=5)
    parser.add_argument("--seeds", metavar="N", type=int, default=2)
    parser.add_argument("--losses", nargs="+", choices=("ns", "hs"), default=["ns", "hs"])
    return parser.parse_args()


if __name__ == "__main__":
    main()
