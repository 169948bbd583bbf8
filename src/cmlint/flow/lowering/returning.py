"""Which calls never return: by their names, by what the function says that they run, or by its last statement."""

from __future__ import annotations

import re

import libcst as cst

from cmlint.flow.calls.callees import Place, callee
from cmlint.flow.reading.events import Call, Event
from cmlint.flow.reading.scope import scope_of
from cmlint.flow.reading.syntax import own_nodes
from cmlint.flow.reading.tree import NotAnalysed, parse
from cmlint.flow.reading.values import call_event

_FUNCTIONS = frozenset(
    {"sys.exit", "os._exit", "os.abort", "exit", "quit", "pytest.skip", "pytest.fail", "pytest.xfail", "pytest.exit"}
)
_METHODS = frozenset({"fail", "skipTest", "abort", "fatal", "reraise", "throw", "assert_never", "unreachable"})
_SAYS_SO = re.compile(r"->[ \t]*[\"']?(?:\w+\.)?(?:NoReturn|Never)\b")
_MOST_LINES_OF_A_HEAD = 12
_MOST_LINES = 40
_DEEPEST = 3


def never_returns(event: Event | None) -> bool:
    """Whether the event is a call that ends the function, the test or the process."""
    return isinstance(event, Call) and (event.dotted in _FUNCTIONS or event.method in _METHODS)


def is_known_not_to_return(event: Event | None, caller: Place, depth: int = 0) -> bool:
    """Whether the function that a call of `caller` runs is annotated so (PEP 484), or ends so, where it is found."""
    found = callee(event.callee, caller) if isinstance(event, Call) else None
    if found is None or found.definition.is_class:
        return False
    first = found.definition.line - 1
    last = min(found.definition.end_line, first + _MOST_LINES_OF_A_HEAD)
    return any(_SAYS_SO.search(line) for line in found.whole.lines[first:last]) or _ends_for_good(found, depth)


def _ends_for_good(place: Place, depth: int) -> bool:
    """Whether the last statement of a short function without a `return` or `yield` raises or never returns."""
    definition = place.definition
    if depth > _DEEPEST or definition.is_async or definition.end_line - definition.line > _MOST_LINES:
        return False
    try:
        tree = parse(place.whole.slices(definition))
    except NotAnalysed:
        return False
    body = tree.function.body
    if any(isinstance(node, (cst.Return, cst.Yield)) for node in own_nodes(body)) or not body.body:
        return False
    last = body.body[-1]
    small = last.body[-1] if isinstance(last, cst.SimpleStatementLine) else last
    if isinstance(small, cst.Raise):
        return definition.owner is None or len(body.body) > 1  # a method that only raises waits for a subclass
    if not isinstance(small, cst.Expr) or not isinstance(small.value, cst.Call):
        return False
    scope = scope_of(tree, place.whole.visible(definition), definition.owner)
    event = call_event(small.value, scope, (), discarded=True, managed=False)
    return never_returns(event) or is_known_not_to_return(event, place, depth + 1)
