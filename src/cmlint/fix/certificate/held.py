"""Which of the lost obligations a walk holds: told event by event, releases by the labels of the old graph."""

from __future__ import annotations

from collections.abc import Sequence

from cmlint.fix.telling.labels import Label, guards, labels
from cmlint.flow.lowering.graph import Edge, Graph, Site
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.paths.search import Attempt
from cmlint.flow.reading.events import Event, Store


class Holding:
    """The obligations by their index in `lost`; a set of indices is what a walk holds at one place."""

    def __init__(self, old: Graph, lost: Sequence[Obligation]) -> None:
        acquires = [obligation.acquires or _bound(old, obligation) for obligation in lost]
        self.acquires = [{site.index for site in sites} for sites in acquires]
        self.releases = [labels(obligation.releases) for obligation in lost]
        self.guards = [guards(old, obligation) for obligation in lost]
        self.attempts = [Attempt.of(obligation) for obligation in lost]

    def acquired(self, site: Site) -> frozenset[int]:
        """What is acquired at a site of the old graph: the same call may stand there for each of several."""
        return frozenset(index for index, acquires in enumerate(self.acquires) if site.index in acquires)

    def is_release(self, label: Label) -> bool:
        """Whether the event releases any of them."""
        return any(label in releases for releases in self.releases)

    def told(self, held: frozenset[int], event: Event, edge: Edge) -> frozenset[int]:
        """What is still taken to be held when a test may have told that an acquire gave nothing."""
        return frozenset(index for index in held if not self.attempts[index].failed(event, edge.way))

    def left(self, held: frozenset[int], label: Label) -> frozenset[int]:
        """What the event does not release."""
        return frozenset(index for index in held if label not in self.releases[index])

    def unsettled(self, held: frozenset[int], label: Label) -> frozenset[int]:
        """The same, where a guard that says there is nothing to release decides as it does on the normal path."""
        return frozenset(index for index in self.left(held, label) if label not in self.guards[index])


def _bound(graph: Graph, obligation: Obligation) -> list[Site]:
    """Where an object is bound that nothing is known to acquire: from there on there is something to release."""
    return [s for s in graph.sites if isinstance(s.event, Store) and s.event.target == obligation.object]
