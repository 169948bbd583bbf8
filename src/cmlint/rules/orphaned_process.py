"""# CML101 orphaned-process

A process, thread, task, server or executor is started before the `yield` and ended after it, but keeps running when
the body of the `with` raises.

## Why

`contextlib` throws the exception of the body into the generator at the `yield`. Statements after an unprotected
`yield` then never run. What was started goes on without an owner: it holds its port, its files and its memory.

For a `multiprocessing.Process` and a non-daemon `threading.Thread` it is worse: at exit the interpreter joins them and
waits for ever. The program neither works nor ends, so no supervisor restarts it (apache/airflow issue 32706). The
message says so where it is the case.

## Example

```python
from contextlib import contextmanager
from multiprocessing import Process


@contextmanager
def serving(target):
    worker = Process(target=target)
    worker.start()
    yield worker
    worker.terminate()
```

## Use instead

```python
from contextlib import contextmanager
from multiprocessing import Process


@contextmanager
def serving(target):
    worker = Process(target=target)
    worker.start()
    try:
        yield worker
    finally:
        worker.terminate()
```

## Fix safety

The fix moves the release into `finally`. It is safe when the certificate holds: without an exception nothing changes,
with one only the release is added, and the exception goes on as before.

A process of which the body gets only a pipe, and which is only waited for after the `yield`, has no fix: the wait alone
would never end in a `finally`, because what the body did not read fills the pipe. Nor has a task or thread that the
body gets and that is only waited for: nothing in the manager tells it to end.

## Limits

What a handler releases after some exceptions only (`except Exception` lets KeyboardInterrupt and CancelledError pass)
is reported here as lost for the others, and as CML106 at the handler. One repair mends both.

Functions and methods of the same file are looked into, but not what those call in turn; a process that is started or
ended there, or in another file, is not seen, unless a name tells. A thread that ends by itself is reported as well when
the manager joins it after the `yield`.
"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Finding
from cmlint.flow.manager import Manager
from cmlint.rules.lost import lost_when_body_raises, unread_when_body_raises
from cmlint.rules.rule import Rule

_KINDS = frozenset({"process", "thread", "task", "server", "executor"})


def _check(manager: Manager) -> Iterator[Finding]:
    found = list(lost_when_body_raises(manager, "CML101", "orphaned-process", _KINDS))
    yield from found or unread_when_body_raises(manager, "CML101", "orphaned-process")


RULE = Rule("CML101", "orphaned-process", "keeps running when the body raises", __doc__, _check)
