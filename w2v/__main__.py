"""``python -m w2v``: the command line."""

import sys

from w2v.cli.program import main

sys.exit(main())
