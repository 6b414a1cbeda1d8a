"""The parameters of the estimators: name, default and meaning of each are written here, once.

``dataclass`` makes ``__init__`` of them. ``get_params``, the docstrings and the command line's help
read them. No numpy is imported, so that the help is quick.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, fields
from inspect import cleandoc
from textwrap import indent
from typing import TYPE_CHECKING, Any, TypeVar

from w2v.names import DEFAULTS

if TYPE_CHECKING:
    from w2v.vectors.keyed import KeyedVectors

Class = TypeVar("Class", bound=type)

SOLVERS = tuple(DEFAULTS)


def parameter(default: Any, about: str, choices: Sequence[str] | None = None) -> Any:
    """Describe a parameter: its default, what it means, and the names that it takes, if few."""
    return field(default=default, metadata={"about": cleandoc(about), "choices": choices})


def documented(cls: Class) -> Class:
    """Put the parameters of a dataclass where its docstring has ``{parameters}``."""
    entries = []
    for f in fields(cls):
        kind = "" if f.type == "Any" else f"{f.type}, "
        about = indent(f.metadata["about"], "    ")
        entries.append(f"{f.name} : {kind}default {f.default!r}\n{about}")
    if cls.__doc__:  # python -OO leaves none
        cls.__doc__ = cleandoc(cls.__doc__).replace("{parameters}", "\n".join(entries))
    return cls


CLASS_WEIGHT = '"balanced" makes all classes count the same; a mapping has the weight of each.'


@dataclass(eq=False, repr=False)
class TrainingParameters:
    """Parameters of every estimator with a network inside."""

    hidden_layer_sizes: int | Sequence[int] = parameter(
        (100,), "Units of each hidden layer; ``()`` is a network without one."
    )
    activation: str | Sequence[str] = parameter(
        "relu",
        """
        Of all hidden layers, or one for each: "sigmoid" ("logistic"), "tanh", "relu", "linear"
        ("identity") or "sine".""",
    )
    _: KW_ONLY
    solver: str = parameter(
        "adam",
        """
        Rule of the updates: "sgd" (with `momentum`), "adam", "rmsprop" or another name in
        :data:`w2v.nn.DEFAULTS`.""",
        SOLVERS,
    )
    learning_rate_init: float | None = parameter(
        None,
        """
        Step length of the solver; None: what is customary for it, 0.001 for "adam", 0.1 for
        "sgd".""",
    )
    batch_size: int | str = parameter(
        "auto",
        """
        Patterns of an update, which follows their mean gradient; "auto" is 200, or all if they are
        fewer.""",
    )
    max_iter: int = parameter(
        200, "Most epochs; if the loss still falls then, there is a ConvergenceWarning."
    )
    tol: float = parameter(
        1e-4,
        "Training ends when `n_iter_no_change` epochs in a row have not lowered the loss by `tol`.",
    )
    n_iter_no_change: int = parameter(10, "Epochs that `tol` speaks of.")
    early_stopping: bool = parameter(
        False,
        """
        Hold out `validation_fraction` of the patterns, judge by the loss on them, and keep the
        weights of the best epoch.""",
    )
    validation_fraction: float = parameter(
        0.1,
        "Share of the patterns held out; those of a classifier in proportion to the classes.",
    )
    dropout: float | Sequence[float] = parameter(
        0.0,
        """
        Probability of silencing a hidden unit during training, for all hidden layers or for
        each.""",
    )
    l2: float = parameter(
        0.0,
        """
        l2 / 2 times the sum of squared weights is added to the mean loss (scikit-learn's `alpha`
        is divided by the number of patterns, this is not).""",
    )
    random_state: Any = parameter(
        None,
        """
        Source of all random numbers: a Generator, a RandomState, or an int, which makes the
        training repeatable.""",
    )
    callbacks: Sequence[Callable[[Any], Any]] = parameter(
        (),
        "Functions called with the estimator after each epoch; a true answer ends the training.",
    )
    workers: int = parameter(
        1, "Threads, 0 or -1 for all cores; the result does not depend on them."
    )


@dataclass(eq=False, repr=False, kw_only=True)
class NetworkParameters(TrainingParameters):
    """Parameters that classifier and regressor of numbers share."""

    loss: str = parameter("squared_error", "What training lowers.")
    decay: float = parameter(0.0, "The rate of update t is learning_rate_init / (1 + decay t).")
    momentum: float = parameter(0.9, 'For "sgd"; momentum 0 is the plain gradient step.')
    nesterovs_momentum: bool = parameter(
        True, 'For "sgd": take the gradient where the momentum leads.'
    )
    clip: float | None = parameter(None, "Longer gradients are shortened to this length.")
    init: str | None = parameter(
        None,
        """
        "glorot", "he" or "uniform"; None: "he" if a hidden layer is "relu", else "glorot".""",
    )
    standardize: bool = parameter(
        False,
        """
        Bring each feature to mean 0 and deviation 1 of the training data, in training and in
        predicting; the numbers that a regressor learns, too. Not for a sparse X.""",
    )
    shuffle: bool = parameter(True, "Take the patterns in another order in each epoch.")
    warm_start: bool = parameter(False, "`fit` goes on from the weights of the fit before.")
    dtype: str | None = parameter(
        None,
        """
        "float32" or "float64", the precision of the network. None: that of X, as in scikit-learn,
        where all but float32 counts as float64. "float32" is up to twice as fast.""",
    )
    verbose: bool = parameter(False, "Print a line for each epoch.")


@dataclass(eq=False, repr=False, kw_only=True)
class ClassifierParameters(NetworkParameters):
    """Parameters of :class:`w2v.FeedForwardClassifier`."""

    loss: str = parameter(
        "cross_entropy",
        """
        What training lowers: "cross_entropy", or "squared_error", 1/2 sum (t - o)^2 of a sigmoid
        output for each class (for two: one).""",
        ("cross_entropy", "squared_error"),
    )
    class_weight: Mapping[Any, float] | str | None = parameter(None, CLASS_WEIGHT)


@dataclass(eq=False, repr=False, kw_only=True)
class RegressorParameters(NetworkParameters):
    """Parameters of :class:`w2v.FeedForwardRegressor`."""

    loss: str = parameter(
        "squared_error",
        """
        "squared_error", 1/2 sum (t - o)^2 of linear outputs; or "binary_cross_entropy" of sigmoid
        outputs, for targets between 0 and 1.""",
        ("squared_error", "binary_cross_entropy"),
    )


@dataclass(eq=False, repr=False)
class TextParameters(TrainingParameters):
    """Parameters of :class:`w2v.TextClassifier`."""

    vectors: KeyedVectors | None = parameter(
        None,
        """
        Trained word vectors to start from, brought to length 1. All their words are known
        afterwards, with those that occur in no text of the training. Without `vectors` the
        embeddings start at random.""",
    )
    _: KW_ONLY
    vector_size: int = parameter(50, "Dimensions of the embeddings, unless `vectors` gives them.")
    train_vectors: bool = parameter(
        True, "Whether the embeddings learn, too. False keeps `vectors` as they are."
    )
    hidden_layer_sizes: int | Sequence[int] = parameter(
        (32,), "Units of the layers between embedding and softmax; ``()`` for none."
    )
    activation: str | Sequence[str] = parameter("tanh", "Of these layers: one name, or one each.")
    min_count: int = parameter(
        1, "Words that occur less often in the training are left out, unless `vectors` has them."
    )
    learning_rate_init: float | None = parameter(0.01, "Step length of the solver.")
    batch_size: int | str = parameter(32, "Texts of an update, which follows their mean gradient.")
    max_iter: int = parameter(300, "Most epochs.")
    class_weight: Mapping[Any, float] | str | None = parameter(None, CLASS_WEIGHT)
