"""# CML103 unrestored-state

An attribute, a global, an environment variable, the working directory, a stream, a counter or a stack is changed before
the `yield` and put back after it, but stays changed when the body of the `with` raises.

## Why

`contextlib` throws the exception of the body into the generator at the `yield`. Statements after an unprotected
`yield` then never run. The change outlives the `with`, and whatever runs next in the process (the next request,
the next test, the retry) sees it.

## Example

```python
import os
from contextlib import contextmanager


@contextmanager
def timezone(name):
    saved = os.environ["TZ"]
    os.environ["TZ"] = name
    yield
    os.environ["TZ"] = saved
```

## Use instead

```python
import os
from contextlib import contextmanager


@contextmanager
def timezone(name):
    saved = os.environ["TZ"]
    os.environ["TZ"] = name
    try:
        yield
    finally:
        os.environ["TZ"] = saved
```

## Fix safety

The fix moves what puts the state back into `finally`. It is safe when the certificate holds: without an exception
nothing changes, with one only the state is put back, and the exception goes on as before.

## Limits

What a handler releases after some exceptions only (`except Exception` lets KeyboardInterrupt and CancelledError pass)
is reported here as lost for the others, and as CML106 at the handler. One repair mends both.

State is recognised when the same place is read or written before the `yield` and written after it, by the manager or
by a function or method of the same file that it calls, or by the one that returns it; or when names say so (`push`,
`pop`). What those call in turn, or what another file saves or restores, is not seen otherwise. State of an object that
is made in the manager and dies with it is not reported. State of an object whose class is named like one that lives for
one pass (`...Visitor`, `...Tokenizer`), or has such a base class, has low confidence, also where the object is given.

Where a comment or the docstring says that something stays after an exception, the finding has low confidence: its
author has thought of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Finding
from cmlint.flow.manager import Manager
from cmlint.rules.lost import lost_when_body_raises
from cmlint.rules.rule import Rule

_KINDS = frozenset({"state", "env", "cwd", "stdio", "stack"})


def _check(manager: Manager) -> Iterator[Finding]:
    return lost_when_body_raises(manager, "CML103", "unrestored-state", _KINDS)


RULE = Rule("CML103", "unrestored-state", "is not put back when the body raises", __doc__, _check)
