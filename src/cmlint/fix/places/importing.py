"""How a repair calls a class of contextlib in a file, and the edit that imports it where nothing does.

Only an import counts that the module always makes, above the function, and whose name nothing else binds or deletes.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cmlint.findings import Edit
from cmlint.fix.places.naming import STAR, Surroundings, surroundings
from cmlint.subjects import Subject

_NEWLINE = re.compile(r"\r\n|\r|\n")  # where `ast` ends a line


@dataclass(frozen=True)
class Imported:
    """The name of the class in the file, and the edit that makes it one."""

    name: str
    edit: Edit | None = None


def imported(subject: Subject, name: str) -> Imported | None:
    """`contextlib.<name>` as the function of `subject` can call it; None when it can't."""
    around = surroundings(subject)
    if around is None:
        return None
    above = [node for node in around.module.body if node.lineno < subject.definition.first_line]
    own = [
        node for node in above if isinstance(node, ast.ImportFrom) and node.module == "contextlib" and not node.level
    ]
    own = [node for node in own if node.names[0].name != STAR]
    modules = [alias for node in above if isinstance(node, ast.Import) for alias in node.names]
    return (
        _class_in(around, [alias for node in own for alias in node.names], name)
        or _class_of(around, [alias for alias in modules if alias.name == "contextlib"], name)
        or _added(around, own, name, subject.whole.text)
    )


def _class_in(around: Surroundings, aliases: Sequence[ast.alias], name: str) -> Imported | None:
    locals_ = [alias.asname or name for alias in aliases if alias.name == name]
    return next((Imported(local) for local in locals_ if around.is_always(local, f"contextlib.{name}")), None)


def _class_of(around: Surroundings, modules: Sequence[ast.alias], name: str) -> Imported | None:
    locals_ = [alias.asname or alias.name for alias in modules]
    return next((Imported(f"{local}.{name}") for local in locals_ if around.is_always(local, "contextlib")), None)


def _added(around: Surroundings, nodes: Sequence[ast.ImportFrom], name: str, text: str) -> Imported | None:
    """The class, and the edit that adds it to the first of `nodes`, among the classes or by the alphabet."""
    if not nodes or around.binds(name) or any(one.name == STAR for one in around.bound):
        return None
    names = nodes[0].names
    following = next((alias for alias in names if alias.name[:1].islower() or alias.name > name), None)
    if following is None:
        end = _offset(text, names[-1].end_lineno or 0, names[-1].end_col_offset or 0)
        return Imported(name, Edit(end, end, f", {name}"))
    start = _offset(text, following.lineno, following.col_offset)
    return Imported(name, Edit(start, start, f"{name},{_between(text, nodes[0], start)}"))


def _between(text: str, node: ast.ImportFrom, start: int) -> str:
    """What parts two names before `start`: a line end where they stand in parentheses, each on a line of its own."""
    statement = text[_offset(text, node.lineno, node.col_offset) : start]
    ends = list(_NEWLINE.finditer(statement))
    margin = statement[ends[-1].end() :] if ends else statement
    return f"{ends[-1][0]}{margin}" if ends and "(" in statement and not margin.strip() else " "


def _offset(text: str, line: int, column: int) -> int:
    """The offset of the character at a place that `ast` tells: a line from 1, a column in bytes of UTF-8."""
    starts = [0, *(end.end() for end in _NEWLINE.finditer(text))]
    start = starts[line - 1]
    return start + len(text[start:].encode()[:column].decode())
