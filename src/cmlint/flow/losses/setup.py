"""What a setup that fails half-way loses: acquired, then something raises before the protection begins.

A path from the acquire's normal edge, before any yield, to an event that can really fail, and from its exceptional edge
to an exit, past no release and no transfer. What any handler on the way deals with is not reported, so some are missed;
what is reported is a path of the graph. A step that is awaited may be cancelled, which only handlers of BaseException
stop. What fails in a handler is a second fault, and is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

import libcst as cst

from cmlint.flow.failing.fallible import enters_what_may_be_in_memory, fails_in_setup
from cmlint.flow.failing.faults import NOTHING
from cmlint.flow.failing.in_turn import is_begun_in_turn
from cmlint.flow.losses.constructed import constructed, does_something
from cmlint.flow.losses.driven import is_driven
from cmlint.flow.losses.empty_handed import holds_nothing
from cmlint.flow.losses.harmless import is_harmless
from cmlint.flow.losses.idle import is_idle
from cmlint.flow.losses.refused import shuts
from cmlint.flow.losses.stacks import held_by_stacks
from cmlint.flow.losses.stowed import stowed
from cmlint.flow.losses.thought_of import found_it_ended, has_failed, is_handling, is_thought_of, is_tidied
from cmlint.flow.losses.used import is_asked_about, is_put_off, is_used_by
from cmlint.flow.losses.wrapped import ORIGIN, wrapped
from cmlint.flow.lowering.graph import Site, Way
from cmlint.flow.manager import Manager
from cmlint.flow.obligations.lifespans import runs_with_application
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.paths.over import is_over
from cmlint.flow.paths.search import Search, State
from cmlint.flow.reading.events import Call, Enter, Event, Fault, Raise, Step
from cmlint.flow.reading.naming import ENTERED_BY_HAND
from cmlint.flow.reading.scope import Origin
from cmlint.flow.reading.syntax import own_nodes

_OUTLIVING = frozenset({"process", "temp", "remote"})  # the process of an application
_IN_A_THREAD = ("run_in_executor", "to_thread", "run_sync")


@dataclass(frozen=True, slots=True)
class SetupLoss:
    """An obligation that is opened at `acquire` and lost when `raising` raises before the yield.

    sure: something is known of `raising` that can fail; an unknown context that is entered by hand most often can't.
    constructing: it is opened in the constructor of a class.
    """

    obligation: Obligation
    acquire: Site
    raising: Site
    sure: bool = True
    constructing: bool = False


def setup_losses(manager: Manager) -> Iterator[SetupLoss]:
    """One loss for each obligation that a failing setup loses, and behind them what the constructor acquires."""
    yield from _resources_first(list(_losses(manager)), manager)
    made = constructed(manager)
    if made is not None:
        found = (loss for loss in _losses(made) if made.constructs(loss.acquire))
        yield from (replace(loss, constructing=True) for loss in found if does_something(loss.obligation))


def _resources_first(losses: Sequence[SetupLoss], manager: Manager) -> Iterator[SetupLoss]:
    """Where what shuts the manager is a place that holds something which is lost itself, that is told first."""
    guards = [loss for loss in losses if shuts(loss.obligation, manager)]
    held = {loss.obligation.object for loss in losses if loss not in guards}
    yield from (loss for loss in losses if loss not in guards or loss.obligation.object not in held)


def _losses(manager: Manager) -> Iterator[SetupLoss]:
    """One loss for each obligation that a failing setup loses.

    What the body's exception loses in a generator is left out: that is reported already. What an `__exit__` with a
    guard at its head (`if not self._active: raise`) does not release is not.
    """
    cleaning = frozenset(site for here, _ in manager.obligations for site in here.after)
    leaks = manager.leaks if manager.exit_tree is None else ()
    lost_by_body = {(leak.obligation.object, leak.obligation.kind) for leak in leaks}
    seen: set[tuple[int, ...]] = set()
    for here, opened in manager.obligations:
        stacks = held_by_stacks(here, manager.graph) if manager.exit_tree is not None else ()
        inner = wrapped(here, opened, manager.graph, manager.subject.knowledge)
        late = stowed(here, opened, manager.graph, manager.scope, manager.subject.knowledge)
        for obligation in (*opened, *stacks, *inner, *late):
            acquires = tuple(site.index for site in obligation.acquires)
            if (
                (is_harmless(obligation, manager.scope) and not shuts(obligation, manager))
                or is_driven(obligation, manager.graph)
                or acquires in seen
                or (obligation.origin != ORIGIN and (obligation.object, obligation.kind) in lost_by_body)
            ):
                continue
            seen.add(acquires)
            loss = _loss(manager, obligation, cleaning)
            if loss is not None:
                yield loss


def _loss(manager: Manager, obligation: Obligation, cleaning: frozenset[Site]) -> SetupLoss | None:
    closing = _closing(manager, obligation)
    cared = tuple(
        site
        for site in manager.graph.sites
        if is_over(site.event, obligation) or (isinstance(site.event, Call) and site.event.callee in closing)
    )
    search = Search(manager.graph, replace(obligation, transfers=(*obligation.transfers, *cared)))
    unsure: SetupLoss | None = None
    is_empty = cache(lambda acquired: holds_nothing(acquired, manager))
    for state in search.before_yield():
        site = manager.graph.nodes[state.node].site
        if site is None:
            continue
        if site in obligation.acquires and _goes_on_when_cancelled(site, obligation, manager):
            held = state._replace(held_since=state.node)
            return SetupLoss(obligation, site, site) if search.outcome(held, Fault.BASE).lost else None
        if state.held_since is None or site.by_caller or state.node in search.ends:
            continue  # what fails in the caller is not the manager's to mend
        acquire = manager.graph.nodes[state.held_since].site
        assert acquire is not None
        if (
            (_is_part(acquire, site, obligation, manager) and not _are_joined(acquire, site, manager))
            or site in cleaning
            or is_used_by(site.event, obligation, manager.graph)
            or is_asked_about(site, obligation, manager.graph)
            or is_put_off(site.event, manager.graph)
            or has_failed(state.held_since, state.node, obligation, manager.graph)
        ):
            continue
        if not _fails(site, obligation, manager) or not _is_lost(search, state, manager) or not _is_due(search, state):
            continue
        if _goes_on(site.event) or is_handling(site, acquire, manager):
            continue  # what failed was another step
        if found_it_ended(site, acquire, manager) or is_thought_of(site, obligation, manager):
            continue
        any_kind = acquire is site and _are_handed_in(site, manager)
        unknown = enters_what_may_be_in_memory(site.event, manager.scope) or _enters_base(site)
        if is_empty(acquire):
            continue
        if (any_kind or not unknown) and not is_idle(state.held_since, state.node, obligation, manager):
            return SetupLoss(obligation, acquire, site)
        unsure = unsure or SetupLoss(obligation, acquire, site, sure=False)
    return unsure


def _fails(site: Site, obligation: Obligation, manager: Manager) -> bool:
    """Whether the step can really fail.

    What a called function imports is there when it is called in earnest; what the base class does is not known, so only
    an explicit `raise` behind it counts.
    """
    if manager.constructor is not None and isinstance(site.event, Raise) and not manager.constructs(site):
        return False  # it refuses an object that is misused
    if obligation.object.startswith("super("):
        return isinstance(site.event, Raise) and fails_in_setup(site.event, manager.scope, manager.subject.knowledge)
    imports = site.grafted and isinstance(site.event, Step) and site.event.what == "import"
    if imports:
        return False
    fails = fails_in_setup(site.event, manager.scope, manager.subject.knowledge)
    in_turn = site in obligation.acquires and is_begun_in_turn(site.event, manager.scope, manager.subject.knowledge)
    if in_turn and not fails:
        return True
    return (fails or manager.deeper.fails(site.event, obligation)) and manager.leaving(site, fails_in_setup) != NOTHING


def _goes_on(event: Event) -> bool:
    """Whether a handler only raises again what it has caught."""
    return isinstance(event, Raise) and event.fault is None


def _goes_on_when_cancelled(site: Site, obligation: Obligation, manager: Manager) -> bool:
    """Whether a thread takes a lock while a task waits for it: when the task is cancelled, the thread still gets it.

    `await loop.run_in_executor(None, lock.acquire)`. Anything else that a thread acquires dies with its future.
    """
    if obligation.kind != "lock" or not isinstance(site.event, Call) or not site.event.awaited or site.grafted:
        return False
    return any(
        isinstance(node, cst.Await)
        and isinstance(node.expression, cst.Call)
        and manager.tree.code(node.expression.func).endswith(_IN_A_THREAD)
        and manager.tree.span(node).holds(site.span)
        for node in own_nodes(manager.tree.function.body)
    )


def _closing(manager: Manager, obligation: Obligation) -> frozenset[str]:
    """The helpers in which it is released: a helper of the set-up that calls one is not looked into any further."""
    inside = {release.span for release in obligation.releases if release.grafted}
    calls = (site for site in manager.graph.sites if site.span in inside and not site.grafted)
    return frozenset(site.event.callee for site in calls if isinstance(site.event, Call))


def _is_part(acquired: Site, site: Site, obligation: Obligation, manager: Manager) -> bool:
    """Whether what raises belongs to the statement that acquires, or is a call around the acquire."""
    if obligation.origin == ORIGIN:
        return site.statement is not acquired.statement  # then the call that was given it has it
    if acquired.statement is not site.statement:
        return False
    if acquired is site:  # the same one again: the next round of a loop, where what is acquired is certain
        begun = is_begun_in_turn(site.event, manager.scope, manager.subject.knowledge)
        in_turn = begun or _is_entered_in_turn(site, manager)
        return obligation.origin not in ("knowledge base", "stack") and not in_turn
    inside = acquired.span != site.span and site.span.line <= acquired.span.line <= site.span.end_line
    return not site.grafted or (not acquired.grafted and inside)


def _enters_base(site: Site) -> bool:
    """Whether the entering of a base class is called that the file does not show: most only note something."""
    event = site.event
    if not isinstance(event, Call) or event.method not in ENTERED_BY_HAND or site.grafted:
        return False
    return event.receiver == "super()" or [value.text for value in event.args[:1]] == ["self"]


def _is_entered_in_turn(site: Site, manager: Manager) -> bool:
    """Whether a loop enters one context after the other: when one can't be entered, those before it are not left."""
    event = site.event
    entered = isinstance(event, Call) and event.method in ENTERED_BY_HAND and event.receiver is not None
    return entered and isinstance(event, Call) and manager.scope.is_loop_variable(event.receiver or "")


def _are_handed_in(site: Site, manager: Manager) -> bool:
    """Whether a loop enters contexts that its owner was given: they may do anything."""
    if not _is_entered_in_turn(site, manager):
        return False
    loops = (node for node in own_nodes(manager.tree.function.body) if isinstance(node, cst.For))
    around = (loop for loop in loops if manager.tree.span(loop).holds(site.span))
    return any(manager.scope.origin(manager.tree.code(loop.iter)) in (Origin.SELF, Origin.PARAMETER) for loop in around)


def _are_joined(acquire: Site, site: Site, manager: Manager) -> bool:
    """Whether only a semicolon has brought the two to one line: `one = connect(); two = connect()`."""
    line = site.statement
    if not isinstance(line, cst.SimpleStatementLine) or len(line.body) < 2 or site.grafted or acquire.grafted:
        return False
    tree = manager.constructor if manager.constructor is not None and manager.constructs(acquire) else manager.tree
    return any(span.holds(acquire.span) and not span.holds(site.span) for span in map(tree.span, line.body))


def _is_lost(search: Search, state: State, manager: Manager) -> bool:
    """Whether an exception of the step loses it; an application whose start is cancelled ends with its process."""
    node = search.graph.nodes[state.node]
    assert node.site is not None
    event = node.site.event
    if isinstance(event, Raise):
        return any(search.along(state, edge).lost for edge in node.edges if edge.way is Way.RAISE)
    outlives = search.obligation.kind in _OUTLIVING
    cancelled = _waits(event) and (outlives or not runs_with_application(manager.scope))
    failed = search.outcome(state, Fault.EXCEPTION).lost and not is_tidied(node.site, search.obligation, manager)
    return failed or (cancelled and search.outcome(state, Fault.BASE).lost)


def _is_due(search: Search, state: State) -> bool:
    """Whether the release runs when nothing fails: not where a guard says on this path that there is none to do.

    What a `raise` would have led to otherwise is not known, nor what nothing releases.
    """
    event = search.graph.nodes[state.node].site
    raised = event is not None and isinstance(event.event, Raise)
    return raised or not search.releases or any(reached.node in search.ends for reached in search.when_resumed(state))


def _waits(event: Event) -> bool:
    """Whether a task may be cancelled there, which `except Exception` does not stop."""
    return (isinstance(event, Step) and event.what == "await") or (isinstance(event, (Call, Enter)) and event.awaited)
