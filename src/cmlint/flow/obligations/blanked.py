"""Obligations from a blank: what something outside was made with is given to it again after the yield.

`line = screen.show(Text(""))` ... `line.update(Text(""))`: the body writes into what the manager made room for, and
the manager makes it blank again. Any other value may be the last step of the work (`bar = tqdm(total=count)` ...
`bar.update(count)`). May miss blanks that are spelled in two ways.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.obligations.outcome import sets_outcome
from cmlint.flow.obligations.trust import confidence_of
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call, Event, Form, Value
from cmlint.flow.reading.naming import logs, words_of
from cmlint.flow.reading.scope import Scope
from cmlint.knowledge.entries import Knowledge

_SETTING = frozenset({"set", "update", "reset", "replace", "configure"})
_BLANKS = ('""', "''", "[]", "{}", "0", "False")


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each object that the body gets, and that is blank again after the yield."""
    del knowledge
    product = around.yielded
    for undo in around.after:
        setter = undo.event
        if not isinstance(setter, Call):
            continue
        sets = _sets(setter) and setter.receiver in product
        made = tuple(site for site in around.before if sets and _made_with(site.event, setter))
        if made and scope.outlives(setter.receiver or ""):
            yield Obligation(
                kind="state",
                object=setter.receiver or "",
                words=Words(f"`{setter.receiver}`", "made", f"is not set to `{setter.args[0].text}` again"),
                confidence=confidence_of(setter.receiver or "", scope),
                origin="blanked",
                acquires=made,
                releases=tuple(site for site in around.sites if _same(site, setter)),
                by_body=True,
            )
        elif isinstance(setter, Call) and setter.callee in product and _is_own_setter(setter, scope):
            yield Obligation(
                kind="state",
                object=setter.callee,
                words=Words(f"`{setter.text}`", "handed out", "is not done"),
                confidence=Confidence.MEDIUM,
                origin="blanked",
                acquires=(),
                releases=tuple(site for site in around.sites if _same(site, setter)),
                by_body=True,
            )


def _is_own_setter(setter: Call, scope: Scope) -> bool:
    """Whether a nested function that the body gets to set something is called to set it to nothing again."""
    blanks = setter.discarded and len(setter.args) == 1 and not setter.keywords and _is_blank(setter.args[0])
    if not blanks or sets_outcome(setter.callee, setter.args[0].text):
        return False
    return setter.callee in scope.functions and "set" in words_of(setter.callee)


def _sets(event: Event) -> bool:
    if not isinstance(event, Call) or not event.discarded or logs(event) or len(event.args) != 1 or event.keywords:
        return False
    sets = not _SETTING.isdisjoint(words_of(event.method)[:1])
    return sets and _is_blank(event.args[0]) and not sets_outcome(event.method, event.args[0].text)


def _is_blank(value: Value) -> bool:
    """Whether it is an empty value, or made of nothing or of one."""
    made = value.form is Form.CALL and value.text.endswith(("()", *(f"({blank})" for blank in _BLANKS)))
    return made or value.form is Form.NONE or value.text in _BLANKS


def _made_with(event: Event, setter: Call) -> bool:
    if not isinstance(event, Call) or setter.receiver not in event.results:
        return False
    return any(value.text == setter.args[0].text for value in event.given)


def _same(site: Site, undo: Call) -> bool:
    return isinstance(site.event, Call) and site.event.text == undo.text
