"""What only a handler removes: a file or folder that is made or named before the yield and stays when all goes well.

`except Exception: rmtree(folder); raise`, and a success leaves it or moves it to its place. What the handler does not
stop leaves it half made. Only what is sure to be a file counts: removed by a function of the system or by a verb that
is said of files alone. What a handler deletes elsewhere (a row, a key) may be undone by who holds it. What lies in a
temporary folder of a `with`, or below what is removed in any case, does not stay behind; what some call only handed out
(`path = cache.path()`) may be somebody else's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.obligations import removal
from cmlint.flow.obligations.inside import inside, passing
from cmlint.flow.obligations.making import is_made
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.reading.events import Call, Fault
from cmlint.flow.reading.naming import action_of
from cmlint.flow.reading.scope import Scope
from cmlint.knowledge.entries import Knowledge

_OF_FILES = frozenset({"rm", "rmtree", "rmdir", "unlink", "removedirs"})


def half_made(here: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for each file or folder that is removed when the body raises, and never when it succeeds."""
    handled = _handled(here)
    if not any(_removes_a_file(site, knowledge) for site in handled):
        return
    gone = _passing(here, knowledge)
    for obligation in removal.find(replace(here, after=handled), scope, knowledge):
        name = obligation.object
        if name in gone or not any(is_made(name, site.event) for site in obligation.acquires):
            continue
        removed = [site for site in obligation.releases if site not in here.before]
        if not any(site in here.after for site in removed) and any(_removes_a_file(s, knowledge) for s in removed):
            yield obligation


def _handled(here: Around) -> tuple[Site, ...]:
    """What is done when the body raises and not when it succeeds, in source order."""
    graph = here.graph
    thrown = [edge.target for edge in graph.nodes[here.number].edges if edge.fault is Fault.EXCEPTION]
    sites = {site.index for number in graph.reachable(thrown, normally=True) if (site := graph.nodes[number].site)}
    sites -= {site.index for site in here.after}
    return tuple(site for site in sorted(graph.sites, key=lambda site: site.span) if site.index in sites)


def _passing(here: Around, knowledge: Knowledge) -> frozenset[str]:
    """The names of what goes with its folder: in a temporary one of a `with`, or in one that is removed after all."""
    after = [site for site in here.after if not site.grafted and _removes_a_file(site, knowledge)]
    removed = [site.event for site in after if isinstance(site.event, Call)]
    return passing(here) | inside({event.args[0].text for event in removed if event.args}, here)


def _removes_a_file(site: Site, knowledge: Knowledge) -> bool:
    if not isinstance(site.event, Call):
        return False
    known = knowledge.disposal(site.event.dotted or "")
    verb = action_of(site.event.method)[:1]
    return (known is not None and known.kind == "temp") or not _OF_FILES.isdisjoint(verb)
