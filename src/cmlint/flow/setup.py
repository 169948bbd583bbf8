"""What a setup that fails half-way loses: acquired, then something raises before the protection begins.

A path from the acquire's normal edge, before any yield, to an event that can really fail, and from its exceptional edge
to an exit, past no release and no transfer. What any handler on the way deals with is not reported, so some are missed;
what is reported is a path of the graph.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from cmlint.flow.events import Call, Event, Fault, Raise
from cmlint.flow.fallible import fails_in_setup
from cmlint.flow.graph import Graph, Site, Way
from cmlint.flow.harmless import is_harmless
from cmlint.flow.manager import Manager
from cmlint.flow.obligation import Obligation
from cmlint.flow.obligations.naming import words_of
from cmlint.flow.search import Search, State, closes_owner


@dataclass(frozen=True, slots=True)
class SetupLoss:
    """An obligation that is opened at `acquire` and lost when `raising` raises before the yield."""

    obligation: Obligation
    acquire: Site
    raising: Site


def setup_losses(manager: Manager) -> Iterator[SetupLoss]:
    """One loss for each obligation that a failing setup loses. What the body's exception loses, too, is left out."""
    cleaning = frozenset(site for here, _ in manager.obligations for site in here.after)
    lost_by_body = {(leak.obligation.object, leak.obligation.kind) for leak in manager.leaks}
    seen: set[tuple[int, ...]] = set()
    for _, opened in manager.obligations:
        for obligation in opened:
            acquires = tuple(site.index for site in obligation.acquires)
            if (
                is_harmless(obligation, manager.scope)
                or obligation.object.startswith("super(")
                or acquires in seen
                or (obligation.object, obligation.kind) in lost_by_body
            ):
                continue
            seen.add(acquires)
            loss = _loss(manager, obligation, cleaning)
            if loss is not None:
                yield loss


def _loss(manager: Manager, obligation: Obligation, cleaning: frozenset[Site]) -> SetupLoss | None:
    cared = tuple(site for site in manager.graph.sites if _is_over(site.event, obligation))
    search = Search(manager.graph, replace(obligation, transfers=(*obligation.transfers, *cared)))
    for state in search.before_yield():
        site = manager.graph.nodes[state.node].site
        if state.held_since is None or site is None or site.by_caller or state.node in search.ends:
            continue  # what fails in the caller is not the manager's to mend
        acquire = manager.graph.nodes[state.held_since].site
        assert acquire is not None
        if (
            _is_part(acquire, site, obligation)
            or site in cleaning
            or _is_used_by(site.event, obligation, manager.graph)
        ):
            continue
        if fails_in_setup(site.event, manager.scope, manager.subject.knowledge) and _is_lost(search, state):
            return SetupLoss(obligation, acquire, site)
    return None


def _is_over(event: Event, obligation: Obligation) -> bool:
    """Whether nothing is held after the event: undone, its owner closed, or the process waited for until its end."""
    if any(_gives_back(event, acquire.event) for acquire in obligation.acquires):
        return True
    waited = isinstance(event, Call) and event.receiver == obligation.object and event.method in ("wait", "communicate")
    ended = waited and isinstance(event, Call) and not event.args and not event.keywords
    return closes_owner(event, obligation.object) or (ended and obligation.kind == "process")


def _gives_back(event: Event, acquire: Event) -> bool:
    """Whether the call is the acquire's once more, with what that gave: `signal(n, old)` after `old = signal(n, h)`."""
    if not isinstance(event, Call) or not isinstance(acquire, Call) or event.callee != acquire.callee:
        return False
    return any(not value.reads.isdisjoint(acquire.results) for value in event.args)


def _is_used_by(event: Event, obligation: Obligation, graph: Graph) -> bool:
    """Whether the event only works with what was just acquired: in a new folder, on a new process or connection."""
    if not isinstance(event, Call):
        return False
    if event.dotted == "os.chdir" and event.args and _is_made(event.args[0].text, graph):
        return True
    held = obligation.object
    if obligation.kind == "temp":
        return any(held in value.reads for value in (*event.args, *(value for _, value in event.keywords)))
    mine = event.receiver == held or (event.receiver or "").startswith(f"{held}.")
    return mine and (obligation.kind in ("process", "thread") or event.method == "cursor")


def _is_made(path: str, graph: Graph) -> bool:
    """Whether the path is that of a folder that the manager has just made."""
    calls = (site.event for site in graph.sites if isinstance(site.event, Call))
    return any(path in call.results and {"tempdir", "mkdtemp", "temp"} & set(words_of(call.method)) for call in calls)


def _is_part(acquired: Site, site: Site, obligation: Obligation) -> bool:
    """Whether what raises belongs to the statement that acquires, or is a call around the acquire."""
    if acquired.statement is not site.statement:
        return False
    if acquired is site:  # the same one again: the next round of a loop, where what is acquired is certain
        return obligation.origin != "knowledge base"
    inside = acquired.span != site.span and site.span.line <= acquired.span.line <= site.span.end_line
    return not site.grafted or (not acquired.grafted and inside)


def _is_lost(search: Search, state: State) -> bool:
    node = search.graph.nodes[state.node]
    assert node.site is not None
    if isinstance(node.site.event, Raise):
        return any(search.along(state, edge).lost for edge in node.edges if edge.way is Way.RAISE)
    return search.outcome(state, Fault.EXCEPTION).lost
