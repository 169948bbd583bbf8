"""Judges a tool on the rows that say what is lost when the body raises (managers.tsv, fresh.tsv)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from measures import Confusion, Share
from rows import Row, RowSet
from tools import RAISING, Report, Reports

LEAK, QUIET, DEBATABLE = VERDICTS = ("LEAK", "QUIET", "DEBATABLE")


@dataclass(frozen=True)
class Judged:
    """A row and what a tool reports about it; `other` are reports that do not count, for the reader of a miss."""

    row: Row
    reports: tuple[Report, ...]
    other: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """LEAK, QUIET or DEBATABLE."""
        return next(iter(self.row.labels))

    @property
    def flagged(self) -> bool:
        """Whether the tool reports it."""
        return bool(self.reports)


@dataclass(frozen=True)
class Judgement:
    """One tool on one set of rows."""

    tool: str
    judged: tuple[Judged, ...]

    def count(self, verdict: str, flagged: bool) -> int:
        """One cell of the confusion matrix."""
        return sum(one.verdict == verdict and one.flagged is flagged for one in self.judged)

    @property
    def confusion(self) -> Confusion:
        """LEAK against QUIET."""
        return Confusion(
            self.count(LEAK, True), self.count(LEAK, False), self.count(QUIET, True), self.count(QUIET, False)
        )

    @property
    def debatable(self) -> Share:
        """How many of the DEBATABLE rows are flagged."""
        flagged = self.count(DEBATABLE, True)
        return Share(flagged, flagged + self.count(DEBATABLE, False))

    @property
    def by_kind(self) -> dict[str, Share]:
        """The recall of each kind of loss."""
        kinds = sorted({one.row.kind for one in self.judged if one.verdict == LEAK})
        leaks = {kind: [one for one in self.judged if one.verdict == LEAK and one.row.kind == kind] for kind in kinds}
        return {kind: Share(sum(one.flagged for one in found), len(found)) for kind, found in leaks.items()}

    @property
    def by_rule(self) -> dict[str, Counter[str]]:
        """How many rows of each verdict each rule flags; a row may be flagged by two."""
        codes = sorted({report.code for one in self.judged for report in one.reports})
        return {code: Counter(one.verdict for one in self.judged if code in _codes(one)) for code in codes}

    @property
    def misses(self) -> tuple[Judged, ...]:
        """Leaks that are not flagged."""
        return tuple(one for one in self.judged if one.verdict == LEAK and not one.flagged)

    @property
    def alarms(self) -> tuple[Judged, ...]:
        """Quiet rows that are flagged."""
        return tuple(one for one in self.judged if one.verdict == QUIET and one.flagged)


def judge_cmlint(rows: RowSet, default: Reports, low: Reports) -> Judgement:
    """cmlint by CML101 to CML103 at default settings; what it says otherwise is noted beside."""
    return Judgement("cmlint", tuple(_judged(row, default, low) for row in rows.rows))


def judge_others(rows: RowSet, others: Mapping[str, Reports]) -> Iterable[Judgement]:
    """The other tools."""
    for tool, reports in others.items():
        yield Judgement(tool, tuple(Judged(row, reports.about(row.file, row.definition)) for row in rows.rows))


def _judged(row: Row, default: Reports, low: Reports) -> Judged:
    reports = default.about(row.file, row.definition, RAISING)
    others = {report.code for report in default.about(row.file, row.definition)} - set(RAISING)
    lower = {report.code for report in low.about(row.file, row.definition)} - others - set(_of(reports))
    return Judged(row, reports, (*sorted(others), *(f"{code} at low confidence" for code in sorted(lower))))


def _of(reports: Sequence[Report]) -> list[str]:
    return [report.code for report in reports]


def _codes(judged: Judged) -> set[str]:
    return set(_of(judged.reports))
