"""What names say: the words they are made of, and whether an object only takes a measure."""

from __future__ import annotations

import re

from cmlint.flow.reading.events import Call, Event

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
ENTERING = frozenset({"enter_context", "enter_async_context"})  # a context, on an ExitStack, which owns the result
ENTERED_BY_HAND = frozenset({"__enter__", "__aenter__"})
MOVING = frozenset({"move", "rename", "renames", "replace"})  # something to another place
_OLD = re.compile(
    r"_*(old|orig|origin|original|prev|previous|prior|former|earlier|existing|saved|backup|bak|bck|before|initial|restore|was)(_|$|[A-Z0-9])|\w+_(before|backup|orig)$"
)
_CALLED = re.compile(r"(?:\w+\.)*(\w+)\(")
_SAVING = frozenset({"save", "capture", "snapshot", "backup"})
_LOGGING = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print"})
_LENDING = (
    ("get", "put"), ("get", "release"), ("get", "return"), ("acquire", "release"), ("checkout", "checkin"),
    ("check_out", "check_in"), ("borrow", "return"), ("lease", "release"), ("take", "give"), ("reserve", "release"),
    ("allocate", "free"), ("alloc", "free"), ("claim", "release"), ("lend", "return"),
    ("pop", "append"), ("popleft", "append"), ("pop", "push"),
    *((take, give) for take in ("take", "get", "borrow", "acquire", "checkout", "lease", "reserve", "allocate", "claim")
      for give in ("give_back", "put_back", "hand_back", "return", "giveback", "putback")),
)  # fmt: skip
_MANNERS = frozenset(
    {
        "try",
        "maybe",
        "safe",
        "safely",
        "private",
        "do",
        "force",
        "atomic",
        "internal",
        "ensure",
        "robust",
        "quiet",
        "quietly",
    }
)
_PHRASES = frozenset({"setup", "teardown", "startup", "shutdown", "cleanup", "checkout", "checkin"})
_PHRASAL = {
    ("put", "back"): "restore", ("switch", "back"): "restore", ("let", "go"): "release", ("give", "back"): "release",
    ("request", "stop"): "stop", ("request", "shutdown"): "shutdown", ("signal", "stop"): "stop",
    ("hand", "back"): "release", ("give", "up"): "release", ("hang", "up"): "disconnect", ("clean", "up"): "cleanup",
}  # fmt: skip
_PREPOSITIONS = frozenset({"for", "after", "before", "from", "to", "in", "into", "with", "of", "at"})
_JOINING = frozenset({"and", "then"})
_COUNTING = frozenset({"inc", "dec", "incr", "decr", "increment", "decrement", "increase", "decrease"})
_TELLING = frozenset(
    {"track", "emit", "notify", "publish", "report", "say", "echo", "write", "send", "log", "trace", "print"}
)
_MEASURING = frozenset({"timer", "timers", "stopwatch", "clock", "metric", "metrics", "counter", "histogram", "total"})


def is_called_old(name: str) -> bool:
    """Whether a local is called what something was before: `old_level`, `initial`, `_prev`, `was_enabled`."""
    return _OLD.match(name) is not None


def saves(call: str) -> bool:
    """Whether the text of a call says that it returns what there was before: `_save_options()`, `snapshot()`."""
    return not _SAVING.isdisjoint(words_of(call.partition("(")[0].rpartition(".")[2])[:1])


def function_of(text: str) -> str | None:
    """The last name of what the text of a call calls: `get_level` of `logger.get_level()`; None where it has none."""
    called = _CALLED.match(text)
    return None if called is None else called[1]


def gives_back(take: str, give: str) -> bool:
    """Whether one name takes something out of a pool and the other gives it back (`getconn`, `putconn`)."""
    take, give = (name.lower().strip("_").removesuffix("_nowait") for name in (take, give))
    return any(
        take.startswith(one) and give.startswith(other) and take[len(one) :] == give[len(other) :]
        for one, other in _LENDING
    )


def action_of(name: str) -> list[str]:
    """The words of a name without what says how or when (`try_`, `safe`, `for`, `after`), two-word verbs in one.

    `setup_for_execution` and `tear_down_after_execution` are `setup execution` and `teardown execution`.
    """
    words = words_of(name)
    while len(words) > 1 and words[0] in _MANNERS:
        words = words[1:]
    spoken = _PHRASAL.get((words[0], words[1])) if len(words) > 1 else None
    words = [spoken, *words[2:]] if spoken else words
    for at in range(len(words) - 1):
        if "".join(words[at : at + 2]) in _PHRASES:
            words = [*words[:at], words[at] + words[at + 1], *words[at + 2 :]]
            break
    return words[:1] + [word for word in words[1:] if word not in _PREPOSITIONS]


def actions_of(name: str) -> list[list[str]]:
    """The actions that a name puts in a row: `rollback_and_close` and `cancelThenWait` are two."""
    actions: list[list[str]] = [[]]
    for word in words_of(name):
        if word in _JOINING and actions[-1]:
            actions.append([])
        else:
            actions[-1].append(word)
    return [action for words in actions if (action := action_of("_".join(words)))]


def counts(name: str) -> bool:
    """Whether the name goes one up or down: what is counted up must be counted down again, in a metric as well."""
    return not _COUNTING.isdisjoint(action_of(name)[:1])


def measures(name: str) -> bool:
    """Whether the object only takes a measure: stopping it is for success only, and not stopping it loses nothing."""
    return bool(_MEASURING & set(words_of(name)))


def logs(event: Event) -> bool:
    """Whether the event is a call that only writes a message to a log."""
    return isinstance(event, Call) and event.method in _LOGGING


def tells(method: str) -> bool:
    """Whether a call by this name tells somebody something, or writes it down."""
    return not _TELLING.isdisjoint(words_of(method))


def words_of(name: str) -> list[str]:
    """The lower-case words of a name: `_pushFreeze` is `push`, `freeze`."""
    return [word.lower() for word in _WORD.findall(name)]
