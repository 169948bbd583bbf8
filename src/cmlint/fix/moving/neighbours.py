"""How the statements behind a yield stand to each other: what one does, which stand beside, which leave or stay.

Each is told from the statement and its sites alone; whether it moves is told by `split`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

import libcst as cst

from cmlint.fix.moving.mixture import publishes_or_asserts
from cmlint.fix.moving.wanted import removes
from cmlint.fix.places.blocks import path_to
from cmlint.fix.places.rewrite import NoRewrite
from cmlint.fix.telling.labels import label_of, put_back_alike
from cmlint.flow.lowering.graph import Site
from cmlint.flow.manager import Manager
from cmlint.flow.paths.leaks import Leak
from cmlint.flow.reading.events import Call
from cmlint.flow.reading.naming import logs
from cmlint.flow.reading.syntax import own_nodes

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


def against_handlers(manager: Manager, leaks: Sequence[Leak], moved: Collection[Site]) -> tuple[str, ...]:
    """What the handlers around the yield say against a `finally`, as doubts. Raises NoRewrite for a second release."""
    other = _also_released(manager, leaks[0].site, moved)
    if other is not None:
        raise NoRewrite(f"a handler around the `yield` releases `{other}` in another way, so it could run twice")
    told = _told_by_handler(manager, leaks)
    return () if told is None else (f"a handler tells of `{told}`, so it may be kept after a failure",)


def _also_released(manager: Manager, yielding: Site, moved: Collection[Site]) -> str | None:
    """What a handler around the yield releases of all that one of the `moved` sites releases as well.

    `conn.close()` there and `pool.release(conn)` in a `finally` behind it would give back what is closed.
    """
    inside = {id(node) for handler in _handlers_around(manager, yielding) for node in own_nodes(handler)}
    same = {label_of(site.event) for site in moved}  # the certificate sees to those
    harmless = put_back_alike(manager.graph) | same  # to put back what is put back already
    indices = {site.index for site in moved}
    for _, opened in manager.obligations:
        for one in opened:
            there = any(id(s.statement) in inside and label_of(s.event) not in harmless for s in one.releases)
            if there and any(site.index in indices for site in one.releases):
                return one.object
    return None


def _told_by_handler(manager: Manager, leaks: Sequence[Leak]) -> str | None:
    """What is removed behind the yield, and a handler around it tells people of: `log.error("look at %s", folder)`."""
    inside = {id(node) for handler in _handlers_around(manager, leaks[0].site) for node in own_nodes(handler)}
    told = [site.event for site in manager.graph.sites if id(site.statement) in inside and logs(site.event)]
    for leak in leaks:
        name = leak.obligation.object
        removed = any(removes(site.event) for site in leak.obligation.releases)
        if removed and any(isinstance(call, Call) and any(name in v.reads for v in call.args) for call in told):
            return name
    return None


def _handlers_around(manager: Manager, yielding: Site) -> Iterator[cst.CSTNode]:
    """The clauses of each `try` whose body holds the yield."""
    for block, index in path_to(manager.tree.function.body, yielding.statement):
        statement = block.body[index]
        if isinstance(statement, (cst.Try, cst.TryStar)):
            yield from statement.handlers


def is_empty(statement: cst.CSTNode) -> bool:
    """Whether the statement only leaves the function, or does nothing."""
    if not isinstance(statement, cst.SimpleStatementLine):
        return False
    return all(
        isinstance(small, cst.Pass) or (isinstance(small, cst.Return) and small.value is None)
        for small in statement.body
    )
