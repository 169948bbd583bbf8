"""Which calls never return: known by their names only."""

from __future__ import annotations

from cmlint.flow.events import Call, Event

_FUNCTIONS = frozenset(
    {"sys.exit", "os._exit", "os.abort", "exit", "quit", "pytest.skip", "pytest.fail", "pytest.xfail", "pytest.exit"}
)
_METHODS = frozenset({"fail", "skipTest", "abort", "fatal", "reraise", "throw", "assert_never", "unreachable"})


def never_returns(event: Event | None) -> bool:
    """Whether the event is a call that ends the function, the test or the process."""
    return isinstance(event, Call) and (event.dotted in _FUNCTIONS or event.method in _METHODS)
