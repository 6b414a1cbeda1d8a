"""Pictures of word vectors: a map, a table of similarities, arrows of analogies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from w2v.checks import one_of, whole_number
from w2v.files.storage import Path
from w2v.names import MAPS
from w2v.see.figures import COLOURS, MARKERS, legend_below, new_figure, save, styled
from w2v.see.labels import label, written
from w2v.see.projection import principal_axes, tsne
from w2v.vectors.ranking import cosine
from w2v.vectors.stored import StoredVectors

if TYPE_CHECKING:
    from w2v.training.word2vec import Word2Vec
    from w2v.vectors.keyed import KeyedVectors

Floats = NDArray[Any]

LARGE = 60  # words of a map beyond which it has smaller letters
LABELS = 1000  # words of a map that are tried for a label
NUMBERS = 16  # words of the largest table whose numbers are written
MOST = 60  # words of the largest table


@styled
def word_map(
    path: Path,
    vectors: KeyedVectors | Word2Vec,
    words: Iterable[str] | Mapping[str, Iterable[str]] | None = None,
    *,
    most: int = 100,
    map: str = "pca",
    seed: int = 1,
    title: str | None = None,
) -> list[tuple[str, float, float]]:
    """Draw words on a plane, where similar ones stand together.

    Vectors are scaled to length 1. Labels do not overlap; a word without a free place for its label
    is a point only, and the title says how many there are.

    Parameters
    ----------
    path : path
        File to write; the suffix says the format.
    vectors : KeyedVectors or Word2Vec
        What to show.
    words : iterable of str, or mapping of str to these, optional
        The words, at least three; a mapping names groups, which get a colour and a mark each.
        By default the most frequent.
    most : int, default 100
        How many of the most frequent words are shown.
    map : {"pca", "tsne"}, default "pca"
        The plane of the first two principal components of these words, or t-SNE, which keeps more
        neighbours together and needs openTSNE, the extra ``map``.
    seed : int, default 1
        Of t-SNE.
    title : str, optional
        First line of the title; by default the settings of a model.

    Returns
    -------
    list of (str, float, float)
        Each word and its place.

    Raises
    ------
    UnknownWordError
        A word that has no vector.
    ValueError
        Fewer than three words.
    """
    one_of("map", map, MAPS)
    kv = _vectors(vectors)
    groups: dict[str, list[str]]
    if words is None:
        groups = {"": frequent(kv, whole_number("most", most, 3))}
    elif isinstance(words, Mapping):
        groups = {name: list(_distinct(of)) for name, of in words.items()}
    else:
        groups = {"": list(_distinct(words))}
    shown = list(_distinct(chain(*groups.values())))
    if len(shown) < 3:
        raise ValueError(f"a map needs three different words; there are {len(shown)}")
    X = kv.vectors_for(shown, norm=True)
    places, axis, what = _plane(X)
    if map == "tsne":
        places, axis, what = tsne(X, places, seed), "t-SNE, axis", f"t-SNE, seed {seed}"
    row = {word: places[i] for i, word in enumerate(shown)}

    figure, axes = kinds_figure(groups, row)
    axes.set(xlabel=f"{axis} 1", ylabel=f"{axis} 2")
    axes.margins(0.08, 0.06)
    lines = [title or _about(vectors), f"{len(shown)} words, {what}"]
    _title(axes, *lines)
    left_out = label(
        axes,
        places[:LABELS],
        shown[:LABELS],
        others=places[LABELS:],
        size=7 if len(shown) > LARGE else 9,
    )
    hidden = left_out + max(0, len(shown) - LABELS)
    if hidden:
        lines[1] += f", {hidden} without a label"
        _title(axes, *lines)
    save(figure, path)
    return [(word, float(x), float(y)) for word, (x, y) in row.items()]


def kinds_figure(
    kinds: Mapping[str, Sequence[str]], places: Mapping[str, Floats]
) -> tuple[Any, Any]:
    """Return a figure of words as points, with a colour and a mark for each kind, and its axes."""
    large = len(places) > LARGE
    figure = new_figure(9, 7) if large else new_figure(7, 5.4)
    axes = figure.subplots()
    handles: list[Any] = []
    for i, (name, of) in enumerate(kinds.items()):
        at = np.array([places[word] for word in of]).reshape(-1, 2)
        mark, colour = MARKERS[i % len(MARKERS)], COLOURS[i % len(COLOURS)]
        handles += axes.plot(*at.T, mark, color=colour, ms=3 if large else 4.5, label=name)
    axes.grid(alpha=0.2)
    if len(kinds) > 1:
        legend_below(figure, handles, 5)
    return figure, axes


@styled
def heatmap(
    path: Path,
    vectors: KeyedVectors | Word2Vec,
    words: Iterable[str],
    *,
    title: str | None = None,
) -> list[tuple[str, str, float]]:
    """Draw how similar words are to each other: a cosine for each two, as a table of colours.

    Parameters
    ----------
    path : path
        File to write; the suffix says the format.
    vectors : KeyedVectors or Word2Vec
        What to show.
    words : iterable of str
        From 2 to 60 words, in the order of rows and columns.
    title : str, optional
        First line of the title; by default the settings of a model.

    Returns
    -------
    list of (str, str, float)
        Each two words and their cosine.

    Raises
    ------
    UnknownWordError
        A word that has no vector.
    ValueError
        Fewer than 2 different words, or more than 60.
    """
    kv = _vectors(vectors)
    shown = list(_distinct(words))
    if not 2 <= len(shown) <= MOST:
        raise ValueError(f"a table takes from 2 to {MOST} different words, not {len(shown)}")
    table = kv.similarity_matrix(shown)
    n = len(shown)
    others = np.where(np.eye(n, dtype=bool), np.nan, table)
    limit = float(np.nanmax(np.abs(others))) or 1.0
    size = max(4.0, 0.36 * n) if n > NUMBERS else 1.6 + 0.52 * n
    figure = new_figure(size + 1.2, size + 0.6)
    axes = figure.subplots()
    axes.set_facecolor("0.85")  # the diagonal, always 1
    colours, low = ("PuOr_r", -limit) if np.nanmin(others) < 0 else ("Oranges", 0.0)
    image = axes.imshow(others, cmap=colours, vmin=low, vmax=limit)
    if n <= NUMBERS:
        for (i, j), value in np.ndenumerate(others):
            dark = abs(value) > 0.6 * limit
            text = "1" if i == j else f"{value:.2f}".replace("-0.00", "0.00")
            colour = "w" if dark else "k"
            axes.text(j, i, text, ha="center", va="center", size=8, color=colour)
    names = [written(word) for word in shown]
    axes.set_xticks(range(n), names, rotation=90, parse_math=False)
    axes.set_yticks(range(n), names, parse_math=False)
    axes.set(xlabel="word", ylabel="word")
    figure.colorbar(image, ax=axes, label="cosine of two words", shrink=0.8)
    _title(axes, title or _about(vectors), f"how similar {n} words are")
    save(figure, path)
    return [(shown[i], shown[j], float(table[i, j])) for i in range(n) for j in range(n) if i < j]


@styled
def arrows(
    path: Path,
    vectors: KeyedVectors | Word2Vec,
    pairs: Sequence[tuple[str, str]],
    *,
    title: str | None = None,
) -> list[tuple[str, str, float]]:
    """Draw analogies: an arrow from the first to the second word of each pair.

    If a is to b as c is to d, the arrows from a to b and from c to d are alike. The plane is that
    of the first two principal components of these words, so arrows may look more alike than they
    are. The title says how alike they are in all dimensions.

    Parameters
    ----------
    path : path
        File to write; the suffix says the format.
    vectors : KeyedVectors or Word2Vec
        What to show.
    pairs : sequence of (str, str)
        At least two, such as countries and their capitals.
    title : str, optional
        First line of the title; by default the settings of a model.

    Returns
    -------
    list of (str, str, float)
        Each pair, and the cosine of its arrow with the mean of the others, in all dimensions.

    Raises
    ------
    UnknownWordError
        A word that has no vector.
    ValueError
        Fewer than two pairs, or two equal words in a pair.
    """
    kv = _vectors(vectors)
    pairs = [(a, b) for a, b in pairs]
    if len(pairs) < 2:
        raise ValueError(f"arrows need two pairs of words or more; there are {len(pairs)}")
    for a, b in pairs:
        if a == b:
            raise ValueError(f"an arrow leads from one word to another, not from {a!r} to itself")
    shown = list(_distinct(chain(*pairs)))
    X = kv.vectors_for(shown, norm=True)
    places, axis, what = _plane(X)
    row = {word: i for i, word in enumerate(shown)}
    start, end = (np.array([row[pair[side]] for pair in pairs]) for side in (0, 1))
    steps = (X[end] - X[start]).astype(np.float64)
    alike = [cosine(step, steps.sum(axis=0) - step) for step in steps]

    figure = new_figure(7, 5.4)
    axes = figure.subplots()
    first, second = {a for a, _ in pairs}, {b for _, b in pairs}
    kinds = [0 if w in first - second else 1 if w in second - first else 2 for w in shown]
    for kind in sorted(set(kinds)):
        at = places[[i for i, k in enumerate(kinds) if k == kind]]
        axes.plot(*at.T, MARKERS[kind], color=COLOURS[kind], ms=5)
    for i, j in zip(start, end, strict=True):
        look = {"arrowstyle": "-|>", "color": "0.45", "shrinkA": 3, "shrinkB": 3}
        axes.annotate("", places[j], places[i], arrowprops=look)
    axes.set(xlabel=f"{axis} 1", ylabel=f"{axis} 2")
    axes.margins(0.22, 0.1)
    axes.grid(alpha=0.2)
    away = np.zeros_like(places)  # from the other end
    np.add.at(away, end, places[end] - places[start])
    np.add.at(away, start, places[start] - places[end])
    alikeness = f"{np.mean(alike):.2f}"
    _title(
        axes,
        title or _about(vectors),
        f"cosine of an arrow with the mean of the others, in all dimensions: {alikeness}",
        f"the plane: {what}",
    )
    label(axes, places, shown, away=away, size=9)
    save(figure, path)
    return [(a, b, c) for (a, b), c in zip(pairs, alike, strict=True)]


def _vectors(vectors: KeyedVectors | Word2Vec) -> Any:
    kv: Any = getattr(vectors, "wv", vectors)
    if not isinstance(kv, StoredVectors):
        kind = type(kv).__name__
        raise TypeError(f"vectors must be KeyedVectors or a model, not {kind}: load a file first")
    return kv


def frequent(kv: Any, most: int) -> list[str]:
    """Return the most frequent words: by counts, or the first where there are none."""
    if kv.counts is None:
        return [kv.index_to_key[row] for row in range(min(most, len(kv)))]
    return [kv.index_to_key[row] for row in np.argsort(-kv.counts, kind="stable")[:most]]


def _distinct(words: Iterable[str]) -> Iterable[str]:
    if isinstance(words, str):
        raise TypeError("words must be a list; a single word is written [word]")
    return dict.fromkeys(words)


def _plane(X: Floats) -> tuple[Floats, str, str]:
    """Return places on the principal components, an axis' name, and what the plane holds."""
    centre, axes = principal_axes(X)
    places = (X - centre) @ axes
    whole = float(np.square(X - centre).sum())
    share = float(np.square(places).sum()) / whole if whole else 1.0
    return (
        places,
        "principal component",
        f"PCA, {share:.0%} of the variance",
    )


def _about(vectors: Any) -> str:
    """Name the settings of a model; vectors alone have none."""
    settings = getattr(vectors, "settings", None)
    return describe(dict(settings)) if settings else f"{len(_vectors(vectors)):,} word vectors"


def describe(settings: Mapping[str, Any]) -> str:
    """Return the settings that a title names."""
    names = ("vector_size", "window", "epochs", "seed")
    known = [f"{name} {settings[name]}" for name in names if name in settings]
    how = [str(settings[name]) for name in ("architecture", "loss") if name in settings]
    return ", ".join([" ".join(how), *known] if how else known)


def _title(axes: Any, *lines: str) -> None:
    axes.set_title("\n".join(lines), fontsize=10, parse_math=False)
