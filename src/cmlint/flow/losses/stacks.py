"""What the ExitStack of a class holds when a later step of `__enter__` fails: `__exit__`, which closes it, won't run.

Each context that is entered on it, and each callback, is acquired there. A stack that a `with` manages, or that
`pop_all` hands over when all went well, closes by itself. May miss a stack that is filled elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Graph, Site
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call
from cmlint.flow.reading.naming import ENTERING

_FILLING = frozenset(
    {"enter_context", "enter_async_context", "push", "push_async_exit", "callback", "push_async_callback"}
)
_EMPTYING = frozenset({"close", "aclose", "__exit__", "__aexit__", "pop_all"})


def held_by_stacks(here: Around, graph: Graph) -> Iterator[Obligation]:
    """One obligation for each stack that is filled before the yield and closed after it."""
    filled: dict[str, list[Site]] = {}
    for site in here.before:
        if isinstance(site.event, Call) and site.event.receiver and site.event.method in _FILLING:
            filled.setdefault(site.event.receiver, []).append(site)
    for stack, sites in filled.items():
        closing = [site for site in graph.sites if _empties(site, stack)]
        entered = any(isinstance(site.event, Call) and site.event.method in ENTERING for site in sites)
        if entered and any(site in here.after for site in closing):
            yield Obligation(
                kind="other",
                object=stack,
                words=Words(f"what was entered on `{stack}`", "entered", "is not left"),
                confidence=Confidence.HIGH,
                origin="stack",
                acquires=tuple(sites),
                releases=tuple(closing),
            )


def _empties(site: Site, stack: str) -> bool:
    return isinstance(site.event, Call) and site.event.receiver == stack and site.event.method in _EMPTYING
