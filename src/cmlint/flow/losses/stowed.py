"""What the set-up acquires and puts only later where somebody finds it: `fd, name = mkstemp()` ... `self.path = name`.

A step between the two that fails leaves it with nobody. What is returned, or stored in an attribute or an item, is
found; so is what a call is given whose result is stored there. Only what the knowledge base knows counts, and only
what does not close by itself. May miss what is put away in another way; never takes what has an owner for lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cmlint.findings import Confidence
from cmlint.flow.losses.harmless import closes_itself
from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Graph
from cmlint.flow.obligations.resources import held_by, releases_of, words_for
from cmlint.flow.obligations.transfers import transfers_of
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.reading.events import Call, Event, Store
from cmlint.flow.reading.naming import words_of
from cmlint.flow.reading.scope import Scope
from cmlint.knowledge.entries import Knowledge

ORIGIN = "stowed"
_TAKING_OVER = frozenset({"later", "register", "track", "cleanup", "schedule", "atexit", "finalize", "own", "adopt"})
_NEW = "tempfile."  # a folder at a place of its own is made once, and found again
_KINDS = frozenset({"temp", "process", "server", "connection", "executor"})


def stowed(
    here: Around, opened: Sequence[Obligation], graph: Graph, scope: Scope, knowledge: Knowledge
) -> Iterator[Obligation]:
    """One obligation for each local that keeps a known resource until the set-up stores it."""
    known = {site for obligation in opened for site in obligation.acquires}
    for site in here.before:
        event = site.event
        entry = knowledge.resource(event.dotted) if isinstance(event, Call) and not event.managed else None
        if not isinstance(event, Call) or entry is None or entry.kind not in _KINDS or site.grafted or site in known:
            continue
        held = held_by(event, entry)
        if closes_itself(event) or (entry.kind == "temp" and not (event.dotted or "").startswith(_NEW)):
            continue
        if any("." in name for name in event.results):
            continue  # `self.process = process = Popen(...)`
        if held is None or not held.isidentifier() or not scope.is_local(held):
            continue
        stored = tuple(other for other in here.before if other is not site and _stores(other.event, held))
        if any(_is_taken_over(other.event, held) for other in here.before):
            continue
        if stored:
            yield Obligation(
                kind=entry.kind,
                object=held,
                words=words_for(held, entry, graph),
                confidence=Confidence.HIGH,
                origin=ORIGIN,
                acquires=(site,),
                releases=tuple(releases_of(held, entry, here, knowledge)),
                transfers=(*stored, *(each for each in transfers_of(held, here.sites, scope) if each is not site)),
            )


def _is_taken_over(event: Event, held: str) -> bool:
    """Whether what it is given to may keep it: an own method, or one that says so: `remove_later(name)`."""
    if not isinstance(event, Call) or not any(held in value.reads for value in event.args):
        return False
    return event.receiver in ("self", "cls") or not _TAKING_OVER.isdisjoint(words_of(event.method))


def _stores(event: Event, held: str) -> bool:
    """Whether the object, or what a call made of it, is put into an attribute or an item."""
    if isinstance(event, Store):
        return not event.target.isidentifier() and held in event.value.reads
    if not isinstance(event, Call):
        return False
    given = any(held in value.reads for value in event.given)
    return given and (any("." in name for name in event.results) or event.method in ("append", "add", "put"))
