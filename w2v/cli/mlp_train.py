"""``w2v mlp train``: from a table or labelled texts to a network."""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from w2v import interrupts
from w2v.checks import quoted
from w2v.cli.common import (
    Run,
    UsageError,
    as_command,
    as_json,
    check_different,
    check_output,
    due,
    print_header,
    print_rows,
    rescued,
    say,
    sign_of_life,
)
from w2v.cli.flags import (
    SEED,
    above_zero,
    add,
    as_flags,
    at_least,
    check_plot,
    flag,
    in_help,
    list_of,
)
from w2v.cli.mlp import add_reading, check_texts
from w2v.names import ACTIVATIONS, DEFAULTS

UPDATES = {"batch_size": 32, "max_iter": 500}  # for tables: enough for small ones, too


MOST_UNITS = 1_000_000  # of a layer: far more than anybody trains


def _hidden(text: str) -> list[int]:
    sizes: list[int] = [] if text == "none" else list_of(at_least(1))(text)
    if max(sizes, default=0) > MOST_UNITS:
        raise argparse.ArgumentTypeError(
            f"{max(sizes):,} units are too many for a layer: take {MOST_UNITS:,} at most"
        )
    return sizes


# parameter of the estimators -> more spellings of its flag, what it takes
NETWORK: dict[str, tuple[Any, ...]] = {
    "hidden_layer_sizes": ("--hidden", _hidden, "N,N|none"),
    "activation": ("", list_of(str), "A,B"),
    "loss": ("", ("cross_entropy", "squared_error")),
    "vectors": ("", "FILE"),
    "vector_size": ("", at_least(1)),
}
TRAINING: dict[str, tuple[Any, ...]] = {
    "solver": ("", tuple(DEFAULTS)),
    "learning_rate_init": ("--learning-rate", above_zero),
    "momentum": ("", float),
    "nesterovs_momentum": ("--nesterov", True),
    "batch_size": ("", at_least(1)),
    "max_iter": ("--epochs", at_least(1)),
    "tol": ("", float),
    "n_iter_no_change": ("", at_least(1)),
    "dropout": ("", list_of(float), "X,X"),
    "l2": ("", float),
    "early_stopping": ("", True),
    "validation_fraction": ("", float),
    "class_weight": ("", ("balanced",)),
    "workers": ("", at_least(-1)),
}
# what the help shows for a default that depends on something
SHOWN = {
    "learning_rate_init": "by solver",
    "momentum": "0 for sgd, 0.9 for the others",
    "loss": "cross_entropy, or squared_error of numbers",
}
FOR_TEXTS = ("vectors", "vector_size", "freeze_vectors")
FOR_NUMBERS = ("ignore", "impute", "categories", "regression", "loss", "no_standardize")


def train(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v mlp train``."""
    parser.epilog = """\
columns: part (train, test), measure (accuracy, or R2 of a regression), score

  w2v mlp train iris.csv --output iris.safetensors --hidden 16 --test-fraction 0.25
  w2v mlp train titanic.csv -o t.safetensors --target Survived --ignore PassengerId,Name --impute
  w2v mlp train reviews.jsonl -o r.safetensors --text-column review --target stars
  w2v mlp train corpora/opinions.tsv --text -o opinions.safetensors --vectors world.safetensors
"""
    parser.usage = f"{parser.prog} FILE --output FILE [flags]"
    parser.add_argument(
        "file",
        metavar="FILE",
        help="table: .csv, .tsv, .jsonl, .parquet or .npz; texts with labels: any other name",
    )
    add(parser, "-o --output", "FILE", "file to write (.safetensors)")
    reading = parser.add_argument_group("reading")
    add_reading(reading)
    about = "columns to leave out, by name or place"
    add(reading, "--ignore", list_of(str), about, metavar="A,B")
    about = "what stands for missing numbers, that of their column; alone: median"
    add(reading, "--impute", ("median", "mean"), about, nargs="?", const="median")
    about = "columns of categories, even if they hold numbers or more than 100 different texts"
    add(reading, "--categories", list_of(str), about, metavar="A,B")
    about, shown = "predict numbers", "if the targets are not whole, or many and each on few rows"
    add(reading, "--regression", bool, about, unless_given=shown)
    about = "share of the patterns that are kept out of training to score it"
    add(reading, "--test-fraction", float, about, 0.0)
    network = _add_parameters(parser, "network", NETWORK)
    about = "take columns as they are (default: bring each to mean 0 and standard deviation 1)"
    add(network, "--no-standardize", True, about)
    add(network, "--freeze-vectors", True, "for texts: do not train the vectors of --vectors")
    add(_add_parameters(parser, "training", TRAINING), *SEED)
    about = "write the training to this file now and then; `w2v resume FILE` goes on with it"
    add(parser, "--checkpoint", "FILE", about)
    add(parser, "--every", above_zero, "seconds from one --checkpoint to the next", 60.0)
    add(parser, "--quiet", True, "print no progress")
    add(parser, "--plot", "FILE", "draw the loss and the gradients of each epoch")
    return run_network


def _add_parameters(
    parser: argparse.ArgumentParser, title: str, kinds: dict[str, tuple[Any, ...]]
) -> argparse._ArgumentGroup:
    """Add flags that go to the estimators as they are, described as there."""
    from w2v.estimators.parameters import ClassifierParameters, TextParameters

    group = parser.add_argument_group(title)
    of_texts = {item.name: item for item in fields(TextParameters)}
    of_tables = {item.name: item for item in fields(ClassifierParameters)}
    for name, (spellings, kind, *metavar) in kinds.items():
        item = of_tables.get(name) or of_texts[name]
        text = " ".join(item.metadata["about"].replace('"', "").split())
        about = re.split(r"[.;:] | \(|\.$", text)[0]  # the rest is for programs
        about = in_help(about[0].lower() + about[1:], (*NETWORK, *TRAINING))
        if name == "activation":
            about += f": {', '.join(ACTIVATIONS)}"
        if name not in of_tables:
            about = f"for texts: {about}"
        shown = SHOWN.get(name) or _shown(UPDATES.get(name, item.default))
        other = _shown(of_texts[name].default) if name in of_texts else shown
        if other not in (shown, None):
            shown = f"{shown}, for texts {other}"
        options = {"metavar": metavar[0]} if metavar else {}
        add(group, f"{flag(name)} {spellings}", kind, about, unless_given=shown, **options)
    return group


def _shown(default: Any) -> str | None:
    if default is None or default is False:
        return None
    return ",".join(map(str, default)) if isinstance(default, tuple) else str(default)


def asked_of_network(path: str) -> dict[str, Any] | None:
    """Return what the training of a checkpoint was asked for; None if it is of no network."""
    from w2v.networks import checkpoint, files

    try:
        if files.read_notes(path, files.CHECKPOINT) is None:
            return None
    except (OSError, ValueError):
        return None  # of word vectors, perhaps
    asked: dict[str, Any] = checkpoint.note_of(path).get("asked", {})
    return asked


def run_network(arguments: argparse.Namespace, resumed: bool = False) -> int:
    """Train a network, or go on with the training of its checkpoint, and save it."""
    if not arguments.output:
        raise UsageError("give --output FILE, the file to write")
    if not arguments.output.endswith(".safetensors"):
        raise UsageError(f"--output {arguments.output}: a network is a .safetensors file")
    from w2v.files import labelled, tables

    text = check_texts(arguments)
    for name in FOR_NUMBERS if text else FOR_TEXTS:
        if getattr(arguments, name) is not None:
            kind = "tables of numbers" if text else "texts"
            raise UsageError(f"{flag(name)} is for {kind}, and {arguments.file} is read as another")
    if text and arguments.text_column is None and arguments.target is not None:
        raise UsageError("--target is for tables; of a table of texts, give --text-column, too")
    if arguments.vectors and arguments.vector_size:
        raise UsageError("--vector-size is for vectors that start at random, not for --vectors")
    heavy = ("sgd", "momentum", "nesterov")
    for name in ("momentum", "nesterovs_momentum"):
        if getattr(arguments, name) is not None and arguments.solver not in heavy:
            raise UsageError(f"{flag(name)} needs --solver sgd, momentum or nesterov")
    if arguments.nesterovs_momentum and arguments.solver == "sgd" and not arguments.momentum:
        raise UsageError("--nesterovs-momentum with --solver sgd needs --momentum, such as 0.9")
    check_output(arguments.output, [arguments.file])
    check_output(arguments.checkpoint, [arguments.file])
    check_plot(arguments.plot, [arguments.file])
    check_different(output=arguments.output, checkpoint=arguments.checkpoint, plot=arguments.plot)
    if arguments.plot and arguments.checkpoint:
        raise UsageError("--plot shows all epochs, and after --checkpoint the first are missing")
    given = {name: getattr(arguments, name) for name in (*NETWORK, *TRAINING)}
    settings = {name: value for name, value in given.items() if value is not None}
    for name in ("activation", "dropout"):
        if len(settings.get(name, "")) == 1:
            settings[name] = settings[name][0]
    settings["random_state"] = arguments.seed
    columns = None
    recipe: Any = None
    patterns: Any
    y: Any
    how = {"header": arguments.header, "encoding": arguments.encoding}
    if arguments.text_column is not None:
        y, patterns, target = labelled.read_text_table(
            arguments.file, arguments.text_column, target=arguments.target, **how
        )
        recipe = {"text": arguments.text_column, "target": target}
        _say(
            arguments,
            f"the text is column {quoted(recipe['text'])}, the label column {quoted(target)}",
        )
        model = _text_classifier(arguments, settings)
    elif text:
        y, patterns = labelled.read_labelled(arguments.file, **how)
        model = _text_classifier(arguments, settings)
    else:
        table = tables.read_table(
            arguments.file,
            target=-1 if arguments.target is None else arguments.target,
            ignore=arguments.ignore or [],
            impute=arguments.impute,
            categories=arguments.categories or [],
            regression=arguments.regression,
            **how,
        )
        if table.y is None:
            raise ValueError(f"{arguments.file} has no array 'y' to learn")
        patterns, y, columns, recipe = table.X, table.y, table.columns, table.recipe
        for note in table.notes:
            _say(arguments, as_flags(note, ["regression"]))
        model = _table_estimator(arguments, settings, y, table.regression)
    train, test = _divided(patterns, y, arguments.test_fraction, arguments.seed)
    _say(arguments, f"read {len(y):,} {'texts' if text else 'patterns'} from {arguments.file}")
    distinct = len(set(y))
    if model._kind == "classifier" and distinct > max(1, len(y) / 4):
        are_numbers = not text and y.dtype.kind in "iuf"
        hint = "; if the targets are quantities, add --regression" if are_numbers else ""
        warnings.warn(f"{distinct:,} classes for {len(y):,} patterns{hint}", stacklevel=1)
    if model._kind == "classifier" and distinct == 1:
        warnings.warn(f"every target is {y[0]}: there is nothing to tell apart", stacklevel=1)
    test_curve: list[float] = []
    if arguments.plot and arguments.test_fraction:
        model._test = (*test, test_curve)
    norms: list[list[float]] = []
    if arguments.plot:
        model._norms = norms
    start = time.perf_counter()
    scores, interrupted = {}, False
    try:
        with sign_of_life("training", arguments.quiet) as show:
            callbacks = () if arguments.quiet else (_Progress(show),)
            if resumed:
                more = {"vectors": model.vectors} if text else {}
                more |= {"callbacks": callbacks, "workers": arguments.workers}
                model = type(model).resume(arguments.checkpoint, *train, **more)
            else:
                model.set_params(callbacks=callbacks)
                model._asked = {"command": as_command(arguments)}
                model.fit(*train, checkpoint=arguments.checkpoint, every=arguments.every)
        _say(arguments, _summary(model, time.perf_counter() - start))
        scores["train"] = model.score(*train)
        if arguments.test_fraction:
            scores["test"] = model.score(*test)
    except KeyboardInterrupt:
        if arguments.checkpoint and (resumed or hasattr(model, "n_iter_")):
            say(f"w2v: interrupted; go on with it by `w2v resume {arguments.checkpoint}`")
            return interrupts.status()
        if not _has_learnt(model):
            raise  # leave an older file alone
        interrupted = True
    if columns is not None:  # now: arrays without names are not scored by a model that has names
        import numpy as np

        model.feature_names_in_ = np.array(columns, dtype=object)
    if recipe is not None:
        model.table_ = recipe
    try:
        with interrupts.hold():
            with rescued(arguments.output, model.save):
                model.save(arguments.output)
            if arguments.checkpoint:
                os.unlink(arguments.checkpoint)  # all of it is in the file that was asked for
        if arguments.plot and not interrupted:
            from w2v.see import plots

            plots.loss_curves(arguments.plot, model, test_curve, norms)
    except KeyboardInterrupt:
        interrupted = True
    measure = "R2" if model._kind == "regressor" else "accuracy"
    if arguments.json:
        summary = {
            "output": arguments.output,
            "layers": _units(model),
            "epochs": model.n_iter_,
            "loss": model.loss_curve_[-1] if model.loss_curve_ else None,
            "interrupted": interrupted,
            **{f"{part}_{measure}": score for part, score in scores.items()},
        }
        print(as_json(summary))
    else:
        rows = [(part, measure, score) for part, score in scores.items()]
        print_header(arguments, ("part", "measure", "score"))
        print_rows(arguments, ("part", "measure", "score"), rows)
    if interrupted:
        say(f"w2v: interrupted; what was learnt is in {arguments.output}")
        return interrupts.status()
    _say(arguments, f"wrote {arguments.output}")
    return 0


def _has_learnt(model: Any) -> bool:
    """Tell whether the weights have changed since the beginning of the training."""
    history = model.network_.history if hasattr(model, "n_iter_") else None
    return history is not None and history.state.updates > 0


def _units(model: Any) -> list[int]:
    return [model.network_.n_inputs, *(layer.units for layer in model.network_.layers)]


def _summary(model: Any, seconds: float) -> str:
    return (
        f"trained a {'-'.join(map(str, _units(model)))} network for {model.n_iter_} epochs in "
        f"{seconds:.1f} s, loss {model.loss_curve_[-1]:.4f}"
    )


def _text_classifier(arguments: argparse.Namespace, settings: dict[str, Any]) -> Any:
    from w2v.estimators.text import TextClassifier
    from w2v.vectors.keyed import KeyedVectors

    if arguments.vectors:
        settings["vectors"] = KeyedVectors.load(arguments.vectors)
    return TextClassifier(train_vectors=not arguments.freeze_vectors, **settings)


def _table_estimator(
    arguments: argparse.Namespace, settings: dict[str, Any], y: Any, regression: bool
) -> Any:
    from w2v.estimators.classifier import FeedForwardClassifier
    from w2v.estimators.regressor import FeedForwardRegressor

    if regression and y.dtype.kind not in "fiub":
        raise ValueError(f"{arguments.file}: the targets must be numbers")
    if regression and settings.pop("class_weight", None):
        raise UsageError("--class-weight is for classes, and the targets are numbers")
    kind: Any = FeedForwardRegressor if regression else FeedForwardClassifier
    standardize = not arguments.no_standardize
    return kind(standardize=standardize, dtype="float32", **(UPDATES | settings))


class _Progress:
    """A callback that shows the epoch on a terminal, and prints a line now and then elsewhere."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self.show = show
        self.last = time.monotonic()

    def __call__(self, model: Any) -> None:
        text = f"epoch {model.n_iter_}: loss {model.loss_:.4f}"
        self.show(text)
        late = time.monotonic() - self.last > 1
        if late and due(model.n_iter_, model.max_iter) and not sys.stderr.isatty():
            self.last = time.monotonic()
            say(text)


def _say(arguments: argparse.Namespace, line: str) -> None:
    if not arguments.quiet:
        say(line)


def _divided(patterns: Any, y: Any, fraction: float, seed: int) -> tuple[Any, Any]:
    """Divide the patterns into those to learn from and those to be tested on."""
    import numpy as np

    n = round(fraction * len(y))
    if fraction and not 0 < n < len(y):
        raise ValueError(f"--test-fraction {fraction} of {len(y)} patterns leaves a part empty")
    order = np.random.default_rng(seed).permutation(len(y))

    def part(rows: Any) -> tuple[Any, Any]:
        if isinstance(patterns, list):
            return [patterns[i] for i in rows], [y[i] for i in rows]
        return patterns[rows], y[rows]

    return part(np.sort(order[n:])), part(np.sort(order[:n]))
