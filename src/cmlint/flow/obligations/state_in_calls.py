"""Obligations from state that functions which the manager calls change or put back.

The manager changes a place and a called function puts it back, or the other way round; or one called function puts an
item into a container and another takes it out, which the manager calls for what they do. What a called function clears
in some branch only is used up, not changed. May miss what two called functions write to anything but a container.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Graph, Site, Way
from cmlint.flow.obligations.resting import NOTHING
from cmlint.flow.obligations.state import find, writes
from cmlint.flow.obligations.trust import confidence_of
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call
from cmlint.flow.reading.scope import Scope
from cmlint.flow.reading.writes import Manner, Write, write_of
from cmlint.knowledge.entries import Knowledge

_OF_A_HELPER = "__of__"  # in the names that a graft's own locals go by


def find_in_calls(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """The same for what the manager itself changed and a function that it calls puts back."""
    if not any(site.grafted for site in around.sites):
        return
    changed = replace(around, before=tuple(site for site in around.before if not site.grafted))
    for obligation in find(changed, scope, knowledge):
        if not obligation.by_body and all(site.grafted for site in obligation.releases):
            yield obligation


def find_set_in_calls(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """The same for what a function that the manager calls changed and the manager itself puts back."""
    helping = tuple(site for site in around.before if site.grafted and not _is_consumed(site, around.graph, scope))
    if not helping:
        return  # without a change there is only what the body may have changed
    own = around.own()
    helped = replace(own, before=helping)
    written = {write.place for _, write in writes(own.before, scope)}  # of which `find` has judged already
    for obligation in find(helped, scope, knowledge):
        if not obligation.by_body and obligation.object not in written:
            yield obligation


def _is_consumed(site: Site, graph: Graph, scope: Scope) -> bool:
    """Whether a function that is called clears a place in one of its branches only: it uses up what it finds there.

    `if self.pending: self.pending = False`. What it clears in any case is a change; so is what it sets in a branch, as
    it may have been set already.
    """
    write = write_of(site.event, scope)
    if write is None or write.value is None or write.value.text not in NOTHING:
        return False
    own = graph.copies(site)
    body = {n for n, node in enumerate(graph.nodes) if node.site and node.site.grafted and node.site.span == site.span}
    into = {edge.target for n, node in enumerate(graph.nodes) if n not in body for edge in node.edges}
    seen = ((into | {graph.entry}) & body) - own
    waiting = list(seen)
    while waiting:
        for edge in graph.nodes[waiting.pop()].edges:
            if edge.way is Way.RAISE or edge.target in own or edge.target in seen:
                continue
            if edge.target not in body:
                return True
            seen.add(edge.target)
            waiting.append(edge.target)
    return False


def find_registered(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One for each container into which a called function puts an item that is taken out again after the yield.

    `self.begin_phase(name)`, which writes `self.active[name]`, and `self.finish_phase(name)`, which deletes it.
    """
    del knowledge
    helping = tuple(site for site in around.before if site.grafted)
    put = [(site, write) for site, write in writes(helping, scope) if _is_item(write, Manner.SET)]
    taken = [(s, write) for s, write in writes(around.after, scope) if _is_item(write, Manner.DELETE)] if put else []
    for out, removal in taken:
        made = tuple(site for site, write in put if _is_same_item(write, removal) and _is_for_itself(site, around))
        if made and out not in around.before and _is_for_itself(out, around):
            container = removal.target.partition("[")[0]
            yield Obligation(
                kind="registration",
                object=container,
                words=Words(f"an item of `{container}`", "set", "is not taken out"),
                confidence=confidence_of(container, scope),
                origin="registered in calls",
                acquires=made,
                releases=tuple(s for s in around.elsewhere() if s.event == out.event),
            )


def _is_item(write: Write, manner: Manner) -> bool:
    container = write.target.partition("[")[0]
    again = write.value is not None and container in write.value.text  # what was there already is cut or counted on
    return write.manner is manner and write.target.endswith("]") and "[*]" not in write.target and not again


def _is_same_item(put: Write, taken: Write) -> bool:
    """Whether both are about one item; what a called function has for a key of its own is not known outside of it."""
    if put.target == taken.target:
        return True
    same = put.target.partition("[")[0] == taken.target.partition("[")[0]
    return same and (_OF_A_HELPER in put.target or _OF_A_HELPER in taken.target)


def _is_for_itself(site: Site, around: Around) -> bool:
    """Whether the manager's own statement calls the function for what it does, and not for what it returns."""
    calls = (each.event for each in around.sites if not each.grafted and each.span == site.span)
    return not site.grafted or any(isinstance(call, Call) and call.discarded for call in calls)
