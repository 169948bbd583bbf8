"""Obligations from antonyms: a call before the yield is undone by a call after it with the opposite verb.

Names are split at `_` and at camelCase. The undo differs in exactly one word, and the two words are antonyms
(`_push_freeze`, `_pop_freeze`); or it has a prefix that undoes (`toggle`, `untoggle`); or a further word that does
(`forward`, `forward_remove`). Both go to the same receiver or both to functions. May miss other spellings;
may pair two calls that only sound opposite, which is why objects that die with the function carry none of the
obligations of containers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from cmlint.findings import Confidence
from cmlint.flow.around import Around
from cmlint.flow.events import Call, Event, Step, Store, Yield
from cmlint.flow.graph import Site
from cmlint.flow.obligation import Obligation, Words
from cmlint.flow.obligations.naming import action_of, counts, logs, measures, words_of
from cmlint.flow.obligations.outcome import ends_work
from cmlint.flow.obligations.trust import confidence_of, is_one_pass
from cmlint.flow.scope import Scope
from cmlint.knowledge.entries import Knowledge

_PREFIXES = ("un", "de", "dis")
_REGISTERING = frozenset({"enter_context", "enter_async_context", "push_async_exit", "push_async_callback"})
_FINISHING = frozenset({"finish", "complete", "done", "end"})
_OF_PROGRAMS = frozenset({"shutdown", "teardown"})
_SHORTEST_NOUN = 3
_OF_CONTAINERS = frozenset({"stack", "registration"})
_UNDOING = frozenset({"remove", "undo", "release", "restore", "revert", "cancel", "delete", "reset", "unset", "stop"})


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each undoing call after the yield that has its antonym before it."""
    stacks = _stacks(around)
    for undo in around.after:
        event = undo.event
        if (
            not isinstance(event, Call)
            or undo in around.before
            or not (event.discarded or _takes_out(event, scope) or _is_left(event, around) or _is_asserted(undo))
        ):
            continue
        pairs = [
            (site, kind)
            for site in around.before
            if (kind := _undone(site, event, stacks, knowledge)) and _counts_in_a_call(site, undo)
        ]
        kept = [(site, kind) for site, kind in pairs if kind != "stack" or _lives_on(event, scope)]
        if not kept:
            continue
        first, kind = kept[0]
        assert isinstance(first.event, Call)
        yield Obligation(
            kind=kind,
            object=event.receiver or event.callee,
            words=Words(f"`{first.event.text}`", "called", "is not undone"),
            confidence=_confidence(event, kind, scope),
            origin="antonyms",
            acquires=tuple(site for site, _ in kept),
            releases=tuple(site for site in around.sites if _same(site, event)),
        )


def _is_asserted(undo: Site) -> bool:
    """Whether it is called in an `assert`: `assert stack.pop() is frame`."""
    line = undo.statement
    return isinstance(line, cst.SimpleStatementLine) and any(isinstance(small, cst.Assert) for small in line.body)


def _is_left(event: Call, around: Around) -> bool:
    """Whether nobody takes what it returns for anything but to wait for it, to test it or to log it."""
    return _is_only_awaited(event, around) or _is_only_checked(event, around)


def _is_only_awaited(event: Call, around: Around) -> bool:
    """Whether what it returns is awaited, perhaps only if it can be: `if isawaitable(result): await result`."""
    steps = (site.event for site in around.after if isinstance(site.event, Step))
    return any(step.text == f"await {name}" for step in steps for name in event.results)


def _counts_in_a_call(site: Site, undo: Site) -> bool:
    """Whether both calls are the manager's own, or its own undo names the object that a called function registered."""
    if not site.grafted and not undo.grafted:
        return True
    one, other = site.event, undo.event
    if undo.grafted or not isinstance(one, Call) or not isinstance(other, Call) or not one.args or not other.args:
        return False
    return one.receiver is not None and one.args[0].text == other.args[0].text


def _takes_out(event: Call, scope: Scope) -> bool:
    """Whether it undoes whatever becomes of its value: it takes off a stack what was put on it, or ends a program."""
    words = words_of(event.method)
    if not _OF_PROGRAMS.isdisjoint(words):
        return True
    outside = bool(event.results) and event.receiver is not None and scope.outlives(event.receiver)
    return bool(words) and words[0].startswith("pop") and (words != ["pop"] or outside) and not event.args


def _is_only_checked(event: Call, around: Around) -> bool:
    """Whether what it returns is bound to a name that is only tested and logged: `popped = stack.pop()`."""
    if len(event.results) != 1:
        return False
    name = event.results[0]
    return not any(_uses(site.event, name) for site in around.sites if site.event is not event)


def _uses(event: Event, name: str) -> bool:
    if isinstance(event, Call):
        given = [*event.args, *(value for _, value in event.keywords)]
        return not logs(event) and (event.receiver == name or any(name in value.reads for value in given))
    if isinstance(event, Store):
        return name in event.value.reads
    return isinstance(event, (Yield, Step)) and re.search(rf"\b{re.escape(name)}\b", event.text) is not None


def _confidence(undo: Call, kind: str, scope: Scope) -> Confidence:
    """What is only finished, and says nothing about what, may well be for success only."""
    if words_of(undo.method)[-1:] in ([word] for word in _FINISHING) or ends_work(undo.method):
        return Confidence.LOW
    if is_one_pass(undo.receiver or "", scope):
        return Confidence.LOW
    changed = undo.receiver or ""
    if kind not in _OF_CONTAINERS:
        changed += f".{undo.method}"  # the state of a part, and not which items the part has
    return confidence_of(changed, scope) if _lives_on(undo, scope) else Confidence.MEDIUM


def _lives_on(event: Call, scope: Scope) -> bool:
    return event.receiver is None or scope.outlives(event.receiver)


def _same(site: Site, undo: Call) -> bool:
    return isinstance(site.event, Call) and site.event.callee == undo.callee


def _stacks(around: Around) -> frozenset[str]:
    """The objects that are used as an ExitStack: nothing is acquired by entering an empty one."""
    calls = (site.event for site in around.sites if isinstance(site.event, Call))
    return frozenset(event.receiver for event in calls if event.receiver and event.method in _REGISTERING)


def _undone(site: Site, undo: Call, stacks: frozenset[str], knowledge: Knowledge) -> str | None:
    """The kind of what `undo` releases, when the call at `site` is its antonym."""
    event = site.event
    if not isinstance(event, Call) or event.managed or event.receiver != undo.receiver:
        return None
    if event.receiver is None and _owner(event) != _owner(undo):
        return None
    if event.receiver in stacks or (not counts(event.method) and _measures(event)):
        return None
    before, after = action_of(event.method), action_of(undo.method)
    if before == after or not before or not after:
        return None
    if (event.method, undo.method) == ("update", "difference_update"):
        return "state"  # of a set
    if _converts_back(words_of(event.method), words_of(undo.method)):
        return "state"
    if len(before) == len(after):
        return _one_opposite(before, after, knowledge)
    further = [word for word in after if word not in before]
    if len(further) == 1 and further[0] in _UNDOING and len(after) == len(before) + 1:
        return "other"
    fewer_nouns = set(after[1:]) < set(before[1:])
    loose = event.receiver is not None and (len(before) == 1 or fewer_nouns)
    return _verbs(before[0], after[0], knowledge) if loose else None


def _converts_back(before: list[str], after: list[str]) -> bool:
    """`scale_to_norm` and `scale_to_phys`."""
    return before[-2:-1] == ["to"] and before[:-1] == after[:-1] and before != after


def _measures(event: Call) -> bool:
    return measures(event.method) or (event.receiver is not None and measures(event.receiver))


def _verbs(one: str, other: str, knowledge: Knowledge) -> str | None:
    """The kind of what the second verb undoes; both may be the asynchronous ones (`aacquire`, `arelease`)."""
    plain = knowledge.antonym(one, other)
    asynchronous = one[:1] == other[:1] == "a" and knowledge.antonym(one[1:], other[1:])
    return plain or asynchronous or None


def _owner(event: Call) -> str:
    return (event.dotted or "").rpartition(".")[0]


def _one_opposite(before: list[str], after: list[str], knowledge: Knowledge) -> str | None:
    different = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    if len(different) != 1:
        return None
    one, other = different[0]
    prefixed = any(other == prefix + one or one == prefix + other for prefix in _PREFIXES)
    return _verbs(one, other, knowledge) or ("state" if prefixed else None) or _joined(one, other, knowledge)


def _joined(one: str, other: str, knowledge: Knowledge) -> str | None:
    """Two words that were written together with the same noun: `pushbuffer`, `popbuffer`."""
    for length in range(_SHORTEST_NOUN, min(len(one), len(other))):
        if one[-length:] == other[-length:]:
            kind = knowledge.antonym(one[:-length], other[:-length])
            if kind:
                return kind
    return None
