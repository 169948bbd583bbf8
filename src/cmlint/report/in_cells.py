"""Findings of notebooks as their readers count: in cells, with their lines and offsets; others stay."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from cmlint.findings import Cell, Edit, Finding, Replay, Span
from cmlint.results import Result

_NAMED = re.compile(r"\bline (\d+)")


def in_cells(result: Result) -> Result:
    """The result with every finding of a notebook told by its cell; the text of a cell is kept under its place."""
    from cmlint.notebooks.notebook import sources_in

    texts = dict(result.texts)
    for path in {finding.path for finding in result.findings if finding.cell}:
        cells = sources_in(result.texts[path])
        texts.update({f"{path}:cell {number}": source for number, source in cells.items()})
    return replace(result, findings=tuple(map(located, result.findings)), texts=texts)


def located(finding: Finding) -> Finding:
    """The finding with positions in its cell; outside of notebooks it is told as it is."""
    cell = finding.cell
    if cell is None:
        return finding
    lines, characters = cell.line - 1, cell.start
    fix = finding.fix and replace(
        finding.fix,
        title=_worded(finding.fix.title, lines),
        edits=tuple(_edit(edit, characters) for edit in finding.fix.edits),
    )
    return replace(
        finding,
        message=_worded(finding.message, lines),
        span=_span(finding.span, lines),
        witness=tuple(
            replace(step, span=_span(step.span, lines), message=_worded(step.message, lines))
            for step in finding.witness
        ),
        cleanup_lines=_lines(finding.cleanup_lines, lines),
        success_only_lines=_lines(finding.success_only_lines, lines),
        noqa_lines=_lines(finding.noqa_lines, lines),
        fix=fix,
        no_fix_reason=finding.no_fix_reason and _worded(finding.no_fix_reason, lines),
        replay=finding.replay and _replay(finding.replay, lines),
        cell=Cell(cell.number, 1, 0),
    )


def of_files(finding: Finding) -> Finding:
    """The finding for a format that knows files and no cells: its message names the cell, and it offers no edits."""
    if finding.cell is None:
        return finding
    return replace(finding, message=f"cell {finding.cell.number}: {finding.message}", fix=None)


def _worded(sentence: str, lines: int) -> str:
    """The sentence with the lines that it speaks of; names and code in it stand between backticks and stay.

    A line of a function that a later cell holds is counted as if this cell went on.
    """
    parts = sentence.split("`")
    parts[::2] = (_NAMED.sub(lambda named: _line(int(named[1]) - lines), part) for part in parts[::2])
    return "`".join(parts)


def _line(number: int) -> str:
    return f"line {number}" if number > 0 else "a line of an earlier cell"


def _span(span: Span, lines: int) -> Span:
    return replace(span, line=span.line - lines, end_line=span.end_line - lines)


def _edit(edit: Edit, characters: int) -> Edit:
    return replace(edit, start=edit.start - characters, end=edit.end - characters)


def _lines(numbers: Iterable[int], lines: int) -> tuple[int, ...]:
    return tuple(number - lines for number in numbers)


def _replay(replay: Replay, lines: int) -> Replay:
    return replace(
        replay,
        reason=replay.reason and _worded(replay.reason, lines),
        released=_lines(replay.released, lines),
        failing=None if replay.failing is None else replay.failing - lines,
        trials=tuple(
            replace(trial, ran=_lines(trial.ran, lines), lost=_lines(trial.lost, lines)) for trial in replay.trials
        ),
    )
