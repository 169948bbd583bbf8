"""One run of a manager: which answers were chosen, which lines and operations ran, and where a fault is injected.

Every condition that depends on a recorder is a question; a question is asked by its text, so that two tests of one
condition agree. Answers that are not given take a default, and a question that one instruction asks again and again is
answered the other way in the end, so that loops end.
"""

from __future__ import annotations

import dis
import sys
from collections import Counter
from dataclasses import dataclass, field
from types import CodeType, FrameType

FILENAME = "<the manager>"  # of the code under replay: frames are told apart by it
_PATIENCE = 4  # how often one instruction is given the same answer


class StepLimit(BaseException):
    """The run took more steps than it may."""


@dataclass(frozen=True)
class Place:
    """An instruction's place in the file; the columns are 0-based, or None where the interpreter does not tell."""

    line: int
    column: int | None
    end_line: int
    end_column: int | None


@dataclass(frozen=True)
class Operation:
    """Something that was done to a recorder, and where. `after`: the body had run, or the fault was injected."""

    line: int
    text: str
    after: bool


@dataclass
class World:
    """What one run is told and what it notes.

    answers: the questions that are decided; fault: what is raised at the operation number `fault_at` among those that
    stand at `fault_span` (first and last line, and the columns where they are known); steps: how many lines may run.
    """

    answers: dict[str, bool]
    steps: int
    fault: BaseException | None = None
    fault_span: tuple[int, int, int, int] | None = None
    fault_at: int = 0
    asked: dict[str, bool] = field(default_factory=dict)
    lines_before: set[int] = field(default_factory=set)
    lines_after: set[int] = field(default_factory=set)
    operations: list[Operation] = field(default_factory=list)
    after: bool = False
    candidates: int = 0
    injected: bool = False
    exceptions: dict[str, type[BaseException]] = field(default_factory=dict)
    failed: str | None = None  # the operation at which it was injected
    unpacked: dict[str, int] = field(default_factory=dict)  # how many items a recorder was unpacked into, where not one
    raised: list[object] = field(default_factory=list)
    _times: Counter[tuple[int, int, str]] = field(default_factory=Counter)

    def ask(self, question: str, default: bool) -> bool:
        """The answer to `question`, the same for the whole run unless a loop waits for the other one."""
        answer = self.answers.get(question, self.asked.get(question, default))
        self.asked.setdefault(question, answer)
        frame = manager_frame()
        if frame is not None:
            where = (id(frame.f_code), frame.f_lasti, question)
            self._times[where] += 1
            if self._times[where] > _PATIENCE:
                return not answer
        return answer

    def operation(self, text: str, *, can_fail: bool = True) -> None:
        """Note that something is done to a recorder, and raise the fault where it belongs."""
        frame = manager_frame()
        if frame is None:
            return
        place = place_of(frame)
        if can_fail and self.fault_span is not None and not self.injected and _is_inside(frame, self.fault_span):
            self.candidates += 1
            if self.fault is not None and self.candidates - 1 == self.fault_at:
                self.injected = self.after = True
                self.failed = text
                raise self.fault
        self.operations.append(Operation(place.line, text, self.after))

    def line(self, number: int) -> None:
        """A line of the manager begins."""
        self.steps -= 1
        if self.steps < 0:
            raise StepLimit
        (self.lines_after if self.after else self.lines_before).add(number)

    def exception(self, name: str) -> type[BaseException]:
        """The exception class that stands in for the one called `name`."""
        if name not in self.exceptions:
            self.exceptions[name] = type(name.rpartition(".")[2] or "Error", (Exception,), {})
        return self.exceptions[name]


def manager_frame() -> FrameType | None:
    """The innermost frame that runs code of the manager."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename != FILENAME:
        frame = frame.f_back
    return frame


def place_of(frame: FrameType) -> Place:
    """Where `frame` is."""
    if sys.version_info >= (3, 11):
        positions = list(frame.f_code.co_positions())
        line, end_line, column, end_column = positions[frame.f_lasti // 2]
        if line is not None:
            return Place(line, column, end_line or line, end_column)
    return Place(frame.f_lineno, None, frame.f_lineno, None)


def instruction(code: CodeType, offset: int) -> tuple[str, int]:
    """The name and the argument of the instruction at `offset`, without what the interpreter specialised it to."""
    raw = code.co_code
    argument, start = 0, offset
    while start >= 2 and dis.opname[raw[start - 2]] == "EXTENDED_ARG":
        start -= 2
    for at in range(start, offset + 2, 2):
        argument = argument << 8 | raw[at + 1]
    return dis.opname[raw[offset]], argument


def _is_inside(frame: FrameType | None, span: tuple[int, int, int, int]) -> bool:
    """Whether the operation in `frame` is the step at `span`, or happens in something of the manager that it calls."""
    while frame is not None:
        if frame.f_code.co_filename == FILENAME and _is_at(place_of(frame), span):
            return True
        frame = frame.f_back
    return False


def _is_at(place: Place, span: tuple[int, int, int, int]) -> bool:
    """Whether the operation is the one that spans `span`; any in its lines where columns are not known."""
    line, column, end_line, end_column = span
    if place.column is None or place.end_column is None:
        return line <= place.line <= end_line
    begins = (place.line, place.column) >= (line, column)
    return begins and (place.end_line, place.end_column) <= (end_line, end_column)
