"""How often a generator yields: whether a path ends without a yield, and whether one yields again.

contextlib turns the first into RuntimeError("generator didn't yield"), the second into RuntimeError("generator
didn't stop"). Paths follow normal edges, `raise` statements and, before the yield, events that can really fail. Facts
only drop paths; a function that never returns under a name that does not say so makes a path that does not exist.
"""

from __future__ import annotations

import builtins
import re
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import libcst as cst

from cmlint.flow.failing.fallible import fails_in_setup
from cmlint.flow.lowering.facts import NO_FACTS, Facts
from cmlint.flow.lowering.graph import RETURN_EXIT, Edge, Node, Site, Way
from cmlint.flow.lowering.returning import is_known_not_to_return, never_returns
from cmlint.flow.manager import Manager
from cmlint.flow.paths.ending import LEAVING
from cmlint.flow.reading.events import CAUGHT_BY, ITEM_OF, Call, Enter, Event, Fault, Raise, Test, Yield
from cmlint.flow.reading.syntax import own_nodes
from cmlint.flow.reading.tree import NotAnalysed

_MAX_STATES = 50_000
_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Skipped:
    """A path from the start to a return without a yield. `caught`: it starts with something that raises there.

    uncertain: the path depends on a loop that runs zero times, on a row of choices none of which is taken, or on a
    handler of what the setup is not known to raise.
    """

    caught: Site | None
    uncertain: bool


@dataclass(frozen=True, slots=True)
class Again:
    """A path from the yield `first` to the yield `second`; `thrown`: it starts with the exception of the body."""

    first: Site
    second: Site
    thrown: bool
    uncertain: bool


class _State(NamedTuple):
    node: int
    facts: Facts
    caught: int | None
    uncertain: bool


def path_without_yield(manager: Manager) -> Skipped | None:
    """The most certain path that ends without a yield, if there is one."""
    if not _ends_before(_Walk(manager)):
        return None
    ending = frozenset(
        site.index for site in manager.graph.sites if is_known_not_to_return(site.event, manager.place_of(site))
    )
    found = _ends_before(_Walk(manager, ending))  # looked up only where it matters: it may be in other files
    if not found:
        return None
    best = min(found, key=lambda state: (state.uncertain, state.caught is not None))
    caught = None if best.caught is None else manager.graph.nodes[best.caught].site
    return Skipped(caught, best.uncertain or (caught is not None and _is_unlikely(caught, manager)))


def _ends_before(walk: _Walk) -> list[_State]:
    return [state for state in walk.from_entry() if state.node == RETURN_EXIT]


def _is_unlikely(caught: Site, manager: Manager) -> bool:
    """Whether what is caught comes from entering a context, or the handler asks an `__exit__` whether to go on.

    Most handlers around a `with` are there for its body, and hardly any `__exit__` says that all is well.
    """
    asked = any(
        isinstance(site.event, Call)
        and (site.event.method in LEAVING or any(value.text.endswith(tuple(LEAVING)) for value in site.event.given))
        for site in manager.graph.sites
    )
    event = caught.event
    entered = isinstance(event, Call) and (event.method == "enter_context" or (event.managed and event.awaited))
    return asked or entered or isinstance(event, Enter)


def second_yields(manager: Manager) -> Iterator[Again]:
    """Every yield from which another one is reached."""
    walk = _Walk(manager)
    for number in manager.graph.yields():
        first = manager.graph.nodes[number].site
        for thrown in (False, True):
            reached = [state for state in walk.from_yield(number, thrown=thrown) if walk.is_yield(state.node)]
            if reached and first is not None:
                best = min(reached, key=lambda state: state.uncertain)
                second = manager.graph.nodes[best.node].site
                assert second is not None
                yield Again(first, second, thrown, best.uncertain)
                break


class _Walk:
    """The paths of a graph; those end at the sites `ending`, by index, that do not return."""

    def __init__(self, manager: Manager, ending: frozenset[int] = frozenset()) -> None:
        self._ending = ending
        self._graph = manager.graph
        self._scope = manager.scope
        self._knowledge = manager.subject.knowledge
        self._knowing = manager.graph.knowing
        self._failing: dict[int, bool] = {}

    def is_yield(self, number: int) -> bool:
        site = self._graph.nodes[number].site
        return site is not None and isinstance(site.event, Yield)

    def from_entry(self) -> Iterator[_State]:
        """All states up to the yields."""
        return self._states([_State(self._graph.entry, NO_FACTS, None, False)], failing=True)

    def from_yield(self, number: int, *, thrown: bool) -> Iterator[_State]:
        """All states behind the yield at `number`, up to the next yields, with what is known when it is reached."""
        ways = [edge for edge in self._graph.nodes[number].edges if (edge.way is Way.RAISE) is thrown]
        # A throw that only some class of exceptions makes, e.g. GeneratorExit, is no reason to yield again.
        ways = [edge for edge in ways if edge.fault in (None, Fault.EXCEPTION)]
        known = [state for state in self.from_entry() if state.node == number]
        starts = [_State(edge.target, state.facts, None, state.uncertain) for edge in ways for state in known]
        return self._states(starts, failing=False)

    def _states(self, starts: Iterable[_State], *, failing: bool) -> Iterator[_State]:
        waiting = deque(dict.fromkeys(starts))
        seen = set(waiting)
        while waiting:
            state = waiting.popleft()
            yield state
            if self.is_yield(state.node):
                continue
            for following in self._following(state, failing=failing):
                if following not in seen:
                    seen.add(following)
                    waiting.append(following)
            if len(seen) > _MAX_STATES:
                raise NotAnalysed(f"it has more than {_MAX_STATES:,} states")

    def _following(self, state: _State, *, failing: bool) -> Iterator[_State]:
        node = self._graph.nodes[state.node]
        event = node.site.event if node.site else None
        for edge, facts in self._knowing.ways(state.node, state.facts):
            raises = edge.way is Way.RAISE and not isinstance(event, Raise)
            if raises and not (failing and edge.fault is Fault.EXCEPTION and self._fails(state.node, event)):
                continue
            if not raises and (never_returns(event) or (node.site is not None and node.site.index in self._ending)):
                continue
            caught = state.node if raises and state.caught is None else state.caught
            yield _State(edge.target, facts, caught, state.uncertain or _is_uncertain(node, edge, state.facts))

    def _fails(self, number: int, event: Event | None) -> bool:
        if number not in self._failing:
            self._failing[number] = event is not None and fails_in_setup(event, self._scope, self._knowledge)
        return self._failing[number]


def _is_uncertain(node: Node, edge: Edge, facts: Facts) -> bool:
    """Whether the edge is the end of a loop or of a row of choices, or a handler of an exception that is not Python's.

    A pattern that does not match; the last of a row of `isinstance`, or of comparisons with one value each.
    """
    event = node.site.event if node.site else None
    if not isinstance(event, Test):
        return False
    if edge.way is Way.TRUE:
        around = event.text.startswith(CAUGHT_BY) and node.site is not None and _is_around_a_yield(node.site.statement)
        caught = event.text.removeprefix(CAUGHT_BY) if around else ""
        return bool(caught) and not any(_is_of_python(name) for name in _NAME.findall(caught))
    loops = event.predicate == "text" and event.text.startswith(ITEM_OF)
    types = event.predicate == "text" and event.text.startswith("isinstance(")
    return edge.way is Way.FALSE and (
        loops or types or event.predicate.startswith("matches ") or _is_last_of_a_row(node, event, facts)
    )


def _is_around_a_yield(statement: cst.CSTNode) -> bool:
    """Whether a `try` has the yield inside: its handlers are there for the body, then."""
    inside = own_nodes(statement.body) if isinstance(statement, (cst.Try, cst.TryStar)) else iter(())
    return any(isinstance(part, cst.Yield) for part in inside)


def _is_of_python(name: str) -> bool:
    """Whether it is a builtin exception, or the module of one (`termios.error`): what input and output raise."""
    return hasattr(builtins, name) or name in sys.stdlib_module_names


def _is_last_of_a_row(node: Node, test: Test, facts: Facts) -> bool:
    """Whether the subject was compared with another value before, is not that either, and no `else` says what then."""
    last = node.site.statement if node.site is not None else None
    if not isinstance(last, cst.If) or last.orelse is not None:
        return False
    return test.predicate.startswith("is ") and any(
        subject == test.subject and predicate.startswith("is ") and predicate != test.predicate and not known
        for subject, predicate, known in facts
    )
