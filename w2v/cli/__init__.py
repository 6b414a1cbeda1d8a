"""The command line: parses and prints."""

from w2v.cli.program import main

__all__ = ["main"]
