"""Obligations from a clean-up that stands on both sides of the yield: what is left over there hurts.

`registry.clear()` ... `registry.clear()`, and the same loop that ends what still runs. Nothing is acquired here: the
body makes what is cleaned up. That it was cleaned up before as well shows that nobody else does it, and that
what stays behind is in the way. May miss clean-ups that are spelled in two ways.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.obligations.trust import confidence_of
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call, Event, Raise
from cmlint.flow.reading.naming import measures, words_of
from cmlint.flow.reading.scope import Scope
from cmlint.knowledge.entries import Disposal, Knowledge

_CLEANING = frozenset({"clear", "reset", "purge", "cleanup", "clean", "remove", "delete", "drop", "wipe"})
_CLEANED = Disposal(kind="state", lost="is not done again")


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each clean-up that is done before the yield and again after it."""
    for undo in around.after:
        event = undo.event
        disposal = _cleans(event, knowledge)
        if disposal is None or not isinstance(event, Call) or undo in around.before or dies_here(event, scope):
            continue
        first = tuple(site for site in around.before if does_the_same(site, event, scope))
        if first and not _is_behind_a_check(undo, event, around):
            yield Obligation(
                kind=disposal.kind,
                object=event.receiver or event.callee,
                words=Words(f"`{event.text}`", "done", _CLEANED.lost),
                confidence=confidence_of(event.receiver or "", scope),
                origin="fresh start",
                acquires=first,
                releases=tuple(s for s in around.elsewhere() if does_the_same(s, event, scope)),
                by_body=True,
            )


def _is_behind_a_check(undo: Site, event: Call, around: Around) -> bool:
    """Whether an `assert` of the manager about the same object stands before it, which skips it just as well."""
    checks = (site for site in around.after if isinstance(site.event, Raise) and site.event.text.startswith("assert "))
    return any(f"{event.receiver}." in site.event.text and site.span < undo.span for site in checks)


def _cleans(event: Event, knowledge: Knowledge) -> Disposal | None:
    if not isinstance(event, Call) or not event.discarded or measures(event.callee):
        return None
    known = knowledge.disposal(event.method) or knowledge.disposal(event.dotted or "")
    return known or (_CLEANED if words_of(event.method) and not _CLEANING.isdisjoint(words_of(event.method)) else None)


def dies_here(event: Call, scope: Scope) -> bool:
    """Whether the receiver is made here and nobody's afterwards."""
    return event.receiver is not None and not scope.outlives(event.receiver)


def does_the_same(site: Site, undo: Call, scope: Scope) -> bool:
    """Whether the site does the same to the same: two loops that share a variable run over the same."""
    if not isinstance(site.event, Call) or site.event.text != undo.text:
        return False
    loops = scope.looped.get((undo.receiver or "").partition(".")[0], ())
    return len({scope.code(over) for over in loops}) <= 1
