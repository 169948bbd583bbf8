"""Obligations that a success and a handler both meet: one call ends one thing after the yield and in a handler.

`call = client.create_call()`, `client.finish_call(call)` and `except Exception as error: client.finish_call(call,
error); raise`. Who ends it after a success and after every `Exception` means it to be ended on every way, and what the
handler does not stop leaves it. A handler of one class of them may well be a way to succeed. Only calls that end
something by their names; what reports or measures ends nothing. May take for an end what only tells that there is one.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.paths.search import Search
from cmlint.flow.reading.events import Call, Event, Fault
from cmlint.flow.reading.naming import action_of, logs, measures
from cmlint.flow.reading.scope import Scope
from cmlint.knowledge.entries import Knowledge

_ENDING = frozenset(
    {"finish", "end", "complete", "close", "stop", "exit", "leave", "cleanup", "teardown", "shutdown"}
    | {"release", "free", "dispose", "destroy", "terminate", "disconnect", "cancel", "detach"}
)


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each thing that is ended after the yield and in a handler by the same call."""
    del knowledge
    after = {site.index for site in around.after}
    seen: set[tuple[str, str]] = set()
    for site in around.after:
        ended = _ended(site.event)
        if ended is None or ended in seen or site in around.before:
            continue
        seen.add(ended)
        ends = tuple(other for other in around.elsewhere() if _ended(other.event) == ended)
        if all(other.index in after for other in ends):
            continue
        callee, held = ended
        acquires = tuple(s for s in around.before if isinstance(s.event, Call) and held in s.event.results)
        ends = tuple(other for other in around.elsewhere() if other in ends or _ends_otherwise(other.event, held))
        obligation = Obligation(
            kind="other",
            object=held,
            words=Words(f"`{held}`", "created" if acquires else "handed over", f"is not given to `{callee}`"),
            confidence=Confidence.MEDIUM,
            origin="both",
            acquires=acquires,
            releases=ends,
            by_body=not acquires,
        )
        if _is_met_by_handlers(obligation, around):
            yield obligation


def _ends_otherwise(event: Event, held: str) -> bool:
    """Whether the same thing is ended by another of its methods: `job.cancel()` in a handler beside `job.finish()`."""
    ended = _ended(event)
    return ended is not None and ended[1] == held


def _is_met_by_handlers(obligation: Obligation, around: Around) -> bool:
    """Whether no `Exception` of the body leaves the manager with it."""
    search = Search(around.graph, obligation)
    return any(not search.outcome(state, Fault.EXCEPTION).exits for state in search.held_at(around.number))


def _ended(event: Event) -> tuple[str, str] | None:
    """The function that ends something, and what: its first argument, or the object of which it is a method."""
    if not isinstance(event, Call) or not event.discarded or logs(event) or measures(event.callee):
        return None
    if _ENDING.isdisjoint(action_of(event.method)[:1]):
        return None
    held = event.args[0].text if event.args else event.receiver
    return (event.callee, held) if held else None
