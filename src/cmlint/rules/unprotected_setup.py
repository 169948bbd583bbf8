"""# CML104 unprotected-setup

The setup acquires something, and a later statement of the setup raises before the `try` that protects it begins (or, in
a class, before `__enter__` returns).

## Why

The `finally` that releases protects only what its `try` holds. In a class it is worse: when `__enter__` raises,
`__exit__` is not called at all. So a second acquire that fails loses the first one.

## Example

```python
import os
import subprocess
from contextlib import contextmanager


@contextmanager
def built(path):
    old = os.getcwd()
    os.chdir(path)
    subprocess.run(["make"], check=True)
    try:
        yield
    finally:
        os.chdir(old)
```

## Use instead

```python
import os
import subprocess
from contextlib import contextmanager


@contextmanager
def built(path):
    old = os.getcwd()
    os.chdir(path)
    try:
        subprocess.run(["make"], check=True)
        yield
    finally:
        os.chdir(old)
```

## Fix safety

The fix lets the `try` begin right behind the acquisition; where its `finally` also releases what is acquired later, a
second `try` around the first one holds the release. It is safe when the certificate holds: without an exception nothing
changes, and when the setup fails only the release is added. Where three releases would be nested, they become callbacks
of an `ExitStack`. In a class the release of `__exit__` is copied into `except BaseException:` around the later steps of
`__enter__`.

## Limits

Only statements that can really fail count: explicit `raise`, awaits, input and output, processes, networks, databases,
imports of packages that may not be installed, calls of what the caller handed in, what is asked of a device, a machine
or a server (told by the last word of its name: `camera`, `container`, `client`), functions that are given one, what
waits for a limited time, contexts of connections, servers and transactions that are entered by hand (other contexts:
at low confidence). A loop that starts or sets up one thing after the other loses the first ones when a later one
fails. An awaited step may be cancelled, and `except Exception` does not stop that. What any other `except` on the way
deals with is not reported. Contexts that the object was given and enters in a loop may fail, whatever they are.

What an object sets in itself counts where it refuses to be entered as long as that is set (`if self._running: raise`):
after a setup that failed it can't be entered again. What is only a local is lost until it is stored (`self.path = x`).

What closes by itself soon after (a file, a socket or an SQLite connection that only the manager holds), what is shown
to people, what a fixture loses, what an object sets in itself and what it puts on a stack of its own is reported at low
confidence only.

In a class the setup begins with `__init__`: what that acquires is lost when a step behind it, there or in `__enter__`,
fails, because `__exit__` does not run then. Only a known process, thread, server or temporary file counts, and what a
`connect` or `launch` gives, since most of what a constructor makes waits to be used.

A step that runs functions of the file, or of the package where an import leads to them, fails when something in them
can that no handler is around. An object that was only made, by a class or a function that makes one, holds nothing
before it is used, nor does a client that connects with its first request; neither does what the acquire itself says
failed. Such findings, state that is put back and what is closed by a name alone are reported at low confidence,
unless what fails was handed in or is a `raise`.

A release that a guard leaves out on this path is not owed, and nothing is lost where the result says that it was not
acquired (`if not grant.acquired: raise`), or where a handler of every exception tidies up. A method that only refuses
to be called in another state (`if self._closed: raise`) does not fail, nor does the first method of an object that was
only made lose that. A context whose entering only notes something holds nothing; nor is anything lost that goes with a
driver which a `with` ends, or when the start of an application is cancelled.

In the 71 packages of the benchmark two readers judged all findings at default settings: those with a clear verdict, 9,
are right (5 more can be argued about). **In code that is new to it less are**: of random samples from 29,953 released
packages 100 of 172 were right in the first three, which were mended one after the other, then 22 of 37, 20 of 42 and,
as it is now, 24 of 37. Most of what this rule is about is missed there, failures under names that say nothing: of 340
managers that nobody had read 12 of 37 losses were found (docs/accuracy.md).

"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cmlint.findings import Confidence, Finding, Role, Step, listed
from cmlint.flow.calls.kept import was_given
from cmlint.flow.failing.fallible import is_callback
from cmlint.flow.losses.finalized import is_finalized
from cmlint.flow.losses.harmless import is_collected, is_display
from cmlint.flow.losses.refused import shuts
from cmlint.flow.losses.setup import SetupLoss, setup_losses
from cmlint.flow.lowering.graph import Site
from cmlint.flow.manager import Manager
from cmlint.flow.obligations.lifespans import runs_with_application
from cmlint.flow.reading import events
from cmlint.flow.reading.events import Call, Raise, Store
from cmlint.flow.reading.scope import Origin
from cmlint.rules.finding import at, definition_span, finding, lines_of, surest, told_once
from cmlint.rules.rule import Rule

# By what benchmarks/data/judged.tsv says of random samples.
_DOUBTED = frozenset({("disposal", "connection"), ("disposal", "server"), ("knowledge base", "thread")})
_ONLY_AWAITED = frozenset({("disposal", "file")})  # what is closed by its name alone
_SELDOM = frozenset({"hooks", "transactions"})
_PUT_BACK = frozenset({"restored state", "same callee"})
_PART = 2  # names in `self.db`; in `self.db.mode` something of it is changed
_RULE = ("CML104", "unprotected-setup")


def _check(manager: Manager) -> Iterator[Finding]:
    losses = sorted(setup_losses(manager), key=lambda loss: (loss.acquire.span, loss.obligation.object))
    if not losses:
        return
    confidence, losses = surest(losses, lambda loss: _confidence(loss, manager))
    first = losses[0]
    words = [loss.obligation.words for loss in told_once(losses)]
    lost = listed([f"{word.what} {word.lost}" for word in words])
    raising = _raising(losses)
    acquires = {loss.acquire.index: loss for loss in told_once(losses)}
    in_class = manager.exit_tree is not None
    where_to = f"`{manager.tree.function.name.value}` returns" if in_class else "yield"
    left = f"`{manager.qualname}` is left before its {where_to}"
    inside = "something inside this call" if raising.grafted else "this"
    yield finding(
        manager,
        _RULE,
        message=f"{lost} when line {raising.span.line} raises, before the protection begins",
        kind=first.obligation.kind,
        confidence=confidence,
        span=first.acquire.span,
        witness=[
            *(at(loss.acquire, Role.ACQUIRED, f"{loss.obligation.words.acquired} here") for loss in acquires.values()),
            at(raising, Role.RAISES, f"{inside} can raise, and nothing protects what was acquired yet"),
            Step(definition_span(manager), Role.LOST, f"{left}, and {lost}"),
        ],
        cleanup_lines=lines_of(site for loss in losses for site in loss.obligation.releases if not site.grafted),
    )


def _raising(losses: Sequence[SetupLoss]) -> Site:
    """The step that loses all of them: the first behind all that acquires, if there is one."""
    steps = sorted((loss.raising for loss in losses), key=lambda site: site.span)
    last = max(loss.acquire.span for loss in losses)
    return next((step for step in steps if step.span >= last), steps[-1])


def _confidence(loss: SetupLoss, manager: Manager) -> Confidence:
    """What a fixture loses when it fails, and what an object sets in itself, is often not worth a word."""
    state = loss.obligation.origin == "restored state" or loss.obligation.kind == "stack"
    if _is_doubted(loss, manager):
        return Confidence.LOW
    own = manager.scope.origin(loss.obligation.object) is Origin.SELF and state
    if not loss.sure or not manager.subject.protocol.throws or (own and not _matters(loss, manager)):
        return Confidence.LOW
    collected = is_collected(loss.obligation, manager) or is_finalized(loss.obligation, manager)
    if collected or is_display(loss.obligation):
        return Confidence.LOW
    return min(loss.obligation.confidence, Confidence.MEDIUM, key=lambda confidence: confidence.rank)


def _is_doubted(loss: SetupLoss, manager: Manager) -> bool:
    """Whether readers believed such findings less than six times of ten, or it is state that nobody asks for.

    Of state that is put back those were right in which something that was handed in fails, or a `raise` stands there.
    An application that does not start is not asked for its state.
    """
    obligation, raising = loss.obligation, loss.raising
    if obligation.kind == "state" and runs_with_application(manager.scope):
        return True
    if obligation.kind == "state" and obligation.origin in _PUT_BACK:
        explicit = isinstance(raising.event, Raise) and not raising.grafted
        return not explicit and not is_callback(raising.event, manager.scope)
    kind = (obligation.origin, obligation.kind)
    unsure = kind in _ONLY_AWAITED and not _is_awaited(loss, manager)
    return unsure or kind in _DOUBTED or obligation.origin in _SELDOM


def _is_awaited(loss: SetupLoss, manager: Manager) -> bool:
    """Whether the step is awaited, or is one of a helper of an asynchronous manager: that waits for something."""
    event = loss.raising.event
    awaited = event.awaited if isinstance(event, Call) else isinstance(event, events.Step) and event.what == "await"
    return awaited or (loss.raising.grafted and manager.subject.definition.is_async)


def _matters(loss: SetupLoss, manager: Manager) -> bool:
    """Whether the object keeps what its caller gave it, changes what it keeps of it, or can't be entered again.

    `self.db.mode = 1` changes what it keeps.
    """
    if shuts(loss.obligation, manager):
        return True
    place = loss.obligation.object.split(".")
    if len(place) > _PART and place[_PART].isidentifier() and was_given(place[1], manager.subject):
        return True
    event = loss.acquire.event
    return isinstance(event, Store) and manager.scope.origin(event.value.text) is Origin.PARAMETER


RULE = Rule(*_RULE, "lost when the setup fails half-way", __doc__, _check)
