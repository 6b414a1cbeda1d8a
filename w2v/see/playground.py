"""A page in which the compiled core itself trains, as WebAssembly: word vectors and networks.

The page is one file. It opens by double click and asks the network for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from w2v.checks import quoted
from w2v.demos import world
from w2v.files.storage import Path
from w2v.see.page import check_name, read_bytes, write_page

__all__ = ["playground"]

_SCRIPTS = (
    *("space.js", "pane.js", "chart.js", "core.js"),
    *("live.js", "step.js", "words.js"),
    *("network.js", "lab.js"),
    "playground.js",
)
_LONG = 100_000  # characters: a text that can spare its rare words


def playground(
    path: Path, texts: Mapping[str, str] | None = None, *, title: str = "w2v playground"
) -> int:
    """Write a page in which a person trains word vectors and networks, and watches.

    The compiled core stands in the page, and trains in the browser with the bytes that
    ``Word2Vec(workers=1, deterministic=False)`` gives for the same seed on a processor without
    wide vectors.

    Parameters
    ----------
    path : path
        The page, an HTML file.
    texts : mapping of str to str, optional
        Name -> text: texts that the page offers first, before the embedded small world and the
        lecture's toy corpus.
    title : str, default "w2v playground"
        The page's title.

    Returns
    -------
    int
        Bytes of the page.

    Raises
    ------
    ValueError
        If the path is not that of an HTML file.

    Examples
    --------
    >>> import w2v
    >>> size = w2v.playground("page.html", {"mine": "the rain in spain"})  # doctest: +SKIP
    """
    check_name(path)
    offered: list[dict[str, Any]] = []
    for name, text in (texts or {}).items():
        if not isinstance(text, str):
            raise TypeError(f"the text {quoted(name)} must be a str, not {type(text).__name__}")
        settings = {"min_count": 5 if len(text) > _LONG else 1}
        offered.append({"name": str(name), "text": text, "settings": settings})
    offered += [_world(), _toy()]
    blobs = {"core": read_bytes("core.wasm")}
    return write_page(path, "playground.html", _SCRIPTS, title, {"texts": offered}, blobs)


def _world() -> dict[str, Any]:
    text = "\n".join(map(" ".join, world.sentences()))
    settings = {
        **{"architecture": "skipgram", "loss": "ns", "vector_size": 50, "window": 5},
        **{"min_count": 5, "negative": 5, "epochs": 20, "alpha": 0.025, "seed": 1},
    }
    return {"name": "a small world", "text": text, "settings": settings}


def _toy() -> dict[str, Any]:
    text = "\n".join(map(" ".join, world.TOY * 100))
    settings = {
        **{"architecture": "skipgram", "loss": "softmax", "vector_size": 2, "window": 1},
        **{"min_count": 1, "epochs": 20, "alpha": 0.5, "seed": 1},
    }
    return {"name": "the lecture's toy corpus", "text": text, "settings": settings}
