"""Text on its way to a terminal or into a table: what would act there is written out instead.

A word of a corpus may hold an escape sequence that clears the screen, a carriage return that writes
over the line, or a mark that turns the direction of what follows. All rooms use this function.
"""

from __future__ import annotations

import re

# Control characters, separators of lines and paragraphs, marks of direction, invisible characters
# that belong to no word, and lone surrogates. The joiners U+200C and U+200D belong to words.
_ACTS = (
    "\0-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff"
)
_CONTROL = re.compile(f"[{_ACTS}]")
_WITH_BACKSLASH = re.compile(rf"[\\{_ACTS}]")
_SHORT = {"\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\"}


def printable(text: str) -> str:
    r"""Write control characters as Python does in a string: ``\t``, ``\x1b``, ``\u202e``."""
    return text if text.isprintable() else _CONTROL.sub(_escape, text)


def printable_lines(text: str) -> str:
    """Do so in a text of several lines, whose newlines stay."""
    return "\n".join(map(printable, text.split("\n")))


def readable(text: str) -> str:
    """Do so, and double each backslash: a field that is read back by undoing both."""
    if text.isprintable() and "\\" not in text:  # as almost all are
        return text
    return _WITH_BACKSLASH.sub(_escape, text)


def printable_json(text: str) -> str:
    """Do so in JSON, in the escapes that JSON has."""
    return text if text.isascii() and "\x7f" not in text else _CONTROL.sub(_json_escape, text)


def _escape(found: re.Match[str]) -> str:
    letter, code = found[0], ord(found[0])
    return _SHORT.get(letter) or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")


def _json_escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
