"""# CML102 unreleased-resource

A file, connection, lock, temporary file, registration or another resource is acquired before the `yield` and released
after it, but stays acquired when the body of the `with` raises.

## Why

`contextlib` throws the exception of the body into the generator at the `yield`. Statements after an unprotected
`yield` then never run: the lock stays locked, the connection open, the temporary folder on the disk.

What follows the `yield` for success only (a commit, a check, a log line) is not a release, and stays where it is.

## Example

```python
import sqlite3
from contextlib import contextmanager


@contextmanager
def session(path):
    connection = sqlite3.connect(path)
    yield connection
    connection.commit()
    connection.close()
```

## Use instead

```python
import sqlite3
from contextlib import contextmanager


@contextmanager
def session(path):
    connection = sqlite3.connect(path)
    try:
        yield connection
        connection.commit()
    finally:
        connection.close()
```

## Fix safety

The fix moves the release into `finally` and leaves success-only statements outside of it. It is safe when the
certificate holds: without an exception nothing changes, with one only the release is added, and the exception
goes on as before.

## Limits

What a handler releases after some exceptions only (`except Exception` lets KeyboardInterrupt and CancelledError pass)
is reported here as lost for the others, and as CML106 at the handler. One repair mends both.

A temporary with a name of its own (`delete=False`, `mkstemp`) that is moved to its place behind the `yield` stays when
the body raises. What removes it is not in the code, and the move is for success only: no fix, but an
`except BaseException:` that unlinks it and raises again.

Functions and methods of the same file are looked into, but not what those call in turn; what is acquired or released
there, or in another file, is not seen, unless a name tells. A release must name what was acquired: a verb alone
(`cleanup()`) is reported at low confidence only.

Where a comment or the docstring says that something stays after an exception, the finding has low confidence: its
author has thought of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence, Finding
from cmlint.flow.manager import Manager
from cmlint.rules.lost import lost_when_body_raises, unplaced_when_body_raises
from cmlint.rules.rule import Rule

_KINDS = frozenset({"file", "connection", "lock", "temp", "mount", "registration", "remote", "other"})


def _check(manager: Manager) -> Iterator[Finding]:
    found = list(lost_when_body_raises(manager, "CML102", "unreleased-resource", _KINDS))
    sure = any(finding.confidence is not Confidence.LOW for finding in found)
    unplaced = () if sure else tuple(unplaced_when_body_raises(manager, "CML102", "unreleased-resource"))
    yield from unplaced or found


RULE = Rule("CML102", "unreleased-resource", "stays acquired when the body raises", __doc__, _check)
