"""Vectors of documents beside gensim's Doc2Vec: seconds, and how well they tell groups apart.

    python benchmarks/documents.py 20news-bydate --peer ENVIRONMENT/bin/python

The folder has two folders whose names end in `train` and `test`, in these one for each group, and
in these a file for each document: 20 Newsgroups lies so (http://qwone.com/~jason/20Newsgroups,
20news-bydate.tar.gz). Headers, up to the first blank line, are left out. Both programs get the same
words, train vectors of the training documents at the same settings, and infer those of the others,
document after document; w2v does so in one call, too. A logistic regression on the trained vectors
tells the groups of the inferred ones; shown is its accuracy. The peer is run by a Python that has
gensim. A row is one run; the turns alternate. The table goes to standard output, in Markdown.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import w2v

# Reads two files of documents, trains on one and infers the other; prints seconds, saves vectors.
PEER = """
import sys, time
import numpy as np
from gensim.models.doc2vec import Doc2Vec, TaggedDocument

train, test, out, dm, words, hs, dim, window, epochs, alpha, workers, seed = sys.argv[1:]
texts = [line.split() for line in open(train, encoding="utf-8")]
new = [line.split() for line in open(test, encoding="utf-8")]
tagged = [TaggedDocument(text, [i]) for i, text in enumerate(texts)]
begun = time.perf_counter()
model = Doc2Vec(tagged, dm=int(dm), dbow_words=int(words), hs=int(hs),
                negative=0 if int(hs) else 5, vector_size=int(dim), window=int(window),
                epochs=int(epochs), alpha=float(alpha), sample=1e-3, min_count=5,
                workers=int(workers), seed=int(seed))
trained = time.perf_counter()
inferred = np.stack([model.infer_vector(text) for text in new])
ended = time.perf_counter()
np.savez(out, train=model.dv.vectors, test=inferred)
print(trained - begun, ended - trained)
"""

# name -> architecture, with words, loss
KINDS = {
    "PV-DBOW, ns": ("dbow", False, "ns"),
    "PV-DBOW, hs": ("dbow", False, "hs"),
    "PV-DBOW and words, ns": ("dbow", True, "ns"),
    "PV-DM, ns": ("dm", False, "ns"),
    "PV-DM, hs": ("dm", False, "hs"),
}


def read(folder: Path) -> tuple[list[list[str]], list[str]]:
    """Return the words and the group of each document in a folder of folders."""
    files = sorted(path for path in folder.glob("*/*") if path.is_file())
    bodies = [path.read_text(encoding="latin-1").partition("\n\n")[2] for path in files]
    kept = [i for i, body in enumerate(bodies) if any(letter.isalpha() for letter in body)]
    corpus = w2v.Corpus([bodies[i] for i in kept], tokenizer="words")
    return list(corpus.sentences()), [files[i].parent.name for i in kept]


def accuracy(vectors: list[np.ndarray], groups: list[list[str]]) -> float:
    """Return the share of the second vectors whose group is told, trained on the first."""
    from sklearn.linear_model import LogisticRegression

    train, test = (v / np.maximum(np.linalg.norm(v, axis=1, keepdims=True), 1e-9) for v in vectors)
    model = LogisticRegression(C=10.0, max_iter=1000).fit(train, groups[0])
    return float(model.score(test, groups[1]))


def ours(texts: Any, kind: Any, args: argparse.Namespace, seed: int) -> tuple[list[float], Any]:
    """Return the seconds of training, of inference one by one and at once, and the vectors."""
    architecture, words, loss = kind
    model = w2v.Doc2Vec(
        architecture=architecture, train_words=words, loss=loss, vector_size=args.dim,
        window=args.window, epochs=args.epochs, alpha=args.alpha, workers=args.workers,
        sample=1e-3, seed=seed,
    )  # fmt: skip
    marks = [time.perf_counter()]
    model.fit(texts[0], verbose=False)
    marks.append(time.perf_counter())
    for text in texts[1]:
        model.infer_vector(text)
    marks.append(time.perf_counter())
    inferred = model.infer_vectors(texts[1])
    marks.append(time.perf_counter())
    return np.diff(marks).tolist(), [model.dv.vectors, inferred]


def theirs(texts: Any, kind: Any, args: argparse.Namespace, seed: int) -> tuple[list[float], Any]:
    """Do what `ours` does, by the peer, which infers one by one."""
    architecture, words, loss = kind
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(Path(folder, name)) for name in ("train", "test", "vectors.npz")]
        for path, part in zip(paths, texts, strict=False):
            lines = "".join(f"{' '.join(text)}\n" for text in part)
            Path(path).write_text(lines, encoding="utf-8")
        how = (int(architecture == "dm"), int(words), int(loss == "hs"))
        given = (args.dim, args.window, args.epochs, args.alpha, args.workers, seed)
        command = [args.peer, "-c", PEER, *paths, *map(str, (*how, *given))]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        found = np.load(paths[2])
        return [float(x) for x in done.stdout.split()[-2:]], [found["train"], found["test"]]


def main(argv: Sequence[str]) -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", help="20news-bydate, or another one that lies so")
    parser.add_argument("--peer", metavar="PYTHON", help="a Python that has gensim")
    for name, default in {"dim": 100, "window": 5, "epochs": 20, "turns": 2}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--alpha", type=float, default=0.025)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    args = parser.parse_args(argv)
    parts = [next(Path(args.folder).glob(f"*{name}")) for name in ("train", "test")]
    texts, groups = zip(*map(read, parts), strict=True)
    words = sum(map(len, texts[0]))
    print(
        f"{len(texts[0]):,} documents of {words:,} words, {len(texts[1]):,} new ones; "
        f"{args.epochs} epochs, alpha {args.alpha}, {args.workers} workers\n"
    )
    print("| | program | train, s | infer one by one, s | at once, s | accuracy |")
    print("|---|---|---|---|---|---|")
    for kind in args.kinds:
        for turn in range(args.turns):
            for name, run in {"w2v": ours, "gensim": theirs}.items():
                if run is theirs and not args.peer:
                    continue
                seconds, vectors = run(texts, KINDS[kind], args, turn + 1)
                share = accuracy(vectors, list(groups))
                shown = " | ".join([f"{s:.2f}" for s in seconds] + ["-"] * (3 - len(seconds)))
                print(f"| {kind} | {name} | {shown} | {share:.3f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
