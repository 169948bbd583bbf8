"""CML105: the step that can raise goes into a `try` of its own, what it must not skip into the `finally`.

close(a); close(b)   ->   try: close(a)
                          finally: close(b)
"""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from cmlint.fix.moving.excess import more_than_releases
from cmlint.fix.moving.mixture import releasing
from cmlint.fix.places.blocks import bound_in, exception_parameters, innermost_common, names_in, path_to, sites_in
from cmlint.fix.places.rewrite import NoRewrite, Rewrite
from cmlint.fix.places.titles import named
from cmlint.fix.shapes.wrap import replaced_block, try_finally
from cmlint.fix.telling.housekeeping import keeps_house
from cmlint.flow.losses.chain import BrokenChain
from cmlint.flow.lowering.graph import Site
from cmlint.flow.manager import Manager
from cmlint.flow.reading.events import Call, Raise
from cmlint.flow.reading.syntax import own_nodes

_MAX_NESTED = 4  # beyond it an ExitStack reads better, and that is a maintainer's to write


def with_second_try(manager: Manager, chains: Sequence[BrokenChain]) -> Rewrite:
    """Protect what `chains`, which all begin at one step, skip. Raises NoRewrite."""
    tree = manager.exit_tree or manager.tree
    body = tree.function.body
    raising = path_to(body, chains[0].raising.statement)
    places = [innermost_common(raising, path_to(body, s.statement)) for chain in chains for s in chain.skipped]
    found = [place for place in places if place is not None]
    if not found or len(found) < len(places) or any(block is not found[0][0] for block, _, _ in found):
        raise NoRewrite("what is skipped does not stand in one block with the step that raises")
    block, start, _ = found[0]
    ends = [skipped for _, _, skipped in found]
    if min(ends) <= start:
        raise NoRewrite(_in_one_statement(chains[0]))
    if _nested_finally(raising) >= _MAX_NESTED:
        raise NoRewrite("a fifth `try` would be nested; an ExitStack would hold the releases better")
    last = max(ends)
    while last + 1 < len(block.body) and _does_the_same(manager, chains, block.body[last + 1]):
        last += 1
    first = min(ends)
    while first - 1 > start and _only_unregisters(manager, block.body[first - 1]):
        first -= 1
    steps, cleanup = block.body[start:first], block.body[first : last + 1]
    if any(isinstance(node, cst.Return) for step in cleanup for node in (step, *own_nodes(step))):
        raise NoRewrite("what is skipped returns, and a `return` in a `finally` would drop the exception")
    _check_names(steps, cleanup)
    new = [*block.body[:start], try_finally([*steps], [*cleanup], tree.indent), *block.body[last + 1 :]]
    moved = {site for statement in cleanup for site in sites_in(statement, manager.graph.sites)}
    doubts = (
        *_raises_on_purpose(manager, steps),
        *_told_of_the_body(manager, cleanup),
        *_stands_between(manager, chains, block.body[min(ends) : max(ends) + 1]),
    )
    title = f"{named(cleanup, manager.graph.sites, _released(chains))} in a `finally` of its own"
    return Rewrite(tree, replaced_block(tree, block, new), frozenset(moved), doubts=doubts, title=title)


def _released(chains: Sequence[BrokenChain]) -> frozenset[int]:
    """The sites, by index, that release what the chains lose."""
    return frozenset(site.index for chain in chains for site in chain.obligation.releases)


def _only_unregisters(manager: Manager, step: cst.CSTNode) -> bool:
    """Whether a step only takes back what would run when the program ends: it is skipped, too, and harms nobody."""
    calls = [site.event for site in sites_in(step, manager.graph.sites)]
    return bool(calls) and all(isinstance(call, Call) and call.dotted == "atexit.unregister" for call in calls)


def _does_the_same(manager: Manager, chains: Sequence[BrokenChain], statement: cst.CSTNode) -> bool:
    """Whether a statement does to other objects what is skipped: `self.other.pop(key)` behind `self.one.pop(key)`."""
    skipped = {_deed(site) for chain in chains for site in chain.skipped}
    done = [site for site in sites_in(statement, manager.graph.sites) if not site.grafted]
    deeds = [_deed(site) for site in done if isinstance(site.event, Call) and site.event.discarded]
    return bool(deeds) and all(deed is not None and deed in skipped for deed in deeds)


def _deed(site: Site) -> tuple[str, ...] | None:
    event = site.event
    if not isinstance(event, Call) or event.receiver is None:
        return None
    return (event.method, *(value.text for value in event.args), *(f"{key}={v.text}" for key, v in event.keywords))


def _in_one_statement(chain: BrokenChain) -> str:
    if not chain.raising.grafted:
        return "the step that raises and the release stand in one statement"
    return "the step that raises and the release both stand in a function that is called there, and so must the `try`"


def _stands_between(manager: Manager, chains: Sequence[BrokenChain], cleanup: Sequence[cst.CSTNode]) -> tuple[str, ...]:
    """What stands between two releases, or in their statements, would run after the failing step as well."""
    sites = manager.graph.sites
    others = [statement for statement in cleanup if not _only_keeps_house(sites_in(statement, sites))]
    wanted = releasing(chain.obligation for chain in chains)
    line = more_than_releases(manager.exit_tree or manager.tree, others, sites, wanted)
    return (
        () if line is None else (f"line {line} does more than to release, and would run after the failing step, too",)
    )


def _raises_on_purpose(manager: Manager, steps: Sequence[cst.CSTNode]) -> tuple[str, ...]:
    """A `raise` in front of the release may keep it from running by intent: what is in a bad state is left as it is."""
    sites = [site for step in steps for site in sites_in(step, manager.graph.sites)]
    own = [
        site for site in sites if isinstance(site.event, Raise) and site.event.fault is not None and not site.grafted
    ]
    if not own:
        return ()
    return (f"line {own[0].span.line} raises before the release by intent, and the release would run after it, too",)


def _only_keeps_house(sites: Sequence[Site]) -> bool:
    return bool(sites) and all(keeps_house(site.event) for site in sites)


def _told_of_the_body(manager: Manager, cleanup: Sequence[cst.CSTNode]) -> tuple[str, ...]:
    """A release that is handed the exception of the body would take a failing step of `__exit__` for a success."""
    if manager.exit_tree is None:
        return ()
    told = exception_parameters(manager.exit_tree) & {name for statement in cleanup for name in names_in(statement)}
    name = min(told, default=None)
    return (f"the release is told by `{name}` how the body went, and not that a step before it failed",) if name else ()


def _nested_finally(path: Sequence[tuple[cst.IndentedBlock, int]]) -> int:
    """How many `try` with a `finally` stand around the step; one with handlers only nests no release."""
    around = (block.body[index] for block, index in path)
    return sum(isinstance(statement, cst.Try) and statement.finalbody is not None for statement in around)


def _check_names(steps: Sequence[cst.CSTNode], cleanup: Sequence[cst.CSTNode]) -> None:
    bound = {name for statement in steps for name in bound_in(statement)}
    needed = bound & {name for statement in cleanup for name in names_in(statement)}
    if needed:
        raise NoRewrite(f"the clean-up needs `{min(needed)}`, which may not be bound when the step before it raises")
