"""The `gitlab` format: a Code Quality report, which GitLab shows in the merge request.

See https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format. GitLab compares the fingerprints of two
branches, so they don't depend on lines; of findings with equal keys the second has a number.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from cmlint.findings import Confidence, Finding, Problem
from cmlint.identity import Numbering
from cmlint.report.places import in_repository

_SEVERITIES = {Confidence.HIGH: "major", Confidence.MEDIUM: "minor", Confidence.LOW: "info"}


def render(findings: Iterable[Finding], problems: Iterable[Problem]) -> str:
    """One JSON array, with a newline at the end. Raises OutsideError for a path outside of the repository."""
    entries = [*_findings(findings), *map(_problem, problems)]
    return json.dumps(entries, indent=2) + "\n"


def _findings(findings: Iterable[Finding]) -> Iterator[dict[str, Any]]:
    numbering = Numbering()
    for finding in findings:
        path = in_repository(finding.path)
        yield {
            "description": f"{finding.code} {finding.message}",
            "check_name": finding.code,
            "fingerprint": numbering.fingerprint(finding, path),
            "severity": _SEVERITIES[finding.confidence],
            "location": {"path": path, "lines": {"begin": finding.span.line, "end": finding.span.end_line}},
        }


def _problem(problem: Problem) -> dict[str, Any]:
    path = in_repository(problem.path) if problem.path else "."
    return {
        "description": f"cmlint could not check this: {problem.message}",
        "check_name": "not-checked",
        "fingerprint": Numbering.of_text(path, problem.message),
        "severity": "critical",
        "location": {"path": path, "lines": {"begin": problem.line or 1}},
    }
