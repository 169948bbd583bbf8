"""One finding as an article: what is wrong, the path over the code, the repair."""

from __future__ import annotations

from cmlint.findings import Applicability, Finding
from cmlint.report.page.escaping import attribute, prose, visible
from cmlint.report.page.lines import Lines
from cmlint.report.page.path import path_html
from cmlint.report.page.repair import repair_html


def repair_class(finding: Finding) -> str:
    """`safe`, `unsafe` or `none`: by which option the finding is repaired, if by any."""
    if finding.fix is None:
        return "none"
    return {Applicability.SAFE: "safe", Applicability.UNSAFE: "unsafe"}.get(finding.fix.applicability, "none")


def finding_html(finding: Finding, anchor: str, text: str, lines: Lines) -> str:
    """The article; `anchor` is its id in the page."""
    where = f"{finding.place}:{finding.span.line}:{finding.span.column}"
    replayed = f'<p class="replay">Replay: {prose(str(finding.replay))}</p>' if finding.replay else ""
    return (
        f'<article id="{anchor}" tabindex="-1" aria-labelledby="{anchor}-t" data-code="{attribute(finding.code)}"'
        f' data-confidence="{finding.confidence.value}" data-fix="{repair_class(finding)}">'
        f'<header><h3 id="{anchor}-t"><a class="code" href="#rule-{attribute(finding.code)}"'
        f' title="{attribute(finding.name)}">{visible(finding.code)}</a> {prose(finding.message)}</h3>'
        f'<p class="where"><a href="#{anchor}">{visible(where)}</a> in <code>{visible(finding.qualname)}</code>,'
        f" {finding.confidence.value} confidence</p></header>"
        f'<div class="path" role="group" aria-label="The path over the code">{path_html(finding, lines)}</div>'
        f"{replayed}{repair_html(finding, text, lines)}</article>\n"
    )
