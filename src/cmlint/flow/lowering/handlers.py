"""Which exceptions an `except` clause stops, and which `with` items drop one.

Names decide: a clause that names an unknown class is taken to stop some ordinary exceptions and nothing that
`except Exception` lets through.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

import libcst as cst

from cmlint.flow.reading.bindings import Bindings
from cmlint.flow.reading.events import CAUGHT_BY, Fault, Test
from cmlint.flow.reading.scope import Scope
from cmlint.flow.reading.syntax import all_nodes

_BINDING = (cst.NamedExpr, cst.MatchMapping, cst.Del, cst.Nonlocal)  # besides what `Bindings` tells of
_BASE_CLASSES = frozenset({"KeyboardInterrupt", "SystemExit", "CancelledError", "BaseExceptionGroup"})
_SUPPRESSING = frozenset({"contextlib.suppress", "contextlib2.suppress", "pytest.raises", "trio.CancelScope"})
_GIVEN_CLASSES = frozenset({"contextlib.suppress", "contextlib2.suppress"})
_SUPPRESSING_METHODS = frozenset({"assertRaises", "assertRaisesRegex"})


class Match(Enum):
    """Whether a clause stops an exception."""

    ALWAYS = "always"
    SOMETIMES = "sometimes"
    NEVER = "never"


def matches(handler: cst.ExceptHandler | cst.ExceptStarHandler, fault: Fault, scope: Scope) -> Match:
    """Whether `handler` stops exceptions of class `fault`."""
    caught = handler.type
    if caught is None:
        return Match.ALWAYS
    classes = [element.value for element in caught.elements] if isinstance(caught, cst.Tuple) else [caught]
    answers = {_class_matches(scope.dotted(item) or scope.code(item), fault) for item in classes}
    if isinstance(handler, cst.ExceptStarHandler):
        answers = {Match.SOMETIMES if answer is Match.ALWAYS else answer for answer in answers}
    return next(answer for answer in Match if answer in answers or answer is Match.NEVER)


def _class_matches(name: str, fault: Fault) -> Match:
    last = name.rpartition(".")[2]
    if last == "BaseException":
        return Match.ALWAYS
    if fault is Fault.EXCEPTION:
        if last == "Exception":
            return Match.ALWAYS
        return Match.NEVER if last in _BASE_CLASSES or last == "GeneratorExit" else Match.SOMETIMES
    if fault is Fault.CLOSE:
        return Match.ALWAYS if last == "GeneratorExit" else Match.NEVER
    return Match.SOMETIMES if last in _BASE_CLASSES else Match.NEVER


def raised_fault(expression: cst.BaseExpression, scope: Scope) -> Fault:
    """The class of what `raise expression` raises."""
    raised = expression.func if isinstance(expression, cst.Call) else expression
    last = (scope.dotted(raised) or scope.code(raised)).rpartition(".")[2]
    if last == "GeneratorExit":
        return Fault.CLOSE
    return Fault.BASE if last in _BASE_CLASSES else Fault.EXCEPTION


def may_suppress(item: cst.BaseExpression, scope: Scope) -> bool:
    """Whether the `with` item may drop the exception of its body."""
    name = scope.dotted(item) or ""
    called = name.removesuffix("()")
    return called in _SUPPRESSING or called.rpartition(".")[2] in _SUPPRESSING_METHODS


def suppresses(item: cst.BaseExpression, fault: Fault, scope: Scope) -> Match:
    """Whether the `with` item, which may suppress, drops exceptions of class `fault`: those that it is given."""
    if (scope.dotted(item) or "").removesuffix("()") not in _GIVEN_CLASSES or not isinstance(item, cst.Call):
        return Match.SOMETIMES
    if any(argument.star or argument.keyword for argument in item.args):
        return Match.SOMETIMES
    classes = [scope.dotted(argument.value) or scope.code(argument.value) for argument in item.args]
    answers = {_class_matches(name, fault) if _is_class(name) else Match.SOMETIMES for name in classes}
    return next(answer for answer in Match if answer in answers or answer is Match.NEVER)


def _is_class(name: str) -> bool:
    """Whether a name is spelt as that of a class, and not as a tuple of them: `IGNORED`, `errors`."""
    last = name.rpartition(".")[2]
    return last[:1].isupper() and not last.isupper()


def reraises(item: cst.BaseExpression, scope: Scope) -> bool:
    """Whether the `with` item raises again at its end what is being handled, as its name says."""
    called = item.func if isinstance(item, cst.Call) else item
    return "reraise" in (scope.dotted(called) or scope.code(called)).rpartition(".")[2]


def caught_as(handler: cst.ExceptHandler | cst.ExceptStarHandler, scope: Scope) -> str | None:
    """What the clause calls the exception, where nothing else is ever called so."""
    name = handler.name.name if handler.name is not None else None
    if not isinstance(name, cst.Name) or any(value is not None for value in scope.bound.get(name.value, ())):
        return None
    return None if _binds(handler.body, name.value) else name.value


def _binds(body: cst.BaseSuite, name: str) -> bool:
    """Whether something in `body` binds or unbinds `name`: a loop, a `with`, a `case`, an import, a clause inside."""
    bindings = Bindings()
    bindings.visit(body)
    names = {*bindings.bound, *bindings.imported, *bindings.declared}
    return name in names or any(name in _bound_besides(node) for node in all_nodes(body) if type(node) in _BINDING)


def _bound_besides(node: cst.CSTNode) -> Iterator[str]:
    """The names that `Bindings` does not tell of: in a comprehension or a nested function, by `**` and by `del`."""
    match node:
        case cst.NamedExpr(target=cst.Name(value=name)) | cst.MatchMapping(rest=cst.Name(value=name)):
            yield name
        case cst.Del(target=target):
            yield from (each.value for each in all_nodes(target) if isinstance(each, cst.Name))
        case cst.Nonlocal(names=names):
            yield from (item.name.value for item in names)


def asked_by(handler: cst.ExceptHandler | cst.ExceptStarHandler, scope: Scope) -> Test:
    """What a clause asks of an exception that it stops only sometimes."""
    text = f"{CAUGHT_BY}{scope.code(handler.type) if handler.type else 'except'}"
    return Test(text, "text", text)


def raises_again(statement: cst.Raise, caught: str | None) -> bool:
    """Whether the exception that was caught goes on: `raise`, or `raise error` where it is called `error`."""
    exc = statement.exc
    return exc is None or (statement.cause is None and isinstance(exc, cst.Name) and exc.value == caught)
