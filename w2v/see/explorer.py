"""A space of words as one page: a map to walk on, true neighbours, analogies, axes, a second model.

The page is one file. It opens by double click and asks the network for nothing: the words, the map
and the vectors, a byte a number, stand in it.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from w2v.checks import quoted, whole_number
from w2v.files.records import csv_rows, text_lines
from w2v.files.storage import Path
from w2v.names import MAPS
from w2v.see.page import check_name, write_page
from w2v.see.projection import principal_axes, tsne
from w2v.vectors.stored import StoredVectors
from w2v.vectors.transport import turn

if TYPE_CHECKING:
    from w2v.training.word2vec import Word2Vec
    from w2v.vectors.keyed import KeyedVectors

__all__ = ["Explored", "explore"]

Floats = NDArray[np.float32]
Columns = Mapping[str, Mapping[str, Any]]

_SAMPLE = 200  # words whose exact neighbours say how true the page is
_NEIGHBOURS = 10


@dataclass(frozen=True)
class Explored:
    """What a page holds, and how true it is.

    Attributes
    ----------
    words : int
        Words on the map.
    vector_size : int
        Numbers of a vector.
    size : int
        Bytes of the page.
    error : float
        The largest error of a cosine, since a number takes a byte; of 200 words with all others.
    overlap : float
        Share of the ten nearest neighbours that the page finds, of these words.
    map_overlap : float
        Share of the ten nearest neighbours that are among the ten nearest points of the map.
    """

    words: int
    vector_size: int
    size: int
    error: float
    overlap: float
    map_overlap: float


def explore(
    vectors: KeyedVectors | Word2Vec,
    path: Path,
    *,
    other: KeyedVectors | Word2Vec | None = None,
    words: int = 50_000,
    map: str = "pca",
    columns: Columns | None = None,
    title: str | None = None,
    names: tuple[str, str] = ("first", "second"),
    seed: int = 1,
) -> Explored:
    """Write a page in which a person explores vectors.

    Parameters
    ----------
    vectors : KeyedVectors or Word2Vec
        What to show.
    path : path
        The page, an HTML file.
    other : KeyedVectors or Word2Vec, optional
        A second space, shown beside the first. It is turned (orthogonal Procrustes) so that the
        words of both lie as near to each other as they can.
    words : int, default 50000
        The most frequent words that are shown: by their counts, or the first where there are none.
    map : {"pca", "tsne"}, default "pca"
        How the map is made: the first two principal components, which is exact and quick, or
        t-SNE, which keeps more neighbours together and needs openTSNE, the extra ``map``.
    columns : mapping of mapping, optional
        Column -> word -> number or text: further colours of the map.
    title : str, optional
        The page's title.
    names : pair of str
        What two spaces are called in the page.
    seed : int, default 1
        Of t-SNE.

    Returns
    -------
    Explored

    Raises
    ------
    ValueError
        If a value is none of those above, there are fewer than three words, or the two spaces share
        fewer than three.
    ModuleNotFoundError
        If ``map="tsne"`` and there is no openTSNE.

    Notes
    -----
    A vector is scaled to length 1, its largest number to 127, and all are rounded. `Explored` says
    what that costs.
    """
    if map not in MAPS:
        raise ValueError(f"map must be one of {', '.join(MAPS)}, not {quoted(map)}")
    whole_number("words", words, 3)
    check_name(path)
    first = _Space(vectors, words)
    centre, axes = principal_axes(first.units)
    spaces, points = [first], [_points(first.units, centre, axes, map, seed)]
    if other is not None:
        second = _Space(other, words)
        spaces.append(second)
        points.append(_points(_turned(second, first), centre, axes, map, seed))
    title = title or f"{len(first.words):,} words"
    about: dict[str, Any] = {"title": title, "map": map, "models": [], "columns": []}
    blobs: dict[str, bytes] = {}
    for number, (space, xy) in enumerate(zip(spaces, points, strict=True)):
        blobs[f"xy{number}"], blobs[f"vectors{number}"] = xy.tobytes(), space.bytes.tobytes()
        counts = None if space.counts is None else space.counts.tolist()
        model = {"name": names[number], "words": space.words, "counts": counts}
        about["models"].append(model | {"size": space.units.shape[1], "truth": _truth(space, xy)})
    about["columns"] = [_column(name, of, first.words) for name, of in (columns or {}).items()]
    scripts = ("space.js", "pane.js", "explorer.js")
    size = write_page(path, "explorer.html", scripts, title, about, blobs)
    V, d = first.units.shape
    return Explored(V, d, size, **about["models"][0]["truth"])


class _Space:
    """The most frequent words of a space, their vectors at length 1, and these as bytes."""

    def __init__(self, vectors: KeyedVectors | Word2Vec, words: int) -> None:
        kv: Any = getattr(vectors, "wv", vectors)
        if not isinstance(kv, StoredVectors):
            kind = type(kv).__name__
            raise TypeError(
                f"vectors must be KeyedVectors or a model, not {kind}: load a file first"
            )
        if len(kv) < 3:
            raise ValueError(f"a map needs three words; there are {len(kv)}")
        rows = np.arange(len(kv))
        if kv.counts is not None:
            rows = np.argsort(-kv.counts, kind="stable")
        rows = rows[:words]
        self.words = [str(kv.index_to_key[row]) for row in rows]
        self.counts = None if kv.counts is None else kv.counts[rows]
        with np.errstate(invalid="ignore"):
            units = kv.vectors[rows] / kv.norms[rows, None]
        self.units: Floats = np.nan_to_num(units.astype(np.float32))
        largest = np.abs(self.units).max(axis=1, keepdims=True)
        self.bytes = np.rint(self.units * (127 / np.where(largest, largest, 1))).astype(np.int8)


def _points(
    units: NDArray[Any], centre: NDArray[Any], axes: NDArray[Any], map: str, seed: int
) -> Floats:
    """Return places on the map, (V, 2) within -1 .. 1."""
    points = (units - centre) @ axes
    if map == "tsne":
        points = tsne(units, points, seed)
    return (points / (np.abs(points).max() or 1.0)).astype(np.float32)


def _turned(space: _Space, onto: _Space) -> NDArray[np.float64]:
    """Return the vectors of one space, turned to lie near those of another (Procrustes)."""
    row = {word: number for number, word in enumerate(onto.words)}
    shared = [number for number, word in enumerate(space.words) if word in row]
    if len(shared) < 3:
        raise ValueError(f"the two spaces share {len(shared)} words; three are needed to turn one")
    target = onto.units[[row[space.words[number]] for number in shared]]
    return space.units @ turn(space.units[shared], target)


def _truth(space: _Space, xy: Floats) -> dict[str, float]:
    """Measure what bytes and the map cost, on words from all over the vocabulary."""
    V = len(space.words)
    sample = np.unique(np.linspace(0, V - 1, min(_SAMPLE, V)).astype(int))
    k = min(_NEIGHBOURS, V - 1)
    rounded = space.bytes.astype(np.float32)
    rounded /= np.maximum(np.linalg.norm(rounded, axis=1, keepdims=True), 1e-30)
    error, found, near = 0.0, 0, 0
    for row in sample:
        exact, ours = space.units @ space.units[row], rounded @ rounded[row]
        distance = ((xy - xy[row]) ** 2).sum(axis=1)
        error = max(error, float(np.abs(exact - ours).max()))
        exact[row] = ours[row] = -np.inf
        distance[row] = np.inf
        true = set(np.argpartition(-exact, k - 1)[:k].tolist())
        found += len(true & set(np.argpartition(-ours, k - 1)[:k].tolist()))
        near += len(true & set(np.argpartition(distance, k - 1)[:k].tolist()))
    total = k * len(sample)
    return {"error": error, "overlap": found / total, "map_overlap": near / total}


def _column(name: str, values: Mapping[str, Any], words: list[str]) -> dict[str, Any]:
    """Return a column of the page: numbers if all its values are, else texts."""
    of = {str(word): value for word, value in values.items()}  # words may be ids
    got = [of.get(word) for word in words]
    if all(value is None for value in got):
        raise ValueError(f"column {quoted(name)} has no value for any word of the map")
    try:
        numbers = [None if value in (None, "") else float(value) for value in got]
        numbers = [x if x is not None and math.isfinite(x) else None for x in numbers]
        return {"name": name, "numbers": numbers}
    except (TypeError, ValueError):
        return {"name": name, "texts": [None if value is None else str(value) for value in got]}


def read_columns(path: str | os.PathLike[str]) -> dict[str, dict[str, str]]:
    """Read columns of words: a table with a header, words in the first column.

    Parameters
    ----------
    path : path
        A TSV file, or a CSV file if its suffix says so.

    Returns
    -------
    dict of dict
        Column -> word -> value.

    Raises
    ------
    ValueError
        If there is no second column, or a line has not as many fields as the header.
    """
    delimiter = "," if os.fspath(path).endswith(".csv") else "\t"
    rows = csv_rows(path, text_lines(path, "utf-8", newline=""), delimiter)
    _, header = next(rows, (0, []))
    if len(header) < 2:
        kind = "commas" if delimiter == "," else "tabs"
        raise ValueError(f"{path}: expected a header of two or more names between {kind}")
    columns: dict[str, dict[str, str]] = {name: {} for name in header[1:]}
    for line, row in rows:
        if len(row) != len(header):
            raise ValueError(
                f"{path}, line {line}: {len(row)} fields, the header has {len(header)}"
            )
        for name, value in zip(header[1:], row[1:], strict=True):
            columns[name][row[0]] = value
    return columns
