"""Where nothing is held any more although no release has run: undone, closed with its owner, or ended by itself."""

from __future__ import annotations

from cmlint.flow.paths.dealing import closes_owner
from cmlint.flow.paths.obligation import Obligation
from cmlint.flow.reading.events import Call, Event

FILE_LOCKS = frozenset({"fcntl.flock", "fcntl.lockf", "msvcrt.locking"})
NUMBER_OF = ".fileno()"  # of a file


def is_over(event: Event, obligation: Obligation) -> bool:
    """Whether nothing is held after the event: undone, its owner closed, or the process waited for until its end."""
    if any(_gives_back(event, acquire.event) for acquire in obligation.acquires):
        return True
    if any(_closes_file(event, acquire.event) for acquire in obligation.acquires):
        return True
    waited = isinstance(event, Call) and event.receiver == obligation.object and event.method in ("wait", "communicate")
    ended = waited and isinstance(event, Call) and not event.args and not event.keywords
    return closes_owner(event, obligation.object) or (ended and obligation.kind == "process")


def _closes_file(event: Event, acquire: Event) -> bool:
    """Whether the file is closed on which the acquire takes a lock, which ends with it: flock(2)."""
    if not isinstance(acquire, Call) or acquire.dotted not in FILE_LOCKS or not acquire.args:
        return False
    return closed_by(event) == acquire.args[0].text.removesuffix(NUMBER_OF)


def closed_by(event: Event) -> str | None:
    """What the event closes, a file or its number; None when it closes nothing."""
    if not isinstance(event, Call):
        return None
    if event.dotted == "os.close" and event.args:
        return event.args[0].text
    return event.receiver if event.method == "close" else None


def _gives_back(event: Event, acquire: Event) -> bool:
    """Whether the call is the acquire's once more, with what that gave: `signal(n, old)` after `old = signal(n, h)`."""
    if not isinstance(event, Call) or not isinstance(acquire, Call) or event.callee != acquire.callee:
        return False
    return any(not value.reads.isdisjoint(acquire.results) for value in event.args)
