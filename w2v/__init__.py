"""word2vec as the lecture derives it: exact, fast, repeatable.

The names below are the whole public surface. They are imported on first use, so that
``import w2v`` costs nothing but the look-up.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if sys.argv[:1] == ["-m"] and "w2v" in sys.orig_argv:  # `python -m w2v` looks for __main__
    from w2v import interrupts

    interrupts.use_the_systems()

from w2v.lazy import MovedModules, lazy_names

if TYPE_CHECKING:
    from w2v.estimators.classifier import FeedForwardClassifier
    from w2v.estimators.perceptron import Perceptron
    from w2v.estimators.regressor import FeedForwardRegressor
    from w2v.estimators.text import TextClassifier
    from w2v.estimators.vectorizer import WordVectorizer
    from w2v.networks.layers import Layer
    from w2v.networks.network import Network
    from w2v.see.compare import compare
    from w2v.see.explorer import explore
    from w2v.see.playground import playground
    from w2v.text.corpus import Corpus
    from w2v.text.phrases import Phrases
    from w2v.text.vocabulary import Vocabulary
    from w2v.text.walks import walks
    from w2v.training.bootstrap import bootstrap
    from w2v.training.doc2vec import Doc2Vec
    from w2v.training.pairs import train_pairs
    from w2v.training.ppmi import PPMI
    from w2v.training.tune import tune
    from w2v.training.word2vec import Word2Vec, train
    from w2v.vectors.keyed import KeyedVectors

__version__ = "0.1.0"

__all__ = [
    "Corpus",
    "Doc2Vec",
    "FeedForwardClassifier",
    "FeedForwardRegressor",
    "KeyedVectors",
    "Layer",
    "Network",
    "PPMI",
    "Perceptron",
    "Phrases",
    "TextClassifier",
    "Vocabulary",
    "Word2Vec",
    "WordVectorizer",
    "__version__",
    "bootstrap",
    "compare",
    "explore",
    "playground",
    "train",
    "train_pairs",
    "tune",
    "walks",
]

# public name -> module that defines it
_NAMES = {
    "Corpus": "w2v.text.corpus",
    "Doc2Vec": "w2v.training.doc2vec",
    "FeedForwardClassifier": "w2v.estimators.classifier",
    "FeedForwardRegressor": "w2v.estimators.regressor",
    "KeyedVectors": "w2v.vectors.keyed",
    "Layer": "w2v.networks.layers",
    "Network": "w2v.networks.network",
    "PPMI": "w2v.training.ppmi",
    "Perceptron": "w2v.estimators.perceptron",
    "Phrases": "w2v.text.phrases",
    "TextClassifier": "w2v.estimators.text",
    "Vocabulary": "w2v.text.vocabulary",
    "Word2Vec": "w2v.training.word2vec",
    "WordVectorizer": "w2v.estimators.vectorizer",
    "bootstrap": "w2v.training.bootstrap",
    "explore": "w2v.see.explorer",
    "compare": "w2v.see.compare",
    "playground": "w2v.see.playground",
    "train": "w2v.training.word2vec",
    "train_pairs": "w2v.training.pairs",
    "tune": "w2v.training.tune",
    "walks": "w2v.text.walks",
}

# Modules of use by themselves: `w2v.world` works after `import w2v`.
_MODULES = {
    "ann": "w2v.vectors.ann",
    "demos": "w2v.demos",
    "estimators": "w2v.estimators",
    "evaluate": "w2v.vectors.evaluate",
    "formats": "w2v.files.formats",
    "functions": "w2v.networks.functions",
    "movies": "w2v.see.movies",
    "nn": "w2v.networks.network",
    "opinions": "w2v.demos.opinions",
    "perceptron": "w2v.estimators.perceptron",
    "plots": "w2v.see.plots",
    "reference": "w2v.reference",
    "tables": "w2v.files.tables",
    "texts": "w2v.estimators.text",
    "vectors": "w2v.vectors",
    "world": "w2v.demos.world",
}

# Modules that were files of this folder: `from w2v.corpus import Corpus` goes on working.
_MOVED = {
    "corpus": "w2v.text",
    "vocab": "w2v.text",
    "word2vec": "w2v.training.word2vec",
    "words": "w2v.files.words",
    **{old: new for old, new in _MODULES.items() if new != f"w2v.{old}"},
}
sys.meta_path.append(MovedModules({f"w2v.{old}": new for old, new in _MOVED.items()}))

__getattr__, __dir__ = lazy_names(__name__, _NAMES, {**_MOVED, **_MODULES})
