"""What a decorated function is before its paths matter: a generator, a stub, sync or async.

May take an odd function for something that returns a generator; never says that a function with a `yield` is none.
"""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from cmlint.flow.manager import Manager
from cmlint.flow.reading.syntax import is_none, own_nodes

_TRANSPARENT = frozenset(
    {"staticmethod", "classmethod", "contextmanager", "asynccontextmanager", "override", "typing.override", "final"}
    | {"typing_extensions.override", "typing.final"}
)


@dataclass(frozen=True, slots=True)
class Shape:
    """generator: it yields; is_async: `async def`; returns: it returns some value; stub: there is nothing in it;
    decorated_below: something unknown changes it before it is made a manager.
    """

    generator: bool
    is_async: bool
    returns: bool
    stub: bool
    decorated_below: bool


def shape_of(manager: Manager) -> Shape:
    """The shape of the manager's function."""
    function = manager.tree.function
    nodes = list(own_nodes(function.body))
    returned = [node.value for node in nodes if isinstance(node, cst.Return)]
    below = manager.subject.definition.decorators[_position(manager) + 1 :]
    return Shape(
        generator=any(isinstance(node, cst.Yield) for node in nodes),
        is_async=function.asynchronous is not None,
        returns=any(value is not None and not is_none(value) for value in returned),
        stub=_is_stub(function),
        decorated_below=any(name not in _TRANSPARENT and name.rpartition(".")[2] not in _TRANSPARENT for name in below),
    )


def _position(manager: Manager) -> int:
    """The position among the decorators of the one that makes it a manager; the last when it is handed over."""
    decorators = manager.subject.definition.decorators
    wanted = manager.subject.protocol.name.rpartition(".")[2]
    names = manager.subject.visible
    for position, decorator in enumerate(decorators):
        root, dot, rest = decorator.partition(".")
        if (names.get(root, root) + dot + rest).rpartition(".")[2] == wanted:
            return position
    return len(decorators)


def _is_stub(function: cst.FunctionDef) -> bool:
    """Whether the body only documents, passes, or says that it is not there (perhaps by a call that raises).

    So does one that ends in a `raise`: a name that is kept to tell what to use instead.
    """
    last = function.body.body[-1]
    if isinstance(last, cst.SimpleStatementLine) and isinstance(last.body[-1], cst.Raise):
        return True
    calls = 0
    for statement in function.body.body:
        smalls = statement.body if isinstance(statement, cst.SimpleStatementLine) else [statement]
        for small in smalls:
            quiet = isinstance(small, (cst.Pass, cst.Raise)) or (
                isinstance(small, cst.Expr) and isinstance(small.value, (cst.SimpleString, cst.Ellipsis, cst.Call))
            )
            calls += isinstance(small, cst.Expr) and isinstance(small.value, cst.Call)
            if not quiet:
                return False
    return calls <= 1


def _called(decorator: cst.Decorator) -> str:
    name = decorator.decorator
    return name.value if isinstance(name, cst.Name) else ""


def refuses(manager: Manager) -> bool:
    """Whether entering does nothing but raise: a `with` on the object is not meant to work."""
    lines = [line for line in manager.tree.function.body.body if not _is_said(line)]
    only = lines[0] if len(lines) == 1 else None
    return isinstance(only, cst.SimpleStatementLine) and isinstance(only.body[0], cst.Raise)


def _is_said(line: cst.CSTNode) -> bool:
    only = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
    return isinstance(only, cst.Expr) and isinstance(only.value, (cst.SimpleString, cst.ConcatenatedString))


def stands_in_a_test(manager: Manager) -> bool:
    """Whether the class is written for one test, inside of it: most often to behave badly there."""
    return any(part.startswith("test_") for part in manager.qualname.split("."))


def exit_takes(manager: Manager) -> tuple[int, int | None] | None:
    """The least and the most positional arguments that `__exit__` takes besides `self`; the most is None for any."""
    if manager.exit_tree is None:
        return None
    parameters = manager.exit_tree.function.params
    decorators = {_called(decorator) for decorator in manager.exit_tree.function.decorators}
    if not decorators <= _TRANSPARENT:
        return None  # a property, for one, hands out what is called
    static = "staticmethod" in decorators
    listed = [*parameters.posonly_params, *parameters.params]
    own = listed if static else listed[1:]
    needed = sum(1 for parameter in own if parameter.default is None)
    needed += sum(1 for parameter in parameters.kwonly_params if parameter.default is None) * 100
    if isinstance(parameters.star_arg, cst.Param):
        return needed, None
    return needed, len(own) if listed or static else None
