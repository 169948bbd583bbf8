"""Which exceptions leave what a call runs, where the file tells: none, if each step that may fail has its handler.

A walk through the function's tree and through what that calls in turn: a `raise`, a call that can fail by its name, an
`await`, which may be cancelled; less what handlers and `suppress` around them stop. A function that is being read is
taken to raise nothing of its own. Names decide about calls of other files, so it may take a function for harmless that
fails under a name that says nothing; what it says to escape has a step in the source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import libcst as cst

from cmlint.flow.calls.callees import Place, callee, constructor, coroutine
from cmlint.flow.failing.faults import (
    ANYTHING,
    CANCELLED,
    NOTHING,
    ONLY_CANCELLED,
    Faults,
    goes_on,
    only_times_out,
    stops,
    suppressed,
)
from cmlint.flow.failing.refusing import leading, only_raises, refuses, suites
from cmlint.flow.lowering.handlers import Match, matches, raised_fault
from cmlint.flow.reading.events import Call, Event, Fault, Step
from cmlint.flow.reading.naming import ENTERING, words_of
from cmlint.flow.reading.scope import Scope, scope_of
from cmlint.flow.reading.syntax import NESTED, children, own_nodes
from cmlint.flow.reading.tree import NotAnalysed, Tree, parse
from cmlint.flow.reading.values import call_event
from cmlint.knowledge.entries import Knowledge
from cmlint.nesting import stems_from

Failing = Callable[[Event, Scope, Knowledge], bool]

_MOST_LINES = 200
_DEEPEST = 4
_MOST_READ = 200  # functions for one answer
_MAKING = frozenset({"contextmanager", "asynccontextmanager"})
_RUNS_AS_WRITTEN = frozenset({"staticmethod", "classmethod", "override", "final"})


class Escaping:
    """What leaves the functions of one file; `fails` tells of a call of another file whether it can fail."""

    def __init__(self, knowledge: Knowledge, fails: Failing) -> None:
        self._knowledge = knowledge
        self._fails = fails
        self._known: dict[tuple[int, str], Faults | None] = {}
        self._open: list[tuple[int, str]] = []
        self._unsettled: set[tuple[int, str]] = set()
        self._left = _MOST_READ

    def called(self, name: str, caller: Place, scope: Scope, depth: int = 0, *, awaited: bool = False) -> Faults | None:
        """What leaves a call of `name`, as the source of `caller` has it; None where it is not known what runs."""
        made = scope.objects
        found = None if _is_rebound(name, caller, scope, made) else callee(name, caller, made)
        if found is None or (awaited and not found.definition.is_async):
            return None  # what a plain function returns is waited for
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
        return _unless_too_deep(lambda: self._before_the_yield(found))

    def _before_the_yield(self, place: Place) -> Faults | None:
        tree = self._parsed(place)
        return None if tree is None else self._reading(place, tree, 1).before_the_yield(tree.function.body)

    def can_fail(self, event: Event, scope: Scope) -> bool:
        """Whether a call fails of which nothing is known but its name."""
        return self._fails(event, scope, self._knowledge)

    def waited_for(self, task: str, caller: Place, depth: int = 0) -> Faults | None:
        """What leaves the task that is kept in the attribute `task`; None where it is not known what it runs."""
        found = coroutine(task, caller)
        return None if found is None else self._leaving(found, depth, owned=True)

    def _leaving(self, place: Place, depth: int, *, owned: bool) -> Faults | None:
        """What leaves a function; `owned`: a subclass may have another one, so an empty one says nothing.

        One that is being read is taken to raise nothing; what came of that is not kept, but for the first one.
        """
        key = (id(place.whole), place.definition.qualname)
        if key in self._known:
            return self._known[key]
        if key in self._open:
            self._unsettled.update(self._open[self._open.index(key) + 1 :])
            return NOTHING
        if not self._open:
            self._left = _MOST_READ
        self._left -= 1
        self._open.append(key)
        found = _unless_too_deep(lambda: self._read(place, depth, owned=owned)) if self._left > 0 else None
        self._open.pop()
        if key in self._unsettled and self._open:
            self._unsettled.discard(key)
        else:
            self._known[key] = found
        return found

    def _read(self, place: Place, depth: int, *, owned: bool) -> Faults | None:
        definition = place.definition
        decorators = {name.rpartition(".")[2] for name in definition.decorators}
        tree = None if depth > _DEEPEST or decorators - _RUNS_AS_WRITTEN else self._parsed(place)
        if tree is None:
            return None
        body = tree.function.body
        if any(isinstance(node, cst.Yield) for node in own_nodes(body)) or (owned and _is_empty(body)):
            return None
        return self._reading(place, tree, depth + 1).of(body)

    def _reading(self, place: Place, tree: Tree, depth: int) -> _Reading:
        definition = place.definition
        scope = scope_of(tree, place.whole.visible(definition), definition.owner)
        return _Reading(self, place, scope, depth, leading(tree.function.body))

    @staticmethod
    def _parsed(place: Place) -> Tree | None:
        if place.definition.end_line - place.definition.line > _MOST_LINES:
            return None
        try:
            return parse(place.whole.slices(place.definition))
        except NotAnalysed:
            return None


def _unless_too_deep(read: Callable[[], Faults | None]) -> Faults | None:
    """What a reading comes to; None where the code is nested deeper than it can go."""
    try:
        return read()
    except Exception as error:
        if stems_from(error, RecursionError):
            return None
        raise


@dataclass(frozen=True)
class _Reading:
    """One function, read from the inside out; `asked`: the questions that it asks before it does anything."""

    escaping: Escaping
    place: Place
    scope: Scope
    depth: int
    asked: frozenset[int] = frozenset()

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
        if id(node) in self.asked and isinstance(node, cst.If) and refuses(node, self.scope):
            return self.of(node.test) | self._of_all(part for part in suites(node) if not only_raises(part))
        inner = self._of_all(children(node))
        if isinstance(node, (cst.For, cst.CompFor)) and node.asynchronous is not None:
            inner |= ANYTHING
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
        name = self.scope.code(call.func)
        known = self.escaping.called(name, self.place, self.scope, self.depth, awaited=awaited)
        if known is not None:
            return known
        if awaited:
            return CANCELLED if event.dotted in ONLY_CANCELLED else ANYTHING
        return frozenset({Fault.EXCEPTION}) if self.escaping.can_fail(event, self.scope) else NOTHING

    def _of_await(self, node: cst.Await) -> Faults:
        awaited = node.expression
        if isinstance(awaited, cst.Call):
            return self._of_all(awaited.args) | self.of(awaited.func) | self._of_call(awaited, awaited=True)
        known = self.escaping.waited_for(self.scope.code(awaited), self.place, self.depth)
        return ANYTHING if known is None else known | {Fault.BASE}

    def _of_with(self, node: cst.With) -> Faults:
        entering = self._of_all(item.item for item in node.items)
        body = self.of(node.body)
        for item in node.items:
            body -= suppressed(item.item, self.scope)
        if node.asynchronous is None:
            return entering | body
        last = words_of(self.scope.code(node.items[-1].item).partition("(")[0])[-1:]
        return entering | body | (CANCELLED if last in (["lock"], ["semaphore"], ["condition"]) else ANYTHING)

    def _of_try(self, node: cst.Try | cst.TryStar) -> Faults:
        body = self.of(node.body)
        left = body = body - {Fault.EXCEPTION} if only_times_out(node, self.scope) else body
        handled: Faults = NOTHING
        for handler in node.handlers:
            answers = {fault: matches(handler, fault, self.scope) for fault in body}
            left = frozenset(f for f in left if not stops(f, answers[f], handler.type, self.scope))
            caught = frozenset(fault for fault, answer in answers.items() if answer is not Match.NEVER)
            handled |= self.of(handler.body) | (caught if goes_on(handler, self.scope) else NOTHING)
        behind = [part.body for part in (node.orelse, node.finalbody) if part is not None]
        return left | handled | self._of_all(behind)


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


def _is_rebound(name: str, caller: Place, scope: Scope, made: Mapping[str, str]) -> bool:
    """Whether the first name is a parameter or a local of the caller that stands for something unknown."""
    root = name.partition(".")[0].partition("(")[0]
    if root in ("self", "cls", "super") or root in made:
        return False
    if caller.whole.methods(caller.definition, root):
        return root in scope.bound and not scope.functions.get(root)
    return root in scope.parameters or (scope.is_local(root) and root not in scope.imported)


def faults_of(event: Event, escaping: Escaping, caller: Place, scope: Scope) -> Faults | None:
    """What leaves an event of `caller`: a call, or a wait for a task. None where it is not known what it runs."""
    if isinstance(event, Call) and event.method in ENTERING and event.args:
        made = event.args[0]
        known = escaping.entered(made.text.partition("(")[0], caller)
        if known is None and made.dotted is not None:
            return escaping.entered(made.dotted.removesuffix("()"), caller)
        return known
    if isinstance(event, Call):
        known = escaping.called(event.callee, caller, scope, awaited=event.awaited)
        written = event.text.partition("(")[0]  # where a local is known by the attribute that keeps it, too
        again = known is None and written != event.callee and written.rpartition(".")[2] == event.method
        return escaping.called(written, caller, scope, awaited=event.awaited) if again else known
    if isinstance(event, Step) and event.what == "await":
        return escaping.waited_for(event.text.removeprefix("await "), caller)
    return None
