"""Trainings as animations: GIF files, one picture after the other. The extra ``plot`` draws them.

The same training gives the same bytes.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from w2v.checks import whole_number
from w2v.files.storage import Path, atomic_write
from w2v.see.figures import new_figure, styled
from w2v.see.fits import clouds_figure, fit_figure
from w2v.see.labels import label
from w2v.see.planes import xor_figure
from w2v.see.plots import descent_figure
from w2v.see.projection import principal_axes
from w2v.see.words import describe, frequent, kinds_figure

if TYPE_CHECKING:
    from w2v.demos.boolean import Xor
    from w2v.demos.report import Report
    from w2v.training.word2vec import Word2Vec

__all__ = [
    "Weights",
    "Words",
    "approximation",
    "check",
    "descent",
    "moments",
    "overfitting",
    "word_map",
    "xor",
]

FRAMES = 30
NAMED = 2  # words of each kind that have a label, where there are several kinds
FREQUENT = 60  # words that are shown unless others are named
DPI = 80
STEP, END = 120, 3000  # milliseconds that a picture is seen, and the last one
MOST = 1000  # kept weights from which every second is dropped


class Weights:
    """A callback that keeps the weights of a network in the course of its training.

    Of a long training it keeps every second, every fourth, ... epoch. A new training starts anew.

    Attributes
    ----------
    epochs : list of int
        Epochs after which weights were kept.
    kept : list of array
        Those weights: copies of ``network.parameters``.
    """

    def __init__(self) -> None:
        self.epochs: list[int] = []
        self.kept: list[NDArray[Any]] = []
        self._every = 1

    def __call__(self, network: Any, history: Any) -> None:
        """Keep the weights after an epoch."""
        epoch = len(history.loss_curve)
        if epoch == 1:
            self.__init__()  # type: ignore[misc]
        if epoch % self._every:
            return
        self.epochs.append(epoch)
        self.kept.append(network.parameters.copy())
        if len(self.epochs) > 2 * MOST:
            self._every *= 2
            self.epochs, self.kept = self.epochs[1::2], self.kept[1::2]


class Words:
    """A callback that keeps the vectors of some words after each epoch.

    Parameters
    ----------
    words : mapping of str to sequence of str, optional
        Kind -> its words. By default the 60 most frequent words are one kind.
    """

    def __init__(self, words: Mapping[str, Sequence[str]] | None = None) -> None:
        self.words = {kind: list(members) for kind, members in (words or {}).items()}
        self.kept: list[NDArray[Any]] = []

    def __call__(self, model: Any, record: Any) -> None:
        """Keep the vectors, at length 1."""
        if record["epoch"] == 1:
            self.kept = []
        if not self.words:
            self.words = {"": frequent(model.wv, FREQUENT)}
        every = [word for members in self.words.values() for word in members]
        self.kept.append(model.wv.vectors_for(every, norm=True).astype(np.float64))


def check(path: Path) -> None:
    """Refuse a file that is no GIF, and any without matplotlib."""
    if os.path.splitext(os.fspath(path))[1].lower() != ".gif":
        raise ValueError(f"{path}: an animation is a .gif file")
    new_figure(1, 1)


def moments(epochs: int, first: int = 0, frames: int = FRAMES) -> list[int]:
    """Return epochs that lie wider and wider apart, as a loss falls slower and slower."""
    later = np.geomspace(1, epochs + 1 - first, frames).round().astype(int) - 1
    return np.unique(later + first).tolist()


@styled
def xor(path: Path, result: Xor, weights: Weights, frames: int = FRAMES) -> None:
    """Show how XOR is learnt: in each picture as much has changed as in the one before.

    Parameters
    ----------
    path : path
        The file, .gif.
    result : Xor
        Of ``demos.xor(..., callback=weights)``.
    weights : Weights
        What was kept of its training.
    frames : int, default 30
        Pictures, at most.
    """
    if not result.loss_curve or not weights.kept:
        raise ValueError("the training diverged: there is no course of it to show")
    network = result.network.copy()
    inputs = result.inputs()

    def computed(parameters: NDArray[Any]) -> NDArray[Any]:
        network.parameters[:] = parameters
        layers = range(1, len(network.layers) + 1)
        return np.hstack([network.hidden(inputs, layer) for layer in layers]).ravel()

    chosen = _even([computed(parameters) for parameters in weights.kept], frames)

    def figures() -> Iterator[Any]:
        for i in chosen:
            network.parameters[:] = weights.kept[i]
            yield xor_figure(result._replace(network=network), weights.epochs[i])

    write(path, figures())


@styled
def descent(path: Path, report: Report, frames: int = FRAMES) -> None:
    """Show how six rules go down the loss of :func:`w2v.demos.descent`, epoch by epoch."""
    epochs = len(next(iter(report.facts["paths"].values()))) - 1
    shown = np.unique(np.linspace(0, epochs, min(frames, epochs + 1)).round().astype(int))
    write(path, (descent_figure(report, int(epoch)) for epoch in shown))


@styled
def approximation(path: Path, report: Report) -> None:
    """Show how networks come to fit: the moments that :func:`w2v.demos.approximation` has kept."""
    write(path, (fit_figure(report, i) for i in range(len(report.facts["moments"]))))


@styled
def overfitting(path: Path, report: Report) -> None:
    """Show how networks learn noise: the moments that :func:`w2v.demos.overfitting` has kept."""
    write(path, (clouds_figure(report, i) for i in range(len(report.facts["moments"]))))


@styled
def word_map(path: Path, words: Words, model: Word2Vec, frames: int = FRAMES) -> None:
    """Show how words find their places, on the plane of the principal components at the end.

    Parameters
    ----------
    path : path
        The file, .gif.
    words : Words
        A callback of the training.
    model : Word2Vec
        The model; its settings are the title.
    frames : int, default 30
        Pictures, at most.
    """
    centre, axes = principal_axes(words.kept[-1])
    places = np.array([(X - centre) @ axes for X in words.kept])
    low, high = places.min(axis=(0, 1)), places.max(axis=(0, 1))
    margin = 0.1 * (high - low) + 1e-9
    (left, bottom), (right, top) = low - margin, high + margin
    every = [word for members in words.words.values() for word in members]
    most = NAMED if len(words.words) > 1 else None
    named = [every.index(word) for of in words.words.values() for word in of[:most]]
    shown = np.unique(np.linspace(0, len(places) - 1, min(frames, len(places))).round().astype(int))

    def figures() -> Iterator[Any]:
        for i in shown:
            at = places[i]
            figure, axes = kinds_figure(words.words, dict(zip(every, at, strict=True)))
            axes.set(xlim=(left, right), ylim=(bottom, top))
            axes.set(xlabel="principal component 1", ylabel="principal component 2")
            about = f"{len(every)} words, PCA of the last epoch; epoch {i + 1} of {len(places)}"
            axes.set_title(
                f"{describe(dict(model.settings))}\n{about}", fontsize=10, parse_math=False
            )
            label(axes, at[named], [every[j] for j in named], others=at)
            yield figure

    write(path, figures())


def _even(states: Sequence[NDArray[Any]], frames: int) -> list[int]:
    """Choose states so that the change from each to the next is about the same."""
    whole_number("frames", frames, 2)
    steps = [float(np.linalg.norm(b - a)) for a, b in zip(states, states[1:], strict=False)]
    way = np.concatenate([[0.0], np.cumsum(steps)])
    chosen = np.searchsorted(way, np.linspace(0, way[-1], frames))
    return np.unique([*chosen, len(states) - 1]).tolist()


def write(path: Path, figures: Iterable[Any]) -> None:
    """Write figures as the pictures of a GIF, which starts again at its end."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    pictures = []
    for figure in figures:
        figure.set_dpi(DPI)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        pictures.append(Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3].copy()))
    # One palette for all, or a colour would change from picture to picture.
    thin = np.vstack([np.asarray(picture)[::4, ::2] for picture in pictures])
    colours = np.array(Image.fromarray(thin).quantize(256).getpalette(), int).reshape(-1, 3)
    colours[(colours > 247).all(axis=1)] = 255  # white, not nearly white
    palette = Image.new("P", (1, 1))
    palette.putpalette(colours.ravel().tolist())
    pictures = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]
    out = io.BytesIO()
    pictures[0].save(
        out,
        "GIF",
        save_all=True,
        append_images=pictures[1:],
        duration=[STEP] * (len(pictures) - 1) + [END],
        loop=0,
    )
    with atomic_write(path) as file:
        file.write(out.getvalue())
