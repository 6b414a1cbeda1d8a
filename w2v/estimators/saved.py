"""What the file of an estimator holds beside its network: JSON, read with care."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.checks import quoted, true_or_false
from w2v.files.tables import Recipe
from w2v.networks.files import damage, read_notes
from w2v.networks.network import Network

METADATA = "w2v_estimator"  # where the file of a network says what else belongs to the estimator

# what is learnt beside the network: names of attributes by what they hold
OF_INPUTS = ("mean_", "scale_")  # a number for each input
OF_OUTPUTS = ("target_mean_", "target_scale_")
CURVES = ("loss_curve_", "validation_loss_curve_", "validation_scores_")  # lists, or None
NUMBERS = ("n_features_in_", "n_iter_", "t_", "loss_", "best_loss_", "best_validation_score_")
FLAGS = ("_multilabel", "_one_output")
NAMES = (
    *OF_INPUTS,
    *OF_OUTPUTS,
    *CURVES,
    *NUMBERS,
    *FLAGS,
    "classes_",
    "feature_names_in_",
    "table_",
)


# --- writing -------------------------------------------------------------------------------------


def as_notes(about: dict[str, Any]) -> str:
    """Return JSON for the metadata of a file."""
    return json.dumps(about, default=_json_value)


def _json_value(value: Any) -> Any:
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    if isinstance(value, Recipe):
        return asdict(value)
    raise TypeError(f"{quoted(value)} cannot be written to a file")


def params_of(estimator: Any) -> dict[str, Any]:
    """Return the parameters as JSON can hold them, without callbacks and random generators."""
    params = estimator.get_params()
    del params["callbacks"]
    if not isinstance(params["random_state"], (int, np.integer)):
        params["random_state"] = None
    if hasattr(params.get("class_weight"), "items"):  # a key of JSON is text, a class need not be
        params["class_weight"] = [list(item) for item in params["class_weight"].items()]
    if params.get("dtype") is not None:
        params["dtype"] = np.dtype(params["dtype"]).name
    return params


def learnt_of(estimator: Any) -> dict[str, Any]:
    """Return what the estimator learnt beside its network."""
    return {name: vars(estimator)[name] for name in NAMES if name in vars(estimator)}


# --- reading -------------------------------------------------------------------------------------


def read(path: str | os.PathLike[str], key: str, *kinds: str) -> tuple[Network, dict[str, Any]]:
    """Read a network's file, and what stands under `key` in its metadata: what `kinds` save."""
    network = Network.load(path)
    about = read_notes(path, key)
    if about is None:
        raise ValueError(
            f"{path} holds a network alone, or another model than a {' or '.join(kinds)}; "
            "Network.load reads the network"
        )
    return network, about


def read_estimator(path: str | os.PathLike[str], *kinds: Any) -> Any:
    """Read an estimator of one of these classes."""
    names = [kind.__name__ for kind in kinds]
    network, about = read(path, METADATA, *names)
    with damage(path, "the description of the estimator"):
        name, params, learnt = about["estimator"], about["params"], about["learnt"]
        kind = next((kind for kind in kinds if kind.__name__ == name), None)
    if kind is None:
        raise ValueError(f"{path} holds a {name}, and this reads a {' or '.join(names)}")
    with damage(path, "the description of the estimator"):
        estimator = made_again(kind, params)
        vars(estimator).update(_checked(learnt, network, kind._kind))
    estimator.network_ = network
    estimator._state, estimator._seed = None, 0
    return estimator


def made_again(kind: Any, params: dict[str, Any]) -> Any:
    """Return an estimator with the parameters that :func:`params_of` returned."""
    if isinstance(params.get("class_weight"), list):
        params = params | {"class_weight": dict(params["class_weight"])}
    # JSON knows no tuples, and a loaded estimator has the parameters that it was made with
    params = {name: tuple(p) if isinstance(p, list) else p for name, p in params.items()}
    estimator = kind(**params)
    estimator._check_settings()
    return estimator


def _checked(learnt: dict[str, Any], network: Network, kind: str) -> dict[str, Any]:
    """Return what :func:`learnt_of` returned, in its types; raise if it does not fit."""
    inputs, outputs = network.n_inputs, network.layers[-1].units
    found: dict[str, Any] = {}
    for name, value in learnt.items():
        if name in OF_INPUTS or name in OF_OUTPUTS:
            found[name] = array(name, value, inputs if name in OF_INPUTS else outputs)
        elif name in CURVES:
            found[name] = value if value is None else array(name, value).tolist()
        elif name in NUMBERS:
            found[name] = value if value is None else array(name, [value]).tolist()[0]
        elif name in FLAGS:
            found[name] = true_or_false(name, value)
        elif name == "classes_":
            found[name] = array(name, value, kinds="biufU")
        elif name == "feature_names_in_":
            found[name] = array(name, value, inputs, kinds="U").astype(object)
        elif name == "table_":
            found[name] = Recipe.of(value)
            if len(found[name].features) != inputs:
                raise ValueError(f"table_ makes {len(found[name].features)} features of {inputs}")
        else:
            raise ValueError(f"it has the unknown name {quoted(name)}")
    for name in ("n_features_in_", "n_iter_", "t_"):
        if not isinstance(found[name], int):
            raise TypeError(f"{name} is {quoted(found[name])}")
    if found["n_features_in_"] != inputs:
        raise ValueError(f"n_features_in_ is {found['n_features_in_']}, the network has {inputs}")
    if any((found.get(name, np.ones(1)) <= 0).any() for name in ("scale_", "target_scale_")):
        raise ValueError("it has a scale of 0 or less")
    if ("mean_" in found) != ("scale_" in found):
        raise ValueError("it has one of mean_ and scale_")
    if ("target_mean_" in found) != ("target_scale_" in found):
        raise ValueError("it has one of target_mean_ and target_scale_")
    if found["loss_curve_"] is None:
        raise ValueError("it has no loss_curve_")
    if kind == "classifier":
        check_classes(found["classes_"], outputs, found.get("_multilabel", False))
    elif found["_one_output"] and outputs > 1:
        raise ValueError(f"it has one output, and its network {outputs}")
    return found


def check_classes(classes: NDArray[Any], outputs: int, several: bool = False) -> None:
    """Raise unless so many outputs can stand for the classes."""
    n = len(classes)
    if not n or outputs != n and (several or n > 2 or outputs != 1):
        raise ValueError(f"it has {n} classes, and its network {outputs} outputs")
    if (classes[1:] <= classes[:-1]).any():
        raise ValueError("its classes are not sorted")


def array(name: str, value: Any, n: int | None = None, kinds: str = "iuf") -> NDArray[Any]:
    """Return a list of JSON as an array of n entries of these kinds, finite if they are numbers."""
    flat = isinstance(value, list) and not any(isinstance(item, (list, dict)) for item in value)
    found = np.array(value if flat else 0)
    if not flat or n not in (None, len(found)):
        raise ValueError(f"{name} is no list{'' if n is None else f' of {n}'}")
    if len(found) and found.dtype.kind not in kinds:
        raise ValueError(f"{name} holds {found.dtype}")
    if found.dtype.kind == "f" and not np.isfinite(found).all():
        raise ValueError(f"{name} holds numbers that are not finite")
    return found
