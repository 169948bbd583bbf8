"""Where an object goes to another owner, who then has the duty to release it.

Only what certainly registers a release is a transfer. Storing an object elsewhere is none: the manager that
releases it itself after the yield still sees itself as its owner.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from cmlint.flow.lowering.around import Around
from cmlint.flow.lowering.graph import Site
from cmlint.flow.reading.events import Call, Enter, Event, Exit, Value
from cmlint.flow.reading.scope import Scope

_REGISTERING_METHODS = frozenset(
    {"enter_context", "enter_async_context", "callback", "push", "push_async_exit", "push_async_callback"}
    | {"addCleanup", "addfinalizer", "add_cleanup", "addClassCleanup", "addAsyncCleanup"}
)
_ONLY_READING = frozenset(
    {"open()", "io.open()", "codecs.open()", "gzip.open()", "zipfile.ZipFile()", "tarfile.open()"}
)
_REGISTERING_FUNCTIONS = frozenset({"atexit.register", "weakref.finalize"})


def transfers_of(held: str, sites: Iterable[Site], scope: Scope) -> tuple[Site, ...]:
    """The sites at which somebody else takes over the release of `held`."""
    return tuple(site for site in sites if _transfers(site.event, held, scope))


def is_registered_before(held: str, acquires: Iterable[Site], around: Around) -> bool:
    """Whether somebody was told to release it before it was acquired: `addCleanup(server.stop)`, `server.start()`."""
    first = min((site.span for site in acquires), default=None)
    return first is not None and any(
        isinstance(site.event, Call)
        and site.event.method in _REGISTERING_METHODS
        and site.span < first
        and any(value.text.startswith(f"{held}.") for value in site.event.args)
        for site in around.before
    )


def is_left_before(transfer: Site, releases: Iterable[Site], around: Around) -> bool:
    """Whether it is a `with` that is left before a release after the yield: then it did not take the release over."""
    if not isinstance(transfer.event, Enter):
        return False
    manager = transfer.event.manager.text
    exits = [
        s for s in (*around.before, *around.after) if isinstance(s.event, Exit) and s.event.manager.text == manager
    ]
    behind = around.graph.reachable([n for s in exits for n in around.graph.copies(s)], normally=True)
    return any(site in around.after and not around.graph.copies(site).isdisjoint(behind) for site in releases)


def _transfers(event: Event, held: str, scope: Scope) -> bool:
    if isinstance(event, Enter):
        if event.manager.dotted in _ONLY_READING:
            return False
        passed = re.search(rf"[(,]\s*{re.escape(held)}\s*[,)]", event.manager.text) is not None
        return event.manager.text == held or passed
    if not isinstance(event, Call):
        return False
    registers = event.method in _REGISTERING_METHODS or event.dotted in _REGISTERING_FUNCTIONS
    return registers and any(held in value.reads or _releases_inside(value, held, scope) for value in event.args)


def _releases_inside(value: Value, held: str, scope: Scope) -> bool:
    """Whether the registered function may release it: a method of its owner, or a closure that reads it."""
    if value.text in scope.functions:
        return held.partition(".")[0] in scope.code(scope.functions[value.text])
    owner, dot, _ = value.text.rpartition(".")
    return bool(dot) and held.startswith(f"{owner}.")
