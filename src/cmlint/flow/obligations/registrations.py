"""Obligations from a function that is registered by a decorator before the yield and taken out by name after it.

`@event.listens_for(engine, "connect")` above `def connected(...)` ... `event.remove(engine, "connect", connected)`.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call, Event
from cmlint.flow.reading.naming import action_of
from cmlint.flow.reading.scope import Scope
from cmlint.knowledge.entries import Knowledge

_TAKING_OUT = frozenset(
    {"remove", "unregister", "deregister", "disconnect", "unsubscribe", "detach", "off", "unlisten", "unhook", "unbind"}
)


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each decorated local function that is taken out after the yield."""
    for name, function in scope.functions.items():
        decorators = [scope.code(decorator.decorator) for decorator in function.decorators]
        acquires = tuple(site for site in around.before if _registers(site, decorators))
        releases = tuple(site for site in around.sites if _takes_out(site.event, name))
        if acquires and any(site in around.after for site in releases):
            yield Obligation(
                kind="registration",
                object=name,
                words=Words(f"`{name}`", "registered", "stays registered"),
                confidence=Confidence.HIGH,
                origin="registration",
                acquires=acquires,
                releases=releases,
            )


def _registers(site: Site, decorators: list[str]) -> bool:
    return isinstance(site.event, Call) and site.event.text in decorators


def _takes_out(event: Event, name: str) -> bool:
    if not isinstance(event, Call) or not event.discarded or action_of(event.method)[:1] not in _VERBS:
        return False
    return any(value.text == name for value in event.args)


_VERBS = [[verb] for verb in sorted(_TAKING_OUT)]
