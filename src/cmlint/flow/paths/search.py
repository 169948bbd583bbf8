"""Searches one graph for the paths on which one obligation is held.

Breadth-first over (node, facts, acquire), so the first path that is found is a shortest one. Facts only drop paths, so
a path behind a condition that a side effect changes may be missed; every path that is found is one of the graph.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from cmlint.flow.lowering.facts import NO_FACTS, Facts
from cmlint.flow.lowering.graph import RETURN_EXIT, UNWIND_EXIT, Edge, Graph, Site, Way
from cmlint.flow.paths.dealing import deals_with
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.reading.events import Call, Event, Fault, Raise, Store, Test
from cmlint.flow.reading.naming import words_of
from cmlint.flow.reading.tree import NotAnalysed

EXITS = frozenset({RETURN_EXIT, UNWIND_EXIT})
_MAX_STATES = 100_000
_SENTINEL = re.compile(
    r"is (?:-?\d+|(?:\w+\.)*[A-Z][A-Z0-9_]+)"
)  # `== -1`, `== INVALID_HANDLE_VALUE`: what a failure gives
_ASKED = re.compile(r"(.+)\.(\w+)(?:\(\))?")
_SUCCESS = frozenset({"acquired", "granted"})


class State(NamedTuple):
    """Where a path is, what is known there, and the node of the acquire when the obligation is held.

    A tuple, because a search makes and compares more of these than of anything else.
    """

    node: int
    facts: Facts
    held_since: int | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What can happen after a fault: the exits at which it is still held, and whether something deals with it."""

    exits: tuple[int, ...]
    released: bool
    mentioned: bool

    @property
    def lost(self) -> bool:
        """Whether it is lost and nothing on any path even looks at it."""
        return bool(self.exits) and not self.released and not self.mentioned


@dataclass(frozen=True, slots=True)
class Attempt:
    """The acquires of an obligation as attempts: their texts, and the names that their results are bound to."""

    texts: frozenset[str]
    results: frozenset[str]

    @classmethod
    def of(cls, obligation: Obligation) -> Attempt:
        """The attempts to acquire what `obligation` is about."""
        calls = [site.event for site in obligation.acquires if isinstance(site.event, Call)]
        results = frozenset(name for event in calls for name in event.results)
        return cls(frozenset(event.text for event in calls), results)

    def failed(self, event: Event | None, way: Way) -> bool:
        """Whether leaving a test by `way` says that nothing was acquired: `if not lock.acquire()`."""
        if not isinstance(event, Test):
            return False
        if event.subject.removeprefix("await ") in self.texts:
            return way is Way.FALSE
        if way is Way.FALSE and _says_success(event.subject, self.results):
            return True
        if event.subject not in self.results:
            return way is Way.TRUE and any(event.text == f"{name} < 0" for name in self.results)
        if way is Way.TRUE and _SENTINEL.fullmatch(event.predicate):
            return True
        return (event.predicate, way) in (("truthy", Way.FALSE), ("none", Way.TRUE))

    def is_over(self, event: Event, name: str) -> bool:
        """Whether the event binds the name, and not to what an attempt returned."""
        if isinstance(event, Call):
            return name in event.results and event.text not in self.texts
        if not isinstance(event, Store) or event.target != name:
            return False
        return not any(text in event.value.text for text in self.texts)  # `False if lock is None else lock.acquire()`


def _says_success(question: str, results: frozenset[str]) -> bool:
    """Whether an attribute or a method of what an attempt returned is asked whether it came to anything."""
    asked = _ASKED.fullmatch(question)
    return asked is not None and asked[1] in results and not _SUCCESS.isdisjoint(words_of(asked[2]))


class Search:
    """The search of one graph for one obligation."""

    def __init__(self, graph: Graph, obligation: Obligation) -> None:
        self.graph = graph
        self.obligation = obligation
        self._knowing = graph.knowing
        self._acquires = _nodes(graph, obligation.acquires)
        self.releases = _nodes(graph, obligation.releases)
        self.ends = self.releases | _nodes(graph, obligation.transfers)
        attempt = Attempt.of(obligation)
        ways = (Way.TRUE, Way.FALSE)
        told = {(number, way) for number, test in graph.tests for way in ways if attempt.failed(test, way)}
        self._failed = told and {
            (number, way)
            for number, way in told
            if not self._is_the_way_on(number, way) and self._is_about(number, attempt)
        }

    def _is_the_way_on(self, number: int, way: Way) -> bool:
        """Whether only this way leads on to a yield: `if vault.unseal(keys): raise` got what it wanted otherwise."""
        leading = [self.graph.leading_to(each) for each in self.graph.yields()]
        on = {edge.way for edge in self.graph.nodes[number].edges if any(edge.target in each for each in leading)}
        return on & {Way.TRUE, Way.FALSE} == {way}

    def _is_about(self, number: int, attempt: Attempt) -> bool:
        """Whether the name that the test at a node asks for can still be bound to what an acquire returned."""
        event = self.graph.nodes[number].site
        name = event.event.subject if event is not None and isinstance(event.event, Test) else ""
        if name not in attempt.results:
            return True  # it asks for the call itself
        waiting = [edge.target for acquire in self._acquires for edge in self.graph.nodes[acquire].edges]
        seen = set(waiting)
        while waiting:
            reached = waiting.pop()
            if reached == number:
                return True
            node = self.graph.nodes[reached]
            if node.site is None or not attempt.is_over(node.site.event, name):
                following = {edge.target for edge in node.edges} - seen
                seen |= following
                waiting.extend(following)
        return False

    @cached_property
    def _mentions(self) -> frozenset[int]:
        """The nodes that deal with what is held; only asked for behind a fault."""
        sites = self.graph.sites
        return _nodes(self.graph, [site for site in sites if deals_with(site.event, self.obligation)])

    @cached_property
    def _releasing(self) -> frozenset[int]:
        """The nodes of what a release runs inside: who gets there has called it."""
        spans = {site.span for site in self.obligation.releases if not site.grafted}
        return _nodes(self.graph, [site for site in self.graph.sites if site.grafted and site.span in spans])

    def held_at(self, number: int) -> Iterator[State]:
        """The states at one node, reached from the entry without a fault, in which the obligation is held.

        Past a release the search goes on with nothing held; what does not lead to the node is not searched. Where
        only a fault leads to it (a yield in a handler), faults count.
        """
        by_faults = number in self.graph.yields_only_by_faults
        within = self.graph.leading_to(number)
        for state in self._states(self._start(), searching=True, by_faults=by_faults, within=within):
            if state.node == number and state.held_since is not None:
                yield state

    def _start(self) -> State:
        """The entry; what nobody acquires here is held there already."""
        return State(self.graph.entry, NO_FACTS, None if self._acquires else self.graph.entry)

    def before_yield(self) -> Iterator[State]:
        """All states up to the yields that are reached from the entry without a fault."""
        yields = frozenset(self.graph.yields())
        by_faults = yields == self.graph.yields_only_by_faults
        return self._states(self._start(), searching=True, by_faults=by_faults, stops=yields)

    def when_resumed(self, state: State) -> Iterator[State]:
        """All states that are reached when the node of `state` is left without an exception, up to a release."""
        for edge in self.graph.nodes[state.node].edges:
            if edge.way is not Way.RAISE:
                yield from self._behind(state, edge)

    def when_thrown(self, state: State, fault: Fault, stops: frozenset[int] = frozenset()) -> Iterator[State]:
        """All states that are reached when the node of `state` raises, up to a release or one of `stops`."""
        for edge in self.graph.nodes[state.node].edges:
            if edge.fault is fault:
                yield from self._behind(state, edge, stops)

    def outcome(self, state: State, fault: Fault) -> Outcome:
        """What becomes of the obligation when the node of `state` raises."""
        return self._outcome(self.when_thrown(state, fault))

    def along(self, state: State, edge: Edge) -> Outcome:
        """What becomes of the obligation when the node of `state` is left by `edge`."""
        return self._outcome(self._behind(state, edge))

    def answer(self, state: State, edge: Edge) -> Outcome | None:
        """What becomes of the obligation when the test at `state` is left by `edge`; None when it can't be."""
        following = self._left_by(state, edge)
        return None if following is None else self._outcome(self._states(following))

    def _behind(self, state: State, edge: Edge, stops: frozenset[int] = frozenset()) -> Iterator[State]:
        following = self._left_by(state, edge)
        return iter(()) if following is None else self._states(following, stops=stops)

    def _left_by(self, state: State, edge: Edge) -> State | None:
        """Where an edge leads from `state`, with as much held; None when it contradicts what is known."""
        site = self.graph.nodes[state.node].site
        facts = self._knowing.along(state.facts, site.event if site else None, edge)
        return None if facts is None else State(edge.target, facts, state.held_since)

    def _outcome(self, states: Iterator[State]) -> Outcome:
        exits: list[int] = []
        released = mentioned = False
        for reached in states:
            released = released or reached.node in self.ends or reached.node in self._releasing
            mentioned = mentioned or reached.node in self._mentions
            if reached.node in EXITS:
                exits.append(reached.node)
        return Outcome(tuple(exits), released, mentioned)

    def _states(
        self,
        start: State,
        *,
        searching: bool = False,
        by_faults: bool = False,
        stops: frozenset[int] = frozenset(),
        within: frozenset[int] | None = None,
    ) -> Iterator[State]:
        """All states reachable from `start` by normal edges and `raise` statements, and with `by_faults` by faults.

        Behind a release nothing is searched any more, unless the search is for a yield: it goes on with nothing held.
        """
        seen = {start}
        waiting = deque([start])
        while waiting:
            state = waiting.popleft()
            yield state
            if len(seen) > _MAX_STATES:
                raise NotAnalysed(f"it has more than {_MAX_STATES:,} states")
            for following in () if state.node in stops else self._following(state, searching, by_faults):
                if following not in seen and (within is None or following.node in within):
                    seen.add(following)
                    waiting.append(following)

    def _following(self, state: State, searching: bool, by_faults: bool) -> Iterator[State]:
        if state.node in self.ends and not searching:
            return
        site = self.graph.nodes[state.node].site
        raising = by_faults or (site is not None and isinstance(site.event, Raise))
        for edge, facts in self._knowing.ways(state.node, state.facts):
            if raising or edge.way is not Way.RAISE:
                yield State(edge.target, facts, self._held(state, edge.way))

    def _held(self, state: State, way: Way) -> int | None:
        if state.node in self.ends or (self._failed and (state.node, way) in self._failed):
            return None
        if state.node in self._acquires and way is not Way.RAISE and state.held_since is None:
            return state.node
        return state.held_since


def _nodes(graph: Graph, sites: Collection[Site]) -> frozenset[int]:
    return frozenset(number for site in sites for number in graph.copies(site))
