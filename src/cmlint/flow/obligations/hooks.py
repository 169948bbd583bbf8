"""Obligations from hooks: what is run before the yield is called as the opposite of what is run after it.

`for hook in on_startup: hook()` ... `for hook in on_shutdown: hook()`; `await call(app.on_startup)` ... `await
call(app.on_shutdown)`. The names differ in one word, without what says when (`on`, `after`), and the two words are
opposites. What runs before and after, or when something has started and finished, is for success only. May miss hooks
whose names differ in more.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.obligations.announced import differ_in_opposites
from cmlint.flow.obligations.left import is_left
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call, Event, Form, Store
from cmlint.flow.reading.naming import words_of
from cmlint.flow.reading.scope import Scope
from cmlint.knowledge.entries import Knowledge

_RUNNING = frozenset({"run", "call", "invoke", "execute", "await", "apply", "trigger", "dispatch"})
_WHEN = frozenset({"on", "before", "after", "pre", "post", "at"})


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each hook after the yield that is the opposite of one before it."""
    ran = {site: hook for site in around.sites if (hook := _hook(site, around, scope))}
    for undo, hook in ran.items():
        if undo not in around.after or undo in around.before or not _is_statement(undo.event, around):
            continue
        first = tuple(site for site in around.before if _opposes(ran.get(site), hook, knowledge))
        if first:
            yield Obligation(
                kind="other",
                object=hook[1],
                words=Words(f"`{ran[first[0]][1]}`", "run", f"is not followed by `{hook[1]}`"),
                confidence=Confidence.HIGH,
                origin="hooks",
                acquires=first,
                releases=tuple(site for site in ran if ran[site] == hook),
            )


def _is_statement(event: Event, around: Around) -> bool:
    return isinstance(event, Call) and (event.discarded or is_left(event, around))


def _hook(site: Site, around: Around, scope: Scope) -> tuple[str, str] | None:
    """By what something is run that has a name, and that name: by a loop over it, or by a function that runs it."""
    event = site.event
    if not isinstance(event, Call):
        return None
    if scope.is_loop_variable(event.callee) and (over := _looped_over(event.callee, site, around)):
        return "", over
    named = bool(event.args) and event.args[0].form in (Form.NAME, Form.OTHER)
    if named and not _RUNNING.isdisjoint(words_of(event.method)):
        return event.callee, event.args[0].text
    return None


def _looped_over(name: str, site: Site, around: Around) -> str | None:
    """What the last loop before `site` that binds `name` runs over."""
    bound = [each for each in around.sites if isinstance(each.event, Store) and each.event.target == name]
    before = [each for each in bound if each.span < site.span]
    last = max(before, key=lambda each: each.span, default=None)
    if last is None or not isinstance(last.event, Store) or last.event.value.form is not Form.ITEM:
        return None
    return last.event.value.text


def _opposes(one: tuple[str, str] | None, other: tuple[str, str], knowledge: Knowledge) -> bool:
    if one is None or one[0] != other[0]:
        return False
    before, after = ([word for word in words_of(name) if word not in _WHEN] for _, name in (one, other))
    return differ_in_opposites(before, after, knowledge)
