"""Labels: which event of one graph is which of another one, and what can be told of the labels of a graph.

Two calls with the same text are the same event, wherever they stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import libcst as cst

from cmlint.flow.lowering.graph import Graph, Site, Way
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.reading.events import Call, Delete, Enter, Event, Exit, Form, Raise, Store, Test, Yield
from cmlint.flow.reading.naming import logs

Label = tuple[str, str]


def acts(event: Event) -> bool:
    """Whether the event is there for what it does: to do it twice is a change. What is asked may be asked again."""
    return isinstance(event, Delete) or (isinstance(event, Call) and event.discarded)


def moved_ahead(graph: Graph, moved: frozenset[Label]) -> list[frozenset[Label]]:
    """For each node, the labels of `moved` that a walk can still come to from it, itself included."""
    ahead = [frozenset({label_of(node.site.event)} & moved) if node.site else frozenset() for node in graph.nodes]
    changed = True
    while changed:
        changed = False
        for number in range(len(graph.nodes) - 1, -1, -1):
            found = ahead[number].union(*(ahead[edge.target] for edge in graph.nodes[number].edges))
            if len(found) > len(ahead[number]):
                ahead[number], changed = found, True
    return ahead


def label_of(event: Event) -> Label:
    """What the event is the same as in the other graph; what a `with` holds is another matter than a bare call."""
    managed = isinstance(event, Call) and event.managed
    return "managed" if managed else type(event).__name__, event.text


def as_source(event: Event) -> str:
    """The event as the source spells it, for messages: a `with` is named when it is entered and when it is left."""
    return f"with {event.manager.text}" if isinstance(event, (Enter, Exit)) else event.text


def labels(sites: Iterable[Site]) -> frozenset[Label]:
    """The labels of some sites."""
    return frozenset(label_of(site.event) for site in sites)


def with_inside(releases: Sequence[Site], moved: Iterable[Site]) -> Iterator[Site]:
    """The releases, and what they do inside."""
    yield from releases
    spans = {site.span for site in releases if not site.grafted}
    yield from (site for site in moved if site.grafted and site.span in spans)


def with_all(releases: Sequence[Site], moved: Iterable[Site]) -> Iterator[Site]:
    """The releases, what the calls do inside that they are or are made in, and what is reckoned for them."""
    yield from releases
    spans = {site.span for site in releases}
    lines = {id(site.statement) for site in releases if isinstance(site.statement, cst.SimpleStatementLine)}
    for site in moved:
        beside = id(site.statement) in lines and (not acts(site.event) or any(map(site.span.holds, spans)))
        if site.span in spans if site.grafted else beside:
            yield site


def bound_by(event: Event) -> Iterable[str]:
    """The names that the event binds."""
    return event.results if isinstance(event, (Call, Enter)) else [event.target] if isinstance(event, Store) else ()


def mentions(event: Event, names: set[str]) -> bool:
    """Whether the event uses one of `names`, which may not be bound yet."""
    values = event.given if isinstance(event, Call) else []
    read = {name for value in values for name in value.reads}
    return not names.isdisjoint(read | ({event.receiver} if isinstance(event, Call) and event.receiver else set()))


def put_back_alike(graph: Graph) -> frozenset[Label]:
    """The writes of a kept value to a place that gets no other value behind a yield: to do one twice is no change.

    Only where nothing but a `raise` and a log line stands between the two: a call could set the place anew meanwhile.
    """
    stores = [(s.event.target, label_of(s.event)) for s in _behind_yields(graph) if isinstance(s.event, Store)]
    plain = {label_of(s.event) for s in graph.sites if isinstance(s.event, Store) and _puts_back(s.event)}
    other = {target: {label for each, label in stores if each == target} for target, _ in stores}
    alone = {label for target, label in stores if label in plain and len(other[target]) == 1}
    return frozenset(label for label in alone if not _does_more_behind(graph, label))


def _does_more_behind(graph: Graph, label: Label) -> bool:
    """Whether something else happens behind one of the events with `label`, above the last of them."""
    sites = [site for site in _behind_yields(graph) if label_of(site.event) == label]
    last = max(site.span for site in sites)
    waiting = [number for site in sites if site.span < last for number in graph.copies(site)]
    seen = set(waiting)
    while waiting:
        node = graph.nodes[waiting.pop()]
        raises = node.site is not None and isinstance(node.site.event, Raise)
        for edge in node.edges:
            site = graph.nodes[edge.target].site
            if edge.target in seen or (edge.way is Way.RAISE and not raises):
                continue
            if site is not None and label_of(site.event) != label:
                if site.span > last:
                    continue
                if not isinstance(site.event, Raise) and not logs(site.event):
                    return True
            if site is None or label_of(site.event) != label:
                seen.add(edge.target)
                waiting.append(edge.target)
    return False


def done_again(graph: Graph, among: frozenset[Label]) -> frozenset[Label]:
    """Those of `among` that one place does behind another that has done them, outside of loops: so it is today."""
    normal = frozenset(way for way in Way if way is not Way.RAISE)
    return frozenset(label for label in among if _leads_to_itself(graph, label, normal))


def tried_again(graph: Graph, among: frozenset[Label]) -> frozenset[Label]:
    """Those of `among` that one place does when another one was left by their own exception: so it is today."""
    return frozenset(label for label in among if _leads_to_itself(graph, label, frozenset({Way.RAISE})))


def _leads_to_itself(graph: Graph, label: Label, ways: frozenset[Way]) -> bool:
    """Whether an event behind a yield, left by one of `ways`, is reached again at another place, outside of loops."""
    for site in _behind_yields(graph):
        if label_of(site.event) == label:
            copies = set(graph.copies(site))
            edges = [edge for number in copies for edge in graph.nodes[number].edges]
            behind = graph.reachable([edge.target for edge in edges if edge.way in ways])
            later = [each for number in behind if (each := graph.nodes[number].site) is not None]
            if not behind & copies and any(label_of(each.event) == label for each in later):
                return True
    return False


def _behind_yields(graph: Graph) -> list[Site]:
    first = min((site.span for site in graph.sites if isinstance(site.event, Yield)), default=None)
    return [site for site in graph.sites if first is not None and site.span > first]


def _puts_back(event: Store) -> bool:
    kept = event.value.form in (Form.NAME, Form.CONSTANT, Form.NONE)
    return kept and event.operator is None and not event.target.isidentifier()


def guards(graph: Graph, obligation: Obligation) -> frozenset[Label]:
    """The tests that decide whether a release of `obligation` runs: it is behind one of their two ways only."""
    releases = {number for site in obligation.releases for number in graph.copies(site)}
    guards = set()
    for node in graph.nodes:
        if node.site is not None and isinstance(node.site.event, Test):
            ways = [edge.target for edge in node.edges if edge.way is not Way.RAISE]
            behind = [bool(graph.reachable([target], normally=True) & releases) for target in ways]
            if any(behind) and not all(behind):
                guards.add(label_of(node.site.event))
    return frozenset(guards)
