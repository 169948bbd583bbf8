"""Which classes of exceptions leave a piece of code, as sets, and what handlers and `suppress` take out of them.

Names decide: a handler of an unknown class stops nothing for certain, so a step may be taken to fail that does not.
"""

from __future__ import annotations

import re

import libcst as cst

from cmlint.flow.lowering.handlers import Match, caught_as, raises_again
from cmlint.flow.reading.events import Fault
from cmlint.flow.reading.naming import words_of
from cmlint.flow.reading.scope import Scope
from cmlint.flow.reading.syntax import own_nodes

Faults = frozenset[Fault]

NOTHING: Faults = frozenset()
ANYTHING: Faults = frozenset({Fault.EXCEPTION, Fault.BASE})
CANCELLED: Faults = frozenset({Fault.BASE})
ONLY_CANCELLED = frozenset({"asyncio.sleep", "asyncio.wait", "anyio.sleep", "trio.sleep"})
_EVENT_IN_TIME = re.compile(r"await asyncio\.wait_for\(\s*(?:asyncio\.shield\()?[\w.]+\.wait\(\)")


def stops(fault: Fault, answer: Match, caught: cst.BaseExpression | None, scope: Scope) -> bool:
    """Whether a handler stops a fault for certain; what is no `Exception` here is the cancellation."""
    return answer is Match.ALWAYS or (
        fault is Fault.BASE and caught is not None and "CancelledError" in scope.code(caught)
    )


def only_times_out(node: cst.Try | cst.TryStar, scope: Scope) -> bool:
    """Whether a `try` only waits for an event for a limited time, and a handler takes it that it did not come."""
    handled = {word for each in node.handlers if each.type for word in words_of(scope.code(each.type))}
    if "timeout" not in handled or not isinstance(node.body, cst.IndentedBlock):
        return False
    awaited = [inner for inner in own_nodes(node.body) if isinstance(inner, (cst.Await, cst.Raise, cst.With))]
    return len(awaited) == 1 and _EVENT_IN_TIME.match(scope.code(awaited[0])) is not None


def suppressed(item: cst.BaseExpression, scope: Scope) -> Faults:
    """What `contextlib.suppress(...)` drops for certain."""
    if not isinstance(item, cst.Call) or scope.dotted(item.func) not in ("contextlib.suppress", "contextlib2.suppress"):
        return NOTHING
    given = {(scope.dotted(argument.value) or "").rpartition(".")[2] for argument in item.args if not argument.star}
    if "BaseException" in given:
        return ANYTHING
    dropped = [Fault.EXCEPTION] * ("Exception" in given) + [Fault.BASE] * ("CancelledError" in given)
    return frozenset(dropped)


def goes_on(handler: cst.ExceptHandler | cst.ExceptStarHandler, scope: Scope) -> bool:
    """Whether the handler raises again what it has caught."""
    caught = caught_as(handler, scope)
    return any(isinstance(node, cst.Raise) and raises_again(node, caught) for node in own_nodes(handler.body))
