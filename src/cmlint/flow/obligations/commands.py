"""Obligations from command lines: what one command switches on before the yield, another switches off after it.

`run(["docker", "compose", "up", "-d"])` ... `check_call(["docker", "compose", "down"])`. The program is the same, and
of the words that differ one undoes the other; options take no part. Both may be run by different functions.
A statement of a query language is a command, too: `CREATE TABLE jobs (...)` ... `DROP TABLE jobs`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.obligations.lines import PLAIN, REMOVING, command, statement
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call, Event
from cmlint.flow.reading.naming import tells
from cmlint.flow.reading.scope import Scope
from cmlint.knowledge.entries import Knowledge

_COPYING = frozenset({"copy", "cp", "push", "export", "sync", "upload", "mirror", "move", "mv", "publish"})
_ADDING = frozenset({"add", "replace", "append", "insert", "set", "create"})
_OPENING = frozenset({"start", "begin", "open", "enter"})
_CLOSING = frozenset({"end", "stop", "close", "finish", "exit"})
_SEPARATOR = re.compile(r"[,=]")
_SHORTEST = 2  # a verb and what it is about
_LONGEST = 3  # a verb, the kind of thing, and its name


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each command after the yield that undoes one before it."""
    for undo in around.after:
        if not isinstance(undo.event, Call) or not undo.event.args or undo in around.before:
            continue
        after = _words(undo.event, scope) or [undo.event.callee, undo.event.text]
        acquires = tuple(
            site
            for site in around.before
            if _undoes(undo.event, site.event, scope, knowledge) and not _does_both(site, after, around, scope)
        )
        if acquires:
            yield Obligation(
                kind="state",
                object=after[0],
                words=Words(f"`{_shown(acquires[0].event, scope)}`", "run", "is not undone"),
                confidence=Confidence.HIGH,
                origin="commands",
                acquires=acquires,
                releases=tuple(
                    site
                    for site in around.elsewhere()
                    if site.event.text == undo.event.text or _words(site.event, scope) == after
                ),
            )


def _does_both(acquire: Site, undoing: list[str], around: Around, scope: Scope) -> bool:
    """Whether the helper that runs the command runs the one that undoes it, too: `restart(name)`."""
    inside = (site for site in around.sites if acquire.grafted and site.grafted and site.span == acquire.span)
    return any(_words(site.event, scope) == undoing for site in inside)


def _undoes(undo: Event, event: Event, scope: Scope, knowledge: Knowledge) -> bool:
    if _says_the_opposite(event, undo, knowledge):
        return True
    before, after = command(event, scope), command(undo, scope)
    if before and after and _is_undone(before, after, knowledge):
        return True
    before, after = statement(event, scope), statement(undo, scope)
    if len(before) < _SHORTEST or len(after) < _SHORTEST:
        return False
    if _differ_in_one(before, after, knowledge):
        return True
    nouns = [one == other for one, other in zip(before[1:_LONGEST], after[1:_LONGEST], strict=False)]
    return all(nouns) and knowledge.antonym(before[0], after[0]) is not None


def _differ_in_one(before: list[str], after: list[str], knowledge: Knowledge) -> bool:
    """`ALTER TABLE t DISABLE TRIGGER x` and `... ENABLE TRIGGER x`, `NOCHECK CONSTRAINT` and `CHECK CONSTRAINT`."""
    different = [(one, other) for one, other in zip(before, after, strict=False) if one != other]
    if len(before) != len(after) or len(different) != 1:
        return False
    one, other = different[0]
    return one == f"no{other}" or (knowledge.antonym(one, other) is not None and one != before[0])


def _says_the_opposite(event: Event, undo: Event, knowledge: Knowledge) -> bool:
    """`git.stash("push", *options)` and `git.stash("pop")`: the first words of what one function is told."""
    if not isinstance(event, Call) or not isinstance(undo, Call) or event.callee != undo.callee or tells(event.method):
        return False
    word, opposite = _first_word(event), _first_word(undo)
    if word is None or opposite is None or (word in _OPENING and opposite in _CLOSING):
        return False  # the last two name what happens, for whoever listens
    further = len(event.given) + len(undo.given) > len((word, opposite))
    return further and _is_about_the_same(event, undo) and knowledge.antonym(word, opposite) is not None


def _first_word(call: Call) -> str | None:
    first = call.args[0].text if call.args and call.discarded else ""
    return first[1:-1] if PLAIN.fullmatch(first) else None


def _is_about_the_same(event: Call, undo: Call) -> bool:
    """Whether the undo is told of nothing behind its first word that the call was not told of, but options."""
    known = {value.text for value in event.given}
    return all(value.text in known or value.text.strip("\"'").startswith("-") for value in undo.given[1:])


def _words(event: Event, scope: Scope) -> list[str]:
    return statement(event, scope) or command(event, scope)


def _shown(event: Event, scope: Scope) -> str:
    words = _words(event, scope)
    assert isinstance(event, Call)
    return event.text if not words or words[0] == event.callee else " ".join(words)


def _is_undone(before: list[str], after: list[str], knowledge: Knowledge) -> bool:
    """Whether of the words in which two commands differ the first of the one undoes the first of the other."""
    if before[0] != after[0]:
        return False
    one, other = [w for w in before if w not in after], [w for w in after if w not in before]
    if not one or not other or before.index(one[0]) != after.index(other[0]):
        return False
    verb, undo = _differing(one[0], other[0])
    opposite = knowledge.are_opposite(verb, undo) or knowledge.antonym(verb, undo) is not None
    return opposite or undo == f"un{verb}" or verb == f"un{undo}" or _removes_the_same(before, after, undo)


def _differing(one: str, other: str) -> tuple[str, str]:
    """The parts in which two words differ: `rw` and `ro` of `remount,rw` and `remount,ro`."""
    parts = zip(_SEPARATOR.split(one), _SEPARATOR.split(other), strict=False)
    different = [(a, b) for a, b in parts if a != b]
    return different[0] if len(different) == 1 else (one, other)


def _removes_the_same(before: list[str], after: list[str], undo: str) -> bool:
    """Whether the second command removes what the first one, which removes nothing, names behind its verb.

    `tc qdisc replace dev eth0` and `tc qdisc del dev eth0`; `subvolume snapshot source target` and `... delete target`.
    """
    at = after.index(undo) if undo in after else 0
    named = after[at + 1 :]
    copied = not _COPYING.isdisjoint(before[1 : at + 1])
    made = at > 0 and not copied and undo in REMOVING and before[:at] == after[:at] and REMOVING.isdisjoint(before)
    adds = not _ADDING.isdisjoint(before[1 : at + 1])
    return made and bool(named) and set(named) <= set(before[at + 1 :]) and (adds or named[-1] == before[-1])
