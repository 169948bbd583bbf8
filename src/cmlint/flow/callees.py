"""Which function a name runs when it is called, where one file tells for certain.

A function of the module or around the caller; a method of the own class or of a base class; a method of an object that
an attribute of the class or a local holds, where only one class of the file is ever put there; the coroutine of a task
that is kept in an attribute. So it may miss a function; it never takes one that does not run, but for methods that a
subclass elsewhere has instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from cmlint.flow.inherited import Inherited
from cmlint.outline import Definition, Outline

_OWN = ("self", "cls")
_SUPER = re.compile(r"super\([^()]*\)")
_SPAWNING = r"[\w.]*(?:create_task|ensure_future|start_soon)\(\s*"


class Place(NamedTuple):
    """A function or class, in the outline of its file."""

    definition: Definition
    whole: Outline


def callee(name: str, caller: Place, made: Mapping[str, str] | None = None) -> Place | None:
    """What `name(...)` runs in `caller`: a function, or the class whose object it makes.

    name: as the source has it, `function`, `self.method`, `self.part.method`, `super().method`, or canonical, as the
    import says it; made: the classes, by name, of which the caller's locals are objects.
    """
    return _spelt(name, caller, made or {}) or _imported(name, caller.whole)


def _spelt(name: str, caller: Place, made: Mapping[str, str]) -> Place | None:
    parts = _SUPER.sub("super()", name).split(".")
    if len(parts) == 1:
        return _named(parts[0], caller)
    if len(parts) == 2:
        return _of_object(parts[0], parts[1], caller, made)
    if len(parts) == 3 and parts[0] in _OWN:
        owner = _owner_of(caller)
        kind = None if owner is None else _held_by(owner, parts[1])
        return None if kind is None else method(kind, parts[2])
    return None


def coroutine(task: str, caller: Place) -> Place | None:
    """What the task runs that is kept in the attribute `task` (`self._task`) of the caller's class."""
    owner = _owner_of(caller)
    if owner is None:
        return None
    made = re.findall(
        rf"{re.escape(task)}\s*(?::[^=\n]+)?=\s*{_SPAWNING}([\w.]+)\(", text_of(owner.definition, owner.whole)
    )
    return callee(made[0], caller) if len(set(made)) == 1 else None


def method(owner: Place, name: str) -> Place | None:
    """The method of a class or of its base classes in the file."""
    inherited = Inherited(owner.definition, owner.whole)
    own = owner.whole.methods(owner.definition, name)
    if own or inherited.hides(name):
        return Place(own[0], owner.whole) if len(own) == 1 else None
    found = inherited.method(name)
    return None if found is None else Place(found, owner.whole)


def _named(name: str, caller: Place) -> Place | None:
    inside = caller.whole.methods(caller.definition, name)
    if inside:
        return Place(inside[0], caller.whole) if len(inside) == 1 else None
    target = caller.whole.visible(caller.definition).get(name, "")
    return _defined(target.removeprefix("."), caller.whole) or _imported(target, caller.whole)


def _defined(qualname: str, whole: Outline) -> Place | None:
    found = [each for each in whole.definitions if each.qualname == qualname]
    return Place(found[0], whole) if len(found) == 1 else None


def _imported(target: str, whole: Outline) -> Place | None:
    """What another file of the package defines."""
    found = whole.elsewhere.find(target) if target and whole.elsewhere is not None else None
    if found is None:
        return None
    beside, name = found
    return _defined(name, beside)


def _of_object(owner: str, name: str, caller: Place, made: Mapping[str, str]) -> Place | None:
    own = _owner_of(caller)
    if owner == "super()":
        found = None if own is None else Inherited(own.definition, own.whole).method(name)
        return None if found is None else Place(found, caller.whole)
    if owner in _OWN:
        return None if own is None else method(own, name)
    target = caller.whole.visible(caller.definition).get(owner, "")
    if target and owner not in made:
        return _imported(f"{target}.{name}", caller.whole)  # a module
    kind = _named(made[owner], caller) if owner in made else None
    return method(kind, name) if kind is not None and kind.definition.is_class else None


def _owner_of(caller: Place) -> Place | None:
    """The class whose method the caller is, or in whose method it stands."""
    owner = caller.definition.parent
    while owner is not None and not owner.is_class:
        owner = owner.parent
    return None if owner is None else Place(owner, caller.whole)


def _held_by(owner: Place, attribute: str) -> Place | None:
    """The one class of the file of which the attribute holds an object."""
    putting = re.compile(rf"(?:self|cls)\.{re.escape(attribute)}\s*(?::[^=\n]+)?=(?!=)\s*([^\n]*)")
    puts = putting.findall(text_of(owner.definition, owner.whole))
    kinds = {re.sub(r"\(.*", "", put) for put in puts if put.strip() != "None"}
    kind = kinds.pop() if len(kinds) == 1 else ""
    found = _named(kind, owner) if kind.isidentifier() else None
    return found if found is not None and found.definition.is_class else None


def text_of(owner: Definition, whole: Outline) -> str:
    """The source of a class and of its base classes in the file, or of a function."""
    classes = [owner, *(Inherited(owner, whole).bases if owner.is_class else ())]
    return "\n".join(map(whole.text_of, classes))


def constructor(kind: Place) -> Place | None:
    """The `__init__` of a class or of its base classes in the file."""
    return method(kind, "__init__")
