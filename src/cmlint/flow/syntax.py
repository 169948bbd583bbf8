"""What the tree alone tells: the nodes of one function, the parameters of an `__exit__`, values that nobody uses."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

NESTED = (cst.FunctionDef, cst.ClassDef, cst.Lambda)


def told_of(leave: cst.FunctionDef) -> frozenset[str]:
    """The parameters of an `__exit__` that tell which exception it was."""
    parameters = [*leave.params.posonly_params, *leave.params.params]
    return frozenset(parameter.name.value for parameter in parameters[1:4])


def own_nodes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """All nodes below `node` in source order, without the insides of nested functions, classes and lambdas."""
    for child in node.children:
        yield child
        if not isinstance(child, NESTED):
            yield from own_nodes(child)


def thrown_away(statement: cst.Expr | cst.For) -> Iterator[cst.BaseExpression]:
    """The expressions of a statement whose values nobody uses: `call()`, `list(call())`, `for _ in call(): pass`."""
    if isinstance(statement, cst.For):
        body = statement.body.body
        inner = body[0].body[0] if len(body) == 1 and isinstance(body[0], cst.SimpleStatementLine) else body[0]
        if isinstance(inner, cst.Pass):
            yield statement.iter
        return
    yield statement.value
    call = statement.value
    drains = isinstance(call, cst.Call) and isinstance(call.func, cst.Name) and call.func.value == "list"
    if drains and isinstance(call, cst.Call) and len(call.args) == 1:
        yield call.args[0].value
