"""Broken clean-up chains: a step of the clean-up raises, and a later release is skipped.

A path from a yield that is left by an exception (or, in a class, in any way), with the obligation held, to a step that
can really fail, from which the release would be reached normally, and from its exceptional edge to an exit without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from cmlint.flow.events import Fault
from cmlint.flow.fallible import fails_in_cleanup
from cmlint.flow.graph import UNWIND_EXIT, Site
from cmlint.flow.harmless import is_harmless, only_forgets
from cmlint.flow.leaks import released_when_resumed, sites_of
from cmlint.flow.manager import Manager
from cmlint.flow.obligation import Obligation
from cmlint.flow.search import Search, State


@dataclass(frozen=True, slots=True)
class BrokenChain:
    """An obligation whose releases are `skipped` when the clean-up step at `raising` raises.

    dropped: the clean-up itself drops that exception, so somebody has thought of it.
    """

    obligation: Obligation
    raising: Site
    skipped: tuple[Site, ...]
    dropped: bool = False


def broken_chains(manager: Manager) -> Iterator[BrokenChain]:
    """One broken chain for each step and release."""
    seen: set[tuple[Site, tuple[Site, ...]]] = set()
    for here, opened in manager.obligations:
        for obligation in opened:
            chain = None if _is_trivial(manager, obligation) else _broken(manager, obligation, here.number)
            if chain is not None and (chain.raising, chain.skipped) not in seen:
                seen.add((chain.raising, chain.skipped))
                yield chain


def _is_trivial(manager: Manager, obligation: Obligation) -> bool:
    """Whether the releases only forget a reference, or nobody misses the object."""
    return only_forgets(obligation) or (bool(obligation.acquires) and is_harmless(obligation, manager.scope))


def _broken(manager: Manager, obligation: Obligation, number: int) -> BrokenChain | None:
    search = Search(manager.graph, obligation)
    for held in search.held_at(number):
        for state in _leaving(search, held, manager):
            chain = _at(manager, search, state)
            if chain is not None:
                return replace(chain, dropped=_is_dropped(search, held, chain.raising))
    return None


def _leaving(search: Search, held: State, manager: Manager) -> Iterator[State]:
    yield from search.when_thrown(held, Fault.EXCEPTION)
    if manager.exit_tree is not None:
        yield from search.when_resumed(held)


def _is_inside_release(site: Site, obligation: Obligation) -> bool:
    """Whether the step is what a release does inside: then there is nothing that it keeps from running."""
    own = (release for release in obligation.releases if not release.grafted)
    return site.grafted and any(release.span == site.span for release in own)


def _at(manager: Manager, search: Search, state: State) -> BrokenChain | None:
    site = manager.graph.nodes[state.node].site
    if site is None or state.node in search.ends or _is_inside_release(site, search.obligation):
        return None
    if not fails_in_cleanup(site.event, manager.scope, manager.subject.knowledge):
        return None
    skipped = released_when_resumed(search, state)
    if skipped and search.outcome(state, Fault.EXCEPTION).lost:
        return BrokenChain(search.obligation, site, sites_of(manager.graph, skipped))
    return None


def _is_dropped(search: Search, held: State, raising: Site) -> bool:
    """Whether the manager returns when the step raises after a body that succeeded."""
    for state in search.when_resumed(held):
        if search.graph.nodes[state.node].site is raising:
            exits = search.outcome(state, Fault.EXCEPTION).exits
            return bool(exits) and UNWIND_EXIT not in exits
    return False
