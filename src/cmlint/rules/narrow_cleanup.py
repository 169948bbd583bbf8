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
`finally`; where they differ, or a success releases nothing, `except Exception` becomes `except BaseException`. In a
class, an `if exc_type is None:` that holds only the release is dropped. It is safe when the certificate holds: without
an exception nothing changes, and after one only the release is added. A handler that does not raise again decides on
the exception: no fix.

## Limits

In a generator, CML101 to CML103 report the same loss at the `yield`: they name all that is lost when the body raises,
whatever it raises, and CML106 names the handler that is too narrow for it. One repair mends both. In a class there is
CML106 alone.

A file or folder that a handler of every `Exception` removes, and that a success leaves or moves to its place, is half
made after the others; what is deleted elsewhere (a row, a key) is not looked for, as a rollback may undo it.

A handler that only mentions the object (hands it to a function) is taken to deal with it.

A local file that an exception leaves open which ends the program is reported at low confidence only; so is what a
handler of Exception and KeyboardInterrupt releases, unless it is a process, thread or task that runs on.

What a class leaves out after an exception is reported at low confidence where it is ended by a method of its own, is
computed anew, or its author says so beside it.

A transaction that stays open only for KeyboardInterrupt and SystemExit is reported at low confidence, because the
connection is mostly closed then by its owner; where a task may be cancelled it is reported.

In the 71 packages of the benchmark two readers judged all findings at default settings: the one with a clear verdict is
right (one more can be argued about; four others were wrong, and are gone). Of random samples from 15,683 released
packages 62 of 85 were right, and of all those in 14,270 further ones, which nobody had read, 15 of 19.

An `__exit__` that lets go of its own object only after a success (`if exc_type is None: self.disconnect()`) counts
where it does nothing else after an exception; not a `close()`, which may complete what was written. On unread rows the
rule found neither of two classes that skip their clean-up; it finds one since they were read.

"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cmlint.findings import Confidence, Finding, Role, Step, listed
from cmlint.flow.losses.narrow import NarrowCleanup
from cmlint.flow.lowering.graph import Way
from cmlint.flow.manager import Manager
from cmlint.flow.paths.search import Search
from cmlint.flow.reading.events import Fault, Form, Store, Test
from cmlint.flow.reading.syntax import told_of
from cmlint.rules.finding import at, definition_span, finding, least, lines_of, of_one_yield, told_once, where
from cmlint.rules.rule import Rule

_RULE = ("CML106", "narrow-cleanup")
# By what benchmarks/data/judged.tsv says of the random samples and of the packages of the benchmark.
_DOUBTED = frozenset({("same callee", "state")})
_DOUBTED_AT_THE_END = frozenset({("transactions", "state")})
_KEYBOARD = "KeyboardInterrupt"
_RAISED = {"none": Way.FALSE, "truthy": Way.TRUE}  # how a question about an exception is answered when there is one


def _check(manager: Manager) -> Iterator[Finding]:
    found = of_one_yield(manager.narrow_cleanups)
    if not found:
        return
    first = found[0]
    lost = listed([f"{narrow.obligation.words.what} {narrow.obligation.words.lost}" for narrow in told_once(found)])
    skipped = {site.index: site for narrow in found for site in narrow.skipped}
    arrives = manager.exit_tree.span(manager.exit_tree.function.name) if manager.exit_tree else first.site.span
    yield finding(
        manager,
        _RULE,
        message=f"{lost} {_when(manager, first)}",
        kind=first.obligation.kind,
        confidence=_confidence(manager, found),
        span=first.handler or arrives,
        witness=[
            at(first.acquire, Role.ACQUIRED, f"{first.obligation.words.acquired} {where(first.acquire)}"),
            Step(arrives, Role.RAISES, "the exception of the body arrives here"),
            *_passed(first),
            *(at(site, Role.SKIPPED, "skipped") for site in sorted(skipped.values(), key=lambda site: site.span)),
            Step(definition_span(manager), Role.LOST, f"`{manager.qualname}` is left, and {lost}"),
        ],
        cleanup_lines=lines_of(skipped.values()),
    )


def _when(manager: Manager, narrow: NarrowCleanup) -> str:
    if manager.exit_tree is not None and _is_lost_after_all(manager, narrow):
        return "when the body raises: the clean-up runs only when there was no exception"
    which = listed(narrow.ending) if narrow.ending else "some exceptions of the body"
    why = "the handler is too narrow" if narrow.passed else "the release does not run for all of them"
    return f"for {which}: {why}"


def _is_lost_after_all(manager: Manager, narrow: NarrowCleanup) -> bool:
    """Whether `__exit__` loses it whenever there is an exception; may miss one that asks for it in other words."""
    assert manager.exit_tree is not None
    told = told_of(manager.exit_tree.function)
    search = Search(manager.graph, narrow.obligation)
    numbers = [here.number for here, _ in manager.obligations if here.site is narrow.site]
    held = (state for number in numbers for state in search.held_at(number))
    for reached in (reached for state in held for reached in search.when_thrown(state, Fault.EXCEPTION)):
        node = manager.graph.nodes[reached.node]
        test = node.site.event if node.site else None
        if isinstance(test, Test) and test.subject in told and test.predicate in _RAISED:
            answers = (search.answer(reached, edge) for edge in node.edges if edge.way is _RAISED[test.predicate])
            return any(answer is not None and answer.lost for answer in answers)
    return False


def _confidence(manager: Manager, found: Sequence[NarrowCleanup]) -> Confidence:
    if _is_meant(manager, found[0]) or all(_is_doubted(manager, narrow) for narrow in found):
        return Confidence.LOW
    return least(narrow.confidence for narrow in found)


def _is_doubted(manager: Manager, narrow: NarrowCleanup) -> bool:
    """Whether readers believed such findings less than six times of ten.

    When the program ends, its connections are closed, and what they have begun is rolled back; a task that is cancelled
    leaves them open.
    """
    kind = (narrow.obligation.origin, narrow.obligation.kind)
    ends = _KEYBOARD in narrow.ending and not manager.subject.definition.is_async
    return kind in _DOUBTED or (ends and kind in _DOUBTED_AT_THE_END)


def _is_meant(manager: Manager, narrow: NarrowCleanup) -> bool:
    """Whether a class leaves out after an exception what it ends by a method of its own, or computes anew.

    The other branch may end it in another way, and what is computed and not put back is a result.
    """
    stores = [site.event.value.form for site in narrow.obligation.releases if isinstance(site.event, Store)]
    computed = bool(stores) and all(form is Form.CALL for form in stores)
    own = narrow.obligation.origin == "antonyms" and narrow.obligation.object == "self"
    return (computed or own) and manager.exit_tree is not None and _is_lost_after_all(manager, narrow)


def _passed(narrow: NarrowCleanup) -> Iterator[Step]:
    """The clause that lets the exception pass, where it is sure to."""
    if narrow.handler is not None and narrow.passed:
        yield Step(narrow.handler, Role.RAISES, "does not stop it")


RULE = Rule(*_RULE, "clean-up runs for some exceptions only", __doc__, _check)
