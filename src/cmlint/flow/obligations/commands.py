"""Obligations from command lines: what one command switches on before the yield, another switches off after it.

`run(["docker", "compose", "up", "-d"])` ... `check_call(["docker", "compose", "down"])`. The program is the same, and
of the words that differ one undoes the other; options take no part. Both may be run by different functions.
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


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each command after the yield that undoes one before it."""
    for undo in around.after:
        after = _command(undo.event)
        if not after or undo in around.before:
            continue
        acquires = tuple(site for site in around.before if _is_undone(_command(site.event), after, knowledge))
        if acquires:
            yield Obligation(
                kind="state",
                object=after[0],
                words=Words(f"`{_shown(acquires[0])}`", "run", "is not undone"),
                confidence=Confidence.HIGH,
                origin="commands",
                acquires=acquires,
                releases=tuple(
                    site for site in around.sites if site not in around.before and _command(site.event) == after
                ),
            )


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
    return " ".join(_command(site.event))
