"""What is acquired and never released: no path releases it, and nobody else takes it over.

Only what the knowledge base knows counts, and only an object that stays in the function: it is not yielded, returned,
stored, or handed to anything. A signal handler is put in place for the whole process; it counts when nothing in the
function puts the old one back. What is registered and closed, and what only a closure holds: see `registered` and
`enclosed`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cmlint.flow.losses.enclosed import enclosed
from cmlint.flow.losses.registered import still_registered
from cmlint.flow.lowering.graph import Site
from cmlint.flow.lowering.in_memory import acquired_by
from cmlint.flow.manager import Manager
from cmlint.flow.obligations.resources import is_set
from cmlint.flow.obligations.transfers import transfers_of
from cmlint.flow.paths.ending import tells_to_end
from cmlint.flow.reading.events import Call, Enter, Event, Store, Yield
from cmlint.knowledge.entries import Resource

_OWNED = frozenset({"process", "thread", "server", "temp", "file", "connection", "executor", "mount"})
_PROCESS_WIDE = "signal.signal"
_DEFAULTS = frozenset({"signal.default_int_handler", "signal.SIG_DFL"})


@dataclass(frozen=True, slots=True)
class NeverReleased:
    """What the call at `acquire` acquires stays acquired for ever."""

    acquire: Site
    held: str
    resource: Resource | None


def never_released(manager: Manager) -> Iterator[NeverReleased]:
    """One for each acquire of the manager itself without a release, in source order."""
    before = {site for here, _ in manager.obligations for site in here.before}
    for site in manager.graph.sites:
        event = site.event
        if not isinstance(event, Call) or site.grafted or site.by_caller or event.managed:
            continue
        if event.dotted == _PROCESS_WIDE and event.discarded and site in before and _is_sole(event, manager):
            if event.args[1:] and event.args[1].text in _DEFAULTS:
                continue  # it puts the usual handler back
            yield NeverReleased(site, event.text, None)
            continue
        resource = acquired_by(event, manager.subject.knowledge)
        if resource is not None and resource.kind == "process" and resource.held == "result" and event.discarded:
            yield NeverReleased(site, event.text, None)
            continue
        held = None if resource is not None and _is_output(resource) else _held(event, resource)
        if resource is None or held is None or resource.kind not in _OWNED or not _is_own(held, manager):
            continue
        if not _is_used_up(held, site, manager) and not (
            resource.unless and is_set(held, resource.unless, manager.graph)
        ):
            yield NeverReleased(site, held, resource)
    for site in still_registered(manager):
        assert isinstance(site.event, Call)
        if not site.by_caller:
            yield NeverReleased(site, site.event.text, None)
    for site, name, resource in enclosed(manager):
        if not site.by_caller:
            yield NeverReleased(site, name, resource)


def _is_output(resource: Resource) -> bool:
    """Whether a path is made or written that has a name already: what a manager writes may be what it is for."""
    return resource.held == "receiver" and resource.kind in ("temp", "file")


def _held(event: Call, resource: Resource | None) -> str | None:
    if resource is None:
        return None
    if resource.held == "receiver":
        return event.receiver
    return event.results[-1] if resource.held == "result" and len(event.results) == 1 else None


def _is_own(held: str, manager: Manager) -> bool:
    return held.isidentifier() and manager.scope.is_local(held) and held not in manager.scope.declared


def _is_sole(event: Call, manager: Manager) -> bool:
    """Whether nothing else sets the handler of the same signal, and the old one is not read."""
    first = event.args[0].text if event.args else ""
    return bool(first) and not any(
        isinstance(site.event, Call)
        and site.event.text != event.text
        and (site.event.dotted or "").startswith("signal.")
        and site.event.args
        and (site.event.dotted != "signal.alarm")
        for site in manager.graph.sites
    )


def _is_used_up(held: str, acquire: Site, manager: Manager) -> bool:
    """Whether the object leaves the function, or anything is done with it that may release it."""
    if transfers_of(held, manager.graph.sites, manager.scope):
        return True
    if any(held in manager.scope.code(nested) for nested in manager.scope.functions.values()):
        return True
    if any(tells_to_end(site.event, held, manager.scope) for here, _ in manager.obligations for site in here.after):
        return True  # perhaps the event, the queue or the object that runs in it
    return any(site is not acquire and _uses(site.event, held, acquire) for site in manager.graph.sites)


def _uses(event: Event, held: str, acquire: Site) -> bool:
    if isinstance(event, Call):
        passed = any(held in value.reads for value in event.given)
        made = isinstance(acquire.event, Call) and held in event.results
        return passed or (event.receiver == held and not made and event.method not in _HARMLESS)
    if isinstance(event, Store):
        return held in event.value.reads and event.target != held
    if isinstance(event, Yield):
        return held in event.value.reads
    return isinstance(event, Enter) and held in event.manager.reads


_HARMLESS = frozenset({"is_alive", "poll", "read", "readline", "write", "fileno", "getsockname", "settimeout", "bind"})
