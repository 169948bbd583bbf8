"""Obligations from antonyms: a call before the yield is undone by a call after it with the opposite verb.

Names are split at `_` and at camelCase. The undo differs in exactly one word, and the two words are antonyms
(`_push_freeze`, `_pop_freeze`); or it has a prefix that undoes (`toggle`, `untoggle`); or a further word that does
(`forward`, `forward_remove`). Both go to the same receiver or both to functions. May miss other spellings;
may pair two calls that only sound opposite, which is why objects that die with the function carry none of the
obligations of containers.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.lowering.in_memory import held_in_memory
from cmlint.flow.obligations.file_locks import goes_with_its_file
from cmlint.flow.obligations.left import is_left
from cmlint.flow.obligations.opposed import (
    converts_back,
    fills_what_is_cleared,
    moved_back,
    one_opposite,
    opposite_verbs,
)
from cmlint.flow.obligations.outcome import describes_failure, ends_work, tells_outcome
from cmlint.flow.obligations.trust import confidence_of, is_one_pass, is_put_together, tells_progress
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call, Form
from cmlint.flow.reading.naming import action_of, counts, measures, words_of
from cmlint.flow.reading.scope import Scope
from cmlint.knowledge.entries import Knowledge

_UNLIKE = frozenset({("update", "difference_update"), ("frame", "default_content"), ("frame", "parent_frame")})
# of a set; https://www.selenium.dev/documentation/webdriver/interactions/frames/
_REGISTERING = frozenset({"enter_context", "enter_async_context", "push_async_exit", "push_async_callback"})
_TURNING = frozenset({"swap", "switch", "turn", "move", "flip", "rotate", "shift", "step"})
_CHANGING = frozenset({"pause", "append", "push", "install", "patch", "mock", "freeze", "register", "set"})
_FETCHING = frozenset({"restore", "load", "read"})
_KEEPING = frozenset({"save", "dump", "store", "backup", "write"})
_LOCKS = frozenset({"lock", "flock", "mutex", "semaphore", "sem"})
_TELLING_OF_IT = frozenset({"on", "log", "did", "before", "after", "notify"})
_FINISHING = frozenset({"finish", "complete", "done", "end"})
_OF_PROGRAMS = frozenset({"shutdown", "teardown"})
_OF_CONTAINERS = frozenset({"stack", "registration"})
_UNDOING = frozenset(
    {"remove", "undo", "release", "restore", "revert", "cancel", "delete", "reset", "unset", "stop", "dont"}
)


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each undoing call after the yield that has its antonym before it."""
    stacks = _stacks(around)
    for undo in around.after:
        event = undo.event
        if (
            not isinstance(event, Call)
            or undo in around.before
            or not (event.discarded or _undoes(undo, event, around, scope))
        ):
            continue
        pairs = [
            (site, kind)
            for site in around.before
            if (kind := _undone(site, event, stacks, knowledge)) and _counts_in_a_call(site, undo)
        ]
        kept = [pair for pair in pairs if not _dies(event, *pair, scope)]
        if not kept or event.receiver in held_in_memory(around.before, knowledge) or _is_a_clock(event, scope):
            continue
        if goes_with_its_file(event, around):
            continue
        first, kind = kept[0]
        assert isinstance(first.event, Call)
        yield Obligation(
            kind=kind,
            object=event.receiver or event.callee,
            words=Words(f"`{first.event.text}`", "called", "is not undone"),
            confidence=Confidence.LOW if _collects(event, around) else _confidence(first.event, event, kind, scope),
            origin="antonyms",
            acquires=tuple(site for site, _ in kept),
            releases=tuple(site for site in around.sites if _same(site, event)),
        )


def _undoes(undo: Site, event: Call, around: Around, scope: Scope) -> bool:
    """Whether a call whose value is used undoes all the same."""
    if _takes_out(event, scope) or is_left(event, around) or _is_asserted(undo):
        return True
    return any(_same(site, event) and getattr(site.event, "discarded", False) for site in around.sites)


def _is_asserted(undo: Site) -> bool:
    """Whether it is called in an `assert`: `assert stack.pop() is frame`."""
    line = undo.statement
    return isinstance(line, cst.SimpleStatementLine) and any(isinstance(small, cst.Assert) for small in line.body)


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
    if words == ["stop"] and not event.args:
        return True
    outside = bool(event.results) and event.receiver is not None and scope.outlives(event.receiver)
    return bool(words) and words[0].startswith("pop") and (words != ["pop"] or outside) and not event.args


def _collects(undo: Call, around: Around) -> bool:
    """Whether it finishes what the body was given, and so takes what the body did: `finish_epoch(reporter)`.

    `close(role, metadata)` takes more than `open(role)` did, and the body got a part of it to edit.
    """
    handed = around.yielded
    edited = [value.text for value in undo.args[1:] if any(read.startswith(f"{value.text}.") for read in handed)]
    if edited and not handed.intersection(value.text for value in undo.args if value.text not in edited):
        return True
    finishes = words_of(undo.method)[:1] in (["finish"], ["complete"])
    return finishes and any(value.form is Form.NAME and value.text in handed for value in undo.args)


def _confidence(first: Call, undo: Call, kind: str, scope: Scope) -> Confidence:
    """What is only finished, and says nothing about what, may well be for success only.

    A piece of work that was begun has to be ended in some way, whatever becomes of it: `start_transaction()`.
    """
    begun = words_of(first.method)[:1] in (["start"], ["begin"]) and words_of(undo.method)[:1] == ["end"]
    if words_of(undo.method)[-1:] in ([word] for word in _FINISHING) or (ends_work(undo.method) and not begun):
        return Confidence.LOW
    if tells_outcome(undo.method) or describes_failure("_".join(words_of(undo.method))):
        return Confidence.LOW  # `show_status(text)` and `clear_status()`
    held = undo.receiver or ""
    given_up = kind in _OF_CONTAINERS and (is_put_together(held) or tells_progress(held))
    if given_up or is_one_pass(held, scope):
        return Confidence.LOW
    changed = held
    if kind not in _OF_CONTAINERS:
        changed += f".{undo.method}"  # the state of a part, and not which items the part has
    return confidence_of(changed, scope) if _lives_on(undo, scope) else Confidence.MEDIUM


def _dies(undo: Call, first: Site, kind: str, scope: Scope) -> bool:
    """Whether what was done dies with the object that it was done to: a list that is made here, any state of a copy."""
    if kind == "registration" and undo.receiver is not None and not _lives_on(undo, scope):
        return True
    if kind in ("state", "registration") and undo.receiver is not None:
        return scope.is_copy(undo.receiver)
    # What is pushed without an argument is the object itself, on a stack that is not its own.
    return kind == "stack" and not (_lives_on(undo, scope) or _pushes_itself(first))


def _pushes_itself(site: Site) -> bool:
    event = site.event
    return isinstance(event, Call) and words_of(event.method)[:1] == ["push"] and not event.args and not event.keywords


def _lives_on(event: Call, scope: Scope) -> bool:
    return event.receiver is None or scope.outlives(event.receiver)


def _same(site: Site, undo: Call) -> bool:
    return isinstance(site.event, Call) and site.event.callee == undo.callee


def _is_a_clock(undo: Call, scope: Scope) -> bool:
    """Whether it is a method of the own object, and the class is one that takes a time: `Timer.end_phase()`."""
    return undo.receiver == "self" and not {"timer", "stopwatch"}.isdisjoint(words_of(scope.owner or "")[-1:])


def _stacks(around: Around) -> frozenset[str]:
    """The objects that are used as an ExitStack: nothing is acquired by entering an empty one."""
    calls = (site.event for site in around.sites if isinstance(site.event, Call))
    return frozenset(event.receiver for event in calls if event.receiver and event.method in _REGISTERING)


def _undone(site: Site, undo: Call, stacks: frozenset[str], knowledge: Knowledge) -> str | None:
    """The kind of what `undo` releases, when the call at `site` is its antonym."""
    event = site.event
    if not isinstance(event, Call) or event.managed:
        return None
    if event.receiver != undo.receiver:
        alike = _called_alike(event, undo, knowledge) if event.method == undo.method else None
        return alike or _locked(event, undo)
    strangers = event.receiver is None and _owner(event) != _owner(undo) and not _is_given_the_same(event, undo)
    if strangers and not (_is_named(event) and _is_named(undo)):
        return None
    if event.receiver in stacks or (not counts(event.method) and _measures(event)):
        return None
    before, after = action_of(event.method), action_of(undo.method)
    if before == after or not before or not after or _saves_what_was_loaded(before, after):
        return None
    if strangers:  # from two modules: all nouns have to agree
        return one_opposite(before, after, knowledge) if len(before) == len(after) > 1 else None
    spoken = words_of(event.method), words_of(undo.method)
    if (event.method, undo.method) in _UNLIKE or converts_back(*spoken) or fills_what_is_cleared(*spoken):
        return "state"
    if moved := moved_back(words_of(event.method), words_of(undo.method), knowledge):
        return moved
    if len(before) == len(after):
        return one_opposite(before, after, knowledge)
    further = [word for word in after if word not in before]
    if further == ["back"] and before[0] in _TURNING:
        return "state"  # `swap_sides` and `swap_sides_back`
    if len(further) == 1 and further[0] in _UNDOING and len(after) == len(before) + 1:
        return "other" if event.discarded or len(before) == 1 else None  # `spans = protections_in(span)` only asks
    fewer = [word for word in before if word not in after]
    if len(fewer) == 1 and fewer[0] in _UNDOING and len(before) == len(after) + 1 and len(after) > 1:
        return "state"  # `remove_module_offload` and `offload_module`
    at = next((n for n, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), 0)
    if at and set(after[at + 1 :]) <= set(before[at + 1 :]) and (kind := knowledge.antonym(before[at], after[at])):
        return kind  # `pool_begin_allocate_to` and `pool_end_allocate`
    fewer_nouns = set(after[1:]) < set(before[1:])
    further_noun = _is_given_the_same(event, undo) and len(before) > 1 and set(before[1:]) < set(after[1:])
    loose = further_noun or (event.receiver is not None and (len(before) == 1 or fewer_nouns))
    return opposite_verbs(before[0], after[0], knowledge) if loose else None


def _saves_what_was_loaded(before: list[str], after: list[str]) -> bool:
    """`load_state(file)` and `save_state(file)`: that is the work of the body, and no state that is put back."""
    return before[0] in _FETCHING and after[0] in _KEEPING


def _called_alike(event: Call, undo: Call, knowledge: Knowledge) -> str | None:
    """The kind of what is undone where the same is called on opposites: `a.lock.remote()`, `a.unlock.remote()`."""
    (owner, _, one), (same, _, other) = (
        call.text.partition("(")[0].rpartition(".")[0].rpartition(".") for call in (event, undo)
    )
    if not owner or owner != same or not one.isidentifier() or not other.isidentifier():
        return None
    before, after = words_of(one), words_of(other)
    return one_opposite(before, after, knowledge) if len(before) == len(after) else None


def _locked(event: Call, undo: Call) -> str | None:
    """The kind of a lock that a function took which was given it: `acquire_with_timeout(lock)`, `lock.release()`."""
    if undo.method != "release" or undo.args or not event.args or event.args[0].text != undo.receiver:
        return None
    words = words_of(event.method)
    named = not _LOCKS.isdisjoint({*words, *words_of(undo.receiver or "")})
    return "lock" if named and "acquire" in words[:3] and words[0] not in _TELLING_OF_IT else None


def _is_given_the_same(event: Call, undo: Call) -> bool:
    return bool(event.args) and [value.text for value in event.args] == [value.text for value in undo.args]


def _measures(event: Call) -> bool:
    """Whether the call only begins to take a measure; what is paused has to go on, a clock as well."""
    if not _CHANGING.isdisjoint(words_of(event.method)[:1]):
        return False  # nor does a stack, whatever it holds, and a clock that is put in place
    return measures(event.method) or (event.receiver is not None and measures(event.receiver))


def _is_named(event: Call) -> bool:
    """Whether the function is called by its name alone, wherever it comes from."""
    return event.text.partition("(")[0].isidentifier()


def _owner(event: Call) -> str:
    return (event.dotted or "").rpartition(".")[0]
