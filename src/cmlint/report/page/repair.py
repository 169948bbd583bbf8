"""A repair, side by side: what is there, what it becomes, and what was compared to call it safe."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from cmlint.findings import Applicability, Edit, Finding, Fix, apply_edits
from cmlint.report.page.colour import Stretch, coloured
from cmlint.report.page.escaping import prose
from cmlint.report.page.lines import Lines, common_indent, line_html, split

_AROUND = 2  # lines shown around a change


@dataclass(frozen=True, slots=True)
class _Side:
    """The lines of one side and the number of the first.

    indent: characters of indentation that are not shown.
    """

    lines: Sequence[str]
    first: int
    colours: Sequence[Sequence[Stretch]]
    indent: int

    def html(self, start: int, stop: int, style: str) -> str:
        """The lines from `start` up to `stop` as rows."""
        return "".join(
            f'<div class="row {style}"><b>{self.first + i}</b>'
            f"<code>{line_html(self.lines[i], self.colours[i], indent=self.indent)}</code></div>"
            for i in range(start, stop)
        )


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Lines of both sides that belong together: `same`, `moved` (only indented anew) or `changed`."""

    style: str
    old: range
    new: range

    def html(self, left: _Side, right: _Side) -> str:
        """A cell of the left and a cell of the right side."""
        before, after = ("gone", "new") if self.style == "changed" else (self.style, self.style)
        return (
            f"<div>{left.html(self.old.start, self.old.stop, before)}</div>"
            f"<div>{right.html(self.new.start, self.new.stop, after)}</div>"
        )


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
    left = _Side(old, first, coloured(old), indent)
    right = _Side(new, first, coloured(new), indent)
    return "".join(_blocks(left, right))


def _blocks(left: _Side, right: _Side) -> Iterator[str]:
    """Blocks of unchanged lines, of which those far from a change are left out, and blocks of changes."""
    groups = [
        (same, list(found)) for same, found in groupby(_stretches(left, right), lambda each: each.style == "same")
    ]
    for position, (same, found) in enumerate(groups):
        if not same:
            yield f'<div class="both change">{"".join(stretch.html(left, right) for stretch in found)}</div>'
            continue
        for number, part in enumerate(_near(found[0], first=position == 0, last=position == len(groups) - 1)):
            cut = '<div class="cut"></div>' if number else ""
            yield f'{cut}<div class="both equal">{part.html(left, right)}</div>'


def _near(stretch: _Stretch, *, first: bool, last: bool) -> list[_Stretch]:
    """What of unchanged lines is near enough to a change before or behind them."""
    head, tail = (0 if first else _AROUND), (0 if last else _AROUND)
    if len(stretch.old) <= head + tail:
        return [stretch]
    ends = [(0, head), (len(stretch.old) - tail, len(stretch.old))]
    return [_Stretch("same", stretch.old[a:b], stretch.new[a:b]) for a, b in ends if a < b]


def _stretches(left: _Side, right: _Side) -> Iterator[_Stretch]:
    """Lines are matched by their words, so that one that is only indented anew stands beside itself."""
    old, new = ([line.strip() for line in side.lines] for side in (left, right))
    matcher = difflib.SequenceMatcher(lambda words: not words, old, new, autojunk=False)
    for operation, a, b, c, d in matcher.get_opcodes():
        if operation != "equal":
            yield _Stretch("changed", range(a, b), range(c, d))
            continue
        for same, pairs in groupby(
            zip(range(a, b), range(c, d), strict=True), lambda pair: left.lines[pair[0]] == right.lines[pair[1]]
        ):
            found = list(pairs)
            (i, j), length = found[0], len(found)
            yield _Stretch("same" if same else "moved", range(i, i + length), range(j, j + length))
