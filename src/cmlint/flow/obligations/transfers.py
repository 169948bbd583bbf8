"""Where an object goes to another owner, who then has the duty to release it.

Only what certainly registers a release is a transfer. Storing an object elsewhere is none: the manager that
releases it itself after the yield still sees itself as its owner.
"""

from __future__ import annotations

from cmlint.flow.events import Call, Enter, Event
from cmlint.flow.graph import Graph, Site

_REGISTERING_METHODS = frozenset(
    {"enter_context", "enter_async_context", "callback", "push", "push_async_exit", "push_async_callback"}
    | {"addCleanup", "addfinalizer", "add_cleanup", "addClassCleanup", "addAsyncCleanup"}
)
_REGISTERING_FUNCTIONS = frozenset({"atexit.register", "weakref.finalize"})


def transfers_of(held: str, graph: Graph) -> tuple[Site, ...]:
    """The sites at which somebody else takes over the release of `held`."""
    return tuple(site for site in graph.sites if _transfers(site.event, held))


def _transfers(event: Event, held: str) -> bool:
    if isinstance(event, Enter):
        return held in event.manager.reads
    if not isinstance(event, Call):
        return False
    registers = event.method in _REGISTERING_METHODS or event.dotted in _REGISTERING_FUNCTIONS
    return registers and any(held in value.reads for value in event.args)
