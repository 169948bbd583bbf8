"""The `concise` format: one line a finding, for editors, pipes and diffs."""

from __future__ import annotations

from collections.abc import Iterable

from cmlint.findings import Applicability, Finding, printable

_MARK = {Applicability.SAFE: "  [safe fix]", Applicability.UNSAFE: "  [unsafe fix]"}


def headline(finding: Finding) -> str:
    """`path:line:column: CODE message`, with a mark when there is a fix to apply."""
    mark = _MARK.get(finding.fix.applicability, "") if finding.fix else ""
    where = f"{printable(finding.place)}:{finding.span.line}:{finding.span.column}"
    return f"{where}: {finding.code} {finding.message}{mark}"


def render(findings: Iterable[Finding]) -> str:
    """All findings, a line each."""
    return "".join(f"{headline(finding)}\n" for finding in findings)
