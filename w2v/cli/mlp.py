"""``w2v mlp predict`` and ``score``: what networks answer, and what their files hold."""

from __future__ import annotations

import argparse
import json
import os
import warnings
from collections.abc import Iterator
from typing import Any

from w2v.cli.common import Run, UsageError, print_header, print_rows
from w2v.cli.flags import add


def predict(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v mlp predict``."""
    parser.epilog = """\
columns: label, probability; with --proba label and one for each class; of a regression, prediction;
         of texts also known, the share of the text's words that the model knows
The file may have a target column or labels; they are not read.

  w2v mlp predict iris.safetensors new.csv
"""
    _add_model(parser)
    add(parser, "--proba", True, "print the probability of each class")
    return _predict


def _predict(arguments: argparse.Namespace) -> int:
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
        of_texts = hasattr(model, "words_")
        # a text classifier would warn of unknown words once more
        labels = model.classes_[proba.argmax(axis=1)] if of_texts else model.predict(X)
        labels = labels.tolist()
        if arguments.proba:
            names = ("label", *(str(label) for label in model.classes_.tolist()))
            rows = ((label, *map(float, p)) for label, p in zip(labels, proba, strict=True))
        else:
            names = ("label", "probability")
            rows = ((label, float(p.max())) for label, p in zip(labels, proba, strict=True))
        if of_texts:
            names = (*names, "known")
            rows = ((*row, float(share)) for row, share in zip(rows, model.known(X), strict=True))
    print_header(arguments, names)
    print_rows(arguments, names, rows)
    return 0


def score(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v mlp score``."""
    parser.epilog = """\
columns: class, precision, recall, patterns, and a last row for all: accuracy (twice), patterns;
         of a regression: measure, score

  w2v mlp score iris.safetensors test.csv
"""
    _add_model(parser)
    return _score


def _score(arguments: argparse.Namespace) -> int:
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
        if model.classes_.dtype.kind == "U":
            y = y.astype(str)
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


def _add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="a file that `w2v mlp train` wrote")
    parser.add_argument("file", metavar="FILE", help="table or texts, as in training")
    add_reading(parser)


def add_reading(parser: argparse._ActionsContainer) -> None:
    """Add how tables and texts are read."""
    about = "the file holds texts, `label<TAB>text` or `__label__x text` a line, whatever its name"
    add(parser, "--text", True, about)
    about = "column to predict: its name, or its place from 0, negative from the end"
    add(parser, "--target", "COLUMN", about, unless_given="the last")
    header = parser.add_mutually_exclusive_group()
    about, shown = "the first line names the columns", "if no field of it is a number"
    add(header, "--header", True, about, unless_given=shown)
    about = "the first line holds data"
    header.add_argument("--no-header", dest="header", action="store_false", help=about)


def target_of(arguments: argparse.Namespace) -> str | int:
    """Return a target that is a place as a number."""
    target = "-1" if arguments.target is None else arguments.target
    try:
        return int(target)
    except ValueError:
        return str(target)


def _notes(path: str) -> dict[str, str]:
    """Return what a .safetensors file says of itself; nothing if it is none."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "numpy") as file:
            return file.metadata() or {}
    except (OSError, SafetensorError):
        return {}


def _load(path: str) -> Any:
    """Read a classifier, regressor or text classifier."""
    from w2v.estimators import feedforward, files, text

    os.stat(path)  # raises what names the file
    notes = _notes(path)
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
        return patterns, y
    names = vars(model).pop("feature_names_in_", None)
    wanted = labels or names is None or arguments.target is not None
    table = tables.read_table(
        arguments.file,
        target=target_of(arguments) if wanted else None,
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


def describe(path: str) -> dict[str, Any] | None:
    """Return what `w2v info` tells of the file of a network; None if it is of something else."""
    notes = _notes(path)
    if "w2v_network" not in notes:
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
    for key in ("w2v_estimator", "w2v_text"):
        about = json.loads(notes.get(key, "{}"))
        if about:
            facts["classes"] = about.get("classes", about.get("learnt", {}).get("classes_"))
            facts["settings"] = about["params"]
    return facts
