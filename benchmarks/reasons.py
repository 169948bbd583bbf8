"""Why a leak is not repaired, in the words of cmlint where it gives any; grouped without the names of the source."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from label_free import Outcome
from tools import Report

NOT_FOUND = "not reported"


def why_not(reports: Sequence[Report], left: Sequence[Report], *, rewritten: bool) -> str:
    """Why a manager with `reports` still has the reports `left`, or none at all, after the fixes of one mode."""
    if not reports:
        return NOT_FOUND
    told = [_told(report) for report in (left or reports)]
    found = "; ".join(dict.fromkeys(told))
    return f"repaired in part: {found}" if rewritten else found


def _told(report: Report) -> str:
    if report.applicability is None:
        return f"no fix: {report.no_fix_reason}"
    return f"the fix is {report.applicability}" + (f": {report.no_fix_reason}" if report.no_fix_reason else "")


def grouped(reasons: Iterable[str | None]) -> list[tuple[str, int]]:
    """How often each of `reasons` stands, most frequent first, without the names and numbers of the source."""
    return Counter(_without_names(reason) for reason in reasons if reason is not None).most_common()


def _without_names(reason: str) -> str:
    return re.sub(r"\d+(, \d+)*", "N", re.sub(r"`[^`]*`", "`...`", reason))


def why_not_reversed(outcome: Outcome) -> str | None:
    """Why the safe fix does not give a stripped manager its original tree back; None where it does."""
    if outcome.safely:
        return None
    if outcome.safely is None:
        return why_not(outcome.found, (), rewritten=False)
    behind, along = outcome.manager.moved - outcome.lines, outcome.lines - outcome.manager.moved
    if behind or along:
        told = ["leaves clean-up behind"] * bool(behind) + ["takes more along"] * bool(along)
        return f"the safe fix {' and '.join(told)}"
    if not outcome.manager.only_yield:
        return "the maintainers had more than the yield in their try"
    return "the safe fix has the right lines and another tree"
