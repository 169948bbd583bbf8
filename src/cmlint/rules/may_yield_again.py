"""# CML202 may-yield-again

A path yields a second time: after the body succeeded, or after its exception was caught.

## Why

contextlib then raises `RuntimeError("generator didn't stop")` (or `... after throw()`). A retry loop around a `yield`
can't work: the body of a `with` runs once.

## Example

```python
from contextlib import contextmanager


@contextmanager
def session(make, fallback):
    try:
        yield make()
    except ValueError:
        yield fallback()
```

## Use instead

```python
from contextlib import contextmanager


@contextmanager
def session(make, fallback):
    try:
        made = make()
    except ValueError:
        made = fallback()
    yield made
```

## Fix safety

There is no fix: what should happen instead of the second yield is not in the code.

## Limits

Whether the body can raise what the handler catches is not known, so the confidence is low, and the rule reports only
with `--min-confidence low`.

Measured by reading all findings in 102 released packages: 5 of 8 with a clear verdict were right.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence, Finding, Role, Step
from cmlint.flow.manager import Manager
from cmlint.flow.misuse.yields import second_yields
from cmlint.rules.finding import at, definition_span, finding
from cmlint.rules.rule import Rule

_RULE = ("CML202", "may-yield-again")


def _check(manager: Manager) -> Iterator[Finding]:
    if manager.exit_tree is not None or not manager.subject.protocol.throws:
        return
    found = list(second_yields(manager))
    if not found:
        return
    again = min(found, key=lambda each: (each.uncertain, each.first.span))
    when = "after the exception of the body was caught" if again.thrown else "after the body succeeded"
    yield finding(
        manager,
        _RULE,
        message=f'`{manager.qualname}` may yield again {when}: RuntimeError("generator didn\'t stop")',
        kind="other",
        confidence=Confidence.LOW,
        span=again.second.span,
        witness=[
            at(again.first, Role.RAISES, "the body runs here"),
            at(again.second, Role.SKIPPED, "and would run here again"),
            Step(
                definition_span(manager),
                Role.LOST,
                f"contextlib raises RuntimeError when `{manager.qualname}` yields again",
            ),
        ],
    )


RULE = Rule(*_RULE, "a path yields twice", __doc__, _check, Confidence.LOW)
