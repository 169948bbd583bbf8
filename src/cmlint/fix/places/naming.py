"""What the names around a function are bound to, asked of `ast`: what a repair writes must mean there what it says.

Takes a branch that never runs for one that binds, and `exec` or `globals()` for what may bind any name, so it may find
a name taken that is free; what another module binds from outside is not seen.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cmlint.subjects import Subject

STAR = "*"
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_ANY = frozenset({"exec", "globals"})  # builtins by which a name may be bound that is not written there
_CLOSED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


@dataclass(frozen=True)
class Bound:
    """A place that binds or deletes `name` (`*`: any); `dotted`: what it imports there, None for anything else."""

    name: str
    dotted: str | None


@dataclass(frozen=True)
class Surroundings:
    """The module of a function, and all that binds names in it, in the functions around it and in itself."""

    module: ast.Module
    bound: Sequence[Bound]

    def binds(self, name: str) -> bool:
        """Whether anything but the builtins binds `name`."""
        return any(one.name == name for one in self.bound)

    def is_always(self, name: str, dotted: str) -> bool:
        """Whether all that may bind `name` imports `dotted`."""
        root = dotted.partition(".")[0]
        told = [one for one in self.bound if one.name == name or (one.name == STAR and one.dotted != root)]
        return bool(told) and all(one == Bound(name, dotted) for one in told)


def is_builtin(subject: Subject, name: str) -> bool:
    """Whether `name` is surely the builtin around the function of `subject`, but for what `import *` may bring."""
    around = surroundings(subject)
    return around is not None and not around.binds(name)


def surroundings(subject: Subject) -> Surroundings | None:
    """What stands around the function of `subject`; None where this Python can't read the file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about escapes in strings
            module = ast.parse(subject.whole.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    line = subject.definition.line
    nodes = list(ast.walk(module))
    around = [node for node in nodes if isinstance(node, _Function | ast.ClassDef) and _holds(node, line)]
    everywhere = [Bound(name, None) for node in nodes for name in _bound_outside(node)]
    functions = [node for node in around if isinstance(node, _Function)]
    inside = [bound for scope in (module, *functions) for bound in _bindings(scope)]
    parameters = [Bound(one.name, None) for node in around for one in getattr(node, "type_params", ())]
    return Surroundings(module, [*inside, *everywhere, *parameters])


def _bound_outside(node: ast.AST) -> Sequence[str]:
    """The names that a node may bind in a scope around its own: told anywhere in the file, that is enough."""
    if isinstance(node, ast.NamedExpr):
        return [node.target.id]  # as a default, say, which the function's own scope does not hold
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _ANY:
        return [STAR]
    return node.names if isinstance(node, ast.Global) else []


def _holds(node: _Function | ast.ClassDef, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)


def _bindings(scope: ast.Module | _Function) -> Iterator[Bound]:
    """What a scope binds, without the insides of its functions, classes and lambdas."""
    waiting: list[ast.AST] = [*scope.body]
    if not isinstance(scope, ast.Module):
        waiting.append(scope.args)
    while waiting:
        node = waiting.pop()
        yield from _bound_by(node)
        if not isinstance(node, _CLOSED):
            waiting.extend(ast.iter_child_nodes(node))


def _bound_by(node: ast.AST) -> Iterator[Bound]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            root = alias.name.partition(".")[0]
            yield Bound(alias.asname, alias.name) if alias.asname else Bound(root, root)
    elif isinstance(node, ast.ImportFrom):
        origin = "." * node.level + (node.module or "")
        for alias in node.names:
            dotted = origin if alias.name == STAR else f"{origin}.{alias.name}"
            yield Bound(alias.asname or alias.name, dotted)
    elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield Bound(node.id, None)
    elif not isinstance(node, ast.alias):
        # `def`, `class`, `except ... as`, `case ... as`, type parameters; parameters; `**rest` of a pattern
        names = (getattr(node, field, None) for field in ("name", "arg", "rest"))
        yield from (Bound(name, None) for name in names if isinstance(name, str) and not isinstance(node, ast.keyword))
