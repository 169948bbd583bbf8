"""Results as JSON and back: what the cache keeps of one file. Never pickled: anyone may have written it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cmlint.findings import (
    Applicability,
    Cell,
    Certificate,
    Confidence,
    Edit,
    Finding,
    Fix,
    Problem,
    Role,
    Span,
    Step,
)
from cmlint.knowledge.entries import Making, Protocol
from cmlint.results import Counts, Result

Marks = Mapping[str, Protocol]


def as_json(result: Result, marks: Marks) -> dict[str, Any]:
    """The findings, notes and marks of one file as values of JSON; empty for most files."""
    stored = {
        "findings": [_finding(finding) for finding in result.findings],
        "notes": [[note.message, note.line] for note in result.notes],
        "managers": result.counts.managers,
        "not_analysed": result.counts.not_analysed,
        "unasked": result.counts.unasked,
        "consulted": dict(result.consulted),
        "marks": {name: [*_plain(protocol), protocol.making.value] for name, protocol in marks.items()},
    }
    return {key: value for key, value in stored.items() if value}


def from_json(stored: Mapping[str, Any], path: str) -> tuple[Result, dict[str, Protocol]]:
    """The same for the file at `path`. Raises KeyError, TypeError or ValueError when it is something else."""
    findings = tuple(_found(each, path) for each in stored.get("findings", ()))
    notes = tuple(Problem(path, str(message), line) for message, line in stored.get("notes", ()))
    marks = {
        name: Protocol(n, Making(making), argument, throws, resumes, closes, source)
        for name, (n, argument, throws, resumes, closes, source, making) in stored.get("marks", {}).items()
    }
    counts = Counts(**{name: int(stored.get(name, 0)) for name in ("managers", "not_analysed", "unasked")})
    consulted = {str(beside): str(digest) for beside, digest in stored.get("consulted", {}).items()}
    return Result(findings=findings, notes=notes, counts=counts, consulted=consulted), marks


def _plain(protocol: Protocol) -> list[Any]:
    return [protocol.name, protocol.argument, protocol.throws, protocol.resumes, protocol.closes, protocol.source]


def _span(span: Span) -> list[int]:
    return [span.line, span.column, span.end_line, span.end_column]


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "name": finding.name,
        "message": finding.message,
        "kind": finding.kind,
        "confidence": finding.confidence.value,
        "span": _span(finding.span),
        "qualname": finding.qualname,
        "witness": [[_span(step.span), step.role.value, step.message] for step in finding.witness],
        "cleanup_lines": finding.cleanup_lines,
        "success_only_lines": finding.success_only_lines,
        "noqa_lines": finding.noqa_lines,
        "fix": None if finding.fix is None else _fix(finding.fix),
        "no_fix_reason": finding.no_fix_reason,
        "cell": None if finding.cell is None else [finding.cell.number, finding.cell.line, finding.cell.start],
    }


def _found(stored: Mapping[str, Any], path: str) -> Finding:
    return Finding(
        code=str(stored["code"]),
        name=str(stored["name"]),
        message=str(stored["message"]),
        kind=str(stored["kind"]),
        confidence=Confidence(stored["confidence"]),
        path=path,
        span=Span(*stored["span"]),
        qualname=str(stored["qualname"]),
        witness=tuple(Step(Span(*span), Role(role), str(message)) for span, role, message in stored["witness"]),
        cleanup_lines=tuple(stored["cleanup_lines"]),
        success_only_lines=tuple(stored["success_only_lines"]),
        noqa_lines=tuple(stored["noqa_lines"]),
        fix=None if stored["fix"] is None else _fixed(stored["fix"]),
        no_fix_reason=stored["no_fix_reason"],
        cell=None if stored["cell"] is None else Cell(*stored["cell"]),
    )


def _fix(fix: Fix) -> dict[str, Any]:
    certificate = fix.certificate
    return {
        "applicability": fix.applicability.value,
        "title": fix.title,
        "edits": [[edit.start, edit.end, edit.content] for edit in fix.edits],
        "certificate": certificate
        and [certificate.traces, certificate.faults, certificate.releases_added, certificate.order, certificate.caveat],
    }


def _fixed(stored: Mapping[str, Any]) -> Fix:
    kept = stored["certificate"]
    certificate = None if kept is None else Certificate(kept[0], kept[1], kept[2], tuple(kept[3]), kept[4])
    edits = tuple(Edit(int(start), int(end), str(content)) for start, end, content in stored["edits"])
    return Fix(Applicability(stored["applicability"]), str(stored["title"]), edits, certificate)
