"""What a split comes to: blocks around the yield with the positions of their clean-up, and the lines of both kinds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import libcst as cst

from cmlint.findings import Span


@dataclass(frozen=True)
class Level:
    """A block around the yield: the statement at `index` holds the yield; `cleanup` are later positions in it.

    unset: the locals that the clean-up needs and that only the statement at `index` binds; cuts: pairs of positions,
    a step between which can fail, while all from the second one on has to run.
    """

    block: cst.IndentedBlock
    index: int
    cleanup: frozenset[int]
    unset: frozenset[str] = frozenset()
    cuts: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Split:
    """The levels that hold clean-up, innermost first, and the lines (1-based) of the two kinds of statements."""

    levels: tuple[Level, ...]
    cleanup: tuple[Span, ...]
    success_only: tuple[Span, ...]
    obstacle: str | None
    doubt: str | None = None

    @property
    def cleanup_statements(self) -> tuple[cst.CSTNode, ...]:
        """The statements themselves."""
        return tuple(level.block.body[position] for level in self.levels for position in sorted(level.cleanup))

    @property
    def cleanup_lines(self) -> tuple[int, ...]:
        """All lines of the clean-up statements."""
        return lines_of(self.cleanup)

    @property
    def success_only_lines(self) -> tuple[int, ...]:
        """All lines of the success-only statements."""
        return lines_of(self.success_only)


def lines_of(spans: Iterable[Span]) -> tuple[int, ...]:
    """The lines that `spans` cover, in order."""
    return tuple(sorted({line for span in spans for line in range(span.line, span.end_line + 1)}))
