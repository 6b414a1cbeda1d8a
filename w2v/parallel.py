"""How many cores there are, plain work spread over them, and a team of threads."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from w2v.checks import quoted, whole_number

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

# Memory a thread should have to go through, so that waking it (some 50 us) is worth it.
_PART_BYTES = 8 << 20
_MOST_WORKERS = 1024
TICK = 0.1  # seconds between two looks at a team

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


# --- how many ------------------------------------------------------------------------------------


def available_cores() -> int:
    """Return the number of cores this process may use.

    ``W2V_THREADS`` decides where it is set. Otherwise the number is that of the cores the process
    may run on, or its control group's quota of processor time, rounded up, if that is less.

    Raises
    ------
    ValueError
        If ``W2V_THREADS`` is set to something other than a whole number >= 1.
    """
    wanted = os.environ.get("W2V_THREADS", "").strip()
    if wanted:
        if not (wanted.isascii() and wanted.isdigit() and int(wanted) >= 1):
            raise ValueError(f"W2V_THREADS must be a whole number >= 1, not {quoted(wanted)}")
        return int(wanted)
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    quota = _quota()
    return cores if quota is None else max(1, min(cores, quota))


@cache  # a query asks how many cores there are, and reading files takes longer than it
def _quota(root: Path = Path("/")) -> int | None:
    """Return the least CPU quota of this process's control group and its parents, in cores.

    None if there is no limit, as outside Linux. Version 2 keeps "quota period" (or "max") in one
    file, version 1 each in its own, with -1 for no limit.
    """
    found: list[float] = []
    with suppress(OSError):
        for line in (root / "proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers and "cpu" not in controllers.split(","):
                continue
            top = root / "sys/fs/cgroup" / ("cpu" if controllers else "")
            own = Path(path.lstrip("/"))
            # A container may see its own group as the top, whatever path it is told.
            for group in (own, *own.parents):
                with suppress(OSError, ValueError):
                    if controllers:
                        names = ("cpu.cfs_quota_us", "cpu.cfs_period_us")
                        quota, period = (float((top / group / name).read_text()) for name in names)
                    else:
                        quota, period = map(float, (top / group / "cpu.max").read_text().split())
                    if quota > 0 and period > 0:
                        found.append(quota / period)
    return int(-(-min(found) // 1)) if found else None


def worker_count(workers: int | None) -> int:
    """Return how many threads the setting `workers` asks for.

    Parameters
    ----------
    workers : int or None
        So many threads; None, 0 or -1: one for each core (:func:`available_cores`).

    Raises
    ------
    TypeError, ValueError
        If it is something else.
    """
    if workers is None:
        return available_cores()
    count = whole_number("workers", workers, -1, _MOST_WORKERS)
    return count if count > 0 else available_cores()


# --- one thread a model --------------------------------------------------------------------------

_at_work: dict[int, tuple[int, int]] = {}  # id of a model -> the thread that trains it, how deep
_at_work_lock = threading.Lock()


@contextmanager
def alone(model: Any) -> Iterator[None]:
    """Let one thread at a time train a model.

    Raises
    ------
    RuntimeError
        If another thread trains it now.
    """
    me, key = threading.get_ident(), id(model)
    with _at_work_lock:
        owner, depth = _at_work.get(key, (me, 0))
        if owner != me:
            raise RuntimeError(
                f"another thread trains this {type(model).__name__} now: wait for it, or take a "
                "model of its own in each thread"
            )
        _at_work[key] = me, depth + 1
    try:
        yield
    finally:
        with _at_work_lock:
            _, depth = _at_work.pop(key)
            if depth > 1:
                _at_work[key] = me, depth - 1


def _forget_work() -> None:
    global _at_work_lock
    _at_work_lock = threading.Lock()
    _at_work.clear()


if hasattr(os, "register_at_fork"):  # a forked child has no other thread
    os.register_at_fork(after_in_child=_forget_work)


# --- work in threads -----------------------------------------------------------------------------


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


def run_team(
    work: Callable[[int], Any],
    workers: int,
    stop: Callable[[], None],
    show: Callable[[], None] = lambda: None,
) -> None:
    """Call ``work(worker)`` for 0 .. workers - 1, each in a thread of its own.

    Parameters
    ----------
    work : callable
        Spends its time without the GIL, and returns soon after `stop` was called.
    workers : int
        Number of threads.
    stop : callable
        Asks all workers to end: called once any has failed, and at the end. It is called ten times
        a second until all have ended, so it may ask in other words.
    show : callable, optional
        Called ten times a second by the calling thread, and once after the last worker's end.

    Raises
    ------
    BaseException
        The first exception of a worker, or one raised here (Ctrl-C), once all workers have ended.
    """
    failures: list[BaseException] = []
    # Waiting is for these events, not for Thread.join(): a join that Ctrl-C interrupts takes its
    # thread for ended (CPython up to 3.12).
    ended = [threading.Event() for _ in range(workers)]
    # Nobody works before all threads are there: workers wait for each other.
    begin, complete = threading.Event(), False

    def run(worker: int) -> None:
        try:
            begin.wait()
            if complete:
                work(worker)
        except BaseException as error:
            failures.append(error)
            stop()
        finally:
            ended[worker].set()

    threads = [threading.Thread(target=run, args=(i,), daemon=True) for i in range(workers)]
    try:
        for thread in threads:
            thread.start()
        complete = True
        begin.set()
        for event in ended:
            while not event.wait(TICK):
                show()
        show()
    finally:
        stop()
        begin.set()
        for thread, event in zip(threads, ended, strict=True):
            if thread.ident is not None:
                while not event.wait(TICK):
                    stop()
                thread.join()
    if failures:
        raise failures[0]
