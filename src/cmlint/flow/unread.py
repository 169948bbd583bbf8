"""Processes that only a success waits for: the body gets a pipe to read from, and not the process.

`process = Popen(..., stdout=PIPE)`, `yield process.stdout`, `process.wait()`. Nobody else can end it or wait for it, so
it runs until its pipe is collected, and is a zombie then. To wait for it in a `finally` alone would wait for ever: what
the body did not read fills the pipe. May miss a process that is started in another way; a `with` on the process closes
its pipes and waits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.around import Around
from cmlint.flow.events import Call, Event, Yield
from cmlint.flow.leaks import Leak, leak_at
from cmlint.flow.manager import Manager
from cmlint.flow.obligation import Obligation, Words
from cmlint.flow.obligations.transfers import transfers_of
from cmlint.knowledge.entries import Resource

_READ = ("stdout", "stderr")
_CLOSING = frozenset({"close", "detach"})


def unread(manager: Manager) -> Iterator[Leak]:
    """One for each process that runs on when the body raises; what is skipped is the wait for it."""
    if not manager.subject.protocol.throws or manager.exit_tree is not None:
        return
    for here, opened in manager.obligations:
        known = {obligation.object for obligation in opened}
        for site in here.before:
            entry = manager.subject.knowledge.resource(site.event.dotted) if isinstance(site.event, Call) else None
            if entry is None or entry.kind != "process" or not isinstance(site.event, Call) or site.event.managed:
                continue
            held = site.event.results[-1] if site.event.results else None
            if held is None or held in known or not manager.scope.is_local(held) or not _only_a_pipe(here, held):
                continue
            ends = tuple(each for each in here.sites if _ends(each.event, held, entry))
            process = Obligation(
                kind=entry.kind,
                object=held,
                words=Words(f"`{held}` ({entry.type})", "started", "is not waited for"),
                confidence=Confidence.MEDIUM,
                origin="unread",
                acquires=(site,),
                releases=ends,
                transfers=transfers_of(held, here.sites, manager.scope),
            )
            leak = leak_at(manager.graph, process, here.number)
            if leak is not None and _waits(leak, entry, here):
                yield leak


def _only_a_pipe(here: Around, held: str) -> bool:
    """Whether the body gets what it can read from the process, and not the process."""
    event = here.site.event
    given = event.value.text if isinstance(event, Yield) else ""
    without = re.sub(rf"(?<![\w.]){re.escape(held)}\.(?:{'|'.join(_READ)})\b", "", given)
    return without != given and re.search(rf"(?<![\w.]){re.escape(held)}\b", without) is None


def _ends(event: Event, held: str, entry: Resource) -> bool:
    """Whether the process is waited for or ended, or its pipe is closed, which ends it when it writes on."""
    if not isinstance(event, Call):
        return False
    if event.receiver == held:
        return event.method in entry.waits_by or event.method in entry.release_methods
    return event.method in _CLOSING and (event.receiver or "") in {f"{held}.{pipe}" for pipe in _READ}


def _waits(leak: Leak, entry: Resource, here: Around) -> bool:
    """Whether all that is skipped are waits behind the yield."""
    calls = [site.event for site in leak.skipped]
    return all(isinstance(call, Call) and call.method in entry.waits_by for call in calls) and all(
        site in here.after for site in leak.skipped
    )
