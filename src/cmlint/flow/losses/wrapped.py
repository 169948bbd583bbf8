"""What a call is given that was acquired in its own arguments: `Client(LocalCluster())`.

When the call fails nobody has the inner object. May miss one that the knowledge base does not know; never takes one
for lost that has a name of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Graph, Site
from cmlint.flow.obligations.resources import words_for
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.reading.events import Call
from cmlint.knowledge.entries import Knowledge

ORIGIN = "wrapped"
_KINDS = frozenset({"connection", "process", "server", "executor"})


def wrapped(here: Around, opened: Sequence[Obligation], graph: Graph, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each known resource that is made in the arguments of a call that acquires another."""
    for outer in opened:
        for acquire in outer.acquires:
            for site in here.before:
                entry = knowledge.resource(site.event.dotted) if isinstance(site.event, Call) else None
                if entry is None or entry.kind not in _KINDS or not _is_inside(site, acquire):
                    continue
                assert isinstance(site.event, Call)
                yield Obligation(
                    kind=entry.kind,
                    object=outer.object,
                    words=words_for(site.event.text, entry, graph),
                    confidence=Confidence.HIGH,
                    origin=ORIGIN,
                    acquires=(site,),
                    releases=outer.releases,
                )


def _is_inside(inner: Site, outer: Site) -> bool:
    """Whether the inner call stands in an argument of the outer one, and nothing else is bound to what it returns."""
    same = inner.statement is outer.statement and not inner.grafted and not outer.grafted
    if not same or inner is outer or not isinstance(outer.event, Call) or not isinstance(inner.event, Call):
        return False
    values = [*outer.event.args, *(value for _, value in outer.event.keywords)]
    given = any(inner.event.text in value.text for value in values)
    return given and not inner.event.results and not inner.event.managed and outer.span.holds(inner.span)
