"""Clean-up that waits without a bound for something that nothing tells to end.

A known process, thread or task that is started before the yield and joined after it, without a timeout, while no
release and nothing that looks like telling it to end comes before. What it runs may of course end by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cmlint.flow.lowering.around import around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.manager import Manager
from cmlint.flow.paths.ending import ended_by
from cmlint.flow.reading.events import Call
from cmlint.knowledge.entries import Resource


@dataclass(frozen=True, slots=True)
class EndlessWait:
    """The wait at `wait` is for what was started at `start`, and nothing tells it to end."""

    start: Site
    wait: Site
    held: str
    resource: Resource


def endless_waits(manager: Manager) -> Iterator[EndlessWait]:
    """One for each object that is only waited for."""
    for number in manager.graph.yields():
        here = around(manager.graph, number)
        for start in (site for site in here.before if not site.by_caller):
            event = start.event
            resource = manager.subject.knowledge.resource(event.dotted) if isinstance(event, Call) else None
            if resource is None or not isinstance(event, Call) or not resource.waits_by or event.receiver is None:
                continue
            held = event.receiver
            waits = [site for site in here.after if _waits(site, held, resource)]
            released = any(_releases(site, held, resource) for site in here.sites)
            if waits and not released and not ended_by(held, resource.waits_by, here, manager.scope):
                yield EndlessWait(start, waits[0], held, resource)


def _waits(site: Site, held: str, resource: Resource) -> bool:
    event = site.event
    if not isinstance(event, Call) or event.receiver != held or event.method not in resource.waits_by:
        return False
    return not event.args and not event.keywords


def _releases(site: Site, held: str, resource: Resource) -> bool:
    event = site.event
    return isinstance(event, Call) and event.receiver == held and event.method in resource.release_methods
