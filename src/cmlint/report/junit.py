"""The `junit` format: XML for the test reports of Jenkins and most other servers.

A suite for each file, a failed case for each finding, an error for each file that could not be checked, and one passed
case where nothing is found, because servers take an empty report for a broken run. The attributes are those that
Jenkins' JUnit plugin reads (https://github.com/testmoapp/junitxml describes them). XML 1.0 has no control characters
and no surrogates: they become U+FFFD.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import PurePath
from xml.etree import ElementTree

from cmlint.findings import Finding, Problem
from cmlint.report import full

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(findings: Iterable[Finding], problems: Iterable[Problem], texts: Mapping[str, str]) -> str:
    """One XML document in ASCII, whatever the output's encoding; `texts` are the checked texts by path."""
    suites = [
        *(_suite(path, list(group), texts) for path, group in groupby(findings, lambda finding: finding.path)),
        *(_not_checked(problem) for problem in problems),
    ]
    root = ElementTree.Element("testsuites", _counts(suites or [_clean()]), name="cmlint")
    root.extend(suites or [_clean()])
    ElementTree.indent(root)
    document: bytes = ElementTree.tostring(root, encoding="us-ascii", xml_declaration=True)
    return document.decode("ascii") + "\n"


def _suite(path: str, findings: list[Finding], texts: Mapping[str, str]) -> ElementTree.Element:
    suite = ElementTree.Element(
        "testsuite", name=_legal(path), tests=str(len(findings)), failures=str(len(findings)), errors="0"
    )
    seen: Counter[str] = Counter()
    for finding in findings:
        name = f"{finding.code} {finding.qualname}"
        seen[name] += 1
        again = f" ({seen[name]})" if seen[name] > 1 else ""
        case = _case(suite, path, name + again, finding.span.line)
        failure = ElementTree.SubElement(case, "failure", type=finding.code, message=_legal(finding.message))
        failure.text = _legal(full.render([finding], texts).plain)
    return suite


def _not_checked(problem: Problem) -> ElementTree.Element:
    path = problem.path or "cmlint"
    suite = ElementTree.Element("testsuite", name=_legal(path), tests="1", failures="0", errors="1")
    case = _case(suite, path, "can be checked", problem.line or 1)
    ElementTree.SubElement(case, "error", type="not-checked", message=_legal(problem.message))
    return suite


def _clean() -> ElementTree.Element:
    suite = ElementTree.Element("testsuite", name="cmlint", tests="1", failures="0", errors="0")
    ElementTree.SubElement(suite, "testcase", classname="cmlint", name="no findings", time="0")
    return suite


def _case(suite: ElementTree.Element, path: str, name: str, line: int) -> ElementTree.Element:
    place = {"classname": _legal(_class(path)), "file": _legal(path), "line": str(line)}
    return ElementTree.SubElement(suite, "testcase", place, name=_legal(name), time="0")


def _class(path: str) -> str:
    """The path as a class in its package, which servers cut at the last dot: `a/b.py` is `b` in `a`."""
    place = PurePath(path.removesuffix(".py"))
    return ".".join(part.replace(".", "_") for part in place.parts if part not in ("..", place.anchor))


def _counts(suites: Iterable[ElementTree.Element]) -> dict[str, str]:
    listed = list(suites)
    return {name: str(sum(int(suite.get(name, "0")) for suite in listed)) for name in ("tests", "failures", "errors")}


def _legal(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
