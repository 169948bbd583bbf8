"""Whether a statement of a manager also runs when the body raises, after its function was repaired.

It does in a `finally` whose `try` holds the yield, and in a handler of everything there that raises again, where the
clauses above it, if any, do the same. It also does
where a `with` around the yield, which was not there before, takes over what the statement released
(`with closing(connection):`), or where a stack around the yield has it registered (`stack.callback(os.chdir, old)`).
What the `with` calls at its end is not known here, only what it is given.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from definitions import Function, own_nodes
from parts import Part, Placed, placed, same, yields_in

_NAMES = "callback push enter_context push_async_callback push_async_exit enter_async_context"
_REGISTERING = frozenset(_NAMES.split())


@dataclass(frozen=True)
class Change:
    """One manager before and after its repair."""

    old: Function
    new: Function

    @cached_property
    def before(self) -> tuple[Placed, ...]:
        """Its statements as they were."""
        return placed(self.old)

    @cached_property
    def after(self) -> tuple[Placed, ...]:
        """Its statements as they are."""
        return placed(self.new)

    def protects(self, statement: Placed) -> bool:
        """Whether `statement`, one of those before, also runs when the body raises: it, or one of its words."""
        alike = [one for one in self.after if one.text == statement.text]
        return self._is_protected(statement) or any(_runs_anyway(one, self.new) for one in alike)

    def newly_protects(self, statement: Placed) -> bool:
        """Whether it does so by the repair, and not one of its words."""
        return not _runs_anyway(statement, self.old) and self._is_protected(statement)

    def _is_protected(self, statement: Placed) -> bool:
        now = same(statement, self.after)
        if now is not None:
            return _runs_anyway(now, self.new)
        released = _released(statement.node)
        return released is not None and any(released in taken for taken in self._taken_over)

    @cached_property
    def _taken_over(self) -> tuple[str, ...]:
        old = {ast.dump(item) for block in _around_yield(self.old) for item in block.items}
        items = [item for block in _around_yield(self.new) for item in block.items]
        stacks = {item.optional_vars.id for item in items if isinstance(item.optional_vars, ast.Name)}
        registered = [call for call in _calls_before_yield(self.new) if _registers(call, stacks)]
        given = [item.context_expr for item in items if ast.dump(item) not in old]
        return tuple(map(ast.dump, [*given, *registered]))


def _runs_anyway(statement: Placed, function: Function) -> bool:
    return statement.part is Part.CLEANUP or statement.node in _handling_everything(function)


def _handling_everything(function: Function) -> list[ast.AST]:
    """What stands in the last handler of a `try` around the yield, and in each above, where that stops everything."""
    tries = [node for node in own_nodes(function.body) if isinstance(node, ast.Try) and yields_in(node.body)]
    found: list[ast.AST] = []
    for handlers in (node.handlers for node in tries if node.handlers and _stops_and_raises(node.handlers[-1])):
        above = [{ast.dump(each) for each in own_nodes(handler.body)} for handler in handlers[:-1]]
        last = own_nodes(handlers[-1].body)
        found += [node for node in last if all(ast.dump(node) in others for others in above)]
    return found


def _stops_and_raises(handler: ast.ExceptHandler) -> bool:
    everything = handler.type is None or (isinstance(handler.type, ast.Name) and handler.type.id == "BaseException")
    last = handler.body[-1]
    if not everything or not isinstance(last, ast.Raise) or last.cause is not None:
        return False
    return last.exc is None or (isinstance(last.exc, ast.Name) and last.exc.id == handler.name)


def _around_yield(function: Function) -> Iterator[ast.With | ast.AsyncWith]:
    for node in own_nodes(function.body):
        if isinstance(node, ast.With | ast.AsyncWith) and yields_in(node.body):
            yield node


def _calls_before_yield(function: Function) -> Iterator[ast.Call]:
    nodes = list(own_nodes(function.body))
    first = min((node.lineno for node in nodes if isinstance(node, ast.Yield | ast.YieldFrom)), default=0)
    return (node for node in nodes if isinstance(node, ast.Call) and node.lineno < first)


def _registers(call: ast.Call, stacks: set[str]) -> bool:
    match call.func:
        case ast.Attribute(value=ast.Name(id=name), attr=method):
            return name in stacks and method in _REGISTERING
    return False


def _released(statement: ast.stmt) -> str | None:
    """What a `with` must be given to stand for `statement`: the receiver of its call, or the function it calls."""
    match statement:
        case ast.Expr(value=ast.Call() as call) | ast.Expr(value=ast.Await(value=ast.Call() as call)):
            return ast.dump(call.func.value if isinstance(call.func, ast.Attribute) else call.func)
    return None
