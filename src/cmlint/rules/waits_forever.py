"""# CML108 waits-forever

The clean-up joins or waits, without a bound, for something that nothing tells to end.

## Why

`finally: thread.join()` runs, and never returns when the thread serves for ever. The exception never leaves the
manager, the program neither works nor ends. It is the leak of CML101 the other way round.

## Example

```python
from contextlib import contextmanager
from threading import Thread


@contextmanager
def polling(poll):
    poller = Thread(target=poll)
    poller.start()
    try:
        yield
    finally:
        poller.join()
```

## Use instead

```python
from contextlib import contextmanager
from threading import Event, Thread


@contextmanager
def polling(poll):
    stop = Event()
    poller = Thread(target=poll, args=(stop,))
    poller.start()
    try:
        yield
    finally:
        stop.set()
        poller.join()
```

## Fix safety

There is no fix that is applied: how the thread is told to end is not in the code. A bound for the join, and for a
process a kill behind it, stands in the JSON as a display-only fix; which bound is right is the maintainer's to say.

## Limits

Whether what runs ends by itself is not known, and often it does: so the confidence is low, and the rule reports only
with `--min-confidence low`.

Measured: one finding in 189 released packages, too few to say more.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence, Finding, Role, Step
from cmlint.flow.losses.waits import endless_waits
from cmlint.flow.manager import Manager
from cmlint.rules.finding import at, definition_span, finding
from cmlint.rules.rule import Rule

_RULE = ("CML108", "waits-forever")


def _check(manager: Manager) -> Iterator[Finding]:
    seen: set[str] = set()
    for endless in endless_waits(manager):
        if endless.held in seen:
            continue
        seen.add(endless.held)
        what = f"`{endless.held}` ({endless.resource.type})"
        yield finding(
            manager,
            _RULE,
            message=f"the clean-up waits for {what} without a bound, and nothing tells it to end",
            kind=endless.resource.kind,
            confidence=Confidence.LOW,
            span=endless.wait.span,
            witness=[
                at(endless.start, Role.ACQUIRED, "started here"),
                at(endless.wait, Role.RAISES, "waited for here, for ever if it does not end by itself"),
                Step(definition_span(manager), Role.LOST, f"`{manager.qualname}` may never be left"),
            ],
        )


RULE = Rule(*_RULE, "clean-up waits without a bound for what nothing tells to end", __doc__, _check, Confidence.LOW)
