"""# CML302 incomplete-manager

A class has `__enter__` without `__exit__` (or the other way round), or an `__exit__` that the `with` statement can't
call.

## Why

`with` looks both methods up before it enters, and calls `__exit__` with three arguments. A wrong signature raises
TypeError when the body ends, on top of whatever the body raised.

## Example

```python
class Lock:
    def __enter__(self):
        self.held = True
        return self

    def __exit__(self):
        self.held = False
```

## Use instead

```python
class Lock:
    def __enter__(self):
        self.held = True
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        self.held = False
```

## Fix safety

There is no fix yet.

## Limits

A class with base classes may inherit the other method; it is not reported for lacking it. One that only lacks it may
be half of others, or have subclasses with it, and is reported at low confidence; so is a stand-in for tests. A class
whose `__enter__` only raises is not meant to be entered.

Two readers judged random samples of the findings at default settings in 15,683 released packages: 16 of 29 with a
clear verdict were right, and 6 of the 6 that are still reported; then 2 of 6 in 14,270 further ones, where the others
were interfaces of Zope, which are quiet now, and a class that one test is about. In the 71 packages of the benchmark it
finds nothing at default settings.

"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence, Finding, Role, Step
from cmlint.flow.manager import Manager
from cmlint.flow.misuse.shape import exit_takes, refuses, stands_in_a_test
from cmlint.rules.finding import definition_span, finding
from cmlint.rules.rule import Rule

_RULE = ("CML302", "incomplete-manager")
_DOUBLES = ("Fake", "Mock", "Stub", "Dummy")
_PASSED = 3  # the class of the exception, the exception, its traceback


def _check(manager: Manager) -> Iterator[Finding]:
    reason = _reason(manager)
    if reason is None:
        return
    tree = manager.exit_tree or manager.tree
    span = tree.span(tree.function.name) if manager.exit_tree else definition_span(manager)
    yield finding(
        manager,
        _RULE,
        message=reason,
        kind="other",
        confidence=Confidence.LOW if _may_be_meant(manager) else Confidence.MEDIUM,
        span=span,
        witness=[Step(span, Role.LOST, "a `with` on this class raises TypeError or AttributeError")],
    )


def _may_be_meant(manager: Manager) -> bool:
    """Whether nobody may enter an object of just this class.

    It lacks a method, so a subclass may have it, or it is half of others, whose `__exit__` those call; it stands in for
    another in a test; or the file calls an `__exit__` without arguments itself.
    """
    double = (manager.subject.owner or "").lstrip("_").startswith(_DOUBLES) or stands_in_a_test(manager)
    return manager.subject.missing is not None or double or ".__exit__()" in manager.subject.whole.text


def _declares(manager: Manager) -> bool:
    """Whether the class is an interface of Zope, whose methods have no `self` (https://zopeinterface.readthedocs.io)."""
    return "Interface" in manager.subject.bases and manager.subject.visible.get("Interface", "").startswith("zope")


def _reason(manager: Manager) -> str | None:
    owner = manager.subject.owner
    if refuses(manager) or _declares(manager):
        return None
    if manager.subject.missing is not None:
        return f"`{owner}` has `{manager.subject.definition.name}` but no `{manager.subject.missing}`"
    takes = exit_takes(manager)
    if takes is None:
        return None
    least, most = takes
    if least <= _PASSED and (most is None or most >= _PASSED):
        return None
    return f"`{manager.qualname}` has an `__exit__` that can't be called with the three arguments that `with` passes"


RULE = Rule(*_RULE, "`__enter__` without `__exit__`, or a signature that `with` can't call", __doc__, _check)
