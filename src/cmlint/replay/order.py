"""What a subprocess is told to run: one manager, the path that is wanted, and where the fault goes."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from cmlint.findings import Finding, Role, Span
from cmlint.flow.manager import Manager
from cmlint.flow.paths.obligation import Obligation
from cmlint.outline import Definition, Outline, Slice
from cmlint.subjects import Subject

_BODY_RAISES = {"CML101", "CML102", "CML103", "CML106"}
_STEP_RAISES = {"CML104", "CML105"}
REPLAYABLE = _BODY_RAISES | _STEP_RAISES
_ALL_FAULTS = ("Exception", "BaseException", "GeneratorExit")
WITHS = ("`with`", "`async with`")  # what a class runs under
_WHY_NOT = {
    "CML107": "no path releases it, so there is no release that a run could miss",
    "CML108": "a recorder is never waited for",
}


class NotReplayable(Exception):
    """There is nothing to run; the message says why."""


@dataclass(frozen=True)
class Order:
    """One replay.

    text, first_line: the source of the function or class, and where it begins; kind: `generator`, `class`, or `resumed`
    (its caller never throws into it); meanings: what the names around it stand for; acquires: the lines (first and
    last) of each acquire; yields: those of the yield, or None; releases: the lines to watch; step: the place of the
    setup or clean-up step that fails (columns 0-based), None for the body; faults: the kinds that are tried.
    """

    text: str
    first_line: int
    kind: str
    is_async: bool
    meanings: dict[str, str]
    acquires: tuple[tuple[int, int], ...]
    yields: tuple[int, int] | None
    releases: tuple[int, ...]
    step: tuple[int, int, int, int] | None
    faults: tuple[str, ...]

    @property
    def as_json(self) -> dict[str, Any]:
        """As the driver reads it."""
        return asdict(self)

    @property
    def protocol(self) -> str:
        """What it runs under, in words."""
        if self.kind == "generator":
            return f"contextlib.{'async' if self.is_async else ''}contextmanager"
        if self.kind == "resumed":
            return "a caller that only resumes it"
        return WITHS[self.is_async]


def order_for_finding(finding: Finding, subject: Subject) -> Order:
    """The run that shows what `finding` claims. Raises NotReplayable."""
    if finding.code not in REPLAYABLE:
        raise NotReplayable(_WHY_NOT.get(finding.code, "it is about the shape of the manager, and nothing is released"))
    if not finding.cleanup_lines:
        raise NotReplayable("no release in its own lines is known that a run could miss")
    steps = [step for step in finding.witness if step.role is Role.RAISES]
    arrives = steps[0].span if steps else finding.span
    failing = arrives if finding.code in _STEP_RAISES and steps else None
    inside = range(0) if failing is None else _lines(failing)
    releases = [line for line in finding.cleanup_lines if line not in inside]
    if not releases:
        raise NotReplayable("the release that is skipped is inside the very call that fails")
    return _order(
        subject,
        acquires=[step.span for step in finding.witness if step.role is Role.ACQUIRED],
        yields=None if failing or subject.exit is not None else arrives,
        releases=releases,
        step=failing,
    )


def orders_without_finding(manager: Manager) -> list[Order]:
    """The runs of a manager in which nothing is found: is what it releases released on every way out?"""
    orders = []
    for here, found in manager.obligations:
        site = manager.graph.nodes[here.number].site
        if found and site is not None:
            orders.append(
                _order(
                    manager.subject,
                    acquires=_spans(found, acquires=True),
                    yields=site.span if manager.exit_tree is None else None,
                    releases=sorted({line for span in _spans(found, acquires=False) for line in _lines(span)}),
                    step=None,
                )
            )
    return orders


def _spans(found: Iterable[Obligation], *, acquires: bool) -> list[Span]:
    return sorted({site.span for each in found for site in (each.acquires if acquires else each.releases)})


def _lines(span: Span) -> range:
    return range(span.line, span.end_line + 1)


def _order(
    subject: Subject, *, acquires: Iterable[Span], yields: Span | None, releases: Iterable[int], step: Span | None
) -> Order:
    definition = subject.definition
    owner = definition.parent if subject.exit is not None else None
    run = owner or definition
    found = _parsed(subject.whole, run)
    # What the caller acquires before the manager runs has been done when it is run by itself.
    own = [span for span in acquires if run.first_line <= span.line <= run.end_line]
    return Order(
        text=found.text,
        first_line=found.first_line,
        kind="class" if owner else "generator" if subject.protocol.throws else "resumed",
        is_async=definition.is_async or definition.name.startswith("__a"),
        meanings=dict(subject.visible),
        acquires=tuple((span.line, span.end_line) for span in own),
        yields=(yields.line, yields.end_line) if yields else None,
        releases=tuple(releases),
        step=(step.line, step.column - 1, step.end_line, step.end_column - 1) if step else None,
        faults=("Exception",) if step else _ALL_FAULTS,
    )


def _parsed(whole: Outline, definition: Definition) -> Slice:
    """The source of `definition`. Raises NotReplayable where this Python can't read it."""
    for found in whole.slices(definition):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                ast.parse(f"if True:\n{found.text}" if definition.indent else found.text)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
            return found
    raise NotReplayable("this Python can't read its source by itself")
