"""What stands right beside a release and cleans up as well, as its own words say: it moves with the release.

`server.reset()` behind `server.hook = old`, `state.owner = None`, `del sys.modules[name]`, a cache that is emptied.
Alone such a statement shows no intent; between or beside releases, maintainers write it into the same `finally`. May
take a statement for clean-up that is for success only when its verb lies; takes nothing that tells how the body went.
"""

from __future__ import annotations

from cmlint.fix.asking import is_only_asked
from cmlint.fix.following import Setup
from cmlint.fix.housekeeping import keeps_house
from cmlint.flow.events import Call, Event, Form, Step, Test
from cmlint.flow.graph import Site
from cmlint.flow.obligations.apparent import disposed
from cmlint.flow.obligations.outcome import tells_outcome
from cmlint.flow.obligations.resting import NOTHING
from cmlint.flow.scope import Scope
from cmlint.flow.writes import Manner, write_of


def goes_along(sites: list[Site], setup: Setup) -> bool:
    """Whether a statement does nothing but clean up: waits, questions and the inside of calls are nothing."""
    own = [site.event for site in sites if not site.grafted and not isinstance(site.event, (Step, Test))]
    found = [keeps_house(event) or cleans_up(event, setup.scope) or setup.explains(event) for event in own]
    return any(found) and all(
        clean or (isinstance(event, Call) and not event.discarded and is_only_asked(event))
        for clean, event in zip(found, own, strict=True)
    )


def cleans_up(event: Event, scope: Scope) -> bool:
    """Whether the event disposes of something, blanks a place outside, or takes something out of it."""
    if isinstance(event, Call) and disposed(event, frozenset(), scope) is not None:
        return True
    write = write_of(event, scope)
    if write is None or tells_outcome(write.target):
        return False
    blanks = write.value is not None and (write.value.form is Form.NONE or write.value.text in NOTHING)
    return write.manner is Manner.DELETE or (write.manner is Manner.SET and blanks)
