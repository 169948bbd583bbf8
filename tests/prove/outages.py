"""What is expected of an outage, whatever the database is."""

from __future__ import annotations

from cmlint.prove.database import Database
from cmlint.prove.home import Home
from cmlint.prove.outage import Outcome, run_outage


def outage_of(python: str, database: Database, code: str, record: list[Outcome]) -> Outcome:
    """One outage of the Airflow of `python` in a home of its own, written into the record."""
    with Home(python, database) as home:
        outcome = run_outage(home, code)
    record.append(outcome)
    return outcome


def assert_it_hangs(outcome: Outcome) -> None:
    """The loop died, the process waits for its children for ever, and they and the ports are still there."""
    assert outcome.loop_died is not None
    assert outcome.exited is None
    assert outcome.waits_in_exit_join
    assert len(outcome.left) >= 2
    assert len(outcome.ports) == 2
    assert not outcome.restarts


def assert_it_exits(outcome: Outcome) -> None:
    """The process ended with a failure and left nothing behind."""
    assert outcome.status == 1
    assert outcome.left == outcome.ports == ()
