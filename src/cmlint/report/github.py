"""The `github` format: a workflow command for each finding, which GitHub shows beside the line.

The escaping is that of GitHub's own toolkit: `%`, CR and LF everywhere, `:` and `,` in properties as well. See
https://docs.github.com/actions/reference/workflow-commands-for-github-actions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cmlint.findings import Confidence, Finding, Problem
from cmlint.report.concise import headline
from cmlint.report.places import OutsideError, in_repository

_COMMANDS = {Confidence.HIGH: "error", Confidence.MEDIUM: "warning", Confidence.LOW: "notice"}


def render(findings: Iterable[Finding], problems: Iterable[Problem]) -> str:
    """An annotation for each finding, and an error for each file that could not be checked."""
    return "".join([*map(_finding, findings), *map(_problem, problems)])


def _finding(finding: Finding) -> str:
    span = finding.span
    place = {"file": _file(finding.path), "line": span.line, "endLine": span.end_line}
    if span.line == span.end_line:  # GitHub takes columns on one line only
        place |= {"col": span.column, "endColumn": span.end_column}
    steps = [f"{number}. line {step.span.line}: {step.message}" for number, step in enumerate(finding.witness, start=1)]
    properties = {**place, "title": f"{finding.code} {finding.name}"}
    return _command(_COMMANDS[finding.confidence], properties, "\n".join([headline(finding), *steps]))


def _problem(problem: Problem) -> str:
    line = {} if problem.line is None else {"line": problem.line}
    place = {"file": _file(problem.path), **line} if problem.path else {}
    return _command("error", {**place, "title": "cmlint could not check this"}, str(problem))


def _file(path: str) -> str:
    """The path as GitHub needs it; one outside of the repository stays as it is, and is shown without a place."""
    try:
        return in_repository(path)
    except OutsideError:
        return path


def _command(name: str, properties: Mapping[str, object], message: str) -> str:
    given = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{name} {given}::{_data(message)}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
