"""Writes results as plain text for a reader: figures, then every miss and false alarm with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from label_free import LabelFree, Outcome
from raising import VERDICTS, Judged, Judgement
from repaired import FixJudgement
from results import Raising, Results, Setup
from rows import SETUPS, RowSet
from setup_and_cleanup import CODES, LabelJudgement
from stripped_rows import Labelled

NAMES = {
    "described-3": "fresh.tsv, described-3",
    "described-2": "fresh.tsv, described-2",
    "described-1": "fresh.tsv, described-1, after its misses were read",
    "rare-2": "fresh.tsv, rare-2",
    "rare-1": "fresh.tsv, rare-1, after its misses were read",
    "big": "fresh.tsv, big, after its misses were read",
    "lot-5": "fresh.tsv, lot-5, after its misses were read",
    "lot-4": "fresh.tsv, lot-4, after its misses were read",
    "lot-3": "fresh.tsv, lot-3, after its misses were read",
    "lot-2": "fresh.tsv, lot-2, after its misses were read",
    "lot-1": "fresh.tsv, lot-1, after its misses were read",
    "picked": "fresh.tsv, picked",
    "chosen": "fresh.tsv, chosen",
    "drawn": "fresh.tsv, drawn, after its false alarms were read",
    "random": "fresh.tsv, random, after its misses were read",
    "latest": "fresh.tsv, latest, after its misses were read",
    "newest": "fresh.tsv, newest, after its misses were read",
    "sealed": "fresh.tsv, sealed, after its misses were read",
    "final": "fresh.tsv, final, after its misses were read",
    "glimpsed": "fresh.tsv, glimpsed, after its misses were read",
    "unseen": "fresh.tsv, unseen, after its misses were read",
    "last": "fresh.tsv, last",
    "first": "fresh.tsv, first",
    "managers": "managers.tsv",
    **SETUPS,
}
_READ = 30  # how many stripped managers that are not found are printed for reading


def text(results: Results, *, details: bool, verbose: bool) -> str:
    """Everything; `details` lists misses and false alarms, `verbose` also stripped managers for reading."""
    return "\n".join(_lines(results, details, verbose)) + "\n"


def _lines(results: Results, details: bool, verbose: bool) -> Iterator[str]:
    for tool in results.absent:
        yield f"{tool} is not installed here: its column is left out"
    for raising in results.raising:
        yield from _raising(raising, details)
    if results.fixes:
        yield from _fixes(results.fixes, details)
    for setup in results.setups:
        yield from _setup(setup, details)
    if results.label_free:
        yield from _label_free(results.label_free, verbose)
    for read in results.read:
        yield from _read(read, details)


def _heading(rows: RowSet) -> Iterator[str]:
    yield ""
    yield f"## {NAMES[rows.name]}: {len(rows.rows)} of {rows.labelled} rows"
    if rows.missing:
        yield f"  left out, because the index does not give the package: {', '.join(rows.missing)}"
    lost = [row.title for row in rows.rows if row.definition is None]
    if lost:
        yield f"  not found in their files: {'; '.join(lost)}"


def _raising(raising: Raising, details: bool) -> Iterator[str]:
    yield from _heading(raising.rows)
    for judgement in raising.judgements:
        yield from _judgement(judgement)
    if details:
        own = raising.judgements[0]
        yield from _cases("missed", own.misses)
        yield from _cases("false alarm", own.alarms)


def _judgement(judgement: Judgement) -> Iterator[str]:
    confusion = judgement.confusion
    yield f"  {judgement.tool}: precision {confusion.precision}, recall {confusion.recall}, F1 {confusion.f1}"
    yield f"    {'':10}{'flagged':>9}{'not':>6}"
    for verdict in VERDICTS:
        yield f"    {verdict:10}{judgement.count(verdict, True):>9}{judgement.count(verdict, False):>6}"
    kinds = (f"{kind} {share.part}/{share.whole}" for kind, share in judgement.by_kind.items())
    yield f"    found by kind: {', '.join(kinds)}"
    for code, counts in judgement.by_rule.items():
        yield f"    {code}: " + ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS)


def _cases(what: str, cases: Iterable[Judged]) -> Iterator[str]:
    for case in cases:
        codes = sorted({report.code for report in case.reports})
        notes = ", ".join([*codes, *case.other])
        yield f"  {what}: {case.row.title}: {case.row.reason}" + (f" ({notes})" if notes else "")


def _fixes(judgements: Iterable[FixJudgement], details: bool) -> Iterator[str]:
    yield ""
    yield "## fixes.tsv: functions that their maintainers repaired"
    for one in judgements:
        yield f"  {one.tool}: leaking release flagged {one.bad_flagged.counted},"
        yield f"    repaired release flagged {one.fixed_flagged.counted}"
        if details and one.tool == "cmlint":
            yield from (f"  missed: {row.title}: {row.reason}" for row in one.misses)
            yield from (f"  false alarm in the repaired release: {row.title}" for row in one.alarms)


def _setup(setup: Setup, details: bool) -> Iterator[str]:
    yield from _heading(setup.rows)
    for default, low in zip(setup.default, setup.low, strict=True):
        codes = "/".join(CODES[default.label])
        yield f"  {default.label} = {codes}: {_shares(default)}; at low confidence: {_shares(low)}"
        if details:
            yield from _setup_cases(default, low)


def _shares(one: LabelJudgement) -> str:
    confusion = one.confusion
    return f"precision {confusion.precision.counted}, recall {confusion.recall.counted}"


def _setup_cases(default: LabelJudgement, low: LabelJudgement) -> Iterator[str]:
    for row in default.misses:
        found = "" if row in low.misses else " (found at low confidence)"
        yield f"    missed: {row.title}: {row.reason}{found}"
    for row, reports in default.alarms:
        said = "; ".join(f"line {report.line}: {report.message}" for report in reports)
        yield f"    false alarm: {row.title}: {','.join(sorted(row.labels))}: {row.reason}"
        yield f"      cmlint says: {said}"


def _label_free(measured: LabelFree, verbose: bool) -> Iterator[str]:
    yield ""
    yield f"## label-free: {len(measured.outcomes)} protected managers of {measured.packages} packages"
    yield f"  as they are: flagged by CML101-103 {measured.alarms.counted}"
    yield f"  stripped, {len(measured.asked)} that lose something: flagged {measured.found.counted}"
    yield f"    at low confidence {measured.found_low.counted}"
    yield f"    with the right lines {measured.right.counted}"
    for half, name in enumerate(("the half that is read", "the other half")):
        part = measured.of_half(half)
        yield f"    {name}: flagged {part.found.counted}, with the right lines {part.right.counted}"
    yield f"  of those that lose nothing: flagged {measured.telling.counted}"
    yield f"  strictly, of all: flagged {measured.found_of_all.counted}"
    yield f"    with exactly the moved lines {measured.exact.counted}"
    yield f"    flagged ones with a fix {measured.fixed.counted}"
    yield f"    fixes that give the original back {measured.reversed.counted}"
    yield f"      where the `try` held only the yield {measured.reversed_of_single.counted}"
    yield from (f"  false alarm: {one.title}: {one.kept[0].code} {one.kept[0].message}" for one in measured.protected)
    if verbose:
        yield f"  the first {_READ} stripped managers that are not flagged, with their `finally` bodies:"
        unfound = [one for one in measured.asked if not one.found]
        for one in unfound[:_READ]:
            yield from _unfound(one)


def _read(read: Labelled, details: bool) -> Iterator[str]:
    yield ""
    yield f"## stripped managers that two readers labelled, {read.sample}: {len(read.pairs)} of {read.rows} rows"
    yield f"  leaks that are flagged {read.found.counted}, with the right lines {read.right.counted}"
    yield f"  flagged ones that are leaks {read.precision.counted}; debatable ones flagged {read.debatable.counted}"
    yield f"  leaks to which the safe fix gives the maintainers' tree back {read.reversed.counted}"
    yield f"    up to where the `try` begins {read.placed.counted}"
    if details:
        yield from (f"  missed: {one.title}" for one in read.missed)


def _unfound(one: Outcome) -> Iterator[str]:
    yield f"  {one.title}"
    yield from (f"    | {line}" for line in one.manager.cleanup.splitlines())
