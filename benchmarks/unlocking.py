"""Which statements of a `finally` only unlock a file that is closed around it: nothing is lost without them.

The system drops the lock with the file, see flock(2). Two readers called all ten of 400 stripped managers quiet that
only unlock such a file. Told from the syntax, without cmlint. May ask for an unlocking whose file is closed otherwise.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from definitions import Function, called, own_nodes

_LOCKING = frozenset({"flock", "lockf", "locking"})


def unlocking_lines(function: Function, body: Sequence[ast.stmt]) -> frozenset[int]:
    """The lines, 1-based, of the statements of `body` that only unlock a file which a `with` of `function` opened."""
    files = {name for node in own_nodes(function.body) for name in _opened(node)}
    unlocking = [node for node in body if _unlocks(node, files)]
    return frozenset(line for node in unlocking for line in range(node.lineno, (node.end_lineno or node.lineno) + 1))


def _opened(node: ast.AST) -> Iterator[str]:
    """The names that a `with` binds to what it opens, and closes."""
    for item in node.items if isinstance(node, ast.With | ast.AsyncWith) else ():
        opens = isinstance(item.context_expr, ast.Call) and called(item.context_expr) in ("open", "fdopen")
        if opens and isinstance(item.optional_vars, ast.Name):
            yield item.optional_vars.id


def _unlocks(node: ast.stmt, files: set[str]) -> bool:
    match node:
        case ast.Expr(value=ast.Call(args=[first, *_]) as call) if called(call) in _LOCKING:
            return any(isinstance(inner, ast.Name) and inner.id in files for inner in ast.walk(first))
    return False
