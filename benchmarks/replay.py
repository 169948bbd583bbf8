"""The command line of the measurement of replays: do they confirm labelled leaks, and is nothing lost after the fix?

On the LEAK rows of managers.tsv (or of sets of fresh.tsv): the share that is found, replays and confirms; then the file
is repaired in memory, and the same function is replayed again, watching the lines whose text is that of the skipped
releases. Every miss is printed with its reason.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from measures import Share
from options import chosen
from rows import FRESH, MANAGERS, Row, raising_rows

from cmlint import Config, Finding, Source, SourceError, check_source, repair_source
from cmlint.findings import Replay, Verdict
from cmlint.flow.manager import analyse
from cmlint.replay.emit import Emitted, emit
from cmlint.replay.order import orders_without_finding
from cmlint.replay.replaying import observed, replayed_order, subjects_in
from cmlint.source import read

_SETS = (MANAGERS, *FRESH)
_RAISING = ("CML101", "CML102", "CML103")


@dataclass(frozen=True)
class Outcome:
    """What became of one row.

    before: its replays as released; safe, unsafe: those after the repairs, or why there are none; tests:
    what became of the tests that `--emit-test` writes.
    """

    row: Row
    before: tuple[Replay, ...]
    safe: tuple[Replay, ...] | str
    unsafe: tuple[Replay, ...] | str
    tests: tuple[Emitted, ...] = ()

    @property
    def confirmed(self) -> bool:
        """Whether some replay of the row confirms that something is lost."""
        return any(replay.verdict is Verdict.CONFIRMED for replay in self.before)

    @property
    def ran(self) -> bool:
        """Whether it could be replayed at all."""
        return any(replay.verdict is not Verdict.NOT_REPLAYED for replay in self.before)


def main() -> int:
    """Measure and print; 0 when nine in ten are confirmed and nothing is lost after a repair."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sets", type=chosen(_SETS), default=(MANAGERS,), help=f"of {', '.join(_SETS)}")
    options.add_argument("--only", default="", help="only rows whose title contains this")
    given = options.parse_args()
    rows = [row for name in given.sets for row in raising_rows(name).rows if "LEAK" in row.labels]
    rows = [row for row in rows if given.only in row.title]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:  # each waits for a process of its own
        outcomes = list(pool.map(lambda row: _outcome(row, Path(folder)), rows))
    for outcome in outcomes:
        for line in _said(outcome):
            print(line)
    confirmed = sum(outcome.confirmed for outcome in outcomes)
    print(f"replay: {Share(sum(outcome.ran for outcome in outcomes), len(outcomes)).counted}")
    print(f"confirmed: {Share(confirmed, len(outcomes)).counted}")
    written = sum(any(test.path for test in outcome.tests) for outcome in outcomes)
    print(f"with a test that fails before the fix and passes after it: {Share(written, len(outcomes)).counted}")
    harm = False
    for mode in ("safe", "unsafe"):
        tried = [after for outcome in outcomes if not isinstance(after := getattr(outcome, mode), str)]
        clean = [all(replay.verdict is Verdict.CONFIRMED for replay in after) for after in tried]
        harm |= any(replay.lost for after in tried for replay in after)
        name = "safe fixes" if mode == "safe" else "with unsafe fixes"
        print(f"{name}: repaired {Share(len(tried), len(outcomes)).counted}")
        print(f"{name}, clean when replayed: {Share(sum(clean), len(clean)).counted}")
    return int(harm or 10 * confirmed < 9 * len(outcomes))


def _said(outcome: Outcome) -> Iterator[str]:
    title = outcome.row.title
    if not outcome.before:
        yield f"{title}: not found, so there is nothing to replay"
    elif not outcome.confirmed:
        yield f"{title}: {outcome.before[0].verdict.value}: {outcome.before[0].reason}"
    yield from (f"{title}: {test.said.message.partition('`: ')[2]}" for test in outcome.tests if not test.path)
    for mode in ("safe", "unsafe"):
        after = getattr(outcome, mode)
        for replay in () if isinstance(after, str) else after:
            if replay.verdict is not Verdict.CONFIRMED:
                yield f"{title}: after {mode} fixes {replay.verdict.value}: {replay.reason}; lost {list(replay.lost)}"


def _outcome(row: Row, folder: Path) -> Outcome:
    try:
        source = read(str(row.file))
    except SourceError as error:
        return Outcome(row, (), str(error), str(error))
    subjects = subjects_in(source, Config(), {})
    found = [finding for finding in check_source(source).findings if _is_about(finding, row)]
    seen = [(finding, observed(finding, subjects)) for finding in found]
    before = tuple(each.replay for _, each in seen)
    tests = tuple(emit(finding, each, source, folder) for finding, each in seen)
    return Outcome(row, before, _after(source, found, unsafe=False), _after(source, found, unsafe=True), tests)


def _is_about(finding: Finding, row: Row) -> bool:
    name = row.qualname.rpartition(".")[2]
    where = row.definition is not None and row.definition.holds(finding.span.line)
    return where and finding.code in _RAISING and finding.qualname.rpartition(".")[2] == name


def _after(source: Source, found: list[Finding], *, unsafe: bool) -> tuple[Replay, ...] | str:
    """The replays of the repaired manager, or why it is not repaired."""
    if not found or not any(finding.fix for finding in found):
        return "there is no fix"
    repaired = repair_source(source, Config(), unsafe=unsafe)
    names = {finding.qualname for finding in found}
    if not any(finding.qualname in names for finding in repaired.fixed):
        return "its fix is not safe"
    lines = source.text.splitlines()
    texts = {lines[line - 1].strip() for finding in found for line in finding.cleanup_lines}
    new = source.with_text(repaired.text)
    replays = []
    for subject in subjects_in(new, Config(), {}):
        if subject.qualname not in names:
            continue
        for order in orders_without_finding(analyse(subject)):
            watched = range(subject.definition.line, subject.definition.end_line + 1)
            new_lines = new.text.splitlines()
            releases = tuple(line for line in watched if new_lines[line - 1].strip() in texts)
            replays.append(replayed_order(replace(order, releases=releases)).replay)
    return tuple(replays) or "nothing is known to be released any more"


if __name__ == "__main__":
    sys.exit(main())
