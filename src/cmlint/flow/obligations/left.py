"""Whether what a call returns is left to itself: then the call is made for what it does.

It is awaited, run, tested or logged, and nobody takes it for a value. May miss a result that is kept and never read.
"""

from __future__ import annotations

import re

from cmlint.flow.lowering.around import Around
from cmlint.flow.reading.events import Call, Event, Step, Store, Yield
from cmlint.flow.reading.naming import logs, words_of

_RUNNING = frozenset({"run", "send", "execute", "invoke", "submit", "sync"})


def is_left(event: Call, around: Around) -> bool:
    """Whether nobody takes what it returns for anything but to wait for it, to run it, to test it or to log it."""
    return is_awaited(event, around) or _is_only_checked(event, around) or _is_run(event, around)


def is_awaited(event: Call, around: Around) -> bool:
    """Whether what it returns is awaited, perhaps only if it can be: `if isawaitable(result): await result`."""
    steps = (site.event for site in around.after if isinstance(site.event, Step))
    return any(step.text == f"await {name}" for step in steps for name in event.results)


def _is_only_checked(event: Call, around: Around) -> bool:
    """Whether what it returns is bound to a name that is only tested and logged: `popped = stack.pop()`."""
    if len(event.results) != 1:
        return False
    name = event.results[0]
    return not any(_uses(site.event, name) for site in around.after if site.event is not event)


def _uses(event: Event, name: str) -> bool:
    if isinstance(event, Call):
        return not logs(event) and (event.receiver == name or any(name in value.reads for value in event.given))
    if isinstance(event, Store):
        return name in event.value.reads
    return isinstance(event, (Yield, Step)) and re.search(rf"\b{re.escape(name)}\b", event.text) is not None


def _is_run(event: Call, around: Around) -> bool:
    """Whether what it returns is only handed to what runs or sends it: `loop.run_until_complete(server.stop())`."""
    calls = (site.event for site in around.after if isinstance(site.event, Call) and site.event.discarded)
    return any(
        not _RUNNING.isdisjoint(words_of(call.method)) and any(value.text == event.text for value in call.args)
        for call in calls
    )
