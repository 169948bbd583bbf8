"""Whether an event can really fail in operation, and not only in theory.

Explicit `raise`, awaits (cancellation), calls of what the caller handed in (callbacks), known calls and verbs. May miss
a call that fails under a name that says nothing about it; a call that only fails when the program is wrong is not taken
to fail. What a name says may still be untrue of an object in memory: the rules say how often it was in real code.
"""

from __future__ import annotations

from cmlint.flow.events import Call, Event, Raise, Step
from cmlint.flow.obligations.naming import words_of
from cmlint.flow.scope import Origin, Scope
from cmlint.knowledge.entries import Knowledge

_ENTERING = frozenset({"__enter__"})
_LEAVING = frozenset({"__exit__"})
_LOCKS = frozenset({"lock", "mutex", "guard", "rlock", "semaphore", "condition"})
_STREAMS = frozenset({"stdout", "stderr", "stdin", "stream", "out", "err", "buffer", "console"})
_IN_MEMORY = frozenset({"put", "write"})  # on a queue, on a buffer


def fails_in_setup(event: Event, scope: Scope, knowledge: Knowledge) -> bool:
    """Whether the event, in a setup, can raise in operation."""
    if isinstance(event, Raise):
        return not event.text.startswith("assert ")
    if isinstance(event, Step):
        return event.what == "await"
    if not isinstance(event, Call):
        return False
    if event.awaited or _is_callback(event, scope):
        return True
    if event.method in _ENTERING:
        return event.receiver != "super()" and _LOCKS.isdisjoint(words_of(event.receiver or "")[-1:])
    return knowledge.fails(event.dotted, event.method.lstrip("_"))


def fails_in_cleanup(event: Event, scope: Scope, knowledge: Knowledge) -> bool:
    """Whether the event, as a step of a clean-up, can raise in operation."""
    if isinstance(event, Step):
        return event.what == "await"
    if not isinstance(event, Call) or event.method in _IN_MEMORY:
        return False
    if event.awaited or _is_callback(event, scope):
        return True
    if event.method in _LEAVING:
        return event.receiver != "super()"
    if not _STREAMS.isdisjoint(words_of(event.receiver or "")[-1:]) or _ignores_errors(event):
        return False
    if event.method == "kill" and knowledge.resource((event.dotted or "").removesuffix("kill") + "start") is not None:
        return False  # a process of our own
    return knowledge.fails_as_cleanup(event.dotted, event.method, *words_of(event.method)[:1])


def _ignores_errors(event: Call) -> bool:
    ignoring = event.keyword("ignore_errors")
    return ignoring is not None and ignoring.text == "True"


def _is_callback(event: Call, scope: Scope) -> bool:
    """Whether what is called was handed in: a parameter, or an item that a loop takes."""
    if event.receiver is not None:
        return False
    name = event.callee
    return scope.is_loop_variable(name) or (scope.origin(name) is Origin.PARAMETER and name not in scope.bound)
