"""Estimators from files."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np

from w2v.estimators.classifier import FeedForwardClassifier
from w2v.estimators.feedforward import ARRAYS, METADATA
from w2v.estimators.regressor import FeedForwardRegressor
from w2v.networks.network import Network


def load(path: str | os.PathLike[str]) -> FeedForwardClassifier | FeedForwardRegressor:
    """Read an estimator that ``save`` wrote.

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
        If the file is something else.
    """
    network, about = read_network(path, METADATA)
    kinds = {kind.__name__: kind for kind in (FeedForwardClassifier, FeedForwardRegressor)}
    estimator: Any = kinds[about["estimator"]](**about["params"])
    estimator.network_ = network
    estimator._state, estimator._seed = None, 0
    for name, value in about["learnt"].items():
        setattr(estimator, name, np.array(value) if name in ARRAYS else value)
    if "feature_names_in_" in about["learnt"]:
        estimator.feature_names_in_ = estimator.feature_names_in_.astype(object)
    return estimator


def read_network(path: str | os.PathLike[str], key: str) -> tuple[Network, dict[str, Any]]:
    """Read a network's file and what stands under `key` in its metadata."""
    from safetensors import safe_open

    network = Network.load(os.fspath(path))
    with safe_open(path, "numpy") as file:
        about = json.loads(file.metadata().get(key, "null"))
    if about is None:
        raise ValueError(f"{path} holds a network alone; Network.load reads it")
    return network, about
