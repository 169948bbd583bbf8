"""Which calls only ask: they may move with the clean-up that needs their answer; and which events change nothing.

Known by name, and everything else is taken to do something: `summary = run.report()` may be for success only.
"""

from __future__ import annotations

from cmlint.flow.reading.events import Call, Enter, Event, Exit, Form, Store
from cmlint.flow.reading.naming import words_of

_FUNCTIONS = frozenset(
    {
        "len",
        "str",
        "repr",
        "int",
        "float",
        "bool",
        "id",
        "list",
        "dict",
        "set",
        "frozenset",
        "tuple",
        "sorted",
        "reversed",
        "zip",
        "range",
    }
    | {
        "enumerate",
        "map",
        "filter",
        "min",
        "max",
        "sum",
        "any",
        "all",
        "isinstance",
        "issubclass",
        "callable",
        "getattr",
    }
    | {"hasattr", "type", "iter", "next", "vars", "super", "locals", "globals"}
)
_METHODS = frozenset(
    {
        "items",
        "keys",
        "values",
        "copy",
        "get",
        "exists",
        "poll",
        "done",
        "fileno",
        "format",
        "join",
        "split",
        "strip",
        "pop",
    }
    | {"index", "count", "qsize", "total_seconds", "iteritems", "itervalues", "iterkeys", "getpid", "readable"}
    | {"partition", "rpartition", "isenabled", "isatty", "isdisjoint", "strftime", "isoformat", "elapsed"}
    | {"startswith", "endswith", "joinpath", "with_suffix", "as_posix", "append", "current_thread", "getLogger"}
    | {"getvalue", "iterdir", "rglob", "glob", "locked"}
)
_SYSTEM = frozenset(
    {"os.stat", "os.fstat", "os.lstat", "os.getpid", "os.getcwd", "os.getenv", "sys.exc_info", "id"}
    | {"os.listdir", "os.scandir", "os.walk", "glob.glob", "glob.iglob"}
)
_MODULES = ("os.path.", "pathlib.", "operator.", "itertools.", "time.", "inspect.")
_ASKING = frozenset({"get", "is", "has", "find", "current", "can", "instance"})
_LIMITS = frozenset({"timeout", "timeout_at", "fail_after", "fail_at", "move_on_after", "move_on_at"})
_LOCKS = frozenset({"lock", "mutex", "rlock", "guard", "condition", "semaphore", "suppress"})


def is_only_asked(event: Call) -> bool:
    """Whether the call only reads: it makes a value, and nothing happens."""
    dotted = event.dotted or ""
    if event.receiver is None and event.method in _FUNCTIONS:
        return True
    if dotted in _SYSTEM or dotted.startswith(_MODULES) or event.method in _METHODS:
        return True
    name = dotted.removesuffix("()").rpartition(".")[2] or event.method
    return name.lstrip("_")[:1].isupper() or not _ASKING.isdisjoint(words_of(event.method)[:1])


def is_lock(manager: str) -> bool:
    """Whether the `with` on `manager` only holds a lock or sets a limit of time meanwhile.

    Or it keeps cancellation off, or drops an exception.
    """
    name = manager.partition("(")[0]
    limits = name.rpartition(".")[2] in _LIMITS
    return limits or "shield=True" in manager or not _LOCKS.isdisjoint(words_of(name))


def changes_nothing(event: Event) -> bool:
    """Whether it only asks, reads into a name, gives a loop its next item, or writes back a value that was kept.

    That does no harm where nothing was changed yet; nor does it to hold a lock or to drop an exception meanwhile.
    """
    if isinstance(event, (Enter, Exit)):
        return is_lock(event.manager.text)
    if isinstance(event, Call):
        return is_lock(event.text) if event.managed else not event.discarded and is_only_asked(event)
    if not isinstance(event, Store) or event.operator is not None:
        return False
    reads = event.value.form in (Form.ITEM, Form.OTHER) and event.target.isidentifier()
    return reads or event.value.form is Form.NAME
