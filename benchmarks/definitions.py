"""Finds the functions and classes of a file by line: what a labelled row or a finding stands in."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef
Node = Function | ast.ClassDef
_SCOPES = Node | ast.Lambda


@dataclass(frozen=True, slots=True)
class Definition:
    """A function or class; `first` is the line of its first decorator, `line` that of its `def` or `class`."""

    qualname: str
    first: int
    line: int
    last: int
    is_class: bool

    def holds(self, line: int) -> bool:
        """Whether `line` lies in it."""
        return self.first <= line <= self.last


def walk(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, Node]]:
    """Every definition under `tree` with its dotted name, outer before inner."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, Node):
            yield prefix + child.name, child
            yield from walk(child, f"{prefix}{child.name}.")
        else:
            yield from walk(child, prefix)


def own_nodes(statements: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """All nodes of `statements` that run with them: not those of functions defined there."""
    for node in statements:
        yield node
        if not isinstance(node, _SCOPES):
            yield from own_nodes(ast.iter_child_nodes(node))


def defined(qualname: str, node: Node) -> Definition:
    """The place of `node`."""
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return Definition(qualname, first, node.lineno, node.end_lineno or node.lineno, isinstance(node, ast.ClassDef))


def parsed(text: str | bytes) -> ast.Module:
    """The tree of `text`, without the warnings that its own code draws. Raises SyntaxError or ValueError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


@cache
def definitions(file: Path) -> tuple[Definition, ...]:
    """All definitions of `file`; none when this Python can't parse it."""
    try:
        tree = parsed(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return ()
    return tuple(defined(qualname, node) for qualname, node in walk(tree))


def labelled(file: Path, qualname: str, line: int | None) -> Definition | None:
    """What a row is about: the definition of that name that begins at `line`, at any line where none is given."""
    name = qualname.rpartition(".")[2]
    named = [found for found in definitions(file) if found.qualname.rpartition(".")[2] == name]
    if line is None:
        return next((found for found in named if found.qualname == qualname), None)
    return next((found for found in named if line in (found.line, found.first)), None)


def innermost(file: Path, line: int) -> Definition | None:
    """The innermost function that holds `line`."""
    holding = [found for found in definitions(file) if not found.is_class and found.holds(line)]
    return max(holding, key=lambda found: found.first, default=None)


def called(call: ast.Call) -> str:
    """The last name of what `call` calls; empty where it has none."""
    named = call.func
    return named.attr if isinstance(named, ast.Attribute) else named.id if isinstance(named, ast.Name) else ""
