"""Finds where the functions and classes of a file are, and what its names are bound to, without parsing it.

Multi-line strings are masked, then every line that defines or binds something is placed on a stack by its
indentation. The file is known to be valid Python, so a `def` at the start of an unmasked line is a definition; it ends
where the next statement is not indented deeper. The approximation: a bracketed expression that is continued further
left than its function ends the function too early. Such a slice does not parse, and `slices` then offers longer ones; a
name may in that case be attributed to the wrong parent, but no definition is invented or lost.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from cmlint.imports import imported, logical_line
from cmlint.outline import Binding, Definition, Outline, line_starts
from cmlint.strings import lines_in_strings

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
_LONE_RETURN = re.compile(r"\r(?!\n)")


class _Decorator(NamedTuple):
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
