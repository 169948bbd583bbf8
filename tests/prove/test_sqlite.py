"""The embedded default, SQLite with the SequentialExecutor: the file is unlinked under a healthy scheduler."""

from __future__ import annotations

from cmlint.prove.home import Home
from cmlint.prove.outage import Outcome, run_outage
from cmlint.prove.sqlite import Sqlite


def test_the_released_scheduler_hangs(released: str, sqlite: Sqlite, record: list[Outcome]) -> None:
    with Home(released, sqlite) as home:
        outcome = run_outage(home, "as released")
    record.append(outcome)
    assert outcome.loop_died is not None
    assert outcome.exited is None
    assert outcome.waits_in_exit_join
    assert len(outcome.left) >= 2
    assert len(outcome.ports) == 2
    assert not outcome.restarts


def test_without_children_the_released_scheduler_exits(released: str, sqlite: Sqlite, record: list[Outcome]) -> None:
    with Home(released, sqlite, children=False) as home:
        outcome = run_outage(home, "as released, neither child", "--skip-serve-logs")
    record.append(outcome)
    assert outcome.status == 1
    assert outcome.restarts


def test_repaired_by_fix_it_exits(fixed: str, sqlite: Sqlite, record: list[Outcome]) -> None:
    with Home(fixed, sqlite) as home:
        outcome = run_outage(home, "after `cmlint --fix`")
    record.append(outcome)
    assert outcome.status == 1
    assert outcome.left == outcome.ports == ()


def test_with_the_shipped_module_it_exits(shipped: str, sqlite: Sqlite, record: list[Outcome]) -> None:
    with Home(shipped, sqlite) as home:
        outcome = run_outage(home, "with the shipped module")
    record.append(outcome)
    assert outcome.status == 1
    assert outcome.left == outcome.ports == ()
