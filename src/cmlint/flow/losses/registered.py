"""What is registered with something that outlives the manager, closed at the end, and still registered then.

The close shows that the maintainer is done with it; whoever it is registered with goes on calling it. Only what the
knowledge base knows counts (log handlers, log filters, ...), and only an object that the manager makes itself. May miss
one that is registered on an object whose maker can't be told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cmlint.flow.lowering.graph import Site
from cmlint.flow.manager import Manager
from cmlint.flow.reading.events import Call, Event, Store
from cmlint.knowledge.entries import Resource

_OVER = frozenset({"close", "aclose", "stop", "shutdown"})
_REMOVING = r"(remove|unregister|deregister|detach|discard)\w*\(\s*"


def still_registered(manager: Manager) -> Iterator[Site]:
    """The calls that register what is closed after the yield and never taken out again."""
    for here, _ in manager.obligations:
        for site in here.before:
            event = site.event
            if not isinstance(event, Call) or site.grafted or not event.discarded or not event.args:
                continue
            held, resource = event.args[0].text, manager.subject.knowledge.resource(_called(event, manager))
            if resource is None or (resource.held, resource.kind) != ("argument", "registration"):
                continue
            made = any(isinstance(other.event, Call) and held in other.event.results for other in here.before)
            over = any(_closes(other.event, held) for other in here.after)
            if made and over and not _is_taken_out(held, site, resource, manager):
                yield site


def _called(event: Call, manager: Manager) -> str | None:
    """The canonical name of what is called; an attribute stands for the one call that makes it."""
    if event.dotted is not None or event.receiver is None:
        return event.dotted
    stores = (site.event for site in manager.graph.sites if isinstance(site.event, Store))
    makers = {store.value.dotted for store in stores if store.target == event.receiver}
    maker = makers.pop() if len(makers) == 1 else None
    return None if maker is None else f"{maker}.{event.method}"


def _closes(event: Event, held: str) -> bool:
    return isinstance(event, Call) and event.receiver == held and event.method in _OVER


def _is_taken_out(held: str, registering: Site, resource: Resource, manager: Manager) -> bool:
    """Whether anything else is done with it that may take it out, here or in another method of the class."""
    list_ = f"{registering.event.receiver}.handlers" if isinstance(registering.event, Call) else ""
    for site in manager.graph.sites:
        event = site.event
        if isinstance(event, Call) and site is not registering and any(held in value.reads for value in event.args):
            return True
        if isinstance(event, Store) and event.target.startswith(list_):
            return True
    owner = manager.subject.definition.parent
    lines = manager.subject.whole.lines[owner.line - 1 : owner.end_line] if owner is not None else []
    return re.search(_REMOVING + re.escape(held), "\n".join(lines)) is not None
