"""Finds the obligations around one yield: one small module for each origin of an obligation.

The order is that of trust: what an earlier finder explains, a later one does not report again.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.flow.lowering.around import Around
from cmlint.flow.obligations import (
    again,
    announced,
    antonyms,
    apparent,
    asked,
    blanked,
    both,
    callee,
    caretaker,
    closures,
    commands,
    concluded,
    contents,
    disposal,
    emptied,
    flags,
    former,
    fresh_start,
    given,
    hooks,
    imported,
    lent,
    pooled,
    pushed,
    registrations,
    removal,
    repeated,
    resources,
    several,
    snapshot,
    state,
    state_in_calls,
    tokens,
    transactions,
)
from cmlint.flow.obligations.inside import passing, rolled_back
from cmlint.flow.obligations.transfers import is_registered_before
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.paths.search import Search
from cmlint.flow.reading.scope import Scope
from cmlint.knowledge.entries import Knowledge

_STRONG = (
    resources.find,
    disposal.find,
    several.find,
    removal.find,
    state_in_calls.find_in_calls,
    state_in_calls.find_set_in_calls,
    state_in_calls.find_registered,
    callee.find_in_calls,
    caretaker.find,
    antonyms.find,
    commands.find,
)  # their evidence counts in functions that are called, too
FINDERS = (
    resources.find,
    state.find,
    callee.find,
    disposal.find,
    several.find,
    removal.find,
    tokens.find,
    antonyms.find,
    commands.find,
    registrations.find,
    closures.find,
    announced.find,
    blanked.find,
    fresh_start.find,
    emptied.find,
    lent.find,
    pushed.find,
    snapshot.find,
    again.find,
    former.find,
    contents.find,
    flags.find,
    hooks.find,
    given.find,
    imported.find,
    asked.find,
    transactions.find,
    transactions.find_implicit,
    pooled.find,
    concluded.find,
    repeated.find,
    both.find,
    state_in_calls.find_in_calls,
    state_in_calls.find_set_in_calls,
    state_in_calls.find_registered,
    callee.find_in_calls,
    caretaker.find,
)


def obligations(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """All obligations that are opened before the yield and discharged after it when it is resumed."""
    explained: set[int] = set()
    own = around.own()
    before = {site.index for site in around.before}
    gone, undone = passing(around), rolled_back(around)
    for find in FINDERS:
        here = around if find in _STRONG else own
        for obligation in find(here, scope, knowledge):
            if obligation.object in gone and (obligation.kind == "temp" or obligation.origin == removal.REMOVAL):
                continue
            if obligation.object in undone:
                continue
            releases = {site.index for site in obligation.releases}
            if not releases.isdisjoint(before) and not _is_held(obligation, around):
                continue  # it is released before the yield already, and explains nothing after it
            if is_registered_before(obligation.object, obligation.acquires, around):
                continue
            if not releases <= explained:
                # What a call does inside explains the call as well, and the call what it does inside.
                around_it = {site.span for site in obligation.releases if site.grafted}
                inside = {site.span for site in obligation.releases if not site.grafted}
                explained |= releases | {
                    site.index for site in around.sites if site.span in (inside if site.grafted else around_it)
                }
                yield obligation


def _is_held(obligation: Obligation, around: Around) -> bool:
    """Whether it is held on some path to the yield."""
    return any(True for _ in Search(around.graph, obligation).held_at(around.number))


def apparent_obligations(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """What looks like an obligation where there is no evidence for any."""
    return apparent.find(around.own(), scope, knowledge)
