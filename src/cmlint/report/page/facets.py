"""What the page is grouped and filtered by: kinds of what is lost, rules, confidence, repair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cmlint.findings import Finding
from cmlint.report.page.escaping import attribute, visible
from cmlint.report.page.finding import repair_class

UNUSABLE = "manager"  # the group of what loses nothing: managers that do not do what a `with` needs
_KINDS = {
    "process": "Processes",
    "thread": "Threads",
    "task": "Tasks",
    "executor": "Executors",
    "server": "Servers",
    "lock": "Locks",
    "connection": "Connections",
    "file": "Files",
    "temp": "Temporary files and folders",
    "mount": "Mounts",
    "registration": "Registrations",
    "remote": "Remote resources",
    "env": "Environment variables",
    "cwd": "Working folder",
    "stdio": "Standard streams",
    "stack": "Stacks",
    "state": "State",
    "other": "Other resources",
    UNUSABLE: "Managers that a with can't use",
}
_REPAIRS = {"safe": "safe fix", "unsafe": "unsafe fix", "none": "by hand"}


@dataclass(frozen=True, slots=True)
class _Facet:
    """A group of choices: its key in the page's address, its title, and the label of each value."""

    key: str
    title: str
    labels: Mapping[str, str]


def group_of(finding: Finding) -> str:
    """The kind of what is lost, or UNUSABLE."""
    return UNUSABLE if finding.code[3:4] in ("2", "3") else finding.kind


def title_of(kind: str) -> str:
    """The heading of a kind, which a project's own settings may have brought."""
    return _KINDS.get(kind, kind.capitalize())


def in_order(kinds: Sequence[str]) -> list[str]:
    """The kinds in the order of the page: what hangs or blocks first."""
    order = list(_KINDS)
    return sorted(set(kinds), key=lambda kind: (order.index(kind) if kind in order else len(order), kind))


def facets_html(findings: Sequence[Finding]) -> str:
    """The choices as groups of checkboxes, with the number of findings of each."""
    kinds = [group_of(finding) for finding in findings]
    names = {finding.code: f"{finding.code} {finding.name}" for finding in findings}
    return "".join(
        (
            _facet(_Facet("kind", "What is lost", {k: title_of(k) for k in in_order(kinds)}), Counter(kinds)),
            _facet(_Facet("code", "Rule", dict(sorted(names.items()))), _counted(findings, lambda f: f.code)),
            _facet(
                _Facet("confidence", "Confidence", {level: level for level in ("high", "medium", "low")}),
                _counted(findings, lambda f: f.confidence.value),
            ),
            _facet(_Facet("fix", "Repair", _REPAIRS), _counted(findings, repair_class)),
        )
    )


def _counted(findings: Sequence[Finding], value: Callable[[Finding], str]) -> Counter[str]:
    return Counter(value(finding) for finding in findings)


def _facet(facet: _Facet, counts: Counter[str]) -> str:
    choices = "".join(
        f'<label><input type="checkbox" name="{facet.key}" value="{attribute(value)}">'
        f"<span>{visible(label)}</span> <small>{counts[value]}</small></label>"
        for value, label in facet.labels.items()
        if counts[value]
    )
    return f"<fieldset><legend>{facet.title}</legend>{choices}</fieldset>"
