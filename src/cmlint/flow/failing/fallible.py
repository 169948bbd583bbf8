"""Whether an event can really fail in operation, and not only in theory.

Explicit `raise`, awaits (cancellation), calls of what the caller handed in (callbacks), known calls and verbs. May miss
a call that fails under a name that says nothing about it; a call that only fails when the program is wrong is not taken
to fail. What a name says may still be untrue of an object in memory: the rules say how often it was in real code.
"""

from __future__ import annotations

import sys

import libcst as cst

from cmlint.flow.failing.outside import talks_outside
from cmlint.flow.reading.events import Call, Enter, Event, Form, Raise, Step
from cmlint.flow.reading.naming import logs, words_of
from cmlint.flow.reading.opened import OPENING, is_for_writing
from cmlint.flow.reading.scope import Origin, Scope
from cmlint.knowledge.entries import Knowledge
from cmlint.knowledge.outside import OF_BUILTINS
from cmlint.knowledge.waiting import waits_in_vain

_TELLING_NOTHING = OF_BUILTINS | {"cancel", "set"}
_ASKING = frozenset({"set", "get", "is", "has"})
PATCHES = frozenset({"patch", "patches", "patcher", "patchers", "mock", "mocks", "mocker"})
_PLAIN = frozenset({"len", "isinstance", "issubclass", "getattr", "hasattr", "setattr", "print", "str", "int", "bool"})
_ENTERING = frozenset({"__enter__"})
_ENTERED_FILES = frozenset({"open().__enter__", "os.fdopen().__enter__", "io.open().__enter__"})
_OUTSIDE = frozenset(
    {"transport", "connection", "conn", "client", "session", "transaction", "server", "process", "pool", "driver"}
    | {"browser", "channel", "database", "db", "socket", "atomic"}
)
_TRANSACTIONS = frozenset({"tx", "txn", "trans", "cursor", "engine", "savepoint"})
_REACHING = _OUTSIDE | _TRANSACTIONS | {"stream", "wrapped", "tar", "archive"}  # to leave such a context may fail
_HAPPENED = frozenset(
    {"event", "made", "done", "ready", "begun", "gone", "sent", "seen", "found", "built", "lost", "met"}
)
_EVENTS = frozenset({"threading.Event()", "multiprocessing.Event()"})
_LEAVING = frozenset({"__exit__"})
_LOCKS = frozenset({"lock", "mutex", "guard", "rlock", "semaphore", "condition"})
_NOTES = frozenset({"metadata", "annotation", "annotations"})  # of a trace, which is sent later
_QUIET = frozenset({"lock", "rlock", "mutex", "warnings"}) | PATCHES  # to leave them does not fail
_SIGNALS = frozenset({"signal", "signals", "sig"})
_STREAMS = frozenset({"tee", "stdout", "stderr", "stdin", "stream", "out", "err", "buffer", "console"})
_ALONE = frozenset({"query", "parse", "send", "begin"})  # not the first word of a longer name: `query_one`
_PLACES = frozenset({"path", "file", "filename", "fname", "fp", "folder", "directory", "dir", "destination"})
_IN_MEMORY = frozenset({"put", "write"})  # on a queue, on a buffer
_UNREACHED = "assert_never"  # it stands where a type checker proves that nothing runs


def fails_in_setup(event: Event, scope: Scope, knowledge: Knowledge) -> bool:
    """Whether the event, in a setup, can raise in operation."""
    if isinstance(event, Raise):
        return not event.text.startswith("assert ")
    if isinstance(event, Step):
        return event.what == "await" or (event.what == "import" and _imports_another(event.text, scope))
    if isinstance(event, Enter):
        return event.awaited and f"{event.manager.dotted}.__aenter__" not in knowledge.infallible
    if not isinstance(event, Call) or event.method == _UNREACHED or event.dotted in knowledge.infallible:
        return False
    if event.awaited or is_callback(event, scope) or _writes_where_told(event, knowledge):
        return True
    return fails_by_name(event, knowledge, scope)


def fails_by_name(event: Call, knowledge: Knowledge, scope: Scope) -> bool:
    """Whether the name of what is called, as far as it is known, says that it can fail in a setup."""
    if event.method.lstrip("_") == "enter_context":
        return bool(event.args) and _LOCKS.isdisjoint(words_of(event.args[0].text)[-1:])
    if event.method == "close":
        return False  # nothing was written to it yet
    if _opens_nothing(event) or subscribes(event) or _reports_by_code(event) or _waits_for_event(event, scope):
        return False
    if event.method == "mount" and words_of(event.receiver or "")[-1:] == ["session"]:
        return False  # an adapter, which is kept by a prefix
    if event.method == "wait" and (not event.given or not _LOCKS.isdisjoint(words_of(event.receiver or "")[-1:])):
        return False  # without a limit it ends when what it waits for is there
    if event.method in _ENTERING:
        return (
            event.receiver != "super()"
            and event.dotted not in _ENTERED_FILES
            and _LOCKS.isdisjoint(words_of(event.receiver or "")[-1:])
        )
    if _is_class(event):
        return knowledge.fails(event.dotted)
    known = knowledge.resource(event.dotted)
    if known is not None and known.kind == "registration":
        return False  # with something in the same program
    if talks_outside(event, knowledge) or (waits_for_a_while(event) and not _ignores_errors(event)):
        return True
    first = [word for word in words_of(event.method)[:1] if word not in _ALONE]
    return knowledge.fails(event.dotted, event.method.lstrip("_"), *first)


def enters_what_may_be_in_memory(event: Event, scope: Scope) -> bool:
    """Whether a context is entered by hand, without an await, and its name does not say that it reaches outside.

    Most such contexts only change objects in memory, which does not fail in operation.
    """
    if not isinstance(event, Call) or event.awaited or event.method not in _ENTERING:
        return False
    made = scope.sole_value(event.receiver) if event.receiver and scope.is_local(event.receiver) else None
    named = event.receiver if made is None else f"{event.receiver} {scope.code(made)}"
    return _OUTSIDE.isdisjoint(words_of(f"{named} {event.dotted}"))


def fails_in_cleanup(event: Event, scope: Scope, knowledge: Knowledge) -> bool:
    """Whether the event, as a step of a clean-up, can raise in operation."""
    if isinstance(event, Step):
        return event.what == "await"
    if not isinstance(event, Call) or event.method == _UNREACHED or _stays_in_memory(event, knowledge):
        return False
    if event.awaited or is_callback(event, scope):
        return True
    if event.receiver == "super()" or _is_class(event):
        return False
    if event.method in _LEAVING:
        return _is_left_in_vain(event, scope)
    if event.method == "flush" and words_of(event.receiver or "")[-1:] == ["handler"]:
        return False  # of a log, which flushes again when it is closed
    if _is_flush_of_given(event, scope) or reads_back(event):
        return True
    if not _STREAMS.isdisjoint(words_of(event.receiver or "")[-1:]) or _ignores_errors(event):
        return False
    if _only_asks(event) or _reports_by_code(event):
        return False
    if event.dotted in OPENING:
        return not _opens_nothing(event) and is_for_writing(event)
    if event.method == "send_signal":
        return False  # of a process: nothing is sent when it has ended
    if event.method in ("kill", "poll") and _is_own_process(event, scope, knowledge):
        return False
    if event.method == "wait" and (event.args or event.keywords) and _is_own_process(event, scope, knowledge):
        return True  # for a limited time
    if not knowledge.fallible_remote.isdisjoint(words_of(event.method)) or talks_outside(event, knowledge):
        return True
    first = [word for word in words_of(event.method)[:1] if word != "show"]  # `show_cursor`
    return waits_for_a_while(event) or knowledge.fails_as_cleanup(event.dotted, event.method, *first)


def may_fail_in_cleanup(event: Event, scope: Scope, knowledge: Knowledge) -> bool:
    """Whether it can fail as far as its name tells, or its name tells nothing.

    Asked of what a call runs whose own name says that it fails (`pager.show`).
    """
    if fails_in_cleanup(event, scope, knowledge):
        return True
    plain = not isinstance(event, Call) or event.dotted in _PLAIN or logs(event) or _is_class(event)
    return not plain and isinstance(event, Call) and event.method not in _TELLING_NOTHING


def _is_left_in_vain(event: Call, scope: Scope) -> bool:
    """Whether to leave the context by hand may fail: its name says that it reaches outside."""
    if _is_left_without_error(event) and not scope.is_loop_variable(event.receiver or ""):
        return False  # of one context that the clean-up knows
    named = {*words_of(event.receiver or ""), *words_of(event.dotted or "")}
    reaches = scope.is_loop_variable(event.receiver or "") or not _REACHING.isdisjoint(named)
    return reaches and _QUIET.isdisjoint(named)


def waits_for_a_while(event: Call) -> bool:
    """Whether it waits for a limited time for something that may not come."""
    limits = [name for name, value in event.keywords if value.text != "None"]
    return waits_in_vain(event.method, words_of(event.method), limits)


def _stays_in_memory(event: Call, knowledge: Knowledge) -> bool:
    """Whether something is put on a queue or written to a buffer, and not to anything outside.

    Or it is known not to fail.
    """
    return event.dotted in knowledge.infallible or (event.method in _IN_MEMORY and not talks_outside(event, knowledge))


def _is_left_without_error(event: Call) -> bool:
    """Whether a context is left as after a success, and its name does not say that it reaches outside."""
    left = bool(event.args) and all(value.text == "None" for value in event.args)
    return left and (_OUTSIDE | _TRANSACTIONS).isdisjoint(words_of(f"{event.receiver} {event.dotted}"))


def reads_back(event: Event) -> bool:
    """Whether it decodes what was written to a temporary file, perhaps below Python."""
    return isinstance(event, Call) and event.method == "read" and (event.dotted or "").startswith("tempfile.")


def _is_flush_of_given(event: Call, scope: Scope) -> bool:
    """Whether what was written to a stream that may be any file is written out: the disk may be full."""
    if event.method != "flush" or event.receiver is None or "()" in (event.dotted or ""):
        return False
    return scope.origin(event.receiver) in (Origin.SELF, Origin.PARAMETER)


def _imports_another(text: str, scope: Scope) -> bool:
    """Whether it imports what may not be installed: a whole package, not of the standard library, only here."""
    root = text.removeprefix("import ").partition(" ")[0].partition(".")[0]
    known = root in sys.stdlib_module_names or root in scope.visible
    return text.startswith("import ") and not known


def _is_class(event: Call) -> bool:
    """Whether a new object is made: its class may be called after what the object does (`WriteWrapper`)."""
    return event.method.lstrip("_")[:1].isupper()


def _writes_where_told(event: Call, knowledge: Knowledge) -> bool:
    """Whether it writes something to a place that it is given: `mesh.export(path)`."""
    if _is_class(event) or knowledge.fallible_writing.isdisjoint(words_of(event.method)[:1]):
        return False
    named = (value.text for value in event.given if value.form is not Form.CONSTANT)
    return any(not _PLACES.isdisjoint(words_of(text)) for text in named)


def _opens_nothing(event: Call) -> bool:
    """Whether it opens the null device, which is always there."""
    return event.method == "open" and bool(event.args) and event.args[0].dotted == "os.devnull"


def subscribes(event: Call) -> bool:
    """Whether a slot is connected to a signal, which is named after what happened: `button.clicked.connect(slot)`."""
    words = words_of(event.receiver or "")[-2:]
    return event.method == "connect" and bool(words) and (words[-1].endswith("ed") or not _SIGNALS.isdisjoint(words))


def _waits_for_event(event: Call, scope: Scope) -> bool:
    """Whether it waits for an event of the standard library, which says by its result whether it came.

    An attribute that is named after what has happened (`self._connection_made`) is taken for one.
    """
    if event.method != "wait" or event.receiver is None:
        return False
    told = words_of(event.receiver)[-1:]
    if "." in event.receiver and told and (told[0].endswith("ed") or told[0] in _HAPPENED):
        return True
    made = scope.sole_value(event.receiver) if scope.is_local(event.receiver) else None
    return made is not None and scope.dotted(made) in _EVENTS


def _reports_by_code(event: Call) -> bool:
    """Whether it runs a command and returns its exit code instead of raising."""
    checks = event.keyword("check")
    return event.dotted == "subprocess.call" or (
        event.dotted == "subprocess.run" and (checks is None or checks.text == "False") and not event.keyword("timeout")
    )


def _only_asks(event: Call) -> bool:
    """Whether the first word of the name is a verb of input and output, but it sets a flag, takes a lock or a note.

    `request_stop`, `write_lock`, `deleteLater`, `put_annotation`.
    """
    words = words_of(event.method)
    return len(words) > 1 and (words[0] == "request" or words[-1] in _LOCKS | _NOTES or words[-1] == "later")


def _is_own_process(event: Call, scope: Scope, knowledge: Knowledge) -> bool:
    """Whether the receiver is a process that the manager started: to kill it is allowed, and harmless when it ended."""
    if knowledge.resource((event.dotted or "").removesuffix("kill") + "start") is not None:
        return True
    values = scope.bound.get(event.receiver or "", ())
    made = [knowledge.resource(scope.dotted(value.func)) for value in values if isinstance(value, cst.Call)]
    return bool(made) and all(resource is not None and resource.kind == "process" for resource in made)


def _ignores_errors(event: Call) -> bool:
    """Whether a keyword says that the call does not raise: `ignore_errors=True`, `raise_on_error=False`.

    Also what waits for a `gather(*tasks, return_exceptions=True)`.
    """
    return any("return_exceptions=True" in value.text for value in event.args) or any(
        (value.text == "True" and name.startswith(("ignore", "suppress")))
        or (value.text == "False" and "raise" in words_of(name))
        for name, value in event.keywords
    )


def is_callback(event: Event, scope: Scope) -> bool:
    """Whether what is called was handed in: a parameter, or an item that a loop takes."""
    if not isinstance(event, Call) or event.receiver is not None:
        return False
    name = event.callee
    if not _ASKING.isdisjoint(words_of(name)[:1]):
        return False  # `set_state(old)`, `is_valid()`
    return scope.is_loop_variable(name) or (scope.origin(name) is Origin.PARAMETER and name not in scope.bound)
