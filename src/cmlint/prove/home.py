"""An Airflow home of the experiment's own: a folder, a configuration in environment variables, and two free ports.

Both children that make the released scheduler hang are switched on: the log server (both executors start it) and the
health check. The home also carries a `sitecustomize` module that makes a process write its stack to a file when it
gets SIGUSR1; Airflow itself is not touched.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from functools import cached_property
from pathlib import Path
from types import TracebackType

from cmlint.prove.database import Database
from cmlint.prove.failure import ProofError, last_words
from cmlint.prove.processes import free_port, is_held, run_to_end, wait_until

_SET_UP_PATIENCE = 300  # seconds for creating Airflow's tables
_STACKS = """\
import faulthandler, signal
faulthandler.register(signal.SIGUSR1, file=open({path!r}, "a"))
"""
_LOOP_STARTED = re.compile(r"Launched DagFileProcessorManager")
_RELEASE = re.compile(r"\d+\.\d\S*\Z")
_VERSION = """\
import sys
try:
    from importlib.metadata import version
    print(version("apache-airflow"))
except Exception:
    sys.exit("apache-airflow is not installed")
"""


def airflow_version(python: str) -> str:
    """The release of the Airflow that the interpreter `python` has. Raises ProofError when there is none."""
    try:
        asked = run_to_end([python, "-c", _VERSION], 60)
    except (OSError, subprocess.SubprocessError) as error:
        raise ProofError(f"{python} can't be run: {error}") from error
    if asked.returncode:
        raise ProofError(f"{python}: {last_words(asked.stderr)}")
    said = last_words(asked.stdout)
    if not _RELEASE.match(said):
        raise ProofError(f"{python} does not answer as a Python with an Airflow does")
    return said


class Home:
    """The folder and settings of one Airflow; a context manager that removes the folder."""

    def __init__(self, python: str, database: Database, *, children: bool = True) -> None:
        """`children` says whether the scheduler has any: without them there is no health check to ask."""
        self.python = python
        self.children = children
        self.database = database
        self.folder = Path(tempfile.mkdtemp(prefix="cmlint-"))
        self.log = self.folder / "scheduler.log"
        self.pidfile = self.folder / "scheduler.pid"
        self.log_port, self.health_port = free_port(), free_port()
        self._stacks = self.folder / "stacks.txt"
        try:
            self.environment = self._settings(self._laid_out())
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def _laid_out(self) -> Path:
        """The folder of what Python customises, made with the others."""
        customised = self.folder / "customised"
        customised.mkdir()
        (customised / "sitecustomize.py").write_text(_STACKS.format(path=str(self._stacks)))
        (self.folder / "dags").mkdir()
        return customised

    @cached_property
    def airflow(self) -> str:
        """The release of the Airflow that runs here."""
        return airflow_version(self.python)

    def __enter__(self) -> Home:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _settings(self, customised: Path) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
        search_path = os.pathsep.join(filter(None, [str(customised), inherited.get("PYTHONPATH", "")]))
        return inherited | {
            "AIRFLOW_HOME": str(self.folder),
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.folder / "dags"),
            "AIRFLOW__CORE__EXECUTOR": self.database.executor,
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__PARALLELISM": "4",  # the LocalExecutor's default is 32 processes
            "AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS": "False",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": self.database.url,
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(self.log_port),
            "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": str(self.children),
            "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(self.health_port),
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",  # 2.10 and later would call home
            "PYTHONPATH": search_path,
            "PYTHONUNBUFFERED": "1",
            "TMPDIR": str(self.folder),  # what is killed can't remove its temporary files; they go with the home
        }

    def command(self, *arguments: str) -> list[str]:
        """The command line that runs `airflow` with `arguments`."""
        return [self.python, "-m", "airflow", *arguments]

    def create_tables(self) -> None:
        """Run `airflow db init`. Raises ProofError when it fails."""
        done = run_to_end(self.command("db", "init"), _SET_UP_PATIENCE, env=self.environment, cwd=self.folder)
        if done.returncode:
            raise ProofError(f"`airflow db init` failed: {last_words(done.stderr or done.stdout)}")

    def loop_has_started(self) -> bool:
        """Whether the log says that the scheduler's loop runs."""
        return bool(_LOOP_STARTED.search(self.logged()))

    def is_healthy(self) -> bool:
        """Whether the health check answers that the scheduler is well, and the log server listens.

        Every question costs the health check a query. Ask once a second at most, as a probe would: it may have
        inherited its connection from the scheduler, and two that talk on one connection break it.
        """
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"http://127.0.0.1:{self.health_port}/health", timeout=5) as answer:
                return answer.status == 200 and is_held(self.log_port)
        except (urllib.error.URLError, OSError):
            return False

    def held_ports(self) -> tuple[int, ...]:
        """Which of the two ports somebody still listens on."""
        return tuple(port for port in (self.log_port, self.health_port) if is_held(port))

    def logged(self) -> str:
        """What the scheduler wrote so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def stack(self, pid: int) -> str:
        """The stacks of the threads of process `pid`, innermost frame first; empty when it does not answer in time."""
        before = self._stacks.stat().st_size
        os.kill(pid, signal.SIGUSR1)
        wait_until(lambda: self._stacks.stat().st_size > before, 10)
        time.sleep(0.5)  # the handler writes frame by frame
        return self._stacks.read_text(errors="replace")[before:]
