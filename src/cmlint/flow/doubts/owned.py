"""What the owner of a manager releases as well: an object whose own `__exit__` takes back what its method registered.

`with tracker:` ... `with tracker.track(job):`, where `__exit__` calls `self.remove(...)` for all that is still there.
May miss releases that the owner's clean-up spells in another way; never looks beyond the class.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cmlint.flow.lowering.graph import Site
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.reading.events import Call
from cmlint.outline import Definition, Outline
from cmlint.subjects import Subject

_LEAVING = ("__exit__", "__aexit__")
_OWN_CALL = re.compile(r"(?<![\w.])self\.(\w+)\(")


def is_released_by_owner(obligation: Obligation, subject: Subject, sites: Iterable[Site]) -> bool:
    """Whether each release is, or happens in, a method of the manager's own object that its `__exit__` runs, too."""
    owner = subject.definition.parent
    if owner is None or not owner.is_class or subject.exit is not None:
        return False
    run = frozenset(methods_run(_LEAVING, owner, subject.whole))
    if not run:
        return False
    spans = {site.span for site in sites if not site.grafted and _calls_own(site, run)}
    return all(site.span in spans if site.grafted else _calls_own(site, run) for site in obligation.releases)


def _calls_own(site: Site, methods: frozenset[str]) -> bool:
    event = site.event
    return isinstance(event, Call) and event.receiver == "self" and event.method in methods


def behind_head(method: Definition, whole: Outline) -> str:
    """The source of a method without the line of its `def`."""
    return "\n".join(whole.lines[method.line : method.end_line])


def methods_run(first: Iterable[str], owner: Definition, whole: Outline) -> Iterator[str]:
    """The own methods that some methods of a class call, and those that these call."""
    methods = {method.name: method for method in whole.definitions if method.parent is owner}
    waiting = [name for name in first if name in methods]
    seen = set(waiting)
    while waiting:
        method = methods[waiting.pop()]
        for name in _OWN_CALL.findall(behind_head(method, whole)):
            if name in methods and name not in seen:
                seen.add(name)
                waiting.append(name)
                yield name
