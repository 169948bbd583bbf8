"""The `full` format for people: the message, the code frame, and the numbered path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.text import Text

from cmlint.findings import Applicability, Finding, Role, Step, printable
from cmlint.report.concise import headline

_MARKERS = {Role.ACQUIRED: "-", Role.RAISES: "^", Role.SKIPPED: "~", Role.LOST: "^"}
_STYLES = {Role.ACQUIRED: "cyan", Role.RAISES: "bold red", Role.SKIPPED: "yellow", Role.LOST: "bold"}
_SUGGESTED = 8  # lines of a fix that is only shown
_GAP = 3  # lines between two steps that are still shown


def render(findings: Iterable[Finding], texts: Mapping[str, str]) -> Text:
    """All findings; `texts` are the checked texts by path (of a notebook by path and cell)."""
    out = Text()
    lines: dict[str, list[str]] = {}
    for finding in findings:
        if finding.place not in lines:
            lines[finding.place] = texts[finding.place].replace("\r\n", "\n").replace("\r", "\n").split("\n")
        out.append_text(_finding(finding, lines[finding.place]))
        out.append("\n")
    return out


def _finding(finding: Finding, lines: Sequence[str]) -> Text:
    out = _headline(finding)
    # Where nothing leads to the loss, its place itself is shown.
    everything_lost = all(step.role is Role.LOST for step in finding.witness)
    placed: dict[int, list[tuple[int, Step]]] = {}  # line -> the numbers and the steps on it
    for position, step in enumerate(finding.witness, start=1):
        if everything_lost or step.role is not Role.LOST:
            placed.setdefault(step.span.line, []).append((position, step))
    shown = _shown_lines(placed, finding)
    width = len(str(max(shown)))
    previous: int | None = None
    for number in shown:
        if previous is not None and number > previous + 1:
            out.append(f"  {'.' * width}\n", "dim")
        out.append(f"  {number:>{width}} | ", "dim")
        out.append(f"{_printable(lines[number - 1])}\n")
        for position, step in placed.get(number, ()):
            out.append_text(_marker(step, position, lines[number - 1], width))
        previous = number
    margin = " " * (width + 2)
    for position, step in enumerate(finding.witness, start=1):
        if step.role is Role.LOST and not everything_lost:
            out.append(f"{margin} = ", "dim").append(f"{position} {step.message}\n", _STYLES[step.role])
    out.append(f"{margin} = ", "dim").append(f"{_fix_line(finding)}\n")
    for line in _suggested(finding):
        out.append(f"{margin} | ", "dim").append(f"+ {_printable(line)}\n", "green")
    if finding.replay is not None:
        out.append(f"{margin} = ", "dim").append(f"replay: {finding.replay}\n")
    return out


def _suggested(finding: Finding) -> list[str]:
    """The lines of a fix that is only ever shown; none where they would fill the screen."""
    if finding.fix is None or finding.fix.applicability is not Applicability.DISPLAY_ONLY:
        return []
    lines = [line for edit in finding.fix.edits for line in edit.content.splitlines()]
    return lines if len(lines) <= _SUGGESTED else []


def _headline(finding: Finding) -> Text:
    whole = headline(finding)
    where = f"{printable(finding.place)}:{finding.span.line}:{finding.span.column}: "
    out = Text().append(where, "bold").append(finding.code, "bold red")
    out.append(whole[len(where) + len(finding.code) :] + "\n")
    return out


def _shown_lines(placed: Iterable[int], finding: Finding) -> list[int]:
    """The lines with steps, with short gaps filled; all lines of a skipped statement count."""
    wanted = sorted({*placed, *finding.cleanup_lines})
    shown: list[int] = []
    for number in wanted:
        if shown and number - shown[-1] <= _GAP + 1:
            shown.extend(range(shown[-1] + 1, number))
        shown.append(number)
    return shown


def _marker(step: Step, position: int, line: str, width: int) -> Text:
    start = step.span.column - 1
    end = step.span.end_column - 1 if step.span.end_line == step.span.line else len(line)
    out = Text().append(f"  {' ' * width} | ", "dim")
    # Tabs are repeated so that the marker stands below what it marks.
    indent = "".join("\t" if character == "\t" else " " for character in line[:start])
    out.append(indent + _MARKERS[step.role] * max(1, end - start), _STYLES[step.role])
    out.append(f" {position} {step.message}\n", _STYLES[step.role])
    return out


def _printable(line: str) -> str:
    """The line without control characters, which could change the terminal."""
    return "".join(c if c == "\t" or c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)


def _fix_line(finding: Finding) -> str:
    if finding.fix is None:
        return f"no fix: {finding.no_fix_reason}"
    if finding.fix.applicability is Applicability.DISPLAY_ONLY:
        return f"not fixed by itself: {finding.no_fix_reason}"
    if finding.fix.applicability is Applicability.UNSAFE:
        return f"unsafe fix: {finding.fix.title}; look at it, because {finding.no_fix_reason}"
    return f"fix: {finding.fix.title} ({finding.fix.certificate})"
