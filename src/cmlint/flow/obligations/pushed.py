"""Obligations from a stack without `push` and `pop`: one end of it is put on before the yield and cut off after it.

`scopes.append(scope)` ... `del scopes[-1]`; `self.path = [*self.path, name]` ... `self.path = self.path[:-1]`;
`hooks += [hook]` ... `hooks.remove(hook)`; `mark = len(scopes)` ... `del scopes[mark:]`; or what was put on is left out
of a new list (`self.hooks = [h for h in self.hooks if h != hook]`). The other way round an end is taken off and put on
again: `got = free[-n:]`, `free = free[:-n]` ... `free.extend(got)`. May miss ends that are found by a search.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.obligations.trust import confidence_of, is_indentation
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call, Delete, Event, Store
from cmlint.flow.reading.scope import Scope
from cmlint.knowledge.entries import Knowledge

_PUTTING_ON = frozenset({"append", "appendleft", "insert", "extend"})
_TAKING_OFF = frozenset({"remove", "pop"})
_CUT = re.compile(r"(?P<whole>.+)\[(?:-1|0|:\s*-[^:]+|[^:]+:|[A-Za-z_]\w*)\]")
_LEFT_OUT = re.compile(r"\[(\w+) for \1 in (?P<whole>[\w.]+) if .+\]", re.DOTALL)


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each stack outside whose end is cut off after the yield, or put on again."""
    del knowledge
    yield from _taken_off(around, scope)
    for cut in around.after:
        stack = _cut_off(cut.event)
        if stack is None or cut in around.before or not _lives_on(stack, scope):
            continue
        put_on = tuple(
            site
            for site in around.before
            if _puts_on(site.event, stack) or _marks(site.event, stack, cut.event, around)
        )
        if isinstance(cut.event, Call):  # two calls are the business of `antonyms`
            put_on = tuple(site for site in put_on if isinstance(site.event, Store))
        if put_on:
            yield Obligation(
                kind="stack",
                object=stack,
                words=Words(f"the end of `{stack}`", "put on", "is not taken off"),
                confidence=Confidence.LOW if _indents(stack, put_on) else confidence_of(stack, scope),
                origin="pushed",
                acquires=put_on,
                releases=tuple(site for site in around.elsewhere() if _cut_off(site.event) == stack),
            )


def _indents(stack: str, put_on: tuple[Site, ...]) -> bool:
    """Whether it is the text in front of each line that is written, made longer: `self.indent + "    "`."""
    longer = (site.event.value.text for site in put_on if isinstance(site.event, Store))
    return is_indentation(stack) and all(text.endswith(("'", '"')) for text in longer)


def _taken_off(around: Around, scope: Scope) -> Iterator[Obligation]:
    for back in around.after:
        stack = back.event.receiver if isinstance(back.event, Call) and back.event.discarded else None
        if stack is None or not _puts_on(back.event, stack) or back in around.before or not _lives_on(stack, scope):
            continue
        cuts = tuple(s for s in around.before if isinstance(s.event, (Delete, Store)) and _cut_off(s.event) == stack)
        popped = tuple(s for s in around.before if _is_put_at_its_place(s.event, back.event, around))
        if popped or (cuts and _is_from(back.event, stack, around)):
            yield Obligation(
                kind="state",
                object=stack,
                words=Words(f"what was taken off `{stack}`", "taken off", "is not put back"),
                confidence=confidence_of(stack, scope),
                origin="pushed",
                acquires=popped or cuts,
                releases=tuple(s for s in around.elsewhere() if s.event == back.event),
            )


def _is_put_at_its_place(popped: Event, back: Event, around: Around) -> bool:
    """`first = sys.path.pop(0)` and `sys.path.insert(0, first)`; what the body got may be left out on purpose."""
    if isinstance(popped, Call) and not around.yielded.isdisjoint(popped.results):
        return False
    if not isinstance(popped, Call) or not isinstance(back, Call) or (popped.method, back.method) != ("pop", "insert"):
        return False
    given = [value.text for value in popped.args][:1] + list(popped.results)
    return popped.receiver == back.receiver and len(given) == len(back.args) and given == [v.text for v in back.args]


def _is_from(back: Event, stack: str, around: Around) -> bool:
    """Whether what the call puts on was sliced from the stack before the yield."""
    given = (
        {read for value in back.args[-1:] for read in (*value.reads, value.text)} if isinstance(back, Call) else set()
    )
    stores = (site.event for site in around.before if isinstance(site.event, Store))
    sliced = {store.target for store in stores if store.value.text.startswith(f"{stack}[")}
    return not sliced.isdisjoint(given) or any(read.startswith(f"{stack}[") for read in given)


def _cut_off(event: Event) -> str | None:
    """The stack that one end is cut off."""
    if isinstance(event, Call) and event.discarded and event.method in _TAKING_OFF:
        return event.receiver
    if isinstance(event, Delete):
        cut = _CUT.fullmatch(event.target)
        return cut["whole"] if cut else None
    if not isinstance(event, Store) or event.operator is not None:
        return None
    text, whole = event.value.text, event.target.removesuffix("[:]")
    cut = _LEFT_OUT.fullmatch(text) or (_CUT.fullmatch(text) if ":" in text else None)
    return whole if cut and cut["whole"] == whole else None


def _puts_on(event: Event, stack: str) -> bool:
    if isinstance(event, Call):
        return event.receiver == stack and event.method in _PUTTING_ON
    return isinstance(event, Store) and event.target == stack and (stack in event.value.reads or event.operator == "+=")


def _marks(event: Event, stack: str, cut: Event, around: Around) -> bool:
    """Whether the event keeps how long the stack is, and the cut goes back to it: `mark = len(stack)`."""
    if not isinstance(event, Store) or not isinstance(cut, Delete) or event.value.text != f"len({stack})":
        return False
    if any(f"{stack}[{event.target}:]" in each.event.text for each in around.after if each.event is not cut):
        return False  # what the body put there is looked at
    return cut.target in (f"{stack}[{event.target}:]", f"{stack}[{event.target}]")


def _lives_on(stack: str, scope: Scope) -> bool:
    outside = "." in stack or stack in scope.declared or not scope.is_local(stack)
    return outside and scope.outlives(stack)
