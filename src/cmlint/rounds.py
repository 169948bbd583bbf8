"""What several rounds of fixes come to, for people: what was reported, and what came up only behind another fix.

A fix of a later round has the lines of a text that nobody sees. So what was reported is told where it was reported,
and the rest where it stands in the end.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from cmlint.findings import Edit, Finding, apply_edits
from cmlint.identity import key
from cmlint.outline import line_starts


@dataclass(frozen=True)
class Round:
    """The fixes that were applied at once: to which text, for which findings, by which edits in order."""

    text: str
    chosen: Sequence[Finding]
    edits: tuple[Edit, ...]


def told(reported: Sequence[Finding], rounds: Sequence[Round]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """What was fixed of the `reported`, at the lines it had, and what came up behind that, at the lines it has now."""
    waiting = list(reported)
    fixed: list[Finding] = []
    behind: list[Finding] = []
    for number, each in enumerate(rounds):
        for finding in each.chosen:
            mine = key(finding)
            first = finding if number == 0 else next((one for one in waiting if key(one) == mine), None)
            if first is None:
                behind.append(_in_the_end(finding, rounds[number:]))
            else:
                waiting.remove(first)
                fixed.append(replace(first, fix=finding.fix))
    place = attrgetter("span.line", "span.column")
    return tuple(sorted(fixed, key=place)), tuple(sorted(behind, key=place))


def _in_the_end(finding: Finding, rounds: Sequence[Round]) -> Finding:
    line = finding.span.line
    for each in rounds:
        line = line_after(each.text, line, each.edits)
    span = finding.span
    return replace(finding, span=replace(span, line=line, end_line=line + span.end_line - span.line))


def line_after(text: str, line: int, edits: tuple[Edit, ...]) -> int:
    """The line (1-based) of `text` after `edits`; where one replaces it, the line there that says the same.

    The first one of the replacement where none does.
    """
    starts = [*line_starts(text), len(text)]
    start, end = starts[line - 1], starts[line]
    offset = start
    for edit in edits:
        if edit.end <= start:
            offset += len(edit.content) - (edit.end - edit.start)
        elif edit.start < end:
            at_least = bisect_right(starts, start) - bisect_right(starts, edit.start)
            offset += edit.start - start + _same_line(edit.content, text[start:end], at_least)
            break
    return bisect_right(line_starts(apply_edits(text, edits)), offset)


def _same_line(content: str, line: str, at_least: int) -> int:
    """The offset of the line of `content` that says what `line` says, if possible not above the line `at_least`."""
    starts = line_starts(content)
    pairs = zip(starts, [*starts[1:], len(content)], strict=True)
    same = [at for at, (start, end) in enumerate(pairs) if content[start:end].strip() == line.strip()]
    below = [at for at in same if at >= at_least]
    return starts[(below or same or [0])[0]] if starts else 0
