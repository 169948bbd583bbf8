"""The edit that adds a `# noqa: CODE` for one finding, where `--add-noqa` would put it."""

from __future__ import annotations

from itertools import takewhile

from cmlint.findings import Edit, Finding
from cmlint.outlining import outline
from cmlint.suppression import is_suppressed, lines_for_comment, with_code


def noqa_edit(finding: Finding, text: str) -> Edit | None:
    """The edit that suppresses `finding`; None where no line of it can carry a comment."""
    whole = outline(text)
    for number in lines_for_comment(finding.span, finding.noqa_lines):
        line, start = whole.lines[number - 1], whole.line_starts[number - 1]
        # A line that goes on, by a backslash or inside a string, ends in no comment.
        if line.rstrip().endswith("\\") or whole.is_in_string(start + len(line)):
            continue
        written = next(with_code(line, finding.code))
        if is_suppressed(finding.code, [written], [1]):
            kept = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(line, written, strict=False)))
            return Edit(start + kept, start + len(line), written[kept:])
    return None
