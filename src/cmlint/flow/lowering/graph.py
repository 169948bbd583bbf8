"""The graph: one node per event, so that each exceptional edge has an exact source.

A *site* is an event at its place in the source. Splitting `finally` makes several nodes of one site, one per
exit. Node 0 is the return exit and node 1 the unwind exit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import libcst as cst

from cmlint.findings import Span
from cmlint.flow.reading.events import Event, Fault, Test, Yield
from cmlint.flow.reading.tree import NotAnalysed

if TYPE_CHECKING:
    from cmlint.flow.lowering.facts import Knowing

RETURN_EXIT = 0
UNWIND_EXIT = 1
_MAX_NODES = 20_000  # past this, `finally` copies are multiplying: say so instead of guessing


class Way(Enum):
    """How an edge is taken."""

    NORMAL = "then"
    TRUE = "if true"
    FALSE = "if false"
    RAISE = "raises"


class Edge(NamedTuple):
    """From a node to `target`; `fault` is set on exceptional edges."""

    target: int
    way: Way
    fault: Fault | None = None


class Inside(NamedTuple):
    """A line (1-based, of the file) of a function that is called."""

    qualname: str
    line: int


@dataclass(frozen=True, slots=True)
class Site:
    """An event, where it is, and the statement it belongs to.

    grafted: it happens in a function that is called there; `span` and `statement` are those of the call; inside: where
    it is in that function, as far as that is known, or in the caller that sets up for the manager.
    """

    index: int
    event: Event
    span: Span
    statement: cst.CSTNode
    grafted: bool = False
    inside: Inside | None = field(default=None, compare=False)

    def __eq__(self, other: object) -> bool:
        """As by the fields; nearly always the number tells, which is asked very often."""
        if not isinstance(other, Site) or self.index != other.index:
            return False
        mine, others = (self.event, self.span, self.grafted), (other.event, other.span, other.grafted)
        return self is other or (self.statement is other.statement and mine == others)

    def __hash__(self) -> int:
        return hash(self.index)

    @property
    def by_caller(self) -> bool:
        """Whether it happens in the caller, before the manager: its place is there, and no repair reaches it."""
        return self.inside is not None and not self.grafted


class Node(NamedTuple):
    """One copy of a site; the two exits have none."""

    site: Site | None
    edges: tuple[Edge, ...]


@dataclass(frozen=True)
class Graph:
    """A lowered function; `caught` are the names by which its handlers call what they catch."""

    entry: int
    nodes: tuple[Node, ...]
    sites: tuple[Site, ...]
    caught: frozenset[str] = frozenset()

    def copies(self, site: Site) -> frozenset[int]:
        """The nodes of `site`."""
        return self._copies.get(site.index, frozenset())

    @cached_property
    def _copies(self) -> dict[int, frozenset[int]]:
        found: dict[int, set[int]] = {}
        for number, node in enumerate(self.nodes):
            if node.site is not None:
                found.setdefault(node.site.index, set()).add(number)
        return {index: frozenset(numbers) for index, numbers in found.items()}

    @cached_property
    def knowing(self) -> Knowing:
        """What is known along the edges, for all who walk through the graph."""
        from cmlint.flow.lowering.facts import Knowing  # which needs this module

        return Knowing(self)

    @cached_property
    def tests(self) -> tuple[tuple[int, Test], ...]:
        """The nodes that ask something, with what they ask."""
        sites = ((number, node.site) for number, node in enumerate(self.nodes) if node.site)
        return tuple((number, site.event) for number, site in sites if isinstance(site.event, Test))

    def yields(self) -> list[int]:
        """The nodes at which the body of the `with` runs."""
        return [number for number, node in enumerate(self.nodes) if node.site and isinstance(node.site.event, Yield)]

    def reachable(self, starts: Iterable[int], *, normally: bool = False) -> set[int]:
        """All nodes on paths from `starts`, these included; `normally` follows no exceptional edge."""
        seen = set(starts)
        waiting = list(seen)
        while waiting:
            for edge in self.nodes[waiting.pop()].edges:
                if edge.target not in seen and not (normally and edge.way is Way.RAISE):
                    seen.add(edge.target)
                    waiting.append(edge.target)
        return seen

    def leading_to(self, number: int) -> frozenset[int]:
        """All nodes from which the node at `number` can be reached, itself included."""
        if number not in self._leading:
            seen = {number}
            waiting = [number]
            while waiting:
                for source in self.sources[waiting.pop()]:
                    if source not in seen:
                        seen.add(source)
                        waiting.append(source)
            self._leading[number] = frozenset(seen)
        return self._leading[number]

    @cached_property
    def _leading(self) -> dict[int, frozenset[int]]:
        return {}

    @cached_property
    def sources(self) -> list[list[int]]:
        """For each node those that have an edge to it."""
        sources: list[list[int]] = [[] for _ in self.nodes]
        for number, node in enumerate(self.nodes):
            for edge in node.edges:
                sources[edge.target].append(number)
        return sources

    @cached_property
    def yields_only_by_faults(self) -> frozenset[int]:
        """The nodes of the yields that are not reached without an exception."""
        return frozenset(self.yields()) - self.reachable([self.entry], normally=True)

    def resumed(self, number: int) -> Iterator[int]:
        """The targets of the edges that a node leaves by without an exception."""
        return (edge.target for edge in self.nodes[number].edges if edge.way is not Way.RAISE)


class GraphBuilder:
    """Collects sites and nodes; a node is made after the nodes that follow it."""

    def __init__(self) -> None:
        self._sites: dict[tuple[int, int, str], Site] = {}
        self._nodes: list[Node] = [Node(None, ()), Node(None, ())]
        self._caught: set[str] = set()

    def catches(self, name: str | None) -> None:
        """A handler calls what it catches by a name that nothing else ever has."""
        self._caught.update(() if name is None else (name,))

    def site(
        self, syntax: cst.CSTNode, event: Event, span: Span, statement: cst.CSTNode, *, inside: Inside | None = None
    ) -> Site:
        """The site of `event` at `syntax`: the same one each time the syntax is lowered again."""
        return self._shared((0, id(syntax), type(event).__name__), event, span, statement, inside)

    def grafted_site(
        self,
        call: cst.Call,
        syntax: cst.CSTNode,
        event: Event,
        span: Span,
        statement: cst.CSTNode,
        *,
        inside: Inside | None,
    ) -> Site:
        """The site of `event` at `syntax` in what `call` runs; `span` and `statement` are those of the call."""
        return self._shared((id(call), id(syntax), type(event).__name__), event, span, statement, inside)

    def _shared(
        self, key: tuple[int, int, str], event: Event, span: Span, statement: cst.CSTNode, inside: Inside | None = None
    ) -> Site:
        if key not in self._sites:
            self._sites[key] = Site(len(self._sites), event, span, statement, key[0] != 0, inside)
        return self._sites[key]

    def node(self, site: Site | None, edges: Iterable[Edge]) -> int:
        """A new node. Raises NotAnalysed past the cap."""
        if len(self._nodes) >= _MAX_NODES:
            raise NotAnalysed(f"its graph has more than {_MAX_NODES:,} nodes")
        self._nodes.append(Node(site, tuple(edges)))
        return len(self._nodes) - 1

    def placeholder(self) -> int:
        """A node whose edges are not known yet (the head of a loop)."""
        return self.node(None, ())

    def fill(self, number: int, site: Site | None, edges: Iterable[Edge]) -> None:
        """Give a placeholder its event and edges."""
        self._nodes[number] = Node(site, tuple(edges))

    def finish(self, entry: int) -> Graph:
        """The graph of what is reachable from `entry`, renumbered in the order of the source."""
        whole = Graph(entry, tuple(self._nodes), ())
        kept = sorted(whole.reachable([entry]) - {RETURN_EXIT, UNWIND_EXIT}, reverse=True)
        order = [RETURN_EXIT, UNWIND_EXIT, *kept]
        number = {old: new for new, old in enumerate(order)}
        nodes = tuple(
            Node(
                whole.nodes[old].site,
                tuple(Edge(number[edge.target], edge.way, edge.fault) for edge in whole.nodes[old].edges),
            )
            for old in order
        )
        used = {node.site.index for node in nodes if node.site}
        sites = tuple(site for site in self._sites.values() if site.index in used)
        return Graph(number[entry], nodes, sites, frozenset(self._caught))
