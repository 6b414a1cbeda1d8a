"""The parameters of the estimators: name, default, meaning and check of each stand here, once.

``dataclass`` makes ``__init__`` of them. ``get_params``, the docstrings and the command line's help
read them. No numpy is imported, so that the help is quick.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, fields
from functools import wraps
from inspect import cleandoc
from math import inf
from numbers import Integral
from textwrap import indent
from typing import TYPE_CHECKING, Any, TypeVar

from w2v.checks import is_verbose, near, number, one_of, quoted, true_or_false, whole_number
from w2v.names import ACTIVATIONS, DEFAULTS, INITS
from w2v.parallel import worker_count

if TYPE_CHECKING:
    from w2v.vectors.keyed import KeyedVectors

Class = TypeVar("Class", bound=type)
Check = Callable[[str, Any], Any]  # of (name, value): raises unless the value is a good one

SOLVERS = tuple(DEFAULTS)
# scikit-learn's names of activations, and ours
ALIASES = {"logistic": "sigmoid", "identity": "linear"}

# names from elsewhere -> ours, and what differs
ELSEWHERE = {
    "alpha": ("l2", "alpha divided by the number of patterns"),
    "weight_decay": ("l2", ""),
    "learning_rate": ("learning_rate_init", "decay lowers it from update to update"),
    "lr": ("learning_rate_init", ""),
    "eta0": ("learning_rate", ""),
    "power_t": ("decay", "the rate of update t is learning_rate_init / (1 + decay t)"),
    "nesterov": ("nesterovs_momentum", ""),
    "optimizer": ("solver", ""),
    "epochs": ("max_iter", ""),
    "patience": ("n_iter_no_change", ""),
    "seed": ("random_state", ""),
    "n_jobs": ("workers", ""),
}


def parameter(default: Any, about: str, check: Check) -> Any:
    """Describe a parameter: its default, what it means, and the check of its values."""
    return field(default=default, metadata={"about": cleandoc(about), "check": check})


def documented(cls: Class) -> Class:
    """Put the parameters of a dataclass where its docstring has ``{parameters}``.

    Its ``__init__`` says what an unknown name is called here.
    """
    entries = []
    for f in fields(cls):
        kind = "" if f.type == "Any" else f"{f.type}, "
        about = indent(f.metadata["about"], "    ")
        entries.append(f"{f.name} : {kind}default {f.default!r}\n{about}")
    if cls.__doc__:  # python -OO leaves none
        cls.__doc__ = cleandoc(cls.__doc__).replace("{parameters}", "\n".join(entries))
    made: Any = cls  # mypy does not let a type's __init__ be set
    inner = made.__init__

    @wraps(inner)
    def init(self: Any, *args: Any, **params: Any) -> None:
        for name in params:
            if name not in made.__dataclass_fields__:
                raise TypeError(unknown_parameter(cls, name))
        inner(self, *args, **params)

    made.__init__ = init
    return cls


def unknown_parameter(cls: type, name: str) -> str:
    """Return the error's text for a parameter that the estimator does not have."""
    names = [f.name for f in fields(cls)]
    text = f"Invalid parameter {quoted(name)} for estimator {cls.__name__}"
    ours, difference = ELSEWHERE.get(name, ("", ""))
    if ours in names:
        return f"{text}: here it is {ours}" + (f" ({difference})" if difference else "")
    return text + (near(name, names) or f"; it has {', '.join(sorted(names))}")


# --- checks of values ----------------------------------------------------------------------------


def whole(low: int, *others: Any) -> Check:
    """Make a check: a whole number of at least `low`, or one of the other values."""
    return lambda name, value: _among(value, others) or whole_number(name, value, low)


def real(low: float, high: float = inf, *others: Any) -> Check:
    """Make a check: a number between `low` and `high`, or one of the other values."""
    return lambda name, value: _among(value, others) or number(name, value, low, high)


def _among(value: Any, others: Sequence[Any]) -> bool:
    return value is None and None in others or isinstance(value, str) and value in others


def choice(*names: str) -> Check:
    """Make a check: one of the names."""
    return lambda name, value: one_of(name, value, names)


def each(check: Check) -> Check:
    """Make a check: one value for all layers, or a sequence with one for each."""

    def check_each(name: str, value: Any) -> None:
        if isinstance(value, str) or not hasattr(value, "__len__"):
            check(name, value)
        else:
            for item in value:
                check(name, item)

    return check_each


def one_for_each(name: str, value: Any, layers: int) -> None:
    """Raise unless `value` is one value, or a sequence with one for each hidden layer."""
    if hasattr(value, "__len__") and not isinstance(value, str) and len(value) != layers:
        what = "names" if name == "activation" else "numbers"
        raise ValueError(
            f"{name} has {len(value)} {what} for {layers} hidden layers; give one for each, or one "
            "for all"
        )


def _random_state(name: str, value: Any) -> None:
    if value is None or hasattr(value, "random_sample") or hasattr(value, "bit_generator"):
        return
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(
            f"{name} must be None, a whole number, a Generator or a RandomState, "
            f"not {quoted(value)}"
        )
    whole_number(name, value, 0, 2**64 - 1)


def _callbacks(name: str, value: Any) -> None:
    if not isinstance(value, Sequence) or not all(map(callable, value)):
        raise TypeError(f"{name} must be a list of functions, not {quoted(value)}")


def _class_weight(name: str, value: Any) -> None:
    if value is None or isinstance(value, str) and value == "balanced":
        return
    if not hasattr(value, "items"):
        raise ValueError(f"{name} must be 'balanced', a dict or None, not {quoted(value)}")
    for label, weight in value.items():
        number(f"{name} of {quoted(label)}", weight, 0, inf)


def _settings(name: str, value: Any) -> None:
    if value is not None and not isinstance(value, Mapping):
        raise TypeError(f"{name} must be a dict of settings, not {quoted(value)}")


def _precision(name: str, value: Any) -> None:
    if value is None:
        return
    import numpy as np

    try:
        found: Any = np.dtype(value).name
    except TypeError:
        found = value
    one_of(name, found, ("float32", "float64"))


def _init(name: str, value: Any) -> None:
    if value is None or isinstance(value, (tuple, list)):  # arrays: the network checks them
        return
    one_of(name, value, INITS)


def _verbose(name: str, value: Any) -> None:
    is_verbose(name, value)


def _vectors(name: str, value: Any) -> None:
    if value is not None and not hasattr(value, "key_to_index"):
        raise TypeError(
            f"{name} must be KeyedVectors (KeyedVectors.load reads a file), not {quoted(value)}"
        )


# --- the parameters ------------------------------------------------------------------------------

CLASS_WEIGHT = '"balanced" makes all classes count the same; a mapping has the weight of each.'


@dataclass(eq=False, repr=False)
class TrainingParameters:
    """Parameters of every estimator with a network inside."""

    hidden_layer_sizes: int | Sequence[int] = parameter(
        (100,), "Units of each hidden layer; ``()`` is a network without one.", each(whole(1))
    )
    activation: str | Sequence[str] = parameter(
        "relu",
        """
        Of all hidden layers, or one for each: "sigmoid" ("logistic"), "tanh", "relu", "linear"
        ("identity") or "sine".""",
        each(choice(*ACTIVATIONS, *ALIASES)),
    )
    _: KW_ONLY
    solver: str = parameter(
        "adam",
        """
        Rule of the updates: "sgd", the plain gradient step, "adam", "rmsprop" or another name in
        :data:`w2v.nn.DEFAULTS`.""",
        choice(*SOLVERS),
    )
    learning_rate_init: float | None = parameter(
        None,
        """
        Step length of the solver; None: what is customary for it, 0.001 for "adam", 0.1 for
        "sgd".""",
        real(0, inf, None),
    )
    momentum: float | None = parameter(
        None,
        """
        Share of the step before that is added to each step, for "sgd", "momentum" and "nesterov".
        None: 0 for "sgd", 0.9 for the others.""",
        real(0, 1, None),
    )
    nesterovs_momentum: bool = parameter(
        False,
        'Take the gradient where the momentum leads, for "sgd" and "momentum".',
        true_or_false,
    )
    batch_size: int | str | None = parameter(
        "auto",
        """
        Patterns of an update, which follows their mean gradient; "auto" is 200, or all if they are
        fewer; None is all.""",
        whole(1, "auto", None),
    )
    max_iter: int = parameter(
        200, "Most epochs; if the loss still falls then, there is a ConvergenceWarning.", whole(1)
    )
    tol: float = parameter(
        1e-4,
        "Training ends when `n_iter_no_change` epochs in a row have not lowered the loss by `tol`.",
        real(0),
    )
    n_iter_no_change: int = parameter(10, "Epochs that `tol` speaks of.", whole(1))
    early_stopping: bool = parameter(
        False,
        """
        Hold out `validation_fraction` of the patterns, judge by the loss on them, and keep the
        weights of the best epoch.""",
        true_or_false,
    )
    validation_fraction: float = parameter(
        0.1,
        "Share of the patterns held out; those of a classifier in proportion to the classes.",
        real(0, 1),
    )
    dropout: float | Sequence[float] = parameter(
        0.0,
        """
        Probability of silencing a hidden unit during training, for all hidden layers or for
        each.""",
        each(real(0, 1 - 1e-6)),
    )
    l2: float = parameter(
        0.0,
        """
        l2 / 2 times the sum of squared weights is added to the mean loss (scikit-learn's `alpha`
        is divided by the number of patterns, this is not).""",
        real(0),
    )
    random_state: Any = parameter(
        None,
        """
        Source of all random numbers: a Generator, a RandomState, or an int, which makes the
        training repeatable.""",
        _random_state,
    )
    callbacks: Sequence[Callable[[Any], Any]] = parameter(
        (),
        "Functions called with the estimator after each epoch; a true answer ends the training.",
        _callbacks,
    )
    workers: int = parameter(
        1,
        "Threads, 0 or -1 for all cores; the result does not depend on them.",
        lambda _, value: worker_count(value),
    )


@dataclass(eq=False, repr=False, kw_only=True)
class NetworkParameters(TrainingParameters):
    """Parameters that classifier and regressor of numbers share."""

    loss: str = parameter("squared_error", "What training lowers.", choice("squared_error"))
    decay: float = parameter(
        0.0, "The rate of update t is learning_rate_init / (1 + decay t).", real(0)
    )
    clip: float | None = parameter(
        None, "Longer gradients are shortened to this length.", real(0, inf, None)
    )
    init: str | Sequence[Any] | None = parameter(
        None,
        """
        Where the weights start: "glorot" (None, too), "he" or "uniform", or arrays as
        :class:`w2v.nn.Network` takes them.""",
        _init,
    )
    standardize: bool = parameter(
        False,
        """
        Bring each feature to mean 0 and deviation 1 of the training data (of the first call of
        `partial_fit`), in training and in predicting; the numbers that a regressor learns, too. Not
        for a sparse X.""",
        true_or_false,
    )
    shuffle: bool = parameter(
        True, "Take the patterns in another order in each epoch.", true_or_false
    )
    warm_start: bool = parameter(
        False, "`fit` goes on from the weights of the fit before.", true_or_false
    )
    dtype: str | None = parameter(
        None,
        """
        "float32" or "float64", the precision of the network. None: that of X, as in scikit-learn,
        where all but float32 counts as float64. "float32" is up to twice as fast.""",
        _precision,
    )
    verbose: bool = parameter(False, "Print a line for each epoch.", _verbose)


@dataclass(eq=False, repr=False, kw_only=True)
class ClassifierParameters(NetworkParameters):
    """Parameters of :class:`w2v.FeedForwardClassifier`."""

    loss: str = parameter(
        "cross_entropy",
        """
        What training lowers: "cross_entropy", or "squared_error", 1/2 sum (t - o)^2 of a sigmoid
        output for each class (for two: one).""",
        choice("cross_entropy", "squared_error"),
    )
    class_weight: Mapping[Any, float] | str | None = parameter(None, CLASS_WEIGHT, _class_weight)


@dataclass(eq=False, repr=False, kw_only=True)
class RegressorParameters(NetworkParameters):
    """Parameters of :class:`w2v.FeedForwardRegressor`."""

    loss: str = parameter(
        "squared_error",
        """
        "squared_error", 1/2 sum (t - o)^2 of linear outputs; or "binary_cross_entropy" of sigmoid
        outputs, for targets between 0 and 1.""",
        choice("squared_error", "binary_cross_entropy"),
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
        _vectors,
    )
    _: KW_ONLY
    vector_size: int = parameter(
        50, "Dimensions of the embeddings, unless `vectors` gives them.", whole(1)
    )
    train_vectors: bool = parameter(
        True, "Whether the embeddings learn, too. False keeps `vectors` as they are.", true_or_false
    )
    hidden_layer_sizes: int | Sequence[int] = parameter(
        (32,), "Units of the layers between embedding and softmax; ``()`` for none.", each(whole(1))
    )
    activation: str | Sequence[str] = parameter(
        "tanh", "Of these layers: one name, or one each.", each(choice(*ACTIVATIONS, *ALIASES))
    )
    min_count: int = parameter(
        1,
        "Words that occur less often in the training are left out, unless `vectors` has them.",
        whole(0),
    )
    learning_rate_init: float | None = parameter(
        0.01, "Step length of the solver.", real(0, inf, None)
    )
    batch_size: int | str | None = parameter(
        32, "Texts of an update, which follows their mean gradient.", whole(1, "auto", None)
    )
    max_iter: int = parameter(300, "Most epochs.", whole(1))
    class_weight: Mapping[Any, float] | str | None = parameter(None, CLASS_WEIGHT, _class_weight)


@dataclass(kw_only=True, repr=False, eq=False)
class VectorizerParameters:
    """Parameters of :class:`w2v.WordVectorizer`."""

    vectors: KeyedVectors | None = parameter(
        None,
        "Trained word vectors. Without them, `fit` trains some on its texts.",
        _vectors,
    )
    word2vec: Mapping[str, Any] | None = parameter(
        None,
        """
        Settings of the :class:`w2v.Word2Vec` that trains vectors where none are given, such as
        ``{"vector_size": 50, "min_count": 2}``.""",
        _settings,
    )
    weighting: str = parameter(
        "mean",
        """
        How much a word counts: ``"mean"``, all alike; ``"idf"``, the more the fewer texts of `fit`
        have it, ``ln((1 + n) / (1 + texts)) + 1`` as in scikit-learn; ``"sif"``, the more the
        rarer it is, ``sif / (sif + p)`` with p its share of all words.""",
        choice("mean", "idf", "sif"),
    )
    sif: float = parameter(
        1e-3, "Of the weighting ``sif``: a word of this share counts half.", real(1e-12, 1)
    )
    remove_components: int = parameter(
        0,
        """
        Principal directions of the texts of `fit` that are taken out of every text's vector; 1 goes
        with ``sif``.""",
        whole(0),
    )
    tokenizer: str = parameter(
        "words",
        """
        How a text becomes words: ``"words"`` lower-cases and drops punctuation, ``"whitespace"``
        splits at blanks alone. Lists of words are taken as they are.""",
        choice("words", "whitespace"),
    )
