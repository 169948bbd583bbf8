"""Which exceptions leave what a call runs, where the file tells: none, if each step that may fail has its handler.

A walk through the function's tree and through what that calls in turn: a `raise`, a call that can fail by its name, an
`await`, which may be cancelled; less what handlers and `suppress` around them stop. A function that is being read is
taken to raise nothing of its own. Names decide about calls of other files, so it may take a function for harmless that
fails under a name that says nothing; what it says to escape has a step in the source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import libcst as cst

from cmlint.flow.callees import Place, callee, constructor, coroutine
from cmlint.flow.events import Call, Event, Fault, Step
from cmlint.flow.handlers import Match, caught_as, matches, may_suppress, raised_fault, raises_again, suppresses
from cmlint.flow.scope import Scope, scope_of
from cmlint.flow.syntax import NESTED, children, own_nodes
from cmlint.flow.tree import NotAnalysed, Tree, parse
from cmlint.flow.values import call_event
from cmlint.knowledge.entries import Knowledge

Faults = frozenset[Fault]
Failing = Callable[[Event, Scope, Knowledge], bool]

NOTHING: Faults = frozenset()
_ANYTHING: Faults = frozenset({Fault.EXCEPTION, Fault.BASE})
_CANCELLED: Faults = frozenset({Fault.BASE})
_ONLY_CANCELLED = frozenset({"asyncio.sleep", "asyncio.wait", "anyio.sleep", "trio.sleep"})
_MOST_LINES = 200
_DEEPEST = 4
_ENTERING = frozenset({"enter_context", "enter_async_context"})
_MAKING = frozenset({"contextmanager", "asynccontextmanager"})
_RUNS_AS_WRITTEN = frozenset({"staticmethod", "classmethod", "override", "final"})


class Escaping:
    """What leaves the functions of one file; `fails` tells of a call of another file whether it can fail."""

    def __init__(self, knowledge: Knowledge, fails: Failing) -> None:
        self._knowledge = knowledge
        self._fails = fails
        self._known: dict[tuple[int, str], Faults | None] = {}

    def called(self, name: str, caller: Place, scope: Scope, depth: int = 0) -> Faults | None:
        """What leaves a call of `name`, as the source of `caller` has it; None where it is not known what runs."""
        found = callee(name, caller, dict(_made(scope)))
        if found is None:
            return None
        if found.definition.is_class:
            first = constructor(found)
            return None if first is None else self._leaving(first, depth, owned=True)
        own = not name.startswith("super(") and found.definition.owner is not None
        return self._leaving(found, depth, owned=own)

    def entered(self, name: str, caller: Place) -> Faults | None:
        """What leaves the setup of a manager that `name(...)` makes: a generator of the file; None for any other."""
        found = callee(name, caller)
        if found is None or not any(one.rpartition(".")[2] in _MAKING for one in found.definition.decorators):
            return None
        tree = self._parsed(found)
        if tree is None:
            return None
        scope = scope_of(tree, found.whole.visible(found.definition), found.definition.owner)
        return _Reading(self, found, scope, 1).before_the_yield(tree.function.body)

    def can_fail(self, event: Event, scope: Scope) -> bool:
        """Whether a call fails of which nothing is known but its name."""
        return self._fails(event, scope, self._knowledge)

    def waited_for(self, task: str, caller: Place, depth: int = 0) -> Faults | None:
        """What leaves the task that is kept in the attribute `task`; None where it is not known what it runs."""
        found = coroutine(task, caller)
        return None if found is None else self._leaving(found, depth, owned=True)

    def _leaving(self, place: Place, depth: int, *, owned: bool) -> Faults | None:
        """What leaves a function; `owned`: a subclass may have another one, so an empty one says nothing."""
        definition = place.definition
        key = (id(place.whole), definition.qualname)
        if key not in self._known:
            self._known[key] = NOTHING
            self._known[key] = self._read(place, depth, owned=owned)
        return self._known[key]

    def _read(self, place: Place, depth: int, *, owned: bool) -> Faults | None:
        definition = place.definition
        decorators = {name.rpartition(".")[2] for name in definition.decorators}
        tree = None if depth > _DEEPEST or decorators - _RUNS_AS_WRITTEN else self._parsed(place)
        if tree is None:
            return None
        body = tree.function.body
        if any(isinstance(node, cst.Yield) for node in own_nodes(body)) or (owned and _is_empty(body)):
            return None
        scope = scope_of(tree, place.whole.visible(definition), definition.owner)
        return _Reading(self, place, scope, depth + 1).of(body)

    @staticmethod
    def _parsed(place: Place) -> Tree | None:
        if place.definition.end_line - place.definition.line > _MOST_LINES:
            return None
        try:
            return parse(place.whole.slices(place.definition))
        except NotAnalysed:
            return None


@dataclass(frozen=True)
class _Reading:
    """One function, read from the inside out."""

    escaping: Escaping
    place: Place
    scope: Scope
    depth: int

    def of(self, node: cst.CSTNode) -> Faults:
        """What leaves a node."""
        if isinstance(node, NESTED):
            return NOTHING
        if isinstance(node, (cst.Try, cst.TryStar)):
            return self._of_try(node)
        if isinstance(node, cst.With):
            return self._of_with(node)
        if isinstance(node, cst.Raise):
            raised = NOTHING if node.exc is None else frozenset({raised_fault(node.exc, self.scope)})
            return raised | self._of_all(children(node))
        if isinstance(node, cst.Await):
            return self._of_await(node)
        inner = self._of_all(children(node))
        return inner | self._of_call(node, awaited=False) if isinstance(node, cst.Call) else inner

    def before_the_yield(self, body: cst.BaseSuite) -> Faults:
        """What leaves the statements of a generator up to its first yield."""
        faults = NOTHING
        for statement in body.body:
            if not any(isinstance(node, cst.Yield) for node in own_nodes(statement)):
                faults |= self.of(statement)
                continue
            if isinstance(statement, (cst.Try, cst.With)):
                items = statement.items if isinstance(statement, cst.With) else ()
                return faults | self._of_all(item.item for item in items) | self.before_the_yield(statement.body)
            return faults | (NOTHING if isinstance(statement, cst.SimpleStatementLine) else self.of(statement))
        return faults

    def _of_all(self, nodes: Iterable[cst.CSTNode]) -> Faults:
        return frozenset().union(*map(self.of, nodes))

    def _of_call(self, call: cst.Call, *, awaited: bool) -> Faults:
        event = call_event(call, self.scope, (), discarded=False, managed=False)
        known = self.escaping.called(self.scope.code(call.func), self.place, self.scope, self.depth)
        if known is not None:
            return known
        if awaited:
            return _CANCELLED if event.dotted in _ONLY_CANCELLED else _ANYTHING
        return frozenset({Fault.EXCEPTION}) if self.escaping.can_fail(event, self.scope) else NOTHING

    def _of_await(self, node: cst.Await) -> Faults:
        awaited = node.expression
        if isinstance(awaited, cst.Call):
            return self._of_all(awaited.args) | self.of(awaited.func) | self._of_call(awaited, awaited=True)
        known = self.escaping.waited_for(self.scope.code(awaited), self.place, self.depth)
        return _ANYTHING if known is None else known | {Fault.BASE}

    def _of_with(self, node: cst.With) -> Faults:
        entering = self._of_all(item.item for item in node.items)
        body = self.of(node.body)
        for item in node.items:
            if may_suppress(item.item, self.scope):
                body = frozenset(f for f in body if suppresses(item.item, f, self.scope) is Match.NEVER)
        waits = frozenset({Fault.BASE}) if node.asynchronous is not None else NOTHING
        return entering | body | waits

    def _of_try(self, node: cst.Try | cst.TryStar) -> Faults:
        body = self.of(node.body)
        left = body
        handled: Faults = NOTHING
        for handler in node.handlers:
            answers = {fault: matches(handler, fault, self.scope) for fault in body}
            left = frozenset(fault for fault in left if not _stops(fault, answers[fault]))
            caught = frozenset(fault for fault, answer in answers.items() if answer is not Match.NEVER)
            handled |= self.of(handler.body) | (caught if _goes_on(handler, self.scope) else NOTHING)
        behind = [part.body for part in (node.orelse, node.finalbody) if part is not None]
        return left | handled | self._of_all(behind)


def _stops(fault: Fault, answer: Match) -> bool:
    """A handler of some exceptions that are not `Exception` is that of the cancellation."""
    return answer is Match.ALWAYS or (fault is Fault.BASE and answer is Match.SOMETIMES)


def _goes_on(handler: cst.ExceptHandler | cst.ExceptStarHandler, scope: Scope) -> bool:
    """Whether the handler raises again what it has caught."""
    caught = caught_as(handler, scope)
    return any(isinstance(node, cst.Raise) and raises_again(node, caught) for node in own_nodes(handler.body))


def _is_empty(body: cst.BaseSuite) -> bool:
    """Whether a function does nothing, or only raises: then it waits for a subclass to do something."""
    smalls: list[cst.CSTNode] = []
    for line in body.body:
        if not isinstance(line, (cst.SimpleStatementLine, cst.BaseSmallStatement)):
            return False
        smalls.extend(line.body if isinstance(line, cst.SimpleStatementLine) else (line,))
    return all(
        isinstance(small, (cst.Pass, cst.Raise, cst.Return))
        or (isinstance(small, cst.Expr) and isinstance(small.value, (cst.SimpleString, cst.Ellipsis)))
        for small in smalls
    )


def _made(scope: Scope) -> Iterator[tuple[str, str]]:
    """The locals that are bound once, to what a call makes, with the name of what is called."""
    for name in scope.bound:
        value = scope.sole_value(name)
        if isinstance(value, cst.Call) and isinstance(value.func, cst.Name):
            yield name, value.func.value


def faults_of(event: Event, escaping: Escaping, caller: Place, scope: Scope) -> Faults | None:
    """What leaves an event of `caller`: a call, or a wait for a task. None where it is not known what it runs."""
    if isinstance(event, Call) and event.method in _ENTERING and event.args:
        return escaping.entered(event.args[0].text.partition("(")[0], caller)
    if isinstance(event, Call):
        known = escaping.called(event.callee, caller, scope)
        written = event.text.partition("(")[0]  # where a local is known by the attribute that keeps it, too
        again = known is None and written != event.callee and written.rpartition(".")[2] == event.method
        return escaping.called(written, caller, scope) if again else known
    if isinstance(event, Step) and event.what == "await":
        return escaping.waited_for(event.text.removeprefix("await "), caller)
    return None
