"""Draw the pictures of README and docs anew: ``.ci/task pictures [FOLDER]``.

Trainings are small and have their seed in the title; the same machine draws the same bytes. The
picture of speed shows the first table of results in benchmarks/README.md.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from PIL import Image

import w2v
from w2v import demos, plots, world
from w2v.see.figures import COLOURS, legend_below, new_figure, save, styled

DOCS = Path(__file__).parent
KINDS = {
    "animals": "dog cow lion duck rabbit monkey",
    "foods": "bread rice cheese eggs pasta",
    "colours": "red blue green brown yellow",
    "jobs": "teacher doctor pilot gardener dentist",
    "days": "monday tuesday friday sunday",
}
CAPITALS = (
    "france paris japan tokyo italy rome spain madrid norway oslo canada ottawa greece athens"
)
FAMILY = "king queen man woman boy girl paris london rome dog cat cow"
MODELS = {
    "sg-ns": "skip-gram\nnegative sampling",
    "cbow-ns": "CBOW\nnegative sampling",
    "sg-hs": "skip-gram\nhierarchical softmax",
    "cbow-hs": "CBOW\nhierarchical softmax",
}


def draw(folder: Path) -> None:
    """Draw all pictures into a folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    model = w2v.train(list(world.sentences()), vector_size=50, epochs=20, verbose=False)
    kinds = {kind: words.split() for kind, words in KINDS.items()}
    plots.word_map(folder / "map.svg", model, kinds)
    words = CAPITALS.split()
    pairs = list(zip(words[::2], words[1::2], strict=True))
    plots.arrows(folder / "capitals.svg", model, pairs)
    plots.heatmap(folder / "similar.svg", model, FAMILY.split())
    plots.xor(folder / "xor.png", demos.xor())
    plots.descent(folder / "descent.svg", demos.descent())
    plots.approximation(folder / "approximation.svg", demos.approximation())
    plots.overfitting(folder / "overfitting.png", demos.overfitting())
    plots.vanishing(folder / "vanishing.svg", demos.vanishing())
    for path in folder.glob("*.png"):  # a third of the size, and nobody sees it
        image = Image.open(path).convert("RGB").quantize(256, dither=Image.Dither.NONE)
        image.save(path, optimize=True)
    speed(folder / "speed.svg", (DOCS.parent / "benchmarks" / "README.md").read_text("utf-8"))


def table(text: str) -> dict[str, dict[str, tuple[float, float | None]]]:
    """Return words a second, and those by gensim's: program -> model -> both."""
    row = re.compile(r"^\| (\w+-\w+) \| (.*?) \| ([\d,]+) k \| ([\d.]*) ?\|", re.M)
    found: dict[str, dict[str, tuple[float, float | None]]] = {}
    for model, program, thousands, ratio in row.findall(text):
        speed = 1000 * float(thousands.replace(",", ""))
        found.setdefault(program, {})[model] = speed, float(ratio) if ratio else None
    return found


@styled
def speed(path: Path, text: str) -> None:
    """Draw the speed of training: a group of bars for each model, on a log scale."""
    programs = table(text)
    (date,) = re.findall(r"Date:\s+(\d{4}-\d{2}-\d{2})\.", text)
    figure = new_figure(9, 4.4)
    axes: Any = figure.subplots()
    width = 0.84 / len(programs)
    bars = []
    for i, (program, speeds) in enumerate(programs.items()):
        at = [list(MODELS).index(model) + width * (i - (len(programs) - 1) / 2) for model in speeds]
        heights = [words for words, _ in speeds.values()]
        bars.append(axes.bar(at, heights, 0.94 * width, color=COLOURS[i], label=program))
        if program.startswith("w2v"):
            axes.bar_label(bars[-1], [f"{ratio:g}×" for _, ratio in speeds.values()], size=8)
    axes.set_yscale("log")
    axes.set_xticks(range(len(MODELS)), list(MODELS.values()))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.set(xlabel="model", ylabel="words a second (log scale)", ylim=(1e5, 2e7))
    axes.grid(axis="y", alpha=0.3)
    axes.set_axisbelow(True)
    figure.suptitle(
        f"one epoch of 17 million words, 100 dimensions, two threads, {date}\n"
        "above the bars of w2v: how many times as fast as gensim",
        fontsize=10,
    )
    legend_below(figure, bars, 5)
    save(figure, path)


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if sys.argv[1:] else DOCS / "pictures")
