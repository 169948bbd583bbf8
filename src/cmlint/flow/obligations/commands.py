"""Obligations from command lines: what one command switches on before the yield, another switches off after it.

`run(["docker", "compose", "up", "-d"])` ... `check_call(["docker", "compose", "down"])`. The program is the same, and
of the words that differ one undoes the other; options take no part. Both may be run by different functions.
A statement of a query language is a command, too: `CREATE TABLE jobs (...)` ... `DROP TABLE jobs`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.around import Around
from cmlint.flow.events import Call, Event
from cmlint.flow.graph import Site
from cmlint.flow.obligation import Obligation, Words
from cmlint.flow.scope import Scope
from cmlint.knowledge.entries import Knowledge

_STRING = re.compile(r"""(?<![\w"'])["']([\w.-]+)["']""")

_QUOTED = re.compile(r"""^(?:[\w.]*\()?[rRbBfF]{0,2}(?:\"{3}|'{3}|"|')\s*([A-Z]{3,}\s.*?)["']+""", re.DOTALL)
_FILLERS = frozenset({"if", "not", "exists", "or", "replace", "temp", "temporary", "unique", "to", "global", "session"})
_SHORTEST = 2  # a verb and what it is about
_LONGEST = 3  # a verb, the kind of thing, and its name


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each command after the yield that undoes one before it."""
    for undo in around.after:
        after = _words(undo.event)
        if not after or undo in around.before:
            continue
        acquires = tuple(site for site in around.before if _undoes(undo.event, site.event, knowledge))
        if acquires:
            yield Obligation(
                kind="state",
                object=after[0],
                words=Words(f"`{_shown(acquires[0])}`", "run", "is not undone"),
                confidence=Confidence.HIGH,
                origin="commands",
                acquires=acquires,
                releases=tuple(
                    site for site in around.sites if site not in around.before and _words(site.event) == after
                ),
            )


def _undoes(undo: Event, event: Event, knowledge: Knowledge) -> bool:
    before, after = _command(event), _command(undo)
    if before and after:
        return _is_undone(before, after, knowledge)
    before, after = _statement(event), _statement(undo)
    if len(before) < _SHORTEST or len(after) < _SHORTEST:
        return False
    nouns = [one == other for one, other in zip(before[1:_LONGEST], after[1:_LONGEST], strict=False)]
    return all(nouns) and knowledge.antonym(before[0], after[0]) is not None


def _words(event: Event) -> list[str]:
    return _command(event) or _statement(event)


def _statement(event: Event) -> list[str]:
    """The words of the statement that the call executes: its verb, what kind of thing, and which."""
    if not isinstance(event, Call) or not event.discarded or not event.args:
        return []
    quoted = _QUOTED.search(event.args[0].text)
    found = [word.strip("`;'\"").lower() for word in re.split(r"[\s(]+", quoted[1])] if quoted else []
    return [word for word in found if word and word not in _FILLERS]


def _command(event: Event) -> list[str]:
    """The words of the command line that the call runs, without options."""
    if not isinstance(event, Call) or not event.args or not event.args[0].text.startswith("["):
        return []
    return [word for word in _STRING.findall(event.args[0].text) if not word.startswith("-")]


def _is_undone(before: list[str], after: list[str], knowledge: Knowledge) -> bool:
    if not before or before[0] != after[0]:
        return False
    one, other = [w for w in before if w not in after], [w for w in after if w not in before]
    if len(one) != 1 or len(other) != 1:
        return False
    verb, undo = one[0], other[0]
    return undo == f"un{verb}" or knowledge.are_opposite(verb, undo) or knowledge.antonym(verb, undo) is not None


def _shown(site: Site) -> str:
    assert isinstance(site.event, Call)
    return " ".join(_words(site.event))
