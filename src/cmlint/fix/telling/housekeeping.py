"""Statements that keep house beside a release: they move into the `finally` with it.

A buffer is flushed before the descriptor is put back, a cache is emptied after the setting that it depends on, a log
line tells of the release. Right next to a release they are as true when the body has raised as when it has not, and
maintainers write them into the `finally`. Known by name; may miss some, and takes nothing that could report success.
"""

from __future__ import annotations

from cmlint.flow.obligations.outcome import names_success, tells_outcome
from cmlint.flow.reading.events import Call, Event, Form, Store
from cmlint.flow.reading.naming import logs, words_of

_CACHES = frozenset({"cache", "caches", "cached", "memo", "memoized", "lru"})
_EMPTYING = frozenset({"clear", "reset", "invalidate", "empty", "reload", "refresh", "flush", "purge"})
_FLUSHING = frozenset({"flush", "fflush", "synchronize", "fsync"})
_WAKING = frozenset({"notify", "notify_all", "set"})  # who waits for the state that was put back
_WAITED_FOR_WORDS = (
    "available barrier cond condition cv empty event exit free full idle lock monitor resume shutdown stop stopped "
    "stopping unblock wake wakeup waiter waiters"
)
_WAITED_FOR = frozenset(_WAITED_FOR_WORDS.split())
_STORES = frozenset(
    {"database", "db", "entities", "outbox", "producer", "queue", "session", "transaction", "tx", "unit"}
)
_USED = frozenset({"used", "use", "access", "accessed", "activity", "active", "touched", "released"})
_CLOCKS = frozenset({"time", "monotonic", "now", "utcnow", "counter", "ns"})
_SHOWING = frozenset({"refresh", "redraw", "repaint"})
_FUNCTIONS = frozenset({"gc.collect", "time.sleep", "asyncio.sleep", "trio.sleep", "anyio.sleep", "importlib.reload"})
_ANNOUNCING = frozenset({"emit", "notify", "announce", "fire", "broadcast"})
_TOLD = frozenset({"event", "events", "signal", "signals"})
_RELEASED = (
    "back stop stopping stopped close closing closed release releasing released remove removing removed delete "
    "deleting deleted restore restoring restored reset leave leaving exit exiting exited clean cleaning cleanup tear "
    "tearing teardown shut shutting shutdown terminate terminating terminated kill killing killed unmount unmounting "
    "unlock unlocking unlocked disconnect disconnecting disconnected end ending unregister unregistering unlink "
    "unlinking destroy destroying destroyed dispose disposing disposed detach detaching detached discard revert undo"
)
_TELLING = frozenset(_RELEASED.split())
_BEING_RELEASED = (
    "dropping resetting deregistering unregistering unpatching uninstalling deactivating unloading freeing"
)
_SAID = _TELLING | frozenset(_BEING_RELEASED.split())  # in the log


def keeps_house(event: Event) -> bool:
    """Whether the event only brings a cache, a buffer or a log in line with the release that it stands beside."""
    tells = isinstance(event, Call) and (tells_of_release(event) or _announces_release(event))
    return tells or _notes_time(event) or (isinstance(event, Call) and (_empties_cache(event) or _settles(event)))


def _notes_time(event: Event) -> bool:
    """Whether it notes when something was used last, by whatever end: `entry.last_used = time.monotonic()`."""
    if not isinstance(event, Store) or event.value.form is not Form.CALL:
        return False
    noted = words_of(event.target.rpartition(".")[2])
    clock = words_of((event.value.dotted or event.value.text).removesuffix("()").rpartition(".")[2])
    used = noted[:1] == ["last"] and not _USED.isdisjoint(noted[1:2])
    return used and not _CLOCKS.isdisjoint(clock)


def _announces_release(event: Call) -> bool:
    """Whether a call tells others that something was released: `emit_release_events(...)`, `notify_closed()`."""
    words = words_of(event.method)
    announces = event.discarded and not _ANNOUNCING.isdisjoint(words[:1])
    told = [word for word in words[1:] if word not in _TOLD]
    return announces and not _TELLING.isdisjoint(told[-1:]) and not names_success(event.text)


def tells_of_release(event: Call) -> bool:
    """Whether a call logs that something is released: `log.debug("stopping %s", server)`."""
    words = {word for value in event.args for word in words_of(value.text)}
    told = event.args[:1] and not _SAID.isdisjoint(words_of(event.args[0].text))
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
    wakes = not event.args and event.method in _WAKING and _is_waited_for(event.receiver or "")
    return event.discarded and (shows or wakes or _flushes(event))


def _is_waited_for(receiver: str) -> bool:
    """Whether somebody waits for a state there: a condition, an event that tells to end; no list of listeners."""
    return not tells_outcome(receiver) and not _WAITED_FOR.isdisjoint(words_of(receiver.rpartition(".")[2]))


def _flushes(event: Call) -> bool:
    """Whether a buffer is brought out: `stream.flush()`; what is flushed to a database is the work of the body."""
    words = words_of(event.method)
    if not _STORES.isdisjoint([*words, *words_of(event.receiver or ""), *words_of(event.dotted or "")]):
        return False
    return not _FLUSHING.isdisjoint(words) and (len(words) == 1 or not event.args)
