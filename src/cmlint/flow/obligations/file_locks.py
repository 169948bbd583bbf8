"""Locks on a file that go with it: the system holds them until the file is closed, see flock(2) and fcntl(2).

So nothing is lost where a `with` or a `finally` around the yield closes the file, whatever unlocks it besides. May ask
for an unlocking whose file is closed in another way; takes no lock for gone of which some path leaves the file open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import RETURN_EXIT, UNWIND_EXIT, Way
from cmlint.flow.obligations.inside import entered
from cmlint.flow.paths.over import FILE_LOCKS, NUMBER_OF, closed_by
from cmlint.flow.reading.events import Call, Raise, Store

_OPENING = re.compile(r"(?:^|\.)(?:open|fdopen|NamedTemporaryFile|TemporaryFile|SpooledTemporaryFile)\(")
_CLOSING = re.compile(r"(?:\w+\.)*(?:closing|fdopen)\((\w+)")  # what is handed to a `with` by its name


def goes_with_its_file(undo: Call, around: Around) -> bool:
    """Whether `undo`, behind the yield, unlocks a file that is closed when the body raises.

    Also a function of another name that is told the number of a file: `unlock(file.fileno())`.
    """
    given = undo.args[0].text if undo.args else ""
    if undo.dotted not in FILE_LOCKS and not ("unlock" in undo.method and given.endswith(NUMBER_OF)):
        return False
    file = _file_of(given.removesuffix(NUMBER_OF), around)
    return file in _closed_by_with(around) or _is_closed_by_hand(file, around)


def _file_of(name: str, around: Around) -> str:
    """The file of which a local is the number: `number = file.fileno()`."""
    stores = (site.event for site in around.before if isinstance(site.event, Store))
    files = [store.value.text for store in stores if store.target == name and store.value.text.endswith(NUMBER_OF)]
    return files[0].removesuffix(NUMBER_OF) if files else name


def _closed_by_with(around: Around) -> Iterator[str]:
    """The names of the files that a `with` around the yield closes."""
    for enter in entered(around):
        manager = enter.manager.text
        handed = _CLOSING.match(manager)
        if handed is not None:
            yield handed[1]
        if _OPENING.search(manager) or handed is not None:
            yield from enter.results
        if manager.isidentifier():
            yield manager


def _is_closed_by_hand(file: str, around: Around) -> bool:
    """Whether every way out of the manager, when the body raises, closes the file."""
    graph = around.graph
    waiting = [edge.target for edge in graph.nodes[around.number].edges if edge.way is Way.RAISE]
    seen = set(waiting)
    while waiting:
        number = waiting.pop()
        site = graph.nodes[number].site
        if number in (RETURN_EXIT, UNWIND_EXIT):
            return False
        if site is not None and closed_by(site.event) == file:
            continue
        raises = site is not None and isinstance(site.event, Raise)
        onward = {edge.target for edge in graph.nodes[number].edges if raises or edge.way is not Way.RAISE} - seen
        seen |= onward
        waiting.extend(onward)
    return bool(seen)
