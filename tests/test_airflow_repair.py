"""`cmlint airflow`: says whether an Airflow is affected, repairs it, and takes the repair back."""

from __future__ import annotations

import errno
import os
import py_compile
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path
from py_compile import PycInvalidationMode

import psutil
import pytest

from cmlint import source as sources
from cmlint.airflow import command, locate, mending
from cmlint.airflow.condition import conditions
from cmlint.airflow.manifest import read_manifest
from cmlint.source import SourceError
from conftest import LEAKY, REPAIRED, Run
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
    status = cmlint("airflow", "status", str(installed))
    assert status.returncode == 0
    assert f"{SCHEDULER}: replaced; by the scheduler command that cmlint ships" in status.stdout
    again = cmlint("airflow", "apply", "--shipped", str(installed))
    assert (again.returncode, again.stdout) == (0, "")


@pytest.mark.network
def test_the_shipped_module_does_not_hide_an_earlier_repair(cmlint: Run, installed: Path) -> None:
    assert cmlint("airflow", "apply", str(installed)).returncode == 0
    before = (installed / SCHEDULER).read_bytes()
    result = cmlint("airflow", "apply", "--shipped", str(installed))
    assert result.returncode == 2
    assert "`cmlint airflow revert` first" in result.stderr
    assert (installed / SCHEDULER).read_bytes() == before
    cmlint("airflow", "revert", str(installed))
    assert cmlint("airflow", "apply", "--shipped", str(installed)).returncode == 0


@pytest.mark.network
def test_what_a_repair_does_not_change_is_said_before_and_after(cmlint: Run, tmp_path: Path) -> None:
    swallowing = unpacked("apache-airflow", "2.7.3", "b5d3cd9f39e183dd77a6589bcd98a39e31459e792053885b5f584244b5ba7655")
    fork_of(tmp_path, (swallowing / SCHEDULER).read_text())
    assert "exits with status 0" in cmlint("airflow", str(tmp_path)).stdout
    cmlint("airflow", "apply", str(tmp_path))
    result = cmlint("airflow", str(tmp_path))
    assert result.returncode == 0
    assert "repaired; as cmlint repairs apache-airflow 2.7.1 to 2.7.3; it still exits with status 0" in result.stdout


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
    for python in (sys.executable, os.path.relpath(sys.executable, installed)):
        result = cmlint("airflow", "--python", python, PYTHONPATH=str(installed))
        assert result.returncode == 1, result.stderr
        assert "never exits" in result.stdout


@pytest.mark.network
def test_a_celery_provider_that_stands_apart_is_found_repaired_and_taken_back(
    cmlint: Run, installed: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """As when the provider was installed for one user, or over a shared environment."""
    provider = unpacked(
        "apache-airflow-providers-celery", "3.6.1", "25de6edaf590165eeb408bdb42309470655209c9e5a152778f06ad52cd36dc04"
    )
    apart = tmp_path_factory.mktemp("user")
    shutil.copytree(provider / "airflow", apart / "airflow")
    file = apart / "airflow" / "providers" / "celery" / "cli" / "celery_command.py"
    path = os.pathsep.join((str(installed), str(apart)))
    assert f"{file}: affected" in cmlint("airflow", "status", PYTHONPATH=path).stdout
    before = file.read_bytes()
    assert cmlint("airflow", "apply", PYTHONPATH=path).returncode == 0
    assert f"{file}: repaired" in cmlint("airflow", "status", PYTHONPATH=path).stdout
    assert cmlint("airflow", "revert", PYTHONPATH=path).returncode == 0
    assert file.read_bytes() == before


@pytest.mark.network
def test_a_release_that_is_not_affected_is_said_to_be_fine(cmlint: Run) -> None:
    fine = unpacked("apache-airflow", "2.9.0", "52494e03d8a5976491cf548320a3d42ed07f4150f1d05ab1dcc74906b570291f")
    result = cmlint("airflow", str(fine / "airflow"))
    assert result.returncode == 0
    assert f"{SCHEDULER}: not affected" in result.stdout


@pytest.mark.network
def test_the_manifest_is_what_some_of_the_released_wheels_say() -> None:
    """The first and the last release with a repair of its own, and the one after; `make manifest` takes them all."""
    command = [sys.executable, str(ROOT / "fixes" / "airflow" / "make_manifest.py"), "--check", "--only"]
    celery = "apache-airflow-providers-celery"
    command += ["apache-airflow==2.5.0", "apache-airflow==2.8.4", f"{celery}==3.6.1", f"{celery}==3.6.2"]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_fork_that_cmlint_can_repair_is_repaired(cmlint: Run, tmp_path: Path) -> None:
    file = fork_of(tmp_path, LEAKY)
    assert "no release has this file" in cmlint("airflow", str(tmp_path)).stdout
    assert cmlint("airflow", "apply", str(tmp_path)).returncode == 0
    assert "finally:" in file.read_text()
    assert cmlint("airflow", "revert", str(tmp_path)).returncode == 0
    assert file.read_text() == LEAKY


def test_in_a_checkout_the_word_alone_is_about_the_folder_and_says_how_to_check_it(cmlint: Run, tmp_path: Path) -> None:
    fork_of(tmp_path, LEAKY)
    result = cmlint("airflow")
    assert result.returncode == 1
    assert "no release has this file" in result.stdout
    assert "`cmlint airflow/` checks the folder" in result.stderr


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


def test_of_two_repairs_at_the_same_time_neither_removes_the_others_backup(cmlint: Run, tmp_path: Path) -> None:
    file = fork_of(tmp_path, LEAKY)
    apply = [sys.executable, "-m", "cmlint", "airflow", "apply", str(tmp_path)]
    both = [subprocess.Popen(apply, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(2)]
    assert {process.wait(60) for process in both} <= {0, 2}
    assert "finally:" in file.read_text()
    assert cmlint("airflow", "revert", str(tmp_path)).returncode == 0
    assert file.read_text() == LEAKY


def test_a_backup_is_kept_when_another_process_repaired_the_file_first(tmp_path: Path) -> None:
    file = fork_of(tmp_path, LEAKY)
    source = sources.read(str(file))
    backup = mending.apply(source, REPAIRED)
    with pytest.raises(SourceError, match="changed on disk"):
        mending.apply(source, REPAIRED)
    assert backup.read_text() == LEAKY


def test_a_file_that_was_repaired_since_it_was_looked_at_is_not_its_own_backup(tmp_path: Path) -> None:
    file = fork_of(tmp_path, LEAKY)
    (seen,) = conditions([tmp_path], read_manifest())
    backup = mending.apply(sources.read(str(file)), REPAIRED)
    change = mending.repaired_by_fix(seen)
    assert change is not None
    with pytest.raises(SourceError, match="changed on disk"):
        mending.apply(*change)
    assert backup.read_text() == LEAKY


@pytest.mark.parametrize("is_folder", [True, False])
def test_what_has_the_name_of_the_backup_is_not_overwritten(cmlint: Run, tmp_path: Path, is_folder: bool) -> None:
    file = fork_of(tmp_path, LEAKY)
    assert cmlint("airflow", "apply", str(tmp_path)).returncode == 0
    (backup,) = mending.backups(file)
    file.write_text(LEAKY)
    backup.unlink()
    if is_folder:
        backup.mkdir()
    else:
        backup.write_text("mine")
    result = cmlint("airflow", "apply", str(tmp_path))
    assert result.returncode == 2
    assert f"{backup.name} is in the way of the backup" in result.stderr
    assert result.stderr.count("\n") == 1
    assert file.read_text() == LEAKY
    assert is_folder or backup.read_text() == "mine"


def test_a_backup_is_readable_for_whom_the_file_is(cmlint: Run, tmp_path: Path) -> None:
    file = fork_of(tmp_path, LEAKY)
    file.chmod(0o600)
    assert cmlint("airflow", "apply", str(tmp_path)).returncode == 0
    (backup,) = mending.backups(file)
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600


def test_what_an_interrupted_repair_left_is_used_or_taken_back(cmlint: Run, tmp_path: Path) -> None:
    file = fork_of(tmp_path, LEAKY)
    assert cmlint("airflow", "apply", str(tmp_path)).returncode == 0
    file.write_text(LEAKY)
    assert cmlint("airflow", "apply", str(tmp_path)).returncode == 0
    file.write_text(LEAKY)
    assert cmlint("airflow", "revert", str(tmp_path)).returncode == 0
    assert (file.read_text(), mending.backups(file)) == (LEAKY, [])


def test_an_encoding_that_reads_and_does_not_write_is_one_line(cmlint: Run, tmp_path: Path) -> None:
    fork_of(tmp_path, "# -*- coding: idna -*-\n" + LEAKY)
    result = cmlint("airflow", "apply", str(tmp_path))
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1


def test_a_folder_that_can_not_be_looked_at_is_said_when_a_repair_is_to_be_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = fork_of(tmp_path, LEAKY)
    monkeypatch.setattr(os, "listdir", denied)
    assert command.main(["revert", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"cmlint: {file}: its backups can't be looked for: permission denied\n"


def denied(_: object) -> list[str]:
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def test_a_link_to_nowhere_could_not_be_read(cmlint: Run, tmp_path: Path) -> None:
    file = fork_of(tmp_path, LEAKY)
    file.unlink()
    file.symlink_to(tmp_path / "nowhere")
    assert cmlint("airflow", str(tmp_path)).returncode == 2


def program(folder: Path, body: str) -> str:
    """A program in `folder` that is no Python."""
    file = folder / "a python"
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)
    return str(file)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("echo 5", "does not answer as a Python does"),
        ("echo '[5, 6]'", "does not answer as a Python does"),
        ("echo '[\"a\", null]'", "does not answer as a Python does"),
        ("printf '\\377\\376'", "does not answer as a Python does"),
        ("true", "does not answer as a Python does"),
        ("echo first >&2; echo second >&2; exit 3", "can't be run: second"),
        ("exit 3", "can't be run: it ended with status 3"),
    ],
)
def test_what_is_no_python_is_one_line(cmlint: Run, tmp_path: Path, body: str, words: str) -> None:
    result = cmlint("airflow", "--python", program(tmp_path, body))
    assert result.returncode == 2
    assert result.stderr.endswith(f"a python {words}\n")
    assert result.stderr.count("\n") == 1


def test_what_an_environment_prints_at_start_is_no_answer(cmlint: Run, tmp_path: Path) -> None:
    fork_of(tmp_path, LEAKY)
    python = program(tmp_path, f'echo hello; exec "{sys.executable}" "$@"')
    assert cmlint("airflow", "--python", python, PYTHONPATH=str(tmp_path)).returncode == 1


def test_an_interpreter_that_does_not_come_back_leaves_no_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locate, "_PATIENCE", 1)
    python = program(tmp_path, f'sleep 300 & echo $! > "{tmp_path}/pid"; wait')
    with pytest.raises(locate.NotFound, match="does not answer: stopped after 1 s"):
        locate.from_interpreter(python)
    assert is_gone(int((tmp_path / "pid").read_text()))


def is_gone(pid: int) -> bool:
    """Whether the process ends within a few seconds; one that nobody has waited for counts as ended."""
    for _ in range(100):
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.05)
    return False


def test_a_symbolic_link_stays_one_and_what_it_names_is_repaired(cmlint: Run, tmp_path: Path) -> None:
    file = fork_of(tmp_path, LEAKY)
    kept = tmp_path / "kept.py"
    file.rename(kept)
    file.symlink_to(kept)
    assert cmlint("airflow", "apply", str(tmp_path)).returncode == 0
    assert file.is_symlink()
    assert "finally:" in kept.read_text()
    assert cmlint("airflow", "revert", str(tmp_path)).returncode == 0
    assert file.is_symlink()
    assert kept.read_text() == LEAKY


def test_what_python_compiled_of_the_old_file_is_removed(cmlint: Run, tmp_path: Path) -> None:
    """Compiled with unchecked hashes, as in some images, it would be run for ever."""
    file = fork_of(tmp_path, LEAKY)
    for action in ("apply", "revert"):
        compiled = py_compile.compile(str(file), invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
        assert compiled is not None
        assert cmlint("airflow", action, str(tmp_path)).returncode == 0
        assert not Path(compiled).exists()


def test_a_file_that_does_not_parse_is_said_and_left_alone(cmlint: Run, tmp_path: Path) -> None:
    fork_of(tmp_path, "def broken(:\n")
    assert cmlint("airflow", str(tmp_path)).returncode == 2
    result = cmlint("airflow", "apply", str(tmp_path))
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("restart",),
        ("status", "nowhere"),
        ("status", "a" * 5000),
        ("apply", ""),
        ("apply", "--python", ""),
        ("--python", "/nowhere/python"),
        ("status", "--shipped"),
        ("status", "--x"),
    ],
)
def test_what_it_can_not_do_is_one_line(cmlint: Run, arguments: tuple[str, ...]) -> None:
    result = cmlint("airflow", *arguments)
    assert result.returncode == 2
    assert result.stderr.startswith("cmlint: ")
    assert "output" not in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
@pytest.mark.parametrize("target", ["/dev/full", None])
def test_an_error_that_nobody_can_read_has_its_exit_code_and_is_not_printed_elsewhere(
    tmp_path: Path, target: str | None
) -> None:
    fork_of(tmp_path, "def broken(:\n")
    redirected = f"2>{target}" if target else "2>&-"
    for arguments in ("apply .", "--python /nowhere/python"):
        line = f'exec "{sys.executable}" -m cmlint airflow {arguments} {redirected}'
        result = subprocess.run(["sh", "-c", line], cwd=tmp_path, stdout=subprocess.PIPE, timeout=60)
        assert (result.returncode, result.stdout) == (2, b"")


@pytest.mark.network
def test_an_installed_cmlint_carries_the_repair(installed: Path) -> None:
    """Into an empty environment, by the wheel that is built from the source distribution, away from any checkout."""
    folder = installed / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=600)
    python = str(folder / "bin" / "python")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "hatchling"], check=True, timeout=600)
    build = [python, "-m", "hatchling", "build", "--target", "sdist", "--directory", str(installed / "dist")]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=600)
    (source,) = (installed / "dist").glob("cmlint-*.tar.gz")
    subprocess.run([*pip, str(source)], check=True, timeout=600)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(folder / "bin" / "cmlint"), "airflow", *arguments, "."]
        return subprocess.run(command, capture_output=True, text=True, cwd=installed, check=False)

    assert "as in apache-airflow 2.6.0 to 2.6.3" in run().stdout
    applied = run("apply", "--shipped")
    assert applied.returncode == 0, applied.stderr
    assert (installed / SCHEDULER).read_bytes() == MODULE.read_bytes()
