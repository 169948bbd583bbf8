"""The lines of a file that may import something: a few hundred bytes to search for the names of modules."""

from __future__ import annotations

import re

_IMPORT = b"import"
_HEAD = 64  # bytes, in which a notebook begins with a brace
_STAR = re.compile(rb"import[ \t\\\r\n]*\*")
_CONTINUING = b"\\\r"  # one of them stands before the end of a line that goes on: a backslash, or what is between


def import_lines(raw: bytes) -> bytes:
    """Each line with `import` in it, with those that it goes on from and on to, one behind the other.

    All of the file where an import may bring any name (`from module import *`), and of a notebook, whose lines are
    strings of JSON. Approximates from above: the word may stand in a string or a comment.
    """
    if raw[:_HEAD].lstrip().startswith(b"{"):
        return raw
    found = []
    at = raw.find(_IMPORT)
    while at >= 0:
        start = raw.rfind(b"\n", 0, at)
        end = raw.find(b"\n", at)
        if start > 0 and raw[start - 1] in _CONTINUING:
            start = _begin(raw, start)
        if end < 0:
            end = len(raw)
        elif raw[end - 1] in _CONTINUING:
            end = _end(raw, end)
        found.append(raw[start + 1 : end])
        at = raw.find(_IMPORT, end)
    lines = b"\n".join(found)
    return raw if b"*" in lines and _STAR.search(lines) else lines


def _begin(raw: bytes, start: int) -> int:
    """The end of the line before the one that goes on at `start`; -1 for the first line."""
    while start > 0 and raw.endswith((b"\\", b"\\\r"), 0, start):
        start = raw.rfind(b"\n", 0, start)
    return start


def _end(raw: bytes, end: int) -> int:
    """The end of the last of the lines that the one goes on to that ends at `end`."""
    while end >= 0 and raw.endswith((b"\\", b"\\\r"), 0, end):
        end = raw.find(b"\n", end + 1)
    return len(raw) if end < 0 else end
