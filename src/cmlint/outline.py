"""Where the functions and classes of a file are, and what its names are bound to, without parsing it.

Multi-line strings are masked, then every line that defines or binds something is placed on a stack by its
indentation. The file is known to be valid Python, so a `def` at the start of an unmasked line is a definition; it ends
where the next statement is not indented deeper. The approximation: a bracketed expression that is continued further
left than its function ends the function too early. Such a slice does not parse, and `slices` then offers longer ones; a
name may in that case be attributed to the wrong parent, but no definition is invented or lost.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import accumulate

from cmlint.imports import imported, logical_line
from cmlint.strings import lines_in_strings, strings_in

# Both are searched for behind ends of lines: to search for the start of any line stops at each character.
_STATEMENT = re.compile(
    r"""
    \n(?P<indent>[ \t\f]*)
    (?=[^\s\#)\]}])
    (?:
        (?P<function>(?:async[ \t]+)?def)[ \t]+(?P<function_name>\w+)
        | class[ \t]+(?P<class_name>\w+)
        | (?P<at>@)[ \t]*(?P<decorator>\w+(?:[ \t]*\.[ \t]*\w+)*)?
        | (?P<import>(?:from|import)\b)
        | (?P<alias>\w+)\b[ \t]*=[ \t]*(?P<aliased>\w+(?:\.\w+)*)[ \t]*(?:\#[^\n]*)?$
    )
    """,
    re.VERBOSE | re.MULTILINE,
)
_ANY_STATEMENT = re.compile(r"\n([ \t\f]*)(?=[^\s\#)\]}])")
_CALLING = re.compile(r"[\n;:][ \t\f(]*(?P<name>[^\W\d][\w.]*)\(")  # in a function, so not on the first line
_LONE_RETURN = re.compile(r"\r(?!\n)")
_LONGER_SLICES = 40  # how many later ends are tried for a function that was cut too early


@dataclass(frozen=True, slots=True)
class Definition:
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


@dataclass(frozen=True, slots=True)
class Binding:
    """`name` means `target` (a dotted name, with leading dots when relative) inside `owner`, or everywhere."""

    name: str
    target: str
    owner: Definition | None
    is_alias: bool = False


@dataclass(frozen=True, slots=True)
class Slice:
    """The source of one definition, cut at line starts; `offset` is that of its first character."""

    text: str
    first_line: int
    offset: int
    indent: str


@dataclass(frozen=True, slots=True)
class _Decorator:
    line: int
    width: int
    name: str


@dataclass(slots=True)
class _Open:
    """A definition that what follows may stand in."""

    match: re.Match[str]
    line: int
    decorators: list[_Decorator]
    qualname: str
    parent: _Open | None
    end_line: int
    done: Definition | None = None

    def finished(self) -> Definition:
        """The frozen value; parents are frozen with the first of their children."""
        if self.done is None:
            function = self.match["function"]
            self.done = Definition(
                name=self.match["function_name"] or self.match["class_name"],
                qualname=self.qualname,
                is_class=function is None,
                is_async=bool(function) and function.startswith("async"),
                first_line=self.decorators[0].line if self.decorators else self.line,
                line=self.line,
                end_line=self.end_line,
                indent=self.match["indent"],
                decorators=tuple(decorator.name for decorator in self.decorators),
                parent=self.parent.finished() if self.parent else None,
            )
        return self.done


@dataclass
class Outline:
    """The definitions and bindings of one file, in source order."""

    text: str
    line_starts: list[int]
    definitions: list[Definition]
    bindings: list[Binding]

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the file without their endings, as `line_starts` counts them."""
        ends = [*self.line_starts[1:], len(self.text)]
        return [self.text[start:end].rstrip("\r\n") for start, end in zip(self.line_starts, ends, strict=True)]

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

    def visible(self, definition: Definition) -> dict[str, str]:
        """What the names outside `definition` mean inside it: name -> dotted name, aliases followed.

        Names that a class binds are not visible in its methods, as in Python. Of two bindings in one scope
        the first counts (`try: from a import x / except ImportError: ...`).
        """
        scopes: list[Definition] = []
        owner = definition.parent
        while owner is not None:
            if not owner.is_class:
                scopes.append(owner)
            owner = owner.parent
        names = self.module_names
        for scope in reversed(scopes):
            names = self._extended(names, scope)
        return names

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

    @cached_property
    def masked(self) -> set[int]:
        """The 1-based lines that begin inside a string."""
        return lines_in_strings(_LONE_RETURN.sub("\n", self.text), self.line_starts)

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


def outline(text: str) -> Outline:
    """The outline of a file that is known to parse."""
    return _Scan(text).run()


class _Scan:
    """The one pass: what is open on the stack, what was found, and the decorators that wait for their `def`.

    Everything is looked for in `behind`, which is the text behind one more end of a line: where an end of a line is in
    it, there the next line begins in the text.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.line_starts = line_starts(text)
        self.scanned = _LONE_RETURN.sub("\n", text)
        self.behind = f"\n{self.scanned}"
        self.masked = lines_in_strings(self.scanned, self.line_starts)
        self.by_length = "\t" not in text and "\f" not in text
        self.stack: list[_Open] = []
        self.found: list[_Open] = []
        self.decorators: list[_Decorator] = []
        self.bound: list[tuple[str, str, _Open | None, bool]] = []

    def run(self) -> Outline:
        for match in _STATEMENT.finditer(self.behind):
            line = self.line_at(match)
            if line not in self.masked:
                self.statement(match, line)
        definitions = [opened.finished() for opened in self.found]
        bindings = [
            Binding(name, target, owner.finished() if owner else None, is_alias)
            for name, target, owner, is_alias in self.bound
        ]
        return Outline(self.text, self.line_starts, definitions, bindings)

    def line_at(self, match: re.Match[str]) -> int:
        return bisect_right(self.line_starts, match.start())

    def end_of(self, line: int, width: int) -> int:
        """The last line of what begins at `line`, as far to the right as `width`."""
        pattern = _shallow(width) if self.by_length else _ANY_STATEMENT
        while line < len(self.line_starts):
            match = pattern.search(self.behind, self.line_starts[line])
            if match is None:
                break
            line = self.line_at(match)
            if line not in self.masked and (self.by_length or _width(match[1]) <= width):
                return line - 1
        return len(self.line_starts)

    def statement(self, match: re.Match[str], line: int) -> None:
        while self.stack and self.stack[-1].end_line < line:
            self.stack.pop()
        width = _width(match["indent"])
        owner = self.stack[-1] if self.stack else None
        if match["at"]:
            name = re.sub(r"\s", "", match["decorator"] or "")
            self.decorators.append(_Decorator(line, width, name))
        elif match["function"] or match["class_name"]:
            self.definition(match, width, line, owner)
        elif match["import"]:
            statement = logical_line(self.scanned, match.start("import") - 1)
            self.bound.extend((name, target, owner, False) for name, target in imported(statement))
        elif match["alias"]:
            self.bound.append((match["alias"], match["aliased"], owner, True))

    def definition(self, match: re.Match[str], width: int, line: int, owner: _Open | None) -> None:
        name = match["function_name"] or match["class_name"]
        qualname = f"{owner.qualname}.{name}" if owner else name
        # An `@` that begins a line may also multiply matrices; such a line is indented differently.
        decorators = [decorator for decorator in self.decorators if decorator.width == width]
        opened = _Open(match, line, decorators, qualname, owner, self.end_of(line, width))
        self.bound.append((name, f".{qualname}", owner, False))
        self.stack.append(opened)
        self.found.append(opened)
        self.decorators = []


@cache
def _shallow(width: int) -> re.Pattern[str]:
    """Finds the next statement in a line that begins with at most `width` blanks."""
    return re.compile(rf"\n {{0,{width}}}[^\s#)\]}}]")


def _width(indent: str) -> int:
    return len(indent.replace("\f", "").expandtabs(8))
