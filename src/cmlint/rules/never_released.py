"""# CML107 never-released

Something is acquired, no path releases it, and nobody else takes it over.

## Why

A manager exists to give back what it takes. A process, a temporary folder or a signal handler that stays after the
`with` is a leak on every use, not only after an exception.

## Example

```python
import signal
from contextlib import contextmanager


@contextmanager
def limited(seconds, handler):
    signal.signal(signal.SIGALRM, handler)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
```

## Use instead

```python
import signal
from contextlib import contextmanager


@contextmanager
def limited(seconds, handler):
    old = signal.signal(signal.SIGALRM, handler)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, old)
```

## Fix safety

There is no fix: what releases it is not in the code.

## Limits

Only what the knowledge base lists counts, and only an object that stays in the function: one that is yielded, returned,
stored or handed to anything is taken to have another owner.

Two more shapes count: what is registered (a log handler) and closed at the end, but never taken out again; and what
only a closure holds that a function of the same file returns. Such a function is told by its name, so another may be
meant.

What a fixture keeps, a folder or file at a place that has a name, and the usual handler of a signal are no losses, or
reported at low confidence. Two readers judged all findings in 15,683 released packages: 7 of 19 with a clear verdict
were right, 7 of the 8 that are still reported, all of them handlers of SIGALRM; in 14,270 further ones one was right,
one wrong and three can be argued about, and in the 71 packages of the benchmark both are right. Temporaries that are
deleted on no path or under a further condition only are missed: of eight losses in 340 managers that nobody had read it
found none.

"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence, Finding, Role, Step
from cmlint.flow.losses.never import NeverReleased, never_released
from cmlint.flow.manager import Manager
from cmlint.rules.finding import at, definition_span, finding
from cmlint.rules.rule import Rule

_RULE = ("CML107", "never-released")


def _check(manager: Manager) -> Iterator[Finding]:
    for never in never_released(manager):
        what = _what(never)
        yield finding(
            manager,
            _RULE,
            message=f"{what} is never released: no path does, and nobody takes it over",
            kind=never.resource.kind if never.resource else "registration",
            confidence=Confidence.MEDIUM if manager.subject.protocol.throws else Confidence.LOW,
            span=never.acquire.span,
            witness=[
                at(never.acquire, Role.ACQUIRED, "acquired here"),
                Step(definition_span(manager), Role.LOST, f"`{manager.qualname}` is left, and {what} stays"),
            ],
        )


def _what(never: NeverReleased) -> str:
    return f"`{never.held}` ({never.resource.type})" if never.resource else f"what `{never.held}` put in place"


RULE = Rule(*_RULE, "no path releases it, and nobody else takes it over", __doc__, _check)
