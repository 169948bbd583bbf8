"""What is known of a file without parsing it: where its functions and classes are, and what its names are bound to.

`outlining` finds them. A slice may end too early, and does not parse then; `Outline.slices` offers longer ones.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple, Protocol

from cmlint.strings import lines_in_strings, strings_in

_CALLING = re.compile(r"[\n;:][ \t\f(]*(?P<name>[^\W\d][\w.]*)\(")  # in a function, so not on the first line
_HEAD_END = re.compile(r":[ \t]*(?:#[^\r\n]*)?[\r\n]")  # of a function, or of one of its parameters' annotations
_LONE_RETURN = re.compile(r"\r(?!\n)")
_LONGER_SLICES = 40  # how many later ends are tried for a function that was cut too early


class Definition(NamedTuple):
    """A function or class. Lines are 1-based; `first_line` is that of its first decorator."""

    name: str
    qualname: str
    is_class: bool
    is_async: bool
    first_line: int
    line: int
    end_line: int
    indent: str
    decorators: tuple[str, ...]
    parent: Definition | None

    @property
    def owner(self) -> str | None:
        """The name of the class that it stands in, if it does."""
        return self.parent.name if self.parent is not None and self.parent.is_class else None

    @property
    def around(self) -> Iterator[Definition]:
        """The functions and classes that it stands in, from the inside out."""
        outer = self.parent
        while outer is not None:
            yield outer
            outer = outer.parent

    @property
    def class_around(self) -> Definition | None:
        """The class that it stands in, also within a method."""
        return next((outer for outer in self.around if outer.is_class), None)


class Binding(NamedTuple):
    """`name` means `target` (a dotted name, with leading dots when relative) inside `owner`, or everywhere."""

    name: str
    target: str
    owner: Definition | None
    is_alias: bool = False


class Slice(NamedTuple):
    """The source of one definition, cut at line starts; `offset` is that of its first character."""

    text: str
    first_line: int
    offset: int
    indent: str


class Elsewhere(Protocol):
    """What is known of the other files of a package."""

    @property
    def consulted(self) -> Mapping[str, str]:
        """The digests of the files that were asked for, by path."""

    def find(self, dotted: str) -> tuple[Outline, str] | None:
        """The file that defines what an import names, and its name there."""


@dataclass
class Outline:
    """The definitions and bindings of one file, in source order; `elsewhere`: the other files of its package."""

    text: str
    line_starts: list[int]
    definitions: list[Definition]
    bindings: list[Binding]
    elsewhere: Elsewhere | None = field(default=None, compare=False, repr=False)

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the file without their endings, as `line_starts` counts them."""
        ends = [*self.line_starts[1:], len(self.text)]
        return [self.text[start:end].rstrip("\r\n") for start, end in zip(self.line_starts, ends, strict=True)]

    @cached_property
    def by_name(self) -> dict[str, list[Definition]]:
        """The functions and classes of each name, in source order."""
        grouped: dict[str, list[Definition]] = {}
        for definition in self.definitions:
            grouped.setdefault(definition.name, []).append(definition)
        return grouped

    def qualified(self, qualname: str) -> list[Definition]:
        """All functions and classes of a qualified name (PEP 3155, without `<locals>`), in source order."""
        return [each for each in self.by_name.get(qualname.rpartition(".")[2], ()) if each.qualname == qualname]

    def only_method(self, owner: Definition, name: str) -> Definition | None:
        """What a class defines by that name; None where it does not, or more than once."""
        found = self.methods(owner, name)
        return found[0] if len(found) == 1 else None

    def methods(self, owner: Definition | None, name: str) -> list[Definition]:
        """All that a class, a function or the module (None) defines by that name, in source order."""
        return [each for each in self.by_name.get(name, ()) if each.parent is owner]

    @cached_property
    def _by_owner(self) -> dict[Definition | None, list[Binding]]:
        grouped: dict[Definition | None, list[Binding]] = {}
        for binding in self.bindings:
            grouped.setdefault(binding.owner, []).append(binding)
        return grouped

    @cached_property
    def module_names(self) -> dict[str, str]:
        """What the names of the module mean: name -> dotted name, aliases followed."""
        return self._extended({}, None)

    def is_ambiguous(self, name: str) -> bool:
        """Whether the module binds a name to more than one thing, by imports, definitions or assignments.

        May take an attribute or an argument of the name for an assignment.
        """
        targets = {binding.target for binding in self._by_owner.get(None, ()) if binding.name == name}
        assigned = re.search(rf"(?m)^[ \t]*(?:\w+\.)*{re.escape(name)}[ \t]*(?::[^=\n]+)?=(?!=)", self.text)
        return len(targets) > 1 or assigned is not None

    def visible(self, definition: Definition) -> dict[str, str]:
        """What the names outside `definition` mean inside it: name -> dotted name, aliases followed.

        Names that a class binds are not visible in its methods, as in Python. Of two bindings in one scope
        the first counts (`try: from a import x / except ImportError: ...`).
        """
        names = self.module_names
        for scope in reversed([outer for outer in definition.around if not outer.is_class]):
            names = self._extended(names, scope)
        return names

    def is_given(self, name: str, definition: Definition) -> bool:
        """Whether `name` is a parameter of a function around `definition`, so that what an import binds is hidden.

        May take a word in a default value or an annotation for a parameter.
        """
        parameter = re.compile(rf"[(,*]\s*{re.escape(name)}\s*[,:=)]")
        for scope in definition.around:
            if scope.is_class:
                continue
            if any(binding.name == name for binding in self._by_owner.get(scope, ())):
                return False
            start = self.line_starts[scope.line - 1]
            end = _HEAD_END.search(self.text, start)
            if end is not None and parameter.search(self.text, start, end.start() + 1):
                return True
        return False

    def _extended(self, names: dict[str, str], scope: Definition | None) -> dict[str, str]:
        here: dict[str, str] = {}
        for binding in self._by_owner.get(scope, ()):
            if binding.name not in here:
                target = _followed(binding, here, names)
                if target is not None:
                    here[binding.name] = target
        return {**names, **here}

    def lines_calling(self, name: str) -> Sequence[int]:
        """The lines (1-based) on which a statement may begin with a call by `name` (dots included), even in strings."""
        return self._calls.get(name, ())

    @cached_property
    def _calls(self) -> dict[str, list[int]]:
        lines: dict[str, list[int]] = {}
        for call in _CALLING.finditer(_LONE_RETURN.sub("\n", self.text)):
            lines.setdefault(call["name"], []).append(bisect_right(self.line_starts, call.start("name")))
        return lines

    def is_in_string(self, offset: int) -> bool:
        """Whether the character at `offset` stands in a string or a comment."""
        at = bisect_right(self._strings, (offset, len(self.text))) - 1
        return at >= 0 and self._strings[at][0] <= offset < self._strings[at][1]

    @cached_property
    def _strings(self) -> list[tuple[int, int]]:
        return strings_in(_LONE_RETURN.sub("\n", self.text))

    @property
    def comments(self) -> Iterator[tuple[int, str]]:
        """The comments, each with its 1-based line."""
        for start, end in self._strings:
            if self.text[start] == "#":
                yield bisect_right(self.line_starts, start), self.text[start:end]

    @cached_property
    def masked(self) -> set[int]:
        """The 1-based lines that begin inside a string."""
        return lines_in_strings(_LONE_RETURN.sub("\n", self.text), self.line_starts)

    def text_of(self, definition: Definition) -> str:
        """The lines of a function or class, without its decorators."""
        return "\n".join(self.lines[definition.line - 1 : definition.end_line])

    def slices(self, definition: Definition) -> Iterator[Slice]:
        """The source of `definition`: the most likely slice first, then longer ones."""
        start = self.line_starts[definition.first_line - 1]
        last = len(self.line_starts)
        for end_line in range(definition.end_line, min(definition.end_line + _LONGER_SLICES, last) + 1):
            end = self.line_starts[end_line] if end_line < last else len(self.text)
            yield Slice(self.text[start:end], definition.first_line, start, definition.indent)


def _followed(binding: Binding, *scopes: dict[str, str]) -> str | None:
    if not binding.is_alias:
        return binding.target
    root, dot, rest = binding.target.partition(".")
    return next((names[root] + dot + rest for names in scopes if root in names), None)


def line_starts(text: str) -> list[int]:
    """The offsets at which the lines of `text` begin; `\\n`, `\\r\\n` and a lone `\\r` end a line."""
    if "\r" in text:
        starts = [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text))]
    else:
        starts = [0, *accumulate([len(line) + 1 for line in text.split("\n")[:-1]])]
    return starts[:-1] if len(starts) > 1 and starts[-1] == len(text) else starts
