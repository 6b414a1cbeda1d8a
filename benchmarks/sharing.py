"""Memory of processes that map one model: how much N of them take, beside what one takes.

    python benchmarks/sharing.py [FILE] [--processes 16] [--words 1000000] [--dimensions 300]

Each process loads the file, looks words up, and asks for neighbours and analogies. Memory is the
proportional set size (PSS) of Linux, ``/proc/PID/smaps_rollup``: a page that n processes share
counts 1/n for each. Without FILE, a file of random vectors is made in a temporary folder.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from w2v import KeyedVectors

SHARES = ("Pss", "Pss_Anon", "Pss_File")


def pss(pid: int) -> dict[str, int]:
    """Return the kilobytes of a process, by kind."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    found = {name.rstrip(":"): value for name, value, *_ in map(str.split, lines[1:])}
    return {name: int(found[name]) for name in SHARES}


def use(path: str) -> None:
    """Load a model, ask it questions, and wait."""
    kv = KeyedVectors.load(path)
    some = [kv._lookup.words[i] for i in range(min(100, len(kv)))]  # without all others
    for word in some[:5]:
        kv.most_similar(word)
    kv.vectors_for(some)
    if len(some) > 3:
        kv.analogy(*some[:3])
        kv.doesnt_match(some[:4])
    assert "no such word" not in kv
    print("ready", flush=True)
    sys.stdin.read()


def measure(path: str, processes: int) -> dict[str, int]:
    """Return the kilobytes of so many processes together."""
    command = [sys.executable, __file__, path, "--use"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    started = [subprocess.Popen(command, **pipes) for _ in range(processes)]
    try:
        for process in started:
            assert process.stdout is not None
            if process.stdout.readline() != b"ready\n":
                sys.exit("a process has failed")
        shares = [pss(process.pid) for process in started]
    finally:
        for process in started:
            process.communicate()
    return {name: sum(share[name] for share in shares) for name in SHARES}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?")
    parser.add_argument("--processes", type=int, default=16)
    parser.add_argument("--words", type=int, default=1_000_000)
    parser.add_argument("--dimensions", type=int, default=300)
    parser.add_argument("--use", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.use:
        use(arguments.file)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.file
        if path is None:
            path = str(Path(folder) / "random.safetensors")
            shape = arguments.words, arguments.dimensions
            vectors = np.random.default_rng(1).standard_normal(shape, dtype=np.float32)
            KeyedVectors([f"word{i}" for i in range(shape[0])], vectors).save(path)
            del vectors
        print(f"file\t{Path(path).stat().st_size / 2**20:,.0f} MiB")
        print("processes", *SHARES, sep="\t")
        sums = []
        for n in (1, arguments.processes):
            found = measure(path, n)
            sums.append(found["Pss"])
            print(n, *(f"{found[name] / 1024:,.0f} MiB" for name in SHARES), sep="\t")
        print(f"ratio\t{sums[1] / sums[0]:.2f}")


if __name__ == "__main__":
    main()
