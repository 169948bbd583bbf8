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
plain `close()`, a restored attribute or a popped stack is taken not to raise. A release in a loop counts as a step when
it can fail: what is left of the loop is skipped then. So does an `assert` or `raise` by which the clean-up says that a
step failed (`assert status == 0`, `raise self.thread.exception`), the flush of a stream that somebody else gave, and
what is read back from a temporary file. An awaited step is also cancelled, unless something is shielded from that.

What is shown to people, what a fixture skips and a failure that the clean-up itself drops is reported at low confidence
only.

Measured by reading the findings at the default confidence in 266 released packages: 63 of 65 with a clear verdict were
right, and for 14 careful maintainers could differ. Before the last mending it was 63 of 75 in the same code (in 77 of
these packages, that were new then, 7 of 10), and all of the mending came from these very readings. In ten more
packages, read afterwards, 3 of 3 were right.

Recall was measured on 349 managers, drawn at random from 481 packages and labelled before anything ran on them. It
had found 11 of 24 and was wrong in 3 of 14 findings; after ideas from the first samples it finds 4 of 7 in the last,
which had not been read, as before, and was wrong in 2 of 6 there. On all of them it is 15 of 24 now, wrong in 2 of 17.
What it finds beyond before in the 481 packages was read, too: 9 right, none wrong, 2 where maintainers could differ.

On 275 more rows, drawn at random and first measured unread, it was right in 8 of 11 findings and found 8 of 15. With
the ideas from these misses it finds 13 of 15, without a false alarm there; since they were read, that is no
measurement of new code. On the 349 above it is 17 of 24 now, wrong in 1 of 18. In 515 released packages it shows eight
findings that it did not show before: seven are right, and for one maintainers could differ; two are gone, both wrong.

Last of all, on 145 managers of 123 packages that two readers labelled before: 4 of 5 findings were right, and 4 of 14
were found. So most of what this rule is about is missed in new code.

"""

from __future__ import annotations

from collections.abc import Iterator

from cmlint.findings import Confidence, Finding, Role, Step, listed
from cmlint.flow.chain import BrokenChain, broken_chains
from cmlint.flow.events import Call, Raise
from cmlint.flow.graph import Inside, Site
from cmlint.flow.harmless import is_display
from cmlint.flow.manager import Manager
from cmlint.rules.finding import at, definition_span, finding, lines_of, surest, told_once
from cmlint.rules.rule import Rule

_RULE = ("CML105", "broken-cleanup-chain")


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
            at(raising, Role.RAISES, f"{_where(raising)} can raise"),
            *(at(site, Role.SKIPPED, _skipped(site)) for site in sorted(skipped.values(), key=lambda site: site.span)),
            Step(definition_span(manager), Role.LOST, f"`{manager.qualname}` is left, and {lost}"),
        ],
        cleanup_lines=lines_of(skipped.values()),
    )


def _fault(raising: Site) -> str:
    said = isinstance(raising.event, Raise)
    return f"`{raising.event.text}` is reached" if said else f"`{raising.event.text}` raises"


def _where(raising: Site) -> str:
    awaited = isinstance(raising.event, Call) and raising.event.awaited
    step = "a step inside this call" if raising.grafted else "this step of the clean-up"
    if raising.inside is not None:
        step = _line_of(raising.inside)
    return f"{step}, when the task is cancelled if for nothing else," if awaited else step


def _skipped(site: Site) -> str:
    if site.inside is not None:
        return f"{_line_of(site.inside)} is skipped"
    return "skipped, inside this call" if site.grafted else "skipped"


def _line_of(inside: Inside) -> str:
    return f"in `{inside.qualname}`: line {inside.line}"


def _confidence(chain: BrokenChain, manager: Manager) -> Confidence:
    """An `__exit__` is there to release what the object holds, whoever acquired it.

    A fixture whose clean-up fails is seen at once, and what the clean-up drops was thought of.
    """
    if is_display(chain.obligation) or chain.dropped or not manager.subject.protocol.throws:
        return Confidence.LOW
    return chain.obligation.confidence if manager.exit_tree is None else Confidence.MEDIUM


RULE = Rule(*_RULE, "one step of the clean-up raises and a later release is skipped", __doc__, _check)
