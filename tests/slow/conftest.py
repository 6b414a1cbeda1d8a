"""Tests that take minutes or gigabytes: they run where W2V_SLOW is set, and skip elsewhere."""

import os
import shutil

import pytest

HERE = os.path.dirname(__file__)


def pytest_collection_modifyitems(items):
    if not os.environ.get("W2V_SLOW"):
        for item in items:
            if str(item.path).startswith(HERE + os.sep):
                item.add_marker(pytest.mark.skip(reason="W2V_SLOW=1 runs what takes minutes"))


def available_memory():
    """Return how many bytes the system can give, None where it does not say."""
    try:
        with open("/proc/meminfo") as file:
            return 1024 * int(next(x for x in file if x.startswith("MemAvailable")).split()[1])
    except (OSError, StopIteration):
        return None


@pytest.fixture
def needs(tmp_path):
    """Skip a test unless there are so many bytes of memory and of disk."""

    def check(memory=0, disk=0):
        there = available_memory()
        if there is not None and there < memory:
            pytest.skip(f"needs {memory / 2**30:.1f} GiB of memory, {there / 2**30:.1f} are free")
        free = shutil.disk_usage(tmp_path).free
        if free < disk:
            pytest.skip(f"needs {disk / 2**30:.0f} GiB of disk, {free / 2**30:.0f} are free")

    return check
