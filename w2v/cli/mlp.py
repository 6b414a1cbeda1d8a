"""``w2v mlp predict`` and ``score``: what networks answer, and what their files hold."""

from __future__ import annotations

import argparse
import json
import os
import warnings
from collections.abc import Iterator
from typing import Any

from w2v.checks import quoted
from w2v.cli.common import Run, UsageError, print_header, print_rows, say
from w2v.cli.flags import add, check_plot


def predict(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v mlp predict``."""
    parser.epilog = """\
columns: label, probability; with --proba label and one for each class (`class label` for one that
         is called label); of a regression, prediction; of texts also known, the share of the
         text's words that the model knows
The file may have a target column or labels; they are not read. Each line below a header has an
answer; that of a blank one is empty.

  w2v mlp predict iris.safetensors new.csv
"""
    add_network(parser)
    add(parser, "--proba", True, "print the probability of each class")
    return _predict


def _predict(arguments: argparse.Namespace) -> int:
    model = load_network(arguments.model)
    regression = model._kind == "regressor"
    if arguments.proba and regression:
        raise UsageError(f"--proba is for classes, and {arguments.model} predicts numbers")
    X, _, filled = read_for(arguments, model, labels=None)
    if regression:
        names: tuple[str, ...] = ("prediction",)
        rows: Iterator[Any] = ((float(value),) for value in model.predict(X))
    else:
        proba = model.predict_proba(X)
        of_texts = hasattr(model, "words_")
        # a text classifier would warn of unknown words once more
        labels = model.classes_[proba.argmax(axis=1)] if of_texts else model.predict(X)
        labels = labels.tolist()
        if arguments.proba:
            names = ("label", *map(_column_of, model.classes_.tolist()))
            rows = ((label, *map(float, p)) for label, p in zip(labels, proba, strict=True))
        else:
            names = ("label", "probability")
            rows = ((label, float(p.max())) for label, p in zip(labels, proba, strict=True))
        if of_texts:
            names = (*names, "known")
            rows = ((*row, float(share)) for row, share in zip(rows, model.known(X), strict=True))
    blank = filled.count(False)
    if blank:
        warnings.warn(f"{arguments.file}: blank lines with empty answers: {blank:,}", stacklevel=1)
    nothing = (None if arguments.json else "", *[None] * (len(names) - 1))
    print_header(arguments, names)
    print_rows(arguments, names, (next(rows) if full else nothing for full in filled))
    return 0


def _column_of(label: Any) -> str:
    """Name the column of a class; one that is called as another column is must not replace it."""
    return f"class {label}" if str(label) in ("label", "known") else str(label)


def score(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v mlp score``."""
    parser.epilog = """\
columns: class, precision, recall, patterns, and a last row for all: accuracy (twice), patterns;
         of a regression: measure, score

  w2v mlp score iris.safetensors test.csv
"""
    add_network(parser)
    add(parser, "--plot", "FILE", "draw which classes are confused: .png, .svg or .pdf")
    return _score


def _score(arguments: argparse.Namespace) -> int:
    import numpy as np

    check_plot(arguments.plot, [arguments.model, arguments.file])
    model = load_network(arguments.model)
    if arguments.plot and model._kind == "regressor":
        raise UsageError(f"--plot is for classes, and {arguments.model} predicts numbers")
    X, y, _ = read_for(arguments, model, labels=True)
    y = np.asarray(y)
    found = model.predict(X)
    rows: list[tuple[Any, ...]]
    if model._kind == "regressor":
        if y.dtype.kind not in "fiub":
            raise ValueError(f"{arguments.file}: the targets must be numbers, as in training")
        error = np.asarray(found, dtype=float) - y
        most = float(np.abs(error).max()) or 1.0  # errors of 1e-300 have squares then, too
        names: tuple[str, ...] = ("measure", "score")
        rows = [
            ("R2", float(model.score(X, y))),
            ("root mean squared error", most * float(np.sqrt(np.mean((error / most) ** 2)))),
            ("mean absolute error", float(np.abs(error).mean())),
        ]
    else:
        names = ("class", "precision", "recall", "patterns")
        # as text: the classes may be numbers in one file and codes such as 01 in the other
        y, found, classes = y.astype(str), found.astype(str), model.classes_.astype(str).tolist()
        rows = []
        for label in classes:
            hit = int(((found == label) & (y == label)).sum())
            said, true = int((found == label).sum()), int((y == label).sum())
            rows.append((label, hit / said if said else None, hit / true if true else None, true))
        foreign = sorted(set(y.tolist()) - set(classes))
        if foreign:
            listed = ", ".join(map(quoted, foreign[:5]))
            warnings.warn(f"the model has not learnt the classes {listed}", stacklevel=1)
        accuracy = float((found == y).mean())
        rows.append(("accuracy", accuracy, accuracy, len(y)))
        if arguments.plot:
            from w2v.see import plots

            title = f"{os.path.basename(arguments.model)} on {os.path.basename(arguments.file)}"
            plots.confusion(arguments.plot, y, found, [*classes, *foreign], title)
    print_header(arguments, names)
    print_rows(arguments, names, rows)
    if arguments.plot:
        say(f"wrote {arguments.plot}")
    return 0


def add_network(parser: argparse.ArgumentParser) -> None:
    """Add the file of a network, and the table or the texts that it is asked about."""
    parser.add_argument("model", metavar="MODEL", help="a file that `w2v mlp train` wrote")
    parser.add_argument("file", metavar="FILE", help="table or texts, as in training")
    add_reading(parser)


def add_reading(parser: argparse._ActionsContainer) -> None:
    """Add how tables and texts are read."""
    about = "the file holds texts, `label<TAB>text` or `__label__x text` a line, whatever its name"
    add(parser, "--text", True, about)
    about = "of a table of texts: the column of the texts, by name or place"
    add(parser, "--text-column", "COLUMN", about)
    about = "column to predict: its name, or its place from 0, negative from the end"
    add(parser, "--target", "COLUMN", about, unless_given="the last")
    header = parser.add_mutually_exclusive_group()
    about, shown = "the first line names the columns", "as its fields and those below tell"
    add(header, "--header", True, about, unless_given=shown)
    about = "the first line holds data"
    header.add_argument("--no-header", dest="header", action="store_false", help=about)
    add(parser, "--encoding", "NAME", "encoding of the file", "utf-8")


def check_texts(arguments: argparse.Namespace) -> bool:
    """Tell whether a file holds texts; refuse flags that do not fit."""
    from w2v.files import tables

    is_table = tables.is_table(arguments.file)
    if arguments.text_column is not None and (arguments.text or not is_table):
        raise UsageError(f"--text-column is for tables, and {arguments.file} is none")
    return arguments.text or arguments.text_column is not None or not is_table


def _notes(path: str) -> dict[str, str]:
    """Return what a .safetensors file says of itself; nothing if it is none."""
    from w2v.files.tensors import opened_tensors

    try:
        with opened_tensors(path, path) as file:
            return file.metadata() or {}
    except (FileNotFoundError, NotADirectoryError, ValueError):  # or in an archive
        return {}


def is_network(path: str) -> bool:
    """Tell whether a file holds a network, of an estimator or alone."""
    return "w2v_network" in _notes(path)


def load_estimator(path: str) -> Any:
    """Read a classifier, regressor or text classifier; None if the file is none of these."""
    from w2v.estimators import feedforward, files, text

    os.stat(path)  # raises what names the file
    notes = _notes(path)
    if text.METADATA in notes:
        return text.TextClassifier.load(path)
    if feedforward.METADATA in notes:
        model: Any = files.load(path)
        if model._multilabel or not vars(model).get("_one_output", True):
            raise ValueError(
                f"{path} predicts {model.n_outputs_} values for a pattern; use "
                f"{type(model).__name__}.load in Python"
            )
        return model
    return None


def load_network(path: str) -> Any:
    """Read a classifier, regressor or text classifier."""
    model = load_estimator(path)
    if model is None:
        raise ValueError(f"{path} is no model of `w2v mlp train`")
    return model


def read_for(
    arguments: argparse.Namespace, model: Any, *, labels: bool | None
) -> tuple[Any, Any, list[bool]]:
    """Read patterns as the model takes them, their targets, and which lines have a pattern."""
    from w2v.files import labelled, tables

    how = {"header": arguments.header, "encoding": arguments.encoding}
    if hasattr(model, "words_"):
        columns = model.table_ or {}
        is_text = check_texts(arguments)
        column = columns.get("text") if arguments.text_column is None else arguments.text_column
        if arguments.text or not tables.is_table(arguments.file):
            y, texts = labelled.read_labelled(
                arguments.file, labels=labels, blank=not labels, **how
            )
        elif column is None:
            raise ValueError(
                f"{arguments.model} takes texts, {arguments.file} is a table: name the column of "
                "the texts with text_column=NAME"
            )
        else:
            target = arguments.target or columns.get("target")
            y, texts, _ = labelled.read_text_table(
                arguments.file, column, target=target, labels=bool(labels), blank=not labels, **how
            )
        return [text for text in texts if text], y, [bool(text) for text in texts]
    is_text = check_texts(arguments)
    if is_text:
        raise ValueError(f"{arguments.model} takes tables, {arguments.file} is no table")
    recipe = vars(model).get("table_")
    names = vars(model).pop("feature_names_in_", None)
    known = recipe or (model.n_features_in_ if names is None else list(names))
    target = arguments.target
    if target is None and (labels or isinstance(known, int)):
        target = -1 if recipe is None else recipe.target
    regression = model._kind == "regressor"
    table = tables.read_table(
        arguments.file,
        target=target if labels or isinstance(known, int) else None,
        columns=known,
        regression=regression if labels else False,
        **how,
    )
    if labels and table.y is None:
        raise ValueError(f"{arguments.file} has no targets to score against")
    if labels and names is not None and table.target in names:
        raise ValueError(
            f"{arguments.file}: its last column, {quoted(table.target)}, is a feature; "
            "name the target "
            "with --target"
        )
    return table.X, table.y, table.filled


def _columns_of(about: dict[str, Any]) -> list[str] | None:
    """Describe how a table was read, from the notes of an estimator's file."""
    table = about.get("table") or about.get("learnt", {}).get("table_")
    if table is None:
        return None
    if "text" in table:
        return [str(table["text"])]
    found = []
    for column in table["columns"]:
        more = [f"missing: {column['fill']:.6g}"] if column["fill"] is not None else []
        more += [text or "(empty)" for text in column["categories"] or ()]
        found.append(f"{column['name']} ({', '.join(more)})" if more else str(column["name"]))
    return found


def describe(path: str) -> dict[str, Any] | None:
    """Return what `w2v info` tells of the file of a network; None if it is of something else."""
    if not is_network(path):
        return None
    from w2v.networks.network import Network

    network = Network.load(path)
    facts: dict[str, Any] = {
        "file": path,
        "format": "network",
        "bytes": os.path.getsize(path),
        "inputs": network.n_inputs,
        "layers": [f"{layer.units} {layer.activation}" for layer in network.layers],
        "loss": network.loss_name,
        "parameters": len(network.parameters),
    }
    notes = _notes(path)
    for key in ("w2v_estimator", "w2v_text"):
        if key in notes:
            load_network(path)  # checks them
            about = json.loads(notes[key])
            facts["classes"] = about.get("classes", about.get("learnt", {}).get("classes_"))
            facts["columns"] = _columns_of(about)
            facts["settings"] = about["params"]
    return facts
