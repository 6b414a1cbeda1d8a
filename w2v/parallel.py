"""How many cores there are, and plain work spread over them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

# Memory a thread should have to go through, so that waking it (some 50 us) is worth it.
_PART_BYTES = 8 << 20

# Made by the first work that is worth it, and kept: starting threads costs a query a tenth of its
# time. They end with the process.
_threads: ThreadPoolExecutor | None = None


def _pool() -> ThreadPoolExecutor:
    global _threads
    if _threads is None:
        from concurrent.futures import ThreadPoolExecutor  # only here: it imports logging

        _threads = ThreadPoolExecutor(max(available_cores() - 1, 1), "w2v")
    return _threads


def _forget_pool() -> None:
    global _threads
    _threads = None


if hasattr(os, "register_at_fork"):  # a forked child has the pool but not its threads
    os.register_at_fork(after_in_child=_forget_pool)


def available_cores() -> int:
    """Return the number of cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_parts(work: Callable[[int, int], None], n: int, size: int) -> None:
    """Call ``work(start, stop)`` for parts that make up range(n), in threads where that pays.

    Parameters
    ----------
    work : callable
        Spends its time without the GIL; the parts must not depend on each other.
    n : int
        Number of items.
    size : int
        Bytes that the work on one item goes through.
    """
    parts = max(1, min(available_cores(), n, n * size // _PART_BYTES))
    # Once the main thread has ended, as in functions that run at exit, Python starts no threads.
    if parts == 1 or not threading.main_thread().is_alive():
        work(0, n)
        return
    from concurrent.futures import wait

    cuts = [n * i // parts for i in range(parts + 1)]
    others: list[Future[None]] = []
    try:
        others += (_pool().submit(work, *cut) for cut in pairwise(cuts[1:]))
        work(*cuts[:2])
    finally:
        wait(others)  # they write to what the caller owns
    for other in others:
        other.result()
