"""The methods that an object of a class has by base classes of the same file.

Only where it is certain which one Python would take: base classes are looked at from left to right, depth first, up to
the first that is not in the file, and not at all where a class is inherited twice. What a class binds by another
statement than `def` hides the method of that name. So it may miss a method; it never takes one that does not run.
"""

from __future__ import annotations

import re

from cmlint.outline import Definition, Outline

_HEAD = re.compile(r"[ \t\f]*class[ \t]+\w+[ \t]*(?:\[[^\]]*\][ \t]*)?\(([^()]*)\)")
_ARGUMENTS = re.compile(r"\[.*?\]|#[^\n]*", re.DOTALL)
_MOST = 30  # classes of one line


class Inherited:
    """What one class inherits; each name is looked for when it is asked for."""

    def __init__(self, owner: Definition, whole: Outline) -> None:
        self._owner = owner
        self._whole = whole
        self._line: list[Definition] | None = None

    def method(self, name: str) -> Definition | None:
        """What `super().name` is, where the file tells; None where the class itself may bind the name otherwise."""
        for base in self.bases:
            if self._whole.methods(base, name) or self._binds(base, name):
                return self._whole.only_method(base, name)
        return None

    def hides(self, name: str) -> bool:
        """Whether the class binds the name itself, so that nothing of that name is inherited."""
        return self._binds(self._owner, name)

    def apart(self) -> tuple[str, str] | None:
        """The text of the class with its base classes, and all other text; None where one base is in another file."""
        classes = [self._owner, *self.bases]
        if any(base is None for one in classes for base in _named(one, self._whole)):
            return None
        inside = {line for one in classes for line in range(one.line - 1, one.end_line)}
        lines = list(enumerate(self._whole.lines))
        own = "\n".join(text for line, text in lines if line in inside)
        return own, "\n".join(text for line, text in lines if line not in inside)

    @property
    def bases(self) -> list[Definition]:
        """The base classes of the file, in the order in which Python asks them."""
        if self._line is None:
            self._line = _line_of(self._owner, self._whole)
        return self._line

    def _binds(self, owner: Definition, name: str) -> bool:
        lines = self._whole.lines[owner.line - 1 : owner.end_line]
        bound = re.compile(rf"(?:^|[\s;=.]){name}\s*(?::[^=]+)?=(?!=)")
        return any(name in line and bound.search(line) for line in lines)


def _line_of(owner: Definition, whole: Outline) -> list[Definition]:
    """The base classes in the order in which Python asks them; none where that is not certain."""
    line: list[Definition] = []
    waiting = _named(owner, whole)[::-1]
    while waiting and len(line) < _MOST:
        base = waiting.pop()
        if base is None:
            return line  # of another file: what stands behind it may be hidden
        if base is owner or base in line:
            return []
        line.append(base)
        waiting.extend(_named(base, whole)[::-1])
    return line


def _named(owner: Definition, whole: Outline) -> list[Definition | None]:
    """The classes in the head of a class; None for one that is not in the file, or not for certain."""
    head = _HEAD.match(whole.text, whole.line_starts[owner.line - 1])
    names = [] if head is None else [name.strip() for name in _ARGUMENTS.sub("", head[1]).split(",")]
    found: list[Definition | None] = []
    for name in names:
        if not name or "=" in name or name in ("object", "ABC", "Generic", "Protocol"):
            continue
        named = whole.methods(owner.parent, name)
        found.append(named[0] if len(named) == 1 and named[0].is_class else None)
    return found
