"""PostgreSQL with the LocalExecutor: the server is really stopped under a healthy scheduler."""

from __future__ import annotations

from cmlint.prove.home import Home
from cmlint.prove.outage import Outcome, run_outage
from cmlint.prove.postgres import Postgres
from prove.outages import assert_it_exits, assert_it_hangs, outage_of

OUTAGES = 20


def test_the_released_scheduler_hangs(released: str, postgres: Postgres, record: list[Outcome]) -> None:
    assert_it_hangs(outage_of(released, postgres, "as released", record))


def test_repaired_by_fix_it_exits(fixed: str, postgres: Postgres, record: list[Outcome]) -> None:
    assert_it_exits(outage_of(fixed, postgres, "after `cmlint --fix`", record))


def test_with_the_shipped_module_it_exits(shipped: str, postgres: Postgres, record: list[Outcome]) -> None:
    assert_it_exits(outage_of(shipped, postgres, "with the shipped module", record))


def test_what_2_7_0_did_exits_with_status_0(swallowing: str, postgres: Postgres, record: list[Outcome]) -> None:
    outcome = outage_of(swallowing, postgres, "2.7.0's patch", record)
    assert outcome.status == 0
    assert not outcome.restarts


def test_a_child_that_ignores_sigterm_is_killed(stubborn: str, postgres: Postgres, record: list[Outcome]) -> None:
    code = "with the shipped module, a child that ignores SIGTERM"
    assert_it_exits(outage_of(stubborn, postgres, code, record))


def test_twenty_outages_are_twenty_exits(fixed: str, postgres: Postgres, record: list[Outcome]) -> None:
    """One home and the same two ports: what an exit left behind would stand in the way of the next start."""
    with Home(fixed, postgres) as home:
        outcomes = []
        for number in range(OUTAGES):
            outcomes.append(run_outage(home, f"after `cmlint --fix`, outage {number + 1} of {OUTAGES}"))
            postgres.restore()
    record.append(max(outcomes, key=lambda outcome: outcome.exited or float("inf")))
    assert [outcome.status for outcome in outcomes] == [1] * OUTAGES
    assert all(outcome.restarts for outcome in outcomes)
