"""Obligations from a question that is asked before the yield and answered after it: on again, or off again.

`was_enabled = gc.isenabled()` ... `if was_enabled: gc.enable()`, `else: gc.disable()`. Whatever the body did, one of
two opposite calls puts back what was asked for. May miss answers that take an argument, or that go to another object.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call, Event, Test
from cmlint.flow.reading.naming import words_of
from cmlint.flow.reading.scope import Scope
from cmlint.knowledge.entries import Knowledge


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each question whose answer decides between two opposite calls after the yield."""
    subjects = {site.event.subject for site in around.after if isinstance(site.event, Test)}
    for asked in around.before:
        event = asked.event
        if not isinstance(event, Call) or event.receiver is None or subjects.isdisjoint(event.results):
            continue
        answers = tuple(s for s in around.after if s not in around.before and _answers(s.event, event.receiver))
        methods = [site.event.method for site in answers if isinstance(site.event, Call)]
        if scope.outlives(event.receiver) and any(_opposite(a, b, knowledge) for a in methods for b in methods):
            yield Obligation(
                kind="state",
                object=event.receiver,
                words=Words(f"what `{event.text}` told", "asked", "is not put back"),
                confidence=Confidence.MEDIUM,
                origin="asked",
                acquires=(asked,),
                releases=_opposites(answers, knowledge),
                by_body=True,
            )


def _answers(event: Event, receiver: str) -> bool:
    return isinstance(event, Call) and event.discarded and event.receiver == receiver and not event.args


def _opposites(answers: tuple[Site, ...], knowledge: Knowledge) -> tuple[Site, ...]:
    """Those of the calls that another one undoes."""
    calls = [(site, site.event.method) for site in answers if isinstance(site.event, Call)]
    return tuple(site for site, one in calls if any(_opposite(one, other, knowledge) for _, other in calls))


def _opposite(one: str, other: str, knowledge: Knowledge) -> bool:
    before, after = words_of(one), words_of(other)
    return before[1:] == after[1:] and bool(before) and knowledge.antonym(before[0], after[0]) is not None
