"""The lectures' demonstrations: ``w2v demo``, ``xor`` and their neighbours show a report."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

import w2v.demos as demos  # its functions are loaded when they are called
from w2v.cli.animation import add_animate, animate, check_animate, kept_for
from w2v.cli.common import (
    Run,
    UsageError,
    as_json,
    check_output,
    format_of_suffix,
    print_rows,
    say,
    sign_of_life,
)
from w2v.cli.flags import (
    SEED,
    above_zero,
    add,
    add_plot,
    at_least,
    check_plot,
    list_of,
)
from w2v.cli.train import untrained
from w2v.names import ACTIVATIONS, INITS, XOR_METHODS

if TYPE_CHECKING:
    from w2v.demos.report import Report

NOTES = "The output is made for people; --json prints the same for programs.\n"

WIDTHS = [2, 4, 8, 16, 32, 64]
UNITS = [1, 2, 3, 5, 10, 20, 50]
# function of w2v.demos, a verb -> the flags that are its arguments, as add() takes them
REPORTS: dict[str, list[tuple[Any, ...]]] = {
    "gates": [],
    "slopes": [("--ks", list_of(above_zero), "slopes", [1, 2, 5, 20, 100])],
    "vanishing": [
        ("--layers", at_least(2), "hidden layers", 20),
        ("--width", at_least(1), "units of each layer", 50),
        SEED,
        (
            "--gain",
            above_zero,
            "amplitude K of K sigmoid(z) and K tanh(z)",
            None,
            "32 and 5",
        ),
    ],
    "cost": [
        ("--widths", list_of(at_least(1)), "units of the layers of each network", WIDTHS),
        SEED,
    ],
    "approximation": [
        ("--units", list_of(at_least(1)), "hidden units of each network", UNITS),
        ("--epochs", at_least(1), "how long each network is trained", 5000),
        SEED,
    ],
    "overfitting": [("--epochs", at_least(1), "how long each network is trained", 200), SEED],
    "descent": [("--epochs", at_least(1), "how long each rule goes", 30), SEED],
    "gradcheck": [SEED],
    "pca": [SEED],
    "regression": [SEED],
    "digits": [("--seeds", at_least(1), "number of networks, each on other digits", 3)],
    "sentiment": [SEED],
    "perceptron": [
        ("--n-inputs", (1, 2, 3), "inputs of the functions", 2),
        ("--inputs", (1, 2, 3, 4), "count for 1 to so many inputs, beside Cover's number"),
    ],
}


ANIMATED = ("approximation", "descent", "overfitting")


def demo(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v demo``."""
    parser.epilog = NOTES
    add(parser, "--seed", int, "start of all random numbers", 1)
    about = "train the lecture's four words instead, and show its step and what was learnt"
    add(parser, "--toy", True, about)
    add(parser, "-o --output", "FILE", "write the model (.safetensors)")
    add_animate(parser)
    _add_notebook(parser)
    return _demo


def _demo(arguments: argparse.Namespace) -> int:
    from w2v.demos import world
    from w2v.vectors import evaluate

    model = untrained({**world.DEMO_SETTINGS, "seed": arguments.seed})
    if arguments.output and format_of_suffix(arguments.output) != "safetensors":
        raise UsageError(f"--output {arguments.output}: the model is a .safetensors file")
    check_output(arguments.output)
    if arguments.animate and arguments.toy:
        raise UsageError("--animate shows the small world; leave out --toy")
    check_animate(arguments.animate)
    _check_notebook(arguments.notebook, draws=not arguments.toy)
    if arguments.toy:
        return _toy(arguments)
    say("training on the embedded small world (corpora/world.txt)")
    if arguments.notebook:
        from w2v.see import demo_notebooks

        settings = {**world.DEMO_SETTINGS, "seed": arguments.seed}
        cells = demo_notebooks.of_small_world(settings)
        model = _write_notebook(arguments.notebook, cells)["model"]
    places = kept_for(arguments.animate, "Words", world.categories())
    if places or not arguments.notebook:
        callbacks = [places] if places else []
        model.fit(list(world.sentences()), verbose=sys.stderr.isatty(), callbacks=callbacks)
    if model.interrupted:
        raise KeyboardInterrupt
    vectors = model.wv

    def show(text: str, facts: dict[str, Any] | None = None) -> None:
        if not arguments.json:
            print(text)
        elif facts:
            print(as_json(facts))

    show("nearest neighbours, by cosine similarity")
    for word in world.DEMO_WORDS:
        near = vectors.most_similar(word, topn=5)
        text = "  ".join(f"{other} {score:.2f}" for other, score in near)
        show(f"  {word:8} {text}", {"word": word, "neighbours": near})
    show("\nanalogies")
    for a, b, c in world.DEMO_ANALOGIES:
        answer, score = vectors.analogy(a, b, c, topn=1)[0]
        facts = {"a": a, "b": b, "c": c, "answer": answer, "score": score}
        show(f"  {a} is to {b} as {c} is to {answer}  ({score:.2f})", facts)
    total = evaluate.analogies(vectors, world.questions()).total
    show(
        f"\nof the {total.total} planted analogies {total.correct} are answered right",
        {"questions": total.total, "correct": total.correct},
    )
    if arguments.output:
        model.save(arguments.output)
        say(f"wrote {arguments.output}; ask it: w2v nn {arguments.output} king")
    animate(arguments.animate, "word_map", places, model)
    return 0


def _toy(arguments: argparse.Namespace) -> int:
    if arguments.notebook:
        from w2v.see import demo_notebooks

        names = _write_notebook(arguments.notebook, demo_notebooks.of_toy(arguments.seed))
        step, model, learnt = (names[name] for name in ("step", "model", "learnt"))
    else:
        step, model, learnt = demos.toy(arguments.seed)
    print(as_json(step.to_dict()) if arguments.json else f"{step}\n")
    _show(arguments, learnt)
    if arguments.output:
        model.save(arguments.output)
        say(f"wrote {arguments.output}")
    return 0


def xor(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v xor``."""
    parser.epilog = (
        NOTES
        + """\
If XOR is not solved, the report says why, and the exit status is 1.

  w2v xor --method all
  w2v xor --activation relu --restarts 0 --seed 3
  w2v xor --plot xor.png
"""
    )
    about = (
        "2-2-1 network with changes after each pattern or each epoch, one sine neuron, a "
        "connection that skips the hidden unit, or the product as a feature"
    )
    add(parser, "--method", (*XOR_METHODS, "all"), about, "incremental")
    add(parser, "--hidden", at_least(1), "hidden units", unless_given="2")
    about = "activation of the hidden units"
    add(parser, "--activation", ACTIVATIONS, about, unless_given="sigmoid")
    add(parser, "--init", INITS, "first weights; uniform: between -0.05 and 0.05", "glorot")
    add(parser, *SEED)
    add(parser, "--restarts", at_least(0), "largest number of new starts, if XOR is not solved", 10)
    about = "largest number of epochs of each start"
    add(parser, "--epochs", at_least(1), about, unless_given="by method")
    add(parser, "--learning-rate", above_zero, "factor of each step", unless_given="by method")
    add(parser, "--error-limit", above_zero, "mean error below which XOR is solved", 0.01)
    add_plot(parser)
    add_animate(parser)
    _add_notebook(parser)
    return _xor


def _xor(arguments: argparse.Namespace) -> int:
    every = arguments.method == "all"
    methods = XOR_METHODS if every else (arguments.method,)
    settings = {name: getattr(arguments, name) for name in ("hidden", "activation")}
    settings = {name: value for name, value in settings.items() if value is not None}
    if settings and not set(methods) <= {"incremental", "batch"}:
        raise UsageError(f"--{next(iter(settings))} is for --method incremental or batch")
    if every and arguments.plot:
        raise UsageError("--plot draws one method; name it with --method")
    if every and arguments.animate:
        raise UsageError("--animate shows one method; name it with --method")
    check_plot(arguments.plot)
    check_animate(arguments.animate)
    _check_notebook(arguments.notebook, draws=True)
    for name in ("init", "seed", "restarts", "epochs", "learning_rate", "error_limit"):
        settings[name] = getattr(arguments, name)
    results = {}
    if arguments.notebook:
        from w2v.see import demo_notebooks

        given = {name: value for name, value in settings.items() if value is not None}
        cells = demo_notebooks.of_xor(methods, given)
        results = _write_notebook(arguments.notebook, cells)
    status = 0
    for i, method in enumerate(methods):
        weights = kept_for(arguments.animate, "Weights")
        with sign_of_life(f"xor, {method}"):
            if weights or method not in results:
                result = demos.xor(method, **settings, callback=weights)
            else:
                result = results[method]
        if i and not arguments.json:
            print()
        _show(arguments, result.report(), method=method)
        if not result.solved:
            status = 1
        _draw(arguments.plot, "xor", result)
        animate(arguments.animate, "xor", result, weights)
    if every:
        if not arguments.json:
            print()
        _show(arguments, demos.gates(), method="gates")
    return status


def report(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of a verb in `REPORTS`."""
    name = parser.prog.split()[-1]
    parser.epilog = NOTES
    for flag in REPORTS[name]:
        add(parser, *flag)
    add_plot(parser)
    if name in ANIMATED:
        add_animate(parser)
    _add_notebook(parser)
    if name == "sentiment":
        about = "tell the class of these texts instead of the report; quote each"
        parser.add_argument("texts", nargs="*", metavar="TEXT", help=about)

    def run(arguments: argparse.Namespace) -> int:
        check_plot(arguments.plot)
        _check_notebook(arguments.notebook, draws=True)
        names = [flag[0][2:].replace("-", "_") for flag in REPORTS[name]]
        values = {name: getattr(arguments, name) for name in names}
        if name == "sentiment":
            values["texts"] = arguments.texts
        movie = arguments.animate if name in ANIMATED else None
        check_animate(movie)
        if movie and name != "descent":
            from w2v.see import movies

            first = 0 if name == "approximation" else 1
            values["moments"] = movies.moments(arguments.epochs, first)
        if arguments.notebook:
            from w2v.see import demo_notebooks

            cells = demo_notebooks.of_report(name, values)
            found = _write_notebook(arguments.notebook, cells)["report"]
        else:
            with sign_of_life(name):
                found = getattr(demos, name)(*values.values())
        _show(arguments, found)
        _draw(arguments.plot, name, arguments.ks if name == "slopes" else found)
        animate(movie, name, found)
        return 0

    return run


def _add_notebook(parser: argparse.ArgumentParser) -> None:
    add(parser, "--notebook", "FILE", "write it as a notebook of Jupyter, too (.ipynb)")


def _check_notebook(path: str | None, draws: bool = False) -> None:
    """Refuse a notebook that could not be written, or whose pictures could not be drawn."""
    if path is None:
        return
    if not path.lower().endswith(".ipynb"):
        raise UsageError(f"--notebook {path}: a notebook is a .ipynb file")
    check_output(path)
    if draws:
        from w2v.see import plots

        plots.check("picture.png")


def _write_notebook(path: str, cells: list[Any]) -> dict[str, Any]:
    """Write a notebook; return what its cells have defined."""
    from w2v.see import notebook

    with sign_of_life(path):
        names = notebook.write(path, cells)
    say(f"wrote {path}")
    return names


def _show(arguments: argparse.Namespace, report: Report, **which: str) -> None:
    """Print a report for reading, or as JSON: a line for each row, and one for all the rest."""
    if arguments.json:
        rows = [(*which.values(), *row) for row in report.rows]
        print_rows(arguments, (*which, *report.columns), rows)
        print(as_json({**which, "title": report.title, "notes": report.notes, **report.facts}))
    else:
        print(report)


def _draw(path: str | None, plot: str, what: Any) -> None:
    """Draw with a function of w2v.see.plots, if --plot is given."""
    if path:
        with sign_of_life("drawing"):
            from w2v.see import plots

            getattr(plots, plot)(path, what)
        say(f"wrote {path}")
