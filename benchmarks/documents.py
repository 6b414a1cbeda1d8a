"""Vectors of documents beside gensim's Doc2Vec: seconds, and how well they tell groups apart.

    python benchmarks/documents.py 20news-bydate --peer ENVIRONMENT/bin/python

The folder has two folders whose names end in `train` and `test`, in these one for each group, and
in these a file for each document: 20 Newsgroups lies so (http://qwone.com/~jason/20Newsgroups,
20news-bydate.tar.gz). Headers, up to the first blank line, are left out. Both programs get the same
words, train vectors of the training documents at the same settings, and infer those of the others,
document after document; w2v does so in one call, too. A logistic regression on the trained vectors
tells the groups of the inferred ones; shown is its accuracy. Seconds of the processor tell more
than those of the clock where other programs run. The peer is run by a Python that has
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
marks = [(time.perf_counter(), time.process_time())]
model = Doc2Vec(tagged, dm=int(dm), dbow_words=int(words), hs=int(hs),
                negative=0 if int(hs) else 5, vector_size=int(dim), window=int(window),
                epochs=int(epochs), alpha=float(alpha), sample=1e-3, min_count=5,
                workers=int(workers), seed=int(seed))
marks.append((time.perf_counter(), time.process_time()))
inferred = np.stack([model.infer_vector(text) for text in new])
marks.append((time.perf_counter(), time.process_time()))
np.savez(out, train=model.dv.vectors, test=inferred)
print(*np.diff(marks, axis=0).reshape(-1))
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


def now() -> tuple[float, float]:
    """Return the time, and that of the processor."""
    return time.perf_counter(), time.process_time()


def ours(texts: Any, kind: Any, args: argparse.Namespace, seed: int) -> tuple[np.ndarray, Any]:
    """Return the seconds of training, of inference one by one and at once, and the vectors."""
    architecture, words, loss = kind
    model = w2v.Doc2Vec(
        architecture=architecture, train_words=words, loss=loss, vector_size=args.dim,
        window=args.window, epochs=args.epochs, alpha=args.alpha, workers=args.workers,
        sample=1e-3, seed=seed,
    )  # fmt: skip
    marks = [now()]
    model.fit(texts[0], verbose=False)
    marks.append(now())
    for text in texts[1]:
        model.infer_vector(text)
    marks.append(now())
    inferred = model.infer_vectors(texts[1])
    marks.append(now())
    return np.diff(marks, axis=0), [model.dv.vectors, inferred]


def theirs(texts: Any, kind: Any, args: argparse.Namespace, seed: int) -> tuple[np.ndarray, Any]:
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
        seconds = np.array(done.stdout.split()[-4:], float).reshape(2, 2)
        return seconds, [found["train"], found["test"]]


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
    print("| | program | train: s, CPU s | infer one by one | at once | accuracy |")
    print("|---|---|---|---|---|---|")
    for kind in args.kinds:
        for turn in range(args.turns):
            for name, run in {"w2v": ours, "gensim": theirs}.items():
                if run is theirs and not args.peer:
                    continue
                seconds, vectors = run(texts, KINDS[kind], args, turn + 1)
                share = accuracy(vectors, list(groups))
                shown = [f"{wall:.1f}, {cpu:.1f}" for wall, cpu in seconds]
                shown = " | ".join(shown + ["-"] * (3 - len(shown)))
                print(f"| {kind} | {name} | {shown} | {share:.3f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
