"""Failures of a clean-up step that a handler beside it notes, so that somebody has thought of what they skip.

`try: connection.rollback(sid)` and `except Error: connection.needs_rollback = True`. The handler names what the step
raises, as its author knows it, and notes that it happened; one that only drops it may have forgotten what is skipped. A
cancellation is none of it.
"""

from __future__ import annotations

import libcst as cst

from cmlint.flow.lowering.graph import Site
from cmlint.flow.lowering.handlers import Match, matches
from cmlint.flow.manager import Manager
from cmlint.flow.reading.events import Fault
from cmlint.flow.reading.syntax import own_nodes

_OF_WAITING = frozenset({"TimeoutError", "TimeoutExpired"})  # what is waited for may end in an error of its own


def is_caught(site: Site, manager: Manager) -> bool:
    """Whether a handler around the step, and not around the yield, stops ordinary exceptions of it."""
    for tree in manager.trees:
        for node in tree.tries_around(site.span):
            if any(isinstance(inner, cst.Yield) for inner in own_nodes(node.body)):
                continue
            if any(_stops(handler, manager) for handler in node.handlers):
                return True
    return False


def _stops(handler: cst.ExceptHandler, manager: Manager) -> bool:
    scope = manager.scope
    name = "" if handler.type is None else (scope.dotted(handler.type) or "").rpartition(".")[2]
    if name in _OF_WAITING or matches(handler, Fault.EXCEPTION, scope) is Match.NEVER:
        return False
    inside = list(own_nodes(handler.body))
    notes = (node for node in inside if isinstance(node, cst.AssignTarget) and isinstance(node.target, cst.Attribute))
    return any(notes) and not any(isinstance(node, cst.Raise) for node in inside)
