"""What a loop begins, and ends, one after the other: when one of them fails, those before it, or behind it, are left.

`for plugin in plugins: plugin.setup()`, `for service in services: service.stop()`. What is in a loop was made elsewhere
and may do anything, so the first word of the method decides whether it can fail: to begin or to end something, not to
set or to note something. To put a patch on and to take it off does not fail.
"""

from __future__ import annotations

from collections.abc import Collection

from cmlint.flow.failing.fallible import PATCHES
from cmlint.flow.reading.events import Call, Event
from cmlint.flow.reading.naming import action_of, words_of
from cmlint.flow.reading.scope import Scope
from cmlint.knowledge.entries import Knowledge


def is_begun_in_turn(event: Event, scope: Scope, knowledge: Knowledge) -> bool:
    """Whether the call begins one of the things that a loop runs over."""
    return _does(event, knowledge.begun_in_turn, scope)


def is_ended_in_turn(event: Event, scope: Scope, knowledge: Knowledge) -> bool:
    """Whether it ends one of them."""
    return _does(event, knowledge.ended_in_turn, scope)


def _does(event: Event, verbs: Collection[str], scope: Scope) -> bool:
    if not isinstance(event, Call) or event.receiver is None or not scope.is_loop_variable(event.receiver):
        return False
    run_over = " ".join(scope.code(each) for each in scope.looped.get(event.receiver, ()))
    patches = not PATCHES.isdisjoint(words_of(f"{event.receiver} {run_over}"))
    return not patches and any(word in verbs for word in action_of(event.method)[:1])
