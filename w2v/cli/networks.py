"""The verbs of the command line for networks: the lecture's demonstrations, and ``mlp``."""

from __future__ import annotations

import argparse
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from w2v.cli.common import (
    UsageError,
    Verb,
    as_json,
    check_output,
    print_header,
    print_rows,
    whole,
)

if TYPE_CHECKING:
    from w2v.demos.report import Report

# Choices that stand in w2v.demos, w2v.nn and w2v.functions; help must not wait for numpy.
XOR_METHODS = ["incremental", "batch", "sine", "skip", "product"]
SOLVERS = [
    *("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adadelta", "adam", "sparse_adam"),
]
ACTIVATIONS = ["sigmoid", "tanh", "relu", "linear", "sine"]

Flags = Callable[[argparse.ArgumentParser], None]


# --- demonstrations ------------------------------------------------------------------------------


def _show(arguments: argparse.Namespace, report: Report) -> None:
    """Print a report for reading, or its rows and notes as JSON."""
    if arguments.json:
        print_rows(arguments, report.columns, report.rows)
        print(as_json({"title": report.title, "notes": report.notes}))
    else:
        print(report)


def _add_plot(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--plot", metavar="FILE", help="draw it, too: .png, .svg or .pdf; needs w2v[plot]"
    )


def _check_plot(path: str | None, inputs: Sequence[str] = ()) -> None:
    """Refuse a picture that could not be drawn, before the work begins."""
    if path is not None:
        from w2v.see import plots

        check_output(path, inputs)
        plots.check(path)


def _add_seed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--seed", type=whole(0), default=1, metavar="N", help="of all random numbers (default: 1)"
    )


def _number(text: str) -> float:
    """Return a number above 0, for argparse."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return value


def _list_of(item: Callable[[str], Any]) -> Callable[[str], list[Any]]:
    """Return a type for argparse: values with commas between them."""

    def parse(text: str) -> list[Any]:
        return [item(part) for part in text.split(",")]

    return parse


def _add_xor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--method",
        choices=[*XOR_METHODS, "all"],
        default="incremental",
        help="2-2-1 network with changes after each pattern or each epoch, one sine neuron, a "
        "connection that skips the hidden unit, or the product as a feature "
        "(default: incremental)",
    )
    parser.add_argument("--hidden", type=whole(1), metavar="N", help="hidden units (default: 2)")
    parser.add_argument(
        "--activation", choices=ACTIVATIONS, help="of the hidden units (default: sigmoid)"
    )
    parser.add_argument(
        "--init",
        choices=["glorot", "he", "uniform"],
        default="glorot",
        help="how weights start; uniform: within 0.05 (default: glorot)",
    )
    _add_seed(parser)
    parser.add_argument(
        "--restarts",
        type=whole(0),
        default=10,
        metavar="N",
        help="new starts, at most, if it is not solved (default: 10)",
    )
    parser.add_argument("--epochs", type=whole(1), metavar="N", help="of each start, at most")
    parser.add_argument("--learning-rate", type=_number, metavar="X")
    parser.add_argument(
        "--error-limit",
        type=_number,
        default=0.01,
        metavar="X",
        help="mean error below which it is solved (default: 0.01)",
    )
    _add_plot(parser)


def _xor(arguments: argparse.Namespace) -> int:
    from w2v import demos

    every = arguments.method == "all"
    methods = XOR_METHODS if every else [arguments.method]
    settings = {name: getattr(arguments, name) for name in ("hidden", "activation")}
    settings = {name: value for name, value in settings.items() if value is not None}
    if settings and not {*methods} <= {"incremental", "batch"}:
        raise UsageError(f"--{next(iter(settings))} is for --method incremental or batch")
    if every and arguments.plot:
        raise UsageError("--plot draws one method; name it with --method")
    _check_plot(arguments.plot)
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
        if arguments.plot:
            from w2v.see import plots

            plots.xor(arguments.plot, result)
            print(f"wrote {arguments.plot}", file=sys.stderr)
    if every:
        print()
        _show(arguments, demos.gates())
    return status


def _demonstration(
    name: str, flags: Sequence[tuple[str, dict[str, Any]]], *, plot: bool = False
) -> tuple[Flags, Callable[[argparse.Namespace], int]]:
    """Return the two functions of a verb that shows a report of w2v.demos."""

    def add_flags(parser: argparse.ArgumentParser) -> None:
        for flag, settings in flags:
            parser.add_argument(f"--{flag}", **settings)
        if plot:
            _add_plot(parser)

    def run(arguments: argparse.Namespace) -> int:
        from w2v import demos

        if plot:
            _check_plot(arguments.plot)
        given = {
            flag.replace("-", "_"): getattr(arguments, flag.replace("-", "_")) for flag, _ in flags
        }
        report = getattr(demos, name)(**given)
        _show(arguments, report)
        if plot and arguments.plot:
            from w2v.see import plots

            if name == "slopes":
                plots.slopes(arguments.plot, arguments.ks)
            else:
                getattr(plots, name)(arguments.plot, report)
            print(f"wrote {arguments.plot}", file=sys.stderr)
        return 0

    return add_flags, run


SEED = ("seed", {"type": whole(0), "default": 1, "metavar": "N", "help": "(default: 1)"})


# --- mlp -----------------------------------------------------------------------------------------


def _sizes(text: str) -> list[int]:
    return [] if text == "none" else _list_of(whole(1))(text)


def _add_reading(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--text",
        action="store_true",
        help="the file holds texts, whatever its name: `label<TAB>text` or `__label__x text` a "
        "line",
    )
    parser.add_argument(
        "--target",
        default=-1,
        metavar="COLUMN",
        help="what to predict: name, or place from 0, negative from the end (default: the last)",
    )
    header = parser.add_mutually_exclusive_group()
    header.add_argument(
        "--header",
        action="store_true",
        default=None,
        help="the first line names the columns (default: if no field of it is a number)",
    )
    header.add_argument("--no-header", dest="header", action="store_false")


def _add_mlp_train(parser: argparse.ArgumentParser) -> None:
    parser.usage = "w2v mlp train FILE --output FILE [flags]"
    parser.add_argument(
        "file", metavar="FILE", help="table: .csv, .tsv or .npz; texts with labels: any other name"
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="where to (.safetensors)")
    reading = parser.add_argument_group("reading")
    _add_reading(reading)  # type: ignore[arg-type]
    reading.add_argument(
        "--ignore",
        type=_list_of(str),
        default=[],
        metavar="A,B",
        help="columns to leave out, by name",
    )
    reading.add_argument(
        "--regression",
        action="store_true",
        help="predict numbers (default: if the targets are not whole)",
    )
    reading.add_argument(
        "--test-fraction",
        type=float,
        default=0.0,
        metavar="X",
        help="share of the patterns that are kept out of training to score it (default: 0)",
    )
    network = parser.add_argument_group("network")
    network.add_argument(
        "--hidden-layer-sizes",
        "--hidden",
        type=_sizes,
        metavar="N,N",
        help="units of the hidden layers, or `none` (default: 100, for texts 32)",
    )
    network.add_argument(
        "--activation",
        type=_list_of(str),
        metavar="A,B",
        help=f"of them all, or of each: {', '.join(ACTIVATIONS)} (default: relu, for texts tanh)",
    )
    network.add_argument(
        "--loss", choices=["cross_entropy", "squared_error"], help="default: what suits the target"
    )
    network.add_argument(
        "--no-standardize",
        dest="standardize",
        action="store_false",
        help="take columns as they are (default: bring each to mean 0, deviation 1)",
    )
    network.add_argument(
        "--vectors", metavar="FILE", help="texts: trained word vectors to start from"
    )
    network.add_argument(
        "--freeze-vectors",
        dest="train_vectors",
        action="store_false",
        help="texts: leave these vectors as they are",
    )
    network.add_argument(
        "--vector-size", type=whole(1), metavar="N", help="texts: of the vectors (default: 50)"
    )
    training = parser.add_argument_group("training")
    training.add_argument("--solver", choices=SOLVERS, help="(default: adam)")
    training.add_argument("--learning-rate-init", "--learning-rate", type=_number, metavar="X")
    training.add_argument(
        "--batch-size", type=whole(1), metavar="N", help="patterns an update (default: 32)"
    )
    training.add_argument(
        "--max-iter",
        "--epochs",
        type=whole(1),
        metavar="N",
        help="at most (default: 500, for texts 300)",
    )
    training.add_argument("--tol", type=float, metavar="X", help="improvement that counts")
    training.add_argument("--n-iter-no-change", type=whole(1), metavar="N", help="epochs without")
    training.add_argument("--dropout", type=float, metavar="X", help="of hidden units")
    training.add_argument("--l2", type=float, metavar="X", help="weight decay")
    training.add_argument(
        "--early-stopping",
        action="store_const",
        const=True,
        help="stop when a tenth of the patterns, kept out, is predicted no better",
    )
    training.add_argument("--validation-fraction", type=float, metavar="X", help="not a tenth")
    training.add_argument("--class-weight", choices=["balanced"], help="all classes count the same")
    _add_seed(training)  # type: ignore[arg-type]
    training.add_argument("--workers", type=whole(1), metavar="N", help="threads (default: 1)")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    parser.add_argument("--plot", metavar="FILE", help="draw the loss of each epoch")


# flags that go to the estimators as they are, if given
TABLE_SETTINGS = (
    *("hidden_layer_sizes", "activation", "solver", "learning_rate_init", "batch_size"),
    *("max_iter", "tol", "n_iter_no_change", "dropout", "l2", "early_stopping"),
    *("validation_fraction", "class_weight", "workers"),
)


def _mlp_train(arguments: argparse.Namespace) -> int:
    if not arguments.output:
        raise UsageError("where to? give --output FILE")
    if not arguments.output.endswith(".safetensors"):
        raise UsageError(f"--output {arguments.output}: a network is a .safetensors file")
    if not 0 <= arguments.test_fraction < 1:
        raise UsageError(f"--test-fraction must lie between 0 and 1, not {arguments.test_fraction}")
    from w2v.files import tables

    text = arguments.text or not tables.is_table(arguments.file)
    _refuse_flags_of_the_other_kind(arguments, text)
    check_output(arguments.output, [arguments.file])
    _check_plot(arguments.plot, [arguments.file])
    given = {name: getattr(arguments, name) for name in TABLE_SETTINGS}
    settings = {name: value for name, value in given.items() if value is not None}
    if len(settings.get("activation", "")) == 1:
        settings["activation"] = settings["activation"][0]
    settings["random_state"] = arguments.seed
    if not text:  # updates enough for small tables, too
        settings = {"batch_size": 32, "max_iter": 500} | settings
    columns = None
    patterns: Any
    y: Any
    if text:
        y, patterns = tables.read_labelled(arguments.file)
        model = _text_classifier(arguments, settings)
    else:
        table = tables.read_table(
            arguments.file,
            target=_target(arguments),
            ignore=arguments.ignore,
            header=arguments.header,
        )
        if table.y is None:
            raise ValueError(f"{arguments.file} has no array 'y' to learn")
        patterns, y, columns = table.X, table.y, table.columns
        model = _table_estimator(arguments, settings, y)
    train, test = _divided(patterns, y, arguments.test_fraction, arguments.seed)
    _say(arguments, f"read {len(y):,} {'texts' if text else 'patterns'} from {arguments.file}")
    distinct = len(set(y))
    if model._kind == "classifier" and distinct > len(y) / 4:
        hint = "" if text else "; if the targets are quantities, add --regression"
        warnings.warn(f"{distinct:,} classes for {len(y):,} patterns{hint}", stacklevel=1)
    if not arguments.quiet:
        model.set_params(callbacks=(_Progress(),))
    start = time.perf_counter()
    model.fit(*train)
    seconds = time.perf_counter() - start
    if columns is not None:
        import numpy as np

        model.feature_names_in_ = np.array(columns, dtype=object)
    model.save(arguments.output)
    units = [model.network_.n_inputs, *(layer.units for layer in model.network_.layers)]
    shape = "-".join(map(str, units))
    _say(
        arguments,
        f"trained a {shape} network for {model.n_iter_} epochs in {seconds:.1f} s, "
        f"loss {model.loss_curve_[-1]:.4f}",
    )
    vars(model).pop("feature_names_in_", None)
    scores = {"train": model.score(*train)}
    if arguments.test_fraction:
        scores["test"] = model.score(*test)
    measure = "R2" if model._kind == "regressor" else "accuracy"
    if arguments.json:
        summary = {
            "output": arguments.output,
            "layers": units,
            "epochs": model.n_iter_,
            "loss": model.loss_curve_[-1],
            **{f"{part}_{measure}": score for part, score in scores.items()},
        }
        print(as_json(summary))
    else:
        rows = [(part, measure, score) for part, score in scores.items()]
        print_header(arguments, ("part", "measure", "score"))
        print_rows(arguments, ("part", "measure", "score"), rows)
    if arguments.plot:
        from w2v.see import plots

        plots.loss_curves(arguments.plot, model)
    _say(arguments, f"wrote {arguments.output}")
    return 0


def _refuse_flags_of_the_other_kind(arguments: argparse.Namespace, text: bool) -> None:
    kind = "tables" if text else "texts"
    given = {
        "--vectors": arguments.vectors is not None,
        "--vector-size": arguments.vector_size is not None,
        "--freeze-vectors": not arguments.train_vectors,
    }
    if text:
        given = {
            "--target": arguments.target != -1,
            "--ignore": bool(arguments.ignore),
            "--header": arguments.header is not None,
            "--regression": arguments.regression,
            "--loss": arguments.loss is not None,
            "--no-standardize": not arguments.standardize,
        }
    for flag, is_given in given.items():
        if is_given:
            raise UsageError(f"{flag} is for {kind}, and {arguments.file} is none")
    if text and arguments.vectors and arguments.vector_size:
        raise UsageError("--vector-size is for vectors that start at random, not for --vectors")
    if not text and arguments.regression and arguments.class_weight:
        raise UsageError("--class-weight is for classes, not for --regression")


def _text_classifier(arguments: argparse.Namespace, settings: dict[str, Any]) -> Any:
    from w2v.estimators.text import TextClassifier
    from w2v.vectors.keyed import KeyedVectors

    if arguments.vector_size is not None:
        settings["vector_size"] = arguments.vector_size
    vectors = None if arguments.vectors is None else KeyedVectors.load(arguments.vectors)
    return TextClassifier(vectors, train_vectors=arguments.train_vectors, **settings)


def _table_estimator(arguments: argparse.Namespace, settings: dict[str, Any], y: Any) -> Any:
    from w2v.estimators.classifier import FeedForwardClassifier
    from w2v.estimators.regressor import FeedForwardRegressor

    regression = arguments.regression
    if y.dtype.kind == "f" and (y != y.round()).any() and not regression:
        _say(arguments, "the targets are not whole: this is a regression")
        regression = True
    if regression and y.dtype.kind not in "fiub":
        raise ValueError(f"{arguments.file}: the targets of a regression must be numbers")
    if regression and settings.pop("class_weight", None):
        raise UsageError("--class-weight is for classes, and the targets are numbers")
    if arguments.loss:
        settings["loss"] = arguments.loss
    if regression and arguments.loss == "cross_entropy":
        raise UsageError("--loss cross_entropy is for classes, and the targets are numbers")
    kind: Any = FeedForwardRegressor if regression else FeedForwardClassifier
    return kind(standardize=arguments.standardize, dtype="float32", **settings)


class _Progress:
    """A callback that prints a line now and then."""

    def __init__(self) -> None:
        self.last = time.monotonic()

    def __call__(self, model: Any) -> None:
        if time.monotonic() - self.last > 1:
            self.last = time.monotonic()
            print(f"epoch {model.n_iter_}: loss {model.loss_:.4f}", file=sys.stderr)


def _say(arguments: argparse.Namespace, line: str) -> None:
    if not arguments.quiet:
        print(line, file=sys.stderr)


def _target(arguments: argparse.Namespace) -> str | int:
    """Return a target that is a place as a number."""
    try:
        return int(arguments.target)
    except ValueError:
        return str(arguments.target)


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


def _add_mlp_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="a file that `w2v mlp train` wrote")
    parser.add_argument("file", metavar="FILE", help="table or texts, as in training")
    _add_reading(parser)


def _add_mlp_predict(parser: argparse.ArgumentParser) -> None:
    _add_mlp_model(parser)
    parser.add_argument("--proba", action="store_true", help="print the probability of each class")


def _load(path: str) -> Any:
    """Read a classifier, regressor or text classifier."""
    from safetensors import SafetensorError, safe_open

    from w2v.estimators import feedforward, files, text

    if not os.path.exists(path):
        raise FileNotFoundError(2, os.strerror(2), path)
    try:
        with safe_open(path, "numpy") as file:
            notes = file.metadata() or {}
    except SafetensorError as error:
        raise ValueError(f"{path} is no model of `w2v mlp train`: {error}") from None
    if text.METADATA in notes:
        return text.TextClassifier.load(path)
    if feedforward.METADATA in notes:
        return files.load(path)
    raise ValueError(f"{path} is no model of `w2v mlp train`")


def _read_for(arguments: argparse.Namespace, model: Any, *, labels: bool | None) -> tuple[Any, Any]:
    """Read patterns as the model takes them, with their targets if there are any."""
    from w2v.files import tables

    is_text = hasattr(model, "words_")
    named = tables.is_table(arguments.file) and not arguments.text
    if is_text == named:
        takes, given = ("texts", "a table") if is_text else ("tables", "no table")
        raise ValueError(f"{arguments.model} takes {takes}, {arguments.file} is {given}")
    if is_text:
        y, patterns = tables.read_labelled(arguments.file, labels=labels)
        unknown = len(patterns) - int(model.known(patterns).sum())
        if unknown:
            warnings.warn(f"{unknown} texts have no word that the model knows", stacklevel=1)
        return patterns, y
    names = vars(model).pop("feature_names_in_", None)
    target = _target(arguments) if labels or names is None or arguments.target != -1 else None
    table = tables.read_table(
        arguments.file,
        target=target,
        columns=model.n_features_in_ if names is None else list(names),
        header=arguments.header,
    )
    if labels and table.y is None:
        raise ValueError(f"{arguments.file} has no targets to score against")
    if labels and names is not None and table.target in names:
        raise ValueError(
            f"{arguments.file}: its last column, {table.target!r}, is a feature; name the target "
            "with --target"
        )
    return table.X, table.y


def _mlp_predict(arguments: argparse.Namespace) -> int:
    model = _load(arguments.model)
    regression = model._kind == "regressor"
    if arguments.proba and regression:
        raise UsageError(f"--proba is for classes, and {arguments.model} predicts numbers")
    X, _ = _read_for(arguments, model, labels=None)
    if regression:
        names: tuple[str, ...] = ("prediction",)
        rows: Iterator[Any] = ((float(value),) for value in model.predict(X))
    else:
        proba = model.predict_proba(X)
        labels = [_plain(label) for label in model.predict(X)]
        if arguments.proba:
            names = ("label", *(str(label) for label in model.classes_.tolist()))
            rows = ((label, *map(float, p)) for label, p in zip(labels, proba, strict=True))
        else:
            names = ("label", "probability")
            rows = ((label, float(p.max())) for label, p in zip(labels, proba, strict=True))
    print_header(arguments, names)
    print_rows(arguments, names, rows)
    return 0


def _plain(label: Any) -> Any:
    return label.item() if hasattr(label, "item") else label


def _mlp_score(arguments: argparse.Namespace) -> int:
    import numpy as np

    model = _load(arguments.model)
    X, y = _read_for(arguments, model, labels=True)
    y = np.asarray(y)
    found = model.predict(X)
    rows: list[tuple[Any, ...]]
    if model._kind == "regressor":
        if y.dtype.kind not in "fiub":
            raise ValueError(f"{arguments.file}: the targets must be numbers, as in training")
        error = np.asarray(found, dtype=float) - y
        names: tuple[str, ...] = ("measure", "score")
        rows = [
            ("R2", float(model.score(X, y))),
            ("root mean squared error", float(np.sqrt(np.mean(error**2)))),
            ("mean absolute error", float(np.abs(error).mean())),
        ]
    else:
        names = ("class", "precision", "recall", "patterns")
        if (model.classes_.dtype.kind == "U") != (y.dtype.kind == "U"):
            y = y.astype(model.classes_.dtype) if model.classes_.dtype.kind == "U" else y
        rows = []
        for label in model.classes_.tolist():
            hit = int(((found == label) & (y == label)).sum())
            said, true = int((found == label).sum()), int((y == label).sum())
            rows.append((label, hit / said if said else None, hit / true if true else None, true))
        foreign = sorted(set(y.tolist()) - set(model.classes_.tolist()), key=str)
        if foreign:
            listed = ", ".join(map(repr, foreign[:5]))
            warnings.warn(f"the model has not learnt the classes {listed}", stacklevel=1)
        accuracy = float((found == y).mean())
        rows.append(("accuracy", accuracy, accuracy, len(y)))
    print_header(arguments, names)
    print_rows(arguments, names, rows)
    return 0


def describe(path: str) -> dict[str, Any] | None:
    """Return what `w2v info` tells of the file of a network; None if it is of something else."""
    import json

    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "numpy") as file:
            notes = file.metadata() or {}
    except (OSError, SafetensorError):
        return None
    if "w2v_network" not in notes:
        return None
    from w2v.networks.network import Network

    network = Network.load(path)
    layers = [f"{layer.units} {layer.activation}" for layer in network.layers]
    facts: dict[str, Any] = {
        "file": path,
        "format": "network",
        "bytes": os.path.getsize(path),
        "inputs": network.n_inputs,
        "layers": layers,
        "loss": network.loss_name,
        "parameters": len(network.parameters),
    }
    for key in ("w2v_estimator", "w2v_text"):
        about = json.loads(notes.get(key, "{}"))
        if about:
            facts["classes"] = about.get("classes", about.get("learnt", {}).get("classes_"))
            facts["settings"] = about["params"]
    return facts


# --- the verbs -----------------------------------------------------------------------------------

READING = "The output is for reading; --json gives the same for programs.\n"

VERBS = {
    "mlp train": Verb(
        "train a feed-forward network on a table or on labelled texts",
        _add_mlp_train,
        _mlp_train,
        """\
columns: part (train, test), measure (accuracy, or R2 of a regression), score

  w2v mlp train iris.csv --output iris.safetensors --hidden 16 --test-fraction 0.25
  w2v mlp train corpora/opinions.tsv --text -o opinions.safetensors --vectors world.safetensors
""",
    ),
    "mlp predict": Verb(
        "predict what a network has learnt",
        _add_mlp_predict,
        _mlp_predict,
        """\
columns: label, probability; with --proba label and one for each class; of a regression, prediction
The file may have the target column or label; it is not looked at.

  w2v mlp predict iris.safetensors new.csv
""",
    ),
    "mlp score": Verb(
        "score a network on patterns whose targets are known",
        _add_mlp_model,
        _mlp_score,
        """\
columns: class, precision, recall, patterns, and a last row for all: accuracy (twice), patterns;
         of a regression: measure, score

  w2v mlp score iris.safetensors test.csv
""",
    ),
    "xor": Verb(
        "learn XOR in five ways, and show what the hidden units compute",
        _add_xor,
        _xor,
        READING
        + """\
Exit status 1 if it is not solved; why not, is told.

  w2v xor --method all
  w2v xor --activation relu --restarts 0 --seed 3
  w2v xor --plot xor.png
""",
    ),
    "gates": Verb("compute XOR from gates set by hand", *_demonstration("gates", ()), READING),
    "slopes": Verb(
        "compare the sigmoid with the step as its slope k grows",
        *_demonstration(
            "slopes",
            [
                (
                    "ks",
                    {
                        "type": _list_of(_number),
                        "default": [1, 2, 5, 20, 100],
                        "metavar": "K,K",
                        "help": "slopes (default: 1,2,5,20,100)",
                    },
                )
            ],
            plot=True,
        ),
        READING,
    ),
    "vanishing": Verb(
        "measure vanishing and exploding gradients in deep networks",
        *_demonstration(
            "vanishing",
            [
                (
                    "layers",
                    {"type": whole(2), "default": 20, "metavar": "N", "help": "(default: 20)"},
                ),
                (
                    "width",
                    {"type": whole(1), "default": 50, "metavar": "N", "help": "(default: 50)"},
                ),
                SEED,
            ],
            plot=True,
        ),
        READING,
    ),
    "cost": Verb(
        "measure the cost of gradients by finite differences and by backpropagation",
        *_demonstration(
            "cost",
            [
                (
                    "widths",
                    {
                        "type": _list_of(whole(1)),
                        "default": [2, 4, 8, 16, 32, 64],
                        "metavar": "N,N",
                        "help": "units of the layers (default: 2,4,8,16,32,64)",
                    },
                ),
                SEED,
            ],
            plot=True,
        ),
        READING,
    ),
    "gradcheck": Verb(
        "check backpropagation against finite differences for every activation and loss",
        *_demonstration("gradcheck", [SEED]),
        READING,
    ),
    "regression": Verb(
        "fit linear, logistic and multinomial regression as networks",
        *_demonstration("regression", [SEED]),
        READING,
    ),
    "digits": Verb(
        "read handwritten digits, beside scikit-learn",
        *_demonstration(
            "digits",
            [("seeds", {"type": whole(1), "default": 3, "metavar": "N", "help": "(default: 3)"})],
        ),
        READING,
    ),
    "sentiment": Verb(
        "tell praise, complaint and neither in short opinions",
        *_demonstration("sentiment", [SEED]),
        READING,
    ),
    "perceptron": Verb(
        "let a perceptron learn every Boolean function, and count",
        *_demonstration(
            "perceptron",
            [
                (
                    "n-inputs",
                    {
                        "type": int,
                        "choices": [1, 2, 3],
                        "default": 2,
                        "help": "of the functions (default: 2)",
                    },
                )
            ],
        ),
        READING,
    ),
}
