"""The `sarif` format: SARIF 2.1.0, for GitHub's code scanning and for editors.

The witness is a code flow, the edits are fixes, and the fingerprint has no line in it, so that an alert survives code
that moves. Columns count Unicode code points, which the run says; the edits are given by line and column, because
consumers disagree about offsets. See https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html (the
numbers below are its sections).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

from cmlint.findings import Applicability, Confidence, Edit, Finding, Fix, Problem, Role, Span
from cmlint.identity import Numbering
from cmlint.report.places import in_repository
from cmlint.report.positions import Positions
from cmlint.rules import RULES
from cmlint.rules.rule import Rule

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Confidence.HIGH: "error", Confidence.MEDIUM: "warning", Confidence.LOW: "note"}
_KINDS = {  # 3.38.8
    Role.ACQUIRED: ["acquire", "resource"],
    Role.RAISES: ["caution"],
    Role.SKIPPED: ["release", "unreachable"],
    Role.LOST: ["exit", "function", "danger"],
}
_INDEX = {rule.code: index for index, rule in enumerate(RULES)}


def render(
    findings: Iterable[Finding], problems: Sequence[Problem], notes: Iterable[Problem], texts: Mapping[str, str]
) -> str:
    """One SARIF log with one run. Raises OutsideError for a path outside of the repository."""
    said = [*(_notification(p, "error") for p in problems), *(_notification(n, "note") for n in notes)]
    invocation = {"executionSuccessful": not problems, "toolExecutionNotifications": said}
    run = {
        "tool": {"driver": _driver()},
        "columnKind": "unicodeCodePoints",
        "newlineSequences": ["\r\n", "\n", "\r"],
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The root of the repository."}}},
        "invocations": [invocation],
        "results": list(_results(findings, texts)),
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _driver() -> dict[str, Any]:
    return {"name": "cmlint", "semanticVersion": version("cmlint"), "rules": [_rule(rule) for rule in RULES]}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": _first_paragraph(rule.page)},  # GitHub demands one
        "help": {"text": rule.page.strip(), "markdown": rule.page.strip()},
        "defaultConfiguration": {"level": "warning"},
        "properties": {"tags": ["reliability", "context-manager"]},
    }


def _first_paragraph(page: str) -> str:
    """What stands below the page's title."""
    return page.strip().split("\n\n")[1].replace("\n", " ")


def _results(findings: Iterable[Finding], texts: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    numbering = Numbering()
    positions: dict[str, Positions] = {}
    for finding in findings:
        path = in_repository(finding.path)
        fix = finding.fix
        if fix and fix.applicability is not Applicability.DISPLAY_ONLY and finding.path not in positions:
            positions[finding.path] = Positions(texts[finding.path])
        yield {
            "ruleId": finding.code,
            "ruleIndex": _INDEX[finding.code],
            "level": _LEVELS[finding.confidence],
            "message": {"text": finding.message},
            "locations": [_location(path, finding.span) | {"logicalLocations": [_logical(finding)]}],
            "codeFlows": [{"threadFlows": [{"locations": list(_flow(finding, path))}]}],
            "partialFingerprints": {"cmlintKey/v1": numbering.fingerprint(finding, path)},
            "fixes": [_fix(fix, finding, path, positions[finding.path])] if fix and finding.path in positions else [],
            "properties": {"kind": finding.kind, "confidence": finding.confidence.value},
        }


def _flow(finding: Finding, path: str) -> Iterator[dict[str, Any]]:
    for order, step in enumerate(finding.witness, start=1):
        yield {
            "location": _location(path, step.span) | {"message": {"text": step.message}},
            "executionOrder": order,
            "kinds": _KINDS[step.role],
            "importance": "essential",
        }


def _fix(fix: Fix, finding: Finding, path: str, positions: Positions) -> dict[str, Any]:
    sure = fix.applicability is Applicability.SAFE
    why = str(fix.certificate) if sure else f"unsafe: {finding.no_fix_reason}"
    return {
        "description": {"text": f"{fix.title} ({why})"},
        "artifactChanges": [
            {"artifactLocation": _artifact(path), "replacements": [_replacement(e, positions) for e in fix.edits]}
        ],
    }


def _replacement(edit: Edit, positions: Positions) -> dict[str, Any]:
    deleted = positions.span(edit.start, edit.end)
    return {"deletedRegion": _region(deleted), "insertedContent": {"text": edit.content}}


def _location(path: str, span: Span) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": _artifact(path), "region": _region(span)}}


def _logical(finding: Finding) -> dict[str, str]:
    return {"fullyQualifiedName": finding.qualname, "kind": "function"}


def _region(span: Span) -> dict[str, int]:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def _artifact(path: str) -> dict[str, str]:
    return {"uri": quote(path, errors="surrogateescape"), "uriBaseId": "SRCROOT"}


def _notification(problem: Problem, level: str) -> dict[str, Any]:
    said: dict[str, Any] = {"level": level, "message": {"text": problem.message}}
    if problem.path:
        region = {} if problem.line is None else {"region": {"startLine": problem.line}}
        artifact = _artifact(in_repository(problem.path))
        said["locations"] = [{"physicalLocation": {"artifactLocation": artifact, **region}}]
    return said
