"""Obligations from a place that has to be empty when the manager begins: asked before the yield, emptied after it.

`assert not self._cache` ... `self._cache.clear()`; `if queue: raise Busy` ... `queue.clear()`; `if holder.current is
not None: raise Nested` ... `holder.current = None`. What the body or the manager leaves in it makes the next `with`
fail. May miss a question that is asked in other words.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site, Way
from cmlint.flow.obligations.resting import NOTHING
from cmlint.flow.obligations.trust import confidence_of
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call, Event, Store, Test
from cmlint.flow.reading.scope import Scope
from cmlint.knowledge.entries import Knowledge

_EMPTYING = frozenset({"clear", "reset"})
_FULL = {"truthy": Way.TRUE, "none": Way.FALSE}  # the answer that says that something is in it


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each place that is emptied after the yield, and must be empty before it."""
    del knowledge
    for undo in around.after:
        event = undo.event
        place = _emptied(event)
        if place is None or undo in around.before:
            continue
        asked = tuple(site for site in around.before if _must_be_empty(site, place, around))
        if asked and (scope.outlives(place) or place in scope.declared):
            yield Obligation(
                kind="state",
                object=place,
                words=Words(f"`{place}`", "has to be empty", "is not emptied"),
                confidence=confidence_of(place, scope),
                origin="emptied",
                acquires=asked,
                releases=tuple(site for site in around.elsewhere() if site.event.text == event.text),
                by_body=True,
            )


def _emptied(event: Event) -> str | None:
    """The place that nothing is left in by the event."""
    if isinstance(event, Store):
        return event.target if event.operator is None and event.value.text in NOTHING else None
    empties = isinstance(event, Call) and event.discarded and event.method in _EMPTYING and not event.args
    return event.receiver if empties and isinstance(event, Call) else None


def _must_be_empty(site: Site, place: str, around: Around) -> bool:
    """Whether the yield is only reached when nothing is in the place."""
    test = site.event
    if not isinstance(test, Test) or test.predicate not in _FULL or test.subject != place:
        return False
    copies = (around.graph.nodes[number] for number in around.graph.copies(site))
    full = [edge.target for node in copies for edge in node.edges if edge.way is _FULL[test.predicate]]
    return bool(full) and around.number not in around.graph.reachable(full, normally=True)
