"""Names that the command line offers and other rooms define. No numpy, so that help is quick."""

from __future__ import annotations

# how a corpus is read: settings of Corpus that a model has not itself, ...
OF_SOURCE = ("offsets", "weights")  # ... and of these what fits one source alone
READING = (
    "tokenizer",
    "normalize",
    "encoding",
    "errors",
    "column",
    "memory_budget",
    "tmp_dir",
    *OF_SOURCE,
)
NORMAL_FORMS = ("NFC", "NFD", "NFKC", "NFKD")  # of Unicode
ENCODING_ERRORS = ("strict", "replace", "ignore", "backslashreplace")

# suffix of a file of vectors -> its format
SUFFIXES = {
    ".safetensors": "safetensors",
    ".bin": "bin",
    ".txt": "text",
    ".vec": "text",
    ".glove": "glove",
    ".npz": "npz",
    ".tsv": "tsv",
}
FORMATS = tuple(sorted(set(SUFFIXES.values())))

REFINED = ("sum", "both", "input")  # of which matrices Word2Vec.refined makes vectors
FROZEN = ("input", "output", "given")  # what of a model may be kept as it is, beside some words
SCORINGS = ("default", "word2phrase", "npmi")  # of w2v.Phrases
# articles, prepositions and conjunctions, which stand inside names
ENGLISH_CONNECTORS = tuple("a an and at by for from in of on or the to with without".split())

ANALOGY_METHODS = ("3cosadd", "3cosmul")

ACTIVATIONS = ("sigmoid", "tanh", "relu", "linear", "sine")  # of hidden layers that learn
INITS = ("glorot", "he", "uniform")

# optimizer -> what it reads, with defaults: those of the papers, and customary rates
DEFAULTS: dict[str, dict[str, float]] = {
    "sgd": {"learning_rate": 0.1},
    "momentum": {"learning_rate": 0.1, "momentum": 0.9},
    "nesterov": {"learning_rate": 0.1, "momentum": 0.9},
    "adagrad": {"learning_rate": 0.01, "epsilon": 1e-8},
    "rmsprop": {"learning_rate": 0.001, "rho": 0.9, "epsilon": 1e-8},
    "adadelta": {"learning_rate": 1.0, "rho": 0.95, "epsilon": 1e-6},
    "adam": {"learning_rate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
    "sparse_adam": {"learning_rate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
}

MAPS = ("pca", "tsne")  # of the explorer
XOR_METHODS = ("incremental", "batch", "sine", "skip", "product")  # of w2v.demos.xor

# worked examples of the lecture: w2v.demos.examples
EXAMPLES = (
    "word2vec",
    "2-2-1",
    "2-2-1-squared",
    "2-2-2",
    "1-2-1",
    "3-1",
    "5-1",
    "softmax",
    "sigmoid",
    "cross-entropy",
)
