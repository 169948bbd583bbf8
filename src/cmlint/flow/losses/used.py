"""Steps of a setup that only work with what was just acquired, or ask about it: they fail with it, if at all.

Names decide, so it may take a step for one of these that fails beside it; a loss is missed then.
"""

from __future__ import annotations

from cmlint.flow.lowering.graph import Graph, Site
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.reading.events import Call, Event, Raise, Step
from cmlint.flow.reading.naming import words_of

_IN_A_NEW_PLACE = frozenset(
    {"chmod", "chown", "mkdir", "makedirs", "mkfifo", "open", "fdopen", "touch", "symlink", "stat", "utime", "listdir"}
)
_LATER = frozenset({"create_task", "ensure_future", "start_soon", "run_coroutine_threadsafe"})


def is_used_by(event: Event, obligation: Obligation, graph: Graph) -> bool:
    """Whether the event only works with what was just acquired: in a new folder, on a new process or connection."""
    if not isinstance(event, Call):
        made = (site.event.results for site in obligation.acquires if isinstance(site.event, Call))
        awaited = {f"await {name}" for results in made for name in (obligation.object, *results)}
        return isinstance(event, Step) and event.text in awaited  # it is had at last
    if event.dotted == "os.chdir" and event.args and _is_made(event.args[0].text, graph):
        return True
    held = obligation.object
    if obligation.kind == "temp" and event.method in _IN_A_NEW_PLACE:
        return any(held in value.reads for value in event.given)
    if event.receiver == held and (event.dotted or "").startswith("tempfile.mk"):
        return True  # a method of a name
    entered_there = event.method == "__enter__" and all(site.event != event for site in obligation.acquires)
    if event.receiver == held and entered_there:
        return True  # of a connection: it only returns itself
    mine = event.receiver == held or (event.receiver or "").startswith(f"{held}.")
    known = obligation.origin == "knowledge base" and obligation.kind in ("process", "thread")
    return mine and (known or event.method == "cursor")


def is_asked_about(site: Site, obligation: Obligation, graph: Graph) -> bool:
    """Whether the step is a raise in a function that is given the object, to be told whether it was acquired."""
    if not site.grafted or not isinstance(site.event, Raise):
        return False
    calls = (other.event for other in graph.sites if other.span == site.span and not other.grafted)
    return any(isinstance(e, Call) and any(obligation.object in v.reads for v in e.args) for e in calls)


def is_put_off(event: Event, graph: Graph) -> bool:
    """Whether the call only makes what a task runs later: `create_task(self.read_all())`."""
    if not isinstance(event, Call) or event.awaited:
        return False
    calls = (site.event for site in graph.sites if isinstance(site.event, Call) and site.event.method in _LATER)
    return any(value.text == event.text for call in calls for value in call.args)


def _is_made(path: str, graph: Graph) -> bool:
    """Whether the path is that of a folder that the manager has just made."""
    calls = (site.event for site in graph.sites if isinstance(site.event, Call))
    return any(path in call.results and {"tempdir", "mkdtemp", "temp"} & set(words_of(call.method)) for call in calls)
