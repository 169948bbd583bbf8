"""`cmlint prove airflow`, as a fork's gate runs it."""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from cmlint.prove.failure import ProofError
from cmlint.prove.postgres import Postgres
from cmlint.prove.processes import wait_until
from cmlint.prove.sqlite import Sqlite
from conftest import Run


def test_the_released_airflow_hangs_and_the_exit_code_says_so(cmlint: Run, released: str) -> None:
    result = cmlint("prove", "airflow", "--sqlite", "--python", released)
    assert result.returncode == 1
    assert "the scheduler hangs in multiprocessing's exit join" in result.stdout
    assert "still running: gunicorn" in result.stdout


def test_the_repaired_airflow_exits_and_the_record_is_json(cmlint: Run, fixed: str, tmp_path: Path) -> None:
    relative = os.path.relpath(fixed, tmp_path)
    result = cmlint("prove", "airflow", "--sqlite", "--python", relative, "--output-format", "json")
    assert result.returncode == 0, result.stderr
    (outcome,) = json.loads(result.stdout)
    assert outcome["airflow"] == "2.6.3"
    assert outcome["status"] == 1
    assert outcome["left"] == outcome["ports"] == []


def test_an_interpreter_that_is_not_there_is_one_line(cmlint: Run) -> None:
    result = cmlint("prove", "airflow", "--python", "/nowhere/python")
    assert result.returncode == 2
    assert result.stderr.startswith("cmlint: /nowhere/python can't be run")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("body", ["echo 5", "true", "printf '\\377\\376'"])
def test_what_is_no_python_is_one_line(cmlint: Run, tmp_path: Path, body: str) -> None:
    result = cmlint("prove", "airflow", "--sqlite", "--python", _program(tmp_path, body))
    assert result.returncode == 2
    assert "does not answer as a Python with an Airflow does" in result.stderr
    assert result.stderr.count("\n") == 1


def test_root_without_an_account_for_postgresql_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(pwd, "getpwnam", {}.__getitem__)
    with pytest.raises(ProofError, match="there is no account `nobody`"):
        Postgres()


def test_an_empty_interpreter_is_one_line(cmlint: Run) -> None:
    result = cmlint("prove", "airflow", "--python", "")
    assert (result.returncode, result.stderr.count("\n")) == (2, 1)
    assert "is empty" in result.stderr


@pytest.mark.parametrize("step", ["db", "scheduler"])
def test_an_experiment_that_is_stopped_leaves_no_process_and_no_folder(tmp_path: Path, step: str) -> None:
    pid = tmp_path / "pid"
    waits = f'sleep 300 & echo $! > "{pid}.new"; mv "{pid}.new" "{pid}"; wait'
    python = _program(tmp_path, f'[ "$1" = -c ] && echo 2.6.3 && exit; [ "$3" = {step} ] || exit 0; {waits}')
    command = [sys.executable, "-m", "cmlint", "prove", "airflow", "--sqlite", "--python", python]
    process = subprocess.Popen(command, env={**os.environ, "TMPDIR": str(tmp_path)}, stderr=subprocess.PIPE)
    assert wait_until(pid.exists, 60)
    process.terminate()
    _, err = process.communicate(timeout=30)
    assert process.returncode == 2
    assert err.startswith(b"cmlint: interrupted")
    assert not psutil.pid_exists(int(pid.read_text())) or psutil.Process(int(pid.read_text())).status() == "zombie"
    assert not list(tmp_path.glob("cmlint-*"))


def _program(folder: Path, body: str) -> str:
    file = folder / "a python"
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)
    return str(file)


def test_an_interpreter_without_airflow_is_one_line(cmlint: Run) -> None:
    result = cmlint("prove", "airflow", "--python", sys.executable)
    assert result.returncode == 2
    assert result.stderr == f"cmlint: {sys.executable}: apache-airflow is not installed\n"


def test_a_folder_without_postgresql_is_one_line(cmlint: Run, released: str, tmp_path: Path) -> None:
    result = cmlint("prove", "airflow", "--python", released, CMLINT_POSTGRES=str(tmp_path))
    assert result.returncode == 2
    assert result.stderr == f"cmlint: CMLINT_POSTGRES names {tmp_path}, and there is no `pg_ctl` in it\n"


@pytest.mark.parametrize("arguments", [(), ("kafka",), ("airflow", "--sqlite", "--postgres"), ("airflow", "--mysql")])
def test_what_it_does_not_know_is_one_line(cmlint: Run, arguments: tuple[str, ...]) -> None:
    result = cmlint("prove", *arguments)
    assert result.returncode == 2
    assert "see `cmlint prove --help`" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_scheduler_that_does_not_start_is_said_with_its_last_line(cmlint: Run, released: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "airflow_local_settings.py").write_text("raise RuntimeError('not today')\n")
    result = cmlint("prove", "airflow", "--sqlite", "--python", released, PYTHONPATH=str(broken))
    assert result.returncode == 2
    assert result.stderr.startswith("cmlint: `airflow db init` failed:")
    assert "not today" in result.stderr


def test_the_database_is_removed_with_everything_in_it() -> None:
    with Sqlite() as database:
        folder = Path(database.url.removeprefix("sqlite:///")).parent
        assert folder.exists()
    assert not folder.exists()
