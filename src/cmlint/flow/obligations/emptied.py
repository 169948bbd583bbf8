"""Obligations from a place that has to be empty when the manager begins: asked before the yield, emptied after it.

`assert not self._cache` ... `self._cache.clear()`; `if queue: raise Busy` ... `queue.clear()`. The body fills it, and
what it leaves in it makes the next `with` fail. May miss a question that is asked in other words.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.flow.around import Around
from cmlint.flow.events import Call, Test
from cmlint.flow.graph import Site, Way
from cmlint.flow.obligation import Obligation, Words
from cmlint.flow.obligations.trust import confidence_of
from cmlint.flow.scope import Scope
from cmlint.knowledge.entries import Knowledge

_EMPTYING = frozenset({"clear", "reset"})


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each place that is emptied after the yield, and must be empty before it."""
    del knowledge
    for undo in around.after:
        event = undo.event
        if not isinstance(event, Call) or event.method not in _EMPTYING or event.args or undo in around.before:
            continue
        place = event.receiver
        asked = tuple(site for site in around.before if place is not None and _must_be_empty(site, place, around))
        if place is not None and asked and event.discarded and scope.outlives(place):
            yield Obligation(
                kind="state",
                object=place,
                words=Words(f"`{place}`", "has to be empty", "is not emptied"),
                confidence=confidence_of(place, scope),
                origin="emptied",
                acquires=asked,
                releases=tuple(site for site in around.sites if _same(site, event)),
                by_body=True,
            )


def _must_be_empty(site: Site, place: str, around: Around) -> bool:
    """Whether the yield is only reached when nothing is in the place."""
    test = site.event
    if not isinstance(test, Test) or test.predicate != "truthy" or test.subject != place:
        return False
    copies = (around.graph.nodes[number] for number in around.graph.copies(site))
    full = [edge.target for node in copies for edge in node.edges if edge.way is Way.TRUE]
    return bool(full) and around.number not in around.graph.reachable(full, normally=True)


def _same(site: Site, undo: Call) -> bool:
    return isinstance(site.event, Call) and site.event.text == undo.text
