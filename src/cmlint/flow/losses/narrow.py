"""Narrow clean-up: a release that runs after some exceptions of the body only.

The release is reached when the yield is resumed, and some handler reaches it for some exceptions; but an exception
of another class (`KeyboardInterrupt`, `GeneratorExit`, one that no clause names) leaves the manager without it. In a
class: `__exit__` releases only when its parameters say that there was no exception, or after a test of the exception.
Also what a handler of every `Exception` removes and a success leaves (see `half_made`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from cmlint.findings import Confidence, Span
from cmlint.flow.losses.closing_itself import CLOSING_ITSELF, closing_itself, is_wanted_always
from cmlint.flow.losses.finalized import is_finalized
from cmlint.flow.losses.half_made import half_made
from cmlint.flow.losses.harmless import is_collected, is_flag_of_its_own
from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.lowering.handlers import Match, matches
from cmlint.flow.manager import Manager
from cmlint.flow.paths.leaks import acquire_of, released_when_resumed, sites_of
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.paths.search import EXITS, Search, State
from cmlint.flow.reading.events import Call, Fault, Test
from cmlint.flow.reading.syntax import own_nodes, told_of

_Clause = cst.ExceptHandler | cst.ExceptStarHandler
_ENDING = {Fault.BASE: ("KeyboardInterrupt", "SystemExit", "CancelledError"), Fault.CLOSE: ("GeneratorExit",)}
_RUNNING = frozenset({"process", "thread", "task", "server"})
_WORD = re.compile(r"\w+")
_NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*")  # not an attribute: `reply.type` is no question about `type`


@dataclass(frozen=True, slots=True)
class NarrowCleanup:
    """An obligation that is opened at `acquire` and lost when some exceptions arrive at `site`, and not when others do.

    ending: what those are called, where they are none that `except Exception` stops; handler: the head of the clause
    that is too narrow (`except Exception`), where one stands around the yield; passed: it does not stop all of those.
    """

    obligation: Obligation
    acquire: Site
    site: Site
    skipped: tuple[Site, ...]
    ending: tuple[str, ...]
    confidence: Confidence
    handler: Span | None
    passed: bool


def narrow_cleanups(manager: Manager) -> Iterator[NarrowCleanup]:
    """One for each obligation whose release is not reached after every exception, but after some."""
    if not manager.subject.protocol.throws:
        return
    seen = {(leak.obligation.object, leak.site.index) for leak in manager.leaks if manager.exit_tree is None}
    for here, opened in manager.obligations:
        for obligation in (*opened, *closing_itself(manager, here, opened)):
            flag = manager.exit_tree is not None and is_flag_of_its_own(obligation, manager.scope)
            if flag or (obligation.object, here.site.index) in seen:
                continue
            found = _narrow(manager, obligation, here.number, released_when_resumed)
            if found is not None:
                seen.add((obligation.object, here.site.index))
                yield found
        if manager.exit_tree is None:
            yield from _half_made(manager, here, seen)


def _half_made(manager: Manager, here: Around, seen: Collection[tuple[str, int]]) -> Iterator[NarrowCleanup]:
    """What a handler of every `Exception` removes, and nothing else does."""
    for obligation in half_made(here, manager.scope, manager.subject.knowledge):
        if (obligation.object, here.site.index) not in seen:
            found = _narrow(manager, obligation, here.number, _released_when_thrown)
            if found is not None and found.ending:
                yield found


def _released_when_thrown(search: Search, state: State) -> set[int]:
    """The removals that an ordinary exception of the body can come to, the manager's own before those of a helper."""
    thrown = search.when_thrown(state, Fault.EXCEPTION)
    found = {reached.node for reached in thrown if reached.node in search.releases}
    own = {number for number in found if (site := search.graph.nodes[number].site) is not None and not site.grafted}
    return own or found


def _narrow(
    manager: Manager, obligation: Obligation, number: int, released: Callable[[Search, State], set[int]]
) -> NarrowCleanup | None:
    search = Search(manager.graph, obligation)
    for state in search.held_at(number):
        skipped = released(search, state)
        if obligation.origin == CLOSING_ITSELF and not is_wanted_always(manager, search, state):
            continue
        lost = _lost_for(manager, search, state) if skipped else []
        if lost:
            return _found(manager, search, state, skipped, lost[0])
    return None


def _found(manager: Manager, search: Search, state: State, skipped: Collection[int], fault: Fault) -> NarrowCleanup:
    site = manager.graph.nodes[state.node].site
    assert site is not None
    protection = _protection(manager, site, fault)
    clause = protection.handlers[-1] if protection is not None else None
    if protection is not None and _lets_pass(protection, Fault.EXCEPTION, manager):
        fault = Fault.EXCEPTION  # `except ValueError`
    return NarrowCleanup(
        search.obligation,
        acquire_of(search, state),
        site,
        sites_of(manager.graph, skipped),
        _ending(protection, fault, manager),
        _confidence(manager, search, state, fault, protection),
        _head(clause, manager) if clause else None,
        passed=clause is not None and _passes(clause, fault, manager),
    )


def _confidence(
    manager: Manager, search: Search, state: State, fault: Fault, protection: cst.Try | cst.TryStar | None
) -> Confidence:
    """What closes by itself soon is no matter when the program ends anyway, or where the class has a finalizer.

    Who releases after every Exception and KeyboardInterrupt has thought of how a program ends.
    """
    ending = fault is not Fault.EXCEPTION and manager.exit_tree is None
    closes = (ending and is_collected(search.obligation, manager)) or is_finalized(search.obligation, manager)
    named = not manager.subject.definition.is_async and "KeyboardInterrupt" in _named(protection, manager)
    runs_on = search.obligation.kind in _RUNNING  # and may keep the program from ending at all
    thought_of = ending and named and not runs_on and not search.outcome(state, Fault.EXCEPTION).exits
    return Confidence.LOW if closes or thought_of else search.obligation.confidence


def _protection(manager: Manager, site: Site, fault: Fault) -> cst.Try | cst.TryStar | None:
    """The innermost `try` around the yield whose clauses let `fault` pass, else the innermost with a clause."""
    around = [
        node
        for node in own_nodes(manager.tree.function)
        if isinstance(node, (cst.Try, cst.TryStar)) and node.handlers
        if any(inside is site.statement for inside in own_nodes(node.body))
    ]
    passing = [node for node in around if _lets_pass(node, fault, manager)]
    return (passing or around)[-1] if around and manager.exit_tree is None else None


def _ending(protection: cst.Try | cst.TryStar | None, fault: Fault, manager: Manager) -> tuple[str, ...]:
    """What exceptions of class `fault` are called, less what a clause names; GeneratorExit where that is all."""
    if fault is Fault.EXCEPTION or manager.exit_tree is not None:
        return ()
    named = _named(protection, manager)
    kinds = [tuple(name for name in names if name not in named) for names in _ENDING.values()]
    return next(filter(None, kinds if fault is Fault.BASE else kinds[1:]), ())


def _named(protection: cst.Try | cst.TryStar | None, manager: Manager) -> frozenset[str]:
    """The words of what the clauses of `protection` name."""
    clauses = protection.handlers if protection is not None else ()
    types = [manager.tree.code(clause.type) for clause in clauses if clause.type]
    return frozenset(word for text in types for word in _WORD.findall(text))


def _lets_pass(protection: cst.Try | cst.TryStar, fault: Fault, manager: Manager) -> bool:
    clauses: Sequence[_Clause] = protection.handlers
    return all(_passes(clause, fault, manager) for clause in clauses)


def _passes(clause: _Clause, fault: Fault, manager: Manager) -> bool:
    return matches(clause, fault, manager.scope) is not Match.ALWAYS


def _head(clause: _Clause, manager: Manager) -> Span | None:
    """`except Exception`, without its name and its colon."""
    if clause.type is None:
        return None
    start, end = manager.tree.span(clause), manager.tree.span(clause.type)
    return Span(start.line, start.column, end.end_line, end.end_column)


def _lost_for(manager: Manager, search: Search, state: State) -> list[Fault]:
    """The classes of exceptions after which the release does not run, while it runs after others."""
    if manager.exit_tree is not None:
        return [fault for fault in Fault if _is_decided_by_exception(manager, search, state, fault)]
    outcomes = {fault: search.outcome(state, fault) for fault in Fault}
    if not any(outcome.released for outcome in outcomes.values()):
        return []
    # A guard or a loop around the release, which is there without an exception as well, makes it no narrower.
    guarded = any(reached.node in EXITS for reached in search.when_resumed(state))
    return [
        fault
        for fault, outcome in outcomes.items()
        if outcome.exits and not outcome.mentioned and not (guarded and outcome.released)
    ]


def _is_decided_by_exception(manager: Manager, search: Search, state: State, fault: Fault) -> bool:
    """Whether some answer about the exception leads out of `__exit__` without the release."""
    assert manager.exit_tree is not None
    told = told_of(manager.exit_tree.function)
    for reached in search.when_thrown(state, fault):
        node = manager.graph.nodes[reached.node]
        event = node.site.event if node.site else None
        if not isinstance(event, Test) or told.isdisjoint(_NAME.findall(event.text)):
            continue
        answers = [(edge.target, search.answer(reached, edge)) for edge in node.edges]
        behind = {target: manager.graph.reachable([target], normally=True) for target, _ in answers}
        releasing = {target for target, nodes in behind.items() if not search.releases.isdisjoint(nodes)}
        # Where a release is in sight, another question than that about the exception decides.
        losing = [t for t, outcome in answers if outcome is not None and outcome.lost and t not in releasing]
        if releasing and losing and not _does_it_otherwise(manager, search, losing):
            return True
    return False


def _does_it_otherwise(manager: Manager, search: Search, targets: Iterable[int]) -> bool:
    """Whether behind `targets` the function is called that releases, in another way: `set_context(None)`."""
    releases = {site.event.callee for site in search.obligation.releases if isinstance(site.event, Call)}
    behind = (manager.graph.nodes[number].site for number in manager.graph.reachable(targets, normally=True))
    return any(site is not None and isinstance(site.event, Call) and site.event.callee in releases for site in behind)
