"""Compare w2v with other word2vec programs on your own corpus: speed, memory and quality.

    python benchmarks/compare.py CORPUS --questions questions-words.txt --pairs ws353.txt

makes a virtual environment beside this file with all programs in it, has them train in turns, and
writes tables and plots. Each run is a process of its own. The parts of the comparison are the
functions in `PARTS`, each a list of runs to do; the programs are the classes in peers.py.

Nothing but the standard library is imported at the top: on Linux a child's peak memory counts from
its parent's size, so this process has to stay smaller than those it measures.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from peers import (
    ALPHA,
    BIN,
    HERE,
    MIN_ALPHA,
    MODELS,
    NEGATIVE,
    PEERS,
    PYTHON,
    RESTRICT_VOCAB,
    ROOT,
    SAMPLE,
    VENV,
    WINDOW,
    Job,
    Output,
    Record,
    child_command,
)

# Training threads are asked for by --threads; a BLAS must not add its own.
ONE_BLAS_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
LADDER = (1, 2, 3, 4, 5, 8, 12, 20, 30, 50, 80)  # epochs of the trainings of `curve`


# --- the environment -----------------------------------------------------------------------------


def digest() -> str:
    """Return a name for the state of the package's sources."""
    found = hashlib.sha256()
    for path in [ROOT / "setup.py", *sorted((ROOT / "w2v").rglob("*"))]:
        if path.suffix in (".py", ".pyx", ".pxi", ".pxd", ".c", ".h", ".inl"):
            found.update(path.read_bytes())
    return found.hexdigest()[:12]


def environment(peers: Sequence[str]) -> Record:
    """Make the virtual environment, or bring it up to date: {package: why it is not there}.

    What was done is kept in the environment, so that a second comparison installs nothing.
    """
    stamp = VENV / "installed.json"
    if not stamp.exists():
        shutil.rmtree(VENV, ignore_errors=True)
        say(f"making {VENV}: this takes some minutes, once")
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        stamp.write_text("{}")
    done: Record = json.loads(stamp.read_text())
    wanted = {"w2v": (str(ROOT),), "matplotlib": ("matplotlib",)}
    wanted |= {PEERS[name].packages[0]: PEERS[name].packages for name in peers}
    wanted.pop(str(ROOT), None)
    for name, choices in wanted.items():
        state = digest() if name == "w2v" else "there"
        if done.get(name, {}).get("state") == state:
            continue
        say(f"installing {name}")
        reason = ""
        for package in choices:
            command = [PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check", package]
            if name in done:  # an earlier state of the same version
                command += ["--force-reinstall", "--no-deps"]
            result = subprocess.run(command, capture_output=True, text=True)
            if not result.returncode:
                done[name] = {"state": state, "package": package if name != "w2v" else "checkout"}
                break
            lines = [line for line in result.stderr.splitlines() if "error" in line.lower()]
            reason = (lines or result.stderr.splitlines() or ["pip failed"])[-1].strip()
        else:
            if name == "w2v":
                raise SystemExit(f"compare.py: this checkout does not install: {reason}")
            say(f"{name} does not install, so it is left out: {reason}")
            done[name] = {"state": "missing", "reason": reason}
        stamp.write_text(json.dumps(done, indent=1))
    return {name: done[name]["reason"] for name in wanted if done[name]["state"] == "missing"}


# --- running and measuring -----------------------------------------------------------------------


def measure(command: Sequence[str], folder: str) -> tuple[Output, Record]:
    """Run a command to its end: what it wrote; seconds and memory of the whole process."""
    busy, started = busy_seconds(), time.perf_counter()
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env=os.environ | ONE_BLAS_THREAD,
    )
    assert process.stdout is not None
    output = Output([])
    try:
        while piece := os.read(process.stdout.fileno(), 1 << 16):
            output.pieces.append((time.perf_counter() - started, piece.decode(errors="replace")))
        _, status, usage = os.wait4(process.pid, 0)
    except BaseException:
        process.kill()
        process.wait()
        raise
    finally:
        process.stdout.close()
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        last = (output.text.strip().splitlines() or ["it printed nothing"])[-1]
        raise ChildProcessError(f"exit status {process.returncode}: {last}")
    unit = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, in bytes
    cpu = usage.ru_utime + usage.ru_stime
    return output, {
        "process_seconds": seconds,
        "cpu_seconds": cpu,
        "peak_mb": usage.ru_maxrss * unit / 1e6,
        # cores that others, the machine's host among them, took meanwhile
        "others": max(0.0, (busy_seconds() - busy - cpu) / seconds),
    }


def busy_seconds() -> float:
    """Return the time that all cores have been at work since the machine started (Linux)."""
    if not os.path.exists("/proc/stat"):
        return 0.0
    with open("/proc/stat", encoding="utf-8") as file:
        user, nice, system, _, _, irq, softirq, steal = map(int, file.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


class Comparison:
    """What is to be compared, what was found so far, and where it is kept."""

    def __init__(self, args: argparse.Namespace, results: Record, folder: str) -> None:
        self.args, self.results, self.folder = args, results, folder
        self.out = Path(args.out)
        self.runs: list[Record] = results["runs"]
        self.peers = [name for name in args.peers if name not in results["missing"]]
        self.tokens: dict[int, int] = {}  # of the corpus' first words, by their number
        self.most = max(args.threads)

    def __contains__(self, job: Job) -> bool:
        return MODELS[job.model][1] in PEERS[job.peer].losses

    def found(self, job: Job, judged: bool = False) -> Record | None:
        """Return the record of a job that was done."""
        wanted = asdict(job).items()
        for run in self.runs:
            if wanted <= run.items() and "error" not in run and (not judged or "quality" in run):
                return run
        return None

    def do(self, part: str, job: Job, judged: bool = False) -> None:
        """Do a job for a part, unless it was done."""
        if done := self.found(job, judged):
            if not any(asdict(job).items() <= r.items() and r["part"] == part for r in self.runs):
                self.keep(done | {"part": part})
            return
        same = {"part": part, **asdict(job)}.items()
        self.runs[:] = [run for run in self.runs if not ("error" in run and same <= run.items())]
        corpus = self.corpus(job.words)
        link = os.path.join(self.folder, "corpus.txt")
        if os.path.lexists(link):
            os.remove(link)
        os.symlink(corpus, link)
        tokens = self.tokens[job.words]
        record: Record = {"part": part, **asdict(job), "tokens": tokens}
        peer = PEERS[job.peer]
        try:
            output, process = measure(peer.command(job), self.folder)
            record |= process | {"seconds": peer.seconds(job, output)}
            record["words_per_second"] = tokens * job.epochs / record["seconds"]
            if job.task == "train":
                with open(os.path.join(self.folder, "vectors.bin"), "rb") as file:
                    record["vocabulary"] = int(file.readline().split()[0])
            if judged and (self.args.questions or self.args.pairs):
                given = {"questions": self.args.questions, "pairs": self.args.pairs}
                record["quality"] = measure(child_command("judge", given), self.folder)[0].json()
            told = f"{record['words_per_second']:,.0f} words/s, {record['process_seconds']:.1f} s, "
            told += f"{record['peak_mb']:.0f} MB"
        except (ChildProcessError, ValueError, LookupError, ZeroDivisionError) as error:
            record["error"] = told = f"{type(error).__name__}: {error}"
        self.keep(record)
        what = [job.peer, "reading" if job.task == "read" else f"{job.model} dim {job.dim}"]
        what += [f"threads {job.threads}", f"epochs {job.epochs}", f"{tokens:,} words"]
        say(f"{part}: {', '.join(what)}, seed {job.seed}, repeat {job.repeat}: {told}")

    def keep(self, record: Record) -> None:
        """Write all results after each run, so that an interrupted comparison keeps them."""
        self.runs.append(record)
        self.save()

    def save(self) -> None:
        text = json.dumps(self.results, indent=1, ensure_ascii=False) + "\n"
        new = self.out / "results.json.new"
        new.write_text(text, encoding="utf-8")
        new.replace(self.out / "results.json")

    def again(self, job: Job) -> bool:
        """Return whether a job that was done is short enough to be repeated."""
        first = self.found(job)
        return first is not None and first["process_seconds"] < self.args.repeat_below

    def repeat(self, part: str, jobs: Sequence[Job]) -> None:
        """Do jobs --repeat times, in turns, so that a slow spell of the machine meets all."""
        for repeat in range(1, self.args.repeat + 1):
            for job in jobs:
                if job in self and (repeat == 1 or self.again(replace(job, repeat=1))):
                    self.do(part, replace(job, repeat=repeat))

    def corpus(self, words: int) -> str:
        """Return the path of the corpus or of a copy of its first lines; count their tokens."""
        if not words:
            if 0 not in self.tokens:
                self.tokens[0] = sum(count for _, count in lines(self.args.corpus))
            return self.args.corpus
        path = os.path.join(self.folder, f"{words}.txt")
        if words not in self.tokens:
            self.tokens[words] = 0
            with open(path, "wb") as file:
                for line, count in lines(self.args.corpus):
                    file.write(line)
                    self.tokens[words] += count
                    if self.tokens[words] >= words:
                        break
        return path


def lines(path: str) -> Iterator[tuple[bytes, int]]:
    """Yield lines with their number of tokens; long ones in pieces, cut at a blank."""
    with open(path, "rb") as file:
        while line := file.readline(1 << 20):
            while not line[-1:].isspace() and (rest := file.read(1)):
                line += rest
            yield line, len(line.split())


# --- the parts -----------------------------------------------------------------------------------


def startup(c: Comparison) -> None:
    """Time what comes before any work: imports, and the help of the command line."""
    commands = {"python, nothing imported": [PYTHON, "-c", "pass"]}
    commands |= {"w2v --help": [str(BIN / "w2v"), "--help"]}
    commands |= {"python -m w2v --help": [PYTHON, "-m", "w2v", "--help"]}
    for name in c.peers:
        if code := PEERS[name].imported:
            commands[code] = [PYTHON, "-c", code]
    for repeat in range(1, max(5, c.args.repeat) + 1):
        for name, command in commands.items():
            if any((r["start"], r["repeat"]) == (name, repeat) for r in c.runs if "start" in r):
                continue
            _, process = measure(command, c.folder)
            c.keep({"part": "startup", "start": name, "repeat": repeat, **process})
    say("startup: done")


def reading(c: Comparison) -> None:
    """Time vocabulary and encoding alone. Only w2v reads on several threads."""
    jobs = [Job(name, "read") for name in c.peers if name != "w2v-repeatable"]
    if c.most > 1 and "w2v-free" in c.peers:
        jobs.insert(1, Job("w2v-free", "read", threads=c.most))
    c.repeat("reading", [replace(job, words=c.args.words) for job in jobs])


def speed(c: Comparison) -> None:
    """Train one epoch of each model, and of further dimensions on the most threads only."""
    shapes = [(c.args.dims[0], threads) for threads in c.args.threads]
    shapes += [(dim, c.most) for dim in c.args.dims[1:]]
    for dim, threads in shapes:
        for model in c.args.models:
            c.repeat(
                "speed",
                [Job(name, "train", model, dim, threads, words=c.args.words) for name in c.peers],
            )


def scaling(c: Comparison) -> None:
    """Train one epoch on 1, 2, 4, ... threads up to the cores."""
    threads = c.args.scaling_threads or powers(cores())
    for model in c.args.models[:2]:
        for n in threads:
            c.repeat(
                "scaling",
                [
                    Job(name, "train", model, c.args.dims[0], n, words=c.args.words)
                    for name in c.peers
                ],
            )


def quality(c: Comparison) -> None:
    """Train --epochs epochs with several seeds, and judge."""
    for seed in c.args.seeds:
        for model in c.args.models:
            for name in distinct(c.peers):
                job = Job(name, "train", model, c.args.dims[0], c.most, c.args.epochs)
                job = replace(job, seed=seed, words=c.args.words)
                if job in c and (
                    seed == c.args.seeds[0] or c.again(replace(job, seed=c.args.seeds[0]))
                ):
                    c.do("quality", job, judged=True)


def curve(c: Comparison) -> None:
    """Train 1, 2, 3, ... epochs, each from new weights, as far as --curve-seconds go, and judge.

    Each training has its own learning rate falling to the end: what a training stopped half way
    would be is not what one gets in half the time.
    """
    for model in c.args.curve_models:
        jobs = [Job(name, "train", model, c.args.dims[0], c.most) for name in distinct(c.peers)]
        jobs = [replace(job, words=c.args.words) for job in jobs if job in c]
        for epochs in LADDER:
            jobs = [
                replace(job, epochs=epochs)
                for job in jobs
                if epochs == 1
                or (last := c.found(job))
                and last["process_seconds"] / job.epochs * epochs <= c.args.curve_seconds
            ]
            for job in jobs:
                c.do("curve", job, judged=True)
            c.repeat("curve", jobs)


def sizes(c: Comparison) -> None:
    """Train one epoch on more and more words, and with fewer and fewer rare words left out."""
    c.corpus(c.args.words)
    most = c.tokens[c.args.words]
    words = [n for n in c.args.sizes or doubling(most) if n < most] + [c.args.words]
    job = Job("", "train", c.args.models[0], c.args.dims[0], c.most)
    for n in words:
        c.repeat("sizes", [replace(job, peer=name, words=n) for name in distinct(c.peers)])
    job = replace(job, words=c.args.words)
    for n in c.args.min_counts:
        c.repeat("vocabulary", [replace(job, peer=p, min_count=n) for p in distinct(c.peers)])


PARTS: dict[str, Callable[[Comparison], None]] = {
    part.__name__: part for part in (startup, reading, speed, scaling, quality, curve, sizes)
}


def distinct(peers: Sequence[str]) -> list[str]:
    """Leave out what trains as another does: gensim's iterable mode differs in speed only."""
    return [name for name in peers if name != "gensim-iter" or "gensim" not in peers]


def powers(most: int) -> list[int]:
    return [n for n in (2**k for k in range(most.bit_length())) if n < most] + [most]


def doubling(most: int) -> list[int]:
    return [n for n in (1_000_000 * 2**k for k in range(20)) if n < most / 1.2]


def cores() -> int:
    usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else ()
    return len(usable) or os.cpu_count() or 1


# --- command line --------------------------------------------------------------------------------


def machine() -> Record:
    cpu = platform.processor()
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            named = (line.split(":")[1].strip() for line in file if line.startswith("model name"))
            cpu = next(named, cpu)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    try:
        compiler = subprocess.run(["cc", "--version"], capture_output=True, text=True).stdout
    except OSError:
        compiler = ""
    return {
        "cpu": cpu,
        "cores": cores(),
        "memory": f"{memory:.0f} GB",
        "system": platform.platform(),
        "compiler": (compiler.splitlines() or ["none"])[0],
    }


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


# What --quick changes, where nothing else is asked for.
QUICK: Record = {
    "words": 200_000,
    "models": ["sg-ns", "cbow-ns"],
    "threads": [1, 2],
    "dims": [100],
    "epochs": 2,
    "seeds": [1],
    "repeat": 1,
    "curve_seconds": 3.0,
    "sizes": [100_000],
    "min_counts": [1, 5],
}


def parser() -> argparse.ArgumentParser:
    def file(text: str) -> str:
        if not os.path.isfile(text):
            raise argparse.ArgumentTypeError(f"no such file: {text}")
        return os.path.abspath(text)

    def whole(text: str) -> int:
        if not text.isdecimal() or (number := int(text)) < 1:
            raise argparse.ArgumentTypeError(f"must be a whole number from 1, not {text}")
        return number

    some = {"type": whole, "nargs": "+"}
    parser = argparse.ArgumentParser(description="Compare word2vec programs on a corpus.")
    add = parser.add_argument
    add("corpus", type=file, help="plain text, blank-separated words, a sentence a line")
    add("--questions", type=file, help="analogy questions, such as questions-words.txt")
    add("--pairs", type=file, nargs="+", default=[], help="word pairs with judged similarity")
    add("--out", default=str(HERE / "results"), help="folder; what is there already is kept")
    add("--only", nargs="+", choices=PARTS, default=list(PARTS), help="the parts to do")
    add("--quick", action="store_true", help="a few minutes: little text, short trainings")
    add("--peers", nargs="+", choices=PEERS, default=list(PEERS), help="the programs")
    models = ["sg-ns", "cbow-ns", "sg-hs", "cbow-hs"]
    add("--models", nargs="+", choices=MODELS, default=models)
    add("--threads", **some, default=sorted({1, min(2, cores())}))
    add("--dims", **some, default=[100, 300], help="the first everywhere, others in speed only")
    add("--words", type=whole, default=0, help="only so many words of the corpus")
    add("--repeat", type=whole, default=3, help="time everything so many times")
    add("--repeat-below", type=float, default=60.0, help="but only runs of fewer seconds")
    add("--epochs", type=whole, default=5, help="in quality")
    add("--seeds", type=int, nargs="+", default=[1, 2, 3], help="in quality")
    add("--curve-models", nargs="+", choices=MODELS, default=["sg-ns"])
    add("--curve-seconds", type=float, default=250.0, help="longest training of the curve")
    add("--scaling-threads", **some, help="default: 1, 2, 4, ... and all cores")
    add("--sizes", **some, help="words; default: 1, 2, 4, ... million; the whole comes last")
    add("--min-counts", **some, default=[1, 5, 25, 125], help="for vocabularies of other sizes")
    return parser


def parse(argv: Sequence[str]) -> argparse.Namespace:
    found = parser()
    if "--quick" in argv:
        found.set_defaults(**QUICK)
    args = found.parse_args(argv)
    args.peers = [name for name in PEERS if name in args.peers]
    return args


def start(args: argparse.Namespace, missing: Record) -> Record:
    """Return what is in --out already, if it belongs to this comparison, or a new page."""
    command = subprocess.run(
        child_command("versions", {}), check=True, capture_output=True, text=True
    )
    same: Record = {
        "machine": machine(),
        "versions": json.loads(command.stdout) | {"w2v's sources": digest()},
        "corpus": {"file": Path(args.corpus).name, "bytes": os.path.getsize(args.corpus)},
        "settings": {
            "window": WINDOW,
            "negative": NEGATIVE,
            "sample": SAMPLE,
            "alpha": ALPHA,
            "min_alpha": MIN_ALPHA,
            "min_count": 5,
            "analogies among": RESTRICT_VOCAB,
        },
    }
    path = Path(args.out) / "results.json"
    results: Record = {"commands": [], "date": time.strftime("%Y-%m-%d"), **same, "runs": []}
    if path.exists():
        results = json.loads(path.read_text(encoding="utf-8"))
        for name, value in same.items():
            if results[name] != json.loads(json.dumps(value)):
                raise SystemExit(
                    f"compare.py: {path} belongs to another comparison, its {name} differ: choose "
                    f"another --out, or remove it\n  there: {results[name]}\n  here:  {value}"
                )
    results["missing"] = missing
    return results


def main(argv: Sequence[str]) -> int:
    args = parse(argv)
    missing = environment(args.peers)
    packages = {name: PEERS[name].packages[0] for name in args.peers}
    absent = {name: missing[package] for name, package in packages.items() if package in missing}
    Path(args.out).mkdir(parents=True, exist_ok=True)
    results = start(args, absent)
    results["commands"].append(shlex.join(["python", "benchmarks/compare.py", *argv]))
    status = 0
    with tempfile.TemporaryDirectory() as folder:
        comparison = Comparison(args, results, folder)
        try:
            for name in args.only:
                PARTS[name](comparison)
        except KeyboardInterrupt:
            say("interrupted: what was measured is kept, and the same command goes on from it")
            status = 130
        comparison.save()
    # the plots need matplotlib, which is in the environment
    subprocess.run([PYTHON, str(HERE / "report.py"), args.out], check=False)
    return status


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
