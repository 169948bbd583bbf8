"""# CML203 swallowed-exception

The exception of the body is dropped, whatever it is: a broad handler around the `yield` that never raises, a `return`
in `finally`, `suppress(BaseException)`.

## Why

The statements after the `with` go on as if nothing had happened. Whoever reads `with transaction():` does not expect
that a failing body is silent.

## Example

```python
import logging
from contextlib import contextmanager


@contextmanager
def transaction(connection):
    connection.begin()
    try:
        yield connection
        connection.commit()
    except Exception:
        logging.exception("the transaction failed")
        connection.rollback()
```

## Use instead

```python
import logging
from contextlib import contextmanager


@contextmanager
def transaction(connection):
    connection.begin()
    try:
        yield connection
        connection.commit()
    except Exception:
        logging.exception("the transaction failed")
        connection.rollback()
        raise
```

## Fix safety

There is no fix: whether the exception should go on is for the maintainer to decide.

## Limits

A manager whose name or documentation says that it suppresses, catches or collects exceptions is reported at low
confidence. Handlers of single exception classes are taken to be meant.

Measured by reading all 12 findings in 102 released packages: one was right; the others record the exception or say
that they drop it, and are at low confidence since. At the default confidence nothing was found there.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence, Finding, Role, Step
from cmlint.flow.manager import Manager
from cmlint.flow.swallow import records, says_so, swallowed
from cmlint.rules.finding import at, definition_span, finding
from cmlint.rules.rule import Rule

_RULE = ("CML203", "swallowed-exception")


def _check(manager: Manager) -> Iterator[Finding]:
    if manager.exit_tree is not None or not manager.subject.protocol.throws:
        return
    for drop in swallowed(manager):
        which = "every exception" if drop.all_ else "every ordinary exception"
        yield finding(
            manager,
            _RULE,
            message=f"`{manager.qualname}` drops {which} of the body",
            kind="other",
            confidence=Confidence.LOW if says_so(manager) or records(manager) else Confidence.MEDIUM,
            span=drop.site.span,
            witness=[
                at(drop.site, Role.RAISES, "the body raises, and the exception arrives here"),
                Step(definition_span(manager), Role.LOST, f"`{manager.qualname}` returns, and the exception is gone"),
            ],
        )
        return


RULE = Rule(*_RULE, "the body's exception is dropped", __doc__, _check)
