"""Which statements of a `finally` only tell: nobody's clean-up, so a measure may not ask for them.

Telling are log lines, asserts, raises, `pass`, and what takes or keeps a time; a compound statement is when all that
it holds is, and what binds a local when only telling statements read it. Told from the syntax of every stripped manager
alike, without cmlint. May take a clean-up for clean-up only: what it does not know stays asked for.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from definitions import called, own_nodes

_LOGGING = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print", "fail"})
_CLOCKS = frozenset(
    {"time", "monotonic", "perf_counter", "process_time", "time_ns", "perf_counter_ns", "now", "utcnow"}
)
_ASKING = frozenset({"len", "str", "repr", "sorted", "set", "list", "dict", "tuple", "round", "int", "float", "get"})
_ASKING_TOO = frozenset({"items", "keys", "values", "format", "total_seconds", "is_alive", "strip"})


def telling_lines(body: Sequence[ast.stmt]) -> frozenset[int]:
    """The lines, 1-based, of the statements of `body` that only tell, at every depth."""
    telling = _telling(body)
    statements = [node for node in own_nodes(body) if isinstance(node, ast.stmt)]
    kept = {line for node in statements if id(node) not in telling for line in _own_lines(node)}
    lines = {line for node in statements if id(node) in telling for line in _lines(node)}
    return frozenset(lines - kept)


def _telling(body: Sequence[ast.stmt]) -> frozenset[int]:
    """The statements that only tell, by identity; a few rounds, as one may depend on the next."""
    simple = [node for node in own_nodes(body) if isinstance(node, ast.stmt) and not _inner(node)]
    measured = _measured(simple)
    telling = {id(node) for node in simple if _tells(node, measured)}
    while found := {id(node) for node in simple if id(node) not in telling and _only_feeds(node, body, telling)}:
        telling |= found
    for node in reversed([node for node in own_nodes(body) if isinstance(node, ast.stmt)]):
        if _inner(node) and all(id(inner) in telling for inner in _inner(node)) and _only_asks(_head(node)):
            telling.add(id(node))
    return frozenset(telling)


def _inner(node: ast.stmt) -> list[ast.stmt]:
    return [inner for child in ast.iter_child_nodes(node) for inner in _statements(child)]


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    if isinstance(node, ast.stmt):
        yield node
    elif isinstance(node, (ast.ExceptHandler, ast.match_case)):
        yield from node.body


def _head(node: ast.stmt) -> list[ast.AST]:
    return [child for child in ast.iter_child_nodes(node) if isinstance(child, (ast.expr, ast.withitem))]


def _tells(node: ast.stmt, measured: frozenset[str]) -> bool:
    match node:
        case ast.Pass() | ast.Raise():
            return True
        case ast.Assert():
            return _only_asks([node])
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Expr(value=ast.Call() as call):
            given = [*call.args, *(keyword.value for keyword in call.keywords)]
            return called(call) in _LOGGING or (_is_given(call, measured) and _only_asks(given))
        case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value) | ast.AugAssign(value=value):
            return _is_measure(value, measured)
    return False


def _is_given(call: ast.Call, measured: frozenset[str]) -> bool:
    """Whether a call is given a time that was taken: a metric or a record."""
    return any(_is_measure(value, measured) for value in [*call.args, *(keyword.value for keyword in call.keywords)])


def _is_measure(value: ast.expr, measured: frozenset[str]) -> bool:
    """Whether `value` is a time, or is reckoned from one."""
    nodes = list(ast.walk(value))
    takes = any(isinstance(node, ast.Call) and called(node) in _CLOCKS for node in nodes)
    reckons = any(isinstance(node, ast.Name) and node.id in measured for node in nodes)
    return (takes or reckons) and _only_asks([value])


def _measured(simple: Sequence[ast.stmt]) -> frozenset[str]:
    """The names that are bound to times here."""
    measured: set[str] = set()
    for node in simple:
        if isinstance(node, ast.Assign) and _is_measure(node.value, frozenset(measured)):
            measured |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return frozenset(measured)


def _only_asks(nodes: Sequence[ast.AST]) -> bool:
    """Whether no call in `nodes` does anything but ask."""
    calls = [node for part in nodes for node in ast.walk(part) if isinstance(node, ast.Call)]
    asking = _CLOCKS | _ASKING | _ASKING_TOO
    return all(called(call) in asking for call in calls) and not any(
        isinstance(node, (ast.Await, ast.NamedExpr)) for part in nodes for node in ast.walk(part)
    )


def _only_feeds(node: ast.stmt, body: Sequence[ast.stmt], telling: set[int]) -> bool:
    """Whether it binds a local, by asking only, that no statement reads but telling ones."""
    match node:
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=value)
            | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
        ):
            readers = [one for one in own_nodes(body) if isinstance(one, ast.stmt) and not _inner(one)]
            reading = [one for one in readers if one is not node and _reads([one], name)]
            return _only_asks([value]) and bool(reading) and all(id(one) in telling for one in reading)
    return False


def _reads(nodes: Sequence[ast.AST], name: str) -> bool:
    return any(
        isinstance(inner, ast.Name) and inner.id == name and isinstance(inner.ctx, ast.Load)
        for node in nodes
        for inner in ast.walk(node)
    )


def _lines(node: ast.stmt) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _own_lines(node: ast.stmt) -> set[int]:
    """The lines of a statement without those of the statements that it holds."""
    return set(_lines(node)) - {line for inner in _inner(node) for line in _lines(inner)}
