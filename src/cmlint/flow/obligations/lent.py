"""Obligations from what is lent: the body works with an object of the caller only through a new one made around it.

`yield Bar(console, area)` ... `console.bar_close()`: what the body begins through the new object ends with it, and the
caller can't end it, because the caller never gets the new object. So the intent is clearer than that of a mere
caretaker. May miss what is made before it is yielded.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around
from cmlint.flow.obligations.outcome import ends_work
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call, Event, Form, Yield
from cmlint.flow.reading.naming import measures, words_of
from cmlint.flow.reading.scope import Origin, Scope
from cmlint.knowledge.entries import Disposal, Knowledge


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each call after the yield that ends what the body did with a lent object."""
    lent = _lent(around.site.event)
    for site in around.after:
        event = site.event
        if not isinstance(event, Call) or event.receiver not in lent or event.receiver in ("self", "cls"):
            continue
        disposal = _ends(event, knowledge)
        if disposal is not None and scope.origin(event.receiver) in (Origin.SELF, Origin.PARAMETER):
            yield Obligation(
                kind=disposal.kind,
                object=event.receiver,
                words=Words(f"what `{event.text}` ends", "lent", disposal.lost),
                confidence=Confidence.MEDIUM,
                origin="lent",
                acquires=(),
                releases=tuple(same for same in around.sites if _calls(same.event, event.text)),
                by_body=True,
            )


def _lent(event: Event) -> frozenset[str]:
    """What the body gets only through a new object."""
    return event.value.reads if isinstance(event, Yield) and event.value.form is Form.CALL else frozenset()


def _ends(event: Call, knowledge: Knowledge) -> Disposal | None:
    """What `close`, `bar_close` or `close_bar` loses when it is not called."""
    if not event.discarded or event.args or event.keywords or measures(event.callee) or ends_work(event.callee):
        return None
    words = words_of(event.method)
    return knowledge.disposal(words[-1]) or knowledge.disposal(words[0]) if words else None


def _calls(event: Event, text: str) -> bool:
    return isinstance(event, Call) and event.text == text
