"""Ctrl-C and SIGTERM: the first one ends in good order what runs, the second ends all at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Terminated(KeyboardInterrupt):
    """SIGTERM came; what handles Ctrl-C handles it, too."""


class Guard:
    """While it is entered, the first signal raises KeyboardInterrupt or :class:`Terminated`.

    From then on both signals do what the system does with them: they end the process. A handler
    that somebody else has set stays as it is, and so does an ignored signal. Outside the main
    thread, where Python knows no signals, nothing happens.

    Attributes
    ----------
    came : int or None
        The signal that came.
    """

    def __init__(self, *signals: int) -> None:
        self.came: int | None = None
        self._signals = signals
        self._before: dict[int, Any] = {}
        self._held = False

    def __enter__(self) -> Guard:
        """Take the signals over."""
        global _active
        if threading.current_thread() is threading.main_thread():
            for number in self._signals:
                handler = signal.getsignal(number)
                if handler in (signal.SIG_DFL, signal.default_int_handler):
                    self._before[number] = signal.signal(number, self._handle)
            if self._before:
                self._outer, _active = _active, self
        return self

    def __exit__(self, *_: object) -> None:
        """Give them back."""
        global _active
        if self._before:
            _active = self._outer
            for number, handler in self._before.items():
                signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.came = number
        for each in self._before:
            signal.signal(each, signal.SIG_DFL)
        if not self._held:
            raise _raised(number)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Let a short piece of work be done: the first signal is heeded behind it."""
        self._held = True
        try:
            yield
        finally:
            self._held = False


_active: Guard | None = None


def _raised(number: int) -> KeyboardInterrupt:
    return Terminated() if number == signal.SIGTERM else KeyboardInterrupt()


@contextmanager
def hold() -> Iterator[None]:
    """Let a short piece of work be done, such as saving: the first signal is heeded behind it."""
    guard = _active
    if guard is None or guard.came is not None:
        yield
        return
    with guard.hold():
        yield
    if guard.came is not None:
        raise _raised(guard.came)


def status() -> int:
    """Return the exit status of a process that the signal of now ends, as a shell gives it."""
    came = None if _active is None else _active.came
    return 128 + (came or signal.SIGINT)


def use_the_systems() -> None:
    """Let both signals end the process at once, without a word, unless they are ignored."""
    for number in SIGNALS:
        with suppress(ValueError):  # no main thread
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)
