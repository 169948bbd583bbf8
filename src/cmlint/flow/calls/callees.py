"""Which function a name runs when it is called, where one file tells for certain.

A function of the module or around the caller; a method of the own class or of a base class; a method of an object that
an attribute of the class, a local or the module holds, where only one class of the file is ever put there, or where
the parameter that is put there, or the field, is annotated with one; the coroutine of a task that is kept in an
attribute. So it may miss a function; it never takes one that does not run, but for methods that a subclass elsewhere
has instead, and annotations that are not kept to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from cmlint.flow.calls.inherited import Inherited
from cmlint.outline import Definition, Outline

_OWN = ("self", "cls")
_MOST_LINES = 3000  # of a class that is searched
_COMMENT = re.compile(r"#[^\n]*")
_CALLED = re.compile(r"([A-Za-z_]\w*)\(")
_DOTTED_CALL = re.compile(r"([A-Za-z_][\w.]*)\(")
_OPTIONAL = re.compile(r"\b(?:typing\.)?Optional\[|\]")
_KEEPING = frozenset({"dataclass", "final", "define", "frozen", "runtime_checkable"})  # a class is itself behind these
_SUPER = re.compile(r"super\([^()]*\)")
_SPAWNING = re.compile(r"[\w.]*(?:create_task|ensure_future|start_soon)\(\s*([\w.]+)\(")


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
    """What the task runs that is kept in `task`: an attribute of the caller's class (`self._task`), or a local."""
    text = _searched(caller if task.isidentifier() else _owner_of(caller))
    if text is None:
        return None
    last = re.escape(task.rpartition(".")[2])
    puts = re.findall(rf"(?<![\w.]){re.escape(task)}[ \t]*(?::[^=\n]+)?=(?!=)\s*([^\n]*(?:\(\n[^\n]*)?)", text)
    if len(puts) != len(re.findall(rf"\b{last}\b[)\s\\]*(?::[^=]{{0,80}})?=(?!=)", text)):
        return None  # it is put there in another way, too
    spawned = [_SPAWNING.match(put) for put in puts if put.strip() != "None"]
    names = {None if match is None else match[1] for match in spawned}
    only = names.pop() if len(names) == 1 else None
    return None if only is None else callee(only, caller)


def method(owner: Place, name: str) -> Place | None:
    """The method of a class or of its base classes in the file, where no class of the file has another one instead."""
    inherited = Inherited(owner.definition, owner.whole)
    own = owner.whole.methods(owner.definition, name)
    if inherited.hides(name) or _is_overridden(owner, name):
        return None
    if own:
        return Place(own[0], owner.whole) if len(own) == 1 else None
    found = inherited.method(name)
    return None if found is None else Place(found, owner.whole)


def _is_overridden(owner: Place, name: str) -> bool:
    """Whether a class that names the owner in its head has a method of the name, or it is set from outside."""
    whole = owner.whole
    if re.search(rf"\.{re.escape(name)}[ \t]*=(?!=)", whole.text):
        return True
    heir = re.compile(rf"class[ \t]+\w+[^:\n]*\([^)]*\b{re.escape(owner.definition.name)}\b")
    others = {each.parent for each in whole.by_name.get(name, ()) if each.parent not in (None, owner.definition)}
    return any(heir.search(whole.lines[other.line - 1]) for other in others if other is not None)


def _named(name: str, caller: Place) -> Place | None:
    inside = caller.whole.methods(caller.definition, name)
    if inside:
        return Place(inside[0], caller.whole) if len(inside) == 1 else None
    if caller.whole.is_given(name, caller.definition) or caller.whole.is_ambiguous(name):
        return None
    target = caller.whole.visible(caller.definition).get(name, "")
    return _defined(target.removeprefix("."), caller.whole) or _imported(target, caller.whole)


def _defined(qualname: str, whole: Outline) -> Place | None:
    found = whole.qualified(qualname)
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
    if target and owner not in made and not target.startswith("."):
        return _imported(f"{target}.{name}", caller.whole)  # a module
    given = caller.whole.is_given(owner, caller.definition)
    once = "" if given else _made_once(owner, caller.whole)
    kind = _named(made.get(owner) or once or owner, caller)  # or the class itself
    return method(kind, name) if kind is not None and kind.definition.is_class else None


def _owner_of(caller: Place) -> Place | None:
    """The class whose method the caller is, or in whose method it stands."""
    owner = caller.definition.class_around
    return None if owner is None else Place(owner, caller.whole)


def _held_by(owner: Place, attribute: str) -> Place | None:
    """The one class of which the attribute holds an object, whatever puts it there.

    All that is put there has to be a call of that class, or None; something put there in another way is no call.
    """
    text = _searched(owner)
    if text is None:
        return None
    name = re.escape(attribute)
    puts = list(re.finditer(rf"(?:self|cls)\.{name}[ \t]*(?::[^=\n]+)?=(?!=)[ \t]*([^\n]*)", text))
    ways = rf"\.{name}\b[)\s\\]*(?::[^=]{{0,80}})?=(?!=)|\b(?:for|as)[ \t]+(?:self|cls)\.{name}\b"
    if len(puts) != len(re.findall(ways, text)):
        return None
    started = {put[1].strip(): put.start(1) for put in puts if put[1].strip() != "None"}
    kinds = {_made_by(text, start) or _given_as(put, text) for put, start in started.items()}
    kind = kinds.pop() if len(kinds) == 1 else _declared(attribute, text) if not puts else ""
    found = _named(kind, owner) if kind else None
    return found if found is not None and found.definition.is_class and not _is_changed(found) else None


def _made_by(text: str, start: int) -> str:
    """The name of what is called at `start`, where the statement is that call and nothing else; empty else."""
    called = _CALLED.match(text, start)
    if called is None:
        return ""
    end = end_of_brackets(text, called.end())
    return called[1] if not text[end:].partition("\n")[0].strip() else ""


def made_of(place: str, caller: Place) -> str | None:
    """The canonical name of the one thing that is called for an attribute: `self.stack = AsyncExitStack()`."""
    owner = _owner_of(caller)
    text = _searched(owner)
    if owner is None or text is None:
        return None
    puts = re.findall(rf"(?<![\w.]){re.escape(place)}[ \t]*(?::[^=\n]+)?=(?!=)[ \t]*([^\n]*)", text)
    called = {match[1] if (match := _DOTTED_CALL.match(put)) else "" for put in puts if put.strip() != "None"}
    only = called.pop() if len(called) == 1 else ""
    root, dot, rest = only.partition(".")
    return f"{owner.whole.visible(owner.definition).get(root, root)}{dot}{rest}" if only else None


def _given_as(name: str, text: str) -> str:
    """The class that the annotations of a class give for a parameter `name`: `Kind`, `Kind | None`; empty else."""
    if not name.isidentifier():
        return ""
    return _annotated(re.findall(rf"[(,]\s*{re.escape(name)}\s*:\s*([^=,()]+)", text))


def _declared(attribute: str, text: str) -> str:
    """The class that a field of a class is annotated with (PEP 557); empty else."""
    return _annotated(re.findall(rf"^[ \t]+{re.escape(attribute)}[ \t]*:[ \t]*([^=#\n]+)", text, re.MULTILINE))


def _annotated(annotations: Iterable[str]) -> str:
    """The one class that all annotations name; empty where there is none, or something more complicated."""
    found = set(annotations)
    kinds = {kind.strip().strip("\"'") for one in found for kind in _OPTIONAL.sub("", one).split("|")} - {"None", ""}
    only = kinds.pop() if len(kinds) == 1 else ""
    return only if only.isidentifier() else ""


def _made_once(name: str, whole: Outline) -> str:
    """The class of which a module keeps one object under a name: `controller = Controller()`; empty else."""
    bound = re.findall(rf"^{re.escape(name)}[ \t]*(?::[^=\n]+)?=(?!=)[ \t]*([^\n]*)", whole.text, re.MULTILINE)
    if len(bound) != 1 or re.search(rf"\bglobal\b[^\n]*\b{re.escape(name)}\b", whole.text):
        return ""
    return _made_by(f"{bound[0]}\n", 0)


def end_of_brackets(text: str, start: int) -> int:
    """Behind the bracket that closes the one before `start`; quotes are not looked at."""
    depth = 1
    for at in range(start, len(text)):
        depth += (text[at] in "([{") - (text[at] in ")]}")
        if depth == 0:
            return at + 1
    return len(text)


def _is_changed(kind: Place) -> bool:
    """Whether a decorator may make something else of a class."""
    return any(name.rpartition(".")[2] not in _KEEPING for name in kind.definition.decorators)


def _searched(owner: Place | None) -> str | None:
    """The source of a class or function without comments; None where there is none, or it is too long to search."""
    if owner is None or owner.definition.end_line - owner.definition.line > _MOST_LINES:
        return None
    return _COMMENT.sub("", text_of(owner.definition, owner.whole))


def text_of(owner: Definition, whole: Outline) -> str:
    """The source of a class and of its base classes in the file, or of a function."""
    classes = [owner, *(Inherited(owner, whole).bases if owner.is_class else ())]
    return "\n".join(map(whole.text_of, classes))


def constructor(kind: Place) -> Place | None:
    """The `__init__` of a class or of its base classes in the file."""
    return method(kind, "__init__")
