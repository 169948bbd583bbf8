"""# CML105 broken-cleanup-chain

A step of the clean-up can raise, and a later release is then skipped.

## Why

A `finally` body (or an `__exit__`) is ordinary code: when its first statement raises, the others do not run. What they
release stays acquired, and the exception that reaches the caller is that of the clean-up.

## Example

```python
import shutil
import tempfile
from contextlib import contextmanager


@contextmanager
def checkout(repository):
    folder = tempfile.mkdtemp()
    try:
        yield folder
    finally:
        repository.commit()
        shutil.rmtree(folder)
```

## Use instead

```python
import shutil
import tempfile
from contextlib import contextmanager


@contextmanager
def checkout(repository):
    folder = tempfile.mkdtemp()
    try:
        yield folder
    finally:
        try:
            repository.commit()
        finally:
            shutil.rmtree(folder)
```

## Fix safety

The fix puts the step that can raise into a `try` of its own and what it must not skip into the `finally`. It is safe
when the certificate holds: without an exception nothing changes, and when the step raises only the release is added. A
fifth `try` is not nested: there an ExitStack holds the releases better.

## Limits

Only steps that can really fail count (awaits, input and output, processes, databases, calls of what was handed in); a
plain `close()`, a restored attribute or a popped stack is taken not to raise. What is asked of a device, a machine or a
server (told by the last word of its name: `camera`, `container`, `client`) and what waits for a limited time can fail,
too. A release in a loop counts as a step when it can fail, or when it stops or tears down what the loop runs over: what
is left of the loop is skipped then. So does an `assert` or `raise` by which the clean-up says that a
step failed (`assert status == 0`, `raise self.thread.exception`), the flush of a stream that somebody else gave, and
what is read back from a temporary file. An awaited step is also cancelled, unless something is shielded from that.

What is shown to people, what a fixture skips and a failure that the clean-up itself drops is reported at low confidence
only.

What a step runs is read, in the file and where an import leads to another one of the package: it can't fail where
all that may has a handler. A second close of what another object was made around, an object that was waited for
before, and a check that the setup has passed as well are quiet. Clean-up that is known by its name alone, in a
generator, and the kinds of evidence that readers believed less than six times of ten are reported at low confidence.

What a handler beside the step notes was thought of, and what the finalizer of the class or the end of the function
closes as well need not be missed: at low confidence. Quiet is a question that was handed in to be asked, the null
device, and the shutdown of an application that is cancelled.

In the 71 packages of the benchmark two readers judged all findings at default settings: of those with a clear verdict
22 of 24 are right (4 more can be argued about). **In code that is new to it less are**: of random samples from 29,953
released packages 95 of 159 were right in the first three, which were mended one after the other, then 28 of 37, 25 of
45 and, as it is now, 27 of 40. Most of what this rule is about is missed there: of 340 managers that nobody had read 14
of 37 losses were found (docs/accuracy.md).

"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence, Finding, Role, Step, listed
from cmlint.flow.losses.chain import BrokenChain, broken_chains
from cmlint.flow.losses.finalized import is_released_by_finalizer
from cmlint.flow.losses.harmless import is_collected, is_display
from cmlint.flow.lowering.graph import Inside, Site
from cmlint.flow.manager import Manager
from cmlint.flow.reading.events import Call, Raise
from cmlint.rules.finding import at, definition_span, finding, lines_of, surest, told_once
from cmlint.rules.rule import Rule

_RULE = ("CML105", "broken-cleanup-chain")
# Readers believed these less than six times of ten: benchmarks/data/judged.tsv, three random samples.
_DOUBTED = frozenset(
    {
        *(("caretaker", kind) for kind in ("other", "server", "task")),
        *(("disposal", kind) for kind in ("connection", "server", "other", "process")),
        ("antonyms", "other"),
        ("restored state", "state"),
        ("same callee", "state"),
        ("transactions", "state"),
    }
)
_BY_NAME = frozenset({"apparent", "apparent by name", "caretaker", "repeated"})  # nothing was seen to be acquired


def _check(manager: Manager) -> Iterator[Finding]:
    chains = sorted(broken_chains(manager), key=lambda chain: (chain.raising.span, chain.obligation.object))
    if not chains:
        return
    confidence, chains = surest(chains, lambda chain: _confidence(chain, manager))
    raising = chains[0].raising
    chains = [chain for chain in chains if chain.raising is raising]
    words = [chain.obligation.words for chain in told_once(chains)]
    lost = listed([f"{word.what} {word.lost}" for word in words])
    skipped = {site.index: site for chain in chains for site in chain.skipped}
    yield finding(
        manager,
        _RULE,
        message=f"{lost} when {_fault(raising)} in the clean-up",
        kind=chains[0].obligation.kind,
        confidence=confidence,
        span=raising.span,
        witness=[
            at(raising, Role.RAISES, _can_raise(raising)),
            *(at(site, Role.SKIPPED, _skipped(site)) for site in sorted(skipped.values(), key=lambda site: site.span)),
            Step(definition_span(manager), Role.LOST, f"`{manager.qualname}` is left, and {lost}"),
        ],
        cleanup_lines=lines_of(skipped.values()),
    )


def _fault(raising: Site) -> str:
    said = isinstance(raising.event, Raise)
    return f"`{raising.event.text}` is reached" if said else f"`{raising.event.text}` raises"


def _can_raise(raising: Site) -> str:
    awaited = isinstance(raising.event, Call) and raising.event.awaited
    step = "a step inside this call" if raising.grafted else "this step of the clean-up"
    if raising.inside is not None:
        step = _line_of(raising.inside)
    return f"{step} can raise: it is awaited, so at least it can be cancelled" if awaited else f"{step} can raise"


def _skipped(site: Site) -> str:
    if site.inside is not None:
        return f"{_line_of(site.inside)} is skipped"
    return "skipped, inside this call" if site.grafted else "skipped"


def _line_of(inside: Inside) -> str:
    return f"in `{inside.qualname}`: line {inside.line}"


def _confidence(chain: BrokenChain, manager: Manager) -> Confidence:
    """An `__exit__` is there to release what the object holds, whoever acquired it.

    So is a `finally`, for what seems to be cleaned up there. A fixture whose clean-up fails is seen at once, and what
    the clean-up drops was thought of.
    """
    if is_display(chain.obligation) or chain.dropped or not manager.subject.protocol.throws:
        return Confidence.LOW
    if (chain.obligation.origin, chain.obligation.kind) in _DOUBTED:
        return Confidence.LOW
    if is_released_by_finalizer(chain.obligation, manager):
        return Confidence.LOW
    if manager.exit_tree is not None:
        return Confidence.MEDIUM
    by_name = chain.obligation.origin in _BY_NAME
    return Confidence.LOW if by_name or is_collected(chain.obligation, manager) else chain.obligation.confidence


RULE = Rule(*_RULE, "one step of the clean-up raises and a later release is skipped", __doc__, _check)
