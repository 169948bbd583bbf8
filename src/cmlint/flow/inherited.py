"""The methods that an object of a class has, as far as its file tells: its own, and those of base classes of the file.

Base classes are looked for depth first, from left to right, as Python does where no class is inherited twice (PEP 253).
May miss a base class that is named in another way than by its bare name; never takes a class of another file for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cmlint.outline import Definition, Outline

_HEAD = re.compile(r"[ \t]*class[ \t]+\w+[ \t]*(?:\[[^\]]*\][ \t]*)?\(([^()]*)\)")
_ARGUMENTS = re.compile(r"\[.*?\]", re.DOTALL)


def methods_of(owner: Definition, whole: Outline) -> dict[str, Definition]:
    """What the class defines by each name, or else the first of its base classes that does."""
    return {**inherited_by(owner, whole), **_own(owner, whole)}


def inherited_by(owner: Definition, whole: Outline) -> dict[str, Definition]:
    """What `super()` finds in base classes of the same file."""
    found: dict[str, Definition] = {}
    for base in _line_of(owner, whole, {owner}):
        for name, method in _own(base, whole).items():
            found.setdefault(name, method)
    return found


def _own(owner: Definition, whole: Outline) -> dict[str, Definition]:
    return {each.name: each for each in whole.definitions if each.parent is owner}


def _line_of(owner: Definition, whole: Outline, seen: set[Definition]) -> Iterator[Definition]:
    head = _HEAD.match(whole.text, whole.line_starts[owner.line - 1])
    for name in _ARGUMENTS.sub("", head[1]).split(",") if head is not None else ():
        named = [each for each in whole.by_name.get(name.strip(), ()) if each.is_class and each.parent is owner.parent]
        if len(named) == 1 and named[0] not in seen:
            seen.add(named[0])
            yield named[0]
            yield from _line_of(named[0], whole, seen)
