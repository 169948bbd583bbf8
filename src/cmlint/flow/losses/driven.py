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
_BEHIND_ROOT = re.compile(r"\W")


def is_driven(obligation: Obligation, graph: Graph) -> bool:
    """Whether the object belongs to a driver that a `with` of the manager ends."""
    driven = {
        name
        for site in graph.sites
        if isinstance(site.event, Enter) and site.event.manager.dotted in _DRIVERS
        for name in site.event.results
    }
    if not driven:
        return False
    for event in (site.event for site in sorted(graph.sites, key=lambda site: site.span)):
        if isinstance(event, Call) and _BEHIND_ROOT.split(event.receiver or "", maxsplit=1)[0] in driven:
            driven.update(event.results)
    return obligation.object in driven
