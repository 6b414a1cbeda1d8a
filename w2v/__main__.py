"""``python -m w2v`` and ``w2v``: the command line."""

import sys

from w2v import interrupts

interrupts.use_the_systems()  # until main is there; else Ctrl-C would show where an import stood

from w2v.cli.program import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
