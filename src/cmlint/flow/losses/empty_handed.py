"""Contexts that are entered by hand and hold nothing then: their entering only notes something, and gives itself.

`self._open = True; return self`, an `AsyncExitStack` on which nothing was pushed yet, a client before its first
request. The entering method is looked for in the file and where an import leads to another one of the package. May miss
others; one that it takes for empty does nothing but to set own attributes, and to make clients of libraries that
connect with their first request.
"""

from __future__ import annotations

from collections.abc import Mapping

import libcst as cst

from cmlint.flow.calls.callees import callee, made_of
from cmlint.flow.lowering.graph import Site
from cmlint.flow.manager import Manager
from cmlint.flow.reading.events import Call
from cmlint.flow.reading.naming import ENTERED_BY_HAND
from cmlint.flow.reading.syntax import own_nodes
from cmlint.flow.reading.tree import NotAnalysed, Tree, parse
from cmlint.knowledge.entries import Knowledge

_HOLDING_NOTHING = frozenset(
    {"contextlib.AsyncExitStack().__aenter__", "contextlib.ExitStack().__enter__", "httpx.Client().__enter__"}
    | {"httpx.AsyncClient().__aenter__", "aiohttp.ClientSession().__aenter__"}
)
_MOST_LINES = 30
_DOING = (
    *(cst.Await, cst.With, cst.For, cst.While, cst.Try, cst.TryStar, cst.Yield, cst.Import, cst.ImportFrom),
    *(cst.AugAssign, cst.AnnAssign, cst.Del, cst.Global, cst.NamedExpr),
)


def holds_nothing(acquire: Site, manager: Manager) -> bool:
    """Whether the acquire is the entering of a context that has nothing to give back yet."""
    event = acquire.event
    if not isinstance(event, Call) or event.method not in ENTERED_BY_HAND or event.receiver is None:
        return False
    place = manager.place_of(acquire)
    made = event.dotted or f"{made_of(event.receiver, place)}().{event.method}"
    if made in _HOLDING_NOTHING:
        return True
    found = callee(event.callee, place)
    if found is None or found.definition.end_line - found.definition.line > _MOST_LINES:
        return False
    try:
        tree = parse(found.whole.slices(found.definition))
    except NotAnalysed:
        return False
    visible = found.whole.visible(found.definition)
    return all(_only_notes(node, tree, visible, manager.subject.knowledge) for node in own_nodes(tree.function.body))


def _only_notes(node: cst.CSTNode, tree: Tree, visible: Mapping[str, str], knowledge: Knowledge) -> bool:
    """Whether a part of the entering method does nothing but to set what belongs to the object itself."""
    if isinstance(node, cst.Call):
        root, dot, rest = tree.code(node.func).partition(".")
        known = knowledge.resource(f"{visible.get(root, root)}{dot}{rest}")
        return known is not None and known.idle
    if isinstance(node, cst.AssignTarget):
        return tree.code(node.target).startswith("self.") and tree.code(node.target).count(".") == 1
    return not isinstance(node, _DOING)
