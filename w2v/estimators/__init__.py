"""Networks in scikit-learn's manners."""

from w2v.estimators.base import ConvergenceWarning, NotFittedError
from w2v.estimators.classifier import FeedForwardClassifier
from w2v.estimators.feedforward import SOLVERS
from w2v.estimators.files import load
from w2v.estimators.regressor import FeedForwardRegressor

__all__ = [
    "SOLVERS",
    "ConvergenceWarning",
    "FeedForwardClassifier",
    "FeedForwardRegressor",
    "NotFittedError",
    "load",
]
