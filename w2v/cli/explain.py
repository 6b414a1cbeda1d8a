"""``w2v explain`` and ``w2v tree``: one step with its numbers, and paths in the Huffman tree."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from w2v.checks import quoted
from w2v.cli import mlp
from w2v.cli.common import Run, UsageError, as_json, check_output, load_model, say, typed
from w2v.cli.flags import add, add_model, at_least
from w2v.names import EXAMPLES

if TYPE_CHECKING:
    from w2v.explanation import Explanation


def explain(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v explain``."""
    parser.usage = f"""\
{parser.prog} MODEL CENTRE CONTEXT [flags]
       {parser.prog} NETWORK --row X,X --target T [flags]
       {parser.prog} --example NAME [flags]"""
    parser.epilog = """\
Skip-gram predicts the context word from the centre, CBOW the centre from one context word or more.
The model's file stays as it is. The output is made for people; --json has all numbers in full.

  w2v explain model.safetensors heavy rain --learning-rate 0.5
  w2v explain xor.safetensors --row 0,1 --target 1
  w2v explain iris.safetensors --row 5.1,3.5,1.4,0.2 --target setosa --html step.html
  w2v explain --example 2-2-1
"""
    parser.add_argument(
        "model", nargs="?", metavar="MODEL", help="a model or a network, a .safetensors file"
    )
    parser.add_argument("words", nargs="*", metavar="WORD", help="the centre, then its context")
    about = "a pattern for a network: numbers with commas between them, or a text; --row=-1,2 if "
    add(parser, "--row", "X,X", f"{about}the first is negative")
    about = "what a network should answer: a class, or numbers; without it, it only answers"
    add(parser, "--target", "T", about)
    add(parser, "--example", EXAMPLES, "a worked example of the lecture")
    unless = "the model's --alpha; of a network 0.1"
    add(parser, "--learning-rate", float, "η of the step", unless_given=unless)
    about = "start of the random numbers that choose noise words"
    add(parser, "--seed", at_least(0), about, unless_given="the model's")
    add(parser, "--html", "FILE", "write it as a page, too")
    return _explain


def _explain(arguments: argparse.Namespace) -> int:
    check_output(arguments.html, [arguments.model] if arguments.model else [])
    steps = _steps(arguments)
    if arguments.json:
        for step in steps:
            print(as_json(step.to_dict()))
    else:
        print("\n\n".join(map(str, steps)))
    if arguments.html:
        from w2v.explanation import page
        from w2v.files.storage import atomic_write

        with atomic_write(arguments.html) as file:
            file.write(page(steps).encode())
        say(f"wrote {arguments.html}")
    return 0


def _steps(arguments: argparse.Namespace) -> list[Explanation]:
    """Explain what the command line asks for."""
    given = {name: getattr(arguments, name) for name in ("row", "target", "seed", "learning_rate")}
    given = {name: value for name, value in given.items() if value is not None}

    def refuse(names: tuple[str, ...], why: str) -> None:
        for name in names:
            if name in given:
                raise UsageError(f"--{name.replace('_', '-')} {why}")

    if arguments.example:
        refuse(tuple(given), "is not for --example, which has its own numbers")
        if arguments.model:
            raise UsageError(f"--example {arguments.example} takes no model and no words")
        from w2v.demos import worked

        return worked(arguments.example)
    if not arguments.model:
        raise UsageError("name a model and two words, a network and --row, or an --example")
    if mlp.is_network(arguments.model):
        refuse(("seed",), "is for negative sampling, and this is a network")
        if arguments.words or "row" not in given:
            raise UsageError(f"{arguments.model} is a network: give it --row X,X and no words")
        return [_network_step(arguments.model, given)]
    refuse(("row", "target"), f"is for a network, and {arguments.model} is none")
    if len(arguments.words) < 2:
        raise UsageError("give two words: the centre and a word of its context")
    model = load_model(arguments.model)
    center, *context = typed(arguments.words, model)
    rate = given.get("learning_rate")
    return [model.explain(center, context, alpha=rate, seed=given.get("seed"))]


def _network_step(path: str, given: dict[str, Any]) -> Explanation:
    """Explain a network's step on a pattern that is brought into the form of its training."""
    row, target = given["row"], given.get("target")
    rate = given.get("learning_rate", 0.1)
    model = mlp.load_estimator(path)
    if model is None:
        from w2v.networks.network import Network

        t = None if target is None else _numbers("--target", target)
        return Network.load(path).explain(_numbers("--row", row), t, rate)
    x = model._bags([row])[0].toarray()[0] if hasattr(model, "words_") else _features(model, row)
    step = model.network_.explain(x, None if target is None else _targets(model, target), rate)
    if getattr(model, "standardize", False):
        say("x: the row, less the mean, divided by the deviation")
    return step


def _features(model: Any, row: str) -> Any:
    """Return a row of a table as the network of an estimator takes it."""
    import csv

    import numpy as np

    from w2v.files.columns import Cells, Column

    recipe = vars(model).get("table_")
    columns = recipe.columns if recipe else [Column(i) for i in range(model.n_features_in_)]
    fields = next(csv.reader([row]), [])
    if len(fields) != len(columns):
        names = ", ".join(str(column.name) for column in columns)
        raise ValueError(f"--row needs {len(columns)} fields ({names}), not {len(fields)}")
    parts = []
    for column, field in zip(columns, fields, strict=True):
        cells = Cells(
            column.name, lambda _: "--row", comma=False, text=column.categories is not None
        )
        cells.add([field], [1])
        features, unknown = cells.encode(column)
        if unknown:
            known = ", ".join(column.categories or ())
            raise ValueError(
                f"--row, column {quoted(column.name)}: {quoted(field)} is none of {known}"
            )
        parts.append(features)
    return model._scaled(np.hstack(parts))[0]


def _targets(model: Any, target: str) -> Any:
    """Return what the outputs of an estimator should be."""
    import numpy as np

    if not hasattr(model, "words_") and model._kind == "regressor":
        return model._targets(np.array(_numbers("--target", target)), None, first=False)[0]
    names = [str(label) for label in model.classes_.tolist()]
    if target not in names:
        raise ValueError(f"--target {target} is no class; there are {', '.join(names)}")
    code, outputs = names.index(target), model.network_.layers[-1].units
    return np.eye(len(names))[code] if outputs > 1 else np.array([float(code == 1)])


def _numbers(flag: str, text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise UsageError(f"{flag} {text} holds no numbers with commas between them") from None


def tree(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v tree``."""
    parser.epilog = """\
Hierarchical softmax predicts a word by a decision at each node from the root. Branch 0 is the one
with fewer tokens. A branch without any of the words is one line. A tree of up to 16 words is whole.
The output is made for people; --json prints word, count, code, and the nodes from the root.

  w2v tree model.safetensors paris oslo
"""
    add_model(parser)
    parser.add_argument("words", nargs="*", metavar="WORD", help="words to mark with ◀")
    return _tree


def _tree(arguments: argparse.Namespace) -> int:
    from w2v.see import tree
    from w2v.text.vocabulary import Vocabulary
    from w2v.vectors.keyed import KeyedVectors
    from w2v.vectors.lookup import UnknownWordError

    vectors = KeyedVectors.load(arguments.model)
    if vectors.counts is None:
        raise ValueError(
            f"{arguments.model} holds no counts of words, of which the tree is made; a "
            ".safetensors file of `w2v train` does"
        )
    vocabulary = Vocabulary(list(vectors.index_to_key), vectors.counts)
    words = typed(arguments.words, vocabulary)
    for word in words:
        if word not in vocabulary:
            raise UnknownWordError(word, vocabulary.words)
    if not arguments.words and len(vocabulary) > tree.WHOLE:
        raise UsageError(f"the tree has {len(vocabulary):,} words: name those to be drawn")
    if not arguments.json:
        print(tree.draw(vocabulary, words))
        return 0
    found = vocabulary.huffman()
    for word in words or vocabulary.words:
        row = vocabulary.key_to_index[word]
        path = slice(*found.offsets[row : row + 2])
        facts = {
            "word": word,
            "count": int(vocabulary.counts[row]),
            "code": "".join(map(str, found.codes[path])),
            "nodes": found.nodes[path].tolist(),
        }
        print(as_json(facts))
    return 0
