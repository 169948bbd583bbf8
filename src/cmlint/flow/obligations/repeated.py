"""Obligations from what two ways out repeat: the same statement after a success and in a handler that goes on raising.

`driver.wait(seconds)`, `except TimeoutError: driver.wait(self.usual); raise`, `else: driver.wait(self.usual)`. Who
writes it on both ways means it for every way, and an exception that the clause does not name skips it. Only what has to
do with something before the yield: the same function or place, the same thing, a result of it. What is only logged or
measured undoes nothing; a handler that swallows is a way to succeed. May miss two ways that are spelled differently.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import RETURN_EXIT, Site
from cmlint.flow.obligations.outcome import describes_failure, tells_outcome
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call, Event, Form, Store
from cmlint.flow.reading.naming import action_of, logs, measures, tells, words_of
from cmlint.flow.reading.scope import Scope
from cmlint.knowledge.entries import Knowledge

_RECORDING = frozenset({"screenshot", "collect", "record", "measure", "sample", "dump", "check", "execute", "count"})


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each statement that both ways have."""
    del knowledge
    after = {site.event.text for site in around.after}
    both = (site for site in around.handling() if site.event.text in after)
    texts = {site.event.text for site in both if _raises_again(site, around)}
    for site in around.after if texts else ():
        if site.event.text not in texts or site in around.before or not _undoes_something(site.event, scope):
            continue
        changes = tuple(each for each in around.before if _concerns(each.event, site.event))
        if changes:
            yield Obligation(
                kind="state",
                object=_held(site.event),
                words=Words(f"`{changes[0].event.text}`", "done", "is not undone"),
                confidence=Confidence.MEDIUM,
                origin="repeated",
                acquires=changes,
                releases=tuple(each for each in around.elsewhere() if each.event.text == site.event.text),
            )


def _raises_again(site: Site, around: Around) -> bool:
    """Whether nothing but an exception leads out of the manager from there."""
    copies = around.graph.copies(site)
    return bool(copies) and RETURN_EXIT not in around.graph.reachable(copies, normally=True)


def _undoes_something(event: Event, scope: Scope) -> bool:
    if isinstance(event, Store):
        outside = "." in event.target and scope.outlives(event.target)
        return outside and not tells_outcome(event.target) and not describes_failure(event.target)
    return isinstance(event, Call) and event.discarded and not logs(event) and not measures(event.callee)


def _held(event: Event) -> str:
    if isinstance(event, Store):
        return event.target
    return (event.receiver or event.callee) if isinstance(event, Call) else event.text


def _concerns(change: Event, undo: Event) -> bool:
    """Whether what was done before has to do with what is done on both ways."""
    if isinstance(undo, Store):
        computed = undo.value.form is Form.CALL or (undo.operator is None and undo.target in undo.value.reads)
        return isinstance(change, Store) and change.target == undo.target and not computed
    if not isinstance(undo, Call) or not isinstance(change, Call) or change.managed or logs(change):
        return False
    if change.callee == undo.callee:
        return change.discarded and change.text != undo.text and _RECORDING.isdisjoint(words_of(undo.method))
    if tells(undo.method):
        return False
    given = {value.text for value in undo.given if value.form is Form.NAME}
    nouns = set(action_of(change.method)[1:]) & set(action_of(undo.method)[1:])
    same = change.receiver is not None and change.receiver == undo.receiver
    return same and (bool(nouns) or not given.isdisjoint(change.results))
