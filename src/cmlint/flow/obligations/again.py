"""Obligations from one call that stands before the yield and again after it: a switch thrown back, a cache emptied.

`toggle_zen()` ... `toggle_zen()` undoes itself. `cache_clear()` ... `cache_clear()` keeps apart what is inside from
what is outside: what the body leaves is not to be seen after it. May miss switches with other names.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.around import Around
from cmlint.flow.events import Call
from cmlint.flow.obligation import Obligation, Words
from cmlint.flow.obligations.naming import measures, words_of
from cmlint.flow.obligations.trust import confidence_of
from cmlint.flow.scope import Scope
from cmlint.knowledge.entries import Knowledge

_SWITCHING = frozenset({"toggle", "flip", "invert", "swap", "byteswap"})
_EMPTYING = frozenset({"clear", "reset"})


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each call of this kind that stands on both sides of the yield with the same arguments."""
    for again in around.after:
        event = again.event
        if not isinstance(event, Call) or not event.discarded or again in around.before or measures(event.text):
            continue
        words = set(words_of(event.method))
        first = [
            site
            for site in around.before
            if isinstance(site.event, Call) and site.event.discarded and site.event.text == event.text
        ]
        if not first or _dies_or_differs(event, scope) or not words & (_SWITCHING | _EMPTYING):
            continue
        switches = bool(words & _SWITCHING)
        yield Obligation(
            kind="state",
            object=event.receiver or event.callee,
            words=Words(f"`{event.text}`", "called", "is not undone" if switches else "is not called again"),
            confidence=_confidence(event, scope, switches=switches),
            origin="again",
            acquires=tuple(first),
            releases=(again,),
        )


def _dies_or_differs(event: Call, scope: Scope) -> bool:
    """Whether the receiver is made here, or stands for the items of two different containers."""
    if event.receiver is None:
        return False
    containers = {scope.code(over) for over in scope.looped.get(event.receiver, ())}
    return len(containers) > 1 or not scope.outlives(event.receiver)


def _confidence(event: Call, scope: Scope, *, switches: bool) -> Confidence:
    """A container that is emptied on both sides may only make room for what is checked between."""
    if words_of(event.method) == ["clear"]:
        return Confidence.LOW
    trust = confidence_of(event.receiver or "", scope)
    return trust if switches or trust is Confidence.LOW else Confidence.MEDIUM
