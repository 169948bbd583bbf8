"""Processes that only a success waits for: the body gets a pipe to read from, and not the process.

`process = Popen(..., stdout=PIPE)`, `yield process.stdout`, `process.wait()`. Nobody else can end it or wait for it, so
it runs until its pipe is collected, and is a zombie then. To wait for it in a `finally` alone would wait for ever: what
the body did not read fills the pipe. May miss a process that is started in another way; a `with` on the process closes
its pipes and waits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cmlint.flow.losses.left_running import Shape, Started, left_running
from cmlint.flow.lowering.graph import Site
from cmlint.flow.manager import Manager
from cmlint.flow.paths.leaks import Leak
from cmlint.flow.reading.events import Call, Yield
from cmlint.knowledge.entries import Resource

_READ = ("stdout", "stderr")
_CLOSING = frozenset({"close", "detach"})


def unread(manager: Manager) -> Iterator[Leak]:
    """One for each process that runs on when the body raises; what is skipped is the wait for it."""
    return left_running(manager, Shape("unread", _starts, _is_lost, _ends, _waits))


def _starts(call: Call, entry: Resource) -> str | None:
    return call.results[-1] if entry.kind == "process" and call.results else None


def _is_lost(started: Started) -> bool:
    """Whether the body gets what it can read from the process, and not the process, which nobody else has."""
    event, held = started.here.site.event, started.held
    given = event.value.text if isinstance(event, Yield) else ""
    without = re.sub(rf"(?<![\w.]){re.escape(held)}\.(?:{'|'.join(_READ)})\b", "", given)
    only_a_pipe = without != given and re.search(rf"(?<![\w.]){re.escape(held)}\b", without) is None
    return only_a_pipe and started.manager.scope.is_local(held)


def _ends(site: Site, started: Started) -> bool:
    """Whether the process is waited for or ended, or its pipe is closed, which ends it when it writes on."""
    event, held, entry = site.event, started.held, started.entry
    if not isinstance(event, Call):
        return False
    if event.receiver == held:
        return event.method in entry.waits_by or event.method in entry.release_methods
    return event.method in _CLOSING and (event.receiver or "") in {f"{held}.{pipe}" for pipe in _READ}


def _waits(site: Site, started: Started) -> bool:
    """Whether it is a wait behind the yield."""
    waits = isinstance(site.event, Call) and site.event.method in started.entry.waits_by
    return waits and site in started.here.after
