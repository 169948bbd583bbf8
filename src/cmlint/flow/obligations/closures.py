"""Obligations from a local function that undoes: it is defined before the yield and called after it.

`def release(): self.count -= 1` ... `release()`. Its name says that it undoes, and it mentions what was made or changed
here before the yield. May miss closures with other names; what such a closure does for success only goes by such a name
too rarely to matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call, Event, Form, Store
from cmlint.flow.reading.naming import action_of
from cmlint.flow.reading.scope import Scope
from cmlint.knowledge.entries import Knowledge

_UNDOING = frozenset(
    {
        "cleanup",
        "clean",
        "release",
        "restore",
        "undo",
        "revert",
        "teardown",
        "unregister",
        "uninstall",
        "unpatch",
        "dispose",
    }
    | {"unsubscribe", "disconnect", "detach", "unlock", "free"}
)
_ALONE = frozenset({"close", "stop", "remove", "delete", "shutdown", "cancel", "reset", "terminate"})


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each local function that undoes and is called after the yield."""
    for site in around.after:
        event = site.event
        if not _undoes(event, scope) or site in around.before:
            continue
        assert isinstance(event, Call)
        code = scope.code(scope.functions[event.method])
        acquires = tuple(found for found in around.before if _changes(found, code, scope))
        if acquires:
            disposal = knowledge.disposal(action_of(event.method)[0])
            yield Obligation(
                kind="other" if disposal is None else disposal.kind,
                object=event.method,
                words=Words(f"what `{event.method}` undoes", "made", "is not undone"),
                confidence=Confidence.MEDIUM,
                origin="closure",
                acquires=acquires,
                releases=tuple(s for s in around.sites if isinstance(s.event, Call) and s.event.callee == event.callee),
            )


def _undoes(event: Event, scope: Scope) -> bool:
    if not isinstance(event, Call) or not event.discarded or event.receiver is not None or event.args:
        return False
    verb, *nouns = action_of(event.method) or [""]
    return event.method in scope.functions and (verb in _UNDOING or (verb in _ALONE and not nouns))


def _changes(site: Site, code: str, scope: Scope) -> bool:
    """Whether the event makes or changes something that the closure mentions."""
    event = site.event
    if isinstance(event, Call):
        return any(_mentions(code, name) for name in event.results if not event.managed)
    if not isinstance(event, Store) or event.value.form is Form.FUNCTION:
        return False
    outside = event.operator is not None or scope.outlives(event.target)
    return outside and _mentions(code, event.target)


def _mentions(code: str, name: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", code) is not None
