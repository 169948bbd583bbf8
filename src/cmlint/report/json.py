"""The `json` format: an array of objects, as docs/json.md describes it key by key."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from cmlint.findings import Finding, Fix, Replay


def render(findings: Iterable[Finding]) -> str:
    """All findings as one JSON array, indented, with a newline at the end."""
    return json.dumps([_finding(finding) for finding in findings], indent=2, ensure_ascii=False) + "\n"


def render_replays(replays: Iterable[Replay]) -> str:
    """Replays alone, in the form of the `replay` key."""
    return json.dumps([_replay(replay) for replay in replays], indent=2, ensure_ascii=False) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    cell = {"cell": finding.cell.number} if finding.cell else {}
    replayed = {"replay": _replay(finding.replay)} if finding.replay else {}
    return {
        "code": finding.code,
        "name": finding.name,
        "message": finding.message,
        "kind": finding.kind,
        "confidence": finding.confidence.value,
        "path": finding.path,
        **cell,
        "line": finding.span.line,
        "column": finding.span.column,
        "end_line": finding.span.end_line,
        "end_column": finding.span.end_column,
        "qualname": finding.qualname,
        "witness": [
            {"line": step.span.line, "column": step.span.column, "message": step.message} for step in finding.witness
        ],
        "cleanup_lines": list(finding.cleanup_lines),
        "success_only_lines": list(finding.success_only_lines),
        "fix": _fix(finding.fix) if finding.fix else None,
        "no_fix_reason": finding.no_fix_reason,
        **replayed,
    }


def _fix(fix: Fix) -> dict[str, Any]:
    certificate = fix.certificate
    return {
        "applicability": fix.applicability.value,
        "title": fix.title,
        "edits": [{"start": edit.start, "end": edit.end, "content": edit.content} for edit in fix.edits],
        "certificate": certificate
        and {
            "traces": certificate.traces,
            "faults": certificate.faults,
            "releases_added": certificate.releases_added,
            "order": list(certificate.order),
        },
    }


def _replay(replay: Replay) -> dict[str, Any]:
    return {
        "verdict": replay.verdict.value,
        "reason": replay.reason,
        "lost": list(replay.lost),
        "released": list(replay.released),
        "failing_line": replay.failing,
        "trials": [
            {"fault": trial.fault, "ran": list(trial.ran), "lost": list(trial.lost), "left_with": trial.left_with}
            for trial in replay.trials
        ],
        "answers": dict(replay.answers),
        "tries": replay.tries,
    }
