"""Broken clean-up chains: a step of the clean-up raises, and a later release is skipped.

A path from a yield that is left by an exception (or, in a class, in any way), with the obligation held, to a step that
can really fail, from which the release would be reached normally, and from its exceptional edge to an exit without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from cmlint.flow.failing.fallible import fails_in_cleanup, is_callback, may_fail_in_cleanup, reads_back
from cmlint.flow.failing.faults import NOTHING, ONLY_CANCELLED, Faults
from cmlint.flow.failing.in_turn import is_ended_in_turn
from cmlint.flow.losses.caught import is_caught
from cmlint.flow.losses.closing_itself import closing_itself
from cmlint.flow.losses.complaints import complains, deciding
from cmlint.flow.losses.driven import is_driven
from cmlint.flow.losses.harmless import is_collected, is_harmless, is_in_memory, only_forgets
from cmlint.flow.losses.owning import is_made_around
from cmlint.flow.losses.used import is_put_off
from cmlint.flow.lowering.graph import UNWIND_EXIT, Site, Way
from cmlint.flow.manager import Manager
from cmlint.flow.obligations.lifespans import runs_with_application
from cmlint.flow.paths.leaks import released_when_resumed, sites_of
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.paths.search import Search, State
from cmlint.flow.reading.events import Call, Enter, Event, Fault, Raise, Test
from cmlint.flow.reading.naming import words_of

_WAITING = frozenset({"join", "wait"})
_CLOSING = frozenset({"close", "aclose", "disconnect"})
_NULL_DEVICE = re.compile(r"open\((?:os\.devnull|[\"']/dev/null[\"'])")
_CHECKING = frozenset({"check", "validate", "verify", "ensure", "assert", "require", "prevent", "guard"})
_ENTERING_AND_LEAVING = (".__enter__", ".__exit__", ".__aenter__", ".__aexit__")


@dataclass(frozen=True, slots=True)
class BrokenChain:
    """An obligation whose releases are `skipped` when the clean-up step at `raising` raises.

    dropped: the clean-up itself drops that exception, or some of those that the step raises, so somebody has thought of
    it.
    """

    obligation: Obligation
    raising: Site
    skipped: tuple[Site, ...]
    dropped: bool = False


def broken_chains(manager: Manager) -> Iterator[BrokenChain]:
    """One broken chain for each step and release."""
    seen: set[tuple[Site, tuple[Site, ...]]] = set()
    for here, opened in manager.obligations:
        for obligation in (*opened, *closing_itself(manager, here, opened)):
            chain = None if is_trivial(manager, obligation) else _broken(manager, obligation, here.number)
            if chain is not None and (chain.raising, chain.skipped) not in seen:
                seen.add((chain.raising, chain.skipped))
                yield chain


def is_trivial(manager: Manager, obligation: Obligation) -> bool:
    """Whether the releases only forget a reference, or nobody misses the object."""
    made = [site.event for site in obligation.acquires]
    runs_at_exit = bool(made) and all(isinstance(e, Call) and e.dotted == "atexit.register" for e in made)
    return (
        only_forgets(obligation)
        or runs_at_exit
        or (bool(made) and is_harmless(obligation, manager.scope))
        or is_in_memory(obligation, manager)
        or is_driven(obligation, manager.graph)
    )


def _broken(manager: Manager, obligation: Obligation, number: int) -> BrokenChain | None:
    search = Search(manager.graph, obligation)
    for held in search.held_at(number):
        for state in _leaving(search, held, manager):
            chain = _at(manager, search, state)
            if chain is not None:
                return replace(chain, dropped=chain.dropped or _is_dropped(search, held, chain.raising))
    return None


def _leaving(search: Search, held: State, manager: Manager) -> Iterator[State]:
    yield from search.when_thrown(held, Fault.EXCEPTION)
    if manager.exit_tree is not None:
        yield from search.when_resumed(held)


def is_of_base(site: Site) -> bool:
    """Whether it stands in the entering or leaving of a base class, a manager itself, where it is told."""
    return site.inside is not None and site.inside.qualname.endswith(_ENTERING_AND_LEAVING)


def _is_inside_release(site: Site, obligation: Obligation) -> bool:
    """Whether the step is what a release does inside, or makes what a release is called with.

    Then it keeps nothing from running but what it is a part of.
    """
    own = [release for release in obligation.releases if not release.grafted]
    if site.grafted:
        return any(release.span.holds(site.span) for release in own)
    return any(release.span != site.span and release.span.holds(site.span) for release in own)


def _at(manager: Manager, search: Search, state: State) -> BrokenChain | None:
    site = manager.graph.nodes[state.node].site
    if site is None or _is_inside_release(site, search.obligation) or is_of_base(site):
        return None
    if any(site.span == acquire.span for acquire in search.obligation.acquires if not acquire.by_caller):
        return None  # then it is not held
    if is_put_off(site.event, manager.graph):
        return None
    if state.node in search.releases:
        return _release_fails(manager, search, state, site)
    if state.node in search.ends:
        return None
    if reads_back(site.event) and is_collected(search.obligation, manager):
        return None
    faults: Faults = frozenset({Fault.EXCEPTION})
    if isinstance(site.event, Raise):
        skipped = _kept_from(search, state) if complains(site, state.node, manager) else set()
    elif faults := _faults_of(site, manager) or _of_streams(site, search.obligation, manager):
        skipped = released_when_resumed(search, state)
    else:
        return None
    if _brings_nothing(site, search.obligation, manager):
        return None
    losing = {fault for fault in faults if skipped and search.outcome(state, fault).lost}
    if not losing or _leads_to_a_body(state.node, manager):
        return None
    dropped = losing == {Fault.EXCEPTION} and is_caught(site, manager)
    return BrokenChain(search.obligation, site, sites_of(manager.graph, skipped), dropped)


def _leads_to_a_body(number: int, manager: Manager) -> bool:
    """Whether a yield is still to come: then the step belongs to another attempt to set up."""
    behind = (edge.target for edge in manager.graph.nodes[number].edges if edge.way is not Way.RAISE)
    return not manager.graph.reachable(behind, normally=True).isdisjoint(manager.graph.yields())


def _brings_nothing(site: Site, obligation: Obligation, manager: Manager) -> bool:
    """Whether the release has nothing to do behind the step, or the step can't fail there.

    The step closes what was made around the object, or what that was made around; the object was waited for before; the
    setup made the same check.
    """
    event = site.event
    receiver = event.receiver if isinstance(event, Call) else None
    if receiver is not None and is_made_around(receiver, obligation.object, manager):
        return True
    closed = isinstance(event, Call) and event.method in _CLOSING
    if closed and receiver is not None and is_made_around(obligation.object, receiver, manager):
        return True
    others = [other.event for other in manager.graph.sites if other.span < site.span]
    ended = (e for e in others if isinstance(e, Call) and e.receiver == obligation.object and e.method in _WAITING)
    if any(not call.given for call in ended) and isinstance(event, Call):
        return True
    return site.grafted and _is_checked_before(site, manager)


def _is_checked_before(site: Site, manager: Manager) -> bool:
    """Whether the step belongs to a check (`self._check_open()`) that the setup has passed already."""
    calls = [(each, each.event) for each in manager.graph.sites if isinstance(each.event, Call) and not each.grafted]
    around = (event for each, event in calls if each.span == site.span)
    checks = {event.text for event in around if not _CHECKING.isdisjoint(words_of(event.method)[:1])}
    before = {each.event.text for here, _ in manager.obligations for each in here.before}
    return not checks.isdisjoint(before)


def _faults_of(site: Site, manager: Manager) -> Faults:
    """What a step raises: what leaves the functions that it runs, where the file has them.

    Any other that is awaited is also cancelled, which `except Exception` does not stop. The shutdown of an application
    is not.
    """
    event = site.event
    if not fails_in_cleanup(event, manager.scope, manager.subject.knowledge):
        return NOTHING
    if _is_question(event, manager) or _goes_nowhere(event, manager):
        return NOTHING
    awaited = not isinstance(event, Call) or event.awaited
    known = manager.leaving(site, fails_in_cleanup if awaited else may_fail_in_cleanup)
    waits = isinstance(event, Call) and event.awaited and not site.grafted
    faults = frozenset({Fault.EXCEPTION, Fault.BASE} if waits else {Fault.EXCEPTION})
    if isinstance(event, Call) and event.dotted in ONLY_CANCELLED:
        faults -= {Fault.EXCEPTION}
    faults = faults if known is None else known
    uncancelled = _is_shielded(event, manager) or runs_with_application(manager.scope)
    return faults - {Fault.BASE} if uncancelled else faults


def _is_question(event: Event, manager: Manager) -> bool:
    """Whether something that was handed in is only asked a question: `if is_alive() and not uncertain()`."""
    if not is_callback(event, manager.scope) or not isinstance(event, Call):
        return False
    if manager.subject.knowledge.fails_as_cleanup(None, *words_of(event.method)[:1]):
        return False
    return any(isinstance(each.event, Test) and each.event.subject == event.text for each in manager.graph.sites)


def _goes_nowhere(event: Event, manager: Manager) -> bool:
    """Whether it works with the null device, which takes everything."""
    events = (each.event for each in manager.graph.sites)
    results = {
        name
        for each in events
        if isinstance(each, (Call, Enter)) and _NULL_DEVICE.match(each.text.removeprefix("enter "))
        for name in each.results
    }
    return isinstance(event, Call) and event.receiver in results


def _of_streams(site: Site, obligation: Obligation, manager: Manager) -> Faults:
    """What a flush of a standard stream raises where that was put on a file: which may be full, or closed.

    The null device takes everything.
    """
    event = site.event
    if any("devnull" in each.event.text for each in manager.graph.sites):
        return NOTHING
    flushed = isinstance(event, Call) and event.method == "flush" and event.receiver in ("sys.stdout", "sys.stderr")
    return frozenset({Fault.EXCEPTION}) if flushed and obligation.kind == "stdio" else NOTHING


def _is_shielded(event: Event, manager: Manager) -> bool:
    """Whether the manager shields anything from being cancelled: it has thought of that."""
    entered = (each.event.manager.text for each in manager.graph.sites if isinstance(each.event, Enter))
    return any("shield" in text for text in (event.text, *entered))


def _kept_from(search: Search, state: State) -> set[int]:
    """The releases that would have been reached if the test in front of the `raise` had had another answer."""
    graph = search.graph
    return graph.reachable(set(deciding(graph, state.node)), normally=True) & search.releases


def _release_fails(manager: Manager, search: Search, state: State, site: Site) -> BrokenChain | None:
    """What a release that fails keeps from being released: the rest of a loop, or the object's place in a pool."""
    in_turn = is_ended_in_turn(site.event, manager.scope, manager.subject.knowledge)
    if not in_turn and Fault.EXCEPTION not in _faults_of(site, manager):
        return None
    behind = {edge.target for edge in manager.graph.nodes[state.node].edges if edge.way is not Way.RAISE}
    behind = manager.graph.reachable(behind, normally=True)
    further = {number for number in search.releases & behind if _gives_back(search, number)}
    skipped = {state.node} if _goes_round(site, state.node, manager) else further - {state.node}
    if skipped and search.outcome(state, Fault.EXCEPTION).lost:
        return BrokenChain(search.obligation, site, sites_of(manager.graph, skipped))
    return None


def _gives_back(search: Search, number: int) -> bool:
    """Whether the release hands the object over to another one: `pool.release(connection)`."""
    site = search.graph.nodes[number].site
    event = site.event if site is not None and not site.grafted else None
    given = isinstance(event, Call) and event.receiver is not None and event.receiver != search.obligation.object
    return given and isinstance(event, Call) and any(value.text == search.obligation.object for value in event.args)


def _goes_round(release: Site, number: int, manager: Manager) -> bool:
    """Whether a loop releases one thing after the other by it: when one fails, the others are not released."""
    event = release.event
    if release.grafted or not isinstance(event, Call):
        return False
    given = {event.receiver or ""} | {name for value in event.args for name in value.reads}
    if not any(manager.scope.is_loop_variable(name.partition(".")[0]) for name in given):
        return False
    behind = (edge.target for edge in manager.graph.nodes[number].edges if edge.way is not Way.RAISE)
    return number in manager.graph.reachable(behind, normally=True)


def _is_dropped(search: Search, held: State, raising: Site) -> bool:
    """Whether the manager returns when the step raises after a body that succeeded."""
    for state in search.when_resumed(held):
        if search.graph.nodes[state.node].site is raising:
            exits = search.outcome(state, Fault.EXCEPTION).exits
            return bool(exits) and UNWIND_EXIT not in exits
    return False
