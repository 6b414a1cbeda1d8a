"""word2vec as the lecture derives it: exact, fast, repeatable.

The names below are the whole public surface. They are imported on first use, so that
``import w2v`` costs nothing but the look-up.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from w2v.corpus import Corpus
    from w2v.estimators import FeedForwardClassifier, FeedForwardRegressor
    from w2v.nn import Layer, Network
    from w2v.perceptron import Perceptron
    from w2v.texts import TextClassifier
    from w2v.vectors import KeyedVectors
    from w2v.vocab import Vocabulary
    from w2v.word2vec import Word2Vec, train

__version__ = "0.1.0"

# public name -> module that defines it
_HOME = {
    "Corpus": "w2v.corpus",
    "FeedForwardClassifier": "w2v.estimators",
    "FeedForwardRegressor": "w2v.estimators",
    "KeyedVectors": "w2v.vectors",
    "Layer": "w2v.nn",
    "Network": "w2v.nn",
    "Perceptron": "w2v.perceptron",
    "TextClassifier": "w2v.texts",
    "Vocabulary": "w2v.vocab",
    "Word2Vec": "w2v.word2vec",
    "train": "w2v.word2vec",
}

__all__ = [
    "Corpus",
    "FeedForwardClassifier",
    "FeedForwardRegressor",
    "KeyedVectors",
    "Layer",
    "Network",
    "Perceptron",
    "TextClassifier",
    "Vocabulary",
    "Word2Vec",
    "__version__",
    "train",
]


# modules of use by themselves: `w2v.world` works after `import w2v`
_MODULES = (
    *("ann", "demos", "estimators", "evaluate", "formats", "functions", "nn", "opinions"),
    *("perceptron", "plots", "reference", "tables", "texts", "world"),
)


def __getattr__(name: str) -> Any:
    """Import a public name from its home module on first use (PEP 562)."""
    if name in _MODULES:
        return import_module(f"w2v.{name}")
    if name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'w2v' has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return sorted({*globals(), *_HOME, *_MODULES})
