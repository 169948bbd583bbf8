"""Where a definition ends, told by indentation alone: a slice that is cut too early does not parse."""

from __future__ import annotations

import re

_NEXT = re.compile(r"(?P<indent>[ \t\f]*)(?=[^\s\#)\]}])")


def end_of(text: str, at: int, indent: str) -> int:
    """Where the definition ends that starts at `at`: at the next statement that is not indented deeper."""
    width = _width(indent)
    at = text.find("\n", at) + 1
    while at:
        match = _NEXT.match(text, at)
        if match and _width(match["indent"]) <= width:
            return at
        at = text.find("\n", at) + 1
    return len(text)


def _width(indent: str) -> int:
    return len(indent.replace("\f", "").expandtabs(8))
