"""The lectures' demonstrations and the embedded texts."""

from w2v.lazy import lazy_names

_NAMES = dict.fromkeys(
    [
        *("METHODS", "Report", "XOR_INPUTS", "XOR_TARGETS", "cost", "digits", "gates"),
        *("gradcheck", "perceptron", "regression", "sentiment", "slopes", "vanishing"),
        *("why_not", "xor"),
    ],
    "w2v.demos.lectures",
)

__getattr__, __dir__ = lazy_names(__name__, _NAMES, {})
