"""# CML201 may-not-yield

A path of the generator ends without a yield.

## Why

contextlib then raises `RuntimeError("generator didn't yield")`, and the reason is nowhere in the traceback. Often a
handler that was written for the body also catches what the setup raises.

## Example

```python
import logging
from contextlib import contextmanager


@contextmanager
def opened(path):
    try:
        file = open(path)
        yield file
    except OSError:
        logging.exception("could not read %s", path)
```

## Use instead

```python
import logging
from contextlib import contextmanager


@contextmanager
def opened(path):
    try:
        file = open(path)
    except OSError:
        logging.exception("could not open %s", path)
        raise
    with file:
        yield file
```

## Fix safety

There is no fix: what the caller should get instead is not in the code.

## Limits

A loop that may run zero times, or a `match` that may match nothing, lowers the confidence; so does a context that is
entered where a handler around it is there for the body, and a handler that asks an `__exit__` whether to go on. A
function that never returns is known by its name (`sys.exit`, `pytest.skip`, `fail`), by its annotation (`NoReturn`) or
by its last statement, in the file or where an import leads to another one of the package. What was caught and is raised
later is something; of what a function checks before it begins only a list of constants is known.

A row of choices (`if kind == A ... elif kind == B`) is taken to be complete, and a handler of an error that is not
Python's own to be there for the body: at low confidence. A function whose last statement raises or ends the process
never returns.

In the 71 packages of the benchmark two readers judged all findings at default settings: the one that is left is right
(one was wrong). Of random samples from 29,953 released packages 12 of 28 were right, after the causes were mended 8 of
9, then 4 of 13; of all these 24 of the 32 that are still reported.

"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence, Finding, Role, Step
from cmlint.flow.manager import Manager
from cmlint.flow.misuse.shape import shape_of
from cmlint.flow.misuse.yields import path_without_yield
from cmlint.rules.finding import at, definition_span, finding
from cmlint.rules.rule import Rule

_RULE = ("CML201", "may-not-yield")


def _check(manager: Manager) -> Iterator[Finding]:
    if manager.exit_tree is not None or not manager.subject.protocol.throws or not shape_of(manager).generator:
        return
    path = path_without_yield(manager)
    if path is None:
        return
    name = definition_span(manager)
    starts = [] if path.caught is None else [at(path.caught, Role.RAISES, "when this raises, a handler catches it")]
    reason = "" if path.caught is None else f" when line {path.caught.span.line} raises"
    yield finding(
        manager,
        _RULE,
        message=f'`{manager.qualname}` may end without a yield{reason}: RuntimeError("generator didn\'t yield")',
        kind="other",
        confidence=Confidence.LOW if path.uncertain else Confidence.MEDIUM,
        span=name if path.caught is None else path.caught.span,
        witness=[*starts, Step(name, Role.LOST, f"`{manager.qualname}` ends before its yield")],
    )


RULE = Rule(*_RULE, "a path ends without a yield", __doc__, _check)
