"""# CML205 manager-not-entered

A manager is called and thrown away: the `with` was forgotten.

## Why

Calling a manager runs nothing of it. The statement looks as if it locked or patched something, and does nothing.

## Example

```python
from contextlib import contextmanager


@contextmanager
def locked(lock):
    lock.acquire()
    try:
        yield
    finally:
        lock.release()


def update(lock, record):
    locked(lock)
    record.write()
```

## Use instead

```python
from contextlib import contextmanager


@contextmanager
def locked(lock):
    lock.acquire()
    try:
        yield
    finally:
        lock.release()


def update(lock, record):
    with locked(lock):
        record.write()
```

## Fix safety

There is no fix: how far the `with` should reach is not in the code.

## Limits

Only calls in functions of the manager's own file, by its own name or as `self.name`.

Measured: no finding in 189 released packages (seven before calls inside other statements were told apart).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cmlint.findings import Confidence, Finding, Role, Step
from cmlint.flow.manager import Manager
from cmlint.flow.misuse.discarded import discarded_calls
from cmlint.rules.finding import finding
from cmlint.rules.rule import Rule

_RULE = ("CML205", "manager-not-entered")


def _check(manager: Manager) -> Iterator[Finding]:
    for call in discarded_calls(manager):
        found = finding(
            manager,
            _RULE,
            message=f"`{manager.qualname}` is a context manager: without a `with`, this call does nothing",
            kind="other",
            confidence=Confidence.MEDIUM,
            span=call.span,
            witness=[Step(call.span, Role.LOST, "the manager is made here and thrown away")],
        )
        yield replace(found, qualname=call.qualname, noqa_lines=())


RULE = Rule(*_RULE, "a manager's call is thrown away", __doc__, _check)
