"""What a function binds, and which names an expression is made of: told from `ast`, from above."""

from __future__ import annotations

import ast
from typing import NamedTuple

from cmlint.screening.sketch import Function, all_nodes


class Bound(NamedTuple):
    """What may be anything in a function: what it is handed, the names that it binds, the attributes that it sets."""

    handed: frozenset[str]
    names: frozenset[str]
    attributes: frozenset[str]


def bound_in(*functions: Function) -> Bound:
    """What some functions that share their names bind."""
    handed: set[str] = set()
    names: set[str] = set()
    attributes: set[str] = set()
    for function in functions:
        arguments = function.args
        listed = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        handed.update(argument.arg for argument in listed if argument is not None)
        for node in all_nodes(function):
            if isinstance(node, ast.Name):
                if isinstance(node.ctx, ast.Store):
                    names.add(node.id)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                attributes.add(node.attr)
    return Bound(frozenset(handed), frozenset(names), frozenset(attributes))


def is_chain(function: ast.expr) -> bool:
    """Whether an expression is nothing but names, attributes and calls."""
    while isinstance(function, (ast.Attribute, ast.Call)):
        function = function.value if isinstance(function, ast.Attribute) else function.func
    return isinstance(function, (ast.Name, ast.Constant))


def chain_of(function: ast.expr) -> list[str]:
    """The names of `a.b().c`, first to last; empty for anything else."""
    names: list[str] = []
    while True:
        if isinstance(function, ast.Attribute):
            names.append(function.attr)
            function = function.value
        elif isinstance(function, ast.Call):
            function = function.func
        elif isinstance(function, ast.Name):
            return [*names, function.id][::-1]
        else:
            return names[::-1]


def is_super(value: ast.expr) -> bool:
    """Whether it is a call of `super`."""
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "super"
