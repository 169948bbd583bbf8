"""# CML203 swallowed-exception

The exception of the body is dropped, whatever it is: a broad handler around the `yield` that never raises, a `return`
in `finally`, `suppress(BaseException)`.

## Why

The statements after the `with` go on as if nothing had happened. Whoever reads `with published(page):` does not expect
that a failing body is silent.

## Example

```python
import logging
from contextlib import contextmanager


@contextmanager
def published(page):
    try:
        yield page
        page.publish()
    except Exception:
        logging.exception("the page was not published")
```

## Use instead

```python
import logging
from contextlib import contextmanager


@contextmanager
def published(page):
    try:
        yield page
        page.publish()
    except Exception:
        logging.exception("the page was not published")
        raise
```

## Fix safety

There is no fix: whether the exception should go on is for the maintainer to decide.

## Limits

A manager whose name or documentation says that it suppresses, catches or collects exceptions is reported at low
confidence. Handlers of single exception classes are taken to be meant.

So is one that does nothing but handle exceptions, because that is what it is for.

At the default confidence it seldom finds anything: nothing in the 71 packages of the benchmark, and 17 managers in
29,953 released packages, of which two readers judged eight right and three wrong, and differ about six.

"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence, Finding, Role, Step
from cmlint.flow.manager import Manager
from cmlint.flow.misuse.swallow import only_handles, records, says_so, swallowed
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
            confidence=Confidence.LOW if _is_meant(manager) else Confidence.MEDIUM,
            span=drop.site.span,
            witness=[
                at(drop.site, Role.RAISES, "the body raises, and the exception arrives here"),
                Step(definition_span(manager), Role.LOST, f"`{manager.qualname}` returns, and the exception is gone"),
            ],
        )
        return


def _is_meant(manager: Manager) -> bool:
    return says_so(manager) or records(manager) or only_handles(manager)


RULE = Rule(*_RULE, "the body's exception is dropped", __doc__, _check)
