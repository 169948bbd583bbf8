"""Obligations from a switch that is thrown before the yield and thrown back after it by the same call.

`toggle_zen()` ... `toggle_zen()` undoes itself. A generator that is advanced by hand is one as well:
`next(fixture)` runs its setup, the second its clean-up. May miss switches with other names; a clean-up that stands on
both sides is a fresh start (see `fresh_start`).
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from cmlint.flow.lowering.around import Around
from cmlint.flow.obligations.fresh_start import dies_here, does_the_same
from cmlint.flow.obligations.trust import confidence_of
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call, Event, Form
from cmlint.flow.reading.naming import measures, words_of
from cmlint.flow.reading.scope import Scope
from cmlint.knowledge.entries import Knowledge

_SWITCHING = frozenset({"toggle", "flip", "invert", "swap", "byteswap"})


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each switch that is thrown on both sides of the yield with the same arguments."""
    for again in around.after:
        event = again.event
        if not isinstance(event, Call) or not event.discarded or again in around.before or measures(event.text):
            continue
        advanced = _advanced(event)
        if (_SWITCHING.isdisjoint(words_of(event.method)) and advanced is None) or dies_here(event, scope):
            continue
        if advanced is not None and not _is_made_here(advanced, scope):
            continue
        first = tuple(
            site
            for site in around.before
            if does_the_same(site, event, scope) or (advanced is not None and _advanced(site.event) == advanced)
        )
        if first:
            yield Obligation(
                kind="state",
                object=event.receiver or event.callee,
                words=Words(f"`{event.text}`", "called", "is not undone"),
                confidence=confidence_of(event.receiver or "", scope),
                origin="again",
                acquires=first,
                releases=(again,),
            )


def _is_made_here(generator: str, scope: Scope) -> bool:
    """Whether a generator is the manager's own: a local, or one of those that a comprehension of calls listed."""
    if not scope.is_loop_variable(generator):
        return scope.is_local(generator)
    over = {scope.code(each): each for each in scope.looped[generator]}
    only = next(iter(over.values()))
    listed = scope.sole_value(only.value) if len(over) == 1 and isinstance(only, cst.Name) else None
    return isinstance(listed, cst.ListComp) and isinstance(listed.elt, cst.Call)


def _advanced(event: Event) -> str | None:
    """The generator that `next(generator)` or `next(generator, None)` advances."""
    if not isinstance(event, Call) or event.dotted not in ("next", "anext") or not event.args:
        return None
    return event.args[0].text if event.args[0].form is Form.NAME else None
