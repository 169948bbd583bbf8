"""What the parameters of a function stand for in one call of it; what can't be told is told for no parameter."""

from __future__ import annotations

import libcst as cst


def is_super(value: cst.BaseExpression) -> bool:
    """Whether it is `super()`; with arguments it may begin at another class."""
    if not isinstance(value, cst.Call) or value.args:
        return False
    return isinstance(value.func, cst.Name) and value.func.value == "super"


def passed_to(function: cst.FunctionDef, call: cst.Call, *, method: bool) -> dict[str, cst.BaseExpression] | None:
    """What each parameter stands for; None when that can't be told."""
    parameters = function.params
    names = [p.name.value for p in (*parameters.posonly_params, *parameters.params)]
    passed = _passed_on(parameters, call)
    if passed is None:
        return None
    positional = [argument.value for argument in call.args if argument.keyword is None and not argument.star]
    if method and isinstance(call.func, cst.Attribute):
        positional.insert(0, cst.Name("self") if is_super(call.func.value) else call.func.value)
    if len(positional) > len(names):
        return None
    passed.update(zip(names, positional, strict=False))
    passed.update({a.keyword.value: a.value for a in call.args if a.keyword is not None})
    fields = next((argument.value for argument in call.args if argument.star == "**"), None)
    for parameter in (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params):
        if parameter.name.value not in passed:
            value = parameter.default if fields is None else _item(fields, parameter.name.value)
            if value is None:
                return None
            passed[parameter.name.value] = value
    return passed


def _passed_on(parameters: cst.Parameters, call: cst.Call) -> dict[str, cst.BaseExpression] | None:
    """What the parameters `*args` and `**fields` stand for, where the call passes at most one of each kind on."""
    passed: dict[str, cst.BaseExpression] = {}
    for star, parameter in (("*", parameters.star_arg), ("**", parameters.star_kwarg)):
        given = [argument.value for argument in call.args if argument.star == star]
        if isinstance(parameter, cst.Param):
            if len(given) > 1:
                return None
            passed[parameter.name.value] = given[0] if given else cst.Tuple([]) if star == "*" else cst.Dict([])
        elif given and (star == "*" or len(given) > 1):
            return None
    return passed


def _item(fields: cst.BaseExpression, name: str) -> cst.BaseExpression:
    """`fields["name"]`: what a parameter is when the call passes `**fields`."""
    index = cst.SubscriptElement(cst.Index(cst.SimpleString(f'"{name}"')))
    return cst.Subscript(fields, [index])
