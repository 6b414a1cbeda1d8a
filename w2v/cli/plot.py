"""Verbs that draw vectors and networks: ``w2v plot map`` and its neighbours."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from copy import copy
from typing import Any

from w2v.cli import mlp
from w2v.cli.common import (
    Run,
    UsageError,
    as_json,
    load_model,
    print_rows,
    say,
    sign_of_life,
    typed,
)
from w2v.cli.flags import SEED, add, add_loading, at_least, check_plot, loading
from w2v.names import MAPS


def word_map(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v plot map``."""
    parser.epilog = """\
--json prints word, x and y.

  w2v plot map model.safetensors -o map.png
  w2v plot map model.safetensors paris rome king queen dog cat -o map.svg
"""
    _add(parser, "map.png", "words to show, three or more; by default the most frequent")
    add(parser, "--words", at_least(3), "without words: show the N most frequent", 100, dest="most")
    about = "pca: the plane of largest variance; tsne keeps more neighbours together (w2v[map])"
    add(parser, "--map", MAPS, about, "pca")
    add(parser, *SEED)

    def run(arguments: argparse.Namespace) -> int:
        settings = {name: getattr(arguments, name) for name in ("most", "map", "seed")}
        return _draw(arguments, "word_map", arguments.words or None, ("word", "x", "y"), settings)

    return run


def heatmap(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v plot heatmap``."""
    parser.epilog = """\
--json prints word1, word2 and similarity.

  w2v plot heatmap model.safetensors paris rome king queen dog cat -o similar.png
"""
    _add(parser, "heatmap.png", "words to compare, from 2 to 60")

    def run(arguments: argparse.Namespace) -> int:
        names = ("word1", "word2", "similarity")
        return _draw(arguments, "heatmap", arguments.words, names)

    return run


def arrows(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v plot arrows``."""
    parser.epilog = """\
--json prints from, to, and the cosine of that arrow with the mean of the others.

  w2v plot arrows model.safetensors france paris italy rome japan tokyo -o capitals.png
"""
    _add(
        parser, "arrows.png", "pairs of words: an arrow leads from the first to the second of each"
    )

    def run(arguments: argparse.Namespace) -> int:
        words = arguments.words
        if len(words) % 2 or len(words) < 4:
            raise UsageError(
                f"arrows need pairs of words, two or more; there are {len(words)} words"
            )
        pairs = list(zip(words[::2], words[1::2], strict=True))
        return _draw(arguments, "arrows", pairs, ("from", "to", "cosine"))

    return run


def history(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v plot history``."""
    parser.epilog = """\
--json prints epoch, loss and, where a text was held out, val_loss.

  w2v plot history model.safetensors -o history.png
"""
    about = "a model or a network that was saved after its training"
    parser.add_argument("model", metavar="MODEL", help=about)
    _add_output(parser, "history.png")
    return _history


def _history(arguments: argparse.Namespace) -> int:
    check_plot(arguments.output, [arguments.model])
    from w2v.see import plots, words

    rows: list[tuple[Any, ...]]
    if mlp.is_network(arguments.model):
        network = mlp.load_network(arguments.model)
        plots.loss_curves(arguments.output, network)
        curve = network.loss_curve_
        held = network.validation_loss_curve_ or [None] * len(curve)
        rows = [(i, *losses) for i, losses in enumerate(zip(curve, held, strict=True), 1)]
    else:
        model = load_model(arguments.model)
        title = f"{os.path.basename(arguments.model)}: {words.describe(dict(model.settings))}"
        plots.history(arguments.output, model.history, title)
        names = ("epoch", "loss", "val_loss")
        rows = [tuple(map(record.get, names)) for record in model.history]
    say(f"wrote {arguments.output}")
    if arguments.json:
        print_rows(arguments, ("epoch", "loss", "val_loss"), rows)
    return 0


def weights(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v plot weights``."""
    parser.epilog = """\
  w2v plot weights iris.safetensors -o weights.png
"""
    about = "a network: a file of `w2v mlp train`, or of Network.save"
    parser.add_argument("model", metavar="NETWORK", help=about)
    _add_output(parser, "weights.png")
    return _weights


def _weights(arguments: argparse.Namespace) -> int:
    check_plot(arguments.output, [arguments.model])
    from w2v.networks.network import Network
    from w2v.see import networks

    model = mlp.load_estimator(arguments.model) or Network.load(arguments.model)
    with sign_of_life("drawing"):
        networks.weights(arguments.output, model, _title(arguments.model, model))
    return _wrote(arguments)


def surface(parser: argparse.ArgumentParser) -> Run:
    """Add the flags of ``w2v plot surface``."""
    parser.epilog = """\
The network has two features. The patterns of FILE are marked, and the plane ends beyond them.

  w2v plot surface moons.safetensors moons.csv -o surface.png
"""
    mlp.add_network(parser)
    _add_output(parser, "surface.png")
    return _surface


def _surface(arguments: argparse.Namespace) -> int:
    check_plot(arguments.output, [arguments.model, arguments.file])
    from w2v.see import networks

    model = mlp.load_network(arguments.model)
    if hasattr(model, "words_"):
        raise ValueError(f"{arguments.model} takes texts, and a plane has two numbers")
    title = _title(arguments.model, model)
    X, y, _ = mlp.read_for(arguments, copy(model), labels=True)  # it takes the names
    with sign_of_life("drawing"):
        networks.surface(arguments.output, model, X, y, title)
    return _wrote(arguments)


def _title(path: str, model: Any) -> str:
    from w2v.see.networks import settings_of

    return f"{os.path.basename(path)}: {settings_of(model)}"


def _wrote(arguments: argparse.Namespace) -> int:
    say(f"wrote {arguments.output}")
    if arguments.json:
        print(as_json({"output": arguments.output}))
    return 0


def _add(parser: argparse.ArgumentParser, output: str, words: str) -> None:
    parser.add_argument("model", metavar="MODEL", help="vectors or a model, in any known format")
    parser.add_argument("words", nargs="*", metavar="WORD", help=words)
    _add_output(parser, output)
    add_loading(parser)


def _add_output(parser: argparse.ArgumentParser, output: str) -> None:
    about = "the picture to write: .png, .svg or .pdf (pip install 'w2v[plot]')"
    add(parser, "-o --output", "FILE", about, output)


def _draw(
    arguments: argparse.Namespace,
    plot: str,
    what: Any,
    names: Sequence[str],
    settings: dict[str, Any] | None = None,
) -> int:
    """Draw with a function of w2v.see.words; with --json print what the picture shows."""
    check_plot(arguments.output, [arguments.model])
    from w2v.see import words
    from w2v.vectors.keyed import KeyedVectors

    vectors = KeyedVectors.load(arguments.model, **loading(arguments))
    if what and isinstance(what[0], tuple):
        what = [tuple(typed(list(pair), vectors)) for pair in what]
    elif what:
        what = typed(what, vectors)
    title = os.path.basename(arguments.model)
    if vectors.settings:
        title += ": " + words.describe(vectors.settings)
    with sign_of_life("drawing"):
        rows = getattr(words, plot)(
            arguments.output, vectors, what, title=title, **(settings or {})
        )
    say(f"wrote {arguments.output}")
    if arguments.json:
        print_rows(arguments, names, rows)
    return 0
