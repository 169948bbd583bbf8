"""Where a step that goes into a `finally` can fail: what is released behind it gets a `finally` of its own.

flush(); close()   ->   finally: try: flush()
                                 finally: close()

Only for what is too small a loss for CML105: the rest is its own, and is repaired when the `finally` stands. May miss
a step that fails under a name that says nothing about it; nests nothing behind a step that handles its failures, or
that makes what the release needs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import libcst as cst

from cmlint.fix.places.blocks import bound_in, names_in
from cmlint.flow.failing.fallible import fails_in_cleanup
from cmlint.flow.losses.chain import is_trivial
from cmlint.flow.losses.harmless import is_flag_of_its_own, only_forgets
from cmlint.flow.lowering.graph import Site
from cmlint.flow.manager import Manager
from cmlint.flow.paths.leaks import Leak
from cmlint.flow.reading.syntax import own_nodes

_HANDLING = (cst.Try, cst.TryStar, cst.With)


def unwatched(manager: Manager, leaks: Iterable[Leak]) -> frozenset[int]:
    """The releases, by index, that CML105 does not watch over; not those that only forget something."""
    obligations = (leak.obligation for leak in leaks if is_trivial(manager, leak.obligation))
    return frozenset(
        site.index
        for obligation in obligations
        if not (only_forgets(obligation) or is_flag_of_its_own(obligation, manager.scope))
        for site in obligation.releases
    )


def cut_behind_failing(
    manager: Manager,
    block: cst.IndentedBlock,
    cleanup: Collection[int],
    sites: Mapping[int, Sequence[Site]],
    releases: Collection[int],
) -> tuple[tuple[int, int], ...]:
    """Pairs of positions, in order: a step from the first one on can fail, and from the second one on all runs anyway.

    cleanup: the positions that go into a `finally`; releases: the indices of the `unwatched`.
    """
    cuts: list[tuple[int, int]] = []
    start: int | None = None
    for position in sorted(cleanup):
        if position - 1 not in cleanup:
            start = None  # another `finally`
        if not any(site.index in releases for site in sites[position]):
            if start is None and _can_fail(manager, block.body[position], sites[position]):
                start = position
        elif start is not None:
            if not _made_before(block, range(start, position), [p for p in cleanup if p >= position]):
                cuts.append((start, position))
            start = None
    return tuple(cuts)


def fails_on_its_line(
    manager: Manager, statement: cst.CSTNode, sites: Sequence[Site], releases: Collection[int]
) -> bool:
    """Whether a step that can fail stands in front of one of `releases` on a line that semicolons join."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) == 1:
        return False
    last = max((site.span for site in sites if site.index in releases), default=None)
    before = [site for site in sites if last is not None and site.span < last and site.index not in releases]
    return _can_fail(manager, statement, before)


def _can_fail(manager: Manager, statement: cst.CSTNode, sites: Sequence[Site]) -> bool:
    if any(isinstance(node, _HANDLING) for node in (statement, *own_nodes(statement))):
        return False
    knowledge = manager.subject.knowledge
    return any(fails_in_cleanup(site.event, manager.scope, knowledge) for site in sites if not site.grafted)


def _made_before(block: cst.IndentedBlock, before: Collection[int], behind: Collection[int]) -> bool:
    """Whether what runs anyway needs what a step before it makes."""
    made = {name for position in before for name in bound_in(block.body[position])}
    return any(made & names_in(block.body[position]) for position in behind)
