"""``python -m w2v``: the command line."""

import sys

try:
    from w2v.cli.program import main
except KeyboardInterrupt:  # main knows what to say once it is there
    sys.exit("w2v: interrupted")

sys.exit(main())
