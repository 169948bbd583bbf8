"""How the statements behind a yield stand to each other: what one does, which stand beside, which leave or stay.

Each is told from the statement and its sites alone; whether it moves is told by `split`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import libcst as cst

from cmlint.fix.mixture import publishes_or_asserts
from cmlint.flow.events import Call
from cmlint.flow.graph import Site
from cmlint.flow.syntax import own_nodes

_LEAVING = (cst.Raise, cst.Return, cst.Assert)


def done(statement: Iterable[Site]) -> list[str]:
    """The methods that a statement calls for what they do."""
    events = (site.event for site in statement if not site.grafted)
    return [event.method for event in events if isinstance(event, Call) and event.discarded]


def beside(marked: set[int], candidates: Sequence[int]) -> set[int]:
    """Which candidates stand next to a marked position, or next to one that does."""
    found: set[int] = set()
    for position in [*candidates, *reversed(candidates)]:
        if not {position - 1, position + 1}.isdisjoint(marked | found):
            found.add(position)
    return found


def leaves(statement: cst.CSTNode) -> bool:
    """Whether the statement may raise an exception of its own or return, in whose way one of the body would be."""
    leaving = (node for node in (statement, *own_nodes(statement)) if isinstance(node, _LEAVING))
    return any(not isinstance(node, cst.Raise) or node.exc is not None for node in leaving)


def stays(statement: cst.CSTNode, sites: Iterable[Site]) -> bool:
    """Whether the statement is for success only, in a lifespan too: it raises, or it puts work in its place."""
    return leaves(statement) or any(publishes_or_asserts(site) for site in sites)


def is_empty(statement: cst.CSTNode) -> bool:
    """Whether the statement only leaves the function, or does nothing."""
    if not isinstance(statement, cst.SimpleStatementLine):
        return False
    return all(
        isinstance(small, cst.Pass) or (isinstance(small, cst.Return) and small.value is None)
        for small in statement.body
    )
