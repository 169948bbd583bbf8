"""Judges cmlint on rows about setup, clean-up chains and classes ([fresh_]setup_and_cleanup.tsv), label by label."""

from __future__ import annotations

from dataclasses import dataclass

from measures import Confusion
from raising import DEBATABLE
from rows import Row, RowSet
from tools import Report, Reports

CODES = {
    "SETUP": ("CML104",),
    "CHAIN": ("CML105",),
    "SKIPPED": ("CML106",),
    "NEVER": ("CML107",),
    "SWALLOW": ("CML203", "CML301"),
}


@dataclass(frozen=True)
class LabelJudgement:
    """One label: the rows that have it against those that do not, DEBATABLE ones left out."""

    label: str
    confusion: Confusion
    misses: tuple[Row, ...]
    alarms: tuple[tuple[Row, tuple[Report, ...]], ...]


def judge(rows: RowSet, reports: Reports) -> tuple[LabelJudgement, ...]:
    """cmlint's rules on their labels."""
    clear = [row for row in rows.rows if DEBATABLE not in row.labels]
    return tuple(_judge_label(label, clear, reports) for label in CODES)


def _judge_label(label: str, rows: list[Row], reports: Reports) -> LabelJudgement:
    found = {row: reports.about(row.file, row.definition, CODES[label]) for row in rows}
    having = [row for row in rows if label in row.labels]
    lacking = [row for row in rows if label not in row.labels]
    misses = tuple(row for row in having if not found[row])
    alarms = tuple((row, found[row]) for row in lacking if found[row])
    confusion = Confusion(len(having) - len(misses), len(misses), len(alarms), len(lacking) - len(alarms))
    return LabelJudgement(label, confusion, misses, alarms)
