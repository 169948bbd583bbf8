"""What another manager of the same object hands out: `with self.writing() as connection`, which yields an attribute.

`connection` is then another name of that attribute, and so of what lives on. Only a manager of the same class whose
every yield gives one and the same attribute of `self` counts; may miss what is handed out in another way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import libcst as cst

from cmlint.flow.reading.scope import Scope
from cmlint.flow.reading.syntax import own_nodes
from cmlint.flow.reading.tree import NotAnalysed, parse_function
from cmlint.outline import Definition, Outline

_DECORATED = "contextmanager"


def with_handed_out(scope: Scope, function: cst.FunctionDef, whole: Outline, owner: Definition | None) -> Scope:
    """The scope of a method, in which what other managers of its object hand out goes by its own name."""
    if owner is None or not scope.method:
        return scope
    names = {
        name: (cst.Attribute(cst.Name(scope.parameters[0]), cst.Name(attribute)),)
        for name, method in _entered(function, scope)
        if (attribute := _handed_out_by(method, whole, owner)) is not None
    }
    return replace(scope, bound={**scope.bound, **names}) if names else scope


def _entered(function: cst.FunctionDef, scope: Scope) -> Iterator[tuple[str, str]]:
    """The names behind `as` that are bound nowhere else, and the methods of `self` that are called for them."""
    for node in own_nodes(function.body):
        for item in node.items if isinstance(node, cst.With) else ():
            match item:
                case cst.WithItem(
                    item=cst.Call(func=cst.Attribute(value=cst.Name(value=root), attr=cst.Name(value=method))),
                    asname=cst.AsName(name=cst.Name(value=name)),
                ) if root == scope.parameters[0] and len(scope.bound.get(name, ())) == 1:
                    yield name, method


def _handed_out_by(method: str, whole: Outline, owner: Definition) -> str | None:
    """The attribute of its object that a manager of the class yields, whichever way it takes."""
    found = whole.only_method(owner, method)
    if found is None or not any(_DECORATED in decorator for decorator in found.decorators):
        return None
    try:
        function = parse_function(whole.slices(found))
    except NotAnalysed:
        return None
    parameters = function.params.params
    yielded = [node.value for node in own_nodes(function.body) if isinstance(node, cst.Yield)]
    attributes = {_attribute(value, parameters[0].name.value) for value in yielded} if parameters else set()
    return attributes.pop() if len(attributes) == 1 else None


def _attribute(value: cst.BaseExpression | cst.From | None, root: str) -> str | None:
    match value:
        case cst.Attribute(value=cst.Name(value=name), attr=cst.Name(value=attribute)) if name == root:
            return attribute
    return None
