"""The main job on the real Airflow 2.6.3: exactly the six leaks, repaired as the maintainers did in 2.9.0."""

from __future__ import annotations

import ast
import json
import shutil
from pathlib import Path

import pytest

from conftest import Run
from released import unpacked

pytestmark = pytest.mark.network

SIX = {
    ("airflow/cli/commands/celery_command.py", "_serve_logs", "CML101"),
    ("airflow/cli/commands/scheduler_command.py", "_serve_logs", "CML101"),
    ("airflow/cli/commands/scheduler_command.py", "_serve_health_check", "CML101"),
    ("airflow/configuration.py", "AirflowConfigParser.suppress_future_warnings", "CML103"),
    ("airflow/migrations/utils.py", "disable_sqlite_fkeys", "CML103"),
    ("airflow/utils/dag_parsing_context.py", "_airflow_parsing_context_manager", "CML103"),
}


@pytest.fixture(scope="module")
def affected() -> Path:
    return unpacked("apache-airflow", "2.6.3", "36eddb9f35414054bda2b5c91db19681fd013f1e2a0c9eae7553ceb49aafa323")


@pytest.fixture(scope="module")
def maintained() -> Path:
    return unpacked("apache-airflow", "2.9.0", "52494e03d8a5976491cf548320a3d42ed07f4150f1d05ab1dcc74906b570291f")


@pytest.fixture
def fork(affected: Path, tmp_path: Path) -> Path:
    """A fork of Airflow in the test's folder."""
    shutil.copytree(affected / "airflow", tmp_path / "airflow")
    return tmp_path


def test_exactly_the_six_leaking_managers_are_found_among_seventeen(cmlint: Run, fork: Path) -> None:
    result = cmlint("--output-format", "json", "--statistics", "airflow/")
    found = json.loads(result.stdout)
    assert {(finding["path"], finding["qualname"], finding["code"]) for finding in found} == SIX
    assert len(found) == 6
    assert "files screened out" in result.stderr  # of 27 managers, those that can lose nothing are not analysed
    assert result.returncode == 1
    hanging = [finding for finding in found if finding["code"] == "CML101"]
    assert all("at exit the interpreter then waits for it for ever" in finding["message"] for finding in hanging)
    assert all("multiprocessing joins it at exit" in finding["witness"][-1]["message"] for finding in hanging)


def functions(file: Path) -> dict[str, str]:
    """The functions of a file by name, as dumped trees without their docstrings and annotations."""
    found = {}
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
            if ast.get_docstring(node) is not None:
                node.body = node.body[1:]
            found[node.name] = ast.dump(node)
    return found


def test_fix_gives_the_tree_that_the_maintainers_wrote_and_keeps_every_other_line(
    cmlint: Run, fork: Path, affected: Path, maintained: Path
) -> None:
    result = cmlint("--fix", "airflow/")
    assert result.returncode == 0
    assert "Repaired 6, 0 left" in result.stderr

    scheduler = "airflow/cli/commands/scheduler_command.py"
    ours, theirs = functions(fork / scheduler), functions(maintained / scheduler)
    for name in ("_serve_logs", "_serve_health_check"):
        assert ours[name] == theirs[name]

    touched = {path for path, _, _ in SIX}
    for file in sorted(affected.glob("airflow/**/*.py")):
        relative = str(file.relative_to(affected))
        new = (fork / relative).read_bytes()
        if relative not in touched:
            assert new == file.read_bytes(), relative
        else:
            compile(new, relative, "exec")
            _only_moved(file.read_bytes().splitlines(keepends=True), new.splitlines(keepends=True))

    before = {path: path.read_bytes() for path in fork.glob("airflow/**/*.py")}
    again = cmlint("--fix", "airflow/")
    assert (again.returncode, again.stdout) == (0, "")
    assert {path: path.read_bytes() for path in fork.glob("airflow/**/*.py")} == before


def _only_moved(old: list[bytes], new: list[bytes]) -> None:
    """Every old line is still there, in order and byte for byte or indented once more; only try/finally is new."""
    added = 0
    position = 0
    for line in new:
        if position < len(old) and line in (old[position], b"    " + old[position]):
            position += 1
        else:
            assert line.strip() in (b"try:", b"finally:"), line
            added += 1
    assert position == len(old)
    assert added % 2 == 0


def test_the_release_that_maintainers_repaired_is_clean_there(cmlint: Run, maintained: Path, tmp_path: Path) -> None:
    shutil.copytree(maintained / "airflow" / "cli", tmp_path / "cli")
    assert cmlint("cli").returncode == 0
