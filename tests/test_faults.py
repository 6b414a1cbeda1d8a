"""A disk that fails: whatever call it is, an old or a new file is there, whole, and it is said."""

import errno
import os

import pytest
from faults import CALLS, ERRORS, fault
from saved_things import THINGS

pytestmark = pytest.mark.filterwarnings("ignore:max_iter=1 epochs are over")


def content(folder):
    return {name: (folder / name).read_bytes() for name in sorted(os.listdir(folder))}


def try_all(folder, thing, call, number, most=None):
    """Let each call of a kind fail, one a save; return how many there were."""
    path = folder / f"file{thing.suffix}"
    thing.save(path, 1)
    new = content(folder)
    thing.save(path, 0)
    old = content(folder)
    at = 0
    while most is None or at < most:
        at += 1
        with fault(call, at, number) as faults:
            try:
                thing.save(path, 1)
                error = None
            except OSError as raised:
                error = raised
        found = content(folder)
        if not faults.fired:
            assert error is None
            return at - 1
        assert found in (old, new), f"{call} {at}: half a file, or a leftover"
        if error is None:  # what can be done without
            assert call == "link"
            assert found == new
        else:
            assert error.errno == number
            assert "file" in str(error)
        thing.save(path, 0)
        assert content(folder) == old
    return at


def check(folder, name, number, most):
    seen = {}
    for call in CALLS:
        (folder / call).mkdir()
        seen[call] = try_all(folder / call, THINGS[name], call, number, most)
    files = 2 if name == "tsv" else 1
    assert seen["write"] >= min(files, most)
    assert seen["close"] >= min(files, most)
    assert seen["fsync"] == min(1 + files, most)  # of the folder, too
    assert seen["replace"] == seen["chmod"] == files
    return sum(seen.values())


@pytest.mark.parametrize("name", ["native", "tsv", "gzip", "network", "counts"])
def test_calls_of_the_system_fail(tmp_path, name):
    check(tmp_path, name, errno.ENOSPC, 2)


@pytest.mark.slow
@pytest.mark.parametrize("number", ERRORS, ids=errno.errorcode.get)
@pytest.mark.parametrize("name", THINGS)
def test_each_call_of_the_system_fails_once(tmp_path, name, number):
    # a picture has hundreds of writes
    faults = check(tmp_path, name, number, 8 if name in ("plot", "page") else 1000)
    print(f"{name}: {faults} faults")
