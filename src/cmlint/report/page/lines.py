"""A text by its lines, as Python counts them, and one line as HTML."""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cmlint.report.page.colour import Stretch
from cmlint.report.page.escaping import visible

_END = re.compile(r"\r\n|\r|\n")
_LONGEST = 600  # characters of one line that are shown


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a text without their ends, and the offset at which each begins."""

    lines: tuple[str, ...]
    starts: tuple[int, ...]

    def number_at(self, offset: int) -> int:
        """The 1-based number of the line that holds the character at `offset`."""
        return bisect.bisect_right(self.starts, offset)

    def says(self, number: int) -> bool:
        """Whether anything stands in this line."""
        return bool(self.lines[number - 1].strip())

    def between(self, first: int, last: int) -> tuple[str, ...]:
        """The lines with these numbers, both included."""
        return self.lines[first - 1 : last]


def split(text: str) -> Lines:
    """The text by its lines."""
    ends = [(match.start(), match.end()) for match in _END.finditer(text)]
    starts = (0, *(end for _, end in ends))
    stops = (*(start for start, _ in ends), len(text))
    return Lines(tuple(text[a:b] for a, b in zip(starts, stops, strict=True)), starts)


def common_indent(lines: Iterable[str]) -> int:
    """How many characters of indentation all these lines share: they need not be shown."""
    indents = [line[: len(line) - len(line.lstrip(" \t"))] for line in lines if line.strip()]
    first, last = min(indents, default=""), max(indents, default="")  # of sorted texts these two differ the earliest
    return next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))


def line_html(line: str, colours: Sequence[Stretch], marks: Sequence[Stretch] = (), indent: int = 0) -> str:
    """One line without its first `indent` characters, with its colours, and with its marks around them.

    Of a very long line the end is not shown.
    """
    end_of_line = min(len(line), indent + _LONGEST)
    edges = {edge for s in (*colours, *marks) for edge in (s.start, s.end) if indent < edge < end_of_line}
    inner = sorted({min(indent, end_of_line), end_of_line, *edges})
    out: list[str] = []
    current = ""
    for start, end in itertools.pairwise(inner):
        mark, colour = _style_at(marks, start), _style_at(colours, start)
        if mark != current:
            out.append(("</mark>" if current else "") + (f'<mark class="{mark}">' if mark else ""))
            current = mark
        piece = visible(line[start:end])
        out.append(f'<span class="{colour}">{piece}</span>' if colour else piece)
    if current:
        out.append("</mark>")
    if len(line) > end_of_line:
        out.append(f'<span class="ctl">{len(line) - end_of_line} more characters</span>')
    return "".join(out)


def _style_at(stretches: Sequence[Stretch], column: int) -> str:
    return next((s.style for s in stretches if s.start <= column < s.end), "")
