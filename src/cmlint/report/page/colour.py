"""Colours for Python, by a single pattern: strings, comments, keywords, numbers, decorators.

May miscolour what begins in the middle of a string; it never changes the text.
"""

from __future__ import annotations

import bisect
import keyword
import re
from collections.abc import Sequence
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?P<c>\#[^\n]*)
      | (?P<s>\b[rbfutRBFUT]{0,2}(?:\"{3}(?:\\.|[^\\])*?(?:\"{3}|\Z) | '{3}(?:\\.|[^\\])*?(?:'{3}|\Z)
              | \"(?:\\.|[^\"\\\n])*\"? | '(?:\\.|[^'\\\n])*'?))
      | (?P<s2>\"{3}(?:\\.|[^\\])*?(?:\"{3}|\Z) | '{3}(?:\\.|[^\\])*?(?:'{3}|\Z)
              | \"(?:\\.|[^\"\\\n])*\"? | '(?:\\.|[^'\\\n])*'?)
      | (?P<d>(?<=\s)@[\w.]+|\A@[\w.]+)
      | (?P<n>\b\d[\w.]*)
      | (?P<w>\w+)""",
    re.DOTALL | re.VERBOSE,
)
_KEYWORDS = frozenset(keyword.kwlist)


class Stretch(NamedTuple):
    """Columns of a line, 0-based and the end exclusive, and the class of their element."""

    start: int
    end: int
    style: str


def coloured(lines: Sequence[str]) -> list[list[Stretch]]:
    """For each of these lines, which follow each other in a file, its coloured stretches from left to right."""
    text = "\n".join(lines)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    found: list[list[Stretch]] = [[] for _ in lines]
    for token in _TOKEN.finditer(text):
        style = _style(token)
        if style:
            _add(found, starts, token.span(), style)
    return found


def _style(token: re.Match[str]) -> str:
    if token.lastgroup == "w":
        return "k" if token[0] in _KEYWORDS else ""
    return (token.lastgroup or "")[:1]


def _add(found: list[list[Stretch]], starts: Sequence[int], span: tuple[int, int], style: str) -> None:
    """Put a token that may go over several lines into each of them."""
    start, end = span
    index = bisect.bisect_right(starts, start) - 1
    while start < end:
        stop = min(end, starts[index + 1] - 1)
        if stop > start:
            found[index].append(Stretch(start - starts[index], stop - starts[index], style))
        index += 1
        start = starts[index]
