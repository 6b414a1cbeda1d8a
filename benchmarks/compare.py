"""Compare w2v with other word2vec programs on your own corpus: quality, speed and memory.

    python benchmarks/compare.py CORPUS --questions questions-words.txt --pairs ws353.txt

Every training runs in a process of its own, the programs taking turns. `train_w2v` and
`train_gensim` are what is timed, `evaluate` is what judges the vectors of all. A further program
is a function that returns a `Peer`, entered in `PEERS`.

Nothing but the standard library is imported at the top: on Linux a child's peak memory counts from
its parent's size, so this process has to stay smaller than those it measures.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

from report import Record, markdown

# The same for every program; w2v and gensim share these names.
SETTINGS: Record = {
    "vector_size": 100,
    "window": 5,
    "min_count": 5,
    "negative": 5,
    "ns_exponent": 0.75,
    "sample": 1e-3,
    "min_alpha": 1e-4,
}
ALPHA = {"skipgram": 0.025, "cbow": 0.05}
RESTRICT_VOCAB = 30_000
MODELS = {
    "sg-ns": ("skipgram", "ns"),
    "cbow-ns": ("cbow", "ns"),
    "sg-hs": ("skipgram", "hs"),
    "cbow-hs": ("cbow", "hs"),
    "sg-softmax": ("skipgram", "softmax"),
    "cbow-softmax": ("cbow", "softmax"),
}
# Training threads are asked for by --threads; a BLAS must not add its own.
ONE_BLAS_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)


@dataclass(frozen=True)
class Job:
    """One training: what a program is asked to do."""

    corpus: str
    model: str
    threads: int
    epochs: int
    seed: int
    max_final_vocab: int | None
    vectors: str  # where to write them, in word2vec's binary format

    @property
    def settings(self) -> Record:
        """Keyword arguments that w2v.Word2Vec and gensim's Word2Vec share."""
        return SETTINGS | {
            "alpha": ALPHA[MODELS[self.model][0]],
            "epochs": self.epochs,
            "workers": self.threads,
            "seed": self.seed,
            "max_final_vocab": self.max_final_vocab,
        }


class Peer(NamedTuple):
    """A program to compare.

    `command` returns the command that does a job: it writes the vectors, and its last line on
    standard output is a JSON object with `tokens` and `words` (read, and in the vocabulary),
    `read_seconds` (until the first training step) and `train_seconds`.
    """

    versions: Record
    losses: tuple[str, ...]
    command: Callable[[Job], list[str]]


# --- what is timed: each of these runs in its own process --------------------------------------


def train_w2v(job: Job) -> Record:
    import w2v

    architecture, loss = MODELS[job.model]
    model = w2v.Word2Vec(architecture=architecture, loss=loss, **job.settings)
    started = time.perf_counter()
    model.fit(job.corpus, verbose=False)
    fit_seconds = time.perf_counter() - started
    train_seconds = sum(epoch["seconds"] for epoch in model.history)
    model.wv.save(job.vectors)
    return {
        "tokens": model.corpus_stats["tokens_read"],
        "words": len(model.vocabulary),
        "read_seconds": fit_seconds - train_seconds,
        "train_seconds": train_seconds,
    }


def train_gensim(job: Job) -> Record:
    from gensim.models import Word2Vec

    architecture, loss = MODELS[job.model]
    output = {"hs": 1, "negative": 0} if loss == "hs" else {"hs": 0}
    model = Word2Vec(sg=int(architecture == "skipgram"), **job.settings | output)
    started = time.perf_counter()
    model.build_vocab(corpus_file=job.corpus)
    read = time.perf_counter()
    model.train(
        corpus_file=job.corpus,
        total_words=model.corpus_total_words,
        total_examples=model.corpus_count,
        epochs=job.epochs,
    )
    trained = time.perf_counter()
    model.wv.save_word2vec_format(job.vectors, binary=True)
    return {
        "tokens": model.corpus_total_words,
        "words": len(model.wv),
        "read_seconds": read - started,
        "train_seconds": trained - read,
    }


def evaluate(vectors: str, questions: str | None, pairs: list[str]) -> Record:
    """Judge saved vectors; the same code for every program."""
    from w2v import KeyedVectors
    from w2v.evaluate import analogies, word_pairs

    kv = KeyedVectors.load(vectors)
    quality: Record = {"analogies": None, "pairs": {p: asdict(word_pairs(kv, p)) for p in pairs}}
    if questions:
        result = analogies(kv, questions, restrict_vocab=RESTRICT_VOCAB, method="3cosadd")
        quality["analogies"] = {
            score.name: asdict(score) | {"accuracy": score.accuracy}
            for score in (result.total, result.semantic, result.syntactic)
        }
    return quality


def versions(module: str) -> Record:
    found = {name: importlib.import_module(name).__version__ for name in (module, "numpy")}
    return found | {"python": platform.python_version()}


def child(name: str, argument: str) -> Record:
    """Do what `child_command` asked for."""
    given = json.loads(argument)
    if name == "evaluate":
        return evaluate(**given)
    if name == "versions":
        return versions(**given)
    return {"w2v": train_w2v, "gensim": train_gensim}[name](Job(**given))


def child_command(python: str, name: str, given: Record) -> list[str]:
    return [python, __file__, "--child", name, json.dumps(given)]


# --- the programs --------------------------------------------------------------------------------


def python_peer(name: str, python: str, install: str, losses: tuple[str, ...]) -> Peer:
    """Return the package `name` as a peer; if it is missing, end with a line that says so."""
    command = child_command(python, "versions", {"module": name})
    try:
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        reason = (getattr(error, "stderr", None) or str(error)).strip().splitlines()[-1]
        raise SystemExit(
            f"compare.py: {name} cannot be used ({reason}); install it: {install}"
        ) from None
    return Peer(json.loads(output), losses, lambda job: child_command(python, name, asdict(job)))


PEERS: dict[str, Callable[[argparse.Namespace], Peer]] = {
    "w2v": lambda args: python_peer(
        "w2v", sys.executable, "pip install . in this repository", ("ns", "hs", "softmax")
    ),
    "gensim": lambda args: python_peer(
        "gensim", args.python_gensim, "pip install gensim, or choose --peers w2v", ("ns", "hs")
    ),
}


# --- running and measuring -----------------------------------------------------------------------


def run(command: list[str]) -> tuple[Record, Record]:
    """Run a command to its end: its report; seconds and memory of the whole process."""
    started = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=os.environ | ONE_BLAS_THREAD
    ) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    if process.returncode:
        raise SystemExit(f"compare.py: exit status {process.returncode}: {shlex.join(command)}")
    report: Record = json.loads(output.splitlines()[-1])
    unit = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, in bytes
    return report, {"process_seconds": seconds, "peak_mb": usage.ru_maxrss * unit / 1e6}


def run_all(args: argparse.Namespace, peers: dict[str, Peer], tokens: int) -> Iterator[Record]:
    """Do every training, the programs taking turns; yield a record of each."""
    jobs = [
        (repeat, seed, model, threads, name)
        for repeat in range(1, args.repeat + 1)
        for seed in args.seeds
        for model in args.models
        for threads in args.threads
        for name in peers
        if MODELS[model][1] in peers[name].losses
    ]
    for number, (repeat, seed, model, threads, name) in enumerate(jobs, 1):
        record: Record = {"model": model, "threads": threads, "peer": name}
        with tempfile.TemporaryDirectory() as folder:
            vectors = os.path.join(folder, "vectors.bin")
            job = Job(args.corpus, model, threads, args.epochs, seed, args.max_final_vocab, vectors)
            report, process = run(peers[name].command(job))
            record |= {"seed": seed, "repeat": repeat} | report | process
            record["words_per_second"] = tokens * args.epochs / report["train_seconds"]
            # A repeat is for the clock: only another seed is meant to give other vectors.
            if repeat == 1 and (args.questions or args.pairs):
                judge = {"vectors": vectors, "questions": args.questions, "pairs": args.pairs}
                record["quality"], _ = run(child_command(sys.executable, "evaluate", judge))
        print(
            f"[{number}/{len(jobs)}] {model}, threads {threads}, seed {seed}, {name}: "
            f"{record['words_per_second']:,.0f} words/s, {record['process_seconds']:.1f} s, "
            f"{record['peak_mb']:.0f} MB",
            file=sys.stderr,
        )
        yield record


def count_tokens(path: str) -> int:
    """Count what stands between blanks; reading it also puts the file in the system's cache."""
    tokens, inside = 0, False
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            tokens += len(block.split()) - (inside and not block[:1].isspace())
            inside = not block[-1:].isspace()
    return tokens


def machine() -> Record:
    cpu = platform.processor()
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            named = (line.split(":")[1].strip() for line in file if line.startswith("model name"))
            cpu = next(named, cpu)
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    system = {"machine": platform.machine(), "system": platform.platform()}
    return {"cpu": cpu, "cores": usable, "load at start": round(os.getloadavg()[0], 2)} | system


# --- command line --------------------------------------------------------------------------------


def parse(argv: Sequence[str]) -> argparse.Namespace:
    def file(text: str) -> str:
        if not os.path.isfile(text):
            raise argparse.ArgumentTypeError(f"no such file: {text}")
        return text

    def whole(text: str) -> int:
        if (number := int(text)) < 1:
            raise argparse.ArgumentTypeError(f"must be at least 1, not {text}")
        return number

    parser = argparse.ArgumentParser(description="Compare word2vec programs on a corpus.")
    add = parser.add_argument
    add("corpus", type=file, help="plain text, blank-separated words, a sentence a line")
    add("--questions", type=file, help="analogy questions, such as questions-words.txt")
    add("--pairs", type=file, nargs="+", default=[], help="word pairs with judged similarity")
    add("--models", nargs="+", choices=MODELS, default=["sg-ns", "cbow-ns", "sg-hs", "cbow-hs"])
    add("--peers", nargs="+", choices=PEERS, default=list(PEERS), help="the programs")
    add("--threads", type=whole, nargs="+", default=[1, 2])
    add("--epochs", type=whole, default=5)
    add("--seeds", type=int, nargs="+", default=[1], help="quality is averaged over these")
    add("--repeat", type=whole, default=1, help="time every training so many times")
    add("--max-final-vocab", type=whole, help="keep so many words, the most frequent")
    add("--python-gensim", default=sys.executable, help="the interpreter that has gensim")
    add("--output", default="results", help="write OUTPUT.json and OUTPUT.md")
    return parser.parse_args(argv)


def main(argv: Sequence[str]) -> None:
    args = parse(argv)
    peers = {name: PEERS[name](args) for name in args.peers}
    if args.questions or args.pairs:
        PEERS["w2v"](args)  # it judges the others, so it has to be there
    tokens = count_tokens(args.corpus)
    settings = {"alpha": ALPHA, "epochs": args.epochs, "seeds": args.seeds, "repeat": args.repeat}
    size = os.path.getsize(args.corpus)
    runs: list[Record] = []
    results: Record = {
        "command": shlex.join(["python", sys.argv[0], *argv]),
        "date": time.strftime("%Y-%m-%d"),
        "machine": machine(),
        "versions": {name: peer.versions for name, peer in peers.items()},
        "corpus": {"file": args.corpus, "tokens": tokens, "bytes": size},
        "settings": SETTINGS
        | settings
        | {"max_final_vocab": args.max_final_vocab, "restrict_vocab (analogies)": RESTRICT_VOCAB},
        "runs": runs,
    }
    Path(args.output).parent.mkdir(parents=True, exist_ok=True)
    for record in run_all(args, peers, tokens):
        runs.append(record)
        # Written after each, so that an interrupted comparison keeps what it has.
        text = json.dumps(results, indent=1, ensure_ascii=False) + "\n"
        Path(f"{args.output}.json").write_text(text, encoding="utf-8")
        Path(f"{args.output}.md").write_text(markdown(results), encoding="utf-8")
    if not runs:
        raise SystemExit("compare.py: none of the --peers trains any of the --models")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps(child(*sys.argv[2:])))
    else:
        main(sys.argv[1:])
