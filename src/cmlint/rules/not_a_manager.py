"""# CML204 not-a-manager

The decorated function is no generator, or sync and async are mixed up.

## Why

`@contextmanager` on a function without a `yield` fails only when it is used: `'NoneType' object is not an iterator`.
`@contextmanager` on an `async def`, or `@asynccontextmanager` on a `def`, fails in the same way.

## Example

```python
from contextlib import contextmanager


@contextmanager
async def connected(pool):
    connection = await pool.acquire()
    try:
        yield connection
    finally:
        await pool.release(connection)
```

## Use instead

```python
from contextlib import asynccontextmanager


@asynccontextmanager
async def connected(pool):
    connection = await pool.acquire()
    try:
        yield connection
    finally:
        await pool.release(connection)
```

## Fix safety

There is no fix yet.

## Limits

A function without a `yield` that returns something may return a generator; it is not reported. Nor are stubs, abstract
methods, and functions that another decorator changes first.

A function that ends in a `raise` only tells what to use instead. Two readers judged the findings in 15,683 released
packages: 6 of 7 were right; the other one is such a function.

"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence, Finding, Role, Step
from cmlint.flow.manager import Manager
from cmlint.flow.misuse.shape import Shape, shape_of
from cmlint.knowledge.entries import Making
from cmlint.rules.finding import definition_span, finding
from cmlint.rules.rule import Rule

_RULE = ("CML204", "not-a-manager")


def _check(manager: Manager) -> Iterator[Finding]:
    protocol = manager.subject.protocol
    decorator = protocol.name.rpartition(".")[2]
    if protocol.making is not Making.DECORATOR or not decorator.endswith("contextmanager"):
        return
    reason = _reason(shape_of(manager), decorator)
    if reason is None:
        return
    span = definition_span(manager)
    yield finding(
        manager,
        _RULE,
        message=f"`{manager.qualname}` is under `@{decorator}` but {reason}",
        kind="other",
        confidence=Confidence.MEDIUM,
        span=span,
        witness=[Step(span, Role.LOST, f"`with {manager.qualname}(...)` raises an exception when it is entered")],
    )


def _reason(shape: Shape, decorator: str) -> str | None:
    if shape.stub or shape.decorated_below:
        return None
    if not shape.generator:
        return None if shape.returns else "has no yield"
    wants_async = decorator.startswith("async")
    if shape.is_async and not wants_async:
        return "is an `async def`: use `@asynccontextmanager`"
    if wants_async and not shape.is_async:
        return "is no `async def`: use `@contextmanager`"
    return None


RULE = Rule(*_RULE, "the decorated function is no generator, or sync and async are mixed up", __doc__, _check)
