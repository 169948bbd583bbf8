"""Findings as diagnostics: severity by confidence, the rule's page behind the code, the path as related places."""

from __future__ import annotations

import sys
from pathlib import Path

from lsprotocol.types import (
    CodeDescription,
    Diagnostic,
    DiagnosticRelatedInformation,
    DiagnosticSeverity,
    Location,
)

from cmlint.findings import Confidence, Finding
from cmlint.lsp.rechecking import Outcome
from cmlint.rules import RULES

SOURCE = "cmlint"
_SEVERITY = {
    Confidence.HIGH: DiagnosticSeverity.Error,
    Confidence.MEDIUM: DiagnosticSeverity.Warning,
    Confidence.LOW: DiagnosticSeverity.Information,
}


def diagnostics_of(outcome: Outcome, *, related: bool = True) -> list[Diagnostic]:
    """All diagnostics of one version of a document; `related`: the client shows related places."""
    return [diagnostic(finding, outcome, related=related) for finding in outcome.findings]


def diagnostic(finding: Finding, outcome: Outcome, *, related: bool = True) -> Diagnostic:
    """One finding as a diagnostic; where the client shows no related places, its message tells the path."""
    document = outcome.document
    steps = [
        DiagnosticRelatedInformation(
            Location(document.uri, document.places.range(step.span)), f"{number}. {step.message}"
        )
        for number, step in enumerate(finding.witness, start=1)
    ]
    message = finding.message
    if not related:
        lines = (f"line {step.location.range.start.line + 1}: {step.message}" for step in steps)
        message = "\n".join((message, *lines))
    page = _page_of(finding.code)
    return Diagnostic(
        range=document.places.range(finding.span),
        message=message,
        severity=_SEVERITY[finding.confidence],
        code=finding.code,
        code_description=None if page is None else CodeDescription(page),
        source=SOURCE,
        related_information=steps if related else None,
    )


def _page_of(code: str) -> str | None:
    """The address of a rule's page: the module of the rule begins with it, and is there without a network."""
    for rule in RULES:
        module = sys.modules.get(rule.check.__module__)
        if rule.code == code and module is not None and module.__file__ is not None:
            return Path(module.__file__).resolve().as_uri()
    return None
