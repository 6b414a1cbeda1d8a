"""Judge refined vectors: what `Word2Vec.refined` adds to the vectors that are usually queried.

    python benchmarks/refined.py CORPUS --questions questions-words.txt --pairs ws353.txt

Models of both architectures and both losses are trained on the first `--words` words of a corpus.
Each is judged as it is and refined, by the same questions; a row is the mean over the seeds. The
table goes to standard output, in Markdown.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import w2v
from w2v import evaluate

RESTRICT_VOCAB = 30_000  # analogies are asked and answered within the most frequent words
MODELS: dict[str, dict[str, Any]] = {
    "skip-gram, ns": {},
    "skip-gram, ns, alpha .05": {"alpha": 0.05},
    "CBOW, ns": {"architecture": "cbow"},
    "skip-gram, hs": {"loss": "hs"},
    "CBOW, hs": {"architecture": "cbow", "loss": "hs"},
}


def main() -> None:
    options = parse()
    names = [Path(path).stem for path in options.pairs]
    print("|", " | ".join(["model", "vectors", "d", "analogies", "sem / syn", *names]), "|")
    print("|---" * (5 + len(names)) + "|", flush=True)
    for name in options.models or MODELS:
        found: dict[tuple[str, int], list[list[float]]] = {}
        for seed in range(1, options.seeds + 1):
            settings = {"epochs": options.epochs, "seed": seed, **MODELS[name]}
            model = w2v.Word2Vec(**settings).fit(
                Sentences(options.corpus, options.words), verbose=sys.stderr.isatty()
            )
            for about, vectors in variants(model, options.powers):
                key = about, vectors.vector_size
                found.setdefault(key, []).append(judge(vectors, options))
        for (about, d), scores in found.items():
            total, semantic, syntactic, *pairs = np.mean(scores, axis=0)
            row = [name, about, str(d), f"{total:.1f}", f"{semantic:.1f} / {syntactic:.1f}"]
            print("|", " | ".join(row + [f"{score:.3f}" for score in pairs]), "|", flush=True)


class Sentences:
    """The lines of a file up to so many words."""

    def __init__(self, path: str, words: int | None) -> None:
        self.path, self.words = path, words

    def __iter__(self) -> Iterator[list[str]]:
        left = sys.maxsize if self.words is None else self.words
        with open(self.path, encoding="utf-8") as file:
            for line in file:
                sentence = line.split()[:left]
                left -= len(sentence)
                yield sentence
                if left <= 0:
                    return


def variants(model: w2v.Word2Vec, powers: list[float]) -> Iterator[tuple[str, w2v.KeyedVectors]]:
    """Yield the vectors of a model, as they are and refined, each with what was done."""
    yield "as trained", model.wv
    for power in powers:
        for matrices in ("input",) if model.loss == "hs" else ("input", "sum", "both"):
            yield f"{matrices}, power {power:g}", model.refined(matrices, power)


def judge(vectors: w2v.KeyedVectors, options: argparse.Namespace) -> list[float]:
    """Return the analogies' scores in per cent and the correlations with the pairs."""
    found = evaluate.analogies(vectors, options.questions, restrict_vocab=RESTRICT_VOCAB)
    scores = [100 * (part.accuracy or 0) for part in (found.total, found.semantic, found.syntactic)]
    return scores + [evaluate.word_pairs(vectors, path).spearman or 0 for path in options.pairs]


def parse() -> argparse.Namespace:
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus", metavar="CORPUS", type=os.path.realpath)
    parser.add_argument("--questions", metavar="FILE", required=True)
    parser.add_argument("--pairs", metavar="FILE", nargs="+", default=[])
    parser.add_argument("--words", metavar="N", type=int, help="words of the corpus (all of it)")
    parser.add_argument("--epochs", metavar="N", type=int, default=5)
    parser.add_argument("--seeds", metavar="N", type=int, default=3)
    parser.add_argument("--powers", metavar="P", type=float, nargs="+", default=[0.5])
    parser.add_argument("--models", metavar="NAME", nargs="+", choices=MODELS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
