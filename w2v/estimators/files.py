"""Estimators from files."""

from __future__ import annotations

import os

from w2v.estimators.classifier import FeedForwardClassifier
from w2v.estimators.regressor import FeedForwardRegressor
from w2v.estimators.saved import read_estimator


def load(path: str | os.PathLike[str]) -> FeedForwardClassifier | FeedForwardRegressor:
    """Read a classifier or a regressor that ``save`` wrote.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    FeedForwardClassifier or FeedForwardRegressor
        It predicts the same numbers.

    Raises
    ------
    ValueError
        If the file is something else, or damaged.
    """
    estimator: FeedForwardClassifier | FeedForwardRegressor
    estimator = read_estimator(path, FeedForwardClassifier, FeedForwardRegressor)
    return estimator
