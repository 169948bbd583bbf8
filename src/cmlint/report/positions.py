"""Lines and columns of offsets in a text."""

from __future__ import annotations

import re
from bisect import bisect_right

from cmlint.findings import Span

_NEWLINE = re.compile(r"\r\n|\n|\r")


class Positions:
    """The places of one text: 0-based offsets in characters to 1-based lines and columns."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(newline.end() for newline in _NEWLINE.finditer(text))]

    def span(self, start: int, end: int) -> Span:
        """The span from offset `start` up to offset `end` (exclusive)."""
        return Span(*self._place(start), *self._place(end))

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1
