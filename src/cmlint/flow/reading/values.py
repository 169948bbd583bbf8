"""Describes expressions as values, and calls as events, for the analyses that must not look at syntax."""

from __future__ import annotations

import libcst as cst

from cmlint.flow.reading.events import Call, Form, Value
from cmlint.flow.reading.handed import in_a_thread
from cmlint.flow.reading.scope import Scope
from cmlint.flow.reading.syntax import own_nodes

_CONSTANTS = (
    cst.Integer,
    cst.Float,
    cst.SimpleString,
    cst.ConcatenatedString,
    cst.Ellipsis,
)
_CONSTANT_NAMES = frozenset({"True", "False"})


def describe(expression: cst.BaseExpression, scope: Scope) -> Value:
    """The value of `expression`."""
    inner = expression.expression if isinstance(expression, cst.Await) else expression
    form = _form(inner)
    text = "None" if form is Form.NONE else scope.code(inner)  # without parentheses and comments
    return Value(form, text, _reads(inner, scope), scope.dotted(inner), _makes_items(inner))


def _makes_items(expression: cst.BaseExpression) -> bool:
    if isinstance(expression, cst.DictComp):
        return isinstance(expression.value, (cst.Call, cst.Await))
    return isinstance(expression, (cst.ListComp, cst.SetComp)) and isinstance(expression.elt, (cst.Call, cst.Await))


def item_of(expression: cst.BaseExpression, scope: Scope) -> Value:
    """One of the values that `expression` unpacks to."""
    whole = describe(expression, scope)
    return Value(Form.ITEM, whole.text, whole.reads, whole.dotted)


def _form(expression: cst.BaseExpression) -> Form:
    if isinstance(expression, cst.Name):
        if expression.value == "None":
            return Form.NONE
        return Form.CONSTANT if expression.value in _CONSTANT_NAMES else Form.NAME
    if isinstance(expression, cst.Call):
        return Form.CALL
    if isinstance(expression, cst.Lambda):
        return Form.FUNCTION
    if isinstance(expression, _CONSTANTS):
        return Form.CONSTANT
    if isinstance(expression, cst.UnaryOperation) and isinstance(expression.expression, _CONSTANTS):
        return Form.CONSTANT
    return Form.OTHER


def _reads(expression: cst.BaseExpression, scope: Scope) -> frozenset[str]:
    keys: set[str] = set()
    for node in (expression, *own_nodes(expression)):
        if isinstance(node, cst.Name):
            keys.add(node.value)
        if isinstance(node, (cst.Name, cst.Attribute, cst.Subscript)):
            key = scope.key(node)
            if key is not None:
                keys.add(key)
    return frozenset(keys)


def call_event(call: cst.Call, scope: Scope, results: tuple[str, ...], *, discarded: bool, managed: bool) -> Call:
    """The event of `call`; `results` are the keys that are bound to what it returns."""
    text = scope.code(call)
    call = in_a_thread(call) or call
    function = call.func
    owner, method = _method(function, scope)
    receiver = scope.key(owner) if owner is not None else None
    return Call(
        callee=f"{receiver}.{method}" if receiver else scope.key(function) or scope.code(function),
        method=method,
        receiver=receiver,
        dotted=scope.dotted(function),
        args=tuple(describe(argument.value, scope) for argument in call.args if argument.keyword is None),
        keywords=tuple(
            (argument.keyword.value, describe(argument.value, scope))
            for argument in call.args
            if argument.keyword is not None
        ),
        text=text,
        results=results,
        discarded=discarded,
        managed=managed,
    )


def _method(function: cst.BaseExpression, scope: Scope) -> tuple[cst.BaseExpression | None, str]:
    """Whose method is called, and its name; a local may stand for it: `close = getattr(stream, "close", None)`."""
    if isinstance(function, cst.Attribute):
        return function.value, function.attr.value
    bound = scope.sole_value(function.value) if isinstance(function, cst.Name) else None
    if isinstance(bound, cst.Call) and scope.dotted(bound.func) == "getattr" and len(bound.args) > 1:
        owner, name = bound.args[0].value, bound.args[1].value
        if isinstance(name, cst.SimpleString) and isinstance(name.evaluated_value, str):
            return owner, name.evaluated_value
    return None, scope.code(function)
