"""Run gensim's own tests of Word2Vec and KeyedVectors on w2v.compat.gensim, and list the outcomes.

gensim's wheel brings its tests; they are run where they lie. In an environment with w2v:

    pip install gensim testfixtures POT
    python benchmarks/peer_tests.py [-v]

With -v the last line of each failure is shown.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import unittest
import warnings

MODULES = ("gensim.test.test_word2vec", "gensim.test.test_keyedvectors")


def swap() -> None:
    """Put our classes in the places of gensim's."""
    import gensim.models

    from w2v.compat.gensim import models as ours

    def read(cls, fname, binary_chunk_size, **given):  # a private function that tests call
        return cls.load_word2vec_format(fname, **given)

    gensim.models.keyedvectors._load_word2vec_format = read
    for name in ("word2vec", "keyedvectors"):
        theirs, mine = getattr(gensim.models, name), getattr(ours, name)
        for public in mine.__all__:
            setattr(theirs, public, getattr(mine, public))
            if hasattr(gensim.models, public):
                setattr(gensim.models, public, getattr(mine, public))


class Outcomes(unittest.TestResult):
    """Keep the outcome of each test."""

    def __init__(self) -> None:
        super().__init__()
        self.passed: list[str] = []

    def addSuccess(self, test: unittest.TestCase) -> None:  # noqa: N802
        """Note a test that passed."""
        self.passed.append(test.id())


def main() -> int:
    """Run the tests and print what came out."""
    warnings.simplefilter("ignore")
    logging.disable(logging.NOTSET)
    swap()
    outcomes = Outcomes()
    logging.getLogger().addHandler(logging.NullHandler())
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # one of the tests writes to where it is run
        unittest.defaultTestLoader.loadTestsFromNames(MODULES).run(outcomes)
        os.chdir(os.path.dirname(folder))
    failed = [*outcomes.failures, *outcomes.errors]
    for test, trace in sorted(failed, key=lambda pair: pair[0].id()):
        why = trace.strip().splitlines()[-1] if "-v" in sys.argv else ""
        print(f"not passed: {test.id().removeprefix('gensim.test.')} {why}".rstrip())
    for test, why in outcomes.skipped:
        print(f"skipped: {test.id().removeprefix('gensim.test.')} ({why})")
    print(f"{len(outcomes.passed)} of {outcomes.testsRun} tests passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
