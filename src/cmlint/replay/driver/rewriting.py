"""Makes the manager's definition runnable by itself: the statements stay, on their lines and in their columns.

What is changed: decorators, annotations and defaults are dropped, `*args` and `**options` become ordinary parameters
(so that everything that comes from outside is a recorder), `nonlocal` of what stands outside becomes `global`, and
three things that the interpreter decides without asking the object go through a hook: the classes of an `except`, what
is raised, and comparisons with `is`. A class pattern of a `match` is refused.
"""

from __future__ import annotations

import ast
import builtins
from types import CodeType
from typing import TypeVar

from .world import FILENAME

CAUGHT, RAISED, SAME = "__cmlint_caught__", "__cmlint_raised__", "__cmlint_same__"

Function = ast.FunctionDef | ast.AsyncFunctionDef
_Definition = TypeVar("_Definition", bound=ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
# What finds attributes is the base's matter, since `__init__` is not run; `__del__` would run in the middle of a run.
_LEFT_OUT = {"__getattr__", "__getattribute__", "__del__", "__new__"}
_KEPT_DECORATORS = {"property", "staticmethod", "classmethod"}


class CannotRun(Exception):
    """The source can't be made runnable; the message says why."""


def definition_of(text: str, first_line: int) -> ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef:
    """The function or class in `text`, which begins at line `first_line` of the file; an indented one is wrapped."""
    indented = text[:1] in (" ", "\t", "\f")
    try:
        tree = ast.parse("if True:\n" + text if indented else text)
    except (SyntaxError, ValueError, RecursionError) as error:
        raise CannotRun(f"this Python can't parse it ({error})") from error
    ast.increment_lineno(tree, first_line - 1 - indented)
    body = tree.body[0].body if indented and isinstance(tree.body[0], ast.If) else tree.body
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return node
    raise CannotRun("no definition was found in its source")


def parameters_of(function: Function) -> list[str]:
    """The names of all parameters in the order of the rewritten signature."""
    given = function.args
    ordered = [*given.posonlyargs, *given.args, given.vararg, *given.kwonlyargs, given.kwarg]
    return [parameter.arg for parameter in ordered if parameter is not None]


def names_in(node: ast.AST) -> set[str]:
    """Every name that the code mentions."""
    found = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    for each in ast.walk(node):
        if isinstance(each, ast.Global | ast.Nonlocal):
            found.update(each.names)
    return found


def runnable_function(function: Function) -> CodeType:
    """Code that defines `function` under its own name."""
    outside = set(_outer_names(function))
    flat: Function = _Rewriter(outside).visit(_flattened(function))
    return _compiled([flat])


def runnable_class(owner: ast.ClassDef, base: str) -> CodeType:
    """Code that defines the class with its methods and simple values, derived from the name `base` only."""
    body: list[ast.stmt] = []
    for node in owner.body:
        if isinstance(node, Function):
            body.extend([] if node.name in _LEFT_OUT else [_method(node)])
        elif isinstance(node, ast.Assign) and not _names_slots(node):
            body.append(node)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            body.append(ast.copy_location(ast.Assign(targets=[node.target], value=node.value), node))
    owner.bases = [ast.copy_location(ast.Name(base, ast.Load()), owner)]
    owner.keywords = []
    owner.body = [_Rewriter(set()).visit(node) for node in body]
    return _compiled([_without_decorators(owner)])


def _names_slots(node: ast.Assign) -> bool:
    return any(isinstance(target, ast.Name) and target.id == "__slots__" for target in node.targets)


def _method(node: Function) -> Function:
    """A method with the decorators that change how it is bound; its signature is kept, its defaults are values."""
    node.decorator_list = [
        each
        for each in node.decorator_list
        if (isinstance(each, ast.Name) and each.id in _KEPT_DECORATORS)
        or (isinstance(each, ast.Attribute) and each.attr in ("setter", "deleter"))
    ]
    for parameter in ast.walk(node.args):
        if isinstance(parameter, ast.arg):
            parameter.annotation = None
    node.returns = None
    return node


def _flattened(function: Function) -> Function:
    function.returns = None
    names = [ast.arg(name) for name in parameters_of(function)]
    function.args = ast.arguments(
        posonlyargs=[], args=names, vararg=None, kwonlyargs=[], kw_defaults=[], kwarg=None, defaults=[]
    )
    return _without_decorators(function)


def _without_decorators(node: _Definition) -> _Definition:
    node.decorator_list = []
    if "type_params" in node._fields:  # Python 3.12 on
        setattr(node, "type_params", [])  # noqa: B010
    return node


def _outer_names(function: Function) -> list[str]:
    """What the function's own `nonlocal` statements name."""
    pending: list[ast.AST] = list(function.body)
    names: list[str] = []
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Nonlocal):
            names.extend(node.names)
        if not isinstance(node, Function | ast.Lambda | ast.ClassDef):
            pending.extend(ast.iter_child_nodes(node))
    return names


def _compiled(body: list[ast.stmt]) -> CodeType:
    tree = ast.fix_missing_locations(ast.Module(body=body, type_ignores=[]))
    try:
        return builtins.compile(tree, FILENAME, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, TypeError) as error:
        raise CannotRun(f"this Python can't compile it ({error})") from error


class _Rewriter(ast.NodeTransformer):
    """Puts the hooks in; `outside` are the nonlocal names of the function that is cut out."""

    def __init__(self, outside: set[str]) -> None:
        self.outside = outside

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.stmt | list[ast.stmt]:
        outer = [name for name in node.names if name in self.outside]
        inner = [name for name in node.names if name not in self.outside]
        if not outer:
            return node
        made: list[ast.stmt] = [ast.copy_location(ast.Global(outer), node)]
        return [*made, ast.copy_location(ast.Nonlocal(inner), node)] if inner else made

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        self.generic_visit(node)
        if node.type is not None:
            node.type = _hooked(CAUGHT, node.type)
        return node

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        self.generic_visit(node)
        if node.exc is not None:
            node.exc = _hooked(RAISED, node.exc)
        if node.cause is not None:
            node.cause = _hooked(RAISED, node.cause)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        if len(node.ops) != 1 or not isinstance(node.ops[0], ast.Is | ast.IsNot):
            return node
        same = _hooked(SAME, node.left, *node.comparators)
        turned = ast.UnaryOp(ast.Not(), same)
        return ast.copy_location(turned, node) if isinstance(node.ops[0], ast.IsNot) else same

    def visit_MatchClass(self, _: ast.AST) -> ast.AST:
        raise CannotRun("it matches a class pattern")

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        self.generic_visit(node)
        if node.value is None:
            return ast.copy_location(ast.Pass(), node)
        return ast.copy_location(ast.Assign(targets=[node.target], value=node.value), node)


def _hooked(hook: str, *arguments: ast.expr) -> ast.expr:
    first = arguments[0]
    called = ast.copy_location(ast.Name(hook, ast.Load()), first)
    return ast.copy_location(ast.Call(func=called, args=list(arguments), keywords=[]), first)
