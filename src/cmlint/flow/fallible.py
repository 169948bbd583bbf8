"""Whether an event can really fail in operation, and not only in theory.

Explicit `raise`, awaits (cancellation), calls of what the caller handed in (callbacks), known calls and verbs. May miss
a call that fails under a name that says nothing about it; a call that only fails when the program is wrong is not taken
to fail.
"""

from __future__ import annotations

from cmlint.flow.events import Call, Event, Raise, Step
from cmlint.flow.obligations.naming import words_of
from cmlint.flow.scope import Origin, Scope
from cmlint.knowledge.entries import Knowledge

_STREAMS = frozenset({"stdout", "stderr", "stdin", "stream", "out", "err", "buffer", "console"})
_CALLED = frozenset({"__enter__", "__aenter__", "__exit__", "__aexit__"})


def fails_in_setup(event: Event, scope: Scope, knowledge: Knowledge) -> bool:
    """Whether the event, in a setup, can raise in operation."""
    if isinstance(event, Raise):
        return True
    if isinstance(event, Step):
        return event.what in ("await", "import")
    if not isinstance(event, Call):
        return False
    if event.awaited or event.method in _CALLED or _is_callback(event, scope):
        return True
    return knowledge.fails(event.dotted, *_verbs(event)) or _acquires(event, knowledge)


def fails_in_cleanup(event: Event, scope: Scope, knowledge: Knowledge) -> bool:
    """Whether the event, as a step of a clean-up, can raise in operation."""
    if isinstance(event, Raise):
        return event.fault is not None
    if isinstance(event, Step):
        return event.what == "await"
    if not isinstance(event, Call):
        return False
    if event.awaited or event.method in _CALLED or _is_callback(event, scope):
        return True
    if event.receiver is not None and not _STREAMS.isdisjoint(words_of(event.receiver)[-1:]):
        return False
    ignoring = event.keyword("ignore_errors")
    if ignoring is not None and ignoring.text == "True":
        return False
    return knowledge.fails_as_cleanup(event.dotted, *_verbs(event))


def _verbs(event: Call) -> tuple[str, ...]:
    """The whole name of the method and its first word."""
    return (event.method, *words_of(event.method)[:1])


def _is_callback(event: Call, scope: Scope) -> bool:
    """Whether what is called was handed in: a parameter, or an item that a loop takes."""
    if event.receiver is not None:
        return False
    name = event.callee
    return scope.is_loop_variable(name) or (scope.origin(name) is Origin.PARAMETER and name not in scope.bound)


def _acquires(event: Call, knowledge: Knowledge) -> bool:
    resource = knowledge.resource(event.dotted)
    return resource is not None and resource.kind in ("file", "connection", "process", "server", "temp", "mount")
