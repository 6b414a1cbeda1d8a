"""Networks in scikit-learn's manners."""

from w2v.lazy import lazy_names

_NAMES = {
    "SOLVERS": "w2v.estimators.parameters",
    **dict.fromkeys(["ConvergenceWarning", "NotFittedError"], "w2v.estimators.base"),
    "FeedForwardClassifier": "w2v.estimators.classifier",
    "FeedForwardRegressor": "w2v.estimators.regressor",
    "load": "w2v.estimators.files",
}

__getattr__, __dir__ = lazy_names(__name__, _NAMES, {})
