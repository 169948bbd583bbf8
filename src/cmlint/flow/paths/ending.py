"""How something that runs by itself is ended: told to, then waited for.

Waiting alone collects a result and is no release. When something before the wait tells the object to end, the telling
and the waiting are one release: to wait without telling would hang.
"""

from __future__ import annotations

from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.reading.events import Call, Event, Form, Step, Store
from cmlint.flow.reading.naming import words_of
from cmlint.flow.reading.scope import Origin, Scope

_TELLING = frozenset(
    {
        "set",
        "stop",
        "put",
        "put_nowait",
        "cancel",
        "shutdown",
        "terminate",
        "close",
        "send",
        "notify",
        "notify_all",
        "quit",
    }
    | {"exit", "kill", "abort", "request_stop", "signal_stop", "call_soon_threadsafe", "server_close", "clear"}
)
HANDING_IN = frozenset({"put", "put_nowait", "send"})
_ENDING = ("stop", "shutdown", "terminate", "quit", "cancel", "close")
LEAVING = frozenset({"__exit__", "__aexit__"})
_WAITING = frozenset({"join", "wait", "wait_closed", "communicate"})
WAITING_FOR = frozenset({"asyncio.wait", "asyncio.wait_for", "asyncio.gather", "concurrent.futures.wait"})


def ended_by(held: str, waits: frozenset[str], around: Around, scope: Scope) -> list[Site]:
    """The waits for `held` after the yield and what tells it to end before them; nothing when nothing tells it."""
    waiting = [site for site in around.after if _is_call(site.event, held, waits) or _awaits(site.event, held, waits)]
    if not waiting:
        return []
    if communicates(waiting[0].event, held, around):
        return waiting
    telling = [site for site in around.after if site.span < waiting[0].span and tells_to_end(site.event, held, scope)]
    return [*telling, *waiting] if telling else []


def _is_call(event: Event, held: str, methods: frozenset[str]) -> bool:
    return isinstance(event, Call) and event.receiver == held and event.method in methods


def communicates(event: Event, held: str, around: Around) -> bool:
    """Whether the wait closes the pipe from which the process reads: that is how it is told to end."""
    if not isinstance(event, Call) or event.method != "communicate":
        return False
    made = (site.event for site in around.before if isinstance(site.event, Call) and held in site.event.results)
    return any(call.keyword("stdin") is not None for call in made)


def _awaits(event: Event, held: str, waits: frozenset[str]) -> bool:
    """`await task`, where the knowledge base says that this waits for it (`waits_by = ["await"]`)."""
    return "await" in waits and isinstance(event, Step) and event.text == f"await {held}"


def tells_to_end(event: Event, held: str, scope: Scope) -> bool:
    """Whether the event may tell what `held` runs to end: another object is stopped or set, a flag is changed."""
    if isinstance(event, Call):
        tells = event.method in _TELLING or words_of(event.method)[:1] in ([word] for word in _ENDING)
        return event.discarded and event.receiver not in (None, held) and tells and not _hands_work_in(event, scope)
    constant = isinstance(event, Store) and event.operator is None and event.value.form in (Form.CONSTANT, Form.NONE)
    return (
        constant and isinstance(event, Store) and (not scope.is_local(event.target) or event.target in _shared(scope))
    )


def _hands_work_in(event: Call, scope: Scope) -> bool:
    """Whether it gives what was handed over, or what a loop takes, to what runs: `for job in jobs: q.put(job)`."""
    if event.method not in HANDING_IN:
        return False
    names = [value.text for value in event.args if value.form is Form.NAME]
    return any(scope.is_loop_variable(name) or scope.origin(name) is Origin.PARAMETER for name in names)


def _shared(scope: Scope) -> frozenset[str]:
    """Locals that nested functions read: a flag in the closure of what runs."""
    return frozenset(name for name in scope.bound if any(name in scope.code(f) for f in scope.functions.values()))


def is_left_by_hand(event: Event, held: str) -> bool:
    """Whether the context that the object is gets left, whatever becomes of the answer: `if stack.__exit__(...)`."""
    return _is_call(event, held, LEAVING)


def belongs(event: Event, held: str, further: frozenset[str] = frozenset()) -> bool:
    """Whether the event completes the release of `held`: it waits for its end, or is one of the `further` methods."""
    if isinstance(event, Step):
        return event.what == "await" and event.text == f"await {held}"
    return _is_call(event, held, _WAITING | further) or _waits_for(event, held)


def _waits_for(event: Event, held: str) -> bool:
    """`await asyncio.gather(held)`, `wait([held])`."""
    waits = isinstance(event, Call) and (event.dotted or "") in WAITING_FOR
    return waits and isinstance(event, Call) and any(held in value.reads for value in event.args)
