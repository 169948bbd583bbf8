"""Obligations to a pool: what a call handed out is given back after a success, and closed by a handler.

`connection = self._checkout()`, `except Exception: connection.close(); raise`, `else: self._free.append(connection)`.
Nobody else has it meanwhile, so what the handler lets pass leaves it open and out of the pool. Where no handler closes
it, what a failing body used may be left out on purpose, and is no obligation. May miss a pool with other verbs.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.obligations.disposing import by_function, by_method
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call, Event
from cmlint.flow.reading.naming import action_of
from cmlint.flow.reading.scope import Scope
from cmlint.knowledge.entries import Knowledge

_ADDING = frozenset({"append", "appendleft", "add", "put", "put_nowait", "push"})
_GIVING = frozenset({"give", "return", "checkin", "recycle", "requeue"})
_DROPPING = frozenset({"discard", "invalidate", "drop", "abandon"})


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each thing that a success gives back and a handler closes."""
    handling = tuple(around.handling())
    for made in around.before:
        if not isinstance(made.event, Call) or made.event.managed:
            continue
        for held in made.event.results:
            back = [site for site in around.after if _gives_back(site.event, held, scope)]
            closed = [site for site in handling if _closes(site, made, held, knowledge)] if back else []
            if closed:
                yield Obligation(
                    kind="connection",
                    object=held,
                    words=Words(f"`{held}`", "handed out", "is neither given back nor closed"),
                    confidence=Confidence.MEDIUM,
                    origin="pooled",
                    acquires=(made,),
                    releases=(*back, *closed),
                )


def _gives_back(event: Event, held: str, scope: Scope) -> bool:
    if not isinstance(event, Call) or not event.discarded or [value.text for value in event.args[:1]] != [held]:
        return False
    if not _GIVING.isdisjoint(action_of(event.method)[:1]):
        return True
    return event.method in _ADDING and event.receiver is not None and scope.outlives(event.receiver)


def _closes(site: Site, made: Site, held: str, knowledge: Knowledge) -> bool:
    event = site.event
    if not isinstance(event, Call) or not event.discarded or not isinstance(made.event, Call):
        return False
    if event.receiver == held:
        return by_method(event, held, frozenset({made.event.method}), knowledge) is not None
    given = [value.text for value in event.args[:1]] == [held]
    dropped = given and not _DROPPING.isdisjoint(action_of(event.method)[:1])
    return dropped or by_function(event, held, knowledge) is not None
