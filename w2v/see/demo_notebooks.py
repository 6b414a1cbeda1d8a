"""The notebooks of the demonstrations, made of what their docstrings tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import w2v.demos as demos
from w2v.see.notebook import Cell, code, story

# plot -> what it draws, if it is not the report
DRAWN = {"slopes": "ks"}


def of_report(name: str, values: Mapping[str, Any]) -> list[Cell]:
    """Return the cells of a demonstration that returns a report, which they call `report`.

    Parameters
    ----------
    name : str
        A function of :mod:`w2v.demos`, and of :mod:`w2v.plots`.
    values : mapping of str
        What it is called with.
    """
    drawn = repr(values[DRAWN[name]]) if name in DRAWN else "report"
    return [
        *_told(name, getattr(demos, name)),
        code(
            "from w2v import demos, plots",
            "",
            f"report = demos.{name}({_arguments(values)})",
            "print(report)",
        ),
        *_read(getattr(demos, name)),
        Cell("## The picture"),
        code(f"plots.inline(plots.{name}, {drawn})"),
    ]


def of_xor(methods: Sequence[str], values: Mapping[str, Any]) -> list[Cell]:
    """Return the cells of XOR by some methods; they call what each did by the method's name."""
    cells = [*_told("xor", demos.xor), code("from w2v import demos, plots")]
    for method in methods:
        how = {"method": method, **values}
        cells += [
            Cell(f"## Method `{method}`"),
            code(f"{method} = demos.xor({_arguments(how)})", f"print({method}.report())"),
            code(f"plots.inline(plots.xor, {method})"),
            Cell("The network that it has learnt, and its next step on the pattern (0, 1):"),
            code(f"{method}.network"),
            code(f"{method}.network.explain({method}.inputs()[1], 1)"),
        ]
    if len(methods) > 1:
        cells += [Cell(f"## Gates\n\n{story(demos.gates)['']}"), code("print(demos.gates())")]
    return cells


def of_toy(seed: int) -> list[Cell]:
    """Return the cells of the lecture's four words; they name `step`, `model` and `learnt`."""
    return [
        *_told("demo --toy", demos.toy),
        code(f"from w2v import demos\n\nstep, model, learnt = demos.toy(seed={seed})"),
        Cell("## One step\n\nThe lecture's network, before it has learnt anything."),
        code("step"),
        Cell("## What was learnt"),
        code("print(learnt)"),
        code("model"),
        Cell("The same step again, after training:"),
        code('model.explain("heavy", "rain")'),
    ]


def of_small_world(settings: Mapping[str, Any]) -> list[Cell]:
    """Return the cells of the embedded corpus; they call what is trained `model`."""
    return [
        Cell(
            "# A small world in word vectors\n\n"
            "Every sentence of this corpus is a template that is filled from tables. What a word "
            "means is planted only in the company it keeps, the way real text does it: `paris` "
            "and `france` share the words that belong to the place, `paris` and `madrid` those "
            "that belong to a city.\n\n`w2v demo` prints the same."
        ),
        code(
            "import w2v",
            "from w2v import evaluate, plots, world",
            "",
            "sentences = list(world.sentences())",
            "for sentence in sentences[:5]:",
            '    print(" ".join(sentence))',
        ),
        Cell("## Training"),
        code(f"model = w2v.train(sentences, verbose=False, {_arguments(settings)})", "model"),
        Cell("## A map"),
        code("plots.inline(plots.word_map, model.wv, world.categories())"),
        Cell("## Nearest neighbours, by cosine similarity"),
        code(
            "for word in world.DEMO_WORDS:",
            "    near = model.wv.most_similar(word, topn=5)",
            '    print(f"{word:8}", *(f"{other} {score:.2f}" for other, score in near), sep="  ")',
        ),
        Cell("## Analogies\n\n`king` is to `man` as `queen` is to `woman`: differences are alike."),
        code(
            "for a, b, c in world.DEMO_ANALOGIES:",
            "    answer, score = model.wv.analogy(a, b, c, topn=1)[0]",
            '    print(f"{a} is to {b} as {c} is to {answer}  ({score:.2f})")',
        ),
        code("total = evaluate.analogies(model.wv, world.questions()).total", "total"),
        Cell("## One step of training"),
        code('model.explain("paris", "france")'),
    ]


def _told(verb: str, function: Callable[..., Any]) -> list[Cell]:
    """Return what is done, and what of it can be changed."""
    told = story(function)
    title, _, more = told[""].partition("\n\n")
    cells = [Cell(f"# {title.rstrip('.')}\n\n{more}\n\n`w2v {verb}` prints the same.")]
    if "Parameters" in told:
        cells.append(Cell(f"Change what is given below, and run it again:\n\n{told['Parameters']}"))
    return cells


def _read(function: Callable[..., Any]) -> list[Cell]:
    """Return how the table is to be read."""
    told = story(function)
    found = [told[title] for title in ("Returns", "Notes") if title in told]
    return [Cell("## How to read it\n\n" + "\n\n".join(found))]


def _arguments(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in values.items())
