"""What stands right beside a release and cleans up as well, as its own words say: it moves with the release.

`server.reset()` behind `server.hook = old`, `state.owner = None`, `del sys.modules[name]`, a cache that is emptied.
Alone such a statement shows no intent; between or beside releases, maintainers write it into the same `finally`. May
take a statement for clean-up that is for success only when its verb lies; takes nothing that tells how the body went.
"""

from __future__ import annotations

from cmlint.fix.asking import is_only_asked
from cmlint.fix.following import Setup
from cmlint.fix.housekeeping import keeps_house
from cmlint.flow.events import Call, Event, Form, Step, Store, Test
from cmlint.flow.graph import Site
from cmlint.flow.obligations.apparent import disposed
from cmlint.flow.obligations.naming import words_of
from cmlint.flow.obligations.outcome import tells_outcome
from cmlint.flow.obligations.resting import NOTHING
from cmlint.flow.scope import Scope
from cmlint.flow.writes import Manner, write_of

_SHORTEST_UNDOING = 5
_NOT_UNDOING = ("under", "unit", "union", "uni", "unless", "until")


def goes_along(sites: list[Site], setup: Setup) -> bool:
    """Whether a statement does nothing but clean up: waits, questions and the inside of calls are nothing."""
    own = [site.event for site in sites if not site.grafted and not _is_nothing(site.event, setup.scope)]
    found = [keeps_house(event) or cleans_up(event, setup.scope) or setup.explains(event) for event in own]
    return any(found) and all(
        clean or (isinstance(event, Call) and not event.discarded and is_only_asked(event))
        for clean, event in zip(found, own, strict=True)
    )


def _is_nothing(event: Event, scope: Scope) -> bool:
    """Whether it waits, asks, or gives a loop its next item."""
    return isinstance(event, (Step, Test)) or (isinstance(event, Store) and event.target in scope.looped)


def cleans_up(event: Event, scope: Scope) -> bool:
    """Whether the event disposes of something, blanks a place outside, or takes something out of it."""
    if isinstance(event, Call) and (disposed(event, frozenset(), scope) is not None or _undoes(event)):
        return True
    write = write_of(event, scope)
    if write is None or tells_outcome(write.target):
        return False
    blanks = write.value is not None and (write.value.form is Form.NONE or write.value.text in NOTHING)
    return write.manner is Manner.DELETE or (write.manner is Manner.SET and blanks)


def _undoes(event: Call) -> bool:
    """Whether its verb is another one with `un` before it: `self._uncreate_all()`, `unhook(handler)`."""
    verb = (words_of(event.method) or [""])[0]
    return (
        event.discarded
        and len(verb) >= _SHORTEST_UNDOING
        and verb.startswith("un")
        and not verb.startswith(_NOT_UNDOING)
    )
