"""Walks below a node of the tree without entering nested functions, classes and lambdas; parameters of `__exit__`."""

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
