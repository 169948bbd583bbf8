"""Under supervisord with its defaults (`autorestart=unexpected`): who is restarted after a five-second outage?"""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from cmlint.prove.home import Home
from cmlint.prove.outage import EXIT_PATIENCE
from cmlint.prove.postgres import Postgres
from cmlint.prove.processes import end_session, wait_until
from cmlint.prove.scheduler import START_PATIENCE

OUTAGE = 5  # seconds
CONFIGURATION = """\
[unix_http_server]
file={folder}/control.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://{folder}/control.sock
[supervisord]
nodaemon=true
logfile={folder}/supervisord.log
pidfile={folder}/supervisord.pid
childlogdir={folder}
[program:scheduler]
command={command}
directory={folder}
stdout_logfile={folder}/scheduler.log
redirect_stderr=true
stopasgroup=true
"""


class Supervised:
    """A scheduler that supervisord runs."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._configuration = home.folder / "supervisord.conf"
        command = shlex.join(home.command("scheduler"))
        self._configuration.write_text(CONFIGURATION.format(folder=home.folder, command=command))

    def program(self, name: str, *arguments: str) -> list[str]:
        return [sys.executable, "-m", f"supervisor.{name}", "-c", str(self._configuration), *arguments]

    def state(self) -> tuple[str, str]:
        """The program's state as supervisorctl says it, and its process id (0 for none)."""
        asked = subprocess.run(self.program("supervisorctl", "status"), capture_output=True, text=True)
        words = asked.stdout.split()
        pid = words[words.index("pid") + 1].rstrip(",") if "pid" in words else "0"
        return (words[1] if len(words) > 1 else asked.stdout, pid)

    def is_up(self) -> bool:
        return self.state()[0] == "RUNNING" and self.home.is_healthy()


@contextmanager
def supervised(home: Home) -> Iterator[Supervised]:
    scheduler = Supervised(home)
    daemon = subprocess.Popen(
        scheduler.program("supervisord"),
        env=home.environment,
        cwd=home.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        assert wait_until(scheduler.is_up, START_PATIENCE, pause=1), home.logged()[-2000:]
        yield scheduler
    finally:
        end_session(daemon.pid)
        daemon.wait()


def outage(postgres: Postgres) -> None:
    postgres.fail()
    time.sleep(OUTAGE)
    postgres.restore()


@pytest.mark.parametrize("repair", ["fixed", "shipped"])
def test_a_repaired_scheduler_is_restarted_and_healthy_again(
    repair: str, postgres: Postgres, request: pytest.FixtureRequest
) -> None:
    with Home(request.getfixturevalue(repair), postgres) as home, supervised(home) as scheduler:
        _, before = scheduler.state()
        outage(postgres)
        assert wait_until(scheduler.is_up, START_PATIENCE, pause=1), (scheduler.state(), home.logged()[-2000:])
        assert scheduler.state()[1] != before


def test_a_released_scheduler_is_never_restarted(released: str, postgres: Postgres) -> None:
    with Home(released, postgres) as home, supervised(home) as scheduler:
        before = scheduler.state()
        outage(postgres)
        assert not wait_until(lambda: scheduler.state() != before, EXIT_PATIENCE), scheduler.state()
        assert not home.is_healthy()


def test_exit_status_0_is_not_restarted(swallowing: str, postgres: Postgres) -> None:
    """Why the exception must leave the manager: what 2.7.0 did counts as an expected end."""
    with Home(swallowing, postgres) as home, supervised(home) as scheduler:
        outage(postgres)
        assert wait_until(lambda: scheduler.state()[0] == "EXITED", EXIT_PATIENCE), scheduler.state()
        assert not wait_until(lambda: scheduler.state()[0] != "EXITED", EXIT_PATIENCE / 3), scheduler.state()
