"""`per-file-ignores` as ruff's users know it, in pyproject.toml and on the command line; `--statistics`."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import LEAKY, Run

FILES = ("app.py", "tests/test_a.py", "tests/deep/test_b.py", "src/pkg/tests/c.py", "scripts/run.py")


@pytest.fixture
def project(cmlint: Run, tmp_path: Path) -> Run:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(LEAKY)
    return cmlint


def reported(run: Run, *arguments: str) -> set[str]:
    out = run("--output-format", "concise", *arguments).stdout
    return {line.partition(":")[0].removeprefix("./") for line in out.splitlines()}


CASES = [
    ("tests/*", {"tests/test_a.py", "tests/deep/test_b.py"}),
    ("tests/**", {"tests/test_a.py", "tests/deep/test_b.py"}),
    ("./tests/*", {"tests/test_a.py", "tests/deep/test_b.py"}),
    ("**/tests/**", {"tests/test_a.py", "tests/deep/test_b.py", "src/pkg/tests/c.py"}),
    ("test_*.py", {"tests/test_a.py", "tests/deep/test_b.py"}),
    ("app.py", {"app.py"}),
    ("{app,scripts/*}.py", {"app.py", "scripts/run.py"}),
    ("{tests,s{crip,rc}*}/**", set(FILES) - {"app.py"}),
    ("!tests/**", {"app.py", "src/pkg/tests/c.py", "scripts/run.py"}),
    ("!{app,scripts/run}.py", set(FILES) - {"app.py", "scripts/run.py"}),
    ("nothing/**", set()),
]


@pytest.mark.parametrize(("pattern", "ignored"), CASES)
def test_patterns(project: Run, tmp_path: Path, pattern: str, ignored: set[str]) -> None:
    assert reported(project, f"--per-file-ignores={pattern}:CML101") == set(FILES) - ignored
    (tmp_path / "pyproject.toml").write_text(f'[tool.cmlint.per-file-ignores]\n"{pattern}" = ["CML1"]\n')
    assert reported(project) == set(FILES) - ignored


def test_the_command_line_takes_several_and_replaces_the_settings(project: Run, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.cmlint.per-file-ignores]\n"app.py" = ["CML101"]\n')
    several = ("--per-file-ignores", "tests/**:CML101,scripts/*:CML102", "--per-file-ignores", "scripts/*:CML101")
    assert reported(project, *several) == {"app.py", "src/pkg/tests/c.py"}
    assert reported(project, "--per-file-ignores", "app.py:CML102") == set(FILES)


@pytest.mark.parametrize("value", ["app.py", ":CML101", "app.py:", "app.py:CML9", "app.py:CML101:x"])
def test_what_is_no_pair_is_one_line(project: Run, value: str) -> None:
    result = project("--per-file-ignores", value)
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith("cmlint: --per-file-ignores: ")


def test_statistics_count_what_is_reported(project: Run, tmp_path: Path) -> None:
    lines = project("--statistics", "--per-file-ignores", "tests/**:CML101").stderr.splitlines()
    assert lines[0].split() == ["3", "CML101", "orphaned-process", "(3", "with", "a", "safe", "fix)"]
    assert lines[1].split() == ["5", "files"]
    project("--update-baseline", "app.py")
    lines = project("--statistics", "--baseline", "cmlint-baseline.json").stderr.splitlines()
    assert lines[0].split()[:2] == ["4", "CML101"]


def test_behind_a_link_the_folder_above_is_that_of_the_file_system(cmlint: Run, tmp_path: Path) -> None:
    (tmp_path / "real" / "inside").mkdir(parents=True)
    (tmp_path / "real" / "app.py").write_text(LEAKY)
    (tmp_path / "real" / "pyproject.toml").write_text('[tool.cmlint]\nignore = ["CML101"]\n')
    (tmp_path / "link").symlink_to(tmp_path / "real" / "inside")
    assert reported(cmlint, "link/..") == set()
    (tmp_path / "real" / "pyproject.toml").unlink()
    assert len(reported(cmlint, "link/..")) == 1
