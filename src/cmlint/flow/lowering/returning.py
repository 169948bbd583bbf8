"""Which calls never return: by their names, and by what the function says that they run."""

from __future__ import annotations

import re

from cmlint.flow.calls.callees import Place, callee
from cmlint.flow.reading.events import Call, Event

_FUNCTIONS = frozenset(
    {"sys.exit", "os._exit", "os.abort", "exit", "quit", "pytest.skip", "pytest.fail", "pytest.xfail", "pytest.exit"}
)
_METHODS = frozenset({"fail", "skipTest", "abort", "fatal", "reraise", "throw", "assert_never", "unreachable"})
_SAYS_SO = re.compile(r"->[ \t]*[\"']?(?:\w+\.)?(?:NoReturn|Never)\b")
_MOST_LINES_OF_A_HEAD = 12


def never_returns(event: Event | None) -> bool:
    """Whether the event is a call that ends the function, the test or the process."""
    return isinstance(event, Call) and (event.dotted in _FUNCTIONS or event.method in _METHODS)


def says_it_never_returns(event: Event | None, caller: Place) -> bool:
    """Whether the function that a call of `caller` runs is annotated so (PEP 484), where it is found."""
    found = callee(event.callee, caller) if isinstance(event, Call) else None
    if found is None or found.definition.is_class:
        return False
    first = found.definition.line - 1
    last = min(found.definition.end_line, first + _MOST_LINES_OF_A_HEAD)
    return any(_SAYS_SO.search(line) for line in found.whole.lines[first:last])
