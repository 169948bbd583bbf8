"""Whether a text parses, asked of the part that changed since the last text that did.

The part is cut at top-level `def` and `class` statements without decorators, which begin a statement whatever stands
around them. A part that parses by itself between such statements parses in its place; where it does not, or says what
counts for the whole file, the whole text is asked, so that no error is overlooked and none is invented.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable

from cmlint import source as sources
from cmlint.outline import Outline
from cmlint.source import Source, SourceError

_FOR_THE_WHOLE = re.compile(r"__future__|^(?:global|nonlocal)\b|coding", re.MULTILINE)


class Syntax:
    """The last text of one document that parsed, and where it can be cut."""

    def __init__(self) -> None:
        self._text: str | None = None
        self._cuts: list[int] = []

    def check(self, source: Source) -> None:
        """As `cmlint.source.check_syntax`. Raises SourceError."""
        part = None if self._text is None else self._changed_part(self._text, source.text)
        if part is not None:
            try:
                sources.check_syntax(Source(source.path, part, source.encoding))
                return
            except SourceError:
                pass  # the whole text is asked, which also knows the line
        sources.check_syntax(source)

    def parsed(self, whole: Outline) -> None:
        """Remember a text that parsed."""
        self._text = whole.text
        self._cuts = [
            whole.line_starts[definition.line - 1]
            for definition in whole.definitions
            if definition.parent is None and not definition.decorators and not definition.indent
        ]

    def _changed_part(self, old: str, new: str) -> str | None:
        """The part of the new text that has to parse; None where the whole has to."""
        before, behind = _in_common(old, new)
        left = bisect_right(self._cuts, before - 1) - 1
        right = bisect_left(self._cuts, len(old) - behind)
        start = self._cuts[left] if left >= 0 else 0
        end = self._cuts[right] if right < len(self._cuts) else len(old)
        part = new[start : end + len(new) - len(old)]
        removed = old[start:end]
        if _FOR_THE_WHOLE.search(part) or _FOR_THE_WHOLE.search(removed):
            return None
        return part if not part or part.endswith("\n") or end == len(old) else None


def _in_common(old: str, new: str) -> tuple[int, int]:
    """How many characters the two texts have in common at the beginning, and of the rest at the end."""
    shorter = min(len(old), len(new))
    before = _longest(shorter, lambda length: old[:length] == new[:length])
    behind = _longest(shorter - before, lambda length: old[len(old) - length :] == new[len(new) - length :])
    return before, behind


def _longest(most: int, agree: Callable[[int], bool]) -> int:
    """The greatest length up to `most` for which `agree` holds; it holds for all that are less."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if agree(middle) else (low, middle - 1)
    return low
