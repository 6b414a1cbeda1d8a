"""Compare w2v's queries with gensim's: loading, neighbours of one word and of many, analogies.

    python benchmarks/queries.py VECTORS.bin --questions questions-words.txt

VECTORS is a file in word2vec's binary format. Besides, a matrix of `--words` random rows is made,
which is about as large as those that are published. Every measurement runs in a process of its
own, the programs taking turns; the best of `--repeat` counts.

Nothing but the standard library is imported at the top: on Linux a child's peak memory counts from
its parent's size.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

BATCH = 500
RESTRICT_VOCAB = 30_000
PROGRAMS = ("gensim", "w2v", "bare")
# what is measured, as the tables call it; times in seconds
TITLES = {
    "load": "load the file",
    "first": "first query",
    "one": "one query",
    "each": f"each of {BATCH} queries at once",
    "peak": "peak memory, MB",
    "analogies": f"analogies among {RESTRICT_VOCAB:,} words",
}


def main() -> None:
    options = parse()
    if options.child:
        print(json.dumps(CHILDREN[options.child](*options.vectors)))
        return
    with tempfile.TemporaryDirectory(dir=options.tmp_dir) as folder:
        given, native = options.vectors[0], str(Path(folder, "given.safetensors"))
        big, mapped = str(Path(folder, "big.bin")), str(Path(folder, "big.safetensors"))
        child(sys.executable, "make", str(options.words), "300", big, mapped)
        child(sys.executable, "convert", given, native)
        text = str(Path(folder, "given.txt"))
        child(sys.executable, "convert", given, text)
        gensim = options.python_gensim
        jobs = [(name, path) for path in (given, text, big) for name in ("w2v", "gensim")]
        jobs += [("w2v", native), ("w2v", mapped), ("bare", given), ("bare", big)]
        found: dict[str, dict[str, float]] = {}
        for repeat in range(options.repeat):
            for name, path in jobs:
                python = gensim if name == "gensim" else sys.executable
                keep_best(found, f"{name} {path}", child(python, name, path))
            for name in ("w2v", "gensim") if options.questions else ():
                python = gensim if name == "gensim" else sys.executable
                task = f"{name}-analogies"
                keep_best(found, f"{name} {given}", child(python, task, given, options.questions))
            print(f"{repeat + 1} of {options.repeat} done", file=sys.stderr)
        index = child(sys.executable, "recall", given) if options.ann else {}

    titles = {
        given: f"{Path(given).name}, binary",
        text: "the same, text",
        native: "the same, w2v's mapped file",
        big: f"{options.words:,} x 300, binary",
        mapped: "the same, w2v's mapped file",
    }
    report = [
        {"title": title} | {name: found.get(f"{name} {path}", {}) for name in PROGRAMS}
        for path, title in titles.items()
    ]
    machine = {"processor": processor(), "cores": os.cpu_count(), "python": sys.version.split()[0]}
    table = markdown(report, index)
    Path(f"{options.output}.json").write_text(
        json.dumps({"machine": machine, "results": report, "index": index}, indent=2) + "\n"
    )
    Path(f"{options.output}.md").write_text(table)
    print(table)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("vectors", nargs="+", help="word2vec binary file")
    parser.add_argument("--questions", help="analogy questions, as in questions-words.txt")
    parser.add_argument("--words", type=int, default=1_000_000, help="rows of the random matrix")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--ann", action="store_true", help="measure the recall of indexes (faiss)")
    parser.add_argument("--python-gensim", default=sys.executable, metavar="PATH")
    parser.add_argument("--tmp-dir", help="folder with room for the random matrix, twice")
    parser.add_argument("--output", default="queries", metavar="PREFIX")
    parser.add_argument("--child", choices=CHILDREN, help=argparse.SUPPRESS)
    return parser.parse_args()


def child(python: str, task: str, *paths: str) -> dict[str, Any]:
    command = [python, __file__, "--child", task, *paths]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def keep_best(found: dict[str, dict[str, float]], key: str, new: dict[str, float]) -> None:
    best = found.setdefault(key, new)
    best |= {name: min(value, best.get(name, value)) for name, value in new.items()}


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def markdown(report: list[dict[str, Any]], index: dict[str, Any]) -> str:
    lines = ["| | gensim | w2v | gensim / w2v | bare |", "|---|---|---|---|---|"]
    for section in report:
        lines.append(f"| **{section['title']}** | | | | |")
        for name, title in TITLES.items():
            theirs, ours, bare = (section[program].get(name) for program in PROGRAMS)
            if ours is not None:
                ratio = f"{theirs / ours:.1f}" if theirs else ""
                cells = [title, show(name, theirs), show(name, ours), ratio, show(name, bare)]
                lines.append(f"| {' | '.join(cells)} |")
    if index:
        lines += ["", "| index | build | one query | recall@10 |", "|---|---|---|---|"]
        for name, row in index.items():
            one = show("one", row["one"])
            lines.append(f"| {name} | {row['build']:.1f} s | {one} | {row['recall']:.3f} |")
    return "\n".join(lines) + "\n"


def show(name: str, value: float | None) -> str:
    if value is None:
        return ""
    if name == "peak":
        return f"{value:.0f}"
    return f"{value:.2f} s" if value >= 0.2 else f"{1000 * value:.2f} ms"


# What the children do


def seconds(work: Callable[[], Any], repeat: int = 1) -> float:
    best = float("inf")
    for _ in range(repeat):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def peak() -> float:
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def measure_w2v(path: str) -> dict[str, float]:
    from w2v import KeyedVectors, formats  # the import is not timed, for either

    words = list(formats.read_vectors(path, limit=1000 + BATCH)[0])[1000:]
    start = time.perf_counter()
    kv = KeyedVectors.load(path)
    result = {"load": time.perf_counter() - start}
    result["first"] = seconds(lambda: kv.most_similar(words[0]))
    result["one"] = seconds(lambda: kv.most_similar(words[0]), 20)
    result["peak"] = peak()
    result["each"] = seconds(lambda: kv.most_similar_batch(words), 2) / BATCH
    return result


def measure_gensim(path: str) -> dict[str, float]:
    from gensim.models import KeyedVectors

    start = time.perf_counter()
    kv = KeyedVectors.load_word2vec_format(path, binary=path.endswith(".bin"))
    result = {"load": time.perf_counter() - start}
    words = kv.index_to_key[1000 : 1000 + BATCH]
    result["first"] = seconds(lambda: kv.most_similar(words[0]))
    result["one"] = seconds(lambda: kv.most_similar(words[0]), 20)
    result["peak"] = peak()
    few = words[:50]  # gensim answers one by one
    result["each"] = seconds(lambda: [kv.most_similar(word) for word in few]) / len(few)
    return result


def measure_bare(path: str) -> dict[str, float]:
    """Do what no program can do without: get the bytes into new memory, and go through the rows."""
    import numpy as np

    result = {"load": seconds(lambda: np.fromfile(path, np.uint8))}
    with open(path, "rb") as file:
        rows, d = map(int, file.readline().split())
    matrix, query = np.ones((rows, d), np.float32), np.ones(d, np.float32)
    return result | {"one": seconds(lambda: matrix @ query, 20)}


def analogies_w2v(path: str, questions: str) -> dict[str, float]:
    from w2v import KeyedVectors
    from w2v.vectors import evaluate

    kv = KeyedVectors.load(path)
    return {"analogies": seconds(lambda: evaluate.analogies(kv, questions, RESTRICT_VOCAB), 2)}


def analogies_gensim(path: str, questions: str) -> dict[str, float]:
    from gensim.models import KeyedVectors

    kv = KeyedVectors.load_word2vec_format(path, binary=True)
    kv.fill_norms()
    return {
        "analogies": seconds(lambda: kv.evaluate_word_analogies(questions, RESTRICT_VOCAB, True))
    }


def recall_w2v(path: str) -> dict[str, dict[str, float]]:
    import numpy as np

    from w2v import KeyedVectors

    kv = KeyedVectors.load(path)
    words = [kv.index_to_key[i] for i in np.random.default_rng(0).choice(len(kv), 1000, False)]
    exact = [{word for word, _ in near} for near in kv.most_similar_batch(words)]
    one = seconds(lambda: kv.most_similar(words[0]), 20)
    found = {"none: all rows compared": {"build": 0.0, "one": one, "recall": 1.0}}
    cells = f"IVF{max(1, int(4 * len(kv) ** 0.5))},Flat"
    for factory, searches in {
        "HNSW32": ["efSearch=32", "efSearch=64", "efSearch=128"],
        cells: ["nprobe=16", "nprobe=64"],
    }.items():
        start = time.perf_counter()
        index = kv.index(factory, searches[0])
        build = time.perf_counter() - start
        for search in searches:
            index = type(index)(index.index, search)
            near = kv.most_similar_batch(words, ann=index)
            hits = [len(e & {w for w, _ in n}) / 10 for e, n in zip(exact, near, strict=True)]
            found[f'"{factory}", "{search}"'] = {
                "build": build,
                "one": seconds(lambda index=index: kv.most_similar(words[0], ann=index), 20),
                "recall": float(np.mean(hits)),
            }
    return found


def make(words: str, size: str, binary: str, native: str) -> None:
    import numpy as np

    from w2v.files import formats

    matrix = np.random.default_rng(0).standard_normal((int(words), int(size)), dtype=np.float32)
    names = [f"word{i}" for i in range(len(matrix))]
    for path in (binary, native):
        formats.write_vectors(path, names, matrix)


def convert(source: str, target: str) -> None:
    from w2v import KeyedVectors

    KeyedVectors.load(source).save(target)


CHILDREN: dict[str, Callable[..., Any]] = {
    "w2v": measure_w2v,
    "gensim": measure_gensim,
    "bare": measure_bare,
    "w2v-analogies": analogies_w2v,
    "gensim-analogies": analogies_gensim,
    "recall": recall_w2v,
    "make": make,
    "convert": convert,
}

if __name__ == "__main__":
    main()
