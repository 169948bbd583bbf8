"""Loops that have nothing to release because nothing was acquired: what they run over is empty then.

`for item in items: hold(item)` ... `for item in items: free(item)`; or the second runs over what the first has filled,
or over both at once (`zip(items, levels)`). That holds for what fails behind the first loop, and only there. May take
a loop for one that runs though it has no item; never takes one for empty that has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cmlint.fix.telling.labels import mentions
from cmlint.flow.lowering.graph import Graph, Site
from cmlint.flow.reading.events import ITEM_OF, Call, Store, Test

_PUTTING = frozenset({"append", "add", "appendleft", "put", "insert", "extend", "update", "setdefault"})
_VIEW = re.compile(r"(?:reversed\(|list\(|sorted\()?([A-Za-z_]\w*)(?:\.(?:items|values|keys|copy)\(\))?\)?")
_ARGUMENT = re.compile(r"[A-Za-z_][\w.]*(?:\(\))?")


class EmptyLoops:
    """The loops of `graph` that find no item as long as none of `acquires` has run, which bind what is `made`."""

    def __init__(self, graph: Graph, acquires: Sequence[Site], made: set[str]) -> None:
        self._always = {f"{ITEM_OF}{name}" for name in _filled_with(graph, made)}
        self._behind = dict(_empty_behind(graph, [site for site in acquires if not site.grafted]))

    def has(self, text: str, failed: Site | None) -> bool:
        """Whether the test `text` for a further item finds none, when `failed` has raised in the setup."""
        behind = self._behind.get(text)
        return text in self._always or (behind is not None and failed is not None and failed.span.line > behind)


def _filled_with(graph: Graph, names: set[str]) -> Iterator[str]:
    """The containers that nothing is put into but what `names` stand for."""
    put = [site.event for site in graph.sites if isinstance(site.event, Call) and site.event.method in _PUTTING]
    others = {event.receiver for event in put if not mentions(event, names)}
    yield from (event.receiver for event in put if event.receiver and event.receiver not in others)


def _empty_behind(graph: Graph, acquires: list[Site]) -> Iterator[tuple[str, int]]:
    """The texts of tests that find no item, each with the last line of the loop that found none before."""
    loops = [site for site in graph.sites if isinstance(site.event, Test) and site.event.text.startswith(ITEM_OF)]
    filled = [(name, site) for site in graph.sites if (name := _container(site))]
    for loop in loops:
        if not any(loop.span.holds(acquire.span) for acquire in acquires):
            continue
        inside = {name for name, site in filled if loop.span.holds(site.span)}
        elsewhere = {name for name, site in filled if not loop.span.holds(site.span)}
        later = {name for name, site in filled if site.span.line > loop.span.end_line}
        names = ({_root(_iterated(loop))} - later) | (inside - elsewhere)
        for other in loops:
            if other.span.line > loop.span.end_line and _runs_over(_iterated(other), names):
                yield f"{ITEM_OF}{_iterated(other)}", loop.span.end_line


def _iterated(loop: Site) -> str:
    assert isinstance(loop.event, Test)
    return loop.event.text.removeprefix(ITEM_OF)


def _root(iterated: str) -> str:
    """The collection of which a loop takes the items, keys or values, in any order; else what it runs over."""
    view = _VIEW.fullmatch(iterated)
    return iterated if view is None else view[1]


def _runs_over(iterated: str, names: set[str]) -> bool:
    """Whether there is nothing to run over when what one of `names` stands for is empty."""
    zipped = _ARGUMENT.findall(iterated.removeprefix("zip(")) if iterated.startswith("zip(") else []
    return _root(iterated) in names or not names.isdisjoint(zipped)


def _container(site: Site) -> str | None:
    """What the event puts something into."""
    event = site.event
    if isinstance(event, Store) and event.target.endswith("]"):
        return event.target.partition("[")[0]
    return event.receiver if isinstance(event, Call) and event.method in _PUTTING else None
