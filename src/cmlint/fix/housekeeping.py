"""Statements that keep house beside a release: they move into the `finally` with it.

A buffer is flushed before the descriptor is put back, a cache is emptied after the setting that it depends on, a log
line tells of the release. Right next to a release they are as true when the body has raised as when it has not, and
maintainers write them into the `finally`. Known by name; may miss some, and takes nothing that could report success.
"""

from __future__ import annotations

from cmlint.flow.events import Call, Event
from cmlint.flow.obligations.naming import logs, words_of
from cmlint.flow.obligations.outcome import names_success, tells_outcome

_CACHES = frozenset({"cache", "caches", "cached", "memo", "memoized", "lru"})
_EMPTYING = frozenset({"clear", "reset", "invalidate", "empty", "reload", "refresh", "flush", "purge"})
_FLUSHING = frozenset({"flush", "fflush", "synchronize", "fsync"})
_WAKING = frozenset({"notify", "notify_all", "set"})  # who waits for the state that was put back
_SHOWING = frozenset({"refresh", "redraw", "repaint"})
_FUNCTIONS = frozenset({"gc.collect", "time.sleep", "asyncio.sleep", "trio.sleep", "anyio.sleep", "importlib.reload"})
_ANNOUNCING = frozenset({"emit", "notify", "publish", "announce", "report", "fire", "broadcast", "send", "log"})
_RELEASED = (
    "back stop stopping stopped close closing closed release releasing released remove removing removed delete "
    "deleting deleted restore restoring restored reset leave leaving exit exiting exited clean cleaning cleanup tear "
    "tearing teardown shut shutting shutdown terminate terminating terminated kill killing killed unmount unmounting "
    "unlock unlocking unlocked disconnect disconnecting disconnected end ending unregister unregistering unlink "
    "unlinking destroy destroying destroyed dispose disposing disposed detach detaching detached discard revert undo"
)
_TELLING = frozenset(_RELEASED.split())


def keeps_house(event: Event) -> bool:
    """Whether the event only brings a cache, a buffer or a log in line with the release that it stands beside."""
    tells = isinstance(event, Call) and (tells_of_release(event) or _announces_release(event))
    return tells or (isinstance(event, Call) and (_empties_cache(event) or _settles(event)))


def _announces_release(event: Call) -> bool:
    """Whether a call tells others that something was released: `emit_release_events(...)`, `notify_closed()`."""
    words = words_of(event.method)
    announces = event.discarded and not _ANNOUNCING.isdisjoint(words[:1])
    return announces and not _TELLING.isdisjoint(words[1:]) and not names_success(event.text)


def tells_of_release(event: Call) -> bool:
    """Whether a call logs that something is released: `log.debug("stopping %s", server)`."""
    words = {word for value in event.args for word in words_of(value.text)}
    told = event.args[:1] and not _TELLING.isdisjoint(words_of(event.args[0].text))
    return logs(event) and bool(told) and not names_success(" ".join(words))


def names_release(name: str) -> bool:
    """Whether a name says that something is released: `teardown_loop`, `stop`."""
    return not _TELLING.isdisjoint(words_of(name))


def _empties_cache(event: Call) -> bool:
    words = words_of(event.callee)
    return event.discarded and not event.args and not _EMPTYING.isdisjoint(words) and not _CACHES.isdisjoint(words)


def _settles(event: Call) -> bool:
    if (event.dotted or "") in _FUNCTIONS:
        return True
    words = words_of(event.method)
    shows = not event.args and not _SHOWING.isdisjoint(words[:1])
    wakes = not event.args and event.method in _WAKING and not tells_outcome(event.receiver or "")
    return event.discarded and (shows or wakes or not _FLUSHING.isdisjoint(words))
