"""The programs that compare.py compares, and what runs in their environment.

A further program is a class here and an entry of `PEERS`. As `compare.py`, this imports nothing but
the standard library at the top.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import re
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

Record = dict[str, Any]

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
VENV = HERE / ".venv"
PYTHON, BIN = str(VENV / "bin" / "python"), VENV / "bin"

# The same for every program, as far as it can be told; README.md says what cannot.
WINDOW, NEGATIVE, SAMPLE, MIN_ALPHA = 5, 5, 1e-3, 1e-4
ALPHA = {"skipgram": 0.025, "cbow": 0.05}
RESTRICT_VOCAB = 30_000  # the words that analogies are asked of
MODELS = {
    "sg-ns": ("skipgram", "ns"),
    "cbow-ns": ("cbow", "ns"),
    "sg-hs": ("skipgram", "hs"),
    "cbow-hs": ("cbow", "hs"),
    "sg-softmax": ("skipgram", "softmax"),
    "cbow-softmax": ("cbow", "softmax"),
}


@dataclass(frozen=True)
class Job:
    """One run of one program; two runs with the same job measure the same thing."""

    peer: str
    task: str = "train"  # or "read": the vocabulary only
    model: str = "sg-ns"
    dim: int = 100
    threads: int = 1
    epochs: int = 1
    min_count: int = 5
    words: int = 0  # of the corpus, from its start; 0: all
    seed: int = 1
    repeat: int = 1

    @property
    def architecture(self) -> str:
        return MODELS[self.model][0]

    @property
    def loss(self) -> str:
        return MODELS[self.model][1]

    @property
    def alpha(self) -> float:
        return ALPHA[self.architecture]


@dataclass
class Output:
    """What a process wrote, each piece with the seconds since the process was started."""

    pieces: list[tuple[float, str]]

    @property
    def text(self) -> str:
        return "".join(piece for _, piece in self.pieces)

    def json(self) -> Record:
        """Return the object on the last line that is one."""
        return json.loads([line for line in self.text.splitlines() if line.startswith("{")][-1])

    def seconds_between(self, start: str, end: str) -> float:
        """Return the time from the first piece with one pattern to the last with another."""
        starts = [second for second, piece in self.pieces if re.search(start, piece)]
        ends = [second for second, piece in self.pieces if re.search(end, piece)]
        if not starts or not ends:
            raise ValueError(f"it did not print {start!r} and {end!r}")
        return ends[-1] - starts[0]


# --- the programs --------------------------------------------------------------------------------


class Peer:
    """A program to compare: what pip calls it, what it can train, how it is run and understood.

    It runs in a folder where the corpus is `corpus.txt`, and writes its vectors to `vectors.bin`,
    in word2vec's binary format.
    """

    packages: tuple[str, ...] = ()  # what pip may install it from, the best first
    losses: tuple[str, ...] = ("ns", "hs")
    imported = ""  # Python to start it with, for the time that takes

    def command(self, job: Job) -> list[str]:
        """Return the command that does the job."""
        return child_command("job", asdict(job))

    def seconds(self, job: Job, output: Output) -> float:
        """Return how long the job took without what surrounds it: training, or reading."""
        return output.json()["seconds"]

    def run(self, job: Job) -> float:
        """Do the job in this process, for a program that is a Python package."""
        raise NotImplementedError


class W2V(Peer):
    """The package in this repository, through its command line."""

    packages = (str(ROOT),)
    imported = "import w2v"

    def __init__(self, deterministic: bool) -> None:
        self.deterministic = deterministic
        # the exact softmax is repeatable on one worker only
        self.losses = ("ns", "hs") if deterministic else ("ns", "hs", "softmax")

    def command(self, job: Job) -> list[str]:
        if job.task == "read":
            return super().command(job)
        settings = {
            "architecture": job.architecture,
            "loss": job.loss,
            "vector-size": job.dim,
            "window": WINDOW,
            "min-count": job.min_count,
            "sample": SAMPLE,
            "alpha": job.alpha,
            "min-alpha": MIN_ALPHA,
            "epochs": job.epochs,
            "workers": job.threads,
            "seed": job.seed,
        }
        if job.loss == "ns":
            settings["negative"] = NEGATIVE
        flags = [f"--{name}={value}" for name, value in settings.items()]
        flags.append("--deterministic" if self.deterministic else "--no-deterministic")
        command = [str(BIN / "w2v"), "train", "corpus.txt", "--output", "vectors.bin", "--json"]
        return command + flags

    def seconds(self, job: Job, output: Output) -> float:
        if job.task == "read":
            return super().seconds(job, output)
        return sum(epoch["seconds"] for epoch in output.json()["history"])

    def run(self, job: Job) -> float:
        if hasattr(os, "sched_setaffinity"):  # reading takes the cores there are
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: job.threads])
        from w2v import Corpus, Vocabulary

        started = time.perf_counter()
        corpus = Corpus("corpus.txt")
        vocabulary = Vocabulary.build(corpus, min_count=job.min_count)
        corpus.encode(vocabulary, consume=True)
        return time.perf_counter() - started


class Gensim(Peer):
    """gensim, reading the corpus in C (`corpus_file`) or through a Python iterable."""

    packages = ("gensim",)
    imported = "import gensim.models"

    def __init__(self, iterable: bool) -> None:
        self.iterable = iterable

    def run(self, job: Job) -> float:
        from gensim.models.word2vec import LineSentence, Word2Vec

        source = (
            {"corpus_iterable": LineSentence("corpus.txt")}
            if self.iterable
            else {"corpus_file": "corpus.txt"}
        )
        model = Word2Vec(
            sg=int(job.architecture == "skipgram"),
            hs=int(job.loss == "hs"),
            negative=0 if job.loss == "hs" else NEGATIVE,
            vector_size=job.dim if job.task == "train" else 1,
            window=WINDOW,
            min_count=job.min_count,
            sample=SAMPLE,
            alpha=job.alpha,
            min_alpha=MIN_ALPHA,
            workers=job.threads,
            seed=job.seed,
        )
        started = time.perf_counter()
        model.build_vocab(**source)
        if job.task == "train":
            started = time.perf_counter()
            model.train(
                **source,
                total_words=model.corpus_total_words,
                total_examples=model.corpus_count,
                epochs=job.epochs,
            )
        seconds = time.perf_counter() - started
        if job.task == "train":
            model.wv.save_word2vec_format("vectors.bin", binary=True)
        return seconds


class FastText(Peer):
    """fastText without subwords, which is word2vec; it reads and trains in one call."""

    packages = ("fasttext", "fasttext-wheel")
    imported = "import fasttext"

    def run(self, job: Job) -> float:
        import fasttext
        import numpy as np

        print("reading", flush=True)
        model = fasttext.train_unsupervised(
            "corpus.txt",
            model=job.architecture,
            loss=job.loss,
            dim=job.dim if job.task == "train" else 1,
            ws=WINDOW,
            minCount=job.min_count,
            neg=NEGATIVE,
            t=SAMPLE,
            lr=job.alpha,
            epoch=job.epochs if job.task == "train" else 0,
            thread=job.threads,
            minn=0,
            maxn=0,
            bucket=0,
            verbose=2,
        )
        if job.task == "train":
            words, vectors = model.get_words(), np.asarray(model.get_input_matrix(), "<f4")
            with open("vectors.bin", "wb") as file:
                file.write(b"%d %d\n" % vectors.shape)
                for word, vector in zip(words, vectors, strict=True):
                    file.write(word.encode() + b" " + vector.tobytes() + b"\n")
        return 0.0  # `seconds` reads the clock

    def seconds(self, job: Job, output: Output) -> float:
        if job.task == "read":
            return output.seconds_between("^reading", "Number of labels")
        return output.seconds_between("Number of labels", "Progress")


class Word2VecC(Peer):
    """The original program, as the package `word2vec` compiles it."""

    packages = ("word2vec",)

    def command(self, job: Job) -> list[str]:
        command = [str(BIN / "word2vec"), "-train", "corpus.txt", "-min-count", str(job.min_count)]
        if job.task == "read":  # without -output it stops when it has the vocabulary
            return [*command, "-save-vocab", "vocabulary.txt"]
        settings = {
            "output": "vectors.bin",
            "binary": 1,
            "cbow": int(job.architecture == "cbow"),
            "hs": int(job.loss == "hs"),
            "negative": 0 if job.loss == "hs" else NEGATIVE,
            "size": job.dim,
            "window": WINDOW,
            "sample": SAMPLE,
            "alpha": job.alpha,
            "iter": job.epochs,
            "threads": job.threads,
        }
        return command + [word for name in settings for word in (f"-{name}", str(settings[name]))]

    def seconds(self, job: Job, output: Output) -> float:
        if job.task == "read":
            return output.pieces[-1][0]  # it does nothing else
        # It reports only every 10,000 words of a thread: scale what lies between two reports.
        reports = [
            (second, float(percents[-1]))
            for second, piece in output.pieces
            if (percents := re.findall(r"Progress: ([\d.]+)%", piece))
        ]
        done = reports[-1][1] - reports[0][1] if reports else 0.0
        if done < 20:
            raise ValueError("too few words: it reported no two states of progress far apart")
        return (reports[-1][0] - reports[0][0]) * 100 / done


PEERS: dict[str, Peer] = {
    "w2v-free": W2V(deterministic=False),
    "w2v-repeatable": W2V(deterministic=True),
    "gensim": Gensim(iterable=False),
    "gensim-iter": Gensim(iterable=True),
    "word2vec.c": Word2VecC(),
    "fasttext": FastText(),
}


# --- what runs in the environment: the children --------------------------------------------------


def judge(questions: str | None, pairs: list[str]) -> Record:
    """Judge saved vectors; the same code for every program."""
    from w2v import KeyedVectors
    from w2v.vectors.evaluate import analogies, word_pairs

    kv = KeyedVectors.load("vectors.bin")
    quality: Record = {
        "vocabulary": len(kv),
        "pairs": {Path(p).stem: asdict(word_pairs(kv, p)) for p in pairs},
    }
    if questions:
        quality["questions"] = Path(questions).name
        result = analogies(kv, questions, restrict_vocab=RESTRICT_VOCAB, method="3cosadd")
        quality["analogies"] = {
            score.name: asdict(score) | {"accuracy": score.accuracy}
            for score in (result.total, result.semantic, result.syntactic)
        }
    return quality


def versions() -> Record:
    from w2v import _core

    found = {"python": platform.python_version(), "w2v's instruction set": _core.isa()}
    for package in ("w2v", "gensim", "fasttext", "fasttext-wheel", "word2vec", "numpy"):
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def child(name: str, argument: str) -> Record:
    """Do what `child_command` asked for."""
    given = json.loads(argument)
    if name in ("judge", "versions"):
        return {"judge": judge, "versions": versions}[name](**given)
    job = Job(**given)
    return {"seconds": PEERS[job.peer].run(job)}


def child_command(name: str, given: Record) -> list[str]:
    return [PYTHON, __file__, name, json.dumps(given)]


if __name__ == "__main__":
    print(json.dumps(child(*sys.argv[1:])))
