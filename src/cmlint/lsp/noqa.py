"""Where a `# noqa: CODE` goes that suppresses one finding."""

from __future__ import annotations

import re

from cmlint.findings import Edit, Finding
from cmlint.outline import outline
from cmlint.suppression import is_suppressed

_CODES = re.compile(r"#\s*noqa:\s*[A-Z]+[0-9]+(?:[\s,]+[A-Z]+[0-9]+)*", re.IGNORECASE)


def noqa_edit(finding: Finding, text: str) -> Edit | None:
    """The edit that suppresses `finding`; None where no line of it can carry a comment."""
    whole = outline(text)
    for number in (finding.span.end_line, finding.span.line, *finding.noqa_lines):
        line = whole.lines[number - 1]
        # A line that goes on, by a backslash or inside a string, ends in no comment.
        if line.rstrip().endswith("\\") or number + 1 in whole.masked:
            continue
        existing = _CODES.search(line)
        end = existing.end() if existing is not None else len(line.rstrip())
        added = f", {finding.code}" if existing is not None else f"  # noqa: {finding.code}"
        if is_suppressed(finding.code, [line[:end] + added], [1]):
            offset = whole.line_starts[number - 1] + end
            return Edit(offset, offset if existing is not None else offset + len(line) - end, added)
    return None
