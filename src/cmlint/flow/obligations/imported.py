"""Obligations from imports: modules that the manager takes out of `sys.modules` after the yield.

`for name in [name for name in sys.modules if name.startswith(package)]: del sys.modules[name]`: no success asks for
that. Where the setup takes modules out as well, other finders see more. May miss a module that a helper forgets.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence
from cmlint.flow.lowering.around import Around
from cmlint.flow.paths.obligation import Obligation, Words
from cmlint.flow.reading.events import Call, Delete, Event, Store
from cmlint.flow.reading.scope import Scope
from cmlint.knowledge.entries import Knowledge

_MODULES = "sys.modules"


def find(around: Around, scope: Scope, knowledge: Knowledge) -> Iterator[Obligation]:
    """One obligation for all modules that are taken out after the yield, where nothing touched them before."""
    del scope, knowledge
    if any(_takes_out(site.event) or _puts_in(site.event) for site in around.before):
        return
    releases = tuple(site for site in around.sites if _takes_out(site.event))
    if any(site in around.after for site in releases):
        yield Obligation(
            kind="state",
            object=_MODULES,
            words=Words("what was imported", "imported", "stays in `sys.modules`"),
            confidence=Confidence.MEDIUM,
            origin="imported",
            acquires=(),
            releases=releases,
            by_body=True,
        )


def _takes_out(event: Event) -> bool:
    if isinstance(event, Delete):
        return event.target.startswith(f"{_MODULES}[")
    return isinstance(event, Call) and event.receiver == _MODULES and event.method == "pop" and event.discarded


def _puts_in(event: Event) -> bool:
    return isinstance(event, Store) and event.target.startswith(f"{_MODULES}[")
