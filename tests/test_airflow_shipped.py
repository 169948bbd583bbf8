"""The scheduler command that cmlint ships, with real helper processes in an Airflow of a few lines."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from stub_airflow import PATIENCE, Scheduler

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Airflow's scheduler runs on POSIX systems only")
Start = Callable[..., Scheduler]
ALL = {"logs-helper", "logs-worker", "health-helper", "health-worker"}


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a scheduler; whatever is left of it in the end is killed."""
    started: list[Scheduler] = []

    def begin(series: str = "2.6", **environment: str) -> Scheduler:
        started.append(Scheduler(tmp_path, series, **environment))
        return started[-1]

    yield begin
    for scheduler in started:
        for pid in [scheduler.process.pid, *scheduler.helpers().values()]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        scheduler.process.communicate()


@pytest.mark.parametrize("series", ["2.5", "2.6"])
@pytest.mark.parametrize(
    ("body", "status"), [("error", 1), ("exit", 3), ("interrupt", -signal.SIGINT), ("signal", 0), ("end", 0)]
)
def test_on_every_way_out_the_helpers_are_gone_and_the_status_tells_why(
    start: Start, series: str, body: str, status: int
) -> None:
    scheduler = start(series, BODY=body)
    ended, out, err = scheduler.end()
    assert (ended, out) == (status, "the header\n"), err
    assert set(scheduler.helpers()) == ALL
    assert scheduler.left() == []
    if body == "error":
        assert err.rstrip().endswith("RuntimeError: 3")


@pytest.mark.parametrize("series", ["2.5", "2.6"])
def test_helpers_that_ignore_sigterm_are_killed_with_what_they_started(start: Start, series: str) -> None:
    scheduler = start(series, DEAF="1", TERMINATE_PATIENCE="0.3")
    assert scheduler.end()[0] == 1
    assert set(scheduler.helpers()) == ALL
    assert scheduler.left() == []


def test_a_signal_during_the_clean_up_ends_the_patience_and_leaves_nothing(start: Start) -> None:
    scheduler = start(DEAF="1", TERMINATE_PATIENCE="300")
    scheduler.wait_until_failing()
    for _ in ("while it waits for the health check", "while it waits for the log server"):
        time.sleep(0.5)
        scheduler.process.send_signal(signal.SIGTERM)
    scheduler.end()
    assert set(scheduler.helpers()) == ALL
    assert scheduler.left() == []


def test_signals_while_a_deaf_helper_is_killed_leave_nothing(start: Start) -> None:
    scheduler = start(DEAF="1", TERMINATE_PATIENCE="300", SLOW_KILL="1")
    scheduler.wait_until_failing()
    until = time.monotonic() + PATIENCE
    while scheduler.process.poll() is None and time.monotonic() < until:
        time.sleep(0.3)  # one ends the patience, and others meet the kill
        scheduler.process.send_signal(signal.SIGTERM)
    scheduler.end()
    assert set(scheduler.helpers()) == ALL
    assert scheduler.left() == []


def test_when_the_second_helper_cannot_be_started_the_first_is_gone(start: Start) -> None:
    scheduler = start(FAILING_START="1")
    status, _, err = scheduler.end()
    assert status == 1
    assert "OSError: no more processes" in err
    assert set(scheduler.helpers()) == {"logs-helper", "logs-worker"}
    assert scheduler.left() == []


@pytest.mark.parametrize("series", ["2.5", "2.6"])
@pytest.mark.parametrize(
    ("chosen", "helpers"),
    [
        ({"SKIP": "1"}, {"health-helper", "health-worker"}),
        ({"EXECUTOR": "CeleryExecutor"}, {"health-helper", "health-worker"}),
        ({"HEALTH": ""}, {"logs-helper", "logs-worker"}),
        ({"HEALTH": "", "SKIP": "1"}, set()),
    ],
)
def test_only_the_helpers_that_are_wanted_are_started(
    start: Start, series: str, chosen: dict[str, str], helpers: set[str]
) -> None:
    scheduler = start(series, **chosen)
    assert scheduler.end()[0] == 1
    assert set(scheduler.helpers()) == helpers
    assert scheduler.left() == []


@pytest.mark.parametrize("series", ["2.5", "2.6"])
def test_as_a_daemon_it_fails_too_and_its_pidfile_is_gone(start: Start, series: str) -> None:
    scheduler = start(series, DAEMON="1")
    (scheduler.pids / "stdout").write_text("of the last run")
    assert scheduler.end()[0] == 1
    assert scheduler.left() == []
    assert not (scheduler.pids / "pidfile").exists()
    assert (scheduler.pids / "stdout").read_text() == ""
