"""Puts a finding together: what the findings of all rules share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from cmlint.findings import Confidence, Finding, Role, Span, Step
from cmlint.flow.losses.narrow import NarrowCleanup
from cmlint.flow.lowering.graph import Site
from cmlint.flow.manager import Manager
from cmlint.flow.obligations.removal import REMOVAL
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.reading.renaming import as_written

_Item = TypeVar("_Item")


class _HasObligation(Protocol):
    @property
    def obligation(self) -> Obligation:
        """What is lost."""


_Lost = TypeVar("_Lost", bound=_HasObligation)


def finding(
    manager: Manager,
    rule: tuple[str, str],
    *,
    message: str,
    kind: str,
    confidence: Confidence,
    span: Span,
    witness: Sequence[Step],
    cleanup_lines: Iterable[int] = (),
    success_only_lines: Iterable[int] = (),
) -> Finding:
    """A finding of `rule` (code, name) at `span`, without a path and without a fix."""
    definition = manager.subject.definition
    return Finding(
        code=rule[0],
        name=rule[1],
        message=as_written(message),
        kind=kind,
        confidence=confidence,
        path="",
        span=span,
        qualname=_qualname(manager, span),
        witness=tuple(replace(step, message=as_written(step.message)) for step in witness),
        cleanup_lines=tuple(cleanup_lines),
        success_only_lines=tuple(success_only_lines),
        noqa_lines=tuple(range(definition.first_line, definition.line + 1)),
    )


def _qualname(manager: Manager, span: Span) -> str:
    """The manager's function; in a class, the method that holds `span`."""
    subject = manager.subject
    if subject.exit is not None and subject.exit.first_line <= span.line <= subject.exit.end_line:
        return subject.exit.qualname
    return subject.definition.qualname


def definition_span(manager: Manager) -> Span:
    """The name of the function, or of `__enter__`."""
    return manager.tree.span(manager.tree.function.name)


def at(site: Site, role: Role, message: str) -> Step:
    """A step of a witness at a site."""
    return Step(site.span, role, message)


def where(acquire: Site) -> str:
    """Where something was acquired: here, or in the caller that sets up for the manager."""
    if acquire.inside is None or not acquire.by_caller:
        return "here"
    return f"in `{acquire.inside.qualname}`, line {acquire.inside.line}, which returns this manager"


def lines_of(sites: Iterable[Site]) -> tuple[int, ...]:
    """The 1-based lines of some sites, each once."""
    return tuple(sorted({line for site in sites for line in range(site.span.line, site.span.end_line + 1)}))


def surest(items: Iterable[_Item], confidence: Callable[[_Item], Confidence]) -> tuple[Confidence, list[_Item]]:
    """The highest confidence of some items, and those that have it: a weak one must not hide a strong one."""
    listed_ = list(items)
    highest = max((confidence(item) for item in listed_), key=lambda each: each.rank)
    return highest, [item for item in listed_ if confidence(item) is highest]


def told_once(losses: Sequence[_Lost]) -> list[_Lost]:
    """Without those that only repeat in weaker words that an object is lost: told as removed, and known besides.

    A temporary file that stays open and behind is lost in two ways, and told so.
    """
    known = [loss.obligation for loss in losses if loss.obligation.origin != REMOVAL]
    return [loss for loss in losses if not any(_repeats(loss.obligation, other) for other in known)]


def _repeats(obligation: Obligation, known: Obligation) -> bool:
    same = obligation.object == known.object and not _spans(obligation).isdisjoint(_spans(known))
    alike = obligation.kind == "remote" or obligation.words.lost == known.words.lost
    return obligation.origin == REMOVAL and same and alike


def _spans(obligation: Obligation) -> set[Span]:
    return {site.span for site in obligation.acquires}


def of_one_yield(found: Iterable[NarrowCleanup]) -> list[NarrowCleanup]:
    """Those of the first yield that has any; a weak one neither hides a strong one nor is named beside it."""
    every = sorted(found, key=lambda narrow: (narrow.site.span, narrow.acquire.span))
    every = [narrow for narrow in every if narrow.confidence is not Confidence.LOW] or every
    return [narrow for narrow in every if narrow.site is every[0].site]


def least(confidences: Iterable[Confidence]) -> Confidence:
    """The lowest of some confidences."""
    return min(confidences, key=lambda confidence: confidence.rank)
