"""Tasks and threads that are handed to the body, and that only a success waits for.

`task = create_task(work())`, `yield task`, `await task`. When the body raises, nobody knows of it any more: it runs on
and its exception is lost. To wait for it in a `finally` alone may wait for ever, as the body may have been the one that
it works with. What the body does not get may be work that is collected only (see `unread` for processes). May miss what
is started in another way; what is told to end anywhere in the manager is the business of the obligations.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.flow.losses.left_running import Shape, Started, left_running
from cmlint.flow.lowering.graph import Site
from cmlint.flow.manager import Manager
from cmlint.flow.paths.ending import tells_to_end
from cmlint.flow.paths.leaks import Leak
from cmlint.flow.reading.events import Call, Enter, Form, Step, Yield
from cmlint.knowledge.entries import Resource

_KINDS = frozenset({"task", "thread"})


def unwaited(manager: Manager) -> Iterator[Leak]:
    """One for each task or thread that runs on when the body raises; what is skipped is the wait for it."""
    return left_running(manager, Shape("unwaited", _starts, _is_lost, _ends, _waits))


def _starts(call: Call, entry: Resource) -> str | None:
    if entry.kind not in _KINDS:
        return None
    if entry.held == "receiver":
        return call.receiver
    return call.results[-1] if call.results else None


def _is_lost(started: Started) -> bool:
    """Whether the body gets the task or thread itself, and nothing else, and nobody else knows of it."""
    event = started.here.site.event
    handed_out = isinstance(event, Yield) and event.value.form is Form.NAME and event.value.text == started.held
    return handed_out and not _is_known_elsewhere(started)


def _is_known_elsewhere(started: Started) -> bool:
    """Whether somebody keeps it, is told to end it, or ends what it runs: then it is not lost with the manager.

    `TASKS.add(task)`, `app.on_shutdown(task.cancel)`, `stop.set()` in a `finally`, `with server:` around its thread.
    """
    here, held = started.here, started.held
    managed = {site.event.manager.text for site in here.before if isinstance(site.event, Enter)}
    for site in here.sites:
        event = site.event
        if tells_to_end(event, held, started.manager.scope) and site not in here.before:
            return True
        if not isinstance(event, Call) or _waits(site, started):
            continue
        if any(value.text == held or value.text.startswith(f"{held}.") for value in event.given):
            return True
        made = held in event.results or event.method == "Thread"
        if made and any(value.text.startswith(f"{name}.") for value in event.given for name in managed):
            return True
    return False


def _waits(site: Site, started: Started) -> bool:
    event, held, entry = site.event, started.held, started.entry
    if isinstance(event, Step):
        return "await" in entry.waits_by and event.text == f"await {held}"
    return isinstance(event, Call) and event.receiver == held and event.method in entry.waits_by


def _ends(site: Site, started: Started) -> bool:
    event = site.event
    told = isinstance(event, Call) and event.receiver == started.held and event.method in started.entry.release_methods
    return told or _waits(site, started)
