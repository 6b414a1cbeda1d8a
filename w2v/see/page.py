"""What pages are put together from: one file each, which opens by double click."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Any

from w2v.files.storage import Path, atomic_write

__all__ = ["check_name", "read_bytes", "write_page"]

_PAGES = resources.files("w2v.see") / "pages"


def check_name(path: Path) -> None:
    """Raise ValueError unless a path has the name of an HTML file."""
    if os.path.splitext(os.fspath(path))[1].lower() not in (".html", ".htm"):
        raise ValueError(f"{path}: the page is an HTML file; give it a name that ends in .html")


def write_page(
    path: Path,
    template: str,
    scripts: Iterable[str],
    title: str,
    data: Any,
    blobs: Mapping[str, bytes],
) -> int:
    """Write a page; return its bytes.

    Nothing of the data can end an element of the page or begin one.

    Parameters
    ----------
    path : path
        The page.
    template : str
        The HTML file among the pages; it holds @TITLE@, @STYLE@, @DATA@, @BLOBS@ and @SCRIPT@.
    scripts : iterable of str
        The JavaScript files, in their order.
    title : str
        Of the page.
    data : any
        What the scripts find in the element ``data``, as JSON.
    blobs : mapping of str to bytes
        What they find in elements with these names.
    """
    parts = {
        "TITLE": title.replace("&", "&amp;").replace("<", "&lt;"),
        "STYLE": _read("style.css"),
        "DATA": json.dumps(data, allow_nan=False).replace("<", "\\u003c"),
        "BLOBS": "\n".join(
            f'<script type="text/plain" id="{name}">{base64.b64encode(blob).decode()}</script>'
            for name, blob in blobs.items()
        ),
        "SCRIPT": "".join(map(_read, scripts)),
    }
    page = re.sub("@([A-Z]+)@", lambda found: parts[found[1]], _read(template)).encode()
    with atomic_write(path) as file:
        file.write(page)
    return len(page)


def read_bytes(name: str) -> bytes:
    """Return a file among the pages."""
    return (_PAGES / name).read_bytes()


def _read(name: str) -> str:
    return (_PAGES / name).read_text(encoding="utf-8")
