"""Judges tools on functions that their maintainers repaired (fixes.tsv): flagged before, quiet after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from measures import Share
from rows import FixPair, Row
from tools import Reports


@dataclass(frozen=True)
class FixJudgement:
    """One tool on all pairs."""

    tool: str
    bad_flagged: Share
    fixed_flagged: Share
    misses: tuple[Row, ...]
    alarms: tuple[Row, ...]


def judge(tool: str, pairs: Sequence[FixPair], reports: Reports, codes: Sequence[str] = ()) -> FixJudgement:
    """`tool` by the findings that have one of `codes`, by all where none are given."""

    def flagged(row: Row) -> bool:
        return bool(reports.about(row.file, row.definition, codes))

    misses = tuple(pair.bad for pair in pairs if not flagged(pair.bad))
    alarms = tuple(pair.fixed for pair in pairs if flagged(pair.fixed))
    whole = len(pairs)
    return FixJudgement(tool, Share(whole - len(misses), whole), Share(len(alarms), whole), misses, alarms)
