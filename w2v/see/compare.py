"""All kinds of models on one corpus, side by side: what they foretell, know and cost."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import Any

import w2v.training.likelihood as likelihood
from w2v.checks import is_verbose, near, number
from w2v.demos.report import Report
from w2v.files.storage import Path
from w2v.parallel import worker_count
from w2v.see.figures import new_figure, save, styled
from w2v.text.corpus import Corpus, Encoded
from w2v.text.vocabulary import Vocabulary
from w2v.training.ppmi import PPMI, PPMISettings
from w2v.training.settings import NAMES, Settings, check_names, names_of
from w2v.training.word2vec import Word2Vec
from w2v.vectors import evaluate
from w2v.vectors.judgements import as_pairs, as_sections

NETWORKS = [f"{kind}-{loss}" for kind in ("skipgram", "cbow") for loss in ("softmax", "hs", "ns")]
MODELS = (*NETWORKS, "ppmi")

# Multiply-adds that the exact softmax may need, some minutes of a core, unless it is asked for ...
MOST_WORK = 3e12
# ... and those that one model's softmax over the text held out may need.
MOST_TO_JUDGE = 2e11
SPEED = 2e10  # multiply-adds a second of a core, about


@dataclass(frozen=True)
class Compared:
    """What was found of one model; None is not defined, or was not asked.

    Attributes
    ----------
    model : str
        Architecture and loss, or ``ppmi``.
    loss : float or None
        Of its own objective, in the last epoch of training; nats an example.
    held_out_loss : float or None
        The same of the text held out, after training.
    log_likelihood : float
        Of a word of the text held out: mean log P(context word | word) of skip-gram and PPMI,
        log P(word | context) of CBOW; nats.
    exact : bool
        Whether the model itself defines that P; else it is what its scores stand for, normalised.
    analogies : float or None
        Share of the questions answered right.
    similarity : float or None
        Spearman's rank correlation of cosines with the judgements of the pairs.
    words_per_second : float
        Words of the text, over all epochs.
    seconds : float
        Of training.
    """

    model: str
    loss: float | None
    held_out_loss: float | None
    log_likelihood: float
    exact: bool
    analogies: float | None
    similarity: float | None
    words_per_second: float
    seconds: float


@dataclass(frozen=True)
class Comparison:
    """What :func:`compare` found; printing it shows the table.

    Attributes
    ----------
    title : str
        What was compared.
    models : list of Compared
        One for each.
    notes : list of str
        What was left out, and how to read the numbers.
    """

    title: str
    models: list[Compared]
    notes: list[str]

    def rows(self) -> list[tuple[Any, ...]]:
        """Return the table, a row for each model, with the attributes of `Compared` as columns."""
        return [tuple(getattr(one, item.name) for item in fields(one)) for one in self.models]

    def __str__(self) -> str:
        """Return title, aligned table and notes."""
        columns: dict[str, Callable[[Compared], str]] = {
            "model": lambda one: one.model,
            "loss": lambda one: _shown(one.loss, ".4f"),
            "held-out": lambda one: _shown(one.held_out_loss, ".4f"),
            "log P": lambda one: f"{one.log_likelihood:.4f} {' ' if one.exact else '~'}",
            "analogies": lambda one: _shown(one.analogies, ".1%"),
            "similarity": lambda one: _shown(one.similarity, ".3f"),
            "words/s": lambda one: f"{one.words_per_second:,.0f}",
            "seconds": lambda one: f"{one.seconds:.1f}",
        }
        table = [[name, *map(column, self.models)] for name, column in columns.items()]
        for cells in table[1:]:  # numbers, to the right
            width = max(map(len, cells))
            cells[:] = [cell.rjust(width) for cell in cells]
        names, *rows = zip(*table, strict=True)
        return str(Report(self.title, names, rows, self.notes))


def _shown(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def compare(
    corpus: Any,
    *,
    models: Iterable[str] | None = None,
    held_out: float = 0.05,
    questions: Any = None,
    pairs: Any = None,
    verbose: bool = True,
    **settings: Any,
) -> Comparison:
    """Train all kinds of models on a corpus, and compare them.

    Parameters
    ----------
    corpus : path, Corpus or iterable
        Anything :class:`w2v.Corpus` takes.
    models : iterable of str, optional
        Of ``skipgram-softmax``, ``skipgram-hs``, ``skipgram-ns``, the same of ``cbow``, and
        ``ppmi``; all unless given, without the exact softmax where it would take long.
    held_out : float, default 0.05
        Share of the words, the last ones, that is not trained on and judges the models; of a large
        corpus less, so that judging does not take long.
    questions : path or questions, optional
        Analogies, as :func:`w2v.evaluate.analogies` takes them; the 30,000 most frequent words
        ask and answer.
    pairs : path, optional
        Judgements of similarity, as :func:`w2v.evaluate.word_pairs` takes them.
    verbose : bool, default True
        Say on standard error what is done.
    **settings
        Of all models, as :class:`w2v.Word2Vec` and :class:`w2v.PPMI` take them, each what it has.

    Returns
    -------
    Comparison
    """
    known = set(NAMES) | set(names_of(PPMISettings))
    check_names(settings, "compare()", known - {"architecture", "loss"})
    number("held_out", held_out, 0, 1)
    chosen = MODELS if models is None else tuple(dict.fromkeys(models))
    if not chosen:
        raise ValueError(f"models must name one of {', '.join(MODELS)}, or be None for all")
    for name in chosen:
        if name not in MODELS:
            raise ValueError(f"there is no model {name!r}{near(name, MODELS)}; {', '.join(MODELS)}")
    shared = {name: value for name, value in settings.items() if name in NAMES}
    first = Settings(**shared)
    ours = {name: settings[name] for name in names_of(PPMISettings) if name in settings}
    PPMISettings(**ours)  # a wrong value is an error now, not after all other models
    asked = _Asked(questions, pairs)
    corpus = Corpus.of(corpus, **({} if isinstance(corpus, Corpus) else _reading(first)))
    vocabulary = Vocabulary.build(
        corpus, min_count=first.min_count, max_final_vocab=first.max_final_vocab
    )
    whole = corpus.encode(vocabulary)
    size = len(vocabulary) * first.vector_size
    most = max(1000, int(MOST_TO_JUDGE / (3 * size)))
    share = min(held_out, most / max(1, len(whole.ids)))
    trained, held = likelihood.hold_out(whole, share)
    del whole
    notes, found = [], []
    work = 3.0 * size * len(trained.ids) * first.epochs
    if models is None and work > MOST_WORK:
        chosen = tuple(name for name in chosen if not name.endswith("softmax"))
        notes.append(
            f"the exact softmax is left out: for {len(vocabulary):,} words it would take some "
            f"{work / SPEED / 3600:,.1f} hours of a core and model; name the models to have it"
        )
    for name in chosen:
        if is_verbose("verbose", verbose) and sys.stderr is not None:
            print(f"training {name}", file=sys.stderr)
        try:
            if name == "ppmi":
                found.append(_counted(PPMI(**ours)._fit(vocabulary, trained, False), held, asked))
            else:
                architecture, loss = name.split("-")
                model = Word2Vec(**{**shared, "architecture": architecture, "loss": loss})
                model.fit(corpus, vocabulary=vocabulary, validation=share, verbose=False)
                if model.interrupted:
                    raise KeyboardInterrupt
                found.append(_trained(name, model, held, asked))
        except FloatingPointError as error:
            notes.append(f"{name} is left out: {error}")
    exact = [one.exact for one in found]
    return Comparison(
        f"{len(trained.ids):,} words to train on, {len(held.ids):,} held out; {len(vocabulary):,} "
        f"in the vocabulary; vector_size {first.vector_size}, window {first.window}, epochs "
        f"{first.epochs}, seed {first.seed}",
        found,
        [
            *notes,
            "loss: of each model's own objective; held-out: the same of the text held out",
            "log P: of a word of the text held out, in nats; compare skipgram and ppmi, which tell "
            "a word from one near it, apart from cbow, which tells it from all around it",
            *["~ an estimate: the model's scores, normalised over all words"] * (not all(exact)),
        ],
    )


class _Asked:
    """The questions to all models."""

    def __init__(self, questions: Any, pairs: Any) -> None:
        # read now: a file that is not there is an error before the work
        self.questions = None if questions is None else dict(as_sections(questions))
        self.pairs = None if pairs is None else as_pairs(pairs)

    def __call__(self, vectors: Any) -> tuple[float | None, float | None]:
        right, correlation = None, None
        if self.questions is not None:
            asked = evaluate.analogies(vectors, self.questions, restrict_vocab=30_000)
            right = asked.total.accuracy
        if self.pairs is not None:
            correlation = evaluate.word_pairs(vectors, self.pairs).spearman
        return right, correlation


def _reading(settings: Settings) -> dict[str, Any]:
    return {"workers": worker_count(settings.workers)}


def _trained(name: str, model: Word2Vec, held: Encoded, asked: _Asked) -> Compared:
    last = model.history[-1]
    log_likelihood, exact = -last["val_loss"], model.loss != "ns"
    if not exact:
        prior = model.vocabulary.noise_distribution(model.ns_exponent)
        log_likelihood = likelihood.normalised(
            model.settings, model.vocabulary, held, model.W_in, model.W_out, prior
        ).log_likelihood
    seconds = sum(record["seconds"] for record in model.history)
    words = model.corpus_stats["tokens_read"] * len(model.history)
    return Compared(
        name, last["loss"], last["val_loss"], log_likelihood, exact, *asked(model.wv),
        words / seconds, seconds,
    )  # fmt: skip


def _counted(model: PPMI, held: Encoded, asked: _Asked) -> Compared:
    # the examples of skip-gram
    same = {name: model.settings[name] for name in NAMES if name in model.settings}
    found = likelihood.normalised(
        Settings(**same), model.vocabulary, held, model.W_in, model.W_out, model._shares
    )
    (facts,) = model.history
    return Compared(
        "ppmi", None, None, found.log_likelihood, False, *asked(model.wv),
        facts["words_per_second"], facts["seconds"],
    )  # fmt: skip


@styled
def draw(path: Path, comparison: Comparison) -> None:
    """Draw a comparison: a bar for each model, in a picture for each kind of number.

    Parameters
    ----------
    path : path
        File to write; the suffix says the format.
    comparison : Comparison
        What :func:`compare` found.
    """
    models = comparison.models[::-1]
    perplexity = "perplexity of the text held out"
    if not all(model.exact for model in models):
        perplexity += "\n(hatched: an estimate)"
    pictures: list[tuple[str, list[float | None]]] = [
        (perplexity, [math.exp(-m.log_likelihood) for m in models]),
        ("analogies answered right, %", [m.analogies and 100 * m.analogies for m in models]),
        ("similarity, rank correlation", [m.similarity for m in models]),
        ("thousand words a second", [m.words_per_second / 1e3 for m in models]),
    ]
    pictures = [(name, v) for name, v in pictures if any(value is not None for value in v)]
    figure = new_figure(1.6 + 3.2 * len(pictures), 1.4 + 0.35 * len(models))
    axes = figure.subplots(1, len(pictures))
    for one, (name, values) in zip(axes, pictures, strict=True):
        for at, (model, value) in enumerate(zip(models, values, strict=True)):
            estimate = name == perplexity and not model.exact
            style = {"fill": not estimate, "hatch": "///" if estimate else None}
            one.barh(at, value or 0, color="#0072b2", edgecolor="#0072b2", **style)
            form = ",.3g" if value is None or abs(value) < 1000 else ",.0f"
            one.annotate(f" {_shown(value, form)}", (value or 0, at), va="center", size=8)
        one.set(xlabel=name, yticks=range(len(models)))
        one.set_yticklabels([model.model for model in models] if one is axes[0] else [])
        one.margins(x=0.25)
        one.spines[["top", "right"]].set_visible(False)
    figure.suptitle(comparison.title.replace("; vector_size", "\nvector_size"), size=9)
    save(figure, path)
