"""Whether one call moves back what another moved away: told from the paths that both are given, as they are written."""

from __future__ import annotations

from cmlint.flow.events import Call, Value

_MOVING = frozenset({"copy", "copy2", "copyfile", "copytree", "move", "rename", "replace"})
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


def _path(value: Value) -> str:
    return value.text.removeprefix("str(").removesuffix(")") if value.text.startswith("str(") else value.text
