"""Writes what was measured about fixes as plain text: figures, every harm, every manager that is not repaired."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fix_results import FixResults, MendedSet, Times
from label_free import LabelFree
from maintainers import Comparison
from mending import Mending
from printing import NAMES
from reasons import grouped, why_not_reversed


def text(results: FixResults, *, details: bool, verbose: bool) -> str:
    """Everything; `details` lists each row that is not repaired, `verbose` also each stripped manager."""
    return "\n".join(_lines(results, details, verbose)) + "\n"


def _lines(results: FixResults, details: bool, verbose: bool) -> Iterator[str]:
    for one in results.sets:
        yield from _set(one, details)
    if results.maintainers:
        yield from _maintainers(results.maintainers, details)
    if results.stripped:
        yield from _stripped(results.stripped, verbose)
    if results.times:
        yield from _times(results.times)


def _set(one: MendedSet, details: bool) -> Iterator[str]:
    yield ""
    yield f"## {NAMES[one.rows.name]}: {len(one.rows.rows)} of {one.rows.labelled} rows"
    for mode in one.modes:
        yield f"  {mode.mode}: repaired {mode.repaired.counted}, harm {len(mode.harm)}"
        yield f"    rewritten DEBATABLE managers: {mode.debatable.counted}"
        yield from (f"    HARM: {harm.what}: {harm.where}" for harm in mode.harm)
        yield from (f"    QUIET, repaired for another rule: {one.row.title}" for one in mode.for_other_losses)
        yield from _reasons(row.obstacle for row in mode.not_repaired)
        if details:
            yield from _not_repaired(mode)


def _not_repaired(mode: Mending) -> Iterator[str]:
    yield from (f"    not repaired: {one.row.title}: {one.obstacle}" for one in mode.not_repaired)


def _reasons(reasons: Iterable[str | None]) -> Iterator[str]:
    yield from (f"    {count:4} {reason}" for reason, count in grouped(reasons))


def _maintainers(modes: Iterable[Comparison], details: bool) -> Iterator[str]:
    yield ""
    yield "## fixes.tsv: functions that their maintainers repaired"
    for one in modes:
        yield f"  {one.mode}: repaired {one.repaired.counted}"
        yield f"    the same tree as the maintainers' {one.same_tree.counted}"
        yield f"    the same up to what they changed besides {one.same_parts.counted}"
        yield f"    the same clean-up {one.same_cleanup.counted}"
        yield from _reasons(pair.obstacle for pair in one.not_repaired)
        if details:
            yield from (f"    not repaired: {pair.pair.bad.title}: {pair.obstacle}" for pair in one.not_repaired)
            other = [pair for pair in one.compared if pair.obstacle is None and not pair.same_tree]
            yield from (f"    repaired in another way: {pair.pair.bad.title}" for pair in other)


def _stripped(measured: LabelFree, verbose: bool) -> Iterator[str]:
    yield ""
    yield f"## stripped: {len(measured.outcomes)} protected managers of {measured.packages} packages"
    yield f"  the safe fix gives the maintainers' tree back {measured.safely_reversed.counted}"
    yield f"    up to where the `try` begins {measured.safely_placed.counted}"
    yield f"    where the `try` held only the yield {measured.safely_reversed_of_single.counted}"
    yield f"    of those with a safe fix {measured.safe_fixes_that_reverse.counted}"
    yield f"    of those with any fix, by any {measured.reversed.counted}"
    yield "  why the others don't get it back:"
    told = [(one, why_not_reversed(one)) for one in measured.outcomes]
    yield from _reasons(reason for _, reason in told)
    if verbose:
        yield from (f"  {one.title}: {reason}" for one, reason in told if reason is not None)


def _times(times: Times) -> Iterator[str]:
    yield ""
    yield f"## {len(times.timings)} fixes with certificates, in functions of {times.usual_lines} lines (median)"
    yield f"  the fix alone: median {times.fix(50):.1f} ms, 90 % within {times.fix(90):.1f} ms"
    yield f"  with the analysis before it: median {times.whole(50):.1f} ms, 90 % within {times.whole(90):.1f} ms"
    usual = times.of_usual
    yield f"  the fix alone, {len(usual.timings)} functions of usual size: 90 % within {usual.fix(90):.1f} ms"
