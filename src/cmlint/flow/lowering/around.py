"""What happens before one yield and what happens after it, when the body succeeds.

`before` are the sites from which the yield can be reached, `after` those that can be reached when it is resumed,
both in source order. Exceptional paths take no part in this: they decide the verdict, not the intent. Only where
nothing else leads to the yield do they count (`try: read()` / `except FileNotFoundError: pass` / `else: raise`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from cmlint.flow.lowering.graph import Graph, Site, Way
from cmlint.flow.reading.events import Call, Delete, Enter, Exit, Store, Test, Value, Yield


@dataclass(frozen=True, slots=True)
class Around:
    """The surroundings of the yield at node `number`; `sites` are all sites that evidence may be taken from."""

    graph: Graph
    number: int
    sites: tuple[Site, ...]
    before: tuple[Site, ...]
    after: tuple[Site, ...]

    @property
    def site(self) -> Site:
        """The yield itself."""
        site = self.graph.nodes[self.number].site
        assert site is not None
        return site

    @property
    def yielded(self) -> frozenset[str]:
        """The keys of all that is mentioned in what the yield hands to the body."""
        event = self.site.event
        return event.value.reads if isinstance(event, Yield) else frozenset()

    def elsewhere(self) -> Iterator[Site]:
        """The sites that do not lead to the yield, in source order: only there can be undone what is done before it."""
        before = {site.index for site in self.before}
        return (site for site in self.sites if site.index not in before)

    def handling(self) -> Iterator[Site]:
        """The sites that neither lead to the yield nor follow when it is resumed: what handlers do, in source order."""
        after = {site.index for site in self.after}
        return (site for site in self.elsewhere() if site.index not in after)

    def behind(self, site: Site) -> Iterator[Site]:
        """The sites that can be reached from `site` without an exception."""
        copies = [number for number, node in enumerate(self.graph.nodes) if node.site is site]
        yield from _sites(self.graph, self.graph.reachable(copies, normally=True) - {*copies})

    def own(self) -> Around:
        """The same without what happens in functions that are called."""
        return replace(self, sites=_own(self.sites), before=_own(self.before), after=_own(self.after))


def entered_as(making: Call, sites: Iterable[Site]) -> Iterator[str]:
    """The names behind `as` of the `with` items among `sites` that the call is."""
    for site in sites:
        if isinstance(site.event, Enter) and site.event.manager.text == making.text:
            yield from site.event.results


def spoken_of(sites: Iterable[Site]) -> str:
    """All that the events of `sites` mention, as text and as keys: with what is no part of it they do nothing.

    To look a name up in it is cheap, so that of many things only those are followed that anything speaks of.
    """
    said: list[str] = []
    for site in sites:
        event = site.event
        said.append(event.text)
        values: tuple[Value, ...] = ()
        if isinstance(event, Call):
            said.extend((event.callee, event.receiver or ""))
            values = event.given
        elif isinstance(event, (Store, Delete)):
            said.append(event.target)
            values = (event.value,) if isinstance(event, Store) else ()
        elif isinstance(event, Test):
            said.append(event.subject)
        elif isinstance(event, (Enter, Exit)):
            values = (event.manager,)
        said.extend(key for value in values for key in (value.text, *value.reads))
    return "\n".join(said)


def _own(sites: tuple[Site, ...]) -> tuple[Site, ...]:
    return tuple(site for site in sites if not site.grafted)


def around(graph: Graph, number: int) -> Around:
    """The surroundings of the yield at node `number` of `graph`."""
    before = _leading_to(graph, number, graph.reachable([graph.entry], normally=True), normally=True)
    if before == {number}:
        before = _leading_to(graph, number, graph.reachable([graph.entry]), normally=False)
    after = graph.reachable(graph.resumed(number), normally=True)
    return Around(graph, number, graph.sites, _sites(graph, before - {number}), _sites(graph, after - {number}))


def _leading_to(graph: Graph, number: int, within: set[int], *, normally: bool) -> set[int]:
    sources: dict[int, list[int]] = {}
    yields = frozenset(graph.yields())  # what the body raises is no fault of the setup
    for node in within:
        for edge in graph.nodes[node].edges:
            if edge.way is not Way.RAISE or not (normally or node in yields):
                sources.setdefault(edge.target, []).append(node)
    seen = {number}
    waiting = [number]
    while waiting:
        for source in sources.get(waiting.pop(), ()):
            if source not in seen:
                seen.add(source)
                waiting.append(source)
    return seen


def _sites(graph: Graph, numbers: set[int]) -> tuple[Site, ...]:
    found = {site.index: site for number in numbers if (site := graph.nodes[number].site) is not None}
    return tuple(sorted(found.values(), key=lambda site: (site.span, site.index)))
