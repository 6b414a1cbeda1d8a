"""What scikit-learn asks of an estimator: parameters, checks of arrays, tags, errors and warnings.

scikit-learn need not be installed. It is imported by :meth:`Estimator.__sklearn_tags__` alone,
which only scikit-learn calls.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import Field, fields
from inspect import signature
from numbers import Number
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from w2v.checks import Declared, quoted
from w2v.estimators.parameters import unknown_parameter
from w2v.estimators.shown import estimator_html
from w2v.networks.patterns import dense, is_sparse

Floats = NDArray[Any]
Self = TypeVar("Self", bound="Estimator")


class NotFittedError(ValueError, AttributeError):
    """A prediction was asked of an estimator that has learnt nothing yet."""


class ConvergenceWarning(UserWarning):
    """Training ended before it was done."""


class DataConversionWarning(UserWarning):
    """Data were taken in another shape than they came in."""


def sklearn_twin(kind: type) -> Any:
    """Return scikit-learn's class of the same name, which its users catch, if it is loaded."""
    return getattr(sys.modules.get("sklearn.exceptions"), kind.__name__, kind)


class Estimator(Declared):
    """Base of all estimators, which are dataclasses: a field is a parameter."""

    n_features_in_: int
    _kind: ClassVar[str]  # "classifier" or "regressor"
    _metadata_request: Any  # set_..._request makes it; scikit-learn's clone copies it by this name
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    # --- parameters ------------------------------------------------------------------------------

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name.

        Parameters
        ----------
        deep : bool, default True
            Without effect: no parameter is an estimator.
        """
        return {name: getattr(self, name) for name in sorted(f.name for f in fields(self))}

    def set_params(self: Self, **params: Any) -> Self:
        """Set parameters by name; an unknown one is a ValueError."""
        names = self.get_params()
        for name in params:
            if name not in names:
                raise ValueError(unknown_parameter(type(self), name))
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        """Show the parameters that are not at their defaults."""
        changed = (f"{name}={quoted(value)}" for name, value in self._changed().items())
        return f"{type(self).__name__}({', '.join(changed)})"

    def _repr_html_(self) -> str:
        """Show a notebook the parameters, and what was learnt."""
        return estimator_html(self)

    def _changed(self) -> dict[str, Any]:
        """Return the parameters that are not at their defaults."""
        defaults = {f.name: f.default for f in fields(self)}
        values = self.get_params().items()
        return {name: value for name, value in values if repr(value) != repr(defaults[name])}

    def __sklearn_is_fitted__(self) -> bool:
        """Tell scikit-learn whether there is something to predict with."""
        return hasattr(self, "n_iter_")

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn what kind of estimator this is."""
        from sklearn import utils

        classifies = self._kind == "classifier"
        return utils.Tags(
            estimator_type=self._kind,
            target_tags=utils.TargetTags(required=True, multi_output=not classifies),
            classifier_tags=utils.ClassifierTags() if classifies else None,
            regressor_tags=None if classifies else utils.RegressorTags(),
            input_tags=utils.InputTags(sparse=True),
        )

    # --- scikit-learn's routing of what methods take besides X and y -----------------------------

    def get_metadata_routing(self) -> Any:
        """Tell scikit-learn which of its arguments a method wants to be given."""
        from sklearn.utils.metadata_routing import MetadataRequest, get_routing_for_object

        if "_metadata_request" in vars(self):
            return get_routing_for_object(self._metadata_request)  # a copy
        request = MetadataRequest(owner=type(self).__name__)
        for method in ("fit", "partial_fit", "score"):
            for name in self._routed(method):
                getattr(request, method).add_request(param=name, alias=None)
        return request

    def set_fit_request(self: Self, **wanted: bool | str | None) -> Self:
        """Say whether a pipeline or search passes ``sample_weight`` to :meth:`fit`.

        Parameters
        ----------
        **wanted : bool, str or None
            For each argument: True passes it, False leaves it out, None makes it an error, and a
            string is the name that the caller gives it. It matters under
            ``sklearn.set_config(enable_metadata_routing=True)``.
        """
        return self._request("fit", wanted)

    def set_partial_fit_request(self: Self, **wanted: bool | str | None) -> Self:
        """Do the same for ``partial_fit``."""
        return self._request("partial_fit", wanted)

    def set_score_request(self: Self, **wanted: bool | str | None) -> Self:
        """Do the same for ``score``."""
        return self._request("score", wanted)

    def _request(self: Self, method: str, wanted: dict[str, bool | str | None]) -> Self:
        routing = self.get_metadata_routing()
        for name, alias in wanted.items():
            if name not in self._routed(method):
                raise TypeError(f"{method} of {type(self).__name__} takes no {name}")
            getattr(routing, method).add_request(param=name, alias=alias)
        self._metadata_request = routing
        return self

    def _routed(self, method: str) -> set[str]:
        taken = getattr(type(self), method, None)
        names = set(signature(taken).parameters) if taken else set()
        return names & {"sample_weight", "classes"}

    # --- checks ----------------------------------------------------------------------------------

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        """After an error, put back what was learnt before: it fits together."""
        before = vars(self).copy()
        try:
            yield
        except BaseException:
            vars(self).clear()
            vars(self).update(before)
            raise

    def _check_settings(self) -> None:
        """Raise unless every parameter has a value of the right type and range."""
        for f in fields(self):
            if "check" in f.metadata:  # a user's own class may have a plain field
                f.metadata["check"](f.name, getattr(self, f.name))

    def _check_fitted(self) -> None:
        if not self.__sklearn_is_fitted__():
            name = type(self).__name__
            raise sklearn_twin(NotFittedError)(f"this {name} is not fitted yet; call fit first")

    def _check_X(self, X: Any, *, first: bool) -> Any:
        """Return `X` as (n, d) floats; the first time, remember d and the columns' names."""
        columns = _column_names(X)
        array = _as_matrix(X)
        name = type(self).__name__
        if first:
            self.n_features_in_ = array.shape[1]
            for name in ("feature_names_in_", "table_"):
                vars(self).pop(name, None)
            if columns is not None:
                self.feature_names_in_ = columns
            return array
        known = getattr(self, "feature_names_in_", None)
        if columns is None and known is not None and "table_" not in vars(self):
            warnings.warn(
                f"X does not have valid feature names, but {name} was fitted with feature names",
                stacklevel=3,
            )
        elif columns is not None and known is None:
            warnings.warn(
                f"X has feature names, but {name} was fitted without feature names", stacklevel=3
            )
        elif columns is not None and known is not None and list(columns) != list(known):
            text = "The feature names should match those that were passed during fit.\n"
            for title, names in (
                ("Feature names unseen at fit time", set(columns) - set(known)),
                ("Feature names seen at fit time, yet now missing", set(known) - set(columns)),
            ):
                if names:
                    text += "".join([f"{title}:\n", *(f"- {name}\n" for name in sorted(names))])
            if set(columns) == set(known):
                text += "Feature names must be in the same order as they were in fit.\n"
            raise ValueError(text)
        if array.shape[1] != self.n_features_in_:
            raise ValueError(
                f"X has {array.shape[1]} features, but {name} is expecting {self.n_features_in_} "
                "features as input"
            )
        return array

    def _check_y(self, y: Any, n: int) -> NDArray[Any]:
        """Return `y` as an array of n rows."""
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None"
            )
        array = _without_gaps(y)
        if array.ndim == 2 and array.shape[1] == 1:
            warnings.warn(
                "A column-vector y was passed when a 1d array was expected; it is taken as "
                "y.ravel()",
                sklearn_twin(DataConversionWarning),
                stacklevel=5,
            )
            array = array.ravel()
        if array.ndim not in (1, 2):
            raise ValueError(f"y should be a 1d array, its shape is {array.shape}")
        if len(array) != n:
            raise ValueError(f"X has {n} patterns, y has {len(array)}")
        if array.dtype.kind == "c":
            raise ValueError("Complex data not supported")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            row = int(np.isfinite(array.reshape(n, -1)).all(axis=1).argmin())
            raise ValueError(f"Input y contains NaN or infinity, first in row {row}")
        return array

    def _check_labels(self, y: Any, n: int) -> NDArray[Any]:
        """Return `y` as an array of n rows of whole numbers or strings."""
        array = self._check_y(y, n)
        if array.dtype.kind == "f" and (array != np.round(array)).any():
            raise ValueError(
                "Unknown label type: y is continuous, its numbers are not whole; a "
                "FeedForwardRegressor predicts such numbers"
            )
        return array


def _without_gaps(y: Any) -> NDArray[Any]:
    """Return `y` as an array of one kind of values, or name the first that is missing."""
    if isinstance(y, Iterator):  # it would be one value
        y = list(y)
    try:
        array = np.asarray(y)
    except ValueError:
        raise ValueError("y must have as many labels for each pattern, usually one") from None
    if (
        not array.ndim
        or array.dtype.kind not in "OUS"
        or (array.dtype.kind != "O" and hasattr(y, "dtype"))
    ):
        return array
    items = np.asarray(y, dtype=object)  # an array of text has the text "nan" for a NaN
    kinds = set()
    for place, value in enumerate(items.flat):
        if is_missing(value):
            row = place // (items.size // len(items))
            raise ValueError(f"Input y contains NaN or None, first in row {row}")
        kinds.add(next((k for k in (str, bytes, Number) if isinstance(value, k)), type(value)))
    if len(kinds) > 1:
        raise ValueError("Unknown label type: y mixes numbers, text or others")
    if kinds != {Number}:
        return array
    array = np.asarray(items.tolist())
    return array if array.dtype.kind != "O" else array.astype(np.float64)  # of Decimal


def is_missing(value: Any) -> bool:
    """Tell None, NaN and pandas' NA and NaT from values."""
    try:
        return value is None or bool(value != value)
    except (TypeError, ValueError):  # NA is neither true nor false, an array is not missing
        return not isinstance(value, np.ndarray)


def _column_names(X: Any) -> NDArray[Any] | None:
    """Return the names of a data frame's columns, if they are strings."""
    columns = getattr(X, "columns", None)
    if columns is None or callable(columns):
        return None
    names = list(columns)
    return np.array(names, dtype=object) if all(isinstance(x, str) for x in names) else None


def _as_matrix(X: Any) -> Any:
    """Return `X` as an array of floats or, if it is sparse, as a CSR matrix of floats."""
    sparse = is_sparse(X)
    array: Any = X.tocsr() if sparse else np.asarray(X)
    if array.dtype.kind == "c":
        raise ValueError("Complex data not supported")
    if array.dtype.kind in "mM":
        raise ValueError(
            "X holds dates or times; make numbers of them, such as days since the first"
        )
    if array.dtype not in (np.dtype("float32"), np.dtype("float64")):
        try:
            array = array.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise type(error)(
                f"X holds what is no number, first in {_place(X, _no_numbers(array))} ({error}); "
                "leave such columns out, or make numbers of them, as OneHotEncoder does"
            ) from None
    if array.ndim != 2:
        raise ValueError(
            f"Expected 2D array, a row for each pattern, got {array.ndim}D array instead. Reshape "
            "your data: array.reshape(-1, 1) if it has one feature, array.reshape(1, -1) if it is "
            "one pattern"
        )
    for axis, what in enumerate(("sample", "feature")):
        if not array.shape[axis]:
            raise ValueError(
                f"Found array with 0 {what}(s) (shape={array.shape}) while a minimum of 1 is "
                "required."
            )
    values: Any = array.data if sparse else array
    if not np.isfinite(values).all():
        place = int(np.isfinite(values).argmin())
        if sparse:
            row, column = np.searchsorted(array.indptr, place, "right") - 1, array.indices[place]
        else:
            row, column = divmod(place, array.shape[1])
        what = "NaN" if np.isnan(values.flat[place]) else "infinity (inf)"
        raise ValueError(f"Input X contains {what}, first in row {row}, {_place(X, column)}")
    return array


def _no_numbers(array: NDArray[Any]) -> int:
    """Return the first column that cannot be converted to numbers."""
    for column, values in enumerate(array.T if array.ndim == 2 else ()):
        try:
            values.astype(np.float64)
        except (TypeError, ValueError):
            return column
    return 0


def _place(X: Any, column: int) -> str:
    names = _column_names(X)
    return f"column {column}" if names is None else f"column {quoted(names[column])}"


def check_weights(sample_weight: Any, n: int) -> NDArray[np.float64] | None:
    """Return the weights of n patterns, (n,); one number is the weight of each."""
    if sample_weight is None:
        return None
    try:
        weight = np.asarray(sample_weight, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise type(error)(f"sample_weight must hold numbers ({error})") from None
    if weight.ndim == 0:
        weight = np.full(n, float(weight))
    if weight.shape != (n,):
        raise ValueError(f"sample_weight has shape {weight.shape}, expected ({n},)")
    if not np.isfinite(weight).all() or (weight < 0).any():
        raise ValueError("sample_weight must hold finite numbers of at least 0")
    if not weight.any():
        raise ValueError("Sample weights must contain at least one non-zero number.")
    return weight


def counting(weight: NDArray[np.float64] | None, *arrays: Any) -> tuple[Any, ...]:
    """Return weights and arrays without the rows of weight 0: they are as if not there.

    Weights that are all the same are None: only their ratios count.
    """
    if weight is None:
        return (None, *arrays)
    rows = np.flatnonzero(weight)
    if len(rows) < len(weight):
        weight, arrays = weight[rows], tuple(array[rows] for array in arrays)
    return (None if (weight == weight[0]).all() else weight, *arrays)


def moments(
    X: Floats, weight: NDArray[np.float64] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return weighted mean and deviation of each column.

    The deviation is 1 where a column is constant, or varies by no more than its numbers' rounding.
    """
    share = np.full(len(X), 1 / len(X)) if weight is None else weight / weight.sum()
    size = np.maximum(X.max(axis=0), -X.min(axis=0)).astype(np.float64)
    size[size == 0] = 1
    Z = X / size  # between -1 and 1: no square overflows
    first = Z[0].copy()
    Z -= first  # a constant column is 0 now, and its mean without rounding
    middle = np.einsum("i,ij->j", share, Z)
    Z -= middle
    Z *= Z
    deviation = np.sqrt(np.einsum("i,ij->j", share, Z))
    rounding = max(16 * np.finfo(X.dtype).eps, 1e-12)  # what computing a column leaves in it
    constant = (deviation <= rounding) | (deviation * size == 0)
    return (first + middle) * size, np.where(constant, 1.0, deviation * size)


def distinct(y: Any) -> NDArray[Any]:
    """Return the classes among the labels `y`, sorted."""
    try:
        return np.unique(_without_gaps(y))
    except TypeError:
        raise ValueError("Unknown label type: y mixes numbers, text or None") from None


def class_codes(classes: NDArray[Any], y: NDArray[Any]) -> NDArray[np.int64]:
    """Return the place of each label among the classes."""
    codes = np.searchsorted(classes, y).clip(max=len(classes) - 1)
    known = classes[codes] == y
    if not np.all(known):
        label = y.tolist()[int(np.argmin(known))]
        raise ValueError(
            f"y holds {quoted(label)}, which is none of the classes {quoted(classes.tolist())}"
        )
    return codes


def accuracy(found: NDArray[Any], y: Any, sample_weight: Any) -> float:
    """Return the share of patterns whose labels were all found, weighted if weights are given."""
    y = _without_gaps(dense(y))
    if y.ndim == 2 and found.ndim == 1 and y.shape[1] == 1:
        y = y.ravel()
    if found.shape != y.shape:
        raise ValueError(f"y has shape {y.shape}, the predictions {found.shape}")
    if (found.dtype.kind in "US") != (y.dtype.kind in "US") and "O" not in (
        found.dtype.kind + y.dtype.kind
    ):
        raise ValueError(f"y holds {y.dtype}, and the classes are {found.dtype}: none can be equal")
    right = found == y
    right = right.all(axis=1) if right.ndim == 2 else right
    return float(np.average(right, weights=check_weights(sample_weight, len(y))))
