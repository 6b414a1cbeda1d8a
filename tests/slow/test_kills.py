"""1,000 processes killed while they save: W2V_KILLS says how many."""

import collections
import os
import random
import signal
import time

import pytest
from saved_things import THINGS

KILLS = int(os.environ.get("W2V_KILLS", 1000))

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
    pytest.mark.filterwarnings(
        "ignore::DeprecationWarning",
        "ignore:max_iter=1 epochs are over",
        "ignore:Creating legend",  # takes long, on a busy machine
    ),
]


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk():
    """Let the disk be waited for, as it is outside of tests."""


def names(folder):
    return set(os.listdir(folder))


def saving(thing, path, begun):
    """Save for ever, in a process of its own; return its number."""
    child = os.fork()
    if child == 0:
        try:
            os.write(begun, b"x")
            for n in range(10**9):
                thing.save(path, n % 2)
        finally:
            os._exit(1)
    return child


@pytest.mark.parametrize("name", THINGS)
def test_a_killed_save_loses_nothing(tmp_path, name):
    thing, rng = THINGS[name], random.Random(name)
    path = tmp_path / f"file{thing.suffix}"
    whole = []
    for n in (1, 0):
        start = time.perf_counter()
        thing.save(path, n)
        seconds = time.perf_counter() - start
        whole.append(path.read_bytes())
    there = names(tmp_path)
    seen = collections.Counter()
    for _ in range(-(-KILLS // len(THINGS))):
        reading, begun = os.pipe()
        child = saving(thing, path, begun)
        os.read(reading, 1)
        time.sleep(rng.uniform(0, 3) * seconds)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reading)
        os.close(begun)
        content = path.read_bytes()
        seen["lost"] += content not in whole
        seen["left behind"] += len(names(tmp_path) - there)
        if thing.load:
            thing.load(path)
        thing.save(path, 0)
        assert path.read_bytes() == whole[1]
        seen["left after the next save"] += len(names(tmp_path) - there)
        seen["kills"] += 1
    print(f"\n{name}: {dict(seen)}")
    assert not seen["lost"]
    assert not seen["left after the next save"]
