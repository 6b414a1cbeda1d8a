"""How many cores there are, and plain work spread over them."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import pairwise

# Memory a thread should have to go through, so that starting it (some 50 us) is worth it.
_PART_BYTES = 8 << 20


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
    parts = max(1, min(available_cores(), n * size // _PART_BYTES))
    if parts == 1:
        work(0, n)
        return
    from concurrent.futures import ThreadPoolExecutor  # only here: it imports logging

    cuts = [n * i // parts for i in range(parts + 1)]
    with ThreadPoolExecutor(parts - 1) as pool:
        others = [pool.submit(work, *cut) for cut in pairwise(cuts[1:])]
        work(*cuts[:2])
        for other in others:
            other.result()
