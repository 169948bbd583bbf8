"""`cmlint airflow`: says whether an Airflow is affected, repairs it, and takes the repair back."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import LEAKY, Run
from released import unpacked

ROOT = Path(__file__).parent.parent
SCHEDULER = "airflow/cli/commands/scheduler_command.py"
CELERY = "airflow/cli/commands/celery_command.py"
MODULE = ROOT / "fixes" / "airflow" / "scheduler_command.py"

STUCK = """\
import threading
from contextlib import contextmanager


@contextmanager
def _serve_logs(work, log):
    halt = threading.Event()
    thread = threading.Thread(target=work, args=(halt,))
    thread.start()
    yield
    halt.set()
    log.publish("done")
    thread.join()
"""


@pytest.fixture(scope="module")
def affected() -> Path:
    return unpacked("apache-airflow", "2.6.3", "36eddb9f35414054bda2b5c91db19681fd013f1e2a0c9eae7553ceb49aafa323")


@pytest.fixture
def installed(affected: Path, tmp_path: Path) -> Path:
    """The two affected files of 2.6.3 in a package of their own."""
    for path in (SCHEDULER, CELERY):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(affected / path, tmp_path / path)
    (tmp_path / "airflow" / "__init__.py").touch()
    return tmp_path


def fork_of(folder: Path, text: str) -> Path:
    """A package `airflow` in `folder` whose scheduler command no release has."""
    file = folder / SCHEDULER
    file.parent.mkdir(parents=True)
    (folder / "airflow" / "__init__.py").touch()
    file.write_text(text)
    return file


@pytest.mark.network
def test_an_affected_release_is_named_with_its_functions_and_what_happens(cmlint: Run, installed: Path) -> None:
    result = cmlint("airflow", "status", str(installed))
    assert result.returncode == 1
    assert f"{SCHEDULER}: affected; `_serve_logs` and `_serve_health_check`" in result.stdout
    assert "as in apache-airflow 2.6.0 to 2.6.3, where the scheduler that fails never exits" in result.stdout


@pytest.mark.network
def test_a_repair_is_applied_once_and_taken_back_byte_for_byte(cmlint: Run, installed: Path) -> None:
    before = {path: (installed / path).read_bytes() for path in (SCHEDULER, CELERY)}
    assert cmlint("airflow", "apply", str(installed)).returncode == 0
    assert cmlint("airflow", "status", str(installed)).returncode == 0
    assert cmlint(str(installed), "--select", "CML101", "--isolated").returncode == 0
    again = cmlint("airflow", "apply", str(installed))
    assert again.returncode == 0
    assert "repaired, nothing to do" in again.stderr
    assert cmlint("airflow", "revert", str(installed)).returncode == 0
    assert {path: (installed / path).read_bytes() for path in before} == before
    assert not list(installed.rglob("*.orig"))
    assert cmlint("airflow", "status", str(installed)).returncode == 1


@pytest.mark.network
def test_the_shipped_module_takes_the_schedulers_place_and_keeps_the_mode(cmlint: Run, installed: Path) -> None:
    file = installed / SCHEDULER
    file.chmod(0o640)
    assert cmlint("airflow", "apply", "--shipped", str(installed)).returncode == 0
    assert file.read_bytes() == MODULE.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert cmlint("airflow", "status", str(installed)).returncode == 0


@pytest.mark.network
def test_a_dry_run_prints_a_patch_and_writes_nothing(cmlint: Run, installed: Path) -> None:
    before = sorted((path, path.read_bytes()) for path in installed.rglob("*.py"))
    result = cmlint("airflow", "apply", "--dry-run", str(installed))
    assert result.returncode == 0
    assert result.stdout.count("\n+    finally:") == 3
    assert sorted((path, path.read_bytes()) for path in installed.rglob("*.py")) == before
    patched = subprocess.run(["git", "apply", "-"], input=result.stdout, text=True, cwd=installed)
    assert patched.returncode == 0
    assert cmlint("airflow", "status", str(installed)).returncode == 0


@pytest.mark.network
def test_what_was_changed_since_the_repair_is_not_reverted(cmlint: Run, installed: Path) -> None:
    assert cmlint("airflow", "apply", str(installed)).returncode == 0
    file = installed / SCHEDULER
    file.write_text(file.read_text() + "# ours\n")
    result = cmlint("airflow", "revert", str(installed))
    assert result.returncode == 2
    assert f"{SCHEDULER}: was changed since it was repaired, so it was left alone" in result.stderr
    assert file.read_text().endswith("# ours\n")


@pytest.mark.network
def test_an_interpreter_is_asked_without_importing_its_airflow(cmlint: Run, installed: Path) -> None:
    (installed / "airflow" / "__init__.py").write_text("raise RuntimeError('imported')\n")
    result = cmlint("airflow", "--python", sys.executable, PYTHONPATH=str(installed))
    assert result.returncode == 1
    assert "never exits" in result.stdout


@pytest.mark.network
def test_a_release_that_is_not_affected_is_said_to_be_fine(cmlint: Run) -> None:
    fine = unpacked("apache-airflow", "2.9.0", "52494e03d8a5976491cf548320a3d42ed07f4150f1d05ab1dcc74906b570291f")
    result = cmlint("airflow", str(fine / "airflow"))
    assert result.returncode == 0
    assert f"{SCHEDULER}: not affected" in result.stdout


@pytest.mark.network
def test_the_manifest_is_what_the_released_wheels_say() -> None:
    command = [sys.executable, str(ROOT / "fixes" / "airflow" / "make_manifest.py"), "--check"]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_fork_that_cmlint_can_repair_is_repaired(cmlint: Run, tmp_path: Path) -> None:
    file = fork_of(tmp_path, LEAKY)
    assert "no release has this file" in cmlint("airflow", str(tmp_path)).stdout
    assert cmlint("airflow", "apply", str(tmp_path)).returncode == 0
    assert "finally:" in file.read_text()
    assert cmlint("airflow", "revert", str(tmp_path)).returncode == 0
    assert file.read_text() == LEAKY


@pytest.mark.parametrize("options", [(), ("--shipped",)])
def test_a_file_that_cmlint_can_not_repair_is_refused(cmlint: Run, tmp_path: Path, options: tuple[str, ...]) -> None:
    file = fork_of(tmp_path, STUCK)
    result = cmlint("airflow", "apply", *options, str(tmp_path))
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert "nothing was written" in result.stderr
    assert file.read_text() == STUCK


def test_a_read_only_file_is_refused_and_no_backup_is_left(cmlint: Run, tmp_path: Path) -> None:
    file = fork_of(tmp_path, LEAKY)
    file.chmod(0o444)
    result = cmlint("airflow", "apply", str(tmp_path))
    assert result.returncode == 2
    assert "is read-only" in result.stderr
    assert os.listdir(file.parent) == ["scheduler_command.py"]


def test_a_file_that_does_not_parse_is_said_and_left_alone(cmlint: Run, tmp_path: Path) -> None:
    fork_of(tmp_path, "def broken(:\n")
    assert cmlint("airflow", str(tmp_path)).returncode == 2
    result = cmlint("airflow", "apply", str(tmp_path))
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [("restart",), ("status", "nowhere"), ("--python", "/nowhere/python"), ("status", "--shipped"), ("status", "--x")],
)
def test_what_it_can_not_do_is_one_line(cmlint: Run, arguments: tuple[str, ...]) -> None:
    result = cmlint("airflow", *arguments)
    assert result.returncode == 2
    assert result.stderr.startswith("cmlint: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.network
def test_an_installed_cmlint_carries_the_repair(tmp_path: Path) -> None:
    """Into an empty environment, from a wheel, away from any checkout."""
    wheels = tmp_path / "wheels"
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(wheels), str(ROOT)]
    subprocess.run(build, check=True, timeout=600)
    (wheel,) = wheels.glob("cmlint-*.whl")
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True, timeout=600)
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", str(wheel)], check=True, timeout=600)
    fork_of(tmp_path / "fork", LEAKY)
    result = subprocess.run(
        [str(python), "-m", "cmlint", "airflow", str(tmp_path / "fork")],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert result.returncode == 1, result.stderr
    assert "affected" in result.stdout
