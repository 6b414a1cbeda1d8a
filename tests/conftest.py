"""What holds for all tests."""

import signal

# A shell starts what runs in its background with Ctrl-C ignored, and so are its children; the
# tests of Ctrl-C would wait for ever.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
