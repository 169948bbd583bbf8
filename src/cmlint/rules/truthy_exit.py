"""# CML301 truthy-exit

`__exit__` returns something true whatever happened, so every exception of the body is dropped.

## Why

A true value of `__exit__` means that the exception was dealt with. `return True` at the end, often written for "it
worked", silences everything, `KeyboardInterrupt` included.

## Example

```python
class Timer:
    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        self.done = True
        return True
```

## Use instead

```python
class Timer:
    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        self.done = True
```

## Fix safety

There is no fix: whether the exception should go on is for the maintainer to decide.

## Limits

`return self` is never meant, so it counts on any path where nobody asks which exception it is, whatever the class is
called. Otherwise a class whose name or documentation says that it suppresses, catches, skips or collects exceptions is
reported at low confidence, and so is one that asks which exception it is: it drops them on purpose.

On rows that nobody had read this rule and CML203 found 1 of 4 managers that drop everything, with one false alarm. With
what was learnt from these very rows it is 3 of 4 and none, which says little about others. In 515 released packages
the default confidence shows one class more than before, in two releases, and rightly.

An object that says itself whether it is true (`__bool__`, `__len__`) may be false. Two readers judged the findings at
default settings in 15,683 released packages: 7 of 10 with a clear verdict were right, 7 of the 8 that are still
reported; then 4 of 6 in 14,270 further ones, and the other two, written for one test and inside of it, are at low
confidence since. In the 71 packages of the benchmark it finds nothing at default settings.

"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence, Finding, Role, Step
from cmlint.flow.manager import Manager
from cmlint.flow.misuse.shape import stands_in_a_test
from cmlint.flow.misuse.swallow import may_be_false, only_handles, returns_itself, says_so, swallowed
from cmlint.rules.finding import finding
from cmlint.rules.rule import Rule

_RULE = ("CML301", "truthy-exit")


def _check(manager: Manager) -> Iterator[Finding]:
    if manager.exit_tree is None:
        return
    everywhere = any(drop.all_ for drop in swallowed(manager))
    itself = returns_itself(manager) and (everywhere or not only_handles(manager))
    if itself and may_be_false(manager):
        return
    if not itself and not everywhere:
        return
    what = _what(itself=itself, everywhere=everywhere)
    span = manager.exit_tree.span(manager.exit_tree.function.name)
    yield finding(
        manager,
        _RULE,
        message=f"`{manager.qualname}` drops every exception of the body: its `__exit__` {what}",
        kind="other",
        confidence=Confidence.LOW if not itself and _is_meant(manager) else Confidence.MEDIUM,
        span=span,
        witness=[
            Step(span, Role.RAISES, "the exception of the body arrives here"),
            Step(span, Role.LOST, f"{_returned(itself=itself)}, and the exception is gone"),
        ],
    )


def _what(*, itself: bool, everywhere: bool) -> str:
    if not itself:
        return "always returns something true"
    return "returns itself, which is true" + ("" if everywhere else ", on some path")


def _returned(*, itself: bool) -> str:
    return "the object itself is returned, which is true" if itself else "something true is returned on every path"


def _is_meant(manager: Manager) -> bool:
    return says_so(manager) or only_handles(manager) or stands_in_a_test(manager)


RULE = Rule(*_RULE, "`__exit__` returns something true whatever happened", __doc__, _check)
