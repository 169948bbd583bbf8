"""Locks on a file that go with it: the system holds them until the file is closed, see flock(2) and fcntl(2).

So nothing is lost where a `with` or a `finally` around the yield closes the file, whatever unlocks it besides. May take
for such a lock one that a function by the name of `unlock` keeps in another place and tells by the file.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Way
from cmlint.flow.obligations.inside import entered
from cmlint.flow.paths.over import FILE_LOCKS
from cmlint.flow.reading.events import Call, Event
from cmlint.flow.reading.naming import words_of


def goes_with_its_file(undo: Call, around: Around) -> bool:
    """Whether `undo`, behind the yield, unlocks a file that is closed when the body raises."""
    unlocks = undo.dotted in FILE_LOCKS or "unlock" in words_of(undo.method)
    locked = {value.text.removesuffix(".fileno()") for value in undo.args[:1]} if unlocks else set()
    return bool(locked) and not locked.isdisjoint(_closed(around))


def _closed(around: Around) -> Iterator[str]:
    """The names of the files that a `with` around the yield opened, and of what is closed behind an exception."""
    for enter in entered(around):
        if enter.manager.text.partition("(")[0].rpartition(".")[2] in ("open", "fdopen"):
            yield from enter.results
    graph = around.graph
    failed = [edge.target for edge in graph.nodes[around.number].edges if edge.way is Way.RAISE]
    for number in graph.reachable(failed, normally=True):
        site = graph.nodes[number].site
        if site is not None and (name := _closes(site.event)):
            yield name


def _closes(event: Event) -> str | None:
    if not isinstance(event, Call):
        return None
    if event.dotted == "os.close" and event.args:
        return event.args[0].text
    return event.receiver if event.method == "close" else None
