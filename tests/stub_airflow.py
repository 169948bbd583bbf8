"""An Airflow of a few lines, in which the shipped scheduler command runs for real: its helpers are real processes.

What happens is chosen by environment variables: BODY is what the scheduler's loop does, HEALTH whether there is a
health check, EXECUTOR its executor, SKIP whether no log server is wanted, DEAF whether helpers ignore SIGTERM,
FAILING_START whether the second one can't be started, SLOW_KILL whether looking for what to kill takes a while, DAEMON
whether it runs as a daemon. Every helper and the process that it starts leave their process ids in the folder PIDS.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

SHIPPED = Path(__file__).parent.parent / "fixes" / "airflow"
PATIENCE = 30  # seconds that a run may take before the test fails

_COMMON = {
    "airflow/__init__.py": "",
    "airflow/settings.py": 'HEADER = "the header"\nDAEMON_UMASK = "0o077"\n',
    "airflow/configuration.py": """
import os
class conf:
    def getboolean(section, option): return bool(os.environ.get("HEALTH"))
    def get(section, option): return os.environ["EXECUTOR"]
""",
    "airflow/utils/__init__.py": "",
    "airflow/utils/cli.py": """
import sys
def action_cli(function): return function
def process_subdir(subdir): return subdir
def setup_locations(process, pid, stdout, stderr, log): return pid, stdout, stderr, log
def setup_logging(path): return open(path, "a")
def sigint_handler(number, frame): sys.exit(0)
def sigquit_handler(number, frame): pass
""",
    "airflow/utils/helper.py": """
import os, pathlib, signal, subprocess, sys, time
def run(name):
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" if os.environ.get("DEAF") else ""
    if deaf: signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else: signal.signal(signal.SIGTERM, lambda *_: (worker.terminate(), worker.wait(), os._exit(0)))
    worker = subprocess.Popen([sys.executable, "-c", deaf + "import time; print(flush=True); time.sleep(60)"],
                              stdout=subprocess.PIPE)
    worker.stdout.readline()
    for role, pid in (("helper", os.getpid()), ("worker", worker.pid)):
        pathlib.Path(os.environ["PIDS"], name + "-" + role).write_text(str(pid))
    time.sleep(60)
def wanted():
    logs = os.environ.get("EXECUTOR") == "LocalExecutor" and not os.environ.get("SKIP")
    return 2 * (bool(logs) + bool(os.environ.get("HEALTH")))
def loop():
    while len([f for f in os.listdir(os.environ["PIDS"]) if "-" in f]) < wanted(): time.sleep(0.02)
    time.sleep(0.1)
    pathlib.Path(os.environ["PIDS"], "failing").touch()
    body = os.environ["BODY"]
    if body == "signal": os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)
    if body != "end": raise {"error": RuntimeError, "exit": SystemExit, "interrupt": KeyboardInterrupt}[body](3)
""",
    "airflow/utils/serve_logs.py": """
from airflow.utils.helper import run
def serve_logs(): run("logs")
""",
    "airflow/utils/scheduler_health.py": """
from airflow.utils.helper import run
def serve_health_check(): run("health")
""",
    "airflow/jobs/__init__.py": "",
    "daemon/__init__.py": """
import os, pathlib
class DaemonContext:
    def __init__(self, **given): self.given = given
    def __enter__(self): pathlib.Path(self.given["pidfile"]).touch()
    def __exit__(self, *exception): os.unlink(self.given["pidfile"])
""",
    "daemon/pidfile.py": "def TimeoutPIDLockFile(path, timeout): return path\n",
}
_SERIES = {
    "2.5": {
        "airflow/jobs/scheduler_job.py": """
from airflow.utils.helper import loop
class SchedulerJob:
    def __init__(self, subdir, num_runs, do_pickle): pass
    def run(self): loop()
"""
    },
    "2.6": {
        "airflow/api_internal/__init__.py": "",
        "airflow/api_internal/internal_api_call.py": """
class InternalApiConfig:
    def force_database_direct_access(): pass
""",
        "airflow/executors/__init__.py": "",
        "airflow/executors/executor_loader.py": """
import os
class Executor: serve_logs = os.environ["EXECUTOR"] == "LocalExecutor"
class ExecutorLoader:
    def validate_database_executor_compatibility(executor): pass
    def import_default_executor_cls(): return Executor, None
""",
        "airflow/jobs/job.py": """
class Job: executor = None
def run_job(job, execute_callable): return execute_callable()
""",
        "airflow/jobs/scheduler_job_runner.py": """
from airflow.utils.helper import loop
class SchedulerJobRunner:
    def __init__(self, job, subdir, num_runs, do_pickle): self.job = job
    def _execute(self): loop()
""",
    },
}
_DRIVER = """
import argparse, multiprocessing, os, pathlib, time, types
import scheduler_command as command
command.TERMINATE_PATIENCE = float(os.environ["TERMINATE_PATIENCE"])
if os.environ.get("FAILING_START"):
    class Process(multiprocessing.Process):
        def start(self):
            if self._target.__name__ == "serve_health_check":
                while not pathlib.Path(os.environ["PIDS"], "logs-worker").exists(): pass
                raise OSError("no more processes")
            super().start()
    command.Process = Process
if os.environ.get("SLOW_KILL"):
    psutil = command.psutil
    slow = lambda pid: time.sleep(0.8) or psutil.Process(pid)
    command.psutil = types.SimpleNamespace(Process=slow, Error=psutil.Error)
here = os.environ["PIDS"]
command.scheduler(argparse.Namespace(
    subdir="dags", num_runs=-1, do_pickle=False, daemon=bool(os.environ.get("DAEMON")),
    skip_serve_logs=bool(os.environ.get("SKIP")),
    pid=here + "/pidfile", stdout=here + "/stdout", stderr=here + "/stderr", log_file=here + "/log"))
"""


class Scheduler:
    """One run of the shipped scheduler command with the stubs of a series, in a process of its own."""

    def __init__(self, folder: Path, series: str, **environment: str) -> None:
        for name, text in {**_COMMON, **_SERIES[series]}.items():
            file = folder / "stubs" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        self.pids = folder / "pids"
        self.pids.mkdir()
        chosen = {"BODY": "error", "HEALTH": "1", "EXECUTOR": "LocalExecutor", "TERMINATE_PATIENCE": "20"}
        path = os.pathsep.join((str(folder / "stubs"), str(SHIPPED)))
        self.process = subprocess.Popen(
            [sys.executable, "-c", _DRIVER],
            env={**os.environ, **chosen, **environment, "PIDS": str(self.pids), "PYTHONPATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_until_failing(self) -> None:
        """Wait until the loop is about to do what BODY says."""
        until = time.monotonic() + PATIENCE
        while not (self.pids / "failing").exists() and time.monotonic() < until:
            time.sleep(0.02)

    def end(self) -> tuple[int, str, str]:
        """Wait for the end: the status, and what was printed."""
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err

    def helpers(self) -> dict[str, int]:
        """The processes that were started, by name."""
        return {file.name: int(file.read_text()) for file in self.pids.glob("*-*")}

    def left(self) -> list[str]:
        """The names of those that still run; one that only waits to be reaped by init does not run."""
        return [name for name, pid in self.helpers().items() if _runs(pid)]


def _runs(pid: int) -> bool:
    told = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return told.stdout.strip()[:1] not in ("", "Z")
