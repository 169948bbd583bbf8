"""What the finalizer of a class releases as well, so that an object that is let go of need not lose it.

`def __del__(self): self.close()`, or `__del__ = close`. Nobody is told when it runs, so what it releases may be lost
for a while. May miss a finalizer of a base class and one that spells the release in another way.
"""

from __future__ import annotations

import re

from cmlint.flow.doubts.owned import behind_head, methods_run
from cmlint.flow.manager import Manager
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.reading.events import Call

_FINALIZER = "__del__"
_LEAVING = re.compile(r"\bself\.(?:__a?exit__|close)\(")
_SAME = re.compile(rf"\s+{_FINALIZER}\s*=\s*(\w+)\s*(?:#.*)?$")


def is_finalized(obligation: Obligation, manager: Manager) -> bool:
    """Whether the `__del__` of the manager's class leaves or closes the object, or does what releases it."""
    return bool(_LEAVING.search(_finalizer_of(manager))) or is_released_by_finalizer(obligation, manager)


def is_released_by_finalizer(obligation: Obligation, manager: Manager) -> bool:
    """Whether the `__del__` of the manager's class does, by its own methods, what releases it."""
    code = _finalizer_of(manager)
    return any(isinstance(site.event, Call) and site.event.text in code for site in obligation.releases)


def _finalizer_of(manager: Manager) -> str:
    """The source of the finalizer and of the own methods that it calls; empty where there is no class that has one."""
    owner, whole = manager.subject.definition.parent, manager.subject.whole
    if manager.exit_tree is None or owner is None:
        return ""
    same = (_SAME.match(line) for line in whole.lines[owner.line : owner.end_line])
    first = {_FINALIZER, *(found[1] for found in same if found)}
    run = first.union(methods_run(first, owner, whole))
    methods = (each for each in whole.definitions if each.parent is owner and each.name in run)
    return "\n".join(behind_head(method, whole) for method in methods)
