"""Whether an event deals with what is held: hands it to somebody, closes what it is a part of, gives it up.

Only asked for behind a fault: a handler that deals with an object is taken to know what it does. May take for dealt
with what is only mentioned, so that a loss is missed; never takes a release for none.
"""

from __future__ import annotations

from cmlint.flow.paths.ending import LEAVING
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.reading.events import Call, Event, Form, Store
from cmlint.flow.reading.naming import MOVING, logs, words_of

_CLOSING = frozenset(
    {
        "close",
        "aclose",
        "terminate",
        "shutdown",
        "dispose",
        "destroy",
        "__exit__",
        "__aexit__",
        "stop",
        "cleanup",
        "abort",
    }
    | {"rollback", "discard", "kill", "_close", "_cleanup", "_stop", "_abort", "exit", "release", "cancel"}
)
_ENDING_FOR_GOOD = frozenset({"close", "aclose", "dispose", "disconnect", "putconn", "release"})
_TOLD = frozenset({"antonyms", "same callee"})  # origins of what an object was told, which goes with it
_GONE = frozenset({"close", "aclose", "dispose"})
_ABANDONING = frozenset({"abort", "discard", "rollback", "abandon"})


def closes_owner(event: Event, held: str) -> bool:
    """Whether the event closes what the object is a part of."""
    if not isinstance(event, Call) or not event.receiver or event.method not in _CLOSING:
        return False
    return held.startswith(f"{event.receiver}.")


def deals_with(event: Event, obligation: Obligation) -> bool:
    """Whether the event deals with what `obligation` is about."""
    if isinstance(event, Call):
        if event.method == "rollback" and _is_closed(obligation):
            return False  # what was done on a connection is taken back, and it stays open
        told = (obligation.object, f"{obligation.object}.connection")  # that of a cursor
        if obligation.origin in _TOLD and event.receiver in told and event.method in _GONE:
            return True
    if obligation.origin == "both" and not obligation.acquires and not _may_end(event):
        return False  # what both ways end by a name is only named by what else is told of it
    return _mentions(event, obligation.object) or any(_repeats(event, site.event) for site in obligation.releases)


def _may_end(event: Event) -> bool:
    """Whether a call ends or gives up something by the first word of its name."""
    return isinstance(event, Call) and not (_CLOSING | _ABANDONING).isdisjoint(words_of(event.method)[:1])


def _is_closed(obligation: Obligation) -> bool:
    """Whether each release closes the object or gives it back, instead of ending what was begun on it."""
    calls = [site.event for site in obligation.releases if isinstance(site.event, Call)]
    return len(calls) == len(obligation.releases) and all(event.method in _ENDING_FOR_GOOD for event in calls)


def _repeats(event: Event, release: Event) -> bool:
    """Whether the event is the call that releases, in another place: `if scope.__exit__(...)`, a `pop()` in a loop."""
    if not isinstance(event, Call) or not isinstance(release, Call) or event.receiver is None:
        return False
    alike = event.args == release.args or event.method in LEAVING
    return event.callee == release.callee and alike


def _mentions(event: Event, held: str) -> bool:
    """Whether the event hands the object to somebody, or closes what it is a part of: so a handler deals with it."""
    if isinstance(event, Store) and event.target == held and event.value.form is Form.NONE:
        return True
    if not isinstance(event, Call) or logs(event):
        return False
    taken_out = event.method == "discard" and event.args and event.receiver != held  # of a set
    if event.method in _ABANDONING and not taken_out:
        return True
    if event.receiver == "self" and event.method in LEAVING:
        return True
    if closes_owner(event, held):
        return True
    if event.method in MOVING and any(value.text == f"{held}.name" for value in event.args[:1]):
        return True  # a temporary file that is put somewhere else
    return any(value.text == held for value in event.given)
