"""What goes with a program that a `with` around it runs: browsers, and what is opened in them.

`with sync_playwright() as p: browser = p.chromium.launch()`: when the `with` is left, the driver ends, and with it all
that was asked of it (https://playwright.dev/python/docs/library). Follows the names that the results are bound to, so
it may miss what is kept in another way.
"""

from __future__ import annotations

import re

from cmlint.flow.lowering.graph import Graph
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.reading.events import Call, Enter

_DRIVERS = frozenset({"playwright.sync_api.sync_playwright()", "playwright.async_api.async_playwright()"})
_ROOT = re.compile(r"\w*")


def is_driven(obligation: Obligation, graph: Graph) -> bool:
    """Whether the object belongs to a driver that a `with` of the manager ends."""
    driven = {
        name
        for site in graph.sites
        if isinstance(site.event, Enter) and site.event.manager.dotted in _DRIVERS
        for name in site.event.results
    }
    for event in (site.event for site in sorted(graph.sites, key=lambda site: site.span) if driven):
        if isinstance(event, Call) and _root(event.receiver) in driven:
            driven.update(event.results)
    return obligation.object in driven


def _root(receiver: str | None) -> str | None:
    found = _ROOT.match(receiver) if receiver is not None else None
    return found[0] if found is not None else None
