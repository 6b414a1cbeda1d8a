"""The lectures' demonstrations, each a function that returns what there is to see; their texts."""

from w2v.lazy import lazy_names

# public name -> module that defines it; no module is named as a function is
_NAMES = {
    **dict.fromkeys(
        ["METHODS", "XOR_INPUTS", "XOR_TARGETS", "Xor", "gates", "perceptron", "why_not", "xor"],
        "w2v.demos.boolean",
    ),
    **dict.fromkeys(["cost", "gradcheck", "slopes", "vanishing"], "w2v.demos.gradients"),
    **dict.fromkeys(["approximation", "overfitting"], "w2v.demos.fitting"),
    **dict.fromkeys(["digits", "regression", "sentiment"], "w2v.demos.learning"),
    **dict.fromkeys(["toy", "worked"], "w2v.demos.examples"),
    "Report": "w2v.demos.report",
    "descent": "w2v.demos.valley",
    "pca": "w2v.demos.components",
}

__getattr__, __dir__ = lazy_names(__name__, _NAMES, {})
