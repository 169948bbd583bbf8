"""What is shown when the pointer rests on a finding: what it says, what can be done, and the rule's page."""

from __future__ import annotations

from lsprotocol.types import Hover, MarkupContent, MarkupKind, Position

from cmlint.findings import Applicability, Finding
from cmlint.lsp.rechecking import Outcome
from cmlint.rules import RULES


def hover_at(position: Position, outcome: Outcome) -> Hover | None:
    """The hover at a position of the document; None where nothing is found."""
    ranges = ((finding, outcome.document.places.range(finding.span)) for finding in outcome.findings)
    here = [(finding, where) for finding, where in ranges if where.start <= position <= where.end]
    if not here:
        return None
    parts = [f"{finding.code}: {finding.message}\n\n{_what_to_do(finding)}" for finding, _ in here]
    pages = [rule.page.strip() for rule in RULES if any(rule.code == finding.code for finding, _ in here)]
    return Hover(MarkupContent(MarkupKind.Markdown, "\n\n---\n\n".join((*parts, *pages))), here[0][1])


def _what_to_do(finding: Finding) -> str:
    if finding.fix is None or finding.fix.applicability is Applicability.DISPLAY_ONLY:
        return f"No fix: {finding.no_fix_reason}."
    if finding.fix.applicability is Applicability.UNSAFE:
        return f"Unsafe fix: {finding.fix.title}; look at it, because {finding.no_fix_reason}."
    return f"Safe fix: {finding.fix.title} ({finding.fix.certificate})."
