"""``w2v mlp train``: from a table or labelled texts to a network."""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from typing import Any

from w2v.cli.common import Run, UsageError, as_json, check_output, print_header, print_rows
from w2v.cli.flags import SEED, above_zero, add, at_least, check_plot, list_of
from w2v.cli.mlp import add_reading, target_of
from w2v.names import ACTIVATIONS, DEFAULTS

# flags that go to the estimators as they are, if given
SETTINGS = (
    *("hidden_layer_sizes", "activation", "solver", "learning_rate_init", "batch_size"),
    *("max_iter", "tol", "n_iter_no_change", "dropout", "l2", "early_stopping"),
    *("validation_fraction", "class_weight", "workers"),
)


def train(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v mlp train``."""
    parser.epilog = """\
columns: part (train, test), measure (accuracy, or R2 of a regression), score

  w2v mlp train iris.csv --output iris.safetensors --hidden 16 --test-fraction 0.25
  w2v mlp train corpora/opinions.tsv --text -o opinions.safetensors --vectors world.safetensors
"""
    parser.usage = f"{parser.prog} FILE --output FILE [flags]"
    parser.add_argument(
        "file", metavar="FILE", help="table: .csv, .tsv or .npz; texts with labels: any other name"
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="file to write (.safetensors)")
    reading = parser.add_argument_group("reading")
    add_reading(reading)
    about = "columns to leave out, by name"
    add(reading, "--ignore", list_of(str), about, metavar="A,B")
    about = "predict numbers (default: if the targets are not whole)"
    reading.add_argument("--regression", action="store_true", help=about)
    about = "share of the patterns that are kept out of training to score it"
    add(reading, "--test-fraction", float, about, 0.0)
    network = parser.add_argument_group("network")
    add(
        network,
        "--hidden-layer-sizes --hidden",
        lambda text: [] if text == "none" else list_of(at_least(1))(text),
        "units of the hidden layers, or `none`",
        unless_given="100, for texts 32",
        metavar="N,N",
    )
    about = f"of all hidden layers, or of each: {', '.join(ACTIVATIONS)}"
    shown = "relu, for texts tanh"
    add(network, "--activation", list_of(str), about, unless_given=shown, metavar="A,B")
    about = "what training lowers"
    shown = "what suits the target, cross_entropy for classes"
    add(network, "--loss", ("cross_entropy", "squared_error"), about, unless_given=shown)
    network.add_argument(
        "--no-standardize",
        dest="standardize",
        action="store_false",
        help="take columns as they are (default: bring each to mean 0 and standard deviation 1)",
    )
    add(network, "--vectors", "FILE", "for texts: trained word vectors to start from")
    network.add_argument(
        "--freeze-vectors",
        dest="train_vectors",
        action="store_false",
        help="for texts: do not train the vectors of --vectors",
    )
    about = "for texts: numbers in the vector of a word"
    add(network, "--vector-size", at_least(1), about, unless_given="50")
    training = parser.add_argument_group("training")
    add(training, "--solver", tuple(DEFAULTS), "rule of the updates", unless_given="adam")
    shown = "what is customary for the solver"
    about = "factor of each update"
    names = "--learning-rate-init --learning-rate"
    add(training, names, above_zero, about, unless_given=shown)
    add(training, "--batch-size", at_least(1), "patterns of each update", unless_given="32")
    about = "largest number of epochs"
    add(training, "--max-iter --epochs", at_least(1), about, unless_given="500, for texts 300")
    about = "smallest fall of the loss that counts as an improvement"
    add(training, "--tol", float, about, unless_given="0.0001")
    about = "stop after N epochs without improvement"
    add(training, "--n-iter-no-change", at_least(1), about, unless_given="10")
    about = "share of the hidden units left out of each update"
    add(training, "--dropout", float, about, unless_given="0")
    add(training, "--l2", float, "weight decay", unless_given="0")
    training.add_argument(
        "--early-stopping",
        action="store_const",
        const=True,
        help="keep patterns out of training, and stop when their loss no longer falls",
    )
    about = "share of the patterns that --early-stopping keeps out"
    add(training, "--validation-fraction", float, about, unless_given="0.1")
    add(training, "--class-weight", ("balanced",), "let all classes count the same")
    add(training, *SEED)
    add(training, "--workers", at_least(1), "threads", unless_given="1")
    parser.add_argument("--quiet", action="store_true", help="print no progress")
    add(parser, "--plot", "FILE", "draw the loss of each epoch")
    return _train


def _train(arguments: argparse.Namespace) -> int:
    if not arguments.output:
        raise UsageError("give --output FILE, the file to write")
    if not arguments.output.endswith(".safetensors"):
        raise UsageError(f"--output {arguments.output}: a network is a .safetensors file")
    from w2v.files import tables

    text = arguments.text or not tables.is_table(arguments.file)
    _refuse_flags_of_the_other_kind(arguments, text)
    check_output(arguments.output, [arguments.file])
    check_plot(arguments.plot, [arguments.file])
    given = {name: getattr(arguments, name) for name in SETTINGS}
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
            target=target_of(arguments),
            ignore=arguments.ignore or [],
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
    units = [model.network_.n_inputs, *(layer.units for layer in model.network_.layers)]
    shape = "-".join(map(str, units))
    _say(
        arguments,
        f"trained a {shape} network for {model.n_iter_} epochs in {seconds:.1f} s, "
        f"loss {model.loss_curve_[-1]:.4f}",
    )
    scores = {"train": model.score(*train)}
    if arguments.test_fraction:
        scores["test"] = model.score(*test)
    if columns is not None:  # now: arrays without names are not scored by a model that has names
        import numpy as np

        model.feature_names_in_ = np.array(columns, dtype=object)
    model.save(arguments.output)
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
            "--target": arguments.target is not None,
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
