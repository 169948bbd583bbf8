"""Where the old and the new walk of a certificate are, both at once, and how to speak of it when they part."""

from __future__ import annotations

from typing import NamedTuple

from cmlint.fix.telling.labels import Label
from cmlint.flow.lowering.facts import NO_FACTS, Facts
from cmlint.flow.lowering.graph import Site
from cmlint.flow.reading.events import Fault, Raise


class Pair(NamedTuple):
    """Where both walks are. A tuple, because a comparison makes more of these than of anything else.

    held: which leaks are acquired and not released on the new walk; fault: None until one was injected, at the old
    node `fault_at`; at_fault: what was held then; must_release: nothing may be held at the exit; done: what both walks
    did of the moved events; added: what only the new one did; ahead: which leaks only the new one has released so.
    """

    old: int
    new: int
    old_facts: Facts = NO_FACTS
    new_facts: Facts = NO_FACTS
    held: frozenset[int] = frozenset()
    yielded: bool = False
    fault: Fault | None = None
    fault_at: int | None = None
    must_release: bool = False
    at_fault: frozenset[int] = frozenset()
    done: frozenset[Label] = frozenset()
    added: tuple[str, ...] = ()
    ahead: frozenset[int] = frozenset()


def goes_on(pair: Pair, site: Site) -> bool:
    """Whether it only raises again what is on its way."""
    return pair.fault is not None and isinstance(site.event, Raise) and site.event.fault is None


def difference(pair: Pair, old: Site | None, new: Site | None) -> str:
    """What is said of two walks that do not do the same next."""
    if pair.fault is None:
        if old is not None and new is not None:
            return f"without an exception, `{new.event.text}` would run before `{old.event.text}`"
        if new is not None:
            return f"without an exception, `{new.event.text}` would run where it does not today"
        return "without an exception, something would no longer run"
    if new is None or old is not None:
        return "when the body raises, the exception would take another way than today"
    return f"when the body raises, `{new.event.text}` would run, which may be for success only"
