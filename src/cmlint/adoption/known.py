"""Which findings were known before: those whose key is expected, as often as it is expected.

Findings of one key can't be told apart, so of three of them where two are expected the last in the file is new. A
finding that left its place (a file that was renamed, a function that went to another module) is known where it arrives.
Errs towards silence there: who repairs one manager and writes the same mistake under the same name elsewhere, in one
step, is not told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from cmlint.findings import Applicability, Edit, Finding
from cmlint.identity import Key, key


@dataclass(frozen=True)
class Match:
    """What came of comparing findings with what was expected.

    known: the findings' own keys, with how many of each are known; gone: what was expected and does not occur; moved:
    what was expected at one place and occurs at another, by the key of the old place.
    """

    known: Counter[Key]
    gone: Counter[Key]
    moved: Counter[Key]


def match(
    findings: Sequence[Finding],
    place: Callable[[str], str],
    expected: Counter[Key],
    may_have_left: Callable[[str], bool],
) -> Match:
    """Compare `findings` with `expected`, whose paths are what `place` makes of the findings' paths.

    `may_have_left` says of such a path whether what was expected there and is not there may be somewhere else now.
    """
    keys = [key(finding, place(finding.path)) for finding in findings]
    actual = Counter(keys)
    known, gone = actual & expected, expected - actual
    moved: Counter[Key] = Counter()
    spare: dict[Key, list[Key]] = {}
    for one in sorted(gone):
        if may_have_left(one.path):
            spare.setdefault(_anywhere(one), []).append(one)
    for one in sorted((actual - known).elements()):
        old = next((old for old in spare.get(_anywhere(one), ()) if moved[old] < gone[old]), None)
        if old is not None:
            known[one] += 1
            moved[old] += 1
    return Match(_own(findings, keys, known), gone - moved, moved)


def _anywhere(one: Key) -> Key:
    return one._replace(path="")


def _own(findings: Sequence[Finding], keys: Sequence[Key], known: Counter[Key]) -> Counter[Key]:
    """`known` by the findings' own keys, whose paths are as they were given."""
    left = known.copy()
    own: Counter[Key] = Counter()
    for finding, one in zip(findings, keys, strict=True):
        if left[one] > 0:
            left[one] -= 1
            own[key(finding)] += 1
    return own


@dataclass(frozen=True)
class Sifted:
    """Findings, told apart: those that are new, and those that were known."""

    new: tuple[Finding, ...]
    known: tuple[Finding, ...]


def sift(findings: Iterable[Finding], known: Counter[Key]) -> Sifted:
    """Tell `findings` apart; of equal keys the first ones are taken for the known ones."""
    left = known.copy()
    parts: tuple[list[Finding], list[Finding]] = ([], [])
    for finding in findings:
        one = key(finding)
        is_known = left[one] > 0
        parts[is_known].append(finding)
        left[one] -= is_known
    return Sifted(tuple(parts[False]), tuple(parts[True]))


def spared(new: Iterable[Finding], known: Sequence[Finding]) -> tuple[Finding, ...]:
    """`new` without the fixes that would also change code of a finding in `known`; they say so."""
    return tuple(_without_fix(finding, next(_shared(finding, known), None)) for finding in new)


def _shared(finding: Finding, known: Iterable[Finding]) -> Iterator[Finding]:
    """Those of `known` whose own fix has an edit in common with that of `finding`."""
    edits = finding.fix.edits if finding.fix else ()
    for other in known:
        theirs = other.fix.edits if other.fix and other.path == finding.path else ()
        if any(_touch(edit, one) for edit in edits for one in theirs):
            yield other


def _touch(one: Edit, other: Edit) -> bool:
    return one == other or (one.start < other.end and other.start < one.end)


def _without_fix(finding: Finding, known: Finding | None) -> Finding:
    if known is None or finding.fix is None:
        return finding
    reason = f"its repair also changes what was known before ({known.code} in line {known.span.line})"
    return replace(finding, fix=replace(finding.fix, applicability=Applicability.DISPLAY_ONLY), no_fix_reason=reason)
