"""How fast the explorer's page is: its size, its first picture, its queries, how true they are.

    python benchmarks/explorer.py [MODEL] --words 82000 300000

The page is opened in headless Chromium, which draws without a graphics card; playwright, the extra
``pages``, drives it. Without a model, groups of vectors drawn by chance are shown.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from w2v import KeyedVectors, explore

FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
GROUPS = 500  # of vectors drawn by chance, as far apart as their words are spread
PROJECTOR = "beside it, Embedding Projector's limits: 100,000 points loaded, t-SNE of 10,000"
COLUMNS = (
    *("words", "MB", "written_s", "first_picture_ms", "first_query_ms", "query_ms", "overlap"),
    *("error", "requests", "canvas"),
)


def drawn_vectors(n: int, d: int) -> KeyedVectors:
    rng = np.random.default_rng(1)
    centres = rng.standard_normal((GROUPS, d), np.float32)
    vectors = centres[rng.integers(0, GROUPS, n)] + rng.standard_normal((n, d), np.float32)
    counts = np.maximum(1, 10**7 // np.arange(1, n + 1))
    return KeyedVectors([f"word{i}" for i in range(n)], vectors, counts)


def measure(kv: KeyedVectors, words: int, chromium: Any, folder: Path, repeat: int) -> list[Any]:
    path = folder / f"{words}.html"
    started = time.perf_counter()
    made = explore(kv, path, words=words)
    seconds = time.perf_counter() - started
    pictures, firsts, queries, requests = [], [], [], []
    canvas = ""
    for _ in range(repeat):
        page = chromium.new_page(viewport={"width": 1280, "height": 800})
        page.on("request", lambda request: requests.append(request.url))
        page.goto(path.as_uri())
        page.wait_for_function("document.documentElement.dataset.ready", timeout=120_000)
        pictures.append(float(page.evaluate("document.documentElement.dataset.ready")))
        took = []
        for row in np.linspace(1, made.words - 1, 12).astype(int).tolist():
            page.evaluate(f"page.select(page.models[0].words[{row}])")
            took.append(float(page.evaluate("page.took")))
        firsts.append(took[0])  # it decodes the vectors
        queries += took[1:]
        canvas = page.evaluate(
            "document.querySelector('canvas').getContext('webgl2') ? 'webgl2' : '2d'"
        )
        page.close()
    away = [url for url in requests if not url.startswith(("file:", "data:", "blob:"))]
    return [
        made.words,
        round(made.size / 1e6, 1),
        round(seconds, 1),
        round(min(pictures)),
        round(min(firsts)),
        round(statistics.median(queries), 1),
        round(made.overlap, 4),
        round(made.error, 4),
        len(away),
        canvas,
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model", nargs="?", help="vectors of any known format")
    parser.add_argument("--words", type=int, nargs="+", default=[82_000, 300_000])
    parser.add_argument("--vector-size", type=int, default=100, help="of vectors drawn by chance")
    parser.add_argument("--repeat", type=int, default=3, help="openings of each page, the best")
    arguments = parser.parse_args()
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        parser.error("playwright is missing; install it: pip install 'w2v[pages]'")
    if found is None:
        parser.error("chromium is missing; Debian's package has that name")
    print(*COLUMNS, sep="\t")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=found, args=FLAGS)
        for words in arguments.words:
            if arguments.model:
                kv = KeyedVectors.load(arguments.model, limit=words)
            else:
                kv = drawn_vectors(words, arguments.vector_size)
            print(*measure(kv, words, chromium, Path(folder), arguments.repeat), sep="\t")
            sys.stdout.flush()
        chromium.close()
    print(PROJECTOR, file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
