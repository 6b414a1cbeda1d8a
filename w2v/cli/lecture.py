"""The lectures' demonstrations: ``w2v demo``, ``xor`` and their neighbours show a report."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

import w2v.demos as demos  # its functions are loaded when they are called
from w2v.cli.common import Run, UsageError, as_json, check_output, format_of_suffix, print_rows
from w2v.cli.flags import ACTIVATIONS, above_zero, add_plot, add_seed, at_least, check_plot, list_of
from w2v.cli.train import untrained

if TYPE_CHECKING:
    from w2v.demos.report import Report

XOR_METHODS = ["incremental", "batch", "sine", "skip", "product"]  # those of demos.METHODS
NOTES = "The output is made for people; --json prints the same for programs.\n"


def demo(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v demo``."""
    parser.epilog = NOTES
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="start of all random numbers (default: 1)"
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write the model (.safetensors)")
    return _demo


def _demo(arguments: argparse.Namespace) -> int:
    from w2v.demos import world
    from w2v.vectors import evaluate

    model = untrained({**world.DEMO_SETTINGS, "seed": arguments.seed})
    if arguments.output and format_of_suffix(arguments.output) != "safetensors":
        raise UsageError(f"--output {arguments.output}: the model is a .safetensors file")
    check_output(arguments.output)
    print("training on the embedded small world (corpora/world.txt)", file=sys.stderr)
    model.fit(list(world.sentences()), verbose=sys.stderr.isatty())
    if model.interrupted:
        return 1
    vectors = model.wv

    def say(text: str, facts: dict[str, Any] | None = None) -> None:
        if not arguments.json:
            print(text)
        elif facts:
            print(as_json(facts))

    say("nearest neighbours, by cosine similarity")
    for word in world.DEMO_WORDS:
        near = [(other, round(score, 6)) for other, score in vectors.most_similar(word, topn=5)]
        text = "  ".join(f"{other} {score:.2f}" for other, score in near)
        say(f"  {word:8} {text}", {"word": word, "neighbours": near})
    say("\nanalogies")
    for a, b, c in world.DEMO_ANALOGIES:
        answer, score = vectors.analogy(a, b, c, topn=1)[0]
        facts = {"a": a, "b": b, "c": c, "answer": answer, "score": round(score, 6)}
        say(f"  {a} is to {b} as {c} is to {answer}  ({score:.2f})", facts)
    total = evaluate.analogies(vectors, world.questions()).total
    say(
        f"\nof the {total.total} planted analogies {total.correct} are answered right",
        {"questions": total.total, "correct": total.correct},
    )
    if arguments.output:
        model.save(arguments.output)
        print(f"wrote {arguments.output}; ask it: w2v nn {arguments.output} king", file=sys.stderr)
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
    parser.add_argument(
        "--method",
        choices=[*XOR_METHODS, "all"],
        default="incremental",
        help="2-2-1 network with changes after each pattern or each epoch, one sine neuron, a "
        "connection that skips the hidden unit, or the product as a feature "
        "(default: incremental)",
    )
    parser.add_argument("--hidden", type=at_least(1), metavar="N", help="hidden units (default: 2)")
    parser.add_argument(
        "--activation",
        choices=ACTIVATIONS,
        help="activation of the hidden units (default: sigmoid)",
    )
    parser.add_argument(
        "--init",
        choices=["glorot", "he", "uniform"],
        default="glorot",
        help="first weights; uniform: between -0.05 and 0.05 (default: glorot)",
    )
    add_seed(parser)
    parser.add_argument(
        "--restarts",
        type=at_least(0),
        default=10,
        metavar="N",
        help="largest number of new starts, if XOR is not solved (default: 10)",
    )
    parser.add_argument(
        "--epochs", type=at_least(1), metavar="N", help="largest number of epochs of each start"
    )
    parser.add_argument("--learning-rate", type=above_zero, metavar="X", help="default: by method")
    parser.add_argument(
        "--error-limit",
        type=above_zero,
        default=0.01,
        metavar="X",
        help="mean error below which XOR is solved (default: 0.01)",
    )
    add_plot(parser)
    return _xor


def _xor(arguments: argparse.Namespace) -> int:
    every = arguments.method == "all"
    methods = XOR_METHODS if every else [arguments.method]
    settings = {name: getattr(arguments, name) for name in ("hidden", "activation")}
    settings = {name: value for name, value in settings.items() if value is not None}
    if settings and not {*methods} <= {"incremental", "batch"}:
        raise UsageError(f"--{next(iter(settings))} is for --method incremental or batch")
    if every and arguments.plot:
        raise UsageError("--plot draws one method; name it with --method")
    check_plot(arguments.plot)
    status = 0
    for i, method in enumerate(methods):
        result = demos.xor(
            method,
            init=arguments.init,
            seed=arguments.seed,
            restarts=arguments.restarts,
            epochs=arguments.epochs,
            learning_rate=arguments.learning_rate,
            error_limit=arguments.error_limit,
            **settings,
        )
        if i and not arguments.json:
            print()
        _show(arguments, result.report())
        if not result.solved:
            status = 1
        _draw(arguments, "xor", result)
    if every:
        print()
        _show(arguments, demos.gates())
    return status


def gates(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v gates``."""
    parser.epilog = NOTES
    return lambda arguments: _show(arguments, demos.gates())


def slopes(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v slopes``."""
    parser.epilog = NOTES
    parser.add_argument(
        "--ks",
        type=list_of(above_zero),
        default=[1, 2, 5, 20, 100],
        metavar="K,K",
        help="slopes (default: 1,2,5,20,100)",
    )
    add_plot(parser)

    def run(arguments: argparse.Namespace) -> int:
        check_plot(arguments.plot)
        report = demos.slopes(arguments.ks)
        _show(arguments, report)
        _draw(arguments, "slopes", arguments.ks)
        return 0

    return run


def vanishing(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v vanishing``."""
    parser.epilog = NOTES
    parser.add_argument(
        "--layers", type=at_least(2), default=20, metavar="N", help="hidden layers (default: 20)"
    )
    parser.add_argument(
        "--width",
        type=at_least(1),
        default=50,
        metavar="N",
        help="units of each layer (default: 50)",
    )
    add_seed(parser)
    add_plot(parser)

    def run(arguments: argparse.Namespace) -> int:
        check_plot(arguments.plot)
        report = demos.vanishing(arguments.layers, arguments.width, arguments.seed)
        _show(arguments, report)
        _draw(arguments, "vanishing", report)
        return 0

    return run


def cost(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v cost``."""
    parser.epilog = NOTES
    parser.add_argument(
        "--widths",
        type=list_of(at_least(1)),
        default=[2, 4, 8, 16, 32, 64],
        metavar="N,N",
        help="units of the layers of each network (default: 2,4,8,16,32,64)",
    )
    add_seed(parser)
    add_plot(parser)

    def run(arguments: argparse.Namespace) -> int:
        check_plot(arguments.plot)
        report = demos.cost(arguments.widths, arguments.seed)
        _show(arguments, report)
        _draw(arguments, "cost", report)
        return 0

    return run


def gradcheck(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v gradcheck``."""
    parser.epilog = NOTES
    add_seed(parser)
    return lambda arguments: _show(arguments, demos.gradcheck(arguments.seed))


def regression(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v regression``."""
    parser.epilog = NOTES
    add_seed(parser)
    return lambda arguments: _show(arguments, demos.regression(arguments.seed))


def digits(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v digits``."""
    parser.epilog = NOTES
    parser.add_argument(
        "--seeds",
        type=at_least(1),
        default=3,
        metavar="N",
        help="number of networks, each on other digits (default: 3)",
    )
    return lambda arguments: _show(arguments, demos.digits(arguments.seeds))


def sentiment(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v sentiment``."""
    parser.epilog = NOTES
    add_seed(parser)
    return lambda arguments: _show(arguments, demos.sentiment(arguments.seed))


def perceptron(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v perceptron``."""
    parser.epilog = NOTES
    parser.add_argument(
        "--n-inputs",
        type=int,
        choices=[1, 2, 3],
        default=2,
        help="inputs of the functions (default: 2)",
    )
    return lambda arguments: _show(arguments, demos.perceptron(arguments.n_inputs))


def _show(arguments: argparse.Namespace, report: Report) -> int:
    """Print a report for reading, or its rows and notes as JSON."""
    if arguments.json:
        print_rows(arguments, report.columns, report.rows)
        print(as_json({"title": report.title, "notes": report.notes}))
    else:
        print(report)
    return 0


def _draw(arguments: argparse.Namespace, plot: str, what: Any) -> None:
    """Draw with a function of w2v.see.plots, if --plot is given."""
    if arguments.plot:
        from w2v.see import plots

        getattr(plots, plot)(arguments.plot, what)
        print(f"wrote {arguments.plot}", file=sys.stderr)
