"""Obligations from what was current before: it is made current again after the yield by a method of its own.

`before = context.current_camera` ... `before.use()`; `window = get_current_window()` ... `window.make_current()`.
That it was read as the current one, or that another one was told the same before, shows that something else takes its
place in the meantime. May miss verbs that are not listed.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call, Event, Form, Store
from cmlint.flow.reading.naming import is_called_old, words_of
from cmlint.flow.reading.scope import Scope
from cmlint.knowledge.entries import Knowledge

_CURRENT = frozenset({"current", "active", "focused"})
_MAKING_CURRENT = frozenset({"use", "activate", "bind", "select", "focus", "reactivate"})
_LONGER = (["make"], ["set"], ["switch"])  # `make_current`, `set_active`, `switch_to`


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each object that was current before the yield and is made so again after it."""
    del knowledge
    product = around.yielded
    for name, kept in _kept(around, scope):
        releases = tuple(site for site in around.elsewhere() if _makes_current(site.event, name))
        if name not in product and any(site in around.after for site in releases):
            yield Obligation(
                kind="state",
                object=name,
                words=Words(f"what `{name}` stands for", "replaced", "is not current again"),
                confidence=Confidence.MEDIUM,
                origin="former",
                acquires=(kept,),
                releases=releases,
                by_body=True,
            )


def _kept(around: Around, scope: Scope) -> Iterator[tuple[str, Site]]:
    """The locals that hold what was current, and where they are bound."""
    for site in around.before:
        event = site.event
        if not isinstance(event, Store) or not scope.is_local(event.target) or scope.is_loop_variable(event.target):
            continue
        if event.value.form not in (Form.OTHER, Form.CALL):
            continue
        read = event.value.text.partition("(")[0] if event.value.form is Form.CALL else event.value.text
        said = words_of(read.rpartition(".")[2])
        gets = event.value.form is Form.OTHER or said[:1] == ["get"] or said[:1] == ["current"]
        old = event.value.form is Form.OTHER and is_called_old(event.target)
        if gets and (not _CURRENT.isdisjoint(said) or (old and _has_a_successor(event.target, around))):
            yield event.target, site


def _has_a_successor(name: str, around: Around) -> bool:
    """Whether another object is made current before the yield, in the way in which `name` is after it."""
    again = {s.event.method for s in around.after if isinstance(s.event, Call) and _makes_current(s.event, name)}
    return any(isinstance(s.event, Call) and s.event.discarded and s.event.method in again for s in around.before)


def _makes_current(event: Event, name: str) -> bool:
    if not isinstance(event, Call) or not event.discarded or not event.text.startswith(f"{name}.{event.method}("):
        return False
    words = words_of(event.method)
    longer = words[:1] in _LONGER and len(words) > 1 and (not _CURRENT.isdisjoint(words) or words[1] == "to")
    return not event.args and ((len(words) == 1 and words[0] in _MAKING_CURRENT) or longer)
