"""What is asked of something outside the program, and may be refused: told from the names of the object and the method.

A device, a machine or a server; what only looks at the object, notes something in it or closes it is left out.
"""

from __future__ import annotations

from collections.abc import Sequence

from cmlint.knowledge.entries import Knowledge

_ASKING = frozenset({"is", "has", "in", "get", "as", "to", "with", "count", "fileno", "gettimeout", "getsockname"})
_MEASURES = frozenset({"depth", "count", "size", "name", "id"})  # what only a name for a number or a text asks
_NOTING = frozenset(
    {"add", "on", "off", "register", "deregister", "unregister", "subscribe", "unsubscribe", "bind", "mark", "note"}
    | {"log", "debug", "info", "warning", "warn", "error", "exception", "record", "observe", "inc", "incr", "track"}
    | {"settimeout", "setsockopt", "setblocking", "make", "build", "new", "emit", "raise", "assert", "configure"}
    | {"config", "option", "options", "use", "enter", "cursor", "serve"}
)
_CONFIGURING = frozenset({"set", "unset", "reset"})
_CLOSING = frozenset(
    {"close", "aclose", "disconnect", "shutdown", "terminate", "cancel", "release", "dispose", "kill", "detach"}
    | {"abort", "destroy", "free", "join", "exit", "cleanup", "teardown"}
)
_STOPPING = frozenset({"stop", "end", "finish"})
_ALONE = frozenset({"get", "set", "reset", "remove"})  # of what is kept there: `client.get(key)`
OF_BUILTINS = frozenset(name for kind in (list, dict, set, str, bytes) for name in dir(kind))
_NOT_ASKED = OF_BUILTINS - _ALONE


def is_outside(object_words: Sequence[str], knowledge: Knowledge) -> bool:
    """Whether a name, as words, is that of something outside: its last word says so."""
    kind = [word for word in object_words if not word.isdigit()][-1:]
    return any(word in knowledge.fallible_services or word in knowledge.fallible_devices for word in kind)


def asks(method: str, method_words: Sequence[str], *, device: bool) -> bool:
    """Whether a method, by its name, asks something of it: a device is set and stopped by that, too."""
    if method.startswith("_") or method in _NOT_ASKED or method.endswith(("ed", "ing")):
        return False  # the last two ask whether something has happened
    if method in _ALONE:
        return True
    if not _MEASURES.isdisjoint(method_words[-1:]):
        return False
    quiet = _ASKING | _NOTING | _CLOSING if device else _ASKING | _NOTING | _CLOSING | _CONFIGURING | _STOPPING
    return quiet.isdisjoint(method_words[:1])
