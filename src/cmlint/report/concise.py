"""The `concise` format: one line a finding, for editors, pipes and diffs."""

from __future__ import annotations

from collections.abc import Iterable

from cmlint.findings import Applicability, Confidence, Finding, printable

_MARKS = {Applicability.SAFE: "safe fix", Applicability.UNSAFE: "unsafe fix"}


def headline(finding: Finding) -> str:
    """`path:line:column: CODE message`, with a mark when it is not sure and when there is a fix to apply."""
    where = f"{printable(finding.place)}:{finding.span.line}:{finding.span.column}"
    marks = ["low confidence"] if finding.confidence is Confidence.LOW else []
    if finding.fix and finding.fix.applicability in _MARKS:
        marks.append(_MARKS[finding.fix.applicability])
    mark = f"  [{', '.join(marks)}]" if marks else ""
    return f"{where}: {finding.code} {finding.message}{mark}"


def render(findings: Iterable[Finding]) -> str:
    """All findings, a line each."""
    return "".join(f"{headline(finding)}\n" for finding in findings)
