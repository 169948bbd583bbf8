"""What a clean-up does more than to release, where it is also to run when a setup fails.

Nobody has looked at that then: some of it may undo what was not done yet. Errs towards finding more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import libcst as cst

from cmlint.fix.moving.mixture import are_opposite, reports_success
from cmlint.fix.places.blocks import sites_in
from cmlint.fix.telling.asking import is_lock, is_only_asked
from cmlint.fix.telling.housekeeping import keeps_house
from cmlint.fix.telling.labels import as_source
from cmlint.flow.lowering.graph import Site
from cmlint.flow.manager import Manager
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.reading.events import Call, Enter, Event, Step, Store, Test
from cmlint.flow.reading.naming import words_of
from cmlint.flow.reading.tree import Tree


def more_than_releases(
    tree: Tree, statements: Iterable[cst.CSTNode], sites: Sequence[Site], wanted: Collection[int]
) -> int | None:
    """The line (1-based) of the first of `statements` that does more than to release `wanted`."""
    lines = (tree.span(one).line for one in statements if not only_cleans(sites_in(one, sites), wanted))
    return next(lines, None)


def more_when_setup_fails(
    tree: Tree, statements: Sequence[cst.CSTNode], sites: Sequence[Site], wanted: Collection[int]
) -> int | None:
    """The line of the first that does more than to release `wanted`, inside a function of the file that it calls, too.

    Nobody looks into that when a setup fails, and some of it may undo what was not done yet.
    """
    line = more_than_releases(tree, statements, sites, wanted)
    return line or next((tree.span(one).line for one in statements if _does_more_inside(one, sites, wanted)), None)


def _does_more_inside(statement: cst.CSTNode, sites: Sequence[Site], wanted: Collection[int]) -> bool:
    inside = (site for site in sites_in(statement, sites) if site.grafted and site.index not in wanted)
    return any(isinstance(site.event, (Call, Store)) and not _is_beside(site.event) for site in inside)


def releases_later(
    manager: Manager, obligation: Obligation, cleanup: Iterable[cst.CSTNode], steps: Iterable[cst.CSTNode]
) -> str | None:
    """What else a clean-up releases, perhaps inside a call, that only some steps behind the acquisition acquire."""
    later = {site.index for step in steps for site in sites_in(step, manager.graph.sites)}
    released = {site.index for statement in cleanup for site in sites_in(statement, manager.graph.sites)}
    for _, opened in manager.obligations:
        for other in opened:
            acquired = any(site.index in later for site in other.acquires)
            if other.object != obligation.object and acquired and any(s.index in released for s in other.releases):
                return other.object
    return None


def undone_later(manager: Manager, cleanup: Iterable[cst.CSTNode], steps: Iterable[cst.CSTNode]) -> str | None:
    """What a clean-up undoes by its name, and only a step behind the acquisition does: `unlock()` for its `lock()`."""
    knowledge, sites = manager.subject.knowledge, manager.graph.sites
    done = [site.event for step in steps for site in sites_in(step, sites) if isinstance(site.event, Call)]
    calls = (site.event for one in cleanup for site in sites_in(one, sites) if isinstance(site.event, Call))
    for call in calls:
        for step in done:
            same = call.receiver == step.receiver and (call.receiver is not None or call.args == step.args)
            if same and are_opposite(words_of(step.method), words_of(call.method), knowledge):
                return as_source(step)
    return None


def only_cleans(sites: Iterable[Site], wanted: Collection[int]) -> bool:
    """Whether a statement with these sites does nothing but release (`wanted`), ask, hold a lock and keep house."""
    found = list(sites)
    spans = {site.span for site in found if site.index in wanted}
    told = any(site.index in wanted and reports_success(site.event) for site in found)
    beside = all(site.span in spans or site.grafted or _is_beside(site.event) for site in found)
    return bool(spans) and beside and not told


def _is_beside(event: Event) -> bool:
    if isinstance(event, Call):
        return keeps_house(event) or (not event.discarded and is_only_asked(event))
    return isinstance(event, (Test, Step)) or (isinstance(event, Enter) and is_lock(event.manager.text))
