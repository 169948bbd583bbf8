"""Tasks and threads that are handed to the body, and that only a success waits for.

`task = create_task(work())`, `yield task`, `await task`. When the body raises, nobody knows of it any more: it runs on
and its exception is lost. To wait for it in a `finally` alone may wait for ever, as the body may have been the one that
it works with. What the body does not get may be work that is collected only (see `unread` for processes). May miss what
is started in another way; what is told to end anywhere in the manager is the business of the obligations.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.around import Around
from cmlint.flow.events import Call, Enter, Event, Form, Step, Yield
from cmlint.flow.graph import Site
from cmlint.flow.leaks import Leak, leak_at
from cmlint.flow.manager import Manager
from cmlint.flow.obligation import Obligation, Words
from cmlint.flow.obligations.ending import tells_to_end
from cmlint.flow.obligations.transfers import transfers_of
from cmlint.knowledge.entries import Resource

_KINDS = frozenset({"task", "thread"})


def unwaited(manager: Manager) -> Iterator[Leak]:
    """One for each task or thread that runs on when the body raises; what is skipped is the wait for it."""
    if not manager.subject.protocol.throws or manager.exit_tree is not None:
        return
    for here, opened in manager.obligations:
        known = {obligation.object for obligation in opened}
        for site in here.before:
            entry = manager.subject.knowledge.resource(site.event.dotted) if isinstance(site.event, Call) else None
            held = _started(site, entry) if entry is not None else None
            if entry is None or held is None or held in known or not _is_handed_out(here, held):
                continue
            if _is_known_elsewhere(held, entry, here, manager):
                continue
            ends = tuple(each for each in here.sites if _ends(each.event, held, entry))
            running = Obligation(
                kind=entry.kind,
                object=held,
                words=Words(f"`{held}` ({entry.type})", "started", "is not waited for"),
                confidence=Confidence.MEDIUM,
                origin="unwaited",
                acquires=(site,),
                releases=ends,
                transfers=transfers_of(held, here.sites, manager.scope),
            )
            leak = leak_at(manager.graph, running, here.number)
            if leak is not None and all(_waits(each.event, held, entry) for each in leak.skipped):
                yield leak


def _started(site: Site, entry: Resource) -> str | None:
    """What the call started, where it is a task or a thread."""
    event = site.event
    if entry.kind not in _KINDS or not isinstance(event, Call) or event.managed:
        return None
    if entry.held == "receiver":
        return event.receiver
    return event.results[-1] if event.results else None


def _is_handed_out(here: Around, held: str) -> bool:
    """Whether the body gets the task or thread itself, and nothing else."""
    event = here.site.event
    return isinstance(event, Yield) and event.value.form is Form.NAME and event.value.text == held


def _is_known_elsewhere(held: str, entry: Resource, here: Around, manager: Manager) -> bool:
    """Whether somebody keeps it, is told to end it, or ends what it runs: then it is not lost with the manager.

    `TASKS.add(task)`, `app.on_shutdown(task.cancel)`, `stop.set()` in a `finally`, `with server:` around its thread.
    """
    managed = {site.event.manager.text for site in here.before if isinstance(site.event, Enter)}
    for site in here.sites:
        event = site.event
        if tells_to_end(event, held, manager.scope) and site not in here.before:
            return True
        if not isinstance(event, Call) or _waits(event, held, entry):
            continue
        given = [*event.args, *(value for _, value in event.keywords)]
        if any(value.text == held or value.text.startswith(f"{held}.") for value in given):
            return True
        made = held in event.results or event.method == "Thread"
        if made and any(value.text.startswith(f"{name}.") for value in given for name in managed):
            return True
    return False


def _waits(event: Event, held: str, entry: Resource) -> bool:
    if isinstance(event, Step):
        return "await" in entry.waits_by and event.text == f"await {held}"
    return isinstance(event, Call) and event.receiver == held and event.method in entry.waits_by


def _ends(event: Event, held: str, entry: Resource) -> bool:
    told = isinstance(event, Call) and event.receiver == held and event.method in entry.release_methods
    return told or _waits(event, held, entry)
