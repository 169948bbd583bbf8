"""A healthy repaired scheduler ends when it is told to, and a daemon ends with its database."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from cmlint.prove.home import Home
from cmlint.prove.outage import EXIT_PATIENCE
from cmlint.prove.processes import end_session, members, wait_until
from cmlint.prove.scheduler import START_PATIENCE, Scheduler
from cmlint.prove.sqlite import Sqlite


@pytest.mark.parametrize("repair", ["fixed", "shipped"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_healthy_scheduler_ends_on_a_signal_without_orphans(
    repair: str, number: signal.Signals, sqlite: Sqlite, request: pytest.FixtureRequest
) -> None:
    with Home(request.getfixturevalue(repair), sqlite) as home, Scheduler(home) as scheduler:
        scheduler.signal(number)
        assert scheduler.exits_within(EXIT_PATIENCE)
        assert wait_until(lambda: not scheduler.leftovers(), 3), scheduler.leftovers()
        assert home.held_ports() == ()


@pytest.mark.parametrize("repair", ["fixed", "shipped"])
def test_a_daemon_ends_with_its_database_and_takes_its_pidfile_along(
    repair: str, sqlite: Sqlite, request: pytest.FixtureRequest
) -> None:
    with Home(request.getfixturevalue(repair), sqlite) as home:
        session = _start_daemon(home)
        try:
            sqlite.fail()
            assert wait_until(lambda: not members(session), EXIT_PATIENCE), members(session)
            assert not home.pidfile.exists()
            assert home.held_ports() == ()
        finally:
            end_session(session)


def _start_daemon(home: Home) -> int:
    """Start `airflow scheduler -D`, wait until it is healthy, and return its session."""
    files = [f"--{name}={home.folder / f'daemon.{name}'}" for name in ("stdout", "stderr", "log-file")]
    command = home.command("scheduler", "--daemon", f"--pid={home.pidfile}", *files)
    subprocess.run(
        command, env=home.environment, cwd=home.folder, check=True, timeout=START_PATIENCE, capture_output=True
    )
    assert wait_until(home.is_healthy, START_PATIENCE, pause=1)
    return os.getsid(int(home.pidfile.read_text()))
