"""Tasks of a group that a `with` manages: the group cancels them itself when the body raises, and waits for them.

`async with create_task_group() as tasks`, `tasks.start_soon(serve, stop)`, the yield, `stop.set()`: what only tells
such a task to end is for success only. May miss a group that is made in another way.
"""

from __future__ import annotations

from cmlint.flow.lowering.around import Around
from cmlint.flow.reading.events import Call, Enter
from cmlint.knowledge.entries import Resource

_GROUPS = ("open_nursery()", "create_task_group()", "TaskGroup()")
_TELLING = "threading.Event"  # and what is like it


def groups(around: Around) -> frozenset[str]:
    """The names behind `as` of the groups."""
    entered = (site.event for site in around.before)
    return frozenset(
        name
        for event in entered
        if isinstance(event, Enter) and (event.manager.dotted or event.manager.text).endswith(_GROUPS)
        for name in event.results
    )


def ends_with_its_group(held: str, entry: Resource, around: Around) -> bool:
    """Whether the object only tells a task of such a group to end."""
    if entry.acquire != _TELLING:
        return False
    of_groups = groups(around)
    calls = [site.event for site in around.before if isinstance(site.event, Call)]
    starting = [value.text for call in calls if call.receiver in of_groups for value in call.args]
    given = [call for call in calls if any(held in value.reads for value in call.args)]
    return bool(given) and all(
        call.receiver in of_groups or any(call.text in started for started in starting) for call in given
    )
