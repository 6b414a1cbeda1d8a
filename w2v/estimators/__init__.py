"""Networks in scikit-learn's manners."""

from w2v.estimators.base import (
    SOLVERS,
    ConvergenceWarning,
    FeedForwardClassifier,
    FeedForwardRegressor,
    NotFittedError,
    load,
)

__all__ = [
    "SOLVERS",
    "ConvergenceWarning",
    "FeedForwardClassifier",
    "FeedForwardRegressor",
    "NotFittedError",
    "load",
]
