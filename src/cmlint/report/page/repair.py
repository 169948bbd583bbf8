"""A repair, side by side: what is there, what it becomes, and what was compared to call it safe."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cmlint.findings import Applicability, Edit, Finding, Fix, apply_edits
from cmlint.report.page.colour import Stretch, coloured
from cmlint.report.page.escaping import prose
from cmlint.report.page.lines import Lines, common_indent, line_html, split

_AROUND = 2  # lines shown around a change


@dataclass(frozen=True, slots=True)
class _Side:
    """The lines of one side and the number of the first.

    others: the lines of the other side without their indentation; indent: characters of it that are not shown.
    """

    lines: Sequence[str]
    first: int
    colours: Sequence[Sequence[Stretch]]
    others: frozenset[str]
    indent: int

    def html(self, start: int, stop: int, style: str) -> str:
        """The lines from `start` up to `stop` as rows; one that is only indented anew is told from a new one."""
        return "".join(
            f'<div class="row {self._style(i, style)}"><b>{self.first + i}</b>'
            f"<code>{line_html(self.lines[i], self.colours[i], indent=self.indent)}</code></div>"
            for i in range(start, stop)
        )

    def _style(self, index: int, style: str) -> str:
        return "moved" if style != "same" and self.lines[index].strip() in self.others else style


def repair_html(finding: Finding, text: str, lines: Lines) -> str:
    """The repair of `finding` in words and side by side, or why there is none."""
    fix = finding.fix
    words = f'<p class="fix">{_words(finding)}</p>'
    if fix is None or not fix.edits:
        return words
    sides = _diff(fix.edits, text, lines, finding)
    label = "The code before and after the repair"
    return f'{words}{_certificate(fix)}<div class="diff" role="group" aria-label="{label}">{sides}</div>'


def _words(finding: Finding) -> str:
    fix, reason = finding.fix, finding.no_fix_reason or ""
    if fix is None:
        return f'<b class="tag none">no fix</b> {prose(reason)}'
    if fix.applicability is Applicability.DISPLAY_ONLY:
        return f'<b class="tag none">not fixed by itself</b> {prose(fix.title)}: {prose(reason)}'
    if fix.applicability is Applicability.UNSAFE:
        return f'<b class="tag unsafe">unsafe fix</b> {prose(fix.title)}; look at it, because {prose(reason)}'
    return f'<b class="tag safe">safe fix</b> {prose(fix.title)}'


def _certificate(fix: Fix) -> str:
    return "" if fix.certificate is None else f'<p class="cert">Certificate: {prose(str(fix.certificate))}</p>'


def _diff(edits: Sequence[Edit], text: str, lines: Lines, finding: Finding) -> str:
    """The two sides, from the definition (or the first change) to a little behind the last change."""
    head = finding.noqa_lines[0] if finding.noqa_lines else len(lines.lines)
    first = max(1, min(head, lines.number_at(edits[0].start) - _AROUND))
    changed = lines.number_at(max(edits[-1].start, edits[-1].end - 1))
    last = min(len(lines.lines), changed + _AROUND)
    while last > changed and not lines.says(last):
        last -= 1
    start = lines.starts[first - 1]
    stop = lines.starts[last] if last < len(lines.starts) else len(text)
    moved = tuple(Edit(edit.start - start, edit.end - start, edit.content) for edit in edits)
    new = split(apply_edits(text[start:stop], moved)).lines
    new = new[:-1] if stop < len(text) else new
    old = lines.between(first, last)
    indent = common_indent((*old, *new))
    left = _Side(old, first, coloured(old), _words_of(new), indent)
    right = _Side(new, first, coloured(new), _words_of(old), indent)
    return "".join(_blocks(left, right))


def _words_of(lines: Sequence[str]) -> frozenset[str]:
    return frozenset(line.strip() for line in lines)


def _blocks(left: _Side, right: _Side) -> Iterator[str]:
    matcher = difflib.SequenceMatcher(None, left.lines, right.lines, autojunk=False)
    for group in matcher.get_grouped_opcodes(_AROUND):
        for operation, a, b, c, d in group:
            before, after = ("same", "same") if operation == "equal" else ("gone", "new")
            yield (
                f'<div class="both {"equal" if operation == "equal" else "change"}">'
                f"<div>{left.html(a, b, before)}</div><div>{right.html(c, d, after)}</div></div>"
            )
        yield '<div class="cut"></div>'
