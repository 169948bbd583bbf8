"""The values that travel up through every floor: spans, steps, edits, fixes, findings.

All of them are frozen. Lines are 1-based. Columns are 1-based and count characters, and the end of a
span is exclusive, as in ruff's JSON. Offsets in an `Edit` are 0-based and count characters of the decoded
file (a byte order mark is not counted, line endings are kept as they are).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from cmlint.confidence import Confidence
from cmlint.problems import Problem, printable

__all__ = [  # with what has a module of its own because every run needs it
    "Applicability",
    "Cell",
    "Certificate",
    "Confidence",
    "Edit",
    "Finding",
    "Fix",
    "Problem",
    "Replay",
    "Role",
    "Span",
    "Step",
    "Trial",
    "Verdict",
    "apply_edits",
    "listed",
    "printable",
]

_MOST_LISTED = 8  # things in one sentence
_LISTED_OF_MANY = 6


class Applicability(Enum):
    """How a fix may be applied. Computed by `cmlint.fix.certificate.certify`, never claimed by a rule."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    DISPLAY_ONLY = "display-only"


class Role(Enum):
    """What a step of a witness is; the reports choose their marker by it."""

    ACQUIRED = "acquired"
    RAISES = "raises"
    SKIPPED = "skipped"
    LOST = "lost"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a file: 1-based lines and columns, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int

    def holds(self, other: Span) -> bool:
        """Whether `other` lies in it."""
        inside = (self.line, self.column) <= (other.line, other.column)
        return inside and (other.end_line, other.end_column) <= (self.end_line, self.end_column)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a witness: where it is and one plain sentence about it."""

    span: Span
    role: Role
    message: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a notebook: its 1-based number among all cells, and its first line and offset in the checked text."""

    number: int
    line: int
    start: int


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the characters from offset `start` up to offset `end` (0-based, exclusive) by `content`."""

    start: int
    end: int
    content: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was compared to call a fix safe.

    traces: how many traces of the old and the new graph were compared; faults: how many of them have an
    injected fault; releases_added: the most releases that one fault gained; order: the releases in the
    order in which they run; caveat: what else the repair changes, which makes it unsafe, or None.
    """

    traces: int
    faults: int
    releases_added: int
    order: tuple[str, ...]
    caveat: str | None = None

    def __str__(self) -> str:
        releases = "1 release" if self.releases_added == 1 else f"{self.releases_added} releases"
        return (
            f"{self.traces} traces with {self.faults} faults compared: "
            f"normal path unchanged, {releases} added after a fault"
        )


@dataclass(frozen=True, slots=True)
class Fix:
    """A repair of one manager: its edits do not overlap and are sorted by `start`."""

    applicability: Applicability
    title: str
    edits: tuple[Edit, ...]
    certificate: Certificate | None


def _numbered(lines: tuple[int, ...]) -> str:
    """`line 3`, `lines 3 and 4`."""
    words = [str(line) for line in lines]
    return f"line{'s' if len(words) > 1 else ''} {listed(words)}"


class Verdict(Enum):
    """What a replay says of the static analysis."""

    CONFIRMED = "confirmed"
    CONTRADICTED = "contradicted"
    NOT_REPLAYED = "not-replayed"


@dataclass(frozen=True, slots=True)
class Trial:
    """One run of a replay with a fault.

    fault: its kind (`Exception`, `BaseException`, `GeneratorExit`); ran: the release lines that ran after it; lost:
    those that did not, and run without it; left_with: the exception that left the manager: `injected` for the fault
    itself, None when it was swallowed, else another one in words.
    """

    fault: str
    ran: tuple[int, ...]
    lost: tuple[int, ...]
    left_with: str | None


@dataclass(frozen=True, slots=True)
class Replay:
    """What happened when a manager was run for real, with recorders in place of what it uses.

    reason: why it could not be replayed, or in what it differs from the static analysis; released: the release lines
    that run without a fault; failing: the line of the step that was made to fail, or None for the body; answers: what
    was taken for the conditions on the way; tries: how many sets of answers were tried.
    """

    verdict: Verdict
    reason: str | None = None
    protocol: str = ""
    released: tuple[int, ...] = ()
    failing: int | None = None
    trials: tuple[Trial, ...] = ()
    answers: tuple[tuple[str, bool], ...] = ()
    tries: int = 0

    @property
    def lost(self) -> tuple[int, ...]:
        """The release lines that some fault made the manager skip."""
        return tuple(sorted({line for trial in self.trials for line in trial.lost}))

    def __str__(self) -> str:
        if self.verdict is Verdict.NOT_REPLAYED:
            return f"could not be replayed: {self.reason}"
        if self.verdict is Verdict.CONTRADICTED:
            return f"contradicted: {self.reason}"
        if not self.lost:
            return f"confirmed: {_numbered(self.released)} also ran after each exception"
        first = next(trial for trial in self.trials if trial.lost)
        where = "the body" if self.failing is None else f"line {self.failing}"
        return f"confirmed: {_numbered(first.lost)} did not run when {where} raised {first.fault}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One manager and one thing that is wrong with it.

    `span` is the `yield` at which the exception arrives. `cleanup_lines` are the lines that must also run
    when the body raises, `success_only_lines` those after the `yield` that must not. `noqa_lines` are the
    further lines on which a suppression counts (the `def` line and its decorators).
    Either `fix` is there, or `no_fix_reason` says in words why it is not (or why it is not a safe one).
    `replay` is there where one was asked for, `cell` in notebooks; positions then are those of all code cells
    together, until `cmlint.report.in_cells` tells them by cell.
    """

    code: str
    name: str
    message: str
    kind: str
    confidence: Confidence
    path: str
    span: Span
    qualname: str
    witness: tuple[Step, ...]
    cleanup_lines: tuple[int, ...]
    success_only_lines: tuple[int, ...]
    noqa_lines: tuple[int, ...] = ()
    fix: Fix | None = None
    no_fix_reason: str | None = None
    replay: Replay | None = None
    cell: Cell | None = None

    @property
    def place(self) -> str:
        """What stands in front of the line: the path, in a notebook with the cell."""
        return self.path if self.cell is None else f"{self.path}:cell {self.cell.number}"

    @property
    def sort_key(self) -> tuple[str, int, int, str, int, str]:
        """Reports are sorted by path (and cell), line and code; column and message make the order total."""
        cell = self.cell.number if self.cell else 0
        return (self.path, cell, self.span.line, self.code, self.span.column, self.message)


def apply_edits(text: str, edits: tuple[Edit, ...]) -> str:
    """`text` with the (sorted, not overlapping) edits applied."""
    parts: list[str] = []
    position = 0
    for edit in edits:
        parts.append(text[position : edit.start])
        parts.append(edit.content)
        position = edit.end
    parts.append(text[position:])
    return "".join(parts)


def listed(items: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`, each once; of many the first and how many more."""
    unique = list(dict.fromkeys(items))
    if len(unique) > _MOST_LISTED:
        more = len(unique) - _LISTED_OF_MANY
        return f"{', '.join(unique[:_LISTED_OF_MANY])} and {more} more"
    return unique[0] if len(unique) == 1 else f"{', '.join(unique[:-1])} and {unique[-1]}"
