"""Obligations from announcements: one signal says that something is there, its opposite that it is there no more.

`tunnel_opening.send(host)` ... `tunnel_closed.send(host)`: who follows both counts on the second. The names of the
signals differ in one word, and the two words are opposites in any form of the verb. Pairs that speak of the work
itself (started and finished, before and after) are for success only. May miss signals whose names differ in more.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call, Event
from cmlint.flow.reading.naming import words_of
from cmlint.flow.reading.scope import Scope
from cmlint.knowledge.entries import Knowledge

_ANNOUNCING = frozenset({"send", "send_robust", "asend", "asend_robust", "send_async", "emit", "fire", "notify"})
_OF_THE_WORK = frozenset({"finish", "complete", "end", "done", "commit", "after", "post"})


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each announcement after the yield that is the opposite of one before it."""
    del scope
    for undo in around.after:
        event = undo.event
        if not isinstance(event, Call) or not event.discarded or event.method not in _ANNOUNCING or not event.receiver:
            continue
        first = tuple(site for site in around.before if _opposes(site.event, event, knowledge))
        if first and isinstance(first[0].event, Call):
            yield Obligation(
                kind="registration",
                object=event.receiver,
                words=Words(f"`{first[0].event.receiver}`", "announced", f"is not followed by `{event.receiver}`"),
                confidence=Confidence.HIGH,
                origin="announced",
                acquires=first,
                releases=tuple(site for site in around.sites if _same(site, event)),
            )


def _same(site: Site, undo: Call) -> bool:
    return isinstance(site.event, Call) and site.event.callee == undo.callee


def _opposes(event: Event, undo: Call, knowledge: Knowledge) -> bool:
    if not isinstance(event, Call) or event.method != undo.method or not event.receiver or not undo.receiver:
        return False
    return differ_in_opposites(words_of(event.receiver), words_of(undo.receiver), knowledge)


def differ_in_opposites(before: list[str], after: list[str], knowledge: Knowledge) -> bool:
    """Whether two names differ in one word, and the second undoes the first, but does not only speak of the work."""
    if len(before) != len(after):
        return False
    different = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    return len(different) == 1 and _are_opposite(*different[0], knowledge)


def _are_opposite(one: str, other: str, knowledge: Knowledge) -> bool:
    verbs = [(a, b) for a in _verbs(one) for b in _verbs(other)]
    if not _OF_THE_WORK.isdisjoint(_verbs(other)):
        return False
    return any(knowledge.are_opposite(a, b) or knowledge.antonym(a, b) is not None for a, b in verbs)


def _verbs(word: str) -> frozenset[str]:
    """The verbs that a word may be a form of: `stopped` is `stop`, `closing` is `close`."""
    stems = {word.removesuffix(ending) for ending in ("ing", "ed", "s")}
    single = {stem[:-1] for stem in stems if stem[-2:-1] == stem[-1:]}
    return frozenset({word} | stems | single | {f"{stem}e" for stem in stems})
