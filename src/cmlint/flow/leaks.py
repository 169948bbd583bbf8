"""The verdict: is there a path on which an obligation is still held when the manager is left?

Breadth-first search over (node, facts), so the path that is found is a shortest one. A leak is: from the acquire's
normal edge to a yield, out of the yield by a throw, to an exit, past no release and no transfer, while resuming
the same yield does reach a release. Facts only drop paths, so the search may miss a leak behind a condition
that a side effect changes; the path it shows is one of the graph.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from cmlint.flow.events import Call, Event, Fault, Raise
from cmlint.flow.facts import NO_FACTS, Facts, Knowing
from cmlint.flow.graph import RETURN_EXIT, UNWIND_EXIT, Edge, Graph, Site, Way
from cmlint.flow.obligation import Obligation
from cmlint.flow.tree import NotAnalysed

_MAX_STATES = 100_000
_LOGGING = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log", "print"})


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


@dataclass(frozen=True, slots=True)
class _State:
    node: int
    facts: Facts
    held_since: int | None  # the node of the acquire


class LeakSearch:
    """Searches one graph for one obligation."""

    def __init__(self, graph: Graph, obligation: Obligation) -> None:
        self._graph = graph
        self._obligation = obligation
        self._knowing = Knowing(graph)
        self._acquires = _nodes(graph, obligation.acquires)
        self._releases = _nodes(graph, obligation.releases)
        self._ends = self._releases | _nodes(graph, obligation.transfers)
        self._dealt_with = self._ends | frozenset(
            number
            for number, node in enumerate(graph.nodes)
            if node.site and _mentions(node.site.event, obligation.object)
        )

    def leak_at(self, number: int) -> Leak | None:
        """The leak at the yield of node `number`, if there is one."""
        start = _State(self._graph.entry, NO_FACTS, None)
        for state in self._states(start, searching=True):
            if state.node != number or state.held_since is None:
                continue
            skipped = self._released_when_resumed(state)
            exit_ = self._exit_when_thrown(state, Fault.EXCEPTION) if skipped else None
            if exit_ is not None:
                return self._leak(state, skipped, exit_)
        return None

    def _leak(self, state: _State, skipped: Collection[int], exit_: int) -> Leak:
        acquire = self._graph.nodes[state.held_since or 0].site
        site = self._graph.nodes[state.node].site
        assert acquire is not None and site is not None
        sites = {found.index: found for number in skipped if (found := self._graph.nodes[number].site) is not None}
        ordered = tuple(sorted(sites.values(), key=lambda found: found.span))
        return Leak(self._obligation, acquire, site, ordered, exit_ == RETURN_EXIT)

    def _released_when_resumed(self, state: _State) -> set[int]:
        """The releases that can be the first to be reached when the yield is resumed."""
        found: set[int] = set()
        for edge in self._graph.nodes[state.node].edges:
            if edge.way is not Way.RAISE:
                start = _State(edge.target, state.facts, state.held_since)
                found.update(s.node for s in self._states(start) if s.node in self._releases)
        return found

    def _exit_when_thrown(self, state: _State, fault: Fault) -> int | None:
        """The exit at which it is still held after a throw, unless some handler releases it."""
        exits: list[int] = []
        for edge in self._graph.nodes[state.node].edges:
            if edge.fault is fault:
                start = _State(edge.target, state.facts, state.held_since)
                for reached in self._states(start):
                    if reached.node in self._dealt_with:
                        return None  # a handler deals with it: not what this search is about
                    if reached.node in (RETURN_EXIT, UNWIND_EXIT):
                        exits.append(reached.node)
        return exits[0] if exits else None

    def _states(self, start: _State, *, searching: bool = False) -> Iterator[_State]:
        """All states reachable from `start` by normal edges and `raise` statements.

        Behind a release nothing is searched any more, unless the search is for the yield: it goes on with
        nothing held. Faults of single calls are left to the rules about setup and clean-up.
        """
        seen = {start}
        waiting = deque([start])
        while waiting:
            state = waiting.popleft()
            yield state
            if len(seen) > _MAX_STATES:
                raise NotAnalysed(f"it has more than {_MAX_STATES:,} states")
            for following in self._following(state, searching):
                if following not in seen:
                    seen.add(following)
                    waiting.append(following)

    def _following(self, state: _State, searching: bool) -> Iterator[_State]:
        if state.node in self._ends and not searching:
            return
        node = self._graph.nodes[state.node]
        event = node.site.event if node.site else None
        for edge in node.edges:
            if edge.way is Way.RAISE and not isinstance(event, Raise):
                continue
            facts = self._knowing.along(state.facts, event, edge)
            if facts is not None:
                yield _State(edge.target, facts, self._held(state, edge))

    def _held(self, state: _State, edge: Edge) -> int | None:
        if state.node in self._ends:
            return None
        if state.node in self._acquires and edge.way is not Way.RAISE and state.held_since is None:
            return state.node
        return state.held_since


def _mentions(event: Event, held: str) -> bool:
    """Whether the event hands the object to somebody: in a handler, that is how it is dealt with."""
    if not isinstance(event, Call) or event.method in _LOGGING:
        return False
    values = [*event.args, *(value for _, value in event.keywords)]
    return any(value.text == held for value in values)


def _nodes(graph: Graph, sites: Collection[Site]) -> frozenset[int]:
    return frozenset(number for site in sites for number in graph.copies(site))
