"""The verdict: is there a path on which an obligation is still held when the manager is left?

A leak is: from the acquire's normal edge to a yield, out of the yield by a throw, to an exit, past no release and no
transfer, while resuming the same yield does reach a release. What some handler on the way deals with is not a leak but
perhaps a narrow clean-up (see `narrow`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from cmlint.flow.lowering.graph import RETURN_EXIT, Graph, Site
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.paths.search import Search, State
from cmlint.flow.reading.events import Fault


@dataclass(frozen=True, slots=True)
class Leak:
    """An obligation that is lost at a yield, and the path that shows it.

    acquire: where it is opened on the path; site: the yield; skipped: the releases that resuming reaches, in
    source order; swallowed: the path ends in a normal return because the exception is dropped.
    """

    obligation: Obligation
    acquire: Site
    site: Site
    skipped: tuple[Site, ...]
    swallowed: bool


def leak_at(graph: Graph, obligation: Obligation, number: int) -> Leak | None:
    """The leak of `obligation` at the yield of node `number`, if there is one."""
    search = Search(graph, obligation)
    for state in search.held_at(number):
        skipped = released_when_resumed(search, state)
        outcome = search.outcome(state, Fault.EXCEPTION)
        if skipped and outcome.lost:
            return _leak(search, state, skipped, outcome.exits[0])
    return None


def released_when_resumed(search: Search, state: State) -> set[int]:
    """The releases that can be the first to be reached when the node of `state` is left without an exception."""
    return {reached.node for reached in search.when_resumed(state) if reached.node in search.releases}


def sites_of(graph: Graph, numbers: Collection[int]) -> tuple[Site, ...]:
    """The sites of some nodes, in source order."""
    sites = {found.index: found for number in numbers if (found := graph.nodes[number].site) is not None}
    return tuple(sorted(sites.values(), key=lambda found: found.span))


def acquire_of(search: Search, state: State) -> Site:
    """Where the obligation was opened; the place that a caretaker hands it over at is the yield."""
    number = state.held_since if search.obligation.acquires else state.node
    site = search.graph.nodes[state.node if number is None else number].site
    assert site is not None
    return site


def _leak(search: Search, state: State, skipped: Collection[int], exit_: int) -> Leak:
    site = search.graph.nodes[state.node].site
    assert site is not None
    return Leak(
        search.obligation, acquire_of(search, state), site, sites_of(search.graph, skipped), exit_ == RETURN_EXIT
    )
