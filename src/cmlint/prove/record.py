"""Outcomes -> a table in Markdown and a list in JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence

from cmlint.prove.outage import Outcome

_HEADINGS = ("Airflow", "code", "what failed", "loop died", "process", "left behind")


def as_markdown(outcomes: Sequence[Outcome]) -> str:
    """One row an outcome; times are seconds since the failure."""
    rows = [_HEADINGS, tuple("---" for _ in _HEADINGS), *(_row(outcome) for outcome in outcomes)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def as_json(outcomes: Sequence[Outcome]) -> str:
    """A list of objects with what the outcomes hold; times in seconds since the failure, null for never."""
    return json.dumps([_object(outcome) for outcome in outcomes], indent=2) + "\n"


def _row(outcome: Outcome) -> tuple[str, ...]:
    process = outcome.verdict
    if outcome.exited is not None:
        process += f" after {outcome.exited:.1f} s"
    left = [f"{len(outcome.left)} processes"] if outcome.left else []
    left += [f"{len(outcome.ports)} ports"] if outcome.ports else []
    died = "-" if outcome.loop_died is None else f"{outcome.loop_died:.1f} s"
    return (outcome.airflow, outcome.code, outcome.failed, died, process, ", ".join(left) or "nothing")


def _object(outcome: Outcome) -> dict[str, object]:
    return {
        "airflow": outcome.airflow,
        "code": outcome.code,
        "failed": outcome.failed,
        "verdict": outcome.verdict,
        "restarts": outcome.restarts,
        "loop_died_after": _rounded(outcome.loop_died),
        "exited_after": _rounded(outcome.exited),
        "status": outcome.status,
        "left": list(outcome.left),
        "ports": list(outcome.ports),
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
