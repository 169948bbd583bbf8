"""The path of a finding, drawn over its code: the lines, the marked steps, and beside them the rail of control.

The rail is plain up to where the exception arrives and red from there to where the manager is left; what is skipped
stands beside it. A row tells by two letters what its rail is like above and below its middle: `n` plain, `x` red,
`_` none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cmlint.findings import Finding, Role, Span, Step
from cmlint.report.page.colour import Stretch, coloured
from cmlint.report.page.escaping import prose
from cmlint.report.page.lines import Lines, common_indent, line_html

_AROUND = 1  # lines shown around a step
_DEEPEST = 40  # columns by which a note is indented at most
_GAP = 3  # lines between two shown ones that are shown, too


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the drawing: its class, the number in its rail, and what stands right of the rail."""

    style: str
    content: str
    step: Step | None = None
    position: int = 0


def path_html(finding: Finding, lines: Lines) -> str:
    """The drawing of the path of `finding`."""
    rows = _rows(finding, lines)
    rails = _rails(rows)
    return "".join(
        f'<div class="{row.style} {rail}"><i>{row.position or ""}</i>{row.content}</div>'
        for row, rail in zip(rows, rails, strict=True)
    )


def _rows(finding: Finding, lines: Lines) -> list[_Row]:
    numbered = list(enumerate(finding.witness, start=1))
    placed = [(n, step) for n, step in numbered if step.role is not Role.LOST] or numbered
    shown = _shown(finding, [step for _, step in placed], lines)
    first = min(shown[0], finding.noqa_lines[0] if finding.noqa_lines else shown[0])
    colours = coloured(lines.between(first, shown[-1]))
    rows: list[_Row] = []
    previous = shown[0] - 1
    hidden = common_indent(lines.lines[number - 1] for number in shown)
    for number in shown:
        if number > previous + 1:
            rows.append(_Row("gap", f"<b>&ctdot;</b><span>{number - previous - 1} lines</span>"))
        previous = number
        line = lines.lines[number - 1]
        marks = [mark for _, step in placed if (mark := _mark(step, number, line))]
        skipped = " off" if any(mark.style == Role.SKIPPED.value for mark in marks) else ""
        content = f"<b>{number}</b><code>{line_html(line, colours[number - first], marks, hidden)}</code>"
        rows.append(_Row(f"row{skipped}", content))
        indent = _indent(marks, line[hidden:], hidden)
        rows += [_note(step, n, indent) for n, step in placed if _last_line(step.span, shown) == number]
    return rows + [_note(step, n, "") for n, step in numbered if (n, step) not in placed]


def _note(step: Step, position: int, indent: str) -> _Row:
    pad = f"<code>{indent}</code>" if indent else ""
    return _Row(f"note {step.role.value}", f"<b></b>{pad}<span>{prose(step.message)}</span>", step, position)


def _indent(marks: Sequence[Stretch], line: str, hidden: int) -> str:
    """What stands before the first mark of a line, as space: a note begins below what it is about."""
    start = min((mark.start - hidden for mark in marks), default=0)
    return "".join("\t" if character == "\t" else " " for character in line[: max(0, min(start, _DEEPEST))])


def _last_line(span: Span, shown: Sequence[int]) -> int:
    return max((number for number in shown if span.line <= number <= span.end_line), default=span.line)


def _shown(finding: Finding, placed: Sequence[Step], lines: Lines) -> list[int]:
    """The numbers of the lines to show: the definition, the steps, what is skipped, and a little around them."""
    wanted = set(finding.noqa_lines) | set(finding.cleanup_lines)
    around: set[int] = set()
    for step in placed:
        wanted |= set(range(step.span.line, step.span.end_line + 1))
        around |= set(range(step.span.line - _AROUND, step.span.end_line + _AROUND + 1))
    known = range(1, len(lines.lines) + 1)
    kept = sorted(number for number in wanted | around if number in known and (number in wanted or lines.says(number)))
    shown: list[int] = []
    for number in kept:
        if shown and number - shown[-1] <= _GAP + 1:
            shown.extend(range(shown[-1] + 1, number))
        shown.append(number)
    return shown


def _mark(step: Step, number: int, line: str) -> Stretch | None:
    """What of line `number` belongs to the step."""
    span = step.span
    if not span.line <= number <= span.end_line:
        return None
    start = span.column - 1 if number == span.line else len(line) - len(line.lstrip())
    end = span.end_column - 1 if number == span.end_line else len(line)
    return Stretch(start, max(end, start + 1), step.role.value) if start < len(line) else None


def _rails(rows: Sequence[_Row]) -> list[str]:
    """The two letters of each row."""
    roles = {
        i: row.step.role for i, row in enumerate(rows) if row.step is not None and row.step.role is not Role.SKIPPED
    }
    if not roles:
        return ["__" for _ in rows]
    inner = [i for i, role in roles.items() if role is not Role.LOST] or list(roles)
    start, turn, end = inner[0], inner[-1], max(roles)
    raised = Role.RAISES in roles.values()
    below = [("n" if i < turn or not raised else "x") if start <= i < end else "_" for i in range(len(rows))]
    return [above + under for above, under in zip(["_", *below], below, strict=False)]
