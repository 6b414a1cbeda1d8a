"""The settings of word2vec. Name, default, range and meaning of each are written here, once.

The constructor of ``Word2Vec``, its docstring, the command line, the model file and the compiled
core read them from :class:`Settings`. No numpy is imported, so that ``w2v train --help`` is quick.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from inspect import Parameter, Signature, signature
from typing import Any, ClassVar, Concatenate, ParamSpec, cast

from w2v.checks import MOST, near, number, one_of, quoted, true_or_false, whole_number

ARCHITECTURES = ("skipgram", "cbow")
LOSSES = ("ns", "hs", "softmax")
CBOW_GRADIENTS = ("exact", "undivided")
ALPHA = {"skipgram": 0.025, "cbow": 0.05, "dbow": 0.025, "dm": 0.05}
# True where three seeds measured repeatable training as good as free-running, at 60 % of its speed
# or more.
DETERMINISTIC = {"ns": True, "hs": True, "softmax": False}

# What users of other word2vec programs type, and what it is called here.
FOREIGN = {
    "size": "vector_size",
    "dim": "vector_size",
    "iter": "epochs",
    "epoch": "epochs",
    "lr": "alpha",
    "learning_rate": "alpha",
    "ws": "window",
    "thread": "workers",
    "threads": "workers",
    "neg": "negative",
    "minCount": "min_count",
    "t": "sample",
    "sg": "architecture='skipgram' or architecture='cbow'",
    "model": "architecture='skipgram' or architecture='cbow'",
    "hs": "loss='hs' for hs=1, loss='ns' for hs=0",
    "minn": "nothing: there are no subwords",
    "maxn": "nothing: there are no subwords",
    "bucket": "nothing: there are no subwords",
    "cbow_mean": "cbow_gradient (the context is always averaged)",
    "dm": "architecture='dm' or architecture='dbow', of Doc2Vec",
    "dbow_words": "train_words, of Doc2Vec",
    "dm_mean": "nothing: the document and the words around are always averaged",
    "dm_concat": "nothing: the document and the words around are always averaged",
    "compute_loss": "nothing: the loss is always in model.history",
    "sentences": "fit(corpus)",
    "corpus_file": "fit(path)",
    "callbacks": "fit(corpus, callbacks=...)",
    "max_vocab_size": "max_final_vocab",
    "trim_rule": "fit(corpus, vocabulary=...)",
    "sorted_vocab": "nothing: the vocabulary is always sorted by count",
    "batch_words": "nothing: sentences of any length are trained whole",
    "hashfxn": "seed",
    "tokenizer": "fit(corpus, tokenizer=...)",
    "tokeniser": "fit(corpus, tokenizer=...)",
    "verbose": "fit(corpus, verbose=...)",
}


def setting(
    kind: type,
    default: Any,
    about: str,
    *,
    unless_given: str | None = None,
    low: float = 0,
    high: float = MOST,
    choices: tuple[str, ...] | None = None,
    names: tuple[str, ...] = (),
) -> Any:
    """Describe a setting.

    Parameters
    ----------
    kind : {int, float, bool, str}
        Type of its values.
    default : any
        Its default; None if that depends on something.
    about : str
        What it means. The docstring, the command line's help and docs/training.md show this.
    unless_given : str, optional
        What a default of None means.
    low, high : number
        Range of an int or a float.
    choices : tuple of str, optional
        All values of a str.
    names : tuple of str, default ()
        Values of a number that have a name instead.
    """
    facts = {"kind": kind, "about": about, "unless_given": unless_given, "names": names}
    return field(default=default, metadata=facts | {"low": low, "high": high, "choices": choices})


class Checked(Mapping[str, Any]):
    """Base of frozen dataclasses of settings: each is checked; also a mapping of names to values.

    Raises
    ------
    TypeError, ValueError
        If a value is of the wrong type or outside its range, or if two do not go together.
    """

    model: ClassVar[str]  # whose settings they are

    def __post_init__(self) -> None:
        """Check all values that were given."""
        for item in fields(self):  # type: ignore[arg-type]
            value = getattr(self, item.name)
            if value is not None or item.default is not None:
                object.__setattr__(self, item.name, check(item, value))

    def __getitem__(self, name: str) -> Any:
        """Return a value by name."""
        if name not in names_of(type(self)):
            raise KeyError(name)
        return getattr(self, name)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(names_of(type(self)))

    def __len__(self) -> int:
        """Return the number of settings."""
        return len(names_of(type(self)))


def names_of(kind: Any) -> tuple[str, ...]:
    """Return the names of all settings of a kind, a subclass of :class:`Checked`."""
    return tuple(item.name for item in fields(kind))


@dataclass(frozen=True, kw_only=True, eq=False)
class Settings(Checked):
    """All settings of word2vec."""

    model = "Word2Vec"
    vector_size: int = setting(
        int, 100, "hidden units |H|: the length d of the vector of a word", low=1
    )
    window: int | str = setting(
        int,
        5,
        "context words on each side, at most; sentence: all words of the sentence, however far",
        low=1,
        names=("sentence",),
    )
    min_count: int = setting(int, 5, "leave out words that occur less often")
    architecture: str = setting(
        str,
        "skipgram",
        "what goes in: one word at a time (skipgram) or the mean of the context (cbow)",
        choices=ARCHITECTURES,
    )
    loss: str = setting(
        str,
        "ns",
        "what comes out: negative sampling (ns), hierarchical softmax (hs) or exact softmax, "
        "a step of which costs as much as there are words",
        choices=LOSSES,
    )
    negative: int = setting(
        int, 5, "noise words for each centre, under negative sampling", high=10_000
    )
    ns_exponent: float = setting(
        float, 0.75, "noise words are drawn in proportion to count to this power", low=-10, high=10
    )
    sample: float = setting(
        float,
        None,
        "thin out words whose share of the corpus is above this; 0 keeps all",
        unless_given="0.001; 0 if that left less than half of the words, and under 10,000",
        high=1,
    )
    alpha: float = setting(
        float,
        None,
        "learning rate at the start",
        unless_given="0.025 for skipgram, 0.05 for cbow",
        high=100,
    )
    min_alpha: float = setting(
        float, 1e-4, "learning rate at the end; it falls with the words read", high=100
    )
    epochs: int = setting(int, 5, "passes over the corpus", low=1)
    workers: int | None = setting(
        int,
        None,
        "threads; 0 and -1 also mean all cores",
        unless_given="all cores",
        low=-1,
        high=1024,
    )
    seed: int = setting(int, 1, "start of all random numbers, below 2**64", high=2**64 - 1)
    max_final_vocab: int | None = setting(
        int, None, "keep only so many words, the most frequent", unless_given="all", low=1
    )
    shrink_windows: bool = setting(
        bool, True, "draw each window from 1 to `window`, so that near words count more"
    )
    cbow_gradient: str = setting(
        str,
        "undivided",
        "what each context word of CBOW gets: its share of the gradient of the mean (exact) or all "
        "of it, as in word2vec.c and gensim (undivided)",
        choices=CBOW_GRADIENTS,
    )
    deterministic: bool = setting(
        bool,
        None,
        "the same seed gives the same bytes for any number of workers; without, workers train the "
        "same rows without locks",
        unless_given="yes; no for softmax",
    )

    def __post_init__(self) -> None:
        """Check all values, and choose those that were not given."""
        super().__post_init__()

        def choose(name: str, value: Any) -> None:
            object.__setattr__(self, name, value)

        if self.negative == 0 and self.loss == "ns":
            raise ValueError("negative=0 leaves no output layer: choose loss='hs' or 'softmax'")
        if self.alpha is None:
            choose("alpha", ALPHA[self.architecture])
        if self.min_alpha > self.alpha:
            raise ValueError(
                f"min_alpha={self.min_alpha} is above alpha={self.alpha}: the rate falls"
            )
        if self.deterministic is None:
            choose("deterministic", DETERMINISTIC[self.loss])


NAMES = names_of(Settings)


def for_sentences(settings: Any, longest: int) -> Any:
    """Return settings whose window is a number: ``"sentence"`` is that of the longest one.

    Nothing shrinks then.
    """
    if settings.window != "sentence":
        return settings
    return replace(settings, window=max(1, longest - 1), shrink_windows=False)


def check(item: Field[Any], value: Any) -> Any:
    """Return a setting's value in its proper type, or raise an error that names the setting."""
    facts = item.metadata
    if facts["choices"]:
        return one_of(item.name, value, facts["choices"])
    if facts["kind"] is bool:
        return true_or_false(item.name, value)
    if facts["names"] and isinstance(value, str):
        if value in facts["names"]:
            return str(value)
        names = " or ".join(map(repr, facts["names"]))
        raise ValueError(f"{item.name} must be a number or {names}, not {quoted(value)}")
    ranged: Callable[..., Any] = whole_number if facts["kind"] is int else number
    return ranged(item.name, value, facts["low"], facts["high"])


def check_names(names: Iterable[str], model: str, known: Collection[str]) -> None:
    """Raise TypeError at the first name that is no setting, and say what it is called here."""
    for name in names:
        if name not in known:
            here = FOREIGN.get(name, "")
            if here in NAMES and here not in known:
                here = ""
            hint = f"; here it is {here}" if here else near(name, known)
            raise TypeError(f"{model} has no setting {quoted(name)}{hint}")


def meaning(item: Field[Any]) -> str:
    """Return what a setting means, and what a default of None stands for."""
    about, unless_given = item.metadata["about"], item.metadata["unless_given"]
    return f"{about} (default: {unless_given})" if unless_given else str(about)


def parameters(kind: Any = Settings) -> str:
    """Return the settings as a numpydoc section."""
    lines = ["Parameters", "----------"]
    for item in fields(kind):
        facts = item.metadata
        values = (
            f"{{{', '.join(facts['choices'])}}}"
            if facts["choices"]
            else " or ".join([facts["kind"].__name__, *map(repr, facts["names"])])
        )
        default = "optional" if item.default is None else f"default {item.default!r}"
        about = meaning(item)
        lines += [f"{item.name} : {values}, {default}", f"    {about[0].upper()}{about[1:]}."]
    return "\n".join(lines)


P = ParamSpec("P")


def takes(settings: Callable[P, Any]) -> Callable[[Any], Callable[Concatenate[Any, P], None]]:
    """Give a constructor the signature of `settings`, and the text of :func:`parameters`.

    The signature is for readers and type checkers: what the method gets is whatever was written.
    """

    def decorate(method: Any) -> Callable[Concatenate[Any, P], None]:
        own = Parameter("self", Parameter.POSITIONAL_OR_KEYWORD)
        method.__signature__ = Signature([own, *signature(settings).parameters.values()])
        method.__doc__ = f"Choose the settings.\n\n{parameters(settings)}\n"
        return cast(Callable[Concatenate[Any, P], None], method)

    return decorate
