"""Whether something is moved to a path, or moved back from where it was: told from the paths, as they are written."""

from __future__ import annotations

from collections.abc import Iterable

from cmlint.flow.lowering.graph import Site
from cmlint.flow.reading.events import Call, Value
from cmlint.flow.reading.naming import words_of

_MOVING = frozenset({"copy", "copy2", "copyfile", "copytree", "move", "rename", "replace"})
_PLACING = _MOVING | {"link"}
_TAKING_AWAY = frozenset({"move", "rename", "replace"})


def swaps(event: Call, undo: Call) -> bool:
    """`rename(path, aside)` and `rename(aside, path)`; `copy(path, aside)` and `move(aside, path)`."""
    if event.callee != undo.callee and not {event.method, undo.method} <= _MOVING:
        return False
    there, back = [value.text for value in event.args[:2]], [value.text for value in undo.args[:2]]
    return len(set(there)) == len(back) == 2 and there == back[::-1]


def moves_back(event: Call, undo: Call) -> bool:
    """`move(path, folder / name)` and `move(aside, path)`: what was moved away is where it was, by whatever name."""
    if not {event.method, undo.method} <= _TAKING_AWAY or len(event.args) < 2 or len(undo.args) < 2:
        return False
    return _path(event.args[0]) == _path(undo.args[1])


def is_moved_to(name: str, before: Iterable[Site]) -> bool:
    """Whether something was copied or moved to what goes by the name: `copytree(source, aside)`."""
    calls = (site.event for site in before if isinstance(site.event, Call))
    moves = (call for call in calls if not _PLACING.isdisjoint(words_of(call.method)[:1]))
    return any(name in value.reads for move in moves for value in move.args[1:])


def _path(value: Value) -> str:
    return value.text.removeprefix("str(").removesuffix(")") if value.text.startswith("str(") else value.text
