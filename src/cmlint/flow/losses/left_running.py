"""What runs on when the body raises, because only a success waits for it: one search for processes, tasks and threads.

Each shape says which starts it is about, when nobody else ends what was started, and what ends it; `unread` and
`unwaited` are the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.manager import Manager
from cmlint.flow.obligations.transfers import transfers_of
from cmlint.flow.paths.leaks import Leak, leak_at
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call
from cmlint.knowledge.entries import Resource


@dataclass(frozen=True, slots=True)
class Started:
    """What a known call started before the yield of `here`: `held` is its key."""

    held: str
    entry: Resource
    here: Around
    manager: Manager


@dataclass(frozen=True, slots=True)
class Shape:
    """One way to leave something running.

    starts: the key of what a known call starts, if it is about that; is_lost: whether nobody else ends it; ends, waits:
    whether a site ends it, or only waits for it.
    """

    origin: str
    starts: Callable[[Call, Resource], str | None]
    is_lost: Callable[[Started], bool]
    ends: Callable[[Site, Started], bool]
    waits: Callable[[Site, Started], bool]


def left_running(manager: Manager, shape: Shape) -> Iterator[Leak]:
    """One leak for each thing of that shape that runs on when the body raises; what is skipped is the wait for it."""
    if not manager.subject.protocol.throws or manager.exit_tree is not None:
        return
    for here, opened in manager.obligations:
        known = {obligation.object for obligation in opened}
        for site in here.before:
            entry = manager.subject.knowledge.resource(site.event.dotted) if isinstance(site.event, Call) else None
            if entry is None or not isinstance(site.event, Call) or site.event.managed:
                continue
            held = shape.starts(site.event, entry)
            if held is None or held in known:
                continue
            started = Started(held, entry, here, manager)
            leak = _leak(site, started, shape) if shape.is_lost(started) else None
            if leak is not None and all(shape.waits(each, started) for each in leak.skipped):
                yield leak


def _leak(site: Site, started: Started, shape: Shape) -> Leak | None:
    """Whether it is lost when the body raises, while a success comes to one of its ends."""
    sites = started.here.sites
    running = Obligation(
        kind=started.entry.kind,
        object=started.held,
        words=Words(f"`{started.held}` ({started.entry.type})", "started", "is not waited for"),
        confidence=Confidence.MEDIUM,
        origin=shape.origin,
        acquires=(site,),
        releases=tuple(each for each in sites if shape.ends(each, started)),
        transfers=transfers_of(started.held, sites, started.manager.scope),
    )
    return leak_at(started.manager.graph, running, started.here.number)
