"""``--animate``: what a training must keep for its animation, and the file at the end."""

from __future__ import annotations

from typing import Any

from w2v.cli.common import check_output, say, sign_of_life
from w2v.cli.flags import Container, add


def add_animate(parser: Container) -> None:
    """Add the file of an animation."""
    add(parser, "--animate", "FILE", "show how it is learnt, too: .gif (pip install 'w2v[plot]')")


def check_animate(path: str | None) -> None:
    """Refuse an animation that could not be made, before the work begins."""
    if path is not None:
        from w2v.see import movies

        check_output(path)
        movies.check(path)


def kept_for(path: str | None, kind: str, *given: Any) -> Any:
    """Return the callback that keeps the course of a training, if --animate is given."""
    if path is None:
        return None
    from w2v.see import movies

    return getattr(movies, kind)(*given)


def animate(path: str | None, movie: str, *what: Any) -> None:
    """Animate with a function of w2v.see.movies, if --animate is given."""
    if path:
        with sign_of_life("drawing"):
            from w2v.see import movies

            getattr(movies, movie)(path, *what)
        say(f"wrote {path}")
