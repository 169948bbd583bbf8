"""Obligations from a flag that ends what was begun: a nested function loops until it is written after the yield.

`done = False` ... `Thread(target=spin).start()` ... `done = True`, where `spin` goes on `while not done`. The loop of a
generator or a coroutine ends in the same way. The flag is a local, or an item of one, and takes another constant than
before. A `for` ends by itself, unless it is that of a generator or an `async for`; a function that is only handed to
something (a hook, a sort key) runs no longer than its call. May miss flags of other kinds and runners of other names;
events that are set are known resources.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.obligations.resources import words_for
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.bindings import Bindings
from cmlint.flow.reading.events import Call, Event, Form, Store
from cmlint.flow.reading.naming import words_of
from cmlint.flow.reading.scope import Scope
from cmlint.flow.reading.syntax import own_nodes
from cmlint.knowledge.entries import Knowledge

_CONSTANT = (Form.CONSTANT, Form.NONE)
_LEAVING = (cst.Break, cst.Return)
_LOOPS = (cst.While, cst.For)
_RUNNING = frozenset({"start", "spawn", "launch", "submit", "thread", "task", "executor", "future", "background"})


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each function that runs on until a flag is written after the yield."""
    for site in around.after:
        flag = site.event
        if not isinstance(flag, Store) or site in around.before or not _is_turned(flag, around, scope):
            continue
        for name, function in scope.functions.items():
            if not _loops_until(_root(flag.target), function):
                continue
            acquires = _started(name, around) or (_called(name, around) if _goes_on_later(function) else ())
            if acquires:
                kind, held, words = _described(name, acquires[0].event, around, knowledge)
                yield Obligation(
                    kind=kind,
                    object=held,
                    words=words,
                    confidence=Confidence.MEDIUM if kind == "other" else Confidence.HIGH,
                    origin="flag",
                    acquires=acquires,
                    releases=tuple(s for s in around.elsewhere() if _writes(s.event, flag)),
                )


def _root(target: str) -> str:
    return target.partition("[")[0]


def _is_turned(flag: Store, around: Around, scope: Scope) -> bool:
    """Whether a local that had another constant before takes a constant."""
    if flag.operator is not None or flag.value.form not in _CONSTANT or not scope.is_local(_root(flag.target)):
        return False
    root = _root(flag.target)
    items = root != flag.target  # of a list that was made of constants
    stores = [site.event for site in around.before if isinstance(site.event, Store)]
    values = [store.value for store in stores if _root(store.target) == root]
    return any((value.form in _CONSTANT or items) and value.text != flag.value.text for value in values)


def _writes(event: Event, flag: Store) -> bool:
    return isinstance(event, Store) and event.target == flag.target and event.value.text == flag.value.text


def _loops_until(name: str, function: cst.FunctionDef) -> bool:
    """Whether a loop of the function goes on until `name` ends it, which the function does not bind itself."""
    bindings = Bindings()
    bindings.visit(function.body)
    if name in bindings.bound and name not in bindings.declared:
        return False
    lazy = _yields(function)
    loops = [node for node in own_nodes(function.body) if isinstance(node, _LOOPS) and (lazy or _runs_on(node))]
    return any(_asks(test, name) for loop in loops for test in _conditions(loop))


def _runs_on(loop: cst.While | cst.For) -> bool:
    """Whether what the loop goes over need not end."""
    return isinstance(loop, cst.While) or loop.asynchronous is not None


def _conditions(loop: cst.While | cst.For) -> Iterator[cst.BaseExpression]:
    """What decides whether the loop goes on."""
    if isinstance(loop, cst.While):
        yield loop.test
    for node in own_nodes(loop.body):
        if isinstance(node, cst.If) and any(isinstance(inner, _LEAVING) for inner in own_nodes(node.body)):
            yield node.test


def _asks(test: cst.BaseExpression, name: str) -> bool:
    return any(isinstance(node, cst.Name) and node.value == name for node in (test, *own_nodes(test)))


def _goes_on_later(function: cst.FunctionDef) -> bool:
    """Whether a call of it only makes what is run later: it is a generator or a coroutine."""
    return function.asynchronous is not None or _yields(function)


def _yields(function: cst.FunctionDef) -> bool:
    return any(isinstance(node, cst.Yield) for node in own_nodes(function.body))


def _started(name: str, around: Around) -> tuple[Site, ...]:
    """Where the function is handed to what runs it in the background, or where what it was handed to is started."""
    found: list[Site] = []
    for site in around.before:
        event = site.event
        if not isinstance(event, Call):
            continue
        given = event.given
        made = [each.event for each in found if isinstance(each.event, Call)]
        if event.method == "start" and any(event.receiver in e.results or event.text.startswith(e.text) for e in made):
            return (site,)
        if any(name in value.reads for value in given):
            found.append(site)
    return tuple(site for site in found if isinstance(site.event, Call) and _runs(site.event))


def _runs(call: Call) -> bool:
    """Whether the call runs what it is given: `create_task`, `submit`; not `Thread`, nor a hook as `on_start`."""
    words = words_of(call.method)
    return not call.method[:1].isupper() and words[:1] != ["on"] and not _RUNNING.isdisjoint(words)


def _called(name: str, around: Around) -> tuple[Site, ...]:
    return tuple(site for site in around.before if isinstance(site.event, Call) and site.event.callee == name)


def _described(name: str, event: Event, around: Around, knowledge: Knowledge) -> tuple[str, str, Words]:
    """The kind of what goes on, the object, and how to speak of it."""
    assert isinstance(event, Call)
    if event.callee == name:
        return "other", name, Words(f"`{name}`", "called", "is not told to end")
    entry = knowledge.resource(event.dotted)
    held = event.receiver if entry is not None and entry.held == "receiver" else None
    if entry is None or held is None or not held.isidentifier():
        return "thread", name, Words(f"`{name}`", "started", "keeps running")
    return entry.kind, held, words_for(held, entry, around.graph)
