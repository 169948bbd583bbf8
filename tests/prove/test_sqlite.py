"""The embedded default, SQLite with the SequentialExecutor: the file is unlinked under a healthy scheduler."""

from __future__ import annotations

from cmlint.prove.home import Home
from cmlint.prove.outage import Outcome, run_outage
from cmlint.prove.sqlite import Sqlite
from prove.outages import assert_it_exits, assert_it_hangs, outage_of


def test_the_released_scheduler_hangs(released: str, sqlite: Sqlite, record: list[Outcome]) -> None:
    assert_it_hangs(outage_of(released, sqlite, "as released", record))


def test_without_children_the_released_scheduler_exits(released: str, sqlite: Sqlite, record: list[Outcome]) -> None:
    with Home(released, sqlite, children=False) as home:
        outcome = run_outage(home, "as released, neither child", "--skip-serve-logs")
    record.append(outcome)
    assert outcome.status == 1
    assert outcome.restarts


def test_repaired_by_fix_it_exits(fixed: str, sqlite: Sqlite, record: list[Outcome]) -> None:
    assert_it_exits(outage_of(fixed, sqlite, "after `cmlint --fix`", record))


def test_with_the_shipped_module_it_exits(shipped: str, sqlite: Sqlite, record: list[Outcome]) -> None:
    assert_it_exits(outage_of(shipped, sqlite, "with the shipped module", record))
