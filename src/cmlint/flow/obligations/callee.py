"""Obligations from one function called twice: with a new value before the yield, with the old one after it.

The old value is one that was read from the same receiver or module, or the opposite constant
(`PRAGMA foreign_keys=off` ... `=on`), or None. Both calls are statements. A getter before and its setter after
count as well (`getcwd` ... `chdir`). May miss an undo that takes more than one argument to describe.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.obligations.file_locks import goes_with_its_file
from cmlint.flow.obligations.lines import statement
from cmlint.flow.obligations.one_by_one import put_back_one_by_one, saved_in_a_container
from cmlint.flow.obligations.outcome import ends_work
from cmlint.flow.obligations.putting_back import Pairing
from cmlint.flow.obligations.setters import (
    loads,
    puts_back_to_it,
    sets_part_of_what_it_got,
    sets_the_old,
    sets_what_it_got,
    sets_what_it_read,
    uncopied,
)
from cmlint.flow.obligations.trust import confidence_of, is_indentation
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call, Event, Store
from cmlint.flow.reading.naming import logs
from cmlint.flow.reading.scope import Scope
from cmlint.knowledge.entries import Knowledge

_OF_THE_SESSION = (["set"], ["pragma"], ["alter"], ["use"])
_ADDING = frozenset({"append", "extend", "appendleft", "put", "put_nowait"})


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each call after the yield that undoes a call of the same function before it."""
    for undo in around.after:
        if not isinstance(undo.event, Call) or not undo.event.discarded or undo in around.before or logs(undo.event):
            continue
        if undo.event.method in _ADDING and len(undo.event.args) == 1:
            continue  # what is added stays beside what was added before; `put(key, value)` takes its place
        if goes_with_its_file(undo.event, around):
            continue
        pairing = Pairing(undo.event, around, scope, knowledge)
        changes = _without_reads([site for site in around.before if pairing.undoes(site)], undo.event)
        acquires = changes or [site for site in around.before if _is_read_by(site.event, undo.event, around)]
        if not acquires:
            changes, acquires = saved_in_a_container(undo.event, around, scope)
        if not acquires:
            changes = acquires = put_back_one_by_one(undo, around)
        if not acquires or _dies_here(undo.event, scope) or _is_followed_by_another(undo, around):
            continue
        yield Obligation(
            kind=_kind(undo.event),
            object=undo.event.receiver or undo.event.callee,
            words=_words(undo.event, acquires[0], changed=bool(changes)),
            confidence=Confidence.LOW
            if ends_work(undo.event.text) or is_indentation(undo.event.method)
            else confidence_of(undo.event.receiver or "", scope),
            origin="same callee",
            acquires=tuple(acquires),
            releases=tuple(site for site in around.sites if _same(site, undo.event) and site not in acquires),
            by_body=not changes,
        )


def find_in_calls(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """The same for what a function that is called changed and returned, and the manager itself puts back."""
    own = around.own()
    given = {site for site in around.before if site.grafted and isinstance(site.event, Call) and site.event.results}
    seen = replace(own, before=tuple(site for site in around.before if site in given))
    for obligation in find(seen, scope, knowledge):
        if not obligation.by_body:
            yield obligation


def _is_followed_by_another(undo: Site, around: Around) -> bool:
    """Whether the same is called again behind it, with what was found out after the yield: `file.seek(end)`."""
    found = {name for s in around.after if isinstance(s.event, Call) for name in s.event.results}
    return any(
        isinstance(site.event, Call)
        and isinstance(undo.event, Call)
        and site.event.callee == undo.event.callee
        and any(value.text in found for value in site.event.args)
        for site in around.behind(undo)
    )


def _without_reads(changes: list[Site], undo: Call) -> list[Site]:
    """A call with fewer arguments only reads the old value (`setlocale(category)`), where others change it."""
    changing = [site for site in changes if isinstance(site.event, Call) and len(site.event.args) >= len(undo.args)]
    return changing or changes


def _words(undo: Call, first: Site, *, changed: bool) -> Words:
    if changed:
        return Words(f"`{first.event.text}`", "changed", "is not undone")
    return Words(f"what `{first.event.text}` read", "read", f"is not put back by `{undo.method}`")


def _is_read_by(getter: Event, setter: Call, around: Around) -> bool:
    """Whether the state is read before the yield and set back after it, whatever changes it between."""
    if isinstance(getter, Store):
        read = sets_the_old(getter, setter) and getter.target not in around.yielded
        return read or sets_what_it_read(getter, setter) or sets_part_of_what_it_got(getter, setter)
    if not isinstance(getter, Call):
        return False
    original = uncopied(getter)
    if original is not getter and not _is_worked_on(getter, around):
        getter = original
    read = loads(getter, setter) or sets_what_it_got(getter, setter) or puts_back_to_it(getter, setter)
    return (read or sets_the_old(getter, setter)) and around.yielded.isdisjoint(getter.results)


def _is_worked_on(getter: Call, around: Around) -> bool:
    """Whether what it returned is given to another call before the yield, or changed: a copy that is edited."""
    return any(
        isinstance(event, Call)
        and (event.receiver in getter.results or any(value.text in getter.results for value in event.given))
        for event in (site.event for site in around.before)
    )


def _dies_here(event: Call, scope: Scope) -> bool:
    """Whether what it changes dies with the function; what a statement sets is kept by the session, not the cursor."""
    if event.method == "execute" and statement(event, scope)[:1] in _OF_THE_SESSION:
        return False
    return event.receiver is not None and not scope.outlives(event.receiver)


def _same(site: Site, undo: Call) -> bool:
    return isinstance(site.event, Call) and site.event.text == undo.text


def _kind(undo: Call) -> str:
    return {"os.chdir": "cwd", "signal.signal": "registration"}.get(undo.dotted or "", "state")
