"""What holds for all tests."""

import os
import signal

import pytest

# A shell starts what runs in its background with Ctrl-C ignored, and so are its children; the
# tests of Ctrl-C would wait for ever.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch):
    """Leave out os.fsync, which takes most of the time of a test that writes a small file."""
    monkeypatch.setattr(os, "fsync", lambda file: None)
