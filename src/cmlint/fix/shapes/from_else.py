"""A release at the end of the `else` of the `try` around the yield: it goes into a `finally` of that `try`.

try: yield x            ->   try: yield x
except E: undo(); raise      except E: undo(); raise
else: commit(); x.close()    else: commit()
                             finally: x.close()

What stands before the release in the `else` stays for success only. May refuse where another statement stands behind
it; never moves what delivers the work of the body.
"""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from cmlint.fix.moving.excess import only_cleans
from cmlint.fix.moving.mixture import publishes_or_asserts, releasing
from cmlint.fix.moving.neighbours import against_handlers
from cmlint.fix.places.blocks import bound_in, names_in, path_to, sites_in
from cmlint.fix.places.rewrite import NoRewrite, Rewrite
from cmlint.fix.places.titles import named
from cmlint.fix.shapes.wrap import as_finally, replaced_block
from cmlint.fix.telling.housekeeping import keeps_house
from cmlint.flow.manager import Manager
from cmlint.flow.paths.leaks import Leak

_Statement = cst.BaseStatement | cst.BaseSmallStatement


def is_in_else(manager: Manager, leaks: Sequence[Leak]) -> bool:
    """Whether a `try` with handlers stands around the yield of `leaks`, and what it skips is in its `else`."""
    return _place(manager, leaks) is not None


def taken_out_of_else(manager: Manager, leaks: Sequence[Leak]) -> Rewrite:
    """The manager with that release in a `finally` of the `try`. Raises NoRewrite."""
    place = _place(manager, leaks)
    assert place is not None
    block, at, protection = place
    assert protection.orelse is not None
    wanted = releasing(leak.obligation for leak in leaks)
    body = protection.orelse.body.body
    moved = body[_first(manager, body, wanted) :]
    kept = body[: len(body) - len(moved)]
    _check(manager, protection, kept, moved, wanted)
    orelse = None
    if kept:
        orelse = protection.orelse.with_changes(body=protection.orelse.body.with_changes(body=kept))
    new = protection.with_changes(orelse=orelse, finalbody=as_finally([*moved], manager.tree.indent))
    text = replaced_block(manager.tree, block, [*block.body[:at], new, *block.body[at + 1 :]])
    sites = frozenset(site for statement in moved for site in sites_in(statement, manager.graph.sites))
    doubts = against_handlers(manager, leaks, sites)
    title = f"{named(moved, manager.graph.sites, wanted)} in `finally`, not in `else`"
    return Rewrite(manager.tree, text, sites, doubts=doubts, title=title)


def _place(manager: Manager, leaks: Sequence[Leak]) -> tuple[cst.IndentedBlock, int, cst.Try] | None:
    skipped = {id(site.statement) for leak in leaks for site in leak.skipped}
    for block, at in reversed(path_to(manager.tree.function.body, leaks[0].site.statement)):
        statement = block.body[at]
        if isinstance(statement, cst.Try) and statement.handlers and statement.orelse and not statement.finalbody:
            inside = {id(site.statement) for site in sites_in(statement.orelse, manager.graph.sites)}
            if skipped and skipped <= inside and isinstance(statement.orelse.body, cst.IndentedBlock):
                return block, at, statement
    return None


def _first(manager: Manager, body: Sequence[_Statement], wanted: frozenset[int]) -> int:
    """The position of the first statement that releases."""
    holding = (any(site.index in wanted for site in sites_in(step, manager.graph.sites)) for step in body)
    return next((position for position, holds in enumerate(holding) if holds), len(body))


def _check(
    manager: Manager,
    protection: cst.Try,
    kept: Sequence[_Statement],
    moved: Sequence[_Statement],
    wanted: frozenset[int],
) -> None:
    if not moved:
        raise NoRewrite("the release in the `else` stands inside another statement")
    for step in moved:
        sites = sites_in(step, manager.graph.sites)
        told = next((site.event.text for site in sites if publishes_or_asserts(site)), None)
        if told is not None:
            raise NoRewrite(f"`{told}` in the `else` is for success only")
        if not only_cleans(sites, wanted) and not (sites and all(keeps_house(site.event) for site in sites)):
            line = manager.tree.span(step).line
            raise NoRewrite(f"line {line} in the `else` does more than to release, which may be for success only")
    made = {name for part in (protection.body, *protection.handlers, *kept) for name in bound_in(part)}
    needed = made & {name for step in moved for name in names_in(step)}
    if needed:
        raise NoRewrite(f"the release needs `{min(needed)}`, which may not be bound yet when an exception arrives")
