"""# CML106 narrow-cleanup

A release runs after some exceptions of the body only: under `except Exception`, under `except ValueError`, only in
`else`; or in an `__exit__` only when there was no exception.

## Why

`KeyboardInterrupt`, `SystemExit`, `asyncio.CancelledError` and `GeneratorExit` arrive at the `yield` like every other
exception, and `except Exception` stops none of them.

## Example

```python
from contextlib import contextmanager


@contextmanager
def locked(lock):
    lock.acquire()
    try:
        yield
    except Exception:
        lock.release()
        raise
    lock.release()
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
```

## Fix safety

In a generator, what both the handler (before it raises again) and the code behind the `try` release goes into a
`finally`; where they differ, `except Exception` becomes `except BaseException`. In a class, an `if exc_type is None:`
that holds only the release is dropped. It is safe when the certificate holds: without an exception nothing changes,
and after one only the release is added. A handler that does not raise again decides on the exception: no fix.

## Limits

A handler that only mentions the object (hands it to a function) is taken to deal with it.

A local file that an exception leaves open which ends the program is reported at low confidence only.

Measured by reading all findings at the default confidence in 276 released packages: 5 of 6 with a clear verdict were
right, one more is a matter of taste; all were seen while the rule was mended, and they are too few to say more. What
was wrong: a release that is skipped for a nested transaction, which has none of its own.

"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence, Finding, Role, Step, listed
from cmlint.flow.events import Fault
from cmlint.flow.harmless import is_collected
from cmlint.flow.manager import Manager
from cmlint.flow.narrow import NarrowCleanup, narrow_cleanups
from cmlint.rules.finding import at, definition_span, finding, least, lines_of, where
from cmlint.rules.rule import Rule

_RULE = ("CML106", "narrow-cleanup")
_WHICH = {
    Fault.EXCEPTION: "for some exceptions of the body",
    Fault.BASE: "for KeyboardInterrupt, SystemExit and CancelledError",
    Fault.CLOSE: "for GeneratorExit",
}


def _check(manager: Manager) -> Iterator[Finding]:
    found = sorted(narrow_cleanups(manager), key=lambda narrow: (narrow.site.span, narrow.acquire.span))
    if not found:
        return
    found = [narrow for narrow in found if narrow.site is found[0].site]
    first = found[0]
    lost = listed([f"{narrow.obligation.words.what} {narrow.obligation.words.lost}" for narrow in found])
    skipped = {site.index: site for narrow in found for site in narrow.skipped}
    is_class = manager.exit_tree is not None
    at_exit = manager.exit_tree.span(manager.exit_tree.function.name) if manager.exit_tree else first.site.span
    which = "for some exceptions of the body" if is_class else _WHICH[first.fault]
    yield finding(
        manager,
        _RULE,
        message=f"{lost} {which}: the release does not run for all of them",
        kind=first.obligation.kind,
        confidence=least(_confidence(narrow, manager) for narrow in found),
        span=at_exit,
        witness=[
            at(first.acquire, Role.ACQUIRED, f"{first.obligation.words.acquired} {where(first.acquire)}"),
            Step(at_exit, Role.RAISES, "the exception of the body arrives here"),
            *(at(site, Role.SKIPPED, "skipped") for site in sorted(skipped.values(), key=lambda site: site.span)),
            Step(definition_span(manager), Role.LOST, f"`{manager.qualname}` is left, and {lost}"),
        ],
        cleanup_lines=lines_of(skipped.values()),
    )


def _confidence(narrow: NarrowCleanup, manager: Manager) -> Confidence:
    """What closes by itself soon is no matter when the program ends anyway."""
    ending = narrow.fault is not Fault.EXCEPTION and manager.exit_tree is None
    return Confidence.LOW if ending and is_collected(narrow.obligation, manager) else narrow.obligation.confidence


RULE = Rule(*_RULE, "clean-up runs for some exceptions only", __doc__, _check)
