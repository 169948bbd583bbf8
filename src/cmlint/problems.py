"""What could not be done, and how a text is told that may hold anything."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be done, for one path: it is said, and the others are still checked."""

    path: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        path = printable(self.path)
        where = path if self.line is None else f"{path}:{self.line}"
        return f"{where}: {self.message}" if where else self.message


def printable(text: str) -> str:
    """`text` without what would start a line of its own, change a terminal or hide; as long as before."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
