"""Contexts that are entered by hand and hold nothing then: their entering only notes something, and gives itself.

`self._open = True; return self`, an `AsyncExitStack` on which nothing was pushed yet, a client before its first
request. The entering method is looked for in the file and where an import leads to another one of the package; of
libraries the knowledge base names those that can't fail when they are entered. May miss others; one that it takes for
empty does nothing but to assign, to ask and to make objects.
"""

from __future__ import annotations

import libcst as cst

from cmlint.flow.calls.callees import callee, made_of
from cmlint.flow.lowering.graph import Site
from cmlint.flow.manager import Manager
from cmlint.flow.reading.events import Call
from cmlint.flow.reading.syntax import own_nodes
from cmlint.flow.reading.tree import NotAnalysed, Tree, parse

_ENTERING = frozenset({"__enter__", "__aenter__"})
_MOST_LINES = 30
_DOING = (cst.Await, cst.With, cst.For, cst.While, cst.Try, cst.TryStar, cst.Yield, cst.Import, cst.ImportFrom)


def holds_nothing(acquire: Site, manager: Manager) -> bool:
    """Whether the acquire is the entering of a context that has nothing to give back yet."""
    event = acquire.event
    if not isinstance(event, Call) or event.method not in _ENTERING or event.receiver is None:
        return False
    place = manager.place_of(acquire)
    made = event.dotted or f"{made_of(event.receiver, place)}().{event.method}"
    if made in manager.subject.knowledge.infallible:
        return True
    found = callee(event.callee, place)
    if found is None or found.definition.end_line - found.definition.line > _MOST_LINES:
        return False
    try:
        tree = parse(found.whole.slices(found.definition))
    except NotAnalysed:
        return False
    return all(_only_notes(node, tree) for node in own_nodes(tree.function.body))


def _only_notes(node: cst.CSTNode, tree: Tree) -> bool:
    """Whether a part of the entering method is none that does anything: of calls only those that make an object."""
    if isinstance(node, cst.Call):
        return tree.code(node.func).rpartition(".")[2].lstrip("_")[:1].isupper()
    return not isinstance(node, _DOING)
