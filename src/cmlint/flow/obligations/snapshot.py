"""Obligations from a snapshot: what was not in it is taken out after the yield.

`known = set(registry)` ... `for name in registry: if name not in known: registry.remove(name)`; `last = latest()`
... `new = latest()`, `if new != last: delete(new)`. The body adds, the manager takes out again. May miss a difference
that is computed in a helper.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.obligations.saved import Saved
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call, Delete, Event, Form, Store, Test
from cmlint.flow.reading.naming import words_of
from cmlint.flow.reading.scope import Scope
from cmlint.knowledge.entries import Knowledge

_SNAPSHOT = re.compile(r"(?<![\w.])(set|frozenset|list|tuple|dict|copy\.copy)\(|\.(copy|keys)\(\)|^[\[{].* for ")
_NAME = re.compile(r"\w+")
_TAKING_OUT = frozenset(
    {"remove", "discard", "pop", "delete", "disconnect", "unregister", "deregister", "detach", "unsubscribe", "unlink"}
    | {"terminate", "kill", "close", "cancel", "stop", "join", "uninstall", "drop"}
)


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each snapshot whose difference is taken out after the yield."""
    for name, taken in _snapshots(around, scope):
        new = {*_tested(around, scope, name), *_differing(scope, name)}
        yield from _taken_out(around, name, taken, new)
    for taken in around.before:
        if isinstance(taken.event, Store) and taken.event.value.form is Form.CALL:
            yield from _taken_out(around, taken.event.target, taken, {*_asked_again(taken.event, around)})


def _taken_out(around: Around, name: str, taken: Site, new: set[str]) -> Iterator[Obligation]:
    """The obligation to take out what the variables `new` stand for, if anything takes it out."""
    releases = tuple(site for site in around.after if any(_takes_out(site.event, variable) for variable in new))
    if releases:
        yield Obligation(
            kind="registration",
            object=name,
            words=Words(f"what is new since `{taken.event.text}`", "looked at", "is not taken out"),
            confidence=Confidence.MEDIUM,
            origin="snapshot",
            acquires=(taken,),
            releases=releases,
            by_body=True,
        )


def _asked_again(before: Store, around: Around) -> Iterator[str]:
    """What the same call gives after the yield, where that is compared with what it gave before: the latest of many."""
    tests = [set(_NAME.findall(site.event.text)) for site in around.after if isinstance(site.event, Test)]
    for site in around.after:
        event = site.event
        again = isinstance(event, Store) and event.value.text == before.value.text and event.target != before.target
        if again and isinstance(event, Store) and any({event.target, before.target} <= names for names in tests):
            yield event.target


def _snapshots(around: Around, scope: Scope) -> Iterator[tuple[str, Site]]:
    """The locals that hold what was there before, and where it was looked at."""
    for site in around.before:
        event = site.event
        if isinstance(event, Store) and event.target.isidentifier() and _SNAPSHOT.search(event.value.text):
            yield event.target, site
    saved = Saved(around, scope)
    for name in scope.looped:
        for site in saved.fills_of(name):
            if any(_SNAPSHOT.search(value.text) for value in saved.values(site)):
                yield name, site


def _tested(around: Around, scope: Scope, name: str) -> Iterator[str]:
    """The loop variables that are asked after the yield whether they are in the snapshot."""
    for site in around.after:
        event = site.event
        if isinstance(event, Test) and event.predicate == f"in {name}" and scope.is_loop_variable(event.subject):
            yield event.subject


def _differing(scope: Scope, name: str) -> Iterator[str]:
    """The variables of loops over what is not in the snapshot."""
    difference = re.compile(rf"(-\s*(set\()?|\.difference\(){re.escape(name)}\b|not in {re.escape(name)}\b")
    for variable, iterated in scope.looped.items():
        if any(difference.search(scope.code(over)) for over in iterated):
            yield variable


def _takes_out(event: Event, variable: str) -> bool:
    if isinstance(event, Delete):
        return event.target.endswith(f"[{variable}]")
    if not isinstance(event, Call) or not event.discarded or _TAKING_OUT.isdisjoint(words_of(event.method)[:1]):
        return False
    return event.receiver == variable or any(variable in value.reads for value in event.args)
