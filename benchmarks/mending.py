"""Judges cmlint's fixes on the rows that say what is lost when the body raises (managers.tsv, fresh.tsv).

Repaired is a LEAK row when all its labelled clean-up also runs when the body raises, and CML101 to CML103 are silent
there. Harm is a labelled success-only line that became clean-up, a QUIET manager rewritten for a loss that its label
denies, a file that does not compile any more, and a second run that changes something. A QUIET manager that is
rewritten for another rule only (its setup or its clean-up fails) is counted apart: the labels say nothing of that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from definitions import Function, Node, defined, parsed, walk
from measures import Share
from parts import at_lines
from protection import Change
from raising import DEBATABLE, LEAK, QUIET
from reasons import why_not
from repairing import Applied, Mended
from rows import Row, RowSet
from tools import RAISING, Report


@dataclass(frozen=True)
class Harm:
    """Something that a fix must never do, and where."""

    what: str
    where: str


@dataclass(frozen=True)
class MendedRow:
    """A row after the fixes of one mode.

    reported: one of CML101 to CML103 was, before; obstacle: what is not repaired of a LEAK row.
    """

    row: Row
    rewritten: bool
    reported: bool
    obstacle: str | None

    @property
    def verdict(self) -> str:
        """LEAK, QUIET or DEBATABLE."""
        return next(iter(self.row.labels))


@dataclass(frozen=True)
class Mending:
    """The fixes of one mode on one set of rows."""

    mode: str
    rows: tuple[MendedRow, ...]
    harm: tuple[Harm, ...]

    @cached_property
    def not_repaired(self) -> tuple[MendedRow, ...]:
        """The LEAK rows that are not repaired."""
        return tuple(one for one in self.rows if one.verdict == LEAK and one.obstacle is not None)

    @property
    def repaired(self) -> Share:
        """The LEAK rows that are."""
        leaks = sum(one.verdict == LEAK for one in self.rows)
        return Share(leaks - len(self.not_repaired), leaks)

    @property
    def for_other_losses(self) -> tuple[MendedRow, ...]:
        """The QUIET managers that are rewritten, and not for what their label speaks of."""
        return tuple(one for one in self.rows if one.verdict == QUIET and one.rewritten and not one.reported)

    @property
    def debatable(self) -> Share:
        """How many DEBATABLE managers are rewritten: neither good nor harm."""
        rows = [one for one in self.rows if one.verdict == DEBATABLE]
        return Share(sum(one.rewritten for one in rows), len(rows))


def judge(mode: str, rows: RowSet, files: Mapping[Path, Mended]) -> Mending:
    """The fixes of `mode` on `rows`."""
    judged: list[MendedRow] = []
    harm: list[Harm] = []
    for row in rows.rows:
        file = files.get(row.file)
        if file is not None and row.definition is not None:
            one = _Judged(row, file, file.by(mode))
            judged.append(MendedRow(row, one.rewritten, bool(one.reports), one.obstacle()))
            harm += one.harm()
    harm += [found for file in _files(rows, files) for found in _harm_to_file(file, file.by(mode))]
    return Mending(mode, tuple(judged), tuple(harm))


def _files(rows: RowSet, files: Mapping[Path, Mended]) -> list[Mended]:
    return [files[file] for file in sorted({row.file for row in rows.rows}) if file in files]


def _harm_to_file(file: Mended, applied: Applied) -> Iterator[Harm]:
    if not applied.compiles:
        yield Harm("does not compile any more", str(file.file))
    if applied.again:
        yield Harm("a second run changes it", str(file.file))


class _Judged:
    """One row in one mode."""

    def __init__(self, row: Row, file: Mended, applied: Applied) -> None:
        self.row, self.applied = row, applied
        self.old, self.new = versions(row, file.text, applied.text)
        self.reports = file.reported().about(row.file, row.definition, RAISING)
        self.rewritten = self.old != self.new and _text(self.old, file.text) != _text(self.new, applied.text)

    @cached_property
    def change(self) -> Change | None:
        """The function before and after; None for a class."""
        if isinstance(self.old, Function) and isinstance(self.new, Function):
            return Change(self.old, self.new)
        return None

    def left(self) -> tuple[Report, ...]:
        """What is still reported on the repaired manager."""
        if self.new is None:
            return ()
        place = defined(self.row.definition.qualname, self.new) if self.row.definition else None
        return tuple(r for r in self.applied.left if r.code in RAISING and place is not None and r.is_in(place))

    def obstacle(self) -> str | None:
        """What is not repaired, and why; None where all is."""
        left = self.left()
        if not self.rewritten or left:
            return why_not(self.reports, left, rewritten=self.rewritten)
        if self.change is None:
            return None
        labelled = at_lines(self.change.before, self.row.cleanup_lines)
        lost = [statement.node.lineno for statement in labelled if not self.change.protects(statement)]
        if not labelled:
            return "no statement stands at the labelled lines"
        return f"the fix leaves out the clean-up in line {', '.join(map(str, lost))}" if lost else None

    def harm(self) -> Iterator[Harm]:
        if next(iter(self.row.labels)) == QUIET and self.rewritten and self.reports:
            yield Harm("a QUIET manager is rewritten", self.row.title)
        if self.change is not None:
            cleanup = at_lines(self.change.before, self.row.cleanup_lines)
            for statement in at_lines(self.change.before, self.row.success_lines):
                if statement not in cleanup and self.change.newly_protects(statement):
                    where = f"{self.row.title}, line {statement.node.lineno}"
                    yield Harm("a success-only line became clean-up", where)


def versions(row: Row, old: str, new: str) -> tuple[Node | None, Node | None]:
    """The definition of `row` in its file before and after: the fix adds and drops no definitions."""
    before, after = _nodes(old), _nodes(new)
    place = row.definition
    at = next((at for at, (_, node) in enumerate(before) if place and node.lineno == place.line), None)
    if at is None or at >= len(after) or after[at][0] != before[at][0]:
        return None, None
    return before[at][1], after[at][1]


@lru_cache(maxsize=64)
def _nodes(text: str) -> Sequence[tuple[str, Node]]:
    """The definitions of `text`; none when it does not parse."""
    try:
        return tuple(walk(parsed(text)))
    except (SyntaxError, ValueError):
        return ()


def _text(node: Node | None, text: str) -> str | None:
    if node is None:
        return None
    place = defined("", node)
    return "\n".join(text.splitlines()[place.first - 1 : place.last])
