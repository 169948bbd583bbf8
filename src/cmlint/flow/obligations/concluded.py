"""Obligations to conclude: what was begun before the yield is given up by a handler and completed by a success.

`lease = db.allocate(mac)`, `except TimeoutError: db.decline(lease); raise`, and `db.confirm(lease)` behind the yield;
`client.create_upload(...)`, `abort_upload(...)`, `complete_upload(...)`. Each of the two ways ends it, so what the
handler lets pass leaves it open. So it does where who let the body pass is told of a failure or of a success: a circuit
breaker. Messages that are acknowledged or refused are delivered anew, and are none. May miss what is given up under
another name.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call, Event, Store
from cmlint.flow.reading.naming import action_of, logs, measures, words_of
from cmlint.flow.reading.scope import Scope
from cmlint.knowledge.entries import Knowledge

_GIVING_UP = frozenset(
    {"abort", "cancel", "rollback", "decline", "discard", "abandon", "revoke", "undo", "destroy", "withdraw"}
    | {"invalidate", "fail"}
)
_BEGINNING = frozenset(
    {"create", "begin", "start", "open", "initiate", "init", "prepare", "reserve", "allocate", "request"}
)
_ADMITTING = frozenset({"acquire", "guard", "admit", "reserve"})
_FAILED = frozenset({"failure", "failed", "error"})
_WENT_WELL = frozenset({"success", "ok", "succeeded"})
_COMPLETING = frozenset(
    {"complete", "commit", "finish", "confirm", "finalize", "close", "end", "release", "accept", "settle"} | {"stop"}
)


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each thing that a handler gives up and a success completes."""
    del scope, knowledge
    yield from _unanswered(around)
    given_up = [site for site in around.handling() if _does(site.event, _GIVING_UP)]
    for made in _begun(around) if given_up else ():
        held = _held(made, around)
        ends = [site for site in given_up if _is_about(site.event, made.event, held)]
        completed = [
            site for site in around.after if _does(site.event, _COMPLETING) and _is_about(site.event, made.event, held)
        ]
        if ends and completed and isinstance(made.event, Call):
            yield Obligation(
                kind="other",
                object=next(iter(sorted(held)), made.event.callee),
                words=Words(f"`{made.event.text}`", "begun", "is neither completed nor given up"),
                confidence=Confidence.MEDIUM,
                origin="concluded",
                acquires=(made,),
                releases=(*completed, *ends),
            )


def _unanswered(around: Around) -> Iterator[Obligation]:
    """Who let the body pass (a circuit breaker, say) hears of a success or of a failure, but not of any other end."""
    for admitted in around.before:
        if not isinstance(admitted.event, Call) or _ADMITTING.isdisjoint(words_of(admitted.event.method)):
            continue
        failed = [site for site in around.handling() if _tells(site.event, admitted.event, _FAILED)]
        went_well = [site for site in around.after if _tells(site.event, admitted.event, _WENT_WELL)]
        if failed and went_well and not _is_released(admitted.event, around):
            yield Obligation(
                kind="state",
                object=admitted.event.receiver or admitted.event.callee,
                words=Words(f"`{admitted.event.text}`", "admitted", "is told neither of a success nor of a failure"),
                confidence=Confidence.MEDIUM,
                origin="unanswered",
                acquires=(admitted,),
                releases=(*went_well, *failed),
                by_body=True,
            )


def _is_released(admitted: Call, around: Around) -> bool:
    """Whether what admitted the body gets it back in any case: a semaphore that also counts."""
    calls = (site.event for site in around.sites if isinstance(site.event, Call))
    return any(call.receiver == admitted.receiver and words_of(call.method)[:1] == ["release"] for call in calls)


def _tells(event: Event, admitted: Call, words: frozenset[str]) -> bool:
    """Whether the call tells the one who admitted the body, or of the same thing, how it went."""
    if not isinstance(event, Call) or not event.discarded or words.isdisjoint(words_of(event.method)):
        return False
    if event.receiver != admitted.receiver:
        return False
    told, asked = event.args[:1], admitted.args[:1]
    return event.receiver is not None or (bool(told) and bool(asked) and told[0].text == asked[0].text)


def _begun(around: Around) -> list[Site]:
    """The calls before the yield, those that begin something by their names first: what they are given is no work."""
    return sorted(around.before, key=lambda site: not _begins(site.event))


def _begins(event: Event) -> bool:
    named = isinstance(event, Call) and not event.method[:1].isupper()  # a class makes what is begun then
    return named and isinstance(event, Call) and not _BEGINNING.isdisjoint(action_of(event.method)[:1])


def _does(event: Event, verbs: frozenset[str]) -> bool:
    if not isinstance(event, Call) or not event.discarded or logs(event) or measures(event.callee):
        return False
    return not verbs.isdisjoint(action_of(event.method)[:1])


def _held(made: Site, around: Around) -> frozenset[str]:
    """The names that the result of the call, or an item of it, is bound to."""
    event = made.event
    if not isinstance(event, Call) or event.managed:
        return frozenset()
    stores = (site.event for site in around.before)
    parts = {s.target for s in stores if isinstance(s, Store) and s.value.text.startswith(f"{event.text}[")}
    return frozenset({*event.results, *parts})


def _is_about(event: Event, made: Event, held: frozenset[str]) -> bool:
    """Whether the call is given what was begun, or speaks of the same thing of the same object."""
    if not isinstance(event, Call) or not isinstance(made, Call):
        return False
    given = event.given
    if any(value.text in held for value in given):
        return True
    nouns, begun = action_of(event.method)[1:], action_of(made.method)
    same = event.receiver is not None and event.receiver == made.receiver and bool(nouns) and nouns == begun[1:]
    return same and not _BEGINNING.isdisjoint(begun[:1])
