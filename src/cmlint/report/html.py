"""The `html` format: a whole tree's findings on one page that needs nothing else, neither a network nor JavaScript."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from importlib.resources import files

from cmlint.findings import Finding, Problem
from cmlint.identity import Numbering
from cmlint.report.page.escaping import attribute, prose, visible
from cmlint.report.page.explained import rules_html
from cmlint.report.page.facets import facets_html, group_of, in_order, title_of
from cmlint.report.page.finding import finding_html, repair_class
from cmlint.report.page.lines import Lines, split
from cmlint.results import Counts, Result

_UNFOLDED = 12  # lines beside the findings that are shown without being asked for
_PLACE = re.compile(r"\{\{(\w+)\}\}")


def render(result: Result) -> str:
    """The page, in ASCII: whatever encoding it is written and read in, it says the same."""
    style = _shipped("page.css").replace("{{dark}}", _shipped("dark.css").rstrip())  # by the system's wish, and by hand
    script = _shipped("page.js")
    parts = {
        "title": _headline(result),
        "summary": _summary(result),
        "policy": f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; img-src data:",
        "style": style,
        "script": script,
        "facets": facets_html(result.findings),
        "total": str(len(result.findings)),
        "problems": _told("problems", "Could not be checked", result.problems) + _told("notes", "Notes", result.notes),
        "groups": _groups(result),
        "rules": rules_html({finding.code for finding in result.findings}),
        "version": visible(version("cmlint")),
        "state": "found" if result.findings else "clean",
    }
    page = _PLACE.sub(lambda match: parts[match[1]], _shipped("page.html"))
    return page.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _shipped(name: str) -> str:
    return files("cmlint.report.page").joinpath(name).read_text("utf-8")


def _digest(text: str) -> str:
    """The source expression that allows exactly this inline element."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _headline(result: Result) -> str:
    seen = _number(result.counts.files, "file")
    return f"{_number(len(result.findings), 'finding') if result.findings else 'No findings'} in {seen}"


def _summary(result: Result) -> str:
    counts: Counts = result.counts
    told = [f"{_number(counts.managers, 'manager')} analysed"]
    if counts.not_analysed:
        told.append(f"{_number(counts.not_analysed, 'manager')} could not be")
    repairs = Counter(repair_class(finding) for finding in result.findings)
    if repairs["safe"]:
        told.append(f"{repairs['safe']:,} can be repaired with <code>cmlint --fix</code>")
    if repairs["unsafe"]:
        told.append(f"{repairs['unsafe']:,} more with <code>--unsafe-fixes</code>, after a look")
    if result.problems:
        told.append(f"{_number(len(result.problems), 'path')} could not be checked")
    return "; ".join(told) + "."


def _told(name: str, heading: str, problems: Sequence[Problem]) -> str:
    """What is to be said beside the findings; many lines are folded, so that they do not bury the findings."""
    if not problems:
        return ""
    items = "".join(f"<li>{prose(str(problem))}</li>" for problem in problems)
    unfolded = " open" if len(problems) <= _UNFOLDED else ""
    return (
        f'<section class="{name}"><details{unfolded}>'
        f"<summary><h2>{heading} <small>{len(problems)}</small></h2></summary>"
        f"<ul>{items}</ul></details></section>"
    )


def _groups(result: Result) -> str:
    """The findings by what is lost."""
    by_kind: dict[str, list[Finding]] = {}
    for finding in result.findings:
        by_kind.setdefault(group_of(finding), []).append(finding)
    anchors = _anchors(result.findings)
    lines = {place: split(result.texts[place]) for place in {finding.place for finding in result.findings}}
    return "".join(_group(kind, by_kind[kind], anchors, result.texts, lines) for kind in in_order(list(by_kind)))


def _group(
    kind: str,
    findings: Sequence[Finding],
    anchors: Mapping[Finding, str],
    texts: Mapping[str, str],
    lines: Mapping[str, Lines],
) -> str:
    articles = "".join(finding_html(f, anchors[f], texts[f.place], lines[f.place]) for f in findings)
    return (
        f'<section class="group" data-kind="{attribute(kind)}"><h2>{visible(title_of(kind))}'
        f' <small data-of="{len(findings)}">{len(findings)}</small></h2>\n{articles}</section>\n'
    )


def _anchors(findings: Sequence[Finding]) -> dict[Finding, str]:
    """An id for each finding that stays the same when the code around it moves."""
    numbering = Numbering()
    return {finding: f"f-{numbering.fingerprint(finding, finding.path)[:12]}" for finding in findings}
