"""Calls of a manager that are thrown away, in the file of the manager.

A function is called by its own name where nothing else has that name, a method as `self.name` in its own class. May
miss calls in other files and calls over several lines.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from cmlint.findings import Span
from cmlint.flow.manager import Manager
from cmlint.knowledge.entries import Making
from cmlint.outline import Definition, Outline


@dataclass(frozen=True, slots=True)
class DiscardedCall:
    """A statement that only makes the manager; `qualname` is the function around it, or the manager's own name."""

    span: Span
    qualname: str


def discarded_calls(manager: Manager) -> Iterator[DiscardedCall]:
    """The statements that only call the manager."""
    subject = manager.subject
    made = subject.protocol.making is Making.DECORATOR and "contextmanager" in subject.protocol.name
    definition = subject.definition
    if not made or (subject.owner is None and definition.parent is not None):
        return
    name = f"self.{definition.name}" if subject.owner else definition.name
    lines = subject.whole.lines_calling(name)
    for caller in subject.whole.definitions if lines else ():
        calls = any(caller.first_line <= line <= caller.end_line for line in lines)
        if calls and not caller.is_class and _means(manager, caller):
            for span in _statements(subject.whole, caller, name):
                yield DiscardedCall(span, caller.qualname)


def _statements(whole: Outline, caller: Definition, name: str) -> Iterator[Span]:
    """The statements of one function, without those of its nested ones, that only call `name`."""
    source = next(whole.slices(caller))
    try:
        tree = ast.parse(f"if True:\n{source.text}" if source.indent else source.text)
    except (SyntaxError, ValueError, RecursionError):
        return
    shift = source.first_line - (2 if source.indent else 1)
    function = tree.body[0].body[0] if source.indent and isinstance(tree.body[0], ast.If) else tree.body[0]
    if name in _bound_in(function):
        return
    waiting: list[ast.AST] = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        waiting.extend(ast.iter_child_nodes(node))
        call = node.value if isinstance(node, ast.Expr) else None
        if isinstance(call, ast.Call) and ast.unparse(call.func) == name:
            end = (call.end_lineno or call.lineno) + shift
            yield Span(call.lineno + shift, call.col_offset + 1, end, (call.end_col_offset or 0) + 1)


def _bound_in(function: ast.AST) -> set[str]:
    """The names that a function binds anywhere: parameters, assignments, nested definitions, imports."""
    bound: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node is not function:
            bound.add(node.name)
        elif isinstance(node, ast.alias):
            bound.add(node.asname or node.name)
    return bound


def _means(manager: Manager, around: Definition) -> bool:
    """Whether the manager's name means the manager inside `around`."""
    definition = manager.subject.definition
    if manager.subject.owner is not None:
        return any(outer.parent is definition.parent for outer in (around, *around.around))
    names = manager.subject.whole.visible(around)
    return names.get(definition.name) == f".{definition.qualname}"
